/* SPDX-License-Identifier: Apache-2.0 */
#include "scene/layers.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "depth/depth_map.h"

#include <math.h>

static const double DEFAULT_DEPTH_RATIO = 20.0;
static const double DEFAULT_TRAVEL = 0.10;
enum { DEFAULT_LAYERS = 1 };
/* How far the shapes of map and photo may differ: networks take multiples of 32 pixels. */
static const double SHAPE_TOLERANCE = 0.10;
/* A step of q is left untorn when it shifts by less than this many pixels at the largest travel ...
 */
static const double LEAST_PARALLAX_PX = 0.25;
/* ... or by less than this share of the nearest q: one grey level of an 8-bit map. */
static const double LEAST_STEP = 0.005;
/* What a line of torn borders uncovers at the largest travel: this share of the squared long side.
 */
static const float LEAST_AREA = 1e-4F;
/* Lines of torn borders are at least this long, and at least a so-many-th of the long side. */
enum { LEAST_LINE = 6, SIDES_A_LINE = 100 };

static relief_status check_range(relief_ctx *ctx, const char *name, double value, double low,
                                 double high) {
    if (value >= low && value <= high)
        return RELIEF_OK;
    return rl_fail(ctx, RELIEF_ERROR_ARG, "%s %g is not between %g and %g", name, value, low, high);
}

void rl_scene_defaults(relief_scene_options *options) {
    if (options->depth_ratio == 0)
        options->depth_ratio = DEFAULT_DEPTH_RATIO;
    if (options->strength == 0)
        options->strength = 1;
    if (options->layers == 0)
        options->layers = DEFAULT_LAYERS;
    if (options->travel == 0)
        options->travel = DEFAULT_TRAVEL;
}

static relief_status read_options(relief_ctx *ctx, const relief_scene_options *given,
                                  relief_scene_options *own) {
    relief_status status = rl_options_copy(ctx, own, sizeof *own, given);
    if (status)
        return status;
    rl_scene_defaults(own);
    status = check_range(ctx, "depth ratio", own->depth_ratio, 1.01, 1000);
    if (!status)
        status = check_range(ctx, "strength", own->strength, 0.01, 10);
    if (!status)
        status = check_range(ctx, "number of layers", own->layers, 1, 2);
    if (!status)
        status = check_range(ctx, "travel", own->travel, 0.001, 1);
    return status;
}

relief_status rl_scene_check_shape(relief_ctx *ctx, const relief_depth *map,
                                   const relief_camera *camera) {
    int width, height;
    rl_depth_shape(map, &width, &height);
    const double wanted = (double)width * camera->height / camera->width;
    const double difference = fabs(wanted - height);
    if (difference <= 1.5 || difference <= SHAPE_TOLERANCE * height)
        return RELIEF_OK;
    return rl_fail(ctx, RELIEF_ERROR_ARG,
                   "the depth map is %d x %d, the photo %d x %d: their shapes differ (crop or turn "
                   "one of them)",
                   width, height, camera->width, camera->height);
}

static void invert_values(void *arg, size_t begin, size_t end) {
    float *values = arg;
    for (size_t i = begin; i < end; i++)
        values[i] = 1 / values[i];
}

static relief_status link_tears(relief_ctx *ctx, relief_scene *scene) {
    const relief_camera *camera = &scene->info.camera;
    const int side = camera->width > camera->height ? camera->width : camera->height;
    const rl_raster q = {scene->depth, camera->width, camera->height, 1};
    rl_tear_rule rule = {.least_length = side / SIDES_A_LINE};
    rule.least_length = rule.least_length > LEAST_LINE ? rule.least_length : LEAST_LINE;
    rule.least_area = LEAST_AREA * (float)side * (float)side;
    rule.parallax_px = (float)(camera->focal_px * scene->travel) * scene->info.near_depth;
    return rl_tears_link(ctx, &q, &rule, scene->torn, &scene->info.silhouette_edges);
}

/* Where the surface may be torn; what is near has its fringes then, if edges are soft. */
static relief_status find_tears(relief_ctx *ctx, relief_scene *scene, float least_step, bool soft) {
    const relief_camera *camera = &scene->info.camera;
    const rl_raster q = {scene->depth, camera->width, camera->height, 1};
    rl_silhouettes(ctx, &q, least_step, NULL, scene->torn);
    if (!soft)
        return RELIEF_OK;
    const size_t count =
        (size_t)rl_tiles_across(camera->width) * (size_t)rl_tiles_across(camera->height);
    void *tiles;
    relief_status status = rl_calloc_in(ctx, count, 1, &tiles);
    if (status)
        return status;
    scene->fringe_px = rl_fringe_take(ctx, scene, scene->depth, tiles);
    rl_silhouettes(ctx, &q, least_step, tiles, scene->torn);
    rl_free(tiles);
    return RELIEF_OK;
}

/* Behind transparent pixels there is nothing of the photo's to be seen, made up or not. */
static bool wants_back(relief_ctx *ctx, const relief_scene *scene,
                       const relief_scene_options *options) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(scene->photo, &info);
    if (options->layers > 1 && info.has_alpha)
        rl_log(ctx, RELIEF_LOG_INFO, "the photo has transparent parts: one layer");
    return options->layers > 1 && !info.has_alpha;
}

/* Fill the arrays of a scene whose camera and options stand. */
static relief_status place_pixels(relief_ctx *ctx, const relief_depth *map,
                                  const relief_scene_options *options, relief_scene *scene) {
    const relief_camera *camera = &scene->info.camera;
    const size_t count = (size_t)camera->width * (size_t)camera->height;
    rl_geometry geometry;
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(map, &info);
    const bool is_soft = !options->hard_edges && rl_map_is_soft(&info, camera);
    relief_status status = rl_geometry_fit(ctx, map, options, &geometry);
    if (!status)
        status = rl_sharpen(ctx, scene, map, &geometry, scene->depth);
    if (!status)
        status = rl_check_cancel(ctx);
    const double shares[2] = {0.001, 0.999};
    float ends[2] = {1, 1};
    if (!status)
        status = rl_quantiles(ctx, scene->depth, count, shares, ends, 2);
    if (status)
        return status;
    scene->info.near_depth = 1 / ends[1];
    scene->info.far_depth = 1 / ends[0];
    scene->info.median_depth = (float)(1 / geometry.median);
    double step = LEAST_PARALLAX_PX / (camera->focal_px * scene->travel);
    float least_step = ends[1] * (float)(step > LEAST_STEP ? step : LEAST_STEP);
    status = find_tears(ctx, scene, least_step, is_soft);
    if (!status)
        status = link_tears(ctx, scene);
    if (!status)
        status = rl_progress(ctx, "scene", 1, 3);
    if (!status && wants_back(ctx, scene, options))
        status = rl_back_make(ctx, scene, scene->depth, &scene->back);
    if (!status && scene->back && is_soft)
        status = rl_ribbon_make(ctx, scene, scene->depth, &scene->ribbon);
    if (!status)
        status = rl_progress(ctx, "scene", 2, 3);
    if (status)
        return status;
    rl_parallel(ctx, count, 1 << 16, invert_values, scene->depth);
    return rl_progress(ctx, "scene", 3, 3);
}

static relief_status fill_scene(relief_ctx *ctx, const relief_depth *map,
                                const relief_scene_options *options, relief_scene *scene) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(map, &info);
    relief_status status =
        rl_camera_solve(ctx, scene->photo, options->fov_degrees, &scene->info.camera);
    if (!status)
        status = rl_scene_check_shape(ctx, map, &scene->info.camera);
    if (status)
        return status;
    char *model = rl_strdup(info.model ? info.model : "");
    if (!model)
        return rl_fail_memory(ctx, 1);
    scene->info.model = model;
    scene->info.precision = info.precision; /* constants */
    scene->info.instruction_set = info.instruction_set;
    scene->info.metric = info.kind == RELIEF_METRES;
    scene->travel = options->travel;
    size_t count = (size_t)scene->info.camera.width * (size_t)scene->info.camera.height;
    void *block;
    status = rl_alloc_in(ctx, count, sizeof(float), &block);
    if (status)
        return status;
    scene->depth = block;
    status = rl_alloc_in(ctx, count, 1, &block);
    if (status)
        return status;
    scene->torn = block;
    return place_pixels(ctx, map, options, scene);
}

relief_status relief_scene_new(relief_ctx *ctx, const relief_image *photo,
                               const relief_depth *depth, const relief_scene_options *options,
                               relief_scene **out) {
    *out = NULL;
    relief_scene_options own = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_status status = read_options(ctx, options, &own);
    if (!status)
        status = rl_progress(ctx, "scene", 0, 3);
    if (status)
        return status;
    void *block;
    status = rl_calloc_in(ctx, 1, sizeof(relief_scene), &block);
    if (status)
        return status;
    relief_scene *scene = block;
    scene->info.struct_size = sizeof scene->info;
    scene->photo = photo;
    status = fill_scene(ctx, depth, &own, scene);
    if (status) {
        relief_scene_free(scene);
        return status;
    }
    *out = scene;
    return RELIEF_OK;
}

void relief_scene_free(relief_scene *scene) {
    if (!scene)
        return;
    rl_free((void *)scene->info.model);
    rl_free(scene->depth);
    rl_free(scene->torn);
    rl_back_free(scene->back);
    rl_ribbon_free(scene->ribbon);
    rl_free(scene);
}

void relief_scene_get_info(const relief_scene *scene, relief_scene_info *info) {
    rl_info_copy(info, &scene->info, sizeof scene->info);
}

const float *relief_scene_depth(const relief_scene *scene) {
    return scene->depth;
}
