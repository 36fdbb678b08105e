/* SPDX-License-Identifier: Apache-2.0 */
/* Where one surface ends before another.
 *
 * Seen through a pinhole a plane is affine in q = 1 / depth, however grazing it is. So the step of
 * q across a pixel border is compared with the slopes on both sides of it: on a plane all three
 * agree, at the crease of two planes the step lies between the slopes, and only at a silhouette it
 * lies outside of what they span. */
#include "scene/scene_inside.h"

#include "base/memory.h"
#include "base/threads.h"
#include "base/widths.h"

#include <math.h>
#include <string.h>

/* A step counts when it exceeds the span of the slopes by this share of the farther side's q ... */
static const float LEAST_SHARE = 0.045F;
/* ... and by this share of the steeper slope: hills and bumpy floors near their horizon. */
static const float SLOPE_SHARE = 0.5F;

/* Share of what is needed from which a border is torn when it continues others. */
static const float WEAK_SHARE = 0.5F;

/* Slopes agree when they differ by less than this factor. */
static const float AGREEMENT = 3.0F;

typedef struct tear_job {
    const float *q;
    int width, height;
    float least_step;
    const uint8_t *tiles; /* NULL: all */
    uint8_t *torn;
} tear_job;

/* The slope that one side of a border tells, from its two steps: the calmer one where they agree,
 * else none, for then one of them is a silhouette's, or the pixels are leaves and hair that have no
 * surface. */
RL_INLINED float side_slope(float a, float b) {
    const float calmer = fabsf(a) <= fabsf(b) ? a : b;
    const float wilder = fabsf(a) <= fabsf(b) ? b : a;
    return a * b > 0 && fabsf(wilder) <= AGREEMENT * fabsf(calmer) ? calmer : 0;
}

/* How much of a silhouette a step from a0 to b0 is: 1 and more is one, in shares of what is needed.
 * before: the slope that leads to a0, after: the one from b0 on. */
RL_INLINED float tear_strength(float a0, float b0, float before, float after, float least_step) {
    float low = before < after ? before : after;
    float high = before < after ? after : before;
    float step = b0 - a0;
    float over = step - high > low - step ? step - high : low - step;
    float farther = a0 < b0 ? a0 : b0;
    float steeper = fabsf(low) > fabsf(high) ? fabsf(low) : fabsf(high);
    float need = LEAST_SHARE * farther;
    need = need > least_step ? need : least_step;
    need = need > SLOPE_SHARE * steeper ? need : SLOPE_SHARE * steeper;
    return over / need;
}

/* `bit` for a silhouette, its weak one for what may belong to one. */
RL_INLINED uint8_t tear_bit(float strength, uint8_t bit) {
    return strength > 1 ? bit : strength > WEAK_SHARE ? (uint8_t)(bit << RL_WEAK_SHIFT) : 0;
}

/* Pixels of a row that are looked at together, and how many of those a tile has. */
enum { TOGETHER = 64, PARTS = RL_TEAR_TILE / TOGETHER };

/* The largest step from a[i] to b[i]. */
RL_EVERY_WIDTH static float largest_step(const float *a, const float *b, int count) {
    float most = 0;
#pragma omp simd reduction(max : most)
    for (int i = 0; i < count; i++) {
        const float step = fabsf(b[i] - a[i]);
        most = step > most ? step : most;
    }
    return most;
}

/* A border is no silhouette, not even nearly, when neither its own step nor a slope beside it
 * exceeds half of what a weak one must have over them. A hair less, for what rounding does. */
RL_INLINED bool are_calm(float largest, float least_step) {
    return largest < 0.49F * WEAK_SHARE * least_step;
}

/* Pixel borders between a0[i] and b0[i]; a2, a1 lie before them and b1, b2 behind. One slope of two
 * may be that of a neighbouring silhouette or of its half-way pixel, so the calmer one speaks for
 * its side. */
RL_EVERY_WIDTH static void tear_run(const float *const lines[6], int count, float least_step,
                                    uint8_t bit, uint8_t *torn) {
    const float *a2 = lines[0], *a1 = lines[1], *a0 = lines[2];
    const float *b0 = lines[3], *b1 = lines[4], *b2 = lines[5];
    for (int i = 0; i < count; i++) {
        float before = side_slope(a0[i] - a1[i], a1[i] - a2[i]);
        float after = side_slope(b1[i] - b0[i], b2[i] - b1[i]);
        torn[i] |= tear_bit(tear_strength(a0[i], b0[i], before, after, least_step), bit);
    }
}

/* As tear_run for one border near the picture's edge: `behind` pixels lie before a, `ahead` after
 * a's neighbour. */
static float tear_at_edge(const float *a, ptrdiff_t stride, int behind, int ahead,
                          float least_step) {
    const float *b = a + stride;
    float before = 0, after = 0;
    if (behind >= 1)
        before = a[0] - a[-stride];
    if (behind >= 2)
        before = side_slope(before, a[-stride] - a[-2 * stride]);
    if (ahead >= 1)
        after = b[stride] - b[0];
    if (ahead >= 2)
        after = side_slope(after, b[2 * stride] - b[stride]);
    if (behind < 1)
        before = after;
    if (ahead < 1)
        after = before;
    return tear_strength(a[0], b[0], before, after, least_step);
}

/* Borders between columns, from column `from` up to `to`. */
static void tear_right(const tear_job *job, int y, int from, int to) {
    const int width = job->width;
    const float *row = job->q + (size_t)y * (size_t)width;
    uint8_t *torn = job->torn + (size_t)y * (size_t)width;
    const int first = from > 2 ? from : 2, last = to < width - 3 ? to : width - 3;
    for (int x = first; x < last; x += TOGETHER) {
        const int count = x + TOGETHER < last ? TOGETHER : last - x;
        const float *lines[6];
        for (int k = 0; k < 6; k++)
            lines[k] = row + x - 2 + k;
        if (!are_calm(largest_step(lines[0], lines[1], count + 4), job->least_step))
            tear_run(lines, count, job->least_step, RL_TORN_RIGHT, torn + x);
    }
    for (int x = from; x < to && x + 1 < width; x++) {
        if (x == first && first < last)
            x = last;
        if (x < to && x + 1 < width)
            torn[x] |= tear_bit(tear_at_edge(row + x, 1, x, width - 2 - x, job->least_step),
                                RL_TORN_RIGHT);
    }
}

/* The largest steps from five rows of a tile's columns to the next one. */
typedef struct row_steps {
    float largest[5][PARTS]; /* those from row y: number y % 5 */
    int known;               /* the last row */
} row_steps;

/* What the borders below row y depend on: the steps from the rows around it. */
static void find_steps(const tear_job *job, int y, int from, int to, row_steps *steps) {
    const size_t width = (size_t)job->width;
    const int last = y + 2;
    for (int v = steps->known < y - 2 ? y - 2 : steps->known + 1; v <= last; v++) {
        const float *row = job->q + (size_t)v * width;
        for (int x = from; x < to; x += TOGETHER)
            steps->largest[v % 5][(x - from) / TOGETHER] =
                largest_step(row + x, row + width + x, x + TOGETHER < to ? TOGETHER : to - x);
    }
    steps->known = last;
}

static void tear_down(const tear_job *job, int y, int from, int to, row_steps *steps) {
    const int width = job->width;
    const float *row = job->q + (size_t)y * (size_t)width;
    uint8_t *torn = job->torn + (size_t)y * (size_t)width;
    if (y < 2 || y + 3 >= job->height) {
        for (int x = from; y + 1 < job->height && x < to; x++)
            torn[x] |=
                tear_bit(tear_at_edge(row + x, width, y, job->height - 2 - y, job->least_step),
                         RL_TORN_DOWN);
        return;
    }
    find_steps(job, y, from, to, steps);
    for (int x = from; x < to; x += TOGETHER) {
        float largest = 0;
        for (int v = 0; v < 5; v++) {
            const float step = steps->largest[v][(x - from) / TOGETHER];
            largest = step > largest ? step : largest;
        }
        const float *lines[6];
        for (int k = 0; k < 6; k++)
            lines[k] = row + (ptrdiff_t)(k - 2) * width + x;
        if (!are_calm(largest, job->least_step))
            tear_run(lines, x + TOGETHER < to ? TOGETHER : to - x, job->least_step, RL_TORN_DOWN,
                     torn + x);
    }
}

/* Rows of tiles' columns, one tile after the other. */
static void tear_rows(void *arg, size_t begin, size_t end) {
    const tear_job *job = arg;
    const int columns = rl_tiles_across(job->width);
    for (int k = 0; k < columns; k++) {
        const int from = k * RL_TEAR_TILE, rest = job->width - from;
        const int to = from + (rest < RL_TEAR_TILE ? rest : RL_TEAR_TILE);
        row_steps steps = {.known = -1};
        for (size_t y = begin; y < end; y++) {
            if (job->tiles && !job->tiles[(y / RL_TEAR_TILE) * (size_t)columns + (size_t)k])
                continue;
            memset(job->torn + y * (size_t)job->width + from, 0, (size_t)(to - from));
            tear_right(job, (int)y, from, to);
            tear_down(job, (int)y, from, to, &steps);
        }
    }
}

void rl_silhouettes(relief_ctx *ctx, const rl_raster *q, float least_step, const uint8_t *tiles,
                    uint8_t *torn) {
    tear_job job = {.q = q->data,
                    .width = q->width,
                    .height = q->height,
                    .least_step = least_step,
                    .tiles = tiles,
                    .torn = torn};
    rl_parallel_uneven(ctx, (size_t)q->height, 32, tear_rows, &job);
}
