/* SPDX-License-Identifier: Apache-2.0 */
/* Photographs: decoded, upright, in sRGB. */
#ifndef RELIEF_IMAGE_H
#define RELIEF_IMAGE_H

#include "relief/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A decoded photograph; immutable. */
typedef struct relief_image relief_image;

typedef struct relief_image_options {
    size_t struct_size;
    /* Pixels that the caller needs on the raster's long side. JPEGs may then be decoded at 1/2, 1/4
     * or 1/8, never below this; 0: decode at full size. The photo's own size stays known either
     * way. */
    int min_side;
    int64_t max_bytes; /* most bytes that decoding may take; 0: a quarter of the machine's memory */
    bool facts_only; /* decode no pixels: there is no raster, and has_alpha is what the file says */
    bool copy_file; /* read the file into memory rather than map it: another process may then cut it
                        short without harm to this one */
} relief_image_options;

/* Facts about a photo. Sizes are after EXIF orientation is applied. */
typedef struct relief_image_info {
    size_t struct_size;
    int width, height; /* photo size in pixels */
    int raster_width,
        raster_height;   /* decoded size: photo size, or that divided by 2, 4 or 8, rounded */
    int channels;        /* of the raster: 3 (RGB) or 4 (RGB and straight alpha), 8 bits each */
    const char *format;  /* "jpeg", "png", "webp", "tiff", "heif", "jxl", "exr", "gif" */
    int source_bits;     /* bits a channel in the file */
    int source_channels; /* channels in the file */
    int orientation;     /* EXIF orientation in the file, 1-8 */
    bool has_alpha;
    const char *colour_profile; /* description of the embedded profile, "" when there is none */
    double focal_35mm;          /* from EXIF, 35 mm equivalent by the diagonal, in mm; 0: unknown */
} relief_image_info;

/* Read a photo from a file ("-": standard input). `options` may be NULL.
 * Untrusted loaders are off; sizes are checked before pixels are decoded.
 * Errors: _IO, _FORMAT (damaged, or no picture), _UNSUPPORTED (RAW, PSD, PDF, SVG and the like,
 * with the way out), _LIMIT (side, pixels or bytes), _MEMORY, _CANCELLED. The caller frees *out
 * with relief_image_free(). */
RELIEF_API RELIEF_CHECKED relief_status relief_image_load(relief_ctx *ctx, const char *path,
                                                          const relief_image_options *options,
                                                          relief_image **out);
/* As relief_image_load, from `size` bytes in memory, which are copied. `name` stands in messages.
 */
RELIEF_API RELIEF_CHECKED relief_status
relief_image_load_memory(relief_ctx *ctx, const void *data, size_t size, const char *name,
                         const relief_image_options *options, relief_image **out);
RELIEF_API void relief_image_free(relief_image *image);

/* Whether a name ends like those of pictures that relief reads: .jpg, .png, .heic, ... */
RELIEF_API bool relief_image_has_photo_name(const char *name);

/* Fill *info, whose struct_size the caller has set. Strings are borrowed from the image. */
RELIEF_API void relief_image_get_info(const relief_image *image, relief_image_info *info);

/* The raster: raster_height rows of raster_width * channels bytes, sRGB, top row first. Borrowed;
 * NULL with facts_only. */
RELIEF_API const uint8_t *relief_image_pixels(const relief_image *image);

#ifdef __cplusplus
}
#endif
#endif
