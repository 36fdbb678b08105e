/* SPDX-License-Identifier: Apache-2.0 */
#include "image/png_chunks.h"

#include "base/memory.h"
#include "base/status.h"

#include <string.h>

#define SIGNATURE_BYTES 8
#define CHUNK_OVERHEAD 12 /* length, type, checksum */
#define BITS_OFFSET 24    /* of IHDR's bit depth in the file */

static size_t be32(const uint8_t *p) {
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

int rl_png_bits(const uint8_t *file, size_t size) {
    return size > BITS_OFFSET && memcmp(file + 12, "IHDR", 4) == 0 ? file[BITS_OFFSET] : 0;
}

static bool needed(const uint8_t *type) {
    static const char *const kept[] = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (memcmp(type, kept[i], 4) == 0) {
            return true;
        }
    }
    return false;
}

relief_status rl_png_copy(relief_ctx *ctx, const uint8_t *file, size_t size, bool metadata,
                          const char *name, rl_png_bytes *out) {
    void *block = NULL;
    relief_status status = rl_alloc_in(ctx, size, 1, &block);
    if (status != RELIEF_OK) {
        return status;
    }
    uint8_t *data = block;
    size_t written = size < SIGNATURE_BYTES ? size : SIGNATURE_BYTES;
    memcpy(data, file, written);
    for (size_t at = SIGNATURE_BYTES; at < size && size - at >= CHUNK_OVERHEAD;) {
        size_t length = be32(file + at);
        if (length > size - at - CHUNK_OVERHEAD) {
            break;
        }
        if (metadata || needed(file + at + 4)) {
            memcpy(data + written, file + at, length + CHUNK_OVERHEAD);
            written += length + CHUNK_OVERHEAD;
        }
        if (memcmp(file + at + 4, "IEND", 4) == 0) {
            *out = (rl_png_bytes){data, written};
            return RELIEF_OK;
        }
        at += length + CHUNK_OVERHEAD;
    }
    rl_free(block);
    return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: the PNG ends too early", name);
}
