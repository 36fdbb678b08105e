/* SPDX-License-Identifier: Apache-2.0 */
/* What a tile knows of the surface: cuts, q at its corners, and the error that is allowed there. */
#include "base/widths.h"
#include "mesh/coarsen.h"
#include "mesh/tile.h"

#include <math.h>
#include <string.h>

/* Mark a cut at a corner, given in the picture's coordinates, if it is one of the tile's. */
static void mark_cut(rl_tile *tile, int i, int j, rl_side side) {
    i -= tile->x0;
    j -= tile->y0;
    if (i < 0 || j < 0 || i > tile->width || j > tile->height)
        return;
    tile->cuts[rl_tile_at(tile, i, j)] |= (uint8_t)(1u << side);
    tile->any_cut = true;
}

/* A cut that ends on the picture's border goes on beyond it, where the nearest pixels stand in for
 * those that there are none of: both its sides have a vertex there. */
static void mirror_cuts(rl_tile *tile) {
    const rl_surface *surface = &tile->tess->surface;
    const uint8_t upright = 1u << RL_NORTH | 1u << RL_SOUTH, flat = 1u << RL_WEST | 1u << RL_EAST;
    for (int end = 0; end < 2; end++) {
        const int i = end ? tile->width : 0, j = end ? tile->height : 0;
        const bool edge_row = tile->y0 + j == 0 || tile->y0 + j == surface->height;
        const bool edge_column = tile->x0 + i == 0 || tile->x0 + i == surface->width;
        uint8_t *row = tile->cuts + rl_tile_at(tile, 0, j);
        for (int k = 0; edge_row && k <= tile->width; k++)
            row[k] |= row[k] & upright ? upright : 0;
        for (int k = 0; edge_column && k <= tile->height; k++) {
            uint8_t *cuts = tile->cuts + rl_tile_at(tile, i, k);
            *cuts |= *cuts & flat ? flat : 0;
        }
    }
}

/* Cuts also leave the tile's own borders outwards: corners there must know all of theirs. */
static void read_cuts(rl_tile *tile) {
    const rl_surface *surface = &tile->tess->surface;
    const int left = tile->x0 > 0 ? tile->x0 - 1 : 0, top = tile->y0 > 0 ? tile->y0 - 1 : 0;
    const int right =
        tile->x0 + tile->width < surface->width ? tile->x0 + tile->width + 1 : surface->width;
    const int bottom =
        tile->y0 + tile->height < surface->height ? tile->y0 + tile->height + 1 : surface->height;
    memset(tile->cuts, 0, (size_t)(tile->width + 1) * (size_t)(tile->height + 1));
    tile->any_cut = false;
    for (int y = top; y < bottom; y++) {
        const uint8_t *row = surface->torn + (size_t)y * (size_t)surface->width;
        for (int x = left; x < right; x++) {
            uint64_t eight = 0;
            while (x + 8 <= right && (memcpy(&eight, row + x, 8), eight == 0))
                x += 8;
            if (x >= right)
                break;
            if (row[x] & RL_CUT_RIGHT) {
                mark_cut(tile, x + 1, y, RL_SOUTH);
                mark_cut(tile, x + 1, y + 1, RL_NORTH);
            }
            if (row[x] & RL_CUT_DOWN) {
                mark_cut(tile, x, y + 1, RL_EAST);
                mark_cut(tile, x + 1, y + 1, RL_WEST);
            }
        }
    }
}

/* q at the corners of a row inside of the picture; those that are cut are of no use. */
RL_EVERY_WIDTH static void mean_row(const float *above, const float *below, int count, float *q) {
    for (int i = 0; i < count; i++)
        q[i] = 0.25F * ((above[i] + above[i + 1]) + (below[i] + below[i + 1]));
}

static void read_q(rl_tile *tile) {
    const rl_surface *surface = &tile->tess->surface;
    static const uint8_t whole[4] = {0, 0, 0, 0};
    const size_t width = (size_t)surface->width;
    for (int j = 0; j <= tile->height; j++) {
        const int y = tile->y0 + j;
        float *row = tile->q + rl_tile_at(tile, 0, j);
        const bool inside = y > 0 && y < surface->height;
        const int first = inside ? tile->x0 == 0 : tile->width + 1;
        const int last = tile->x0 + tile->width == surface->width ? tile->width : tile->width + 1;
        for (int i = 0; i < first; i++)
            row[i] = rl_corner_q(surface, tile->x0 + i, y, whole, 0);
        if (!inside)
            continue;
        const float *below = surface->q + (size_t)y * width + (size_t)(tile->x0 + first) - 1;
        mean_row(below - width, below, last - first, row + first);
        if (last == tile->width)
            row[last] = rl_corner_q(surface, tile->x0 + last, y, whole, 0);
    }
}

/* The stricter of two bounds. */
RL_EVERY_WIDTH static void weigh_row(const float *q, int count, float by_q, float by_depth,
                                     float *weight) {
    for (int i = 0; i < count; i++) {
        const float near = by_depth / q[i];
        weight[i] = near > by_q ? near : by_q;
    }
}

static void fill_weights(rl_tile *tile) {
    const rl_tess_bounds *bounds = &tile->tess->bounds;
    const float by_q = (float)(1 / bounds->q_error), by_depth = (float)(1 / bounds->depth_error);
    const size_t stride = (size_t)tile->width + 1;
    for (int j = 0; j <= tile->height; j++) {
        float *weight = tile->weight + rl_tile_at(tile, 0, j);
        const float *q = tile->q + rl_tile_at(tile, 0, j);
        const bool rim = j == 0 || j == tile->height;
        if (by_depth > 0)
            weigh_row(q, tile->width + 1, by_q, by_depth, weight);
        else
            for (size_t i = 0; i < stride; i++)
                weight[i] = by_q;
        if (rim)
            memset(weight, 0, stride * sizeof *weight);
        weight[0] = weight[tile->width] = 0;
    }
}

/* The corners around one are not looked at. */
static void clear_around(rl_tile *tile, int i, int j) {
    const int clear = tile->tess->clear;
    const int left = i > clear ? i - clear : 0, top = j > clear ? j - clear : 0;
    const int right = i + clear < tile->width ? i + clear : tile->width;
    const int bottom = j + clear < tile->height ? j + clear : tile->height;
    for (int y = top; y <= bottom && left <= right; y++)
        memset(tile->weight + rl_tile_at(tile, left, y), 0,
               (size_t)(right - left + 1) * sizeof(float));
}

/* How many bytes from number `at` of `count` on are the same as `like`, eight at a time. */
static int count_like(const uint8_t *bytes, int at, int count, uint8_t like) {
    const int first = at;
    uint64_t eight;
    while (at + 8 <= count &&
           (memcpy(&eight, bytes + at, 8), eight == like * (UINT64_MAX / UINT8_MAX)))
        at += 8;
    return at - first;
}

/* Corners at and near cuts are not looked at. */
static void clear_weights(rl_tile *tile) {
    for (int j = 0; j <= tile->height; j++) {
        const uint8_t *cuts = tile->cuts + rl_tile_at(tile, 0, j);
        for (int i = 0; i <= tile->width; i++) {
            i += count_like(cuts, i, tile->width + 1, 0);
            if (i <= tile->width && cuts[i])
                clear_around(tile, i, j);
        }
    }
}

/* Nor are those where cuts were healed. */
static void clear_healed(rl_tile *tile) {
    const rl_surface *surface = &tile->tess->surface;
    for (int y = 0; y < tile->height; y++) {
        const uint8_t *row =
            surface->torn + (size_t)(tile->y0 + y) * (size_t)surface->width + (size_t)tile->x0;
        for (int x = 0; x < tile->width; x++) {
            if (!(row[x] & (RL_HEALED_RIGHT | RL_HEALED_DOWN)))
                continue;
            clear_around(tile, x + 1, y + 1);
            if (row[x] & RL_HEALED_RIGHT)
                clear_around(tile, x + 1, y);
            if (row[x] & RL_HEALED_DOWN)
                clear_around(tile, x, y + 1);
        }
    }
}

/* Corners inside of what is not valid are not looked at. */
static void clear_invalid(rl_tile *tile) {
    const rl_surface *surface = &tile->tess->surface;
    for (int j = 0; j < tile->height; j++) {
        const uint8_t *valid =
            surface->valid + (size_t)(tile->y0 + j) * (size_t)surface->width + (size_t)tile->x0;
        float *weight = tile->weight + rl_tile_at(tile, 0, j);
        for (int i = 0; i < tile->width; i++) {
            i += count_like(valid, i, tile->width, 1);
            if (i < tile->width && !valid[i])
                weight[i] = 0;
        }
    }
}

void rl_tile_read(rl_tile *tile) {
    read_cuts(tile);
    if (tile->any_cut)
        mirror_cuts(tile);
    read_q(tile);
    fill_weights(tile);
    if (tile->any_cut)
        clear_weights(tile);
    if (tile->tess->healed)
        clear_healed(tile);
    if (tile->tess->surface.valid)
        clear_invalid(tile);
}
