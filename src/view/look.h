/* SPDX-License-Identifier: Apache-2.0 */
/* Where the camera of a window stands. */
#ifndef RELIEF_VIEW_LOOK_H
#define RELIEF_VIEW_LOOK_H

#include "relief/render.h"
#include "view/page_inside.h"

/* What people have asked for. The camera stands before a point at the scene's middle distance, its
 * pivot, which stays in the middle of the picture: `aside` of it sideways and down, 1 being the
 * scene's travel, and turned around it. */
typedef struct rl_look {
    double aside[2];
    double yaw, pitch; /* in degrees: to the right, up */
    double distance;   /* from the pivot, 1: as far as the source camera */
} rl_look;

/* Put the camera where `look` says. The size of `view` is set. Seen with aside 0, no turn and
 * distance 1 the view is the photo, as large as it fits. */
void rl_look_aim(const rl_look *look, const relief_surfaces_info *info, const rl_page_range *range,
                 relief_view_options *view);

#endif
