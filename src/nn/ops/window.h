/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of windows, for convolutions and pooling. */
#ifndef RELIEF_NN_OPS_WINDOW_H
#define RELIEF_NN_OPS_WINDOW_H

#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"

/* A list attribute of fixed length: in with the defaults, out with what the node says. */
typedef struct rl_window_list {
    int count;
    int64_t least; /* each entry is at least this */
    int64_t v[4];
} rl_window_list;

RELIEF_CHECKED relief_status rl_op_window_list(relief_ctx *ctx, const rl_graph *graph,
                                               const rl_node *node, const char *name,
                                               rl_window_list *list);

/* Read kernel_shape, strides, dilations, pads, auto_pad and ceil_mode; those that an operator does
 * not have must be missing from its list for rl_op_know(). */
RELIEF_CHECKED relief_status rl_op_window(relief_ctx *ctx, const rl_graph *graph,
                                          const rl_node *node, rl_window *out);

/* Outputs [begin, end) along an axis whose kernel element `tap` meets the input and not the
 * padding. */
typedef struct rl_span {
    int64_t begin, end;
} rl_span;
rl_span rl_window_span(const rl_placed_window *at, int axis, int64_t tap);

#endif
