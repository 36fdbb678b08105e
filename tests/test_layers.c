/* SPDX-License-Identifier: Apache-2.0 */
/* The back layer: how far it reaches, where it lies, and what colours it takes. */
#include "tests/scene_testing.h"

#include "relief/relief.h"
#include "scene/layers.h"
#include "scene/scene_inside.h"

enum { WIDTH = 400, HEIGHT = 300 };

/* A photo of test_box(): a grey box, in front of a wall of green and blue tiles. */
static void box_colour(int x, int y, uint8_t *rgb) {
    const bool box = test_box(x, y, WIDTH, HEIGHT) < 3;
    const bool tile = (x / 5 + y / 5) & 1;
    rgb[0] = box ? 250 : 10;
    rgb[1] = box ? 40 : tile ? 200 : 90;
    rgb[2] = box ? 40 : tile ? 90 : 200;
}

static relief_image *box_photo(relief_ctx *ctx) {
    uint8_t *data = malloc((size_t)WIDTH * HEIGHT * 3);
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        box_colour(i % WIDTH, i / WIDTH, data + 3 * (size_t)i);
    const rl_pixels pixels = {
        .data = data, .width = WIDTH, .height = HEIGHT, .channels = 3, .sample_bytes = 1};
    rl_encoded png;
    relief_image *photo = NULL;
    assert_int_equal(rl_encode_png(ctx, &pixels, &png), RELIEF_OK);
    assert_int_equal(relief_image_load_memory(ctx, png.data, png.size, "box.png", NULL, &photo),
                     RELIEF_OK);
    rl_free(png.data);
    free(data);
    return photo;
}

/* A scene of two layers, which takes the photo over. */
static test_scene two_layers(relief_ctx *ctx, relief_image *photo, test_map_fn map_fn) {
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.fov_degrees = 90;
    options.travel = 0.2;
    options.layers = 2;
    test_scene made = {.photo = photo};
    relief_depth *map = test_map(ctx, WIDTH, HEIGHT, RELIEF_METRES, map_fn);
    assert_int_equal(relief_scene_new(ctx, made.photo, map, &options, &made.scene), RELIEF_OK);
    relief_depth_free(map);
    return made;
}

static test_scene box_scene(relief_ctx *ctx) {
    return two_layers(ctx, box_photo(ctx), test_box);
}

/* Cell of the layer over photo pixel (x, y). */
static size_t cell_at(const rl_back *back, int x, int y) {
    return (size_t)(y + back->top) * (size_t)back->width + (size_t)(x + back->left);
}

/* How far a pixel of the box lies from its border, in pixels; 0 outside. */
static int depth_in_box(int x, int y) {
    const int right = 249 - x, left = x - 150, above = y - 100, below = 199 - y;
    const int across = (right < left ? right : left) + 1;
    const int down = (above < below ? above : below) + 1;
    const int least = across < down ? across : down;
    return least > 0 ? least : 0;
}

/* The camera moves by 0.2 * 2 m at a focal length of 200 pixels: the box, at 2 m, moves by 40
 * pixels and the wall, at 4 m, by 20. */
static void test_reach(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = box_scene(ctx);
    const rl_back *back = made.scene->back;
    assert_non_null(back);
    assert_float_equal(back->cell_px, 1, 1e-9);
    /* The frame is as wide as the wall moves, and 2 pixels. */
    assert_int_equal(back->left, 22);
    assert_int_equal(back->top, 22);
    assert_int_equal(back->width, WIDTH + 44);
    assert_int_equal(back->height, HEIGHT + 44);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const size_t at = cell_at(back, x, y);
            const int inside = depth_in_box(x, y);
            /* What the travel uncovers is there, and not much more. */
            if (inside > 0 && inside <= 20)
                assert_true(back->valid[at]);
            if (inside > 24)
                assert_false(back->valid[at]);
            /* It is the wall, behind the front everywhere. */
            if (back->valid[at])
                assert_float_equal(back->q[at], 0.25, 0.002);
            assert_true(back->q[at] < 1 / made.scene->depth[y * WIDTH + x]);
        }
    }
    for (int x = 0; x < back->width; x++)
        assert_true(back->valid[x]);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static float post_at_border(int x, int y, int width, int height) {
    (void)y, (void)width, (void)height;
    return x < 100 ? 2.0F : 4.0F;
}

static uint8_t post_is_white(int x, int y) {
    (void)y;
    return x < 100 ? 255 : 0;
}

/* Where something near reaches the photo's border the frame goes on from it, without a gap, and in
 * its colours: its margin behind the photo lies as near, though the wall is there further in. */
static void test_frame(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made =
        two_layers(ctx, test_grey_photo(ctx, WIDTH, HEIGHT, post_is_white), post_at_border);
    const rl_back *back = made.scene->back;
    for (int y = 2; y < HEIGHT - 2; y++) {
        for (int x = -20; x < 2; x++) {
            assert_true(back->valid[cell_at(back, x, y)]);
            assert_float_equal(back->q[cell_at(back, x, y)], 0.5, 0.01);
        }
        assert_float_equal(back->q[cell_at(back, 95, y)], 0.25, 0.01);
        const uint8_t *colours = back->colour.data;
        assert_true(colours[3 * cell_at(back, -10, y)] > 250);
        assert_true(colours[3 * cell_at(back, 95, y)] < 5);
    }
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static float wall(int x, int y, int width, int height) {
    (void)x, (void)y, (void)width, (void)height;
    return 4.0F;
}

/* A grain of 16 pixels around a middle grey. */
static uint8_t saw_tooth(int x, int y) {
    return (uint8_t)(60 + 9 * ((7 * x + 3 * y) % 16));
}

/* Beyond its border a wall's grain goes on as its reflection, at once and half as strong further
 * out. */
static void test_reflection(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = two_layers(ctx, test_grey_photo(ctx, WIDTH, HEIGHT, saw_tooth), wall);
    const rl_back *back = made.scene->back;
    const uint8_t *colours = back->colour.data;
    double sums[2] = {0, 0}, products[2] = {0, 0}; /* beside the border, and far out */
    for (int y = 30; y < HEIGHT - 30; y++) {
        for (int beyond = 0; beyond < 20; beyond++) {
            const bool far_out = beyond >= 10;
            if (beyond > 0 && !far_out)
                continue;
            const double seen = saw_tooth(beyond, y) - 127.5;
            const double shown = colours[3 * cell_at(back, -1 - beyond, y)] - 127.5;
            sums[far_out] += seen * seen;
            products[far_out] += seen * shown;
        }
    }
    assert_true(products[0] > 0.85 * sums[0]);
    assert_true(products[1] > 0.4 * sums[1]);
    assert_true(products[1] < 0.65 * sums[1]);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static float post_near_border(int x, int y, int width, int height) {
    (void)y, (void)width, (void)height;
    return x >= 4 && x < 100 ? 2.0F : 4.0F;
}

static uint8_t post_near_border_is_white(int x, int y) {
    (void)y;
    return x >= 4 && x < 100 ? 255 : 0;
}

/* What stands near the border but does not reach it is not there a second time beyond. */
static void test_no_twin(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = two_layers(
        ctx, test_grey_photo(ctx, WIDTH, HEIGHT, post_near_border_is_white), post_near_border);
    const rl_back *back = made.scene->back;
    const uint8_t *colours = back->colour.data;
    for (int y = 40; y < HEIGHT - 40; y++) {
        for (int x = -20; x < 0; x++) {
            assert_float_equal(back->q[cell_at(back, x, y)], 0.25, 0.01);
            assert_true(colours[3 * cell_at(back, x, y)] < 20);
        }
    }
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* Nothing of the box goes into what lies behind it: the wall's tiles do. */
static void test_colours(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = box_scene(ctx);
    const rl_back *back = made.scene->back;
    assert_int_equal(back->colour.width, back->width);
    assert_int_equal(back->colour.height, back->height);
    const uint8_t *colours = back->colour.data;
    int clear = 0, count = 0;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const uint8_t *rgb = colours + 3 * cell_at(back, x, y);
            const int inside = depth_in_box(x, y);
            if (inside < 1 || inside > 20)
                continue;
            assert_true(rgb[0] < 40);
            count++;
            clear += abs(rgb[1] - rgb[2]) > 70;
        }
    }
    /* Tiles, not a mean of them. */
    assert_true(clear > 0.8 * count);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* A wall that gets brighter to the right and below, and a box as dark as its darkest corner. */
static uint8_t wall_is_even(int x, int y) {
    return (uint8_t)(depth_in_box(x, y) > 0 ? 20 : 20 + (x + y) / 4);
}

/* What lies behind the box goes on as the wall around it does. */
static void test_even(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = two_layers(ctx, test_grey_photo(ctx, WIDTH, HEIGHT, wall_is_even), test_box);
    const rl_back *back = made.scene->back;
    const uint8_t *colours = back->colour.data;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const int inside = depth_in_box(x, y), wanted = 20 + (x + y) / 4;
            if (inside > 0 && inside <= 20)
                assert_in_range(colours[3 * cell_at(back, x, y)], wanted - 5, wanted + 5);
        }
    }
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* A cut-out has nothing behind it. */
static void test_transparent(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = two_layers(ctx, test_photo(ctx, WIDTH, HEIGHT, 4, 0), test_box);
    assert_null(made.scene->back);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* The same bits for every number of threads. */
static void test_threads(void **state) {
    (void)state;
    uint8_t *first = NULL;
    float *first_q = NULL;
    for (int threads = 1; threads <= 5; threads += 2) {
        relief_ctx *ctx = test_ctx(threads);
        test_scene made = box_scene(ctx);
        const rl_back *back = made.scene->back;
        const size_t count = (size_t)back->width * (size_t)back->height;
        if (!first) {
            first = malloc(3 * count);
            first_q = malloc(count * sizeof(float));
            memcpy(first, back->colour.data, 3 * count);
            memcpy(first_q, back->q, count * sizeof(float));
        }
        assert_memory_equal(first, back->colour.data, 3 * count);
        assert_memory_equal(first_q, back->q, count * sizeof(float));
        test_scene_free(&made);
        relief_ctx_free(ctx);
    }
    free(first);
    free(first_q);
}

/* Photos of a few pixels, and depth that differs in every pixel. */
static void test_small(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.layers = 2;
    const int sizes[][2] = {{1, 1}, {2, 1}, {1, 7}, {5, 3}, {8, 8}, {61, 40}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        test_scene made =
            test_scene_new(ctx, sizes[k][0], sizes[k][1], RELIEF_METRES, test_noise, &options);
        const rl_back *back = made.scene->back;
        for (int at = 0; at < back->width * back->height; at++)
            assert_true(!back->valid[at] || (back->q[at] > 0 && isfinite(back->q[at])));
        test_scene_free(&made);
    }
    options.layers = 3;
    relief_image *photo = test_photo(ctx, 8, 8, 3, 0);
    relief_depth *map = test_map(ctx, 8, 8, RELIEF_METRES, test_noise);
    relief_scene *scene;
    assert_int_equal(relief_scene_new(ctx, photo, map, &options, &scene), RELIEF_ERROR_ARG);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* A scene of two layers, its mesh and the surfaces of that. */
static relief_status whole_path(relief_ctx *ctx, const relief_image *photo,
                                const relief_depth *map) {
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_scene *scene = NULL;
    relief_mesh *mesh = NULL;
    relief_surfaces *surfaces = NULL;
    options.layers = 2;
    relief_status status = relief_scene_new(ctx, photo, map, &options, &scene);
    if (!status)
        status = relief_mesh_new(ctx, scene, NULL, &mesh);
    if (!status)
        status = relief_surfaces_of_mesh(ctx, mesh, &surfaces);
    if (!status) {
        relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
        relief_surfaces_get_info(surfaces, &info);
        assert_int_equal(info.surface_count, 2);
        assert_int_equal(relief_surfaces_get(surfaces, 0)->layer, RELIEF_LAYER_BACK);
        assert_int_equal(relief_surfaces_get(surfaces, 1)->layer, RELIEF_LAYER_FRONT);
    }
    relief_surfaces_free(surfaces);
    relief_mesh_free(mesh);
    relief_scene_free(scene);
    return status;
}

/* Each allocation fails once, and from then on: one status, nothing leaked. */
static void test_without_memory(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_image *photo = test_photo(ctx, 16, 12, 3, 0);
    relief_depth *map = test_map(ctx, 16, 12, RELIEF_METRES, test_things);
    assert_int_equal(whole_path(ctx, photo, map), RELIEF_OK);
    const size_t live = relief_memory().live_bytes;
    for (int sticky = 0; sticky < 2; sticky++) {
        int n = 0;
        for (bool failed = true; failed; n++) {
            rl_memory_fail_at(n, sticky);
            const relief_status status = whole_path(ctx, photo, map);
            failed = rl_memory_failed();
            rl_memory_fail_at(-1, false);
            assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
            assert_true(relief_memory().live_bytes == live);
        }
        assert_true(n > 30);
    }
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* A cancelled run ends as one, whenever that comes. */
static bool stop_at_step(void *user, const char *stage, int64_t done, int64_t total) {
    (void)total;
    return !(strcmp(stage, "scene") == 0 && done >= *(int *)user);
}

static void test_cancel(void **state) {
    (void)state;
    for (int step = 0; step <= 3; step++) {
        relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
        relief_ctx *ctx;
        options.threads = 2;
        options.progress = stop_at_step;
        options.user = &step;
        assert_int_equal(relief_ctx_new(&options, &ctx), RELIEF_OK);
        relief_image *photo = test_photo(ctx, 16, 12, 3, 0);
        relief_depth *map = test_map(ctx, 16, 12, RELIEF_METRES, test_things);
        const size_t live = relief_memory().live_bytes;
        assert_int_equal(whole_path(ctx, photo, map), RELIEF_ERROR_CANCELLED);
        assert_true(relief_memory().live_bytes == live);
        relief_depth_free(map);
        relief_image_free(photo);
        relief_ctx_free(ctx);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reach),       cmocka_unit_test(test_frame),
        cmocka_unit_test(test_reflection),  cmocka_unit_test(test_no_twin),
        cmocka_unit_test(test_colours),     cmocka_unit_test(test_even),
        cmocka_unit_test(test_transparent), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_small),       cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
