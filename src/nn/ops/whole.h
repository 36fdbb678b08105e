/* SPDX-License-Identifier: Apache-2.0 */
/* Products of whole numbers, for the operators of quantised networks: sums are exact. */
#ifndef RELIEF_NN_OPS_WHOLE_H
#define RELIEF_NN_OPS_WHOLE_H

#include "nn/ops/op_params.h"

/* y = Conv(x, w) without a bias, as int32, for float tensors of whole numbers whose sums fit.
 * Shapes have been inferred. */
RELIEF_CHECKED relief_status rl_conv_whole(relief_ctx *ctx, const rl_node *node,
                                           const relief_tensor *x, const relief_tensor *w,
                                           relief_tensor *y);
/* y = MatMul(a, b) likewise. */
RELIEF_CHECKED relief_status rl_matmul_whole(relief_ctx *ctx, const rl_node *node,
                                             const relief_tensor *a, const relief_tensor *b,
                                             relief_tensor *y);

/* The output shape of Conv and MatMul for inputs of these shapes; false when they do not go
 * together. `y` gets rank and dims. */
bool rl_conv_shape(const rl_conv_params *params, const rl_value *x, const rl_value *w, rl_value *y);
bool rl_matmul_shape(const rl_value *a, const rl_value *b, rl_value *y);

/* Attributes of Conv. */
relief_status rl_conv_parse(relief_ctx *ctx, rl_graph *graph, rl_node *node);

#endif
