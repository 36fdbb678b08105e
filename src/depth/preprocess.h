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

/* The photo is averaged down to so many times the network's sides, and a closer look, which sees
 * the same, has no more pixels than that. */
#define RL_MOST_SHRINK 2

/* The photo as floats of 0..1, three channels. Where it has more than twice the network's pixels on
 * an axis it is averaged down to twice of them (area): cubic sampling alone, as the networks'
 * authors have it, then skips pixels, and fine texture aliases into the depth. out->data: the
 * caller's to free, after failures too. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_photo_average(relief_ctx *ctx, const rl_photo_pixels *pixels,
                                              int network_width, int network_height,
                                              rl_raster *out);

/* Resize what rl_photo_average() gave, for this network size or a smaller one, and normalise: out
 * is (3, height, width) floats of the caller's. As the networks' authors do it: bicubic (a = -0.75)
 * without antialiasing on unclamped floats, then (x - mean) / std. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_preprocess(relief_ctx *ctx, const rl_raster *photo,
                                           const rl_descriptor *descriptor, int width, int height,
                                           float *out);

#endif
