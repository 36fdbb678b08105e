/* SPDX-License-Identifier: Apache-2.0 */
/* Surfaces: a scene as it is drawn, from a mesh in memory or from a file that relief wrote. */
#ifndef RELIEF_SURFACE_H
#define RELIEF_SURFACE_H

#include "relief/mesh.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a texture's alpha is drawn. */
typedef enum relief_alpha_mode {
    RELIEF_ALPHA_OPAQUE, /* not at all */
    RELIEF_ALPHA_MASK,   /* a texel is there from one half on, else it is not */
    RELIEF_ALPHA_BLEND   /* mixed, in linear light, with what was drawn before */
} relief_alpha_mode;

/* Where a surface's colours come from. */
typedef enum relief_layer {
    RELIEF_LAYER_FRONT, /* the photo: what the source view shows */
    RELIEF_LAYER_BACK,  /* filled in, behind it and beyond its frame */
    RELIEF_LAYER_RIBBON /* the soft edge of the front along its silhouettes */
} relief_layer;

/* Triangles with one texture. Seen from the source camera, which is at the origin and looks along
 * -Z with +Y up, UVs run straight across every triangle: they are affine in the picture, not along
 * the surface. */
typedef struct relief_surface {
    size_t struct_size;
    relief_layer layer;
    relief_alpha_mode alpha;
    int64_t vertex_count, triangle_count;
    const float *positions;   /* vertex_count triples x, y, z */
    const float *uvs;         /* vertex_count pairs; (0,0) is the texture's top left corner */
    const uint32_t *indices;  /* triangle_count triples */
    const uint8_t *picture;   /* the texture, encoded: a JPEG or PNG file */
    size_t picture_size;      /* its bytes */
    const char *picture_type; /* "image/jpeg" or "image/png" */
} relief_surface;

/* Surfaces in the order in which they are drawn, and the camera that took the photo. */
typedef struct relief_surfaces relief_surfaces;

typedef struct relief_surfaces_info {
    size_t struct_size;
    int surface_count;
    int64_t vertex_count, triangle_count; /* of all of them */
    int width, height;                    /* of the photo, in pixels */
    double focal_px;                      /* focal length in pixels of the photo */
    double near_depth, far_depth;         /* as in relief_scene_info */
    double travel; /* largest camera offset that the scene is made for / near_depth */
} relief_surfaces_info;

/* The surfaces of a mesh. Geometry is borrowed: `mesh` must live as long as *out. Textures are the
 * bytes that a file would hold. The caller frees *out. Errors: _MEMORY, _IO, _FORMAT, _CANCELLED.
 */
RELIEF_API RELIEF_CHECKED relief_status relief_surfaces_of_mesh(relief_ctx *ctx,
                                                                const relief_mesh *mesh,
                                                                relief_surfaces **out);
/* Read them back from a .glb that relief wrote. The caller frees *out.
 * Errors: _IO, _FORMAT (damaged), _UNSUPPORTED (not written by relief, or by a newer one), _LIMIT,
 * _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_surfaces_load(relief_ctx *ctx, const char *path,
                                                             relief_surfaces **out);
RELIEF_API void relief_surfaces_free(relief_surfaces *surfaces);
RELIEF_API void relief_surfaces_get_info(const relief_surfaces *surfaces,
                                         relief_surfaces_info *info);
/* Surface `index`, from 0 to surface_count - 1. Borrowed. */
RELIEF_API const relief_surface *relief_surfaces_get(const relief_surfaces *surfaces, int index);

#ifdef __cplusplus
}
#endif
#endif
