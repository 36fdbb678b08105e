/* SPDX-License-Identifier: Apache-2.0 */
#include "image/encode.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/jpeg.h"

#include "image/vips_library.h"
#include <string.h>
#include <turbojpeg.h>

#define JPEG_QUALITY 95
/* Photographs as PNG: level 6 takes four times as long for 3 % less. */
#define PNG_COMPRESSION 3

/* A text chunk "relief:kind" that says "view", and where it goes: behind IHDR. */
static const uint8_t PNG_MARK[] = {0,   0,   0,   16,  't',  'E',  'X',  't', 'r', 'e',
                                   'l', 'i', 'e', 'f', ':',  'k',  'i',  'n', 'd', 0,
                                   'v', 'i', 'e', 'w', 0x9E, 0x0C, 0x7D, 0x0B};
enum { PNG_MARK_AT = 33 };

/* Copy what a library has allocated into a block that base counts. */
static relief_status adopt(relief_ctx *ctx, const void *data, size_t size, rl_encoded *out) {
    void *block = NULL;
    relief_status status = rl_alloc_in(ctx, size, 1, &block);
    if (status == RELIEF_OK) {
        memcpy(block, data, size);
        *out = (rl_encoded){block, size};
    }
    return status;
}

static relief_status fail_turbojpeg(relief_ctx *ctx, tjhandle handle) {
    const char *reason = tjGetErrorStr2(handle);
    if (strstr(reason, "emory")) {
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "out of memory while encoding a JPEG");
    }
    return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "the JPEG cannot be encoded: %s", reason);
}

relief_status rl_encode_jpeg(relief_ctx *ctx, const rl_pixels *pixels, rl_encoded *out) {
    unsigned char *data = NULL;
    unsigned long size = 0;
    *out = (rl_encoded){NULL, 0};
    tjhandle handle = tjInitCompress();
    if (!handle) {
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "out of memory while encoding a JPEG");
    }
    relief_status status;
    if (tjCompress2(handle, pixels->data, pixels->width, 0, pixels->height, TJPF_RGB, &data, &size,
                    TJSAMP_444, JPEG_QUALITY, TJFLAG_ACCURATEDCT) != 0) {
        status = fail_turbojpeg(ctx, handle);
    } else {
        status = adopt(ctx, data, size, out);
    }
    tjFree(data);
    tjDestroy(handle);
    return status;
}

relief_status rl_encode_png(relief_ctx *ctx, const rl_pixels *pixels, rl_encoded *out) {
    void *data = NULL;
    size_t size = 0;
    *out = (rl_encoded){NULL, 0};
    relief_status status = rl_picture_start(ctx);
    if (status != RELIEF_OK) {
        return status;
    }
    rl_picture_lock();
    rl_vips.error_clear();
    size_t bytes = (size_t)pixels->width * pixels->height * pixels->channels;
    VipsImage *in = rl_vips.image_new_from_memory(
        pixels->data, bytes, pixels->width, pixels->height, pixels->channels, VIPS_FORMAT_UCHAR);
    VipsImage *srgb = NULL;
    if (!in || rl_vips.copy(in, &srgb, "interpretation", VIPS_INTERPRETATION_sRGB, NULL) != 0 ||
        rl_vips.pngsave_buffer(srgb, &data, &size, "strip", TRUE, "compression", PNG_COMPRESSION,
                               "filter", VIPS_FOREIGN_PNG_FILTER_ALL, NULL) != 0) {
        status = rl_picture_fail(ctx, RELIEF_ERROR_INTERNAL, "the PNG cannot be encoded");
    } else {
        status = adopt(ctx, data, size, out);
    }
    g_free(data);
    VIPS_UNREF(srgb);
    VIPS_UNREF(in);
    rl_vips.error_clear();
    rl_picture_unlock();
    return status;
}

relief_status rl_encode_turned(relief_ctx *ctx, const rl_encoded *jpeg, int orientation,
                               rl_encoded *out, bool *done) {
    static const int operations[9] = {
        [2] = TJXOP_HFLIP, [3] = TJXOP_ROT180,     [4] = TJXOP_VFLIP,  [5] = TJXOP_TRANSPOSE,
        [6] = TJXOP_ROT90, [7] = TJXOP_TRANSVERSE, [8] = TJXOP_ROT270,
    };
    rl_jpeg_info facts;
    unsigned char *data = NULL;
    unsigned long size = 0;
    *out = (rl_encoded){NULL, 0};
    *done = false;
    if (!rl_jpeg_parse(jpeg->data, jpeg->size, &facts)) {
        return RELIEF_OK;
    }
    tjtransform job = {
        .op = operations[orientation],
        .options = TJXOPT_PERFECT | (facts.process == 2 ? TJXOPT_PROGRESSIVE : 0),
    };
    tjhandle handle = tjInitTransform();
    if (!handle) {
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "out of memory while turning a JPEG");
    }
    relief_status status = RELIEF_OK;
    if (tjTransform(handle, jpeg->data, jpeg->size, 1, &data, &size, &job, 0) == 0) {
        status = adopt(ctx, data, size, out);
        *done = status == RELIEF_OK;
    }
    tjFree(data);
    tjDestroy(handle);
    return status;
}

/* Entry (x, y) of the 8 x 8 Bayer matrix, 0-63: the bits of x ^ y and y, interleaved from the
 * lowest up. */
static unsigned bayer(unsigned x, unsigned y) {
    unsigned mixed = x ^ y, value = 0;
    for (unsigned bit = 0; bit < 3; bit++) {
        value = value << 2 | (mixed >> bit & 1) << 1 | (y >> bit & 1);
    }
    return value;
}

void rl_dither_to_8(rl_pixels *pixels) {
    uint16_t limits[8][8]; /* added before flooring: half-way between steps of 257 / 64 */
    size_t row_samples = (size_t)pixels->width * pixels->channels;
    const uint16_t *from = pixels->data;
    uint8_t *to = pixels->data;
    for (unsigned y = 0; y < 8; y++) {
        for (unsigned x = 0; x < 8; x++) {
            limits[y][x] = (uint16_t)((2 * bayer(x, y) + 1) * 257 / 128);
        }
    }
    for (int y = 0; y < pixels->height; y++) {
        for (int x = 0; x < pixels->width; x++) {
            size_t at = (size_t)y * row_samples + (size_t)x * pixels->channels;
            for (int c = 0; c < pixels->channels; c++) {
                uint32_t wide = from[at + c];
                to[at + c] = (uint8_t)((wide + limits[y & 7][x & 7]) / 257u);
            }
        }
    }
    pixels->sample_bytes = 1;
}

relief_status rl_encoded_write_marked(const rl_encoded *png, rl_output *output) {
    relief_status status = rl_output_write(output, png->data, PNG_MARK_AT);
    if (!status)
        status = rl_output_write(output, PNG_MARK, sizeof PNG_MARK);
    return status ? status
                  : rl_output_write(output, png->data + PNG_MARK_AT, png->size - PNG_MARK_AT);
}
