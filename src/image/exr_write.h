/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as OpenEXR files. */
#ifndef RELIEF_IMAGE_EXR_WRITE_H
#define RELIEF_IMAGE_EXR_WRITE_H

#include "relief/base.h"

/* One channel, written as `Y`: compositors and Blender take that for grey, where `Z` may load as
 * nothing. */
typedef struct rl_exr_plane {
    const float *values; /* height rows of width floats */
    int width, height;
    const char *kind; /* what it holds, for the attribute relief:kind */
} rl_exr_plane;

/* Encode floats with ZIP compression. The caller frees *data with rl_free(). Errors: _MEMORY,
 * _INTERNAL. */
RELIEF_CHECKED relief_status rl_exr_write(relief_ctx *ctx, const rl_exr_plane *plane,
                                          uint8_t **data, size_t *size);

#endif
