/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes read back from files: what was written, and nothing from files that lie. */
#include "tests/render_testing.h"

#include <stdio.h>
#include <unistd.h>

static char folder[64];
static char path[128];

/* A file that relief writes, and its bytes. */
typedef struct written {
    test_scene scene;
    relief_mesh *mesh;
    uint8_t *bytes;
    size_t size;
} written;

static uint8_t *read_file(const char *name, size_t *size) {
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void write_file(const char *name, const uint8_t *bytes, size_t size) {
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static written write_scene_as(relief_ctx *ctx, test_map_fn map, bool compress) {
    written w = {.scene = test_scene_new(ctx, 40, 30, RELIEF_METRES, map, NULL)};
    relief_mesh_save_options options = RELIEF_OPTIONS_INIT(relief_mesh_save_options);
    options.compress = compress;
    assert_int_equal(relief_mesh_new(ctx, w.scene.scene, NULL, &w.mesh), RELIEF_OK);
    assert_int_equal(relief_mesh_save(ctx, w.mesh, path, &options), RELIEF_OK);
    w.bytes = read_file(path, &w.size);
    return w;
}

static written write_scene(relief_ctx *ctx) {
    return write_scene_as(ctx, test_box, false);
}

static void written_free(written *w) {
    free(w->bytes);
    relief_mesh_free(w->mesh);
    test_scene_free(&w->scene);
}

static void what_is_read_is_what_was_written(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    written w = write_scene(ctx);
    relief_surfaces *own = NULL, *read = NULL;
    relief_surfaces_info a = RELIEF_OPTIONS_INIT(relief_surfaces_info), b = a;
    assert_int_equal(relief_surfaces_of_mesh(ctx, w.mesh, &own), RELIEF_OK);
    assert_int_equal(relief_surfaces_load(ctx, path, &read), RELIEF_OK);
    relief_surfaces_get_info(own, &a);
    relief_surfaces_get_info(read, &b);
    assert_int_equal(a.surface_count, b.surface_count);
    assert_int_equal(a.vertex_count, b.vertex_count);
    assert_int_equal(a.triangle_count, b.triangle_count);
    assert_int_equal(b.width, 40);
    assert_int_equal(b.height, 30);
    assert_true(fabs(a.focal_px - b.focal_px) < 1e-9 * a.focal_px);
    assert_true(fabs(a.near_depth - b.near_depth) < 1e-6 && fabs(a.travel - b.travel) < 1e-12);
    assert_true(fabs(a.far_depth - b.far_depth) < 1e-6);
    for (int i = 0; i < a.surface_count; i++) {
        const relief_surface *s = relief_surfaces_get(own, i), *t = relief_surfaces_get(read, i);
        assert_int_equal(s->layer, t->layer);
        assert_int_equal(s->alpha, t->alpha);
        assert_string_equal(s->picture_type, t->picture_type);
        assert_int_equal(s->picture_size, t->picture_size);
        assert_memory_equal(s->picture, t->picture, s->picture_size);
        assert_memory_equal(s->positions, t->positions, (size_t)s->vertex_count * 12);
        assert_memory_equal(s->uvs, t->uvs, (size_t)s->vertex_count * 8);
        assert_memory_equal(s->indices, t->indices, (size_t)s->triangle_count * 12);
    }
    relief_surfaces_free(own);
    relief_surfaces_free(read);
    written_free(&w);
    relief_ctx_free(ctx);
}

static void assert_near(const float *a, const float *b, int64_t count, double share, double least) {
    for (int64_t k = 0; k < count; k++)
        assert_true(fabs((double)a[k] - (double)b[k]) <= fabs((double)a[k]) * share + least);
}

/* Triangles keep their order; a corner may have become the first one. */
static void assert_same_triangles(const uint32_t *a, const uint32_t *b, int64_t count) {
    for (int64_t t = 0; t < count; t++, a += 3, b += 3) {
        const int turn = a[0] == b[0] ? 0 : a[0] == b[1] ? 1 : 2;
        for (int k = 0; k < 3; k++)
            assert_int_equal(a[k], b[(k + turn) % 3]);
    }
}

/* A packed file gives back what was written, to the bits that are kept. */
static void packed_files_are_unpacked(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    written plain = write_scene_as(ctx, test_noise, false);
    written w = write_scene_as(ctx, test_noise, true);
    relief_surfaces *read = NULL;
    relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    assert_true(w.size < plain.size);
    assert_int_equal(relief_surfaces_load(ctx, path, &read), RELIEF_OK);
    relief_surfaces_get_info(read, &info);
    relief_mesh_info mesh = RELIEF_OPTIONS_INIT(relief_mesh_info);
    relief_mesh_get_info(w.mesh, &mesh);
    assert_int_equal(info.surface_count, 1);
    assert_int_equal(info.vertex_count, mesh.vertex_count);
    assert_int_equal(info.triangle_count, mesh.triangle_count);
    const relief_surface *s = relief_surfaces_get(read, 0);
    assert_near(relief_mesh_positions(w.mesh), s->positions, 3 * mesh.vertex_count, 1 / 131072.0,
                0);
    assert_near(relief_mesh_uvs(w.mesh), s->uvs, 2 * mesh.vertex_count, 0, 0.51 / 65535);
    assert_same_triangles(relief_mesh_indices(w.mesh), s->indices, mesh.triangle_count);
    relief_surfaces_free(read);
    written_free(&plain);
    written_free(&w);
    relief_ctx_free(ctx);
}

/* The status of reading the file with `from` in its description replaced by `to`, of the same
 * length. */
static relief_status status_with(relief_ctx *ctx, const written *w, const char *from,
                                 const char *to) {
    uint8_t *bytes = malloc(w->size);
    relief_surfaces *read = NULL;
    memcpy(bytes, w->bytes, w->size);
    uint8_t *at = memmem(bytes, w->size, from, strlen(from));
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    write_file(path, bytes, w->size);
    free(bytes);
    const relief_status status = relief_surfaces_load(ctx, path, &read);
    relief_surfaces_free(read);
    return status;
}

static void files_that_lie_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
        relief_status status;
    } lies[] = {
        {"\"VEC3\"", "\"VEC4\"", RELIEF_ERROR_FORMAT},
        {"\"componentType\":5126", "\"componentType\":5123", RELIEF_ERROR_UNSUPPORTED},
        {"\"byteOffset\":0", "\"byteOffset\":9", RELIEF_OK},
        {"\"mode\":4", "\"mode\":5", RELIEF_ERROR_UNSUPPORTED},
        {"\"relief\":{", "\"Relief\":{", RELIEF_ERROR_UNSUPPORTED},
        {"\"focal_px\"", "\"focal_xp\"", RELIEF_ERROR_FORMAT},
        {"\"width\":40", "\"width\":-4", RELIEF_ERROR_FORMAT},
        {"\"TEXCOORD_0\":1", "\"TEXCOORD_0\":0", RELIEF_ERROR_FORMAT},
        {"\"indices\":2", "\"indices\":7", RELIEF_ERROR_FORMAT},
        {"\"source\":0", "\"source\":1", RELIEF_ERROR_FORMAT},
        {"\"extensionsUsed\"", "\"extensionsUses\"", RELIEF_OK},
        {"\"asset\"", "\"asset}", RELIEF_ERROR_FORMAT},
    };
    relief_ctx *ctx = test_ctx(1);
    written w = write_scene(ctx);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        print_message("%s\n", lies[i].to);
        assert_int_equal(status_with(ctx, &w, lies[i].from, lies[i].to), lies[i].status);
    }
    /* Indices beyond the vertices. */
    relief_surfaces *read = NULL;
    uint8_t *bytes = malloc(w.size);
    memcpy(bytes, w.bytes, w.size);
    const uint32_t *first = relief_mesh_indices(w.mesh);
    uint8_t *at = memmem(bytes, w.size, first, 6 * sizeof *first);
    assert_non_null(at);
    memset(at + 8, 0xFF, 4);
    write_file(path, bytes, w.size);
    free(bytes);
    assert_int_equal(relief_surfaces_load(ctx, path, &read), RELIEF_ERROR_FORMAT);
    /* Places that are no numbers. */
    const float *lists[2] = {relief_mesh_positions(w.mesh), relief_mesh_uvs(w.mesh)};
    for (int k = 0; k < 2; k++) {
        bytes = malloc(w.size);
        memcpy(bytes, w.bytes, w.size);
        at = memmem(bytes, w.size, lists[k] + 6, 6 * sizeof(float));
        assert_non_null(at);
        memset(at + 4, 0xFF, 4);
        write_file(path, bytes, w.size);
        free(bytes);
        assert_int_equal(relief_surfaces_load(ctx, path, &read), RELIEF_ERROR_FORMAT);
        assert_non_null(strstr(relief_last_error(ctx), "no number"));
    }
    /* Cut anywhere. */
    for (size_t size = 0; size < w.size; size += size < 64 ? 1 : 997) {
        write_file(path, w.bytes, size);
        assert_int_equal(relief_surfaces_load(ctx, path, &read), RELIEF_ERROR_FORMAT);
        assert_null(read);
    }
    unlink(path);
    assert_int_equal(relief_surfaces_load(ctx, path, &read), RELIEF_ERROR_IO);
    written_free(&w);
    relief_ctx_free(ctx);
}

/* A packed file that is spoilt somewhere gives numbers or is refused; nothing is read or written
 * beyond what there is. */
static void spoilt_packed_files(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
    } lies[] = {
        {"\"mode\":\"TRIANGLES\"", "\"mode\":\"TRIANGLEZ\""},
        {"\"mode\":\"ATTRIBUTES\"", "\"mode\":\"ATTRIBUTEZ\""},
        {"\"filter\":\"EXPONENTIAL\"", "\"filter\":\"QUATERNIONS\""},
        {"\"byteStride\":12", "\"byteStride\":13"},
        {"\"byteStride\":12", "\"byteStride\":-4"},
        {"\"buffer\":0", "\"buffer\":1"},
    };
    relief_ctx *ctx = test_ctx(1);
    written w = write_scene_as(ctx, test_noise, true);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        assert_int_equal(status_with(ctx, &w, lies[i].from, lies[i].to), RELIEF_ERROR_FORMAT);
    uint8_t *bytes = malloc(w.size);
    for (uint32_t n = 0; n < 400; n++) {
        memcpy(bytes, w.bytes, w.size);
        for (uint32_t k = 0; k < 4; k++)
            bytes[20 + (n * 2654435761U + k * 40503U) % (w.size - 20)] ^= (uint8_t)(1U << k % 8);
        relief_surfaces *read = NULL;
        write_file(path, bytes, w.size);
        const relief_status status = relief_surfaces_load(ctx, path, &read);
        assert_true(status == RELIEF_OK || status == RELIEF_ERROR_FORMAT ||
                    status == RELIEF_ERROR_UNSUPPORTED);
        relief_surfaces_free(read);
    }
    free(bytes);
    written_free(&w);
    relief_ctx_free(ctx);
}

static void torture(relief_ctx *ctx, const written *w) {
    const size_t live = relief_memory().live_bytes;
    for (int kind = 0; kind < 4; kind++) {
        int n = 0;
        for (bool failed = true; failed; n++) {
            relief_surfaces *surfaces = NULL;
            rl_memory_fail_at(n, kind & 1);
            const relief_status status = kind & 2
                                             ? relief_surfaces_load(ctx, path, &surfaces)
                                             : relief_surfaces_of_mesh(ctx, w->mesh, &surfaces);
            failed = rl_memory_failed();
            rl_memory_fail_at(-1, false);
            assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
            relief_surfaces_free(surfaces);
            assert_int_equal(relief_memory().live_bytes, live);
        }
        assert_true(n > 3);
    }
}

static void each_allocation_fails_once(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    for (int packed = 0; packed < 2; packed++) {
        written w = write_scene_as(ctx, test_box, packed);
        torture(ctx, &w);
        written_free(&w);
    }
    relief_ctx_free(ctx);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/relief-surfaces-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/scene.glb", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_what_was_written),
        cmocka_unit_test(packed_files_are_unpacked),
        cmocka_unit_test(spoilt_packed_files),
        cmocka_unit_test(files_that_lie_are_refused),
        cmocka_unit_test(each_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
