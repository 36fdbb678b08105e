/* SPDX-License-Identifier: Apache-2.0 */
/* The rasteriser: surfaces, tiles, threads, and samples to pixels. */
#include "render/soft.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "render/srgb.h"

#include <math.h>
#include <string.h>

enum { CHANNELS = 4 };
static const float WHOLE = 65535.0F;

static relief_status add_surface(relief_ctx *ctx, const relief_surface *surface,
                                 double focal_samples, rl_soft *soft) {
    void *block;
    rl_soft_surface *out = &soft->surfaces[soft->surface_count];
    *out = (rl_soft_surface){.layer = surface->layer,
                             .alpha = surface->alpha,
                             .first_triangle = soft->triangle_count,
                             .triangle_count = surface->triangle_count,
                             .positions = surface->positions,
                             .uvs = surface->uvs,
                             .indices = surface->indices,
                             .vertex_count = surface->vertex_count};
    soft->surface_count++;
    soft->triangle_count += surface->triangle_count;
    if (soft->triangle_count > UINT32_MAX)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "%lld triangles are too many for a film",
                       (long long)soft->triangle_count);
    for (int i = 0; i < soft->surface_count - 1; i++)
        if (soft->surfaces[i].positions == surface->positions &&
            soft->surfaces[i].vertex_count == surface->vertex_count)
            out->vertices = soft->surfaces[i].vertices;
    if (!out->vertices) {
        relief_status status =
            rl_alloc_in(ctx, (size_t)surface->vertex_count + 1, sizeof(rl_soft_vertex), &block);
        if (status)
            return status;
        out->vertices = block;
        out->owns_vertices = true;
    }
    return rl_soft_texture_new(ctx, surface, focal_samples, &out->texture);
}

/* Solid surfaces first, the front before what lies behind it, so that little is shaded in vain and
 * the front wins where both are equally near; then what blends, as listed. */
static int order_of(const relief_surface *surface) {
    if (surface->alpha == RELIEF_ALPHA_BLEND)
        return 2;
    return surface->layer == RELIEF_LAYER_BACK;
}

static relief_status add_surfaces(relief_ctx *ctx, const relief_surfaces *surfaces,
                                  double focal_samples, rl_soft *soft) {
    void *block;
    const int count = soft->source.surface_count;
    relief_status status = rl_calloc_in(ctx, (size_t)count + 1, sizeof(rl_soft_surface), &block);
    if (status)
        return status;
    soft->surfaces = block;
    for (int order = 0; order < 3; order++) {
        for (int i = 0; i < count && !status; i++) {
            const relief_surface *surface = relief_surfaces_get(surfaces, i);
            if (order_of(surface) == order && surface->triangle_count > 0)
                status = add_surface(ctx, surface, focal_samples, soft);
        }
    }
    if (!status)
        status = rl_alloc_in(ctx, (size_t)soft->triangle_count + 1, sizeof(rl_soft_reach), &block);
    if (!status) {
        soft->reach = block;
        soft->threads = relief_ctx_threads(ctx);
        status = rl_alloc_in(ctx, (size_t)soft->threads, sizeof(rl_soft_samples), &block);
    }
    soft->samples = status ? NULL : block;
    return status;
}

relief_status rl_soft_new(relief_ctx *ctx, const relief_surfaces *surfaces, double focal_samples,
                          rl_soft **out) {
    void *block;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_soft), &block);
    if (status)
        return status;
    rl_soft *soft = block;
    soft->source.struct_size = sizeof soft->source;
    relief_surfaces_get_info(surfaces, &soft->source);
    status = add_surfaces(ctx, surfaces, focal_samples, soft);
    if (status) {
        rl_soft_free(soft);
        return status;
    }
    (void)rl_srgb_to_linear();
    *out = soft;
    return RELIEF_OK;
}

void rl_soft_free(rl_soft *soft) {
    if (!soft)
        return;
    for (int i = 0; i < soft->surface_count; i++) {
        if (soft->surfaces[i].owns_vertices)
            rl_free(soft->surfaces[i].vertices);
        rl_soft_texture_clear(&soft->surfaces[i].texture);
    }
    rl_free(soft->surfaces);
    rl_free(soft->reach);
    rl_free(soft->samples);
    rl_free(soft->binned);
    rl_free(soft->starts);
    rl_free(soft);
}

/* One view being drawn. */
typedef struct drawing {
    const rl_soft *soft;
    rl_soft_frame *frame;
    int width, height, supersample; /* of the picture, in pixels */
    int side;                       /* of a tile, in pixels */
    int columns;
    atomic_int_fast64_t holed, patched;
    rl_shares shares;
} drawing;

/* Average the samples of a pixel, and count what of it is covered. */
static void resolve_pixel(const rl_soft_samples *samples, size_t at, int supersample,
                          uint8_t *rgba) {
    const uint8_t *codes = rl_srgb_from_linear();
    float sums[CHANNELS] = {0};
    for (int j = 0; j < supersample; j++)
        for (int i = 0; i < supersample; i++)
            for (int c = 0; c < CHANNELS; c++)
                sums[c] += samples->colour[at + (size_t)j * RL_SOFT_TILE + (size_t)i][c];
    const float whole = (float)(supersample * supersample) * WHOLE;
    const float scale = sums[3] > 0 ? WHOLE / sums[3] : 0;
    for (int c = 0; c < 3; c++) {
        const float light = sums[c] * scale + 0.5F;
        rgba[c] = codes[light < WHOLE ? (int)light : (int)WHOLE];
    }
    /* A pixel with a hole must not look whole. */
    const int covered = (int)(sums[3] / whole * 255.0F + 0.5F);
    rgba[3] = (uint8_t)(covered == 255 && sums[3] < whole ? 254 : covered);
}

static float resolve_depth(const rl_soft_samples *samples, size_t at, int supersample) {
    float nearest = 0;
    for (int j = 0; j < supersample; j++)
        for (int i = 0; i < supersample; i++) {
            const float inverse = samples->nearest[at + (size_t)j * RL_SOFT_TILE + (size_t)i];
            nearest = inverse > nearest ? inverse : nearest;
        }
    return nearest > 0 ? 1 / nearest : 0;
}

/* The nearest covered sample from `at` on in steps of `step`, of which there are `count`; -1: none.
 */
static ptrdiff_t find_covered(const rl_soft_samples *samples, ptrdiff_t at, ptrdiff_t step,
                              int count) {
    for (int k = 0; k < count; k++) {
        at += step;
        if (samples->nearest[at] > 0)
            return at;
    }
    return -1;
}

/* Colour a sample that nothing covers; false when there is nothing around it. It still counts as
 * not covered for others, so that no order matters. */
static bool patch_sample(const rl_soft_place *place, rl_soft_samples *samples, ptrdiff_t at) {
    const int width = place->right - place->left, height = place->bottom - place->top;
    const int x = (int)(at % RL_SOFT_TILE), y = (int)(at / RL_SOFT_TILE);
    ptrdiff_t best = -1;
    const ptrdiff_t ends[4] = {find_covered(samples, at, -1, x),
                               find_covered(samples, at, 1, width - 1 - x),
                               find_covered(samples, at, -RL_SOFT_TILE, y),
                               find_covered(samples, at, RL_SOFT_TILE, height - 1 - y)};
    for (int k = 0; k < 4; k++)
        if (ends[k] >= 0 && (best < 0 || samples->nearest[ends[k]] < samples->nearest[best]))
            best = ends[k];
    if (best >= 0)
        memcpy(samples->colour[at], samples->colour[best], sizeof *samples->colour);
    return best >= 0;
}

/* The same for all of a pixel's samples. Returns whether any was coloured. */
static bool patch_pixel(const rl_soft_place *place, rl_soft_samples *samples, size_t first,
                        int supersample) {
    bool any = false;
    for (int j = 0; j < supersample; j++) {
        for (int i = 0; i < supersample; i++) {
            const ptrdiff_t at = (ptrdiff_t)first + (ptrdiff_t)j * RL_SOFT_TILE + i;
            if (samples->nearest[at] == 0)
                any = patch_sample(place, samples, at) || any;
        }
    }
    return any;
}

static void resolve(drawing *d, const rl_soft_place *place, rl_soft_samples *samples, int left,
                    int top) {
    const int right = left + d->side < d->width ? left + d->side : d->width;
    const int bottom = top + d->side < d->height ? top + d->side : d->height;
    int64_t holed = 0, patched = 0;
    for (int y = top; y < bottom; y++) {
        const size_t line = (size_t)(y - top) * (size_t)d->supersample * RL_SOFT_TILE;
        const size_t pixel = (size_t)y * (size_t)d->width + (size_t)left;
        for (int x = left; x < right; x++) {
            const size_t at = line + (size_t)(x - left) * (size_t)d->supersample;
            uint8_t *rgba = d->frame->rgba + CHANNELS * (pixel + (size_t)(x - left));
            resolve_pixel(samples, at, d->supersample, rgba);
            if (rgba[3] < 255 && d->frame->patch &&
                patch_pixel(place, samples, at, d->supersample)) {
                resolve_pixel(samples, at, d->supersample, rgba);
                patched++;
            }
            holed += rgba[3] < 255;
            if (d->frame->depth)
                d->frame->depth[pixel + (size_t)(x - left)] =
                    resolve_depth(samples, at, d->supersample);
        }
    }
    atomic_fetch_add(&d->holed, holed);
    atomic_fetch_add(&d->patched, patched);
}

static const rl_soft_surface *surface_of(const rl_soft *soft, int64_t triangle) {
    int i = 0;
    while (triangle >= soft->surfaces[i].first_triangle + soft->surfaces[i].triangle_count)
        i++;
    return &soft->surfaces[i];
}

static void draw_tile(drawing *d, size_t tile, rl_soft_samples *samples) {
    const rl_soft *soft = d->soft;
    const int left = (int)(tile % (size_t)d->columns) * d->side;
    const int top = (int)(tile / (size_t)d->columns) * d->side;
    const int width = d->width * d->supersample, height = d->height * d->supersample;
    const int extent = d->side * d->supersample;
    const rl_soft_place place = {
        .left = left * d->supersample,
        .top = top * d->supersample,
        .right = left * d->supersample + extent < width ? left * d->supersample + extent : width,
        .bottom = top * d->supersample + extent < height ? top * d->supersample + extent : height};
    memset(samples, 0, sizeof *samples);
    for (uint32_t k = soft->starts[tile]; k < soft->starts[tile + 1]; k++) {
        rl_soft_triangle triangle;
        const rl_soft_surface *surface = surface_of(soft, soft->binned[k]);
        if (rl_soft_set_up(surface, soft->binned[k] - surface->first_triangle, width, height,
                           &triangle))
            rl_soft_fill(surface, &triangle, &place, samples);
    }
    resolve(d, &place, samples, left, top);
}

static void draw_tiles(void *arg, size_t begin, size_t end) {
    drawing *d = arg;
    for (size_t worker = begin; worker < end; worker++) {
        size_t tile;
        while (rl_shares_take(&d->shares, (int)worker, &tile))
            draw_tile(d, tile, &d->soft->samples[worker]);
    }
}

relief_status rl_soft_draw(relief_ctx *ctx, rl_soft *soft, const rl_view_camera *camera,
                           int supersample, rl_soft_frame *frame) {
    drawing d = {.soft = soft,
                 .frame = frame,
                 .width = camera->width,
                 .height = camera->height,
                 .supersample = supersample,
                 .side = RL_SOFT_TILE / supersample};
    d.columns = (d.width + d.side - 1) / d.side;
    const int rows = (d.height + d.side - 1) / d.side;
    const int width = d.width * supersample, height = d.height * supersample;
    rl_soft_project(ctx, soft, camera, supersample);
    rl_soft_find_reach(ctx, soft, width, height, d.side * supersample);
    relief_status status = rl_soft_bin(ctx, soft, d.columns, rows);
    if (!status)
        status = rl_check_cancel(ctx);
    if (status)
        return status;
    rl_shares_start(&d.shares, soft->threads, (size_t)d.columns * (size_t)rows);
    rl_parallel(ctx, (size_t)soft->threads, 1, draw_tiles, &d);
    frame->holed = atomic_load(&d.holed);
    frame->patched = atomic_load(&d.patched);
    return rl_check_cancel(ctx);
}
