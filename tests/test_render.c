/* SPDX-License-Identifier: Apache-2.0 */
/* Views against geometry and light that are known in closed form. */
#include "tests/render_testing.h"

#include "render/render_inside.h"

#include <stdio.h>

enum { WIDTH = 96, HEIGHT = 64 };
static const double FOCAL = 80;

static relief_renderer *open_renderer(relief_ctx *ctx, int max_texture) {
    relief_renderer_options options = RELIEF_OPTIONS_INIT(relief_renderer_options);
    relief_renderer *renderer = NULL;
    options.software = true;
    options.max_texture_side = max_texture;
    const relief_status status = relief_renderer_new(ctx, &options, &renderer);
    if (status)
        print_message("%s\n", relief_last_error(ctx));
    assert_int_equal(status, RELIEF_OK);
    return renderer;
}

static relief_view_options source_view(const relief_surfaces *surfaces) {
    relief_view_options options = RELIEF_OPTIONS_INIT(relief_view_options);
    options.width = surfaces->info.width;
    options.height = surfaces->info.height;
    options.focal_px = surfaces->info.focal_px;
    return options;
}

/* Draw a scene once. */
static relief_view *draw(relief_ctx *ctx, const relief_surfaces *surfaces,
                         const relief_view_options *options, int max_texture) {
    relief_renderer *renderer = open_renderer(ctx, max_texture);
    relief_view *view = NULL;
    assert_int_equal(relief_renderer_add(ctx, renderer, surfaces), RELIEF_OK);
    assert_int_equal(relief_renderer_draw(ctx, renderer, options, &view), RELIEF_OK);
    relief_renderer_free(renderer);
    return view;
}

static relief_view_info info_of(const relief_view *view) {
    relief_view_info info = RELIEF_OPTIONS_INIT(relief_view_info);
    relief_view_get_info(view, &info);
    return info;
}

static const uint8_t *pixel(const relief_view *view, int x, int y) {
    return relief_view_pixels(view) + 4 * ((size_t)y * (size_t)info_of(view).width + (size_t)x);
}

static test_patch wall(double depth, test_texel_fn texel) {
    return (test_patch){.right = WIDTH, .bottom = HEIGHT, .depth = {depth, depth}, .texel = texel};
}

/* A wall 4 m away and before it, 2 m away, a pane that covers columns 32 to 64, rows 16 to 48. */
static relief_surfaces *wall_and_pane(relief_ctx *ctx, test_texel_fn behind, test_texel_fn before) {
    relief_surfaces *surfaces = test_surfaces(ctx, WIDTH, HEIGHT, FOCAL);
    const test_patch back = wall(4, behind);
    const test_patch pane = {
        .left = 32, .top = 16, .right = 64, .bottom = 48, .depth = {2, 2}, .texel = before};
    test_add_patch(ctx, surfaces, &back);
    test_add_patch(ctx, surfaces, &pane);
    return surfaces;
}

static void source_view_is_the_picture(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    /* A slanted wall: the texture would run differently along the surface. */
    relief_surfaces *surfaces = test_surfaces(ctx, WIDTH, HEIGHT, FOCAL);
    test_patch slanted = wall(2, test_texel_pattern);
    slanted.depth[1] = 9;
    test_add_patch(ctx, surfaces, &slanted);
    relief_view_options options = source_view(surfaces);
    for (int supersample = 1; supersample <= 4; supersample++) {
        options.supersample = supersample;
        relief_view *view = draw(ctx, surfaces, &options, 0);
        assert_int_equal(info_of(view).holed_pixels, 0);
        assert_true(info_of(view).coverage == 1);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            uint8_t rgba[4];
            test_texel_pattern(i % WIDTH, i / WIDTH, rgba);
            assert_memory_equal(rgba, pixel(view, i % WIDTH, i / WIDTH), 4);
        }
        relief_view_free(view);
    }
    options.plain_uvs = true;
    relief_view *plain = draw(ctx, surfaces, &options, 0);
    uint8_t rgba[4];
    test_texel_pattern(WIDTH / 2, HEIGHT / 2, rgba);
    assert_memory_not_equal(rgba, pixel(plain, WIDTH / 2, HEIGHT / 2), 4);
    relief_view_free(plain);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

static void a_move_shifts_by_parallax(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_surfaces *surfaces = wall_and_pane(ctx, test_texel_pattern, test_texel_white);
    relief_view_options options = source_view(surfaces);
    options.position[0] = 0.4; /* 8 pixels at 4 m, 16 at 2 m */
    options.depth = true;
    relief_view *view = draw(ctx, surfaces, &options, 0);
    const float *depth = relief_view_depth(view);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const bool on_pane = x >= 16 && x < 48 && y >= 16 && y < 48;
            const bool on_wall = x < WIDTH - 8;
            uint8_t rgba[4];
            test_texel_pattern(x + 8, y, rgba);
            if (on_pane)
                memset(rgba, 255, 4);
            else if (!on_wall)
                memset(rgba, 0, 4);
            assert_memory_equal(rgba, pixel(view, x, y), 4);
            const float exact = on_pane ? 2 : on_wall ? 4 : 0;
            assert_true(fabsf(depth[y * WIDTH + x] - exact) <= 1e-5F * exact);
        }
    }
    assert_int_equal(info_of(view).holed_pixels, 8 * HEIGHT);
    assert_true(fabs(info_of(view).coverage - (1 - 8.0 / WIDTH)) < 1e-12);
    relief_view_free(view);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

static void a_torn_edge_leaves_a_hole(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene made = test_scene_new(
        ctx, 128, 128, RELIEF_METRES, test_box,
        &(relief_scene_options){.struct_size = sizeof(relief_scene_options), .fov_degrees = 90});
    relief_mesh *mesh = NULL;
    relief_surfaces *surfaces = NULL;
    assert_int_equal(relief_mesh_new(ctx, made.scene, NULL, &mesh), RELIEF_OK);
    assert_int_equal(relief_surfaces_of_mesh(ctx, mesh, &surfaces), RELIEF_OK);
    relief_view_options options = source_view(surfaces);
    options.position[0] = 0.25; /* 64 px * 0.25 m: 8 pixels at 2 m, 4 at 4 m */
    options.stretch = true;
    relief_view *view = draw(ctx, surfaces, &options, 0);
    const relief_view_info info = info_of(view);
    /* 4 columns beside the box, which is 32 pixels high, and 4 at the frame's edge. */
    assert_int_equal(info.holed_pixels, 4 * 32 + 4 * 128);
    assert_int_equal(info.front_pixels, 128 * 128 - info.holed_pixels);
    assert_true(info.stretched == 0);
    assert_true(info.worst_stretch < 1.01);
    relief_view_free(view);
    relief_surfaces_free(surfaces);
    relief_mesh_free(mesh);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static void cameras_turn_and_come_closer(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_surfaces *surfaces = wall_and_pane(ctx, test_texel_pattern, test_texel_white);
    relief_view_options options = source_view(surfaces);
    options.depth = true;
    options.width = options.height = 65; /* a pixel's centre is the view's */
    options.position[2] = -1;
    relief_view *view = draw(ctx, surfaces, &options, 0);
    const size_t middle = 32 * 65 + 32;
    assert_true(fabsf(relief_view_depth(view)[middle] - 1) < 1e-5F);
    relief_view_free(view);
    /* From 3 m aside towards the pane's middle. */
    options.position[0] = 3;
    options.position[2] = 0;
    const double target[3] = {0, 0, -2}, away = sqrt(9 + 4);
    assert_true(relief_view_look_at(&options, target));
    view = draw(ctx, surfaces, &options, 0);
    assert_true(fabs((double)relief_view_depth(view)[middle] - away) < 1e-4);
    assert_int_equal(pixel(view, 32, 32)[0], 255);
    relief_view_free(view);
    assert_false(relief_view_look_at(&options, options.position));
    /* Straight down there is no horizon to keep level, but a picture. */
    const double below[3] = {3, -5, 0};
    assert_true(relief_view_look_at(&options, below));
    assert_true(fabs(options.up[2] + 1) < 1e-12);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

static void samples_are_averaged_in_light(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_surfaces *surfaces = wall_and_pane(ctx, test_texel_black, test_texel_white);
    relief_view_options options = source_view(surfaces);
    options.shift_px[0] = 0.5; /* the pane's left edge runs through the middle of column 32 */
    relief_view *view = draw(ctx, surfaces, &options, 0);
    assert_int_equal(pixel(view, 31, 32)[1], 0);
    assert_int_equal(pixel(view, 32, 32)[1], 188); /* one half of white's light */
    assert_int_equal(pixel(view, 33, 32)[1], 255);
    assert_int_equal(pixel(view, 0, 32)[3], 128); /* half a pixel of nothing */
    assert_int_equal(info_of(view).holed_pixels, HEIGHT);
    relief_view_free(view);
    const uint16_t *linear = rl_srgb_to_linear();
    for (int code = 0; code < 256; code++) {
        assert_int_equal(rl_srgb_from_linear()[linear[code]], code);
        const double c = code / 255.0;
        const double light = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
        assert_true(fabs(linear[code] - light * 65535) <= 0.5);
    }
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

static void alpha_is_drawn_by_its_mode(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_surfaces *surfaces = test_surfaces(ctx, WIDTH, HEIGHT, FOCAL);
    test_patch behind = wall(4, test_texel_black), before = wall(3, test_texel_veil);
    behind.bottom = 32;
    before.layer = RELIEF_LAYER_RIBBON;
    before.alpha = RELIEF_ALPHA_BLEND;
    test_add_patch(ctx, surfaces, &before); /* blended last, wherever it stands */
    test_add_patch(ctx, surfaces, &behind);
    const relief_view_options options = source_view(surfaces);
    relief_view *view = draw(ctx, surfaces, &options, 0);
    assert_in_range(pixel(view, 8, 8)[0], 187, 189); /* 128 / 255 of white's light */
    assert_int_equal(pixel(view, 8, 8)[3], 255);
    assert_int_equal(pixel(view, 8, 40)[3], 128); /* over nothing it stays what it is */
    assert_in_range(pixel(view, 8, 40)[0], 254, 255);
    relief_view_free(view);
    relief_surfaces_free(surfaces);

    surfaces = test_surfaces(ctx, WIDTH, HEIGHT, FOCAL);
    behind = wall(4, test_texel_black);
    before = wall(3, test_texel_fence);
    before.alpha = RELIEF_ALPHA_MASK;
    test_add_patch(ctx, surfaces, &before);
    test_add_patch(ctx, surfaces, &behind);
    view = draw(ctx, surfaces, &options, 0);
    assert_int_equal(pixel(view, 10, 8)[0], 0);
    assert_int_equal(pixel(view, 11, 8)[0], 255);
    assert_int_equal(info_of(view).holed_pixels, 0);
    relief_view_free(view);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

/* A scene larger than the least texture limit in both directions. */
static relief_surfaces *large_scene(relief_ctx *ctx) {
    relief_surfaces *surfaces = test_surfaces(ctx, 400, 300, 330);
    const test_patch all = {
        .right = 400, .bottom = 300, .depth = {2, 7}, .texel = test_texel_pattern};
    test_add_patch(ctx, surfaces, &all);
    return surfaces;
}

static void tiles_do_not_show(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_surfaces *surfaces = large_scene(ctx);
    relief_renderer *tiled = open_renderer(ctx, 128);
    relief_renderer_info info = RELIEF_OPTIONS_INIT(relief_renderer_info);
    assert_int_equal(relief_renderer_add(ctx, tiled, surfaces), RELIEF_OK);
    relief_renderer_get_info(tiled, &info);
    assert_int_equal(info.texture_tiles, 7 * 5); /* 64 texels inside of each border */
    assert_int_equal(info.max_texture_side, 128);
    relief_view_options options = source_view(surfaces);
    options.position[0] = 0.13;
    options.position[2] = -0.2;
    /* At full size, and with mip levels: a half, a fifth, a fortieth. */
    const double scales[4] = {1, 0.5, 0.2, 0.025};
    for (int k = 0; k < 4; k++) {
        options.width = (int)(400 * scales[k]);
        options.height = (int)(300 * scales[k]);
        options.focal_px = 330 * scales[k];
        relief_view *whole = draw(ctx, surfaces, &options, 0), *cut = NULL;
        assert_int_equal(relief_renderer_draw(ctx, tiled, &options, &cut), RELIEF_OK);
        for (size_t i = 0; i < (size_t)options.width * (size_t)options.height * 4; i++)
            assert_in_range(relief_view_pixels(cut)[i] + 1 - relief_view_pixels(whole)[i], 0, 2);
        relief_view_free(whole);
        relief_view_free(cut);
    }
    relief_renderer_free(tiled);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

static void a_large_texture_is_cut_at_1024(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_surfaces *surfaces = test_surfaces(ctx, 2300, 1100, 2000);
    const test_patch all = {
        .right = 2300, .bottom = 1100, .depth = {2, 3}, .texel = test_texel_pattern};
    test_add_patch(ctx, surfaces, &all);
    relief_renderer *tiled = open_renderer(ctx, 1024);
    relief_renderer_info info = RELIEF_OPTIONS_INIT(relief_renderer_info);
    relief_view *view = NULL;
    assert_int_equal(relief_renderer_add(ctx, tiled, surfaces), RELIEF_OK);
    relief_renderer_get_info(tiled, &info);
    assert_int_equal(info.texture_tiles, 3 * 2); /* 960 texels inside of each border */
    const relief_view_options options = source_view(surfaces);
    assert_int_equal(relief_renderer_draw(ctx, tiled, &options, &view), RELIEF_OK);
    for (int i = 0; i < 2300 * 1100; i++) {
        uint8_t rgba[4];
        test_texel_pattern(i % 2300, i / 2300, rgba);
        assert_true(!memcmp(rgba, relief_view_pixels(view) + 4 * (size_t)i, 4));
    }
    relief_view_free(view);
    relief_renderer_free(tiled);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

static void the_plan_of_tiles_covers_the_texture(void **state) {
    (void)state;
    const int sides[][3] = {{1, 1, 128},         {128, 128, 128},      {129, 1, 128},
                            {4000, 3000, 1024},  {16384, 16384, 1024}, {16384, 5, 16384},
                            {1000, 16384, 8192}, {961, 960, 1024}};
    for (size_t k = 0; k < sizeof sides / sizeof *sides; k++) {
        const rl_tiling plan = rl_tiling_plan(sides[k][0], sides[k][1], sides[k][2]);
        const int unit = 1 << (plan.levels - 1);
        assert_true(plan.layer_width <= sides[k][2] && plan.layer_height <= sides[k][2]);
        assert_true(plan.columns * plan.inner >= plan.width);
        assert_true((plan.columns - 1) * plan.inner < plan.width);
        assert_true(plan.rows * plan.inner >= plan.height);
        assert_int_equal(plan.inner % unit, 0);
        assert_int_equal(plan.layer_width % unit, 0);
        assert_int_equal(plan.border, plan.columns * plan.rows > 1 ? unit : 0);
    }
}

static void coarse_levels_keep_the_light(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_surfaces *surfaces = test_surfaces(ctx, 256, 256, 256);
    const test_patch all = {
        .right = 256, .bottom = 256, .depth = {3, 3}, .texel = test_texel_fence};
    test_add_patch(ctx, surfaces, &all);
    /* Every other column white, the rest, which is not there, white too: nothing darkens. */
    surfaces->items[0].surface.alpha = RELIEF_ALPHA_BLEND;
    relief_view_options options = source_view(surfaces);
    options.width = options.height = 16;
    options.focal_px = 16;
    relief_view *view = draw(ctx, surfaces, &options, 0);
    for (int i = 0; i < 16 * 16; i++) {
        assert_in_range(pixel(view, i % 16, i / 16)[0], 253, 255);
        assert_in_range(pixel(view, i % 16, i / 16)[3], 127, 129);
    }
    relief_view_free(view);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

static void stretch_tells_rubber_from_floors(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_surfaces *surfaces = test_surfaces(ctx, WIDTH, HEIGHT, FOCAL);
    /* A wall that falls away to the right: foreshortened, as a whole, when the camera moves. */
    test_patch slanted = wall(1, test_texel_pattern);
    slanted.depth[1] = 12;
    test_add_patch(ctx, surfaces, &slanted);
    relief_view_options options = source_view(surfaces);
    options.position[0] = -0.2;
    options.stretch = true;
    relief_view *view = draw(ctx, surfaces, &options, 0);
    assert_true(info_of(view).front_pixels > WIDTH * HEIGHT / 2);
    assert_true(info_of(view).worst_stretch < 1.05);
    relief_view_free(view);
    relief_surfaces_free(surfaces);
    /* A step from 1 to 4 m over one pixel, 40 rows high: seen from 0.1 m aside, 8 and 2 pixels of
     * parallax, that pixel is 7 wide, and nothing else is stretched. */
    surfaces = test_surfaces(ctx, WIDTH, HEIGHT, FOCAL);
    const test_patch parts[3] = {
        {.right = 48, .top = 10, .bottom = 50, .depth = {1, 1}, .texel = test_texel_pattern},
        {.left = 48,
         .right = 49,
         .top = 10,
         .bottom = 50,
         .depth = {1, 4},
         .texel = test_texel_white},
        {.left = 49,
         .right = WIDTH,
         .top = 10,
         .bottom = 50,
         .depth = {4, 4},
         .texel = test_texel_pattern},
    };
    for (int k = 0; k < 3; k++)
        test_add_patch(ctx, surfaces, &parts[k]);
    options.position[0] = 0.1;
    view = draw(ctx, surfaces, &options, 0);
    relief_view_info info = info_of(view);
    assert_int_equal(info.largest_group, 7 * 40);
    assert_true(fabs(info.stretched * (double)info.front_pixels - 7 * 40) < 0.5);
    assert_true(fabs(info.worst_stretch - 7) < 0.1);
    relief_view_free(view);
    /* What is filled in is not the front. */
    for (int k = 0; k < 3; k++)
        surfaces->items[k].surface.layer = RELIEF_LAYER_BACK;
    view = draw(ctx, surfaces, &options, 0);
    assert_int_equal(info_of(view).front_pixels, 0);
    assert_int_equal(info_of(view).largest_group, 0);
    relief_view_free(view);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

static void wide_views_are_drawn_in_boxes(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    relief_surfaces *surfaces = wall_and_pane(ctx, test_texel_pattern, test_texel_white);
    relief_view_options options = source_view(surfaces);
    enum { WIDE = 3000, LOW = 8, LEFT = 2048 };
    options.width = WIDE;
    options.height = LOW;
    options.focal_px = FOCAL * 32;
    options.depth = true;
    relief_view *whole = draw(ctx, surfaces, &options, 0);
    options.width = WIDE - LEFT;
    options.shift_px[0] = 0.5 * WIDE - LEFT - 0.5 * (WIDE - LEFT);
    relief_view *part = draw(ctx, surfaces, &options, 0);
    for (int y = 0; y < LOW; y++) {
        for (int x = 0; x < WIDE - LEFT; x++)
            for (int c = 0; c < 4; c++)
                assert_in_range(pixel(whole, LEFT + x, y)[c] + 1 - pixel(part, x, y)[c], 0, 2);
        assert_memory_equal(relief_view_depth(whole) + y * WIDE + LEFT,
                            relief_view_depth(part) + y * (WIDE - LEFT),
                            (WIDE - LEFT) * sizeof(float));
    }
    relief_view_free(whole);
    relief_view_free(part);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    relief_view *views[2];
    relief_surfaces *surfaces;
    for (int k = 0; k < 2; k++) {
        relief_ctx *ctx = test_ctx(k ? 5 : 1);
        surfaces = large_scene(ctx);
        relief_view_options options = source_view(surfaces);
        options.position[1] = 0.2;
        options.focal_px = 110; /* with mip levels */
        options.depth = options.stretch = true;
        views[k] = draw(ctx, surfaces, &options, 0);
        relief_surfaces_free(surfaces);
        relief_ctx_free(ctx);
    }
    assert_memory_equal(relief_view_pixels(views[0]), relief_view_pixels(views[1]), 400 * 300 * 4);
    assert_memory_equal(relief_view_depth(views[0]), relief_view_depth(views[1]),
                        400 * 300 * sizeof(float));
    assert_memory_equal(relief_view_stretch(views[0]), relief_view_stretch(views[1]),
                        400 * 300 * sizeof(float));
    relief_view_free(views[0]);
    relief_view_free(views[1]);
}

static void nonsense_is_refused(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_surfaces *surfaces = wall_and_pane(ctx, test_texel_pattern, test_texel_white);
    relief_renderer *renderer = open_renderer(ctx, 0);
    relief_view *view = NULL;
    assert_int_equal(relief_renderer_add(ctx, renderer, surfaces), RELIEF_OK);
    relief_view_options wrong[8];
    for (int k = 0; k < 8; k++)
        wrong[k] = source_view(surfaces);
    wrong[0].width = 0;
    wrong[1].height = RELIEF_MAX_SIDE + 1;
    wrong[2].focal_px = 0;
    wrong[3].focal_px = NAN;
    wrong[4].position[1] = INFINITY;
    wrong[5].supersample = 9;
    wrong[6].right[0] = 1; /* and no up */
    wrong[7].right[0] = wrong[7].up[0] = 1;
    for (int k = 0; k < 8; k++) {
        assert_int_equal(relief_renderer_draw(ctx, renderer, &wrong[k], &view), RELIEF_ERROR_ARG);
        assert_null(view);
    }
    /* The renderer is as good as before. */
    assert_int_equal(relief_renderer_clear(ctx, renderer), RELIEF_OK);
    ((uint32_t *)surfaces->items[1].geometry[2])[5] = 4;
    assert_int_equal(relief_renderer_add(ctx, renderer, surfaces), RELIEF_ERROR_FORMAT);
    ((uint32_t *)surfaces->items[1].geometry[2])[5] = 3;
    surfaces->items[1].surface.picture_size = 20;
    assert_int_equal(relief_renderer_add(ctx, renderer, surfaces), RELIEF_ERROR_FORMAT);
    relief_renderer_info info = RELIEF_OPTIONS_INIT(relief_renderer_info);
    relief_renderer_get_info(renderer, &info);
    assert_int_equal(info.surface_count, 2); /* the first one of each try */
    relief_view_options good = source_view(surfaces);
    assert_int_equal(relief_renderer_draw(ctx, renderer, &good, &view), RELIEF_OK);
    assert_int_equal(info_of(view).holed_pixels, 0);
    relief_view_free(view);
    relief_renderer_free(renderer);
    const relief_renderer_options small = {.struct_size = sizeof small, .max_texture_side = 127};
    assert_int_equal(relief_renderer_new(ctx, &small, &renderer), RELIEF_ERROR_ARG);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

/* Everything that is allocated on the way to a view with all that can be asked for. */
static relief_status whole_way(relief_ctx *ctx, const relief_surfaces *surfaces) {
    relief_renderer *renderer = NULL;
    relief_view *view = NULL;
    relief_view_options options = source_view(surfaces);
    options.focal_px = 100;
    options.depth = options.stretch = true;
    relief_status status = relief_renderer_new(ctx, NULL, &renderer);
    if (!status)
        status = relief_renderer_add(ctx, renderer, surfaces);
    if (!status)
        status = relief_renderer_draw(ctx, renderer, &options, &view);
    relief_view_free(view);
    relief_renderer_free(renderer);
    return status;
}

static void each_allocation_fails_once(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_surfaces *surfaces = large_scene(ctx);
    assert_int_equal(whole_way(ctx, surfaces), RELIEF_OK);
    const size_t live = relief_memory().live_bytes;
    for (int sticky = 0; sticky < 2; sticky++) {
        int n = 0;
        for (bool failed = true; failed; n++) {
            rl_memory_fail_at(n, sticky);
            const relief_status status = whole_way(ctx, surfaces);
            failed = rl_memory_failed();
            rl_memory_fail_at(-1, false);
            assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
            assert_int_equal(relief_memory().live_bytes, live);
        }
        assert_true(n > 20);
    }
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_view_is_the_picture),
        cmocka_unit_test(a_move_shifts_by_parallax),
        cmocka_unit_test(a_torn_edge_leaves_a_hole),
        cmocka_unit_test(cameras_turn_and_come_closer),
        cmocka_unit_test(samples_are_averaged_in_light),
        cmocka_unit_test(alpha_is_drawn_by_its_mode),
        cmocka_unit_test(tiles_do_not_show),
        cmocka_unit_test(a_large_texture_is_cut_at_1024),
        cmocka_unit_test(the_plan_of_tiles_covers_the_texture),
        cmocka_unit_test(coarse_levels_keep_the_light),
        cmocka_unit_test(stretch_tells_rubber_from_floors),
        cmocka_unit_test(wide_views_are_drawn_in_boxes),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(each_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
