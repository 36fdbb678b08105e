/* SPDX-License-Identifier: Apache-2.0 */
/* Constrained Delaunay triangulations of points on a lattice, in arrays of fixed size.
 *
 * Triangle t has half-edges 3t, 3t + 1, 3t + 2; half-edge h runs from origin[h] to the origin of
 * the next one, and twin[h] is the one along the same edge in the neighbour, -1 on the rim. All
 * predicates are exact: with coordinates below 2^14 they fit 64 bits. */
#ifndef RELIEF_MESH_DELAUNAY_H
#define RELIEF_MESH_DELAUNAY_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rl_point {
    int32_t x, y;
} rl_point;

/* Marks of a half-edge: it is never flipped; the surface is cut along it; and, in the two highest
 * bits, the direction in which the cut leaves its origin (an rl_side). */
enum { RL_EDGE_FIXED = 1, RL_EDGE_CUT = 2, RL_EDGE_SIDE_SHIFT = 6 };

typedef struct rl_delaunay {
    int point_capacity, triangle_capacity;
    int point_count, triangle_count;
    rl_point *points;
    int32_t *leaving; /* of a point: a half-edge that leaves it */
    int32_t *origin, *twin;
    uint8_t *marks;
    int32_t *stack; /* of half-edges to look at, stack_capacity long */
    int stack_capacity;
    int32_t hint;    /* half-edge where the last search ended */
    int32_t *dirty;  /* triangles that changed since dirty_count was set to 0, with repetitions */
    int dirty_count; /* dirty_capacity at most; beyond that `all_dirty` */
    int dirty_capacity;
    bool all_dirty;
} rl_delaunay;

/* Where a point lies. */
typedef enum rl_place_kind { RL_PLACE_INSIDE, RL_PLACE_EDGE, RL_PLACE_POINT } rl_place_kind;
typedef struct rl_place {
    rl_place_kind kind;
    int32_t edge; /* a half-edge of the triangle; the one it lies on; the one whose origin it is */
} rl_place;

/* Begin with a rectangle: four points and two triangles. */
void rl_delaunay_begin(rl_delaunay *d, int width, int height);
/* Find a point of the rectangle. */
rl_place rl_delaunay_find(rl_delaunay *d, rl_point p);
/* Add a point of the rectangle; returns its index, that of the point already there, or -1 when the
 * arrays are full. */
int rl_delaunay_insert(rl_delaunay *d, rl_point p);
/* The half-edge from one point to another, -1 for none. */
int32_t rl_delaunay_edge(const rl_delaunay *d, int from, int to);
/* Make a - b an edge, by flips, and mark both its halves. False when a fixed edge or a point stands
 * in the way; then nothing is marked. */
bool rl_delaunay_fix(rl_delaunay *d, int a, int b, uint8_t mark_ab, uint8_t mark_ba);

/* Turn the edge of h, which has a twin, to the other diagonal of its quadrangle, which is convex.
 * Afterwards h and its twin are the new diagonal: from the point that was opposite of h's twin to
 * the one opposite of h. */
void rl_delaunay_flip(rl_delaunay *d, int32_t h);

static inline int32_t rl_next(int32_t h) {
    return h % 3 == 2 ? h - 2 : h + 1;
}

static inline int32_t rl_prev(int32_t h) {
    return h % 3 == 0 ? h + 2 : h - 1;
}

/* Twice the area of a triangle, positive when counter-clockwise as the camera sees it (y grows
 * downwards). */
static inline int64_t rl_orient(rl_point a, rl_point b, rl_point c) {
    return (int64_t)(b.y - a.y) * (c.x - a.x) - (int64_t)(b.x - a.x) * (c.y - a.y);
}

/* For the box around a triangle. */
static inline int rl_least3(int a, int b, int c) {
    const int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static inline int rl_most3(int a, int b, int c) {
    const int ab = a > b ? a : b;
    return ab > c ? ab : c;
}

#endif
