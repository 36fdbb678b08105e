/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/lifetimes.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

static size_t round_up(size_t bytes) {
    return (bytes + RL_ALIGNMENT - 1) / RL_ALIGNMENT * RL_ALIGNMENT;
}

/* By size, largest first; then by time, so that the order never depends on the sort. */
static int by_size(const void *a, const void *b) {
    const rl_block *x = *(rl_block *const *)a, *y = *(rl_block *const *)b;
    if (x->bytes != y->bytes) {
        return x->bytes < y->bytes ? 1 : -1;
    }
    if (x->first != y->first) {
        return x->first < y->first ? -1 : 1;
    }
    return x < y ? -1 : x > y;
}

/* The smallest gap that holds `block` between those of the `count` placed ones (sorted by offset)
 * that live with it. */
static size_t best_gap(const rl_block *block, rl_block *const *placed, int count) {
    size_t bytes = round_up(block->bytes), end = 0, best = 0, best_gap_bytes = SIZE_MAX;
    for (int i = 0; i < count; i++) {
        const rl_block *other = placed[i];
        if (other->last < block->first || other->first > block->last) {
            continue;
        }
        if (other->offset > end && other->offset - end >= bytes &&
            other->offset - end < best_gap_bytes) {
            best = end;
            best_gap_bytes = other->offset - end;
        }
        size_t other_end = other->offset + round_up(other->bytes);
        end = other_end > end ? other_end : end;
    }
    return best_gap_bytes == SIZE_MAX ? end : best;
}

/* Keep the placed blocks sorted by offset. */
static void insert(rl_block **placed, int count, rl_block *block) {
    int at = count;
    for (; at > 0 && placed[at - 1]->offset > block->offset; at--) {
        placed[at] = placed[at - 1];
    }
    placed[at] = block;
}

/* Most bytes alive in one step, from what begins and ends in each. */
static relief_status measure_live(relief_ctx *ctx, const rl_block *blocks, int count,
                                  size_t *live) {
    int steps = 0;
    void *memory;
    for (int i = 0; i < count; i++) {
        steps = blocks[i].last > steps ? blocks[i].last : steps;
    }
    relief_status status = rl_calloc_in(ctx, (size_t)steps + 2, 2 * sizeof(size_t), &memory);
    if (status) {
        return status;
    }
    size_t(*change)[2] = memory; /* begins, ends */
    for (int i = 0; i < count; i++) {
        change[blocks[i].first][0] += round_up(blocks[i].bytes);
        change[blocks[i].last + 1][1] += round_up(blocks[i].bytes);
    }
    size_t now = 0;
    *live = 0;
    for (int i = 0; i <= steps; i++) {
        now = now + change[i][0] - change[i][1];
        *live = now > *live ? now : *live;
    }
    rl_free(memory);
    return RELIEF_OK;
}

relief_status rl_place_blocks(relief_ctx *ctx, rl_block *blocks, int count, rl_area *area) {
    void *memory;
    size_t all = 0;
    for (int i = 0; i < count; i++) {
        if (blocks[i].bytes > SIZE_MAX / 4 || !rl_add_size(all, round_up(blocks[i].bytes), &all)) {
            return rl_fail(ctx, RELIEF_ERROR_LIMIT, "the network's values do not fit into memory");
        }
    }
    relief_status status = measure_live(ctx, blocks, count, &area->live_bytes);
    if (!status) {
        status = rl_calloc_in(ctx, (size_t)count, 2 * sizeof(rl_block *), &memory);
    }
    if (status) {
        return status;
    }
    rl_block **order = memory, **placed = order + count;
    for (int i = 0; i < count; i++) {
        order[i] = &blocks[i];
    }
    qsort(order, (size_t)count, sizeof(rl_block *), by_size);
    area->bytes = 0;
    for (int i = 0; i < count; i++) {
        rl_block *block = order[i];
        block->offset = best_gap(block, placed, i);
        insert(placed, i, block);
        size_t end = block->offset + round_up(block->bytes);
        area->bytes = end > area->bytes ? end : area->bytes;
    }
    rl_free(memory);
    return RELIEF_OK;
}
