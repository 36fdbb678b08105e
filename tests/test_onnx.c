/* SPDX-License-Identifier: Apache-2.0 */
/* The .onnx reader: what it understands, and how it refuses what is damaged, hostile or beyond it.
 */
#include "net_testing.h"

#include "base/os.h"
#include "nn/onnx/onnx_model.h"

#include <sys/stat.h>
#include <unistd.h>

static const int64_t one_dim[] = {4};

/* x (4) plus the value `name`, whatever gives it, makes y. */
static onnx_builder *adding(const char *name) {
    char inputs[64];
    onnx_builder *b = onnx_builder_new(13);
    snprintf(inputs, sizeof(inputs), "x,%s", name);
    onnx_add_input(b, "x", RELIEF_F32, 1, one_dim);
    onnx_add_output(b, "y", RELIEF_F32, 1, one_dim);
    onnx_add_node(b, "Add", "plus", inputs, "y");
    return b;
}

/* Run `adding` on zeros: y must be `want`. */
static void assert_adds(onnx_builder *b, const float want[4]) {
    relief_ctx *ctx = test_ctx(1);
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    relief_tensor *x = NULL;
    assert_int_equal(relief_tensor_new(ctx, RELIEF_F32, 1, one_dim, &x), RELIEF_OK);
    relief_tensor *y = test_net_run(ctx, &t, x);
    for (int i = 0; i < 4; i++) {
        assert_float_equal(((float *)y->data)[i], want[i], 0);
    }
    relief_tensor_free(x);
    relief_tensor_free(y);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

static const float numbers[] = {1.5f, -2, 3, 4096};

static void reads_raw_floats(void **state) {
    (void)state;
    onnx_builder *b = adding("w");
    onnx_add_floats(b, "w", 1, one_dim, numbers);
    assert_adds(b, numbers);
}

/* A TensorProto "w" of four elements without data. */
static pb_message bare_tensor(relief_dtype dtype) {
    pb_message tensor = {0};
    pb_put_varint(&tensor, 1, 4);
    pb_put_varint(&tensor, 2, (uint64_t)dtype);
    pb_put_text(&tensor, 8, "w");
    return tensor;
}

static void reads_float_lists(void **state) {
    (void)state;
    pb_message packed = bare_tensor(RELIEF_F32), loose = bare_tensor(RELIEF_F32);
    pb_put_bytes(&packed, 4, numbers, 8);
    pb_put_bytes(&packed, 4, numbers + 2, 8); /* a packed list may come in pieces */
    for (int i = 0; i < 4; i++) {
        pb_put_float(&loose, 4, numbers[i]);
    }
    onnx_builder *b = adding("w");
    onnx_add_tensor_message(b, &packed);
    assert_adds(b, numbers);
    b = adding("w");
    onnx_add_tensor_message(b, &loose);
    assert_adds(b, numbers);
}

/* x + Cast(w) for integers of several types in their lists. */
static void reads_integer_lists(void **state) {
    (void)state;
    static const struct {
        relief_dtype dtype;
        int list;
        uint64_t values[4];
        float want[4];
    } cases[] = {
        {RELIEF_U8, 5, {0, 1, 200, 255}, {0, 1, 200, 255}},
        {RELIEF_I8, 5, {0, 1, (uint64_t)-128, (uint64_t)-1}, {0, 1, -128, -1}},
        {RELIEF_I32, 5, {7, (uint64_t)-70000, 0, 1}, {7, -70000, 0, 1}},
        {RELIEF_I64, 7, {1, (uint64_t)-3, 1 << 20, 0}, {1, -3, 1 << 20, 0}},
    };
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
        size_t c = i / 2;
        pb_message tensor = bare_tensor(cases[c].dtype), packed = {0};
        for (int j = 0; j < 4; j++) {
            if (i % 2) {
                pb_put_varint(&tensor, cases[c].list, cases[c].values[j]);
            } else { /* a bare number: the tag of one byte is left out again */
                pb_message one = {0};
                pb_put_varint(&one, 1, cases[c].values[j]);
                pb_put_raw(&packed, one.bytes + 1, one.size - 1);
                free(one.bytes);
            }
        }
        if (i % 2 == 0) {
            pb_put_message(&tensor, cases[c].list, &packed);
        }
        onnx_builder *b = adding("f");
        onnx_add_tensor_message(b, &tensor);
        onnx_add_node(b, "Cast", "cast", "w", "f");
        onnx_set_int(b, "to", RELIEF_F32);
        assert_adds(b, cases[c].want);
    }
}

static void reads_constant_nodes(void **state) {
    (void)state;
    onnx_builder *b = adding("w");
    onnx_add_node(b, "Constant", "c", "", "w");
    onnx_set_tensor(b, "value", RELIEF_F32, 1, one_dim, numbers);
    assert_adds(b, numbers);
    b = adding("w");
    onnx_add_node(b, "Constant", "c", "", "w");
    onnx_set_floats(b, "value_floats", 4, numbers);
    assert_adds(b, numbers);
    b = adding("w");
    onnx_add_node(b, "Constant", "c", "", "w");
    onnx_set_float(b, "value_float", 2.5f);
    assert_adds(b, (const float[]){2.5f, 2.5f, 2.5f, 2.5f});
    b = adding("f");
    onnx_add_node(b, "Constant", "c", "", "w");
    onnx_set_ints(b, "value_ints", 4, (const int64_t[]){1, -2, 3, 4});
    onnx_add_node(b, "Cast", "cast", "w", "f");
    onnx_set_int(b, "to", RELIEF_F32);
    assert_adds(b, (const float[]){1, -2, 3, 4});
}

/* Exporters of IR version 3 list initialisers among the inputs, too. */
static void initialisers_are_no_inputs(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = adding("w");
    onnx_add_input(b, "w", RELIEF_F32, 1, one_dim);
    onnx_add_floats(b, "w", 1, one_dim, numbers);
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    const rl_graph *graph = rl_net_graph(t.net);
    assert_int_equal(graph->input_count, 1);
    assert_string_equal(graph->values[graph->inputs[0]].name, "x");
    assert_int_equal(rl_net_parameter_count(t.net), 4);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

static void sorts_nodes(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 1, one_dim);
    onnx_add_output(b, "y", RELIEF_F32, 1, one_dim);
    onnx_add_node(b, "Add", "last", "b,a", "y"); /* 2x + (2x)^2 at x = -1: 2 */
    onnx_add_node(b, "Mul", "middle", "a,a", "b");
    onnx_add_node(b, "Add", "first", "x,x", "a");
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    const rl_graph *graph = rl_net_graph(t.net);
    assert_string_equal(graph->nodes[0].name, "first");
    assert_string_equal(graph->nodes[1].name, "middle");
    assert_string_equal(graph->nodes[2].name, "last");
    relief_tensor *x = test_tensor(ctx, 1, one_dim, 1);
    ((float *)x->data)[2] = -1;
    relief_tensor *y = test_net_run(ctx, &t, x);
    assert_float_equal(((float *)y->data)[2], 2, 0);
    relief_tensor_free(x);
    relief_tensor_free(y);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

static void keeps_metadata_and_counts(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = adding("w");
    onnx_add_node(b, "Constant", "c", "", "w");
    onnx_set_floats(b, "value_floats", 4, numbers);
    onnx_add_metadata(b, "relief.kind", "disparity");
    onnx_add_metadata(b, "relief.empty", "");
    onnx_add_opset(b, "com.example", 3);
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    assert_string_equal(rl_net_metadata(t.net, "relief.kind"), "disparity");
    assert_string_equal(rl_net_metadata(t.net, "relief.empty"), "");
    assert_null(rl_net_metadata(t.net, "relief"));
    assert_int_equal(rl_net_graph(t.net)->opset, 13);
    assert_int_equal(rl_net_stored_node_count(t.net), 2);
    assert_int_equal(rl_net_graph(t.net)->node_count, 1);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

static void refuses_wrong_graphs(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = adding("loop");
    onnx_add_node(b, "Relu", "around", "y", "loop");
    assert_refused(ctx, b, RELIEF_ERROR_FORMAT, "depends on its own output");
    assert_refused(ctx, adding("nowhere"), RELIEF_ERROR_FORMAT,
                   "node plus (Add, opset 13): its input "
                   "'nowhere' does not exist");
    b = adding("w");
    onnx_add_floats(b, "w", 1, one_dim, numbers);
    onnx_add_floats(b, "w", 1, one_dim, numbers);
    assert_refused(ctx, b, RELIEF_ERROR_FORMAT, "'w' is there twice");
    b = adding("x");
    onnx_add_node(b, "Relu", "again", "x", "y");
    assert_refused(ctx, b, RELIEF_ERROR_FORMAT, "'y' is there twice");
    b = adding("x");
    onnx_add_output(b, "z", RELIEF_F32, 1, one_dim);
    assert_refused(ctx, b, RELIEF_ERROR_FORMAT, "'z' is made by no node");
    b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 1, one_dim);
    assert_refused(ctx, b, RELIEF_ERROR_FORMAT, "no output");
    b = adding("x");
    onnx_set_int(b, "axis", 1);
    onnx_set_int(b, "axis", 1);
    assert_refused(ctx, b, RELIEF_ERROR_FORMAT, "twice");
    b = adding("x,x");
    assert_refused(ctx, b, RELIEF_ERROR_FORMAT, "3 inputs");
    relief_ctx_free(ctx);
}

static void refuses_by_name(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = adding("s");
    onnx_add_node(b, "Loop", "round", "x", "s");
    assert_refused(ctx, b, RELIEF_ERROR_UNSUPPORTED,
                   "test.onnx: node round (Loop, opset 13): this operator is not supported");
    b = adding("s");
    onnx_add_node(b, "Relu", "theirs", "x", "s");
    onnx_set_domain(b, "com.example");
    assert_refused(ctx, b, RELIEF_ERROR_UNSUPPORTED, "node theirs (com.example.Relu, opset 13)");
    b = adding("x");
    onnx_set_int(b, "magic", 1);
    assert_refused(ctx, b, RELIEF_ERROR_UNSUPPORTED, "magic");
    b = adding("w");
    onnx_add_tensor(b, "w", RELIEF_U8, 1, one_dim, "abcd");
    pb_message tensor = {0};
    pb_put_varint(&tensor, 2, 8); /* strings */
    pb_put_text(&tensor, 8, "words");
    onnx_add_tensor_message(b, &tensor);
    assert_refused(ctx, b, RELIEF_ERROR_UNSUPPORTED, "'words' has elements of type string");
    b = adding("x");
    pb_put_bytes(onnx_builder_graph(b), 15, "", 0);
    assert_refused(ctx, b, RELIEF_ERROR_UNSUPPORTED, "sparse");
    assert_refused(ctx, onnx_builder_new(6), RELIEF_ERROR_UNSUPPORTED, "operator set 6");
    assert_refused(ctx, onnx_builder_new(99), RELIEF_ERROR_UNSUPPORTED, "operator set 99");
    b = adding("x");
    pb_put_varint(onnx_builder_model(b), 1, 2); /* the last one counts */
    assert_refused(ctx, b, RELIEF_ERROR_UNSUPPORTED, "IR version 2");
    relief_ctx_free(ctx);
}

static void refuses_wrong_sizes(void **state) {
    (void)state;
    static const struct {
        int rank;
        int64_t dims[9];
        relief_status status;
        const char *words;
    } cases[] = {
        {1, {(int64_t)1 << 40}, RELIEF_ERROR_FORMAT, "4 bytes"},
        {2, {(int64_t)1 << 40, 1 << 20}, RELIEF_ERROR_FORMAT, "too many elements"},
        {1, {INT64_MAX}, RELIEF_ERROR_FORMAT, "has a size of"},
        {1, {-1}, RELIEF_ERROR_FORMAT, "has a size of -1"},
        {1, {5}, RELIEF_ERROR_FORMAT, "has 4 bytes where its sizes ask for 20"},
        {9, {1, 1, 1, 1, 1, 1, 1, 1, 1}, RELIEF_ERROR_UNSUPPORTED, "more than 8 dimensions"},
    };
    relief_ctx *ctx = test_ctx(1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        pb_message tensor = {0};
        for (int j = 0; j < cases[i].rank; j++) {
            pb_put_varint(&tensor, 1, (uint64_t)cases[i].dims[j]);
        }
        pb_put_varint(&tensor, 2, RELIEF_F32);
        pb_put_text(&tensor, 8, "w");
        pb_put_bytes(&tensor, 9, numbers, 4);
        onnx_builder *b = adding("w");
        onnx_add_tensor_message(b, &tensor);
        size_t peak = relief_memory().live_bytes;
        relief_memory_reset_peak();
        assert_refused(ctx, b, cases[i].status, cases[i].words);
        assert_true(relief_memory().peak_bytes - peak < 65536);
    }
    /* The same without raw data: a list that is shorter than the sizes say. */
    pb_message tensor = {0};
    pb_put_varint(&tensor, 1, (uint64_t)1 << 40);
    pb_put_varint(&tensor, 2, RELIEF_F32);
    pb_put_text(&tensor, 8, "w");
    pb_put_bytes(&tensor, 4, numbers, 16);
    onnx_builder *b = adding("w");
    onnx_add_tensor_message(b, &tensor);
    assert_refused(ctx, b, RELIEF_ERROR_FORMAT, "has 4 elements");
    b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 1, (const int64_t[]){INT64_MAX});
    assert_refused(ctx, b, RELIEF_ERROR_FORMAT, "damaged");
    relief_ctx_free(ctx);
}

static void refuses_bad_bytes(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"", 0},
        {"hello, this is no network\n", 26},
        {"\x08", 1},                                              /* a varint that is missing */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12}, /* and one that never ends */
        {"\x3a\xff\xff\xff\xff\x0f", 6},                          /* a graph of 4 GiB */
        {"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},     /* of 2^64 - 1 bytes */
        {"\x08\x07\x3b\x3c", 4},                                  /* a group */
        {"\x00\x00\x00\x00", 4},                                  /* field 0 */
        {"\x08\x07\x38\x01", 4},                                  /* a graph that is a number */
    };
    relief_ctx *ctx = test_ctx(1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rl_net *net = NULL;
        assert_int_equal(rl_net_load_memory(ctx, cases[i].bytes, cases[i].size, "bad.onnx",
                                            &rl_backend_reference, &net),
                         RELIEF_ERROR_FORMAT);
        assert_null(net);
        assert_non_null(strstr(relief_last_error(ctx), "bad.onnx: is "));
    }
    relief_ctx_free(ctx);
}

/* A network with something of everything. */
static uint8_t *sample(size_t *size) {
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_metadata(b, "key", "value");
    float *weights = test_floats(8 * 3 * 9, 1);
    onnx_add_input(b, "x", RELIEF_F32, 4, (const int64_t[]){1, 3, -1, -1});
    onnx_add_output(b, "y", RELIEF_F32, 4, (const int64_t[]){1, 8, -1, -1});
    onnx_add_floats(b, "w", 4, (const int64_t[]){8, 3, 3, 3}, weights);
    onnx_add_node(b, "Conv", "conv", "x,w", "c");
    onnx_set_ints(b, "strides", 2, (const int64_t[]){2, 2});
    onnx_set_ints(b, "pads", 4, (const int64_t[]){1, 1, 1, 1});
    onnx_add_node(b, "Constant", "high", "", "hi");
    onnx_set_float(b, "value_float", 6);
    onnx_add_node(b, "Clip", "clip", "c,,hi", "y");
    free(weights);
    return onnx_builder_finish(b, size);
}

static void survives_every_cut(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    size_t size;
    uint8_t *bytes = sample(&size);
    size_t before = relief_memory().live_bytes;
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part =
            malloc(cut + 1); /* of its own, so that a sanitizer sees a read past its end */
        assert_non_null(part);
        memcpy(part, bytes, cut);
        rl_net *net = NULL;
        relief_status status =
            rl_net_load_memory(ctx, part, cut, "cut.onnx", &rl_backend_reference, &net);
        assert_true(status == RELIEF_ERROR_FORMAT || status == RELIEF_ERROR_UNSUPPORTED);
        assert_null(net);
        free(part);
    }
    assert_int_equal(relief_memory().live_bytes, before);
    free(bytes);
    relief_ctx_free(ctx);
}

/* Single bytes changed: whatever comes of it, it ends with a status. */
static void survives_flipped_bytes(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    size_t size, before = relief_memory().live_bytes;
    uint8_t *bytes = sample(&size);
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    for (size_t i = 0; i < 3 * size; i++) {
        rl_net *net = NULL;
        bytes[i / 3] ^= flips[i % 3];
        relief_status status =
            rl_net_load_memory(ctx, bytes, size, "flip.onnx", &rl_backend_reference, &net);
        assert_true((status == RELIEF_OK) == (net != NULL));
        rl_net_free(net);
        bytes[i / 3] ^= flips[i % 3];
    }
    assert_int_equal(relief_memory().live_bytes, before);
    free(bytes);
    relief_ctx_free(ctx);
}

/* Each allocation fails in turn. */
static void survives_without_memory(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    size_t size, before = relief_memory().live_bytes;
    uint8_t *bytes = sample(&size);
    int failures = 0;
    for (int64_t n = 0;; n++) {
        rl_net *net = NULL;
        rl_memory_fail_at(n, true);
        relief_status status =
            rl_net_load_memory(ctx, bytes, size, "oom.onnx", &rl_backend_reference, &net);
        bool failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        if (!failed) {
            assert_int_equal(status, RELIEF_OK);
            rl_net_free(net);
            break;
        }
        assert_int_equal(status, RELIEF_ERROR_MEMORY);
        assert_null(net);
        assert_int_equal(relief_memory().live_bytes, before);
        failures++;
    }
    assert_true(failures > 5);
    free(bytes);
    relief_ctx_free(ctx);
}

/* ---- external data ---- */

static char folder[] = "/tmp/relief-test-onnx-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const void *data, size_t size) {
    FILE *file = fopen(in_folder(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Load FOLDER/in/model.onnx whose weights are at `location`. */
static relief_status load_external(relief_ctx *ctx, const char *location, int64_t offset,
                                   int64_t length, rl_net **net) {
    size_t size;
    onnx_builder *b = adding("w");
    onnx_add_external(b, "w", RELIEF_F32, 4, &(onnx_place){location, offset, length});
    uint8_t *bytes = onnx_builder_finish(b, &size);
    write_file("in/model.onnx", bytes, size);
    free(bytes);
    *net = NULL;
    return rl_net_load(ctx, in_folder("in/model.onnx"), &rl_backend_reference, net);
}

static void reads_external_data(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_net *net;
    uint8_t data[19] = "abc"; /* at an odd offset: read unaligned */
    memcpy(data + 3, numbers, sizeof(numbers));
    write_file("in/sub/weights.bin", data, sizeof(data));
    if (load_external(ctx, "sub/weights.bin", 3, 16, &net) != RELIEF_OK) {
        fail_msg("%s", relief_last_error(ctx));
    }
    relief_tensor *x = NULL, *y = NULL;
    assert_int_equal(relief_tensor_new(ctx, RELIEF_F32, 1, one_dim, &x), RELIEF_OK);
    assert_int_equal(rl_net_run(ctx, net, &x, &y), RELIEF_OK);
    assert_memory_equal(y->data, numbers, sizeof(numbers));
    struct stat facts;
    assert_int_equal(stat(in_folder("in/model.onnx"), &facts), 0);
    assert_int_equal(rl_net_file_bytes(net), facts.st_size + 19);
    relief_tensor_free(x);
    relief_tensor_free(y);
    rl_net_free(net);
    relief_ctx_free(ctx);
}

static void keeps_external_data_inside(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_net *net;
    char absolute[300];
    write_file("outside.bin", numbers, sizeof(numbers));
    snprintf(absolute, sizeof(absolute), "%s", in_folder("outside.bin"));
    assert_int_equal(symlink("../outside.bin", in_folder("in/link.bin")), 0);
    const struct {
        const char *location;
        int64_t offset, length;
        relief_status status;
        const char *words;
    } cases[] = {
        {"../outside.bin", 0, 16, RELIEF_ERROR_UNSUPPORTED, "outside the model's folder"},
        {"sub/../../outside.bin", 0, 16, RELIEF_ERROR_UNSUPPORTED, "outside the model's folder"},
        {absolute, 0, 16, RELIEF_ERROR_UNSUPPORTED, "outside the model's folder"},
        {"link.bin", 0, 16, RELIEF_ERROR_UNSUPPORTED, "leads out of the model's folder"},
        {"missing.bin", 0, 16, RELIEF_ERROR_IO, "missing"},
        {"sub", 0, 16, RELIEF_ERROR_IO, "directory"},
        {"", 0, 16, RELIEF_ERROR_FORMAT, "without a location"},
        {"sub/weights.bin", 4, 16, RELIEF_ERROR_FORMAT, "ends at byte 20"},
        {"sub/weights.bin", 999999999999, 16, RELIEF_ERROR_FORMAT, "ends at byte"},
        {"sub/weights.bin", 0, 17, RELIEF_ERROR_FORMAT, "17 bytes for a tensor of 16"},
        {"sub/weights.bin", -1, 16, RELIEF_ERROR_FORMAT, "damaged"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        relief_status status =
            load_external(ctx, cases[i].location, cases[i].offset, cases[i].length, &net);
        if (status != cases[i].status || !strstr(relief_last_error(ctx), cases[i].words)) {
            fail_msg("%s: %d %s", cases[i].location, status, relief_last_error(ctx));
        }
        assert_null(net);
    }
    onnx_builder *b = adding("w");
    onnx_add_external(b, "w", RELIEF_F32, 4, &(onnx_place){"sub/weights.bin", 3, 16});
    assert_refused(ctx, b, RELIEF_ERROR_UNSUPPORTED, "external data");
    relief_ctx_free(ctx);
}

static int make_folder(void **state) {
    (void)state;
    return !mkdtemp(folder) || mkdir(in_folder("in"), 0700) || mkdir(in_folder("in/sub"), 0700);
}

static int remove_folder(void **state) {
    (void)state;
    static const char *const names[] = {
        "in/sub/weights.bin", "in/link.bin", "in/model.onnx", "outside.bin", "in/sub", "in", ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        remove(in_folder(names[i]));
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_raw_floats),
        cmocka_unit_test(reads_float_lists),
        cmocka_unit_test(reads_integer_lists),
        cmocka_unit_test(reads_constant_nodes),
        cmocka_unit_test(initialisers_are_no_inputs),
        cmocka_unit_test(sorts_nodes),
        cmocka_unit_test(keeps_metadata_and_counts),
        cmocka_unit_test(refuses_wrong_graphs),
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(refuses_wrong_sizes),
        cmocka_unit_test(refuses_bad_bytes),
        cmocka_unit_test(survives_every_cut),
        cmocka_unit_test(survives_flipped_bytes),
        cmocka_unit_test(survives_without_memory),
        cmocka_unit_test(reads_external_data),
        cmocka_unit_test(keeps_external_data_inside),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
