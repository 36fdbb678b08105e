/* SPDX-License-Identifier: Apache-2.0 */
/* The ConvTranspose whose windows do not overlap: one matrix product that gives all pixels of a
 * window side by side, which then go to their places. */
#include "nn/onednn/gemm.h"
#include "nn/onednn/map.h"

#include <string.h>

#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/vector.h"
#include "nn/ops/op_params.h"

static bool is_picture(const rl_graph *graph, int value) {
    return rl_onednn_is_float(graph, value) && !graph->values[value].constant &&
           graph->values[value].rank == 4;
}

typedef struct spread_kernel {
    rl_onednn_kernel base;
    rl_gemm gemm; /* without what is known in a run */
    rl_onednn_operand source;
    rl_layout in, out;
    int64_t window[2];
    size_t rows_place, products_place, room_place;
    rl_map_chain chain;
} spread_kernel;

typedef struct spread_job {
    const spread_kernel *kernel;
    const char *from;
    char *to;
} spread_job;

static bool supports_spread(const rl_graph *graph, const rl_node *node) {
    const rl_conv_transpose_params *params = node->params;
    const rl_window *w = &params->window;
    if (!is_picture(graph, node->inputs[0]) || !rl_onednn_is_float(graph, node->inputs[1]) ||
        !graph->values[node->inputs[1]].constant || params->groups != 1)
        return false;
    if (node->own_input_count > 2 && node->inputs[2] != RL_NO_VALUE &&
        (!rl_onednn_is_float(graph, node->inputs[2]) || !graph->values[node->inputs[2]].constant))
        return false;
    const rl_value *x = &graph->values[node->inputs[0]], *y = &graph->values[node->outputs[0]];
    const rl_value *weights = &graph->values[node->inputs[1]];
    for (int i = 0; i < 2; i++)
        if (w->stride[i] != weights->dims[2 + i] || w->pad_begin[i] || w->pad_end[i] ||
            params->output_padding[i] || y->dims[2 + i] != x->dims[2 + i] * w->stride[i])
            return false;
    return true;
}

/* Pixels of all pictures: their channels side by side. */
static void gather_rows(void *arg, size_t begin, size_t end) {
    const spread_job *job = arg;
    const rl_layout *in = &job->kernel->in;
    const int64_t size = in->height * in->width, bytes = (int64_t)rl_dtype_size(in->type);
    const int64_t blocks = rl_layout_blocks(in);
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++)
        for (int64_t b = 0; b < blocks; b++) {
            const int64_t rest = in->channels - b * in->block;
            const int64_t count = rest < in->block ? rest : in->block;
            memcpy(job->to + (i * in->channels + b * in->block) * bytes,
                   job->from + ((i / size * blocks + b) * size + i % size) * in->block * bytes,
                   (size_t)(count * bytes));
        }
}

/* Rows of the output, counted over all panels: channels from the products' rows. */
static void spread_rows(void *arg, size_t begin, size_t end) {
    const spread_job *job = arg;
    const spread_kernel *kernel = job->kernel;
    const rl_layout *in = &kernel->in, *out = &kernel->out;
    const int64_t bytes = (int64_t)rl_dtype_size(out->type), blocks = rl_layout_blocks(out);
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t oy = i % out->height, panel = i / out->height, b = panel % blocks;
        const int64_t rest = out->channels - b * out->block;
        const int64_t count = rest < out->block ? rest : out->block;
        const int64_t row = (panel / blocks * in->height + oy / kernel->window[0]) * in->width;
        for (int64_t ox = 0; ox < out->width; ox++) {
            const int64_t pixel = row + ox / kernel->window[1];
            const int64_t tap = oy % kernel->window[0] * kernel->window[1] + ox % kernel->window[1];
            char *to = job->to + (i * out->width + ox) * out->block * bytes;
            memcpy(to,
                   job->from +
                       (pixel * kernel->gemm.columns + tap * out->channels + b * out->block) *
                           bytes,
                   (size_t)(count * bytes));
            memset(to + count * bytes, 0, (size_t)((out->block - count) * bytes));
        }
    }
}

static relief_status run_spread(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const spread_kernel *kernel = (const spread_kernel *)given;
    char *rows = call->scratch + kernel->rows_place;
    char *products = call->scratch + kernel->products_place;
    void *y = rl_onednn_data(call, call->node->outputs[0]);
    spread_job job = {kernel, rl_onednn_operand_get(call, &kernel->source), rows};
    rl_gemm gemm = kernel->gemm;
    rl_parallel(call->ctx, (size_t)gemm.rows, 64, gather_rows, &job);
    gemm.a = rows;
    gemm.y = products;
    gemm.room = call->scratch + kernel->room_place;
    rl_gemm_run(call->ctx, &gemm);
    job = (spread_job){kernel, products, y};
    rl_parallel(call->ctx, (size_t)(rl_layout_panels(&kernel->out) * kernel->out.height), 8,
                spread_rows, &job);
    if (kernel->chain.step_count)
        rl_map_chain_run(call, &kernel->chain, (rl_map_source){y, kernel->out.type}, y);
    return RELIEF_OK;
}

/* Weights (C, M, kh, kw) as (C, kh, kw, M), packed. */
static relief_status pack_taps(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                               spread_kernel *kernel) {
    const rl_value *weights = &program->base.graph->values[node->inputs[1]];
    const rl_gemm *g = &kernel->gemm;
    const int64_t outs = weights->dims[1], taps = weights->dims[2] * weights->dims[3];
    void *turned = NULL, *packed = NULL;
    relief_status status = rl_onednn_constant(
        ctx, program, rl_gemm_packed_bytes(g->kernels, g->depth, g->columns, g->type), &packed);
    kernel->gemm.b = packed;
    if (!status)
        status = rl_alloc_in(ctx, weights->constant->bytes, 1, &turned);
    if (status)
        return status;
    for (int64_t i = 0; i < g->depth * g->columns; i++) {
        const int64_t tap = i % taps, m = i / taps % outs, c = i / taps / outs;
        ((float *)turned)[(c * taps + tap) * outs + m] = rl_tensor_float(weights->constant, i);
    }
    const rl_gemm_source source = {turned, g->depth, g->columns, g->columns, 1};
    rl_gemm_pack(ctx, g->kernels, &source, g->type, packed);
    rl_free(turned);
    return RELIEF_OK;
}

/* The bias of each channel, for every pixel of a window. */
static relief_status repeat_bias(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                 spread_kernel *kernel) {
    const relief_tensor *constant = program->base.graph->values[node->inputs[2]].constant;
    void *data = NULL;
    relief_status status = rl_onednn_constant(
        ctx, program, (size_t)(kernel->gemm.columns + RL_TILE_MOST_COLUMNS) * sizeof(float), &data);
    for (int64_t i = 0; !status && i < kernel->gemm.columns; i++)
        ((float *)data)[i] = rl_tensor_float(constant, i % kernel->out.channels);
    kernel->gemm.bias = data;
    return status;
}

static relief_status prepare_spread(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_value *x = &graph->values[node->inputs[0]];
    const rl_value *weights = &graph->values[node->inputs[1]];
    spread_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_spread;
    const bool narrow =
        rl_onednn_is_bf16(program) && program->tiles->multiply_bf16 && x->dims[1] % 2 == 0;
    const rl_form form = {program->vector, narrow ? RELIEF_BF16 : RELIEF_F32};
    rl_onednn_choose(program, node->outputs[0], program->vector);
    kernel->in = rl_layout_of(x, form);
    kernel->out = rl_onednn_layout(program, node->outputs[0]);
    memcpy(kernel->window, weights->dims + 2, sizeof kernel->window);
    kernel->gemm = (rl_gemm){.kernels = program->tiles,
                             .rows = x->dims[0] * x->dims[2] * x->dims[3],
                             .depth = x->dims[1],
                             .columns = weights->dims[1] * kernel->window[0] * kernel->window[1],
                             .type = form.type,
                             .y_type = kernel->out.type};
    status =
        rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0], form, &kernel->source);
    if (!status)
        status = pack_taps(ctx, program, node, kernel);
    if (!status && node->own_input_count > 2 && node->inputs[2] != RL_NO_VALUE)
        status = repeat_bias(ctx, program, node, kernel);
    if (status)
        return status;
    const rl_gemm *g = &kernel->gemm;
    rl_onednn_reserve(program, &kernel->base, (size_t)(g->rows * g->depth) * rl_dtype_size(g->type),
                      &kernel->rows_place);
    rl_onednn_reserve(program, &kernel->base,
                      (size_t)(g->rows * g->columns) * rl_dtype_size(g->y_type),
                      &kernel->products_place);
    rl_onednn_reserve(program, &kernel->base, rl_gemm_room_bytes(ctx, g), &kernel->room_place);
    return rl_map_chain_epilogue(ctx, program, &kernel->base, index, 0, &kernel->chain);
}

const rl_onednn_op rl_onednn_ops_spread[] = {
    {"ConvTranspose", supports_spread, prepare_spread},
    {0},
};
