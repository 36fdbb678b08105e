/* SPDX-License-Identifier: Apache-2.0 */
/* The camera of windows: what is at the pivot stays in the middle, the rest moves by parallax. */
#include "tests/testing.h"

#include "view/look.h"

#include <math.h>

static const relief_surfaces_info INFO = {.struct_size = sizeof(relief_surfaces_info),
                                          .width = 640,
                                          .height = 480,
                                          .focal_px = 600,
                                          .near_depth = 2,
                                          .far_depth = 40,
                                          .travel = 0.1};
static const rl_page_range RANGE = {640, 480, 600, {0.025, 0.5}, 0.2};

static relief_view_options look_at(const rl_look *look, int width, int height) {
    relief_view_options view = RELIEF_OPTIONS_INIT(relief_view_options);
    view.width = width;
    view.height = height;
    rl_look_aim(look, &INFO, &RANGE, &view);
    return view;
}

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Where a point is seen, in pixels from the view's middle: to the right, downwards. */
static void project(const relief_view_options *view, const double point[3], double out[2]) {
    double ray[3];
    for (int k = 0; k < 3; k++)
        ray[k] = point[k] - view->position[k];
    const double ahead[3] = {view->up[1] * view->right[2] - view->up[2] * view->right[1],
                             view->up[2] * view->right[0] - view->up[0] * view->right[2],
                             view->up[0] * view->right[1] - view->up[1] * view->right[0]};
    const double depth = dot(ray, ahead);
    assert_true(depth > 0);
    out[0] = view->focal_px * dot(ray, view->right) / depth + view->shift_px[0];
    out[1] = -view->focal_px * dot(ray, view->up) / depth + view->shift_px[1];
}

static void at_rest_it_is_the_source_camera(void **state) {
    const rl_look rest = {.distance = 1};
    (void)state;
    for (int scale = 1; scale < 4; scale++) {
        const relief_view_options view = look_at(&rest, 640 * scale, 480 * scale);
        for (int k = 0; k < 3; k++) {
            assert_true(view.position[k] == 0);
            assert_true(view.right[k] == (k == 0) && view.up[k] == (k == 1));
        }
        assert_true(fabs(view.focal_px - 600 * scale) < 1e-9);
        assert_true(view.shift_px[0] == 0 && view.shift_px[1] == 0);
    }
    /* In another shape the whole photo fits. */
    assert_true(fabs(look_at(&rest, 1280, 480).focal_px - 600) < 1e-9);
    assert_true(fabs(look_at(&rest, 320, 480).focal_px - 300) < 1e-9);
}

static void the_pivot_stays_in_the_middle(void **state) {
    const double pivot[3] = {0, 0, -5}, near[3] = {0, 0, -2}, far[3] = {0, 0, -40};
    (void)state;
    for (int i = 0; i < 81; i++) {
        const rl_look look = {.aside = {0.5 * (i % 3 - 1), 0.7 * (i / 3 % 3 - 1)},
                              .yaw = 50 * (i / 9 % 3 - 1),
                              .pitch = 30 * (i / 27 - 1),
                              .distance = 1 + 0.2 * (i % 5)};
        const relief_view_options view = look_at(&look, 800, 600);
        double seen[2];
        project(&view, pivot, seen);
        assert_true(fabs(seen[0]) < 1e-9 && fabs(seen[1]) < 1e-9);
        for (int k = 0; k < 3; k++)
            assert_true(fabs(dot(view.right, view.up)) < 1e-12 &&
                        fabs(dot(view.right, view.right) - 1) < 1e-12 &&
                        fabs(dot(view.up, view.up) - 1) < 1e-12);
    }
    /* To the right and down by the whole travel, 0.2: what is near goes left and up, what is far
     * the other way, and by how much follows from the distance. */
    const rl_look aside = {.aside = {0.6, 0.8}, .distance = 1};
    const relief_view_options view = look_at(&aside, 640, 480);
    double a[2], b[2];
    project(&view, near, a);
    project(&view, far, b);
    for (int k = 0; k < 2; k++) {
        const double offset = 0.2 * aside.aside[k];
        assert_true(fabs(a[k] + view.focal_px * offset * (1 / 2.0 - 0.2)) < 1e-9);
        assert_true(fabs(b[k] + view.focal_px * offset * (1 / 40.0 - 0.2)) < 1e-9);
    }
    assert_true(view.focal_px > 600 && view.focal_px < 1.15 * 600);
}

/* Turned to the right the camera stands on the right, turned up above. */
static void turning_goes_where_it_says(void **state) {
    const rl_look right = {.yaw = 30, .distance = 1}, up = {.pitch = 30, .distance = 1};
    const rl_look nearer = {.distance = 0.5};
    (void)state;
    relief_view_options view = look_at(&right, 640, 480);
    assert_true(fabs(view.position[0] - 2.5) < 1e-9 && view.position[1] == 0);
    view = look_at(&up, 640, 480);
    assert_true(fabs(view.position[1] - 2.5) < 1e-9 && view.position[0] == 0);
    view = look_at(&nearer, 640, 480);
    assert_true(fabs(view.position[2] + 2.5) < 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_rest_it_is_the_source_camera),
        cmocka_unit_test(the_pivot_stays_in_the_middle),
        cmocka_unit_test(turning_goes_where_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
