/* SPDX-License-Identifier: Apache-2.0 */
/* What everybody who draws a surface must know of it first. */
#ifndef RELIEF_MESH_SURFACE_FACTS_H
#define RELIEF_MESH_SURFACE_FACTS_H

#include "relief/image.h"
#include "relief/surface.h"

/* Read its picture. `options` may be NULL; `info` is filled. The caller frees *out. Errors: those
 * of relief_image_load_memory(). */
RELIEF_CHECKED relief_status rl_surface_picture(relief_ctx *ctx, const relief_surface *surface,
                                                const relief_image_options *options,
                                                relief_image **out, relief_image_info *info);

/* Check the indices, and find on how many texels of a texture of unit size a ray of length 1 of the
 * source camera falls: by the areas of all triangles in the texture and in the source picture. 0:
 * nothing is seen. Errors: _FORMAT. */
RELIEF_CHECKED relief_status rl_surface_density(relief_ctx *ctx, const relief_surface *surface,
                                                double *out);

#endif
