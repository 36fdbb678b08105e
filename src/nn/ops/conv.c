/* SPDX-License-Identifier: Apache-2.0 */
/* Conv over two spatial axes: x (N,C,H,W), w (M,C/groups,kH,kW), bias (M) -> y (N,M,oH,oW). */
#include "nn/ops/ops.h"
#include "nn/ops/whole.h"
#include "nn/ops/window.h"

relief_status rl_conv_parse(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"auto_pad", "dilations", "group", "kernel_shape",
                                        "pads",     "strides",   NULL};
    rl_conv_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_window(ctx, graph, node, &params->window);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "group", 1, &params->groups);
    }
    if (status == RELIEF_OK && params->groups < 1) {
        status = rl_op_senseless(ctx, graph, node, "group");
    }
    return status;
}

bool rl_conv_shape(const rl_conv_params *params, const rl_value *x, const rl_value *w,
                   rl_value *y) {
    rl_placed_window at;
    if (x->rank != 4 || w->rank != 4 || w->dims[1] < 1 || x->dims[1] % w->dims[1] != 0 ||
        x->dims[1] / w->dims[1] != params->groups || w->dims[0] % params->groups != 0 ||
        !rl_window_place(&params->window, x->dims + 2, w->dims + 2, &at)) {
        return false;
    }
    y->rank = 4;
    memcpy(y->dims, (const int64_t[]){x->dims[0], w->dims[0], at.out[0], at.out[1]},
           4 * sizeof y->dims[0]);
    return true;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_conv_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0), *w = rl_op_input(graph, node, 1);
    const rl_value *bias = rl_op_input(graph, node, 2);
    for (int i = 0; i < (bias != NULL ? 3 : 2); i++) {
        relief_status status = rl_op_expect(ctx, graph, node, i, RL_TYPE(RELIEF_F32));
        if (status != RELIEF_OK) {
            return status;
        }
    }
    if (x->rank != 4 || w->rank != 4) {
        return rl_op_misfit(ctx, graph, node, "only (N, C, H, W) pictures are supported");
    }
    if (w->dims[1] < 1 || x->dims[1] % w->dims[1] != 0 ||
        x->dims[1] / w->dims[1] != params->groups || w->dims[0] % params->groups != 0) {
        return rl_op_misfit(ctx, graph, node, "channels, weights and groups do not go together");
    }
    if (bias != NULL && (bias->rank != 1 || bias->dims[0] != w->dims[0])) {
        return rl_op_misfit(ctx, graph, node, "one bias for each output channel is wanted");
    }
    rl_placed_window at;
    if (!rl_window_place(&params->window, x->dims + 2, w->dims + 2, &at)) {
        return rl_op_misfit(ctx, graph, node, "the kernel does not fit the input");
    }
    rl_value y = {
        .dtype = RELIEF_F32, .rank = 4, .dims = {x->dims[0], w->dims[0], at.out[0], at.out[1]}};
    return rl_op_output(ctx, graph, node, 0, &y);
}

typedef struct conv_job {
    rl_placed_window at;
    const float *x, *w, *bias; /* bias may be NULL */
    float *y;
    int32_t *whole;                    /* in place of y, NULL: floats are wanted */
    int64_t in_channels, out_channels; /* of the whole picture */
    int64_t group_in, group_out;       /* of one group */
} conv_job;

/* Outputs of one row that are summed side by side. */
#define RUN 64
typedef struct output_run {
    int64_t oy, begin, count;
    double sum[RUN];
} output_run;

/* Add the share of one input channel; x and w are the channel's plane and kernel. */
static void add_channel(const conv_job *job, const float *x, const float *w, output_run *run) {
    const rl_placed_window *at = &job->at;
    int64_t end = run->begin + run->count;
    for (int64_t ky = 0; ky < at->kernel[0]; ky++) {
        int64_t iy = run->oy * at->stride[0] + ky * at->dilation[0] - at->pad_begin[0];
        if (iy < 0 || iy >= at->in[0]) {
            continue;
        }
        for (int64_t kx = 0; kx < at->kernel[1]; kx++) {
            double weight = (double)w[ky * at->kernel[1] + kx];
            rl_span span = rl_window_span(at, 1, kx);
            int64_t from = span.begin > run->begin ? span.begin : run->begin;
            int64_t to = span.end < end ? span.end : end;
            const float *row = x + iy * at->in[1]; /* padding lies outside of it */
            int64_t shift = kx * at->dilation[1] - at->pad_begin[1];
            for (int64_t ox = from; ox < to; ox++) {
                run->sum[ox - run->begin] += weight * (double)row[ox * at->stride[1] + shift];
            }
        }
    }
}

/* Rows [begin, end) of all rows of all output planes. Sums are kept in double: thousands of terms
 * of either sign meet in one output, and what other kernels are compared with should not add
 * errors of its own. */
static void conv_rows(void *arg, size_t begin, size_t end) {
    const conv_job *job = arg;
    const rl_placed_window *at = &job->at;
    int64_t in_plane = at->in[0] * at->in[1], kernel_plane = at->kernel[0] * at->kernel[1];
    for (int64_t r = (int64_t)begin; r < (int64_t)end; r++) {
        int64_t plane = r / at->out[0];
        int64_t image = plane / job->out_channels, channel = plane % job->out_channels;
        int64_t first = image * job->in_channels + channel / job->group_out * job->group_in;
        double bias = job->bias != NULL ? (double)job->bias[channel] : 0.0;
        for (int64_t ox = 0; ox < at->out[1]; ox += RUN) {
            int64_t left = at->out[1] - ox;
            output_run run = {.oy = r % at->out[0], .begin = ox, .count = left < RUN ? left : RUN};
            for (int64_t c = 0; c < job->group_in; c++) {
                add_channel(job, job->x + (first + c) * in_plane,
                            job->w + (channel * job->group_in + c) * kernel_plane, &run);
            }
            for (int64_t i = 0; i < run.count; i++) {
                if (job->whole != NULL) {
                    job->whole[r * at->out[1] + ox + i] = (int32_t)(uint32_t)(int64_t)run.sum[i];
                } else {
                    job->y[r * at->out[1] + ox + i] = (float)(run.sum[i] + bias);
                }
            }
        }
    }
}

/* `y` may be of floats or of int32. */
static relief_status convolve(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const inputs[3], relief_tensor *y) {
    const rl_conv_params *params = node->params;
    const relief_tensor *x = inputs[0], *w = inputs[1], *bias = inputs[2];
    conv_job job = {.x = x->data,
                    .w = w->data,
                    .bias = bias != NULL ? bias->data : NULL,
                    .y = y->dtype == RELIEF_F32 ? y->data : NULL,
                    .whole = y->dtype == RELIEF_I32 ? y->data : NULL,
                    .in_channels = x->dims[1],
                    .out_channels = w->dims[0],
                    .group_in = w->dims[1],
                    .group_out = w->dims[0] / params->groups};
    if (!rl_window_place(&params->window, x->dims + 2, w->dims + 2, &job.at)) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "node %s: shapes were not inferred", node->name);
    }
    size_t rows = (size_t)(x->dims[0] * w->dims[0] * job.at.out[0]);
    rl_parallel(ctx, rows, 1, conv_rows, &job);
    return RELIEF_OK;
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    const relief_tensor *all[3] = {inputs[0], inputs[1],
                                   node->own_input_count > 2 ? inputs[2] : NULL};
    return convolve(ctx, node, all, outputs[0]);
}

relief_status rl_conv_whole(relief_ctx *ctx, const rl_node *node, const relief_tensor *x,
                            const relief_tensor *w, relief_tensor *y) {
    return convolve(ctx, node, (const relief_tensor *const[]){x, w, NULL}, y);
}

const rl_op rl_op_conv = {"Conv", 1, 0, 2, 3, 1, 1, rl_conv_parse, infer, run};
