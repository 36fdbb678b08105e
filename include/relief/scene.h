/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes: a photo, its camera, and the distance of every pixel, with silhouettes found. */
#ifndef RELIEF_SCENE_H
#define RELIEF_SCENE_H

#include "relief/depth.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct relief_scene relief_scene;

typedef struct relief_scene_options {
    size_t struct_size;
    double fov_degrees; /* on the photo's long side, 1..170; 0: from EXIF, else 55 */
    double depth_ratio; /* far : near of relative maps, 1.01..1000; 0: 20 */
    double strength;    /* scales disparity about its median, 0.01..10; 0: 1 */
    double travel;   /* largest camera offset as a share of the nearest depth, 0.001..1; 0: 0.10 */
    int layers;      /* 1: what the photo shows; 2: and what comes to light behind it and around its
                   frame when the camera moves, up to the travel, filled from the photo's raster; 0:
                   1 (the program itself asks for 2). Photos with
                   transparent parts have 1 always */
    bool hard_edges; /* cut silhouettes where the photo's edges are at their steepest; else what is
                        near takes the soft outer half of its edge along, for maps of networks and
                        maps coarser than the photo, and with two layers that edge is one of its own
                        with alpha, on photos of 512 pixels and more */
} relief_scene_options;

/* A pinhole camera at the origin that looks along -Z, +Y up. */
typedef struct relief_camera {
    int width, height;      /* photo size in pixels */
    double focal_px;        /* focal length in pixels of the photo */
    double fov_degrees;     /* on the long side */
    const char *focal_from; /* "option", "exif" or "default" */
} relief_camera;

typedef struct relief_scene_info {
    size_t struct_size;
    relief_camera camera;
    float near_depth, far_depth; /* 0.1 and 99.9 percentile of depth, in the scene's units */
    bool metric;                 /* units are metres; otherwise the median depth is 2 */
    int64_t silhouette_edges;    /* pixel borders along which the surface is torn */
    const char *model;           /* that made the depth, "" for a user's map */
    const char *precision, *instruction_set; /* as in relief_depth_info */
    float median_depth; /* about which `strength` scales disparity, in the scene's units */
} relief_scene_info;

/* Move the depth edges of a map, which a network draws as ramps, to those of the photo, as a scene
 * has them; away from silhouettes nothing is changed, and no texture becomes depth.
 * *out: a new map of the photo's size and of the same kind and origin. The map should be a
 * network's, of the photo's size; one of another size is resampled. Errors: _ARG (a clearly
 * different shape), _MEMORY, _CANCELLED. The caller frees *out with relief_depth_free(). */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_sharpen(relief_ctx *ctx,
                                                             const relief_depth *depth,
                                                             const relief_image *photo,
                                                             relief_depth **out);

/* Place every pixel of `photo` in space. The map is resampled to photo size when it has another.
 * `options` may be NULL. `photo` must live as long as the scene; `depth` need not.
 * Errors: _ARG (an option out of range, a map of a clearly different shape), _MEMORY, _CANCELLED.
 * The caller frees *out. */
RELIEF_API RELIEF_CHECKED relief_status relief_scene_new(relief_ctx *ctx, const relief_image *photo,
                                                         const relief_depth *depth,
                                                         const relief_scene_options *options,
                                                         relief_scene **out);
RELIEF_API void relief_scene_free(relief_scene *scene);
RELIEF_API void relief_scene_get_info(const relief_scene *scene, relief_scene_info *info);
/* Depth of every pixel along the optical axis, height * width floats, rows from the top. Borrowed.
 */
RELIEF_API const float *relief_scene_depth(const relief_scene *scene);

#ifdef __cplusplus
}
#endif
#endif
