/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/tile.h"

#include "base/memory.h"
#include "base/status.h"
#include "mesh/cache_order.h"
#include "mesh/scan.h"

/* Triangles that an insertion may change before all are looked at. */
enum { DIRTY = 4096 };
/* Most points of a tile: those of 256 x 256 pixels of which each is cut off. */
enum { MOST_POINTS = 257 * 257 };

/* Points of all chains of such a tile: each pixel border has two. */
enum { MOST_IN_RUN = 4 * MOST_POINTS };

/* A block to allocate, and where its address goes. */
typedef struct block {
    void **at;
    size_t count, size;
} block;

static relief_status allocate(relief_ctx *ctx, const block *blocks, size_t count) {
    relief_status status = RELIEF_OK;
    for (size_t k = 0; k < count && !status; k++)
        status = rl_alloc_in(ctx, blocks[k].count, blocks[k].size, blocks[k].at);
    return status;
}

static relief_status allocate_corners(relief_ctx *ctx, rl_tile *tile, size_t corners) {
    rl_run *run = &tile->run;
    const size_t points = corners + 1 > MOST_IN_RUN ? corners + 1 : MOST_IN_RUN;
    const block blocks[] = {
        {(void **)&tile->q, corners + RL_SCAN_ROOM, sizeof *tile->q},
        {(void **)&tile->weight, corners + RL_SCAN_ROOM, sizeof *tile->weight},
        {(void **)&tile->cuts, corners, sizeof *tile->cuts},
        {(void **)&run->at, points, sizeof *run->at},
        {(void **)&run->left, points, sizeof *run->left},
        {(void **)&run->right, points, sizeof *run->right},
        {(void **)&run->step, points, sizeof *run->step},
        {(void **)&run->keep, points, sizeof *run->keep},
        {(void **)&run->stack, 2 * points + 8, sizeof *run->stack},
        {(void **)&tile->joints, RL_JOINTS, sizeof *tile->joints},
    };
    run->capacity = (int)points;
    return allocate(ctx, blocks, sizeof blocks / sizeof *blocks);
}

static relief_status allocate_points(relief_ctx *ctx, rl_tile *tile, size_t points) {
    rl_delaunay *d = &tile->d;
    const size_t triangles = 2 * points;
    const size_t stack = 4 * points > 4096 ? 4 * points : 4096;
    d->point_capacity = (int)points;
    d->triangle_capacity = (int)triangles;
    d->stack_capacity = (int)stack;
    d->dirty_capacity = DIRTY;
    const rl_cache_mesh largest = {.index_count = 3 * triangles,
                                   .vertex_count = 4 * points,
                                   .vertex_size = sizeof(rl_tile_vertex)};
    const size_t scratch = rl_cache_scratch(&largest);
    const block blocks[] = {
        {(void **)&d->points, points, sizeof *d->points},
        {(void **)&d->leaving, points, sizeof *d->leaving},
        {(void **)&d->origin, 3 * triangles, sizeof *d->origin},
        {(void **)&d->twin, 3 * triangles, sizeof *d->twin},
        {(void **)&d->marks, 3 * triangles, sizeof *d->marks},
        {(void **)&d->stack, stack, sizeof *d->stack},
        {(void **)&d->dirty, DIRTY, sizeof *d->dirty},
        {(void **)&tile->point_q, points, sizeof *tile->point_q},
        {(void **)&tile->multi, points, sizeof *tile->multi},
        {(void **)&tile->multis, points, sizeof *tile->multis},
        {(void **)&tile->heap.items, triangles, sizeof *tile->heap.items},
        {(void **)&tile->heap.place, triangles, sizeof *tile->heap.place},
        {(void **)&tile->heap.key, triangles, sizeof *tile->heap.key},
        {(void **)&tile->wanted, triangles, sizeof *tile->wanted},
        {(void **)&tile->seen, triangles, sizeof *tile->seen},
        {(void **)&tile->vertex_ids, 4 * points, sizeof *tile->vertex_ids},
        {(void **)&tile->triangles, 3 * triangles, sizeof *tile->triangles},
        {(void **)&tile->order, 3 * triangles, sizeof *tile->order},
        {(void **)&tile->vertices, 4 * points, sizeof *tile->vertices},
        {&tile->scratch, scratch, 1},
    };
    return allocate(ctx, blocks, sizeof blocks / sizeof *blocks);
}

relief_status rl_tile_new(relief_ctx *ctx, int width, int height, rl_tile **out) {
    *out = NULL;
    void *memory;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_tile), &memory);
    if (status)
        return status;
    rl_tile *tile = memory;
    const size_t corners = (size_t)(width + 1) * (size_t)(height + 1);
    tile->corner_capacity = corners;
    status = allocate_corners(ctx, tile, corners);
    if (!status)
        status = allocate_points(ctx, tile, corners < MOST_POINTS ? corners : MOST_POINTS);
    if (status)
        rl_tile_free(tile);
    else
        *out = tile;
    return status;
}

void rl_tile_free(rl_tile *tile) {
    if (!tile)
        return;
    rl_delaunay *d = &tile->d;
    rl_run *run = &tile->run;
    void *const blocks[] = {
        tile->q,          tile->weight,    tile->cuts,   run->at,
        run->left,        run->right,      run->step,    run->keep,
        run->stack,       d->points,       d->leaving,   d->origin,
        d->twin,          d->marks,        d->stack,     d->dirty,
        tile->point_q,    tile->multi,     tile->multis, tile->heap.items,
        tile->heap.place, tile->heap.key,  tile->wanted, tile->seen,
        tile->vertex_ids, tile->triangles, tile->order,  tile->vertices,
        tile->scratch,    tile->joints,    tile,
    };
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++)
        rl_free(blocks[k]);
}

/* Say what stands at a new point: q, or that of each of its vertices. */
static void note_point(rl_tile *tile, int point) {
    const rl_point p = tile->d.points[point];
    const unsigned cuts = tile->cuts[rl_tile_at(tile, p.x, p.y)] & 15u;
    int count = 1;
    const uint8_t *labels = rl_corner_labels(cuts, &count);
    tile->weight[rl_tile_at(tile, p.x, p.y)] = 0; /* there can be no second one */
    tile->multi[point] = -1;
    tile->point_q[point] = tile->q[rl_tile_at(tile, p.x, p.y)];
    if (count == 1)
        return;
    rl_multi *multi = &tile->multis[tile->multi_count];
    multi->cuts = (uint8_t)cuts;
    for (int label = 0; label < count; label++)
        multi->q[label] =
            rl_corner_q(&tile->tess->surface, tile->x0 + p.x, tile->y0 + p.y, labels, label);
    tile->multi[point] = tile->multi_count++;
}

void rl_tile_begin(rl_tile *tile) {
    rl_delaunay_begin(&tile->d, tile->width, tile->height);
    tile->multi_count = 0;
    tile->overflow = false;
    for (int point = 0; point < 4; point++)
        note_point(tile, point);
}

int rl_tile_insert(rl_tile *tile, rl_point p) {
    const int before = tile->d.point_count;
    const int point = rl_delaunay_insert(&tile->d, p);
    if (point < 0)
        tile->overflow = true;
    else if (point == before)
        note_point(tile, point);
    return point;
}
