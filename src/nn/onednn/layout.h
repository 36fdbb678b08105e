/* SPDX-License-Identifier: Apache-2.0 */
/* How a value lies in the memory of this backend: see api.h for what a block is. */
#ifndef RELIEF_NN_ONEDNN_LAYOUT_H
#define RELIEF_NN_ONEDNN_LAYOUT_H

#include "nn/graph.h"

/* What a backend chooses about a value: blocks of how many channels, and what its elements are
 * stored as. Floats of the graph are stored as RELIEF_F32 or RELIEF_BF16, all else as it
 * is. */
typedef struct rl_form {
    int64_t block;
    relief_dtype type;
} rl_form;

/* (N, C, H, W) in blocks of `block` channels. A value of another rank is (1, 1, 1, elements) with
 * block 1. */
typedef struct rl_layout {
    int64_t batch, channels, height, width, block;
    relief_dtype type;
} rl_layout;

/* The layout of a value; the form's block only counts for rank 4. */
rl_layout rl_layout_of(const rl_value *value, rl_form form);

/* Blocks of channels of one picture. A "panel" is height * width * block elements in a row; there
 * are batch * this of them. */
int64_t rl_layout_blocks(const rl_layout *layout);
int64_t rl_layout_panels(const rl_layout *layout);
/* Elements, with those that only fill the last block; and their bytes. */
int64_t rl_layout_elements(const rl_layout *layout);
size_t rl_layout_bytes(const rl_layout *layout);
/* Whether the last block holds channels that do not exist. */
bool rl_layout_padded(const rl_layout *layout);
/* Whether a value lies in this form already. */
bool rl_layout_is(const rl_layout *layout, rl_form form);

/* Copy into another form; channels that do not exist become 0. Either the blocks are the same or
 * those of one side are 1; either the types are the same, or they are RELIEF_F32 and RELIEF_BF16.
 * `from` and `to` do not overlap. */
void rl_layout_convert(relief_ctx *ctx, const rl_layout *layout, const void *from, rl_form form,
                       void *to);

#endif
