/* SPDX-License-Identifier: Apache-2.0 */
/* MaxPool and AveragePool over height and width: x (N,C,H,W) -> y (N,C,oH,oW);
 * GlobalMaxPool and GlobalAveragePool over all axes behind the channels. */
#include "nn/ops/ops.h"
#include "nn/ops/window.h"

#include <math.h>

/* ---- sliding windows ---- */

static relief_status parse_with(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                const char *const *known) {
    rl_pool_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_window(ctx, graph, node, &params->window);
    }
    if (status == RELIEF_OK) {
        status =
            rl_op_bool(ctx, graph, node, "count_include_pad", false, &params->count_include_pad);
    }
    if (status == RELIEF_OK && params->window.kernel[0] == 0) {
        status = rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT,
                              "attribute kernel_shape is missing");
    }
    return status;
}

/* storage_order orders the indices of the second output, which is not supported. */
static relief_status parse_max(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"auto_pad", "ceil_mode",     "dilations", "kernel_shape",
                                        "pads",     "storage_order", "strides",   NULL};
    return parse_with(ctx, graph, node, known);
}

static relief_status parse_average(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {
        "auto_pad",     "ceil_mode", "count_include_pad", "dilations",
        "kernel_shape", "pads",      "strides",           NULL};
    return parse_with(ctx, graph, node, known);
}

static relief_status infer_window(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_pool_params *params = node->params;
    relief_status status = rl_op_expect(ctx, graph, node, 0, RL_TYPE(RELIEF_F32));
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_value *x = rl_op_input(graph, node, 0);
    rl_placed_window at;
    if (x->rank != 4 || !rl_window_place(&params->window, x->dims + 2, NULL, &at)) {
        return rl_op_misfit(ctx, graph, node, "the window does not fit the input");
    }
    for (int axis = 0; axis < 2; axis++) {
        int64_t reach = (at.kernel[axis] - 1) * at.dilation[axis] + 1;
        if (at.pad_begin[axis] >= reach || params->window.pad_end[axis] >= reach) {
            return rl_op_misfit(ctx, graph, node, "the padding is larger than the window");
        }
    }
    rl_value y = {
        .dtype = RELIEF_F32, .rank = 4, .dims = {x->dims[0], x->dims[1], at.out[0], at.out[1]}};
    return rl_op_output(ctx, graph, node, 0, &y);
}

bool rl_pool_place(const rl_pool_params *params, const int64_t in[2], rl_placed_pool *out) {
    if (!rl_window_place(&params->window, in, NULL, &out->at)) {
        return false;
    }
    for (int axis = 0; axis < 2; axis++) {
        int64_t end = params->window.auto_pad == RL_AUTO_PAD_NONE
                          ? params->window.pad_end[axis]
                          : rl_window_pad_end(&out->at, axis);
        out->padded[axis] = out->at.in[axis] + end;
    }
    return true;
}

/* Taps k of all `kernel` with start + k * dilation < end. */
static int64_t taps_before(int64_t end, int64_t start, int64_t dilation, int64_t kernel) {
    int64_t count = start < end ? (end - start - 1) / dilation + 1 : 0;
    return count < kernel ? count : kernel;
}

rl_pool_taps rl_pool_place_taps(const rl_placed_pool *pool, int axis, int64_t output) {
    int64_t dilation = pool->at.dilation[axis], kernel = pool->at.kernel[axis];
    int64_t start = output * pool->at.stride[axis] - pool->at.pad_begin[axis];
    int64_t in_front = taps_before(0, start, dilation, kernel);
    return (rl_pool_taps){
        .at = start + in_front * dilation,
        .met = taps_before(pool->at.in[axis], start, dilation, kernel) - in_front,
        .not_beyond = taps_before(pool->padded[axis], start, dilation, kernel),
    };
}

typedef struct pool_job {
    rl_placed_pool pool;
    bool average, count_padding;
    const float *x;
    float *y;
} pool_job;

static double pool_one(const pool_job *job, const float *plane, int64_t oy, int64_t ox) {
    rl_pool_taps down = rl_pool_place_taps(&job->pool, 0, oy);
    rl_pool_taps across = rl_pool_place_taps(&job->pool, 1, ox);
    double sum = 0.0, most = -INFINITY;
    for (int64_t ky = 0; ky < down.met; ky++) {
        const float *row = plane + (down.at + ky * job->pool.at.dilation[0]) * job->pool.at.in[1];
        for (int64_t kx = 0; kx < across.met; kx++) {
            double x = (double)row[across.at + kx * job->pool.at.dilation[1]];
            most = x > most || x != x ? x : most;
            sum += x;
        }
    }
    int64_t count =
        job->count_padding ? down.not_beyond * across.not_beyond : down.met * across.met;
    return !job->average ? most : count > 0 ? sum / (double)count : 0.0;
}

static void pool_rows(void *arg, size_t begin, size_t end) {
    const pool_job *job = arg;
    for (int64_t r = (int64_t)begin; r < (int64_t)end; r++) {
        const float *plane =
            job->x + r / job->pool.at.out[0] * job->pool.at.in[0] * job->pool.at.in[1];
        for (int64_t ox = 0; ox < job->pool.at.out[1]; ox++) {
            job->y[r * job->pool.at.out[1] + ox] =
                (float)pool_one(job, plane, r % job->pool.at.out[0], ox);
        }
    }
}

static relief_status run_window(relief_ctx *ctx, const rl_node *node,
                                const relief_tensor *const *inputs, relief_tensor *const *outputs,
                                bool average) {
    const rl_pool_params *params = node->params;
    const relief_tensor *x = inputs[0];
    pool_job job = {.average = average,
                    .count_padding = params->count_include_pad,
                    .x = x->data,
                    .y = outputs[0]->data};
    if (!rl_pool_place(params, x->dims + 2, &job.pool)) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "node %s: shapes were not inferred", node->name);
    }
    rl_parallel(ctx, (size_t)(x->dims[0] * x->dims[1] * job.pool.at.out[0]), 1, pool_rows, &job);
    return RELIEF_OK;
}

static relief_status run_max(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_window(ctx, node, inputs, outputs, false);
}

static relief_status run_average(relief_ctx *ctx, const rl_node *node,
                                 const relief_tensor *const *inputs,
                                 relief_tensor *const *outputs) {
    return run_window(ctx, node, inputs, outputs, true);
}

const rl_op rl_op_max_pool = {"MaxPool", 1, 0, 1, 1, 1, 1, parse_max, infer_window, run_max};
const rl_op rl_op_average_pool = {"AveragePool", 1,          0, 1, 1, 1, 1, parse_average,
                                  infer_window,  run_average};

/* ---- whole planes ---- */

static relief_status infer_global(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    relief_status status = rl_op_expect(ctx, graph, node, 0, RL_TYPES_REAL);
    if (status != RELIEF_OK) {
        return status;
    }
    rl_value y = *rl_op_input(graph, node, 0);
    if (y.rank < 3 || rl_dims_product(y.dims, 2, y.rank) == 0) {
        return rl_op_misfit(ctx, graph, node, "there is no plane to pool over");
    }
    for (int i = 2; i < y.rank; i++) {
        y.dims[i] = 1;
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_global(relief_ctx *ctx, const rl_node *node,
                                const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    bool average = node->op == &rl_op_global_average_pool;
    const relief_tensor *x = inputs[0];
    int64_t planes = x->dims[0] * x->dims[1], size = rl_dims_product(x->dims, 2, x->rank);
    for (int64_t p = 0; p < planes; p++) {
        double sum = 0.0, most = -INFINITY;
        for (int64_t i = p * size; i < (p + 1) * size; i++) {
            double value = rl_get_real(x, i);
            most = value > most || value != value ? value : most;
            sum += value;
        }
        rl_set_real(outputs[0], p, average ? sum / (double)size : most);
    }
    return RELIEF_OK;
}

const rl_op rl_op_global_average_pool = {
    "GlobalAveragePool", 1, 0, 1, 1, 1, 1, rl_op_parse_none, infer_global, run_global};
const rl_op rl_op_global_max_pool = {"GlobalMaxPool", 1,         0, 1, 1, 1, 1, rl_op_parse_none,
                                     infer_global,    run_global};
