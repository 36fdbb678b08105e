/* SPDX-License-Identifier: Apache-2.0 */
/* The reference backend: host memory, row-major, one plain kernel after the other. */
#include "nn/backend.h"
#include "nn/op.h"

#include <string.h>

struct rl_buffer {
    uint8_t *data;
};

typedef struct program {
    rl_program base;
    relief_tensor *
        *aligned; /* of each value: a copy of a constant that lies at an odd place of the file */
    const relief_tensor **operands; /* room for the node that has most */
    relief_tensor **results;
    relief_tensor *views; /* tensors over the buffer */
} program;

static relief_status open_reference(relief_ctx *ctx, rl_backend **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_backend), &memory);
    if (status) {
        return status;
    }
    *out = memory;
    (*out)->api = &rl_backend_reference;
    return RELIEF_OK;
}

static void close_reference(rl_backend *backend) {
    rl_free(backend);
}

static void free_buffer(rl_backend *backend, rl_buffer *buffer) {
    (void)backend;
    rl_free(buffer->data);
    rl_free(buffer);
}

static relief_status new_buffer(relief_ctx *ctx, rl_backend *backend, size_t bytes,
                                rl_buffer **out) {
    void *memory, *data;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_buffer), &memory);
    if (status) {
        return status;
    }
    rl_buffer *buffer = memory;
    status = rl_alloc_in(ctx, bytes, 1, &data);
    if (status) {
        free_buffer(backend, buffer);
        return status;
    }
    buffer->data = data;
    *out = buffer;
    return RELIEF_OK;
}

static void free_program(rl_program *base) {
    program *p = (program *)base;
    for (int i = 0; p->aligned && i < base->graph->value_count; i++) {
        relief_tensor_free(p->aligned[i]);
    }
    rl_free(p->aligned);
    rl_free(p->operands);
    rl_free(p->results);
    rl_free(p->views);
    rl_free(p);
}

static relief_status alloc_lists(relief_ctx *ctx, program *p) {
    const rl_graph *graph = p->base.graph;
    size_t widest = 1;
    for (int i = 0; i < graph->node_count; i++) {
        size_t width = (size_t)graph->nodes[i].input_count + (size_t)graph->nodes[i].output_count;
        widest = width > widest ? width : widest;
    }
    void *aligned, *operands, *results, *views;
    relief_status status = rl_calloc_in(ctx, (size_t)graph->value_count, sizeof(void *), &aligned);
    if (status) {
        return status;
    }
    p->aligned = aligned;
    status = rl_calloc_in(ctx, widest, sizeof(void *), &operands);
    if (status) {
        return status;
    }
    p->operands = operands;
    status = rl_calloc_in(ctx, widest, sizeof(void *), &results);
    if (status) {
        return status;
    }
    p->results = results;
    status = rl_calloc_in(ctx, widest, sizeof(*p->views), &views);
    if (!status) {
        p->views = views;
    }
    return status;
}

static relief_status new_program(relief_ctx *ctx, rl_backend *backend, const rl_graph *graph,
                                 rl_program **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(program), &memory);
    if (status) {
        return status;
    }
    program *p = memory;
    p->base.backend = backend;
    p->base.graph = graph;
    status = alloc_lists(ctx, p);
    if (status) {
        free_program(&p->base);
        return status;
    }
    *out = &p->base;
    return RELIEF_OK;
}

static bool supports(const rl_program *base, int node) {
    (void)base;
    (void)node;
    return true;
}

static relief_status prepare(relief_ctx *ctx, rl_program *base, int index) {
    program *p = (program *)base;
    const rl_node *node = &base->graph->nodes[index];
    relief_status status = RELIEF_OK;
    for (int i = 0; !status && i < node->input_count; i++) {
        int value = node->inputs[i];
        const relief_tensor *constant =
            value == RL_NO_VALUE ? NULL : base->graph->values[value].constant;
        if (constant && !p->aligned[value] && !rl_tensor_is_aligned(constant)) {
            status = rl_tensor_copy(ctx, constant, &p->aligned[value]);
        }
    }
    return status;
}

static relief_status declare(relief_ctx *ctx, rl_program *base, int value) {
    (void)ctx;
    (void)base;
    (void)value;
    return RELIEF_OK;
}

static size_t value_bytes(const rl_program *base, int value) {
    const rl_value *v = &base->graph->values[value];
    int64_t count = 0;
    bool fits = rl_element_count(v->rank, v->dims, &count); /* specialise.c has checked it */
    return fits ? (size_t)count * rl_dtype_size(v->dtype) : 0;
}

static size_t scratch_bytes(const rl_program *base) {
    (void)base;
    return 0;
}

/* A plain kernel may read an input again after it has written some of its output. */
static int in_place_input(const rl_program *base, int node) {
    (void)base;
    (void)node;
    return -1;
}

static relief_status upload(relief_ctx *ctx, rl_program *base, int value, const relief_tensor *from,
                            rl_handle to) {
    (void)ctx;
    size_t bytes = value_bytes(base, value);
    if (bytes) {
        memcpy(to.buffer->data + to.offset, from->data, bytes);
    }
    return RELIEF_OK;
}

static relief_status download(relief_ctx *ctx, rl_program *base, int value, rl_handle from,
                              relief_tensor *to) {
    (void)ctx;
    size_t bytes = value_bytes(base, value);
    if (bytes) {
        memcpy(to->data, from.buffer->data + from.offset, bytes);
    }
    return RELIEF_OK;
}

/* A tensor over the memory of a value. */
static relief_tensor *view_of(const rl_program *base, int value, const rl_handle *handles,
                              relief_tensor *view) {
    const rl_value *v = &base->graph->values[value];
    *view = (relief_tensor){.dtype = v->dtype, .rank = v->rank, .bytes = value_bytes(base, value)};
    memcpy(view->dims, v->dims, sizeof(view->dims));
    view->data = handles[value].buffer->data + handles[value].offset;
    return view;
}

static relief_status run(relief_ctx *ctx, rl_program *base, int index, const rl_handle *handles,
                         rl_handle scratch) {
    (void)scratch;
    program *p = (program *)base;
    const rl_graph *graph = base->graph;
    const rl_node *node = &graph->nodes[index];
    relief_tensor *view = p->views;
    for (int i = 0; i < node->input_count; i++) {
        int value = node->inputs[i];
        if (value == RL_NO_VALUE) {
            p->operands[i] = NULL;
        } else if (graph->values[value].constant) {
            p->operands[i] = p->aligned[value] ? p->aligned[value] : graph->values[value].constant;
        } else {
            p->operands[i] = view_of(base, value, handles, view++);
        }
    }
    for (int i = 0; i < node->output_count; i++) {
        int value = node->outputs[i];
        p->results[i] = value == RL_NO_VALUE ? NULL : view_of(base, value, handles, view++);
    }
    return rl_node_run_reference(ctx, node, p->operands, p->results);
}

static relief_status wait_for_nothing(relief_ctx *ctx, rl_program *base) {
    (void)ctx;
    (void)base;
    return RELIEF_OK;
}

const rl_backend_api rl_backend_reference = {
    .name = "reference",
    .open = open_reference,
    .close = close_reference,
    .buffer_new = new_buffer,
    .buffer_free = free_buffer,
    .program_new = new_program,
    .program_free = free_program,
    .supports = supports,
    .prepare = prepare,
    .declare = declare,
    .value_bytes = value_bytes,
    .scratch_bytes = scratch_bytes,
    .in_place_input = in_place_input,
    .upload = upload,
    .download = download,
    .run = run,
    .wait = wait_for_nothing,
};
