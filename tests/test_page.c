/* SPDX-License-Identifier: Apache-2.0 */
/* Web pages: the geometry that a page holds is the scene's, and what is no scene is refused. The
 * script that reads it is tested in a browser, by tests/view/page.py. */
#include "tests/render_testing.h"

#include "relief/page.h"
#include "view/page_inside.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

enum { WIDTH = 60, HEIGHT = 45 };
static char folder[64], path[128];

/* ------------------------------------------------------------------ reading what was packed */

static uint32_t read_number(const uint8_t **at) {
    uint32_t value = 0;
    for (int shift = 0;; shift += 7) {
        const uint8_t byte = *(*at)++;
        value |= (uint32_t)(byte & 127) << shift;
        if (byte < 128)
            return value;
    }
}

static int64_t read_difference(const uint8_t **at) {
    const int64_t value = read_number(at);
    return value & 1 ? -(value + 1) / 2 : value / 2;
}

/* Read a mesh in the way that page.h's comment tells, and compare it with its surface: triangle by
 * triangle, places to the step and depths to a 65535th of the range. */
static void check_packed(const relief_surface *surface, const rl_page_range *range,
                         const rl_page_mesh *mesh) {
    const uint8_t *at = mesh->bytes;
    double *corners = malloc((size_t)mesh->vertex_count * 3 * sizeof(double));
    int64_t last[3] = {0};
    for (int64_t i = 0; i < 3 * mesh->vertex_count; i++) {
        last[i % 3] += read_difference(&at);
        corners[i] = i % 3 < 2
                         ? (double)last[i % 3] * mesh->step
                         : range->q[0] + (double)last[2] * (range->q[1] - range->q[0]) / 65535;
    }
    int64_t fresh = 0;
    for (int64_t i = 0; i < 3 * mesh->triangle_count; i++) {
        const int64_t number = fresh - read_number(&at);
        fresh += number == fresh;
        assert_true(number >= 0 && number < mesh->vertex_count);
        const uint32_t v = surface->indices[i];
        const float *p = surface->positions + 3 * v, *uv = surface->uvs + 2 * v;
        const double *c = corners + 3 * number, depth = -(double)p[2];
        assert_true(fabs(c[0] - (0.5 * WIDTH + (double)p[0] / depth * range->focal_px)) < 0.0501);
        assert_true(fabs(c[1] - (0.5 * HEIGHT - (double)p[1] / depth * range->focal_px)) < 0.0501);
        assert_true(fabs(c[2] - 1 / depth) < 0.51 * (range->q[1] - range->q[0]) / 65535 + 1e-7);
        for (int k = 0; k < 2; k++)
            assert_true(fabs(c[k] * mesh->place[k] + mesh->place[2 + k] - (double)uv[k]) < 2e-3);
    }
    assert_int_equal(fresh, mesh->vertex_count);
    assert_int_equal(at - mesh->bytes, mesh->size);
    free(corners);
}

static relief_surfaces *make_surfaces(relief_ctx *ctx, int layers, test_map_fn map,
                                      test_scene *scene, relief_mesh **mesh) {
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_surfaces *surfaces = NULL;
    options.layers = layers;
    *scene = test_scene_new(ctx, WIDTH, HEIGHT, RELIEF_METRES, map, &options);
    assert_int_equal(relief_mesh_new(ctx, scene->scene, NULL, mesh), RELIEF_OK);
    assert_int_equal(relief_surfaces_of_mesh(ctx, *mesh, &surfaces), RELIEF_OK);
    return surfaces;
}

static void packed_geometry_is_the_scenes(void **state) {
    const test_map_fn maps[] = {test_floor, test_box, test_noise, test_things};
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    for (int i = 0; i < 8; i++) {
        test_scene scene;
        relief_mesh *mesh;
        rl_page_range range;
        relief_surfaces *surfaces = make_surfaces(ctx, 1 + i % 2, maps[i / 2], &scene, &mesh);
        relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
        relief_surfaces_get_info(surfaces, &info);
        assert_int_equal(rl_page_survey(ctx, surfaces, &range), RELIEF_OK);
        assert_true(range.q[0] > 0 && range.q[0] < range.q[1]);
        assert_true(range.pivot >= range.q[0] && range.pivot <= 0.5 / info.near_depth);
        for (int k = 0; k < info.surface_count; k++) {
            rl_page_mesh packed;
            const relief_surface *surface = relief_surfaces_get(surfaces, k);
            assert_int_equal(rl_page_pack(ctx, surface, &range, &packed), RELIEF_OK);
            assert_int_equal(packed.triangle_count, surface->triangle_count);
            /* The front stands on pixel corners. */
            assert_true(packed.step == 1 || surface->layer == RELIEF_LAYER_BACK);
            check_packed(surface, &range, &packed);
            rl_free(packed.bytes);
        }
        relief_surfaces_free(surfaces);
        relief_mesh_free(mesh);
        test_scene_free(&scene);
    }
    relief_ctx_free(ctx);
}

/* ------------------------------------------------------------------ files */

static char *read_page(size_t *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *text = calloc(*size + 1, 1);
    assert_int_equal(fread(text, 1, *size, file), *size);
    fclose(file);
    return text;
}

static int count_of(const char *text, const char *part) {
    int count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

static void a_page_is_one_file_with_all_in_it(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene scene;
    relief_mesh *mesh;
    relief_page_options options = RELIEF_OPTIONS_INIT(relief_page_options);
    relief_page_info info = RELIEF_OPTIONS_INIT(relief_page_info);
    relief_surfaces *surfaces = make_surfaces(ctx, 2, test_box, &scene, &mesh);
    size_t size;
    options.title = "a <b> & \"c\"\n</title>";
    assert_int_equal(relief_page_save(ctx, surfaces, path, &options, &info), RELIEF_OK);
    char *text = read_page(&size);
    assert_int_equal(size, info.bytes);
    assert_int_equal(strlen(text), size);
    assert_int_equal(count_of(text, "{{"), 0);
    assert_int_equal(count_of(text, "http:") + count_of(text, "https:"), 0);
    assert_int_equal(
        count_of(text, "<title>a &lt;b&gt; &amp; &quot;c&quot;?&lt;/title&gt;</title>"), 1);
    assert_int_equal(count_of(text, "id=\"mesh"), 2);
    assert_int_equal(count_of(text, "id=\"picture"), 2);
    assert_true(info.bytes > (info.mesh_bytes + info.texture_bytes) / 3 * 4);
    assert_true(info.largest_texture >= WIDTH && info.largest_texture < 2 * WIDTH);
    free(text);

    /* What is not UTF-8 is no title; our own page is replaced, another's is not. */
    options.title = "\xFF\xFE";
    options.texture_size = 32;
    assert_int_equal(relief_page_save(ctx, surfaces, path, &options, &info), RELIEF_OK);
    assert_int_equal(info.largest_texture, 32);
    text = read_page(&size);
    assert_int_equal(count_of(text, "<title>relief</title>"), 1);
    free(text);
    FILE *file = fopen(path, "wb");
    assert_true(fputs("<!doctype html><title>mine</title>", file) >= 0);
    fclose(file);
    assert_int_equal(relief_page_save(ctx, surfaces, path, &options, NULL), RELIEF_ERROR_EXISTS);
    options.force = true;
    assert_int_equal(relief_page_save(ctx, surfaces, path, &options, NULL), RELIEF_OK);
    options.texture_size = RELIEF_PAGE_TEXTURE + 1;
    assert_int_equal(relief_page_save(ctx, surfaces, path, &options, NULL), RELIEF_ERROR_ARG);
    relief_surfaces_free(surfaces);
    relief_mesh_free(mesh);
    test_scene_free(&scene);
    relief_ctx_free(ctx);
}

/* Files in the tests' folder. */
static int count_files(void) {
    int count = 0;
    DIR *opened = opendir(folder);
    for (struct dirent *entry; (entry = readdir(opened));)
        count += entry->d_name[0] != '.' || strncmp(entry->d_name, ".relief", 7) == 0;
    closedir(opened);
    return count;
}

static void what_the_camera_cannot_see_is_refused(void **state) {
    const test_patch patch = {RELIEF_LAYER_FRONT, RELIEF_ALPHA_OPAQUE, 0, 0, 8, 6, {2, 3},
                              test_texel_pattern};
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    unlink(path);
    for (int k = 0; k < 5; k++) {
        relief_surfaces *surfaces = test_surfaces(ctx, 8, 6, 8);
        test_add_patch(ctx, surfaces, &patch);
        float *positions = surfaces->items[0].geometry[0];
        uint32_t *indices = surfaces->items[0].geometry[2];
        if (k == 0)
            positions[2] = 1; /* behind the camera */
        else if (k == 1)
            positions[2] = -0.0F;
        else if (k == 2)
            positions[0] = NAN;
        else if (k == 3)
            positions[1] = 1e30F;
        else
            indices[4] = 4;
        assert_int_equal(relief_page_save(ctx, surfaces, path, NULL, NULL), RELIEF_ERROR_FORMAT);
        assert_int_equal(count_files(), 0);
        relief_surfaces_free(surfaces);
    }
    relief_surfaces *empty = test_surfaces(ctx, 8, 6, 8);
    assert_int_equal(relief_page_save(ctx, empty, path, NULL, NULL), RELIEF_ERROR_FORMAT);
    relief_surfaces_free(empty);
    relief_ctx_free(ctx);
}

/* The n-th allocation fails, for every n: nothing is left behind. */
static void pages_survive_the_want_of_memory(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene scene;
    relief_mesh *mesh;
    relief_surfaces *surfaces = make_surfaces(ctx, 2, test_box, &scene, &mesh);
    relief_page_options options = RELIEF_OPTIONS_INIT(relief_page_options);
    options.texture_size = 32;
    relief_status status = RELIEF_ERROR_MEMORY;
    int n = 0;
    for (; status && n < 2000; n++) {
        rl_memory_fail_at(n, false);
        status = relief_page_save(ctx, surfaces, path, &options, NULL);
        rl_memory_fail_at(-1, false);
        assert_true(status == RELIEF_OK || status == RELIEF_ERROR_MEMORY);
        assert_int_equal(count_files(), status ? 0 : 1);
    }
    assert_true(n > 10);
    relief_surfaces_free(surfaces);
    relief_mesh_free(mesh);
    test_scene_free(&scene);
    relief_ctx_free(ctx);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/relief-page-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/page.html", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_geometry_is_the_scenes),
        cmocka_unit_test(a_page_is_one_file_with_all_in_it),
        cmocka_unit_test(what_the_camera_cannot_see_is_refused),
        cmocka_unit_test(pages_survive_the_want_of_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
