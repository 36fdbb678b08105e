/* SPDX-License-Identifier: Apache-2.0 */
/* Meshes: a scene as textured triangles, and the files they go to. */
#ifndef RELIEF_MESH_H
#define RELIEF_MESH_H

#include "relief/scene.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct relief_mesh relief_mesh;

typedef struct relief_mesh_options {
    size_t struct_size;
    int grid; /* most cells on the long side away from silhouettes, 1..RELIEF_MAX_SIDE; 0: 512 */
    int64_t max_triangles; /* 2 at least; 0: 1,000,000 */
} relief_mesh_options;

typedef struct relief_mesh_info {
    size_t struct_size;
    int64_t vertex_count, triangle_count;
    float bounds_min[3], bounds_max[3]; /* in the scene's units */
} relief_mesh_info;

/* Triangulate a scene. `options` may be NULL; `scene` must live as long as the mesh.
 * The camera is at the origin, looks along -Z, +Y is up; seen from there the mesh covers the photo
 * without a gap. Errors: _ARG, _MEMORY, _CANCELLED. The caller frees *out with relief_mesh_free().
 */
RELIEF_API RELIEF_CHECKED relief_status relief_mesh_new(relief_ctx *ctx, const relief_scene *scene,
                                                        const relief_mesh_options *options,
                                                        relief_mesh **out);
RELIEF_API void relief_mesh_free(relief_mesh *mesh);
RELIEF_API void relief_mesh_get_info(const relief_mesh *mesh, relief_mesh_info *info);
/* vertex_count triples x, y, z. Borrowed. */
RELIEF_API const float *relief_mesh_positions(const relief_mesh *mesh);
/* vertex_count pairs u, v; (0,0) is the photo's top left corner, (1,1) its bottom right. Borrowed.
 */
RELIEF_API const float *relief_mesh_uvs(const relief_mesh *mesh);
/* triangle_count triples of vertex indices, counter-clockwise seen from the camera. Borrowed. */
RELIEF_API const uint32_t *relief_mesh_indices(const relief_mesh *mesh);

typedef struct relief_mesh_save_options {
    size_t struct_size;
    bool force;         /* replace an existing file that relief did not make */
    bool keep_metadata; /* keep the JPEG's EXIF, XMP and the rest in the texture */
} relief_mesh_save_options;

/* Write a mesh with its texture and camera; the ending of `path` picks the format: .glb.
 * `path` "-" is standard output. `options` may be NULL.
 * Errors: _UNSUPPORTED (ending), _IO, _EXISTS, _LIMIT (over 4 GiB), _MEMORY, _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_mesh_save(relief_ctx *ctx, const relief_mesh *mesh,
                                                         const char *path,
                                                         const relief_mesh_save_options *options);

#ifdef __cplusplus
}
#endif
#endif
