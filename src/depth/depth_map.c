/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/depth_map.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

bool rl_depth_valid(float value, relief_depth_kind kind) {
    return isfinite(value) && (kind == RELIEF_DISPARITY || value > 0.0F);
}

relief_status rl_depth_check_size(relief_ctx *ctx, const char *path, int64_t width,
                                  int64_t height) {
    if (width < 1 || height < 1) {
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: the map has no pixels", path);
    }
    if (width > RELIEF_MAX_SIDE || height > RELIEF_MAX_SIDE || width * height > RELIEF_MAX_PIXELS) {
        return rl_fail(ctx, RELIEF_ERROR_LIMIT,
                       "%s: %lld x %lld pixels are more than relief takes (at most %d a side and "
                       "%lld in all)",
                       path, (long long)width, (long long)height, RELIEF_MAX_SIDE,
                       (long long)RELIEF_MAX_PIXELS);
    }
    return RELIEF_OK;
}

relief_status rl_depth_adopt(relief_ctx *ctx, float *values, int width, int height,
                             relief_depth_kind kind, relief_depth **out) {
    relief_depth *map = rl_calloc(1, sizeof(*map));
    if (!map) {
        rl_free(values);
        return rl_fail_memory(ctx, sizeof(*map));
    }
    map->values = values;
    map->width = width;
    map->height = height;
    map->kind = kind;
    map->min = values[0];
    map->max = values[0];
    for (size_t i = 1; i < (size_t)width * (size_t)height; i++) { /* fminf() would be a call */
        map->min = values[i] < map->min ? values[i] : map->min;
        map->max = values[i] > map->max ? values[i] : map->max;
    }
    *out = map;
    return RELIEF_OK;
}

relief_status relief_depth_from_values(relief_ctx *ctx, const float *values, int width, int height,
                                       relief_depth_kind kind, relief_depth **out) {
    *out = NULL;
    if (width < 1 || height < 1 || width > RELIEF_MAX_SIDE || height > RELIEF_MAX_SIDE ||
        (int64_t)width * height > RELIEF_MAX_PIXELS) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a depth map of %d x %d pixels", width, height);
    }
    if (kind != RELIEF_DISPARITY && kind != RELIEF_DEPTH && kind != RELIEF_METRES) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a depth map of unknown kind %d", (int)kind);
    }
    size_t count = (size_t)width * (size_t)height;
    for (size_t i = 0; i < count; i++) {
        if (!rl_depth_valid(values[i], kind)) {
            return rl_fail(ctx, RELIEF_ERROR_ARG, "value %g at column %zu, row %zu of a %s map",
                           (double)values[i], i % (size_t)width, i / (size_t)width,
                           rl_depth_kind_name(kind));
        }
    }
    float *copy = NULL;
    relief_status status = rl_alloc_in(ctx, count, sizeof(*copy), (void **)&copy);
    if (status) {
        return status;
    }
    memcpy(copy, values, count * sizeof(*copy));
    return rl_depth_adopt(ctx, copy, width, height, kind, out);
}

void rl_depth_take_origin(relief_depth *depth, const relief_depth *origin) {
    depth->network_width = origin->network_width;
    depth->network_height = origin->network_height;
    depth->precision = origin->precision;
    depth->instruction_set = origin->instruction_set;
    memcpy(depth->model, origin->model, sizeof(origin->model));
}

relief_status relief_depth_derive(relief_ctx *ctx, const relief_depth *origin, const float *values,
                                  int width, int height, relief_depth **out) {
    relief_status status = relief_depth_from_values(ctx, values, width, height, origin->kind, out);
    if (status) {
        return status;
    }
    rl_depth_take_origin(*out, origin);
    return RELIEF_OK;
}

void relief_depth_free(relief_depth *depth) {
    if (depth) {
        rl_free(depth->values);
        rl_free(depth);
    }
}

void relief_depth_get_info(const relief_depth *depth, relief_depth_info *info) {
    relief_depth_info own = {
        .struct_size = sizeof(own),
        .width = depth->width,
        .height = depth->height,
        .kind = depth->kind,
        .min = depth->min,
        .max = depth->max,
        .network_width = depth->network_width,
        .network_height = depth->network_height,
        .model = depth->model,
        .precision = depth->precision ? depth->precision : "",
        .instruction_set = depth->instruction_set ? depth->instruction_set : "",
    };
    rl_info_copy(info, &own, sizeof(own));
}

const float *relief_depth_values(const relief_depth *depth) {
    return depth->values;
}
