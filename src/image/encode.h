/* SPDX-License-Identifier: Apache-2.0 */
/* 8-bit pixels to JPEG and PNG, and JPEGs turned without decoding. */
#ifndef RELIEF_IMAGE_ENCODE_H
#define RELIEF_IMAGE_ENCODE_H

#include "base/output.h"
#include "image/picture.h"

/* Encoded bytes, for rl_free(). */
typedef struct rl_encoded {
    uint8_t *data;
    size_t size;
} rl_encoded;

/* RGB as JPEG, quality 95, no chroma subsampling. Errors: _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_encode_jpeg(relief_ctx *ctx, const rl_pixels *pixels,
                                            rl_encoded *out);

/* RGB or RGBA as PNG without metadata. Errors: _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_encode_png(relief_ctx *ctx, const rl_pixels *pixels,
                                           rl_encoded *out);

/* Write a PNG with a mark by which rl_output knows it as relief's. Errors: _IO. */
RELIEF_CHECKED relief_status rl_encoded_write_marked(const rl_encoded *png, rl_output *output);

/* Undo EXIF orientation 2-8 of a JPEG on its coefficients, without loss; other segments come along.
 * *done: false, with nothing in *out, when its size or coding does not allow that. Errors: _MEMORY.
 */
RELIEF_CHECKED relief_status rl_encode_turned(relief_ctx *ctx, const rl_encoded *jpeg,
                                              int orientation, rl_encoded *out, bool *done);

/* Reduce 16-bit samples to 8 in place by an ordered dither: gradients keep their mean, and values
 * that 8 bits can say stay exact. The same picture always gives the same bytes. */
void rl_dither_to_8(rl_pixels *pixels);

#endif
