/* SPDX-License-Identifier: Apache-2.0 */
#include "image/shrink.h"

#include "base/memory.h"
#include "base/status.h"

#include "image/vips_library.h"
#include <math.h>
#include <string.h>

bool rl_shrunk_size(int width, int height, int most, int *out_width, int *out_height) {
    const int side = width > height ? width : height;
    if (side <= most)
        return false;
    const double scale = (double)most / side;
    *out_width = (int)fmax(1, round(width * scale));
    *out_height = (int)fmax(1, round(height * scale));
    return true;
}

/* Copy what libvips computed into a block that base counts. The caller holds the lock. */
static relief_status take_pixels(relief_ctx *ctx, VipsImage *image, rl_pixels *out) {
    const size_t size =
        (size_t)image->Xsize * (size_t)image->Ysize * (size_t)image->Bands; /* of 8 bits */
    void *memory = NULL;
    relief_status status = rl_alloc_in(ctx, size, 1, &memory);
    if (status)
        return status;
    size_t got = 0;
    void *pixels = rl_vips.image_write_to_memory(image, &got);
    if (!pixels || got != size) {
        rl_free(memory);
        g_free(pixels);
        return rl_picture_fail(ctx, RELIEF_ERROR_INTERNAL, "the picture cannot be made smaller");
    }
    memcpy(memory, pixels, size);
    g_free(pixels);
    *out = (rl_pixels){.data = memory,
                       .width = image->Xsize,
                       .height = image->Ysize,
                       .channels = image->Bands,
                       .sample_bytes = 1};
    return RELIEF_OK;
}

relief_status rl_pixels_shrink(relief_ctx *ctx, const rl_pixels *from, int width, int height,
                               rl_pixels *out) {
    *out = (rl_pixels){0};
    relief_status status = rl_picture_start(ctx);
    if (status)
        return status;
    rl_picture_lock();
    rl_vips.error_clear();
    const size_t bytes = (size_t)from->width * (size_t)from->height * (size_t)from->channels;
    VipsImage *in = rl_vips.image_new_from_memory(from->data, bytes, from->width, from->height,
                                                  from->channels, VIPS_FORMAT_UCHAR);
    VipsImage *srgb = NULL, *small = NULL;
    if (!in || rl_vips.copy(in, &srgb, "interpretation", VIPS_INTERPRETATION_sRGB, NULL) != 0 ||
        rl_vips.thumbnail_image(srgb, &small, width, "height", height, "size", VIPS_SIZE_FORCE,
                                "linear", TRUE, "no_rotate", TRUE, NULL) != 0)
        status = rl_picture_fail(ctx, RELIEF_ERROR_INTERNAL, "the picture cannot be made smaller");
    else
        status = take_pixels(ctx, small, out);
    VIPS_UNREF(small);
    VIPS_UNREF(srgb);
    VIPS_UNREF(in);
    rl_vips.error_clear();
    rl_picture_unlock();
    return status;
}
