/* SPDX-License-Identifier: Apache-2.0 */
/* Views in files hold what was drawn. */
#include "tests/render_testing.h"

#include "render/view_inside.h"

#include <stdio.h>
#include <unistd.h>

enum { WIDTH = 37, HEIGHT = 21 };
static char folder[64];

static const char *in_folder(const char *name) {
    static char path[2][160];
    static int turn;
    turn ^= 1;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

/* A smooth picture; with a hole in the last column when `holed`. */
static relief_view *make_view(bool holed) {
    relief_view *view = rl_calloc(1, sizeof *view);
    view->info.struct_size = sizeof view->info;
    view->info.width = WIDTH;
    view->info.height = HEIGHT;
    view->pixels = rl_calloc(WIDTH * HEIGHT, 4);
    view->depth = rl_calloc(WIDTH * HEIGHT, sizeof(float));
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        const int x = i % WIDTH, y = i / WIDTH;
        const uint8_t rgba[4] = {(uint8_t)(5 * x), (uint8_t)(9 * y), 120,
                                 holed && x == WIDTH - 1 ? 0 : 255};
        memcpy(view->pixels + 4 * (size_t)i, rgba, 4);
        view->depth[i] = 1.5F + 0.37F * (float)i;
        view->info.holed_pixels += rgba[3] == 0;
    }
    return view;
}

static void pictures_hold_the_pixels(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    for (int kind = 0; kind < 3; kind++) {
        relief_view *view = make_view(kind == 1);
        const char *path = in_folder(kind < 2 ? "view.png" : "view.jpg");
        relief_image *image = NULL;
        relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
        assert_int_equal(relief_view_save(ctx, view, path, false), RELIEF_OK);
        assert_int_equal(relief_image_load(ctx, path, NULL, &image), RELIEF_OK);
        relief_image_get_info(image, &info);
        assert_int_equal(info.width, WIDTH);
        assert_int_equal(info.height, HEIGHT);
        assert_int_equal(info.channels, kind == 1 ? 4 : 3);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
            for (int c = 0; c < info.channels; c++)
                assert_in_range(relief_image_pixels(image)[i * info.channels + c] + 6 -
                                    view->pixels[4 * i + c],
                                kind < 2 ? 6 : 0, kind < 2 ? 6 : 12);
        /* Our own file is replaced without being asked. */
        assert_int_equal(relief_view_save(ctx, view, path, false), RELIEF_OK);
        relief_image_free(image);
        relief_view_free(view);
    }
    relief_ctx_free(ctx);
}

static void a_jpeg_is_black_where_nothing_is(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_view *view = make_view(false);
    relief_image *image = NULL;
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        view->pixels[4 * i + 3] = 0;
    assert_int_equal(relief_view_save(ctx, view, in_folder("view.jpg"), false), RELIEF_OK);
    assert_int_equal(relief_image_load(ctx, in_folder("view.jpg"), NULL, &image), RELIEF_OK);
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        assert_in_range(relief_image_pixels(image)[i], 0, 2);
    relief_image_free(image);
    relief_view_free(view);
    relief_ctx_free(ctx);
}

static void depth_is_kept_to_the_bit(void **state) {
    (void)state;
    static const char *const names[2] = {"view.exr", "view.pfm"};
    relief_ctx *ctx = test_ctx(1);
    relief_view *view = make_view(false);
    for (int kind = 0; kind < 2; kind++) {
        relief_depth *depth = NULL;
        relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
        assert_int_equal(relief_view_save(ctx, view, in_folder(names[kind]), false), RELIEF_OK);
        assert_int_equal(relief_view_save(ctx, view, in_folder(names[kind]), false), RELIEF_OK);
        assert_int_equal(relief_depth_load(ctx, in_folder(names[kind]), RELIEF_METRES, &depth),
                         RELIEF_OK);
        relief_depth_get_info(depth, &info);
        assert_int_equal(info.width, WIDTH);
        assert_int_equal(info.height, HEIGHT);
        assert_memory_equal(relief_depth_values(depth), view->depth,
                            WIDTH * HEIGHT * sizeof(float));
        relief_depth_free(depth);
    }
    relief_view_free(view);
    relief_ctx_free(ctx);
}

static void what_cannot_be_written_is_refused(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_view *view = make_view(false);
    FILE *file = fopen(in_folder("foreign.png"), "w");
    assert_non_null(file);
    fputs("\x89PNG and not ours", file);
    fclose(file);
    assert_int_equal(relief_view_save(ctx, view, in_folder("foreign.png"), false),
                     RELIEF_ERROR_EXISTS);
    assert_int_equal(relief_view_save(ctx, view, in_folder("foreign.png"), true), RELIEF_OK);
    assert_int_equal(relief_view_save(ctx, view, in_folder("view.tga"), false),
                     RELIEF_ERROR_UNSUPPORTED);
    assert_int_equal(relief_view_save(ctx, view, in_folder("none/view.png"), false),
                     RELIEF_ERROR_IO);
    rl_free(view->depth);
    view->depth = NULL;
    assert_int_equal(relief_view_save(ctx, view, in_folder("other.exr"), false), RELIEF_ERROR_ARG);
    assert_int_equal(access(in_folder("other.exr"), F_OK), -1);
    relief_view_free(view);
    relief_ctx_free(ctx);
}

static void each_allocation_fails_once(void **state) {
    static const char *const names[] = {"view.png", "view.jpg", "view.exr", "view.pfm"};
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_view *view = make_view(true);
    const size_t live = relief_memory().live_bytes;
    for (int kind = 0; kind < 8; kind++) {
        int n = 0;
        for (bool failed = true; failed; n++) {
            rl_memory_fail_at(n, kind & 1);
            const relief_status status =
                relief_view_save(ctx, view, in_folder(names[kind / 2]), false);
            failed = rl_memory_failed();
            rl_memory_fail_at(-1, false);
            assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
            assert_int_equal(relief_memory().live_bytes, live);
        }
        assert_true(n > 2);
    }
    relief_view_free(view);
    relief_ctx_free(ctx);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/relief-views-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    static const char *const names[] = {"view.png", "view.jpg", "view.exr", "view.pfm",
                                        "foreign.png"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_folder(names[i]));
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_hold_the_pixels),
        cmocka_unit_test(a_jpeg_is_black_where_nothing_is),
        cmocka_unit_test(depth_is_kept_to_the_bit),
        cmocka_unit_test(what_cannot_be_written_is_refused),
        cmocka_unit_test(each_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
