/* SPDX-License-Identifier: Apache-2.0 */
/* Depth from files of plain numbers: PFM (Debevec's portable float map: text header, rows from the
 * bottom) and NPY. */
#include "depth/depth_map.h"

#include "base/memory.h"
#include "base/npy.h"
#include "base/status.h"
#include "image/grey.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELD 32

static uint64_t load_bytes(const uint8_t *at, int size, bool big_endian) {
    uint64_t bits = 0;
    for (int i = 0; i < size; i++) {
        bits = bits << 8 | at[big_endian ? i : size - 1 - i];
    }
    return bits;
}

static float float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* IEEE 754 binary16. */
static float half_from_bits(uint32_t bits) {
    uint32_t exponent = bits >> 10 & 31;
    uint32_t fraction = bits & 1023;
    float sign = bits & 0x8000 ? -1.0F : 1.0F;
    if (exponent == 31) {
        return fraction ? NAN : sign * INFINITY;
    }
    return sign * (exponent ? ldexpf((float)(1024 + fraction), (int)exponent - 25)
                            : ldexpf((float)fraction, -24));
}

/* One element of an array of `kind` and size, as NumPy names them. */
static float element(const uint8_t *at, char kind, int size, bool big_endian) {
    uint64_t bits = load_bytes(at, size, big_endian);
    if (kind == 'f') {
        if (size == 8) {
            double wide;
            memcpy(&wide, &bits, sizeof(wide));
            return (float)wide;
        }
        return size == 4 ? float_from_bits((uint32_t)bits) : half_from_bits((uint32_t)bits);
    }
    if (kind == 'i') {
        int shift = 64 - 8 * size;
        return (float)((int64_t)(bits << shift) >> shift);
    }
    return (float)bits;
}

static relief_status alloc_raw(relief_ctx *ctx, const char *path, int64_t width, int64_t height,
                               rl_depth_raw *out) {
    relief_status status = rl_depth_check_size(ctx, path, width, height);
    if (status) {
        return status;
    }
    out->width = (int)width;
    out->height = (int)height;
    return rl_alloc_in(ctx, (size_t)width * (size_t)height, sizeof(float), (void **)&out->values);
}

/* The next word of a PFM header and the one white-space byte behind it; false when the file ends
 * first. */
static bool next_field(const uint8_t *data, size_t size, size_t *at, char field[MAX_FIELD]) {
    size_t length = 0;
    while (*at < size && isspace(data[*at])) {
        (*at)++;
    }
    while (*at < size && !isspace(data[*at]) && length < MAX_FIELD - 1) {
        field[length++] = (char)data[(*at)++];
    }
    field[length] = 0;
    return length > 0 && *at < size && isspace(data[(*at)++]);
}

/* A whole number above 0 and nothing behind it; 0 for anything else. */
static int64_t whole(const char *field) {
    char *end;
    long long value = strtoll(field, &end, 10);
    return isdigit((unsigned char)*field) && !*end && value <= INT32_MAX ? value : 0;
}

relief_status rl_pfm_read(relief_ctx *ctx, const char *path, const uint8_t *data, size_t size,
                          rl_depth_raw *out) {
    char magic[MAX_FIELD];
    char width[MAX_FIELD];
    char height[MAX_FIELD];
    char scale[MAX_FIELD];
    size_t at = 0;
    *out = (rl_depth_raw){0};
    bool whole_header = next_field(data, size, &at, magic) && next_field(data, size, &at, width) &&
                        next_field(data, size, &at, height) && next_field(data, size, &at, scale);
    if (strcmp(magic, "PF") == 0) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: a PFM file of colours; a depth map has one channel (\"Pf\")", path);
    }
    char *end = scale;
    double endianness = whole_header ? rl_number_parse(scale, &end) : 0.0;
    if (!whole_header || *end || endianness == 0.0 || !isfinite(endianness)) {
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: damaged PFM header", path);
    }
    relief_status status = rl_depth_check_size(ctx, path, whole(width), whole(height));
    if (status) {
        return status;
    }
    size_t columns = (size_t)whole(width);
    size_t rows = (size_t)whole(height);
    if (size - at < columns * rows * sizeof(float)) {
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: the PFM file is cut short", path);
    }
    status = alloc_raw(ctx, path, (int64_t)columns, (int64_t)rows, out);
    if (status) {
        return status;
    }
    for (size_t row = 0; row < rows; row++) {
        const uint8_t *line = data + at + (rows - 1 - row) * columns * sizeof(float);
        for (size_t i = 0; i < columns; i++) {
            out->values[row * columns + i] = element(line + i * 4, 'f', 4, endianness > 0.0);
        }
    }
    return RELIEF_OK;
}

/* Height and width of an array whose other sizes are 1, such as (1, H, W) or (H, W, 1). */
static bool plane_of(const rl_npy_header *header, int64_t *height, int64_t *width) {
    int64_t sides[2] = {1, 1};
    int large = 0;
    for (int i = 0; i < header->rank; i++) {
        if (header->dims[i] != 1) {
            if (large == 2) {
                return false;
            }
            sides[large++] = header->dims[i];
        }
    }
    if (header->rank == 2) { /* a column or a row */
        sides[0] = header->dims[0];
        sides[1] = header->dims[1];
    } else if (large < 2) {
        return false;
    }
    *height = sides[0];
    *width = sides[1];
    return true;
}

relief_status rl_npy_depth_read(relief_ctx *ctx, const char *path, const uint8_t *data, size_t size,
                                rl_depth_raw *out) {
    rl_npy_header header;
    int64_t height = 0;
    int64_t width = 0;
    *out = (rl_depth_raw){0};
    relief_status status = rl_npy_parse(ctx, data, size, path, &header);
    if (status) {
        return status;
    }
    if (!plane_of(&header, &height, &width) || header.kind == 'b' ||
        (header.kind == 'f' && header.item_size < 2)) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: a depth map is an array of numbers (height, width)", path);
    }
    status = alloc_raw(ctx, path, width, height, out);
    if (status) {
        return status;
    }
    const uint8_t *first = data + header.data_offset;
    size_t columns = (size_t)width;
    size_t rows = (size_t)height;
    for (size_t y = 0; y < rows; y++) {
        for (size_t x = 0; x < columns; x++) {
            size_t index = header.fortran_order ? x * rows + y : y * columns + x;
            out->values[y * columns + x] =
                element(first + index * (size_t)header.item_size, header.kind, header.item_size,
                        header.big_endian);
        }
    }
    return RELIEF_OK;
}
