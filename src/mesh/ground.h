/* SPDX-License-Identifier: Apache-2.0 */
/* The ground of the back layer: a smooth surface behind all of it, so that a view that finds a gap
 * between cells, or that the camera has gone too far for, is of something. */
#ifndef RELIEF_MESH_GROUND_H
#define RELIEF_MESH_GROUND_H

#include "mesh/surface.h"
#include "scene/layers.h"

/* How many triangles it has. */
int64_t rl_ground_triangles(const rl_back *back);
/* Put it behind the layer's triangles. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_ground_add(relief_ctx *ctx, const rl_back *back,
                                           const rl_tess_bounds *bounds, rl_triangles *triangles);

/* q set back by as much as the triangles of front and back may leave their surfaces. */
float rl_back_set(const rl_tess_bounds *bounds, double q);

#endif
