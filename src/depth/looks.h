/* SPDX-License-Identifier: Apache-2.0 */
/* Several predictions of one photo, made one. */
#ifndef RELIEF_DEPTH_LOOKS_H
#define RELIEF_DEPTH_LOOKS_H

#include "image/resample.h"
#include "relief/model.h"

/* Mirror every row of `rows` rows of `width` floats. */
void rl_mirror_rows(float *values, size_t rows, size_t width);

/* Add a second look at the photo to the first: `mean` becomes the mean of both, after `second`, all
 * finite, was brought to its size and, for disparity, whose scale and shift mean nothing, to its
 * mean and mean absolute deviation. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_looks_join(relief_ctx *ctx, const rl_raster *second,
                                           relief_depth_kind kind, rl_raster *mean);

/* Give a closer look, which has finer edges and errs more about what is far apart, the distances of
 * the first: around every place `closer` goes through the line that fits its values best to those
 * of `first`, and where they do not follow it, to `first` itself. Both all finite; `closer` is no
 * smaller. Errors: _MEMORY.
 * Source: the line is that of the guided filter (He, Sun, Tang, TPAMI 2013), the closer look its
 * guide; that a network sees finer edges when it is given more pixels, and less of the whole, is
 * Miangoleh et al., CVPR 2021. */
RELIEF_CHECKED relief_status rl_looks_refine(relief_ctx *ctx, const rl_raster *first,
                                             rl_raster *closer);

#endif
