/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a scene, and the steps that make one. In this room q is 1 / depth in the scene's
 * units. */
#ifndef RELIEF_SCENE_SCENE_INSIDE_H
#define RELIEF_SCENE_SCENE_INSIDE_H

#include "depth/near_far.h"
#include "image/resample.h"
#include "relief/scene.h"

/* Bits of relief_scene.torn: the surface is torn between a pixel and its neighbour. */
#define RL_TORN_RIGHT 1u
#define RL_TORN_DOWN 2u
/* While tears are being linked: the same bits, shifted, for borders that are torn only if they
 * continue a silhouette. */
#define RL_WEAK_SHIFT 2

/* What lies behind the front; see layers.h. */
typedef struct rl_back rl_back;
typedef struct rl_ribbon rl_ribbon;

struct relief_scene {
    const relief_image *photo; /* borrowed */
    relief_scene_info info;    /* info.model is owned by the scene */
    double travel;             /* largest camera offset / near_depth */
    float *depth;              /* height * width, along the optical axis */
    uint8_t *torn;             /* height * width bytes of RL_TORN_ bits */
    rl_back *back;             /* NULL: the scene has one layer */
    rl_ribbon *ribbon;         /* NULL: the front's edges are hard */
    int fringe_px;             /* by which what is near was drawn out over its soft edges */
};

/* How values of a map become q:
 *     raw = kind is disparity ? offset + factor * value : factor / value, at least `floor`;
 *     q = median + strength * (raw - median), clamped to [floor, ceiling]. */
typedef struct rl_geometry {
    bool reciprocal; /* the map holds depths */
    double offset, factor;
    double median, strength;
    double floor, ceiling; /* both > 0 */
} rl_geometry;

/* Fill in the options that are 0. */
void rl_scene_defaults(relief_scene_options *options);
/* Refuse a map whose shape is clearly not the photo's. Errors: _ARG. */
RELIEF_CHECKED relief_status rl_scene_check_shape(relief_ctx *ctx, const relief_depth *map,
                                                  const relief_camera *camera);

/* The focal length in pixels: option, then EXIF, then 55 degrees. Errors: _ARG. */
RELIEF_CHECKED relief_status rl_camera_solve(relief_ctx *ctx, const relief_image *photo,
                                             double fov_degrees, relief_camera *out);

/* Fit the normalisation of design.md step 1 to a map. `options` has its defaults filled in. Errors:
 * _MEMORY. */
RELIEF_CHECKED relief_status rl_geometry_fit(relief_ctx *ctx, const relief_depth *map,
                                             const relief_scene_options *options, rl_geometry *out);
/* Turn `count` values of the map into q. `values` and `q` may be the same. */
void rl_geometry_apply(const rl_geometry *geometry, const float *values, float *q, size_t count);
/* Fill q, a raster of the size of the photo, from a map of any size. Where the map, or the network
 * behind it, is coarser than the photo, the ramps that interpolation draws across depth edges
 * become steps, along the edges of the photo's colours where those tell. Errors: _MEMORY,
 * _CANCELLED. */
RELIEF_CHECKED relief_status rl_sharpen(relief_ctx *ctx, const relief_scene *scene,
                                        const relief_depth *map, const rl_geometry *geometry,
                                        float *q);

/* Whether a map has been drawn more coarsely than, or without regard to, the photo's edges: it
 * comes from a network, or is smaller than the photo. */
bool rl_map_is_soft(const relief_depth_info *map, const relief_camera *camera);
/* Give the soft edge of what stands in front to it. torn: as rl_silhouettes() leaves it. q is
 * changed, so that borders have to be found again in the tiles that are set to 1. Returns the
 * edge's width in pixels. */
int rl_fringe_take(relief_ctx *ctx, const relief_scene *scene, float *q, uint8_t *tiles);

/* Pixels a side of the tiles in which silhouettes are found again. */
#define RL_TEAR_TILE 256
static inline int rl_tiles_across(int pixels) {
    return (pixels + RL_TEAR_TILE - 1) / RL_TEAR_TILE;
}

/* Find the pixel borders along which the surface may be torn; `torn` holds a byte for each pixel.
 * least_step: steps of q below this are never torn. tiles: not 0 for those to look at, row by row;
 * NULL: all. */
void rl_silhouettes(relief_ctx *ctx, const rl_raster *q, float least_step, const uint8_t *tiles,
                    uint8_t *torn);

/* Which lines of torn borders are silhouettes. */
typedef struct rl_tear_rule {
    int least_length;  /* in pixel borders; shorter lines are noise */
    float least_area;  /* what a line uncovers at the largest travel, in pixels */
    float parallax_px; /* pixels of parallax for a q of 1 at the largest travel */
} rl_tear_rule;

/* Link the borders that rl_silhouettes() found into lines, and leave RL_TORN_ bits on those that
 * are silhouettes. *count: borders that are torn. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_tears_link(relief_ctx *ctx, const rl_raster *q,
                                           const rl_tear_rule *rule, uint8_t *torn, int64_t *count);

#endif
