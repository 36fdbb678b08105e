/* SPDX-License-Identifier: Apache-2.0 */
/* Cameras: from options to matrices. */
#include "render/view_inside.h"

#include "base/status.h"

#include <math.h>

/* Nearest distance that is drawn, as a share of the scene's own; a camera may come that close. */
static const double NEAR_SHARE = 1e-3;
/* Axes may be off by this much. */
static const double AXIS_TOLERANCE = 1e-4;

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double out[3]) {
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* Scale to length 1; false when it has none. */
static bool normalise(double a[3]) {
    const double length = sqrt(dot(a, a));
    if (!(length > 0) || !isfinite(length))
        return false;
    for (int k = 0; k < 3; k++)
        a[k] /= length;
    return true;
}

bool relief_view_look_at(relief_view_options *options, const double target[3]) {
    static const double ups[2][3] = {{0, 1, 0}, {0, 0, -1}};
    double back[3];
    for (int k = 0; k < 3; k++)
        back[k] = options->position[k] - target[k];
    if (!normalise(back))
        return false;
    /* Straight up or down, the picture's top is where the source camera looks. */
    const double *up = ups[fabs(back[1]) > 1 - 1e-9];
    cross(up, back, options->right);
    if (!normalise(options->right))
        return false;
    cross(back, options->right, options->up);
    return true;
}

static relief_status check_axes(relief_ctx *ctx, const double right[3], const double up[3]) {
    const double off[3] = {dot(right, right) - 1, dot(up, up) - 1, dot(right, up)};
    for (int k = 0; k < 3; k++)
        if (!(fabs(off[k]) <= AXIS_TOLERANCE))
            return rl_fail(ctx, RELIEF_ERROR_ARG,
                           "the camera's axes are not at right angles and of length 1");
    return RELIEF_OK;
}

relief_status rl_view_camera_solve(relief_ctx *ctx, const relief_view_options *options,
                                   double nearest, rl_view_camera *out) {
    *out = (rl_view_camera){.width = options->width, .height = options->height};
    if (options->width < 1 || options->height < 1 || options->width > RELIEF_MAX_SIDE ||
        options->height > RELIEF_MAX_SIDE)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a view of %d x %d pixels: sides are 1 to %d",
                       options->width, options->height, RELIEF_MAX_SIDE);
    if (!(options->focal_px > 0) || !isfinite(options->focal_px))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a focal length of %g pixels", options->focal_px);
    const bool turned =
        dot(options->right, options->right) > 0 || dot(options->up, options->up) > 0;
    for (int k = 0; k < 3; k++) {
        out->axes[0][k] = turned ? options->right[k] : k == 0;
        out->axes[1][k] = turned ? options->up[k] : k == 1;
        out->position[k] = options->position[k];
        if (!isfinite(options->position[k]))
            return rl_fail(ctx, RELIEF_ERROR_ARG, "the camera is nowhere");
    }
    cross(out->axes[0], out->axes[1], out->axes[2]);
    if (options->focal_y_px < 0 || !isfinite(options->focal_y_px))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a focal length of %g pixels", options->focal_y_px);
    out->focal_px = options->focal_px;
    out->focal_y_px = options->focal_y_px > 0 ? options->focal_y_px : options->focal_px;
    out->centre_px[0] = 0.5 * options->width + options->shift_px[0];
    out->centre_px[1] = 0.5 * options->height + options->shift_px[1];
    out->near_plane = NEAR_SHARE * nearest;
    return check_axes(ctx, out->axes[0], out->axes[1]);
}

void rl_view_camera_matrix(const rl_view_camera *camera, const int box[4], bool zero_to_one,
                           float matrix[16]) {
    const double fx = camera->focal_px, fy = camera->focal_y_px, n = camera->near_plane;
    const double shift[2] = {2 * (camera->centre_px[0] - box[0]) / box[2] - 1,
                             2 * (camera->centre_px[1] - box[1]) / box[3] - 1};
    /* Rows of clip space as combinations of right r, up u, distance d = -back and 1. */
    const double rows[4][4] = {{2 * fx / box[2], 0, shift[0], 0},
                               {0, -2 * fy / box[3], shift[1], 0},
                               {0, 0, zero_to_one ? 0 : -1, zero_to_one ? n : 2 * n},
                               {0, 0, 1, 0}};
    for (int row = 0; row < 4; row++) {
        double offset = rows[row][3];
        for (int k = 0; k < 3; k++) {
            const double value = rows[row][0] * camera->axes[0][k] +
                                 rows[row][1] * camera->axes[1][k] -
                                 rows[row][2] * camera->axes[2][k];
            matrix[4 * k + row] = (float)value;
            offset -= value * camera->position[k];
        }
        matrix[12 + row] = (float)offset;
    }
}

/* Largest singular value of a 2 x 2 matrix. */
static double largest_singular(double a, double b, double c, double d) {
    const double even = hypot(a + d, b - c), odd = hypot(a - d, b + c);
    return 0.5 * (even + odd);
}

double rl_view_camera_stretch(const rl_view_camera *camera, const double s[2], double q,
                              const double slope[2]) {
    /* Up to scale the point is (s, -1) - q * position, turned into the camera's axes. */
    const double ray[3] = {s[0] - q * camera->position[0], s[1] - q * camera->position[1],
                           -1 - q * camera->position[2]};
    const double r = dot(camera->axes[0], ray), u = dot(camera->axes[1], ray);
    const double d = -dot(camera->axes[2], ray);
    double map[2][2];
    for (int k = 0; k < 2; k++) {
        double step[3];
        for (int i = 0; i < 3; i++)
            step[i] = (i == k) - slope[k] * camera->position[i];
        const double dr = dot(camera->axes[0], step), du = dot(camera->axes[1], step);
        const double dd = -dot(camera->axes[2], step);
        map[0][k] = camera->focal_px * (dr * d - r * dd) / (d * d);
        map[1][k] = -camera->focal_y_px * (du * d - u * dd) / (d * d);
    }
    return largest_singular(map[0][0], map[0][1], map[1][0], map[1][1]);
}
