/* SPDX-License-Identifier: Apache-2.0 */
/* Torture: the whole path from a photo and a network to a file, run again and again with its first,
 * second, third ... allocation failing, until it succeeds. Every failed run reports _MEMORY, leaves
 * no file and frees all that it took. */
#include "tests/onnx_builder.h"
#include "tests/testing.h"

#include "base/memory.h"
#include "relief/relief.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 48
#define HEIGHT 32

/* A 16-bit depth map is a grey PNG, so it serves as a photo too. */
static void write_photo(const char *path) {
    float values[HEIGHT * WIDTH];
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
        values[i] = (float)(i * 7 % 256 + i / WIDTH * 8);
    }
    relief_ctx *ctx = test_ctx(1);
    relief_depth *map = NULL;
    assert_int_equal(relief_depth_from_values(ctx, values, WIDTH, HEIGHT, RELIEF_DISPARITY, &map),
                     RELIEF_OK);
    assert_int_equal(relief_depth_save(ctx, map, path, RELIEF_DEPTH_PNG16, false), RELIEF_OK);
    relief_depth_free(map);
    relief_ctx_free(ctx);
}

/* image -> conv 3x3 stride 2 -> ReLU -> + -> conv -> x2 -> disparity: fusing, folding and a free
 * size. */
static void write_network(const char *path) {
    float weights[4 * 3 * 9];
    for (int i = 0; i < 4 * 3 * 9; i++) {
        weights[i] = 0.05f * (float)(i % 7 - 2);
    }
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "image", RELIEF_F32, 4, (int64_t[]){1, 3, -1, -1});
    onnx_add_floats(b, "w1", 4, (int64_t[]){4, 3, 3, 3}, weights);
    onnx_add_floats(b, "w2", 4, (int64_t[]){1, 4, 3, 3}, weights);
    onnx_add_floats(b, "scales", 1, (int64_t[]){4}, (float[]){1, 1, 2, 2});
    onnx_add_node(b, "Conv", "c1", "image,w1", "a");
    onnx_set_ints(b, "strides", 2, (int64_t[]){2, 2});
    onnx_set_ints(b, "pads", 4, (int64_t[]){1, 1, 1, 1});
    onnx_add_node(b, "Relu", "r", "a", "b");
    onnx_add_node(b, "Add", "s", "a,b", "c");
    onnx_add_node(b, "Conv", "c2", "c,w2", "d");
    onnx_set_ints(b, "pads", 4, (int64_t[]){1, 1, 1, 1});
    onnx_add_node(b, "Resize", "up", "d,,scales", "disparity");
    onnx_set_string(b, "mode", "linear");
    onnx_add_output(b, "disparity", RELIEF_F32, 4, (int64_t[]){1, 1, -1, -1});
    size_t size;
    uint8_t *bytes = onnx_builder_finish(b, &size);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    free(bytes);
}

typedef struct files {
    char folder[64], photo[128], network[128], output[128], map[128];
} files;

static relief_status write_all(relief_ctx *ctx, const relief_image *photo,
                               const relief_depth *depth, const files *f) {
    relief_scene *scene = NULL;
    relief_mesh *mesh = NULL;
    relief_status status = relief_depth_save(ctx, depth, f->map, RELIEF_DEPTH_PNG16, false);
    if (!status) {
        status = relief_scene_new(ctx, photo, depth, NULL, &scene);
    }
    if (!status) {
        status = relief_mesh_new(ctx, scene, NULL, &mesh);
    }
    if (!status) {
        status = relief_mesh_save(ctx, mesh, f->output, NULL);
    }
    relief_mesh_free(mesh);
    relief_scene_free(scene);
    return status;
}

static relief_status whole_path(const files *f, const char *backend) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = 2;
    relief_ctx *ctx = NULL;
    relief_image *photo = NULL;
    relief_model *model = NULL;
    relief_depth *depth = NULL;
    relief_model_options model_options = RELIEF_OPTIONS_INIT(relief_model_options);
    model_options.backend = backend;
    relief_status status = relief_ctx_new(&options, &ctx);
    if (status) {
        return status;
    }
    status = relief_image_load(ctx, f->photo, NULL, &photo);
    if (!status) {
        status = relief_model_load(ctx, f->network, &model_options, &model);
    }
    if (!status) {
        status = relief_depth_estimate(ctx, model, photo, NULL, &depth);
    }
    if (!status) {
        status = write_all(ctx, photo, depth, f);
    }
    if (status && status != RELIEF_ERROR_MEMORY) {
        print_message("%s: %s\n", relief_status_name(status), relief_last_error(ctx));
    }
    relief_depth_free(depth);
    relief_model_free(model);
    relief_image_free(photo);
    relief_ctx_free(ctx);
    return status;
}

static int count_entries(const char *folder) {
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    int count = 0;
    while (readdir(dir)) {
        count++;
    }
    closedir(dir);
    return count - 2; /* . and .. */
}

static void torture(const files *f, const char *backend, bool sticky) {
    assert_int_equal(whole_path(f, backend),
                     RELIEF_OK); /* warms what lives as long as the process */
    unlink(f->output);
    unlink(f->map);
    size_t live = relief_memory().live_bytes;
    int n = 0;
    for (;; n++) {
        rl_memory_fail_at(n, sticky);
        relief_status status = whole_path(f, backend);
        bool failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_int_equal(relief_memory().live_bytes, live);
        if (!failed) {
            assert_int_equal(status, RELIEF_OK);
            break;
        }
        assert_int_equal(status, RELIEF_ERROR_MEMORY);
        assert_int_equal(access(f->output, F_OK), -1);
        unlink(f->map); /* whole when it is there: it is written before the mesh is made */
        assert_int_equal(count_entries(f->folder), 2);
    }
    print_message("%s: %d allocations, each failed once%s\n", backend, n,
                  sticky ? " and stayed so" : "");
    assert_true(n > 50);
    assert_int_equal(count_entries(f->folder), 4);
    unlink(f->output);
    unlink(f->map);
}

static void each_allocation_fails_once(void **state) {
    torture(*state, "reference", false);
    torture(*state, "auto", false);
}

static void memory_stays_gone(void **state) {
    torture(*state, "reference", true);
    torture(*state, "auto", true);
}

/* What is done aside changes nothing: once, twice, for sizes that cannot be, and never used. */
static void a_prepared_network_gives_the_same(void **state) {
    const files *f = *state;
    relief_ctx *ctx = test_ctx(2);
    relief_image *photo = NULL;
    relief_depth *maps[3] = {NULL};
    assert_int_equal(relief_image_load(ctx, f->photo, NULL, &photo), RELIEF_OK);
    for (int prepared = 0; prepared < 4; prepared++) {
        relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
        relief_model *model = NULL;
        assert_int_equal(relief_model_load(ctx, f->network, NULL, &model), RELIEF_OK);
        options.network_width = options.network_height = prepared == 2 ? 13 : 0;
        for (int k = 0; k < prepared; k++) {
            assert_int_equal(relief_depth_prepare(ctx, model, photo, &options), RELIEF_OK);
        }
        if (prepared < 3) {
            assert_int_equal(relief_depth_estimate(ctx, model, photo, NULL, &maps[prepared]),
                             RELIEF_OK);
        }
        relief_model_free(model);
    }
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(maps[0], &info);
    const size_t bytes = (size_t)info.width * (size_t)info.height * sizeof(float);
    for (int k = 1; k < 3; k++) {
        assert_memory_equal(relief_depth_values(maps[k]), relief_depth_values(maps[0]), bytes);
    }
    for (int k = 0; k < 3; k++) {
        relief_depth_free(maps[k]);
    }
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

static int make_files(void **state) {
    static files f = {.folder = "/tmp/relief-torture-XXXXXX"};
    if (!mkdtemp(f.folder)) {
        return -1;
    }
    snprintf(f.photo, sizeof(f.photo), "%s/photo.png", f.folder);
    snprintf(f.network, sizeof(f.network), "%s/network.onnx", f.folder);
    snprintf(f.output, sizeof(f.output), "%s/out.glb", f.folder);
    snprintf(f.map, sizeof(f.map), "%s/map.png", f.folder);
    write_photo(f.photo);
    write_network(f.network);
    *state = &f;
    return 0;
}

static int remove_files(void **state) {
    const files *f = *state;
    unlink(f->photo);
    unlink(f->network);
    return rmdir(f->folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prepared_network_gives_the_same),
        cmocka_unit_test(each_allocation_fails_once),
        cmocka_unit_test(memory_stays_gone),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
