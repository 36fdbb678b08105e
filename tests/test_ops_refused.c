/* SPDX-License-Identifier: Apache-2.0 */
/* Operators refuse what they do not do, by name, node and opset, and shapes and values that make no
 * sense. */
#include "net_testing.h"

/* A model of one node "n" over x (1,4,6,8), whose output is y. Further inputs are the caller's to
 * add. */
static onnx_builder *one_node(const char *op_type, int opset, const char *inputs) {
    onnx_builder *b = onnx_builder_new(opset);
    onnx_add_input(b, "x", RELIEF_F32, 4, (int64_t[]){1, 4, 6, 8});
    onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
    onnx_add_node(b, op_type, "n", inputs, "y");
    return b;
}

/* Loading or the first run must fail with `status` and a reason that has `words` in it. */
static void assert_fails(onnx_builder *b, relief_status status, const char *words) {
    relief_ctx *ctx = test_ctx(1);
    size_t size;
    uint8_t *bytes = onnx_builder_finish(b, &size);
    rl_net *net = NULL;
    relief_status got =
        rl_net_load_memory(ctx, bytes, size, "test.onnx", &rl_backend_reference, &net);
    if (got == RELIEF_OK) {
        relief_tensor *x = test_tensor(ctx, 4, (int64_t[]){1, 4, 6, 8}, 1), *y[4] = {NULL};
        got = rl_net_run(ctx, net, &x, y);
        for (int i = 0; i < 4; i++) {
            relief_tensor_free(y[i]);
        }
        relief_tensor_free(x);
    }
    if (got != status || strstr(relief_last_error(ctx), words) == NULL) {
        fail_msg("status %d (%d wanted), reason: %s (\"%s\" wanted)", got, status,
                 relief_last_error(ctx), words);
    }
    rl_net_free(net);
    free(bytes);
    relief_ctx_free(ctx);
}

static void unsupported_attributes(void **state) {
    (void)state;
    static const struct {
        const char *op_type;
        int opset;
        const char *attribute;
        const char *text; /* NULL: the number */
        int64_t number;
        const char *words;
    } cases[] = {
        {"Resize", 13, "coordinate_transformation_mode", "tf_crop_and_resize", 0,
         "node n (Resize, opset 13): attribute coordinate_transformation_mode = "
         "tf_crop_and_resize"},
        {"Resize", 13, "mode", "lanczos", 0, "attribute mode = lanczos is not supported"},
        {"Resize", 13, "nearest_mode", "any", 0, "attribute nearest_mode = any"},
        {"Resize", 18, "antialias", NULL, 1,
         "node n (Resize, opset 18): attribute antialias = 1 is not supported"},
        {"Resize", 13, "antialias", NULL, 0, "attribute antialias is not supported"},
        {"Resize", 18, "keep_aspect_ratio_policy", "not_larger", 0, "= not_larger"},
        {"Conv", 13, "auto_pad", "SOMEHOW", 0, "attribute auto_pad = SOMEHOW"},
        {"Conv", 13, "blocks", NULL, 1, "attribute blocks is not supported"},
        {"Gelu", 20, "approximate", "poly", 0, "attribute approximate = poly"},
        {"Pad", 13, "mode", "wrap", 0, "attribute mode = wrap"},
        {"BatchNormalization", 14, "training_mode", NULL, 1, "attribute training_mode = 1"},
        {"BatchNormalization", 7, "spatial", NULL, 0, "attribute spatial = 0"},
        {"LayerNormalization", 17, "stash_type", NULL, 16, "attribute stash_type"},
        {"DequantizeLinear", 21, "block_size", NULL, 2, "attribute block_size"},
        {"Cast", 13, "to", NULL, 8, "attribute to = 8 is not a supported type"},
        {"Relu", 13, "alpha", NULL, 1, "attribute alpha is not supported"},
        {"ReduceMean", 18, "axes", NULL, 1, "attribute axes is not supported"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        onnx_builder *b = one_node(cases[i].op_type, cases[i].opset, "x,x,x,x,x");
        if (strcmp(cases[i].op_type, "BatchNormalization") != 0) {
            onnx_builder_free(b);
            const char *inputs = strcmp(cases[i].op_type, "Relu") == 0 ||
                                         strcmp(cases[i].op_type, "Cast") == 0 ||
                                         strcmp(cases[i].op_type, "Gelu") == 0
                                     ? "x"
                                     : "x,x";
            b = one_node(cases[i].op_type, cases[i].opset, inputs);
        }
        if (cases[i].text != NULL) {
            onnx_set_string(b, cases[i].attribute, cases[i].text);
        } else {
            onnx_set_int(b, cases[i].attribute, cases[i].number);
        }
        assert_fails(b, RELIEF_ERROR_UNSUPPORTED, cases[i].words);
    }
}

static void senseless_attributes(void **state) {
    (void)state;
    onnx_builder *b = one_node("Conv", 13, "x,x");
    onnx_set_ints(b, "strides", 2, (int64_t[]){0, 1});
    assert_fails(b, RELIEF_ERROR_FORMAT, "node n (Conv, opset 13): attribute strides");
    b = one_node("Conv", 13, "x,x");
    onnx_set_ints(b, "pads", 4, (int64_t[]){0, -1, 0, 0});
    assert_fails(b, RELIEF_ERROR_FORMAT, "attribute pads");
    b = one_node("Conv", 13, "x,x");
    onnx_set_ints(b, "dilations", 2, (int64_t[]){1, INT64_MAX});
    assert_fails(b, RELIEF_ERROR_FORMAT, "attribute dilations");
    b = one_node("Conv", 13, "x,x");
    onnx_set_ints(b, "strides", 3, (int64_t[]){1, 1, 1});
    assert_fails(b, RELIEF_ERROR_UNSUPPORTED, "only two spatial axes");
    b = one_node("Conv", 13, "x,x");
    onnx_set_int(b, "group", 0);
    assert_fails(b, RELIEF_ERROR_FORMAT, "attribute group");
    b = one_node("Conv", 13, "x,x");
    onnx_set_float(b, "group", 1.0f);
    assert_fails(b, RELIEF_ERROR_FORMAT, "attribute group has the wrong type");
    b = one_node("Transpose", 13, "x");
    onnx_set_ints(b, "perm", 4, (int64_t[]){0, 1, 1, 2});
    assert_fails(b, RELIEF_ERROR_FORMAT, "attribute perm");
    b = one_node("Concat", 13, "x,x");
    assert_fails(b, RELIEF_ERROR_FORMAT, "attribute axis is missing");
    b = one_node("Softmax", 13, "x");
    onnx_set_int(b, "axis", 4);
    assert_fails(b, RELIEF_ERROR_FORMAT, "axis 4 is outside of 4 dimensions");
    b = one_node("Split", 13, "x");
    onnx_set_int(b, "axis", -5);
    assert_fails(b, RELIEF_ERROR_FORMAT, "axis -5 is outside of 4 dimensions");
    b = one_node("ReduceMean", 13, "x");
    onnx_set_ints(b, "axes", 2, (int64_t[]){1, -3});
    assert_fails(b, RELIEF_ERROR_ARG, "the axes make no sense");
}

static onnx_builder *with_floats(onnx_builder *b, const char *name, int rank, const int64_t *dims) {
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        count *= (size_t)dims[i];
    }
    float *values = test_floats(count, 3);
    onnx_add_floats(b, name, rank, dims, values);
    free(values);
    return b;
}

static void shapes_that_do_not_fit(void **state) {
    (void)state;
    onnx_builder *b = with_floats(one_node("Conv", 13, "x,w"), "w", 4, (int64_t[]){2, 3, 1, 1});
    assert_fails(b, RELIEF_ERROR_ARG,
                 "node n (Conv, opset 13): inputs of shapes (1, 4, 6, 8) (2, 3, 1, 1)");
    b = with_floats(one_node("Conv", 13, "x,w"), "w", 4, (int64_t[]){2, 4, 7, 1});
    assert_fails(b, RELIEF_ERROR_ARG, "the kernel does not fit the input");
    b = with_floats(one_node("Conv", 13, "x,w,b"), "w", 4, (int64_t[]){2, 4, 1, 1});
    assert_fails(with_floats(b, "b", 1, (int64_t[]){3}), RELIEF_ERROR_ARG, "one bias");
    b = one_node("Conv", 13, "x,w");
    onnx_set_ints(b, "kernel_shape", 2, (int64_t[]){3, 3});
    assert_fails(with_floats(b, "w", 4, (int64_t[]){2, 4, 1, 1}), RELIEF_ERROR_ARG,
                 "the kernel does not fit the input");
    b = with_floats(one_node("Add", 13, "x,w"), "w", 2, (int64_t[]){6, 7});
    assert_fails(b, RELIEF_ERROR_ARG, "the sizes do not go together");
    b = with_floats(one_node("MatMul", 13, "x,w"), "w", 2, (int64_t[]){7, 8});
    assert_fails(b, RELIEF_ERROR_ARG, "cannot be multiplied");
    b = one_node("Concat", 13, "x,w");
    onnx_set_int(b, "axis", 1);
    assert_fails(with_floats(b, "w", 4, (int64_t[]){1, 4, 5, 8}), RELIEF_ERROR_ARG,
                 "differ along the axis alone");
    b = one_node("Squeeze", 12, "x");
    onnx_set_ints(b, "axes", 1, (int64_t[]){1});
    assert_fails(b, RELIEF_ERROR_ARG, "only an axis of size 1 can go");
    b = one_node("MaxPool", 13, "x");
    onnx_set_ints(b, "kernel_shape", 2, (int64_t[]){2, 2});
    onnx_set_ints(b, "pads", 4, (int64_t[]){2, 0, 0, 0});
    assert_fails(b, RELIEF_ERROR_ARG, "the padding is larger than the window");
    b = with_floats(one_node("DequantizeLinear", 13, "x,w"), "w", 1, (int64_t[]){4});
    assert_fails(b, RELIEF_ERROR_UNSUPPORTED, "input 0 of type");
}

static void list_input(const char *op_type, int opset, int count, const int64_t *list,
                       relief_status status, const char *words) {
    onnx_builder *b = one_node(op_type, opset, "x,list");
    onnx_add_int64s(b, "list", count, list);
    assert_fails(b, status, words);
}

static void shape_lists(void **state) {
    (void)state;
    const relief_status arg = RELIEF_ERROR_ARG;
    const char *reshape = "the new shape does not hold the elements";
    list_input("Reshape", 13, 2, (int64_t[]){5, -1}, arg, reshape);
    list_input("Reshape", 13, 2, (int64_t[]){-1, -1}, arg, reshape);
    list_input("Reshape", 13, 2, (int64_t[]){-2, -96}, arg, reshape);
    list_input("Reshape", 13, 2, (int64_t[]){(int64_t)1 << 32, (int64_t)1 << 32}, arg, reshape);
    list_input("Reshape", 13, 9, (int64_t[]){192, 1, 1, 1, 1, 1, 1, 1, 1}, arg, reshape);
    list_input("Expand", 13, 5, (int64_t[]){1 << 20, 1 << 20, 1, 1, 1}, RELIEF_ERROR_LIMIT,
               "elements");
    list_input("Expand", 13, 2, (int64_t[]){6, 7}, arg, "cannot be expanded");
    list_input("Tile", 13, 4, (int64_t[]){1, INT64_MAX, 1, 1}, arg, "the counts make no sense");
    list_input("Tile", 13, 4, (int64_t[]){1 << 20, 1 << 20, 1, 1}, RELIEF_ERROR_LIMIT, "elements");
    list_input("Tile", 13, 3, (int64_t[]){1, 1, 1}, arg, "one count for each axis");
    list_input("Unsqueeze", 13, 2, (int64_t[]){0, 0}, arg, "the axes make no sense");
    list_input("Unsqueeze", 13, 5, (int64_t[]){0, 1, 2, 3, 4}, arg, "too many axes");
    list_input("Pad", 13, 7, (int64_t[]){0, 0, 0, 0, 0, 0, 1}, arg, "the padding makes no sense");
    list_input("Pad", 13, 8, (int64_t[]){0, 0, 0, INT64_MAX, 0, 0, 0, INT64_MAX}, arg,
               "the padding makes no sense");
    list_input("Pad", 13, 8, (int64_t[]){0, 0, -4, 0, 0, 0, -4, 0}, arg, "size -2 along axis 2");
    list_input("Split", 13, 2, (int64_t[]){1, 4}, RELIEF_ERROR_UNSUPPORTED, "one constant size");
    list_input("Split", 13, 1, (int64_t[]){2}, arg, "the parts do not make up the axis");
    list_input("ReduceSum", 13, 1, (int64_t[]){4}, arg, "the axes make no sense");
    list_input("Gather", 13, 1, (int64_t[]){1}, arg, "index 1 is outside of 1");
    list_input("Gather", 13, 1, (int64_t[]){INT64_MIN}, arg, "is outside of 1");
}

static void resize_sizes(void **state) {
    (void)state;
    static const struct {
        int64_t sizes[4];
        relief_status status;
        const char *words;
    } cases[] = {
        {{1, 4, 0, 8}, RELIEF_ERROR_ARG, "the scales or sizes make no sense"},
        {{1, 4, -6, 8}, RELIEF_ERROR_ARG, "the scales or sizes make no sense"},
        {{1, 8, 6, 8}, RELIEF_ERROR_UNSUPPORTED, "only height and width can be resized"},
        {{1, 4, (int64_t)1 << 38, 8}, RELIEF_ERROR_LIMIT, "elements"},
        {{1, 4, INT64_MAX, INT64_MAX}, RELIEF_ERROR_ARG, "the scales or sizes make no sense"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        onnx_builder *b = one_node("Resize", 13, "x,,,sizes");
        onnx_add_int64s(b, "sizes", 4, cases[i].sizes);
        assert_fails(b, cases[i].status, cases[i].words);
    }
    onnx_builder *b = one_node("Resize", 13, "x,,scales");
    onnx_add_floats(b, "scales", 1, (int64_t[]){4}, (float[]){1.0f, 1.0f, 0.01f, 1e30f});
    assert_fails(b, RELIEF_ERROR_ARG, "the scales or sizes make no sense");
    assert_fails(one_node("Resize", 13, "x"), RELIEF_ERROR_ARG, "neither sizes nor scales");
}

static void slice_lists(void **state) {
    (void)state;
    onnx_builder *b = one_node("Slice", 13, "x,s,e,a,k");
    onnx_add_int64s(b, "s", 1, (int64_t[]){0});
    onnx_add_int64s(b, "e", 1, (int64_t[]){4});
    onnx_add_int64s(b, "a", 1, (int64_t[]){2});
    onnx_add_int64s(b, "k", 1, (int64_t[]){0});
    assert_fails(b, RELIEF_ERROR_ARG, "the starts, ends, axes or steps make no sense");
    b = one_node("Slice", 13, "x,s,e");
    onnx_add_int64s(b, "s", 2, (int64_t[]){0, 0});
    onnx_add_int64s(b, "e", 1, (int64_t[]){4});
    assert_fails(b, RELIEF_ERROR_ARG, "the starts, ends, axes or steps make no sense");
}

/* Sizes that would come from pixels are refused, rather than guessed. */
static void sizes_from_data(void **state) {
    (void)state;
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, (int64_t[]){1, 4, 6, 8});
    onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
    onnx_add_node(b, "Cast", "cast", "x", "whole");
    onnx_set_int(b, "to", RELIEF_I64);
    onnx_add_int64s(b, "flat", 1, (int64_t[]){-1});
    onnx_add_node(b, "Reshape", "flatten", "whole,flat", "list");
    onnx_add_node(b, "Reshape", "n", "x,list", "y");
    assert_fails(b, RELIEF_ERROR_UNSUPPORTED,
                 "node n (Reshape, opset 13): input 1 sets sizes and must not depend");
}

static void division_by_zero(void **state) {
    (void)state;
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, (int64_t[]){1, 4, 6, 8});
    onnx_add_output(b, "y", RELIEF_I64, -1, NULL);
    onnx_add_node(b, "Shape", "shape", "x", "sizes");
    onnx_add_int64s(b, "zero", 1, (int64_t[]){0});
    onnx_add_node(b, "Div", "n", "sizes,zero", "y");
    assert_fails(b, RELIEF_ERROR_ARG, "node n (Div): integer division by zero");
}

/* The extremes of integer arithmetic have no undefined results: INT64_MIN / -1 and friends wrap
 * around. */
static void integers_wrap(void **state) {
    (void)state;
    static const struct {
        const char *op_type;
        int64_t a, b, want;
    } cases[] = {{"Div", INT64_MIN, -1, INT64_MIN},
                 {"Add", INT64_MAX, 1, INT64_MIN},
                 {"Sub", INT64_MIN, 1, INT64_MAX},
                 {"Mul", INT64_MAX, 2, -2},
                 {"Div", -7, 2, -3},
                 {"Pow", 10, 30, 9223372036854774784},
                 {"Pow", -2, 3, -8},
                 {"Min", INT64_MIN, 0, INT64_MIN},
                 {"Max", INT64_MIN, INT64_MAX, INT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        relief_ctx *ctx = test_ctx(1);
        onnx_builder *b = onnx_builder_new(13);
        onnx_add_input(b, "a", RELIEF_I64, 1, (int64_t[]){1});
        onnx_add_int64s(b, "b", 1, &cases[i].b);
        onnx_add_output(b, "y", RELIEF_I64, 1, (int64_t[]){1});
        onnx_add_node(b, cases[i].op_type, "n", "a,b", "y");
        test_net t = test_net_load(ctx, b, &rl_backend_reference);
        relief_tensor *a = NULL;
        assert_int_equal(relief_tensor_new(ctx, RELIEF_I64, 1, (int64_t[]){1}, &a), RELIEF_OK);
        *(int64_t *)a->data = cases[i].a;
        relief_tensor *y = test_net_run(ctx, &t, a);
        if (*(const int64_t *)y->data != cases[i].want) {
            fail_msg("%s(%lld, %lld) is %lld", cases[i].op_type, (long long)cases[i].a,
                     (long long)cases[i].b, (long long)*(const int64_t *)y->data);
        }
        relief_tensor_free(a);
        relief_tensor_free(y);
        test_net_free(&t);
        relief_ctx_free(ctx);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsupported_attributes), cmocka_unit_test(senseless_attributes),
        cmocka_unit_test(shapes_that_do_not_fit), cmocka_unit_test(shape_lists),
        cmocka_unit_test(resize_sizes),           cmocka_unit_test(slice_lists),
        cmocka_unit_test(sizes_from_data),        cmocka_unit_test(division_by_zero),
        cmocka_unit_test(integers_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
