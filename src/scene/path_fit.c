/* SPDX-License-Identifier: Apache-2.0 */
/* Paths and the border of the scene: what part of the photo pictures show, and how much closer they
 * must be so that nothing beyond the border is seen. */
#include "scene/path.h"

#include "base/status.h"

#include <math.h>

enum { SAMPLES = 96 }; /* moments that are looked at */
/* Pictures stay this share of their half side inside the border. */
static const double INSIDE = 0.002;
/* Never closer than this; a path that asks for more shows what is not there. */
static const double MOST_CROP = 3;
/* What was made up around the photo is kept out of pictures as long as they come no closer than
 * this for it. */
static const double PHOTO_CROP = 1.3;
/* Room above the subject in a window that shows a part of the photo, in shares of half its height.
 */
static const double OVER_HEAD = 0.12;
/* A camera this near to the source camera's place and way is there. */
static const double AT_SOURCE = 1e-9;

/* How much closer the picture must be for a point of the border on a side (left, right, bottom,
 * top) not to be inside it. */
static double needed_for(const relief_path *path, const rl_pose *pose, const float *point, int side,
                         double inside) {
    const int axis = side / 2, sign = side % 2 ? 1 : -1;
    double place[3] = {0, 0, 0};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 3; i++)
            place[k] += pose->axes[k][i] * ((double)point[i] - pose->position[i]);
    if (place[2] <= 1e-6)
        return 0; /* beside or behind the camera: it is in no picture */
    const double outside = sign * (place[axis] / place[2] - path->centre[axis]);
    const double half = path->half[axis] * (1 + inside) / pose->zoom;
    return outside > half / MOST_CROP ? half / outside : MOST_CROP;
}

static double needed_at(const relief_path *path, const rl_border *border, double seconds,
                        double *share) {
    rl_pose pose;
    double most = 0, way = 0;
    rl_path_pose(path, seconds, &pose);
    for (int k = 0; k < 3; k++)
        way += pow(pose.position[k] - path->keys[0].position[k], 2);
    *share = path->farthest > 0 ? sqrt(way) / path->farthest : 0;
    const double inside = path->crop_grows ? INSIDE * *share : INSIDE;
    for (int side = 0; side < 4; side++)
        for (int i = 0; i < border->count[side]; i++)
            most = fmax(
                most, needed_for(path, &pose, border->points[side] + 3 * (size_t)i, side, inside));
    return most;
}

/* Whether the path begins with the photo as it was taken. */
static bool begins_at_source(const relief_path *path) {
    rl_pose pose;
    rl_path_pose(path, 0, &pose);
    return fabs(pose.position[0]) + fabs(pose.position[1]) + fabs(pose.position[2]) < AT_SOURCE &&
           pose.axes[2][2] > 1 - AT_SOURCE && pose.axes[0][0] > 1 - AT_SOURCE &&
           fabs(pose.zoom - 1) < AT_SOURCE;
}

/* How much closer pictures must be for a border to stay out of them. */
static double crop_for(relief_path *path, const rl_border *border) {
    double crop = 1;
    path->crop = 1;
    for (int i = 0; i <= SAMPLES && path->fits; i++) {
        double share, needed = needed_at(path, border, path->seconds * i / SAMPLES, &share);
        if (!path->crop_grows)
            crop = fmax(crop, needed);
        else if (share > 0.5 / SAMPLES)
            crop = fmax(crop, 1 + (needed - 1) / share);
    }
    return crop;
}

static void find_crop(relief_path *path, const relief_sight *sight) {
    path->crop_grows = begins_at_source(path);
    const double photo = crop_for(path, &sight->photo), scene = crop_for(path, &sight->scene);
    path->crop = fmin(fmax(fmin(photo, PHOTO_CROP), scene), MOST_CROP);
}

/* Put the middle of the window where the subject's upper part is, from left to right, and as high
 * as its upper end asks for. */
static void place_window(relief_path *path, const relief_sight *sight, const double photo[2],
                         const double half[2]) {
    const double top = (1 - 2 * sight->top) * photo[1] + OVER_HEAD * half[1];
    const double wanted[2] = {(2 * sight->upper - 1) * photo[0],
                              fmax((1 - 2 * path->subject[1]) * photo[1], top - half[1])};
    for (int k = 0; k < 2; k++) {
        const double room = photo[k] - half[k];
        path->half[k] = half[k];
        path->centre[k] = fmax(-room, fmin(room, wanted[k]));
    }
}

relief_status relief_path_fit(relief_ctx *ctx, relief_path *path, const relief_sight *sight,
                              int width, int height) {
    if (width < 1 || height < 1)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "pictures of %d x %d pixels", width, height);
    const double photo[2] = {0.5 * path->source.width / path->source.focal_px,
                             0.5 * path->source.height / path->source.focal_px};
    /* Half sides of the largest window of this shape; rounding to whole pixels makes no shape. */
    double half[2] = {photo[0], photo[1]};
    const double wide = (double)width / height * photo[1] / photo[0];
    const double tolerance = 1.001 / (width < height ? width : height);
    if (fabs(wide - 1) > tolerance) {
        if (wide < 1)
            half[0] *= wide;
        else
            half[1] /= wide;
    }
    place_window(path, sight, photo, half);
    find_crop(path, sight);
    return RELIEF_OK;
}

relief_status rl_path_finish(relief_ctx *ctx, const relief_sight *sight, relief_path *path) {
    double source = 0, start = 0;
    for (int i = 0; i <= SAMPLES; i++) {
        rl_key key;
        double a = 0, b = 0;
        rl_path_key_at(path, path->seconds * i / SAMPLES, &key);
        for (int k = 0; k < 3; k++) {
            a += key.position[k] * key.position[k];
            b += pow(key.position[k] - path->keys[0].position[k], 2);
        }
        source = fmax(source, sqrt(a));
        start = fmax(start, sqrt(b));
    }
    path->farthest = start;
    path->reach = source;
    return relief_path_fit(ctx, path, sight, path->source.width, path->source.height);
}
