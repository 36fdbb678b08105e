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
enum { MOST_UNLIKE = (WEIGHTS << WEIGHT_SHIFT) - 1 };

typedef struct sides_job {
    const rl_guide *guide;
    const rl_coarse *coarse;
    const rl_raster *map;
    const rl_tap *map_taps, *coarse_taps;
    const uint32_t *colours; /* of the guide, a word for each quadruple */
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
    const int width = job->guide->width;
    const double down = job->guide->down;
    for (size_t y = begin; y < end; y++) {
        const rl_tap row = rl_tap_at((int)y, job->coarse->height / down, job->coarse->height);
        const rl_tap map_row = rl_tap_at((int)y, job->map->height / down, job->map->height);
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

/* Pixels that ask at once: what one of them does vectors do for all. */
enum { LANES = 16 };

/* Where colours are in a word of four bytes. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { RED = 24, GREEN = 16, BLUE = 8 };
#else
enum { RED = 0, GREEN = 8, BLUE = 16 };
#endif

/* Pixels of ramps, each with its colour and its two surfaces, and what their windows say. */
typedef struct asking {
    uint32_t at[LANES];
    int x[LANES], y[LANES];
    int own[3][LANES];
    float near_side[LANES], far_side[LANES];
    float fall[LANES]; /* how fast others count less */
    /* Of the far side and of the near one: weights, those of pixels that look like the asking one,
     * and weighted sums of colours and of their squares. */
    float seen[2][LANES], alike[2][LANES], looks[2][4][LANES];
} asking;

/* Let `count` pixels of the list be those that ask; the last one is asked for all that are missing.
 */
RL_INLINED void begin_asking(const sides_job *job, const uint32_t *list, int count, asking *ask) {
    const int width = job->guide->width, height = job->guide->height;
    *ask = (asking){0};
    for (int l = 0; l < LANES; l++) {
        const size_t at = ask->at[l] = list[l < count ? l : count - 1];
        const int x = ask->x[l] = (int)(at % (size_t)width);
        const int y = ask->y[l] = (int)(at / (size_t)width);
        const float near_side = ask->near_side[l] = job->near_side[at];
        const float far_side = ask->far_side[l] = job->far_side[at];
        for (int k = 0; k < 3; k++)
            ask->own[k][l] = job->guide->rgbx[4 * at + (size_t)k];
        /* The ramp's own width: steep ramps have little to doubt, and look at few pixels. */
        const float rise_x = job->q[at + (x + 1 < width)] - job->q[at - (x > 0)];
        const float rise_y = job->q[at + (y + 1 < height ? (size_t)width : 0)] -
                             job->q[at - (y > 0 ? (size_t)width : 0)];
        const float rise = 0.25F * (rise_x * rise_x + rise_y * rise_y) /
                           ((near_side - far_side) * (near_side - far_side));
        ask->fall[l] = WIDTH_SHARE * rise;
    }
}

/* Add what the pixels say that lie (dx, dy) beside those that ask. The compiler makes vectors of
 * this only while it has neither small arrays nor truth values of one byte. */
RL_INLINED void ask_pixels(const sides_job *job, int dx, int dy, asking *ask) {
    const int width = job->guide->width, height = job->guide->height;
    const int offset = dy * width + dx;
    const float square = (float)(dx * dx + dy * dy);
    const uint32_t *colours = job->colours;
    const float *q = job->q, *sures = job->sure, *alikes = job->weights;
#pragma omp simd
    for (int l = 0; l < LANES; l++) {
        const int u = ask->x[l] + dx, v = ask->y[l] + dy;
        const int inside = (u >= 0) & (u < width) & (v >= 0) & (v < height);
        const int other = (int)ask->at[l] + (inside ? offset : 0);
        const uint32_t colour = colours[other];
        const int red = (int)(colour >> RED & 255), green = (int)(colour >> GREEN & 255),
                  blue = (int)(colour >> BLUE & 255);
        const int r = red - ask->own[0][l], g = green - ask->own[1][l], b = blue - ask->own[2][l];
        const int unlike = r * r + g * g + b * b;
        const float alike = alikes[(unlike < MOST_UNLIKE ? unlike : MOST_UNLIKE) >> WEIGHT_SHIFT];
        /* How near by the pixel is, and its share of the near surface. */
        const float far_off = 1 + ask->fall[l] * square;
        const float weight = sures[other] * (1 / (far_off * far_off)) * (float)inside;
        const float above = (q[other] - ask->far_side[l]) / (ask->near_side[l] - ask->far_side[l]);
        const float positive = above < 0 ? 0 : above;
        const float share = positive > 1 ? 1 : positive;
        const float of_far = weight * (1 - share), of_near = weight * share;
        const float like = weight * alike;
        const float fr = (float)red, fg = (float)green, fb = (float)blue;
        const float squares = fr * fr + fg * fg + fb * fb;
        ask->seen[0][l] += of_far;
        ask->seen[1][l] += of_near;
        ask->alike[0][l] += like * (1 - share);
        ask->alike[1][l] += like * share;
        ask->looks[0][0][l] += of_far * fr;
        ask->looks[0][1][l] += of_far * fg;
        ask->looks[0][2][l] += of_far * fb;
        ask->looks[0][3][l] += of_far * squares;
        ask->looks[1][0][l] += of_near * fr;
        ask->looks[1][1][l] += of_near * fg;
        ask->looks[1][2][l] += of_near * fb;
        ask->looks[1][3][l] += of_near * squares;
    }
}

/* How well colours tell the two sides apart, 0 to 1: the distance of their means in units of their
 * spread (Fisher's criterion). Without this the texture of one surface would be cut along. */
RL_INLINED float tell_apart(const asking *ask, int l) {
    float apart = 0, spread = 0, mean[2][4];
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < 4; k++)
            mean[side][k] = ask->looks[side][k][l] / ask->seen[side][l];
    spread = mean[0][3] + mean[1][3];
    for (int k = 0; k < 3; k++) {
        const float a = mean[0][k], b = mean[1][k];
        apart += (a - b) * (a - b);
        spread -= a * a + b * b;
    }
    const float ratio = apart / (spread + NOISE);
    const float t = (ratio - APART[0]) / (APART[1] - APART[0]);
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

/* The chance that an asking pixel is of the near surface. */
RL_INLINED float judge(const sides_job *job, const asking *ask, int l) {
    const float own_share = share_of(job->q[ask->at[l]], ask->near_side[l], ask->far_side[l]);
    const float far_seen = ask->seen[0][l], near_seen = ask->seen[1][l];
    if (far_seen <= 0 || near_seen <= 0)
        return own_share;
    const float trust = tell_apart(ask, l);
    const float chance = CHANCE / (trust > 1e-3F ? trust : 1e-3F);
    const float near_like = (ask->alike[1][l] / near_seen + chance) * (own_share + LEAST_PRIOR);
    const float far_like = (ask->alike[0][l] / far_seen + chance) * (1 - own_share + LEAST_PRIOR);
    return near_like / (near_like + far_like);
}

/* Weigh up to LANES pixels of ramps by the pixels around them. */
RL_EVERY_WIDTH static void weigh_windows(const sides_job *job, const uint32_t *list, int count) {
    asking ask;
    begin_asking(job, list, count, &ask);
    for (int dy = -job->reach; dy <= job->reach; dy += job->step)
        for (int dx = -job->reach; dx <= job->reach; dx += job->step)
            ask_pixels(job, dx, dy, &ask);
    for (int l = 0; l < count; l++)
        job->share[list[l]] = judge(job, &ask, l);
}

/* Weigh those pixels of ramps that are of two minds; their first judgement stays for the others. */
static void weigh_pixels(void *arg, size_t begin, size_t end) {
    const sides_job *job = arg;
    uint32_t list[LANES];
    int count = 0;
    for (size_t k = begin; k < end; k++) {
        const uint32_t at = job->ramp[k];
        const float before = job->share[at];
        if (before < 0 || fabsf(before - 0.5F) < 0.5F - DECIDED)
            list[count++] = at;
        if (count == LANES || (count && k + 1 == end)) {
            weigh_windows(job, list, count);
            count = 0;
        }
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
    job.colours = (const void *)guide->rgbx; /* of an allocation */
    rl_tap *taps[2] = {NULL, NULL};
    void *blocks[6] = {NULL};
    relief_status status =
        rl_taps_new(ctx, guide->width, q->width / guide->across, q->width, &taps[0]);
    if (!status)
        status =
            rl_taps_new(ctx, guide->width, coarse->width / guide->across, coarse->width, &taps[1]);
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
    out->across = guide->across;
    out->down = guide->down;
    out->share = blocks[4];
    for (int k = 0; k < 4; k++)
        rl_free(blocks[k]);
    rl_free(blocks[5]);
    rl_free(taps[0]);
    rl_free(taps[1]);
    return status;
}
