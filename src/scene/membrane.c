/* SPDX-License-Identifier: Apache-2.0 */
/* What a hole's colours are in the large.
 *
 * Patches say how a surface is grained, and little about its colour far from what is seen. That is
 * taken from a membrane: the solution of Laplace's equation that is fixed where the surface is seen
 * around the hole, and free beside what stands in front. It is solved coarse to fine, by
 * over-relaxation in the two colours of a chessboard, so the result depends on no thread count. */
#include "scene/inpaint.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "base/widths.h"

#include <string.h>

/* Sweeps over a level, and how far each goes beyond the mean of the neighbours. */
enum { SWEEPS = 16 };
static const float BEYOND = 1.8F;
/* Pixels around one whose mean is its colour in the large. */
enum { LARGE_RADIUS = 3 };

typedef struct membrane_job {
    rl_level *level;
    int parity;    /* of x + y of the pixels that are moved */
    uint8_t *open; /* of every pixel */
} membrane_job;

/* Two levels, between which numbers are handed on row by row. */
typedef struct level_pair {
    const rl_level *from;
    rl_level *to;
} level_pair;

static void start_rows(void *arg, size_t begin, size_t end) {
    rl_level *level = arg;
    for (size_t at = begin * (size_t)level->width; at < end * (size_t)level->width; at++) {
        const bool seen = level->usable[at] && !rl_is_hole(level, at);
        for (size_t c = 0; c < 3; c++)
            level->even[4 * at + c] = seen ? (float)level->canvas[4 * at + c] : 0;
        level->even[4 * at + 3] = seen;
    }
}

/* The mean of what is known of four finer pixels. */
static void pull_rows(void *arg, size_t begin, size_t end) {
    const level_pair *pair = arg;
    const rl_level *fine = pair->from;
    rl_level *coarse = pair->to;
    for (int y = (int)begin; y < (int)end; y++) {
        for (int x = 0; x < coarse->width; x++) {
            float sum[4] = {0, 0, 0, 0};
            for (int k = 0; k < 4; k++) {
                const int u = 2 * x + (k & 1), v = 2 * y + (k >> 1);
                if (u >= fine->width || v >= fine->height)
                    continue;
                const float *from = fine->even + 4 * ((size_t)v * (size_t)fine->width + (size_t)u);
                for (size_t c = 0; c < 4; c++)
                    sum[c] += from[3] > 0 ? from[c] : 0;
            }
            float *to = coarse->even + 4 * ((size_t)y * (size_t)coarse->width + (size_t)x);
            for (size_t c = 0; c < 4; c++)
                to[c] = sum[3] > 0 ? sum[c] / sum[3] : 0;
        }
    }
}

/* What is not known of a finer level begins as the coarser one. */
static void push_rows(void *arg, size_t begin, size_t end) {
    const level_pair *pair = arg;
    const rl_level *coarse = pair->from;
    rl_level *fine = pair->to;
    for (int y = (int)begin; y < (int)end; y++) {
        for (int x = 0; x < fine->width; x++) {
            float *to = fine->even + 4 * ((size_t)y * (size_t)fine->width + (size_t)x);
            const float *from =
                coarse->even + 4 * ((size_t)(y / 2) * (size_t)coarse->width + (size_t)(x / 2));
            if (to[3] <= 0)
                memcpy(to, from, 4 * sizeof *to);
        }
    }
}

/* Whether colours flow from `other` to hole pixel `at`. What the photo hides and the frame around
 * it have nothing to do with each other: the frame may be of what stands in front. */
static inline bool flows(const rl_level *level, size_t other, size_t at) {
    const unsigned strangers =
        level->part[at] & RL_PART_HIDDEN ? RL_PART_FRAME | RL_PART_NEAR : RL_PART_HIDDEN;
    return level->usable[other] && !(level->part[other] & strangers);
}

/* Bits of `open`: the neighbours from which colours flow to a pixel. */
enum { LEFT = 1, RIGHT = 2, ABOVE = 4, BELOW = 8 };

static void open_rows(void *arg, size_t begin, size_t end) {
    const membrane_job *job = arg;
    const rl_level *level = job->level;
    const size_t width = (size_t)level->width, height = (size_t)level->height;
    for (size_t y = begin; y < end; y++) {
        for (size_t x = 0; x < width; x++) {
            const size_t at = y * width + x;
            unsigned bits = 0;
            if (rl_is_hole(level, at)) {
                bits |= x > 0 && flows(level, at - 1, at) ? LEFT : 0;
                bits |= x + 1 < width && flows(level, at + 1, at) ? RIGHT : 0;
                bits |= y > 0 && flows(level, at - width, at) ? ABOVE : 0;
                bits |= y + 1 < height && flows(level, at + width, at) ? BELOW : 0;
            }
            job->open[at] = (uint8_t)bits;
        }
    }
}

/* Move a pixel, whose four numbers are `to`, towards its neighbours' mean. What is not known is 0,
 * the last number too, which so counts the others. */
static inline void relax_pixel(float *to, size_t row, unsigned open) {
    rl_float4 sum = {0, 0, 0, 0};
    if (open & LEFT)
        sum += rl_float4_load(to - 4);
    if (open & RIGHT)
        sum += rl_float4_load(to + 4);
    if (open & ABOVE)
        sum += rl_float4_load(to - row);
    if (open & BELOW)
        sum += rl_float4_load(to + row);
    if (!(sum[3] > 0))
        return;
    const rl_float4 own = rl_float4_load(to);
    const rl_float4 step = sum / rl_float4_all(sum[3]) - own;
    rl_float4_store(to, own + rl_float4_all(own[3] > 0 ? BEYOND : 1) * step);
}

static void relax_rows(void *arg, size_t begin, size_t end) {
    const membrane_job *job = arg;
    const size_t width = (size_t)job->level->width;
    for (size_t y = begin; y < end; y++) {
        const uint8_t *open = job->open + y * width;
        float *row = job->level->even + 4 * y * width;
        for (size_t x = (y + (size_t)job->parity) & 1; x < width; x += 2)
            if (open[x])
                relax_pixel(row + 4 * x, 4 * width, open[x]);
    }
}

static relief_status relax(relief_ctx *ctx, rl_level *level, uint8_t *open) {
    membrane_job job = {.level = level, .open = open};
    rl_parallel_uneven(ctx, (size_t)level->height, 16, open_rows, &job);
    for (int sweep = 0; sweep < 2 * SWEEPS; sweep++) {
        job.parity = sweep & 1;
        rl_parallel_uneven(ctx, (size_t)level->height, 16, relax_rows, &job);
    }
    return rl_check_cancel(ctx);
}

relief_status rl_membrane(relief_ctx *ctx, rl_level *const *levels, int count) {
    void *open;
    relief_status status =
        rl_alloc_in(ctx, (size_t)levels[0]->width * (size_t)levels[0]->height, 1, &open);
    if (status)
        return status;
    rl_parallel(ctx, (size_t)levels[0]->height, 16, start_rows, levels[0]);
    for (int k = 1; k < count; k++) {
        level_pair pair = {levels[k - 1], levels[k]};
        rl_parallel(ctx, (size_t)levels[k]->height, 16, pull_rows, &pair);
    }
    for (int k = count - 1; k >= 0 && !status; k--) {
        level_pair pair = {k < count - 1 ? levels[k + 1] : NULL, levels[k]};
        if (pair.from)
            rl_parallel(ctx, (size_t)levels[k]->height, 16, push_rows, &pair);
        status = relax(ctx, levels[k], open);
    }
    rl_free(open);
    return status;
}

/* ------------------------------------------------------------------ the canvas */

static inline uint8_t to_byte(float value) {
    return (uint8_t)(value < 0 ? 0 : value > 254.5F ? 255 : value + 0.5F);
}

/* Sums of up to 7 x 7 bytes. */
typedef uint16_t word4 __attribute__((vector_size(8)));

/* Colours of the layer before detail and the large part are told apart, and the sums of those of
 * them that lie in the row around each pixel; the last number counts them. */
typedef struct lay_job {
    rl_level *level;
    word4 *around;
} lay_job;

static word4 counted_colour(const rl_level *level, size_t at) {
    const uint8_t *colour = level->canvas + 4 * at;
    return level->usable[at] ? (word4){colour[0], colour[1], colour[2], 1} : (word4){0, 0, 0, 0};
}

static void sum_rows(void *arg, size_t begin, size_t end) {
    const lay_job *job = arg;
    const rl_level *level = job->level;
    const size_t width = (size_t)level->width;
    for (size_t y = begin; y < end; y++) {
        word4 sum = {0, 0, 0, 0};
        for (size_t x = 0; x < LARGE_RADIUS && x < width; x++)
            sum += counted_colour(level, y * width + x);
        for (size_t x = 0; x < width; x++) {
            if (x + LARGE_RADIUS < width)
                sum += counted_colour(level, y * width + x + LARGE_RADIUS);
            if (x > LARGE_RADIUS)
                sum -= counted_colour(level, y * width + x - LARGE_RADIUS - 1);
            job->around[y * width + x] = sum;
        }
    }
}

/* The mean of the layer's colours around (x, y). */
static rl_float4 mean_around(const lay_job *job, size_t x, size_t y) {
    const size_t width = (size_t)job->level->width, height = (size_t)job->level->height;
    const size_t first = y > LARGE_RADIUS ? y - LARGE_RADIUS : 0;
    const size_t last = y + LARGE_RADIUS < height ? y + LARGE_RADIUS : height - 1;
    word4 words = {0, 0, 0, 0};
    for (size_t v = first; v <= last; v++)
        words += job->around[v * width + x];
    const rl_float4 sum = __builtin_convertvector(words, rl_float4);
    return sum / rl_float4_all(sum[3] > 0 ? sum[3] : 1);
}

static void lay_rows(void *arg, size_t begin, size_t end) {
    const lay_job *job = arg;
    const rl_level *level = job->level;
    for (size_t y = begin; y < end; y++) {
        for (size_t x = 0; x < (size_t)level->width; x++) {
            const size_t at = y * (size_t)level->width + x;
            if (!rl_is_matched(level, at) || level->even[4 * at + 3] <= 0)
                continue;
            const rl_float4 mean = mean_around(job, x, y);
            uint8_t *colour = level->canvas + 4 * at;
            for (size_t c = 0; c < 3; c++)
                colour[c] = to_byte(level->even[4 * at + c] + (float)colour[c] - mean[c]);
        }
    }
}

relief_status rl_membrane_lay(relief_ctx *ctx, rl_level *level) {
    void *block;
    relief_status status =
        rl_alloc_in(ctx, (size_t)level->width * (size_t)level->height, sizeof(word4), &block);
    if (status)
        return status;
    lay_job job = {.level = level, .around = block};
    rl_parallel_uneven(ctx, (size_t)level->height, 8, sum_rows, &job);
    rl_parallel_uneven(ctx, (size_t)level->height, 8, lay_rows, &job);
    rl_free(block);
    return RELIEF_OK;
}

void rl_membrane_start(rl_level *level) {
    const size_t count = (size_t)level->width * (size_t)level->height;
    for (size_t at = 0; at < count; at++)
        for (size_t c = 0; rl_is_matched(level, at) && c < 3; c++)
            level->canvas[4 * at + c] = to_byte(level->even[4 * at + c]);
}
