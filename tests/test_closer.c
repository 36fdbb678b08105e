/* SPDX-License-Identifier: Apache-2.0 */
/* A closer look lends its edges to the distances of the first. */
#include "depth/looks.h"
#include "model_testing.h"
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 64, HEIGHT = 48, CLOSER_WIDTH = 96, CLOSER_HEIGHT = 72, MIDDLE = WIDTH / 2 };

static float first_values[WIDTH * HEIGHT];
static float closer_values[CLOSER_WIDTH * CLOSER_HEIGHT];

/* A wall at 1, in the middle a step up to 3 that is `ramp` wide, and a floor that slopes by 0.5;
 * x and y from 0 to the first look's sides. */
static float scene_at(float x, float y, float ramp) {
    const float at = (x - MIDDLE) / ramp + 0.5F;
    return 1 + 2 * fminf(fmaxf(at, 0), 1) + 0.5F * y / HEIGHT;
}

static void fill(float *values, int width, int height, float ramp) {
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            values[y * width + x] = scene_at(((float)x + 0.5F) * WIDTH / (float)width,
                                             ((float)y + 0.5F) * HEIGHT / (float)height, ramp);
        }
    }
}

static void refine(int threads) {
    relief_ctx *ctx = test_ctx(threads);
    const rl_raster first = {first_values, WIDTH, HEIGHT, 1};
    rl_raster closer = {closer_values, CLOSER_WIDTH, CLOSER_HEIGHT, 1};
    assert_int_equal(rl_looks_refine(ctx, &first, &closer), RELIEF_OK);
    relief_ctx_free(ctx);
}

/* Pixels of a row of the closer look's that are neither wall nor what stands before it. */
static int pixels_between(int y) {
    const float *row = closer_values + (ptrdiff_t)y * CLOSER_WIDTH;
    int count = 0;
    for (int x = 0; x < CLOSER_WIDTH; x++) {
        const float share = (row[x] - row[4]) / (row[CLOSER_WIDTH - 5] - row[4]);
        count += share > 0.15F && share < 0.85F;
    }
    return count;
}

static float furthest_off(void) {
    float most = 0;
    for (int y = 0; y < CLOSER_HEIGHT; y++) {
        for (int x = 0; x < CLOSER_WIDTH; x++) {
            const float want = scene_at(((float)x + 0.5F) * WIDTH / CLOSER_WIDTH,
                                        ((float)y + 0.5F) * HEIGHT / CLOSER_HEIGHT, 0.5F);
            const bool beside = abs(2 * x - CLOSER_WIDTH) > 16;
            most = beside ? fmaxf(most, fabsf(closer_values[y * CLOSER_WIDTH + x] - want)) : most;
        }
    }
    return most;
}

static void edges_are_the_closer_look_s(void **state) {
    (void)state;
    fill(first_values, WIDTH, HEIGHT, 6);
    fill(closer_values, CLOSER_WIDTH, CLOSER_HEIGHT, 0.5F);
    for (int i = 0; i < CLOSER_WIDTH * CLOSER_HEIGHT; i++) { /* whose numbers mean nothing */
        closer_values[i] = 0.7F * closer_values[i] + 40;
    }
    refine(2);
    for (int y = 0; y < CLOSER_HEIGHT; y++) {
        assert_true(pixels_between(y) <= 1); /* the first look's ramp is 9 of these */
    }
    assert_true(furthest_off() < 0.1F);
}

/* What the closer look thinks of places far from each other does not count. */
static void distances_are_the_first_look_s(void **state) {
    (void)state;
    fill(first_values, WIDTH, HEIGHT, 6);
    fill(closer_values, CLOSER_WIDTH, CLOSER_HEIGHT, 0.5F);
    for (int i = 0; i < CLOSER_WIDTH * CLOSER_HEIGHT; i++) {
        closer_values[i] += 2 - (float)(i / CLOSER_WIDTH) / CLOSER_HEIGHT;
    }
    refine(1);
    assert_true(pixels_between(CLOSER_HEIGHT / 2) <= 2);
    assert_true(furthest_off() < 0.3F); /* by any one shift the closer look is off by 0.5 */
}

/* A step of 2 % of the range beside one of all of it. */
static void small_steps_stay(void **state) {
    (void)state;
    fill(first_values, WIDTH, HEIGHT, 0.5F);
    fill(closer_values, CLOSER_WIDTH, CLOSER_HEIGHT, 0.5F);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH / 4; x++) {
            first_values[y * WIDTH + x] += 0.05F * (float)(x < 5);
        }
    }
    for (int y = 0; y < CLOSER_HEIGHT; y++) {
        for (int x = 0; x < CLOSER_WIDTH / 4; x++) {
            closer_values[y * CLOSER_WIDTH + x] += 0.05F * (float)(2 * x + 1 < 15);
        }
    }
    refine(1);
    for (int y = 0; y < CLOSER_HEIGHT; y++) {
        const float *row = closer_values + (ptrdiff_t)y * CLOSER_WIDTH;
        assert_true(row[4] - row[11] > 0.04F);
    }
}

/* An edge that the closer look has not seen is not washed out. */
static void what_it_misses_stays(void **state) {
    (void)state;
    fill(first_values, WIDTH, HEIGHT, 2);
    for (int i = 0; i < CLOSER_WIDTH * CLOSER_HEIGHT; i++) {
        closer_values[i] = 1 + 0.01F * (float)(i % 3);
    }
    refine(1);
    for (int y = 0; y < CLOSER_HEIGHT; y++) {
        assert_in_range(pixels_between(y), 1, 3);
    }
    assert_true(furthest_off() < 0.1F);
}

static void no_value_leaves_the_first_look_s_range(void **state) {
    (void)state;
    fill(first_values, WIDTH, HEIGHT, 1);
    for (int i = 0; i < CLOSER_WIDTH * CLOSER_HEIGHT; i++) {
        closer_values[i] = i % 7 == 0 ? 1e30F : i % 5 == 0 ? -1e30F : 0;
    }
    refine(2);
    for (int i = 0; i < CLOSER_WIDTH * CLOSER_HEIGHT; i++) {
        assert_true(closer_values[i] >= 1 && closer_values[i] <= 3.5F);
    }
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        first_values[i] = 5;
    }
    for (int i = 0; i < CLOSER_WIDTH * CLOSER_HEIGHT; i++) {
        closer_values[i] = 2;
    }
    refine(1);
    for (int i = 0; i < CLOSER_WIDTH * CLOSER_HEIGHT; i++) {
        assert_true(closer_values[i] == 5);
    }
}

static void threads_change_nothing(void **state) {
    (void)state;
    static float once[CLOSER_WIDTH * CLOSER_HEIGHT];
    for (int threads = 1; threads <= 3; threads++) {
        fill(first_values, WIDTH, HEIGHT, 6);
        fill(closer_values, CLOSER_WIDTH, CLOSER_HEIGHT, 0.5F);
        refine(threads);
        if (threads == 1) {
            memcpy(once, closer_values, sizeof once);
        }
        assert_memory_equal(once, closer_values, sizeof once);
    }
}

static int slope(int x, int y) {
    return 20 + 2 * x + 3 * y;
}

static int half_bright(int x, int y) {
    (void)y;
    return x < 96 ? 40 : 200;
}

/* Columns of the middle row that are neither dark nor bright. */
static int columns_between(const relief_depth *map) {
    const relief_depth_info info = info_of(map);
    const float *row = relief_depth_values(map) + (ptrdiff_t)info.height / 2 * info.width;
    int count = 0;
    for (int x = 0; x < info.width; x++) {
        const float share = (row[x] - info.min) / (info.max - info.min);
        count += share > 0.1F && share < 0.9F;
    }
    return count;
}

/* A network that sees as far as three of its pixels, so that it draws finer edges of more. */
static void save_closer(const char *file, int64_t height, int64_t width, const char *kind) {
    onnx_builder *b = begin("image", height, width);
    onnx_add_node(b, "AveragePool", "pool", "image", "p");
    onnx_set_ints(b, "kernel_shape", 2, (int64_t[]){7, 7});
    onnx_set_ints(b, "pads", 4, (int64_t[]){3, 3, 3, 3});
    add_mean(b, "p", "disparity", 1, 1);
    onnx_add_metadata(b, "relief.multiple", "8");
    onnx_add_metadata(b, "relief.network_size", "[96, 64]");
    onnx_add_metadata(b, "relief.resize", "area");
    onnx_add_metadata(b, "relief.closer_look", "2");
    onnx_add_metadata(b, "relief.kind", kind);
    end(b, "disparity", 4, file);
}

static void a_closer_look_has_finer_edges(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    save_closer("closer.onnx", -1, -1, "disparity");
    relief_model *model = load_like(ctx, "closer.onnx", NULL);
    relief_image *photo = photo_of(ctx, 192, 128, half_bright);
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    relief_depth *once = estimate(ctx, model, photo, &options);
    for (int mirrored = 0; mirrored < 2; mirrored++) {
        options.closer_too = true;
        options.mirrored_too = mirrored != 0;
        assert_int_equal(relief_depth_prepare(ctx, model, photo, &options), RELIEF_OK);
        relief_depth *closer = estimate(ctx, model, photo, &options);
        assert_int_equal(info_of(closer).network_width, 96);
        assert_int_equal(info_of(closer).width, 192);
        assert_true(columns_between(once) >= 9);
        assert_true(columns_between(closer) <= columns_between(once) - 4);
        relief_depth_free(closer);
    }
    relief_depth_free(once);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

/* Its map stays small where the photo is larger, on both sides. */
static void closer_looks_fit_all_photos(void **state) {
    (void)state;
    static const int photos[][4] = {/* and the map that stays small */
                                    {400, 266, 192, 128},
                                    {200, 100, 200, 100},
                                    {120, 80, 120, 80},
                                    {8, 6, 8, 6},
                                    {1, 1, 1, 1}};
    relief_ctx *ctx = test_ctx(2);
    save_closer("closer.onnx", -1, -1, "disparity");
    relief_model *model = load_like(ctx, "closer.onnx", NULL);
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    options.closer_too = options.leave_small = true;
    for (size_t i = 0; i < sizeof photos / sizeof *photos; i++) {
        relief_image *photo = photo_of(ctx, photos[i][0], photos[i][1], half_bright);
        relief_depth *map = estimate(ctx, model, photo, &options);
        assert_int_equal(info_of(map).width, photos[i][2]);
        assert_int_equal(info_of(map).height, photos[i][3]);
        relief_depth_free(map);
        relief_image_free(photo);
    }
    relief_model_free(model);
    relief_ctx_free(ctx);
}

/* No closer look at a size of the caller's or the file's, of predictions as such, and in metres. */
static void closer_looks_that_are_not_taken(void **state) {
    (void)state;
    static const struct {
        int height, width;
        const char *kind;
        relief_depth_options options;
    } cases[] = {{-1, -1, "disparity", {.network_width = 96, .network_height = 64}},
                 {-1, -1, "disparity", {.as_predicted = true}},
                 {64, -1, "disparity", {.width = 192}},
                 {-1, -1, "depth", {.width = 192}},
                 {-1, -1, "metres", {.width = 192}}};
    relief_ctx *ctx = test_ctx(2);
    relief_image *photo = photo_of(ctx, 192, 128, half_bright);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        save_closer("closer.onnx", cases[i].height, cases[i].width, cases[i].kind);
        relief_model *model = load_like(ctx, "closer.onnx", NULL);
        relief_depth_options options = cases[i].options;
        options.struct_size = sizeof options;
        relief_depth *once = estimate(ctx, model, photo, &options);
        options.closer_too = true;
        relief_depth *closer = estimate(ctx, model, photo, &options);
        const relief_depth_info a = info_of(once), b = info_of(closer);
        assert_int_equal(a.width, b.width);
        assert_int_equal(a.height, b.height);
        assert_memory_equal(relief_depth_values(once), relief_depth_values(closer),
                            (size_t)a.width * (size_t)a.height * sizeof(float));
        relief_depth_free(once);
        relief_depth_free(closer);
        relief_model_free(model);
    }
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* Every allocation fails once. Where it is for the second look's plan, that of the first is given
 * up in place of the map. */
static void memory_failures_are_survived(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_image *photo = photo_of(ctx, 50, 40, slope);
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    options.closer_too = true;
    save_closer("torture.onnx", -1, -1, "disparity");
    bool failed = true;
    for (int n = 0; failed; n++) {
        relief_model *model = NULL;
        relief_depth *map = NULL;
        rl_memory_fail_at(n, false);
        relief_status status = relief_model_load(ctx, in_folder("torture.onnx"), NULL, &model);
        if (!status) {
            status = relief_depth_estimate(ctx, model, photo, &options, &map);
        }
        failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_true(status == RELIEF_OK || (failed && status == RELIEF_ERROR_MEMORY));
        assert_true(!map == (status != RELIEF_OK));
        relief_depth_free(map);
        relief_model_free(model);
    }
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_the_closer_look_s),
        cmocka_unit_test(distances_are_the_first_look_s),
        cmocka_unit_test(small_steps_stay),
        cmocka_unit_test(what_it_misses_stays),
        cmocka_unit_test(no_value_leaves_the_first_look_s_range),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_closer_look_has_finer_edges),
        cmocka_unit_test(closer_looks_fit_all_photos),
        cmocka_unit_test(closer_looks_that_are_not_taken),
        cmocka_unit_test(memory_failures_are_survived),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
