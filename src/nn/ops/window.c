/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of convolutions and pooling: their attributes, and where they lie on a picture. */
#include "nn/ops/window.h"

/* Larger strides, dilations and pads have no use, and the products below stay far from overflow. */
#define MAX_WINDOW_NUMBER ((int64_t)1 << 24)

static relief_status parse_auto_pad(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                    rl_auto_pad *out) {
    const char *text;
    relief_status status = rl_op_string(ctx, graph, node, "auto_pad", "NOTSET", &text);
    if (status != RELIEF_OK) {
        return status;
    }
    if (strcmp(text, "NOTSET") == 0) {
        *out = RL_AUTO_PAD_NONE;
    } else if (strcmp(text, "VALID") == 0) {
        *out = RL_AUTO_PAD_VALID;
    } else if (strcmp(text, "SAME_UPPER") == 0) {
        *out = RL_AUTO_PAD_SAME_UPPER;
    } else if (strcmp(text, "SAME_LOWER") == 0) {
        *out = RL_AUTO_PAD_SAME_LOWER;
    } else {
        return rl_op_refuse(ctx, graph, node, "auto_pad", text);
    }
    return RELIEF_OK;
}

relief_status rl_op_window_list(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                const char *name, rl_window_list *list) {
    rl_short_list ints;
    relief_status status = rl_op_ints(ctx, graph, node, name, &ints);
    if (status != RELIEF_OK || ints.count < 0) {
        return status;
    }
    if (ints.count != list->count) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "attribute %s has %d entries; only two spatial axes are supported",
                            name, ints.count);
    }
    for (int i = 0; i < ints.count; i++) {
        if (ints.v[i] < list->least || ints.v[i] > MAX_WINDOW_NUMBER) {
            return rl_op_senseless(ctx, graph, node, name);
        }
        list->v[i] = ints.v[i];
    }
    return RELIEF_OK;
}

relief_status rl_op_window(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                           rl_window *out) {
    rl_window_list kernel = {2, 1, {0, 0}}, stride = {2, 1, {1, 1}}, dilation = {2, 1, {1, 1}};
    rl_window_list pads = {4, 0, {0, 0, 0, 0}};
    relief_status status = rl_op_window_list(ctx, graph, node, "kernel_shape", &kernel);
    if (status == RELIEF_OK) {
        status = rl_op_window_list(ctx, graph, node, "strides", &stride);
    }
    if (status == RELIEF_OK) {
        status = rl_op_window_list(ctx, graph, node, "dilations", &dilation);
    }
    if (status == RELIEF_OK) {
        status = rl_op_window_list(ctx, graph, node, "pads", &pads);
    }
    if (status == RELIEF_OK) {
        status = parse_auto_pad(ctx, graph, node, &out->auto_pad);
    }
    if (status == RELIEF_OK) {
        status = rl_op_bool(ctx, graph, node, "ceil_mode", false, &out->ceil_mode);
    }
    for (int axis = 0; axis < 2; axis++) {
        out->kernel[axis] = kernel.v[axis];
        out->stride[axis] = stride.v[axis];
        out->dilation[axis] = dilation.v[axis];
        out->pad_begin[axis] = pads.v[axis];
        out->pad_end[axis] = pads.v[2 + axis];
    }
    return status;
}

/* Output size along an axis for an explicit padding; 0 or less: none. */
static int64_t count_windows(const rl_window *window, const rl_placed_window *at, int axis,
                             int64_t padding) {
    int64_t reach = (at->kernel[axis] - 1) * at->dilation[axis] + 1;
    int64_t stride = at->stride[axis], room = at->in[axis] + padding - reach;
    if (room < 0) {
        return 0;
    }
    int64_t out = (window->ceil_mode ? (room + stride - 1) / stride : room / stride) + 1;
    /* A window that would begin in the padding at the end sees nothing of the input. */
    if (window->ceil_mode && (out - 1) * stride >= at->in[axis] + at->pad_begin[axis]) {
        out--;
    }
    return out;
}

static bool place_axis(const rl_window *window, rl_placed_window *at, int axis) {
    int64_t reach = (at->kernel[axis] - 1) * at->dilation[axis] + 1;
    int64_t in = at->in[axis], stride = at->stride[axis], total;
    switch (window->auto_pad) {
    case RL_AUTO_PAD_VALID:
        at->pad_begin[axis] = 0;
        at->out[axis] = count_windows(window, at, axis, 0);
        break;
    case RL_AUTO_PAD_SAME_UPPER:
    case RL_AUTO_PAD_SAME_LOWER:
        at->out[axis] = (in + stride - 1) / stride;
        total = (at->out[axis] - 1) * stride + reach - in;
        total = total > 0 ? total : 0;
        at->pad_begin[axis] =
            window->auto_pad == RL_AUTO_PAD_SAME_UPPER ? total / 2 : total - total / 2;
        break;
    default:
        at->pad_begin[axis] = window->pad_begin[axis];
        at->out[axis] =
            count_windows(window, at, axis, window->pad_begin[axis] + window->pad_end[axis]);
        break;
    }
    return at->out[axis] > 0;
}

bool rl_window_place(const rl_window *window, const int64_t *in, const int64_t *kernel,
                     rl_placed_window *out) {
    for (int axis = 0; axis < 2; axis++) {
        int64_t own = window->kernel[axis];
        int64_t size = own != 0 || kernel == NULL ? own : kernel[axis];
        if (size < 1 || size > MAX_WINDOW_NUMBER || (kernel != NULL && kernel[axis] != size)) {
            return false;
        }
        out->kernel[axis] = size;
        out->stride[axis] = window->stride[axis];
        out->dilation[axis] = window->dilation[axis];
        out->in[axis] = in[axis];
        if (in[axis] < 1 || !place_axis(window, out, axis)) {
            return false;
        }
    }
    return true;
}

int64_t rl_window_pad_end(const rl_placed_window *at, int axis) {
    int64_t reach = (at->kernel[axis] - 1) * at->dilation[axis] + 1;
    return (at->out[axis] - 1) * at->stride[axis] + reach - at->in[axis] - at->pad_begin[axis];
}

rl_span rl_window_span(const rl_placed_window *at, int axis, int64_t tap) {
    int64_t stride = at->stride[axis];
    int64_t shift = tap * at->dilation[axis] - at->pad_begin[axis]; /* input of output 0 */
    rl_span span;
    span.begin = shift < 0 ? (-shift + stride - 1) / stride : 0;
    int64_t last = at->in[axis] - 1 - shift; /* what out * stride may be at most */
    span.end = last < 0 ? 0 : last / stride + 1;
    span.end = span.end < at->out[axis] ? span.end : at->out[axis];
    return span;
}
