/* SPDX-License-Identifier: Apache-2.0 */
/* Grey pictures that hold numbers, not light: no colour management, no gamma, no orientation. */
#ifndef RELIEF_IMAGE_GREY_H
#define RELIEF_IMAGE_GREY_H

#include "relief/base.h"

/* One text of a PNG file's tEXt chunks. */
typedef struct rl_grey_text {
    const char *key; /* 1-79 bytes of Latin-1 */
    const char *value;
} rl_grey_text;

typedef struct rl_grey {
    float *values; /* height * width as they stand in the file: 0..255, 0..65535, or the floats of a
                      TIFF; of rl_alloc */
    int width, height;
    int bits;    /* a sample in the file: 8, 16 or 32 */
    char *texts; /* NUL-ended strings key, value, key, value, ... and an empty key; of rl_alloc */
} rl_grey;

/* Read a PNG, TIFF or JPEG file's bytes (`name` stands in messages) as grey: one channel, or
 * several that are all equal; alpha is dropped. Undo with rl_grey_clear(). Errors: _FORMAT
 * (damaged), _UNSUPPORTED (colours), _LIMIT (before pixels are decoded), _MEMORY. */
RELIEF_CHECKED relief_status rl_grey_read(relief_ctx *ctx, const uint8_t *data, size_t size,
                                          const char *name, rl_grey *out);
void rl_grey_clear(rl_grey *grey);

/* The value of a text, NULL when the file has none of this key. */
const char *rl_grey_text_value(const rl_grey *grey, const char *key);

/* Numbers as texts in files, with a point in every locale. Format: 9 digits, which tell every float
 * apart. Parse: as strtod(). */
#define RL_NUMBER_TEXT 32
void rl_number_format(char text[RL_NUMBER_TEXT], double value);
double rl_number_parse(const char *text, char **end);

#endif
