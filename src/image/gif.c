/* SPDX-License-Identifier: Apache-2.0 */
#include "image/gif.h"

#include "base/memory.h"
#include "base/status.h"

#include "image/vips_library.h"
#include <math.h>
#include <string.h>

/* A comment extension behind the header and the palette: what our files are known by. */
static const uint8_t MARK[] = {0x21, 0xFE, 11,  'r', 'e', 'l', 'i', 'e',
                               'f',  ' ',  'f', 'i', 'l', 'm', 0};
enum { HEADER = 13, DITHER_PERCENT = 60 };

/* Frames are a tall picture to libvips. GIF tells delays in hundredths of a second, so they are
 * rounded in turns: the film as a whole takes its time. */
static int encode_tall(VipsImage *in, const rl_gif_frames *frames, void **data, size_t *size,
                       int *delays) {
    VipsImage *tall = NULL;
    int64_t shown = 0;
    if (rl_vips.copy(in, &tall, "interpretation", VIPS_INTERPRETATION_sRGB, NULL) != 0)
        return -1;
    for (int64_t k = 0; k < frames->count; k++) {
        const int64_t end = llround(100.0 * (double)(k + 1) / frames->rate);
        delays[k] = (int)(end - shown) * 10;
        shown = end;
    }
    rl_vips.image_set_int(tall, "page-height", frames->height);
    rl_vips.image_set_array_int(tall, "delay", delays, (int)frames->count);
    rl_vips.image_set_int(tall, "loop", 0);
    const int error = rl_vips.gifsave_buffer(tall, data, size, "dither", DITHER_PERCENT / 100.0,
                                             "effort", 4, NULL);
    VIPS_UNREF(tall);
    return error;
}

static relief_status mark(relief_ctx *ctx, const uint8_t *data, size_t size, uint8_t **out,
                          size_t *out_size) {
    void *block;
    if (size < HEADER)
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "the GIF is empty");
    const size_t palette = data[10] & 0x80 ? (size_t)3 << ((data[10] & 7) + 1) : 0;
    const size_t head = HEADER + palette < size ? HEADER + palette : size;
    relief_status status = rl_alloc_in(ctx, size + sizeof MARK, 1, &block);
    if (status)
        return status;
    *out = block;
    memcpy(*out, data, head);
    memcpy(*out + head, MARK, sizeof MARK);
    memcpy(*out + head + sizeof MARK, data + head, size - head);
    *out_size = size + sizeof MARK;
    return RELIEF_OK;
}

relief_status rl_gif_encode(relief_ctx *ctx, const rl_gif_frames *frames, uint8_t **data,
                            size_t *size) {
    void *encoded = NULL, *delays;
    size_t encoded_size = 0;
    const size_t bytes = (size_t)frames->width * (size_t)frames->height * 3 * (size_t)frames->count;
    relief_status status = rl_picture_start(ctx);
    if (!status)
        status = rl_alloc_in(ctx, (size_t)frames->count, sizeof(int), &delays);
    if (status)
        return status;
    rl_picture_lock();
    rl_vips.error_clear();
    VipsImage *in =
        rl_vips.image_new_from_memory(frames->rgb, bytes, frames->width,
                                      frames->height * (int)frames->count, 3, VIPS_FORMAT_UCHAR);
    if (!in || encode_tall(in, frames, &encoded, &encoded_size, delays) != 0)
        status = rl_picture_fail(ctx, RELIEF_ERROR_INTERNAL, "the GIF cannot be encoded");
    else
        status = mark(ctx, encoded, encoded_size, data, size);
    g_free(encoded);
    VIPS_UNREF(in);
    rl_vips.error_clear();
    rl_picture_unlock();
    rl_free(delays);
    return status;
}
