/* SPDX-License-Identifier: Apache-2.0 */
/* Textures for the rasteriser: decoded, brought to the size that films need, in linear light. */
#include "render/soft.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "mesh/surface_facts.h"
#include "render/srgb.h"

#include <math.h>
#include <string.h>

enum { CHANNELS = 4, WHOLE = 65535 };

typedef struct shrink_job {
    const uint8_t *pixels;
    int channels, width, height; /* of the picture */
    rl_soft_texture *to;
    atomic_bool failed;
} shrink_job;

/* The part of a picture's side that texel `at` of `count` stands for: the first and the last pixel,
 * and how much of each counts. */
static void find_span(int at, int count, int side, int ends[2], float weights[2]) {
    const double step = (double)side / count, from = at * step, to = from + step;
    ends[0] = (int)from;
    ends[1] = (int)ceil(to) - 1;
    ends[1] = ends[1] < side ? ends[1] : side - 1;
    ends[1] = ends[1] > ends[0] ? ends[1] : ends[0];
    weights[0] = (float)(ends[0] + 1 - from);
    weights[1] = (float)(to - ends[1]);
    if (ends[0] == ends[1])
        weights[0] = weights[1] = (float)step;
}

/* Add a row of pixels, in linear light and multiplied by alpha, to sums. */
static void add_row(const shrink_job *job, int y, float weight, float *sums) {
    const uint16_t *linear = rl_srgb_to_linear();
    const size_t channels = (size_t)job->channels;
    const uint8_t *pixel = job->pixels + (size_t)y * (size_t)job->width * channels;
    for (int x = 0; x < job->width; x++, pixel += channels, sums += CHANNELS) {
        const float alpha = channels == 4 ? (float)pixel[3] * weight / 255.0F : weight;
        for (int c = 0; c < 3; c++)
            sums[c] += alpha * (float)linear[pixel[c]];
        sums[3] += alpha;
    }
}

static uint16_t rounded(float v) {
    const float r = v + 0.5F;
    return (uint16_t)(r >= (float)WHOLE ? (float)WHOLE : r);
}

static void make_texel(const float *sums, const int ends[2], const float weights[2],
                       uint16_t *texel) {
    float total[CHANNELS] = {0};
    float weight_sum = 0;
    for (int x = ends[0]; x <= ends[1]; x++) {
        const float weight = x == ends[0] ? weights[0] : x == ends[1] ? weights[1] : 1;
        weight_sum += weight;
        for (int c = 0; c < CHANNELS; c++)
            total[c] += weight * sums[(size_t)x * CHANNELS + (size_t)c];
    }
    for (int c = 0; c < 3; c++)
        texel[c] = total[3] > 0 ? rounded(total[c] / total[3]) : 0;
    texel[3] = rounded(total[3] / weight_sum * (float)WHOLE);
}

static void shrink_rows(void *arg, size_t begin, size_t end) {
    shrink_job *job = arg;
    const rl_soft_texture *to = job->to;
    float *sums = rl_alloc((size_t)job->width, CHANNELS * sizeof(float));
    if (!sums) {
        atomic_store(&job->failed, true);
        return;
    }
    for (size_t y = begin; y < end; y++) {
        int ends[2];
        float weights[2], total = 0;
        memset(sums, 0, (size_t)job->width * CHANNELS * sizeof(float));
        find_span((int)y, to->height, job->height, ends, weights);
        for (int v = ends[0]; v <= ends[1]; v++) {
            const float weight = v == ends[0] ? weights[0] : v == ends[1] ? weights[1] : 1;
            total += weight;
            add_row(job, v, weight, sums);
        }
        for (size_t k = 0; k < (size_t)job->width * CHANNELS; k++)
            sums[k] /= total;
        uint16_t *texel = to->texels + y * to->row * CHANNELS;
        for (int x = 0; x < to->width; x++, texel += CHANNELS) {
            find_span(x, to->width, job->width, ends, weights);
            make_texel(sums, ends, weights, texel);
        }
        memcpy(texel, texel - CHANNELS, CHANNELS * sizeof *texel);
    }
    rl_free(sums);
}

/* Bring a decoded picture to the texture's size. */
static relief_status shrink(relief_ctx *ctx, const relief_image *image,
                            const relief_image_info *info, rl_soft_texture *out) {
    void *block;
    out->width = out->width < info->raster_width ? out->width : info->raster_width;
    out->height = out->height < info->raster_height ? out->height : info->raster_height;
    out->row = (size_t)out->width + 1;
    relief_status status =
        rl_alloc_in(ctx, out->row * ((size_t)out->height + 1), CHANNELS * sizeof(uint16_t), &block);
    if (status)
        return status;
    out->texels = block;
    shrink_job job = {.pixels = relief_image_pixels(image),
                      .channels = info->channels,
                      .width = info->raster_width,
                      .height = info->raster_height,
                      .to = out};
    rl_parallel(ctx, (size_t)out->height, 16, shrink_rows, &job);
    if (atomic_load(&job.failed))
        return rl_fail_memory(ctx, (size_t)info->raster_width * CHANNELS * sizeof(float));
    uint16_t *last = out->texels + out->row * CHANNELS * (size_t)out->height;
    memcpy(last, last - out->row * CHANNELS, out->row * CHANNELS * sizeof *last);
    return RELIEF_OK;
}

/* How large views of this focal length need the texture. */
static relief_status find_size(relief_ctx *ctx, const relief_surface *surface, double focal_samples,
                               rl_soft_texture *out) {
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image_info info;
    relief_image *image = NULL;
    double density = 0;
    facts.facts_only = true;
    relief_status status = rl_surface_density(ctx, surface, &density);
    if (!status)
        status = rl_surface_picture(ctx, surface, &facts, &image, &info);
    if (status)
        return status;
    relief_image_free(image);
    const double focal_texels = sqrt(density * info.width * info.height);
    const double scale = focal_texels > focal_samples ? focal_samples / focal_texels : 1;
    out->width = (int)fmax(1, ceil(scale * info.width - 1e-6));
    out->height = (int)fmax(1, ceil(scale * info.height - 1e-6));
    return RELIEF_OK;
}

relief_status rl_soft_texture_new(relief_ctx *ctx, const relief_surface *surface,
                                  double focal_samples, rl_soft_texture *out) {
    relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image_info info;
    relief_image *image = NULL;
    *out = (rl_soft_texture){0};
    relief_status status = find_size(ctx, surface, focal_samples, out);
    options.min_side = out->width > out->height ? out->width : out->height;
    if (!status)
        status = rl_surface_picture(ctx, surface, &options, &image, &info);
    if (!status)
        status = shrink(ctx, image, &info, out);
    relief_image_free(image);
    return status;
}

void rl_soft_texture_clear(rl_soft_texture *texture) {
    rl_free(texture->texels);
    *texture = (rl_soft_texture){0};
}
