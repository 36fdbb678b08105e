/* SPDX-License-Identifier: Apache-2.0 */
/* A network's map, as small as it was drawn, at the size of the photo: row by row, so that it never
 * takes memory in that size. */
#ifndef RELIEF_SCENE_ENLARGE_H
#define RELIEF_SCENE_ENLARGE_H

#include "image/resample.h"
#include "scene/scene_inside.h"

/* Pixels along the frame that are not believed, in columns and rows. */
typedef struct rl_ring {
    int x, y;
} rl_ring;

/* Networks see nothing beyond the frame, and guess badly along it. 0 for maps of no network, and
 * where the ring would be most of a raster of width x height. */
rl_ring rl_ring_of(const relief_depth_info *map, int width, int height);

typedef struct rl_enlargement {
    rl_resampler *resampler;
    const rl_geometry *geometry; /* borrowed */
    float least, most;           /* of the map */
    int width, height;           /* of the photo */
    rl_ring ring;
} rl_enlargement;

/* Whether a map stands in its network's own size, smaller than the photo. */
bool rl_is_left_small(const relief_depth_info *map, const relief_camera *camera);

/* The caller clears *out, after failures too. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_enlarge(relief_ctx *ctx, const relief_depth *map,
                                        const relief_camera *camera, const rl_geometry *geometry,
                                        rl_enlargement *out);
void rl_enlargement_clear(rl_enlargement *enlargement);

/* Columns [begin, end) of row y of the map. */
void rl_enlarged_values(const rl_enlargement *enlargement, int y, int begin, int end,
                        float *values);
/* Row y of q, width values: what lies in the ring is as what lies behind it. */
void rl_enlarged_q(const rl_enlargement *enlargement, int y, float *q);

#endif
