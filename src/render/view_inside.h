/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a view, and its camera; what does not need a driver. */
#ifndef RELIEF_RENDER_VIEW_INSIDE_H
#define RELIEF_RENDER_VIEW_INSIDE_H

#include "relief/render.h"

/* Scalars of the camera, worked out once a view. */
typedef struct rl_view_camera {
    double axes[3][3]; /* right, up, backward */
    double position[3];
    double focal_px, focal_y_px; /* to the right and downwards */
    double centre_px[2];         /* principal point from the top left corner, downwards */
    int width, height;
    double near_plane;
} rl_view_camera;

struct relief_view {
    relief_view_info info;
    uint8_t *pixels; /* height * width * 4 */
    float *depth;    /* height * width, or NULL */
    float *stretch;  /* height * width, or NULL */
};

/* Errors: _ARG. `nearest` is the least distance in the scene. */
RELIEF_CHECKED relief_status rl_view_camera_solve(relief_ctx *ctx,
                                                  const relief_view_options *options,
                                                  double nearest, rl_view_camera *out);
/* The matrix, column by column, that takes points of the scene to clip space for the pixels
 * [x, x + width) x [y, y + height) of the view, y counted from the top, drawn with the first row
 * first. zero_to_one: depth in clip space runs from 0 to 1, else from -1 to 1; the nearest is the
 * largest. */
void rl_view_camera_matrix(const rl_view_camera *camera, const int box[4], bool zero_to_one,
                           float matrix[16]);
/* Largest singular value of the map from the source view, in units of x / z, to pixels of this
 * view, at the point whose source ray is (s[0], s[1], -1) and whose inverse depth is q, where q
 * changes by slope[k] a unit of s[k]. s[1] counts upwards. */
double rl_view_camera_stretch(const rl_view_camera *camera, const double s[2], double q,
                              const double slope[2]);

#endif
