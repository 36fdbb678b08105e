/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/tessellate.h"

#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

static const float SQRT2 = 1.41421356F;

static rl_leaf leaf_at(const rl_tess *tess, int x, int y, int log2) {
    const int side = 1 << log2;
    return (rl_leaf){.x0 = x,
                     .y0 = y,
                     .x1 = x + side < tess->width ? x + side : tess->width,
                     .y1 = y + side < tess->height ? y + side : tess->height};
}

/* Whether a border in or around a leaf is torn. */
static bool has_tear(const rl_tess *tess, const rl_leaf *leaf) {
    const size_t span = (size_t)(leaf->x1 - leaf->x0);
    for (int y = leaf->y0; y < leaf->y1; y++) {
        const uint8_t *row = tess->torn + (size_t)y * (size_t)tess->width + (size_t)leaf->x0;
        uint8_t any = 0;
        for (size_t x = 0; x < span; x++)
            any |= row[x];
        if (any || (leaf->x0 > 0 && (row[-1] & 1u)))
            return true;
    }
    if (leaf->y0 > 0) {
        const uint8_t *row = tess->torn + (size_t)(leaf->y0 - 1) * (size_t)tess->width;
        for (int x = leaf->x0; x < leaf->x1; x++)
            if (row[x] & 2u)
                return true;
    }
    return false;
}

/* Texture shift along an edge of `length` pixels; L |z1 - z2| / (2 (z1 + z2)), which is the same in
 * q. */
static float uv_shift(float length, float q1, float q2) {
    return length * fabsf(q1 - q2) / (2 * (q1 + q2));
}

/* Whether the leaf's own corners carry its texture and its depth well enough. q: at its corners,
 * row by row. */
static bool fits(const rl_tess *tess, const rl_leaf *leaf, const float q[4]) {
    const float width = (float)(leaf->x1 - leaf->x0), height = (float)(leaf->y1 - leaf->y0);
    const float diagonal = (width > height ? width : height) * SQRT2;
    float shift = fmaxf(uv_shift(width, q[0], q[1]), uv_shift(width, q[2], q[3]));
    shift = fmaxf(shift, fmaxf(uv_shift(height, q[0], q[2]), uv_shift(height, q[1], q[3])));
    shift = fmaxf(shift, fmaxf(uv_shift(diagonal, q[0], q[3]), uv_shift(diagonal, q[1], q[2])));
    /* Triangles leave the bilinear patch by up to a quarter of its twist. */
    const float twist = 0.25F * fabsf(q[0] + q[3] - q[1] - q[2]);
    const float farthest = fminf(fminf(q[0], q[1]), fminf(q[2], q[3]));
    const float most = fminf(tess->limits.q_error, tess->limits.depth_error * farthest);
    if (shift > tess->limits.uv_px || twist > most)
        return false;
    const int span = leaf->x1 - leaf->x0;
    for (int y = leaf->y0; y < leaf->y1; y++) {
        const float v = ((float)(y - leaf->y0) + 0.5F) / height;
        const float left = q[0] + (q[2] - q[0]) * v;
        const float step = (q[1] + (q[3] - q[1]) * v - left) / width;
        const float *depth = tess->depth + (size_t)y * (size_t)tess->width + (size_t)leaf->x0;
        float worst = 0;
        for (int x = 0; x < span; x++) {
            float error = fabsf(1 / depth[x] - (left + ((float)x + 0.5F) * step));
            worst = error > worst ? error : worst;
        }
        if (worst + twist > most)
            return false;
    }
    return true;
}

static void mark_corners(const rl_tess *tess, const rl_leaf *leaf) {
    rl_corner_mark(tess, leaf->x0, leaf->y0);
    rl_corner_mark(tess, leaf->x1, leaf->y0);
    rl_corner_mark(tess, leaf->x0, leaf->y1);
    rl_corner_mark(tess, leaf->x1, leaf->y1);
}

static uint8_t *level_at(const rl_tess *tess, int x, int y) {
    return tess->levels + (size_t)(y >> 1) * tess->level_stride + (size_t)(x >> 1);
}

/* Split a cell as far as needed. torn: whether a tear is known to lie in or around it. */
static void split_cell(const rl_tess *tess, int x, int y, int log2) {
    if (x >= tess->width || y >= tess->height)
        return;
    const rl_leaf leaf = leaf_at(tess, x, y, log2);
    if (log2 <= tess->limits.leaf_log2 && !has_tear(tess, &leaf)) {
        const float q[4] = {rl_corner_q_of(tess, leaf.x0, leaf.y0, leaf.x0, leaf.y0),
                            rl_corner_q_of(tess, leaf.x1, leaf.y0, leaf.x1 - 1, leaf.y0),
                            rl_corner_q_of(tess, leaf.x0, leaf.y1, leaf.x0, leaf.y1 - 1),
                            rl_corner_q_of(tess, leaf.x1, leaf.y1, leaf.x1 - 1, leaf.y1 - 1)};
        if (fits(tess, &leaf, q)) {
            *level_at(tess, x, y) = (uint8_t)log2;
            mark_corners(tess, &leaf);
            return;
        }
    }
    if (log2 == 1) {
        *level_at(tess, x, y) = 0;
        for (int j = leaf.y0; j <= leaf.y1; j++)
            for (int i = leaf.x0; i <= leaf.x1; i++)
                rl_corner_mark(tess, i, j);
        return;
    }
    const int half = 1 << (log2 - 1);
    for (int k = 0; k < 4; k++)
        split_cell(tess, x + (k & 1) * half, y + (k >> 1) * half, log2 - 1);
}

typedef struct find_job {
    relief_ctx *ctx;
    rl_tess *tess;
} find_job;

static void find_rows(void *arg, size_t begin, size_t end) {
    const find_job *job = arg;
    const int side = 1 << job->tess->cell_log2;
    for (size_t row = begin; row < end; row++) {
        if (rl_cancelled(job->ctx))
            atomic_store(&job->tess->cancelled, true);
        if (atomic_load(&job->tess->cancelled))
            return;
        for (int x = 0; x < job->tess->width; x += side)
            split_cell(job->tess, x, (int)row * side, job->tess->cell_log2);
    }
}

void rl_leaves_find(relief_ctx *ctx, rl_tess *tess) {
    const size_t corners = tess->words * (size_t)(tess->height + 1);
    for (size_t k = 0; k < corners; k++)
        atomic_init(&tess->used[k], 0);
    find_job job = {.ctx = ctx, .tess = tess};
    const int side = 1 << tess->cell_log2;
    rl_parallel(ctx, (size_t)((tess->height + side - 1) / side), 4, find_rows, &job);
}

static void visit_cell(const rl_tess *tess, int x, int y, int log2, rl_leaf_fn fn, void *arg) {
    if (x >= tess->width || y >= tess->height)
        return;
    if (log2 <= *level_at(tess, x, y) || log2 == 0) {
        const rl_leaf leaf = leaf_at(tess, x, y, log2);
        fn(arg, &leaf);
        return;
    }
    const int half = 1 << (log2 - 1);
    for (int k = 0; k < 4; k++)
        visit_cell(tess, x + (k & 1) * half, y + (k >> 1) * half, log2 - 1, fn, arg);
}

void rl_leaves_visit(const rl_tess *tess, int band, rl_leaf_fn fn, void *arg) {
    const int side = 1 << tess->cell_log2;
    const int first = band * RL_TESS_BAND_CELLS;
    for (int x = 0; x < tess->width; x += side)
        for (int row = first; row < first + RL_TESS_BAND_CELLS; row++)
            visit_cell(tess, x, row * side, tess->cell_log2, fn, arg);
}
