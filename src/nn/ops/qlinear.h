/* SPDX-License-Identifier: Apache-2.0 */
/* What operators of quantised networks share: a number q stands for (q - zero) * scale. */
#ifndef RELIEF_NN_OPS_QLINEAR_H
#define RELIEF_NN_OPS_QLINEAR_H

#include "nn/op.h"

enum { RL_TYPES_QUANTISED = 1u << RELIEF_U8 | 1u << RELIEF_I8 };

/* A new float tensor of x - zero; `zero` is one number, one for each index along `axis`, or NULL:
 * 0. The caller frees *out, after a failure too. */
RELIEF_CHECKED relief_status rl_subtract_zero(relief_ctx *ctx, const relief_tensor *x,
                                              const relief_tensor *zero, int axis,
                                              relief_tensor **out);

/* round(x) + zero, saturated to the type; x is in quanta. */
int64_t rl_quantise(float x, int64_t zero, relief_dtype dtype);

#endif
