/* SPDX-License-Identifier: Apache-2.0 */
/* The oneDNN backend against the reference kernels, on sizes off the vector width. meson runs this
 * file again with narrower instruction sets. */
#include "onednn_testing.h"

#include <dirent.h>

#include "op_cases.h"

enum { CHANNEL_COUNTS = 7 };
static const int64_t CHANNELS[CHANNEL_COUNTS] = {1, 3, 5, 7, 13, 17, 33};

typedef struct outcome {
    double error;
    rl_net_stats stats;
} outcome;

/* Run the same bytes on both backends. */
static outcome compare(onnx_builder *b, const relief_tensor *like, int threads) {
    relief_ctx *ctx = test_ctx(threads);
    outcome result;
    size_t size;
    uint8_t *bytes = onnx_builder_finish(b, &size);
    const rl_backend_api *const backends[] = {&rl_backend_reference, onednn()};
    relief_tensor *input = test_tensor(ctx, like->rank, like->dims, 5), *outputs[2];
    for (int i = 0; i < 2; i++) {
        test_net t = {0};
        if (rl_net_load_memory(ctx, bytes, size, "test.onnx", backends[i], &t.net) != RELIEF_OK)
            fail_msg("%s", relief_last_error(ctx));
        outputs[i] = test_net_run(ctx, &t, input);
        rl_net_get_stats(t.net, &result.stats);
        rl_net_free(t.net);
    }
    result.error = difference(outputs[0], outputs[1]);
    for (int i = 0; i < 2; i++)
        relief_tensor_free(outputs[i]);
    relief_tensor_free(input);
    relief_ctx_free(ctx);
    free(bytes);
    return result;
}

/* ---- convolutions ---- */

static void check_conv(conv c, int64_t h, int64_t w, double limit) {
    const relief_tensor x = shape_of(1, c.in, h, w);
    onnx_builder *b = begin(&x);
    add_conv(b, "y", "x", c);
    end(b, "y");
    const outcome o = compare(b, &x, 2);
    if (!(o.error <= limit) || o.stats.host_node_count)
        fail_msg("%dx%d %d->%d groups %d kernel %d stride %d dilation %d: error %g, on host %d",
                 (int)w, (int)h, (int)c.in, (int)c.out, (int)c.groups, (int)c.kernel, (int)c.stride,
                 (int)c.dilation, o.error, o.stats.host_node_count);
}

static void convolves_all_channel_counts(void **state) {
    (void)state;
    const int64_t kernels[] = {1, 3, 5};
    for (int i = 0; i < CHANNEL_COUNTS; i++)
        for (int o = 0; o < CHANNEL_COUNTS; o++)
            for (int k = 0; k < 3; k++) {
                const int64_t stride = 1 + (i + o + k) % 2;
                const conv c = {CHANNELS[i], CHANNELS[o], 1, kernels[k], stride, 1, kernels[k] / 2};
                /* The longest sums have 825 terms, added one by one in single precision. */
                check_conv(c, 5 + 2 * (o % 2), 13, kernels[k] == 1 ? 1e-6 : 2e-6);
            }
}

static void convolves_depthwise(void **state) {
    (void)state;
    for (int i = 0; i < CHANNEL_COUNTS; i++)
        for (int64_t stride = 1; stride <= 2; stride++)
            for (int64_t kernel = 3; kernel <= 5; kernel += 2) {
                const conv c = {CHANNELS[i], CHANNELS[i], CHANNELS[i], kernel,
                                stride,      1,           kernel / 2};
                check_conv(c, 13, 7, 1e-6);
            }
}

static void convolves_groups_and_dilations(void **state) {
    (void)state;
    const conv cases[] = {
        {6, 4, 2, 3, 1, 1, 1},     {15, 9, 3, 3, 2, 1, 0},   {64, 64, 4, 3, 1, 1, 1},
        {5, 10, 5, 3, 1, 1, 1},    {32, 64, 2, 1, 1, 1, 0},  {17, 5, 1, 3, 1, 2, 2},
        {33, 33, 33, 3, 1, 2, 2},  {7, 3, 1, 3, 2, 3, 3},    {1, 1, 1, 5, 1, 1, 0},
        {40, 24, 8, 5, 1, 2, 4},   {16, 16, 1, 2, 2, 1, 0},  {13, 17, 1, 4, 3, 1, 2},
        {64, 128, 16, 3, 1, 1, 1}, {64, 64, 32, 3, 2, 1, 1}, {96, 48, 6, 3, 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_conv(cases[i], 13, 11, 2e-6);
}

/* Winograd's products of sums lose a bit or two of what their difference leaves. */
static void convolves_with_winograd(void **state) {
    (void)state;
    const conv cases[] = {
        {32, 32, 1, 3, 1, 1, 1}, {48, 33, 1, 3, 1, 1, 1}, {64, 17, 1, 3, 1, 1, 0},
        {35, 64, 1, 3, 1, 1, 1}, {96, 16, 1, 3, 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_conv(cases[i], 17, 23, 5e-6);
        check_conv(cases[i], 16, 16, 5e-6);
    }
}

static void convolves_several_pictures(void **state) {
    (void)state;
    const relief_tensor x = shape_of(3, 5, 7, 9);
    onnx_builder *b = begin(&x);
    add_conv(b, "c", "x", (conv){5, 33, 1, 3, 1, 1, 1});
    add_conv(b, "y", "c", (conv){33, 7, 1, 1, 1, 1, 0});
    end(b, "y");
    assert_true(compare(b, &x, 2).error <= 1e-6);
}

static void pads_unevenly(void **state) {
    (void)state;
    const relief_tensor x = shape_of(1, 5, 8, 9);
    float *w = test_floats(7 * 5 * 9, 3);
    const char *const forms[] = {"SAME_UPPER", "SAME_LOWER", "VALID", NULL};
    for (int i = 0; i < 4; i++) {
        onnx_builder *b = begin(&x);
        onnx_add_floats(b, "w", 4, (int64_t[]){7, 5, 3, 3}, w);
        onnx_add_node(b, "Conv", "c", "x,w", "y");
        onnx_set_ints(b, "strides", 2, (int64_t[]){2, 2});
        if (forms[i])
            onnx_set_string(b, "auto_pad", forms[i]);
        else
            onnx_set_ints(b, "pads", 4, (int64_t[]){0, 2, 1, 1});
        end(b, "y");
        assert_true(compare(b, &x, 1).error <= 1e-6);
    }
    free(w);
}

/* ---- epilogues ---- */

/* Every chain of up to four steps of clip (to 6, to two bounds) and residual, behind kernels of
 * each kind. */
static void does_every_epilogue(void **state) {
    (void)state;
    const conv kinds[] = {
        {33, 33, 1, 1, 1, 1, 0},
        {33, 33, 33, 3, 1, 1, 1},
        {33, 33, 1, 3, 1, 1, 1},
        {33, 33, 1, 5, 1, 1, 2},
    };
    const relief_tensor x = shape_of(1, 33, 16, 17);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (int steps = 0; steps < 81; steps++) {
            onnx_builder *b = begin(&x);
            char from[32] = "c", to[32];
            onnx_add_node(b, "Exp", "e", "x", "e");
            add_conv(b, "c", "x", kinds[k]);
            for (int i = 0, rest = steps; i < 4; i++, rest /= 3) {
                snprintf(to, sizeof to, "s%d", i);
                char inputs[80];
                snprintf(inputs, sizeof inputs, "%s,%s", from, i % 2 ? "e" : "x");
                if (rest % 3 == 0)
                    onnx_add_node(b, "Add", to, inputs, to);
                else if (rest % 3 == 1)
                    onnx_add_node(b, "Relu", to, from, to);
                else
                    add_clip(b, to, from, -1.5f, 2);
                snprintf(from, sizeof from, "%s", to);
            }
            end(b, to);
            const outcome o = compare(b, &x, 2);
            if (!(o.error <= 5e-6) || o.stats.node_count > 2)
                fail_msg("kind %d, steps %d: error %g, nodes %d", (int)k, steps, o.error,
                         o.stats.node_count);
        }
    }
}

/* x + conv(x): the residual is what the kernel reads; its memory must not be taken. */
static void adds_its_own_input(void **state) {
    (void)state;
    const relief_tensor x = shape_of(1, 33, 9, 9);
    onnx_builder *b = begin(&x);
    onnx_add_node(b, "Tanh", "t", "x", "t");
    add_conv(b, "c1", "t", (conv){33, 33, 1, 3, 1, 1, 1});
    onnx_add_node(b, "Add", "a1", "t,c1", "s1");
    add_conv(b, "c2", "s1", (conv){33, 33, 33, 3, 1, 1, 1});
    onnx_add_node(b, "Add", "a2", "c2,s1", "s2");
    add_conv(b, "c3", "s2", (conv){33, 33, 1, 1, 1, 1, 0});
    onnx_add_node(b, "Add", "a3", "c3,s2", "y");
    end(b, "y");
    assert_true(compare(b, &x, 2).error <= 5e-6);
}

/* ---- the rest ---- */

/* Operators that would leave something in the channels that only fill a block; a convolution behind
 * them would show it. */
static void keeps_filling_zero(void **state) {
    (void)state;
    const float two = 2, zero = 0;
    for (int i = 0; i < CHANNEL_COUNTS; i++) {
        const int64_t n = CHANNELS[i];
        const relief_tensor x = shape_of(1, n, 5, 7);
        float *k = test_floats((size_t)n, 12);
        onnx_builder *b = begin(&x);
        onnx_add_floats(b, "two", 0, NULL, &two);
        onnx_add_floats(b, "zero", 0, NULL, &zero);
        onnx_add_floats(b, "k", 3, (int64_t[]){n, 1, 1}, k);
        add_conv(b, "c", "x", (conv){n, n, 1, 1, 1, 1, 0});
        onnx_add_node(b, "Relu", "r", "c", "r");
        onnx_add_node(b, "Exp", "n0", "c", "v0");
        onnx_add_node(b, "Div", "n1", "two,v0", "v1");
        onnx_add_node(b, "Sub", "n2", "k,v1", "v2");
        onnx_add_node(b, "Div", "n3", "v2,k", "v3");
        onnx_add_node(b, "Add", "n4", "v3,two", "v4");
        onnx_add_node(b, "Mul", "n5", "v4,k", "v5");
        onnx_add_node(b, "Sub", "n6", "two,v5", "v6");
        onnx_add_node(b, "Mul", "n7", "v6,r", "v7");
        onnx_add_node(b, "Div", "n8", "v7,v0", "v8");
        onnx_add_node(b, "Sub", "n9", "v8,r", "v9");
        add_clip(b, "v10", "v9", 0.25f, 3);
        add_conv(b, "y", "v10", (conv){n, 3, 1, 3, 1, 1, 1});
        end(b, "y");
        const outcome o = compare(b, &x, 2);
        assert_true(o.error <= 3e-6);
        assert_int_equal(o.stats.host_node_count, 0);
        free(k);
    }
}

static void broadcasts(void **state) {
    (void)state;
    const relief_tensor x = shape_of(1, 19, 5, 7);
    onnx_builder *b = begin(&x);
    float *row = test_floats(7, 1);
    onnx_add_floats(b, "row", 1, (int64_t[]){7}, row);
    add_conv(b, "c", "x", (conv){19, 19, 1, 1, 1, 1, 0});
    onnx_add_node(b, "GlobalAveragePool", "p", "c", "p");
    onnx_add_node(b, "Sigmoid", "g", "p", "g");
    onnx_add_node(b, "Mul", "m", "c,g", "m"); /* a value of one element a channel */
    onnx_add_node(b, "Add", "n", "m,row", "y");
    end(b, "y");
    free(row);
    assert_true(compare(b, &x, 2).error <= 1e-6);
}

static void normalises_batches(void **state) {
    (void)state;
    const relief_tensor x = shape_of(2, 17, 5, 7);
    onnx_builder *b = begin(&x);
    for (int i = 0; i < 4; i++) {
        float *v = test_floats(17, (uint32_t)i);
        for (int c = 0; c < 17; c++)
            v[c] = i == 3 ? fabsf(v[c]) + 0.1f : v[c];
        onnx_add_floats(b, (const char *[]){"s", "b", "m", "v"}[i], 1, (int64_t[]){17}, v);
        free(v);
    }
    onnx_add_node(b, "BatchNormalization", "n", "x,s,b,m,v", "y");
    end(b, "y");
    const outcome o = compare(b, &x, 2);
    assert_true(o.error <= 1e-6);
    assert_int_equal(o.stats.host_node_count, 0);
}

static void resizes_in_every_mode(void **state) {
    (void)state;
    const char *const modes[] = {"nearest", "linear", "cubic"};
    const char *const coordinates[] = {"half_pixel", "align_corners", "asymmetric",
                                       "pytorch_half_pixel"};
    const float scales[][4] = {{1, 1, 2, 2}, {1, 1, 0.6f, 1.7f}, {1, 1, 3, 0.5f}};
    for (int64_t channels = 1; channels <= 33; channels += 16)
        for (int i = 0; i < 36; i++) {
            const relief_tensor x = shape_of(1, channels, 7, 13);
            onnx_builder *b = begin(&x);
            onnx_add_floats(b, "scales", 1, (int64_t[]){4}, scales[i / 12]);
            add_conv(b, "c", "x", (conv){channels, channels, 1, 1, 1, 1, 0});
            onnx_add_node(b, "Resize", "r", "c,,scales", "y");
            onnx_set_string(b, "mode", modes[i % 3]);
            onnx_set_string(b, "coordinate_transformation_mode", coordinates[i / 3 % 4]);
            if (i % 3 == 0)
                onnx_set_string(b, "nearest_mode", "floor");
            end(b, "y");
            const outcome o = compare(b, &x, 2);
            assert_true(o.error <= 1e-6);
            assert_int_equal(o.stats.host_node_count, 0);
        }
}

static void joins_channels(void **state) {
    (void)state;
    const int64_t parts[][3] = {{16, 16, 5}, {5, 16, 17}, {33, 1, 3}, {8, 32, 8}};
    for (int i = 0; i < 4; i++) {
        const relief_tensor x = shape_of(2, 7, 5, 9);
        onnx_builder *b = begin(&x);
        add_conv(b, "a", "x", (conv){7, parts[i][0], 1, 1, 1, 1, 0});
        add_conv(b, "b", "x", (conv){7, parts[i][1], 1, 3, 1, 1, 1});
        add_conv(b, "c", "x", (conv){7, parts[i][2], 1, 1, 1, 1, 0});
        onnx_add_node(b, "Concat", "j", "a,b,c", "j");
        onnx_set_int(b, "axis", 1);
        const int64_t sum = parts[i][0] + parts[i][1] + parts[i][2];
        add_conv(b, "y", "j", (conv){sum, 5, 1, 3, 1, 1, 1});
        end(b, "y");
        const outcome o = compare(b, &x, 2);
        assert_true(o.error <= 5e-6);
        assert_int_equal(o.stats.host_node_count, 0);
    }
}

/* Other shapes and the way back; what this backend does not have runs on the host in between. */
static void crosses_to_the_host_and_back(void **state) {
    (void)state;
    const relief_tensor x = shape_of(1, 17, 6, 5);
    onnx_builder *b = begin(&x);
    const int64_t flat[] = {17, 30}, back[] = {1, 17, 6, 5};
    onnx_add_int64s(b, "flat", 2, flat);
    onnx_add_int64s(b, "back", 4, back);
    add_conv(b, "c", "x", (conv){17, 17, 1, 3, 1, 1, 1});
    onnx_add_node(b, "Reshape", "n1", "c,flat", "v1");
    onnx_add_node(b, "Tanh", "n2", "v1", "v2");
    onnx_add_node(b, "LogSoftmax", "n3", "v2", "v3"); /* on the host */
    onnx_add_node(b, "Reshape", "n4", "v3,back", "v4");
    onnx_add_node(b, "Add", "n5", "c,v4", "v5");      /* one in blocks, one row-major */
    onnx_add_node(b, "LogSoftmax", "n6", "v5", "v6"); /* on the host, uploaded into blocks */
    onnx_add_node(b, "LogSoftmax", "n7", "v6", "v7");
    add_conv(b, "y", "v7", (conv){17, 3, 1, 3, 1, 1, 1});
    end(b, "y");
    const outcome o = compare(b, &x, 2);
    assert_true(o.error <= 2e-6);
    assert_int_equal(o.stats.host_node_count, 3);
}

/* Threads of this process now. */
static int thread_count(void) {
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    assert_non_null(tasks);
    for (const struct dirent *entry; (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* Neither preparing nor running starts threads that the context does not have. Stands first: a team
 * stays once it is there. */
static void keeps_to_one_thread(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = mixed_network(&size);
    relief_ctx *ctx = test_ctx(1);
    test_net t = {0};
    const int before = thread_count();
    assert_int_equal(rl_net_load_memory(ctx, bytes, size, "mixed.onnx", onednn(), &t.net),
                     RELIEF_OK);
    relief_tensor *input = test_tensor(ctx, 4, (int64_t[]){1, 3, 64, 96}, 17);
    relief_tensor_free(test_net_run(ctx, &t, input));
    assert_int_equal(thread_count(), before);
    relief_tensor_free(input);
    rl_net_free(t.net);
    relief_ctx_free(ctx);
    free(bytes);
}

static void gives_the_same_bits_on_any_number_of_threads(void **state) {
    (void)state;
    const int threads[] = {1, 2, 3, 8, 16};
    relief_tensor *first = NULL;
    size_t size;
    uint8_t *bytes = mixed_network(&size);
    for (int i = 0; i < 5; i++) {
        relief_ctx *ctx = test_ctx(threads[i]);
        test_net t = {0};
        assert_int_equal(rl_net_load_memory(ctx, bytes, size, "mixed.onnx", onednn(), &t.net),
                         RELIEF_OK);
        relief_tensor *input = test_tensor(ctx, 4, (int64_t[]){1, 3, 64, 96}, 17);
        for (int run = 0; run < 2; run++) { /* the second run reuses all memory */
            relief_tensor *output = test_net_run(ctx, &t, input);
            if (first) {
                assert_same_tensor(first, output);
                relief_tensor_free(output);
            } else {
                first = output;
            }
        }
        relief_tensor_free(input);
        rl_net_free(t.net);
        relief_ctx_free(ctx);
    }
    relief_tensor_free(first);
    free(bytes);
}

/* A context with other threads than the one that made the plan. */
static void runs_with_another_context(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = mixed_network(&size);
    relief_ctx *two = test_ctx(2), *five = test_ctx(5);
    test_net t = {0};
    assert_int_equal(rl_net_load_memory(two, bytes, size, "mixed.onnx", onednn(), &t.net),
                     RELIEF_OK);
    relief_tensor *input = test_tensor(two, 4, (int64_t[]){1, 3, 32, 32}, 17);
    relief_tensor *a = test_net_run(two, &t, input), *b = test_net_run(five, &t, input);
    assert_same_tensor(a, b);
    relief_tensor_free(a);
    relief_tensor_free(b);
    relief_tensor_free(input);
    rl_net_free(t.net);
    relief_ctx_free(two);
    relief_ctx_free(five);
    free(bytes);
}

static void survives_failing_allocations(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = mixed_network(&size);
    relief_ctx *ctx = test_ctx(1);
    relief_tensor *input = test_tensor(ctx, 4, (int64_t[]){1, 3, 16, 16}, 1);
    bool failed = true;
    for (int64_t n = 0; failed; n++) {
        rl_net *net = NULL;
        relief_tensor *output = NULL;
        rl_memory_fail_at(n, true);
        relief_status status = rl_net_load_memory(ctx, bytes, size, "mixed.onnx", onednn(), &net);
        if (!status)
            status = rl_net_run(ctx, net, &input, &output);
        failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
        relief_tensor_free(output);
        rl_net_free(net);
    }
    relief_tensor_free(input);
    relief_ctx_free(ctx);
    free(bytes);
}

/* Every operator's vectors; what this backend refuses runs on the host, so that all must pass. */
static void passes_the_case_table(void **state) {
    (void)state;
    const op_cases_options options = {.threads = 2};
    const op_cases_report report = op_cases_run(onednn(), &options);
    assert_true(report.run > 100);
    assert_int_equal(report.failed, 0);
    print_message("worst error %g in %s\n", report.worst_error, report.worst_name);
}

/* ---- memory ---- */

/* A constant of 1 MiB that 64 nodes read, whole or as channels, is kept once in each form. */
static void packs_a_constant_once(void **state) {
    (void)state;
    const struct {
        int64_t shape[4], limit;
    } cases[] = {{{1, 8, 128, 256}, 2 << 20}, {{1, 8, 1, 1}, 256}};
    for (int i = 0; i < 2; i++) {
        const relief_tensor x = shape_of(1, 8, 128, 256);
        onnx_builder *b = begin(&x);
        char from[16] = "x", to[16], inputs[32];
        onnx_add_int64s(b, "shape", 4, cases[i].shape);
        onnx_add_node(b, "ConstantOfShape", "k", "shape", "k");
        onnx_set_tensor(b, "value", RELIEF_F32, 1, (int64_t[]){1}, &(float){0.5f});
        for (int k = 0; k < 64; k++) {
            snprintf(to, sizeof to, "t%d", k);
            snprintf(inputs, sizeof inputs, "%s,k", from);
            onnx_add_node(b, k % 2 ? "Mul" : "Add", to, inputs, to);
            memcpy(from, to, sizeof from);
        }
        end(b, to);
        const outcome result = compare(b, &x, 1);
        assert_true(result.error <= 1e-6);
        assert_int_equal(result.stats.host_node_count, 0);
        assert_true(result.stats.constant_bytes > 0);
        assert_true(result.stats.constant_bytes <= (size_t)cases[i].limit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_to_one_thread),
        cmocka_unit_test(passes_the_case_table),
        cmocka_unit_test(convolves_all_channel_counts),
        cmocka_unit_test(convolves_depthwise),
        cmocka_unit_test(convolves_groups_and_dilations),
        cmocka_unit_test(convolves_with_winograd),
        cmocka_unit_test(convolves_several_pictures),
        cmocka_unit_test(pads_unevenly),
        cmocka_unit_test(does_every_epilogue),
        cmocka_unit_test(adds_its_own_input),
        cmocka_unit_test(keeps_filling_zero),
        cmocka_unit_test(broadcasts),
        cmocka_unit_test(normalises_batches),
        cmocka_unit_test(resizes_in_every_mode),
        cmocka_unit_test(joins_channels),
        cmocka_unit_test(crosses_to_the_host_and_back),
        cmocka_unit_test(gives_the_same_bits_on_any_number_of_threads),
        cmocka_unit_test(runs_with_another_context),
        cmocka_unit_test(packs_a_constant_once),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
