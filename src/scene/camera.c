/* SPDX-License-Identifier: Apache-2.0 */
/* The source camera. */
#include "scene/scene_inside.h"

#include "base/status.h"

#include <math.h>

static const double DEFAULT_FOV_DEGREES = 55.0;
static const double MIN_FOV_DEGREES = 1.0;
static const double MAX_FOV_DEGREES = 170.0;
/* Diagonal of the 36 x 24 mm frame that "35 mm equivalent" refers to. */
static const double FULL_FRAME_DIAGONAL_MM = 43.2666;
static const double DEGREES = 57.295779513082321;

relief_status rl_camera_solve(relief_ctx *ctx, const relief_image *photo, double fov_degrees,
                              relief_camera *out) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(photo, &info);
    if (info.width < 1 || info.height < 1)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "the photo is empty");
    double half_side = 0.5 * (info.width > info.height ? info.width : info.height);
    out->width = info.width;
    out->height = info.height;
    if (fov_degrees != 0) {
        if (!(fov_degrees >= MIN_FOV_DEGREES && fov_degrees <= MAX_FOV_DEGREES))
            return rl_fail(ctx, RELIEF_ERROR_ARG,
                           "field of view %g is not between %g and %g degrees", fov_degrees,
                           MIN_FOV_DEGREES, MAX_FOV_DEGREES);
        out->focal_px = half_side / tan(0.5 * fov_degrees / DEGREES);
        out->focal_from = "option";
    } else {
        double diagonal_px = hypot(info.width, info.height);
        out->focal_px = info.focal_35mm * diagonal_px / FULL_FRAME_DIAGONAL_MM;
        out->focal_from = "exif";
    }
    out->fov_degrees = 2 * DEGREES * atan(half_side / out->focal_px);
    /* EXIF is not to be trusted: an absurd field of view counts as none. */
    if (!(out->focal_px > 0) || !(out->fov_degrees >= MIN_FOV_DEGREES) ||
        !(out->fov_degrees <= MAX_FOV_DEGREES + 1e-9)) {
        out->focal_px = half_side / tan(0.5 * DEFAULT_FOV_DEGREES / DEGREES);
        out->fov_degrees = DEFAULT_FOV_DEGREES;
        out->focal_from = "default";
    }
    return RELIEF_OK;
}
