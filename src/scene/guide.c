/* SPDX-License-Identifier: Apache-2.0 */
#include "scene/guide.h"

#include "base/memory.h"
#include "base/threads.h"
#include "base/widths.h"

#include <string.h>

typedef struct shrink_job {
    const uint8_t *pixels;
    int width, height, channels; /* of the photo's raster */
    rl_guide *guide;
} shrink_job;

/* Samples of a raster row that are added up before columns are. */
enum { RUN = 2048 };

/* sums[i] += samples[i]. At most 257 rows fit. */
RL_EVERY_WIDTH
static void add_samples(uint16_t *restrict sums, const uint8_t *restrict samples, size_t count) {
    for (size_t i = 0; i < count; i++)
        sums[i] = (uint16_t)(sums[i] + samples[i]);
}

/* The guide pixel of `pixels` by `rows` raster pixels, whose sums down the rows these are. */
static void shrink_pixel(const uint16_t *sums, int pixels, int rows, int channels, uint8_t *out) {
    unsigned total[3] = {0, 0, 0};
    for (int u = 0; u < pixels; u++, sums += channels)
        for (int k = 0; k < 3; k++)
            total[k] += sums[k];
    const unsigned count = (unsigned)(pixels * rows);
    for (int k = 0; k < 3; k++)
        out[k] = (uint8_t)((total[k] + count / 2) / count);
    out[3] = 0;
}

/* Guide row y, down the rows first, which vectors are good at. */
static void shrink_row(const shrink_job *job, int y, uint8_t *out) {
    const int factor = job->guide->factor, channels = job->channels;
    const int top = y * factor, rows = factor < job->height - top ? factor : job->height - top;
    const int at_once = RUN / (factor * channels) * factor; /* raster pixels */
    const size_t row_bytes = (size_t)job->width * (size_t)channels;
    for (int begin = 0; begin < job->width; begin += at_once) {
        const int end = begin + at_once < job->width ? begin + at_once : job->width;
        const uint8_t *samples =
            job->pixels + (size_t)top * row_bytes + (size_t)begin * (size_t)channels;
        uint16_t sums[RUN] = {0};
        for (int v = 0; v < rows; v++)
            add_samples(sums, samples + (size_t)v * row_bytes,
                        (size_t)(end - begin) * (size_t)channels);
        for (int x = begin; x < end; x += factor)
            shrink_pixel(sums + (x - begin) * channels, factor < end - x ? factor : end - x, rows,
                         channels, out + (size_t)(x / factor) * 4);
    }
}

static void shrink_rows(void *arg, size_t begin, size_t end) {
    const shrink_job *job = arg;
    for (size_t y = begin; y < end; y++)
        shrink_row(job, (int)y, job->guide->rgbx + y * (size_t)job->guide->width * 4);
}

relief_status rl_guide_make(relief_ctx *ctx, const relief_image *photo, rl_guide *out) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(photo, &info);
    const int side =
        info.raster_width > info.raster_height ? info.raster_width : info.raster_height;
    out->factor = (side + RL_GUIDE_SIDE - 1) / RL_GUIDE_SIDE;
    out->across = info.raster_width / (double)out->factor;
    out->down = info.raster_height / (double)out->factor;
    out->width = (info.raster_width + out->factor - 1) / out->factor;
    out->height = (info.raster_height + out->factor - 1) / out->factor;
    void *block;
    relief_status status = rl_alloc_in(ctx, (size_t)out->width * (size_t)out->height, 4, &block);
    if (status)
        return status;
    out->rgbx = block;
    shrink_job job = {.pixels = relief_image_pixels(photo),
                      .width = info.raster_width,
                      .height = info.raster_height,
                      .channels = info.channels,
                      .guide = out};
    rl_parallel(ctx, (size_t)out->height, 16, shrink_rows, &job);
    return RELIEF_OK;
}

void rl_guide_clear(rl_guide *guide) {
    rl_free(guide->rgbx);
    *guide = (rl_guide){0};
}
