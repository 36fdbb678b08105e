/* SPDX-License-Identifier: Apache-2.0 */
/* One line between two sides.
 *
 * Colours judge pixel by pixel, so where they are of two minds the border between near and far
 * comes out like the teeth of a comb. Here every pixel's share is drawn to those of its neighbours,
 * the more the less their colours differ: the minimum of
 *     sum of w (s - s')^2 over neighbours, plus sum of g (s - what colours said)^2,
 * whose half-way level is a smooth line that keeps to the photo's edges. (A random walker with
 * priors, Grady 2005.) Found by successive over-relaxation on a chequerboard, whose order does not
 * depend on the number of threads. */
#include "scene/sharpen.h"

#include "base/memory.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

/* How far smoothing reaches where colours are the same, as a share of the ramp's length. */
static const float REACH = 0.25F;
/* Colours that differ by this hold neighbours apart to 1 / sqrt(e), and what is left at most. */
static const double COLOUR_SIGMA = 12;
static const float LEAST_TIE = 0.02F;
static const float OVER_RELAXATION = 1.5F;
/* Other ramps stay as colours said. */
static const float NOT_WIDE = 1e3F;
enum { SWEEPS = 12, WEIGHTS = 512, WEIGHT_SHIFT = 2 };

typedef struct smooth_job {
    const rl_guide *guide;
    float ties[WEIGHTS]; /* by summed squares of the colours' difference >> WEIGHT_SHIFT */
    float *hold;         /* g */
    const rl_coarse *coarse;
    float *share; /* below 0 away from ramps */
    const float *said;
    float *right, *down; /* ties to the neighbours there; 0 where one of the two is no ramp's */
    int parity;
} smooth_job;

static float tie(const smooth_job *job, size_t a, size_t b) {
    if (job->share[a] < 0 || job->share[b] < 0)
        return 0;
    const uint8_t *p = job->guide->rgbx + 4 * a, *q = job->guide->rgbx + 4 * b;
    const int r = p[0] - q[0], g = p[1] - q[1], c = p[2] - q[2];
    const int bin = (r * r + g * g + c * c) >> WEIGHT_SHIFT;
    return job->ties[bin < WEIGHTS ? bin : WEIGHTS - 1];
}

static void tie_rows(void *arg, size_t begin, size_t end) {
    const smooth_job *job = arg;
    const size_t width = (size_t)job->guide->width, height = (size_t)job->guide->height;
    const float scale = REACH * (float)width / (float)job->coarse->width;
    for (size_t y = begin; y < end; y++) {
        const size_t row = y * (size_t)job->coarse->height / height;
        for (size_t x = 0; x < width; x++) {
            const size_t at = y * width + x;
            const float reach = scale * job->coarse->length[row * (size_t)job->coarse->width +
                                                            x * (size_t)job->coarse->width / width];
            job->hold[at] = reach > 0 ? 1 / (reach * reach) : NOT_WIDE;
            job->right[at] = x + 1 < width ? tie(job, at, at + 1) : 0;
            job->down[at] = y + 1 < height ? tie(job, at, at + width) : 0;
        }
    }
}

/* What a pixel's neighbours and what was said of it agree on. Ties are 0 across the raster's sides
 * and to what is in no ramp. */
static inline float agreed(const smooth_job *job, size_t at, size_t x, size_t y) {
    const size_t width = (size_t)job->guide->width;
    const float *share = job->share, *right = job->right, *down = job->down;
    float sum = job->hold[at] * job->said[at], ties = job->hold[at] + right[at] + down[at];
    if (right[at] > 0)
        sum += right[at] * share[at + 1];
    if (down[at] > 0)
        sum += down[at] * share[at + width];
    if (x > 0) {
        sum += right[at - 1] * share[at - 1];
        ties += right[at - 1];
    }
    if (y > 0) {
        sum += down[at - width] * share[at - width];
        ties += down[at - width];
    }
    return sum / ties;
}

/* Relax the pixels of one colour of the board; their neighbours are of the other. */
static void relax_rows(void *arg, size_t begin, size_t end) {
    const smooth_job *job = arg;
    const size_t width = (size_t)job->guide->width;
    for (size_t y = begin; y < end; y++) {
        for (size_t x = (y + (size_t)job->parity) & 1; x < width; x += 2) {
            const size_t at = y * width + x;
            if (job->share[at] < 0 || job->hold[at] >= NOT_WIDE)
                continue;
            const float step = agreed(job, at, x, y) - job->share[at];
            const float to = job->share[at] + OVER_RELAXATION * step;
            job->share[at] = to < 0 ? 0 : to > 1 ? 1 : to;
        }
    }
}

relief_status rl_sides_smooth(relief_ctx *ctx, const rl_guide *guide, const rl_coarse *coarse,
                              rl_sides *sides) {
    const size_t rows = (size_t)guide->height, count = rows * (size_t)guide->width;
    smooth_job job = {.guide = guide, .coarse = coarse, .share = sides->share};
    void *blocks[4] = {NULL};
    relief_status status = RELIEF_OK;
    for (int k = 0; k < 4 && !status; k++)
        status = rl_alloc_in(ctx, count, sizeof(float), &blocks[k]);
    if (!status) {
        memcpy(blocks[0], sides->share, count * sizeof(float));
        for (int k = 0; k < WEIGHTS; k++)
            job.ties[k] =
                fmaxf((float)exp(-(double)(k << WEIGHT_SHIFT) / (2 * COLOUR_SIGMA * COLOUR_SIGMA)),
                      LEAST_TIE);
        job.said = blocks[0];
        job.right = blocks[1];
        job.down = blocks[2];
        job.hold = blocks[3];
        rl_parallel(ctx, rows, 16, tie_rows, &job);
        for (int k = 0; k < 2 * SWEEPS; k++) {
            job.parity = k & 1;
            rl_parallel(ctx, rows, 16, relax_rows, &job);
        }
    }
    for (int k = 0; k < 4; k++)
        rl_free(blocks[k]);
    return status;
}
