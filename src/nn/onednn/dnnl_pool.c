/* SPDX-License-Identifier: Apache-2.0 */
/* MaxPool, AveragePool and their global forms: an output pixel is made of whole pixels of the
 * input, all channels of a block at once. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/map.h"
#include "nn/onednn/vector.h"
#include "nn/ops/op_params.h"

enum { MOST_BLOCK = 16 };

typedef struct pool_kernel {
    rl_onednn_kernel base;
    rl_layout in, out;
    rl_placed_pool pool;
    bool average, count_padding;
    rl_onednn_operand source;
} pool_kernel;

typedef struct pool_job {
    const pool_kernel *kernel;
    const char *x;
    char *y;
} pool_job;

static bool supports_pool(const rl_graph *graph, const rl_node *node) {
    return rl_onednn_is_float(graph, node->inputs[0]) && !node->epilogue_count &&
           !graph->values[node->inputs[0]].constant && graph->values[node->inputs[0]].rank == 4;
}

/* A row of `taps` pixels, `step` elements apart, joins what is there: the larger, where a NaN is
 * larger than all; or the sum. */
RL_EVERY_WIDTH static void join_floats(const float *x, int64_t taps, int64_t step, int64_t block,
                                       bool average, float *sum) {
    for (int64_t t = 0; t < taps; t++, x += step) {
        for (int64_t c = 0; average && c < block; c++)
            sum[c] += x[c];
        for (int64_t c = 0; !average && c < block; c++)
            sum[c] = x[c] > sum[c] || x[c] != x[c] ? x[c] : sum[c];
    }
}

RL_EVERY_WIDTH static void join_bf16(const rl_bf16 *x, int64_t taps, int64_t step, int64_t block,
                                     bool average, float *sum) {
    for (int64_t t = 0; t < taps; t++, x += step) {
        for (int64_t c = 0; average && c < block; c++)
            sum[c] += rl_bf16_widen(x[c]);
        for (int64_t c = 0; !average && c < block; c++) {
            const float v = rl_bf16_widen(x[c]);
            sum[c] = v > sum[c] || v != v ? v : sum[c];
        }
    }
}

/* One output pixel from a panel of the input. */
static void pool_pixel(const pool_kernel *kernel, const char *panel, const rl_pool_taps *down,
                       const rl_pool_taps *across, char *y) {
    float sum[MOST_BLOCK];
    const int64_t block = kernel->in.block, width = kernel->in.width;
    const int64_t step = kernel->pool.at.dilation[1] * block;
    for (int64_t c = 0; c < block; c++)
        sum[c] = kernel->average ? 0 : -INFINITY;
    for (int64_t k = 0; k < down->met; k++) {
        const int64_t row = down->at + k * kernel->pool.at.dilation[0];
        const int64_t first = (row * width + across->at) * block;
        /* Sums of rows first: fewer digits are lost. */
        float row_sum[MOST_BLOCK] = {0};
        float *to = kernel->average ? row_sum : sum;
        if (kernel->in.type == RELIEF_BF16)
            join_bf16((const rl_bf16 *)(const void *)panel + first, across->met, step, block,
                      kernel->average, to);
        else
            join_floats((const float *)(const void *)panel + first, across->met, step, block,
                        kernel->average, to);
        for (int64_t c = 0; kernel->average && c < block; c++)
            sum[c] += row_sum[c];
    }
    if (kernel->average) {
        const int64_t count =
            kernel->count_padding ? down->not_beyond * across->not_beyond : down->met * across->met;
        for (int64_t c = 0; c < block; c++)
            sum[c] = count > 0 ? sum[c] / (float)count : 0;
    }
    if (kernel->out.type == RELIEF_BF16)
        for (int64_t c = 0; c < block; c++)
            ((rl_bf16 *)(void *)y)[c] = rl_bf16_narrow(sum[c]);
    else
        memcpy(y, sum, (size_t)block * sizeof *sum);
}

/* Rows of the output, counted over all panels. */
static void pool_rows(void *arg, size_t begin, size_t end) {
    const pool_job *job = arg;
    const pool_kernel *kernel = job->kernel;
    const rl_layout *in = &kernel->in, *out = &kernel->out;
    const size_t panel_bytes =
        (size_t)(in->height * in->width * in->block) * rl_dtype_size(in->type);
    const size_t pixel_bytes = (size_t)out->block * rl_dtype_size(out->type);
    for (size_t i = begin; i < end; i++) {
        const size_t panel = i / (size_t)out->height;
        const rl_pool_taps down =
            rl_pool_place_taps(&kernel->pool, 0, (int64_t)(i % (size_t)out->height));
        for (int64_t x = 0; x < out->width; x++) {
            const rl_pool_taps across = rl_pool_place_taps(&kernel->pool, 1, x);
            pool_pixel(kernel, job->x + panel * panel_bytes, &down, &across,
                       job->y + (i * (size_t)out->width + (size_t)x) * pixel_bytes);
        }
    }
}

static relief_status run_pool(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const pool_kernel *kernel = (const pool_kernel *)given;
    pool_job job = {kernel, rl_onednn_operand_get(call, &kernel->source),
                    rl_onednn_data(call, call->node->outputs[0])};
    rl_parallel(call->ctx, (size_t)(rl_layout_panels(&kernel->out) * kernel->out.height), 1,
                pool_rows, &job);
    return RELIEF_OK;
}

/* The window of the node; for the global forms the whole picture. */
static bool place_window(const rl_graph *graph, const rl_node *node, pool_kernel *kernel) {
    const int64_t *in = graph->values[node->inputs[0]].dims + 2;
    const rl_pool_params *params = node->params;
    kernel->average = strstr(node->op_type, "Average") != NULL;
    if (!strncmp(node->op_type, "Global", 6)) {
        for (int i = 0; i < 2; i++) {
            kernel->pool.at.kernel[i] = kernel->pool.at.in[i] = kernel->pool.padded[i] = in[i];
            kernel->pool.at.stride[i] = kernel->pool.at.dilation[i] = kernel->pool.at.out[i] = 1;
        }
        return true;
    }
    kernel->count_padding = params->count_include_pad;
    return rl_pool_place(params, in, &kernel->pool);
}

/* Channels that do not exist are 0 and stay it: windows that meet no input at all are refused when
 * the graph is specialised. */
static relief_status prepare_pool(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    pool_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_pool;
    if (!place_window(graph, node, kernel))
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_INTERNAL, "has no output");
    const rl_layout in = rl_onednn_layout(program, node->inputs[0]);
    const rl_form form = {in.block <= MOST_BLOCK ? in.block : 1, in.type};
    rl_onednn_choose(program, node->outputs[0], form.block);
    kernel->in = rl_layout_of(&graph->values[node->inputs[0]], form);
    kernel->out = rl_onednn_layout(program, node->outputs[0]);
    return rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0], form,
                                 &kernel->source);
}

const rl_onednn_op rl_onednn_ops_pool[] = {
    {"AveragePool", supports_pool, prepare_pool},
    {"GlobalAveragePool", supports_pool, prepare_pool},
    {"GlobalMaxPool", supports_pool, prepare_pool},
    {"MaxPool", supports_pool, prepare_pool},
    {0},
};
