/* SPDX-License-Identifier: Apache-2.0 */
/* Textures of any size in a driver that takes only so much: cut into tiles, with mip levels of our
 * own, averaged in linear light. */
#include "render/render_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

/* Coarsest level: 1/32 of the size. */
enum { LEVELS = 6, UNIT = 1 << (LEVELS - 1) };

static int round_up(int value, int unit) {
    return (value + unit - 1) / unit * unit;
}

static int least(int a, int b) {
    return a < b ? a : b;
}

rl_tiling rl_tiling_plan(int width, int height, int most) {
    rl_tiling plan = {.width = width, .height = height, .columns = 1, .rows = 1, .levels = LEVELS};
    plan.layer_width = round_up(width, UNIT);
    plan.layer_height = round_up(height, UNIT);
    if (plan.layer_width <= most && plan.layer_height <= most) {
        plan.inner = plan.layer_width > plan.layer_height ? plan.layer_width : plan.layer_height;
        return plan;
    }
    plan.border = UNIT;
    plan.inner = (most - 2 * UNIT) / UNIT * UNIT;
    plan.columns = (width + plan.inner - 1) / plan.inner;
    plan.rows = (height + plan.inner - 1) / plan.inner;
    plan.layer_width = least(plan.inner, round_up(width, UNIT)) + 2 * UNIT;
    plan.layer_height = least(plan.inner, round_up(height, UNIT)) + 2 * UNIT;
    return plan;
}

/* A level of the whole texture: texel i covers 2^level texels of level 0, the last one what is
 * left. */
typedef struct level_image {
    const uint8_t *texels;
    int width, height, channels;
} level_image;

/* Upload one level, tile by tile; what lies outside of the texture is never looked at. */
static void upload_level(const rl_drawn *drawn, int level, const level_image *image) {
    const rl_tiling *plan = &drawn->tiling;
    const GLenum format = image->channels == 4 ? GL_RGBA : GL_RGB;
    const int inner = plan->inner >> level, border = plan->border >> level;
    glTexImage3D(GL_TEXTURE_2D_ARRAY, level, GL_RGBA8, plan->layer_width >> level,
                 plan->layer_height >> level, plan->columns * plan->rows, 0, GL_RGBA,
                 GL_UNSIGNED_BYTE, NULL);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, image->width);
    for (int tile = 0; tile < plan->columns * plan->rows; tile++) {
        const int left = tile % plan->columns * inner - border;
        const int top = tile / plan->columns * inner - border;
        const int x0 = left > 0 ? left : 0, y0 = top > 0 ? top : 0;
        const int x1 = least(left + (plan->layer_width >> level), image->width);
        const int y1 = least(top + (plan->layer_height >> level), image->height);
        if (x1 <= x0 || y1 <= y0)
            continue;
        const size_t from =
            ((size_t)y0 * (size_t)image->width + (size_t)x0) * (size_t)image->channels;
        glTexSubImage3D(GL_TEXTURE_2D_ARRAY, level, x0 - left, y0 - top, tile, x1 - x0, y1 - y0, 1,
                        format, GL_UNSIGNED_BYTE, image->texels + from);
    }
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
}

relief_status rl_texture_upload(relief_ctx *ctx, const relief_renderer *renderer, rl_drawn *drawn) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(drawn->image, &info);
    drawn->tiling = rl_tiling_plan(info.width, info.height, renderer->info.max_texture_side);
    GLint most_layers = 0;
    glGetIntegerv(GL_MAX_ARRAY_TEXTURE_LAYERS, &most_layers);
    if (drawn->tiling.columns * drawn->tiling.rows > most_layers)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT,
                       "a texture of %d x %d pixels takes more than the %d tiles that the graphics "
                       "driver has (use a smaller photo)",
                       info.width, info.height, (int)most_layers);
    const level_image image = {relief_image_pixels(drawn->image), info.width, info.height,
                               info.channels};
    glGenTextures(1, &drawn->texture);
    glBindTexture(GL_TEXTURE_2D_ARRAY, drawn->texture);
    glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MAX_LEVEL, 0);
    upload_level(drawn, 0, &image);
    drawn->levels_made = 1;
    return rl_gl_check(ctx, "a texture");
}

typedef struct halve_job {
    level_image from;
    uint8_t *to;
    int width; /* of `to` */
} halve_job;

/* One texel from up to four, colours weighed by alpha so that what is not there does not shine
 * through. */
static void halve_texel(const halve_job *job, int x, int y, uint8_t *to) {
    const uint16_t *linear = rl_srgb_to_linear();
    const level_image *from = &job->from;
    const int columns = 2 * x + 1 < from->width ? 2 : 1, rows = 2 * y + 1 < from->height ? 2 : 1;
    uint32_t sums[3] = {0}, alpha_sum = 0, light[3] = {0};
    for (int j = 0; j < rows; j++) {
        for (int i = 0; i < columns; i++) {
            const uint8_t *texel =
                from->texels + ((size_t)(2 * y + j) * (size_t)from->width + (size_t)(2 * x + i)) *
                                   (size_t)from->channels;
            const uint32_t alpha = from->channels == 4 ? texel[3] : 255;
            alpha_sum += alpha;
            for (int c = 0; c < 3; c++) {
                sums[c] += alpha * linear[texel[c]];
                light[c] += linear[texel[c]];
            }
        }
    }
    const uint32_t count = (uint32_t)(columns * rows);
    for (int c = 0; c < 3; c++) {
        const uint32_t mean = alpha_sum ? (sums[c] + alpha_sum / 2) / alpha_sum : light[c] / count;
        to[c] = rl_srgb_from_linear()[mean];
    }
    if (from->channels == 4)
        to[3] = (uint8_t)((alpha_sum + count / 2) / count);
}

static void halve_rows(void *arg, size_t begin, size_t end) {
    const halve_job *job = arg;
    for (size_t y = begin; y < end; y++) {
        uint8_t *row = job->to + y * (size_t)job->width * (size_t)job->from.channels;
        for (int x = 0; x < job->width; x++)
            halve_texel(job, x, (int)y, row + (size_t)x * (size_t)job->from.channels);
    }
}

relief_status rl_texture_make_levels(relief_ctx *ctx, rl_drawn *drawn) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(drawn->image, &info);
    level_image from = {relief_image_pixels(drawn->image), info.width, info.height, info.channels};
    uint8_t *before = NULL;
    relief_status status = RELIEF_OK;
    glBindTexture(GL_TEXTURE_2D_ARRAY, drawn->texture);
    for (int level = 1; level < drawn->tiling.levels && !status; level++) {
        const int width = (from.width + 1) / 2, height = (from.height + 1) / 2;
        void *block;
        status = rl_alloc_in(ctx, (size_t)width * (size_t)height, (size_t)from.channels, &block);
        if (status)
            break;
        halve_job job = {.from = from, .to = block, .width = width};
        rl_parallel(ctx, (size_t)height, 16, halve_rows, &job);
        from = (level_image){block, width, height, from.channels};
        upload_level(drawn, level, &from);
        rl_free(before);
        before = block;
    }
    rl_free(before);
    if (!status)
        status = rl_gl_check(ctx, "mip levels");
    if (status)
        return status;
    glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR);
    glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MAX_LEVEL, drawn->tiling.levels - 1);
    drawn->levels_made = drawn->tiling.levels;
    relief_image_free(drawn->image);
    drawn->image = NULL;
    return RELIEF_OK;
}
