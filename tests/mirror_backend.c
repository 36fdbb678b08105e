/* SPDX-License-Identifier: Apache-2.0 */
#include "mirror_backend.h"

#include "base/status.h"
#include "nn/op.h"

#include <stdatomic.h>
#include <string.h>

/* Before and after each value stands which one it is. */
#define MARK_BYTES 8

struct rl_buffer {
    uint8_t *scrambled;
    size_t bytes;
};

typedef struct queued {
    int node;
    const rl_handle *handles;
} queued;

typedef struct mirror_program {
    rl_program base;
    const char *refused;
    uint8_t **constants; /* of each value: its own scrambled copy, or NULL */
    bool *declared;      /* of each value: somebody has chosen its layout */
    queued *queue;
    int queue_length;
} mirror_program;

static const char *refused_op;
static atomic_int run_count, in_place_count;

void mirror_refuse(const char *op_type) {
    refused_op = op_type;
}

int mirror_run_count(void) {
    return run_count;
}

int mirror_in_place_count(void) {
    return in_place_count;
}

static size_t data_bytes(const rl_program *base, int value) {
    const rl_value *v = &base->graph->values[value];
    int64_t count = 0;
    bool fits = rl_element_count(v->rank, v->dims, &count);
    return fits ? (size_t)count * rl_dtype_size(v->dtype) : 0;
}

static uint8_t key(size_t i) {
    return (uint8_t)(i * 37 + 0x5a);
}

/* The first byte last, each with a key of its own; the same way back. */
static void scramble(uint8_t *to, const uint8_t *from, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        to[bytes - 1 - i] = from[i] ^ key(i);
    }
}

static void unscramble(uint8_t *to, const uint8_t *from, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        to[i] = from[bytes - 1 - i] ^ key(i);
    }
}

static void store(const rl_program *base, int value, const uint8_t *data, rl_handle to) {
    uint64_t mark = 0xfeedc0de00000000u + (unsigned)value;
    size_t bytes = data_bytes(base, value);
    uint8_t *at = to.buffer->scrambled + to.offset;
    memcpy(at, &mark, MARK_BYTES);
    scramble(at + MARK_BYTES, data, bytes);
    memcpy(at + MARK_BYTES + bytes, &mark, MARK_BYTES);
}

static relief_status fetch(relief_ctx *ctx, const rl_program *base, int value, rl_handle from,
                           uint8_t *data) {
    uint64_t mark = 0xfeedc0de00000000u + (unsigned)value;
    size_t bytes = data_bytes(base, value);
    if (!from.buffer) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "mirror: value %d is nowhere", value);
    }
    const uint8_t *at = from.buffer->scrambled + from.offset;
    if (memcmp(at, &mark, MARK_BYTES) != 0 ||
        memcmp(at + MARK_BYTES + bytes, &mark, MARK_BYTES) != 0) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "mirror: value %d was written over", value);
    }
    unscramble(data, at + MARK_BYTES, bytes);
    return RELIEF_OK;
}

static relief_status open_mirror(relief_ctx *ctx, rl_backend **out) {
    relief_status status = rl_calloc_in(ctx, 1, sizeof(**out), (void **)out);
    if (!status) {
        (*out)->api = &mirror_backend;
    }
    return status;
}

static void close_mirror(rl_backend *backend) {
    rl_free(backend);
}

static void free_buffer(rl_backend *backend, rl_buffer *buffer) {
    (void)backend;
    rl_free(buffer->scrambled);
    rl_free(buffer);
}

static relief_status new_buffer(relief_ctx *ctx, rl_backend *backend, size_t bytes,
                                rl_buffer **out) {
    relief_status status = rl_calloc_in(ctx, 1, sizeof(**out), (void **)out);
    if (status) {
        return status;
    }
    status = rl_calloc_in(ctx, bytes, 1, (void **)&(*out)->scrambled);
    if (status) {
        free_buffer(backend, *out);
        *out = NULL;
    }
    return status;
}

static void free_program(rl_program *base) {
    mirror_program *p = (mirror_program *)base;
    for (int i = 0; p->constants && i < base->graph->value_count; i++) {
        rl_free(p->constants[i]);
    }
    rl_free(p->constants);
    rl_free(p->declared);
    rl_free(p->queue);
    rl_free(p);
}

static relief_status new_program(relief_ctx *ctx, rl_backend *backend, const rl_graph *graph,
                                 rl_program **out) {
    mirror_program *p = NULL;
    size_t values = (size_t)graph->value_count, nodes = (size_t)graph->node_count;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(*p), (void **)&p);
    if (status) {
        return status;
    }
    p->base = (rl_program){backend, graph};
    p->refused = refused_op;
    status = rl_calloc_in(ctx, values, sizeof(*p->constants), (void **)&p->constants);
    if (!status) {
        status = rl_calloc_in(ctx, values, sizeof(*p->declared), (void **)&p->declared);
    }
    if (!status) {
        status = rl_calloc_in(ctx, nodes + 1, sizeof(*p->queue), (void **)&p->queue);
    }
    if (status) {
        free_program(&p->base);
        return status;
    }
    *out = &p->base;
    return RELIEF_OK;
}

static bool supports(const rl_program *base, int node) {
    const mirror_program *p = (const mirror_program *)base;
    return !p->refused || strcmp(p->refused, base->graph->nodes[node].op_type) != 0;
}

static relief_status declare(relief_ctx *ctx, rl_program *base, int value) {
    mirror_program *p = (mirror_program *)base;
    if (p->declared[value]) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "mirror: value %d declared twice", value);
    }
    p->declared[value] = true;
    return RELIEF_OK;
}

static relief_status copy_constant(relief_ctx *ctx, mirror_program *p, int value) {
    const relief_tensor *tensor = p->base.graph->values[value].constant;
    if (p->constants[value]) {
        return RELIEF_OK;
    }
    relief_status status = rl_alloc_in(ctx, tensor->bytes, 1, (void **)&p->constants[value]);
    if (!status) {
        scramble(p->constants[value], tensor->data, tensor->bytes);
    }
    return status;
}

static relief_status prepare(relief_ctx *ctx, rl_program *base, int index) {
    mirror_program *p = (mirror_program *)base;
    const rl_node *node = &base->graph->nodes[index];
    relief_status status = RELIEF_OK;
    for (int i = 0; !status && i < node->input_count; i++) {
        int value = node->inputs[i];
        if (value == RL_NO_VALUE) {
            continue;
        }
        if (base->graph->values[value].constant) {
            status = copy_constant(ctx, p, value);
        } else if (!p->declared[value]) {
            status = rl_fail(ctx, RELIEF_ERROR_INTERNAL, "mirror: value %d is not declared", value);
        }
    }
    for (int i = 0; !status && i < node->output_count; i++) {
        if (node->outputs[i] != RL_NO_VALUE) {
            status = declare(ctx, base, node->outputs[i]);
        }
    }
    return status;
}

static size_t value_bytes(const rl_program *base, int value) {
    return data_bytes(base, value) + 2 * (size_t)MARK_BYTES;
}

static size_t scratch_bytes(const rl_program *base) {
    (void)base;
    return 1000;
}

/* All inputs are read before anything is written, so any will do. */
static int in_place_input(const rl_program *base, int index) {
    const rl_node *node = &base->graph->nodes[index];
    for (int i = 0; i < node->input_count; i++) {
        int value = node->inputs[i];
        if (value != RL_NO_VALUE && !base->graph->values[value].constant &&
            data_bytes(base, value) == data_bytes(base, node->outputs[0])) {
            return i;
        }
    }
    return -1;
}

static relief_status upload(relief_ctx *ctx, rl_program *base, int value, const relief_tensor *from,
                            rl_handle to) {
    mirror_program *p = (mirror_program *)base;
    if (p->queue_length) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "mirror: upload while work is queued");
    }
    store(base, value, from->data, to);
    return RELIEF_OK;
}

static relief_status download(relief_ctx *ctx, rl_program *base, int value, rl_handle from,
                              relief_tensor *to) {
    mirror_program *p = (mirror_program *)base;
    if (p->queue_length) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "mirror: download while work is queued");
    }
    return fetch(ctx, base, value, from, to->data);
}

static relief_status run(relief_ctx *ctx, rl_program *base, int index, const rl_handle *handles,
                         rl_handle scratch) {
    mirror_program *p = (mirror_program *)base;
    if (p->queue_length == base->graph->node_count || !scratch.buffer) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "mirror: a node is queued twice");
    }
    p->queue[p->queue_length++] = (queued){index, handles};
    return RELIEF_OK;
}

/* The value on the host, in a tensor that the caller frees. */
static relief_status bring(relief_ctx *ctx, mirror_program *p, int value, const rl_handle *handles,
                           relief_tensor **out) {
    const rl_value *v = &p->base.graph->values[value];
    relief_status status = rl_tensor_new(ctx, v->dtype, v->rank, v->dims, out);
    if (status) {
        return status;
    }
    if (p->constants[value]) {
        unscramble((*out)->data, p->constants[value], (*out)->bytes);
        return RELIEF_OK;
    }
    return fetch(ctx, &p->base, value, handles[value], (*out)->data);
}

static void note_in_place(const rl_node *node, const rl_handle *handles) {
    for (int i = 0; i < node->input_count; i++) {
        if (node->inputs[i] != RL_NO_VALUE && handles[node->inputs[i]].buffer &&
            handles[node->inputs[i]].offset == handles[node->outputs[0]].offset) {
            in_place_count++;
        }
    }
}

static relief_status execute(relief_ctx *ctx, mirror_program *p, const queued *work) {
    enum { MOST = 64 };
    const rl_graph *graph = p->base.graph;
    const rl_node *node = &graph->nodes[work->node];
    relief_tensor *inputs[MOST] = {0}, *outputs[MOST] = {0};
    relief_status status = RELIEF_OK;
    for (int i = 0; !status && i < node->input_count; i++) {
        if (node->inputs[i] != RL_NO_VALUE) {
            status = bring(ctx, p, node->inputs[i], work->handles, &inputs[i]);
        }
    }
    for (int i = 0; !status && i < node->output_count; i++) {
        const rl_value *v = &graph->values[node->outputs[i]];
        status = rl_tensor_new(ctx, v->dtype, v->rank, v->dims, &outputs[i]);
    }
    if (!status) {
        status = rl_node_run_reference(ctx, node, (const relief_tensor *const *)inputs, outputs);
    }
    for (int i = 0; !status && i < node->output_count; i++) {
        store(&p->base, node->outputs[i], outputs[i]->data, work->handles[node->outputs[i]]);
    }
    note_in_place(node, work->handles);
    run_count++;
    for (int i = 0; i < MOST; i++) {
        relief_tensor_free(inputs[i]);
        relief_tensor_free(outputs[i]);
    }
    return status;
}

static relief_status wait_for_queue(relief_ctx *ctx, rl_program *base) {
    mirror_program *p = (mirror_program *)base;
    relief_status status = RELIEF_OK;
    for (int i = 0; !status && i < p->queue_length; i++) {
        status = execute(ctx, p, &p->queue[i]);
    }
    p->queue_length = 0;
    return status;
}

const rl_backend_api mirror_backend = {
    .name = "mirror",
    .open = open_mirror,
    .close = close_mirror,
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
    .wait = wait_for_queue,
    .copies_constants = true,
};
