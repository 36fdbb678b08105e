/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of relief_image, and the way from a file's bytes to upright sRGB pixels. */
#ifndef RELIEF_IMAGE_PICTURE_H
#define RELIEF_IMAGE_PICTURE_H

#include "base/os.h"
#include "image/icc.h"
#include "image/sniff.h"
#include "relief/image.h"

/* Pixels in memory: height rows of width * channels samples, sRGB, straight alpha, the top row
 * first. */
typedef struct rl_pixels {
    void *data; /* uint8_t, or uint16_t over 0..65535; for rl_free() */
    int width, height;
    int channels;     /* 3 or 4 */
    int sample_bytes; /* 1 or 2 */
} rl_pixels;

struct relief_image {
    relief_image_info info;
    rl_image_format format;
    char *name; /* for messages */

    /* The whole encoded file: mapped, or owned, and `file` points into whichever it is. */
    rl_mapping *mapping;
    uint8_t *copy;
    const uint8_t *file;
    size_t file_size;

    int64_t max_bytes;
    int coded_width, coded_height; /* before orientation */
    bool plain_jpeg;               /* jpeg_decode.h reads it */
    bool whole_frame; /* the decoder needs memory for the whole picture besides our raster */
    rl_icc icc;       /* of the embedded profile */
    bool is_srgb;  /* no colour conversion is due; transfer and primaries are sRGB's or not told */
    uint8_t *exif; /* begins with the TIFF header; NULL: none */
    size_t exif_size;
    uint8_t *pixels;
};

/* libvips has one error text for the whole process. Whoever calls it holds this lock from the call
 * on until the text is read or cleared, or the failure of another context's photo becomes its own:
 * contexts take turns, and libvips' threads share the work inside a turn. Recursive, as a log
 * callback may load a photo. The functions here and in grey.h and encode.h take it themselves. */
void rl_picture_lock(void);
void rl_picture_unlock(void);
/* Go among others who read pictures at the same time, where that is possible: in contexts of one
 * thread, which make the best of many processors. The error text is then anybody's: who fails asks
 * for the lock and does it again. */
bool rl_picture_share(const relief_ctx *ctx);
void rl_picture_unshare(void);

/* Start libvips once for the process. Errors: _INTERNAL. */
RELIEF_CHECKED relief_status rl_picture_start(relief_ctx *ctx);

/* Turn libvips' pending error text into a failure of `name`: one line, _MEMORY or _LIMIT when it
 * speaks of those, else `status`. The caller holds the lock, or shares it
 * and will not keep the text. */
relief_status rl_picture_fail(relief_ctx *ctx, relief_status status, const char *name);

/* Read the header of image->file and fill the facts: info (but for the raster), coded size,
 * profile, EXIF. Errors: _FORMAT, _UNSUPPORTED, _LIMIT (side, pixels), _MEMORY. */
RELIEF_CHECKED relief_status rl_picture_probe(relief_ctx *ctx, relief_image *image);

/* The same by libvips, also for plain JPEGs. */
RELIEF_CHECKED relief_status rl_picture_probe_with_libvips(relief_ctx *ctx, relief_image *image);

/* Decode at 1/shrink (1, 2, 4, 8; over 1 for JPEG alone), upright and in sRGB. `keep_16`: pictures
 * of more than 8 bits give 16-bit samples, else they are rounded to 8. The caller frees out->data.
 * Errors: _FORMAT (damaged), _UNSUPPORTED, _LIMIT (image->max_bytes), _MEMORY, _CANCELLED. */
RELIEF_CHECKED relief_status rl_picture_decode(relief_ctx *ctx, const relief_image *image,
                                               int shrink, bool keep_16, rl_pixels *out);

/* Check the size in a header against RELIEF_MAX_SIDE and RELIEF_MAX_PIXELS. Errors: _LIMIT, _FORMAT
 * (nothing). */
RELIEF_CHECKED relief_status rl_picture_check_size(relief_ctx *ctx, const char *name, int64_t width,
                                                   int64_t height);

/* Allocate out->data for its size, within `max_bytes` when `extra_bytes` come on top. Errors:
 * _LIMIT, _MEMORY. */
RELIEF_CHECKED relief_status rl_pixels_alloc(relief_ctx *ctx, const relief_image *image,
                                             int64_t extra_bytes, rl_pixels *out);

/* Drop an alpha channel that is opaque everywhere. */
void rl_pixels_drop_opaque_alpha(rl_pixels *pixels);

#endif
