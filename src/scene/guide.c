/* SPDX-License-Identifier: Apache-2.0 */
#include "scene/guide.h"

#include "base/memory.h"
#include "base/threads.h"

#include <string.h>

typedef struct shrink_job {
    const uint8_t *pixels;
    int width, height, channels; /* of the photo's raster */
    rl_guide *guide;
} shrink_job;

/* Sum `rows` rows of the raster from y on into one guide row. */
static void shrink_row(const shrink_job *job, int y, uint8_t *out) {
    const int factor = job->guide->factor, channels = job->channels;
    const int y0 = y * factor;
    const int y1 = y0 + factor < job->height ? y0 + factor : job->height;
    for (int x = 0; x < job->guide->width; x++) {
        const int x0 = x * factor;
        const int x1 = x0 + factor < job->width ? x0 + factor : job->width;
        unsigned sums[3] = {0, 0, 0};
        for (int v = y0; v < y1; v++) {
            const uint8_t *pixel =
                job->pixels + ((size_t)v * (size_t)job->width + (size_t)x0) * (size_t)channels;
            for (int u = x0; u < x1; u++, pixel += channels) {
                sums[0] += pixel[0];
                sums[1] += pixel[1];
                sums[2] += pixel[2];
            }
        }
        const unsigned count = (unsigned)((x1 - x0) * (y1 - y0));
        for (int k = 0; k < 3; k++)
            out[4 * x + k] = (uint8_t)((sums[k] + count / 2) / count);
        out[4 * x + 3] = 0;
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
