/* SPDX-License-Identifier: Apache-2.0 */
/* Networks as depth networks: how a file gets its descriptor, and what comes out of an estimate. */
#include "model_testing.h"
#include "testing.h"

#include "base/memory.h"
#include "depth/descriptor_rules.h"
#include "onnx_builder.h"
#include "store/hash.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static relief_model_info describe_like(relief_ctx *ctx, const char *file, const char *like) {
    relief_model *model = load_like(ctx, file, like);
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    relief_model_get_info(model, &info);
    assert_string_equal(info.sha256, ""); /* nobody has asked */
    assert_int_equal(strlen(relief_model_sha256(model)), 64);
    info.name = info.path = info.licence = NULL; /* borrowed from the model */
    info.sha256 = info.input_name = info.output_name = NULL;
    relief_model_free(model);
    return info;
}

static relief_model_info describe(relief_ctx *ctx, const char *file) {
    return describe_like(ctx, file, NULL);
}

static void assert_normalised(const relief_model_info *info, double mean0, double std0) {
    assert_true(fabs(info->mean[0] - mean0) < 1e-9 && fabs(info->std[0] - std0) < 1e-9);
}

static void normalisation_inside_is_seen(void **state) {
    (void)state;
    static const struct {
        const char *op;
        float constant;
        double std;
    } cases[] = {{"Sub", 0.485F, 1.0}, {"Sub", 123.675F, 1.0 / 255.0},
                 {"Div", 0.229F, 1.0}, {"Div", 255.0F, 1.0 / 255.0},
                 {"Mul", 2.0F, 1.0},   {"Mul", 0.00392F, 1.0 / 255.0},
                 {"Add", -0.5F, 1.0},  {"Add", -127.5F, 1.0 / 255.0}};
    relief_ctx *ctx = test_ctx(1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        onnx_builder *b = begin("pixels", -1, -1);
        onnx_add_floats(b, "c", 0, NULL, &cases[i].constant);
        onnx_add_node(b, cases[i].op, "first", "pixels,c", "n");
        add_mean(b, "n", "y", 1, 1);
        end(b, "y", 4, "inside.onnx");
        relief_model_info info = describe(ctx, "inside.onnx");
        assert_string_equal(info.source, "rules");
        assert_normalised(&info, 0.0, cases[i].std);
    }
    /* The constant may be a Constant node, and stand on the left of a Mul. */
    onnx_builder *b = begin("pixels", -1, -1);
    onnx_add_node(b, "Constant", "c", "", "c");
    onnx_set_tensor(b, "value", RELIEF_F32, 0, NULL, (float[]){255.0F});
    onnx_add_node(b, "Identity", "same", "pixels", "p");
    onnx_add_node(b, "Div", "first", "p,c", "n");
    add_mean(b, "n", "y", 1, 1);
    end(b, "y", 4, "inside.onnx");
    relief_model_info info = describe(ctx, "inside.onnx");
    assert_normalised(&info, 0.0, 1.0 / 255.0);
    relief_ctx_free(ctx);
}

static void normalisation_outside_is_guessed(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = begin("pixel_values", -1, -1);
    add_mean(b, "pixel_values", "predicted_depth", 3, 2);
    end(b, "predicted_depth", 4, "plain.onnx");
    relief_model_info info = describe(ctx, "plain.onnx");
    assert_normalised(&info, 0.485, 0.229);
    assert_int_equal(info.kind, RELIEF_DISPARITY);
    b = begin("image", -1, -1);
    add_mean(b, "image", "disparity", 3, 2);
    end(b, "disparity", 4, "plain.onnx");
    info = describe(ctx, "plain.onnx");
    assert_normalised(&info, 0.0, 1.0);
    relief_ctx_free(ctx);
}

static void patches_tell_the_family(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = begin("image", -1, -1);
    add_mean(b, "image", "depth", 14, 14);
    end(b, "depth", 4, "patch.onnx");
    relief_model_info info = describe(ctx, "patch.onnx");
    assert_int_equal(info.network_width, 518);
    assert_int_equal(info.multiple, 14);
    assert_string_equal(info.resize, "lower_bound");
    assert_normalised(&info, 0.485, 0.229);
    assert_int_equal(info.kind, RELIEF_DISPARITY);
    b = begin("pixel_values", -1, -1);
    add_mean(b, "pixel_values", "predicted_depth", 16, 16);
    end(b, "predicted_depth", 4, "patch.onnx");
    info = describe(ctx, "patch.onnx");
    assert_int_equal(info.network_width, 384);
    assert_int_equal(info.multiple, 32);
    assert_string_equal(info.resize, "minimal");
    assert_normalised(&info, 0.5, 0.5);
    relief_ctx_free(ctx);
}

/* conv /2, pool /2, pool /2, upsampled x2, conv /2: the coarsest map is 8 times smaller than the
 * picture. */
static void strides_give_the_multiple(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = begin("x", -1, -1);
    add_mean(b, "x", "a", 2, 2);
    for (int i = 0; i < 2; i++) {
        onnx_add_node(b, "MaxPool", i ? "p2" : "p1", i ? "b" : "a", i ? "c" : "b");
        onnx_set_ints(b, "kernel_shape", 2, (int64_t[]){2, 2});
        onnx_set_ints(b, "strides", 2, (int64_t[]){2, 2});
    }
    onnx_add_floats(b, "scales", 1, (int64_t[]){4}, (float[]){1, 1, 2, 2});
    onnx_add_node(b, "Resize", "up", "c,,scales", "d");
    onnx_set_string(b, "coordinate_transformation_mode", "asymmetric");
    onnx_set_string(b, "mode", "nearest");
    onnx_set_string(b, "nearest_mode", "floor");
    onnx_add_node(b, "MaxPool", "p3", "d", "inverse_depth");
    onnx_set_ints(b, "kernel_shape", 2, (int64_t[]){2, 2});
    onnx_set_ints(b, "strides", 2, (int64_t[]){2, 2});
    end(b, "inverse_depth", 4, "strides.onnx");
    relief_model_info info = describe(ctx, "strides.onnx");
    assert_int_equal(info.multiple, 8);
    assert_int_equal(info.network_width, 384);
    assert_string_equal(info.resize, "long_side");
    assert_int_equal(info.kind, RELIEF_DISPARITY);
    relief_ctx_free(ctx);
}

/* Scales that nobody knows before the run are looked for once a node, and not among all nodes each
 * time: with that a file of a few megabytes would take minutes. */
static void many_nodes_are_described_quickly(void **state) {
    (void)state;
    enum { NODES = 60000 };
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = begin("x", -1, -1);
    onnx_add_input(b, "scales", RELIEF_F32, 1, (int64_t[]){4});
    add_mean(b, "x", "v0", 16, 4);
    for (int i = 0; i < NODES; i++) {
        char inputs[48];
        char output[32];
        snprintf(inputs, sizeof(inputs), "v%d,,scales", i);
        snprintf(output, sizeof(output), "v%d", i + 1);
        onnx_add_node(b, "Resize", "", inputs, i + 1 < NODES ? output : "disparity");
    }
    end(b, "disparity", 4, "many.onnx");
    clock_t before = clock();
    relief_model_info info = describe(ctx, "many.onnx");
    assert_true(clock() - before < 10 * CLOCKS_PER_SEC);
    assert_int_equal(info.multiple, 4);
    relief_ctx_free(ctx);
}

static void output_names_tell_the_kind(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int rank;
        relief_depth_kind kind;
    } cases[] = {{"Disparity", 4, RELIEF_DISPARITY},
                 {"inverse_depth", 4, RELIEF_DISPARITY},
                 {"metric_depth", 4, RELIEF_METRES},
                 {"depth_metres", 4, RELIEF_METRES},
                 {"depth", 4, RELIEF_METRES},
                 {"depth", 3, RELIEF_DISPARITY},
                 {"predicted_depth", 3, RELIEF_DISPARITY},
                 {"797", 3, RELIEF_DISPARITY}};
    relief_ctx *ctx = test_ctx(1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        onnx_builder *b = begin("image", 8, 8);
        if (cases[i].rank == 4) {
            add_mean(b, "image", cases[i].name, 1, 1);
        } else {
            add_mean(b, "image", "m", 1, 1);
            onnx_add_int64s(b, "axes", 1, (int64_t[]){1});
            onnx_add_node(b, "Squeeze", "squeeze", "m,axes", cases[i].name);
        }
        end(b, cases[i].name, cases[i].rank, "kind.onnx");
        assert_int_equal(describe(ctx, "kind.onnx").kind, cases[i].kind);
    }
    relief_ctx_free(ctx);
}

/* A network that needs no size, called like this; its output is the mean of R, G and B. */
static void save_mean(const char *file, int64_t height, int64_t width) {
    onnx_builder *b = begin("image", height, width);
    add_mean(b, "image", "disparity", 1, 1);
    end(b, "disparity", 4, file);
}

static void fixed_sizes_are_obeyed(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    save_mean("fixed.onnx", 24, 40);
    relief_model_info info = describe_like(ctx, "fixed.onnx", "depth-anything-v2-small");
    assert_string_equal(info.source, "like");
    assert_int_equal(info.network_width, 40);
    assert_int_equal(info.network_height, 24);
    assert_string_equal(info.resize, "square");
    assert_normalised(&info, 0.485, 0.229);
    assert_int_equal(info.input_dims[2], 24);
    relief_ctx_free(ctx);
}

static void sources_in_their_order(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = begin("image", -1, -1);
    add_mean(b, "image", "disparity", 1, 1);
    onnx_add_metadata(b, "relief.network_size", "[96, 64]");
    onnx_add_metadata(b, "relief.resize", "upper_bound"); /* a bare word */
    onnx_add_metadata(b, "relief.licence", "MIT");
    end(b, "disparity", 4, "sources.onnx");
    relief_model_info info = describe(ctx, "sources.onnx");
    assert_string_equal(info.source, "metadata");
    assert_int_equal(info.network_width, 96);
    assert_int_equal(info.network_height, 64);
    assert_string_equal(info.resize, "upper_bound");
    assert_normalised(&info, 0.0, 1.0); /* not said: from the rules */

    const char *json = "{\"network_size\": 128, \"kind\": \"depth\"}";
    write_file("sources.json", json, strlen(json));
    info = describe(ctx, "sources.onnx");
    assert_string_equal(info.source, "json");
    assert_int_equal(info.network_width, 128);
    assert_int_equal(info.kind, RELIEF_DEPTH);

    info = describe_like(ctx, "sources.onnx", "high");
    assert_string_equal(info.source, "like");
    assert_int_equal(info.network_width, 384);
    assert_normalised(&info, 0.5, 0.5);
    unlink(in_folder("sources.json"));

    save_mean("midas-large.onnx", -1, -1); /* an entry without a SHA-256 goes by its name */
    relief_model *model = load_like(ctx, "midas-large.onnx", NULL);
    relief_model_info own = RELIEF_OPTIONS_INIT(relief_model_info);
    relief_model_get_info(model, &own);
    assert_string_equal(own.source, "catalogue");
    assert_string_equal(own.name, "midas-large");
    assert_string_equal(own.licence, "MIT");
    assert_string_equal(own.resize, "square");
    assert_string_equal(own.input_name, "image");
    assert_string_equal(own.output_name, "disparity");
    relief_model_free(model);
    save_mean("midas-small.onnx", -1, -1); /* one with a SHA-256 does not */
    assert_string_equal(describe(ctx, "midas-small.onnx").source, "rules");
    relief_ctx_free(ctx);
}

static relief_status load_status(relief_ctx *ctx, const char *file,
                                 const relief_model_options *options) {
    relief_model *model = NULL;
    relief_status status = relief_model_load(ctx, in_folder(file), options, &model);
    assert_int_equal(status == RELIEF_OK, model != NULL);
    relief_model_free(model);
    return status;
}

static void what_is_not_built_in_is_refused(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    save_mean("m.onnx", 8, 8);
    relief_model_options options = RELIEF_OPTIONS_INIT(relief_model_options);
    options.device = "cuda";
    assert_int_equal(load_status(ctx, "m.onnx", &options), RELIEF_ERROR_UNSUPPORTED);
    assert_non_null(strstr(relief_last_error(ctx), "cuda"));
    options.device = "cpu";
    options.precision = "int8";
    assert_int_equal(load_status(ctx, "m.onnx", &options), RELIEF_ERROR_UNSUPPORTED);
    options.precision = "f32";
    options.backend = "abacus";
    assert_int_equal(load_status(ctx, "m.onnx", &options), RELIEF_ERROR_UNSUPPORTED);
    options.backend = "reference";
    options.like = "nothing-like-it";
    assert_int_equal(load_status(ctx, "m.onnx", &options), RELIEF_ERROR_ARG);
    options.like = NULL;
    assert_int_equal(load_status(ctx, "m.onnx", &options), RELIEF_OK);
    write_file("m.json", "{\"mean\": 3}", 11);
    assert_int_equal(load_status(ctx, "m.onnx", &options), RELIEF_ERROR_FORMAT);
    write_file("m.json", "{", 1);
    assert_int_equal(load_status(ctx, "m.onnx", &options), RELIEF_ERROR_FORMAT);
    assert_non_null(strstr(relief_last_error(ctx), "m.json: line 1"));
    unlink(in_folder("m.json"));
    assert_int_equal(load_status(ctx, "absent.onnx", &options), RELIEF_ERROR_IO);
    relief_ctx_free(ctx);
}

static int slope(int x, int y) {
    return 20 + 5 * x + 3 * y;
}

static int slope_down(int x, int y) {
    (void)x;
    return 20 + 3 * y;
}

static int zero_at_left(int x, int y) {
    return x < 4 ? 0 : 100 + y;
}

/* The network gives back the brightness, so the map must be the photo. */
static void an_estimate_is_at_photo_size(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    save_mean("same.onnx", 16, 24);
    relief_model *model = load_like(ctx, "same.onnx", NULL);
    relief_image *photo = photo_of(ctx, 24, 16, slope);
    relief_depth *map = estimate(ctx, model, photo, NULL);
    relief_depth_info info = info_of(map);
    assert_int_equal(info.width, 24);
    assert_int_equal(info.height, 16);
    assert_int_equal(info.network_width, 24);
    assert_string_equal(info.model, "same");
    assert_int_equal(info.kind, RELIEF_DISPARITY);
    for (int i = 0; i < 24 * 16; i++) {
        assert_true(fabs((double)relief_depth_values(map)[i] - slope(i % 24, i / 24) / 255.0) <
                    1e-6);
    }
    relief_depth_free(map);

    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    options.width = 48;
    options.height = 32;
    map = estimate(ctx, model, photo, &options);
    assert_int_equal(info_of(map).width, 48);
    assert_true(info_of(map).min >= (float)(20 / 255.0) - 1e-6F); /* no overshoot */
    assert_true(info_of(map).max <= (float)(slope(23, 15) / 255.0) + 1e-6F);
    /* Between pixels lies their weighted mean, but for what a = -0.75 bends a slope. */
    double between = (0.25 * slope(9, 8) + 0.75 * slope(10, 8)) / 255.0;
    double row = 0.25 * 3 / 255.0; /* pixel 17 of 32 is centred at 8.25 of 16 */
    assert_true(fabs((double)relief_depth_values(map)[17 * 48 + 20] - between - row) < 2e-3);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

static void smaller_outputs_are_enlarged(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = begin("image", 32, 32);
    onnx_add_node(b, "AveragePool", "pool", "image", "p");
    onnx_set_ints(b, "kernel_shape", 2, (int64_t[]){4, 4});
    onnx_set_ints(b, "strides", 2, (int64_t[]){4, 4});
    add_mean(b, "p", "disparity", 1, 1);
    end(b, "disparity", 4, "quarter.onnx");
    relief_model *model = load_like(ctx, "quarter.onnx", NULL);
    relief_image *photo = photo_of(ctx, 32, 32, slope);
    relief_depth *map = estimate(ctx, model, photo, NULL);
    assert_int_equal(info_of(map).width, 32);
    for (int y = 8; y < 24; y++) { /* cubic interpolation with a = -0.75 bends a slope slightly */
        for (int x = 8; x < 24; x++) {
            assert_true(fabs((double)relief_depth_values(map)[y * 32 + x] - slope(x, y) / 255.0) <
                        0.006);
        }
    }
    relief_depth_free(map);
    relief_depth_options small = RELIEF_OPTIONS_INIT(relief_depth_options);
    small.leave_small = true;
    map = estimate(ctx, model, photo, &small);
    assert_int_equal(info_of(map).width, 8);
    assert_int_equal(info_of(map).height, 8);
    relief_depth_free(map);
    small.width = 4; /* smaller than the prediction: that has to be shrunk */
    small.height = 16;
    map = estimate(ctx, model, photo, &small);
    assert_int_equal(info_of(map).width, 4);
    assert_int_equal(info_of(map).height, 16);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

/* x / x is NaN where the photo is black and 1 elsewhere. */
static void values_that_are_no_numbers_are_replaced(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = begin("image", 16, 16);
    add_mean(b, "image", "m", 1, 1);
    onnx_add_node(b, "Div", "div", "m,m", "disparity");
    end(b, "disparity", 4, "nan.onnx");
    relief_model *model = load_like(ctx, "nan.onnx", NULL);
    relief_image *photo = photo_of(ctx, 16, 16, zero_at_left);
    relief_depth *map = estimate(ctx, model, photo, NULL);
    assert_true(fabsf(info_of(map).min - 1.0F) < 1e-5F && fabsf(info_of(map).max - 1.0F) < 1e-5F);
    relief_depth_free(map);
    relief_image_free(photo);
    relief_model_free(model);

    b = begin("image", 16, 16);
    add_mean(b, "image", "m", 1, 1);
    onnx_add_node(b, "Sub", "zero", "m,m", "z");
    onnx_add_node(b, "Div", "div", "z,z", "disparity");
    end(b, "disparity", 4, "nan.onnx");
    model = load_like(ctx, "nan.onnx", NULL);
    photo = photo_of(ctx, 16, 16, slope);
    map = NULL;
    assert_int_equal(relief_depth_estimate(ctx, model, photo, NULL, &map), RELIEF_ERROR_INTERNAL);
    assert_null(map);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

static void metres_are_scaled_and_positive(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    save_mean("metres.onnx", 16, 16);
    const char *json = "{\"kind\": \"metres\", \"metres_per_unit\": 10, \"name\": \"tape\"}";
    write_file("metres.json", json, strlen(json));
    relief_model *model = load_like(ctx, "metres.onnx", NULL);
    relief_image *photo = photo_of(ctx, 16, 16, zero_at_left);
    relief_depth *map = estimate(ctx, model, photo, NULL);
    assert_int_equal(info_of(map).kind, RELIEF_METRES);
    assert_string_equal(info_of(map).model, "tape");
    assert_true(fabsf(info_of(map).max - 1150.0F / 255.0F) < 1e-5F);
    assert_true(info_of(map).min == 0.1F); /* 0 m is no distance */
    relief_depth_free(map);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

static void network_sizes_are_checked(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = begin("image", -1, -1);
    add_mean(b, "image", "disparity", 1, 1);
    onnx_add_metadata(b, "relief.multiple", "8");
    onnx_add_metadata(b, "relief.network_size", "32");
    end(b, "disparity", 4, "free.onnx");
    relief_model *model = load_like(ctx, "free.onnx", NULL);
    relief_image *photo = photo_of(ctx, 24, 16, slope);
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    relief_depth *map = estimate(ctx, model, photo, &options);
    assert_int_equal(info_of(map).network_width, 32);
    assert_int_equal(info_of(map).network_height, 24); /* 21.3 is nearer to 24 than to 16 */
    relief_depth_free(map);
    options.network_width = 16;
    options.network_height = 8;
    map = estimate(ctx, model, photo, &options);
    assert_int_equal(info_of(map).network_height, 8);
    relief_depth_free(map);
    static const int wrong[][2] = {{12, 8}, {0, 8}, {8, -8}, {16384, 8}};
    for (int i = 0; i < 4; i++) {
        options.network_width = wrong[i][0];
        options.network_height = wrong[i][1];
        assert_int_equal(relief_depth_estimate(ctx, model, photo, &options, &map),
                         RELIEF_ERROR_ARG);
        assert_non_null(strstr(relief_last_error(ctx), "multiples of 8"));
    }
    options = (relief_depth_options)RELIEF_OPTIONS_INIT(relief_depth_options);
    options.width = 20000;
    assert_int_equal(relief_depth_estimate(ctx, model, photo, &options, &map), RELIEF_ERROR_ARG);
    relief_model_free(model);

    save_mean("fixed.onnx", 16, 16);
    model = load_like(ctx, "fixed.onnx", NULL);
    options = (relief_depth_options)RELIEF_OPTIONS_INIT(relief_depth_options);
    options.network_width = options.network_height = 32;
    assert_int_equal(relief_depth_estimate(ctx, model, photo, &options, &map), RELIEF_ERROR_ARG);
    assert_non_null(strstr(relief_last_error(ctx), "16x16"));
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

/* The network gives the photo's brightness and, added to it, a slope from left to right, which a
 * look in the mirror has the other way round. */
static void two_looks_are_averaged(void **state) {
    (void)state;
    enum { WIDTH = 24, HEIGHT = 16 };
    relief_ctx *ctx = test_ctx(2);
    float positions[WIDTH * HEIGHT];
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        positions[i] = 0.5F * (float)(i % WIDTH) / WIDTH;
    }
    onnx_builder *b = begin("image", HEIGHT, WIDTH);
    add_mean(b, "image", "m", 1, 1);
    onnx_add_floats(b, "positions", 4, (int64_t[]){1, 1, HEIGHT, WIDTH}, positions);
    onnx_add_node(b, "Add", "add", "m,positions", "disparity");
    end(b, "disparity", 4, "leaning.onnx");
    relief_model *model = load_like(ctx, "leaning.onnx", NULL);
    relief_image *photo = photo_of(ctx, WIDTH, HEIGHT, slope_down);
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    relief_depth *once = estimate(ctx, model, photo, &options);
    options.mirrored_too = true;
    relief_depth *twice = estimate(ctx, model, photo, &options);
    const float *leaning = relief_depth_values(once), *upright = relief_depth_values(twice);
    for (int y = 0; y < HEIGHT; y++) {
        const float mean = (float)slope_down(0, y) / 255 + 0.25F * (WIDTH - 1) / WIDTH;
        for (int x = 0; x < WIDTH; x++) {
            assert_true(fabsf(upright[y * WIDTH + x] - mean) < 1e-5F);
        }
        assert_true(leaning[y * WIDTH + WIDTH - 1] - leaning[y * WIDTH] > 0.45F);
    }
    relief_depth_free(once);
    relief_depth_free(twice);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

/* A file that says that its sizes are free, but adds a constant of 16 x 16, runs at its square
 * size. */
static void sizes_that_do_not_run_fall_back_to_the_square(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    static float zeros[256];
    onnx_builder *b = begin("image", -1, -1);
    add_mean(b, "image", "m", 1, 1);
    onnx_add_floats(b, "positions", 4, (int64_t[]){1, 1, 16, 16}, zeros);
    onnx_add_node(b, "Add", "add", "m,positions", "disparity");
    onnx_add_metadata(b, "relief.multiple", "8");
    onnx_add_metadata(b, "relief.network_size", "16");
    onnx_add_metadata(b, "relief.closer_look", "2");
    end(b, "disparity", 4, "secret.onnx");
    relief_model *model = load_like(ctx, "secret.onnx", NULL);
    relief_image *photo = photo_of(ctx, 32, 16, slope);
    relief_depth *map = estimate(ctx, model, photo, NULL);
    assert_int_equal(info_of(map).network_width, 16);
    assert_int_equal(info_of(map).network_height, 16);
    relief_depth_free(map);
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    options.closer_too = true; /* there is none: a warning, and the first look */
    map = estimate(ctx, model, photo, &options);
    assert_int_equal(info_of(map).network_width, 16);
    relief_depth_free(map);
    relief_image *square = photo_of(ctx, 16, 16, slope);
    map = estimate(ctx, model, square, &options);
    assert_int_equal(info_of(map).network_width, 16);
    relief_depth_free(map);
    relief_image_free(square);
    options.network_width = 32; /* what the caller asks for is not replaced */
    options.network_height = 16;
    assert_true(relief_depth_estimate(ctx, model, photo, &options, &map) < 0);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

static void other_networks_run_on_tensors_alone(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "a", RELIEF_F32, 2, (int64_t[]){2, 3});
    onnx_add_input(b, "b", RELIEF_F32, 2, (int64_t[]){2, 3});
    onnx_add_node(b, "Add", "add", "a,b", "sum");
    onnx_add_output(b, "sum", RELIEF_F32, 2, (int64_t[]){2, 3});
    save(b, "add.onnx");
    relief_model *model = load_like(ctx, "add.onnx", NULL);
    assert_int_equal(relief_model_input_count(model), 2);
    assert_string_equal(relief_model_input_name(model, 1), "b");
    assert_null(relief_model_input_name(model, 2));
    assert_int_equal(relief_model_output_count(model), 1);
    assert_string_equal(relief_model_output_name(model, 0), "sum");
    relief_tensor *inputs[2];
    relief_tensor *output = NULL;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(relief_tensor_new(ctx, RELIEF_F32, 2, (int64_t[]){2, 3}, &inputs[i]),
                         RELIEF_OK);
        ((float *)relief_tensor_data(inputs[i]))[5] = 2.0F + (float)i;
    }
    assert_int_equal(relief_model_run(ctx, model, inputs, &output), RELIEF_OK);
    assert_true(((float *)relief_tensor_data(output))[5] == 5.0F);
    relief_image *photo = photo_of(ctx, 24, 16, slope);
    relief_depth *map = NULL;
    assert_int_equal(relief_depth_estimate(ctx, model, photo, NULL, &map),
                     RELIEF_ERROR_UNSUPPORTED);
    relief_tensor_free(output);
    relief_tensor_free(inputs[0]);
    relief_tensor_free(inputs[1]);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

static void memory_failures_are_survived(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_image *photo = photo_of(ctx, 50, 40, slope);
    save_mean("torture.onnx", 16, 16);
    for (int n = 0;; n++) {
        relief_model *model = NULL;
        relief_depth *map = NULL;
        rl_memory_fail_at(n, false);
        relief_status status = relief_model_load(ctx, in_folder("torture.onnx"), NULL, &model);
        if (!status) {
            status = relief_depth_estimate(ctx, model, photo, NULL, &map);
        }
        bool failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        relief_depth_free(map);
        relief_model_free(model);
        if (!failed) {
            assert_int_equal(status, RELIEF_OK);
            break;
        }
        assert_int_equal(status, RELIEF_ERROR_MEMORY);
    }
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

/* A real network, against ONNX Runtime with the bicubic resizing of PyTorch. Skips where ../shared
 * is absent. */
static void a_published_network_gives_what_onnx_runtime_gives(void **state) {
    (void)state;
    static const struct {
        int x, y;
        double value;
    } want[] = {{20, 20, 0.28112555},
                {230, 20, 0.28022322},
                {150, 120, 0.818794},
                {60, 200, 1.6585063},
                {128, 370, 2.259015}};
    const char *shared = getenv("RELIEF_SHARED");
    const char *root = getenv("RELIEF_SOURCE_ROOT");
    char network[512];
    char picture[512];
    snprintf(network, sizeof(network), "%s%s/teachers/tiefenrausch.onnx",
             shared ? shared
             : root ? root
                    : "..",
             shared ? "" : "/../shared");
    snprintf(picture, sizeof(picture), "%s%s/data/photos/kodak_19.jpg",
             shared ? shared
             : root ? root
                    : "..",
             shared ? "" : "/../shared");
    if (access(network, R_OK) != 0 || access(picture, R_OK) != 0) {
        print_message("skipped: no ../shared\n");
        skip();
    }
    relief_ctx *ctx = test_ctx(2);
    relief_model *model = NULL;
    relief_image *photo = NULL;
    relief_model_options options = RELIEF_OPTIONS_INIT(relief_model_options);
    options.precision = "f32";
    assert_int_equal(relief_model_load(ctx, network, &options, &model), RELIEF_OK);
    assert_int_equal(relief_image_load(ctx, picture, NULL, &photo), RELIEF_OK);
    relief_depth *map = estimate(ctx, model, photo, NULL);
    assert_int_equal(info_of(map).network_width, 256);
    assert_int_equal(info_of(map).network_height, 384);
    for (int i = 0; i < 5; i++) {
        double got = (double)relief_depth_values(map)[want[i].y * info_of(map).width + want[i].x];
        assert_true(fabs(got - want[i].value) < 1e-3 * want[i].value);
    }
    relief_depth_free(map);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalisation_inside_is_seen),
        cmocka_unit_test(normalisation_outside_is_guessed),
        cmocka_unit_test(patches_tell_the_family),
        cmocka_unit_test(strides_give_the_multiple),
        cmocka_unit_test(many_nodes_are_described_quickly),
        cmocka_unit_test(output_names_tell_the_kind),
        cmocka_unit_test(fixed_sizes_are_obeyed),
        cmocka_unit_test(sources_in_their_order),
        cmocka_unit_test(what_is_not_built_in_is_refused),
        cmocka_unit_test(an_estimate_is_at_photo_size),
        cmocka_unit_test(smaller_outputs_are_enlarged),
        cmocka_unit_test(values_that_are_no_numbers_are_replaced),
        cmocka_unit_test(metres_are_scaled_and_positive),
        cmocka_unit_test(network_sizes_are_checked),
        cmocka_unit_test(two_looks_are_averaged),
        cmocka_unit_test(sizes_that_do_not_run_fall_back_to_the_square),
        cmocka_unit_test(other_networks_run_on_tensors_alone),
        cmocka_unit_test(memory_failures_are_survived),
        cmocka_unit_test(a_published_network_gives_what_onnx_runtime_gives),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
