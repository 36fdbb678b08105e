/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/surface_facts.h"

#include "base/status.h"

#include <math.h>

relief_status rl_surface_picture(relief_ctx *ctx, const relief_surface *surface,
                                 const relief_image_options *options, relief_image **out,
                                 relief_image_info *info) {
    relief_status status = relief_image_load_memory(ctx, surface->picture, surface->picture_size,
                                                    "the scene's texture", options, out);
    *info = (relief_image_info)RELIEF_OPTIONS_INIT(relief_image_info);
    if (!status)
        relief_image_get_info(*out, info);
    return status;
}

static double area(const double a[2], const double b[2], const double c[2]) {
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

relief_status rl_surface_density(relief_ctx *ctx, const relief_surface *surface, double *out) {
    double textured = 0, seen = 0;
    for (int64_t t = 0; t < surface->triangle_count; t++) {
        double uv[3][2], ray[3][2];
        for (int k = 0; k < 3; k++) {
            const uint32_t v = surface->indices[3 * t + k];
            if (v >= surface->vertex_count)
                return rl_fail(ctx, RELIEF_ERROR_FORMAT, "a triangle names vertex %u of %lld", v,
                               (long long)surface->vertex_count);
            const float *p = surface->positions + 3 * (size_t)v;
            const double depth = -(double)p[2];
            for (size_t i = 0; i < 2; i++) {
                uv[k][i] = (double)surface->uvs[2 * (size_t)v + i];
                ray[k][i] = depth > 0 ? (double)p[i] / depth : 0;
            }
        }
        textured += fabs(area(uv[0], uv[1], uv[2]));
        seen += fabs(area(ray[0], ray[1], ray[2]));
    }
    *out = seen > 0 ? textured / seen : 0;
    return RELIEF_OK;
}
