/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/looks.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>

void rl_mirror_rows(float *values, size_t rows, size_t width) {
    for (size_t y = 0; y < rows; y++) {
        float *row = values + y * width;
        for (size_t x = 0; x < width / 2; x++) {
            float left = row[x];
            row[x] = row[width - 1 - x];
            row[width - 1 - x] = left;
        }
    }
}

/* Mean, and mean absolute deviation from it. */
static void measure(const float *values, size_t count, double *mean, double *deviation) {
    double sum = 0;
    double off = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i];
    }
    *mean = sum / (double)count;
    for (size_t i = 0; i < count; i++) {
        off += fabs((double)values[i] - *mean);
    }
    *deviation = off / (double)count;
}

relief_status rl_looks_join(relief_ctx *ctx, const rl_raster *second, relief_depth_kind kind,
                            rl_raster *mean) {
    size_t count = (size_t)mean->width * (size_t)mean->height;
    rl_raster resized = *second;
    void *block = NULL;
    if (second->width != mean->width || second->height != mean->height) {
        relief_status status = rl_alloc_in(ctx, count, sizeof(float), &block);
        resized = (rl_raster){block, mean->width, mean->height, 1};
        if (!status) {
            status = rl_resample(ctx, second, RL_FILTER_LINEAR, &resized);
        }
        if (status) {
            rl_free(block);
            return status;
        }
    }
    double gain = 1;
    double shift = 0;
    if (kind == RELIEF_DISPARITY) {
        double means[2];
        double deviations[2];
        measure(mean->data, count, &means[0], &deviations[0]);
        measure(resized.data, count, &means[1], &deviations[1]);
        gain = deviations[1] > 0 ? deviations[0] / deviations[1] : 1;
        shift = means[0] - gain * means[1];
    }
    for (size_t i = 0; i < count; i++) {
        mean->data[i] = 0.5F * (mean->data[i] + (float)gain * resized.data[i] + (float)shift);
    }
    rl_free(block);
    return RELIEF_OK;
}

/* Pixels of the first look on each side of the cells that lines are fitted in; how often cells are
 * averaged with their neighbours before, and the lines after. */
enum { CELL = 8, SMOOTH_MEANS = 3, SMOOTH_LINES = 1 };

/* What is known of a cell: means of both looks' values and of their products. */
enum { MEAN_CLOSER, MEAN_FIRST, MEAN_CLOSER_2, MEAN_BOTH, MEAN_FIRST_2, MEANS };

/* And what follows: first = gain * closer + shift, and how much of the first look is put in its
 * place, from 0 to 1. */
enum { GAIN, SHIFT, SHARE, LINE };

/* Where the closer look's values differ by less than this share of the first look's range, they are
 * as much noise as edges, and half of what is taken is the first look. */
static const float LEAST_SPREAD = 0.06F;
/* Both looks are of one network, so their steps differ by less. */
static const float MOST_GAIN = 2.0F;
/* Shares of the first look's variance that a line may leave unexplained before the first look
 * begins to show through, and from which it alone does. */
static const float LEFT_OUT[2] = {0.2F, 0.6F};

/* A refinement on its way. */
typedef struct refinement {
    const rl_raster *first;
    rl_raster *closer;
    float least, most;  /* of the first look */
    float middles[2];   /* of the closer look's range and of the first one's */
    float unit;         /* the first look's range; products are of (value - middle) / unit */
    rl_raster shrunk;   /* the closer look in the first one's size */
    rl_raster products; /* MEANS channels, in that size */
    rl_raster means;    /* of the products, in cells */
    rl_raster lines;    /* LINE channels, in cells */
    rl_raster wide;     /* the lines in the closer look's size */
    rl_raster enlarged; /* the first look in that size */
    float *block;       /* of all six; owned */
} refinement;

static size_t floats_of(const rl_raster *raster) {
    return (size_t)raster->width * (size_t)raster->height * (size_t)raster->channels;
}

static relief_status allocate(relief_ctx *ctx, refinement *r) {
    const int width = r->first->width, height = r->first->height;
    const int across = (width + CELL - 1) / CELL, down = (height + CELL - 1) / CELL;
    r->shrunk = (rl_raster){NULL, width, height, 1};
    r->products = (rl_raster){NULL, width, height, MEANS};
    r->means = (rl_raster){NULL, across, down, MEANS};
    r->lines = (rl_raster){NULL, across, down, LINE};
    r->wide = (rl_raster){NULL, r->closer->width, r->closer->height, LINE};
    r->enlarged = (rl_raster){NULL, r->closer->width, r->closer->height, 1};
    rl_raster *all[] = {&r->shrunk, &r->products, &r->means, &r->lines, &r->wide, &r->enlarged};
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        count += floats_of(all[i]);
    }
    relief_status status = rl_alloc_in(ctx, count, sizeof(float), (void **)&r->block);
    float *next = r->block;
    for (size_t i = 0; !status && i < sizeof all / sizeof *all; i++) {
        all[i]->data = next;
        next += floats_of(all[i]);
    }
    return status;
}

static void find_range(const rl_raster *raster, float *least, float *most) {
    *least = *most = raster->data[0];
    for (size_t i = 1; i < floats_of(raster); i++) {
        *least = fminf(*least, raster->data[i]);
        *most = fmaxf(*most, raster->data[i]);
    }
}

/* Numbers about 0 and about as large as 1 keep variances exact. */
static void centre(refinement *r) {
    float least, most;
    find_range(&r->shrunk, &least, &most);
    r->middles[0] = 0.5F * least + 0.5F * most;
    find_range(r->first, &r->least, &r->most);
    r->middles[1] = 0.5F * r->least + 0.5F * r->most;
    r->unit = r->most > r->least ? r->most - r->least : 1;
}

static void multiply(const refinement *r) {
    for (size_t i = 0; i < floats_of(r->first); i++) {
        const float c = (r->shrunk.data[i] - r->middles[0]) / r->unit;
        const float f = (r->first->data[i] - r->middles[1]) / r->unit;
        float *products = r->products.data + i * MEANS;
        products[MEAN_CLOSER] = c;
        products[MEAN_FIRST] = f;
        products[MEAN_CLOSER_2] = c * c;
        products[MEAN_BOTH] = c * f;
        products[MEAN_FIRST_2] = f * f;
    }
}

/* `count` values, `step` floats apart, each averaged with its neighbours. */
static void smooth_along(float *values, int count, size_t step) {
    float before = values[0];
    for (int i = 0; i < count; i++) {
        float *here = values + (size_t)i * step;
        const float own = *here, after = i + 1 < count ? here[step] : own;
        *here = 0.25F * before + 0.5F * own + 0.25F * after;
        before = own;
    }
}

static void smooth(const rl_raster *cells, int times) {
    const size_t channels = (size_t)cells->channels, row = (size_t)cells->width * channels;
    for (int i = 0; i < times; i++) {
        for (int y = 0; y < cells->height; y++) {
            for (size_t c = 0; c < channels; c++) {
                smooth_along(cells->data + (size_t)y * row + c, cells->width, channels);
            }
        }
        for (size_t x = 0; x < row; x++) {
            smooth_along(cells->data + x, cells->height, row);
        }
    }
}

static float clamp(float value, float least, float most) {
    return fminf(fmaxf(value, least), most);
}

static void fit_lines(const refinement *r) {
    const float noise = LEAST_SPREAD * LEAST_SPREAD;
    const size_t count = (size_t)r->means.width * (size_t)r->means.height;
    for (size_t i = 0; i < count; i++) {
        const float *m = r->means.data + i * MEANS;
        float *line = r->lines.data + i * LINE;
        const float spread = fmaxf(m[MEAN_CLOSER_2] - m[MEAN_CLOSER] * m[MEAN_CLOSER], 0);
        const float wanted = fmaxf(m[MEAN_FIRST_2] - m[MEAN_FIRST] * m[MEAN_FIRST], 0);
        const float both = m[MEAN_BOTH] - m[MEAN_CLOSER] * m[MEAN_FIRST];
        const float gain = spread > 0 ? clamp(both / spread, 0, MOST_GAIN) : 0;
        const float left = wanted - 2 * gain * both + gain * gain * spread;
        const float share = wanted > 0 ? left / wanted : 0;
        const float unexplained = (share - LEFT_OUT[0]) / (LEFT_OUT[1] - LEFT_OUT[0]);
        line[GAIN] = gain;
        line[SHIFT] = m[MEAN_FIRST] - gain * m[MEAN_CLOSER];
        line[SHARE] = clamp(fmaxf(unexplained, noise / (spread + noise)), 0, 1);
    }
}

static void follow_lines(const refinement *r) {
    for (size_t i = 0; i < floats_of(r->closer); i++) {
        const float *line = r->wide.data + i * LINE;
        const float closer = (r->closer->data[i] - r->middles[0]) / r->unit;
        const float value = (line[GAIN] * closer + line[SHIFT]) * r->unit + r->middles[1];
        const float mixed = value + line[SHARE] * (r->enlarged.data[i] - value);
        r->closer->data[i] = clamp(mixed, r->least, r->most);
    }
}

relief_status rl_looks_refine(relief_ctx *ctx, const rl_raster *first, rl_raster *closer) {
    refinement r = {.first = first, .closer = closer};
    relief_status status = allocate(ctx, &r);
    if (!status) {
        status = rl_resample(ctx, closer, RL_FILTER_AREA, &r.shrunk);
    }
    if (!status) {
        centre(&r);
        multiply(&r);
        status = rl_resample(ctx, &r.products, RL_FILTER_AREA, &r.means);
    }
    if (!status) {
        smooth(&r.means, SMOOTH_MEANS);
        fit_lines(&r);
        smooth(&r.lines, SMOOTH_LINES);
        status = rl_resample(ctx, &r.lines, RL_FILTER_LINEAR, &r.wide);
    }
    if (!status) {
        status = rl_resample(ctx, first, RL_FILTER_CUBIC, &r.enlarged);
    }
    if (!status) {
        follow_lines(&r);
    }
    rl_free(r.block);
    return status;
}
