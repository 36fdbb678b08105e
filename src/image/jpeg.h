/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG files as a row of marker segments (ITU-T T.81, annex B). */
#ifndef RELIEF_IMAGE_JPEG_H
#define RELIEF_IMAGE_JPEG_H

#include "relief/base.h"

typedef struct rl_jpeg_info {
    int width, height; /* as coded, before EXIF orientation */
    int components;
    int bits;
    int process; /* n of the SOFn marker: 0 baseline, 1 extended, 2 progressive, others rare */
} rl_jpeg_info;

/* Read the frame header of the first picture; false when there is none. */
bool rl_jpeg_parse(const uint8_t *file, size_t size, rl_jpeg_info *out);

typedef enum rl_jpeg_keep {
    RL_JPEG_KEEP_PICTURE,  /* what decoding needs, and the pixel density */
    RL_JPEG_KEEP_METADATA, /* and comments, EXIF, XMP and profiles, but not the index of further
                              pictures */
} rl_jpeg_keep;

/* Copy the first picture of a file with its entropy-coded data as it is, and without anything after
 * its end. `exif` (without the segment's head), when not NULL, takes the place of the file's own
 * EXIF. The caller frees *out with rl_free(). Errors: _FORMAT (`name` stands in the message),
 * _MEMORY. */
typedef struct rl_jpeg_strip {
    const uint8_t *file;
    size_t size;
    rl_jpeg_keep keep;
    const uint8_t *exif;
    size_t exif_size;
} rl_jpeg_strip;
RELIEF_CHECKED relief_status rl_jpeg_copy(relief_ctx *ctx, const rl_jpeg_strip *job,
                                          const char *name, uint8_t **out, size_t *out_size);

/* The EXIF block of a file (behind "Exif\0\0") in place; NULL when there is none. */
uint8_t *rl_jpeg_find_exif(uint8_t *file, size_t size, size_t *exif_size);

/* The next APP1 segment at or behind byte *at, where 0 begins, that stands before the first pixels:
 * its payload; *at then is its end. False when there is none. */
bool rl_jpeg_next_app1(const uint8_t *file, size_t size, size_t *at, const uint8_t **payload,
                       size_t *payload_size);

/* Bytes of the first picture with its end marker; `size` when it has none. */
size_t rl_jpeg_length(const uint8_t *file, size_t size);

#endif
