/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any depth map and options become a scene, a mesh and a GLB file whose parts add up.
 * Input: 12 bytes of settings, then the map's values, 2 bytes each, repeated when there are too
 * few. */
#include "base/memory.h"
#include "image/encode.h"
#include "mesh/mesh_file.h"
#include "relief/relief.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS = 12, MOST_SIDE = 48, MOST_BYTES = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is wrong is a crash for the fuzzer. */
static void demand(bool truth) {
    if (!truth)
        abort();
}

typedef struct glb_bytes {
    uint8_t *data;
    size_t size;
} glb_bytes;

static relief_status keep(void *arg, const void *data, size_t size) {
    glb_bytes *bytes = arg;
    demand(bytes->size + size <= MOST_BYTES);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return RELIEF_OK;
}

static uint32_t word_at(const uint8_t *data) {
    uint32_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

static int64_t member(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    demand(json_is_integer(value));
    return json_integer_value(value);
}

static void check_file(const glb_bytes *glb, const relief_mesh *mesh) {
    demand(glb->size >= 28 && glb->size % 4 == 0 && memcmp(glb->data, "glTF", 4) == 0);
    demand(word_at(glb->data + 8) == glb->size);
    const size_t json_size = word_at(glb->data + 12);
    demand(json_size <= glb->size - 28);
    const size_t bin_size = word_at(glb->data + 20 + json_size);
    demand(28 + json_size + bin_size == glb->size);
    json_t *root = json_loadb((const char *)glb->data + 20, json_size, 0, NULL);
    demand(root != NULL);
    const json_t *views = json_object_get(root, "bufferViews");
    const json_t *accessors = json_object_get(root, "accessors");
    const bool normals = relief_mesh_normals(mesh) != NULL;
    const size_t parts = normals ? 4 : 3;
    demand(json_array_size(views) == parts + 1 && json_array_size(accessors) == parts);
    const int64_t element_sizes[4] = {12, 8, normals ? 12 : 4, 4};
    for (size_t k = 0; k < parts + 1; k++) {
        const json_t *view = json_array_get(views, k);
        const int64_t end = member(view, "byteOffset") + member(view, "byteLength");
        demand(end <= (int64_t)bin_size);
        if (k < parts)
            demand(member(json_array_get(accessors, k), "count") * element_sizes[k] ==
                   member(view, "byteLength"));
    }
    json_decref(root);
    relief_mesh_info info = RELIEF_OPTIONS_INIT(relief_mesh_info);
    relief_mesh_get_info(mesh, &info);
    for (int64_t k = 0; k < 3 * info.vertex_count; k++)
        demand(isfinite(relief_mesh_positions(mesh)[k]));
    for (int64_t k = 0; k < 3 * info.triangle_count; k++)
        demand(relief_mesh_indices(mesh)[k] < info.vertex_count);
}

static relief_image *make_photo(relief_ctx *ctx, int width, int height) {
    static uint8_t grey[MOST_SIDE * MOST_SIDE * 3];
    const rl_pixels pixels = {
        .data = grey, .width = width, .height = height, .channels = 3, .sample_bytes = 1};
    rl_encoded png;
    relief_image *photo = NULL;
    demand(rl_encode_png(ctx, &pixels, &png) == RELIEF_OK);
    demand(relief_image_load_memory(ctx, png.data, png.size, "fuzz", NULL, &photo) == RELIEF_OK);
    rl_free(png.data);
    return photo;
}

/* Values of every size: a 16-bit number is a mantissa of 10 bits and an exponent. */
static relief_depth *make_map(relief_ctx *ctx, const uint8_t *data, size_t size, int width,
                              int height, relief_depth_kind kind) {
    float values[MOST_SIDE * MOST_SIDE];
    for (int k = 0; k < width * height; k++) {
        const size_t at = size >= 2 ? 2 * ((size_t)k % (size / 2)) : 0;
        const unsigned code = size >= 2 ? (unsigned)data[at] | (unsigned)data[at + 1] << 8 : 77u;
        values[k] = ldexpf((float)(code & 1023) + 1, (int)(code >> 10) - 36);
    }
    relief_depth *map = NULL;
    demand(relief_depth_from_values(ctx, values, width, height, kind, &map) == RELIEF_OK);
    return map;
}

static void run(relief_ctx *ctx, const uint8_t *settings, const relief_image *photo,
                const relief_depth *map) {
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.fov_degrees = settings[5] % 200;
    options.depth_ratio = settings[6];
    options.strength = settings[7] / 32.0;
    options.travel = settings[8] / 256.0;
    relief_mesh_options mesh_options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    mesh_options.grid = settings[9];
    mesh_options.max_triangles = (int64_t)settings[10] * settings[10];
    mesh_options.quality = (relief_quality)(settings[2] >> 4 & 3);
    mesh_options.normals = settings[2] & 128;
    if (settings[2] & 64)
        mesh_options.triangles = mesh_options.max_triangles;
    else if (settings[9] > 200) /* few grids, and many bounds on the error */
        mesh_options.error_px = settings[10] / 16.0;
    else if (settings[9] > 64)
        mesh_options.grid = 0;
    relief_scene *scene = NULL;
    relief_mesh *mesh = NULL;
    static const uint8_t texture_bytes[8] = "texture";
    glb_bytes glb = {.data = malloc(MOST_BYTES)};
    demand(glb.data != NULL);
    relief_status status = relief_scene_new(ctx, photo, map, &options, &scene);
    demand(status == RELIEF_OK || status == RELIEF_ERROR_ARG);
    if (!status) {
        status = relief_mesh_new(ctx, scene, &mesh_options, &mesh);
        demand(status == RELIEF_OK || status == RELIEF_ERROR_ARG);
    }
    if (!status) {
        char name[3] = {(char)settings[0], (char)settings[11], 0};
        rl_mesh_file file = {.mesh = mesh, .name = name};
        file.textures[0] =
            (rl_texture){.data = texture_bytes, .size = settings[11] % 9, .mime_type = "image/png"};
        demand(rl_glb_put(ctx, &file, keep, &glb) == RELIEF_OK);
        check_file(&glb, mesh);
    }
    free(glb.data);
    relief_mesh_free(mesh);
    relief_scene_free(scene);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < SETTINGS)
        return 0;
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = 1;
    relief_ctx *ctx = NULL;
    demand(relief_ctx_new(&options, &ctx) == RELIEF_OK);
    const int width = data[0] % MOST_SIDE + 1, height = data[1] % MOST_SIDE + 1;
    const bool same = data[2] & 1;
    relief_image *photo = make_photo(ctx, width, height);
    relief_depth *map =
        make_map(ctx, data + SETTINGS, size - SETTINGS, same ? width : data[3] % MOST_SIDE + 1,
                 same ? height : data[4] % MOST_SIDE + 1, (relief_depth_kind)((data[2] >> 1) % 3));
    run(ctx, data, photo, map);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_ctx_free(ctx);
    return 0;
}
