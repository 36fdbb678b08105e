/* SPDX-License-Identifier: Apache-2.0 */
/* The fill at the size of the photo: every texel is copied from where the matches of the cells
 * around it lead, so that grain and fine texture are the photo's own. What the canvas of the finest
 * level has in place of a match's own colour comes on top: the fill keeps its seamlessness. */
#include "scene/inpaint.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <string.h>

/* Cells of the even ground that stands for what nobody sees. */
enum { GROUND = 16 };
/* Texels on a side that graphics drivers take. */
enum { MOST_SIDE = 16384 };

typedef struct full_job {
    relief_ctx *ctx;
    const uint8_t *raster;
    int raster_width, raster_height, channels;
    const rl_cells *cells;
    const rl_level *level;
    int factor; /* pixels of the raster a cell */
    int texels; /* of the result a cell, at most that */
    rl_pixels *out;
} full_job;

/* The photo at texel (x, y), counted from the layer's own corner, clamped to the photo. */
static inline const uint8_t *photo_texel(const full_job *job, int x, int y) {
    x = (x - job->cells->left * job->texels) * job->factor / job->texels;
    y = (y - job->cells->top * job->texels) * job->factor / job->texels;
    x = x < 0 ? 0 : x >= job->raster_width ? job->raster_width - 1 : x;
    y = y < 0 ? 0 : y >= job->raster_height ? job->raster_height - 1 : y;
    return job->raster +
           ((size_t)y * (size_t)job->raster_width + (size_t)x) * (size_t)job->channels;
}

/* A texel of the result. */
typedef struct texel_place {
    int x, y;
} texel_place;

/* Add what cell (cx, cy) says of the texel. */
static inline void add_cell(const full_job *job, int cx, int cy, texel_place at_texel, float weight,
                            float sum[4]) {
    const rl_level *level = job->level;
    const size_t at = (size_t)cy * (size_t)level->width + (size_t)cx;
    const uint8_t *canvas = level->canvas + 4 * at;
    const uint32_t match = level->match[at];
    if (!rl_is_hole(level, at) || weight <= 0)
        return;
    sum[3] += weight;
    if (match == RL_NO_MATCH) {
        for (int c = 0; c < 3; c++)
            sum[c] += weight * canvas[c];
        return;
    }
    const int mx = rl_match_x(match), my = rl_match_y(match);
    const uint8_t *texel = photo_texel(job, at_texel.x + (mx - cx) * job->texels,
                                       at_texel.y + (my - cy) * job->texels);
    const uint8_t *smooth = level->source + 4 * ((size_t)my * (size_t)level->width + (size_t)mx);
    for (int c = 0; c < 3; c++)
        sum[c] += weight * (float)(texel[c] + canvas[c] - smooth[c]);
}

/* A texel of a hole: between the four cells whose centres are around it. */
static void fill_texel(const full_job *job, int x, int y, uint8_t *out) {
    const int width = job->level->width, height = job->level->height;
    const float fx = ((float)x + 0.5F) / (float)job->texels - 0.5F;
    const float fy = ((float)y + 0.5F) / (float)job->texels - 0.5F;
    const int cx = fx < 0 ? 0 : (int)fx, cy = fy < 0 ? 0 : (int)fy;
    const float u = fx < 0 ? 0 : fx - (float)cx, v = fy < 0 ? 0 : fy - (float)cy;
    const int right = cx + 1 < width ? cx + 1 : cx, below = cy + 1 < height ? cy + 1 : cy;
    const texel_place place = {x, y};
    float sum[4] = {0, 0, 0, 0};
    add_cell(job, cx, cy, place, (1 - u) * (1 - v), sum);
    add_cell(job, right, cy, place, u * (1 - v), sum);
    add_cell(job, cx, below, place, (1 - u) * v, sum);
    add_cell(job, right, below, place, u * v, sum);
    for (int c = 0; c < 3; c++) {
        const float value = sum[c] / sum[3] + 0.5F;
        out[c] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

/* One colour for a block of cells. */
static void ground_at(const full_job *job, int cx, int cy, uint8_t *out) {
    const rl_level *level = job->level;
    cx = cx / GROUND * GROUND + GROUND / 2;
    cy = cy / GROUND * GROUND + GROUND / 2;
    cx = cx < level->width ? cx : level->width - 1;
    cy = cy < level->height ? cy : level->height - 1;
    memcpy(out, level->canvas + 4 * ((size_t)cy * (size_t)level->width + (size_t)cx), 3);
}

/* The texels of a row that cell (cx, cy) covers. */
static void fill_cell(const full_job *job, int cx, int cy, int y, uint8_t *out) {
    const uint8_t state = job->cells->state[(size_t)cy * (size_t)job->level->width + (size_t)cx];
    uint8_t ground[3];
    if (!(state & RL_CELL_VALID))
        ground_at(job, cx, cy, ground);
    for (int k = 0; k < job->texels; k++, out += 3) {
        const int x = cx * job->texels + k;
        if (state & RL_CELL_HOLE)
            fill_texel(job, x, y, out);
        else
            memcpy(out, state & RL_CELL_VALID ? photo_texel(job, x, y) : ground, 3);
    }
}

static void fill_rows(void *arg, size_t begin, size_t end) {
    const full_job *job = arg;
    for (size_t y = begin; y < end && !rl_cancelled(job->ctx); y++) {
        uint8_t *row = (uint8_t *)job->out->data + y * (size_t)job->out->width * 3;
        for (int cx = 0; cx < job->level->width; cx++)
            fill_cell(job, cx, (int)y / job->texels, (int)y,
                      row + (size_t)cx * (size_t)job->texels * 3);
    }
}

relief_status rl_inpaint_full(relief_ctx *ctx, const relief_image *photo, const rl_cells *cells,
                              const rl_level *finest, int factor, rl_pixels *out) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(photo, &info);
    const int side = finest->width > finest->height ? finest->width : finest->height;
    const int texels = factor * side > MOST_SIDE ? MOST_SIDE / side : factor;
    out->width = finest->width * texels;
    out->height = finest->height * texels;
    out->channels = 3;
    out->sample_bytes = 1;
    relief_status status =
        rl_alloc_in(ctx, (size_t)out->width * (size_t)out->height, 3, &out->data);
    if (status)
        return status;
    full_job job = {.ctx = ctx,
                    .raster = relief_image_pixels(photo),
                    .raster_width = info.raster_width,
                    .raster_height = info.raster_height,
                    .channels = info.channels,
                    .cells = cells,
                    .level = finest,
                    .factor = factor,
                    .texels = texels,
                    .out = out};
    rl_parallel(ctx, (size_t)out->height, 16, fill_rows, &job);
    return rl_check_cancel(ctx);
}
