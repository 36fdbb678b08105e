/* SPDX-License-Identifier: Apache-2.0 */
/* Depth edges as steps, not ramps.
 *
 * A map from a network has its depth edges smeared over up to ten of the network's pixels, which
 * are a hundred photo pixels: left alone they become rubber sheets between subject and background.
 * On the coarse raster every pixel of a ramp looks for the surfaces at its two ends by walking the
 * steepest way up and down until the ramp flattens; a slope that does not flatten soon is a
 * surface, not a ramp. Then every photo pixel there goes to one of the two ends, by the side of the
 * half-way level on which its interpolated q lies. That level's contour is smooth at photo
 * resolution. (A toggle filter, Kramer and Bruckner 1975, with ends found by walking.) */
#include "scene/scene_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

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
static const float LENGTH[2] = {10, LONGEST_RAMP + 1};
/* Ramps of fewer coarse pixels that hang together are noise. */
enum { LEAST_PIXELS = 24 };
/* Photo pixels a coarse pixel from which the ramps matter. */
static const double LEAST_SCALE = 1.25;

typedef struct coarse_job {
    const float *q; /* coarse raster */
    rl_coarse *out;
    float *blurred[2]; /* ends of the ramps, smoothed along the edge */
} coarse_job;

static float smooth_step(float from, float to, float value) {
    float t = (value - from) / (to - from);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * (3 - 2 * t);
}

/* The neighbour of `at` whose q is greatest (or least, when `up` is false); `at` itself on a
 * summit. */
static size_t steepest(const coarse_job *job, size_t at, bool up) {
    const int width = job->out->width, height = job->out->height;
    const int x = (int)(at % (size_t)width), y = (int)(at / (size_t)width);
    size_t best = at;
    for (int dy = y > 0 ? -1 : 0; dy <= (y + 1 < height ? 1 : 0); dy++) {
        for (int dx = x > 0 ? -1 : 0; dx <= (x + 1 < width ? 1 : 0); dx++) {
            const size_t other = at + (size_t)(dy * width + dx);
            if (up ? job->q[other] > job->q[best] : job->q[other] < job->q[best])
                best = other;
        }
    }
    return best;
}

/* Walk from `at` up or down; values[0] is where it begins. Returns the number of steps, at most
 * LONGEST_RAMP. */
static int walk(const coarse_job *job, size_t at, bool up, float values[LONGEST_RAMP + 1],
                float *steepest_step) {
    values[0] = job->q[at];
    int steps = 0;
    while (steps < LONGEST_RAMP) {
        const size_t next = steepest(job, at, up);
        if (next == at)
            break;
        at = next;
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
            (1 - smooth_step(LENGTH[0], LENGTH[1], (float)(up_end + down_end)));
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
        for (size_t k = 0; size < LEAST_PIXELS && k < size; k++) {
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

static void coarse_clear(rl_coarse *coarse) {
    rl_free(coarse->near_side);
    rl_free(coarse->far_side);
}

/* Fill *out, whose size is set, from q of that size. The caller clears *out, after failures too. */
static relief_status coarse_find(relief_ctx *ctx, const float *q, rl_coarse *out) {
    size_t count = (size_t)out->width * (size_t)out->height;
    void *blocks[4] = {NULL};
    relief_status status = RELIEF_OK;
    for (int k = 0; k < 4 && !status; k++)
        status = rl_alloc_in(ctx, count, sizeof(float), &blocks[k]);
    out->near_side = blocks[0];
    out->far_side = blocks[1];
    if (!status) {
        coarse_job job = {.q = q, .out = out, .blurred = {blocks[2], blocks[3]}};
        rl_parallel(ctx, count, 4096, find_ends, &job);
        status = drop_specks(ctx, q, out);
        if (!status)
            rl_parallel(ctx, count, 4096, blur_ends, &job);
        out->near_side = blocks[2];
        out->far_side = blocks[3];
        blocks[2] = blocks[0];
        blocks[3] = blocks[1];
    }
    rl_free(blocks[2]);
    rl_free(blocks[3]);
    return status;
}

/* Where photo pixels fall between the columns of a coarser raster: column and the share of the next
 * one. */
typedef struct column_tap {
    int left, right;
    float share;
} column_tap;

static column_tap tap_at(int position, int size, int coarse_size) {
    double at = (position + 0.5) * coarse_size / size - 0.5;
    at = at < 0 ? 0 : at > coarse_size - 1 ? coarse_size - 1 : at;
    int left = (int)at;
    return (column_tap){.left = left,
                        .right = left + 1 < coarse_size ? left + 1 : left,
                        .share = (float)(at - left)};
}

static relief_status taps_new(relief_ctx *ctx, int size, int coarse_size, column_tap **out) {
    void *block;
    relief_status status = rl_alloc_in(ctx, (size_t)size, sizeof(column_tap), &block);
    if (status)
        return status;
    *out = block;
    for (int x = 0; x < size; x++)
        (*out)[x] = tap_at(x, size, coarse_size);
    return RELIEF_OK;
}

static inline float between(const float *top, const float *bottom, column_tap tap, float share) {
    float left = top[tap.left] + share * (bottom[tap.left] - top[tap.left]);
    float right = top[tap.right] + share * (bottom[tap.right] - top[tap.right]);
    return left + tap.share * (right - left);
}

/* Bilinear resampling of a raster of width x height floats, then, where `coarse` is given, the
 * snap. */
typedef struct fine_job {
    const float *map; /* NULL: q already holds the smooth values */
    int map_width, map_height;
    const column_tap *map_taps;
    const rl_coarse *coarse; /* NULL: no snap */
    const column_tap *coarse_taps;
    int width, height;
    float *q;
} fine_job;

static void resample_row(const fine_job *job, int y, float *q) {
    column_tap row = tap_at(y, job->height, job->map_height);
    const float *top = job->map + (size_t)row.left * (size_t)job->map_width;
    const float *bottom = job->map + (size_t)row.right * (size_t)job->map_width;
    for (int x = 0; x < job->width; x++)
        q[x] = between(top, bottom, job->map_taps[x], row.share);
}

static void snap_row(const fine_job *job, int y, float *q) {
    const rl_coarse *coarse = job->coarse;
    column_tap row = tap_at(y, job->height, coarse->height);
    const size_t top = (size_t)row.left * (size_t)coarse->width;
    const size_t bottom = (size_t)row.right * (size_t)coarse->width;
    for (int x = 0; x < job->width; x++) {
        const column_tap tap = job->coarse_taps[x];
        float near_side =
            between(coarse->near_side + top, coarse->near_side + bottom, tap, row.share);
        float far_side = between(coarse->far_side + top, coarse->far_side + bottom, tap, row.share);
        /* Away from edges both sides are the map's own q, and the finer value stays. */
        if (near_side - far_side > 1e-3F * far_side)
            q[x] = q[x] > 0.5F * (near_side + far_side) ? near_side : far_side;
    }
}

static void fine_rows(void *arg, size_t begin, size_t end) {
    const fine_job *job = arg;
    for (size_t y = begin; y < end; y++) {
        float *q = job->q + y * (size_t)job->width;
        if (job->map)
            resample_row(job, (int)y, q);
        if (job->coarse)
            snap_row(job, (int)y, q);
    }
}

typedef struct pick_job {
    const rl_geometry *geometry;
    const float *values;
    int map_width, map_height, width, height;
    float *q;
} pick_job;

/* q of the map's nearest pixels: exact where the map is as large as the raster or larger. */
static void pick_rows(void *arg, size_t begin, size_t end) {
    const pick_job *job = arg;
    for (size_t y = begin; y < end; y++) {
        size_t from = y * (size_t)job->map_height / (size_t)job->height;
        const float *row = job->values + from * (size_t)job->map_width;
        float *q = job->q + y * (size_t)job->width;
        if (job->map_width != job->width) {
            for (size_t x = 0; x < (size_t)job->width; x++)
                q[x] = row[(2 * x + 1) * (size_t)job->map_width / (2 * (size_t)job->width)];
            row = q;
        }
        rl_geometry_apply(job->geometry, row, q, (size_t)job->width);
    }
}

/* q of the map on the coarse raster, by interpolation; the same size copies. */
static relief_status make_coarse(relief_ctx *ctx, const float *q, int width, int height,
                                 rl_coarse *coarse) {
    if (coarse->width == width && coarse->height == height)
        return coarse_find(ctx, q, coarse);
    column_tap *taps = NULL;
    void *block = NULL;
    relief_status status = taps_new(ctx, coarse->width, width, &taps);
    if (!status)
        status =
            rl_alloc_in(ctx, (size_t)coarse->width * (size_t)coarse->height, sizeof(float), &block);
    if (!status) {
        fine_job job = {.map = q,
                        .map_width = width,
                        .map_height = height,
                        .map_taps = taps,
                        .width = coarse->width,
                        .height = coarse->height,
                        .q = block};
        rl_parallel(ctx, (size_t)coarse->height, 16, fine_rows, &job);
        status = coarse_find(ctx, block, coarse);
    }
    rl_free(block);
    rl_free(taps);
    return status;
}

/* The size of the raster on which the map's edges were drawn: the network's, or the map's own. */
static void coarse_size(const relief_depth_info *info, rl_coarse *out) {
    bool network = info->network_width > 0 && info->network_height > 0;
    out->width = network && info->network_width < info->width ? info->network_width : info->width;
    out->height =
        network && info->network_height < info->height ? info->network_height : info->height;
}

relief_status rl_sharpen(relief_ctx *ctx, const relief_depth *map, const rl_geometry *geometry,
                         int photo_width, int photo_height, float *q) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(map, &info);
    rl_coarse coarse = {0};
    coarse_size(&info, &coarse);
    /* A map smaller than the photo on either side is interpolated, any other is picked from. */
    const bool smaller = info.width < photo_width || info.height < photo_height;
    const int width = smaller ? info.width : photo_width;
    const int height = smaller ? info.height : photo_height;
    const bool ramps =
        photo_width > LEAST_SCALE * coarse.width || photo_height > LEAST_SCALE * coarse.height;
    fine_job fine = {.width = photo_width, .height = photo_height, .q = q};
    column_tap *map_taps = NULL, *coarse_taps = NULL;
    void *own = NULL;
    relief_status status = RELIEF_OK;
    if (smaller)
        status = rl_alloc_in(ctx, (size_t)width * (size_t)height, sizeof(float), &own);
    if (!status) {
        pick_job pick = {.geometry = geometry,
                         .values = relief_depth_values(map),
                         .map_width = info.width,
                         .map_height = info.height,
                         .width = width,
                         .height = height,
                         .q = smaller ? own : q};
        rl_parallel(ctx, (size_t)height, 16, pick_rows, &pick);
        if (smaller)
            status = taps_new(ctx, photo_width, width, &map_taps);
    }
    if (!status && ramps)
        status = make_coarse(ctx, smaller ? own : q, width, height, &coarse);
    if (!status && ramps)
        status = taps_new(ctx, photo_width, coarse.width, &coarse_taps);
    if (!status)
        status = rl_check_cancel(ctx);
    if (!status && (smaller || ramps)) {
        fine.map = own;
        fine.map_width = width;
        fine.map_height = height;
        fine.map_taps = map_taps;
        fine.coarse = ramps ? &coarse : NULL;
        fine.coarse_taps = coarse_taps;
        rl_parallel(ctx, (size_t)photo_height, 16, fine_rows, &fine);
    }
    coarse_clear(&coarse);
    rl_free(coarse_taps);
    rl_free(map_taps);
    rl_free(own);
    return status;
}
