/* SPDX-License-Identifier: Apache-2.0 */
/* From the map's values to q = 1 / depth. */
#include "scene/scene_inside.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>

/* Share of pixels beyond the robust ends of a relative map, on each side. */
static const double ROBUST_SHARE = 0.005;
static const double NEAR_SHARE = 0.001;
/* The scene's units for maps without a scale: half its pixels lie nearer than this. */
static const double MEDIAN_DEPTH = 2.0;
/* Depths are kept between the near depth / 100 and * 1000. Beyond that nothing moves by a pixel for
 * any travel, and a sky at 1e10, as renderers write it, would spoil every viewer's zoom-to-fit. */
static const double NEARER = 100.0;
static const double FARTHER = 1000.0;
/* Disparities above the robust near end still count, up to this multiple of its q. */
static const double NEAR_OUTLIERS = 4.0;
enum { MAX_SAMPLES = 1 << 16 };

static int compare_floats(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

relief_status rl_quantiles(relief_ctx *ctx, const float *values, size_t count, const double *shares,
                           float *out, int share_count) {
    size_t samples = count < MAX_SAMPLES ? count : MAX_SAMPLES;
    void *block;
    relief_status status = rl_alloc_in(ctx, samples, sizeof(float), &block);
    if (status)
        return status;
    float *sorted = block;
    for (size_t i = 0; i < samples; i++)
        sorted[i] = values[(size_t)(((double)i + 0.5) * (double)count / (double)samples)];
    qsort(sorted, samples, sizeof(float), compare_floats);
    for (int k = 0; k < share_count; k++)
        out[k] = sorted[(size_t)llround(shares[k] * (double)(samples - 1))];
    rl_free(sorted);
    return RELIEF_OK;
}

static void fit_disparity(const float *ends, double depth_ratio, rl_geometry *out) {
    double low = ends[0], median = ends[1], high = ends[2];
    double span = high - low;
    out->reciprocal = false;
    if (!(span > 1e-6 * fmax(fabs(low), fabs(high)))) {
        out->offset = out->floor = out->ceiling = 1 / MEDIAN_DEPTH;
        out->factor = 0;
    } else {
        double median_share = (median - low) / span;
        double far_q = 1 / (MEDIAN_DEPTH * (1 + (depth_ratio - 1) * median_share));
        out->factor = far_q * (depth_ratio - 1) / span;
        out->offset = far_q - out->factor * low;
        out->floor = far_q;
        out->ceiling = NEAR_OUTLIERS * depth_ratio * far_q;
    }
    out->median = 1 / MEDIAN_DEPTH;
}

relief_status rl_geometry_fit(relief_ctx *ctx, const relief_depth *map,
                              const relief_scene_options *options, rl_geometry *out) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(map, &info);
    size_t count = (size_t)info.width * (size_t)info.height;
    const bool relative = info.kind == RELIEF_DISPARITY;
    double shares[3] = {relative ? ROBUST_SHARE : NEAR_SHARE, 0.5, 1 - ROBUST_SHARE};
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
    out->factor = info.kind == RELIEF_METRES ? 1 : ends[1] / MEDIAN_DEPTH;
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
