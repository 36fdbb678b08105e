/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of 8 bits on the fast backend: what a file of the "QDQ" kind becomes, that it computes
 * what the file says, and the same bits on any number of threads. */
#include "onednn_testing.h"

#include <math.h>

#include "nn/onednn/api.h"
#include "nn/onednn/bytes.h"

/* ---- the innermost loops, beside the plain ones ---- */

enum { BYTES = 300 };

static void fill_bytes(uint8_t *bytes, int count, uint32_t seed) {
    for (int i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
}

static void looks_up_every_byte(void **state) {
    (void)state;
    uint8_t table[256], x[BYTES], y[BYTES];
    fill_bytes(table, 256, 1);
    for (int i = 0; i < BYTES; i++)
        x[i] = (uint8_t)(i * 7);
    for (int n = 1; n <= BYTES; n += 13) {
        memset(y, 0xaa, sizeof y);
        rl_byte_look_up(table, x, y, n);
        for (int i = 0; i < BYTES; i++)
            assert_int_equal(y[i], i < n ? table[x[i]] : 0xaa);
    }
}

static float byte_at(const void *bytes, int i, bool is_signed) {
    return is_signed ? (float)((const int8_t *)bytes)[i] : (float)((const uint8_t *)bytes)[i];
}

static float rounded(float x) {
    return nearbyintf(x); /* to the nearest, a tie to the even one */
}

static void adds_bytes(void **state) {
    (void)state;
    uint8_t a[BYTES], b[BYTES], y[BYTES];
    fill_bytes(a, BYTES, 2);
    fill_bytes(b, BYTES, 3);
    for (int k = 0; k < 2; k++) {
        const rl_byte_loops *fast = rl_byte_loops_fast(k == 1);
        const rl_byte_sum sums = {{0.75f, 1.5f}, k ? -3.5f : -90.25f, k ? -128.0f : 0.0f};
        const void *const sources[2] = {a, b};
        for (int n = 1; fast && n <= BYTES; n += 23) {
            memset(y, 0xaa, sizeof y);
            fast->add(&sums, sources, y, n);
            for (int i = 0; i < n; i++) {
                const float other = fmaf(byte_at(b, i, k == 1), sums.factors[1], sums.offset);
                const float sum = fmaf(byte_at(a, i, k == 1), sums.factors[0], other);
                const float within = fminf(fmaxf(sum, sums.least), sums.least + 255.0f);
                assert_true(byte_at(y, i, k == 1) == rounded(within));
            }
            assert_true(n == BYTES || y[n] == 0xaa);
        }
    }
}

/* As the plain kernel of Resize does it, with a division. */
static void blends_bytes(void **state) {
    (void)state;
    static const rl_quantum quanta[] = {{0.1f, 128}, {0.0173f, 3}, {1.0f / 3, -7}, {0.25f, 0}};
    static const float weights[][4] = {
        {0.5625f, 0.1875f, 0.1875f, 0.0625f}, {0.25f, 0.25f, 0.25f, 0.25f}, {0.7f, 0.3f, 0, 0}};
    uint8_t x[4][BYTES], y[BYTES];
    for (int i = 0; i < 4; i++)
        fill_bytes(x[i], BYTES, (uint32_t)i + 5);
    for (int k = 0; k < 24; k++) {
        const bool is_signed = k % 2;
        const rl_byte_loops *fast = rl_byte_loops_fast(is_signed);
        const rl_quantum *q = &quanta[k / 2 % 4];
        const float *w = weights[k / 8], zero = (float)q->zero;
        const rl_byte_blend blend = {{x[0], x[1], x[2], x[3]}, {w[0], w[1], w[2], w[3]}};
        memset(y, 0xaa, sizeof y);
        if (!fast)
            continue;
        fast->blend(&blend, q, y, BYTES - 1);
        for (int i = 0; i < BYTES - 1; i++) {
            float sum = 0;
            for (int j = 0; j < 4; j++) {
                const float term = w[j] * ((byte_at(x[j], i, is_signed) - zero) * q->scale);
                sum = j ? sum + term : term;
            }
            assert_true(byte_at(y, i, is_signed) == rounded(sum / q->scale) + zero);
        }
        assert_int_equal(y[BYTES - 1], 0xaa);
    }
}

static void multiplies_bytes(void **state) {
    (void)state;
    enum { DEPTH = 52, STRIDE = DEPTH + 3, ROWS = RL_BYTE_ROWS, COLUMNS = RL_BYTE_COLUMNS };
    uint8_t rows[ROWS * STRIDE], panel[DEPTH * COLUMNS];
    fill_bytes(rows, sizeof rows, 11);
    fill_bytes(panel, sizeof panel, 12);
    memset(rows, 255, STRIDE); /* the largest sums there are */
    memset(panel, 0x80, 4 * COLUMNS);
    static const int vectors[] = {16, 8, 4};
    for (int i = 0; i < 3; i++) {
        const rl_byte_multiplier multiply = rl_byte_multiplier_of(vectors[i]);
        for (int count = 1; count <= ROWS; count++)
            for (int64_t depth = 4; depth <= DEPTH; depth += 16) {
                int32_t a[ROWS * COLUMNS], b[ROWS * COLUMNS];
                multiply(rows, STRIDE, (const int8_t *)panel, depth, a, count);
                rl_byte_multiply_plain(rows, STRIDE, (const int8_t *)panel, depth, b, count);
                assert_memory_equal(a, b, (size_t)(count * COLUMNS) * sizeof *a);
            }
    }
}

/* ---- a network ---- */

static void add_number(onnx_builder *b, const char *name, float scale, int zero) {
    char text[64];
    const uint8_t byte = (uint8_t)zero;
    snprintf(text, sizeof text, "%s.scale", name);
    onnx_add_floats(b, text, 0, NULL, &scale);
    snprintf(text, sizeof text, "%s.zero", name);
    onnx_add_tensor(b, text, RELIEF_U8, 0, NULL, &byte);
}

/* `name`: what `from` is once it has been rounded to quanta. */
static void add_quanta(onnx_builder *b, const char *name, const char *from, float scale, int zero) {
    char inputs[128], bytes[64], node[64];
    add_number(b, name, scale, zero);
    snprintf(bytes, sizeof bytes, "%s.q", name);
    snprintf(inputs, sizeof inputs, "%s,%s.scale,%s.zero", from, name, name);
    onnx_add_node(b, "QuantizeLinear", bytes, inputs, bytes);
    snprintf(inputs, sizeof inputs, "%s.q,%s.scale,%s.zero", name, name, name);
    snprintf(node, sizeof node, "%s.d", name);
    onnx_add_node(b, "DequantizeLinear", node, inputs, name);
}

typedef struct qconv {
    int64_t ins, outs, groups, kernel;
    float x_scale;
} qconv;

/* Weights and bias with a scale for each channel. */
static void add_qconv(onnx_builder *b, const char *name, const char *from, qconv c) {
    enum { MOST = 16 * 16 * 9 };
    char text[4][64], inputs[256];
    int8_t w[MOST];
    int32_t bias[16], none[16] = {0};
    int8_t zeros[16] = {0};
    float scales[16], bias_scales[16];
    const int64_t depth = c.ins / c.groups, count = c.outs * depth * c.kernel * c.kernel;
    fill_bytes((uint8_t *)w, (int)count, (uint32_t)name[0]);
    for (int i = 0; i < c.outs; i++) {
        scales[i] = (0.5f + (float)i / 16) / (128 * sqrtf((float)(depth * c.kernel * c.kernel)));
        bias_scales[i] = scales[i] * c.x_scale;
        bias[i] = 40 * i - 300;
    }
    const char *const parts[] = {"w", "b", "wd", "bd"};
    for (int i = 0; i < 4; i++)
        snprintf(text[i], sizeof text[i], "%s.%s", name, parts[i]);
    onnx_add_tensor(b, text[0], RELIEF_I8, 4, (int64_t[]){c.outs, depth, c.kernel, c.kernel}, w);
    onnx_add_tensor(b, text[1], RELIEF_I32, 1, &c.outs, bias);
    snprintf(inputs, sizeof inputs, "%s.ws,%s.wz,%s.bs,%s.bz", name, name, name, name);
    const char *const names = inputs;
    char each[4][64];
    assert_int_equal(
        sscanf(names, "%63[^,],%63[^,],%63[^,],%63s", each[0], each[1], each[2], each[3]), 4);
    onnx_add_floats(b, each[0], 1, &c.outs, scales);
    onnx_add_tensor(b, each[1], RELIEF_I8, 1, &c.outs, zeros);
    onnx_add_floats(b, each[2], 1, &c.outs, bias_scales);
    onnx_add_tensor(b, each[3], RELIEF_I32, 1, &c.outs, none);
    for (int i = 0; i < 2; i++) {
        snprintf(inputs, sizeof inputs, "%s,%s,%s", text[i], each[2 * i], each[2 * i + 1]);
        onnx_add_node(b, "DequantizeLinear", text[2 + i], inputs, text[2 + i]);
        onnx_set_int(b, "axis", 0);
    }
    snprintf(inputs, sizeof inputs, "%s,%s,%s", from, text[2], text[3]);
    onnx_add_node(b, "Conv", name, inputs, name);
    onnx_set_int(b, "group", c.groups);
    const int64_t pad = c.kernel / 2;
    onnx_set_ints(b, "pads", 4, (int64_t[]){pad, pad, pad, pad});
}

static const float LAST_SCALE = 0.005f;

/* Convolutions of all kinds, a Relu between other quanta, a sum, a Resize. */
static uint8_t *quantised_network(size_t *size) {
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, (int64_t[]){-1, 3, 20, 28});
    add_quanta(b, "x8", "x", 1.0f / 127, 127);
    add_qconv(b, "a", "x8", (qconv){3, 16, 1, 3, 1.0f / 127});
    add_quanta(b, "a8", "a", 0.02f, 120);
    onnx_add_node(b, "Relu", "r", "a8", "r");
    add_quanta(b, "r8", "r", 0.009f, 0);
    add_qconv(b, "d", "r8", (qconv){16, 16, 16, 3, 0.009f});
    add_quanta(b, "d8", "d", 0.015f, 110);
    onnx_add_node(b, "Add", "s", "a8,d8", "s");
    add_quanta(b, "s8", "s", 0.025f, 125);
    const float scales[] = {1, 1, 2, 2};
    onnx_add_floats(b, "scales", 1, (int64_t[]){4}, scales);
    onnx_add_node(b, "Resize", "e", "s8,,scales", "e");
    onnx_set_string(b, "mode", "linear");
    add_quanta(b, "e8", "e", 0.025f, 125);
    add_qconv(b, "l", "e8", (qconv){16, 5, 1, 1, 0.025f});
    add_quanta(b, "y", "l", LAST_SCALE, 128);
    onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
    return onnx_builder_finish(b, size);
}

typedef struct run_as {
    const rl_backend_api *backend;
    int threads;
    int64_t batch;
} run_as;

static relief_tensor *run_network(const uint8_t *bytes, size_t size, run_as as) {
    relief_ctx *ctx = test_ctx(as.threads);
    test_net t = {0};
    assert_int_equal(rl_net_load_memory(ctx, bytes, size, "q.onnx", as.backend, &t.net), RELIEF_OK);
    relief_tensor *one = test_tensor(ctx, 4, (int64_t[]){1, 3, 20, 28}, 17), *input = NULL;
    assert_int_equal(
        relief_tensor_new(ctx, RELIEF_F32, 4, (int64_t[]){as.batch, 3, 20, 28}, &input), RELIEF_OK);
    for (int64_t i = 0; i < as.batch; i++)
        memcpy((char *)input->data + (size_t)i * one->bytes, one->data, one->bytes);
    relief_tensor *output = test_net_run(ctx, &t, input);
    relief_tensor_free(one);
    relief_tensor_free(input);
    rl_net_free(t.net);
    relief_ctx_free(ctx);
    return output;
}

static void gives_the_same_bits(void **state) {
    (void)state;
    static const int threads[] = {1, 2, 3, 8};
    static const int64_t batches[] = {1, 2, 4};
    size_t size;
    uint8_t *bytes = quantised_network(&size);
    relief_tensor *first = run_network(bytes, size, (run_as){onednn(), 1, 1});
    for (int t = 0; t < 4; t++)
        for (int n = 0; n < 3; n++) {
            relief_tensor *other =
                run_network(bytes, size, (run_as){onednn(), threads[t], batches[n]});
            assert_int_equal(other->bytes, first->bytes * (size_t)batches[n]);
            for (int64_t i = 0; i < batches[n]; i++)
                assert_memory_equal((char *)other->data + (size_t)i * first->bytes, first->data,
                                    first->bytes);
            relief_tensor_free(other);
        }
    relief_tensor_free(first);
    free(bytes);
}

/* The plain kernels compute in floats between quanta, as the file says. */
static void computes_what_the_file_says(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = quantised_network(&size);
    relief_tensor *fast = run_network(bytes, size, (run_as){onednn(), 2, 1});
    relief_tensor *plain = run_network(bytes, size, (run_as){&rl_backend_reference, 1, 1});
    const size_t count = fast->bytes / sizeof(float);
    const float *a = fast->data, *b = plain->data;
    float least = b[0], most = b[0];
    size_t same = 0;
    assert_int_equal(fast->bytes, plain->bytes);
    for (size_t i = 0; i < count; i++) {
        /* One quantum of the sum, where a float falls on the other side of a tie, is 5 of these. */
        assert_true(fabsf(a[i] - b[i]) <= 6 * LAST_SCALE);
        same += fabsf(a[i] - b[i]) < 0.5f * LAST_SCALE;
        least = fminf(least, b[i]);
        most = fmaxf(most, b[i]);
    }
    assert_true(most - least > 50 * LAST_SCALE);
    assert_true((double)same >= 0.99 * (double)count);
    relief_tensor_free(fast);
    relief_tensor_free(plain);
    free(bytes);
}

/* ---- MatMulInteger and ConvInteger ---- */

enum { MATRIX, SIGNED_MATRIX, WINDOW, GROUPS, WHOLE_FORMS };

/* `form` for bytes "q" that DynamicQuantizeLinear makes of x: the zero point is computed. */
static uint8_t *whole_network(int form, size_t *size) {
    onnx_builder *b = onnx_builder_new(13);
    uint8_t weights[12 * 40 * 9];
    const uint8_t zero = 131;
    fill_bytes(weights, sizeof weights, 21);
    onnx_add_input(b, "x", RELIEF_F32, 4, (int64_t[]){-1, 12, 9, 21});
    onnx_add_node(b, "DynamicQuantizeLinear", "dynamic", "x", "q,scale,zero");
    if (form == MATRIX || form == SIGNED_MATRIX) {
        const relief_dtype type = form == MATRIX ? RELIEF_U8 : RELIEF_I8;
        onnx_add_tensor(b, "w", type, 2, (int64_t[]){21, 37}, weights);
        onnx_add_tensor(b, "wz", type, 0, NULL, &zero);
        onnx_add_node(b, "MatMulInteger", "i", "q,w,zero,wz", "i");
    } else {
        const int64_t groups = form == GROUPS ? 12 : 1;
        onnx_add_tensor(b, "w", RELIEF_I8, 4, (int64_t[]){36, 12 / groups, 3, 3}, weights);
        onnx_add_node(b, "ConvInteger", "i", "q,w,zero", "i");
        onnx_set_int(b, "group", groups);
        onnx_set_ints(b, "pads", 4, (int64_t[]){1, 0, 1, 2});
        onnx_set_ints(b, "strides", 2, (int64_t[]){1, 2});
    }
    onnx_add_node(b, "Cast", "f", "i", "f");
    onnx_set_int(b, "to", 1);
    onnx_add_node(b, "Mul", "y", "f,scale", "y");
    onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
    return onnx_builder_finish(b, size);
}

static relief_tensor *run_whole(const uint8_t *bytes, size_t size, run_as as) {
    relief_ctx *ctx = test_ctx(as.threads);
    test_net t = {0};
    assert_int_equal(rl_net_load_memory(ctx, bytes, size, "i.onnx", as.backend, &t.net), RELIEF_OK);
    relief_tensor *input = test_tensor(ctx, 4, (int64_t[]){as.batch, 12, 9, 21}, 23);
    relief_tensor *output = test_net_run(ctx, &t, input);
    relief_tensor_free(input);
    rl_net_free(t.net);
    relief_ctx_free(ctx);
    return output;
}

static void multiplies_whole_numbers(void **state) {
    (void)state;
    for (int form = 0; form < WHOLE_FORMS; form++) {
        size_t size;
        uint8_t *bytes = whole_network(form, &size);
        for (int64_t batch = 1; batch <= 2; batch++) {
            relief_tensor *plain =
                run_whole(bytes, size, (run_as){&rl_backend_reference, 1, batch});
            for (int threads = 1; threads <= 3; threads++) {
                relief_tensor *fast = run_whole(bytes, size, (run_as){onednn(), threads, batch});
                assert_same_tensor(plain, fast);
                relief_tensor_free(fast);
            }
            relief_tensor_free(plain);
        }
        free(bytes);
    }
}

/* ---- QLinearMatMul, and QLinearConv whose weights are not symmetric ---- */

enum { Q_MATRIX, Q_SIGNED_MATRIX, Q_WINDOW, Q_GROUPS, Q_DEPTHWISE, Q_FORMS };

/* Weights and result of `form`: constants with a scale for each of `channels`, a zero point. */
static void add_weights(onnx_builder *b, int form, int rank, const int64_t *dims,
                        int64_t channels) {
    static uint8_t weights[36 * 12 * 9];
    const bool is_signed = form == Q_SIGNED_MATRIX;
    const relief_dtype type = is_signed ? RELIEF_I8 : RELIEF_U8;
    const uint8_t zeros[2] = {is_signed ? 0 : 117, is_signed ? (uint8_t)-9 : 88};
    const float y_scale = 21.0f;
    float scales[64];
    for (int i = 0; i < channels; i++)
        scales[i] = 0.5f + 0.01f * (float)i;
    fill_bytes(weights, sizeof weights, 31);
    onnx_add_tensor(b, "w", type, rank, dims, weights);
    onnx_add_floats(b, "ws", 1, &channels, scales);
    onnx_add_tensor(b, "wz", type, 0, NULL, &zeros[0]);
    onnx_add_floats(b, "ys", 0, NULL, &y_scale);
    onnx_add_tensor(b, "yz", type, 0, NULL, &zeros[1]);
}

static uint8_t *qlinear_network(int form, size_t *size) {
    onnx_builder *b = onnx_builder_new(13);
    const bool matrix = form == Q_MATRIX || form == Q_SIGNED_MATRIX;
    const int64_t groups = form == Q_GROUPS ? 3 : form == Q_DEPTHWISE ? 12 : 1;
    onnx_add_input(b, "x", RELIEF_F32, 4, (int64_t[]){-1, 12, 9, 21});
    add_number(b, "x8", 0.013f, 119);
    onnx_add_node(b, "QuantizeLinear", "q", "x,x8.scale,x8.zero", "q");
    if (matrix) {
        add_weights(b, form, 2, (int64_t[]){21, 37}, 37);
        onnx_add_node(b, "QLinearMatMul", "i", "q,x8.scale,x8.zero,w,ws,wz,ys,yz", "i");
    } else {
        add_weights(b, form, 4, (int64_t[]){36, 12 / groups, 3, 3}, 36);
        onnx_add_node(b, "QLinearConv", "i", "q,x8.scale,x8.zero,w,ws,wz,ys,yz", "i");
        onnx_set_int(b, "group", groups);
        onnx_set_ints(b, "pads", 4, (int64_t[]){1, 0, 1, 2});
        onnx_set_ints(b, "strides", 2, (int64_t[]){1, 2});
    }
    onnx_add_node(b, "DequantizeLinear", "y", "i,ys,yz", "y");
    onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
    return onnx_builder_finish(b, size);
}

/* Numbers that are not all at the same end. */
static void assert_varied(const relief_tensor *tensor) {
    const float *x = tensor->data;
    const size_t count = tensor->bytes / sizeof *x;
    float least = x[0], most = x[0];
    size_t inside = 0;
    for (size_t i = 0; i < count; i++) {
        least = fminf(least, x[i]);
        most = fmaxf(most, x[i]);
    }
    for (size_t i = 0; i < count; i++)
        inside += x[i] > least && x[i] < most;
    assert_true(inside > count / 2);
}

static void multiplies_with_zero_points(void **state) {
    (void)state;
    for (int form = 0; form < Q_FORMS; form++) {
        size_t size;
        uint8_t *bytes = qlinear_network(form, &size);
        for (int64_t batch = 1; batch <= 2; batch++) {
            relief_tensor *plain =
                run_whole(bytes, size, (run_as){&rl_backend_reference, 1, batch});
            assert_varied(plain);
            for (int threads = 1; threads <= 3; threads++) {
                relief_tensor *fast = run_whole(bytes, size, (run_as){onednn(), threads, batch});
                assert_same_tensor(plain, fast);
                relief_tensor_free(fast);
            }
            relief_tensor_free(plain);
        }
        free(bytes);
    }
}

static int count_nodes(const rl_graph *graph, const char *type) {
    int count = 0;
    for (int i = 0; i < graph->node_count; i++)
        count += !strcmp(graph->nodes[i].op_type, type);
    return count;
}

static void stays_in_bytes(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = quantised_network(&size);
    relief_ctx *ctx = test_ctx(1);
    test_net t = {0};
    assert_int_equal(rl_net_load_memory(ctx, bytes, size, "q.onnx", onednn(), &t.net), RELIEF_OK);
    const rl_graph *graph = rl_net_graph(t.net);
    assert_int_equal(count_nodes(graph, "QLinearConv"), 3);
    assert_int_equal(count_nodes(graph, "QLinearAdd"), 1);
    assert_int_equal(count_nodes(graph, "QLinearLeakyRelu"), 1);
    rl_net_free(t.net);
    relief_ctx_free(ctx);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_up_every_byte),
        cmocka_unit_test(adds_bytes),
        cmocka_unit_test(blends_bytes),
        cmocka_unit_test(multiplies_bytes),
        cmocka_unit_test(multiplies_whole_numbers),
        cmocka_unit_test(multiplies_with_zero_points),
        cmocka_unit_test(gives_the_same_bits),
        cmocka_unit_test(computes_what_the_file_says),
        cmocka_unit_test(stays_in_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
