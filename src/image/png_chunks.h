/* SPDX-License-Identifier: Apache-2.0 */
/* PNG files as a row of chunks (ISO/IEC 15948). */
#ifndef RELIEF_IMAGE_PNG_CHUNKS_H
#define RELIEF_IMAGE_PNG_CHUNKS_H

#include "relief/base.h"

typedef struct rl_png_bytes {
    uint8_t *data;
    size_t size;
} rl_png_bytes;

/* Bits a sample of a PNG file, 1-16; 0 when the bytes do not begin like one. */
int rl_png_bits(const uint8_t *file, size_t size);

/* Copy a file without what stands behind its end and, unless `metadata`, with only the chunks that
 * its pixels need. The caller frees *out with rl_free(). Errors: _FORMAT (`name` stands in the
 * message), _MEMORY. */
RELIEF_CHECKED relief_status rl_png_copy(relief_ctx *ctx, const uint8_t *file, size_t size,
                                         bool metadata, const char *name, rl_png_bytes *out);

#endif
