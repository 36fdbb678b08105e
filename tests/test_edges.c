/* SPDX-License-Identifier: Apache-2.0 */
/* Silhouettes found again after a network's loss of detail: the exact depth of the rendered scenes,
 * averaged down to a network's size, against the same at full size. Prints a line for each scene
 * and size. */
#include "tests/scene_testing.h"

#include "depth/depth_map.h"
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
    options.hard_edges = true;
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

enum { SIDE = 400, COARSE = 50 };

static bool in_disc(double x, double y) {
    return (x - 0.48) * (x - 0.48) + (y - 0.53) * (y - 0.53) < 0.06;
}

/* A pale disc before a dark wall, both with stripes. */
static uint8_t disc_grey(int x, int y) {
    const int stripe = (x / 5 + y / 7) % 2 * 24;
    return (uint8_t)((in_disc((x + 0.5) / SIDE, (y + 0.5) / SIDE) ? 190 : 60) + stripe);
}

/* Disparity of a network of few pixels: the disc at 4, the wall from 1 to 1.5, with a ramp between
 * them that is some pixels wide. */
static float disc_disparity(int x, int y, int width, int height) {
    const double u = (x + 0.5) / width, v = (y + 0.5) / height;
    const double off = sqrt((u - 0.48) * (u - 0.48) + (v - 0.53) * (v - 0.53)) - sqrt(0.06);
    const double t = fmin(fmax(0.5 - off * width / 4, 0), 1);
    return (float)(t * 4 + (1 - t) * (1 + 0.5 * v));
}

/* The map that is handed out has the photo's silhouettes, and none of its stripes. */
static void a_map_gets_the_edges_of_its_photo(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_image *photo = test_grey_photo(ctx, SIDE, SIDE, disc_grey);
    relief_depth *map = test_map(ctx, COARSE, COARSE, RELIEF_DISPARITY, disc_disparity);
    relief_depth *sharp = NULL;
    assert_int_equal(relief_depth_sharpen(ctx, map, photo, &sharp), RELIEF_OK);
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(sharp, &info);
    assert_int_equal(info.width, SIDE);
    assert_int_equal(info.kind, RELIEF_DISPARITY);
    int wrong = 0, stripes = 0;
    for (int y = 16; y < SIDE - 16; y++) {
        for (int x = 16; x < SIDE - 16; x++) {
            const float value = relief_depth_values(sharp)[y * SIDE + x];
            const double u = (x + 0.5) / SIDE, v = (y + 0.5) / SIDE;
            const double truth = in_disc(u, v) ? 4 : 1 + 0.5 * v;
            wrong += fabs(value - truth) > 0.15;
            stripes += x > 16 && fabsf(value - relief_depth_values(sharp)[y * SIDE + x - 1]) > 0.1F;
        }
    }
    printf("disc: %d pixels wrong, %d steps in %d rows\n", wrong, stripes, SIDE - 32);
    assert_true(wrong < SIDE * SIDE / 200);
    assert_true(stripes < 3 * SIDE);
    relief_depth_free(sharp);
    relief_depth *wide = test_map(ctx, 2 * COARSE, COARSE, RELIEF_DISPARITY, disc_disparity);
    assert_int_equal(relief_depth_sharpen(ctx, wide, photo, &sharp), RELIEF_ERROR_ARG);
    assert_null(sharp);
    relief_depth_free(wide);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* The disc as a network of COARSE pixels a side gives it. */
static relief_depth *network_map(relief_ctx *ctx, int side) {
    relief_depth *map = test_map(ctx, side, side, RELIEF_DISPARITY, disc_disparity);
    map->network_width = map->network_height = COARSE;
    map->filter = RL_FILTER_CUBIC;
    return map;
}

/* What an estimate makes of it unless it is left small. */
static relief_depth *enlarge(relief_ctx *ctx, const relief_depth *small) {
    relief_depth *map = network_map(ctx, SIDE);
    const rl_raster from = {small->values, COARSE, COARSE, 1}, to = {map->values, SIDE, SIDE, 1};
    assert_int_equal(rl_resample(ctx, &from, small->filter, &to), RELIEF_OK);
    for (int i = 0; i < SIDE * SIDE; i++)
        map->values[i] = fminf(fmaxf(map->values[i], small->min), small->max);
    map->min = small->min;
    map->max = small->max;
    return map;
}

/* A map that stays in the network's size until it gets its edges is the same map. */
static void small_maps_are_enlarged_with_their_edges(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(3);
    relief_image *photo = test_grey_photo(ctx, SIDE, SIDE, disc_grey);
    relief_depth *small = network_map(ctx, COARSE), *large = enlarge(ctx, small);
    relief_depth *maps[2] = {NULL, NULL};
    assert_int_equal(relief_depth_sharpen(ctx, small, photo, &maps[0]), RELIEF_OK);
    assert_int_equal(relief_depth_sharpen(ctx, large, photo, &maps[1]), RELIEF_OK);
    assert_int_equal(maps[0]->width, SIDE);
    assert_int_equal(maps[0]->height, SIDE);
    assert_int_equal(maps[0]->network_width, COARSE);
    const float range = small->max - small->min;
    int differ = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        differ += fabsf(maps[0]->values[i] - maps[1]->values[i]) > 0.01F * range;
        assert_true(maps[0]->values[i] >= small->min - 0.01F * range);
        assert_true(maps[0]->values[i] <= small->max + 0.01F * range);
    }
    printf("left small: %d of %d pixels differ by more than a hundredth\n", differ, SIDE * SIDE);
    assert_true(differ < SIDE * SIDE / 500);
    for (int k = 0; k < 2; k++)
        relief_depth_free(maps[k]);
    relief_depth_free(large);
    relief_depth_free(small);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* A network sees the photo squeezed into a square; its map is of the photo all the same, and of no
 * other. */
static void squeezed_maps_have_the_shape_of_their_photo(void **state) {
    (void)state;
    enum { LONG = 300, SHORT = 100 };
    relief_ctx *ctx = test_ctx(2);
    relief_image *photo = test_grey_photo(ctx, LONG, SHORT, disc_grey);
    relief_depth *map = network_map(ctx, COARSE), *sharp = NULL;
    assert_int_equal(relief_depth_sharpen(ctx, map, photo, &sharp), RELIEF_ERROR_ARG);
    map->photo_width = LONG;
    map->photo_height = SHORT;
    relief_scene *scene = NULL;
    assert_int_equal(relief_depth_sharpen(ctx, map, photo, &sharp), RELIEF_OK);
    assert_int_equal(sharp->width, LONG);
    assert_int_equal(sharp->height, SHORT);
    assert_int_equal(relief_scene_new(ctx, photo, map, NULL, &scene), RELIEF_OK);
    relief_scene_free(scene);
    relief_depth_free(sharp);
    map->photo_height = LONG;
    assert_int_equal(relief_scene_new(ctx, photo, map, NULL, &scene), RELIEF_ERROR_ARG);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* A photo whose sides are no multiples of the guide's factor, 9, and an edge near its far border,
 * where the map is off. */
enum { WIDE = 8200, LOW = 600, EDGE = 7801, OFF = 12, WIDE_MAP = 410, LOW_MAP = 30 };

static uint8_t wide_grey(int x, int y) {
    (void)y;
    return x < EDGE ? 190 : 60;
}

static float wide_disparity(int x, int y, int width, int height) {
    const double off = (x + 0.5) / width - (EDGE + OFF) / (double)WIDE;
    (void)y;
    (void)height;
    return (float)(1 + 3 * fmin(fmax(0.5 - off * width / 4, 0), 1));
}

/* The guide's last pixels are covered in part; what lies there is not drawn out for that. */
static void edges_lie_right_where_the_guide_ends_in_part(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_image *photo = test_grey_photo(ctx, WIDE, LOW, wide_grey);
    relief_depth *map = test_map(ctx, WIDE_MAP, LOW_MAP, RELIEF_DISPARITY, wide_disparity);
    relief_depth *sharp = NULL;
    assert_int_equal(relief_depth_sharpen(ctx, map, photo, &sharp), RELIEF_OK);
    const float *row = relief_depth_values(sharp) + (size_t)(LOW / 2) * WIDE;
    int at = 0;
    while (at < WIDE && row[at] > 2.5F)
        at++;
    printf("edge at column %d of %d: found at %d\n", EDGE, WIDE, at);
    assert_true(abs(at - EDGE) <= 3); /* a third of a guide pixel */
    relief_depth_free(sharp);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* Nothing to tell apart: the value, at the photo's size. */
static void even_maps_stay_even(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_image *photo = test_grey_photo(ctx, SIDE, SIDE, disc_grey);
    relief_depth *map = network_map(ctx, COARSE), *sharp = NULL;
    for (int i = 0; i < COARSE * COARSE; i++)
        map->values[i] = 7;
    map->min = map->max = 7;
    assert_int_equal(relief_depth_sharpen(ctx, map, photo, &sharp), RELIEF_OK);
    assert_int_equal(sharp->width, SIDE);
    assert_true(sharp->min == 7 && sharp->max == 7);
    relief_depth_free(sharp);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(a_map_gets_the_edges_of_its_photo),
        cmocka_unit_test(small_maps_are_enlarged_with_their_edges),
        cmocka_unit_test(edges_lie_right_where_the_guide_ends_in_part),
        cmocka_unit_test(squeezed_maps_have_the_shape_of_their_photo),
        cmocka_unit_test(even_maps_stay_even)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
