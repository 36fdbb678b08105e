/* SPDX-License-Identifier: Apache-2.0 */
/* A rasteriser of our own for films: scenes drawn on the processor, tile by tile. It needs no
 * driver, its bits are the same on every machine and for any number of threads, and it knows what
 * scenes are made of: few and small triangles whose texels stay on the source camera's rays. */
#ifndef RELIEF_RENDER_SOFT_H
#define RELIEF_RENDER_SOFT_H

#include "render/view_inside.h"

/* Samples along a tile's side. */
enum { RL_SOFT_TILE = 64 };

/* A texture in linear light: 16 bits each of R, G, B, A, colours not multiplied by alpha. One more
 * column and row repeat the last one, so that neighbours to the right and below are always there.
 */
typedef struct rl_soft_texture {
    uint16_t *texels;
    int width, height;
    size_t row; /* texels from one row to the next */
} rl_soft_texture;

/* A vertex of the surfaces, seen by the camera. */
typedef struct rl_soft_vertex {
    float x, y;    /* in samples, on a grid of 1/256 of a sample */
    float inverse; /* 1 / depth along the view's axis; 0: behind the camera, not drawn */
    float source;  /* depth along the source's axis */
} rl_soft_vertex;

typedef struct rl_soft_surface {
    relief_layer layer;
    relief_alpha_mode alpha;
    int64_t first_triangle, triangle_count; /* among all that are drawn */
    const float *positions, *uvs;           /* borrowed */
    const uint32_t *indices;                /* borrowed */
    int64_t vertex_count;
    rl_soft_vertex *vertices; /* shared by surfaces with the same positions */
    bool owns_vertices;
    rl_soft_texture texture;
} rl_soft_surface;

/* Tiles [x0, x1] x [y0, y1] that a triangle touches; none when x1 < x0. */
typedef struct rl_soft_reach {
    uint16_t x0, y0, x1, y1;
} rl_soft_reach;

/* What a thread works on: the samples of a tile. */
typedef struct rl_soft_samples {
    _Alignas(64) float nearest[RL_SOFT_TILE * RL_SOFT_TILE];   /* 1 / depth, 0: nothing yet */
    _Alignas(64) float colour[RL_SOFT_TILE * RL_SOFT_TILE][4]; /* 0..65535, multiplied by alpha */
} rl_soft_samples;

typedef struct rl_soft {
    relief_surfaces_info source;
    rl_soft_surface *surfaces; /* in the order in which they are drawn */
    int surface_count;
    int64_t triangle_count;
    rl_soft_reach *reach;     /* of every triangle */
    rl_soft_samples *samples; /* one a thread */
    int threads;
    /* Triangles of each tile, one tile after the other; tile t has those from starts[t] on. */
    uint32_t *binned, *starts;
    size_t binned_capacity, starts_capacity;
} rl_soft;

/* What is drawn: pixels as in a view, and on request the depth of every pixel (the nearest of its
 * samples, 0 where nothing is). */
typedef struct rl_soft_frame {
    uint8_t *rgba; /* height * width * 4, the caller's */
    float *depth;  /* height * width, the caller's, or NULL */
    int64_t holed; /* pixels with a sample that nothing covers, or not wholly */
    /* Cover samples between surfaces that nothing covers: they look like the farthest of what is
     * nearest to them on the left, on the right, above and below. */
    bool patch;
    int64_t patched; /* pixels in which that was done */
} rl_soft_frame;

/* Get surfaces ready; geometry is borrowed from them. focal_samples: the longest focal length of
 * all views to come, in samples; textures finer than that are brought to it, by area in linear
 * light. The caller frees *out with rl_soft_free(). Errors: _FORMAT (a texture, indices out of
 * range), _LIMIT, _MEMORY, _CANCELLED. */
RELIEF_CHECKED relief_status rl_soft_new(relief_ctx *ctx, const relief_surfaces *surfaces,
                                         double focal_samples, rl_soft **out);
void rl_soft_free(rl_soft *soft);

/* Draw a view with supersample x supersample samples a pixel (1..8). Errors: _MEMORY, _CANCELLED.
 */
RELIEF_CHECKED relief_status rl_soft_draw(relief_ctx *ctx, rl_soft *soft,
                                          const rl_view_camera *camera, int supersample,
                                          rl_soft_frame *frame);

/* soft_texture.c */
/* Read a surface's texture at the size that views of this focal length need, at most its own.
 * Errors: as rl_soft_new(). */
RELIEF_CHECKED relief_status rl_soft_texture_new(relief_ctx *ctx, const relief_surface *surface,
                                                 double focal_samples, rl_soft_texture *out);
void rl_soft_texture_clear(rl_soft_texture *texture);

/* soft_setup.c */
/* A triangle as the loops over samples want it. A sample is inside when for all three edges
 * a * (x - x0) + b * (y - y0) >= least. The rest are planes: value + across * (x - x_at) + down *
 * (y - y_at). */
typedef struct rl_soft_plane {
    float value, across, down;
} rl_soft_plane;
typedef struct rl_soft_triangle {
    float a[3], b[3], x0[3], y0[3], least[3];
    float x_at, y_at;
    rl_soft_plane inverse;        /* 1 / depth */
    rl_soft_plane u, v, w;        /* texel coordinates are u / w and v / w */
    float sharp[2];               /* 1 / texels that a sample spans, across and down; 1..1000 */
    int left, right, top, bottom; /* samples whose middles may be inside */
} rl_soft_triangle;

/* Project all vertices. */
void rl_soft_project(relief_ctx *ctx, const rl_soft *soft, const rl_view_camera *camera,
                     int supersample);
/* Find what tiles each triangle touches. width, height: of the picture, side: of a tile, in
 * samples. */
void rl_soft_find_reach(relief_ctx *ctx, const rl_soft *soft, int width, int height, int side);
/* List the triangles of each tile. Errors: _MEMORY, _LIMIT. */
RELIEF_CHECKED relief_status rl_soft_bin(relief_ctx *ctx, rl_soft *soft, int columns, int rows);
/* Set up a triangle of a surface; false when no sample can be inside. width, height: in samples. */
bool rl_soft_set_up(const rl_soft_surface *surface, int64_t triangle, int width, int height,
                    rl_soft_triangle *out);

/* soft_tile.c and its twin soft_plain.c */
/* The samples [left, left + RL_SOFT_TILE) x [top, ...) that `to` holds. */
typedef struct rl_soft_place {
    int left, top, right, bottom; /* the last two: one behind the last sample that is drawn */
} rl_soft_place;
/* Draw the part of a triangle that is in a tile. */
void rl_soft_fill(const rl_soft_surface *surface, const rl_soft_triangle *triangle,
                  const rl_soft_place *place, rl_soft_samples *to);
/* The same, sample by sample: what it must come to. */
void rl_soft_fill_plainly(const rl_soft_surface *surface, const rl_soft_triangle *triangle,
                          const rl_soft_place *place, rl_soft_samples *to);

#endif
