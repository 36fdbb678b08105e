/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax and LayerNormalization of rows, GroupNormalization of pictures. All of it is f32
 * arithmetic, whatever the values are stored as. */
#include "nn/onednn/map.h"

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/vector.h"
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"

/* Sums are kept apart in so many lanes, on every processor, so that the bits are the same. */
enum { LANES = 16 };

/* ---- rows ---- */

typedef struct row_kernel {
    rl_onednn_kernel base;
    rl_onednn_operand source;
    const rl_tile_kernels *tiles;
    bool softmax;
    int64_t rows, size, room;  /* room: size filled up to whole vectors */
    const float *scale, *bias; /* LayerNormalization; bias NULL: none */
    float epsilon;
    relief_dtype in_type, out_type;
    int workers;
    size_t worker_place;
} row_kernel;

typedef struct row_job {
    const row_kernel *kernel;
    const void *x;
    void *y;
    char *rooms;
} row_job;

RL_EVERY_WIDTH static float sum_row(const float *x, int64_t n) {
    float lanes[LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++)
            lanes[k] += x[i + k];
    for (; i < n; i++)
        lanes[i % LANES] += x[i];
    for (int k = 0; k < LANES; k++)
        sum += lanes[k];
    return sum;
}

/* y = x - mean; the sum of their squares. y may be x. */
RL_EVERY_WIDTH static float centre_row(const float *x, float mean, float *y, int64_t n) {
    float lanes[LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) {
            const float d = x[i + k] - mean;
            y[i + k] = d;
            lanes[k] += d * d;
        }
    for (; i < n; i++) {
        y[i] = x[i] - mean;
        lanes[i % LANES] += y[i] * y[i];
    }
    for (int k = 0; k < LANES; k++)
        sum += lanes[k];
    return sum;
}

RL_EVERY_WIDTH static void scale_row(const float *x, float factor, const float *scale,
                                     const float *bias, float *y, int64_t n) {
    if (!bias) {
        RL_INDEPENDENT
        for (int64_t i = 0; i < n; i++)
            y[i] = x[i] * factor * scale[i];
        return;
    }
    RL_INDEPENDENT
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * factor * scale[i] + bias[i];
}

RL_EVERY_WIDTH static void multiply_row(float *x, float factor, int64_t n) {
    RL_INDEPENDENT
    for (int64_t i = 0; i < n; i++)
        x[i] *= factor;
}

/* One row of floats in `row`, which has room for whole vectors. */
static void do_row(const row_kernel *kernel, const float *x, float *row) {
    const int64_t n = kernel->size;
    if (kernel->softmax) {
        const float log2_e = 1.44269504f;
        if (x != row)
            memcpy(row, x, (size_t)n * sizeof *row);
        for (int64_t i = n; i < kernel->room; i++)
            row[i] = -INFINITY;
        const float most = kernel->tiles->largest(row, kernel->room);
        const float sum = kernel->tiles->exponentiate(row, kernel->room, log2_e, most);
        multiply_row(row, 1 / sum, n);
        return;
    }
    const float mean = sum_row(x, n) / (float)n;
    const float variance = centre_row(x, mean, row, n) / (float)n;
    scale_row(row, 1 / sqrtf(variance + kernel->epsilon), kernel->scale, kernel->bias, row, n);
}

/* Workers, each with a row of its own. */
static void do_rows(void *arg, size_t begin, size_t end) {
    const row_job *job = arg;
    const row_kernel *kernel = job->kernel;
    for (int64_t w = (int64_t)begin; w < (int64_t)end; w++) {
        float *row = (float *)(void *)(job->rooms + (size_t)w * (size_t)kernel->room * sizeof *row);
        for (int64_t i = kernel->rows * w / kernel->workers;
             i < kernel->rows * (w + 1) / kernel->workers; i++) {
            const int64_t at = i * kernel->size;
            const float *x = (const float *)job->x + at;
            if (kernel->in_type == RELIEF_BF16) {
                rl_bf16_widen_row((const rl_bf16 *)job->x + at, row, kernel->size);
                x = row;
            }
            do_row(kernel, x, row);
            if (kernel->out_type == RELIEF_BF16)
                rl_bf16_narrow_row(row, (rl_bf16 *)job->y + at, kernel->size);
            else
                memcpy((float *)job->y + at, row, (size_t)kernel->size * sizeof *row);
        }
    }
}

static relief_status run_rows(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const row_kernel *kernel = (const row_kernel *)given;
    row_job job = {kernel, rl_onednn_operand_get(call, &kernel->source),
                   rl_onednn_data(call, call->node->outputs[0]),
                   call->scratch + kernel->worker_place};
    rl_parallel(call->ctx, (size_t)kernel->workers, 1, do_rows, &job);
    return RELIEF_OK;
}

static bool is_computed(const rl_graph *graph, const rl_node *node) {
    return rl_onednn_is_float(graph, node->inputs[0]) && !graph->values[node->inputs[0]].constant &&
           graph->values[node->inputs[0]].rank > 0;
}

static bool is_last_axis(const rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    const int rank = graph->values[node->inputs[0]].rank;
    return rl_axis(params->axis, rank) == rank - 1;
}

static bool supports_softmax(const rl_graph *graph, const rl_node *node) {
    return is_computed(graph, node) && is_last_axis(graph, node) && !node->epilogue_count;
}

static bool supports_layer_norm(const rl_graph *graph, const rl_node *node) {
    if (!is_computed(graph, node) || !is_last_axis(graph, node) || node->epilogue_count)
        return false;
    const rl_value *x = &graph->values[node->inputs[0]];
    for (int i = 1; i < node->own_input_count; i++) {
        int64_t count = 0;
        if (node->inputs[i] == RL_NO_VALUE && i == 2)
            continue;
        if (!rl_onednn_is_float(graph, node->inputs[i]))
            return false;
        const rl_value *row = &graph->values[node->inputs[i]];
        if (!row->constant || !rl_element_count(row->rank, row->dims, &count) ||
            count != x->dims[x->rank - 1] || row->dims[row->rank - 1] != count)
            return false;
    }
    return true;
}

/* A kernel of rows, whose result may stand where its input stood. */
static relief_status begin_rows(relief_ctx *ctx, rl_onednn_program *program, int index,
                                row_kernel **out) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_value *x = &graph->values[node->inputs[0]];
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof **out, out);
    if (status)
        return status;
    row_kernel *kernel = *out;
    kernel->base.run = run_rows;
    kernel->tiles = program->tiles;
    kernel->size = x->dims[x->rank - 1];
    kernel->room = (kernel->size + LANES - 1) / LANES * LANES;
    kernel->rows = rl_dims_product(x->dims, 0, x->rank - 1);
    kernel->workers = relief_ctx_threads(ctx);
    const rl_form form = rl_onednn_form(program, node->inputs[0], 1);
    kernel->in_type = form.type;
    rl_onednn_choose(program, node->outputs[0], 1);
    kernel->out_type = program->forms[node->outputs[0]].type;
    status =
        rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0], form, &kernel->source);
    if (status)
        return status;
    rl_onednn_reserve(program, &kernel->base,
                      (size_t)(kernel->workers * kernel->room) * sizeof(float),
                      &kernel->worker_place);
    if (kernel->in_type == kernel->out_type && rl_layout_is(&kernel->source.layout, form))
        kernel->base.in_place_input = 0;
    return RELIEF_OK;
}

static relief_status prepare_softmax(relief_ctx *ctx, rl_onednn_program *program, int index) {
    row_kernel *kernel = NULL;
    relief_status status = begin_rows(ctx, program, index, &kernel);
    if (!status)
        kernel->softmax = true;
    return status;
}

/* A copy of a constant row. */
static relief_status copy_row(relief_ctx *ctx, rl_onednn_program *program, int value,
                              const float **out) {
    const relief_tensor *constant = program->base.graph->values[value].constant;
    void *data = NULL;
    relief_status status = rl_onednn_constant(ctx, program, constant->bytes, &data);
    if (!status)
        rl_onednn_copy_constant(constant, data);
    *out = data;
    return status;
}

static relief_status prepare_layer_norm(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_node *node = &program->base.graph->nodes[index];
    row_kernel *kernel = NULL;
    relief_status status = begin_rows(ctx, program, index, &kernel);
    if (!status)
        status = copy_row(ctx, program, node->inputs[1], &kernel->scale);
    if (!status && node->own_input_count > 2 && node->inputs[2] != RL_NO_VALUE)
        status = copy_row(ctx, program, node->inputs[2], &kernel->bias);
    if (!status)
        kernel->epsilon = ((const rl_axis_params *)node->params)->epsilon;
    return status;
}

/* ---- GroupNormalization ---- */

/* Mean, and sum of squared differences from it, of one channel. */
typedef struct moments {
    double mean, squares;
} moments;

typedef struct group_kernel {
    rl_onednn_kernel base;
    rl_onednn_operand source;
    rl_layout layout; /* of the source; the result's but for the type */
    int64_t groups;
    float epsilon;
    const float *scale, *bias;
    size_t moments_place, factors_place;
    rl_map_chain chain;
} group_kernel;

typedef struct group_job {
    const group_kernel *kernel;
    const char *x;
    moments *moments; /* of all lanes of all panels */
} group_job;

enum { MOST_BLOCK = 16, CHUNK = 64 };

/* Sums of x - shift and of its square over `pixels` pixels. */
RL_EVERY_WIDTH static void add_pixels(const float *x, const float *shift, int64_t pixels,
                                      int64_t block, float *sums, float *squares) {
    if (block == MOST_BLOCK) {
        for (int64_t p = 0; p < pixels; p++, x += MOST_BLOCK)
            for (int c = 0; c < MOST_BLOCK; c++) {
                const float d = x[c] - shift[c];
                sums[c] += d;
                squares[c] += d * d;
            }
        return;
    }
    for (int64_t p = 0; p < pixels; p++, x += block)
        for (int64_t c = 0; c < block; c++) {
            const float d = x[c] - shift[c];
            sums[c] += d;
            squares[c] += d * d;
        }
}

/* The moments of all channels of a panel. Sums are of the differences from the first pixel, so that
 * a large mean costs no digits; those of a chunk are floats, those of all chunks doubles. */
static void measure_panel(const group_job *job, int64_t panel) {
    const rl_layout *layout = &job->kernel->layout;
    const int64_t size = layout->height * layout->width, block = layout->block;
    const int64_t first = panel * size * block;
    float shift[MOST_BLOCK] = {0}, room[MOST_BLOCK * CHUNK];
    double totals[2][MOST_BLOCK] = {{0}};
    for (int64_t p = 0; p < size; p += CHUNK) {
        const int64_t pixels = size - p < CHUNK ? size - p : CHUNK, at = first + p * block;
        const float *x = (const float *)(const void *)job->x + at;
        if (layout->type == RELIEF_BF16) {
            rl_bf16_widen_row((const rl_bf16 *)(const void *)job->x + at, room, pixels * block);
            x = room;
        }
        if (p == 0)
            memcpy(shift, x, (size_t)block * sizeof *x);
        float sums[MOST_BLOCK] = {0}, squares[MOST_BLOCK] = {0};
        add_pixels(x, shift, pixels, block, sums, squares);
        for (int64_t c = 0; c < block; c++) {
            totals[0][c] += (double)sums[c];
            totals[1][c] += (double)squares[c];
        }
    }
    for (int64_t c = 0; c < block; c++) {
        const double mean = totals[0][c] / (double)size;
        job->moments[panel * block + c] =
            (moments){(double)shift[c] + mean, totals[1][c] - totals[0][c] * mean};
    }
}

static void measure_panels(void *arg, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++)
        measure_panel(arg, (int64_t)i);
}

/* Factors and offsets of the channels of one picture, from the moments of its channels. */
static void join_groups(const group_kernel *kernel, const moments *m, float *factors,
                        float *offsets) {
    const int64_t channels = kernel->layout.channels, per_group = channels / kernel->groups;
    const double size = (double)(kernel->layout.height * kernel->layout.width);
    for (int64_t g = 0; g < kernel->groups; g++) {
        const int64_t first = g * per_group;
        double mean = 0, squares = 0;
        for (int64_t c = first; c < first + per_group; c++)
            mean += m[c].mean / (double)per_group;
        for (int64_t c = first; c < first + per_group; c++)
            squares += m[c].squares + size * (m[c].mean - mean) * (m[c].mean - mean);
        const double variance = squares / (size * (double)per_group);
        const double factor = 1 / sqrt(variance + (double)kernel->epsilon);
        for (int64_t c = first; c < first + per_group; c++) {
            factors[c] = (float)(factor * (double)kernel->scale[c]);
            offsets[c] =
                (float)((double)kernel->bias[c] - mean * factor * (double)kernel->scale[c]);
        }
    }
}

/* Scale one picture, and do the epilogue. */
static void scale_picture(const group_kernel *kernel, const rl_onednn_call *call, const char *x,
                          int64_t n, const float *factors, const float *offsets) {
    rl_layout out = rl_onednn_layout(call->program, call->node->outputs[0]);
    out.batch = 1;
    const int64_t elements = rl_layout_elements(&out);
    rl_map_step steps[RL_MAP_MAX_STEPS] = {
        {.kind = RL_MAP_MUL, .extent = RL_MAP_CHANNEL, .other = factors, .type = RELIEF_F32},
        {.kind = RL_MAP_ADD, .extent = RL_MAP_CHANNEL, .other = offsets, .type = RELIEF_F32}};
    for (int i = 0; i < kernel->chain.step_count; i++) {
        steps[i + 2] = kernel->chain.steps[i];
        if (steps[i + 2].kind != RL_MAP_CLIP)
            steps[i + 2].other =
                (const char *)rl_onednn_operand_get(call, &kernel->chain.others[i]) +
                (size_t)(n * elements) * rl_dtype_size(steps[i + 2].type);
    }
    char *y = rl_onednn_data(call, call->node->outputs[0]);
    const rl_map_source source = {x + (size_t)(n * elements) * rl_dtype_size(kernel->layout.type),
                                  kernel->layout.type};
    rl_map_run(call->ctx, &out, source, y + (size_t)(n * elements) * rl_dtype_size(out.type), steps,
               kernel->chain.step_count + 2);
}

static relief_status run_group_norm(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const group_kernel *kernel = (const group_kernel *)given;
    const rl_layout *layout = &kernel->layout;
    const int64_t lanes = rl_layout_blocks(layout) * layout->block;
    group_job job = {kernel, rl_onednn_operand_get(call, &kernel->source),
                     (moments *)(void *)(call->scratch + kernel->moments_place)};
    float *factors = (float *)(void *)(call->scratch + kernel->factors_place);
    rl_parallel(call->ctx, (size_t)rl_layout_panels(layout), 1, measure_panels, &job);
    memset(factors, 0, 2 * (size_t)lanes * sizeof *factors);
    for (int64_t n = 0; n < layout->batch; n++) {
        join_groups(kernel, job.moments + n * lanes, factors, factors + lanes);
        scale_picture(kernel, call, job.x, n, factors, factors + lanes);
    }
    return RELIEF_OK;
}

static bool supports_group_norm(const rl_graph *graph, const rl_node *node) {
    for (int i = 1; i < 3; i++)
        if (!rl_onednn_is_float(graph, node->inputs[i]) || !graph->values[node->inputs[i]].constant)
            return false;
    return is_computed(graph, node) && graph->values[node->inputs[0]].rank == 4;
}

/* Constants of one number a channel, or one a group, which its channels share. */
static relief_status copy_channels(relief_ctx *ctx, rl_onednn_program *program, int value,
                                   int64_t channels, const float **out) {
    const relief_tensor *constant = program->base.graph->values[value].constant;
    const int64_t shared = channels / (int64_t)(constant->bytes / sizeof(float));
    void *data = NULL;
    relief_status status =
        rl_onednn_constant(ctx, program, (size_t)channels * sizeof(float), &data);
    for (int64_t c = 0; !status && c < channels; c++)
        ((float *)data)[c] = rl_tensor_float(constant, c / shared);
    *out = data;
    return status;
}

static relief_status prepare_group_norm(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_node *node = &program->base.graph->nodes[index];
    const rl_group_norm_params *params = node->params;
    group_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_group_norm;
    kernel->groups = params->groups;
    kernel->epsilon = params->epsilon;
    const rl_form form = rl_onednn_form(program, node->inputs[0], program->vector);
    status =
        rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0], form, &kernel->source);
    kernel->layout = rl_layout_of(&program->base.graph->values[node->inputs[0]], form);
    rl_onednn_choose(program, node->outputs[0], program->vector);
    if (!status)
        status =
            copy_channels(ctx, program, node->inputs[1], kernel->layout.channels, &kernel->scale);
    if (!status)
        status =
            copy_channels(ctx, program, node->inputs[2], kernel->layout.channels, &kernel->bias);
    if (status)
        return status;
    const size_t lanes = (size_t)(rl_layout_blocks(&kernel->layout) * kernel->layout.block);
    rl_onednn_reserve(program, &kernel->base,
                      lanes * (size_t)kernel->layout.batch * sizeof(moments),
                      &kernel->moments_place);
    rl_onednn_reserve(program, &kernel->base, 2 * lanes * sizeof(float), &kernel->factors_place);
    return rl_map_chain_epilogue(ctx, program, &kernel->base, index, 0, &kernel->chain);
}

const rl_onednn_op rl_onednn_ops_norm[] = {
    {"Softmax", supports_softmax, prepare_softmax},
    {"LayerNormalization", supports_layer_norm, prepare_layer_norm},
    {"GroupNormalization", supports_group_norm, prepare_group_norm},
    {0},
};
