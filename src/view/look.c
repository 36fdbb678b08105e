/* SPDX-License-Identifier: Apache-2.0 */
#include "view/look.h"

#include <math.h>

/* Pixels of the photo by which the frame of what was filled in is wider than it must be. */
static const double SLACK_PX = 2;

/* How much the picture is enlarged so that the frame's border stays outside: what is far moves by
 * up to pivot * focal * offset. Smooth at the source view, by as much as the slack allows. */
static double enlargement(const double offset[2], const relief_surfaces_info *info, double pivot) {
    const double focal = info->focal_px * pivot;
    const double margin =
        hypot(2 * focal * offset[0] / info->width, 2 * focal * offset[1] / info->height);
    const double slack = 2 * SLACK_PX / (info->width > info->height ? info->width : info->height);
    return 1 / (1 - (hypot(margin, slack) - slack));
}

void rl_look_aim(const rl_look *look, const relief_surfaces_info *info, const rl_page_range *range,
                 relief_view_options *view) {
    const double reach = info->travel * info->near_depth, far = 1 / range->pivot;
    const double yaw = look->yaw * M_PI / 180, pitch = look->pitch * M_PI / 180;
    const double offset[2] = {look->aside[0] * reach, look->aside[1] * reach};
    const double fit = fmin((double)view->width / info->width, (double)view->height / info->height);
    const double away = far * look->distance;
    /* The camera's axes: turned to the right about the scene's upright, then up. */
    const double right[3] = {cos(yaw), 0, -sin(yaw)};
    const double up[3] = {-sin(pitch) * sin(yaw), cos(pitch), -sin(pitch) * cos(yaw)};
    const double back[3] = {cos(pitch) * sin(yaw), sin(pitch), cos(pitch) * cos(yaw)};
    for (int k = 0; k < 3; k++) {
        view->right[k] = right[k];
        view->up[k] = up[k];
        view->position[k] =
            (k == 2 ? -far : 0) + offset[0] * right[k] - offset[1] * up[k] + away * back[k];
    }
    view->focal_px = info->focal_px * fit * enlargement(offset, info, range->pivot);
    view->shift_px[0] = view->focal_px * offset[0] / away;
    view->shift_px[1] = view->focal_px * offset[1] / away;
}
