/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures made smaller. */
#ifndef RELIEF_IMAGE_SHRINK_H
#define RELIEF_IMAGE_SHRINK_H

#include "image/picture.h"

/* The size of a picture of width x height whose long side is to be at most `most`; the shape stays,
 * and no side becomes less than 1. False when it is no longer than that. */
bool rl_shrunk_size(int width, int height, int most, int *out_width, int *out_height);

/* 8-bit pixels averaged in linear light to a smaller size, alpha kept apart from colour. The caller
 * frees out->data. Errors: _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_pixels_shrink(relief_ctx *ctx, const rl_pixels *from, int width,
                                              int height, rl_pixels *out);

#endif
