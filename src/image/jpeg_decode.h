/* SPDX-License-Identifier: Apache-2.0 */
/* Plain JPEGs, which most photos are, through libjpeg-turbo alone: 8 bits, grey or YCbCr, in sRGB.
 * That takes less time than libvips does. All others, and those with anything wrong about them, are
 * left to libvips, which also words the failure. */
#ifndef RELIEF_IMAGE_JPEG_DECODE_H
#define RELIEF_IMAGE_JPEG_DECODE_H

#include "image/picture.h"

/* Fill the facts of image->file as rl_picture_probe() does. *plain: false, and what is filled
 * does not count, when the file is not of this kind. Errors: _LIMIT (side, pixels), _MEMORY. */
RELIEF_CHECKED relief_status rl_jpeg_probe(relief_ctx *ctx, relief_image *image, bool *plain);

/* Decode a file that rl_jpeg_probe() called plain as rl_picture_decode() does. *fine: false, and
 * *out is empty, when its data are damaged. Errors: _LIMIT (image->max_bytes), _MEMORY,
 * _CANCELLED. */
RELIEF_CHECKED relief_status rl_jpeg_decode(relief_ctx *ctx, const relief_image *image, int shrink,
                                            rl_pixels *out, bool *fine);

#endif
