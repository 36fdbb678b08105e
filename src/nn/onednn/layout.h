/* SPDX-License-Identifier: Apache-2.0 */
/* How a value lies in the memory of this backend: see api.h for what a block is. */
#ifndef RELIEF_NN_ONEDNN_LAYOUT_H
#define RELIEF_NN_ONEDNN_LAYOUT_H

#include "nn/graph.h"

/* (N, C, H, W) in blocks of `block` channels. A value of another rank is (1, 1, 1, elements) with
 * block 1. */
typedef struct rl_layout {
    int64_t batch, channels, height, width, block;
} rl_layout;

/* The layout of a value; `block` only counts for rank 4. */
rl_layout rl_layout_of(const rl_value *value, int64_t block);

/* Blocks of channels of one picture. A "panel" is height * width * block floats in a row; there are
 * batch * this of them. */
int64_t rl_layout_blocks(const rl_layout *layout);
int64_t rl_layout_panels(const rl_layout *layout);
/* Floats, with those that only fill the last block. */
int64_t rl_layout_floats(const rl_layout *layout);
/* Whether the last block holds channels that do not exist. */
bool rl_layout_padded(const rl_layout *layout);

/* Copy into blocks of `block`; channels that do not exist become 0. Either the blocks are the same
 * or those of one side are 1. `from` and `to` do not overlap. */
void rl_layout_convert(relief_ctx *ctx, const rl_layout *layout, const float *from, int64_t block,
                       float *to);

#endif
