/* SPDX-License-Identifier: Apache-2.0 */
/* The ramps that a network draws across depth edges, and the surfaces at their two ends.
 *
 * A map from a network has its depth edges smeared over up to ten of the network's pixels. On that
 * coarse raster every pixel of a ramp looks for the surfaces at its two ends by walking the
 * steepest way up and down until the ramp flattens; a slope that does not flatten soon is a
 * surface, not a ramp. (Ends as in the toggle filter of Kramer and Bruckner 1975, found by
 * walking.) Where ramps are wide enough to follow as lines, contours.c knows better. */
#include "scene/sharpen.h"

#include "base/memory.h"
#include "base/threads.h"
#include "scene/contours.h"

#include <math.h>

/* Longest ramp, in coarse pixels. */
enum { LONGEST_RAMP = 14 };
/* A ramp ends where its steps fall below this share of its steepest step. */
static const float FLAT_SHARE = 0.25F;
/* From where to where an edge grows from none to full: difference of its ends and its steepest
 * step, as shares of the farther end's q; and how long its ramp may be, from full back to none.
 * Soft, so that a contour does not break up where it fades. Tuned on the ramps of tiefenrausch (384
 * pixels) and on photos of people, houses and landscapes. */
static const float CONTRAST[2] = {0.06F, 0.16F};
static const float STEEPNESS[2] = {0.015F, 0.035F};
/* The same for how much a ramp would be stretched in view of the whole travel: what is hardly
 * stretched need not be cut, and where it is far away a network's guesses are ragged. */
static const float STRETCH[2] = {0.1F, 0.3F};
static const float LENGTH[2] = {10, LONGEST_RAMP + 1};
/* Less of an edge than this is none. */
static const float LEAST_WEIGHT = 0.2F;
/* Ramps that hang together are a silhouette when the line on which they are half-way up is at least
 * this share of the raster's long side, in pixels, and uncovers at least that area at the largest
 * travel, in squares of the long side. */
static const float LEAST_LINE = 0.02F, LEAST_AREA = 4e-4F;

/* What a ridge tells goes to the pixels before and behind it, in a strip this wide (to either side)
 * that widens with the distance from the contour, as a bend's cross-sections fan out. */
static const float STRIP = 2, FAN = 0.7F;
/* The ramp reaches this far over where it begins to flatten. */
static const float BEYOND = 1;

typedef struct coarse_job {
    const float *q; /* coarse raster */
    rl_coarse *out;
    float *blurred[2]; /* ends of the ramps, smoothed along the edge */
    int32_t *ways[2];  /* up and down */
} coarse_job;

static float smooth_step(float from, float to, float value) {
    float t = (value - from) / (to - from);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * (3 - 2 * t);
}

/* The steepest ways up and down from every pixel, as steps of its index; 0 on a summit. */
static void find_ways(void *arg, size_t begin, size_t end) {
    const coarse_job *job = arg;
    const int width = job->out->width, height = job->out->height;
    for (size_t y = begin; y < end; y++) {
        const int top = y > 0 ? -1 : 0, bottom = (int)y + 1 < height ? 1 : 0;
        for (int x = 0; x < width; x++) {
            const size_t at = y * (size_t)width + (size_t)x;
            const float *q = job->q + at;
            const int left = x > 0 ? -1 : 0, right = x + 1 < width ? 1 : 0;
            int up = 0, down = 0;
            for (int dy = top; dy <= bottom; dy++) {
                for (int step = dy * width + left; step <= dy * width + right; step++) {
                    up = q[step] > q[up] ? step : up;
                    down = q[step] < q[down] ? step : down;
                }
            }
            job->ways[0][at] = up;
            job->ways[1][at] = down;
        }
    }
}

/* Walk from `at` up or down; values[0] is where it begins. Returns the number of steps, at most
 * LONGEST_RAMP. */
static int walk(const coarse_job *job, size_t at, bool up, float values[LONGEST_RAMP + 1],
                float *steepest_step) {
    values[0] = job->q[at];
    int steps = 0;
    while (steps < LONGEST_RAMP) {
        const int32_t way = job->ways[up ? 0 : 1][at];
        if (way == 0)
            break;
        at += (size_t)(ptrdiff_t)way;
        values[++steps] = job->q[at];
        const float step = fabsf(values[steps] - values[steps - 1]);
        *steepest_step = step > *steepest_step ? step : *steepest_step;
    }
    return steps;
}

/* Steps of a walk until it flattens; LONGEST_RAMP + 1 when it does not. */
static int ramp_end(const float *values, int steps, float flat) {
    for (int k = 0; k < steps; k++)
        if (fabsf(values[k + 1] - values[k]) < flat)
            return k;
    return steps < LONGEST_RAMP ? steps : LONGEST_RAMP + 1;
}

static void find_ends(void *arg, size_t begin, size_t end) {
    const coarse_job *job = arg;
    for (size_t at = begin; at < end; at++) {
        const float here = job->q[at];
        float up[LONGEST_RAMP + 1], down[LONGEST_RAMP + 1], steep = 0;
        job->out->near_side[at] = job->out->far_side[at] = here;
        const int up_steps = walk(job, at, true, up, &steep);
        const int down_steps = walk(job, at, false, down, &steep);
        const int up_end = ramp_end(up, up_steps, FLAT_SHARE * steep);
        const int down_end = ramp_end(down, down_steps, FLAT_SHARE * steep);
        if (up_end + down_end > LONGEST_RAMP || up_end + down_end == 0)
            continue;
        /* The first flat step still leads closer to the surface. */
        const float near_end = up[up_end < up_steps ? up_end + 1 : up_end];
        const float far_end = down[down_end < down_steps ? down_end + 1 : down_end];
        const float weight =
            smooth_step(CONTRAST[0] * far_end, CONTRAST[1] * far_end, near_end - far_end) *
            smooth_step(STEEPNESS[0] * far_end, STEEPNESS[1] * far_end, steep) *
            smooth_step(STRETCH[0], STRETCH[1], steep * job->out->parallax) *
            (1 - smooth_step(LENGTH[0], LENGTH[1], (float)(up_end + down_end)));
        if (weight < LEAST_WEIGHT)
            continue;
        job->out->near_side[at] += weight * (near_end - here);
        job->out->far_side[at] += weight * (far_end - here);
    }
}

static bool is_ramp(const rl_coarse *coarse, size_t at) {
    return coarse->near_side[at] > coarse->far_side[at];
}

/* Put the ramp pixels that hang together with `first` on `pile`, and mark them seen. Returns how
 * many there are. */
static size_t gather(const rl_coarse *coarse, size_t first, uint8_t *seen, uint32_t *pile) {
    const int width = coarse->width, height = coarse->height;
    size_t count = 1;
    pile[0] = (uint32_t)first;
    seen[first] = 1;
    for (size_t next = 0; next < count; next++) {
        const int x = (int)(pile[next] % (uint32_t)width), y = (int)(pile[next] / (uint32_t)width);
        for (int dy = y > 0 ? -1 : 0; dy <= (y + 1 < height ? 1 : 0); dy++) {
            for (int dx = x > 0 ? -1 : 0; dx <= (x + 1 < width ? 1 : 0); dx++) {
                const size_t other = pile[next] + (size_t)(dy * width + dx);
                if (seen[other] || !is_ramp(coarse, other))
                    continue;
                seen[other] = 1;
                pile[count++] = (uint32_t)other;
            }
        }
    }
    return count;
}

/* Whether the half-way line runs between a pixel and its neighbour to the right or below. */
static bool is_halfway(const rl_coarse *coarse, const float *q, size_t at) {
    const size_t width = (size_t)coarse->width;
    const float level = 0.5F * (coarse->near_side[at] + coarse->far_side[at]);
    const bool above = q[at] > level;
    return ((at + 1) % width != 0 && (q[at + 1] > level) != above) ||
           (at / width + 1 < (size_t)coarse->height && (q[at + width] > level) != above);
}

static bool is_silhouette(const rl_coarse *coarse, const float *q, const uint32_t *pile,
                          size_t size) {
    const float side = (float)(coarse->width > coarse->height ? coarse->width : coarse->height);
    float area = 0, length = 0;
    for (size_t k = 0; k < size; k++) {
        if (!is_halfway(coarse, q, pile[k]))
            continue;
        area += (coarse->near_side[pile[k]] - coarse->far_side[pile[k]]) * coarse->parallax;
        length++;
    }
    return length >= LEAST_LINE * side && area >= LEAST_AREA * side * side;
}

/* Forget ramps that are too small to be a silhouette. Errors: _MEMORY. */
static relief_status drop_specks(relief_ctx *ctx, const float *q, rl_coarse *coarse) {
    const size_t count = (size_t)coarse->width * (size_t)coarse->height;
    void *seen = NULL, *pile = NULL;
    relief_status status = rl_calloc_in(ctx, count, 1, &seen);
    if (!status)
        status = rl_alloc_in(ctx, count, sizeof(uint32_t), &pile);
    for (size_t at = 0; !status && at < count; at++) {
        if (((uint8_t *)seen)[at] || !is_ramp(coarse, at))
            continue;
        const size_t size = gather(coarse, at, seen, pile);
        if (is_silhouette(coarse, q, pile, size))
            continue;
        for (size_t k = 0; k < size; k++) {
            const size_t pixel = ((uint32_t *)pile)[k];
            coarse->near_side[pixel] = coarse->far_side[pixel] = q[pixel];
        }
    }
    rl_free(seen);
    rl_free(pile);
    return status;
}

/* Walks of neighbours end in different pixels: take the mean of the ends around, among pixels of
 * ramps. */
static void blur_ends(void *arg, size_t begin, size_t end) {
    const coarse_job *job = arg;
    const int width = job->out->width, height = job->out->height;
    const float *sides[2] = {job->out->near_side, job->out->far_side};
    for (size_t at = begin; at < end; at++) {
        const int x = (int)(at % (size_t)width), y = (int)(at / (size_t)width);
        float sums[2] = {0, 0}, weights = 0;
        const bool ramp = sides[0][at] > sides[1][at];
        for (int dy = y > 0 ? -1 : 0; ramp && dy <= (y + 1 < height ? 1 : 0); dy++) {
            for (int dx = x > 0 ? -1 : 0; dx <= (x + 1 < width ? 1 : 0); dx++) {
                const size_t other = at + (size_t)(dy * width + dx);
                if (!(sides[0][other] > sides[1][other]))
                    continue;
                sums[0] += sides[0][other];
                sums[1] += sides[1][other];
                weights++;
            }
        }
        for (int k = 0; k < 2; k++)
            job->blurred[k][at] = ramp ? sums[k] / weights : sides[k][at];
    }
}

typedef struct spread_job {
    rl_coarse *out;
    /* Weights; weighted near ends and far ends; the greatest weight of a cut; weighted lengths. */
    float *sums[5];
} spread_job;

/* Add what a ridge knows to the pixels of its cross-section, those near it most. */
static void spread(const spread_job *job, const rl_ridge *ridge) {
    const int reach = (int)ceilf((ridge->up > ridge->down ? ridge->up : ridge->down) + BEYOND);
    const int width = job->out->width, height = job->out->height;
    for (int dy = -reach; dy <= reach; dy++) {
        for (int dx = -reach; dx <= reach; dx++) {
            const int x = ridge->x + dx, y = ridge->y + dy;
            const float along = (float)dx * ridge->up_x + (float)dy * ridge->up_y;
            const float across = fabsf((float)dx * ridge->up_y - (float)dy * ridge->up_x);
            if (x < 0 || y < 0 || x >= width || y >= height || along > ridge->up + BEYOND ||
                -along > ridge->down + BEYOND || across > STRIP + FAN * fabsf(along))
                continue;
            const size_t at = (size_t)y * (size_t)width + (size_t)x;
            const float distance = (float)(dx * dx + dy * dy) + 0.5F;
            const float weight = 1 / (distance * distance);
            job->sums[0][at] += weight;
            job->sums[1][at] += weight * ridge->near_end;
            job->sums[2][at] += weight * ridge->far_end;
            job->sums[3][at] = fmaxf(job->sums[3][at], ridge->weight);
            job->sums[4][at] += weight * (ridge->up + ridge->down);
        }
    }
}

/* The two sides of every pixel; its own q where no ramp reaches. */
static void set_sides(const spread_job *job, const float *q) {
    const size_t count = (size_t)job->out->width * (size_t)job->out->height;
    for (size_t at = 0; at < count; at++) {
        const float sum = job->sums[0][at];
        if (sum <= 0)
            continue;
        job->out->near_side[at] = job->out->far_side[at] = q[at];
        const float near_end = job->sums[1][at] / sum, far_end = job->sums[2][at] / sum;
        const float weight = job->sums[3][at];
        job->out->length[at] = job->sums[4][at] / sum;
        job->out->near_side[at] += weight * (fmaxf(near_end, q[at]) - q[at]);
        job->out->far_side[at] += weight * (fminf(far_end, q[at]) - q[at]);
    }
}

void rl_coarse_clear(rl_coarse *coarse) {
    rl_free(coarse->near_side);
    rl_free(coarse->far_side);
    rl_free(coarse->length);
}

/* Wide ramps, as contours know them, in place of what single pixels made of them. */
static relief_status take_contours(relief_ctx *ctx, const rl_raster *q, rl_coarse *out) {
    const size_t count = (size_t)q->width * (size_t)q->height;
    rl_contours contours = {0};
    void *blocks[5] = {NULL};
    relief_status status = rl_contours_find(ctx, q, out->parallax, &contours);
    for (int k = 0; k < 5 && !status; k++)
        status = rl_calloc_in(ctx, count, sizeof(float), &blocks[k]);
    if (!status) {
        const spread_job job = {.out = out,
                                .sums = {blocks[0], blocks[1], blocks[2], blocks[3], blocks[4]}};
        for (size_t k = 0; k < contours.count; k++)
            spread(&job, &contours.ridges[k]);
        set_sides(&job, q->data);
    }
    rl_contours_clear(&contours);
    for (int k = 0; k < 5; k++)
        rl_free(blocks[k]);
    return status;
}

relief_status rl_coarse_find(relief_ctx *ctx, const float *q, rl_coarse *out) {
    size_t count = (size_t)out->width * (size_t)out->height;
    void *blocks[4] = {NULL}, *length = NULL;
    relief_status status = rl_calloc_in(ctx, count, sizeof(float), &length);
    for (int k = 0; k < 4 && !status; k++)
        status = rl_alloc_in(ctx, count, sizeof(float), &blocks[k]);
    out->length = length;
    out->near_side = blocks[0];
    out->far_side = blocks[1];
    if (!status) {
        /* What is blurred later holds the ways until then. */
        coarse_job job = {
            .q = q, .out = out, .blurred = {blocks[2], blocks[3]}, .ways = {blocks[2], blocks[3]}};
        rl_parallel(ctx, (size_t)out->height, 16, find_ways, &job);
        rl_parallel(ctx, count, 4096, find_ends, &job);
        status = drop_specks(ctx, q, out);
        if (!status)
            rl_parallel(ctx, count, 4096, blur_ends, &job);
        out->near_side = blocks[2];
        out->far_side = blocks[3];
        blocks[2] = blocks[0];
        blocks[3] = blocks[1];
    }
    if (!status)
        status = take_contours(ctx, &(rl_raster){(float *)q, out->width, out->height, 1}, out);
    rl_free(blocks[2]);
    rl_free(blocks[3]);
    return status;
}
