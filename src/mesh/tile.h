/* SPDX-License-Identifier: Apache-2.0 */
/* One tile of a tessellation.
 *
 * The picture is cut into tiles that know nothing of each other. What happens on the line between
 * two follows from the pixels along it alone, so both find the same vertices there. A tile's
 * vertices stand on pixel corners, which are counted from the tile's top left; the up to four
 * pixels around a corner that hang together across borders that are not cut form a component, and
 * each component has a vertex of its own there, told by its label. */
#ifndef RELIEF_MESH_TILE_H
#define RELIEF_MESH_TILE_H

#include "mesh/delaunay.h"
#include "mesh/surface.h"

/* The four ways along pixel borders from a corner; 1 << side is a cut's bit. */
typedef enum rl_side { RL_NORTH, RL_SOUTH, RL_WEST, RL_EAST } rl_side;

/* What all tiles are made from. */
typedef struct rl_tess {
    relief_ctx *ctx;
    rl_surface surface; /* torn: the cuts that count, those around what is not valid among them */
    rl_tess_bounds bounds;   /* loosened */
    int clear;               /* corners this near to a cut are not looked at: outlines may move */
    bool healed;             /* some cuts were: the bits RL_HEALED_ */
    int columns, rows;       /* of tiles */
    int *column_at, *row_at; /* columns + 1, rows + 1: where they begin, in pixels */
} rl_tess;

/* Slots of a tile's table of joints; a power of two. */
enum { RL_JOINTS = 1 << 15 };

/* A corner with several vertices. */
typedef struct rl_multi {
    float q[4];   /* by label */
    uint8_t cuts; /* bits of the sides that are cut */
} rl_multi;

/* Points along a line, with what the surface shows on both of its sides. */
typedef struct rl_run {
    int count, capacity;
    rl_point *at;
    float *left, *right; /* q on either side, seen along the line */
    uint8_t *step;       /* rl_side from a point to the next one */
    uint8_t *keep;       /* the points that become vertices */
    int32_t *stack;      /* 2 * capacity */
} rl_run;

/* Two nodes with a straight chain between them, by the corners' places; -1: none. */
typedef struct rl_joint {
    int32_t low, high;
} rl_joint;

/* Triangles by how much they ask to be split. */
typedef struct rl_heap {
    int count;
    int32_t *items; /* triangles, the most urgent first */
    int32_t *place; /* of every triangle in `items`, -1: none */
    float *key;     /* of every triangle */
} rl_heap;

/* A vertex of a finished tile. */
typedef struct rl_tile_vertex {
    uint16_t x, y; /* in the picture */
    uint8_t label;
    bool rim; /* on the tile's rim: other tiles may have the same one */
    float q;
} rl_tile_vertex;

/* Where a finished tile lies. */
typedef struct rl_tile_result {
    const rl_tile_vertex *vertices;
    const uint32_t *indices;
    int vertex_count, triangle_count;
} rl_tile_result;

/* What a worker needs to make tiles, one after the other. */
typedef struct rl_tile {
    const rl_tess *tess;
    int x0, y0, width, height; /* in pixels */
    size_t corner_capacity;
    /* Of every corner, height + 1 rows of width + 1: */
    float *q;      /* of the surface, where it is in one piece */
    float *weight; /* 1 / the error that is allowed; 0: not looked at */
    uint8_t *cuts; /* bits of the sides that are cut; << 4: those already followed */
    bool any_cut;
    rl_delaunay d;
    float *point_q; /* of every point; of those with several vertices not used */
    int32_t *multi; /* index into multis, -1: one vertex */
    rl_multi *multis;
    int multi_count;
    rl_run run;
    rl_joint *joints; /* RL_JOINTS, of chains that are thinned out */
    rl_heap heap;
    rl_point *wanted; /* of every triangle: the point to insert */
    int32_t *seen;    /* of every triangle: the round in which it was looked at */
    int32_t round;
    /* For the result: */
    int32_t *vertex_ids;         /* 4 of every point */
    uint32_t *triangles, *order; /* 3 a triangle */
    void *scratch;               /* of the ordering */
    rl_tile_vertex *vertices;
    bool overflow;
} rl_tile;

/* corner.c: the vertices around a corner, in the picture's coordinates. */
/* Which pixels around a corner hang together, by the sides that are cut: labels of the pixels above
 * left, above right, below left, below right. *count: how many labels, 1 to 4. */
const uint8_t *rl_corner_labels(unsigned cuts, int *count);
/* q of the vertex of component `label` at (i, j). */
float rl_corner_q(const rl_surface *surface, int i, int j, const uint8_t *labels, int label);

/* tile_new.c: workspaces for tiles of up to width x height pixels. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_tile_new(relief_ctx *ctx, int width, int height, rl_tile **out);
void rl_tile_free(rl_tile *tile);
/* Two triangles over a tile that has been read. */
void rl_tile_begin(rl_tile *tile);

/* tile_field.c: fill q, weight and cuts, for the tile that stands in x0, y0, width, height. */
void rl_tile_read(rl_tile *tile);

/* outline.c: put vertices on the rim and along cuts, and fix the edges there. */
void rl_tile_outline(rl_tile *tile);

/* chains.c: drop points of the chains that stand in the run one after the other; the ends of each
 * have `keep` RL_CHAIN_END, all others RL_KEPT. */
enum { RL_KEPT = 1, RL_CHAIN_END = 3 };
void rl_tile_thin_chains(rl_tile *tile);

/* refine.c: insert points until the bounds hold; or those of the grid. */
void rl_tile_refine(rl_tile *tile);

/* tile_result.c */
/* q at the origin of a half-edge as its triangle sees it, and the label of its vertex. */
float rl_tile_corner(const rl_tile *tile, int32_t h, int *label);
/* Number vertices and triangles, in an order for caches, and leave them in the tile's arrays. */
void rl_tile_finish(rl_tile *tile, rl_tile_result *result);

/* Whether position `at` of `length` pixels is a line of a grid with `step` pixels a cell. */
bool rl_on_grid(int at, int length, double step);

/* Point of a tile's corner; -1 when there is no room, and `overflow` is set. Knows about corners
 * with several vertices. */
int rl_tile_insert(rl_tile *tile, rl_point p);

static inline size_t rl_tile_at(const rl_tile *tile, int i, int j) {
    return (size_t)j * (size_t)(tile->width + 1) + (size_t)i;
}

static inline bool rl_tile_on_rim(const rl_tile *tile, int i, int j) {
    return i == 0 || j == 0 || i == tile->width || j == tile->height;
}

/* Texture shift along an edge of `length` pixels between two q: L |z1 - z2| / (2 (z1 + z2)), which
 * is the same in q. */
static inline float rl_uv_shift(float length, float q1, float q2) {
    const float step = q1 > q2 ? q1 - q2 : q2 - q1;
    return length * step / (2 * (q1 + q2));
}

#endif
