/* SPDX-License-Identifier: Apache-2.0 */
/* Which side of a depth edge a pixel belongs to, told by its colour.
 *
 * The half-way level of a ramp is only roughly where the silhouette runs. In the photo the
 * silhouette is sharp: a pixel looks like the surface that it belongs to. So every pixel of a ramp
 * asks how often its colour occurs among the pixels around it that are near, and how often among
 * those that are far, each pixel counting as much as it is sure of itself; where it stands on the
 * ramp is what is known beforehand, and Bayes' rule joins the two. Where colours do not tell the
 * sides apart, the half-way level remains. */
#include "scene/sharpen.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "base/widths.h"

#include <math.h>

/* The window reaches over this many coarse pixels, but not over more than that many guide pixels;
 * wide windows are looked at in steps. */
static const double REACH = 2.5;
enum { MOST_REACH = 14, MOST_STEPS = 6 };
/* Colours differ by one unit of weight (1 / e) at this root of summed squares of three channels. */
static const double COLOUR_SIGMA = 14;
/* How fast the weight of a pixel falls with its distance, in squares of the ramp's width. */
static const float WIDTH_SHARE = 4;
/* Density of colours that nothing around has, and what is left of a side at the ramp's other end.
 */
static const float CHANCE = 0.02F, LEAST_PRIOR = 1e-3F;
/* From which ratio on of squared distance to spread colours are believed, and fully. */
static const float APART[2] = {0.05F, 0.3F};
/* Spread that any surface has, in squared levels. */
static const float NOISE = 20;
/* What a pixel half-way up the ramp still counts. */
static const float LEAST_SURE = 0.02F;
/* A share this near to 0 or 1 is not weighed again. */
static const float DECIDED = 0.02F;
enum { WEIGHTS = 512, WEIGHT_SHIFT = 4, PASSES = 2 };

typedef struct sides_job {
    const rl_guide *guide;
    const rl_coarse *coarse;
    const rl_raster *map;
    const rl_tap *map_taps, *coarse_taps;
    int reach, step;
    float weights[WEIGHTS]; /* by summed squares of the colours' difference >> WEIGHT_SHIFT */
    float *near_side, *far_side;
    float *q;       /* as far as it is known in this pass */
    float *sure;    /* 0 to 1 */
    float *share;   /* of the near surface, below 0 away from ramps: the result */
    uint32_t *ramp; /* the pixels in ramps, so that threads share them evenly */
    size_t ramp_count;
} sides_job;

static void fill_rows(void *arg, size_t begin, size_t end) {
    const sides_job *job = arg;
    const int width = job->guide->width, height = job->guide->height;
    for (size_t y = begin; y < end; y++) {
        const rl_tap row = rl_tap_at((int)y, height, job->coarse->height);
        const rl_tap map_row = rl_tap_at((int)y, height, job->map->height);
        const size_t top = (size_t)row.left * (size_t)job->coarse->width;
        const size_t bottom = (size_t)row.right * (size_t)job->coarse->width;
        const float *map_top = job->map->data + (size_t)map_row.left * (size_t)job->map->width;
        const float *map_bottom = job->map->data + (size_t)map_row.right * (size_t)job->map->width;
        for (int x = 0; x < width; x++) {
            const size_t at = y * (size_t)width + (size_t)x;
            const rl_tap tap = job->coarse_taps[x];
            const float *near_side = job->coarse->near_side, *far_side = job->coarse->far_side;
            job->near_side[at] = rl_between(near_side + top, near_side + bottom, tap, row.share);
            job->far_side[at] = rl_between(far_side + top, far_side + bottom, tap, row.share);
            job->q[at] = rl_between(map_top, map_bottom, job->map_taps[x], map_row.share);
        }
    }
}

static float share_of(float q, float near_side, float far_side) {
    const float share = (q - far_side) / (near_side - far_side);
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

/* How sure pixels are: those away from ramps and at their ends are. */
static void judge_pixels(void *arg, size_t begin, size_t end) {
    const sides_job *job = arg;
    for (size_t at = begin; at < end; at++) {
        float sure = 1;
        if (rl_is_edge(job->near_side[at], job->far_side[at])) {
            const float off = 2 * share_of(job->q[at], job->near_side[at], job->far_side[at]) - 1;
            sure = off * off > LEAST_SURE ? off * off : LEAST_SURE;
        }
        job->sure[at] = sure;
    }
}

/* What the pixels around a pixel look like, those of the far side and those of the near one. */
typedef struct side_sums {
    rl_float4 weights;  /* far, near; and of those that look like the pixel: far, near */
    rl_float4 looks[2]; /* weighted sums of colours, and of their squares */
} side_sums;

/* How well colours tell two sides apart, 0 to 1: the distance of their means in units of their
 * spread (Fisher's criterion). Without this the texture of one surface would be cut along. */
RL_INLINED float tell_apart(const side_sums *sides) {
    const rl_float4 a = sides->looks[0] / rl_float4_all(sides->weights[0]);
    const rl_float4 b = sides->looks[1] / rl_float4_all(sides->weights[1]);
    float apart = 0, spread = a[3] + b[3];
    for (int k = 0; k < 3; k++) {
        apart += (a[k] - b[k]) * (a[k] - b[k]);
        spread -= a[k] * a[k] + b[k] * b[k];
    }
    const float ratio = apart / (spread + NOISE);
    const float t = (ratio - APART[0]) / (APART[1] - APART[0]);
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

/* A pixel that asks its window: its colour, its two surfaces, and how fast others count less. */
typedef struct asking {
    const uint8_t *own;
    float near_side, far_side, fall;
} asking;

/* Add what pixel `other` says, `square` away. */
RL_INLINED void add_pixel(const sides_job *job, const asking *ask, size_t other, float square,
                          side_sums *out) {
    const uint8_t *colour = job->guide->rgbx + 4 * other, *own = ask->own;
    const int r = colour[0] - own[0], g = colour[1] - own[1], b = colour[2] - own[2];
    const int bin = (r * r + g * g + b * b) >> WEIGHT_SHIFT;
    const float far_off = 1 + ask->fall * square;
    /* How near by the pixel is, and its share of the near surface. */
    const rl_float4 over = {1, job->q[other] - ask->far_side, 0, 0};
    const rl_float4 under = {far_off * far_off, ask->near_side - ask->far_side, 1, 1};
    const rl_float4 both = over / under;
    const float weight = job->sure[other] * both[0];
    const float like = weight * job->weights[bin < WEIGHTS ? bin : WEIGHTS - 1];
    const float share = both[1] < 0 ? 0 : both[1] > 1 ? 1 : both[1];
    const rl_float4 weights = {weight, weight, like, like},
                    shares = {1 - share, share, 1 - share, share};
    const rl_float4 shared = weights * shares;
    rl_float4 look = rl_float4_of_bytes(colour);
    look[3] = look[0] * look[0] + look[1] * look[1] + look[2] * look[2];
    out->weights += shared;
    out->looks[0] += rl_float4_all(shared[0]) * look;
    out->looks[1] += rl_float4_all(shared[1]) * look;
}

/* The chance that pixel (x, y), which lies in a ramp, is of the near surface. */
RL_INLINED float weigh_window(const sides_job *job, int x, int y) {
    const int width = job->guide->width, height = job->guide->height;
    const size_t at = (size_t)y * (size_t)width + (size_t)x;
    const float near_side = job->near_side[at], far_side = job->far_side[at];
    side_sums sides = {{0, 0, 0, 0}, {{0, 0, 0, 0}, {0, 0, 0, 0}}};
    /* The ramp's own width: steep ramps have little to doubt, and look at few pixels. */
    const float rise_x = job->q[at + (x + 1 < width)] - job->q[at - (x > 0)];
    const float rise_y = job->q[at + (y + 1 < height ? (size_t)width : 0)] -
                         job->q[at - (y > 0 ? (size_t)width : 0)];
    const float rise = 0.25F * (rise_x * rise_x + rise_y * rise_y) /
                       ((near_side - far_side) * (near_side - far_side));
    const asking ask = {job->guide->rgbx + 4 * at, near_side, far_side, WIDTH_SHARE * rise};
    for (int dy = -job->reach; dy <= job->reach; dy += job->step) {
        if (y + dy < 0 || y + dy >= height)
            continue;
        for (int dx = -job->reach; dx <= job->reach; dx += job->step) {
            if (x + dx < 0 || x + dx >= width)
                continue;
            const size_t other = at + (size_t)((ptrdiff_t)dy * width + dx);
            add_pixel(job, &ask, other, (float)(dx * dx + dy * dy), &sides);
        }
    }
    const float own_share = share_of(job->q[at], near_side, far_side);
    const rl_float4 seen = sides.weights;
    if (seen[0] <= 0 || seen[1] <= 0)
        return own_share;
    const float trust = tell_apart(&sides);
    const float chance = CHANCE / (trust > 1e-3F ? trust : 1e-3F);
    const float near_like = (seen[3] / seen[1] + chance) * (own_share + LEAST_PRIOR);
    const float far_like = (seen[2] / seen[0] + chance) * (1 - own_share + LEAST_PRIOR);
    return near_like / (near_like + far_like);
}

/* Weigh those pixels of ramps that are of two minds; their first judgement stays for the others. */
RL_EVERY_WIDTH static void weigh_pixels(void *arg, size_t begin, size_t end) {
    const sides_job *job = arg;
    const uint32_t width = (uint32_t)job->guide->width;
    for (size_t k = begin; k < end; k++) {
        const uint32_t at = job->ramp[k];
        const float before = job->share[at];
        if (before < 0 || fabsf(before - 0.5F) < 0.5F - DECIDED)
            job->share[at] = weigh_window(job, (int)(at % width), (int)(at / width));
    }
}

/* Make what was found the q that the next pass begins with. */
static void take_over(void *arg, size_t begin, size_t end) {
    const sides_job *job = arg;
    for (size_t k = begin; k < end; k++) {
        const uint32_t at = job->ramp[k];
        job->q[at] = job->far_side[at] + job->share[at] * (job->near_side[at] - job->far_side[at]);
    }
}

static void list_ramps(sides_job *job) {
    const size_t count = (size_t)job->guide->width * (size_t)job->guide->height;
    for (size_t at = 0; at < count; at++) {
        job->share[at] = -1;
        if (rl_is_edge(job->near_side[at], job->far_side[at]))
            job->ramp[job->ramp_count++] = (uint32_t)at;
    }
}

static relief_status run_passes(relief_ctx *ctx, sides_job *job) {
    const size_t rows = (size_t)job->guide->height;
    const size_t count = rows * (size_t)job->guide->width;
    rl_parallel(ctx, rows, 16, fill_rows, job);
    list_ramps(job);
    for (int pass = 0; pass < PASSES; pass++) {
        if (pass > 0)
            rl_parallel(ctx, job->ramp_count, 1 << 12, take_over, job);
        rl_parallel(ctx, count, 1 << 14, judge_pixels, job);
        rl_parallel_uneven(ctx, job->ramp_count, 1 << 10, weigh_pixels, job);
        relief_status status = rl_check_cancel(ctx);
        if (status)
            return status;
    }
    return RELIEF_OK;
}

static void set_window(sides_job *job) {
    const double scale = (double)job->guide->width / job->coarse->width;
    const int reach = (int)ceil(REACH * scale);
    job->reach = reach < 2 ? 2 : reach > MOST_REACH ? MOST_REACH : reach;
    job->step = (job->reach + MOST_STEPS - 1) / MOST_STEPS;
    job->reach = job->reach / job->step * job->step;
    for (int k = 0; k < WEIGHTS; k++)
        job->weights[k] =
            (float)exp(-(double)(k << WEIGHT_SHIFT) / (2 * COLOUR_SIGMA * COLOUR_SIGMA));
}

relief_status rl_sides_find(relief_ctx *ctx, const rl_guide *guide, const rl_coarse *coarse,
                            const rl_raster *q, rl_sides *out) {
    const size_t count = (size_t)guide->width * (size_t)guide->height;
    sides_job job = {.guide = guide, .coarse = coarse, .map = q};
    rl_tap *taps[2] = {NULL, NULL};
    void *blocks[6] = {NULL};
    relief_status status = rl_taps_new(ctx, guide->width, q->width, &taps[0]);
    if (!status)
        status = rl_taps_new(ctx, guide->width, coarse->width, &taps[1]);
    for (int k = 0; k < 6 && !status; k++)
        status = rl_alloc_in(ctx, count, sizeof(float), &blocks[k]);
    if (!status) {
        job.map_taps = taps[0];
        job.coarse_taps = taps[1];
        job.near_side = blocks[0];
        job.far_side = blocks[1];
        job.q = blocks[2];
        job.sure = blocks[3];
        job.share = blocks[4];
        job.ramp = blocks[5];
        set_window(&job);
        status = run_passes(ctx, &job);
    }
    out->width = guide->width;
    out->height = guide->height;
    out->share = blocks[4];
    for (int k = 0; k < 4; k++)
        rl_free(blocks[k]);
    rl_free(blocks[5]);
    rl_free(taps[0]);
    rl_free(taps[1]);
    return status;
}
