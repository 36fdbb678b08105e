/* SPDX-License-Identifier: Apache-2.0 */
/* Greedy insertion (Garland and Heckbert 1995): the triangle that leaves the surface most gets a
 * vertex where it does; when all are near enough, edges that shift the texture are halved. */
#include "mesh/scan.h"
#include "mesh/tile.h"

#include <math.h>

/* Keys up to this are not split; between this and the next one for their texture. */
static const float ENOUGH = 1;
static const float GEOMETRY = 2;

static void heap_put(rl_heap *heap, int at, int32_t triangle) {
    heap->items[at] = triangle;
    heap->place[triangle] = at;
}

static void heap_up(rl_heap *heap, int at) {
    const int32_t triangle = heap->items[at];
    while (at > 0 && heap->key[heap->items[(at - 1) / 2]] < heap->key[triangle]) {
        heap_put(heap, at, heap->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(heap, at, triangle);
}

static void heap_down(rl_heap *heap, int at) {
    const int32_t triangle = heap->items[at];
    for (;;) {
        int child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            heap->key[heap->items[child + 1]] > heap->key[heap->items[child]])
            child++;
        if (heap->key[heap->items[child]] <= heap->key[triangle])
            break;
        heap_put(heap, at, heap->items[child]);
        at = child;
    }
    heap_put(heap, at, triangle);
}

/* Give a triangle its place by its key; out of the heap when that is low. */
static void heap_set(rl_heap *heap, int32_t triangle, float key) {
    const int at = heap->place[triangle];
    heap->key[triangle] = key;
    if (key > ENOUGH) {
        if (at < 0) {
            heap->items[heap->count] = triangle;
            heap->place[triangle] = heap->count;
            heap_up(heap, heap->count++);
        } else {
            heap_up(heap, at);
            heap_down(heap, heap->place[triangle]);
        }
    } else if (at >= 0) {
        heap->place[triangle] = -1;
        heap->count--;
        if (at < heap->count) {
            const int32_t moved = heap->items[heap->count];
            heap_put(heap, at, moved);
            heap_up(heap, at);
            heap_down(heap, heap->place[moved]);
        }
    }
}

/* Whether a corner lies on the picture's border, away from cuts: no other tile knows of it. */
static bool on_border(const rl_tile *tile, rl_point p) {
    const rl_surface *surface = &tile->tess->surface;
    const int x = tile->x0 + p.x, y = tile->y0 + p.y;
    return (x == 0 || y == 0 || x == surface->width || y == surface->height) &&
           !tile->cuts[rl_tile_at(tile, p.x, p.y)];
}

/* The corner nearest to the middle of an edge at which a vertex may stand; false for none. */
static bool find_middle(const rl_tile *tile, rl_point a, rl_point b, rl_point *middle) {
    const int x = a.x + b.x, y = a.y + b.y;
    for (int k = 0; k < 4; k++) {
        const rl_point p = {(x + (k & 1)) / 2, (y + (k >> 1)) / 2};
        const bool end = (p.x == a.x && p.y == a.y) || (p.x == b.x && p.y == b.y);
        if (!end && (tile->weight[rl_tile_at(tile, p.x, p.y)] > 0 || on_border(tile, p))) {
            *middle = p;
            return true;
        }
    }
    return false;
}

/* The largest texture shift along an edge that may be split, and its middle. */
static float worst_edge(const rl_tile *tile, const rl_scan *face, int32_t triangle,
                        rl_point *where) {
    float worst = 0;
    for (int k = 0; k < 3; k++) {
        if (tile->d.marks[3 * triangle + k] & RL_EDGE_FIXED)
            continue;
        const rl_point a = face->p[k], b = face->p[(k + 1) % 3];
        const float dx = (float)(b.x - a.x), dy = (float)(b.y - a.y);
        const float shift =
            rl_uv_shift(sqrtf(dx * dx + dy * dy), face->corner_q[k], face->corner_q[(k + 1) % 3]);
        if (shift > worst && find_middle(tile, a, b, where))
            worst = shift;
    }
    return worst;
}

static void look_at(rl_tile *tile, int32_t triangle) {
    rl_scan face = {.q = tile->q, .weight = tile->weight, .stride = (size_t)tile->width + 1};
    int label;
    for (int32_t k = 0; k < 3; k++) {
        face.p[k] = tile->d.points[tile->d.origin[3 * triangle + k]];
        face.corner_q[k] = rl_tile_corner(tile, 3 * triangle + k, &label);
    }
    rl_point *wanted = &tile->wanted[triangle];
    float key = 0;
    /* The least triangle has no corner but its own in it, though it may be long. */
    const bool least_one = rl_orient(face.p[0], face.p[1], face.p[2]) <= 1;
    const float error = least_one ? 0 : rl_scan_worst(&face, wanted);
    if (error > 1) {
        key = GEOMETRY + error;
    } else {
        const float shift = worst_edge(tile, &face, triangle, wanted);
        const float share = shift / (float)tile->tess->bounds.uv_px;
        key = share > 1 ? GEOMETRY - 1 / share : 0;
    }
    heap_set(&tile->heap, triangle, key);
}

/* Look again at what an insertion has changed. */
static void look_again(rl_tile *tile, int known) {
    rl_delaunay *d = &tile->d;
    for (int32_t t = known; t < d->triangle_count; t++) {
        tile->heap.place[t] = -1;
        tile->seen[t] = -1;
    }
    if (d->all_dirty) {
        for (int32_t t = 0; t < d->triangle_count; t++)
            look_at(tile, t);
    } else {
        tile->round++;
        for (int k = 0; k < d->dirty_count; k++) {
            const int32_t triangle = d->dirty[k];
            if (tile->seen[triangle] != tile->round) /* it may stand there several times */
                look_at(tile, triangle);
            tile->seen[triangle] = tile->round;
        }
    }
    d->dirty_count = 0;
    d->all_dirty = false;
}

bool rl_on_grid(int at, int length, double step) {
    return at == 0 || at == length || at == (int)(floor(at / step + 0.5) * step + 0.5);
}

static void insert_grid(rl_tile *tile) {
    const rl_surface *surface = &tile->tess->surface;
    const int side = surface->width > surface->height ? surface->width : surface->height;
    const double step = (double)side / tile->tess->bounds.grid;
    for (int j = 1; j < tile->height; j++) {
        if (!rl_on_grid(tile->y0 + j, surface->height, step))
            continue;
        for (int i = 1; i < tile->width && !tile->overflow; i++)
            if (rl_on_grid(tile->x0 + i, surface->width, step))
                (void)rl_tile_insert(tile, (rl_point){i, j});
    }
}

/* Whether a point may be inserted: not on an edge that is fixed, but for the picture's border. */
static bool may_insert(rl_tile *tile, rl_point p) {
    const rl_place place = rl_delaunay_find(&tile->d, p);
    return place.kind == RL_PLACE_INSIDE ||
           (place.kind == RL_PLACE_EDGE &&
            (!(tile->d.marks[place.edge] & RL_EDGE_FIXED) || on_border(tile, p)));
}

void rl_tile_refine(rl_tile *tile) {
    rl_delaunay *d = &tile->d;
    rl_heap *heap = &tile->heap;
    if (tile->tess->bounds.grid > 0) {
        insert_grid(tile);
        return;
    }
    heap->count = 0;
    tile->round = 0;
    d->all_dirty = true;
    look_again(tile, 0);
    while (heap->count > 0 && !tile->overflow) {
        const int32_t triangle = heap->items[0];
        const rl_point p = tile->wanted[triangle];
        const int known = d->triangle_count;
        d->hint = 3 * triangle; /* where the point lies */
        if (!may_insert(tile, p)) {
            heap_set(heap, triangle, 0);
            continue;
        }
        if (rl_tile_insert(tile, p) >= 0)
            look_again(tile, known);
    }
}
