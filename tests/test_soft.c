/* SPDX-License-Identifier: Apache-2.0 */
/* Our own rasteriser: the fast way against the plain one, and what it must show. */
#include "tests/scene_testing.h"

#include "image/texture.h"
#include "relief/path.h"
#include "render/soft.h"

/* A scene ready to be drawn. */
typedef struct drawn {
    test_scene scene;
    relief_mesh *mesh;
    relief_surfaces *surfaces;
    relief_surfaces_info info;
} drawn;

static drawn open_photo(relief_ctx *ctx, relief_image *photo, test_map_fn map, int layers) {
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_image_info facts = RELIEF_OPTIONS_INIT(relief_image_info);
    drawn d = {.scene.photo = photo, .info = RELIEF_OPTIONS_INIT(relief_surfaces_info)};
    options.fov_degrees = 90;
    options.layers = layers;
    relief_image_get_info(photo, &facts);
    relief_depth *depth = test_map(ctx, facts.width, facts.height, RELIEF_METRES, map);
    assert_int_equal(relief_scene_new(ctx, photo, depth, &options, &d.scene.scene), RELIEF_OK);
    relief_depth_free(depth);
    assert_int_equal(relief_mesh_new(ctx, d.scene.scene, NULL, &d.mesh), RELIEF_OK);
    assert_int_equal(relief_surfaces_of_mesh(ctx, d.mesh, &d.surfaces), RELIEF_OK);
    relief_surfaces_get_info(d.surfaces, &d.info);
    return d;
}

static drawn open_scene(relief_ctx *ctx, int width, int height, test_map_fn map, int layers) {
    return open_photo(ctx, test_photo(ctx, width, height, 3, 0), map, layers);
}

static void drawn_free(drawn *d) {
    relief_surfaces_free(d->surfaces);
    relief_mesh_free(d->mesh);
    test_scene_free(&d->scene);
}

/* The camera of a view that shows all of the photo, moved. */
static rl_view_camera camera_at(relief_ctx *ctx, const drawn *d, int width, int height,
                                const double move[3]) {
    relief_view_options view = RELIEF_OPTIONS_INIT(relief_view_options);
    rl_view_camera camera;
    view.width = width;
    view.height = height;
    view.focal_px = d->info.focal_px * width / d->info.width;
    for (int k = 0; k < 3; k++)
        view.position[k] = (k == 2 ? -1 : 1) * move[k] * d->info.near_depth;
    assert_int_equal(rl_view_camera_solve(ctx, &view, d->info.near_depth, &camera), RELIEF_OK);
    return camera;
}

static uint8_t *draw(relief_ctx *ctx, const drawn *d, const rl_view_camera *camera, int supersample,
                     int64_t *holed) {
    rl_soft *soft;
    rl_soft_frame frame = {.rgba = malloc((size_t)camera->width * (size_t)camera->height * 4)};
    assert_int_equal(rl_soft_new(ctx, d->surfaces, camera->focal_px * supersample, &soft),
                     RELIEF_OK);
    assert_int_equal(rl_soft_draw(ctx, soft, camera, supersample, &frame), RELIEF_OK);
    rl_soft_free(soft);
    *holed = frame.holed;
    return frame.rgba;
}

static void from_the_source_it_is_the_photo(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    static const test_map_fn maps[] = {test_floor, test_box, test_corner, test_things, test_noise};
    for (size_t m = 0; m < sizeof maps / sizeof *maps; m++) {
        for (int layers = 1; layers <= 2; layers++) {
            drawn d = open_scene(ctx, 131, 97, maps[m], layers);
            const double still[3] = {0, 0, 0};
            const rl_view_camera camera = camera_at(ctx, &d, 131, 97, still);
            int64_t holed;
            uint8_t *rgba = draw(ctx, &d, &camera, 2, &holed);
            const uint8_t *photo = relief_image_pixels(d.scene.photo);
            assert_int_equal(holed, 0);
            for (size_t i = 0; i < (size_t)131 * 97; i++)
                for (size_t c = 0; c < 3; c++)
                    assert_true(abs(rgba[4 * i + c] - photo[3 * i + c]) <= 1);
            free(rgba);
            drawn_free(&d);
        }
    }
    relief_ctx_free(ctx);
}

/* Both ways to fill, on every triangle and tile of a scene, from several places. */
static void the_fast_way_gives_the_plain_ways_bits(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    static const double moves[][3] = {{0, 0, 0}, {0.11, 0.07, 0.13}, {-0.2, 0.01, -0.3}};
    static rl_soft_samples fast, plain;
    drawn d = open_scene(ctx, 150, 110, test_things, 2);
    for (size_t m = 0; m < sizeof moves / sizeof *moves; m++) {
        const rl_view_camera camera = camera_at(ctx, &d, 127, 93, moves[m]);
        rl_soft *soft;
        assert_int_equal(rl_soft_new(ctx, d.surfaces, camera.focal_px * 2, &soft), RELIEF_OK);
        rl_soft_project(ctx, soft, &camera, 2);
        for (int top = 0; top < 186; top += RL_SOFT_TILE) {
            for (int left = 0; left < 254; left += RL_SOFT_TILE) {
                const rl_soft_place place = {left, top, left + 64 < 254 ? left + 64 : 254,
                                             top + 64 < 186 ? top + 64 : 186};
                memset(&fast, 0, sizeof fast);
                memset(&plain, 0, sizeof plain);
                for (int i = 0; i < soft->surface_count; i++) {
                    const rl_soft_surface *surface = &soft->surfaces[i];
                    for (int64_t t = 0; t < surface->triangle_count; t++) {
                        rl_soft_triangle triangle;
                        if (!rl_soft_set_up(surface, t, 254, 186, &triangle))
                            continue;
                        rl_soft_fill(surface, &triangle, &place, &fast);
                        rl_soft_fill_plainly(surface, &triangle, &place, &plain);
                    }
                }
                for (int y = 0; y < place.bottom - top; y++) {
                    const size_t row = (size_t)y * RL_SOFT_TILE;
                    const size_t count = (size_t)(place.right - left);
                    assert_memory_equal(fast.nearest + row, plain.nearest + row, count * 4);
                    assert_memory_equal(fast.colour[row], plain.colour[row], count * 16);
                }
            }
        }
        rl_soft_free(soft);
    }
    drawn_free(&d);
    relief_ctx_free(ctx);
}

static void threads_change_nothing(void **state) {
    (void)state;
    uint8_t *first = NULL;
    const double move[3] = {0.05, -0.03, 0.04};
    for (int threads = 1; threads <= 5; threads += 2) {
        relief_ctx *ctx = test_ctx(threads);
        drawn d = open_scene(ctx, 200, 150, test_things, 2);
        const rl_view_camera camera = camera_at(ctx, &d, 222, 166, move);
        int64_t holed;
        uint8_t *rgba = draw(ctx, &d, &camera, 3, &holed);
        if (first)
            assert_memory_equal(first, rgba, (size_t)222 * 166 * 4);
        if (first)
            free(rgba);
        else
            first = rgba;
        drawn_free(&d);
        relief_ctx_free(ctx);
    }
    free(first);
}

/* A step of light in the photo, seen at half its size, is averaged as light. */
static uint8_t stripes(int x, int y) {
    (void)y;
    return x % 2 ? 255 : 0;
}

static void smaller_pictures_are_averaged_as_light(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    const double still[3] = {0, 0, 0};
    drawn d = open_photo(ctx, test_grey_photo(ctx, 160, 120, stripes), test_floor, 1);
    for (int supersample = 1; supersample <= 2; supersample++) {
        const rl_view_camera camera = camera_at(ctx, &d, 80, 60, still);
        int64_t holed;
        uint8_t *rgba = draw(ctx, &d, &camera, supersample, &holed);
        for (size_t i = 0; i < (size_t)80 * 60; i++)
            assert_true(abs(rgba[4 * i] - 188) <= 1); /* half the light */
        free(rgba);
    }
    drawn_free(&d);
    relief_ctx_free(ctx);
}

static void alpha_is_drawn(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    const double still[3] = {0, 0, 0};
    /* Alpha 0 in every other column is cut out; 128 is blended with nothing. */
    for (int alpha = 0; alpha <= 128; alpha += 128) {
        drawn d = open_photo(ctx, test_photo(ctx, 64, 48, 4, (uint8_t)alpha), test_floor, 1);
        const rl_view_camera camera = camera_at(ctx, &d, 64, 48, still);
        int64_t holed;
        uint8_t *rgba = draw(ctx, &d, &camera, 2, &holed);
        const uint8_t *photo = relief_image_pixels(d.scene.photo);
        assert_int_equal(holed, 64 * 48 / 2);
        for (size_t i = 0; i < (size_t)64 * 48; i++) {
            assert_true(abs(rgba[4 * i + 3] - photo[4 * i + 3]) <= 1);
            for (size_t c = 0; c < 3 && photo[4 * i + 3]; c++)
                assert_true(abs(rgba[4 * i + c] - photo[4 * i + c]) <= 1);
        }
        free(rgba);
        drawn_free(&d);
    }
    relief_ctx_free(ctx);
}

static void without_memory_nothing_is_left(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    const double still[3] = {0, 0, 0};
    drawn d = open_scene(ctx, 64, 48, test_box, 2);
    const rl_view_camera camera = camera_at(ctx, &d, 64, 48, still);
    uint8_t rgba[64 * 48 * 4];
    const size_t live = relief_memory().live_bytes;
    for (int64_t n = 0;; n++) {
        rl_soft *soft = NULL;
        rl_soft_frame frame = {.rgba = rgba};
        rl_memory_fail_at(n, false);
        relief_status status = rl_soft_new(ctx, d.surfaces, 1000, &soft);
        if (!status)
            status = rl_soft_draw(ctx, soft, &camera, 1, &frame);
        const bool failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        rl_soft_free(soft);
        assert_int_equal(relief_memory().live_bytes, live);
        if (!failed) {
            assert_int_equal(status, RELIEF_OK);
            break;
        }
        assert_int_not_equal(status, RELIEF_OK);
    }
    drawn_free(&d);
    relief_ctx_free(ctx);
}

/* A stranger's texture coordinates may lie anywhere; the edge's colours go on there. Read too far,
 * the sanitizer sees it. */
static void coordinates_beyond_the_texture_are_the_edge(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    static const float beyond[] = {1.02F, 7, -3};
    drawn d = open_scene(ctx, 61, 47, test_floor, 1);
    const relief_surface *surface = relief_surfaces_get(d.surfaces, 0);
    float *uvs = (float *)(uintptr_t)surface->uvs;
    const double still[3] = {0, 0, 0};
    const rl_view_camera camera = camera_at(ctx, &d, 61, 47, still);
    const uint8_t *photo = relief_image_pixels(d.scene.photo);
    for (size_t k = 0; k < sizeof beyond / sizeof *beyond; k++) {
        for (int64_t i = 0; i < 2 * surface->vertex_count; i++)
            uvs[i] = beyond[k];
        int64_t holed;
        uint8_t *rgba = draw(ctx, &d, &camera, 1, &holed);
        const uint8_t *corner = beyond[k] < 0 ? photo : photo + 3 * (61 * 47 - 1);
        for (int c = 0; c < 3; c++)
            assert_true(abs(rgba[4 * (20 * 61 + 30) + c] - corner[c]) <= 2);
        free(rgba);
    }
    drawn_free(&d);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_the_source_it_is_the_photo),
        cmocka_unit_test(the_fast_way_gives_the_plain_ways_bits),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(smaller_pictures_are_averaged_as_light),
        cmocka_unit_test(coordinates_beyond_the_texture_are_the_edge),
        cmocka_unit_test(alpha_is_drawn),
        cmocka_unit_test(without_memory_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
