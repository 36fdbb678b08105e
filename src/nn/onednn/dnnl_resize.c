/* SPDX-License-Identifier: Apache-2.0 */
/* Resize and Upsample over height and width. The library's own resampling knows half_pixel only,
 * and in this layout an output pixel is a sum of a few vectors anyway. */
#include "nn/onednn/map.h"

#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/vector.h"
#include "nn/ops/op_params.h"

typedef struct resize_kernel {
    rl_onednn_kernel base;
    rl_layout in, out;
    rl_resize_tap *rows, *columns; /* of the output; one block of memory */
    rl_onednn_operand source;
    rl_map_chain chain;
} resize_kernel;

typedef struct resize_job {
    const resize_kernel *kernel;
    const float *x;
    float *y;
} resize_job;

static void free_resize(rl_onednn_kernel *kernel) {
    rl_free(((resize_kernel *)kernel)->rows);
}

/* The scales, when a tensor holds them. */
static const relief_tensor *constant_scales(const rl_graph *graph, const rl_node *node) {
    const rl_resize_params *params = node->params;
    const int input = params->scales_input;
    if (input <= 0 || input >= node->own_input_count || node->inputs[input] == RL_NO_VALUE)
        return NULL;
    return graph->values[node->inputs[input]].constant;
}

static bool supports_resize(const rl_graph *graph, const rl_node *node) {
    if (node->own_input_count < 1 || !rl_onednn_is_float(graph, node->inputs[0]))
        return false;
    const rl_value *in = &graph->values[node->inputs[0]], *out = &graph->values[node->outputs[0]];
    for (int i = 1; i < node->own_input_count; i++)
        if (node->inputs[i] != RL_NO_VALUE && !graph->values[node->inputs[i]].constant)
            return false;
    return in->rank == 4 && !in->constant && in->dims[0] == out->dims[0] &&
           in->dims[1] == out->dims[1];
}

/* One output row of a panel from one input row for each of its taps, `block` floats a pixel. */
RL_EVERY_WIDTH static void resize_row(const float *const *lines, const rl_resize_tap *row,
                                      const rl_resize_tap *columns, int64_t width, int64_t block,
                                      float *y) {
    for (int64_t x = 0; x < width; x++, y += block) {
        const rl_resize_tap *column = &columns[x];
        for (int64_t c = 0; c < block; c++)
            y[c] = 0;
        for (int j = 0; j < row->count; j++) {
            for (int i = 0; i < column->count; i++) {
                const float w = row->weight[j] * column->weight[i];
                const float *from = lines[j] + column->index[i] * block;
                RL_INDEPENDENT
                for (int64_t c = 0; c < block; c++)
                    y[c] += w * from[c];
            }
        }
    }
}

RL_EVERY_WIDTH static void nearest_row(const float *line, const rl_resize_tap *columns,
                                       int64_t width, int64_t block, float *y) {
    for (int64_t x = 0; x < width; x++, y += block) {
        const float *from = line + columns[x].index[0] * block;
        RL_INDEPENDENT
        for (int64_t c = 0; c < block; c++)
            y[c] = from[c];
    }
}

/* Rows of the output, counted over all panels. */
static void resize_rows(void *arg, size_t begin, size_t end) {
    const resize_job *job = arg;
    const rl_layout *in = &job->kernel->in, *out = &job->kernel->out;
    const rl_resize_tap *columns = job->kernel->columns;
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t panel = i / out->height;
        const rl_resize_tap *row = &job->kernel->rows[i % out->height];
        const float *source = job->x + panel * in->height * in->width * in->block;
        float *y = job->y + i * out->width * out->block;
        const float *lines[4];
        for (int j = 0; j < row->count; j++)
            lines[j] = source + row->index[j] * in->width * in->block;
        if (row->count == 1 && columns->count == 1)
            nearest_row(lines[0], columns, out->width, out->block, y);
        else
            resize_row(lines, row, columns, out->width, out->block, y);
    }
}

static relief_status run_resize(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const resize_kernel *kernel = (const resize_kernel *)given;
    float *y = rl_onednn_data(call, call->node->outputs[0]);
    resize_job job = {kernel, rl_onednn_operand_get(call, &kernel->source), y};
    rl_parallel(call->ctx, (size_t)(rl_layout_panels(&kernel->out) * kernel->out.height), 8,
                resize_rows, &job);
    if (kernel->chain.step_count)
        rl_map_chain_run(call, &kernel->chain, y, y);
    return RELIEF_OK;
}

static relief_status prepare_taps(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                  resize_kernel *kernel) {
    const rl_value *in = &graph->values[node->inputs[0]], *out = &graph->values[node->outputs[0]];
    float scale[2];
    relief_status status = rl_alloc_in(ctx, (size_t)(out->dims[2] + out->dims[3]),
                                       sizeof *kernel->rows, (void **)&kernel->rows);
    if (status)
        return status;
    kernel->columns = kernel->rows + out->dims[2];
    rl_resize_scale(node->params, constant_scales(graph, node), in->dims, out->dims, scale);
    rl_resize_taps(node->params, scale[0], in->dims[2], out->dims[2], kernel->rows);
    rl_resize_taps(node->params, scale[1], in->dims[3], out->dims[3], kernel->columns);
    return RELIEF_OK;
}

static relief_status prepare_resize(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    resize_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_resize;
    kernel->base.free = free_resize;
    kernel->in = rl_onednn_layout(program, node->inputs[0]);
    program->blocks[node->outputs[0]] = kernel->in.block;
    kernel->out = rl_onednn_layout(program, node->outputs[0]);
    status = rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0], kernel->in.block,
                                   &kernel->source);
    if (!status)
        status = prepare_taps(ctx, graph, node, kernel);
    if (!status)
        status = rl_map_chain_epilogue(ctx, program, &kernel->base, index, 0, &kernel->chain);
    return status;
}

const rl_onednn_op rl_onednn_ops_resize[] = {
    {"Resize", supports_resize, prepare_resize},
    {"Upsample", supports_resize, prepare_resize},
    {0},
};
