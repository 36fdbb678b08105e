/* SPDX-License-Identifier: Apache-2.0 */
/* From a photo to what a network reads. */
#ifndef RELIEF_DEPTH_PREPROCESS_H
#define RELIEF_DEPTH_PREPROCESS_H

#include "depth/descriptor.h"

/* 8-bit pixels, sRGB: rows of width * channels bytes. */
typedef struct rl_photo_pixels {
    const uint8_t *data;
    int width, height;
    int channels; /* 3: RGB; 4: RGB and straight alpha, which is laid over white */
} rl_photo_pixels;

/* Resize, scale to 0..1 and normalise: out is (3, height, width) floats of the caller's.
 * As the networks' authors do it: bicubic (a = -0.75) without antialiasing on unclamped floats,
 * then (x - mean) / std. One deviation: a raster more than twice the network size on an axis is
 * first averaged down to twice of it (area), because cubic sampling alone then skips pixels, and
 * fine texture aliases into the depth. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_preprocess(relief_ctx *ctx, const rl_photo_pixels *pixels,
                                           const rl_descriptor *descriptor, int width, int height,
                                           float *out);

#endif
