/* SPDX-License-Identifier: Apache-2.0 */
/* Moving without arithmetic: operators that only give a value another shape, and Concat of
 * channels. */
#include "nn/onednn/map.h"

#include <string.h>

#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/shape.h"
#include "nn/ops/op_params.h"

/* ---- Reshape, Squeeze and the like ---- */

typedef struct shape_kernel {
    rl_onednn_kernel base;
    rl_layout from;
    rl_form form; /* of the result */
    rl_map_chain chain;
} shape_kernel;

static bool supports_shape(const rl_graph *graph, const rl_node *node) {
    return rl_onednn_is_float(graph, node->inputs[0]) && !graph->values[node->inputs[0]].constant;
}

static relief_status run_shape(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const shape_kernel *kernel = (const shape_kernel *)given;
    const void *x = rl_onednn_data(call, call->node->inputs[0]);
    void *y = rl_onednn_data(call, call->node->outputs[0]);
    if (x != y) {
        rl_layout_convert(call->ctx, &kernel->from, x, kernel->form, y);
        call->program->conversion_count += !rl_layout_is(&kernel->from, kernel->form);
    }
    if (kernel->chain.step_count)
        rl_map_chain_run(call, &kernel->chain, (rl_map_source){y, kernel->form.type}, y);
    return RELIEF_OK;
}

/* The result is row-major, unless its shape is the old one, and of the type that it was. */
relief_status rl_onednn_prepare_shape(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    shape_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_shape;
    kernel->from = rl_onednn_layout(program, node->inputs[0]);
    const bool same =
        rl_onednn_same_shape(&graph->values[node->inputs[0]], &graph->values[node->outputs[0]]);
    kernel->form = (rl_form){same ? kernel->from.block : 1, kernel->from.type};
    program->forms[node->outputs[0]] = kernel->form;
    if (kernel->from.block == kernel->form.block)
        kernel->base.in_place_input = 0;
    for (int i = 1; i < node->input_count; i++)
        if (node->inputs[i] == node->inputs[0])
            kernel->base.in_place_input = -1;
    return rl_map_chain_epilogue(ctx, program, &kernel->base, index, 0, &kernel->chain);
}

/* ---- Concat ---- */

typedef struct concat_part {
    rl_onednn_operand operand;
    int64_t first, channels; /* in the result */
} concat_part;

typedef struct concat_kernel {
    rl_onednn_kernel base;
    int count;
    concat_part *parts;
    rl_map_chain chain;
} concat_kernel;

typedef struct concat_job {
    const concat_kernel *kernel;
    rl_layout out;
    const void **sources; /* of each part */
    char *y;
} concat_job;

static void free_concat(rl_onednn_kernel *kernel) {
    rl_free(((concat_kernel *)kernel)->parts);
}

static bool supports_concat(const rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    if (graph->values[node->outputs[0]].rank != 4 || (params->axis != 1 && params->axis != -3))
        return false;
    for (int i = 0; i < node->own_input_count; i++)
        if (!rl_onednn_is_float(graph, node->inputs[i]))
            return false;
    return true;
}

/* `count` elements of `bytes` each, `stride` elements apart on both sides. */
static void copy_strided(char *to, const char *from, int64_t stride, int64_t count, size_t bytes) {
    if (bytes == sizeof(uint16_t)) {
        const uint16_t *x = (const uint16_t *)(const void *)from;
        uint16_t *y = (uint16_t *)(void *)to;
        for (int64_t i = 0; i < count; i++)
            y[i * stride] = x[i * stride];
        return;
    }
    const float *x = (const float *)(const void *)from;
    float *y = (float *)(void *)to;
    for (int64_t i = 0; i < count; i++)
        y[i * stride] = x[i * stride];
}

/* Lanes of an output panel that come from one part. */
static void copy_lanes(const concat_job *job, const concat_part *part, const char *source,
                       int64_t panel) {
    const int64_t block = job->out.block, size = job->out.height * job->out.width;
    const int64_t blocks = rl_layout_blocks(&job->out),
                  in_blocks = (part->channels + block - 1) / block;
    const int64_t n = panel / blocks, base = panel % blocks * block;
    const int64_t bytes = (int64_t)rl_dtype_size(job->out.type);
    char *y = job->y + panel * size * block * bytes;
    const int64_t begin = part->first > base ? part->first : base;
    const int64_t past = part->first + part->channels;
    const int64_t end = past < base + block ? past : base + block;
    for (int64_t c = begin; c < end; c++) {
        const int64_t from = c - part->first;
        const char *x = source + (n * in_blocks + from / block) * size * block * bytes;
        if (from % block == 0 && c == base && end - c == block) {
            memcpy(y, x, (size_t)(size * block * bytes));
            return;
        }
        copy_strided(y + (c - base) * bytes, x + from % block * bytes, block, size, (size_t)bytes);
    }
}

static void concat_panels(void *arg, size_t begin, size_t end) {
    const concat_job *job = arg;
    const rl_layout *out = &job->out;
    const size_t bytes = (size_t)(out->height * out->width * out->block) * rl_dtype_size(out->type);
    for (size_t panel = begin; panel < end; panel++) {
        if (rl_layout_padded(out))
            memset(job->y + panel * bytes, 0, bytes);
        for (int i = 0; i < job->kernel->count; i++)
            copy_lanes(job, &job->kernel->parts[i], job->sources[i], (int64_t)panel);
    }
}

static relief_status run_concat(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const concat_kernel *kernel = (const concat_kernel *)given;
    const void **sources = NULL;
    relief_status status =
        rl_alloc_in(call->ctx, (size_t)kernel->count, sizeof *sources, (void **)&sources);
    if (status)
        return status;
    for (int i = 0; i < kernel->count; i++)
        sources[i] = rl_onednn_operand_get(call, &kernel->parts[i].operand);
    void *y = rl_onednn_data(call, call->node->outputs[0]);
    concat_job job = {kernel, rl_onednn_layout(call->program, call->node->outputs[0]), sources, y};
    rl_parallel(call->ctx, (size_t)rl_layout_panels(&job.out), 1, concat_panels, &job);
    rl_free(sources);
    if (kernel->chain.step_count)
        rl_map_chain_run(call, &kernel->chain, (rl_map_source){y, job.out.type}, y);
    return RELIEF_OK;
}

static relief_status prepare_concat(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    concat_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_concat;
    kernel->base.free = free_concat;
    kernel->count = node->own_input_count;
    status =
        rl_calloc_in(ctx, (size_t)kernel->count, sizeof *kernel->parts, (void **)&kernel->parts);
    rl_onednn_choose(program, node->outputs[0], program->vector);
    int64_t first = 0;
    for (int i = 0; !status && i < kernel->count; i++) {
        kernel->parts[i].first = first;
        kernel->parts[i].channels = graph->values[node->inputs[i]].dims[1];
        first += kernel->parts[i].channels;
        status = rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[i],
                                       program->forms[node->outputs[0]], &kernel->parts[i].operand);
    }
    return status ? status
                  : rl_map_chain_epilogue(ctx, program, &kernel->base, index, 0, &kernel->chain);
}

const rl_onednn_op rl_onednn_ops_reshape[] = {
    {"Concat", supports_concat, prepare_concat},
    {"Flatten", supports_shape, rl_onednn_prepare_shape},
    {"Identity", supports_shape, rl_onednn_prepare_shape},
    {"Reshape", supports_shape, rl_onednn_prepare_shape},
    {"Squeeze", supports_shape, rl_onednn_prepare_shape},
    {"Unsqueeze", supports_shape, rl_onednn_prepare_shape},
    {0},
};
