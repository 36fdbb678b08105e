/* SPDX-License-Identifier: Apache-2.0 */
/* Resampling of float rasters, as the networks' authors do it. */
#ifndef RELIEF_IMAGE_RESAMPLE_H
#define RELIEF_IMAGE_RESAMPLE_H

#include "relief/base.h"

typedef enum rl_filter {
    RL_FILTER_LINEAR,         /* pixel centres, no antialiasing, clamped at the border */
    RL_FILTER_LINEAR_CORNERS, /* corner pixels' centres meet (align_corners) */
    RL_FILTER_CUBIC, /* pixel centres, a = -0.75, no antialiasing: OpenCV's INTER_CUBIC, PyTorch's
                        bicubic */
    RL_FILTER_AREA   /* mean over the covered area, for shrinking */
} rl_filter;

/* A raster of height rows of width * channels floats. */
typedef struct rl_raster {
    float *data;
    int width, height, channels;
} rl_raster;

/* Resample `from` to the size of `to`, whose data the caller owns; channels are equal. Errors:
 * _ARG, _MEMORY. */
RELIEF_CHECKED relief_status rl_resample(relief_ctx *ctx, const rl_raster *from, rl_filter filter,
                                         const rl_raster *to);

/* A raster on its way to another size: brought to the new width, its new rows are asked for one by
 * one. */
typedef struct rl_resampler rl_resampler;

/* *out: for rl_resampler_free(); `from` is not needed any more. Errors: _ARG, _MEMORY. */
RELIEF_CHECKED relief_status rl_resampler_new(relief_ctx *ctx, const rl_raster *from,
                                              rl_filter filter, int width, int height,
                                              rl_resampler **out);
/* Columns [begin, end) of row y of the new raster: (end - begin) * channels floats. Any thread. */
void rl_resampler_row(const rl_resampler *resampler, int y, int begin, int end, float *to);
void rl_resampler_free(rl_resampler *resampler); /* NULL is allowed */

#endif
