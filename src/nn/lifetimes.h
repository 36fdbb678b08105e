/* SPDX-License-Identifier: Apache-2.0 */
/* Where blocks with known lifetimes go in one area of memory. */
#ifndef RELIEF_NN_LIFETIMES_H
#define RELIEF_NN_LIFETIMES_H

#include "relief/base.h"

/* Memory that is needed in steps [first, last], both inclusive. */
typedef struct rl_block {
    size_t bytes;
    int first, last;
    size_t offset; /* result, a multiple of RL_ALIGNMENT */
} rl_block;

typedef struct rl_area {
    size_t bytes;      /* that the area takes */
    size_t live_bytes; /* most that is needed in one step: no layout can take less */
} rl_area;

/* Give every block an offset, so that no two that live at the same time overlap: the largest first,
 * each into the smallest gap that holds it (greedy by size; Pisarchyk and Lee, "Efficient Memory
 * Management for Deep Neural Net Inference", 2020). Errors: _MEMORY, _LIMIT. */
RELIEF_CHECKED relief_status rl_place_blocks(relief_ctx *ctx, rl_block *blocks, int count,
                                             rl_area *area);

#endif
