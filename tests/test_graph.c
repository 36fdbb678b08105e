/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs, tensors, and what specialising to input sizes does to a graph. */
#include "net_testing.h"

#include "base/os.h"
#include "nn/onnx/onnx_model.h"
#include "nn/specialise.h"

#include <math.h>
#include <unistd.h>

static const int64_t picture[] = {1, 2, -1, -1};

typedef struct graphs {
    uint8_t *bytes;
    rl_onnx_model *model;
    rl_graph *special;
} graphs;

/* End the builder, read it, and specialise it to (1, 2, height, width). */
static graphs specialise(relief_ctx *ctx, onnx_builder *builder, int64_t height, int64_t width) {
    graphs g = {0};
    rl_onnx_source source = {.name = "test.onnx"};
    g.bytes = onnx_builder_finish(builder, &source.size);
    source.data = g.bytes;
    rl_shape shape = {4, {1, 2, height, width}};
    if (rl_onnx_read(ctx, &source, &g.model) ||
        rl_specialise(ctx, g.model->graph, &shape, rl_fold_limits_for(g.model->graph),
                      &g.special)) {
        fail_msg("%s", relief_last_error(ctx));
    }
    return g;
}

static void free_graphs(graphs *g) {
    rl_graph_free(g->special);
    rl_onnx_free(g->model);
    free(g->bytes);
}

/* Every node's inputs are there before it. */
static void assert_ordered(const rl_graph *graph) {
    bool *there = calloc((size_t)graph->value_count, sizeof(bool));
    assert_non_null(there);
    for (int i = 0; i < graph->value_count; i++) {
        there[i] = graph->values[i].constant != NULL;
    }
    for (int i = 0; i < graph->input_count; i++) {
        there[graph->inputs[i]] = true;
    }
    for (int i = 0; i < graph->node_count; i++) {
        const rl_node *node = &graph->nodes[i];
        for (int j = 0; j < node->input_count; j++) {
            assert_true(node->inputs[j] == RL_NO_VALUE || there[node->inputs[j]]);
        }
        for (int j = 0; j < node->output_count; j++) {
            assert_true(node->outputs[j] == RL_NO_VALUE || !there[node->outputs[j]]);
            there[node->outputs[j]] = true;
        }
    }
    for (int i = 0; i < graph->output_count; i++) {
        assert_true(there[graph->outputs[i]]);
    }
    free(there);
}

/* What exporters make of x.reshape(1, 2, h * w): sizes taken apart, multiplied and put together
 * again. */
static onnx_builder *flattening(void) {
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, picture);
    onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
    onnx_add_node(b, "Relu", "relu", "x", "r");
    onnx_add_node(b, "Shape", "shape", "r", "s");
    onnx_add_int64s(b, "two", 1, (const int64_t[]){2});
    onnx_add_int64s(b, "three", 1, (const int64_t[]){3});
    onnx_add_int64s(b, "zero", 1, (const int64_t[]){0});
    onnx_add_node(b, "Gather", "height", "s,two", "h");
    onnx_add_node(b, "Gather", "width", "s,three", "w");
    onnx_add_node(b, "Mul", "area", "h,w", "a");
    onnx_add_node(b, "Slice", "front", "s,zero,two", "f");
    onnx_add_node(b, "Concat", "target", "f,a", "t");
    onnx_set_int(b, "axis", 0);
    onnx_add_node(b, "Reshape", "flat", "x,t", "y");
    return b;
}

static void computes_sizes_ahead(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    for (int64_t h = 1; h < 40; h += 13) {
        graphs g = specialise(ctx, flattening(), h, 7);
        const rl_graph *graph = g.special;
        assert_int_equal(g.model->graph->node_count, 8);
        assert_int_equal(graph->node_count, 1); /* Relu was there for its sizes alone */
        assert_string_equal(graph->nodes[0].name, "flat");
        const rl_value *y = &graph->values[graph->outputs[0]];
        assert_int_equal(y->rank, 3);
        assert_int_equal(y->dims[0], 1);
        assert_int_equal(y->dims[1], 2);
        assert_int_equal(y->dims[2], h * 7);
        assert_ordered(graph);
        free_graphs(&g);
    }
    relief_ctx_free(ctx);
}

/* (w - zero) * scale is the weight itself; it is made once, and the chain's steps do not stay. */
static void folds_packed_weights(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    static const int8_t packed[] = {-128, -1, 0, 1, 127, 5};
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, picture);
    onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
    onnx_add_tensor(b, "q", RELIEF_I8, 1, (const int64_t[]){6}, packed);
    onnx_add_floats(b, "scale", 0, NULL, (const float[]){0.5f});
    onnx_add_tensor(b, "zero", RELIEF_I8, 0, NULL, (const int8_t[]){1});
    onnx_add_node(b, "DequantizeLinear", "dq", "q,scale,zero", "w1");
    onnx_add_node(b, "Neg", "neg", "w1", "w2");
    onnx_add_int64s(b, "to", 4, (const int64_t[]){1, 6, 1, 1});
    onnx_add_node(b, "Reshape", "shape", "w2,to", "w3");
    onnx_add_int64s(b, "from", 1, (const int64_t[]){1});
    onnx_add_int64s(b, "till", 1, (const int64_t[]){3});
    onnx_add_int64s(b, "axis", 1, (const int64_t[]){1});
    onnx_add_node(b, "Slice", "cut", "w3,from,till,axis", "w4");
    onnx_add_node(b, "Mul", "mul", "x,w4", "y");
    graphs g = specialise(ctx, b, 3, 3);
    const rl_graph *graph = g.special;
    assert_int_equal(graph->node_count, 1);
    assert_int_equal(graph->owned_count, 1);
    const relief_tensor *w = graph->values[graph->nodes[0].inputs[1]].constant;
    assert_non_null(w);
    assert_int_equal(w->dims[1], 2);
    assert_float_equal(((float *)w->data)[0], 1, 0);   /* -(-1 - 1) / 2 */
    assert_float_equal(((float *)w->data)[1], 0.5, 0); /* -(0 - 1) / 2 */
    free_graphs(&g);
    relief_ctx_free(ctx);
}

static void elides_copies_and_dead_nodes(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, picture);
    onnx_add_output(b, "y", RELIEF_F32, 4, picture);
    onnx_add_output(b, "same", RELIEF_F32, 4, picture);
    onnx_add_node(b, "Identity", "i", "x", "same");
    onnx_add_node(b, "Dropout", "d", "same", "kept");
    onnx_add_node(b, "Tanh", "t", "kept", "u");
    onnx_add_node(b, "Identity", "j", "u", "y");
    onnx_add_node(b, "Exp", "nobody", "u", "unused");
    onnx_add_node(b, "Exp", "reads", "unused", "unused too");
    graphs g = specialise(ctx, b, 4, 5);
    const rl_graph *graph = g.special;
    assert_int_equal(graph->node_count, 1);
    assert_string_equal(graph->nodes[0].name, "t");
    assert_int_equal(graph->nodes[0].inputs[0], graph->inputs[0]);
    assert_int_equal(graph->outputs[0], graph->nodes[0].outputs[0]);
    assert_int_equal(graph->outputs[1], graph->inputs[0]);
    free_graphs(&g);
    relief_ctx_free(ctx);
}

/* Outputs that no node makes: an input given back, and a constant. */
static void runs_without_nodes(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, picture);
    onnx_add_output(b, "y", RELIEF_F32, 4, picture);
    onnx_add_output(b, "c", RELIEF_I64, 1, (const int64_t[]){4});
    onnx_add_node(b, "Identity", "i", "x", "y");
    onnx_add_node(b, "Shape", "s", "x", "c");
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 2, 3, 5}, 1);
    relief_tensor *outputs[2];
    assert_int_equal(rl_net_run(ctx, t.net, &x, outputs), RELIEF_OK);
    assert_same_tensor(x, outputs[0]);
    assert_memory_equal(outputs[1]->data, ((const int64_t[]){1, 2, 3, 5}), 32);
    relief_tensor_free(outputs[0]);
    relief_tensor_free(outputs[1]);
    relief_tensor_free(x);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

/* A small file must not get large constants made of it. */
static void does_not_unpack_bombs(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, picture);
    onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
    onnx_add_int64s(b, "sizes", 2, (const int64_t[]){1 << 19, 1 << 20});
    onnx_add_node(b, "ConstantOfShape", "bomb", "sizes", "big");
    onnx_add_int64s(b, "axes", 2, (const int64_t[]){0, 1});
    onnx_add_node(b, "Unsqueeze", "more", "big,axes", "bigger");
    onnx_add_node(b, "Add", "add", "x,bigger", "y");
    size_t before = relief_memory().live_bytes;
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 2, 1, 1}, 1), *y = NULL;
    relief_memory_reset_peak();
    relief_status status = rl_net_run(ctx, t.net, &x, &y);
    assert_true(status == RELIEF_ERROR_LIMIT || status == RELIEF_ERROR_MEMORY);
    assert_true(relief_memory().peak_bytes - before < (size_t)1 << 20);
    assert_null(y);
    relief_tensor_free(x);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

/* What takes long is left to run time: 2^32 multiply-adds of a product or a window, not 2^18. */
static void leaves_long_work_to_run_time(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    for (int i = 0; i < 4; i++) {
        const bool small = i % 2 == 0, product = i < 2;
        const int64_t size = small ? 64 : 2048, reach = small ? 512 : 65536;
        onnx_builder *b = onnx_builder_new(13);
        onnx_add_input(b, "x", RELIEF_F32, 4, picture);
        onnx_add_int64s(b, "sizes", 4, (const int64_t[]){1, 1, small ? 64 : 1024, size});
        onnx_add_int64s(b, "square", 2, (const int64_t[]){size, size});
        onnx_add_int64s(b, "one", 4, (const int64_t[]){1, 1, 1, 1});
        onnx_add_node(b, "ConstantOfShape", "a", product ? "sizes" : "one", "a");
        onnx_add_node(b, "ConstantOfShape", "b", "square", "b");
        onnx_add_node(b, product ? "MatMul" : "MaxPool", "work", product ? "a,b" : "a", "c");
        if (!product) {
            onnx_set_ints(b, "kernel_shape", 2, (const int64_t[]){reach, reach});
            onnx_set_ints(b, "pads", 4, (const int64_t[]){reach - 1, reach - 1, 0, 0});
        }
        onnx_add_node(b, "ReduceMax", "max", "c", "m");
        onnx_add_node(b, "Add", "add", "x,m", "y");
        onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
        graphs g = specialise(ctx, b, 4, 4);
        assert_int_equal(g.special->node_count, small ? 1 : 3);
        assert_string_equal(g.special->nodes[0].op_type, small     ? "Add"
                                                         : product ? "MatMul"
                                                                   : "MaxPool");
        free_graphs(&g);
    }
    relief_ctx_free(ctx);
}

/* Constants that share one range of bytes allow no more than the machine's memory does. */
static void limits_what_is_folded(void **state) {
    (void)state;
    enum { COUNT = 8 };
    const relief_tensor big = {.dtype = RELIEF_F32, .bytes = SIZE_MAX / 64};
    rl_value values[COUNT];
    for (int i = 0; i < COUNT; i++) {
        values[i] = (rl_value){.name = "c", .dtype = RELIEF_F32, .constant = &big};
    }
    const rl_graph many = {.values = values, .value_count = COUNT}, none = {.values = values};
    const size_t most = (size_t)(rl_os_memory_limit() / 4), least = (size_t)64 << 20;
    assert_int_equal(rl_fold_limits_for(&many).bytes, most);
    assert_int_equal(rl_fold_limits_for(&none).bytes, least < most ? least : most);
}

static void checks_inputs(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, picture);
    onnx_add_output(b, "y", RELIEF_F32, 4, picture);
    onnx_add_node(b, "Relu", "r", "x", "y");
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    const struct {
        relief_dtype dtype;
        int rank;
        int64_t dims[4];
        const char *words;
    } cases[] = {
        {RELIEF_F32, 4, {1, 3, 4, 4}, "input 'x' takes a tensor of 1x2x?x?, not of 1x3x4x4"},
        {RELIEF_F32, 3, {2, 4, 4}, "not of 2x4x4"},
        {RELIEF_F32, 4, {1, 2, 0, 4}, "not of 1x2x0x4"},
        {RELIEF_I32, 4, {1, 2, 4, 4}, "takes float32 elements, not int32"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        relief_tensor *x = NULL, *y = NULL;
        assert_int_equal(relief_tensor_new(ctx, cases[i].dtype, cases[i].rank, cases[i].dims, &x),
                         RELIEF_OK);
        assert_int_equal(rl_net_run(ctx, t.net, &x, &y), RELIEF_ERROR_ARG);
        assert_non_null(strstr(relief_last_error(ctx), cases[i].words));
        assert_null(y);
        relief_tensor_free(x);
    }
    test_net_free(&t);
    relief_ctx_free(ctx);
}

static void makes_tensors(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_tensor *tensor = NULL;
    assert_int_equal(relief_tensor_new(ctx, RELIEF_F32, 2, (const int64_t[]){3, 5}, &tensor),
                     RELIEF_OK);
    assert_int_equal(relief_tensor_bytes(tensor), 60);
    for (int i = 0; i < 15; i++) {
        assert_float_equal(((float *)relief_tensor_data(tensor))[i], 0, 0);
    }
    relief_tensor_free(tensor);
    static const struct {
        int dtype, rank;
        int64_t dims[9];
        relief_status status;
    } wrong[] = {{RELIEF_F32, 1, {-1}, RELIEF_ERROR_ARG},
                 {RELIEF_F32, 9, {1, 1, 1, 1, 1, 1, 1, 1, 1}, RELIEF_ERROR_ARG},
                 {RELIEF_F32, -1, {1}, RELIEF_ERROR_ARG},
                 {5, 1, {1}, RELIEF_ERROR_ARG},
                 {RELIEF_F32, 2, {INT64_MAX, INT64_MAX}, RELIEF_ERROR_LIMIT},
                 {RELIEF_F64, 1, {(int64_t)1 << 40}, RELIEF_ERROR_LIMIT}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_int_equal(relief_tensor_new(ctx, (relief_dtype)wrong[i].dtype, wrong[i].rank,
                                           wrong[i].dims, &tensor),
                         wrong[i].status);
        assert_null(tensor);
    }
    relief_tensor_free(NULL);
    relief_ctx_free(ctx);
}

/* Every type's elements as numbers, at an odd address. */
static void reads_elements_unaligned(void **state) {
    (void)state;
    static const struct {
        relief_dtype dtype;
        uint64_t bits;
        double want;
    } cases[] = {
        {RELIEF_U8, 200, 200},
        {RELIEF_I8, 0x80, -128},
        {RELIEF_BOOL, 1, 1},
        {RELIEF_I32, 0xfffffffe, -2},
        {RELIEF_I64, (uint64_t)-3, -3},
        {RELIEF_F32, 0x40490fdb, 3.14159274101257},
        {RELIEF_F64, 0x3ff8000000000000, 1.5},
        {RELIEF_F16, 0x3555, 0.333251953125},
        {RELIEF_F16, 0x0001, 0x1p-24},
        {RELIEF_F16, 0xfbff, -65504},
        {RELIEF_BF16, 0x4049, 3.140625},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint8_t bytes[32] = {0};
        size_t size = rl_dtype_size(cases[i].dtype);
        memcpy(bytes + 1 + size, &cases[i].bits, size);
        relief_tensor tensor = {
            .dtype = cases[i].dtype, .rank = 1, .dims = {2}, .bytes = 2 * size, .data = bytes + 1};
        assert_float_equal(rl_tensor_float(&tensor, 1), (float)cases[i].want,
                           1e-6f * fabsf((float)cases[i].want));
        assert_int_equal(rl_tensor_int(&tensor, 1), (int64_t)cases[i].want);
        assert_int_equal(rl_tensor_int(&tensor, 0), 0);
    }
    float extremes[] = {1e30f, -1e30f, NAN};
    relief_tensor tensor = {
        .dtype = RELIEF_F32, .rank = 1, .dims = {3}, .bytes = 12, .data = extremes};
    assert_true(rl_tensor_int(&tensor, 0) == INT64_MAX && rl_tensor_int(&tensor, 1) == INT64_MIN);
    assert_int_equal(rl_tensor_int(&tensor, 2), 0);
}

static void keeps_tensors_in_npy_files(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    char path[] = "/tmp/relief-test-graph-XXXXXX.npy";
    int file = mkstemps(path, 4);
    assert_true(file >= 0);
    close(file);
    static const relief_dtype types[] = {RELIEF_F32, RELIEF_F64, RELIEF_F16, RELIEF_I64,
                                         RELIEF_I32, RELIEF_I8,  RELIEF_U8,  RELIEF_BOOL};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        relief_tensor *made = NULL, *read = NULL;
        int rank = (int)i % 5;
        const int64_t dims[] = {3, 1, 5, 2};
        assert_int_equal(relief_tensor_new(ctx, types[i], rank, dims, &made), RELIEF_OK);
        for (size_t j = 0; j < made->bytes; j++) {
            ((uint8_t *)made->data)[j] = (uint8_t)(j % 2);
        }
        assert_int_equal(relief_tensor_save_npy(ctx, made, path, true), RELIEF_OK);
        if (relief_tensor_load_npy(ctx, path, &read)) {
            fail_msg("%s", relief_last_error(ctx));
        }
        assert_same_tensor(made, read);
        relief_tensor_free(made);
        relief_tensor_free(read);
    }
    relief_tensor *brain = NULL;
    assert_int_equal(relief_tensor_new(ctx, RELIEF_BF16, 0, NULL, &brain), RELIEF_OK);
    assert_int_equal(relief_tensor_save_npy(ctx, brain, path, true), RELIEF_ERROR_UNSUPPORTED);
    relief_tensor_free(brain);
    remove(path);
    assert_int_equal(relief_tensor_load_npy(ctx, path, &brain), RELIEF_ERROR_IO);
    assert_null(brain);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_sizes_ahead),
        cmocka_unit_test(folds_packed_weights),
        cmocka_unit_test(elides_copies_and_dead_nodes),
        cmocka_unit_test(runs_without_nodes),
        cmocka_unit_test(does_not_unpack_bombs),
        cmocka_unit_test(checks_inputs),
        cmocka_unit_test(leaves_long_work_to_run_time),
        cmocka_unit_test(limits_what_is_folded),
        cmocka_unit_test(makes_tensors),
        cmocka_unit_test(reads_elements_unaligned),
        cmocka_unit_test(keeps_tensors_in_npy_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
