/* SPDX-License-Identifier: Apache-2.0 */
/* From relative disparities, which have no scale, to distances. */
#ifndef RELIEF_DEPTH_NEAR_FAR_H
#define RELIEF_DEPTH_NEAR_FAR_H

#include "relief/base.h"

/* Share of pixels beyond the robust ends of a relative map, on each side. */
#define RL_ROBUST_SHARE 0.005
/* The unit of distances without a scale: half the pixels lie nearer than this. */
#define RL_MEDIAN_DEPTH 2.0
/* Farthest to nearest distance, where nothing else is asked for. */
#define RL_DEPTH_RATIO 20.0

/* 1 / distance = offset + factor * disparity, kept within floor..ceiling. */
typedef struct rl_near_far {
    double offset, factor, floor, ceiling;
} rl_near_far;

/* Fit to a map's disparities at its robust far end, median and robust near end: distances there
 * are depth_ratio : 1, and RL_MEDIAN_DEPTH in the middle. */
void rl_near_far_fit(const float ends[3], double depth_ratio, rl_near_far *out);

/* The `share` quantiles (0..1) of a raster, from at most 2^16 evenly spaced values. Errors:
 * _MEMORY. */
RELIEF_CHECKED relief_status rl_quantiles(relief_ctx *ctx, const float *values, size_t count,
                                          const double *shares, float *out, int share_count);

#endif
