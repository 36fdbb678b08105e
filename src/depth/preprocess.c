/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/preprocess.h"

#include "base/memory.h"
#include "base/threads.h"
#include "base/widths.h"

#include <math.h>
#include <string.h>

#define ROW_GRAIN 8

/* The source pixels that a target pixel covers along one axis: `count` from `first` on, whole but
 * for the two ends. */
typedef struct span {
    int first, count;
    double head,
        tail; /* shares of the first and of the last; a lone pixel has its share in `head` */
} span;

/* The job of reading 8-bit pixels as floats of 0..1, averaged down where that is asked for. */
typedef struct averaging {
    const rl_photo_pixels *from;
    rl_raster to;        /* 3 channels; each side at most that of `from` */
    const span *columns; /* of every target column */
} averaging;

static span cover(size_t target, double step, int limit) {
    double begin = (double)target * step;
    double end = begin + step < limit ? begin + step : limit;
    span s = {.first = (int)begin, .head = 1.0, .tail = 0.0};
    int last = (int)ceil(end) - 1;
    s.count = last - s.first + 1;
    s.head = s.count > 1 ? s.first + 1.0 - begin : end - begin;
    s.tail = s.count > 1 ? end - last : 0.0;
    return s;
}

/* RGB pixels of one row that `s` covers, weighted and added up. */
static void add_opaque(const uint8_t *pixel, const span *s, double sum[3]) {
    const uint8_t *tail = pixel + (ptrdiff_t)(s->count - 1) * 3;
    unsigned whole[3] = {0, 0, 0};
    for (const uint8_t *at = pixel + 3; at < tail; at += 3) {
        whole[0] += at[0];
        whole[1] += at[1];
        whole[2] += at[2];
    }
    for (int c = 0; c < 3; c++) {
        sum[c] = s->head * pixel[c] + whole[c] + s->tail * tail[c];
    }
}

/* The same for RGB with straight alpha, over white. */
static void add_translucent(const uint8_t *pixel, const span *s, double sum[3]) {
    for (int c = 0; c < 3; c++) {
        sum[c] = 0.0;
    }
    for (int i = 0; i < s->count; i++, pixel += 4) {
        double share = i == 0 ? s->head : i == s->count - 1 ? s->tail : 1.0;
        double alpha = pixel[3] / 255.0;
        for (int c = 0; c < 3; c++) {
            sum[c] += share * (255.0 + alpha * (pixel[c] - 255.0));
        }
    }
}

/* One target pixel: the mean of what it covers, 0..1. */
static void average_pixel(const averaging *job, const span *rows, const span *columns, double scale,
                          float out[3]) {
    const rl_photo_pixels *from = job->from;
    size_t row_bytes = (size_t)from->width * (size_t)from->channels;
    const uint8_t *line = from->data + (size_t)rows->first * row_bytes +
                          (size_t)columns->first * (size_t)from->channels;
    double total[3] = {0, 0, 0};
    for (int v = 0; v < rows->count; v++, line += row_bytes) {
        double share = v == 0 ? rows->head : v == rows->count - 1 ? rows->tail : 1.0;
        double sum[3];
        if (from->channels == 4) {
            add_translucent(line, columns, sum);
        } else {
            add_opaque(line, columns, sum);
        }
        for (int c = 0; c < 3; c++) {
            total[c] += share * sum[c];
        }
    }
    for (int c = 0; c < 3; c++) {
        out[c] = (float)(total[c] * scale);
    }
}

/* Samples of an opaque row that are added up before columns are: those of some target pixels. */
enum { RUN_PIXELS = 512, RUN = 3 * RUN_PIXELS };
/* From this many pixels for a target pixel on, too few of those fit. */
enum { MOST_STEP = RUN_PIXELS / 4 };

/* sums[i] += share * samples[i]: the loop that takes the time. */
RL_EVERY_WIDTH
static void add_samples(double *restrict sums, const uint8_t *restrict samples, double share,
                        size_t count) {
    for (size_t i = 0; i < count; i++)
        sums[i] += share * samples[i];
}

/* Sums down the rows that a target row covers, of opaque pixels [first, end). */
static void add_rows(const averaging *job, const span *rows, int first, int end, double *sums) {
    const size_t row_bytes = (size_t)job->from->width * 3, count = (size_t)(end - first) * 3;
    const uint8_t *line = job->from->data + (size_t)rows->first * row_bytes + (size_t)first * 3;
    memset(sums, 0, count * sizeof *sums);
    for (int v = 0; v < rows->count; v++, line += row_bytes) {
        double share = v == 0 ? rows->head : v == rows->count - 1 ? rows->tail : 1.0;
        add_samples(sums, line, share, count);
    }
}

/* One target pixel from sums down the rows, of which `sums` is the first that it covers. */
static void add_columns(const double *sums, const span *columns, double scale, float out[3]) {
    const double *last = sums + (ptrdiff_t)(columns->count - 1) * 3;
    double total[3];
    for (int c = 0; c < 3; c++)
        total[c] = columns->head * sums[c];
    for (const double *at = sums + 3; at < last; at += 3)
        for (int c = 0; c < 3; c++)
            total[c] += at[c];
    for (int c = 0; c < 3; c++)
        out[c] = (float)((last > sums ? total[c] + columns->tail * last[c] : total[c]) * scale);
}

/* A target row of opaque pixels, down the rows first, which vectors are good at: as many target
 * pixels at a time as the sums have room for. */
static void average_opaque_row(const averaging *job, size_t y, double scale) {
    const int width = job->to.width;
    const double step = job->from->width / (double)width;
    const span *columns = job->columns;
    const span rows = cover(y, job->from->height / (double)job->to.height, job->from->height);
    const int at_once = (int)((RUN_PIXELS - 2) / step);
    float *out = job->to.data + y * (size_t)width * 3;
    double sums[RUN];
    for (int x = 0; x < width; x += at_once) {
        const int end = x + at_once < width ? x + at_once : width;
        const int first = columns[x].first;
        add_rows(job, &rows, first, columns[end - 1].first + columns[end - 1].count, sums);
        for (int i = x; i < end; i++)
            add_columns(sums + (columns[i].first - first) * 3, &columns[i], scale, out + 3 * i);
    }
}

static void average_rows(void *arg, size_t begin, size_t end) {
    const averaging *job = arg;
    size_t width = (size_t)job->to.width;
    double step_x = job->from->width / (double)job->to.width;
    double step_y = job->from->height / (double)job->to.height;
    double scale = 1.0 / (255.0 * step_x * step_y);
    const bool fits = job->from->channels == 3 && step_x < MOST_STEP;
    for (size_t y = begin; y < end; y++) {
        if (fits) {
            average_opaque_row(job, y, scale);
            continue;
        }
        span rows = cover(y, step_y, job->from->height);
        for (size_t x = 0; x < width; x++) {
            average_pixel(job, &rows, &job->columns[x], scale, job->to.data + (y * width + x) * 3);
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
    return side > network_side * RL_MOST_SHRINK ? network_side * RL_MOST_SHRINK : side;
}

relief_status rl_photo_average(relief_ctx *ctx, const rl_photo_pixels *pixels, int network_width,
                               int network_height, rl_raster *out) {
    void *block = NULL;
    *out = (rl_raster){NULL, at_most(pixels->width, network_width),
                       at_most(pixels->height, network_height), 3};
    const size_t count = (size_t)out->width * (size_t)out->height * 3;
    relief_status status = rl_alloc_in(ctx, (size_t)out->width, sizeof(span), &block);
    if (!status) {
        status = rl_alloc_in(ctx, count, sizeof(float), (void **)&out->data);
    }
    if (!status) {
        span *columns = block;
        averaging job = {pixels, *out, columns};
        const double step = pixels->width / (double)out->width;
        for (int x = 0; x < out->width; x++) {
            columns[x] = cover((size_t)x, step, pixels->width);
        }
        rl_parallel(ctx, (size_t)out->height, ROW_GRAIN, average_rows, &job);
    }
    rl_free(block);
    return status;
}

relief_status rl_preprocess(relief_ctx *ctx, const rl_raster *photo,
                            const rl_descriptor *descriptor, int width, int height, float *out) {
    rl_raster resized = {NULL, width, height, 3};
    if (photo->width == width && photo->height == height) {
        normalise(photo, descriptor, out);
        return RELIEF_OK;
    }
    relief_status status =
        rl_alloc_in(ctx, (size_t)width * (size_t)height * 3, sizeof(float), (void **)&resized.data);
    if (!status) {
        status = rl_resample(ctx, photo, descriptor->filter, &resized);
    }
    if (!status) {
        normalise(&resized, descriptor, out);
    }
    rl_free(resized.data);
    return status;
}
