/* SPDX-License-Identifier: Apache-2.0 */
/* Which vertex a triangle has at a point, and the order in which a tile's triangles are written. */
#include "mesh/tile.h"

#include "mesh/cache_order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const rl_point TOWARDS[4] = {{0, -1}, {0, 1}, {-1, 0}, {1, 0}};
/* The pixel to the left of the line that leaves a corner to a side. */
static const uint8_t LEFT_PIXEL[4] = {0, 3, 2, 1};

/* The side to which a half-edge leaves its origin, on the rim or along a cut. */
static rl_side side_of(const rl_tile *tile, int32_t h) {
    if (tile->d.marks[h] & RL_EDGE_CUT)
        return (rl_side)(tile->d.marks[h] >> RL_EDGE_SIDE_SHIFT);
    const rl_point a = tile->d.points[tile->d.origin[h]];
    const rl_point b = tile->d.points[tile->d.origin[rl_next(h)]];
    for (unsigned side = 0; side < 4; side++)
        if ((b.x > a.x) - (b.x < a.x) == TOWARDS[side].x &&
            (b.y > a.y) - (b.y < a.y) == TOWARDS[side].y)
            return (rl_side)side;
    return RL_NORTH;
}

/* Of the pixels around the origin of h, one in the wedge of triangles that h belongs to: turn
 * clockwise to the cut that bounds the wedge, or to the rim. */
static int wedge_pixel(const rl_tile *tile, int32_t h) {
    const rl_delaunay *d = &tile->d;
    int32_t at = h;
    while (!(d->marks[at] & RL_EDGE_CUT) && d->twin[at] >= 0) {
        at = rl_next(d->twin[at]);
        if (at == h)
            return 0; /* no cut ends here after all */
    }
    return LEFT_PIXEL[side_of(tile, at)];
}

/* The same where edges along cuts run along pixel borders: the pixel that the triangle's middle is
 * nearest to. */
static int nearest_pixel(const rl_tile *tile, int32_t h) {
    const rl_delaunay *d = &tile->d;
    const rl_point o = d->points[d->origin[h]];
    const rl_point a = d->points[d->origin[rl_next(h)]], b = d->points[d->origin[rl_prev(h)]];
    return (a.x + b.x < 2 * o.x ? 0 : 1) + (a.y + b.y < 2 * o.y ? 0 : 2);
}

float rl_tile_corner(const rl_tile *tile, int32_t h, int *label) {
    const int point = tile->d.origin[h];
    *label = 0;
    if (tile->multi[point] < 0)
        return tile->point_q[point];
    const rl_multi *multi = &tile->multis[tile->multi[point]];
    int count;
    const uint8_t *labels = rl_corner_labels(multi->cuts, &count);
    const int pixel =
        tile->tess->bounds.outline_px > 0 ? wedge_pixel(tile, h) : nearest_pixel(tile, h);
    *label = labels[pixel];
    return multi->q[*label];
}

/* Whether the pixel to the left of a half-edge along a cut or the rim is valid. */
static bool is_valid_left(const rl_tile *tile, int32_t h) {
    const rl_surface *surface = &tile->tess->surface;
    const rl_point p = tile->d.points[tile->d.origin[h]];
    const int pixel = LEFT_PIXEL[side_of(tile, h)];
    int x = tile->x0 + p.x - (pixel & 1 ? 0 : 1), y = tile->y0 + p.y - (pixel & 2 ? 0 : 1);
    x = x < 0 ? 0 : x >= surface->width ? surface->width - 1 : x;
    y = y < 0 ? 0 : y >= surface->height ? surface->height - 1 : y;
    return surface->valid[(size_t)y * (size_t)surface->width + (size_t)x] != 0;
}

/* Find out which triangles are valid: those beside a cut or the rim know, the others ask their
 * neighbours. Leaves 1 or 0 in `seen`. */
static void find_valid(rl_tile *tile) {
    const rl_delaunay *d = &tile->d;
    int top = 0;
    for (int32_t t = 0; t < d->triangle_count; t++) {
        tile->seen[t] = -1;
        for (int32_t h = 3 * t; h < 3 * t + 3; h++)
            if (tile->seen[t] < 0 && (d->twin[h] < 0 || (d->marks[h] & RL_EDGE_CUT))) {
                tile->seen[t] = is_valid_left(tile, h);
                tile->heap.items[top++] = t;
            }
    }
    while (top > 0) {
        const int32_t t = tile->heap.items[--top];
        for (int32_t h = 3 * t; h < 3 * t + 3; h++) {
            const int32_t next = d->twin[h] < 0 ? -1 : d->twin[h] / 3;
            if (next >= 0 && tile->seen[next] < 0 && !(d->marks[h] & RL_EDGE_CUT)) {
                tile->seen[next] = tile->seen[t];
                tile->heap.items[top++] = next;
            }
        }
    }
}

/* The vertices of all triangles, numbered as they come; returns how many triangles there are. */
static int number_vertices(rl_tile *tile, int *vertex_count) {
    const rl_delaunay *d = &tile->d;
    const bool all = !tile->tess->surface.valid;
    int count = 0, triangles = 0;
    memset(tile->vertex_ids, 0xFF, 4 * (size_t)d->point_count * sizeof *tile->vertex_ids);
    for (int32_t t = 0; t < d->triangle_count; t++) {
        if (!all && tile->seen[t] != 1)
            continue;
        for (int32_t k = 0; k < 3; k++) {
            int label;
            const int point = d->origin[3 * t + k];
            const rl_point p = d->points[point];
            const float q = rl_tile_corner(tile, 3 * t + k, &label);
            int32_t *id = &tile->vertex_ids[4 * point + label];
            if (*id < 0) {
                *id = count;
                tile->vertices[count++] = (rl_tile_vertex){.x = (uint16_t)(tile->x0 + p.x),
                                                           .y = (uint16_t)(tile->y0 + p.y),
                                                           .label = (uint8_t)label,
                                                           .rim = rl_tile_on_rim(tile, p.x, p.y),
                                                           .q = q};
            }
            tile->triangles[3 * triangles + k] = (uint32_t)*id;
        }
        triangles++;
    }
    *vertex_count = count;
    return triangles;
}

/* Whether the points of a half-edge are the opposite corners of a pixel, and both its triangles lie
 * in it. */
static bool is_diagonal(const rl_delaunay *d, int32_t h) {
    const int32_t g = d->twin[h];
    if (g < h || (d->marks[h] & RL_EDGE_FIXED))
        return false;
    const rl_point a = d->points[d->origin[h]], b = d->points[d->origin[g]];
    const rl_point c = d->points[d->origin[rl_prev(h)]], e = d->points[d->origin[rl_prev(g)]];
    return abs(b.x - a.x) == 1 && abs(b.y - a.y) == 1 && c.x + e.x == a.x + b.x &&
           c.y + e.y == a.y + b.y;
}

/* Two triangles in a pixel: cut along the diagonal that runs closer to the pixel's own q. */
static void choose_diagonals(rl_tile *tile) {
    rl_delaunay *d = &tile->d;
    const rl_surface *surface = &tile->tess->surface;
    for (int32_t h = 0; h < 3 * d->triangle_count; h++) {
        if (!is_diagonal(d, h))
            continue;
        const int32_t g = d->twin[h];
        const rl_point a = d->points[d->origin[h]], b = d->points[d->origin[g]];
        const int x = tile->x0 + (a.x < b.x ? a.x : b.x), y = tile->y0 + (a.y < b.y ? a.y : b.y);
        const float middle = surface->q[(size_t)y * (size_t)surface->width + (size_t)x];
        int label;
        const float now = rl_tile_corner(tile, h, &label) + rl_tile_corner(tile, g, &label);
        const float other =
            rl_tile_corner(tile, rl_prev(h), &label) + rl_tile_corner(tile, rl_prev(g), &label);
        if (fabsf(0.5F * other - middle) < fabsf(0.5F * now - middle))
            rl_delaunay_flip(d, h);
    }
}

void rl_tile_finish(rl_tile *tile, rl_tile_result *result) {
    choose_diagonals(tile);
    if (tile->tess->surface.valid)
        find_valid(tile);
    result->triangle_count = number_vertices(tile, &result->vertex_count);
    const rl_cache_mesh mesh = {.indices = tile->triangles,
                                .index_count = 3 * (size_t)result->triangle_count,
                                .vertices = tile->vertices,
                                .vertex_count = (size_t)result->vertex_count,
                                .vertex_size = sizeof *tile->vertices};
    rl_cache_order(&mesh, tile->order, tile->scratch);
    result->vertices = tile->vertices;
    result->indices = tile->order;
}
