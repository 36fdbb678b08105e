/* SPDX-License-Identifier: Apache-2.0 */
/* Samples as PNG files. */
#ifndef RELIEF_IMAGE_PNG_WRITE_H
#define RELIEF_IMAGE_PNG_WRITE_H

#include "image/grey.h"

/* What rl_png_write() encodes: height rows of width * channels samples. */
typedef struct rl_png_picture {
    const void *samples; /* uint8_t or uint16_t */
    int width, height;
    int channels;              /* 1: grey; 3: RGB */
    int bits;                  /* of a sample: 8 or 16 */
    const rl_grey_text *texts; /* ended by a NULL key; they stand before the pixels */
} rl_png_picture;

/* Encode as a PNG file. Takes no lock: any number of threads may encode at the same time. The
 * caller frees *data with rl_free(). Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_png_write(relief_ctx *ctx, const rl_png_picture *picture,
                                          uint8_t **data, size_t *size);

#endif
