/* SPDX-License-Identifier: Apache-2.0 */
/* TIFF 6.0 with 32-bit floats, little-endian:
 *
 *     header (8 bytes) | directory | description | software | strip offsets | strip sizes | strips
 *
 * The texts stand near the beginning, where base/output.c looks for them. The predictor is number 3
 * of Adobe's "TIFF Technical Note 3": the bytes of a row sorted by significance, each minus the one
 * before it. */
#include "image/tiff_write.h"

#include "base/memory.h"
#include "base/status.h"

#include <libdeflate.h>
#include <string.h>

#define DEFLATE_LEVEL 4
#define HEADER_BYTES 8
#define ENTRY_BYTES 12
#define STRIP_BYTES (1 << 18) /* about so many before packing */
static const char software[] = "relief " RL_VERSION;

enum { TYPE_ASCII = 2, TYPE_SHORT = 3, TYPE_LONG = 4 };
enum { ENTRY_COUNT = 13 };

/* The file in memory and where its parts lie. */
typedef struct tiff_file {
    const rl_tiff_plane *plane;
    uint8_t *data;
    size_t size, capacity;
    int strip_rows;
    size_t strips;
    size_t description_at, software_at, offsets_at, sizes_at;
} tiff_file;

static void store(uint8_t *at, size_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

/* One entry of the directory; its value, or where that lies. A single value lies in the entry. */
static uint8_t *put_entry(uint8_t *at, int tag, int type, size_t count, size_t value) {
    store(at, (size_t)tag, 2);
    store(at + 2, (size_t)type, 2);
    store(at + 4, count, 4);
    store(at + 8, value, 4);
    return at + ENTRY_BYTES;
}

/* Everything before the strips; their table is filled as they come. */
static relief_status put_directory(relief_ctx *ctx, tiff_file *file) {
    const rl_tiff_plane *plane = file->plane;
    size_t description_bytes = strlen(plane->description) + 1;
    file->description_at = HEADER_BYTES + 2 + ENTRY_COUNT * ENTRY_BYTES + 4;
    file->software_at = file->description_at + description_bytes;
    file->offsets_at = (file->software_at + sizeof(software) + 3) / 4 * 4;
    file->sizes_at = file->offsets_at + 4 * file->strips;
    file->size = file->sizes_at + 4 * file->strips;
    void *block = NULL;
    relief_status status = rl_grow(ctx, &block, &file->capacity, file->size, 1);
    if (status) {
        return status;
    }
    file->data = block;
    memset(file->data, 0, file->size);
    memcpy(file->data, "II*\0\x08\0\0\0", HEADER_BYTES);
    bool single = file->strips == 1; /* its offset and size then lie in the entries */
    uint8_t *at = file->data + HEADER_BYTES;
    store(at, ENTRY_COUNT, 2);
    at = put_entry(at + 2, 256, TYPE_LONG, 1, (size_t)plane->width);
    at = put_entry(at, 257, TYPE_LONG, 1, (size_t)plane->height);
    at = put_entry(at, 258, TYPE_SHORT, 1, 32); /* bits a sample */
    at = put_entry(at, 259, TYPE_SHORT, 1, 8);  /* compression: deflate */
    at = put_entry(at, 262, TYPE_SHORT, 1, 1);  /* black is zero */
    at = put_entry(at, 270, TYPE_ASCII, description_bytes, file->description_at);
    at = put_entry(at, 273, TYPE_LONG, file->strips, single ? 0 : file->offsets_at);
    at = put_entry(at, 277, TYPE_SHORT, 1, 1); /* samples a pixel */
    at = put_entry(at, 278, TYPE_LONG, 1, (size_t)file->strip_rows);
    at = put_entry(at, 279, TYPE_LONG, file->strips, single ? 0 : file->sizes_at);
    at = put_entry(at, 305, TYPE_ASCII, sizeof(software), file->software_at);
    at = put_entry(at, 317, TYPE_SHORT, 1, 3); /* predictor: floats */
    put_entry(at, 339, TYPE_SHORT, 1, 3);      /* samples are floats */
    memcpy(file->data + file->description_at, plane->description, description_bytes);
    memcpy(file->data + file->software_at, software, sizeof(software));
    if (single) { /* the table then is the values of entries 6 and 9 */
        file->offsets_at = HEADER_BYTES + 2 + 6 * ENTRY_BYTES + 8;
        file->sizes_at = HEADER_BYTES + 2 + 9 * ENTRY_BYTES + 8;
    }
    return RELIEF_OK;
}

static void predict_row(const float *values, size_t width, uint8_t *out) {
    for (size_t i = 0; i < width; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof(bits));
        for (size_t b = 0; b < 4; b++) {
            out[b * width + i] = (uint8_t)(bits >> (24 - 8 * b));
        }
    }
    for (size_t i = 4 * width - 1; i > 0; i--) {
        out[i] = (uint8_t)(out[i] - out[i - 1]);
    }
}

static relief_status put_strip(relief_ctx *ctx, tiff_file *file,
                               struct libdeflate_compressor *packer, size_t strip, uint8_t *rows) {
    const rl_tiff_plane *plane = file->plane;
    size_t width = (size_t)plane->width;
    int first = (int)strip * file->strip_rows;
    int end = first + file->strip_rows < plane->height ? first + file->strip_rows : plane->height;
    for (int y = first; y < end; y++) {
        predict_row(plane->values + (size_t)y * width, width,
                    rows + (size_t)(y - first) * 4 * width);
    }
    size_t bytes = (size_t)(end - first) * 4 * width;
    size_t room = libdeflate_zlib_compress_bound(packer, bytes);
    size_t start = (file->size + 1) / 2 * 2; /* on a word boundary, as the format wants */
    void *block = file->data;
    relief_status status = rl_grow(ctx, &block, &file->capacity, start + room, 1);
    if (status) {
        return status;
    }
    file->data = block;
    memset(file->data + file->size, 0, start - file->size);
    size_t packed = libdeflate_zlib_compress(packer, rows, bytes, file->data + start, room);
    store(file->data + file->offsets_at + 4 * strip, start, 4);
    store(file->data + file->sizes_at + 4 * strip, packed, 4);
    file->size = start + packed;
    return RELIEF_OK;
}

relief_status rl_tiff_write(relief_ctx *ctx, const rl_tiff_plane *plane, uint8_t **data,
                            size_t *size) {
    size_t row = 4 * (size_t)plane->width;
    int rows_each = (int)(row < STRIP_BYTES ? STRIP_BYTES / row : 1);
    rows_each = rows_each < plane->height ? rows_each : plane->height;
    tiff_file file = {.plane = plane,
                      .strip_rows = rows_each,
                      .strips = (size_t)((plane->height + rows_each - 1) / rows_each)};
    uint8_t *rows = NULL;
    *data = NULL;
    relief_status status = rl_alloc_in(ctx, row * (size_t)rows_each, 1, (void **)&rows);
    struct libdeflate_compressor *packer =
        status ? NULL : libdeflate_alloc_compressor(DEFLATE_LEVEL);
    if (!status && !packer) {
        status = rl_fail(ctx, RELIEF_ERROR_MEMORY, "out of memory while encoding a TIFF");
    }
    if (!status) {
        status = put_directory(ctx, &file);
    }
    for (size_t i = 0; !status && i < file.strips; i++) {
        status = put_strip(ctx, &file, packer, i, rows);
    }
    if (packer) {
        libdeflate_free_compressor(packer);
    }
    rl_free(rows);
    if (status) {
        rl_free(file.data);
        return status;
    }
    *data = file.data;
    *size = file.size;
    return RELIEF_OK;
}
