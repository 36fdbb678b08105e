/* SPDX-License-Identifier: Apache-2.0 */
/* Surfaces made by hand, for the tests of what reads and draws them. */
#ifndef RELIEF_TESTS_RENDER_TESTING_H
#define RELIEF_TESTS_RENDER_TESTING_H

#include "tests/scene_testing.h"

#include "mesh/surfaces_inside.h"
#include "relief/render.h"

#include <string.h>

/* The picture of a surface: RGBA at texel (x, y). */
typedef void (*test_texel_fn)(int x, int y, uint8_t rgba[4]);

/* An empty scene as a camera of width x height pixels with this focal length sees it. */
static inline relief_surfaces *test_surfaces(relief_ctx *ctx, int width, int height,
                                             double focal_px) {
    relief_surfaces *surfaces;
    assert_int_equal(rl_surfaces_new(ctx, 8, &surfaces), RELIEF_OK);
    surfaces->info.width = width;
    surfaces->info.height = height;
    surfaces->info.focal_px = focal_px;
    surfaces->info.near_depth = 1;
    surfaces->info.far_depth = 20;
    surfaces->info.travel = 0.1;
    return surfaces;
}

/* A PNG of RGB, or of RGBA where some texel is not opaque. */
static inline void test_encode(relief_ctx *ctx, int width, int height, test_texel_fn fn,
                               rl_texture *out) {
    uint8_t *data = malloc((size_t)width * (size_t)height * 4);
    int channels = 3;
    for (int i = 0; i < width * height; i++) {
        uint8_t rgba[4];
        fn(i % width, i / width, rgba);
        channels = rgba[3] < 255 ? 4 : channels;
    }
    for (int i = 0; i < width * height; i++) {
        uint8_t rgba[4];
        fn(i % width, i / width, rgba);
        memcpy(data + (size_t)channels * (size_t)i, rgba, (size_t)channels);
    }
    const rl_pixels pixels = {data, width, height, channels, 1};
    rl_encoded png;
    assert_int_equal(rl_encode_png(ctx, &pixels, &png), RELIEF_OK);
    free(data);
    *out = (rl_texture){.data = png.data, .size = png.size, .owner = png.data};
}

/* A part of the picture, in pixels, and its texture. */
typedef struct test_patch {
    relief_layer layer;
    relief_alpha_mode alpha;
    double left, top, right, bottom;
    double depth[2]; /* at the left and at the right side */
    test_texel_fn texel;
} test_patch;

/* Add two triangles that the source camera sees in a rectangle of its picture. The texture covers
 * the whole picture, a texel a pixel. */
static inline void test_add_patch(relief_ctx *ctx, relief_surfaces *surfaces,
                                  const test_patch *patch) {
    const int width = surfaces->info.width, height = surfaces->info.height;
    rl_owned_surface *item = &surfaces->items[surfaces->info.surface_count++];
    test_encode(ctx, width, height, patch->texel, &item->texture);
    float *positions = item->geometry[0] = rl_alloc(12, sizeof(float));
    float *uvs = item->geometry[1] = rl_alloc(8, sizeof(float));
    uint32_t *indices = item->geometry[2] = rl_alloc(6, sizeof(uint32_t));
    const uint32_t order[6] = {0, 1, 2, 2, 1, 3};
    memcpy(indices, order, sizeof order);
    for (int k = 0; k < 4; k++) {
        const double x = k & 1 ? patch->right : patch->left;
        const double y = k & 2 ? patch->bottom : patch->top;
        const double z = patch->depth[k & 1];
        positions[3 * k] = (float)((x - 0.5 * width) / surfaces->info.focal_px * z);
        positions[3 * k + 1] = (float)((0.5 * height - y) / surfaces->info.focal_px * z);
        positions[3 * k + 2] = (float)-z;
        uvs[2 * k] = (float)(x / width);
        uvs[2 * k + 1] = (float)(y / height);
    }
    item->surface = (relief_surface){
        .struct_size = sizeof item->surface,
        .layer = patch->layer,
        .alpha = patch->alpha,
        .vertex_count = 4,
        .triangle_count = 2,
        .positions = positions,
        .uvs = uvs,
        .indices = indices,
        .picture = item->texture.data,
        .picture_size = item->texture.size,
        .picture_type = "image/png",
    };
    rl_surfaces_count(surfaces);
}

/* Textures. */
static inline void test_texel_pattern(int x, int y, uint8_t rgba[4]) {
    const uint8_t values[4] = {(uint8_t)(x * 37 + y * 11), (uint8_t)(x * 5 ^ y * 29),
                               (uint8_t)(255 - x * 3 - y), 255};
    memcpy(rgba, values, 4);
}

static inline void test_texel_white(int x, int y, uint8_t rgba[4]) {
    (void)x;
    (void)y;
    memset(rgba, 255, 4);
}

static inline void test_texel_black(int x, int y, uint8_t rgba[4]) {
    const uint8_t values[4] = {0, 0, 0, 255};
    (void)x;
    (void)y;
    memcpy(rgba, values, 4);
}

/* White, one half there. */
static inline void test_texel_veil(int x, int y, uint8_t rgba[4]) {
    const uint8_t values[4] = {255, 255, 255, 128};
    (void)x;
    (void)y;
    memcpy(rgba, values, 4);
}

/* White, in every other column. */
static inline void test_texel_fence(int x, int y, uint8_t rgba[4]) {
    (void)y;
    memset(rgba, 255, 4);
    rgba[3] = x & 1 ? 255 : 0;
}

#endif
