/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/depth_map.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

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

/* The least and the largest value of each row of a map. */
typedef struct range_job {
    const relief_depth *map;
    float *least, *most;
} range_job;

static void find_row_ranges(void *arg, size_t begin, size_t end) {
    const range_job *job = arg;
    const size_t width = (size_t)job->map->width;
    for (size_t y = begin; y < end; y++) {
        const float *row = job->map->values + y * width;
        float least = row[0], most = row[0];
#pragma omp simd reduction(min : least) reduction(max : most)
        for (size_t x = 0; x < width; x++) { /* fminf() would be a call */
            least = row[x] < least ? row[x] : least;
            most = row[x] > most ? row[x] : most;
        }
        job->least[y] = least;
        job->most[y] = most;
    }
}

static relief_status find_range(relief_ctx *ctx, relief_depth *map) {
    const size_t height = (size_t)map->height;
    void *rows;
    relief_status status = rl_alloc_in(ctx, 2 * height, sizeof(float), &rows);
    if (status) {
        return status;
    }
    range_job job = {.map = map, .least = rows, .most = (float *)rows + height};
    rl_parallel(ctx, height, 64, find_row_ranges, &job);
    map->min = job.least[0];
    map->max = job.most[0];
    for (size_t y = 1; y < height; y++) {
        map->min = job.least[y] < map->min ? job.least[y] : map->min;
        map->max = job.most[y] > map->max ? job.most[y] : map->max;
    }
    rl_free(rows);
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
    map->filter = RL_FILTER_LINEAR;
    relief_status status = find_range(ctx, map);
    if (status) {
        relief_depth_free(map);
        return status;
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
    depth->filter = origin->filter;
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

void rl_depth_shape(const relief_depth *map, int *width, int *height) {
    *width = map->photo_width ? map->photo_width : map->width;
    *height = map->photo_height ? map->photo_height : map->height;
}

rl_filter rl_depth_filter(const relief_depth *map) {
    return map->filter;
}

const float *relief_depth_values(const relief_depth *depth) {
    return depth->values;
}
