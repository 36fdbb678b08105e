/* SPDX-License-Identifier: Apache-2.0 */
/* A depth map whose edges lie where the photo's are: what a scene is made of, given back as a map.
 */
#include "base/memory.h"
#include "base/threads.h"
#include "scene/enlarge.h"

#include <string.h>

/* Columns that are looked at in one go. */
enum { RUN = 512 };

/* Values of the map, and q before they become values. At most one of the first two stands. */
typedef struct edge_job {
    const float *values; /* of the map, where it has the photo's size */
    const rl_enlargement *enlargement;
    const rl_geometry *geometry;
    int width;
    float *q;
} edge_job;

/* Back from q to the map's values. */
static void restore(const rl_geometry *geometry, float *q, int count) {
    const float offset = (float)geometry->offset, factor = (float)geometry->factor;
    for (int i = 0; i < count; i++)
        q[i] = geometry->reciprocal ? factor / q[i] : (q[i] - offset) / factor;
}

/* The same, but a pixel that was left alone keeps its value, also where q had to be clamped. */
static void restore_moved(const rl_geometry *geometry, const float *values, float *q, int count) {
    float unmoved[RUN], restored[RUN];
    rl_geometry_apply(geometry, values, unmoved, (size_t)count);
    memcpy(restored, q, (size_t)count * sizeof *q);
    restore(geometry, restored, count);
    for (int i = 0; i < count; i++)
        q[i] = unmoved[i] == q[i] ? values[i] : restored[i];
}

static void restore_row(const edge_job *job, int y) {
    float *q = job->q + (size_t)y * (size_t)job->width;
    for (int begin = 0; begin < job->width; begin += RUN) {
        const int end = begin + RUN < job->width ? begin + RUN : job->width;
        float enlarged[RUN];
        const float *values = enlarged;
        if (job->enlargement)
            rl_enlarged_values(job->enlargement, y, begin, end, enlarged);
        else if (job->values)
            values = job->values + (size_t)y * (size_t)job->width + begin;
        if (job->enlargement || job->values)
            restore_moved(job->geometry, values, q + begin, end - begin);
        else
            restore(job->geometry, q + begin, end - begin);
    }
}

static void restore_rows(void *arg, size_t begin, size_t end) {
    for (size_t y = begin; y < end; y++)
        restore_row(arg, (int)y);
}

/* The map at photo size with the photo's edges. */
static relief_status sharpen_values(relief_ctx *ctx, const relief_scene *scene,
                                    const relief_depth *depth, float *values) {
    const relief_camera *camera = &scene->info.camera;
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    rl_geometry geometry;
    rl_enlargement enlargement = {0};
    edge_job job = {.geometry = &geometry, .width = camera->width, .q = values};
    relief_depth_get_info(depth, &info);
    rl_scene_defaults(&options);
    relief_status status = rl_geometry_fit(ctx, depth, &options, &geometry);
    if (!status)
        status = rl_sharpen(ctx, scene, depth, &geometry, values);
    if (!status && rl_is_left_small(&info, camera)) {
        status = rl_enlarge(ctx, depth, camera, &geometry, &enlargement);
        job.enlargement = &enlargement;
    } else if (info.width == camera->width && info.height == camera->height) {
        job.values = relief_depth_values(depth);
    }
    if (!status)
        rl_parallel(ctx, (size_t)camera->height, 16, restore_rows, &job);
    rl_enlargement_clear(&enlargement);
    return status;
}

/* A map without any difference: nothing to fit to, and nothing to tell apart. */
static void fill_values(const relief_camera *camera, float value, float *values) {
    for (size_t i = 0; i < (size_t)camera->width * (size_t)camera->height; i++)
        values[i] = value;
}

relief_status relief_depth_sharpen(relief_ctx *ctx, const relief_depth *depth,
                                   const relief_image *photo, relief_depth **out) {
    relief_scene scene = {.photo = photo};
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    const relief_camera *camera = &scene.info.camera;
    void *values = NULL;
    *out = NULL;
    relief_depth_get_info(depth, &info);
    rl_scene_defaults(&options);
    scene.travel = options.travel;
    relief_status status = rl_camera_solve(ctx, photo, 0, &scene.info.camera);
    if (!status)
        status = rl_scene_check_shape(ctx, depth, camera);
    if (status)
        return status;
    status =
        rl_alloc_in(ctx, (size_t)camera->width * (size_t)camera->height, sizeof(float), &values);
    if (!status && info.min == info.max)
        fill_values(camera, info.min, values);
    else if (!status)
        status = sharpen_values(ctx, &scene, depth, values);
    if (!status)
        status = relief_depth_derive(ctx, depth, values, camera->width, camera->height, out);
    rl_free(values);
    return status;
}
