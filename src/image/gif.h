/* SPDX-License-Identifier: Apache-2.0 */
/* Animated GIF files. */
#ifndef RELIEF_IMAGE_GIF_H
#define RELIEF_IMAGE_GIF_H

#include "image/picture.h"

typedef struct rl_gif_frames {
    uint8_t *rgb; /* count frames of height rows of width * 3 bytes, one after the other */
    int width, height;
    int64_t count;
    double rate; /* frames a second */
} rl_gif_frames;

/* Encode frames that are shown for ever, marked as relief's. The caller frees *data with rl_free().
 * Errors: _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_gif_encode(relief_ctx *ctx, const rl_gif_frames *frames,
                                           uint8_t **data, size_t *size);

#endif
