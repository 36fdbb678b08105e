/* SPDX-License-Identifier: Apache-2.0 */
/* Meshes: known geometry, coverage of the photo from the source view, no cracks but tears. */
#include "tests/scene_testing.h"

#include "relief/mesh.h"
#include "scene/scene_inside.h"

#include <string.h>

/* A mesh with what the tests ask of it. */
typedef struct made_mesh {
    test_scene base;
    relief_mesh *mesh;
    relief_mesh_info info;
    const float *positions, *uvs;
    const uint32_t *indices;
    int width, height;
    double focal;
} made_mesh;

static made_mesh make_mesh(relief_ctx *ctx, int width, int height, test_map_fn fn,
                           const relief_mesh_options *options) {
    relief_scene_options scene_options = RELIEF_OPTIONS_INIT(relief_scene_options);
    scene_options.fov_degrees = 90;
    made_mesh made = {.width = width,
                      .height = height,
                      .focal = 0.5 * (width > height ? width : height),
                      .info = RELIEF_OPTIONS_INIT(relief_mesh_info)};
    made.base = test_scene_new(ctx, width, height, RELIEF_METRES, fn, &scene_options);
    relief_status status = relief_mesh_new(ctx, made.base.scene, options, &made.mesh);
    if (status)
        print_error("%s\n", relief_last_error(ctx));
    assert_int_equal(status, RELIEF_OK);
    relief_mesh_get_info(made.mesh, &made.info);
    made.positions = relief_mesh_positions(made.mesh);
    made.uvs = relief_mesh_uvs(made.mesh);
    made.indices = relief_mesh_indices(made.mesh);
    return made;
}

static void free_mesh(made_mesh *made) {
    relief_mesh_free(made->mesh);
    test_scene_free(&made->base);
}

/* The pixel corner of a vertex, from its UV. */
static void corner_of(const made_mesh *made, uint32_t vertex, int64_t *i, int64_t *j) {
    *i = llround((double)made->uvs[2 * (size_t)vertex] * made->width);
    *j = llround((double)made->uvs[2 * (size_t)vertex + 1] * made->height);
}

/* Every vertex lies on the ray through its pixel corner, inside the bounds, and its UV is that
 * corner. */
static void check_vertices(const made_mesh *made) {
    for (uint32_t v = 0; v < made->info.vertex_count; v++) {
        const float *p = made->positions + 3 * (size_t)v;
        const double z = -p[2];
        int64_t i, j;
        corner_of(made, v, &i, &j);
        assert_true(z > 0 && isfinite(z));
        assert_true(fabs((double)made->uvs[2 * v] * made->width - (double)i) < 1e-3);
        assert_true(fabs(made->focal * p[0] / z + 0.5 * made->width - (double)i) < 2e-3);
        assert_true(fabs(0.5 * made->height - made->focal * p[1] / z - (double)j) < 2e-3);
        for (int k = 0; k < 3; k++)
            assert_true(p[k] >= made->info.bounds_min[k] && p[k] <= made->info.bounds_max[k]);
    }
}

/* Twice the area, counter-clockwise positive with y upwards, of a triangle in corner units. */
static int64_t edge(const int64_t a[2], const int64_t b[2], const int64_t p[2]) {
    return (b[1] - a[1]) * (p[0] - a[0]) - (b[0] - a[0]) * (p[1] - a[1]);
}

/* Whether a point exactly on the edge from a to b belongs to the triangle on its inner side. */
static bool owns_edge(const int64_t a[2], const int64_t b[2]) {
    return b[1] > a[1] || (b[1] == a[1] && b[0] > a[0]);
}

/* Rasterise from the source camera, exactly, in units of half a pixel: every pixel's centre must be
 * covered by one triangle, and the UV that a viewer interpolates there must be the centre. Returns
 * the worst shift in pixels. *share_shifted: of pixels that are off by over a quarter. */
static double check_coverage(const made_mesh *made, double *share_shifted) {
    const int64_t count = (int64_t)made->width * made->height;
    uint8_t *covered = calloc((size_t)count, 1);
    double worst = 0;
    int64_t shifted = 0;
    for (int64_t t = 0; t < made->info.triangle_count; t++) {
        const uint32_t *v = made->indices + 3 * t;
        int64_t c[3][2], low[2] = {INT64_MAX, INT64_MAX}, high[2] = {0, 0};
        for (int k = 0; k < 3; k++) {
            assert_true(v[k] < made->info.vertex_count);
            corner_of(made, v[k], &c[k][0], &c[k][1]);
            for (int d = 0; d < 2; d++) {
                c[k][d] *= 2;
                low[d] = c[k][d] < low[d] ? c[k][d] : low[d];
                high[d] = c[k][d] > high[d] ? c[k][d] : high[d];
            }
        }
        const int64_t area = edge(c[0], c[1], c[2]);
        assert_true(area > 0);
        for (int64_t y = low[1] / 2; y < high[1] / 2; y++) {
            for (int64_t x = low[0] / 2; x < high[0] / 2; x++) {
                const int64_t p[2] = {2 * x + 1, 2 * y + 1};
                double weight[3], sum = 0, u = 0, w = 0;
                bool inside = true;
                for (int k = 0; k < 3; k++) {
                    const int64_t *a = c[(k + 1) % 3], *b = c[(k + 2) % 3];
                    const int64_t e = edge(a, b, p);
                    inside = inside && (e > 0 || (e == 0 && owns_edge(a, b)));
                    weight[k] = (double)e / (double)area;
                }
                if (!inside)
                    continue;
                covered[y * made->width + x]++;
                for (int k = 0; k < 3; k++) {
                    const double over_z =
                        weight[k] / -(double)made->positions[3 * (size_t)v[k] + 2];
                    sum += over_z;
                    u += over_z * made->uvs[2 * (size_t)v[k]] * made->width;
                    w += over_z * made->uvs[2 * (size_t)v[k] + 1] * made->height;
                }
                const double off =
                    fmax(fabs(u / sum - (double)x - 0.5), fabs(w / sum - (double)y - 0.5));
                shifted += off > 0.25;
                worst = fmax(worst, off);
            }
        }
    }
    for (int64_t k = 0; k < count; k++)
        assert_int_equal(covered[k], 1);
    free(covered);
    *share_shifted = (double)shifted / (double)count;
    return worst;
}

static int compare_edges(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Whether the edge between two corners may be open: on the photo's border, or between pixels that
 * are torn apart. */
static bool may_be_open(const made_mesh *made, uint32_t from, uint32_t to) {
    int64_t i0, j0, i1, j1;
    corner_of(made, from, &i0, &j0);
    corner_of(made, to, &i1, &j1);
    if (i0 == i1 && (i0 == 0 || i0 == made->width))
        return true;
    if (j0 == j1 && (j0 == 0 || j0 == made->height))
        return true;
    const uint8_t *torn = made->base.scene->torn;
    bool open = i0 == i1 || j0 == j1;
    if (i0 == i1)
        for (int64_t j = j0 < j1 ? j0 : j1; j < (j0 < j1 ? j1 : j0); j++)
            open = open && (torn[j * made->width + i0 - 1] & RL_TORN_RIGHT);
    else if (j0 == j1)
        for (int64_t i = i0 < i1 ? i0 : i1; i < (i0 < i1 ? i1 : i0); i++)
            open = open && (torn[(j0 - 1) * made->width + i] & RL_TORN_DOWN);
    return open;
}

/* Every directed edge occurs once and has its opposite, unless it may be open. Returns the length
 * of the open ones, in pixels. */
static int64_t check_edges(const made_mesh *made) {
    const size_t count = 3 * (size_t)made->info.triangle_count;
    uint64_t *edges = malloc(count * sizeof(uint64_t));
    for (size_t k = 0; k < count; k++) {
        const uint32_t from = made->indices[k];
        const uint32_t to = made->indices[k % 3 == 2 ? k - 2 : k + 1];
        edges[k] = (uint64_t)from << 32 | to;
    }
    qsort(edges, count, sizeof(uint64_t), compare_edges);
    int64_t open = 0;
    for (size_t k = 0; k < count; k++) {
        assert_true(k == 0 || edges[k] != edges[k - 1]);
        const uint64_t opposite = edges[k] << 32 | edges[k] >> 32;
        if (bsearch(&opposite, edges, count, sizeof(uint64_t), compare_edges))
            continue;
        int64_t i0, j0, i1, j1;
        corner_of(made, (uint32_t)(edges[k] >> 32), &i0, &j0);
        corner_of(made, (uint32_t)edges[k], &i1, &j1);
        open += llabs(i1 - i0) + llabs(j1 - j0);
        assert_true(may_be_open(made, (uint32_t)(edges[k] >> 32), (uint32_t)edges[k]));
    }
    free(edges);
    return open;
}

static void test_whole_and_covered(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    const int sizes[][2] = {{1, 1},  {2, 2},  {1, 17},   {23, 1},    {3, 5},    {64, 64},
                            {65, 3}, {2, 90}, {333, 97}, {211, 301}, {640, 480}};
    const test_map_fn maps[] = {test_floor, test_box, test_corner, test_noise, test_things};
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    const int grids[] = {0, 20, 3, 0, 0};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        for (size_t m = 0; m < 2 * sizeof maps / sizeof *maps; m++) {
            options.grid = grids[(k + m) % 5];
            options.quality = (relief_quality)(m % 3);
            const test_map_fn map = maps[m % (sizeof maps / sizeof *maps)];
            made_mesh made = make_mesh(ctx, sizes[k][0], sizes[k][1], map, &options);
            check_vertices(&made);
            double shifted;
            const double shift = check_coverage(&made, &shifted);
            /* A surface that is steep within single pixels is beyond what their own edges can
             * carry. */
            if (map != test_noise && options.grid == 0 && sizes[k][0] >= 64 && sizes[k][1] >= 64 &&
                options.quality != RELIEF_QUALITY_DRAFT)
                assert_true(shift <= 0.5 && shifted <= 0.0005);
            if (options.quality != RELIEF_QUALITY_DRAFT) /* outlines leave the pixels' borders */
                (void)check_edges(&made);
            free_mesh(&made);
        }
    }
    relief_ctx_free(ctx);
}

/* The box comes off along its outline: its own outline and the hole that it leaves are open. */
static void test_box_outline(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    made_mesh made = make_mesh(ctx, 400, 300, test_box, NULL);
    const relief_scene *scene = made.base.scene;
    relief_scene_info info = RELIEF_OPTIONS_INIT(relief_scene_info);
    relief_scene_get_info(scene, &info);
    int64_t border = 0;
    for (size_t k = 0; k < 3 * (size_t)made.info.triangle_count; k++) {
        int64_t i0, j0, i1, j1;
        corner_of(&made, made.indices[k], &i0, &j0);
        corner_of(&made, made.indices[k % 3 == 2 ? k - 2 : k + 1], &i1, &j1);
        if ((i0 == i1 && (i0 == 0 || i0 == 400)) || (j0 == j1 && (j0 == 0 || j0 == 300)))
            border += llabs(i1 - i0) + llabs(j1 - j0);
    }
    assert_int_equal(check_edges(&made) - border, 2 * info.silhouette_edges);
    /* Two flat faces: no vertex lies between them. */
    for (int64_t v = 0; v < made.info.vertex_count; v++) {
        const float z = -made.positions[3 * v + 2];
        assert_true(fabsf(z - 2) < 1e-5F || fabsf(z - 4) < 1e-5F);
    }
    free_mesh(&made);
    relief_ctx_free(ctx);
}

/* Vertices lie on the true surfaces, within half a percent of their depth. */
static void test_truth(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    const int sizes[][2] = {{320, 240}, {641, 427}};
    for (int k = 0; k < 2; k++) {
        made_mesh made = make_mesh(ctx, sizes[k][0], sizes[k][1], test_floor, NULL);
        int64_t on_floor = 0;
        for (int64_t v = 0; v < made.info.vertex_count; v++) {
            const float *p = made.positions + 3 * v;
            const double floor_gap = fabs(p[1] + 1.0), wall_gap = fabs(p[2] + 20.0);
            assert_true(fmin(floor_gap, wall_gap) < 0.005 * -p[2]);
            on_floor += floor_gap < wall_gap;
        }
        assert_true(on_floor > 1000);
        free_mesh(&made);

        made = make_mesh(ctx, sizes[k][0], sizes[k][1], test_corner, NULL);
        for (int64_t v = 0; v < made.info.vertex_count; v++) {
            const float *p = made.positions + 3 * v;
            const double wall = fabs(fabs((double)p[0]) - p[2] - 5) / sqrt(2);
            const double floor_gap = fabs(p[1] + 1.5);
            assert_true(fmin(wall, floor_gap) < 0.005 * -p[2]);
        }
        free_mesh(&made);
    }
    relief_ctx_free(ctx);
}

static void test_threads_agree(void **state) {
    (void)state;
    const test_map_fn maps[] = {test_noise, test_things};
    for (int m = 0; m < 2; m++) {
        relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
        options.max_triangles = 60000;
        relief_ctx *ctx = test_ctx(1);
        made_mesh one = make_mesh(ctx, 403, 302, maps[m], &options);
        for (int threads = 2; threads <= 3; threads++) {
            relief_ctx *other = test_ctx(threads);
            made_mesh made = make_mesh(other, 403, 302, maps[m], &options);
            assert_int_equal(made.info.vertex_count, one.info.vertex_count);
            assert_int_equal(made.info.triangle_count, one.info.triangle_count);
            const size_t vertices = (size_t)one.info.vertex_count;
            assert_memory_equal(made.positions, one.positions, vertices * 3 * sizeof(float));
            assert_memory_equal(made.uvs, one.uvs, vertices * 2 * sizeof(float));
            assert_memory_equal(made.indices, one.indices,
                                (size_t)one.info.triangle_count * 3 * sizeof(uint32_t));
            free_mesh(&made);
            relief_ctx_free(other);
        }
        free_mesh(&one);
        relief_ctx_free(ctx);
    }
}

static void test_most_triangles(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    const int64_t limits[] = {2, 10, 1000, 30000, 10000000};
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    int64_t before = 0;
    for (int k = 0; k < 5; k++) {
        options.max_triangles = limits[k];
        made_mesh made = make_mesh(ctx, 300, 200, test_noise, &options);
        assert_true(made.info.triangle_count <= limits[k]);
        assert_true(made.info.triangle_count >= before);
        before = made.info.triangle_count;
        double shifted;
        (void)check_coverage(&made, &shifted);
        free_mesh(&made);
    }
    /* Noise wants every pixel, but for straight pieces of cuts. */
    assert_in_range(before, 2 * 300 * 200 * 9 / 10, 2 * 300 * 200);
    /* A wall wants the grid alone: 8 x 8 pixels a cell. */
    options.max_triangles = 0;
    options.grid = 40;
    made_mesh made = make_mesh(ctx, 320, 240, test_box, &options);
    assert_true(made.info.triangle_count < 2 * 40 * 30 + 12000);
    free_mesh(&made);
    relief_ctx_free(ctx);
}

static void test_bad_options(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene made = test_scene_new(ctx, 8, 8, RELIEF_METRES, test_box, NULL);
    const relief_mesh_options bad[] = {
        {.struct_size = sizeof(relief_mesh_options), .grid = -1},
        {.struct_size = sizeof(relief_mesh_options), .grid = 100000},
        {.struct_size = sizeof(relief_mesh_options), .max_triangles = 1},
        {.struct_size = sizeof(relief_mesh_options), .max_triangles = -5},
        {.struct_size = 0},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        relief_mesh *mesh;
        assert_int_equal(relief_mesh_new(ctx, made.scene, &bad[k], &mesh), RELIEF_ERROR_ARG);
        assert_null(mesh);
        assert_true(strlen(relief_last_error(ctx)) > 10);
    }
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* Every allocation of ours fails once; nothing leaks and the next try works. */
static void test_without_memory(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_image *photo = test_photo(ctx, 50, 40, 3, 0);
    relief_depth *map = test_map(ctx, 25, 20, RELIEF_DISPARITY, test_noise);
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    options.max_triangles = 500;
    const size_t live = relief_memory().live_bytes;
    bool failed = true;
    for (int64_t n = 0; failed; n++) {
        relief_scene *scene = NULL;
        relief_mesh *mesh = NULL;
        rl_memory_fail_at(n, false);
        relief_status status = relief_scene_new(ctx, photo, map, NULL, &scene);
        if (!status)
            status = relief_mesh_new(ctx, scene, &options, &mesh);
        failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
        relief_mesh_free(mesh);
        relief_scene_free(scene);
        assert_int_equal(relief_memory().live_bytes, live);
        assert_true(n < 2000);
    }
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_and_covered),
        cmocka_unit_test(test_box_outline),
        cmocka_unit_test(test_truth),
        cmocka_unit_test(test_threads_agree),
        cmocka_unit_test(test_most_triangles),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
