/* SPDX-License-Identifier: Apache-2.0 */
/* The front seen in cells, and the frame around it. */
#include "scene/layers.h"

#include "base/memory.h"
#include "base/threads.h"
#include "base/widths.h"

#include <math.h>
#include <string.h>

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
    float *back_q = &job->cells->back_q[cell];
    job->cells->state[cell] |= RL_CELL_EDGE;
    *back_q = far_q < *back_q ? far_q : *back_q;
}

/* The least and the greatest of each of `count` columns of some rows. */
RL_EVERY_WIDTH static void find_ranges(const float *q, size_t stride, int rows, int count,
                                       float *low, float *high) {
    for (int x = 0; x < count; x++) {
        low[x] = INFINITY;
        high[x] = 0;
    }
    for (int v = 0; v < rows; v++, q += stride) {
        for (int x = 0; x < count; x++) {
            low[x] = q[x] < low[x] ? q[x] : low[x];
            high[x] = q[x] > high[x] ? q[x] : high[x];
        }
    }
}

/* Note what the cells of row y see of q, some of them at a time. */
static void note_ranges(const cells_job *job, int y, int y0, int y1) {
    enum { SOME = 1024 };
    const rl_cells *cells = job->cells;
    const int width = job->scene->info.camera.width;
    const size_t first = (size_t)(y + cells->top) * (size_t)cells->width + (size_t)cells->left;
    float low[SOME] = {0}, high[SOME] = {0};
    int from = 0, known = 0; /* columns whose ranges stand in the arrays */
    for (int x = 0; x < cells->photo_width; x++) {
        const int x0 = first_pixel(x, cells->cell_px, width);
        const int x1 = first_pixel(x + 1, cells->cell_px, width);
        float least = INFINITY, most = 0;
        for (int u = x0; u < x1; u++) {
            if (u >= known) {
                from = u;
                known = width - u < SOME ? width : u + SOME;
                find_ranges(job->q + (size_t)y0 * (size_t)width + (size_t)u, (size_t)width, y1 - y0,
                            known - u, low, high);
            }
            least = low[u - from] < least ? low[u - from] : least;
            most = high[u - from] > most ? high[u - from] : most;
        }
        cells->near_q[first + (size_t)x] = most;
        cells->far_q[first + (size_t)x] = least;
    }
}

/* Note the torn borders of pixel row v, those with these bits, in the cells of row y, and in both
 * cells where a border lies between two. */
static void note_steps(const cells_job *job, int y, int v, uint8_t bits) {
    const rl_cells *cells = job->cells;
    const int width = job->scene->info.camera.width;
    const size_t row = (size_t)v * (size_t)width;
    const uint8_t *torn = job->scene->torn + row;
    size_t cell = (size_t)(y + cells->top) * (size_t)cells->width + (size_t)cells->left;
    int next = 1; /* the cell after that one */
    for (int u = 0; u < width; u++) {
        uint64_t eight;
        while (u + 8 <= width && (memcpy(&eight, torn + u, 8), eight == 0))
            u += 8;
        if (u >= width || !(torn[u] & bits))
            continue;
        for (; next < cells->photo_width && u >= first_pixel(next, cells->cell_px, width); next++)
            cell++;
        const size_t at = row + (size_t)u;
        if (torn[u] & bits & RL_TORN_DOWN)
            note_step(job, cell, at, at + (size_t)width);
        if (!(torn[u] & bits & RL_TORN_RIGHT))
            continue;
        note_step(job, cell, at, at + 1);
        if (next < cells->photo_width && u + 1 >= first_pixel(next, cells->cell_px, width))
            note_step(job, cell + 1, at, at + 1);
    }
}

/* Look at the pixels of a row of cells, and at the borders that lead out of it on all sides. */
static void look_at_rows(void *arg, size_t begin, size_t end) {
    const cells_job *job = arg;
    const int height = job->scene->info.camera.height;
    for (int y = (int)begin; y < (int)end; y++) {
        const int y0 = first_pixel(y, job->cells->cell_px, height);
        const int y1 = first_pixel(y + 1, job->cells->cell_px, height);
        note_ranges(job, y, y0, y1);
        if (y0 > 0)
            note_steps(job, y, y0 - 1, RL_TORN_DOWN);
        for (int v = y0; v < y1; v++)
            note_steps(job, y, v, RL_TORN_RIGHT | RL_TORN_DOWN);
    }
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

/* The farthest q of the three cells beside (x, y) that lie a ring further in. */
static float further_in(const rl_cells *cells, int x, int y, int ring) {
    const int left = cells->left - ring + 1, right = cells->left + cells->photo_width + ring - 2;
    const int top = cells->top - ring + 1, bottom = cells->top + cells->photo_height + ring - 2;
    const bool above = y < top || y > bottom;
    float least = INFINITY;
    for (int k = -1; k <= 1; k++) {
        int u = x + (above ? k : 0), v = y + (above ? 0 : k);
        u = u < left ? left : u > right ? right : u;
        v = v < top ? top : v > bottom ? bottom : v;
        u = u < 0 ? 0 : u >= cells->width ? cells->width - 1 : u;
        v = v < 0 ? 0 : v >= cells->height ? cells->height - 1 : v;
        least = fminf(least, cells->far_q[(size_t)v * (size_t)cells->width + (size_t)u]);
    }
    return least;
}

/* Outside the photo things go on as their reflection in its border, but nothing is there twice: a
 * cell whose reflection is nearer than what lies further in is a hole in that. */
static void extend_cell(rl_cells *cells, int x, int y, int ring) {
    const int u = cells->left + rl_reflect(x - cells->left, cells->photo_width);
    const int v = cells->top + rl_reflect(y - cells->top, cells->photo_height);
    const size_t at = (size_t)y * (size_t)cells->width + (size_t)x;
    const size_t from = (size_t)v * (size_t)cells->width + (size_t)u;
    const float inner = further_in(cells, x, y, ring);
    const bool reflects = cells->near_q[from] <= (1 + RL_SAME_SURFACE) * inner;
    cells->near_q[at] = cells->far_q[at] = reflects ? cells->far_q[from] : inner;
    cells->back_q[at] = cells->far_q[at];
    cells->state[at] = RL_CELL_FRAME | RL_CELL_HOLE | RL_CELL_VALID;
    cells->state[at] |= reflects ? RL_CELL_REFLECTS : 0;
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
