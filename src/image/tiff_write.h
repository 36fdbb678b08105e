/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as TIFF files. */
#ifndef RELIEF_IMAGE_TIFF_WRITE_H
#define RELIEF_IMAGE_TIFF_WRITE_H

#include "relief/base.h"

typedef struct rl_tiff_plane {
    const float *values; /* height rows of width floats */
    int width, height;
    const char *description; /* ASCII lines for tag ImageDescription */
} rl_tiff_plane;

/* Encode floats as one grey picture, deflated with the predictor for floats. Takes no lock. The
 * caller frees *data with rl_free(). Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_tiff_write(relief_ctx *ctx, const rl_tiff_plane *plane,
                                           uint8_t **data, size_t *size);

#endif
