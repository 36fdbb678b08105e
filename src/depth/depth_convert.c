/* SPDX-License-Identifier: Apache-2.0 */
/* Disparity to depth and back. */
#include "base/memory.h"
#include "base/status.h"
#include "depth/depth_map.h"
#include "depth/near_far.h"

#include <math.h>
#include <string.h>

/* Distances from disparities without a scale. */
static relief_status distances(relief_ctx *ctx, const relief_depth *from, float *out) {
    static const double shares[3] = {RL_ROBUST_SHARE, 0.5, 1 - RL_ROBUST_SHARE};
    size_t count = (size_t)from->width * (size_t)from->height;
    float ends[3];
    rl_near_far line;
    relief_status status = rl_quantiles(ctx, from->values, count, shares, ends, 3);
    if (status)
        return status;
    rl_near_far_fit(ends, RL_DEPTH_RATIO, &line);
    for (size_t i = 0; i < count; i++) {
        double q = line.offset + line.factor * (double)from->values[i];
        q = q < line.floor ? line.floor : q;
        out[i] = (float)(1 / (q > line.ceiling ? line.ceiling : q));
    }
    return RELIEF_OK;
}

/* Reciprocals of depths, which are all above 0, kept finite. */
static void reciprocals(const float *values, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) {
        double q = 1 / (double)values[i];
        out[i] = (float)(q < 1e30 ? q : 1e30);
    }
}

relief_status relief_depth_convert(relief_ctx *ctx, const relief_depth *depth,
                                   relief_depth_kind kind, relief_depth **out) {
    size_t count = (size_t)depth->width * (size_t)depth->height;
    float *values = NULL;
    *out = NULL;
    if (kind == RELIEF_METRES && depth->kind != RELIEF_METRES)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a map of %s has no metres",
                       rl_depth_kind_name(depth->kind));
    if (kind != RELIEF_DISPARITY && kind != RELIEF_DEPTH && kind != RELIEF_METRES)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a depth map of unknown kind %d", (int)kind);
    relief_status status = rl_alloc_in(ctx, count, sizeof(*values), (void **)&values);
    if (status)
        return status;
    const bool was_disparity = depth->kind == RELIEF_DISPARITY;
    relief_depth_kind becomes = depth->kind;
    if (was_disparity && kind == RELIEF_DEPTH) {
        status = distances(ctx, depth, values);
        becomes = RELIEF_DEPTH;
    } else if (!was_disparity && kind == RELIEF_DISPARITY) {
        reciprocals(depth->values, count, values);
        becomes = RELIEF_DISPARITY;
    } else {
        memcpy(values, depth->values, count * sizeof(*values));
    }
    if (status) {
        rl_free(values);
        return status;
    }
    status = rl_depth_adopt(ctx, values, depth->width, depth->height, becomes, out);
    if (!status)
        rl_depth_take_origin(*out, depth);
    return status;
}
