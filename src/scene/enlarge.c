/* SPDX-License-Identifier: Apache-2.0 */
#include "scene/enlarge.h"

#include "depth/depth_map.h"

/* Pixels of a network along the frame that are not believed. */
enum { FRAME_PIXELS = 2 };

/* Network pixels along the frame, in pixels of a side of `size`. */
static int ring_of_side(int size, int network_side) {
    return network_side > 0 ? (FRAME_PIXELS * size + network_side / 2) / network_side : 0;
}

rl_ring rl_ring_of(const relief_depth_info *map, int width, int height) {
    const rl_ring ring = {ring_of_side(width, map->network_width),
                          ring_of_side(height, map->network_height)};
    const bool fits = width > 4 * ring.x && height > 4 * ring.y;
    return fits ? ring : (rl_ring){0, 0};
}

bool rl_is_left_small(const relief_depth_info *map, const relief_camera *camera) {
    return map->network_width > 0 && map->width <= camera->width && map->height <= camera->height &&
           (map->width < camera->width || map->height < camera->height);
}

relief_status rl_enlarge(relief_ctx *ctx, const relief_depth *map, const relief_camera *camera,
                         const rl_geometry *geometry, rl_enlargement *out) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(map, &info);
    *out = (rl_enlargement){.geometry = geometry,
                            .least = info.min,
                            .most = info.max,
                            .width = camera->width,
                            .height = camera->height,
                            .ring = rl_ring_of(&info, camera->width, camera->height)};
    const rl_raster raster = {map->values, info.width, info.height, 1};
    return rl_resampler_new(ctx, &raster, rl_depth_filter(map), out->width, out->height,
                            &out->resampler);
}

void rl_enlargement_clear(rl_enlargement *enlargement) {
    rl_resampler_free(enlargement->resampler);
    enlargement->resampler = NULL;
}

void rl_enlarged_values(const rl_enlargement *enlargement, int y, int begin, int end,
                        float *values) {
    const float least = enlargement->least, most = enlargement->most;
    rl_resampler_row(enlargement->resampler, y, begin, end, values);
    for (int i = 0; i < end - begin; i++) { /* cubic interpolation shoots over */
        const float value = values[i] < least ? least : values[i];
        values[i] = value > most ? most : value;
    }
}

void rl_enlarged_q(const rl_enlargement *enlargement, int y, float *q) {
    const rl_ring ring = enlargement->ring;
    const int width = enlargement->width, last = enlargement->height - 1 - ring.y;
    rl_enlarged_values(enlargement, y < ring.y ? ring.y : y > last ? last : y, 0, width, q);
    rl_geometry_apply(enlargement->geometry, q, q, (size_t)width);
    for (int x = 0; x < ring.x; x++) {
        q[x] = q[ring.x];
        q[width - 1 - x] = q[width - 1 - ring.x];
    }
}
