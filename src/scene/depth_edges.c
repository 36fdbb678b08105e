/* SPDX-License-Identifier: Apache-2.0 */
/* A depth map whose edges lie where the photo's are: what a scene is made of, given back as a map.
 */
#include "scene/scene_inside.h"

#include "base/memory.h"
#include "base/threads.h"

/* Values of the map, and q before they become values. */
typedef struct edge_job {
    const rl_geometry *geometry;
    const float *values; /* of the map, where it has the photo's size; else NULL */
    int width;
    float *q;
} edge_job;

/* Back from q to the map's values. A pixel that was left alone keeps its value to the bit, also
 * where q had to be clamped. */
static void restore_rows(void *arg, size_t begin, size_t end) {
    const edge_job *job = arg;
    const rl_geometry *geometry = job->geometry;
    const size_t width = (size_t)job->width;
    const float offset = (float)geometry->offset, factor = (float)geometry->factor;
    for (size_t at = begin * width; at < end * width; at++) {
        float unmoved = 0;
        if (job->values) {
            rl_geometry_apply(geometry, job->values + at, &unmoved, 1);
            if (unmoved == job->q[at]) {
                job->q[at] = job->values[at];
                continue;
            }
        }
        job->q[at] = geometry->reciprocal ? factor / job->q[at] : (job->q[at] - offset) / factor;
    }
}

static relief_status sharpen_values(relief_ctx *ctx, const relief_scene *scene,
                                    const relief_depth *depth, float *values) {
    const relief_camera *camera = &scene->info.camera;
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    rl_geometry geometry;
    relief_depth_get_info(depth, &info);
    rl_scene_defaults(&options);
    relief_status status = rl_geometry_fit(ctx, depth, &options, &geometry);
    if (!status)
        status = rl_sharpen(ctx, scene, depth, &geometry, values);
    if (status)
        return status;
    const bool same = info.width == camera->width && info.height == camera->height;
    edge_job job = {.geometry = &geometry, .width = camera->width, .q = values};
    job.values = same ? relief_depth_values(depth) : NULL;
    rl_parallel(ctx, (size_t)camera->height, 16, restore_rows, &job);
    return RELIEF_OK;
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
        status = rl_scene_check_shape(ctx, &info, camera);
    if (status)
        return status;
    if (info.min == info.max) /* nothing to tell apart */
        return relief_depth_derive(ctx, depth, relief_depth_values(depth), info.width, info.height,
                                   out);
    status =
        rl_alloc_in(ctx, (size_t)camera->width * (size_t)camera->height, sizeof(float), &values);
    if (!status)
        status = sharpen_values(ctx, &scene, depth, values);
    if (!status)
        status = relief_depth_derive(ctx, depth, values, camera->width, camera->height, out);
    rl_free(values);
    return status;
}
