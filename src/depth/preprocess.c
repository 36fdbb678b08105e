/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/preprocess.h"

#include "base/memory.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

#define MOST_SHRINK 2
#define ROW_GRAIN 8

/* The job of reading 8-bit pixels as floats of 0..1, averaged down where that is asked for. */
typedef struct averaging {
    const rl_photo_pixels *from;
    rl_raster to; /* 3 channels; each side at most that of `from` */
} averaging;

/* The part of source pixel `i` that lies in [begin, end). */
static double overlap(int i, double begin, double end) {
    return fmin(end, i + 1.0) - fmax(begin, i);
}

/* Add weight * the RGB of pixel (x, y), over white, to sum. */
static void add_pixel(const rl_photo_pixels *from, const uint8_t *pixel, double weight,
                      double sum[3]) {
    if (from->channels == 4) {
        double alpha = pixel[3] / 255.0;
        for (int c = 0; c < 3; c++) {
            sum[c] += weight * (255.0 + alpha * (pixel[c] - 255.0));
        }
        return;
    }
    for (int c = 0; c < 3; c++) {
        sum[c] += weight * pixel[c];
    }
}

static void average_rows(void *arg, size_t begin_row, size_t end_row) {
    const averaging *job = arg;
    const rl_photo_pixels *from = job->from;
    double step_x = from->width / (double)job->to.width;
    double step_y = from->height / (double)job->to.height;
    double scale = 1.0 / (255.0 * step_x * step_y);
    for (size_t row = begin_row; row < end_row; row++) {
        double y0 = (double)row * step_y;
        double y1 = fmin(y0 + step_y, from->height);
        float *out = job->to.data + row * (size_t)job->to.width * 3;
        for (int x = 0; x < job->to.width; x++) {
            double x0 = x * step_x;
            double x1 = fmin(x0 + step_x, from->width);
            double sum[3] = {0, 0, 0};
            for (int v = (int)y0; v < y1; v++) {
                const uint8_t *line =
                    from->data + (size_t)v * (size_t)from->width * (size_t)from->channels;
                double weight = overlap(v, y0, y1);
                for (int u = (int)x0; u < x1; u++) {
                    add_pixel(from, line + (size_t)u * (size_t)from->channels,
                              weight * overlap(u, x0, x1), sum);
                }
            }
            for (int c = 0; c < 3; c++) {
                out[(size_t)x * 3 + (size_t)c] = (float)(sum[c] * scale);
            }
        }
    }
}

static void normalise(const rl_raster *raster, const rl_descriptor *descriptor, float *out) {
    size_t plane = (size_t)raster->width * (size_t)raster->height;
    for (size_t c = 0; c < 3; c++) {
        float mean = (float)descriptor->mean[c];
        float std = (float)descriptor->std[c];
        for (size_t i = 0; i < plane; i++) {
            out[c * plane + i] = (raster->data[i * 3 + c] - mean) / std;
        }
    }
}

static int at_most(int side, int network_side) {
    return side > network_side * MOST_SHRINK ? network_side * MOST_SHRINK : side;
}

relief_status rl_preprocess(relief_ctx *ctx, const rl_photo_pixels *pixels,
                            const rl_descriptor *descriptor, int width, int height, float *out) {
    averaging job = {.from = pixels};
    job.to.width = at_most(pixels->width, width);
    job.to.height = at_most(pixels->height, height);
    job.to.channels = 3;
    rl_raster resized = {.width = width, .height = height, .channels = 3};
    size_t count = (size_t)job.to.width * (size_t)job.to.height * 3;
    relief_status status = rl_alloc_in(ctx, count, sizeof(float), (void **)&job.to.data);
    if (status) {
        return status;
    }
    rl_parallel(ctx, (size_t)job.to.height, ROW_GRAIN, average_rows, &job);
    if (job.to.width == width && job.to.height == height) {
        normalise(&job.to, descriptor, out);
        rl_free(job.to.data);
        return RELIEF_OK;
    }
    status =
        rl_alloc_in(ctx, (size_t)width * (size_t)height * 3, sizeof(float), (void **)&resized.data);
    if (!status) {
        status = rl_resample(ctx, &job.to, descriptor->filter, &resized);
    }
    if (!status) {
        normalise(&resized, descriptor, out);
    }
    rl_free(resized.data);
    rl_free(job.to.data);
    return status;
}
