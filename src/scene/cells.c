/* SPDX-License-Identifier: Apache-2.0 */
/* The front seen in cells, and the frame around it. */
#include "scene/layers.h"

#include "base/memory.h"
#include "base/threads.h"

#include <math.h>

/* Cells that the frame has over what the travel needs, and most of it as a share of a side. */
static const double FRAME_MORE = 2;
static const double FRAME_MOST = 0.25;

typedef struct cells_job {
    const relief_scene *scene;
    const float *q;
    rl_cells *cells;
} cells_job;

/* First photo pixel of a cell's row or column, counted from the photo's own. The last cell may be
 * cut by the border. */
static int first_pixel(int cell, double cell_px, int pixels) {
    const int first = (int)(cell * cell_px + 1e-6);
    return first < pixels ? first : pixels;
}

static void note_step(const cells_job *job, size_t cell, size_t at, size_t other) {
    const float far_q = job->q[at] < job->q[other] ? job->q[at] : job->q[other];
    job->cells->state[cell] |= RL_CELL_EDGE;
    job->cells->back_q[cell] = fminf(job->cells->back_q[cell], far_q);
}

/* Look at the pixels of one cell, and at the borders that lead out of it on all sides. */
static void look_at_cell(const cells_job *job, int x, int y) {
    const rl_cells *cells = job->cells;
    const int width = job->scene->info.camera.width, height = job->scene->info.camera.height;
    const int x0 = first_pixel(x, cells->cell_px, width);
    const int x1 = first_pixel(x + 1, cells->cell_px, width);
    const int y0 = first_pixel(y, cells->cell_px, height);
    const int y1 = first_pixel(y + 1, cells->cell_px, height);
    const size_t cell = (size_t)(y + cells->top) * (size_t)cells->width + (size_t)(x + cells->left);
    const uint8_t *torn = job->scene->torn;
    float low = INFINITY, high = 0;
    for (int v = y0; v < y1; v++) {
        const size_t row = (size_t)v * (size_t)width;
        if (x0 > 0 && (torn[row + (size_t)x0 - 1] & RL_TORN_RIGHT))
            note_step(job, cell, row + (size_t)x0 - 1, row + (size_t)x0);
        for (int u = x0; u < x1; u++) {
            const size_t at = row + (size_t)u;
            low = job->q[at] < low ? job->q[at] : low;
            high = job->q[at] > high ? job->q[at] : high;
            if (torn[at] & RL_TORN_RIGHT)
                note_step(job, cell, at, at + 1);
            if (torn[at] & RL_TORN_DOWN)
                note_step(job, cell, at, at + (size_t)width);
        }
    }
    for (int u = x0; y0 > 0 && u < x1; u++) {
        const size_t at = (size_t)(y0 - 1) * (size_t)width + (size_t)u;
        if (torn[at] & RL_TORN_DOWN)
            note_step(job, cell, at, at + (size_t)width);
    }
    cells->near_q[cell] = high;
    cells->far_q[cell] = low;
}

static void look_at_rows(void *arg, size_t begin, size_t end) {
    const cells_job *job = arg;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < job->cells->photo_width; x++)
            look_at_cell(job, x, (int)y);
}

/* How far a cell lies outside the photo, in cells; 0 inside. */
static int outside(const rl_cells *cells, int x, int y) {
    const int right = x - (cells->left + cells->photo_width - 1);
    const int below = y - (cells->top + cells->photo_height - 1);
    const int dx = cells->left - x > right ? cells->left - x : right;
    const int dy = cells->top - y > below ? cells->top - y : below;
    const int most = dx > dy ? dx : dy;
    return most > 0 ? most : 0;
}

/* A cell outside the photo continues those further in, which it takes the mean of: things fade into
 * each other, the further out the more. */
static void extend_cell(rl_cells *cells, int x, int y, int ring) {
    const int left = cells->left - ring + 1, right = cells->left + cells->photo_width + ring - 2;
    const int top = cells->top - ring + 1, bottom = cells->top + cells->photo_height + ring - 2;
    const size_t at = (size_t)y * (size_t)cells->width + (size_t)x;
    float near_sum = 0, far_sum = 0;
    for (int k = -1; k <= 1; k++) {
        const bool above = y < top || y > bottom;
        int u = x + (above ? k : 0), v = y + (above ? 0 : k);
        u = u < left ? left : u > right ? right : u;
        v = v < top ? top : v > bottom ? bottom : v;
        u = u < 0 ? 0 : u >= cells->width ? cells->width - 1 : u;
        v = v < 0 ? 0 : v >= cells->height ? cells->height - 1 : v;
        near_sum += cells->near_q[(size_t)v * (size_t)cells->width + (size_t)u];
        far_sum += cells->far_q[(size_t)v * (size_t)cells->width + (size_t)u];
    }
    cells->near_q[at] = near_sum / 3;
    cells->far_q[at] = cells->back_q[at] = far_sum / 3;
    cells->state[at] = RL_CELL_FRAME | RL_CELL_HOLE | RL_CELL_VALID;
}

/* Fill the frame ring by ring. */
static void extend(rl_cells *cells) {
    const int rings = outside(cells, 0, 0) > outside(cells, cells->width - 1, cells->height - 1)
                          ? outside(cells, 0, 0)
                          : outside(cells, cells->width - 1, cells->height - 1);
    for (int ring = 1; ring <= rings; ring++) {
        const int left = cells->left - ring, right = cells->left + cells->photo_width + ring - 1;
        const int top = cells->top - ring, bottom = cells->top + cells->photo_height + ring - 1;
        for (int y = top < 0 ? 0 : top; y <= bottom && y < cells->height; y++) {
            const bool across = y == top || y == bottom;
            for (int x = left; x <= right; x += across || x == right ? 1 : right - left)
                if (x >= 0 && x < cells->width)
                    extend_cell(cells, x, y, ring);
        }
    }
}

/* Cells that a border of the photo moves by at the largest travel: travel times focal length over
 * the nearest depth there. */
static int frame_cells(const relief_scene *scene, const float *q, size_t count, size_t stride,
                       float cell_parallax) {
    const int side = scene->info.camera.width > scene->info.camera.height
                         ? scene->info.camera.width
                         : scene->info.camera.height;
    float nearest = 0;
    for (size_t k = 0; k < count; k++)
        nearest = q[k * stride] > nearest ? q[k * stride] : nearest;
    const double most = FRAME_MOST * side * cell_parallax /
                        (scene->info.camera.focal_px * scene->travel * scene->info.near_depth);
    return (int)ceil(fmin(nearest * (double)cell_parallax, most) + FRAME_MORE);
}

static void lay_out(const relief_scene *scene, const rl_guide *guide, const float *q,
                    rl_cells *out) {
    const size_t width = (size_t)scene->info.camera.width;
    const size_t height = (size_t)scene->info.camera.height;
    out->photo_width = guide->width;
    out->photo_height = guide->height;
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(scene->photo, &info);
    out->cell_px = (double)guide->factor * scene->info.camera.width / info.raster_width;
    out->parallax = (float)(scene->info.camera.focal_px * scene->travel * scene->info.near_depth /
                            out->cell_px);
    out->left = frame_cells(scene, q, height, width, out->parallax);
    out->top = frame_cells(scene, q, width, 1, out->parallax);
    out->width =
        out->left + guide->width + frame_cells(scene, q + width - 1, height, width, out->parallax);
    out->height = out->top + guide->height +
                  frame_cells(scene, q + (height - 1) * width, width, 1, out->parallax);
}

relief_status rl_cells_make(relief_ctx *ctx, const relief_scene *scene, const rl_guide *guide,
                            const float *q, rl_cells *out) {
    lay_out(scene, guide, q, out);
    const size_t count = (size_t)out->width * (size_t)out->height;
    void *blocks[4] = {NULL};
    relief_status status = rl_calloc_in(ctx, count, 1, &blocks[3]);
    for (int k = 0; k < 3 && !status; k++)
        status = rl_alloc_in(ctx, count, sizeof(float), &blocks[k]);
    out->near_q = blocks[0];
    out->far_q = blocks[1];
    out->back_q = blocks[2];
    out->state = blocks[3];
    if (status)
        return status;
    for (size_t at = 0; at < count; at++)
        out->back_q[at] = INFINITY;
    cells_job job = {.scene = scene, .q = q, .cells = out};
    rl_parallel(ctx, (size_t)out->photo_height, 16, look_at_rows, &job);
    extend(out);
    return RELIEF_OK;
}

void rl_cells_clear(rl_cells *cells) {
    rl_free(cells->near_q);
    rl_free(cells->far_q);
    rl_free(cells->back_q);
    rl_free(cells->state);
    *cells = (rl_cells){0};
}
