/* SPDX-License-Identifier: Apache-2.0 */
/* The back layer, step by step: where it is needed, how far away it lies, what it looks like. */
#include "scene/inpaint.h"

#include "base/memory.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

/* How far from the photo's border its colours say how the frame goes on, in cells. */
enum { FRAME_CONTEXT = 2 * RL_PATCH_SIDE };

/* Whether the frame goes on from photo cell (x, y), so that its colours tell how: near the border
 * all do but those beside what a silhouette uncovers, which belong to the nearer thing. */
static bool leads_to_frame(const rl_cells *cells, int x, int y) {
    const int gx = x - cells->left, gy = y - cells->top;
    const int right = cells->photo_width - 1 - gx, below = cells->photo_height - 1 - gy;
    if (gx < 0 || gy < 0 || right < 0 || below < 0 ||
        (gx >= FRAME_CONTEXT && gy >= FRAME_CONTEXT && right >= FRAME_CONTEXT &&
         below >= FRAME_CONTEXT))
        return false;
    for (int dy = -RL_PATCH_RADIUS; dy <= RL_PATCH_RADIUS; dy++) {
        for (int dx = -RL_PATCH_RADIUS; dx <= RL_PATCH_RADIUS; dx++) {
            const int ox = x + dx, oy = y + dy;
            if (ox < 0 || oy < 0 || ox >= cells->width || oy >= cells->height)
                continue;
            const int state = cells->state[(size_t)oy * (size_t)cells->width + (size_t)ox];
            if ((state & RL_CELL_HOLE) && !(state & RL_CELL_FRAME))
                return false;
        }
    }
    return true;
}

typedef struct level_job {
    const rl_cells *cells;
    const rl_guide *guide;
    rl_level *level;
    float *near_q; /* of the photo's pixels, INFINITY in the frame; for the search of sources */
} level_job;

/* One pixel of the finest level of the pyramid from its cell and the photo's colour. */
static void fill_pixel(const level_job *job, int x, int y) {
    const rl_cells *cells = job->cells;
    rl_level *level = job->level;
    const size_t at = (size_t)y * (size_t)cells->width + (size_t)x;
    const int state = cells->state[at];
    const bool hole = state & RL_CELL_HOLE, frame = state & RL_CELL_FRAME;
    const int gx = x - cells->left, gy = y - cells->top;
    job->near_q[at] = frame ? INFINITY : cells->near_q[at];
    const bool shown = !frame && cells->near_q[at] <= (1 + RL_SAME_SURFACE) * cells->back_q[at];
    const bool near = !hole && !shown && leads_to_frame(cells, x, y);
    level->part[at] = near || rl_cells_beside_frame(cells, at) ? RL_PART_NEAR : 0;
    if (hole)
        level->part[at] = frame ? RL_PART_FRAME : RL_PART_HIDDEN;
    if (state & RL_CELL_REFLECTS)
        level->part[at] |= RL_PART_REFLECTS;
    if (hole || shown || near)
        level->usable[at] = RL_USABLE;
    level->back_q[at] = isfinite(cells->back_q[at]) ? cells->back_q[at] : cells->far_q[at];
    const int u = rl_reflect(gx, job->guide->width), v = rl_reflect(gy, job->guide->height);
    const uint8_t *colour =
        job->guide->rgbx + 4 * ((size_t)v * (size_t)job->guide->width + (size_t)u);
    memcpy(level->source + 4 * at, colour, 4);
    memcpy(level->canvas + 4 * at, colour, 4);
}

static void fill_rows(void *arg, size_t begin, size_t end) {
    const level_job *job = arg;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < job->cells->width; x++)
            fill_pixel(job, x, (int)y);
}

/* Colour the layer. */
static relief_status colour(relief_ctx *ctx, const relief_scene *scene, const rl_cells *cells,
                            const rl_guide *guide, rl_pixels *out) {
    rl_level level = {.width = cells->width,
                      .height = cells->height,
                      .left = cells->left,
                      .top = cells->top,
                      .photo_width = cells->photo_width,
                      .photo_height = cells->photo_height};
    void *near_q = NULL;
    relief_status status = rl_level_allocate(ctx, &level);
    if (!status)
        status =
            rl_alloc_in(ctx, (size_t)level.width * (size_t)level.height, sizeof(float), &near_q);
    if (!status) {
        level_job job = {cells, guide, &level, near_q};
        rl_parallel_uneven(ctx, (size_t)level.height, 16, fill_rows, &job);
        status = rl_level_find_nearest(ctx, near_q, &level);
    }
    if (!status)
        status = rl_inpaint(ctx, &level);
    if (!status)
        status = rl_inpaint_full(ctx, scene->photo, cells, &level, guide->factor, out);
    rl_free(near_q);
    rl_level_clear(&level);
    return status;
}

/* Hand the cells' arrays over to the layer. */
static void take_cells(rl_cells *cells, rl_back *back) {
    back->width = cells->width;
    back->height = cells->height;
    back->left = cells->left;
    back->top = cells->top;
    back->cell_px = cells->cell_px;
    back->q = cells->back_q;
    back->valid = cells->state;
    cells->back_q = NULL;
    cells->state = NULL;
    const size_t count = (size_t)back->width * (size_t)back->height;
    for (size_t at = 0; at < count; at++)
        back->valid[at] = (back->valid[at] & RL_CELL_VALID) != 0;
}

relief_status rl_back_make(relief_ctx *ctx, const relief_scene *scene, const float *q,
                           rl_back **out) {
    *out = NULL;
    rl_guide guide = {0};
    rl_cells cells = {0};
    void *block;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_back), &block);
    if (status)
        return status;
    rl_back *back = block;
    status = rl_guide_make(ctx, scene->photo, &guide);
    if (!status)
        status = rl_cells_make(ctx, scene, &guide, q, &cells);
    if (!status)
        status = rl_cells_reach(ctx, &cells);
    if (!status)
        status = colour(ctx, scene, &cells, &guide, &back->colour);
    if (!status)
        take_cells(&cells, back);
    rl_guide_clear(&guide);
    rl_cells_clear(&cells);
    if (status) {
        rl_back_free(back);
        return status;
    }
    *out = back;
    return RELIEF_OK;
}

void rl_back_free(rl_back *back) {
    if (!back)
        return;
    rl_free(back->q);
    rl_free(back->valid);
    rl_free(back->colour.data);
    rl_free(back);
}
