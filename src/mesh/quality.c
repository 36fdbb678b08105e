/* SPDX-License-Identifier: Apache-2.0 */
/* What a quality means, and how pixels of parallax become errors of q. */
#include "mesh/mesh_inside.h"

#include "base/status.h"
#include "scene/scene_inside.h"

#include <math.h>

enum { DEFAULT_TRIANGLES = 1000000 };
/* The error is held down at pixel corners, and is to stay within its bound at the pixels' centres,
 * which leave the mean of their corners by a little. */
static const double CORNER_SHARE = 0.5;

/* parallax_px: of a surface's error at the scene's largest travel; depth_error: the same as a share
 * of depth, for who moves further than the scene was made for; uv_px: shift of the texture that an
 * edge may cause, as seen from the source view; outline_px: how far outlines may leave the pixel
 * borders. The manual page repeats this table. */
static const struct {
    double parallax_px, depth_error, uv_px, outline_px;
} QUALITIES[] = {
    [RELIEF_QUALITY_NORMAL] = {0.5, 0.02, 0.15, 0},
    [RELIEF_QUALITY_DRAFT] = {2.0, 0.10, 0.50, 1},
    [RELIEF_QUALITY_HIGH] = {0.25, 0.005, 0.10, 0},
};

/* Outlines that go with an error of parallax that was asked for: exact ones at up to a pixel, and
 * then half of it, as draft has them. */
static double outline_of_error(double error_px) {
    static const double EXACT_PX = 1, SHARE = 0.5, MOST_PX = 8;
    return error_px > EXACT_PX ? fmin(SHARE * error_px, MOST_PX) : 0;
}

relief_status rl_mesh_bounds(relief_ctx *ctx, const relief_scene *scene,
                             const relief_mesh_options *options, rl_tess_bounds *out) {
    if (options->grid < 0 || options->grid > RELIEF_MAX_SIDE)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "grid %d is not between 1 and %d", options->grid,
                       RELIEF_MAX_SIDE);
    if (options->max_triangles < 0 || options->max_triangles == 1 || options->triangles < 0 ||
        options->triangles == 1)
        return rl_fail(
            ctx, RELIEF_ERROR_ARG, "a mesh of %lld triangles covers no photo (2 at least)",
            (long long)(options->triangles ? options->triangles : options->max_triangles));
    if (options->quality < RELIEF_QUALITY_NORMAL || options->quality > RELIEF_QUALITY_HIGH)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "there is no quality %d", (int)options->quality);
    if (options->error_px != 0 && !(options->error_px >= 0.01 && options->error_px <= 1000))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "error %g px is not between 0.01 and 1000",
                       options->error_px);
    const double parallax_px =
        options->error_px > 0 ? options->error_px : QUALITIES[options->quality].parallax_px;
    *out = (rl_tess_bounds){
        .q_error = CORNER_SHARE * parallax_px /
                   (scene->info.camera.focal_px * scene->travel * (double)scene->info.near_depth),
        .depth_error = options->error_px > 0 ? INFINITY : QUALITIES[options->quality].depth_error,
        .uv_px = QUALITIES[options->quality].uv_px,
        .outline_px =
            fmax(QUALITIES[options->quality].outline_px, outline_of_error(options->error_px)),
        .grid = options->grid,
        .most = options->triangles       ? options->triangles
                : options->max_triangles ? options->max_triangles
                                         : DEFAULT_TRIANGLES,
        .fill = options->triangles > 0,
    };
    return RELIEF_OK;
}
