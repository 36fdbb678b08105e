/* SPDX-License-Identifier: Apache-2.0 */
/* ConvTranspose over two spatial axes: x (N,C,H,W), w (C,M/groups,kH,kW), bias (M) -> y
 * (N,M,oH,oW). What Conv does to gradients: every input pixel adds its kernel, scaled, to the
 * output at stride times its position. */
#include "nn/ops/ops.h"
#include "nn/ops/window.h"

static relief_status parse(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"auto_pad",     "dilations",      "group",
                                        "kernel_shape", "output_padding", "output_shape",
                                        "pads",         "strides",        NULL};
    rl_conv_transpose_params *params;
    rl_window_list padding = {2, 0, {0, 0}}, shape = {2, 1, {0, 0}};
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
    if (status == RELIEF_OK) {
        status = rl_op_window_list(ctx, graph, node, "output_padding", &padding);
    }
    if (status == RELIEF_OK) {
        status = rl_op_window_list(ctx, graph, node, "output_shape", &shape);
    }
    for (int axis = 0; status == RELIEF_OK && axis < 2; axis++) {
        params->output_padding[axis] = padding.v[axis];
        params->output_shape[axis] = shape.v[axis];
    }
    return status;
}

bool rl_conv_transpose_place(const rl_conv_transpose_params *params, const int64_t *in,
                             const int64_t *kernel, int64_t *out, int64_t *pad_begin) {
    const rl_window *window = &params->window;
    for (int axis = 0; axis < 2; axis++) {
        int64_t own = window->kernel[axis], stride = window->stride[axis];
        if (in[axis] < 1 || in[axis] > RL_MAX_ELEMENTS / stride || kernel[axis] < 1 ||
            kernel[axis] > RL_MAX_ELEMENTS / window->dilation[axis] ||
            (own != 0 && own != kernel[axis])) {
            return false;
        }
        int64_t reach = (kernel[axis] - 1) * window->dilation[axis] + 1;
        int64_t full = stride * (in[axis] - 1) + params->output_padding[axis] + reach;
        bool same = window->auto_pad == RL_AUTO_PAD_SAME_UPPER ||
                    window->auto_pad == RL_AUTO_PAD_SAME_LOWER;
        out[axis] = params->output_shape[axis];
        if (out[axis] == 0 && same) {
            out[axis] = in[axis] * stride;
        }
        if (out[axis] > 0) {
            int64_t total = full > out[axis] ? full - out[axis] : 0;
            bool upper = window->auto_pad == RL_AUTO_PAD_SAME_UPPER;
            pad_begin[axis] = upper ? total / 2 : total - total / 2;
        } else {
            bool valid = window->auto_pad == RL_AUTO_PAD_VALID;
            pad_begin[axis] = valid ? 0 : window->pad_begin[axis];
            out[axis] = full - pad_begin[axis] - (valid ? 0 : window->pad_end[axis]);
        }
        if (out[axis] < 1) {
            return false;
        }
    }
    return true;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_conv_transpose_params *params = node->params;
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
    if (w->dims[0] != x->dims[1] || x->dims[1] % params->groups != 0 || x->dims[1] == 0 ||
        w->dims[1] > RL_MAX_ELEMENTS / params->groups) {
        return rl_op_misfit(ctx, graph, node, "channels, weights and groups do not go together");
    }
    int64_t channels = w->dims[1] * params->groups, out[2], pad_begin[2];
    if (bias != NULL && (bias->rank != 1 || bias->dims[0] != channels)) {
        return rl_op_misfit(ctx, graph, node, "one bias for each output channel is wanted");
    }
    if (!rl_conv_transpose_place(params, x->dims + 2, w->dims + 2, out, pad_begin)) {
        return rl_op_misfit(ctx, graph, node, "no output is left");
    }
    rl_value y = {.dtype = RELIEF_F32, .rank = 4, .dims = {x->dims[0], channels, out[0], out[1]}};
    return rl_op_output(ctx, graph, node, 0, &y);
}

typedef struct transpose_job {
    const rl_window *window;
    const relief_tensor *x, *w, *bias; /* bias may be NULL */
    relief_tensor *y;
    int64_t pad_begin[2];
    int64_t group_in, group_out; /* channels of one group */
} transpose_job;

/* The input row or column whose kernel element `tap` meets output `at`; -1: none. */
static int64_t source_of(const transpose_job *job, int axis, int64_t at, int64_t tap) {
    int64_t stride = job->window->stride[axis];
    int64_t from = at + job->pad_begin[axis] - tap * job->window->dilation[axis];
    bool meets = from >= 0 && from % stride == 0 && from / stride < job->x->dims[2 + axis];
    return meets ? from / stride : -1;
}

/* Output (image, channel, oy, ox) without the bias. Summed in double, as in Conv. */
static double output_at(const transpose_job *job, const int64_t at[4]) {
    const int64_t *xd = job->x->dims, *wd = job->w->dims;
    int64_t group = at[1] / job->group_out, within = at[1] % job->group_out;
    double sum = 0.0;
    for (int64_t c = group * job->group_in; c < (group + 1) * job->group_in; c++) {
        const float *plane = (const float *)job->x->data + (at[0] * xd[1] + c) * xd[2] * xd[3];
        const float *kernel = (const float *)job->w->data + (c * wd[1] + within) * wd[2] * wd[3];
        for (int64_t ky = 0; ky < wd[2]; ky++) {
            int64_t iy = source_of(job, 0, at[2], ky);
            for (int64_t kx = 0; iy >= 0 && kx < wd[3]; kx++) {
                int64_t ix = source_of(job, 1, at[3], kx);
                if (ix >= 0) {
                    sum += (double)plane[iy * xd[3] + ix] * (double)kernel[ky * wd[3] + kx];
                }
            }
        }
    }
    return sum;
}

static void transpose_rows(void *arg, size_t begin, size_t end) {
    const transpose_job *job = arg;
    const int64_t *yd = job->y->dims;
    const float *bias = job->bias != NULL ? job->bias->data : NULL;
    for (int64_t r = (int64_t)begin; r < (int64_t)end; r++) {
        int64_t at[4] = {r / yd[2] / yd[1], r / yd[2] % yd[1], r % yd[2], 0};
        for (at[3] = 0; at[3] < yd[3]; at[3]++) {
            double sum = output_at(job, at) + (bias != NULL ? (double)bias[at[1]] : 0.0);
            ((float *)job->y->data)[r * yd[3] + at[3]] = (float)sum;
        }
    }
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    const rl_conv_transpose_params *params = node->params;
    const relief_tensor *x = inputs[0], *w = inputs[1];
    transpose_job job = {.window = &params->window,
                         .x = x,
                         .w = w,
                         .bias = node->own_input_count > 2 ? inputs[2] : NULL,
                         .y = outputs[0],
                         .group_in = x->dims[1] / params->groups,
                         .group_out = w->dims[1]};
    int64_t out[2];
    if (!rl_conv_transpose_place(params, x->dims + 2, w->dims + 2, out, job.pad_begin)) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "node %s: shapes were not inferred", node->name);
    }
    const int64_t *yd = outputs[0]->dims;
    rl_parallel(ctx, (size_t)(yd[0] * yd[1] * yd[2]), 1, transpose_rows, &job);
    return RELIEF_OK;
}

const rl_op rl_op_conv_transpose = {"ConvTranspose", 1, 0, 2, 3, 1, 1, parse, infer, run};
