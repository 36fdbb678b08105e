/* SPDX-License-Identifier: Apache-2.0 */
/* Silhouettes found again after a network's loss of detail: the exact depth of the rendered scenes,
 * averaged down to a network's size, against the same at full size. Prints a line for each scene
 * and size. */
#include "tests/scene_testing.h"

#include "image/resample.h"
#include "scene/scene_inside.h"

#include <stdio.h>

enum { WIDTH = 640, HEIGHT = 480, COUNT = WIDTH * HEIGHT };
/* Borders are compared where the depths beside them differ by more than this. */
static const float CONTRAST = 1.08F;
/* Least mean F-score at either size. */
static const double BOUND_384 = 0.92, BOUND_192 = 0.82;

typedef struct edge_map {
    uint8_t at[COUNT]; /* 1: a torn border to the right of or below the pixel */
} edge_map;

static bool differ(float a, float b) {
    return a > CONTRAST * b || b > CONTRAST * a;
}

static void find_edges(const relief_scene *scene, edge_map *out) {
    const float *depth = scene->depth;
    for (int i = 0; i < COUNT; i++) {
        const uint8_t torn = scene->torn[i];
        out->at[i] = ((torn & RL_TORN_RIGHT) && differ(depth[i], depth[i + 1])) ||
                     ((torn & RL_TORN_DOWN) && differ(depth[i], depth[i + WIDTH]));
    }
}

/* Share of the edges of `a` that have one of `b` within a pixel. */
static double found(const edge_map *a, const edge_map *b) {
    int all = 0, hits = 0;
    for (int y = 1; y + 1 < HEIGHT; y++) {
        for (int x = 1; x + 1 < WIDTH; x++) {
            if (!a->at[y * WIDTH + x])
                continue;
            bool hit = false;
            for (int k = 0; k < 9; k++)
                hit = hit || b->at[(y + k / 3 - 1) * WIDTH + x + k % 3 - 1];
            all++;
            hits += hit;
        }
    }
    return all ? (double)hits / all : 0;
}

/* The exact map averaged down in disparity; the caller frees it. */
static relief_depth *degrade(relief_ctx *ctx, const relief_depth *exact, int width, int height) {
    rl_raster from = {malloc(COUNT * sizeof(float)), WIDTH, HEIGHT, 1};
    rl_raster to = {malloc((size_t)width * (size_t)height * sizeof(float)), width, height, 1};
    for (int i = 0; i < COUNT; i++)
        from.data[i] = 1 / fminf(relief_depth_values(exact)[i], 1000);
    assert_int_equal(rl_resample(ctx, &from, RL_FILTER_AREA, &to), RELIEF_OK);
    for (int i = 0; i < width * height; i++)
        to.data[i] = 1 / to.data[i];
    relief_depth *map = NULL;
    assert_int_equal(relief_depth_from_values(ctx, to.data, width, height, RELIEF_METRES, &map),
                     RELIEF_OK);
    free(from.data);
    free(to.data);
    return map;
}

static void scene_edges(relief_ctx *ctx, const relief_image *photo, const relief_depth *map,
                        edge_map *out) {
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_scene *scene = NULL;
    options.fov_degrees = 56;
    assert_int_equal(relief_scene_new(ctx, photo, map, &options, &scene), RELIEF_OK);
    find_edges(scene, out);
    relief_scene_free(scene);
}

/* F-scores of a scene at two sizes of network, added to `sums`. */
static void measure(relief_ctx *ctx, const char *name, double sums[2]) {
    const int sizes[2][2] = {{384, 288}, {192, 144}};
    char path[512];
    relief_image *photo = NULL;
    relief_depth *exact = NULL;
    static edge_map truth, seen;
    const char *root = getenv("RELIEF_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/data/scenes/%s/photo.jpg", root, name);
    assert_int_equal(relief_image_load(ctx, path, NULL, &photo), RELIEF_OK);
    snprintf(path, sizeof path, "%s/tests/data/scenes/%s/depth.exr", root, name);
    assert_int_equal(relief_depth_load(ctx, path, RELIEF_METRES, &exact), RELIEF_OK);
    scene_edges(ctx, photo, exact, &truth);
    for (int k = 0; k < 2; k++) {
        relief_depth *map = degrade(ctx, exact, sizes[k][0], sizes[k][1]);
        scene_edges(ctx, photo, map, &seen);
        const double precision = found(&seen, &truth), recall = found(&truth, &seen);
        const double f = 2 * precision * recall / (precision + recall);
        printf("%-9s %d x %d: precision %.3f, recall %.3f, F %.3f\n", name, sizes[k][0],
               sizes[k][1], precision, recall, f);
        sums[k] += f;
        relief_depth_free(map);
    }
    relief_depth_free(exact);
    relief_image_free(photo);
}

static void test_edges(void **state) {
    (void)state;
    const char *names[] = {"figure", "room", "street", "tabletop"};
    double sums[2] = {0, 0};
    relief_ctx *ctx = test_ctx(2);
    for (int k = 0; k < 4; k++)
        measure(ctx, names[k], sums);
    printf("mean F: %.3f and %.3f\n", sums[0] / 4, sums[1] / 4);
    assert_true(sums[0] / 4 >= BOUND_384);
    assert_true(sums[1] / 4 >= BOUND_192);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_edges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
