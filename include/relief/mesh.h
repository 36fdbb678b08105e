/* SPDX-License-Identifier: Apache-2.0 */
/* Meshes: a scene as textured triangles, and the files they go to. */
#ifndef RELIEF_MESH_H
#define RELIEF_MESH_H

#include "relief/scene.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct relief_mesh relief_mesh;
/* A camera's way through a scene: relief/path.h. */
typedef struct relief_path relief_path;

/* How finely a scene is triangulated. In pixels of parallax at the scene's largest travel: */
typedef enum relief_quality {
    RELIEF_QUALITY_NORMAL = 0, /* half a pixel; silhouettes keep to the pixel */
    RELIEF_QUALITY_DRAFT = 1,  /* two pixels; silhouettes may move by one */
    RELIEF_QUALITY_HIGH = 2    /* a quarter; silhouettes keep to the pixel */
} relief_quality;

/* What a mesh is made of. */
typedef enum relief_mesh_kind {
    RELIEF_MESH_SURFACE = 0, /* textured triangles around the photo's camera */
    RELIEF_MESH_POINTS = 1,  /* a point in the middle of every pixel, no triangles */
    RELIEF_MESH_SOLID = 2,   /* a closed body to print or carve, in millimetres: the disparity as
                                height above a plate that lies on z = 0 from (0,0) on */
    RELIEF_MESH_PLANE = 3    /* a flat grid, 2 units long, that shows the photo; a picture of the
                                disparity for it to be displaced by is written beside it */
} relief_mesh_kind;

/* Largest measure of a solid. */
#define RELIEF_MAX_MM 10000

typedef struct relief_mesh_options {
    size_t struct_size;
    int grid; /* this many cells on the long side, 1..RELIEF_MAX_SIDE, in place of error bounds; 0:
                 triangles go where the surface needs them */
    int64_t
        max_triangles; /* error bounds are raised until these suffice for the front, 2 at least; a
                          back may have half as many besides, a ribbon a 32nd; 0: 1,000,000 */
    relief_quality quality;
    double error_px;       /* of parallax at the largest travel, 0.01..1000; 0: by quality */
    int64_t triangles;     /* about this many of the front, never more: the smallest error that they
                          allow; 0: off */
    bool normals;          /* a normal at every vertex; not of points */
    relief_mesh_kind kind; /* of points, `grid` is how many on the long side, 0: one a pixel; of a
                              plane the same, 0: 128 */
    /* Of a solid, in millimetres, 0..RELIEF_MAX_MM; 0 stands for: */
    double base_mm;   /* thickness of the plate: 2 */
    double relief_mm; /* height of what stands on it: 10 */
    double plate_mm;  /* long side of the plate: 100 */
    bool no_ribbon;   /* leave soft edges with what is near, for who cannot draw surfaces with alpha
                       over others; grids, meshes of a certain number of triangles or of too few for
                       it, and outlines that may be off by more than a pixel have none anyway */
} relief_mesh_options;

typedef struct relief_mesh_info {
    size_t struct_size;
    int64_t vertex_count, triangle_count;
    float bounds_min[3], bounds_max[3]; /* in the scene's units, of a solid in millimetres */
    relief_mesh_kind kind;
} relief_mesh_info;

/* Triangulate a scene. `options` may be NULL; `scene` must live as long as the mesh.
 * The camera is at the origin, looks along -Z, +Y is up; seen from there a surface covers the photo
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
/* vertex_count triples, of length 1; NULL when they were not asked for. Borrowed. */
RELIEF_API const float *relief_mesh_normals(const relief_mesh *mesh);
/* triangle_count triples of vertex indices, counter-clockwise seen from the camera. Borrowed. */
RELIEF_API const uint32_t *relief_mesh_indices(const relief_mesh *mesh);

typedef struct relief_mesh_save_options {
    size_t struct_size;
    bool force;         /* replace an existing file that relief did not make */
    bool keep_metadata; /* keep the JPEG's EXIF, XMP and the rest in the texture */
    bool compress;      /* glTF: EXT_meshopt_compression, for viewers that know it */
    int texture_size;   /* most pixels on a texture's long side; 0: the photo's own, as it is */
    /* glTF: move the camera along this path, told frame by frame; NULL: it stands still.
     * Borrowed. */
    const relief_path *path;
    double frames_per_second; /* of the path, 1..240; 0: 30 */
} relief_mesh_save_options;

/* What the formats of relief_mesh_save() hold. */
typedef struct relief_mesh_format {
    const char *ending;   /* ".glb" */
    unsigned kinds;       /* bits 1 << relief_mesh_kind */
    bool colours;         /* of vertices, taken from the photo's raster */
    const char *contents; /* a few words for help and messages */
} relief_mesh_format;

/* The format of a path's ending, NULL for none; "-" is .glb. */
RELIEF_API const relief_mesh_format *relief_mesh_format_of(const char *path);
/* Whether relief_mesh_save() knows the ending of `path`. */
RELIEF_API bool relief_mesh_can_save(const char *path);

/* Write a mesh; the ending of `path` picks the format.
 *   .glb   surfaces with textures and camera
 *   .gltf  the same, with .bin and pictures beside it
 *   .obj   surfaces with .mtl and pictures beside it
 *          planes in these three, with STEM-depth.exr beside them
 *   .ply   surfaces with colours and pictures beside it; points with colours
 *   .stl   solids
 * All files of a format appear together or not at all. `path` "-" is standard output, as .glb.
 * `options` may be NULL. Errors: _UNSUPPORTED (ending, or a kind that the format does not hold),
 * _IO, _EXISTS, _LIMIT (over 4 GiB), _MEMORY, _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_mesh_save(relief_ctx *ctx, const relief_mesh *mesh,
                                                         const char *path,
                                                         const relief_mesh_save_options *options);

#ifdef __cplusplus
}
#endif
#endif
