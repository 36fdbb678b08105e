/* SPDX-License-Identifier: Apache-2.0 */
/* From the map's values to q = 1 / depth. */
#include "scene/scene_inside.h"

#include "base/status.h"

#include <math.h>

static const double NEAR_SHARE = 0.001;
/* Depths are kept between the near depth / 100 and * 1000. Beyond that nothing moves by a pixel for
 * any travel, and a sky at 1e10, as renderers write it, would spoil every viewer's zoom-to-fit. */
static const double NEARER = 100.0;
static const double FARTHER = 1000.0;

static void fit_disparity(const float *ends, double depth_ratio, rl_geometry *out) {
    rl_near_far line;
    rl_near_far_fit(ends, depth_ratio, &line);
    out->reciprocal = false;
    out->factor = line.factor;
    out->offset = line.offset;
    out->floor = line.floor;
    out->ceiling = line.ceiling;
    out->median = 1 / RL_MEDIAN_DEPTH;
}

relief_status rl_geometry_fit(relief_ctx *ctx, const relief_depth *map,
                              const relief_scene_options *options, rl_geometry *out) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(map, &info);
    size_t count = (size_t)info.width * (size_t)info.height;
    const bool relative = info.kind == RELIEF_DISPARITY;
    double shares[3] = {relative ? RL_ROBUST_SHARE : NEAR_SHARE, 0.5, 1 - RL_ROBUST_SHARE};
    float ends[3];
    relief_status status = rl_quantiles(ctx, relief_depth_values(map), count, shares, ends, 3);
    if (status)
        return status;
    out->strength = options->strength;
    if (relative) {
        fit_disparity(ends, options->depth_ratio, out);
        return RELIEF_OK;
    }
    out->reciprocal = true;
    out->offset = 0;
    out->factor = info.kind == RELIEF_METRES ? 1 : ends[1] / RL_MEDIAN_DEPTH;
    out->median = out->factor / ends[1];
    /* Nearest depth, kept so near the median that floor and ceiling fit a float. */
    double nearest = fmax((double)ends[0], 1e-9 * (double)ends[1]);
    out->floor = out->factor / nearest / FARTHER;
    out->ceiling = out->factor / nearest * NEARER;
    return RELIEF_OK;
}

void rl_geometry_apply(const rl_geometry *geometry, const float *values, float *q, size_t count) {
    const float offset = (float)geometry->offset, factor = (float)geometry->factor;
    const float median = (float)geometry->median, strength = (float)geometry->strength;
    const float low = (float)geometry->floor, high = (float)geometry->ceiling;
    for (size_t i = 0; i < count; i++) {
        float raw = geometry->reciprocal ? factor / values[i] : offset + factor * values[i];
        raw = raw > low ? raw : low;
        /* Written so that a strength of 1 leaves the value bit for bit. */
        float scaled = raw + (strength - 1) * (raw - median);
        scaled = scaled > low ? scaled : low;
        q[i] = scaled < high ? scaled : high;
    }
}
