/* SPDX-License-Identifier: Apache-2.0 */
/* The pyramid of inpainting. */
#include "scene/inpaint.h"

#include "base/memory.h"
#include "base/threads.h"
#include "base/widths.h"

#include <math.h>
#include <string.h>

/* Levels are halved down to this many pixels on the long side. */
enum { COARSEST = 96, MOST_LEVELS = 12 };
/* How often matches and canvas are made anew, and in how many passes: at the coarsest level, on the
 * way, and at the finest. */
enum { ROUNDS_COARSE = 6, PASSES_COARSE = 5, ROUNDS = 2, PASSES = 2, ROUNDS_FINE = 1 };
enum { PASSES_FINE = 2 };

relief_status rl_level_allocate(relief_ctx *ctx, rl_level *level) {
    const size_t count = (size_t)level->width * (size_t)level->height;
    const size_t sizes[] = {4,
                            4,
                            1,
                            sizeof(uint32_t),
                            sizeof(float),
                            sizeof(float),
                            sizeof(uint32_t),
                            sizeof(int32_t),
                            4 * sizeof(float)};
    void *blocks[9] = {NULL};
    relief_status status = RELIEF_OK;
    for (int k = 0; k < 9 && !status; k++)
        status = rl_calloc_in(ctx, count + RL_PATCH_ROW, sizes[k], &blocks[k]);
    level->source = blocks[0];
    level->canvas = blocks[1];
    level->part = blocks[2];
    level->usable = blocks[3];
    level->back_q = blocks[4];
    level->nearest = blocks[5];
    level->match = blocks[6];
    level->cost = blocks[7];
    level->even = blocks[8];
    for (size_t at = 0; !status && at < count; at++)
        level->match[at] = RL_NO_MATCH;
    return status;
}

void rl_level_clear(rl_level *level) {
    rl_free(level->source);
    rl_free(level->canvas);
    rl_free(level->part);
    rl_free(level->usable);
    rl_free(level->back_q);
    rl_free(level->nearest);
    rl_free(level->match);
    rl_free(level->cost);
    rl_free(level->even);
    *level = (rl_level){0};
}

typedef struct window_job {
    const float *from;
    float *to;
    int width, height;
    int reach;
    bool down; /* along columns */
} window_job;

/* The greatest of windows that lie inside; all others have INFINITY in them. */
RL_EVERY_WIDTH static void window_run(const float *from, ptrdiff_t stride, int reach, int count,
                                      float *to) {
    for (int x = 0; x < count; x++)
        to[x] = 0;
    for (int d = -reach; d <= reach; d++) {
        const float *row = from + d * stride;
        for (int x = 0; x < count; x++)
            to[x] = row[x] > to[x] ? row[x] : to[x];
    }
}

static void window_rows(void *arg, size_t begin, size_t end) {
    const window_job *job = arg;
    const int reach = job->reach, width = job->width;
    for (size_t y = begin; y < end; y++) {
        const float *from = job->from + y * (size_t)width;
        float *to = job->to + y * (size_t)width;
        const bool outside = job->down && ((int)y < reach || (int)y + reach >= job->height);
        const int first = outside ? width : job->down ? 0 : reach;
        const int last = job->down ? width : width - reach;
        for (int x = 0; x < width; x++)
            if (x < first || x >= last)
                to[x] = INFINITY;
        if (first < last)
            window_run(from + first, job->down ? width : 1, reach, last - first, to + first);
    }
}

relief_status rl_level_find_nearest(relief_ctx *ctx, const float *near_q, rl_level *level) {
    void *block;
    relief_status status =
        rl_alloc_in(ctx, (size_t)level->width * (size_t)level->height, sizeof(float), &block);
    if (status)
        return status;
    /* A pixel more than the patch: beside a silhouette colours are mixed. */
    window_job job = {.from = near_q,
                      .to = block,
                      .width = level->width,
                      .height = level->height,
                      .reach = RL_PATCH_RADIUS + 1};
    rl_parallel(ctx, (size_t)level->height, 16, window_rows, &job);
    job.from = block;
    job.to = level->nearest;
    job.down = true;
    rl_parallel(ctx, (size_t)level->height, 16, window_rows, &job);
    rl_free(block);
    return RELIEF_OK;
}

/* What one pixel of a coarser level makes of up to four of the finer one. */
static void shrink_pixel(const rl_level *fine, rl_level *coarse, size_t to, const size_t from[4],
                         int count) {
    unsigned colour[3] = {0, 0, 0}, source[3] = {0, 0, 0}, known = 0;
    float back = 0, nearest = 0;
    for (int k = 0; k < count; k++) {
        const bool seen = fine->usable[from[k]] && !rl_is_hole(fine, from[k]);
        for (size_t c = 0; c < 3; c++) {
            colour[c] += seen ? fine->canvas[4 * from[k] + c] : 0;
            source[c] += fine->source[4 * from[k] + c];
        }
        known += seen;
        coarse->part[to] |= fine->part[from[k]] & ~RL_PART_REFLECTS;
        coarse->usable[to] |= fine->usable[from[k]];
        back = fine->back_q[from[k]] > back ? fine->back_q[from[k]] : back;
        nearest = fine->nearest[from[k]] > nearest ? fine->nearest[from[k]] : nearest;
    }
    for (size_t c = 0; c < 3; c++) {
        coarse->canvas[4 * to + c] = (uint8_t)(known ? (colour[c] + known / 2) / known : 0);
        coarse->source[4 * to + c] = (uint8_t)((source[c] + (unsigned)count / 2) / (unsigned)count);
    }
    coarse->back_q[to] = back;
    coarse->nearest[to] = nearest;
}

typedef struct shrink_job {
    const rl_level *fine;
    rl_level *coarse;
} shrink_job;

static void shrink_rows(void *arg, size_t begin, size_t end) {
    const shrink_job *job = arg;
    const rl_level *fine = job->fine;
    for (size_t y = begin; y < end; y++) {
        for (int x = 0; x < job->coarse->width; x++) {
            size_t from[4];
            int count = 0;
            for (int k = 0; k < 4; k++) {
                const int u = 2 * x + (k & 1), v = 2 * (int)y + (k >> 1);
                if (u < fine->width && v < fine->height)
                    from[count++] = (size_t)v * (size_t)fine->width + (size_t)u;
            }
            shrink_pixel(fine, job->coarse, y * (size_t)job->coarse->width + (size_t)x, from,
                         count);
        }
    }
}

/* Halve a level. Errors: _MEMORY. */
static relief_status shrink(relief_ctx *ctx, const rl_level *fine, rl_level *coarse) {
    *coarse = (rl_level){.width = (fine->width + 1) / 2,
                         .height = (fine->height + 1) / 2,
                         .number = fine->number + 1};
    relief_status status = rl_level_allocate(ctx, coarse);
    if (status)
        return status;
    shrink_job halve = {fine, coarse};
    rl_parallel(ctx, (size_t)coarse->height, 16, shrink_rows, &halve);
    /* The maximum over finer windows reaches half as far as the patch does here. */
    void *block;
    const size_t count = (size_t)coarse->width * (size_t)coarse->height;
    status = rl_alloc_in(ctx, count, sizeof(float), &block);
    if (status)
        return status;
    memcpy(block, coarse->nearest, count * sizeof(float));
    window_job job = {.from = block,
                      .to = coarse->nearest,
                      .width = coarse->width,
                      .height = coarse->height,
                      .reach = 1};
    rl_parallel(ctx, (size_t)coarse->height, 16, window_rows, &job);
    memcpy(block, coarse->nearest, count * sizeof(float));
    job.down = true;
    rl_parallel(ctx, (size_t)coarse->height, 16, window_rows, &job);
    rl_free(block);
    return RELIEF_OK;
}

/* Begin a pixel with the match of the coarser one. */
static void take_match(const rl_level *coarse, rl_level *fine, int x, int y) {
    const size_t at = (size_t)y * (size_t)fine->width + (size_t)x;
    const size_t from = (size_t)(y / 2) * (size_t)coarse->width + (size_t)(x / 2);
    const uint32_t match = coarse->match[from];
    fine->match[at] = RL_NO_MATCH;
    if (!rl_is_matched(fine, at))
        return;
    memcpy(fine->canvas + 4 * at, coarse->canvas + 4 * from, 4);
    if (match == RL_NO_MATCH)
        return;
    const int sx = 2 * rl_match_x(match) + x % 2, sy = 2 * rl_match_y(match) + y % 2;
    const size_t source = (size_t)sy * (size_t)fine->width + (size_t)sx;
    if (sx < fine->width - RL_PATCH_RADIUS && sy < fine->height - RL_PATCH_RADIUS &&
        sx >= RL_PATCH_RADIUS && sy >= RL_PATCH_RADIUS && rl_may_match(fine, at, source)) {
        fine->match[at] = rl_match_at(sx, sy);
        fine->cost[at] = coarse->cost[from];
    }
}

typedef struct take_job {
    const rl_level *coarse;
    rl_level *fine;
} take_job;

static void take_rows(void *arg, size_t begin, size_t end) {
    const take_job *job = arg;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < job->fine->width; x++)
            take_match(job->coarse, job->fine, x, (int)y);
}

static relief_status run_rounds(relief_ctx *ctx, rl_level *level, int rounds, int passes) {
    relief_status status = RELIEF_OK;
    for (int round = 0; round < rounds && !status; round++) {
        status = rl_match(ctx, level, round, passes);
        if (!status)
            status = rl_vote(ctx, level);
        if (!status)
            status = rl_membrane_lay(ctx, level);
    }
    return status;
}

relief_status rl_inpaint(relief_ctx *ctx, rl_level *finest) {
    rl_level coarser[MOST_LEVELS] = {{0}};
    rl_level *levels[MOST_LEVELS + 1] = {finest};
    int last = 0;
    relief_status status = RELIEF_OK;
    while (!status && last < MOST_LEVELS &&
           (levels[last]->width > COARSEST || levels[last]->height > COARSEST)) {
        levels[last + 1] = &coarser[last];
        status = shrink(ctx, levels[last], levels[last + 1]);
        last++;
    }
    if (!status)
        status = rl_membrane(ctx, levels, last + 1);
    if (!status) {
        rl_reflect_photo(ctx, finest);
        rl_membrane_start(levels[last]);
        status = run_rounds(ctx, levels[last], ROUNDS_COARSE, PASSES_COARSE);
    }
    for (int k = last - 1; k >= 0 && !status; k--) {
        take_job take = {levels[k + 1], levels[k]};
        rl_parallel_uneven(ctx, (size_t)levels[k]->height, 16, take_rows, &take);
        status = rl_vote(ctx, levels[k]);
        if (!status)
            status = run_rounds(ctx, levels[k], k ? ROUNDS : ROUNDS_FINE, k ? PASSES : PASSES_FINE);
    }
    for (int k = 0; k < last; k++)
        rl_level_clear(&coarser[k]);
    return status;
}
