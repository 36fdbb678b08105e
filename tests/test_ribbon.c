/* SPDX-License-Identifier: Apache-2.0 */
/* Ribbons: where they lie, that over the back they are the photo, and that they carry no colour of
 * what stands behind. */
#include "tests/scene_testing.h"

#include "relief/relief.h"
#include "scene/layers.h"
#include "scene/scene_inside.h"

enum { WIDTH = 640, HEIGHT = 480 };
static const double RADIUS = 120, EDGE_PX = 6;
static const double NEAR_RGB[3] = {220, 60, 40}, FAR_RGB[3] = {40, 90, 170};

static double to_light(double level) {
    const double v = level / 255;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double to_level(double light) {
    return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055);
}

/* Pixels from the disc's outline, more than 0 inside. */
static double inside(int x, int y) {
    return RADIUS - hypot(x + 0.5 - 0.5 * WIDTH, y + 0.5 - 0.5 * HEIGHT);
}

/* How much of a pixel is the disc. */
static double share_at(int x, int y) {
    const double t = inside(x, y) / EDGE_PX + 0.5;
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

/* A red disc before a blue wall, its edge as soft as a lens draws it: mixed in light. */
static relief_image *disc_photo(relief_ctx *ctx) {
    uint8_t *data = malloc((size_t)WIDTH * HEIGHT * 3);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        const double share = share_at(i % WIDTH, i / WIDTH);
        for (int c = 0; c < 3; c++)
            data[3 * i + c] = (uint8_t)(to_level(share * to_light(NEAR_RGB[c]) +
                                                 (1 - share) * to_light(FAR_RGB[c])) +
                                        0.5);
    }
    const rl_pixels pixels = {
        .data = data, .width = WIDTH, .height = HEIGHT, .channels = 3, .sample_bytes = 1};
    rl_encoded png;
    relief_image *photo = NULL;
    assert_int_equal(rl_encode_png(ctx, &pixels, &png), RELIEF_OK);
    assert_int_equal(relief_image_load_memory(ctx, png.data, png.size, "disc.png", NULL, &photo),
                     RELIEF_OK);
    rl_free(png.data);
    free(data);
    return photo;
}

/* The disc's distance on a quarter of the raster. */
static float disc_depth(int x, int y, int width, int height) {
    (void)height;
    const int times = WIDTH / width;
    return inside(x * times + times / 2, y * times + times / 2) > 0 ? 2 : 8;
}

static test_scene disc_scene(relief_ctx *ctx, bool hard, int layers) {
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.layers = layers;
    options.hard_edges = hard;
    test_scene made = {.photo = disc_photo(ctx)};
    relief_depth *map = test_map(ctx, WIDTH / 4, HEIGHT / 4, RELIEF_METRES, disc_depth);
    assert_int_equal(relief_scene_new(ctx, made.photo, map, &options, &made.scene), RELIEF_OK);
    relief_depth_free(map);
    return made;
}

static const uint8_t *ribbon_at(const relief_scene *scene, int x, int y) {
    return (const uint8_t *)scene->ribbon->colour.data + 4 * ((size_t)y * WIDTH + (size_t)x);
}

/* The back's colour at a photo's pixel. */
static const uint8_t *back_at(const relief_scene *scene, int x, int y) {
    const rl_back *back = scene->back;
    const int texels = back->colour.width / back->width;
    return (const uint8_t *)back->colour.data +
           3 * ((size_t)(y + back->top * texels) * (size_t)back->colour.width +
                (size_t)(x + back->left * texels));
}

/* Holes lie around the outline, and only there; over all of them the ribbon and what lies behind
 * it make the photo. */
static void test_over_the_back_it_is_the_photo(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = disc_scene(ctx, false, 2);
    const relief_scene *scene = made.scene;
    assert_non_null(scene->ribbon);
    const uint8_t *photo = relief_image_pixels(made.photo);
    int holes = 0, on_outline = 0, outline = 0;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const bool hole = !scene->ribbon->stays[y * WIDTH + x];
            const bool mixed = share_at(x, y) > 0.1 && share_at(x, y) < 0.9;
            outline += mixed;
            on_outline += mixed && hole;
            holes += hole;
            if (!hole)
                continue;
            assert_true(fabs(inside(x, y)) < 20);
            const uint8_t *over = ribbon_at(scene, x, y), *under = back_at(scene, x, y);
            const double alpha = over[3] / 255.0;
            for (int c = 0; c < 3; c++) {
                const double seen =
                    to_level(alpha * to_light(over[c]) + (1 - alpha) * to_light(under[c]));
                assert_true(fabs(seen - photo[3 * (y * WIDTH + x) + c]) < 2.5);
            }
        }
    }
    /* Nearly all of the soft edge, and not much more than a band along it. */
    assert_true(on_outline > 0.9 * outline);
    assert_true(holes < 20 * 2 * 3.15 * RADIUS);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* Alpha is how much of each pixel is the disc, and colours are the disc's own. */
static void test_colours_are_the_near_side(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = disc_scene(ctx, false, 2);
    double alpha_off = 0, colour_off = 0, back_off = 0;
    int count = 0;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const double share = share_at(x, y);
            if (made.scene->ribbon->stays[y * WIDTH + x] || share < 0.2 || share > 0.9)
                continue;
            const uint8_t *rgba = ribbon_at(made.scene, x, y), *back = back_at(made.scene, x, y);
            alpha_off += fabs(rgba[3] / 255.0 - share);
            for (int c = 0; c < 3; c++) {
                colour_off += fabs(rgba[c] - NEAR_RGB[c]) / 3;
                back_off += fabs(back[c] - FAR_RGB[c]) / 3;
            }
            count++;
        }
    }
    assert_true(count > 2000);
    assert_true(alpha_off / count < 0.05);
    assert_true(colour_off / count < 15); /* the photo itself: about 50 */
    assert_true(back_off / count < 12);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static void test_none_where_it_is_not_wanted(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene hard = disc_scene(ctx, true, 2), one = disc_scene(ctx, false, 1);
    assert_null(hard.scene->ribbon);
    assert_null(one.scene->ribbon);
    test_scene_free(&hard);
    test_scene_free(&one);
    relief_ctx_free(ctx);
}

/* The primitives of a mesh, the last of which is the ribbon or not. */
static int count_surfaces(relief_ctx *ctx, const relief_scene *scene,
                          const relief_mesh_options *options, relief_layer *last) {
    relief_mesh *mesh;
    relief_surfaces *surfaces;
    relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    assert_int_equal(relief_mesh_new(ctx, scene, options, &mesh), RELIEF_OK);
    assert_int_equal(relief_surfaces_of_mesh(ctx, mesh, &surfaces), RELIEF_OK);
    relief_surfaces_get_info(surfaces, &info);
    const relief_surface *surface = relief_surfaces_get(surfaces, info.surface_count - 1);
    *last = surface->layer;
    assert_int_equal(surface->alpha,
                     *last == RELIEF_LAYER_RIBBON ? RELIEF_ALPHA_BLEND : RELIEF_ALPHA_OPAQUE);
    relief_surfaces_free(surfaces);
    relief_mesh_free(mesh);
    return info.surface_count;
}

static void test_it_is_drawn_last(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = disc_scene(ctx, false, 2);
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    relief_layer last;
    assert_int_equal(count_surfaces(ctx, made.scene, &options, &last), 3);
    assert_int_equal(last, RELIEF_LAYER_RIBBON);
    options.no_ribbon = true;
    assert_int_equal(count_surfaces(ctx, made.scene, &options, &last), 2);
    assert_int_equal(last, RELIEF_LAYER_FRONT);
    options = (relief_mesh_options)RELIEF_OPTIONS_INIT(relief_mesh_options);
    options.triangles = 500;
    assert_int_equal(count_surfaces(ctx, made.scene, &options, &last), 2);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* The same bits for any number of threads. */
static void test_threads(void **state) {
    (void)state;
    const size_t count = (size_t)WIDTH * HEIGHT;
    uint8_t *first = NULL, *stays = malloc(count);
    for (int threads = 1; threads <= 5; threads += 2) {
        relief_ctx *ctx = test_ctx(threads);
        test_scene made = disc_scene(ctx, false, 2);
        const rl_ribbon *ribbon = made.scene->ribbon;
        const rl_pixels *fill = &made.scene->back->colour;
        const size_t bytes = 4 * count, behind = 3 * (size_t)fill->width * (size_t)fill->height;
        if (!first) {
            first = malloc(bytes + behind);
            memcpy(first, ribbon->colour.data, bytes);
            memcpy(first + bytes, fill->data, behind);
            memcpy(stays, ribbon->stays, count);
        }
        assert_memory_equal(first, ribbon->colour.data, bytes);
        assert_memory_equal(first + bytes, fill->data, behind);
        assert_memory_equal(stays, ribbon->stays, count);
        test_scene_free(&made);
        relief_ctx_free(ctx);
    }
    free(first);
    free(stays);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_over_the_back_it_is_the_photo),
        cmocka_unit_test(test_colours_are_the_near_side),
        cmocka_unit_test(test_none_where_it_is_not_wanted),
        cmocka_unit_test(test_it_is_drawn_last),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
