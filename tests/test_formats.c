/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of mesh, and the formats beside glTF: bodies are closed, pixels are points, colours keep to
 * their side of a silhouette; files appear together or not at all, whatever allocation fails. What
 * other programs read from the files is the job of tests/formats.py. */
#include "tests/scene_testing.h"

#include "mesh/mesh_file.h"
#include "relief/surface.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static char folder[] = "/tmp/relief-test-formats-XXXXXX";

static const char *path_to(const char *name) {
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static relief_mesh *new_mesh(relief_ctx *ctx, const relief_scene *scene, relief_mesh_kind kind,
                             int grid) {
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    relief_mesh *mesh = NULL;
    options.kind = kind;
    options.grid = grid;
    assert_int_equal(relief_mesh_new(ctx, scene, &options, &mesh), RELIEF_OK);
    return mesh;
}

/* Whether every edge of a body is used once in each direction, and its volume. */
static double closed_volume(const relief_mesh *mesh) {
    relief_mesh_info info = RELIEF_OPTIONS_INIT(relief_mesh_info);
    relief_mesh_get_info(mesh, &info);
    const size_t count = (size_t)info.vertex_count;
    const uint32_t *indices = relief_mesh_indices(mesh);
    const float *p = relief_mesh_positions(mesh);
    uint8_t *used = calloc(count * count, 1);
    double volume = 0;
    for (int64_t k = 0; k < 3 * info.triangle_count; k++) {
        const uint32_t a = indices[k], b = indices[k - k % 3 + (k + 1) % 3];
        assert_int_equal(used[a * count + b]++, 0);
    }
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < count; b++)
            assert_int_equal(used[a * count + b], used[b * count + a]);
    free(used);
    for (int64_t t = 0; t < info.triangle_count; t++) {
        const float *a = p + 3 * (size_t)indices[3 * t], *b = p + 3 * (size_t)indices[3 * t + 1],
                    *c = p + 3 * (size_t)indices[3 * t + 2];
        volume += (a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) +
                   a[2] * (b[0] * c[1] - b[1] * c[0])) /
                  6.0;
    }
    return volume;
}

/* A wall with a box before it: a plate with a block on it, closed, of the measures asked for. */
static void test_solid(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = test_scene_new(ctx, 40, 30, RELIEF_METRES, test_box, NULL);
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    relief_mesh *mesh = NULL;
    options.kind = RELIEF_MESH_SOLID;
    options.base_mm = 3;
    options.relief_mm = 5;
    options.plate_mm = 80; /* two a pixel */
    assert_int_equal(relief_mesh_new(ctx, made.scene, &options, &mesh), RELIEF_OK);
    relief_mesh_info info = RELIEF_OPTIONS_INIT(relief_mesh_info);
    relief_mesh_get_info(mesh, &info);
    const float most[3] = {80, 60, 8};
    for (int k = 0; k < 3; k++) {
        assert_float_equal(info.bounds_min[k], 0, 1e-6);
        assert_float_equal(info.bounds_max[k], most[k], 1e-4);
    }
    int raised = 0;
    for (int k = 0; k < 40 * 30; k++)
        raised += test_box(k % 40, k / 40, 40, 30) < 3;
    assert_true(raised > 20);
    /* The block's sides stand on pixel borders or lean over one pixel. */
    const double volume = closed_volume(mesh);
    assert_true(volume > 80 * 60 * 3 + 4.0 * 5 * raised * 0.8);
    assert_true(volume < 80 * 60 * 3 + 4.0 * 5 * raised * 1.2);
    relief_mesh_free(mesh);
    options.plate_mm = -1;
    assert_int_equal(relief_mesh_new(ctx, made.scene, &options, &mesh), RELIEF_ERROR_ARG);
    options.plate_mm = RELIEF_MAX_MM + 1.0;
    assert_int_equal(relief_mesh_new(ctx, made.scene, &options, &mesh), RELIEF_ERROR_ARG);
    assert_null(mesh);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* Noise has vertices everywhere along the rim. */
static void test_rough_solid(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_scene made = test_scene_new(ctx, 37, 23, RELIEF_METRES, test_noise, NULL);
    relief_mesh *mesh = new_mesh(ctx, made.scene, RELIEF_MESH_SOLID, 0);
    assert_true(closed_volume(mesh) > 100 * 23 * 100 / 37.0 * 2);
    relief_mesh_free(mesh);
    mesh = new_mesh(ctx, made.scene, RELIEF_MESH_SOLID, 5);
    assert_true(closed_volume(mesh) > 100 * 23 * 100 / 37.0 * 2);
    relief_mesh_free(mesh);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static void test_points(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene made = test_scene_new(ctx, 40, 30, RELIEF_METRES, test_noise, NULL);
    relief_mesh *mesh = new_mesh(ctx, made.scene, RELIEF_MESH_POINTS, 0);
    relief_mesh_info info = RELIEF_OPTIONS_INIT(relief_mesh_info);
    relief_mesh_get_info(mesh, &info);
    assert_int_equal(info.vertex_count, 40 * 30);
    assert_int_equal(info.triangle_count, 0);
    const float *p = relief_mesh_positions(mesh);
    const float *depth = relief_scene_depth(made.scene);
    uint8_t rgba[4 * 40 * 30];
    rl_mesh_colours(mesh, 0, 0, 40 * 30, rgba);
    for (int k = 0; k < 40 * 30; k++) {
        assert_float_equal(-p[3 * k + 2], depth[k], 1e-5);
        assert_memory_equal(rgba + 4 * k, relief_image_pixels(made.photo) + 3 * k, 3);
        assert_int_equal(rgba[4 * k + 3], 255);
    }
    relief_surfaces *surfaces;
    assert_int_equal(relief_surfaces_of_mesh(ctx, mesh, &surfaces), RELIEF_ERROR_ARG);
    assert_null(surfaces);
    relief_mesh_free(mesh);
    mesh = new_mesh(ctx, made.scene, RELIEF_MESH_POINTS, 10);
    relief_mesh_get_info(mesh, &info);
    assert_int_equal(info.vertex_count, 10 * 7);
    relief_mesh_free(mesh);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static uint8_t box_is_white(int x, int y) {
    return test_box(x, y, 80, 60) < 3 ? 255 : 0;
}

/* The box is white and the wall is black: no vertex may have the other side's colour. */
static void test_colours(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_image *photo = test_grey_photo(ctx, 80, 60, box_is_white);
    relief_depth *map = test_map(ctx, 80, 60, RELIEF_METRES, test_box);
    relief_scene *scene = NULL;
    assert_int_equal(relief_scene_new(ctx, photo, map, NULL, &scene), RELIEF_OK);
    relief_mesh *mesh = new_mesh(ctx, scene, RELIEF_MESH_SURFACE, 0);
    relief_mesh_info info = RELIEF_OPTIONS_INIT(relief_mesh_info);
    relief_mesh_get_info(mesh, &info);
    const int count = (int)info.vertex_count;
    uint8_t *rgba = malloc(4 * (size_t)count);
    rl_mesh_colours(mesh, 0, 0, count, rgba);
    int white = 0;
    for (int v = 0; v < count; v++) {
        const bool near = -relief_mesh_positions(mesh)[3 * v + 2] < 3;
        assert_int_equal(rgba[4 * v], near ? 255 : 0);
        white += near;
    }
    assert_true(white >= 4 && white < count);
    free(rgba);
    relief_mesh_free(mesh);
    relief_scene_free(scene);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

static int count_files(void) {
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    int count = -2; /* . and .. */
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void remove_files(void) {
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            (void)unlink(path_to(entry->d_name));
    closedir(dir);
}

static const struct {
    const char *name;
    relief_mesh_kind kind;
    int files; /* with those beside it; of two layers */
} FORMATS[] = {
    {"a.glb", RELIEF_MESH_SURFACE, 1}, {"a.gltf", RELIEF_MESH_SURFACE, 4},
    {"a.obj", RELIEF_MESH_SURFACE, 4}, {"a.ply", RELIEF_MESH_SURFACE, 3},
    {"a.glb", RELIEF_MESH_PLANE, 2},   {"a.gltf", RELIEF_MESH_PLANE, 4},
    {"a.obj", RELIEF_MESH_PLANE, 4},   {"a.ply", RELIEF_MESH_POINTS, 1},
    {"a.stl", RELIEF_MESH_SOLID, 1},
};
enum { FORMAT_COUNT = sizeof FORMATS / sizeof *FORMATS };

/* Make and write a mesh with its n-th allocation failing, n = 0, 1, 2... until it succeeds. */
static void torture(relief_ctx *ctx, const relief_scene *scene, int format) {
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    options.kind = FORMATS[format].kind;
    options.grid = 6; /* few triangles: what is looked at here comes after them */
    int n = 0;
    for (bool failed = true; failed; n++) {
        relief_mesh *mesh = NULL;
        const size_t live = relief_memory().live_bytes;
        rl_memory_fail_at(n, false);
        relief_status status = relief_mesh_new(ctx, scene, &options, &mesh);
        if (!status)
            status = relief_mesh_save(ctx, mesh, path_to(FORMATS[format].name), NULL);
        relief_mesh_free(mesh);
        failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
        assert_int_equal(relief_memory().live_bytes, live);
        assert_int_equal(count_files(), failed ? 0 : FORMATS[format].files);
    }
    assert_true(n > 10);
    remove_files();
}

static void test_torture(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.layers = 2;
    test_scene made = test_scene_new(ctx, 24, 18, RELIEF_METRES, test_box, &options);
    for (int k = 0; k < FORMAT_COUNT; k++)
        torture(ctx, made.scene, k);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* A file that holds something else than the mesh is made of is refused. */
static void test_refused(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene made = test_scene_new(ctx, 20, 10, RELIEF_METRES, test_box, NULL);
    static const relief_mesh_kind kinds[] = {RELIEF_MESH_SURFACE, RELIEF_MESH_POINTS,
                                             RELIEF_MESH_SOLID, RELIEF_MESH_PLANE};
    for (int k = 0; k < 4; k++) {
        relief_mesh *mesh = new_mesh(ctx, made.scene, kinds[k], 0);
        for (int f = 0; f < FORMAT_COUNT; f++) {
            const relief_mesh_format *format = relief_mesh_format_of(FORMATS[f].name);
            assert_non_null(format);
            const bool held = format->kinds & 1U << kinds[k];
            assert_int_equal(relief_mesh_save(ctx, mesh, path_to(FORMATS[f].name), NULL),
                             held ? RELIEF_OK : RELIEF_ERROR_UNSUPPORTED);
            assert_true(held || count_files() == 0);
            remove_files();
        }
        relief_mesh_free(mesh);
    }
    assert_null(relief_mesh_format_of("a.fbx"));
    assert_string_equal(relief_mesh_format_of("-")->ending, ".glb");
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    relief_mesh *mesh;
    options.kind = (relief_mesh_kind)7;
    assert_int_equal(relief_mesh_new(ctx, made.scene, &options, &mesh), RELIEF_ERROR_ARG);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solid),   cmocka_unit_test(test_rough_solid),
        cmocka_unit_test(test_points),  cmocka_unit_test(test_colours),
        cmocka_unit_test(test_torture), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
