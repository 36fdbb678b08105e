/* SPDX-License-Identifier: Apache-2.0 */
/* Camera paths: what is between the keys, where moves go, what pictures show of the scene. */
#include "tests/scene_testing.h"

#include "relief/path.h"
#include "scene/path.h"

/* A sight of a scene, with all that it needs. */
typedef struct seen {
    test_scene scene;
    relief_mesh *mesh;
    relief_surfaces *surfaces;
    relief_sight *sight;
} seen;

static seen look(relief_ctx *ctx, int width, int height, test_map_fn map, int layers) {
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    seen s = {.mesh = NULL};
    options.fov_degrees = 90;
    options.layers = layers;
    s.scene = test_scene_new(ctx, width, height, RELIEF_METRES, map, &options);
    assert_int_equal(relief_mesh_new(ctx, s.scene.scene, NULL, &s.mesh), RELIEF_OK);
    assert_int_equal(relief_surfaces_of_mesh(ctx, s.mesh, &s.surfaces), RELIEF_OK);
    assert_int_equal(relief_sight_new(ctx, s.surfaces, &s.sight), RELIEF_OK);
    return s;
}

static void seen_free(seen *s) {
    relief_sight_free(s->sight);
    relief_surfaces_free(s->surfaces);
    relief_mesh_free(s->mesh);
    test_scene_free(&s->scene);
}

static relief_path *move(relief_ctx *ctx, const seen *s, relief_move which, bool loop) {
    relief_path_options options = RELIEF_OPTIONS_INIT(relief_path_options);
    relief_path *path;
    options.move = which;
    options.loop = loop;
    assert_int_equal(relief_path_new(ctx, s->sight, &options, &path), RELIEF_OK);
    return path;
}

static void the_subject_is_the_box(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    seen s = look(ctx, 200, 150, test_box, 1);
    relief_sight_info info = RELIEF_OPTIONS_INIT(relief_sight_info);
    relief_sight_get_info(s.sight, &info);
    assert_true(fabs(info.subject[0] - 0.5) < 0.05 && fabs(info.subject[1] - 0.5) < 0.05);
    assert_true(fabs(info.focus - 1) < 0.02); /* the box is the nearest thing */
    /* The raster's depths are the map's, in nearest depths of 2 m. */
    const relief_sight *sight = s.sight;
    for (int y = 2; y < sight->height - 2; y++) {
        for (int x = 2; x < sight->width - 2; x++) {
            const double u = ((x + 0.5) / sight->width - 0.5) * 2;
            const double v = ((y + 0.5) / sight->height - 0.5) * 1.5;
            if (fabs(fabs(u) - 0.25) < 0.03 || fabs(fabs(v) - 0.25) < 0.03)
                continue;
            const double depth = (double)sight->depth[y * sight->width + x];
            assert_true(fabs(depth - (fabs(u) < 0.25 && fabs(v) < 0.25 ? 1 : 2)) < 0.02);
        }
    }
    seen_free(&s);
    relief_ctx_free(ctx);
}

/* A quaternion's turn of a vector. */
static void turn(const double q[4], const double v[3], double out[3]) {
    const double t[3] = {2 * (q[1] * v[2] - q[2] * v[1]), 2 * (q[2] * v[0] - q[0] * v[2]),
                         2 * (q[0] * v[1] - q[1] * v[0])};
    out[0] = v[0] + q[3] * t[0] + q[1] * t[2] - q[2] * t[1];
    out[1] = v[1] + q[3] * t[1] + q[2] * t[0] - q[0] * t[2];
    out[2] = v[2] + q[3] * t[2] + q[0] * t[1] - q[1] * t[0];
}

static void turns_are_the_cameras_axes(void **state) {
    (void)state;
    static const double targets[][3] = {{0, 0, 1}, {1, 0.5, 1},   {-2, -3, 0.1}, {0.3, 0.1, -1},
                                        {0, 1, 0}, {0, 0.01, -1}, {5, 0, 0},     {-1, 1, -1}};
    rl_key keys[2] = {{.zoom = 1}, {.zoom = 1, .time = 1}};
    relief_path path = {.keys = keys, .key_count = 2, .seconds = 1, .crop = 1};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        for (int roll = -180; roll <= 180; roll += 45) {
            rl_pose pose;
            double out[3];
            memcpy(keys[0].target, targets[i], sizeof keys[0].target);
            keys[0].roll = roll;
            rl_path_pose(&path, 0, &pose);
            for (int axis = 0; axis < 3; axis++) {
                /* glTF's z is backwards, in the axes and in the numbers. */
                const double unit[3] = {axis == 0, axis == 1, axis == 2 ? -1 : 0};
                turn(pose.quaternion, unit, out);
                out[2] = -out[2];
                for (int k = 0; k < 3; k++)
                    assert_true(fabs(out[k] - pose.axes[axis][k]) < 1e-6);
            }
        }
    }
}

static void eases_do_what_they_say(void **state) {
    (void)state;
    static const double middle[RL_EASE_COUNT] = {
        [RL_EASE_LINEAR] = 0.25, [RL_EASE_IN_OUT] = 0.15625, [RL_EASE_IN] = 0.0625,
        [RL_EASE_OUT] = 0.4375,  [RL_EASE_SMOOTH] = 0.25,    [RL_EASE_HOLD] = 0};
    rl_key keys[2] = {{.zoom = 1}, {.zoom = 2, .time = 2, .position = {4, 0, 0}}}, at;
    relief_path path = {.keys = keys, .key_count = 2, .seconds = 2};
    for (int ease = 0; ease < RL_EASE_COUNT; ease++) {
        keys[0].ease = (rl_ease)ease;
        rl_path_key_at(&path, 0.5, &at);
        assert_true(fabs(at.position[0] - 4 * middle[ease]) < 1e-9);
        assert_true(fabs(at.zoom - 1 - middle[ease]) < 1e-9);
        rl_path_key_at(&path, 0, &at);
        assert_true(at.position[0] == 0);
        rl_path_key_at(&path, 2, &at);
        assert_true(at.position[0] == 4);
    }
}

static void a_circle_is_round_and_closed(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    seen s = look(ctx, 64, 48, test_box, 1);
    relief_path *path = move(ctx, &s, RELIEF_MOVE_CIRCLE, false);
    rl_key before, after;
    for (int i = 0; i < 500; i++) {
        rl_key key;
        rl_path_key_at(path, path->seconds * i / 500, &key);
        assert_true(fabs(hypot(key.position[0], key.position[1]) / 0.1 - 1) < 2e-3);
    }
    /* As fast behind the seam as before it. */
    rl_path_key_at(path, path->seconds - 1e-4, &before);
    rl_path_key_at(path, 1e-4, &after);
    assert_true(fabs(before.position[0] + after.position[0]) < 1e-9);
    assert_true(fabs(relief_path_moment(path, 150, 150) - path->seconds) < 1e-12);
    assert_true(relief_path_moment(path, 0, 1) == 0);
    relief_path_free(path);
    seen_free(&s);
    relief_ctx_free(ctx);
}

/* How far outside of a view the nearest point of a border is, in pixels. */
static double beyond(const relief_path *path, const rl_border *border, double seconds) {
    relief_view_options view = RELIEF_OPTIONS_INIT(relief_view_options);
    double least = INFINITY;
    view.width = 640;
    view.height = 480;
    relief_path_view(path, seconds, &view);
    for (int side = 0; side < 4; side++) {
        assert_true(border->count[side] > 0);
        for (int i = 0; i < border->count[side]; i++) {
            const float *p = border->points[side] + 3 * i;
            const double unit = path->source.near_depth;
            double v[3], at[3] = {0, 0, 0};
            for (int k = 0; k < 3; k++)
                v[k] = (k == 2 ? -unit : unit) * (double)p[k] - view.position[k];
            double back[3] = {view.right[1] * view.up[2] - view.right[2] * view.up[1],
                              view.right[2] * view.up[0] - view.right[0] * view.up[2],
                              view.right[0] * view.up[1] - view.right[1] * view.up[0]};
            for (int k = 0; k < 3; k++) {
                at[0] += view.right[k] * v[k];
                at[1] += view.up[k] * v[k];
                at[2] -= back[k] * v[k];
            }
            const double x = 320 + view.shift_px[0] + view.focal_px * at[0] / at[2];
            const double y = 240 + view.shift_px[1] - view.focal_y_px * at[1] / at[2];
            const double outside[4] = {-x, x - 640, y - 480, -y};
            least = fmin(least, outside[side]);
        }
    }
    return least;
}

static void pictures_stay_inside_the_border(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    for (int layers = 1; layers <= 2; layers++) {
        seen s = look(ctx, 160, 120, test_floor, layers);
        for (int m = RELIEF_MOVE_AUTO; m < RELIEF_MOVE_COUNT; m++) {
            relief_path *path = move(ctx, &s, (relief_move)m, m % 2);
            relief_path_info info = RELIEF_OPTIONS_INIT(relief_path_info);
            relief_path_get_info(path, &info);
            assert_true(info.crop >= 1 && info.crop < 1.5);
            for (int i = 0; i <= 40; i++) {
                assert_true(beyond(path, &s.sight->scene, 5.0 * i / 40) > -1e-4);
                /* What was made up around the photo does not show either. */
                if (info.crop < 1.3)
                    assert_true(beyond(path, &s.sight->photo, 5.0 * i / 40) > -1e-4);
            }
            relief_path_free(path);
        }
        seen_free(&s);
    }
    relief_ctx_free(ctx);
}

static void other_shapes_show_the_subject(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    seen s = look(ctx, 160, 120, test_box, 1);
    relief_path *path = move(ctx, &s, RELIEF_MOVE_ZOOM, false);
    relief_view_options view = RELIEF_OPTIONS_INIT(relief_view_options);
    s.sight->upper = 0.7;
    assert_int_equal(relief_path_fit(ctx, path, s.sight, 90, 160), RELIEF_OK);
    view.width = 90;
    view.height = 160;
    relief_path_view(path, 0, &view);
    /* Rays of a 90-degree photo are -1..1: the subject is at 0.4, which is the middle now. */
    assert_true(fabs(view.focal_px - view.focal_y_px) < 1e-9);
    assert_true(fabs(45 + view.shift_px[0] + view.focal_px * 0.4 - 45) < 1e-6);
    assert_true(fabs(view.focal_y_px * 0.75 - 80) < 1e-6);
    assert_int_equal(relief_path_fit(ctx, path, s.sight, 0, 160), RELIEF_ERROR_ARG);
    relief_path_free(path);
    seen_free(&s);
    relief_ctx_free(ctx);
}

/* A head at 2 m on shoulders that reach to the photo's lower edge, before a wall at 6 m. */
static const double HEAD[2] = {-0.32, -0.08}, HEAD_TOP = -0.55, SHOULDERS = -0.2;

static float test_portrait(int x, int y, int width, int height) {
    double u, v;
    test_ray(x, y, width, height, &u, &v);
    const bool head = u > HEAD[0] && u < HEAD[1] && v > HEAD_TOP && v < SHOULDERS;
    return head || (fabs(u) < 0.45 && v >= SHOULDERS) ? 2.0F : 6.0F;
}

static void heads_are_not_cut(void **state) {
    (void)state;
    static const int shapes[][2] = {{100, 100}, {160, 90}, {90, 160}};
    relief_ctx *ctx = test_ctx(1);
    seen s = look(ctx, 150, 200, test_portrait, 1);
    relief_path *path = move(ctx, &s, RELIEF_MOVE_ZOOM, false);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        relief_view_options view = RELIEF_OPTIONS_INIT(relief_view_options);
        view.width = shapes[i][0];
        view.height = shapes[i][1];
        assert_int_equal(relief_path_fit(ctx, path, s.sight, view.width, view.height), RELIEF_OK);
        relief_path_view(path, 0, &view);
        const double y = 0.5 * view.height + view.shift_px[1] + view.focal_y_px * HEAD_TOP;
        const double left = 0.5 * view.width + view.shift_px[0] + view.focal_px * HEAD[0];
        const double right = 0.5 * view.width + view.shift_px[0] + view.focal_px * HEAD[1];
        assert_true(y > 0.02 * view.height && y < 0.5 * view.height);
        assert_true(left > 0 && right < view.width);
    }
    relief_path_free(path);
    seen_free(&s);
    relief_ctx_free(ctx);
}

static void moves_have_names(void **state) {
    (void)state;
    relief_move found;
    for (int m = 0; m < RELIEF_MOVE_COUNT; m++)
        assert_true(relief_move_of(relief_move_name((relief_move)m), &found) && (int)found == m);
    assert_false(relief_move_of("fly", &found));
    assert_null(relief_move_name(RELIEF_MOVE_COUNT));
}

static void without_memory_nothing_is_left(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    seen s = look(ctx, 64, 48, test_box, 2);
    const size_t live = relief_memory().live_bytes;
    for (int64_t n = 0;; n++) {
        relief_sight *sight = NULL;
        relief_path *path = NULL;
        rl_memory_fail_at(n, false);
        relief_status status = relief_sight_new(ctx, s.surfaces, &sight);
        if (!status)
            status = relief_path_new(ctx, sight, NULL, &path);
        const bool failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        relief_path_free(path);
        relief_sight_free(sight);
        assert_int_equal(relief_memory().live_bytes, live);
        if (!failed) {
            assert_int_equal(status, RELIEF_OK);
            break;
        }
        assert_int_not_equal(status, RELIEF_OK);
    }
    seen_free(&s);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_subject_is_the_box),
        cmocka_unit_test(turns_are_the_cameras_axes),
        cmocka_unit_test(eases_do_what_they_say),
        cmocka_unit_test(a_circle_is_round_and_closed),
        cmocka_unit_test(pictures_stay_inside_the_border),
        cmocka_unit_test(other_shapes_show_the_subject),
        cmocka_unit_test(heads_are_not_cut),
        cmocka_unit_test(moves_have_names),
        cmocka_unit_test(without_memory_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
