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

#include <string.h>

/* Sweeps over a level, and how far each goes beyond the mean of the neighbours. */
enum { SWEEPS = 16 };
static const float BEYOND = 1.8F;
/* Pixels around one whose mean is its colour in the large. */
enum { LARGE_RADIUS = 3 };

typedef struct membrane_job {
    rl_level *level;
    int parity; /* of x + y of the pixels that are moved */
    const uint8_t *before;
} membrane_job;

static void start_finest(rl_level *level) {
    const size_t count = (size_t)level->width * (size_t)level->height;
    for (size_t at = 0; at < count; at++) {
        const bool seen = level->usable[at] && !rl_is_hole(level, at);
        for (size_t c = 0; c < 3; c++)
            level->even[4 * at + c] = seen ? (float)level->canvas[4 * at + c] : 0;
        level->even[4 * at + 3] = seen;
    }
}

/* The mean of what is known of four finer pixels. */
static void pull(const rl_level *fine, rl_level *coarse) {
    for (int y = 0; y < coarse->height; y++) {
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
static void push(const rl_level *coarse, rl_level *fine) {
    for (int y = 0; y < fine->height; y++) {
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

static inline void relax_pixel(const rl_level *level, int x, int y) {
    const size_t width = (size_t)level->width, at = (size_t)y * width + (size_t)x;
    float sum[4] = {0, 0, 0, 0}, count = 0;
    const size_t around[4] = {x > 0 ? at - 1 : at, x + 1 < level->width ? at + 1 : at,
                              y > 0 ? at - width : at, y + 1 < level->height ? at + width : at};
    for (int k = 0; k < 4; k++) {
        const float *from = level->even + 4 * around[k];
        if (around[k] == at || from[3] <= 0 || !flows(level, around[k], at))
            continue;
        for (int c = 0; c < 4; c++)
            sum[c] += from[c];
        count++;
    }
    float *to = level->even + 4 * at;
    for (int c = 0; c < 3 && count > 0; c++)
        to[c] += (to[3] > 0 ? BEYOND : 1) * (sum[c] / count - to[c]);
    to[3] = count > 0 ? 1 : to[3];
}

static void relax_rows(void *arg, size_t begin, size_t end) {
    const membrane_job *job = arg;
    const rl_level *level = job->level;
    for (size_t y = begin; y < end; y++)
        for (int x = ((int)y + job->parity) & 1; x < level->width; x += 2)
            if (rl_is_hole(level, y * (size_t)level->width + (size_t)x))
                relax_pixel(level, x, (int)y);
}

relief_status rl_membrane(relief_ctx *ctx, rl_level *const *levels, int count) {
    start_finest(levels[0]);
    for (int k = 1; k < count; k++)
        pull(levels[k - 1], levels[k]);
    for (int k = count - 1; k >= 0; k--) {
        membrane_job job = {.level = levels[k]};
        if (k < count - 1)
            push(levels[k + 1], levels[k]);
        for (int sweep = 0; sweep < 2 * SWEEPS; sweep++) {
            job.parity = sweep & 1;
            rl_parallel(ctx, (size_t)levels[k]->height, 16, relax_rows, &job);
        }
        relief_status status = rl_check_cancel(ctx);
        if (status)
            return status;
    }
    return RELIEF_OK;
}

/* ------------------------------------------------------------------ the canvas */

static inline uint8_t to_byte(float value) {
    return (uint8_t)(value < 0 ? 0 : value > 254.5F ? 255 : value + 0.5F);
}

/* The mean of the layer's colours around (x, y). */
static void mean_around(const membrane_job *job, int x, int y, float mean[3]) {
    const rl_level *level = job->level;
    int sum[3] = {0, 0, 0}, count = 0;
    for (int v = y - LARGE_RADIUS; v <= y + LARGE_RADIUS; v++) {
        for (int u = x - LARGE_RADIUS; u <= x + LARGE_RADIUS; u++) {
            if (u < 0 || v < 0 || u >= level->width || v >= level->height)
                continue;
            const size_t at = (size_t)v * (size_t)level->width + (size_t)u;
            const int counts = level->usable[at] != 0;
            for (size_t c = 0; c < 3; c++)
                sum[c] += counts * job->before[4 * at + c];
            count += counts;
        }
    }
    for (int c = 0; c < 3; c++)
        mean[c] = (float)sum[c] / (float)(count ? count : 1);
}

static void lay_rows(void *arg, size_t begin, size_t end) {
    const membrane_job *job = arg;
    const rl_level *level = job->level;
    for (size_t y = begin; y < end; y++) {
        for (int x = 0; x < level->width; x++) {
            const size_t at = y * (size_t)level->width + (size_t)x;
            float mean[3];
            if (!rl_is_hole(level, at) || level->even[4 * at + 3] <= 0)
                continue;
            mean_around(job, x, (int)y, mean);
            for (size_t c = 0; c < 3; c++)
                level->canvas[4 * at + c] =
                    to_byte(level->even[4 * at + c] + (float)job->before[4 * at + c] - mean[c]);
        }
    }
}

relief_status rl_membrane_lay(relief_ctx *ctx, rl_level *level) {
    const size_t size = 4 * (size_t)level->width * (size_t)level->height;
    void *block;
    relief_status status = rl_alloc_in(ctx, size, 1, &block);
    if (status)
        return status;
    memcpy(block, level->canvas, size);
    membrane_job job = {.level = level, .before = block};
    rl_parallel(ctx, (size_t)level->height, 8, lay_rows, &job);
    rl_free(block);
    return RELIEF_OK;
}

void rl_membrane_start(rl_level *level) {
    const size_t count = (size_t)level->width * (size_t)level->height;
    for (size_t at = 0; at < count; at++)
        for (size_t c = 0; rl_is_hole(level, at) && c < 3; c++)
            level->canvas[4 * at + c] = to_byte(level->even[4 * at + c]);
}
