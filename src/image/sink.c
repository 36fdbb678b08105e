/* SPDX-License-Identifier: Apache-2.0 */
#include "image/sink.h"

#include "base/status.h"

#include <string.h>

/* Columns that are turned together: their target rows and the strip they come from stay in the
 * cache. */
#define TILE 32
/* Rows that are asked for at a time. */
#define STRIP 64

typedef struct sink {
    const relief_ctx
        *ctx; /* asked whether to stop; nothing else, as rows come in libvips' own thread */
    const rl_pixels *to;
    rl_orient map;
    int from_bands, from_bytes;
} sink;

/* Store one pixel: bands spread, bits reduced. 65535 / 257 is 255: rounding to 8 bits needs no
 * clamp. */
static inline void convert_pixel(const sink *s, uint8_t *to, const uint8_t *from) {
    int colours = s->from_bands >= 3 ? 3 : 1;
    for (int c = 0; c < s->to->channels; c++) {
        int band = c < 3 ? (colours == 3 ? c : 0) : colours;
        uint16_t wide;
        if (s->from_bytes == 1) {
            to[c] = from[band];
            continue;
        }
        memcpy(&wide, from + 2 * band, 2);
        if (s->to->sample_bytes == 2) {
            memcpy(to + 2 * c, &wide, 2);
        } else {
            to[c] = (uint8_t)((wide + 128u) / 257u);
        }
    }
}

/* Where a pixel of the computed part of a picture is. */
static const uint8_t *region_pixel(const sink *s, const VipsRegion *region, int x, int y) {
    return region->data + (size_t)(y - region->valid.top) * (size_t)region->bpl +
           (size_t)(x - region->valid.left) * (size_t)(s->from_bands * s->from_bytes);
}

static void store_tile(const sink *s, VipsRegion *region, const VipsRect *tile) {
    ptrdiff_t to_pixel = (ptrdiff_t)s->to->channels * s->to->sample_bytes;
    size_t row_bytes = VIPS_REGION_LSKIP(region);
    bool bytes_3 = s->from_bands == 3 && to_pixel == 3 && s->from_bytes == 1;
    for (int x = 0; x < tile->width; x++) {
        const uint8_t *from = region_pixel(s, region, tile->left + x, tile->top);
        uint8_t *to =
            (uint8_t *)s->to->data +
            (s->map.base + (tile->left + x) * s->map.dx + tile->top * s->map.dy) * to_pixel;
        ptrdiff_t step = s->map.dy * to_pixel;
        for (int y = 0; y < tile->height; y++, from += row_bytes, to += step) {
            if (bytes_3) {
                memcpy(to, from, 3);
            } else {
                convert_pixel(s, to, from);
            }
        }
    }
}

static void store_row(const sink *s, const uint8_t *from, const VipsRect *row) {
    size_t from_pixel = (size_t)s->from_bands * s->from_bytes;
    ptrdiff_t to_pixel = (ptrdiff_t)s->to->channels * s->to->sample_bytes;
    uint8_t *to = (uint8_t *)s->to->data +
                  (s->map.base + row->left * s->map.dx + row->top * s->map.dy) * to_pixel;
    if (s->map.dx == 1 && s->from_bands == s->to->channels &&
        s->from_bytes == s->to->sample_bytes) {
        memcpy(to, from, (size_t)row->width * from_pixel);
        return;
    }
    for (int x = 0; x < row->width; x++) {
        convert_pixel(s, to + x * s->map.dx * to_pixel, from + (size_t)x * from_pixel);
    }
}

static int store_area(VipsRegion *region, VipsRect *area, void *user) {
    const sink *s = user;
    if (rl_cancelled(s->ctx)) {
        return -1;
    }
    if (s->map.dx != 1 && s->map.dx != -1) {
        for (int x = 0; x < area->width; x += TILE) {
            VipsRect tile = {area->left + x, area->top, VIPS_MIN(TILE, area->width - x),
                             area->height};
            store_tile(s, region, &tile);
        }
        return 0;
    }
    for (int y = 0; y < area->height; y++) {
        VipsRect row = {area->left, area->top + y, area->width, 1};
        store_row(s, region_pixel(s, region, row.left, row.top), &row);
    }
    return 0;
}

/* Row after row in this thread. */
static bool collect_here(VipsImage *from, sink *s) {
    VipsRegion *region = rl_vips.region_new(from);
    bool fine = region != NULL;
    for (int y = 0; fine && y < from->Ysize; y += STRIP) {
        VipsRect strip = {0, y, from->Xsize, VIPS_MIN(STRIP, from->Ysize - y)};
        fine = rl_vips.region_prepare(region, &strip) == 0 && store_area(region, &strip, s) == 0;
    }
    g_clear_object(&region);
    return fine;
}

/* By threads of libvips' own. A worker that fails on the last strip may end after the sink has
 * counted it as done: libvips 8.14 then returns 0, and only its error text tells. */
static bool collect_by_threads(VipsImage *from, int threads, sink *s) {
    rl_vips.image_set_int(from, VIPS_META_CONCURRENCY, threads);
    rl_vips.error_clear();
    return rl_vips.sink_disc(from, store_area, s) == 0 && !*rl_vips.error_buffer();
}

relief_status rl_sink_run(relief_ctx *ctx, VipsImage *from, int orientation, const char *name,
                          const rl_pixels *to) {
    int bytes = rl_vips.image_get_format(from) == VIPS_FORMAT_USHORT ? 2 : 1;
    sink s = {ctx, to, rl_orient_map(orientation, from->Xsize, from->Ysize), from->Bands, bytes};
    const int threads = relief_ctx_threads(ctx);
    if (threads == 1 ? collect_here(from, &s) : collect_by_threads(from, threads, &s)) {
        return RELIEF_OK;
    }
    relief_status status = rl_check_cancel(ctx);
    if (status != RELIEF_OK) {
        rl_vips.error_clear();
        return status;
    }
    return rl_picture_fail(ctx, RELIEF_ERROR_FORMAT, name);
}
