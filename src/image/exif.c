/* SPDX-License-Identifier: Apache-2.0 */
#include "image/exif.h"

#include <math.h>
#include <string.h>

enum {
    TAG_NEW_SUBFILE_TYPE = 0x00fe,
    TAG_ORIENTATION = 0x0112,
    TAG_SUB_IFDS = 0x014a,
    TAG_EXIF_IFD = 0x8769,
    TAG_FOCAL_LENGTH = 0x920a,
    TAG_PIXEL_X_DIMENSION = 0xa002,
    TAG_PIXEL_Y_DIMENSION = 0xa003,
    TAG_FOCAL_PLANE_X_RESOLUTION = 0xa20e,
    TAG_FOCAL_PLANE_Y_RESOLUTION = 0xa20f,
    TAG_FOCAL_PLANE_RESOLUTION_UNIT = 0xa210,
    TAG_FOCAL_LENGTH_IN_35MM = 0xa405,
    TAG_DNG_VERSION = 0xc612
};
enum { TYPE_BYTE = 1, TYPE_SHORT = 3, TYPE_LONG = 4, TYPE_RATIONAL = 5 };

#define ENTRY_BYTES 12
#define FILM_DIAGONAL_MM 43.2666 /* of 36 x 24 */

typedef struct tiff {
    const uint8_t *data;
    size_t size;
    bool big_endian;
} tiff;

static uint32_t read_uint(const tiff *t, size_t at, int bytes) {
    uint32_t value = 0;
    if (at > t->size || t->size - at < (size_t)bytes) {
        return 0;
    }
    for (int i = 0; i < bytes; i++) {
        int from = t->big_endian ? i : bytes - 1 - i;
        value = value << 8 | t->data[at + (size_t)from];
    }
    return value;
}

/* Begin at the TIFF header, past "Exif\0\0" when that is there; false when there is none. */
static bool open_tiff(tiff *t, const uint8_t *block, size_t size) {
    if (size >= 6 && memcmp(block, "Exif\0\0", 6) == 0) {
        block += 6;
        size -= 6;
    }
    if (size < 8 || (memcmp(block, "II*\0", 4) != 0 && memcmp(block, "MM\0*", 4) != 0)) {
        return false;
    }
    *t = (tiff){block, size, block[0] == 'M'};
    return true;
}

/* Offset of a tag's 12-byte entry in the directory at `ifd`; 0 when it is not there. */
static size_t find_entry(const tiff *t, size_t ifd, uint32_t tag) {
    if (ifd < 8) {
        return 0;
    }
    uint32_t count = read_uint(t, ifd, 2);
    for (uint32_t i = 0; i < count; i++) {
        size_t at = ifd + 2 + (size_t)i * ENTRY_BYTES;
        if (at + ENTRY_BYTES > t->size) {
            return 0;
        }
        if (read_uint(t, at, 2) == tag) {
            return at;
        }
    }
    return 0;
}

/* A tag's first value as a number; `missing` when it is not there or of an odd type. */
static double number(const tiff *t, size_t ifd, uint32_t tag, double missing) {
    size_t at = find_entry(t, ifd, tag);
    if (!at || read_uint(t, at + 4, 4) < 1) {
        return missing;
    }
    switch (read_uint(t, at + 2, 2)) {
    case TYPE_BYTE:
        return read_uint(t, at + 8, 1);
    case TYPE_SHORT:
        return read_uint(t, at + 8, 2);
    case TYPE_LONG:
        return read_uint(t, at + 8, 4);
    case TYPE_RATIONAL: {
        size_t value = read_uint(t, at + 8, 4);
        uint32_t denominator = read_uint(t, value + 4, 4);
        return denominator ? (double)read_uint(t, value, 4) / denominator : missing;
    }
    default:
        return missing;
    }
}

static double millimetres_per_unit(int unit) {
    switch (unit) {
    case 3:
        return 10.0;
    case 4:
        return 1.0;
    case 5:
        return 0.001;
    default:
        return 25.4; /* 2, and the tag's default */
    }
}

static double plausible(double value, double low, double high) {
    return value >= low && value <= high ? value : 0;
}

/* The sensor's diagonal from its resolution and the pixels that were recorded; 0 when not told. */
static double sensor_diagonal_mm(const tiff *t, size_t ifd, const int size[2]) {
    double x_resolution = number(t, ifd, TAG_FOCAL_PLANE_X_RESOLUTION, 0);
    double y_resolution = number(t, ifd, TAG_FOCAL_PLANE_Y_RESOLUTION, x_resolution);
    double unit = millimetres_per_unit((int)number(t, ifd, TAG_FOCAL_PLANE_RESOLUTION_UNIT, 2));
    double width = number(t, ifd, TAG_PIXEL_X_DIMENSION, 0);
    double height = number(t, ifd, TAG_PIXEL_Y_DIMENSION, 0);
    if (width <= 0 || height <= 0) {
        width = size[0];
        height = size[1];
    }
    if (x_resolution <= 0 || y_resolution <= 0) {
        return 0;
    }
    return plausible(hypot(width / x_resolution, height / y_resolution) * unit, 2, 150);
}

static double focal_35mm(const tiff *t, size_t ifd, const int size[2]) {
    double told = plausible(number(t, ifd, TAG_FOCAL_LENGTH_IN_35MM, 0), 3, 5000);
    if (told > 0) {
        return told;
    }
    double focal = number(t, ifd, TAG_FOCAL_LENGTH, 0);
    double sensor = sensor_diagonal_mm(t, ifd, size);
    return focal > 0 && sensor > 0 ? plausible(focal * FILM_DIAGONAL_MM / sensor, 3, 5000) : 0;
}

void rl_exif_parse(const uint8_t *block, size_t block_size, const int size[2], rl_exif *out) {
    tiff t;
    *out = (rl_exif){0, 0};
    if (!open_tiff(&t, block, block_size)) {
        return;
    }
    size_t ifd = read_uint(&t, 4, 4);
    out->orientation = (int)plausible(number(&t, ifd, TAG_ORIENTATION, 0), 1, 8);
    size_t exif_entry = find_entry(&t, ifd, TAG_EXIF_IFD);
    if (exif_entry) {
        out->focal_35mm = focal_35mm(&t, read_uint(&t, exif_entry + 8, 4), size);
    }
}

void rl_exif_reset_orientation(uint8_t *block, size_t size) {
    tiff t;
    if (!open_tiff(&t, block, size)) {
        return;
    }
    size_t at = find_entry(&t, read_uint(&t, 4, 4), TAG_ORIENTATION);
    if (at && read_uint(&t, at + 2, 2) == TYPE_SHORT) {
        uint8_t *value = block + (t.data - block) + at + 8;
        value[0] = t.big_endian ? 0 : 1;
        value[1] = t.big_endian ? 1 : 0;
    }
}

bool rl_exif_is_camera_raw(const uint8_t *file, size_t size) {
    tiff t;
    if (!open_tiff(&t, file, size)) {
        return false;
    }
    size_t ifd = read_uint(&t, 4, 4);
    if (find_entry(&t, ifd, TAG_DNG_VERSION)) {
        return true;
    }
    bool preview_first = ((int)number(&t, ifd, TAG_NEW_SUBFILE_TYPE, 0) & 1) != 0;
    return preview_first && find_entry(&t, ifd, TAG_SUB_IFDS);
}
