/* SPDX-License-Identifier: Apache-2.0 */
/* From pixels to triangles: an adaptive quadtree over the photo.
 *
 * The photo is cut into base cells of 2^k pixels a side; a cell is split down to single pixels
 * where it must be. What remains whole is a leaf: a rectangle of pixels, clipped by the photo's
 * border. Vertices lie at pixel corners (i, j), 0 <= i <= width, 0 <= j <= height. The up to four
 * pixels around a corner that hang together across untorn borders form a component, and each
 * component has a vertex of its own there: the sides of a tear meet in the picture, at different
 * depths. A leaf of more than one pixel has no torn border in it or on its boundary. A leaf's
 * polygon runs through every corner on its boundary that any leaf has as its own, so that no vertex
 * ever lies inside another triangle's edge. In this room q is 1 / depth. */
#ifndef RELIEF_MESH_TESSELLATE_H
#define RELIEF_MESH_TESSELLATE_H

#include "mesh/mesh_inside.h"

#include <stdatomic.h>

/* What decides how far a tessellation is split; relaxed step by step until the triangles fit. */
typedef struct rl_tess_limits {
    int leaf_log2;     /* sides of the largest leaves, in pixels */
    float uv_px;       /* most shift of the texture along an edge that spans depth */
    float q_error;     /* most difference between a pixel's q and the surface's */
    float depth_error; /* the same as a share of depth: far things keep their shape too */
    float tear_ratio;  /* depths on both sides of a tear differ at least by this factor */
} rl_tess_limits;

/* A tessellation being made. */
typedef struct rl_tess {
    int width, height; /* of the photo, in pixels */
    double focal_px;
    const float *depth;  /* the scene's */
    const uint8_t *torn; /* the scene's, or `own_torn` */
    uint8_t *own_torn;   /* the tears that the limits leave, when not all; else NULL */
    rl_tess_limits limits;
    int cell_log2; /* base cells: leaf_log2, at least 1 */
    /* One byte for every 2 x 2 pixels; at a leaf's top left pixel: log2 of its side. */
    uint8_t *levels;
    size_t level_stride;
    /* Bit planes over the corners, `words` 64-bit words a row: is there a vertex; and how many more
     * than one, in binary. */
    size_t words;
    _Atomic uint64_t *used;
    uint64_t *more[2];
    uint32_t *first_vertex;  /* index of the first vertex of each word */
    uint32_t *row_vertices;  /* vertices of each row of corners */
    int band_count;          /* groups of rows of base cells, worked on together */
    int64_t *band_triangles; /* triangles of each band, later those before it */
    atomic_bool cancelled;
} rl_tess;

/* A leaf: pixels [x0, x1) x [y0, y1). */
typedef struct rl_leaf {
    int x0, y0, x1, y1;
} rl_leaf;

typedef void (*rl_leaf_fn)(void *arg, const rl_leaf *leaf);

/* Rows of base cells in a band: enough that neighbouring triangles share vertices that a GPU still
 * holds. */
enum { RL_TESS_BAND_CELLS = 8 };

/* corner.c: the vertices around a corner. */
/* Which of the four pixels around (i, j) hang together: a row of four labels for the pixels above
 * left, above right, below left, below right. *count: how many labels, 1 to 4. Outside the photo
 * the nearest pixel stands in. */
const uint8_t *rl_corner_labels(const rl_tess *tess, int i, int j, int *count);
/* q of the vertex of component `label` at (i, j). */
float rl_corner_q(const rl_tess *tess, int i, int j, const uint8_t *labels, int label);
/* q at (i, j) as the pixel (x, y), which touches that corner, sees it. */
float rl_corner_q_of(const rl_tess *tess, int i, int j, int x, int y);

/* leaves.c: the quadtree. */
/* Decide all leaves and mark their corners in `used`. */
void rl_leaves_find(relief_ctx *ctx, rl_tess *tess);
/* Call fn for every leaf of a band, in the order of the mesh. */
void rl_leaves_visit(const rl_tess *tess, int band, rl_leaf_fn fn, void *arg);

/* triangulate.c: leaves to triangles. */
/* Count the triangles of every band; mark the centres that leaves need in `used`. Returns their
 * sum. */
int64_t rl_triangles_count(relief_ctx *ctx, rl_tess *tess);
/* Number the vertices; returns how many there are. */
int64_t rl_vertices_number(relief_ctx *ctx, rl_tess *tess);
/* Fill the mesh's arrays, which are allocated, and its bounds. */
void rl_mesh_fill(relief_ctx *ctx, const rl_tess *tess, relief_mesh *mesh);

/* Whether a corner has a vertex. */
static inline bool rl_corner_used(const rl_tess *tess, int i, int j) {
    size_t word = (size_t)j * tess->words + (size_t)(i >> 6);
    return (atomic_load_explicit(&tess->used[word], memory_order_relaxed) >> (i & 63)) & 1;
}

static inline void rl_corner_mark(const rl_tess *tess, int i, int j) {
    size_t word = (size_t)j * tess->words + (size_t)(i >> 6);
    atomic_fetch_or_explicit(&tess->used[word], (uint64_t)1 << (i & 63), memory_order_relaxed);
}

/* Tears between pixel (x, y) and its neighbour; both lie in the photo. */
static inline bool rl_torn_right(const rl_tess *tess, int x, int y) {
    return tess->torn[(size_t)y * (size_t)tess->width + (size_t)x] & 1u;
}

static inline bool rl_torn_down(const rl_tess *tess, int x, int y) {
    return tess->torn[(size_t)y * (size_t)tess->width + (size_t)x] & 2u;
}

static inline float rl_pixel_q(const rl_tess *tess, int x, int y) {
    return 1 / tess->depth[(size_t)y * (size_t)tess->width + (size_t)x];
}

#endif
