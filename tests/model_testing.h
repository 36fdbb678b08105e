/* SPDX-License-Identifier: Apache-2.0 */
/* Small depth networks as files in a folder of the test's own, and photos for them. */
#ifndef RELIEF_TESTS_MODEL_TESTING_H
#define RELIEF_TESTS_MODEL_TESTING_H

#include "testing.h"

#include "base/memory.h"
#include "image/png_write.h"
#include "onnx_builder.h"
#include "relief/depth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static inline const char *in_folder(const char *name) {
    static char path[192];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static inline void write_file(const char *name, const void *data, size_t size) {
    FILE *file = fopen(in_folder(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void save(onnx_builder *builder, const char *name) {
    size_t size;
    uint8_t *bytes = onnx_builder_finish(builder, &size);
    write_file(name, bytes, size);
    free(bytes);
}

/* A graph with one picture input of height x width (-1: free). */
static inline onnx_builder *begin(const char *input, int64_t height, int64_t width) {
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, input, RELIEF_F32, 4, (int64_t[]){1, 3, height, width});
    return b;
}

/* Conv from 3 channels to 1 with this kernel and stride: the mean of the channels at the kernel's
 * first pixel. */
static inline void add_mean(onnx_builder *b, const char *from, const char *to, int64_t kernel,
                            int64_t stride) {
    char wires[64];
    float weights[3 * 16 * 16] = {0};
    for (int c = 0; c < 3; c++) {
        weights[c * kernel * kernel] = 1.0F / 3.0F;
    }
    onnx_add_floats(b, "mean_w", 4, (int64_t[]){1, 3, kernel, kernel}, weights);
    snprintf(wires, sizeof(wires), "%s,mean_w", from);
    onnx_add_node(b, "Conv", "mean", wires, to);
    onnx_set_ints(b, "kernel_shape", 2, (int64_t[]){kernel, kernel});
    onnx_set_ints(b, "strides", 2, (int64_t[]){stride, stride});
}

static inline void end(onnx_builder *b, const char *output, int rank, const char *file) {
    int64_t dims[4] = {1, -1, -1, -1};
    if (rank == 4) {
        dims[1] = 1;
    }
    onnx_add_output(b, output, RELIEF_F32, rank, dims);
    save(b, file);
}

static inline relief_model *load_like(relief_ctx *ctx, const char *file, const char *like) {
    relief_model_options options = RELIEF_OPTIONS_INIT(relief_model_options);
    options.precision = "f32"; /* what comes out is compared with formulas */
    relief_model *model = NULL;
    options.like = like;
    if (relief_model_load(ctx, in_folder(file), &options, &model) != RELIEF_OK) {
        fail_msg("%s", relief_last_error(ctx));
    }
    return model;
}

/* A grey photo of width x height whose brightness (0..255) is value(x, y). */
static inline relief_image *photo_of(relief_ctx *ctx, int width, int height,
                                     int (*value)(int x, int y)) {
    uint16_t *samples = calloc((size_t)(width * height), sizeof(*samples));
    assert_non_null(samples);
    for (int i = 0; i < width * height; i++) {
        samples[i] = (uint16_t)(value(i % width, i / width) * 257);
    }
    uint8_t *file = NULL;
    size_t size = 0;
    relief_image *photo = NULL;
    const rl_grey_text none[] = {{NULL, NULL}};
    assert_int_equal(
        rl_png_write(ctx, &(rl_png_picture){samples, width, height, 1, 16, none}, &file, &size),
        RELIEF_OK);
    assert_int_equal(relief_image_load_memory(ctx, file, size, "photo", NULL, &photo), RELIEF_OK);
    rl_free(file);
    free(samples);
    return photo;
}

static inline relief_depth *estimate(relief_ctx *ctx, const relief_model *model,
                                     const relief_image *photo,
                                     const relief_depth_options *options) {
    relief_depth *map = NULL;
    if (relief_depth_estimate(ctx, model, photo, options, &map) != RELIEF_OK) {
        fail_msg("%s", relief_last_error(ctx));
    }
    return map;
}

static inline relief_depth_info info_of(const relief_depth *map) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(map, &info);
    return info;
}

static inline int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/relief-model-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state) {
    (void)state;
    char command[96];
    snprintf(command, sizeof(command), "rm -r '%s'", folder);
    return system(command);
}

#endif
