/* SPDX-License-Identifier: Apache-2.0 */
/* GLB files, read back: layout, bounds, texture bytes, camera, facts; names and endings. With
 * RELIEF_GLB_DIR set the samples stay there, for the Khronos validator. */
#include "tests/scene_testing.h"

#include "base/os.h"
#include "image/texture.h"
#include "mesh/mesh_file.h"
#include "relief/mesh.h"
#include "scene/scene_inside.h"

#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/relief-test-glb-XXXXXX";

static const char *path_to(const char *name) {
    static char path[512];
    const char *kept = getenv("RELIEF_GLB_DIR");
    (void)snprintf(path, sizeof path, "%s/%s", kept ? kept : folder, name);
    return path;
}

/* A file taken apart. */
typedef struct glb_file {
    rl_mapping *mapping;
    json_t *json;
    const uint8_t *bin;
    size_t bin_size;
} glb_file;

static uint32_t word_at(const uint8_t *data) {
    uint32_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

static glb_file open_glb(relief_ctx *ctx, const char *path) {
    glb_file file = {0};
    assert_int_equal(rl_os_map(ctx, path, &file.mapping), RELIEF_OK);
    const uint8_t *data = file.mapping->data;
    const size_t size = file.mapping->size;
    assert_true(size > 28 && size % 4 == 0);
    assert_memory_equal(data, "glTF", 4);
    assert_int_equal(word_at(data + 4), 2);
    assert_int_equal(word_at(data + 8), size);
    const size_t json_size = word_at(data + 12);
    assert_memory_equal(data + 16, "JSON", 4);
    assert_true(json_size % 4 == 0 && json_size < size - 28);
    file.json = json_loadb((const char *)data + 20, json_size, 0, NULL);
    assert_non_null(file.json);
    file.bin_size = word_at(data + 20 + json_size);
    assert_memory_equal(data + 24 + json_size, "BIN", 4);
    assert_int_equal(28 + json_size + file.bin_size, size);
    file.bin = data + 28 + json_size;
    return file;
}

static void close_glb(glb_file *file) {
    json_decref(file->json);
    rl_os_unmap(file->mapping);
}

static json_t *item(const glb_file *file, const char *list, size_t index) {
    json_t *value = json_array_get(json_object_get(file->json, list), index);
    assert_non_null(value);
    return value;
}

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static const char *text(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    assert_non_null(value);
    return value;
}

/* The bytes of an accessor, which must lie within its buffer view and that within the buffer. */
static const uint8_t *accessor_bytes(const glb_file *file, size_t index, size_t element_size,
                                     size_t *count) {
    const json_t *accessor = item(file, "accessors", index);
    const json_t *view = item(file, "bufferViews", (size_t)number(accessor, "bufferView"));
    const size_t offset = (size_t)number(view, "byteOffset");
    const size_t length = (size_t)number(view, "byteLength");
    *count = (size_t)number(accessor, "count");
    assert_int_equal(offset % 4, 0);
    assert_int_equal(*count * element_size, length);
    assert_true(offset + length <= file->bin_size);
    return file->bin + offset;
}

static void check_geometry(const glb_file *file, const relief_mesh *mesh) {
    relief_mesh_info info = RELIEF_OPTIONS_INIT(relief_mesh_info);
    relief_mesh_get_info(mesh, &info);
    size_t vertices, uvs, indices;
    const uint8_t *bytes = accessor_bytes(file, 0, 12, &vertices);
    assert_int_equal(vertices, info.vertex_count);
    assert_memory_equal(bytes, relief_mesh_positions(mesh), vertices * 12);
    float low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (size_t k = 0; k < 3 * vertices; k++) {
        float value;
        memcpy(&value, bytes + 4 * k, 4);
        low[k % 3] = fminf(low[k % 3], value);
        high[k % 3] = fmaxf(high[k % 3], value);
    }
    const json_t *accessor = item(file, "accessors", 0);
    for (size_t k = 0; k < 3; k++) {
        const json_t *min = json_array_get(json_object_get(accessor, "min"), k);
        const json_t *max = json_array_get(json_object_get(accessor, "max"), k);
        assert_true((float)json_number_value(min) == low[k]);
        assert_true((float)json_number_value(max) == high[k]);
    }
    bytes = accessor_bytes(file, 1, 8, &uvs);
    assert_int_equal(uvs, vertices);
    assert_memory_equal(bytes, relief_mesh_uvs(mesh), uvs * 8);
    bytes = accessor_bytes(file, 2, 4, &indices);
    assert_int_equal(indices, 3 * info.triangle_count);
    for (size_t k = 0; k < indices; k++)
        assert_true(word_at(bytes + 4 * k) < vertices);
}

static void check_texture(relief_ctx *ctx, const glb_file *file, const relief_image *photo) {
    rl_texture texture;
    assert_int_equal(
        rl_image_texture(ctx, photo, &(rl_texture_options){.keep_metadata = false}, &texture),
        RELIEF_OK);
    const json_t *view = item(file, "bufferViews", 3);
    assert_int_equal(number(view, "byteLength"), texture.size);
    assert_memory_equal(file->bin + (size_t)number(view, "byteOffset"), texture.data, texture.size);
    assert_string_equal(text(item(file, "images", 0), "mimeType"), texture.mime_type);
    rl_texture_clear(&texture);
}

static void check_camera(const glb_file *file, const relief_camera *camera) {
    const json_t *lens = json_object_get(item(file, "cameras", 0), "perspective");
    assert_float_equal(number(lens, "yfov"), (2 * atan(0.5 * camera->height / camera->focal_px)),
                       1e-9);
    assert_float_equal(number(lens, "aspectRatio"), ((double)camera->width / camera->height), 1e-9);
    assert_true(number(lens, "znear") > 0 && number(lens, "znear") < number(lens, "zfar"));
    const json_t *extras =
        json_object_get(json_object_get(item(file, "scenes", 0), "extras"), "relief");
    assert_string_equal(text(extras, "version"), relief_version());
    assert_string_equal(text(extras, "model"), "");
    assert_float_equal(number(extras, "fov_degrees"), camera->fov_degrees, 1e-9);
    assert_float_equal(number(extras, "focal_px"), camera->focal_px, 1e-9);
    assert_int_equal(number(extras, "width"), camera->width);
    assert_int_equal(number(extras, "height"), camera->height);
    assert_true(number(extras, "near") <= number(extras, "far"));
    assert_true(json_is_true(json_object_get(extras, "metric")));
}

/* One sample: a photo of this size and kind as a GLB that is read back. */
typedef struct glb_sample {
    const char *name;
    int width, height, channels;
    uint8_t alpha;
    test_map_fn map;
    const char *alpha_mode; /* NULL: opaque */
} glb_sample;

static const glb_sample SAMPLES[] = {
    {"floor.glb", 160, 120, 3, 0, test_floor, NULL},
    {"things.glb", 333, 211, 3, 0, test_things, NULL},
    {"noise.glb", 61, 47, 3, 0, test_noise, NULL},
    {"one.glb", 1, 1, 3, 0, test_box, NULL},
    {"line.glb", 1, 9, 3, 0, test_noise, NULL},
    {"Kind & \xC3\xA4lter \"1\".glb", 31, 33, 3, 0, test_corner, NULL},
    {"not-utf8-\xFF.glb", 16, 16, 3, 0, test_corner, NULL},
    {"cut-out.glb", 40, 30, 4, 0, test_box, "MASK"},
    {"glass.glb", 40, 30, 4, 128, test_box, "BLEND"},
};

static void check_sample(relief_ctx *ctx, const glb_sample *sample) {
    relief_image *photo =
        test_photo(ctx, sample->width, sample->height, sample->channels, sample->alpha);
    relief_depth *map = test_map(ctx, sample->width, sample->height, RELIEF_METRES, sample->map);
    relief_scene *scene;
    relief_mesh *mesh;
    assert_int_equal(relief_scene_new(ctx, photo, map, NULL, &scene), RELIEF_OK);
    assert_int_equal(relief_mesh_new(ctx, scene, NULL, &mesh), RELIEF_OK);
    assert_int_equal(relief_mesh_save(ctx, mesh, path_to(sample->name), NULL), RELIEF_OK);

    glb_file file = open_glb(ctx, path_to(sample->name));
    const json_t *asset = json_object_get(file.json, "asset");
    assert_string_equal(text(asset, "version"), "2.0");
    assert_memory_equal(text(asset, "generator"), "relief ", 7);
    assert_int_equal(number(item(&file, "buffers", 0), "byteLength"), file.bin_size);
    check_geometry(&file, mesh);
    check_texture(ctx, &file, photo);
    check_camera(&file, &scene->info.camera);
    const json_t *material = item(&file, "materials", 0);
    assert_true(json_is_true(json_object_get(material, "doubleSided")));
    assert_non_null(
        json_object_get(json_object_get(material, "extensions"), "KHR_materials_unlit"));
    const json_t *mode = json_object_get(material, "alphaMode");
    if (sample->alpha_mode)
        assert_string_equal(json_string_value(mode), sample->alpha_mode);
    else
        assert_null(mode);
    close_glb(&file);
    relief_mesh_free(mesh);
    relief_scene_free(scene);
    relief_depth_free(map);
    relief_image_free(photo);
}

static void test_read_back(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    for (size_t k = 0; k < sizeof SAMPLES / sizeof *SAMPLES; k++)
        check_sample(ctx, &SAMPLES[k]);
    glb_file file = open_glb(ctx, path_to(SAMPLES[5].name));
    assert_string_equal(text(item(&file, "nodes", 0), "name"), "Kind & \xC3\xA4lter \"1\"");
    assert_string_equal(text(item(&file, "nodes", 1), "name"), "Kind & \xC3\xA4lter \"1\" camera");
    close_glb(&file);
    relief_ctx_free(ctx);
}

static void write_text(const char *path, const char *content) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void test_names(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene made = test_scene_new(ctx, 20, 10, RELIEF_METRES, test_box, NULL);
    relief_mesh *mesh;
    assert_int_equal(relief_mesh_new(ctx, made.scene, NULL, &mesh), RELIEF_OK);
    const char *const bad[] = {"a.fbx", "a", "a.glb.txt", ".glb/x", "glb"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(relief_mesh_save(ctx, mesh, path_to(bad[k]), NULL),
                         RELIEF_ERROR_UNSUPPORTED);
        assert_non_null(strstr(relief_last_error(ctx), ".glb"));
        assert_false(rl_os_exists(path_to(bad[k])));
    }
    assert_int_equal(relief_mesh_save(ctx, mesh, path_to("none/a.glb"), NULL), RELIEF_ERROR_IO);
    /* A stranger's file stays; our own is replaced; force replaces both. */
    write_text(path_to("other.glb"), "somebody's work");
    assert_int_equal(relief_mesh_save(ctx, mesh, path_to("other.glb"), NULL), RELIEF_ERROR_EXISTS);
    relief_mesh_save_options options = RELIEF_OPTIONS_INIT(relief_mesh_save_options);
    options.force = true;
    assert_int_equal(relief_mesh_save(ctx, mesh, path_to("other.glb"), &options), RELIEF_OK);
    assert_int_equal(relief_mesh_save(ctx, mesh, path_to("other.glb"), NULL), RELIEF_OK);
    assert_int_equal(relief_mesh_save(ctx, mesh, path_to("SHOUTED.GLB"), NULL), RELIEF_OK);
    relief_mesh_free(mesh);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

/* A .gltf with its parts beside it: the JSON names them, they hold what a .glb holds, and nothing
 * of somebody else's is replaced. */
static void test_gltf(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene made = test_scene_new(ctx, 40, 30, RELIEF_METRES, test_things, NULL);
    relief_mesh_options mesh_options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    mesh_options.normals = true;
    relief_mesh *mesh;
    assert_int_equal(relief_mesh_new(ctx, made.scene, &mesh_options, &mesh), RELIEF_OK);
    write_text(path_to("set -photo.png"), "somebody's work");
    assert_int_equal(relief_mesh_save(ctx, mesh, path_to("set .gltf"), NULL), RELIEF_ERROR_EXISTS);
    assert_false(rl_os_exists(path_to("set .gltf")));
    assert_false(rl_os_exists(path_to("set .bin")));
    assert_int_equal(unlink(path_to("set -photo.png")), 0);
    assert_int_equal(relief_mesh_save(ctx, mesh, path_to("set .gltf"), NULL), RELIEF_OK);
    assert_int_equal(relief_mesh_save(ctx, mesh, path_to("set .gltf"), NULL), RELIEF_OK);
    json_t *root = json_load_file(path_to("set .gltf"), 0, NULL);
    assert_non_null(root);
    const json_t *buffer = json_array_get(json_object_get(root, "buffers"), 0);
    assert_string_equal(text(buffer, "uri"), "set%20.bin");
    assert_string_equal(text(json_array_get(json_object_get(root, "images"), 0), "uri"),
                        "set%20-photo.png");
    rl_mapping *bin, *picture;
    assert_int_equal(rl_os_map(ctx, path_to("set .bin"), &bin), RELIEF_OK);
    assert_int_equal(number(buffer, "byteLength"), bin->size);
    const void *const parts[] = {relief_mesh_positions(mesh), relief_mesh_uvs(mesh),
                                 relief_mesh_normals(mesh), relief_mesh_indices(mesh)};
    for (size_t k = 0; k < 4; k++) {
        const json_t *view = json_array_get(json_object_get(root, "bufferViews"), k);
        assert_memory_equal(bin->data + (size_t)number(view, "byteOffset"), parts[k],
                            (size_t)number(view, "byteLength"));
    }
    rl_os_unmap(bin);
    /* The picture is the photo, and a decoder takes the mark in it. */
    relief_image *again;
    assert_int_equal(relief_image_load(ctx, path_to("set -photo.png"), NULL, &again), RELIEF_OK);
    assert_memory_equal(relief_image_pixels(again), relief_image_pixels(made.photo), 40 * 30 * 3);
    assert_int_equal(rl_os_map(ctx, path_to("set -photo.png"), &picture), RELIEF_OK);
    rl_os_unmap(picture);
    relief_image_free(again);
    json_decref(root);
    relief_mesh_free(mesh);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static relief_status refuse_late(void *arg, const void *data, size_t size) {
    (void)data;
    size_t *left = arg;
    if (size > *left)
        return RELIEF_ERROR_IO;
    *left -= size;
    return RELIEF_OK;
}

/* A sink that fails at any point ends the writing with its own status; a size over 4 GiB is refused
 * before any byte. */
static void test_sinks(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_scene made = test_scene_new(ctx, 20, 10, RELIEF_METRES, test_box, NULL);
    relief_mesh *mesh;
    assert_int_equal(relief_mesh_new(ctx, made.scene, NULL, &mesh), RELIEF_OK);
    static const uint8_t bytes[5] = {1, 2, 3, 4, 5};
    rl_mesh_file file = {.mesh = mesh, .name = "x"};
    file.textures[0] = (rl_texture){.data = bytes, .size = 5, .mime_type = "image/png"};
    size_t left = SIZE_MAX;
    assert_int_equal(rl_glb_put(ctx, &file, refuse_late, &left), RELIEF_OK);
    const size_t size = SIZE_MAX - left;
    assert_int_equal(size % 4, 0);
    for (size_t room = 0; room < size; room += 97) {
        left = room;
        assert_int_equal(rl_glb_put(ctx, &file, refuse_late, &left), RELIEF_ERROR_IO);
    }
    file.textures[0].size = (size_t)UINT32_MAX - 100;
    left = 0;
    assert_int_equal(rl_glb_put(ctx, &file, refuse_late, &left), RELIEF_ERROR_LIMIT);
    relief_mesh_free(mesh);
    test_scene_free(&made);
    relief_ctx_free(ctx);
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : 1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[600];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_gltf),
        cmocka_unit_test(test_sinks),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
