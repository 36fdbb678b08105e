/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of elements that lie at strides. */
#ifndef RELIEF_NN_ONEDNN_MOVE_H
#define RELIEF_NN_ONEDNN_MOVE_H

#include "relief/model.h"

/* y[i0, i1, ...] (row-major) = x[base + sum of i * stride]; elements of `bytes` (4 or 2). */
typedef struct rl_move {
    int rank;
    int64_t dims[RELIEF_MAX_RANK], stride[RELIEF_MAX_RANK];
    int64_t base;
    size_t bytes;
} rl_move;

void rl_move_run(relief_ctx *ctx, const rl_move *move, const void *x, void *y);

#endif
