/* SPDX-License-Identifier: Apache-2.0 */
/* Between the steps of sharpening: where the ramps are, what lies at their ends, and on which side
 * of the edge a pixel falls. */
#ifndef RELIEF_SCENE_SHARPEN_H
#define RELIEF_SCENE_SHARPEN_H

#include "image/resample.h"
#include "scene/guide.h"
#include "scene/scene_inside.h"

/* The two surfaces at every pixel of the raster on which a map's edges were drawn. */
typedef struct rl_coarse {
    int width, height;
    float *near_side; /* q of the nearer surface at a depth edge, else the map's own q */
    float *far_side;  /* the farther one */
    float *length;    /* of the ramp, in pixels, where a contour knows it; else 0 */
    float parallax;   /* of a q of 1 at the scene's largest travel, in pixels of this raster */
} rl_coarse;

/* Sides of the edge at the guide's resolution. */
typedef struct rl_sides {
    int width, height;
    double across, down; /* as the guide's */
    float *share;        /* of the nearer surface, 0 to 1; below 0 away from ramps */
} rl_sides;

/* Where positions of one axis fall between the pixels of a raster of another size: the two pixels
 * around, and the share of the second. */
typedef struct rl_tap {
    int left, right;
    float share;
} rl_tap;

/* step: from one position to the next, in pixels of the other raster, which has `coarse_size`. */
rl_tap rl_tap_at(int position, double step, int coarse_size);
/* Taps of `size` positions; for rl_free(). Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_taps_new(relief_ctx *ctx, int size, double step, int coarse_size,
                                         rl_tap **out);

static inline float rl_between(const float *top, const float *bottom, rl_tap tap, float share) {
    float left = top[tap.left] + share * (bottom[tap.left] - top[tap.left]);
    float right = top[tap.right] + share * (bottom[tap.right] - top[tap.right]);
    return left + tap.share * (right - left);
}

/* Whether the two sides at a pixel are those of an edge. */
static inline bool rl_is_edge(float near_side, float far_side) {
    return near_side - far_side > 1e-3F * far_side;
}

/* Find the ramps of q, a raster of out's size; that and out->parallax are set. The caller clears
 * *out, after failures too. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_coarse_find(relief_ctx *ctx, const float *q, rl_coarse *out);
void rl_coarse_clear(rl_coarse *coarse);

/* Give every guide pixel in a ramp to one side, by its colour. q: a raster of q_width x q_height.
 * The caller frees out->share, after failures too. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_sides_find(relief_ctx *ctx, const rl_guide *guide,
                                           const rl_coarse *coarse, const rl_raster *q,
                                           rl_sides *out);

/* Make one smooth line of the border between the sides, along the photo's edges. Errors:
 * _MEMORY. */
RELIEF_CHECKED relief_status rl_sides_smooth(relief_ctx *ctx, const rl_guide *guide,
                                             const rl_coarse *coarse, rl_sides *sides);

#endif
