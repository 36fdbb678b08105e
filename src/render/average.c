/* SPDX-License-Identifier: Apache-2.0 */
/* Samples to pixels. */
#include "render/render_inside.h"

#include "base/threads.h"

#include <string.h>

enum { CHANNELS = 4, WHOLE = 255 };

typedef struct resolve_job {
    const rl_resolve *box;
    relief_view *view;
} resolve_job;

/* The mean of the samples of a pixel, which are premultiplied: light by light, then divided by what
 * is covered. A single colour stays what it is. */
static void resolve_pixel(const rl_resolve *box, const uint8_t *samples, uint8_t *out) {
    const uint16_t *linear = rl_srgb_to_linear();
    uint32_t sums[CHANNELS] = {0};
    const uint32_t count = (uint32_t)(box->supersample * box->supersample);
    for (int j = 0; j < box->supersample; j++) {
        const uint8_t *sample = samples + (size_t)j * box->row * CHANNELS;
        for (int i = 0; i < box->supersample; i++, sample += CHANNELS) {
            sums[0] += linear[sample[0]];
            sums[1] += linear[sample[1]];
            sums[2] += linear[sample[2]];
            sums[3] += sample[3];
        }
    }
    const uint32_t covered = sums[3];
    for (int c = 0; c < 3; c++) {
        uint64_t light = sums[c];
        if (covered == count * WHOLE)
            light = (light + count / 2) / count;
        else
            light = covered ? (light * WHOLE + covered / 2) / covered : 0;
        out[c] = rl_srgb_from_linear()[light < UINT16_MAX ? light : UINT16_MAX];
    }
    out[3] = (uint8_t)((covered + count / 2) / count);
    /* A pixel with a hole must not look whole. */
    if (out[3] == WHOLE && covered < count * WHOLE)
        out[3] = WHOLE - 1;
}

static void resolve_rows(void *arg, size_t begin, size_t end) {
    const resolve_job *job = arg;
    const rl_resolve *box = job->box;
    const size_t step = (size_t)box->supersample;
    for (size_t y = begin; y < end; y++) {
        const uint8_t *samples = box->samples + y * step * box->row * CHANNELS;
        uint8_t *out =
            job->view->pixels +
            (((size_t)box->y + y) * (size_t)job->view->info.width + (size_t)box->x) * CHANNELS;
        for (int x = 0; x < box->width; x++, samples += step * CHANNELS, out += CHANNELS) {
            if (step == 1 && samples[3] == WHOLE)
                memcpy(out, samples, CHANNELS);
            else
                resolve_pixel(box, samples, out);
        }
    }
}

void rl_resolve_box(relief_ctx *ctx, const rl_resolve *box, relief_view *view) {
    resolve_job job = {.box = box, .view = view};
    (void)rl_srgb_to_linear();
    rl_parallel(ctx, (size_t)box->height, 16, resolve_rows, &job);
}

void rl_resolve_count(relief_view *view) {
    const size_t count = (size_t)view->info.width * (size_t)view->info.height;
    uint64_t covered = 0;
    int64_t holed = 0;
    for (size_t i = 0; i < count; i++) {
        covered += view->pixels[i * CHANNELS + 3];
        holed += view->pixels[i * CHANNELS + 3] < WHOLE;
    }
    view->info.coverage = (double)covered / ((double)count * WHOLE);
    view->info.holed_pixels = holed;
}
