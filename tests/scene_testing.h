/* SPDX-License-Identifier: Apache-2.0 */
/* Photos and scenes of known geometry, for the tests of scenes and meshes. */
#ifndef RELIEF_TESTS_SCENE_TESTING_H
#define RELIEF_TESTS_SCENE_TESTING_H

#include "tests/testing.h"

#include "base/memory.h"
#include "image/encode.h"
#include "relief/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value of a map at pixel (x, y). */
typedef float (*test_map_fn)(int x, int y, int width, int height);

/* A photo of width x height pixels with a pattern; channels 3, or 4 with `alpha` in every other
 * column. */
static inline relief_image *test_photo(relief_ctx *ctx, int width, int height, int channels,
                                       uint8_t alpha) {
    const size_t count = (size_t)width * (size_t)height;
    uint8_t *data = malloc(count * (size_t)channels);
    for (size_t i = 0; i < count; i++) {
        const size_t x = i % (size_t)width, y = i / (size_t)width;
        uint8_t *pixel = data + i * (size_t)channels;
        pixel[0] = (uint8_t)(x * 7 + y);
        pixel[1] = (uint8_t)(y * 5);
        pixel[2] = (uint8_t)(x ^ y);
        if (channels == 4)
            pixel[3] = x & 1 ? 255 : alpha;
    }
    const rl_pixels pixels = {
        .data = data, .width = width, .height = height, .channels = channels, .sample_bytes = 1};
    rl_encoded png;
    relief_image *photo = NULL;
    assert_int_equal(rl_encode_png(ctx, &pixels, &png), RELIEF_OK);
    assert_int_equal(relief_image_load_memory(ctx, png.data, png.size, "test.png", NULL, &photo),
                     RELIEF_OK);
    rl_free(png.data);
    free(data);
    return photo;
}

/* The colour of a photo's pixel (x, y). */
typedef uint8_t (*test_grey_fn)(int x, int y);

/* A grey photo. */
static inline relief_image *test_grey_photo(relief_ctx *ctx, int width, int height,
                                            test_grey_fn fn) {
    uint8_t *data = malloc((size_t)width * (size_t)height * 3);
    for (int i = 0; i < width * height; i++)
        memset(data + 3 * i, fn(i % width, i / width), 3);
    const rl_pixels pixels = {
        .data = data, .width = width, .height = height, .channels = 3, .sample_bytes = 1};
    rl_encoded png;
    relief_image *photo = NULL;
    assert_int_equal(rl_encode_png(ctx, &pixels, &png), RELIEF_OK);
    assert_int_equal(relief_image_load_memory(ctx, png.data, png.size, "test.png", NULL, &photo),
                     RELIEF_OK);
    rl_free(png.data);
    free(data);
    return photo;
}

static inline relief_depth *test_map(relief_ctx *ctx, int width, int height, relief_depth_kind kind,
                                     test_map_fn fn) {
    float *values = malloc((size_t)width * (size_t)height * sizeof(float));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            values[(size_t)y * (size_t)width + (size_t)x] = fn(x, y, width, height);
    relief_depth *map = NULL;
    assert_int_equal(relief_depth_from_values(ctx, values, width, height, kind, &map), RELIEF_OK);
    free(values);
    return map;
}

/* A photo and the scene that a map of the same size makes of it. */
typedef struct test_scene {
    relief_image *photo;
    relief_scene *scene;
} test_scene;

static inline test_scene test_scene_new(relief_ctx *ctx, int width, int height,
                                        relief_depth_kind kind, test_map_fn fn,
                                        const relief_scene_options *options) {
    test_scene made = {.photo = test_photo(ctx, width, height, 3, 0)};
    relief_depth *map = test_map(ctx, width, height, kind, fn);
    assert_int_equal(relief_scene_new(ctx, made.photo, map, options, &made.scene), RELIEF_OK);
    relief_depth_free(map);
    return made;
}

static inline void test_scene_free(test_scene *made) {
    relief_scene_free(made->scene);
    relief_image_free(made->photo);
}

/* Maps in metres of simple rooms, as the camera with a field of view of 90 degrees on the long side
 * sees them. */

/* Ray through the middle of a pixel, for a depth of 1. */
static inline void test_ray(int x, int y, int width, int height, double *u, double *v) {
    const double focal = 0.5 * (width > height ? width : height);
    *u = (x + 0.5 - 0.5 * width) / focal;
    *v = (y + 0.5 - 0.5 * height) / focal;
}

/* A floor 1 m below the camera up to a wall 20 m away, from 20 times nearer. */
static inline float test_floor(int x, int y, int width, int height) {
    double u, v;
    test_ray(x, y, width, height, &u, &v);
    return v > 1 / 20.0 ? (float)(1 / v) : 20.0F;
}

/* A wall at 4 m and before it a box of 1 m by 1 m at 2 m. */
static inline float test_box(int x, int y, int width, int height) {
    double u, v;
    test_ray(x, y, width, height, &u, &v);
    return fabs(u) < 0.25 && fabs(v) < 0.25 ? 2.0F : 4.0F;
}

/* The corner of a room: two walls that meet at 45 degrees to the camera's axis, and a floor. */
static inline float test_corner(int x, int y, int width, int height) {
    double u, v;
    test_ray(x, y, width, height, &u, &v);
    const double walls = 5 / (1 + fabs(u));
    return (float)(v > 0 && 1.5 / v < walls ? 1.5 / v : walls);
}

/* Different in every pixel, between 1 and 5 m. */
static inline float test_noise(int x, int y, int width, int height) {
    (void)height;
    uint32_t h = (uint32_t)(y * width + x) * 2654435761U;
    h = (h ^ (h >> 15)) * 2246822519U;
    return 1 + 4 * (float)((h ^ (h >> 13)) & 0xFFFF) / 65535.0F;
}

/* Thin poles, a ball, a floor, a wall. */
static inline float test_things(int x, int y, int width, int height) {
    double u, v;
    test_ray(x, y, width, height, &u, &v);
    double depth = v > 0.1 ? 1 / v : 10;
    if (x % 37 == 5 && y > height / 4)
        depth = fmin(depth, 1.5);
    const double r2 = (u - 0.3) * (u - 0.3) + v * v;
    if (r2 < 0.04)
        depth = fmin(depth, 3 - sqrt(0.04 - r2));
    return (float)depth;
}

#endif
