/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/depth_picture.h"

#include "base/memory.h"
#include "base/status.h"
#include "depth/colours.h"
#include "depth/near_far.h"
#include "image/png_write.h"
#include "image/resample.h"

#include <math.h>
#include <string.h>

#define MOST_16 65535.0
#define MOST_8 255.0

void rl_depth_facts_fill(const relief_depth *depth, double least, double most,
                         rl_depth_facts *out) {
    int count = 0;
    rl_number_format(out->least, least);
    rl_number_format(out->most, most);
    out->texts[count++] = (rl_grey_text){"Software", "relief " RL_VERSION};
    out->texts[count++] = (rl_grey_text){"relief:kind", rl_depth_kind_name(depth->kind)};
    out->texts[count++] = (rl_grey_text){"relief:min", out->least};
    out->texts[count++] = (rl_grey_text){"relief:max", out->most};
    if (depth->model[0])
        out->texts[count++] = (rl_grey_text){"relief:model", depth->model};
    if (depth->precision)
        out->texts[count++] = (rl_grey_text){"relief:precision", depth->precision};
    if (depth->instruction_set)
        out->texts[count++] = (rl_grey_text){"relief:instruction_set", depth->instruction_set};
    out->texts[count] = (rl_grey_text){NULL, NULL};
}

/* The values that become the darkest and the brightest sample. */
static relief_status find_ends(relief_ctx *ctx, const relief_depth *depth,
                               const relief_depth_save_options *options, double *low,
                               double *high) {
    *low = depth->min;
    *high = depth->max;
    if (options->range == RELIEF_RANGE_FIXED) {
        if (!isfinite(options->low) || !isfinite(options->high) || options->low == options->high)
            return rl_fail(ctx, RELIEF_ERROR_ARG, "a range from %g to %g holds nothing",
                           options->low, options->high);
        *low = options->low;
        *high = options->high;
    } else if (options->range == RELIEF_RANGE_PERCENTILE) {
        if (!(options->low >= 0 && options->low < 50))
            return rl_fail(ctx, RELIEF_ERROR_ARG, "percentile %g: not one from 0 to below 50",
                           options->low);
        const double shares[2] = {options->low / 100, 1 - options->low / 100};
        float ends[2];
        relief_status status = rl_quantiles(
            ctx, depth->values, (size_t)depth->width * (size_t)depth->height, shares, ends, 2);
        if (status)
            return status;
        *low = ends[0];
        *high = ends[1];
    } else if (options->range != RELIEF_RANGE_IMAGE) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "unknown range %d", (int)options->range);
    }
    if (options->invert) {
        const double swapped = *low;
        *low = *high;
        *high = swapped;
    }
    return RELIEF_OK;
}

/* 0..`most`, rounded. A map whose ends are equal becomes zeros. */
typedef struct scale {
    double low, factor, most;
} scale;

static scale scale_to(double low, double high, double most) {
    return (scale){low, high == low ? 0 : most / (high - low), most};
}

static inline double sample(const scale *s, float value) {
    const double at = (value - s->low) * s->factor;
    return at < 0 ? 0.5 : at > s->most ? s->most + 0.5 : at + 0.5;
}

/* One picture on its way. */
typedef struct picture_job {
    relief_ctx *ctx;
    const relief_depth *depth;
    const relief_depth_save_options *options;
    rl_depth_facts facts;
    scale s;
} picture_job;

static relief_status write_grey(const picture_job *job, int bits, uint8_t **data, size_t *size) {
    const relief_depth *depth = job->depth;
    const size_t count = (size_t)depth->width * (size_t)depth->height;
    void *samples = NULL;
    relief_status status = rl_alloc_in(job->ctx, count, (size_t)bits / 8, &samples);
    if (status)
        return status;
    for (size_t i = 0; bits == 16 && i < count; i++)
        ((uint16_t *)samples)[i] = (uint16_t)sample(&job->s, depth->values[i]);
    for (size_t i = 0; bits == 8 && i < count; i++)
        ((uint8_t *)samples)[i] = (uint8_t)sample(&job->s, depth->values[i]);
    const rl_png_picture picture = {samples, depth->width, depth->height,
                                    1,       bits,         job->facts.texts};
    status = rl_png_write(job->ctx, &picture, data, size);
    rl_free(samples);
    return status;
}

/* Rows of RGB bytes. */
typedef struct canvas {
    uint8_t *rgb;
    size_t stride; /* bytes a row */
} canvas;

static void paint_map(const relief_depth *depth, const scale *s, uint8_t colours[][3], canvas to) {
    for (int y = 0; y < depth->height; y++) {
        const float *row = depth->values + (size_t)y * (size_t)depth->width;
        uint8_t *out = to.rgb + (size_t)y * to.stride;
        for (int x = 0; x < depth->width; x++, out += 3)
            memcpy(out, colours[(size_t)sample(s, row[x])], 3);
    }
}

/* Lay transparent pixels over white, as the network saw them. */
static float over_white(const uint8_t *pixel, int channels, int c) {
    const float value = pixel[c];
    return channels == 4 ? 255.0F + (value - 255.0F) * ((float)pixel[3] / 255.0F) : value;
}

/* The photo at the size of the map. */
static relief_status paint_photo(relief_ctx *ctx, const relief_image *photo,
                                 const relief_depth *depth, canvas to) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(photo, &info);
    const uint8_t *pixels = relief_image_pixels(photo);
    rl_raster from = {.width = info.raster_width, .height = info.raster_height, .channels = 3};
    rl_raster out = {.width = depth->width, .height = depth->height, .channels = 3};
    const size_t count = (size_t)from.width * (size_t)from.height;
    relief_status status = rl_alloc_in(ctx, count * 3, sizeof(float), (void **)&from.data);
    for (size_t i = 0; !status && i < count; i++)
        for (int c = 0; c < 3; c++)
            from.data[3 * i + (size_t)c] =
                over_white(pixels + i * (size_t)info.channels, info.channels, c);
    bool same = from.width == out.width && from.height == out.height;
    if (!status && !same)
        status = rl_alloc_in(ctx, (size_t)out.width * (size_t)out.height * 3, sizeof(float),
                             (void **)&out.data);
    if (!status && !same) {
        bool shrinks = from.width >= out.width && from.height >= out.height;
        status = rl_resample(ctx, &from, shrinks ? RL_FILTER_AREA : RL_FILTER_LINEAR, &out);
    }
    const float *values = same ? from.data : out.data;
    for (int y = 0; !status && y < out.height; y++) {
        const float *row = values + (size_t)y * (size_t)out.width * 3;
        for (int i = 0; i < out.width * 3; i++)
            to.rgb[(size_t)y * to.stride + (size_t)i] = (uint8_t)(row[i] + 0.5F);
    }
    rl_free(out.data);
    rl_free(from.data);
    return status;
}

static relief_status write_preview(const picture_job *job, uint8_t **data, size_t *size) {
    const relief_depth *depth = job->depth;
    const relief_image *photo = job->options->beside;
    const size_t width = (size_t)depth->width, parts = photo ? 2 : 1;
    uint8_t colours[RL_COLOUR_STEPS][3];
    canvas whole = {NULL, 3 * width * parts};
    relief_status status = rl_colours_fill(job->ctx, job->options->colours, colours);
    if (!status)
        status = rl_alloc_in(job->ctx, whole.stride, (size_t)depth->height, (void **)&whole.rgb);
    if (!status && photo)
        status = paint_photo(job->ctx, photo, depth, whole);
    if (!status) {
        const canvas right = {whole.rgb + 3 * width * (parts - 1), whole.stride};
        paint_map(depth, &job->s, colours, right);
        const rl_png_picture picture = {whole.rgb, (int)(width * parts), depth->height, 3,
                                        8,         job->facts.texts};
        status = rl_png_write(job->ctx, &picture, data, size);
    }
    rl_free(whole.rgb);
    return status;
}

relief_status rl_depth_picture(relief_ctx *ctx, const relief_depth *depth,
                               const relief_depth_save_options *options, uint8_t **data,
                               size_t *size) {
    picture_job job = {.ctx = ctx, .depth = depth, .options = options};
    double low = 0, high = 0;
    relief_status status = find_ends(ctx, depth, options, &low, &high);
    if (status)
        return status;
    rl_depth_facts_fill(depth, low, high, &job.facts);
    if (options->format == RELIEF_DEPTH_PREVIEW) {
        job.s = scale_to(low, high, RL_COLOUR_STEPS - 1);
        return write_preview(&job, data, size);
    }
    const int bits = options->format == RELIEF_DEPTH_PNG8 ? 8 : 16;
    job.s = scale_to(low, high, bits == 8 ? MOST_8 : MOST_16);
    return write_grey(&job, bits, data, size);
}
