/* SPDX-License-Identifier: Apache-2.0 */
/* The two steps that inpainting alternates: matches for the canvas, and a canvas from matches. */
#include "scene/inpaint.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "base/widths.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Random tries for a pixel in a pass: at most this many, from this distance on, halved each time.
 */
enum { TRIES = 5, FIRST_DISTANCE = 24 };
/* Cost of a pixel of the patch for a source farther away than the layer, at twice the distance. */
static const float DEPTH_COST = 60;
/* The same for a source that lies the long side away in the picture. */
static const float DISTANCE_COST = 150;
/* Spread of colours, in squared levels of a pixel, at which a patch's vote falls to a quarter. */
static const float VOTE_SPREAD = 120;

typedef struct match_job {
    relief_ctx *ctx;
    rl_level *level;
    uint32_t *match; /* that this pass makes */
    int32_t *known;  /* what those of the pass before cost, patches as a whole */
    bool first;      /* no such pass: the canvas is another one than then */
    uint32_t seed;
    int step; /* to the neighbours whose matches are tried */
} match_job;

/* The patch around a hole pixel, and which of its bytes count. */
typedef struct target {
    uint8_t bytes[RL_PATCH_SIDE][RL_PATCH_ROW]; /* 0 where they do not count */
    uint8_t mask[RL_PATCH_SIDE][RL_PATCH_ROW];  /* 255 where they count */
    int x, y;                                   /* its middle */
    size_t at;
    int count; /* pixels that count */
} target;

/* Mix of Wellons' "lowbias32" kind: every bit of the input moves every bit of the output. */
static inline uint32_t mix(uint32_t x) {
    x ^= x >> 16;
    x *= 0x7FEB352DU;
    x ^= x >> 15;
    x *= 0x846CA68BU;
    return x ^ x >> 16;
}

/* Four pixels; all bits of those that count. */
typedef uint32_t pixel4 __attribute__((vector_size(16)));

/* The patch of a pixel so far from the border that all of it, and a pixel more, can be read. */
RL_INLINED void gather_inside(const rl_level *level, size_t corner, target *out) {
    enum { HALF = RL_PATCH_ROW / 2 };
    static const pixel4 ONES = {1, 1, 1, 1}, BUT_THE_LAST = {~0U, ~0U, ~0U, 0};
    pixel4 count = {0, 0, 0, 0};
    for (int v = 0; v < RL_PATCH_SIDE; v++) {
        const size_t from = corner + (size_t)v * (size_t)level->width;
        pixel4 mask[2], bytes[2];
        memcpy(&mask[0], level->usable + from, HALF);
        memcpy(&mask[1], level->usable + from + 4, HALF);
        memcpy(&bytes[0], level->canvas + 4 * from, HALF);
        memcpy(&bytes[1], level->canvas + 4 * from + HALF, HALF);
        mask[1] &= BUT_THE_LAST;
        count += (mask[0] & ONES) + (mask[1] & ONES);
        bytes[0] &= mask[0];
        bytes[1] &= mask[1];
        memcpy(out->mask[v], &mask[0], HALF);
        memcpy(out->mask[v] + HALF, &mask[1], HALF);
        memcpy(out->bytes[v], &bytes[0], HALF);
        memcpy(out->bytes[v] + HALF, &bytes[1], HALF);
    }
    out->count = (int)(count[0] + count[1] + count[2] + count[3]);
}

/* The same beside the border: nothing counts that lies beyond it. */
static void gather_outside(const rl_level *level, int x, int y, target *out) {
    const int left = x > RL_PATCH_RADIUS ? x - RL_PATCH_RADIUS : 0;
    const int right = x + RL_PATCH_RADIUS < level->width ? x + RL_PATCH_RADIUS : level->width - 1;
    const size_t bytes = 4 * (size_t)(right - left + 1);
    const size_t shift = 4 * (size_t)(left - (x - RL_PATCH_RADIUS));
    memset(out, 0, sizeof *out);
    for (int v = 0; v < RL_PATCH_SIDE; v++) {
        const int row = y + v - RL_PATCH_RADIUS;
        if (row < 0 || row >= level->height)
            continue;
        const size_t from = (size_t)row * (size_t)level->width + (size_t)left;
        memcpy(out->mask[v] + shift, level->usable + from, bytes);
        memcpy(out->bytes[v] + shift, level->canvas + 4 * from, bytes);
        for (int k = 0; k < RL_PATCH_ROW; k++) {
            out->bytes[v][k] &= out->mask[v][k];
            out->count += out->mask[v][k] & 1;
        }
    }
    out->count /= 3;
}

RL_INLINED void gather_target(const rl_level *level, int x, int y, target *out) {
    const bool inside = x >= RL_PATCH_RADIUS && y >= RL_PATCH_RADIUS &&
                        x < level->width - RL_PATCH_RADIUS && y < level->height - RL_PATCH_RADIUS;
    if (inside)
        gather_inside(level,
                      (size_t)(y - RL_PATCH_RADIUS) * (size_t)level->width +
                          (size_t)(x - RL_PATCH_RADIUS),
                      out);
    else
        gather_outside(level, x, y, out);
    out->x = x;
    out->y = y;
    out->at = (size_t)y * (size_t)level->width + (size_t)x;
}

/* Sum of squared differences over the patch; integers, so the same on every processor. */
RL_INLINED int32_t patch_difference(const target *wanted, const uint8_t *source, size_t row_bytes) {
    int32_t sum = 0;
    for (int v = 0; v < RL_PATCH_SIDE; v++) {
        const uint8_t *row = source + (size_t)v * row_bytes;
        for (int k = 0; k < RL_PATCH_ROW; k++) {
            const int16_t d = (int16_t)((row[k] & wanted->mask[v][k]) - wanted->bytes[v][k]);
            sum += d * d;
        }
    }
    return sum;
}

/* What it costs to take pixel (sx, sy); INT32_MAX when it may not be, or when that is known to be
 * over `most` before patches are compared. */
RL_INLINED int32_t cost_of(const rl_level *level, const target *wanted, int sx, int sy,
                           int32_t most) {
    const int width = level->width;
    if (sx < RL_PATCH_RADIUS || sy < RL_PATCH_RADIUS || sx >= width - RL_PATCH_RADIUS ||
        sy >= level->height - RL_PATCH_RADIUS)
        return INT32_MAX;
    const size_t source = (size_t)sy * (size_t)width + (size_t)sx;
    if (!rl_may_match(level, wanted->at, source))
        return INT32_MAX;
    const uint8_t *corner =
        level->source + 4 * (source - RL_PATCH_RADIUS * (size_t)width - RL_PATCH_RADIUS);
    const float own = level->back_q[wanted->at];
    const float farther = (own - level->nearest[source]) / own;
    const float depth = farther > 0 ? 4 * farther * farther : 0;
    const int dx = sx - wanted->x, dy = sy - wanted->y;
    const float side = (float)(width > level->height ? width : level->height);
    const float away = (float)(dx * dx + dy * dy) / (side * side);
    const float extra = (float)wanted->count * (DEPTH_COST * depth + DISTANCE_COST * away);
    if ((int32_t)extra > most)
        return INT32_MAX;
    return patch_difference(wanted, corner, 4 * (size_t)width) + (int32_t)extra;
}

/* The best match known while a pixel is looked at. */
typedef struct best_match {
    uint32_t source;
    int32_t cost;
} best_match;

RL_INLINED void try_match(const rl_level *level, const target *wanted, int sx, int sy,
                          best_match *best) {
    const int32_t cost = cost_of(level, wanted, sx, sy, best->cost);
    const uint32_t source = rl_match_at(sx, sy);
    if (cost < best->cost || (cost == best->cost && cost < INT32_MAX && source < best->source))
        *best = (best_match){source, cost};
}

/* Matches of the pixels `step` away in four directions, moved along. */
RL_INLINED void try_neighbours(const match_job *job, const target *wanted, best_match *best) {
    static const int8_t WAYS[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    const rl_level *level = job->level;
    uint32_t tried = best->source;
    for (int k = 0; k < 4; k++) {
        const int dx = WAYS[k][0] * job->step, dy = WAYS[k][1] * job->step;
        const int x = wanted->x + dx, y = wanted->y + dy;
        if (x < 0 || y < 0 || x >= level->width || y >= level->height)
            continue;
        const size_t other = (size_t)y * (size_t)level->width + (size_t)x;
        /* What has no match matches itself: no more than a try where it is the frame. */
        const uint32_t match =
            rl_is_matched(level, other) ? level->match[other] : rl_match_at(x, y);
        const int sx = rl_match_x(match) - dx, sy = rl_match_y(match) - dy;
        if (match == RL_NO_MATCH || rl_match_at(sx, sy) == tried)
            continue;
        tried = rl_match_at(sx, sy);
        try_match(level, wanted, sx, sy, best);
    }
}

/* Random pixels around the best match, nearer and nearer; anywhere when there is none. */
RL_INLINED void try_random(const match_job *job, const target *wanted, best_match *best) {
    const rl_level *level = job->level;
    uint32_t random = mix(job->seed ^ mix((uint32_t)wanted->at));
    for (int k = level->number > 0 ? 0 : 2; k < TRIES; k++) {
        random = mix(random + 0x9E3779B9U);
        int sx, sy;
        if (best->source == RL_NO_MATCH || (level->number > 1 && k == 0)) {
            sx = (int)((uint64_t)(random & 0xFFFF) * (uint64_t)level->width >> 16);
            sy = (int)((uint64_t)(random >> 16) * (uint64_t)level->height >> 16);
        } else {
            const int reach = FIRST_DISTANCE >> k > 1 ? FIRST_DISTANCE >> k : 1;
            const uint32_t span = (uint32_t)(2 * reach + 1);
            sx = rl_match_x(best->source) - reach + (int)((random & 0xFFFF) * span >> 16);
            sy = rl_match_y(best->source) - reach + (int)((random >> 16) * span >> 16);
        }
        try_match(level, wanted, sx, sy, best);
    }
}

RL_INLINED void match_pixel(const match_job *job, int x, int y) {
    const rl_level *level = job->level;
    best_match best = {RL_NO_MATCH, INT32_MAX};
    target wanted;
    gather_target(level, x, y, &wanted);
    const uint32_t match = level->match[wanted.at];
    if (match != RL_NO_MATCH && job->first)
        try_match(level, &wanted, rl_match_x(match), rl_match_y(match), &best);
    else if (match != RL_NO_MATCH)
        best = (best_match){match, job->known[wanted.at]};
    try_neighbours(job, &wanted, &best);
    try_random(job, &wanted, &best);
    job->match[wanted.at] = best.source;
    job->known[wanted.at] = best.cost;
    /* A patch of which little is known says little. */
    level->cost[wanted.at] = wanted.count ? best.cost / wanted.count : INT32_MAX;
}

RL_EVERY_WIDTH static void match_rows(void *arg, size_t begin, size_t end) {
    const match_job *job = arg;
    for (size_t y = begin; y < end && !rl_cancelled(job->ctx); y++)
        for (int x = 0; x < job->level->width; x++)
            if (rl_is_matched(job->level, y * (size_t)job->level->width + (size_t)x))
                match_pixel(job, x, (int)y);
}

relief_status rl_match(relief_ctx *ctx, rl_level *level, int round, int passes) {
    const size_t count = (size_t)level->width * (size_t)level->height;
    void *match = NULL, *known = NULL;
    relief_status status = rl_alloc_in(ctx, count, sizeof(uint32_t), &match);
    if (!status)
        status = rl_alloc_in(ctx, count, sizeof(int32_t), &known);
    match_job job = {.ctx = ctx, .level = level, .match = match, .known = known};
    for (int pass = 0; pass < passes && !status; pass++) {
        job.first = pass == 0;
        job.seed = mix((uint32_t)(level->number * 4096 + round * 64 + pass));
        job.step = 1 << (passes - 1 - pass > 3 ? 3 : passes - 1 - pass);
        rl_parallel_uneven(ctx, (size_t)level->height, 4, match_rows, &job);
        status = rl_check_cancel(ctx);
        uint32_t *made = job.match;
        job.match = level->match;
        level->match = made;
    }
    rl_free(job.match);
    rl_free(known);
    return status;
}

/* What each match says and how much it counts, so that the pixels around need not work it out. */
typedef struct vote_job {
    rl_level *level;
    int32_t *offset; /* from a pixel to its source */
    float *weight;   /* 0: no vote */
} vote_job;

/* Pixels that are looked at together, of four numbers each. */
enum { GROUP = 4, NUMBERS = 4 * GROUP };
typedef uint32_t group_pixels __attribute__((vector_size(4 * GROUP)));
typedef uint8_t group_bytes __attribute__((vector_size(NUMBERS)));
typedef uint16_t group_words __attribute__((vector_size(2 * NUMBERS)));
typedef int32_t group_ints __attribute__((vector_size(4 * NUMBERS)));
typedef float group_floats __attribute__((vector_size(4 * NUMBERS)));

/* Each of the first four numbers four times. */
RL_INLINED void spread(group_floats *numbers) {
#ifdef __clang__
    *numbers =
        __builtin_shufflevector(*numbers, *numbers, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
#else
    *numbers =
        __builtin_shuffle(*numbers, (group_ints){0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3});
#endif
}

static void weigh_rows(void *arg, size_t begin, size_t end) {
    const vote_job *job = arg;
    const rl_level *level = job->level;
    for (size_t at = begin * (size_t)level->width; at < end * (size_t)level->width; at++) {
        const uint32_t match = level->match[at];
        job->weight[at] = 0;
        job->offset[at] = 0;
        if (!rl_is_matched(level, at) || match == RL_NO_MATCH)
            continue;
        const float spread = 1 + (float)level->cost[at] / VOTE_SPREAD;
        job->weight[at] = 1 / (spread * spread);
        job->offset[at] = rl_match_y(match) * level->width + rl_match_x(match) - (int32_t)at;
    }
}

/* Give a pixel the mean of what the patches over it say. */
RL_INLINED void vote_pixel(const vote_job *job, int x, int y) {
    const rl_level *level = job->level;
    const int x0 = x > RL_PATCH_RADIUS ? x - RL_PATCH_RADIUS : 0;
    const int x1 = x + RL_PATCH_RADIUS < level->width ? x + RL_PATCH_RADIUS : level->width - 1;
    const int y0 = y > RL_PATCH_RADIUS ? y - RL_PATCH_RADIUS : 0;
    const int y1 = y + RL_PATCH_RADIUS < level->height ? y + RL_PATCH_RADIUS : level->height - 1;
    const ptrdiff_t at = (ptrdiff_t)y * level->width + x;
    rl_float4 sum = {0, 0, 0, 0};
    float weights = 0;
    for (int v = y0; v <= y1; v++) {
        const size_t row = (size_t)v * (size_t)level->width;
        for (size_t other = row + (size_t)x0; other <= row + (size_t)x1; other++) {
            const float weight = job->weight[other];
            const uint8_t *colour = level->source + 4 * (at + job->offset[other]);
            sum += rl_float4_all(weight) * rl_float4_of_bytes(colour);
            weights += weight;
        }
    }
    for (int c = 0; weights > 0 && c < 3; c++)
        level->canvas[4 * at + c] = (uint8_t)(sum[c] / weights + 0.5F);
}

/* The same for GROUP pixels from (x, y) on, away from the left and the right border, each as it
 * would be alone; those that are no holes keep their colours. */
RL_INLINED void vote_group(const vote_job *job, int x, int y) {
    const rl_level *level = job->level;
    const int y0 = y > RL_PATCH_RADIUS ? y - RL_PATCH_RADIUS : 0;
    const int y1 = y + RL_PATCH_RADIUS < level->height ? y + RL_PATCH_RADIUS : level->height - 1;
    const ptrdiff_t at = (ptrdiff_t)y * level->width + x;
    group_floats sum = {0};
    for (int v = y0; v <= y1; v++) {
        const size_t first = (size_t)v * (size_t)level->width + (size_t)(x - RL_PATCH_RADIUS);
        for (size_t other = first; other < first + RL_PATCH_SIDE; other++) {
            group_pixels pixels;
            group_floats weights;
            for (int k = 0; k < GROUP; k++) {
                uint32_t pixel;
                memcpy(&pixel, level->source + 4 * (at + k + job->offset[other + (size_t)k]), 4);
                pixels[k] = pixel;
            }
            memcpy(&weights, job->weight + other, sizeof weights);
            spread(&weights);
            /* The fourth number counts. */
            const group_bytes bytes = (group_bytes)((pixels & RL_USABLE) | 0x01000000U);
            const group_words words = __builtin_convertvector(bytes, group_words);
            sum += weights * __builtin_convertvector(__builtin_convertvector(words, group_ints),
                                                     group_floats);
        }
    }
    for (int k = 0; k < GROUP; k++)
        for (int c = 0; rl_is_matched(level, (size_t)(at + k)) && sum[4 * k + 3] > 0 && c < 3; c++)
            level->canvas[4 * (at + k) + c] = (uint8_t)(sum[4 * k + c] / sum[4 * k + 3] + 0.5F);
}

static bool is_any_hole(const rl_level *level, size_t at) {
    bool any = false;
    for (size_t k = 0; k < GROUP; k++)
        any |= rl_is_matched(level, at + k);
    return any;
}

RL_EVERY_WIDTH static void vote_rows(void *arg, size_t begin, size_t end) {
    const vote_job *job = arg;
    const int width = job->level->width;
    for (size_t y = begin; y < end; y++) {
        for (int x = 0; x < width; x++) {
            const size_t at = y * (size_t)width + (size_t)x;
            if (x >= RL_PATCH_RADIUS && x + GROUP + RL_PATCH_RADIUS <= width) {
                if (is_any_hole(job->level, at))
                    vote_group(job, x, (int)y);
                x += GROUP - 1;
            } else if (rl_is_matched(job->level, at)) {
                vote_pixel(job, x, (int)y);
            }
        }
    }
}

relief_status rl_vote(relief_ctx *ctx, rl_level *level) {
    const size_t count = (size_t)level->width * (size_t)level->height;
    void *offset = NULL, *weight = NULL;
    relief_status status = rl_alloc_in(ctx, count, sizeof(int32_t), &offset);
    if (!status) /* and what is read with the last one */
        status = rl_alloc_in(ctx, count + NUMBERS, sizeof(float), &weight);
    if (!status) {
        vote_job job = {.level = level, .offset = offset, .weight = weight};
        rl_parallel_uneven(ctx, (size_t)level->height, 16, weigh_rows, &job);
        rl_parallel_uneven(ctx, (size_t)level->height, 8, vote_rows, &job);
    }
    rl_free(offset);
    rl_free(weight);
    return status;
}
