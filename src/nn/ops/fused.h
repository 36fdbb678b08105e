/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that no file has: the passes put them in place of groups of nodes. They have rows like
 * all others, whose plain kernels are the oracle, but do not stand in the table; their sizes are
 * known when they are made, so nothing is parsed and nothing inferred. */
#ifndef RELIEF_NN_OPS_FUSED_H
#define RELIEF_NN_OPS_FUSED_H

#include "nn/op.h"

/* Linear: y (..., N) = x (..., K) w + b, for constants w (K, N), or (N, K) when `transposed`, and
 * b (N), which may be left out. */
typedef struct rl_linear_params {
    int64_t depth, columns; /* K, N */
    bool transposed;
} rl_linear_params;

extern const rl_op rl_op_linear;

/* Elements base + b * stride[0] + h * stride[1] + n * stride[2] + d * stride[3] of a value. */
typedef struct rl_strided {
    int64_t base, stride[4];
} rl_strided;

/* Attention: y[b, h, n] = sum over m of softmax over m (scale * q[b, h, n] . k[b, h, m])
 * v[b, h, m]. Inputs are the values that q, k and v are parts of, which may be one and the same. */
typedef struct rl_attention_params {
    int64_t batch, heads, queries, keys;
    int64_t depth, columns; /* elements of a row of q and k; of v and y */
    float scale;
    rl_strided q, k, v, y;
} rl_attention_params;

extern const rl_op rl_op_attention;

#endif
