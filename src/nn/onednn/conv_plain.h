/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions that the library has no fast kernel for: groups that are neither one nor as many as
 * channels. */
#ifndef RELIEF_NN_ONEDNN_CONV_PLAIN_H
#define RELIEF_NN_ONEDNN_CONV_PLAIN_H

#include "nn/onednn/api.h"

/* Row-major all: x (N, C, H, W), weights (M, C / groups, kh, kw), bias (M) or NULL, y (N, M, OH,
 * OW); the spec's sizes, not its blocks and steps. Rows of the output are summed tap by tap, in one
 * order whatever the threads. */
void rl_conv_plain_run(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, const float *x,
                       const float *weights, const float *bias, float *y);

#endif
