/* SPDX-License-Identifier: Apache-2.0 */
/* Silhouettes as lines, where a network has drawn them as ramps. */
#ifndef RELIEF_SCENE_CONTOURS_H
#define RELIEF_SCENE_CONTOURS_H

#include "image/resample.h"
#include "relief/base.h"

/* A pixel where a ramp is steepest, and what a cross-section through the ramp tells there. */
typedef struct rl_ridge {
    int x, y;
    float up_x, up_y; /* the way uphill, of length 1 */
    float up, down;   /* from here to the ends of the ramp, in pixels */
    float near_end, far_end;
    float strength; /* 1 and more: a silhouette by itself */
    float weight;   /* of the cut, 0 to 1: it tapers where a contour ends */
    bool open;      /* the cross-section left the picture before the ramp ended */
} rl_ridge;

typedef struct rl_contours {
    rl_ridge *ridges; /* in the order of rows */
    size_t count;
} rl_contours;

/* Find the silhouettes of q, a raster of 1 / depth. parallax: pixels that a q of 1 moves at the
 * largest travel. The caller clears *out, after failures too. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_contours_find(relief_ctx *ctx, const rl_raster *q, float parallax,
                                              rl_contours *out);
void rl_contours_clear(rl_contours *contours);

#endif
