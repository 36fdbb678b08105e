/* SPDX-License-Identifier: Apache-2.0 */
/* What the two kernels of QLinearConv share: on bytes in dnnl_quantised.c, on floats in
 * dnnl_qconv_floats.c. */
#ifndef RELIEF_NN_ONEDNN_QCONV_H
#define RELIEF_NN_ONEDNN_QCONV_H

#include "nn/onednn/bytes.h"
#include "nn/onednn/program.h"

/* Positions of inputs. */
enum {
    RL_QCONV_X_SCALE = 1,
    RL_QCONV_W = 3,
    RL_QCONV_W_SCALE,
    RL_QCONV_W_ZERO,
    RL_QCONV_Y_SCALE,
    RL_QCONV_B = 8
};

/* The constant at an input; NULL: it is left out, or not constant. */
const relief_tensor *rl_onednn_constant_at(const rl_graph *graph, const rl_node *node, int input);
/* Scale and zero point at inputs `scale` and the next; false unless they are constant numbers. */
bool rl_onednn_find_quantum(const rl_graph *graph, const rl_node *node, int scale, rl_quantum *out);
/* A picture of bytes as kernels leave it: channels last. Row-major for all else. */
rl_form rl_onednn_byte_form(const rl_graph *graph, int value);

/* One factor for each output channel, from a sum to the result's quanta. */
void rl_qconv_scales(const rl_graph *graph, const rl_node *node, float *scales, int64_t count);
/* *out: the bias as floats, or NULL. Errors: _MEMORY, _LIMIT. */
RELIEF_CHECKED relief_status rl_qconv_bias(relief_ctx *ctx, rl_onednn_program *program,
                                           const rl_node *node, const float **out);

/* The convolution by kernels for floats, on whole numbers: for processors that have no exact sums
 * of products of bytes, and for weights that are not symmetric about 0. */
RELIEF_CHECKED relief_status rl_onednn_prepare_qconv_floats(relief_ctx *ctx,
                                                            rl_onednn_program *program, int node);

#endif
