/* SPDX-License-Identifier: Apache-2.0 */
/* Surfaces to triangles.
 *
 * What is tessellated is a raster of q = 1 / depth with borders that are cut and pixels that do not
 * belong to it; where it came from does not matter: the photo's front or what lies behind it. Seen
 * through a pinhole a plane is affine in q, so triangles over the picture that interpolate q are
 * flat triangles in space. */
#ifndef RELIEF_MESH_SURFACE_H
#define RELIEF_MESH_SURFACE_H

#include "relief/base.h"

/* Bits of rl_surface.torn: the surface is cut between a pixel and its neighbour. */
#define RL_CUT_RIGHT 1u
#define RL_CUT_DOWN 2u

/* A surface over a picture of width x height pixels; all arrays are borrowed, rows from the top. */
typedef struct rl_surface {
    int width, height;
    const float *q;       /* 1 / depth of every pixel: finite, > 0, also where it is not valid */
    const uint8_t *torn;  /* RL_CUT_ bits of every pixel; NULL: none */
    const uint8_t *valid; /* not 0: the pixel belongs to the surface; NULL: all do */
} rl_surface;

/* How far the triangles may leave the surface, and how they are spent. */
typedef struct rl_tess_bounds {
    double q_error;     /* most difference between a corner's q and the surface's */
    double depth_error; /* the same as a share of depth; INFINITY: no bound */
    double uv_px;       /* most shift of the texture along an edge that spans depth, in pixels */
    double outline_px;  /* how far outlines may leave the borders that are cut; 0: they are kept */
    double outline_most_px; /* and when all bounds are loosened; 0: as far as that wants */
    int grid;               /* > 0: that many cells on the long side in place of all error bounds */
    int64_t most;           /* triangles; the bounds are loosened until they suffice; at least 2 */
    bool fill;              /* and tightened while triangles are left */
} rl_tess_bounds;

/* A vertex stands on a pixel corner: 0 <= x <= width, 0 <= y <= height. */
typedef struct rl_tess_vertex {
    float x, y, q;
} rl_tess_vertex;

typedef struct rl_triangles {
    rl_tess_vertex *vertices;
    uint32_t *indices; /* 3 a triangle, counter-clockwise as the camera sees it */
    int64_t vertex_count, triangle_count;
} rl_triangles;

/* Triangulate the valid part of a surface. The triangles cover exactly the valid pixels (with
 * outline_px > 0: up to that distance), without gaps, overlaps or T-junctions; the two sides of a
 * cut have vertices of their own at the same place in the picture. Triangles and vertices stand in
 * an order that suits a GPU's caches. The same for every number of threads.
 * Greedy insertion (Garland and Heckbert 1995) into constrained Delaunay triangulations of square
 * tiles. No valid pixel: no triangle. Where not all pixels are valid, `most` is not kept when their
 * outline alone needs more. Errors: _MEMORY, _CANCELLED. Undo with rl_triangles_clear(). */
RELIEF_CHECKED relief_status rl_tessellate(relief_ctx *ctx, const rl_surface *surface,
                                           const rl_tess_bounds *bounds, rl_triangles *out);
void rl_triangles_clear(rl_triangles *triangles);

#endif
