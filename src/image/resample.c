/* SPDX-License-Identifier: Apache-2.0 */
/* Two passes, rows first: every target value is a weighted sum of a few source values along x, then
 * along y. The weights of all target columns (or rows) are computed once, in double. */
#include "image/resample.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

/* Rows that one piece of work does at least. */
#define GRAIN 4

/* For one axis: target i is the sum over k < taps of weight[i * taps + k] * source[first[i] + k],
 * where indices outside are clamped to the border. */
typedef struct axis {
    int count, taps;
    int *first;
    float *weight;
} axis;

struct rl_resampler {
    int rows, channels; /* of the source */
    axis x, y;
    float *middle; /* rows of x.count * channels */
};

/* The pass along x. */
typedef struct job {
    const rl_raster *from;
    const axis *x;
    float *middle;
} job;

/* Keys' kernel with a = -0.75 for a sample at fraction t between the second and the third of four.
 */
static void cubic_weights(double t, float *weight) {
    const double a = -0.75;
    double near0 = t, near1 = 1 - t, far0 = t + 1, far1 = 2 - t;
    weight[0] = (float)(((a * far0 - 5 * a) * far0 + 8 * a) * far0 - 4 * a);
    weight[1] = (float)(((a + 2) * near0 - (a + 3)) * near0 * near0 + 1);
    weight[2] = (float)(((a + 2) * near1 - (a + 3)) * near1 * near1 + 1);
    weight[3] = (float)(((a * far1 - 5 * a) * far1 + 8 * a) * far1 - 4 * a);
}

static void linear_taps(axis *out, int from, bool corners) {
    double scale = corners && out->count > 1 ? (from - 1) / (double)(out->count - 1)
                                             : from / (double)out->count;
    for (int i = 0; i < out->count; i++) {
        double at = corners ? i * (out->count > 1 ? scale : 0) : (i + 0.5) * scale - 0.5;
        at = at < 0 ? 0 : at > from - 1 ? from - 1 : at;
        double low = floor(at);
        out->first[i] = (int)low;
        out->weight[2 * i] = (float)(1 - (at - low));
        out->weight[2 * i + 1] = (float)(at - low);
    }
}

static void cubic_taps(axis *out, int from) {
    double scale = from / (double)out->count;
    for (int i = 0; i < out->count; i++) {
        double at = (i + 0.5) * scale - 0.5;
        double low = floor(at);
        out->first[i] = (int)low - 1;
        cubic_weights(at - low, out->weight + 4 * i);
    }
}

/* Shares of the source pixels that target i covers; one that grows covers a part of one pixel or
 * two. */
static void area_taps(axis *out, int from) {
    double scale = from / (double)out->count;
    for (int i = 0; i < out->count; i++) {
        double begin = i * scale, end = (i + 1) * scale;
        int first = (int)floor(begin);
        out->first[i] = first;
        for (int k = 0; k < out->taps; k++) {
            double low = fmax(begin, first + k), high = fmin(end, first + k + 1);
            out->weight[i * out->taps + k] = (float)(fmax(0, high - low) / scale);
        }
    }
}

static relief_status make_axis(relief_ctx *ctx, rl_filter filter, int from, int count, axis *out) {
    int taps = filter == RL_FILTER_CUBIC  ? 4
               : filter == RL_FILTER_AREA ? (int)ceil(from / (double)count) + 1
                                          : 2;
    void *first = NULL, *weight = NULL;
    *out = (axis){.count = count, .taps = taps};
    relief_status status = rl_alloc_in(ctx, (size_t)count, sizeof(int), &first);
    if (status == RELIEF_OK) {
        out->first = first;
        status = rl_alloc_in(ctx, (size_t)count * taps, sizeof(float), &weight);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    out->weight = weight;
    if (filter == RL_FILTER_CUBIC) {
        cubic_taps(out, from);
    } else if (filter == RL_FILTER_AREA) {
        area_taps(out, from);
    } else {
        linear_taps(out, from, filter == RL_FILTER_LINEAR_CORNERS);
    }
    return RELIEF_OK;
}

static int clamp_index(int i, int count) {
    return i < 0 ? 0 : i >= count ? count - 1 : i;
}

static void row_pixel(const float *row, int width, int channels, const axis *x, int i, float *to) {
    for (int c = 0; c < channels; c++) {
        to[c] = 0;
    }
    for (int k = 0; k < x->taps; k++) {
        float weight = x->weight[i * x->taps + k];
        const float *from = row + (size_t)clamp_index(x->first[i] + k, width) * channels;
        for (int c = 0; c < channels; c++) {
            to[c] += weight * from[c];
        }
    }
}

/* The same for one channel and for three where no tap lies outside, which is nearly everywhere. */
static float inner_value(const float *from, const float *weight, int taps) {
    float sum = 0;
    for (int k = 0; k < taps; k++)
        sum += weight[k] * from[k];
    return sum;
}

static void inner_colour(const float *from, const float *weight, int taps, float to[3]) {
    float red = 0, green = 0, blue = 0;
    for (int k = 0; k < taps; k++, from += 3) {
        red += weight[k] * from[0];
        green += weight[k] * from[1];
        blue += weight[k] * from[2];
    }
    to[0] = red;
    to[1] = green;
    to[2] = blue;
}

/* With `taps` a constant where this is called, loops over them are unrolled. */
static inline void resample_row_by(const float *row, int width, int channels, const axis *x,
                                   int taps, float *to) {
    for (int i = 0; i < x->count; i++) {
        const int first = x->first[i];
        const float *weight = x->weight + (size_t)i * (size_t)taps;
        float *out = to + (size_t)i * (size_t)channels;
        if (first < 0 || first + taps > width || (channels != 1 && channels != 3))
            row_pixel(row, width, channels, x, i, out);
        else if (channels == 1)
            *out = inner_value(row + first, weight, taps);
        else
            inner_colour(row + (ptrdiff_t)first * 3, weight, taps, out);
    }
}

static void resample_row(const float *row, int width, int channels, const axis *x, float *to) {
    if (x->taps == 4)
        resample_row_by(row, width, channels, x, 4, to);
    else
        resample_row_by(row, width, channels, x, x->taps, to);
}

static void resample_rows(void *arg, size_t begin, size_t end) {
    const job *j = arg;
    const int width = j->from->width, channels = j->from->channels;
    for (size_t y = begin; y < end; y++) {
        const float *row = j->from->data + y * width * channels;
        float *to = j->middle + y * j->x->count * channels;
        resample_row(row, width, channels, j->x, to);
    }
}

/* to[i] += weight * from[i]: the loop that takes the time, kept apart so that it is vectorised. */
static void add_scaled(float *restrict to, const float *restrict from, float weight, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] += weight * from[i];
    }
}

void rl_resampler_row(const rl_resampler *resampler, int y, int begin, int end, float *to) {
    const axis *rows = &resampler->y;
    const size_t channels = (size_t)resampler->channels;
    const size_t row_floats = (size_t)resampler->x.count * channels;
    const float *middle = resampler->middle + (size_t)begin * channels;
    const size_t count = (size_t)(end - begin) * channels;
    memset(to, 0, count * sizeof *to);
    for (int k = 0; k < rows->taps; k++) {
        float weight = rows->weight[y * rows->taps + k];
        size_t from = (size_t)clamp_index(rows->first[y] + k, resampler->rows);
        if (weight != 0)
            add_scaled(to, middle + from * row_floats, weight, count);
    }
}

static bool is_raster(const rl_raster *r) {
    return r->data && r->width > 0 && r->height > 0 && r->channels > 0;
}

void rl_resampler_free(rl_resampler *resampler) {
    if (!resampler)
        return;
    rl_free(resampler->middle);
    rl_free(resampler->x.first);
    rl_free(resampler->x.weight);
    rl_free(resampler->y.first);
    rl_free(resampler->y.weight);
    rl_free(resampler);
}

relief_status rl_resampler_new(relief_ctx *ctx, const rl_raster *from, rl_filter filter, int width,
                               int height, rl_resampler **out) {
    void *block = NULL;
    *out = NULL;
    if (!is_raster(from) || width < 1 || height < 1)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "rasters to resample must have pixels");
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_resampler), &block);
    if (status)
        return status;
    rl_resampler *resampler = block;
    resampler->rows = from->height;
    resampler->channels = from->channels;
    status = make_axis(ctx, filter, from->width, width, &resampler->x);
    if (!status)
        status = make_axis(ctx, filter, from->height, height, &resampler->y);
    if (!status)
        status = rl_alloc_in(ctx, (size_t)from->height * width,
                             (size_t)from->channels * sizeof(float), &block);
    if (status) {
        rl_resampler_free(resampler);
        return status;
    }
    resampler->middle = block;
    job j = {.from = from, .x = &resampler->x, .middle = block};
    rl_parallel(ctx, (size_t)from->height, GRAIN, resample_rows, &j);
    *out = resampler;
    return RELIEF_OK;
}

typedef struct row_job {
    const rl_resampler *resampler;
    const rl_raster *to;
} row_job;

static void write_rows(void *arg, size_t begin, size_t end) {
    const row_job *r = arg;
    const size_t row_floats = (size_t)r->to->width * r->to->channels;
    for (size_t y = begin; y < end; y++)
        rl_resampler_row(r->resampler, (int)y, 0, r->to->width, r->to->data + y * row_floats);
}

relief_status rl_resample(relief_ctx *ctx, const rl_raster *from, rl_filter filter,
                          const rl_raster *to) {
    if (!is_raster(from) || !is_raster(to) || from->channels != to->channels) {
        return rl_fail(ctx, RELIEF_ERROR_ARG,
                       "rasters to resample must have pixels and equal channels");
    }
    row_job rows = {.to = to};
    rl_resampler *resampler;
    relief_status status = rl_resampler_new(ctx, from, filter, to->width, to->height, &resampler);
    if (status)
        return status;
    rows.resampler = resampler;
    rl_parallel(ctx, (size_t)to->height, GRAIN, write_rows, &rows);
    rl_resampler_free(resampler);
    return RELIEF_OK;
}
