/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a libvips pipeline: rows on their way into our raster, turned upright as they come. */
#ifndef RELIEF_IMAGE_SINK_H
#define RELIEF_IMAGE_SINK_H

#include "image/orient.h"
#include "image/picture.h"

#include "image/vips_library.h"

/* Compute `from` (1-4 bands of 8 or 16 bits) and store it upright into `to`, whose data is there:
 * grey becomes RGB, a 2nd or 4th band alpha, 16 bits are rounded when `to` has 8. The
 * caller holds rl_picture_lock() or shares it. Errors: _CANCELLED, those of rl_picture_fail(). */
RELIEF_CHECKED relief_status rl_sink_run(relief_ctx *ctx, VipsImage *from, int orientation,
                                         const char *name, const rl_pixels *to);

#endif
