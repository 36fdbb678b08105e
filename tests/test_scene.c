/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes: camera, normalisation, resampling, silhouettes. */
#include "tests/scene_testing.h"

#include "scene/scene_inside.h"

#include <vips/vips.h>

static relief_scene_info info_of(const relief_scene *scene) {
    relief_scene_info info = RELIEF_OPTIONS_INIT(relief_scene_info);
    relief_scene_get_info(scene, &info);
    return info;
}

static float ramp(int x, int y, int width, int height) {
    (void)y;
    (void)height;
    return 3 + 8 * (float)x / (float)(width - 1);
}

static float flat(int x, int y, int width, int height) {
    (void)x;
    (void)y;
    (void)width;
    (void)height;
    return 7;
}

static float metres_with_sky(int x, int y, int width, int height) {
    (void)x;
    (void)width;
    return y < height / 4 ? 1e10F : 2.0F;
}

/* A photo with EXIF that names a 35 mm equivalent. */
static relief_image *photo_with_focal(relief_ctx *ctx, int focal) {
    VipsImage *black, *image;
    assert_int_equal(vips_black(&black, 300, 200, "bands", 3, NULL), 0);
    assert_int_equal(vips_copy(black, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL), 0);
    char text[64];
    (void)snprintf(text, sizeof text, "%d (%d, Short, 1 components, 2 bytes)", focal, focal);
    vips_image_set_string(image, "exif-ifd2-FocalLengthIn35mmFilm", text);
    void *data;
    size_t size;
    assert_int_equal(vips_jpegsave_buffer(image, &data, &size, NULL), 0);
    relief_image *photo = NULL;
    assert_int_equal(relief_image_load_memory(ctx, data, size, "exif.jpg", NULL, &photo),
                     RELIEF_OK);
    g_free(data);
    g_object_unref(image);
    g_object_unref(black);
    return photo;
}

static void test_camera(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_image *photo = test_photo(ctx, 200, 400, 3, 0);
    relief_camera camera;
    assert_int_equal(rl_camera_solve(ctx, photo, 90, &camera), RELIEF_OK);
    assert_float_equal(camera.focal_px, 200, 1e-9);
    assert_string_equal(camera.focal_from, "option");
    assert_int_equal(rl_camera_solve(ctx, photo, 0, &camera), RELIEF_OK);
    assert_float_equal(camera.focal_px, 384.196, 1e-3);
    assert_float_equal(camera.fov_degrees, 55, 1e-9);
    assert_string_equal(camera.focal_from, "default");
    assert_int_equal(rl_camera_solve(ctx, photo, 180, &camera), RELIEF_ERROR_ARG);
    assert_int_equal(rl_camera_solve(ctx, photo, (double)NAN, &camera), RELIEF_ERROR_ARG);
    relief_image_free(photo);

    photo = photo_with_focal(ctx, 28);
    assert_int_equal(rl_camera_solve(ctx, photo, 0, &camera), RELIEF_OK);
    /* 28 / 43.2666 of the diagonal, which is 360.555 pixels. */
    assert_float_equal(camera.focal_px, 233.335, 1e-2);
    assert_string_equal(camera.focal_from, "exif");
    assert_int_equal(rl_camera_solve(ctx, photo, 40, &camera), RELIEF_OK);
    assert_float_equal(camera.fov_degrees, 40, 1e-9);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* Relative maps: median depth 2, far : near as asked between the robust ends, disparity affine. */
static void test_disparity(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    const double ratios[] = {0, 5, 100};
    for (int k = 0; k < 3; k++) {
        options.depth_ratio = ratios[k];
        test_scene made = test_scene_new(ctx, 1001, 31, RELIEF_DISPARITY, ramp, &options);
        const float *depth = relief_scene_depth(made.scene) + (size_t)1001 * 15;
        const double ratio = ratios[k] == 0 ? 20 : ratios[k];
        assert_float_equal(depth[500], 2, 2e-3);
        assert_true(fabs((double)depth[5] / depth[995] - ratio) < 0.01 * ratio);
        /* Beyond the robust far end lies the far plane. */
        assert_float_equal(depth[0], depth[4], 1e-3 * depth[0]);
        assert_float_equal(2 / depth[400], 1 / depth[300] + 1 / depth[500], 1e-5);
        relief_scene_info info = info_of(made.scene);
        assert_false(info.metric);
        assert_int_equal(info.silhouette_edges, 0);
        assert_true(info.near_depth < info.far_depth);
        test_scene_free(&made);
    }
    test_scene made = test_scene_new(ctx, 64, 48, RELIEF_DISPARITY, flat, NULL);
    for (int i = 0; i < 64 * 48; i++)
        assert_float_equal(relief_scene_depth(made.scene)[i], 2, 1e-6);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* Strength scales disparity about its median; what would lie beyond the far plane stays on it. */
static void test_strength(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    test_scene plain = test_scene_new(ctx, 401, 11, RELIEF_DISPARITY, ramp, NULL);
    const float *depth = relief_scene_depth(plain.scene);
    const float far_depth = info_of(plain.scene).far_depth;
    const double strengths[] = {0.5, 2};
    for (int k = 0; k < 2; k++) {
        options.strength = strengths[k];
        test_scene made = test_scene_new(ctx, 401, 11, RELIEF_DISPARITY, ramp, &options);
        for (int x = 0; x < 401; x += 40) {
            double wanted = 0.5 + strengths[k] * (1 / depth[x] - 0.5);
            wanted = fmax(wanted, 1 / far_depth);
            assert_float_equal(1 / relief_scene_depth(made.scene)[x], wanted, 2e-3);
        }
        test_scene_free(&made);
    }
    test_scene_free(&plain);
    options.strength = -1;
    relief_image *photo = test_photo(ctx, 20, 20, 3, 0);
    relief_depth *map = test_map(ctx, 20, 20, RELIEF_DISPARITY, ramp);
    relief_scene *scene;
    assert_int_equal(relief_scene_new(ctx, photo, map, &options, &scene), RELIEF_ERROR_ARG);
    assert_null(scene);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

static void test_depths(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene made = test_scene_new(ctx, 101, 21, RELIEF_METRES, ramp, NULL);
    for (int x = 0; x < 101; x++)
        assert_float_equal(relief_scene_depth(made.scene)[x], ramp(x, 0, 101, 21), 1e-5);
    assert_true(info_of(made.scene).metric);
    test_scene_free(&made);
    made = test_scene_new(ctx, 101, 21, RELIEF_DEPTH, ramp, NULL);
    for (int x = 0; x < 101; x++)
        assert_float_equal(relief_scene_depth(made.scene)[x], ramp(x, 0, 101, 21) * 2 / 7, 1e-5);
    assert_false(info_of(made.scene).metric);
    test_scene_free(&made);
    made = test_scene_new(ctx, 40, 40, RELIEF_METRES, metres_with_sky, NULL);
    assert_float_equal(relief_scene_depth(made.scene)[0], 2000, 0.1);
    assert_float_equal(relief_scene_depth(made.scene)[1599], 2, 1e-6);
    assert_int_equal(info_of(made.scene).silhouette_edges, 40);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static void test_shapes(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_image *photo = test_photo(ctx, 90, 60, 3, 0);
    const int sizes[][3] = {{90, 60, 1}, {45, 30, 1}, {46, 30, 1}, {270, 180, 1},
                            {1, 1, 1},   {60, 90, 0}, {60, 60, 0}, {90, 45, 0}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        relief_depth *map = test_map(ctx, sizes[k][0], sizes[k][1], RELIEF_METRES, test_things);
        relief_scene *scene;
        assert_int_equal(relief_scene_new(ctx, photo, map, NULL, &scene),
                         sizes[k][2] ? RELIEF_OK : RELIEF_ERROR_ARG);
        relief_scene_free(scene);
        relief_depth_free(map);
    }
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* Planes never tear, not even a floor that runs to its horizon; nor do the corners between them. */
static void test_planes_are_whole(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.fov_degrees = 90;
    const int sizes[][2] = {{64, 48}, {331, 203}, {640, 480}, {48, 200}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        test_map_fn maps[] = {test_floor, test_corner};
        for (int m = 0; m < 2; m++) {
            test_scene made =
                test_scene_new(ctx, sizes[k][0], sizes[k][1], RELIEF_METRES, maps[m], &options);
            assert_int_equal(info_of(made.scene).silhouette_edges, 0);
            test_scene_free(&made);
        }
    }
    relief_ctx_free(ctx);
}

/* Whether a border is torn though the depths beside it are within 2 %, or whole though they differ
 * by 20 %. */
static bool is_wrong(bool torn, float here, float there) {
    const float ratio = here < there ? there / here : here / there;
    return torn ? ratio < 1.02F : ratio > 1.2F;
}

static int wrong_tears(const relief_scene *scene, int width, int height, test_map_fn fn) {
    int wrong = 0;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            const float here = fn(x, y, width, height);
            const uint8_t torn = scene->torn[y * width + x];
            if (x + 1 < width)
                wrong += is_wrong(torn & RL_TORN_RIGHT, here, fn(x + 1, y, width, height));
            if (y + 1 < height)
                wrong += is_wrong(torn & RL_TORN_DOWN, here, fn(x, y + 1, width, height));
        }
    }
    return wrong;
}

static float pole(int x, int y, int width, int height) {
    return x == width / 3 && y > 1 ? 2.0F : test_corner(x, y, width, height);
}

static void test_silhouettes(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(3);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.fov_degrees = 90;
    test_scene made = test_scene_new(ctx, 400, 300, RELIEF_METRES, test_box, &options);
    assert_int_equal(wrong_tears(made.scene, 400, 300, test_box), 0);
    assert_int_equal(info_of(made.scene).silhouette_edges, 4 * 100);
    test_scene_free(&made);
    made = test_scene_new(ctx, 61, 40, RELIEF_METRES, test_noise, &options);
    assert_true(info_of(made.scene).silhouette_edges > 61 * 40 / 2);
    test_scene_free(&made);
    /* A pole of one pixel comes off on both sides. */
    made = test_scene_new(ctx, 300, 200, RELIEF_METRES, pole, &options);
    assert_int_equal(wrong_tears(made.scene, 300, 200, pole), 0);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* A slanted edge, drawn with coverage as a network would, on a map of an eighth of the photo's
 * size. */
static float slanted_edge(int x, int y, int width, int height) {
    (void)width;
    (void)height;
    float inside = 0.35F * (float)y + 30 - (float)x + 0.5F;
    inside = inside < 0 ? 0 : inside > 1 ? 1 : inside;
    return 1 + 3 * inside;
}

/* Where the edge of slanted_edge() crosses the middle of a row of the photo. */
static double edge_at(int y) {
    return 8 * (0.35 * ((y + 0.5) / 8 - 0.5) + 30 + 0.5);
}

static uint8_t even_grey(int x, int y) {
    (void)x;
    (void)y;
    return 128;
}

/* The photo's edge runs 3 pixels beside that of the map. */
static uint8_t edge_beside(int x, int y) {
    return x + 0.5 < edge_at(y) + 3 ? 60 : 160;
}

/* Whether rows cross from near to far once, within `most` pixels of the map's edge moved by
 * `beside`. */
static void check_contour(const float *depth, double beside, double most) {
    const float near_depth = depth[640 * 240], far_depth = depth[640 * 240 + 639];
    assert_float_equal(far_depth / near_depth, 20, 0.01);
    for (int y = 16; y < 464; y++) {
        int flips = 0;
        for (int x = 1; x < 640; x++) {
            const float here = depth[y * 640 + x];
            /* One surface or the other, nothing between. */
            assert_true(fabsf(here / near_depth - 1) < 0.01F ||
                        fabsf(here / far_depth - 1) < 0.01F);
            if (fabsf(here / depth[y * 640 + x - 1] - 1) < 0.5F)
                continue;
            flips++;
            assert_true(fabs(x - edge_at(y) - beside) < most);
        }
        assert_int_equal(flips, 1);
    }
}

/* The photo's edge is 6 pixels wide, about that of the map. */
static uint8_t soft_edge(int x, int y) {
    double t = (x + 0.5 - edge_at(y)) / 6 + 0.5;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return (uint8_t)(60 + 100 * t);
}

/* The first far pixel of a row. */
static int first_far(const relief_scene *scene, int y) {
    const float *depth = relief_scene_depth(scene) + (ptrdiff_t)y * 640;
    int x = 0;
    while (x < 640 && depth[x] < 2 * depth[0])
        x++;
    return x;
}

/* What is near takes the outer half of its edge along, by as much in all rows. */
static void test_fringes_go_with_the_near(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_image *photo = test_grey_photo(ctx, 640, 480, soft_edge);
    relief_depth *map = test_map(ctx, 80, 60, RELIEF_DISPARITY, slanted_edge);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_scene *soft = NULL, *hard = NULL;
    assert_int_equal(relief_scene_new(ctx, photo, map, &options, &soft), RELIEF_OK);
    options.hard_edges = true;
    assert_int_equal(relief_scene_new(ctx, photo, map, &options, &hard), RELIEF_OK);
    check_contour(relief_scene_depth(hard), 0, 1.5);
    check_contour(relief_scene_depth(soft), 3, 1.5);
    const int moved = first_far(soft, 20) - first_far(hard, 20);
    assert_in_range(moved, 2, 4);
    for (int y = 16; y < 464; y++)
        assert_in_range(first_far(soft, y) - first_far(hard, y), moved - 1, moved + 1);
    relief_scene_free(soft);
    relief_scene_free(hard);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

static void test_ramps_become_steps(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_image *photo = test_grey_photo(ctx, 640, 480, even_grey);
    relief_depth *map = test_map(ctx, 80, 60, RELIEF_DISPARITY, slanted_edge);
    relief_scene *scene;
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.hard_edges = true;
    assert_int_equal(relief_scene_new(ctx, photo, map, &options, &scene), RELIEF_OK);
    /* Colours tell nothing: the contour runs where the map's edge lies. */
    check_contour(relief_scene_depth(scene), 0, 1.5);
    relief_scene_free(scene);
    relief_image_free(photo);
    /* Colours tell where the silhouette is. */
    photo = test_grey_photo(ctx, 640, 480, edge_beside);
    assert_int_equal(relief_scene_new(ctx, photo, map, &options, &scene), RELIEF_OK);
    check_contour(relief_scene_depth(scene), 3, 1.5);
    relief_scene_free(scene);
    relief_depth_free(map);

    /* A plane stays a plane. */
    map = test_map(ctx, 80, 60, RELIEF_DISPARITY, ramp);
    assert_int_equal(relief_scene_new(ctx, photo, map, &options, &scene), RELIEF_OK);
    const float *depth = relief_scene_depth(scene) + 640 * 200;
    assert_float_equal(2 / depth[320], 1 / depth[200] + 1 / depth[440], 1e-4);
    assert_int_equal(info_of(scene).silhouette_edges, 0);
    relief_scene_free(scene);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* A wall at 4 m with bumps of 2 by 2 pixels at 2 m and one stud of 12 by 12. */
static float studs(int x, int y, int width, int height) {
    (void)height;
    if (x >= width / 2 && x < width / 2 + 12 && y >= 40 && y < 52)
        return 2;
    return x % 40 < 2 && y % 40 < 2 && x > 3 && y > 3 ? 2 : 4;
}

/* Lines too short to be a silhouette are not torn; a closed one of some length is. */
static void test_specks_are_whole(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.fov_degrees = 90;
    test_scene made = test_scene_new(ctx, 1200, 900, RELIEF_METRES, studs, &options);
    assert_int_equal(info_of(made.scene).silhouette_edges, 4 * 12);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* A step from 4 m to 2 m that fades away over 30 rows. */
static float fading(int x, int y, int width, int height) {
    (void)height;
    const float step = y < 100 ? 1 : y < 130 ? 1 - (float)(y - 100) / 30 : 0;
    return 1 / (0.25F + (x < width / 2 ? 0.25F * step : 0));
}

/* A silhouette goes on where it fades, further than its borders would be torn alone. */
static void test_tears_go_on(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.fov_degrees = 90;
    test_scene made = test_scene_new(ctx, 300, 200, RELIEF_METRES, fading, &options);
    int torn = 0;
    for (int y = 0; y < 200; y++)
        torn += made.scene->torn[y * 300 + 149] & RL_TORN_RIGHT;
    /* 4.5 % of the far q, which a border needs alone, are there up to row 128; half of that up to
     * row 129. */
    assert_int_equal(torn, 130);
    assert_int_equal(info_of(made.scene).silhouette_edges, 130);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* The same bits for every number of threads. */
static void test_threads(void **state) {
    (void)state;
    float *first = NULL;
    for (int threads = 1; threads <= 5; threads += 2) {
        relief_ctx *ctx = test_ctx(threads);
        relief_image *photo = test_photo(ctx, 640, 480, 3, 0);
        relief_depth *map = test_map(ctx, 80, 60, RELIEF_DISPARITY, test_things);
        relief_scene *scene;
        assert_int_equal(relief_scene_new(ctx, photo, map, NULL, &scene), RELIEF_OK);
        const size_t bytes = 640 * 480 * sizeof(float);
        if (!first) {
            first = malloc(bytes);
            memcpy(first, relief_scene_depth(scene), bytes);
        }
        assert_memory_equal(first, relief_scene_depth(scene), bytes);
        relief_scene_free(scene);
        relief_depth_free(map);
        relief_image_free(photo);
        relief_ctx_free(ctx);
    }
    free(first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_camera),
        cmocka_unit_test(test_disparity),
        cmocka_unit_test(test_strength),
        cmocka_unit_test(test_depths),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_planes_are_whole),
        cmocka_unit_test(test_fringes_go_with_the_near),
        cmocka_unit_test(test_silhouettes),
        cmocka_unit_test(test_ramps_become_steps),
        cmocka_unit_test(test_specks_are_whole),
        cmocka_unit_test(test_tears_go_on),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
