/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a mesh. */
#ifndef RELIEF_MESH_MESH_INSIDE_H
#define RELIEF_MESH_MESH_INSIDE_H

#include "image/texture.h"
#include "mesh/surface.h"
#include "relief/mesh.h"

enum { RL_MAX_PRIMITIVES = 4 };

/* How a texture's alpha is drawn. */
typedef enum rl_alpha_mode { RL_ALPHA_OPAQUE, RL_ALPHA_MASK, RL_ALPHA_BLEND } rl_alpha_mode;

/* Triangles that are drawn with one texture. All primitives of a mesh share its vertices. */
typedef struct rl_primitive {
    const char *name; /* of its material and its texture, static: "photo", "fill", "ribbon" */
    int64_t first_vertex, vertex_count;
    int64_t first_triangle, triangle_count;
    /* An encoded picture that the mesh owns; without data it is the photo's own, which is made, and
     * its alpha looked at, when the mesh is written. */
    rl_texture texture;
    const rl_pixels *pixels; /* what it was encoded from, borrowed from the scene */
    rl_alpha_mode alpha;
} rl_primitive;

struct relief_mesh {
    const relief_scene *scene; /* borrowed */
    relief_mesh_info info;
    float *positions;                           /* vertex_count triples */
    float *uvs;                                 /* vertex_count pairs */
    float *normals;                             /* vertex_count triples, or NULL */
    uint32_t *indices;                          /* triangle_count triples */
    rl_primitive primitives[RL_MAX_PRIMITIVES]; /* in the order in which they are drawn */
    int primitive_count;
};

/* Where a tessellated surface stands in space, and what part of a texture it shows. */
typedef struct rl_placement {
    double focal_px;
    double centre_x, centre_y;       /* of the optical axis, in the surface's pixels */
    double left, top, width, height; /* the texture's place, in the surface's pixels */
} rl_placement;

/* Add a primitive to a mesh. Its texture, which may be empty, becomes the mesh's, also after a
 * failure. Errors: _MEMORY, _LIMIT (over 2^32 - 1 vertices). */
RELIEF_CHECKED relief_status rl_mesh_add(relief_ctx *ctx, relief_mesh *mesh,
                                         const rl_triangles *triangles,
                                         const rl_placement *placement,
                                         const rl_primitive *primitive);

/* Where the front and the back layer of a scene stand. */
rl_placement rl_front_placement(const relief_scene *scene);
rl_placement rl_back_placement(const relief_scene *scene);

/* Add the back layer of a scene that has one, as the first primitive and without its texture; none
 * where the layer is empty. Errors: _MEMORY, _LIMIT, _CANCELLED. */
RELIEF_CHECKED relief_status rl_mesh_add_back(relief_ctx *ctx, const relief_scene *scene,
                                              const rl_tess_bounds *bounds, relief_mesh *mesh);

/* Most pixels by which outlines may be off below a ribbon: its holes keep so far from its rims. */
#define RL_RIBBON_OUTLINE_PX 1.0

/* Whether a scene has a ribbon that goes with these bounds. */
bool rl_mesh_has_ribbon(const relief_scene *scene, const rl_tess_bounds *bounds);
/* Add the ribbon of a scene that has one, for a front with holes below it; the caller gives it its
 * texture. Errors: _MEMORY, _LIMIT. */
RELIEF_CHECKED relief_status rl_mesh_add_ribbon(relief_ctx *ctx, const relief_scene *scene,
                                                relief_mesh *mesh);

/* Fill a mesh with points, `grid` of them on the photo's long side or one a pixel (0).
 * Errors: _MEMORY, _LIMIT. */
RELIEF_CHECKED relief_status rl_mesh_fill_points(relief_ctx *ctx, const relief_scene *scene,
                                                 int grid, relief_mesh *mesh);
/* Fill a mesh with a flat grid, `grid` cells on its long side or 128 (0), that fills the camera's
 * view. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_mesh_fill_plane(relief_ctx *ctx, const relief_scene *scene,
                                                int grid, relief_mesh *mesh);
/* Disparity of every pixel, from 0 at the scene's far depth to 1 at its near depth. The caller
 * frees *out with rl_free(). Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_scene_heights(relief_ctx *ctx, const relief_scene *scene,
                                              float **out);
/* Fill a mesh with a closed body. Of `bounds` the counts of triangles are kept, and the grid.
 * Errors: _ARG (a measure), _MEMORY, _LIMIT, _CANCELLED. */
RELIEF_CHECKED relief_status rl_mesh_fill_solid(relief_ctx *ctx, const relief_scene *scene,
                                                const relief_mesh_options *options,
                                                rl_tess_bounds bounds, relief_mesh *mesh);

/* Fill in info.bounds_*, and normals when asked for. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_mesh_finish(relief_ctx *ctx, relief_mesh *mesh, bool normals);

/* What a quality means for the triangles; see the table in quality.c. */
RELIEF_CHECKED relief_status rl_mesh_bounds(relief_ctx *ctx, const relief_scene *scene,
                                            const relief_mesh_options *options,
                                            rl_tess_bounds *out);

#endif
