/* SPDX-License-Identifier: Apache-2.0 */
/* The photo as a texture file that viewers decode. */
#ifndef RELIEF_IMAGE_TEXTURE_H
#define RELIEF_IMAGE_TEXTURE_H

#include "image/picture.h"

/* An encoded picture. Every pixel is upright and in sRGB. */
typedef struct rl_texture {
    const uint8_t *data;
    size_t size;
    const char *mime_type; /* "image/jpeg" or "image/png" */
    int width, height;     /* photo size, or less where that was asked for */
    bool has_alpha;
    bool unchanged; /* entropy-coded data is that of the photo's own file */
    void *owner;    /* internal */
} rl_texture;

typedef struct rl_texture_options {
    bool keep_metadata; /* EXIF and the like */
    int most_side; /* of the texture in pixels; larger photos are made smaller; 0: photo size */
} rl_texture_options;

/* Encode `image` by the rules of design.md step 6: an 8-bit sRGB or untagged JPEG of 1 or 3
 * components keeps its entropy-coded data, without metadata segments and without anything after the
 * image, its orientation undone by a lossless transform where the size allows; other pictures
 * become JPEG quality 95 4:4:4, or PNG when they have alpha or were PNG. Errors: _MEMORY, _IO,
 * _FORMAT, _INTERNAL. Undo with rl_texture_clear(). */
RELIEF_CHECKED relief_status rl_image_texture(relief_ctx *ctx, const relief_image *image,
                                              const rl_texture_options *options, rl_texture *out);
/* Encode 8-bit pixels of at most most_side a side (0: any), RGB as JPEG, RGBA as PNG. Errors:
 * _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_pixels_texture(relief_ctx *ctx, const rl_pixels *pixels,
                                               int most_side, rl_texture *out);
void rl_texture_clear(rl_texture *texture);

#endif
