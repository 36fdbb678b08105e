/* SPDX-License-Identifier: Apache-2.0 */
/* Depth maps in other sizes. */
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "depth/depth_map.h"

#include <math.h>

typedef struct clamp_job {
    float *values;
    float least, most;
} clamp_job;

static void clamp_values(void *arg, size_t begin, size_t end) {
    const clamp_job *job = arg;
    for (size_t i = begin; i < end; i++) {
        const float value = job->values[i];
        job->values[i] = value < job->least ? job->least : value > job->most ? job->most : value;
    }
}

relief_status rl_depth_resample(relief_ctx *ctx, const rl_raster *from, rl_filter filter,
                                rl_raster *to) {
    const size_t count = (size_t)to->width * (size_t)to->height;
    void *block;
    relief_status status = rl_alloc_in(ctx, count, sizeof(float), &block);
    if (status)
        return status;
    to->data = block;
    to->channels = 1;
    const bool shrinks = from->width > 2 * to->width || from->height > 2 * to->height;
    status = rl_resample(ctx, from, shrinks ? RL_FILTER_AREA : filter, to);
    if (status) {
        rl_free(to->data);
        to->data = NULL;
        return status;
    }
    clamp_job job = {.values = to->data, .least = from->data[0], .most = from->data[0]};
    for (size_t i = 1; i < (size_t)from->width * (size_t)from->height; i++) {
        job.least = fminf(job.least, from->data[i]);
        job.most = fmaxf(job.most, from->data[i]);
    }
    rl_parallel(ctx, count, 1 << 16, clamp_values, &job);
    return RELIEF_OK;
}

relief_status relief_depth_resize(relief_ctx *ctx, const relief_depth *depth, int width, int height,
                                  relief_depth **out) {
    *out = NULL;
    if (width < 1 || height < 1 || width > RELIEF_MAX_SIDE || height > RELIEF_MAX_SIDE ||
        (int64_t)width * height > RELIEF_MAX_PIXELS)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a depth map of %d x %d pixels", width, height);
    const rl_raster from = {depth->values, depth->width, depth->height, 1};
    rl_raster to = {.width = width, .height = height};
    relief_status status = rl_depth_resample(ctx, &from, rl_depth_filter(depth), &to);
    if (!status)
        status = rl_depth_adopt(ctx, to.data, width, height, depth->kind, out);
    if (!status)
        rl_depth_take_origin(*out, depth);
    return status;
}
