/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as OpenEXR files. */
#ifndef RELIEF_IMAGE_EXR_WRITE_H
#define RELIEF_IMAGE_EXR_WRITE_H

#include "image/grey.h"

#define RL_HALF_MAX 65504.0F

/* One channel, written as `Y`: compositors and Blender take that for grey, where `Z` may load as
 * nothing. */
typedef struct rl_exr_plane {
    const float *values; /* height rows of width floats */
    int width, height;
    const char *kind;          /* what it holds, for the attribute relief:kind */
    const rl_grey_text *texts; /* more attributes, ended by a NULL key; NULL: none */
    bool half;                 /* 16-bit floats; no value is then beyond RL_HALF_MAX */
} rl_exr_plane;

/* The nearest 16-bit float; `value` is finite and within +-RL_HALF_MAX. */
uint16_t rl_half_from_float(float value);

/* Encode floats with ZIP compression. Takes no lock. The caller frees *data with rl_free(). Errors:
 * _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_exr_write(relief_ctx *ctx, const rl_exr_plane *plane,
                                          uint8_t **data, size_t *size);

#endif
