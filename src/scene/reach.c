/* SPDX-License-Identifier: Apache-2.0 */
/* How far a surface behind a silhouette must go on.
 *
 * When the camera moves by the whole travel, a pixel with q moves by parallax * q. What is near
 * uncovers the far side of its silhouette by parallax * (near q - far q); so a cell d cells away
 * from a silhouette, on the near side, hides something that can come to light when
 *     far q + d / parallax < its own q.
 * The left side is the lower envelope of cones that stand on the silhouettes; two sweeps over the
 * picture and back find it for every cell, and with it the far q that each cell continues. */
#include "scene/layers.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "base/widths.h"

#include <math.h>
#include <string.h>

/* Sweeps there and back: cones bend around obstacles, which one sweep does not follow. */
enum { SWEEPS = 2 };
/* Cells that the layer has over what is needed, on all sides: under the far side, where front and
 * back meet, and under the near side. */
enum { MARGIN = RL_BACK_MARGIN, SMOOTHINGS = 8 };
static const float DIAGONAL = 1.41421356F;
/* A way of straight and diagonal steps is up to 8 % longer than the straight line. */
static const float DIAGONAL_BEND = 0.92F;
/* The back stays behind the front by this share of q. */
static const float BEHIND = 0.004F;
/* A front cell up to this share of q nearer than the back is the surface that the back continues.
 */
static const float SAME = 0.06F;

typedef struct cone_job {
    rl_cells *cells;
    float *height; /* of the envelope */
    float step;    /* a cell's worth of q */
    /* Of every cell of a row: the lowest cone that comes from the row before, and its q. */
    float *before, *before_q;
} cone_job;

/* The lowest of the cones of three cells of row `from`, straight ahead first; not for the cells at
 * the ends. way: to the next cell of a sweep. */
RL_EVERY_WIDTH static void look_before(const cone_job *job, int from, ptrdiff_t way) {
    const int width = job->cells->width;
    const float *height = job->height + (size_t)from * (size_t)width;
    const float *q = job->cells->back_q + (size_t)from * (size_t)width;
    const float *first = height - way, *last = height + way;
    const float *first_q = q - way, *last_q = q + way;
    const float step = job->step, diagonal = DIAGONAL * step;
    float *to = job->before, *to_q = job->before_q;
    RL_INDEPENDENT
    for (int x = 1; x < width - 1; x++) {
        float least = height[x] + step, own = q[x];
        const float a = first[x] + diagonal, b = last[x] + diagonal;
        own = a < least ? first_q[x] : own;
        least = a < least ? a : least;
        own = b < least ? last_q[x] : own;
        least = b < least ? b : least;
        to[x] = least;
        to_q[x] = own;
    }
}

/* What comes from row `from`, if that is one. Cells at the ends have two neighbours there. */
static void find_before(const cone_job *job, int from, ptrdiff_t way) {
    const int width = job->cells->width, height = job->cells->height;
    if (from < 0 || from >= height) {
        for (int x = 0; x < width; x++)
            job->before[x] = INFINITY;
        return;
    }
    const float *row = job->height + (size_t)from * (size_t)width;
    const float *q = job->cells->back_q + (size_t)from * (size_t)width;
    look_before(job, from, way);
    const int step = width > 1 ? width - 1 : 1; /* to the other end */
    for (int x = 0; x < width; x += step) {
        const int inwards = x > 0 ? x - 1 : width > 1 ? 1 : 0;
        const float ahead = row[x] + job->step, aside = row[inwards] + DIAGONAL * job->step;
        const bool is_aside = inwards != x && aside < ahead;
        job->before[x] = is_aside ? aside : ahead;
        job->before_q[x] = is_aside ? q[inwards] : q[x];
    }
}

/* Take over what is lower: the cell before in the row first, then what comes from the row before.
 */
static void sweep_row(const cone_job *job, int y, int first, int way) {
    const rl_cells *cells = job->cells;
    const size_t row = (size_t)y * (size_t)cells->width;
    float *height = job->height + row, *back_q = cells->back_q + row;
    float latest = INFINITY, latest_q = 0;
    for (int x = first; x >= 0 && x < cells->width; x += way) {
        float least = height[x], q = back_q[x];
        /* Silhouettes and the frame stand for themselves; nothing goes on across them. */
        if (!(cells->state[row + (size_t)x] & (RL_CELL_EDGE | RL_CELL_FRAME))) {
            const float beside = latest + job->step;
            q = beside < least ? latest_q : q;
            least = beside < least ? beside : least;
            q = job->before[x] < least ? job->before_q[x] : q;
            least = job->before[x] < least ? job->before[x] : least;
            height[x] = least;
            back_q[x] = q;
        }
        latest = least;
        latest_q = q;
    }
}

static void sweep(const cone_job *job, bool forth) {
    const int width = job->cells->width, height = job->cells->height, way = forth ? 1 : -1;
    for (int k = 0; k < height; k++) {
        const int y = forth ? k : height - 1 - k;
        find_before(job, y - way, way);
        sweep_row(job, y, forth ? 0 : width - 1, way);
    }
}

/* Mark what the travel brings to light. */
static void mark_rows(void *arg, size_t begin, size_t end) {
    const cone_job *job = arg;
    rl_cells *cells = job->cells;
    for (size_t at = begin * (size_t)cells->width; at < end * (size_t)cells->width; at++) {
        if (cells->state[at] & RL_CELL_FRAME)
            continue;
        if ((cells->state[at] & RL_CELL_EDGE) || job->height[at] < cells->near_q[at])
            cells->state[at] |= RL_CELL_HOLE | RL_CELL_VALID;
    }
}

/* Give the layer MARGIN cells more on all sides. */
static relief_status grow(relief_ctx *ctx, rl_cells *cells) {
    const size_t width = (size_t)cells->width, height = (size_t)cells->height;
    void *block;
    relief_status status = rl_alloc_in(ctx, width, height, &block);
    if (status)
        return status;
    uint8_t *before = block;
    for (int pass = 0; pass < MARGIN; pass++) {
        memcpy(before, cells->state, width * height);
        for (size_t y = 0; y < height; y++) {
            for (size_t x = 0; x < width; x++) {
                const size_t at = y * width + x;
                unsigned around = x > 0 ? before[at - 1] : 0U;
                around |= x + 1 < width ? before[at + 1] : 0U;
                around |= y > 0 ? before[at - width] : 0U;
                around |= y + 1 < height ? before[at + width] : 0U;
                cells->state[at] |= (uint8_t)(around & RL_CELL_VALID);
            }
        }
    }
    rl_free(block);
    return RELIEF_OK;
}

typedef struct smooth_job {
    const rl_cells *cells;
    const float *from;
    float *to;
} smooth_job;

/* Whether the front at a cell is the surface that the back continues there. */
static inline bool is_far_side(const rl_cells *cells, size_t at) {
    return !(cells->state[at] & RL_CELL_HOLE) &&
           cells->near_q[at] <= (1 + SAME) * cells->back_q[at];
}

/* A sweep of Laplace's equation: fixed where the far side is seen, free towards the near side. */
static void smooth_rows(void *arg, size_t begin, size_t end) {
    const smooth_job *job = arg;
    const rl_cells *cells = job->cells;
    const size_t width = (size_t)cells->width, height = (size_t)cells->height;
    for (size_t y = begin; y < end; y++) {
        for (size_t x = 0; x < width; x++) {
            const size_t at = y * width + x;
            job->to[at] = job->from[at];
            if (!(cells->state[at] & RL_CELL_HOLE) || !isfinite(job->from[at]))
                continue;
            float sum = job->from[at], count = 1;
            const size_t around[4] = {x > 0 ? at - 1 : at, x + 1 < width ? at + 1 : at,
                                      y > 0 ? at - width : at, y + 1 < height ? at + width : at};
            for (int k = 0; k < 4; k++) {
                const size_t other = around[k];
                const bool hole = cells->state[other] & RL_CELL_HOLE;
                const float q = hole ? job->from[other] : cells->far_q[other];
                /* Another surface's back is not this one's. */
                if ((hole || is_far_side(cells, other)) && fabsf(q - job->from[at]) < 0.25F * q) {
                    sum += q;
                    count++;
                }
            }
            job->to[at] = sum / count;
        }
    }
}

static relief_status smooth(relief_ctx *ctx, rl_cells *cells) {
    const size_t count = (size_t)cells->width * (size_t)cells->height;
    void *block;
    relief_status status = rl_alloc_in(ctx, count, sizeof(float), &block);
    if (status)
        return status;
    float *buffers[2] = {cells->back_q, block};
    for (int k = 0; k < SMOOTHINGS; k++) {
        smooth_job job = {.cells = cells, .from = buffers[k & 1], .to = buffers[(k + 1) & 1]};
        rl_parallel(ctx, (size_t)cells->height, 16, smooth_rows, &job);
    }
    rl_free(block); /* an even number of sweeps ends in the cells' own */
    return rl_check_cancel(ctx);
}

/* The layer's last say: where it is not needed, or goes on from the frame, it lies close behind the
 * front, and it is nowhere before it. */
static void settle_rows(void *arg, size_t begin, size_t end) {
    rl_cells *cells = arg;
    for (size_t at = begin * (size_t)cells->width; at < end * (size_t)cells->width; at++) {
        const float most = (1 - BEHIND) * cells->far_q[at];
        if (cells->state[at] & RL_CELL_FRAME)
            continue;
        if (!(cells->state[at] & RL_CELL_HOLE) &&
            (is_far_side(cells, at) || rl_cells_beside_frame(cells, at)))
            cells->back_q[at] = most;
        cells->back_q[at] = cells->back_q[at] < most ? cells->back_q[at] : most;
    }
}

relief_status rl_cells_reach(relief_ctx *ctx, rl_cells *cells) {
    const size_t rows = (size_t)cells->height, count = rows * (size_t)cells->width;
    void *block;
    relief_status status =
        rl_alloc_in(ctx, count + 2 * (size_t)cells->width, sizeof(float), &block);
    if (status)
        return status;
    cone_job job = {.cells = cells, .height = block, .step = DIAGONAL_BEND / cells->parallax};
    job.before = job.height + count;
    job.before_q = job.before + cells->width;
    for (size_t at = 0; at < count; at++)
        job.height[at] = cells->state[at] & RL_CELL_EDGE ? cells->back_q[at] : INFINITY;
    for (int k = 0; k < SWEEPS; k++) {
        sweep(&job, true);
        sweep(&job, false);
    }
    rl_parallel(ctx, rows, 16, mark_rows, &job);
    rl_free(block);
    status = smooth(ctx, cells);
    if (!status)
        status = grow(ctx, cells);
    if (!status)
        rl_parallel(ctx, rows, 16, settle_rows, cells);
    return status;
}
