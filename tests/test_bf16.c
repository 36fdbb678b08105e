/* SPDX-License-Identifier: Apache-2.0 */
/* Networks in bfloat16 against the reference kernels in f32; and the choice of precision. meson
 * runs this file again with narrower instruction sets, where there is no bfloat16. */
#include "onednn_testing.h"

#include "nn/onednn/conv_winograd.h"
#include "nn/onednn/layout.h"
#include "nn/onednn/vector.h"

/* max |a - b| / max |a| of a chain of three kernels. Each product has two factors rounded to 8 bits
 * (2^-9 of their size at most), each result is rounded so again; the errors of a sum add up like
 * those of chance. Three times 2^-8 is what they come to where all is at its worst. */
static const double LIMIT = 3.0 / 256;

static bool has_bf16(void) {
    return rl_backend_computes_in(onednn(), RL_PRECISION_BF16);
}

/* ---- numbers ---- */

static float of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void rounds_to_the_nearest_even(void **state) {
    (void)state;
    const struct {
        uint32_t from;
        rl_bf16 to;
    } cases[] = {
        {0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, {0x3f808001, 0x3f81}, {0x3f818000, 0x3f82},
        {0x3f817fff, 0x3f81}, {0xbf818000, 0xbf82}, {0x00000000, 0x0000}, {0x80000000, 0x8000},
        {0x7f7fffff, 0x7f80}, {0x7f800000, 0x7f80}, {0xff800000, 0xff80}, {0x00008001, 0x0001},
        {0x7f800001, 0x7fc0}, {0xffffffff, 0xffff}, {0x7fc00000, 0x7fc0}, {0x00007fff, 0x0000},
    };
    float row[16];
    rl_bf16 rounded[16];
    for (int i = 0; i < 16; i++) {
        row[i] = of_bits(cases[i].from);
        assert_int_equal(rl_bf16_narrow(row[i]), cases[i].to);
    }
    rl_bf16_narrow_row(row, rounded, 16);
    for (int i = 0; i < 16; i++)
        assert_int_equal(rounded[i], cases[i].to);
}

static void widens_all_numbers(void **state) {
    (void)state;
    enum { COUNT = 65536 };
    rl_bf16 *from = malloc(COUNT * sizeof *from), *back = malloc(COUNT * sizeof *back);
    float *wide = malloc(COUNT * sizeof *wide);
    assert_true(from && back && wide);
    for (int i = 0; i < COUNT; i++)
        from[i] = (rl_bf16)i;
    rl_bf16_widen_row(from, wide, COUNT);
    rl_bf16_narrow_row(wide, back, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(back[i], isnan(wide[i]) ? from[i] | 0x40 : from[i]);
    free(from);
    free(back);
    free(wide);
}

/* Row-major f32 to blocks of bfloat16 and the three other ways, with channels that fill a block. */
static void converts_between_forms(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    const rl_form forms[] = {
        {1, RELIEF_F32}, {16, RELIEF_BF16}, {16, RELIEF_F32}, {1, RELIEF_BF16}, {8, RELIEF_BF16}};
    const rl_value value = {.dtype = RELIEF_F32, .rank = 4, .dims = {2, 19, 9, 13}};
    const size_t count = 2 * 19 * 9 * 13;
    float *x = test_floats(count, 3), *back = malloc(count * sizeof(float));
    assert_non_null(back);
    const rl_layout plain = rl_layout_of(&value, forms[0]);
    for (int i = 1; i < 5; i++)
        for (int k = 0; k < 5; k++) {
            const rl_layout there = rl_layout_of(&value, forms[i]);
            const rl_layout then = rl_layout_of(&value, forms[k]);
            if (there.block != then.block && there.block != 1 && then.block != 1)
                continue;
            void *a = malloc(rl_layout_bytes(&there)), *b = malloc(rl_layout_bytes(&then));
            assert_true(a && b);
            rl_layout_convert(ctx, &plain, x, forms[i], a);
            rl_layout_convert(ctx, &there, a, forms[k], b);
            rl_layout_convert(ctx, &then, b, forms[0], back);
            const bool narrow = there.type == RELIEF_BF16 || then.type == RELIEF_BF16;
            for (size_t e = 0; e < count; e++)
                assert_true(back[e] == (narrow ? rl_bf16_widen(rl_bf16_narrow(x[e])) : x[e]));
            free(a);
            free(b);
        }
    free(x);
    free(back);
    relief_ctx_free(ctx);
}

/* ---- steps of Winograd's convolution, by instructions and plainly ---- */

static rl_bf16 *random_bf16(size_t count, uint32_t seed) {
    float *x = test_floats(count, seed);
    rl_bf16 *y = malloc(count * sizeof *y);
    assert_non_null(y);
    rl_bf16_narrow_row(x, y, (int64_t)count);
    free(x);
    return y;
}

static const relief_dtype TYPES[] = {RELIEF_F32, RELIEF_BF16};

/* Whole tiles, and those that lack rows and columns. */
static void transforms_tiles_alike(void **state) {
    (void)state;
    enum { WIDTH = 7, BLOCKS = 3, STEP = 4 * WIDTH * 16, COUNT = 16 * BLOCKS * 16 };
    float *floats = test_floats((size_t)(STEP * BLOCKS), 3), a[COUNT], b[COUNT];
    rl_bf16 *narrow = random_bf16((size_t)(STEP * BLOCKS), 3);
    for (int k = 0; k < 162; k++) {
        const rl_winograd_steps *fast = rl_winograd_fast(TYPES[k % 2], 2);
        const int missing = k / 2;
        rl_winograd_tile tile = {.block_step = STEP, .blocks = BLOCKS};
        const int top = missing % 3, left = missing / 3 % 3, rows = missing / 9 % 3;
        for (int i = 0; i < 16; i++) {
            const int at = (i / 4 * WIDTH + i % 4) * 16;
            const bool exists =
                i / 4 >= top && i % 4 >= left && i / 4 < 4 - rows && i % 4 < 4 - missing / 27;
            const void *pixel = k % 2 ? (const void *)(narrow + at) : (const void *)(floats + at);
            tile.pixels[i] = exists ? pixel : NULL;
        }
        memset(a, 0, sizeof a);
        memset(b, 0, sizeof b);
        rl_winograd_plain(TYPES[k % 2], 2)->transform(&tile, a, BLOCKS * 16);
        if (fast)
            fast->transform(&tile, b, BLOCKS * 16);
        assert_true(!fast || !memcmp(a, b, sizeof a));
    }
    free(floats);
    free(narrow);
}

static void multiplies_alike(void **state) {
    (void)state;
    enum { DEPTH = 48, STRIDE = DEPTH + 6, ROWS = RL_WINOGRAD_ROWS, COLUMNS = RL_WINOGRAD_COLUMNS };
    rl_bf16 *narrow_rows = random_bf16(ROWS * STRIDE, 1);
    rl_bf16 *narrow_weights = random_bf16(DEPTH * COLUMNS, 2);
    float *rows = test_floats(ROWS * STRIDE, 1), *weights = test_floats(DEPTH * COLUMNS, 2);
    for (int k = 2; k < 2 * ROWS + 2; k++) {
        const rl_winograd_steps *plain = rl_winograd_plain(TYPES[k % 2], 2);
        const rl_winograd_steps *fast = rl_winograd_fast(TYPES[k % 2], 2);
        const void *x = k % 2 ? (const void *)narrow_rows : (const void *)rows;
        const void *w = k % 2 ? (const void *)narrow_weights : (const void *)weights;
        float a[ROWS * COLUMNS], b[ROWS * COLUMNS];
        plain->multiply(x, STRIDE, w, DEPTH, a, k / 2);
        if (!fast)
            continue;
        fast->multiply(x, STRIDE, w, DEPTH, b, k / 2);
        for (int i = 0; i < k / 2 * COLUMNS; i++)
            assert_true(fabsf(a[i] - b[i]) <= 1e-5f); /* of sums of 48 products below 1 */
    }
    free(narrow_rows);
    free(narrow_weights);
    free(rows);
    free(weights);
}

/* All sizes of tiles at the border, steps of all kinds, both types. */
static void finishes_alike(void **state) {
    (void)state;
    enum { WIDTH = 5, COUNT = 2 * WIDTH * 16, STEP = 96 };
    const rl_winograd_steps *fast = rl_winograd_fast(RELIEF_F32, 2);
    float *m = test_floats(16 * STEP, 7), *other = test_floats(COUNT, 8),
          *bias = test_floats(16, 9);
    rl_bf16 *narrow = random_bf16(COUNT, 10);
    for (int i = 0; fast && i < 64; i++) {
        float out[2][COUNT] = {{0}};
        rl_winograd_data data = {.step_count = i % 4};
        data.steps[0] = (rl_winograd_step){.lo = 0.25f, .hi = i % 5 ? INFINITY : 0.75f};
        data.steps[1] = (rl_winograd_step){.other = narrow, .type = RELIEF_BF16};
        data.steps[2] = (rl_winograd_step){.other = other, .type = RELIEF_F32};
        const rl_winograd_place place = {.at = 16,
                                         .row_step = WIDTH * 16,
                                         .rows = 1 + i / 4 % 2,
                                         .columns = 1 + i / 8 % 2,
                                         .used = i / 16 % 2 ? 5 : 16};
        for (int k = 0; k < 2; k++) {
            data.destination = out[k];
            (k ? fast : rl_winograd_plain(RELIEF_F32, 2))
                ->finish(&data, m, STEP, bias, &place, i / 32 != 0);
        }
        assert_memory_equal(out[0], out[1], sizeof out[0]);
    }
    free(m);
    free(other);
    free(bias);
    free(narrow);
}

/* Tiles of 4x4, beside sums in double precision by the matrices themselves. */
static void transforms_large_tiles_alike(void **state) {
    (void)state;
    enum { WIDTH = 9, BLOCKS = 3, STEP = 6 * WIDTH * 16, COUNT = 36 * BLOCKS * 16 };
    const rl_winograd_steps *fast = rl_winograd_fast(RELIEF_F32, 4);
    float *floats = test_floats((size_t)(STEP * BLOCKS), 3), a[COUNT], b[COUNT];
    for (int missing = 0; fast && missing < 256; missing++) {
        rl_winograd_tile tile = {.block_step = STEP, .blocks = BLOCKS};
        const int top = missing % 4, left = missing / 4 % 4, rows = missing / 16 % 4;
        for (int i = 0; i < 36; i++) {
            const bool exists =
                i / 6 >= top && i % 6 >= left && i / 6 < 6 - rows && i % 6 < 6 - missing / 64;
            tile.pixels[i] = exists ? floats + (i / 6 * WIDTH + i % 6) * 16 : NULL;
        }
        rl_winograd_plain(RELIEF_F32, 4)->transform(&tile, a, BLOCKS * 16);
        fast->transform(&tile, b, BLOCKS * 16);
        for (int i = 0; i < COUNT; i++)
            assert_true(fabsf(a[i] - b[i]) <= 4e-6f); /* factors are below 14 in all */
    }
    free(floats);
}

static void finishes_large_tiles_alike(void **state) {
    (void)state;
    enum { WIDTH = 7, COUNT = 4 * WIDTH * 16, STEP = 96 };
    const rl_winograd_steps *fast = rl_winograd_fast(RELIEF_F32, 4);
    float *m = test_floats(36 * STEP, 7), *other = test_floats(COUNT, 8),
          *bias = test_floats(16, 9);
    for (int i = 0; fast && i < 64; i++) {
        float out[2][COUNT] = {{0}};
        rl_winograd_data data = {.step_count = i % 3};
        data.steps[0] = (rl_winograd_step){.lo = 0.25f, .hi = i % 5 ? INFINITY : 0.75f};
        data.steps[1] = (rl_winograd_step){.other = other, .type = RELIEF_F32};
        const rl_winograd_place place = {.at = 16,
                                         .row_step = WIDTH * 16,
                                         .rows = 1 + i % 4,
                                         .columns = 1 + i / 4 % 4,
                                         .used = i / 16 % 2 ? 5 : 16};
        for (int k = 0; k < 2; k++) {
            data.destination = out[k];
            (k ? fast : rl_winograd_plain(RELIEF_F32, 4))
                ->finish(&data, m, STEP, bias, &place, false);
        }
        for (int j = 0; j < COUNT; j++)
            assert_true(fabsf(out[0][j] - out[1][j]) <= 2e-5f); /* of sums of up to 70 */
    }
    free(m);
    free(other);
    free(bias);
}

/* ---- networks ---- */

typedef struct bf16_outcome {
    double error;
    size_t values[2]; /* bytes of the values: f32, bfloat16 */
    int host_node_count;
} bf16_outcome;

static bf16_outcome run_both(onnx_builder *b, const relief_tensor *like) {
    relief_ctx *ctx = test_ctx(2);
    bf16_outcome result = {0};
    size_t size;
    uint8_t *bytes = onnx_builder_finish(b, &size);
    relief_tensor *input = test_tensor(ctx, like->rank, like->dims, 5), *outputs[3];
    for (int i = 0; i < 3; i++) { /* the reference, then the backend in both precisions */
        const rl_backend_api *backend = i ? onednn() : &rl_backend_reference;
        test_net t = {0};
        rl_net_stats stats;
        if (rl_net_load_memory(ctx, bytes, size, "test.onnx", backend, &t.net) != RELIEF_OK)
            fail_msg("%s", relief_last_error(ctx));
        if (i == 2)
            rl_net_set_precision(t.net, RL_PRECISION_BF16);
        outputs[i] = test_net_run(ctx, &t, input);
        rl_net_get_stats(t.net, &stats);
        result.host_node_count = stats.host_node_count;
        if (i)
            result.values[i - 1] = stats.arena_bytes;
        rl_net_free(t.net);
    }
    result.error = difference(outputs[0], outputs[2]);
    for (int i = 0; i < 3; i++)
        relief_tensor_free(outputs[i]);
    relief_tensor_free(input);
    relief_ctx_free(ctx);
    free(bytes);
    return result;
}

/* `most`: bytes of the values over those in f32. */
static void check(onnx_builder *b, const relief_tensor *like, double most, const char *name) {
    if (!has_bf16()) {
        size_t size;
        free(onnx_builder_finish(b, &size));
        return;
    }
    const bf16_outcome o = run_both(b, like);
    if (!(o.error <= LIMIT) || o.host_node_count ||
        (double)o.values[1] > most * (double)o.values[0])
        fail_msg("%s: error %g, %d nodes on the host, %zu of %zu bytes", name, o.error,
                 o.host_node_count, o.values[1], o.values[0]);
}

/* Between two others, which read and write bfloat16; what it is for is stored in half the bytes. */
static void convolves(void **state) {
    (void)state;
    const conv cases[] = {
        {64, 64, 1, 1, 1, 1, 0},  {33, 48, 1, 3, 1, 1, 1},  {48, 33, 1, 3, 2, 1, 1},
        {40, 40, 40, 3, 1, 1, 1}, {40, 40, 40, 5, 2, 1, 2}, {64, 17, 1, 5, 1, 1, 2},
        {64, 64, 1, 3, 1, 2, 2},  {64, 64, 1, 1, 2, 1, 0},  {64, 128, 32, 3, 1, 1, 1},
        {35, 40, 1, 3, 1, 1, 0},  {64, 96, 1, 3, 1, 1, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const conv c = cases[i];
        const relief_tensor x = shape_of(1, 3, 34, 38);
        char name[96];
        onnx_builder *b = begin(&x);
        add_conv(b, "a", "x", (conv){3, c.in, 1, 3, 1, 1, 1});
        add_conv(b, "c", "a", c);
        add_conv(b, "y", "c", (conv){c.out, 1, 1, 1, 1, 1, 0});
        end(b, "y");
        snprintf(name, sizeof name, "%d->%d groups %d kernel %d stride %d dilation %d", (int)c.in,
                 (int)c.out, (int)c.groups, (int)c.kernel, (int)c.stride, (int)c.dilation);
        check(b, &x, c.groups == 32 ? 2 : 0.6, name);
    }
}

/* Clips and residuals of all kinds behind it: those that the library takes and those that it does
 * not. */
static void does_epilogues(void **state) {
    (void)state;
    for (int steps = 0; steps < 27; steps++) {
        const relief_tensor x = shape_of(1, 33, 16, 17);
        onnx_builder *b = begin(&x);
        char from[32] = "c", to[32], name[32];
        add_conv(b, "e", "x", (conv){33, 33, 1, 1, 1, 1, 0});
        add_conv(b, "c", "e", (conv){33, 33, 1, 3, 1, 1, 1});
        for (int i = 0, rest = steps; i < 3; i++, rest /= 3) {
            char inputs[80];
            snprintf(to, sizeof to, "s%d", i);
            snprintf(inputs, sizeof inputs, "%s,%s", from, i % 2 ? "x" : "e");
            if (rest % 3 == 0)
                onnx_add_node(b, "Add", to, inputs, to);
            else if (rest % 3 == 1)
                onnx_add_node(b, "Relu", to, from, to);
            else
                add_clip(b, to, from, -1.5f, 2);
            snprintf(from, sizeof from, "%s", to);
        }
        add_conv(b, "y", from, (conv){33, 3, 1, 1, 1, 1, 0});
        end(b, "y");
        snprintf(name, sizeof name, "steps %d", steps);
        check(b, &x, 1, name);
    }
}

/* Everything that is not a convolution, between convolutions. */
static void does_the_rest(void **state) {
    (void)state;
    const float two = 2, scales[] = {1, 1, 2, 2}, less[] = {1, 1, 0.5f, 0.75f};
    const relief_tensor x = shape_of(1, 5, 18, 20);
    float *k = test_floats(40, 12);
    onnx_builder *b = begin(&x);
    onnx_add_floats(b, "two", 0, NULL, &two);
    onnx_add_floats(b, "up", 1, (int64_t[]){4}, scales);
    onnx_add_floats(b, "down", 1, (int64_t[]){4}, less);
    onnx_add_floats(b, "k", 3, (int64_t[]){40, 1, 1}, k);
    onnx_add_int64s(b, "flat", 3, (int64_t[]){1, 40, 360});
    onnx_add_int64s(b, "back", 4, (int64_t[]){1, 40, 18, 20});
    add_conv(b, "a", "x", (conv){5, 40, 1, 3, 1, 1, 1});
    add_conv(b, "c", "a", (conv){40, 40, 1, 1, 1, 1, 0});
    onnx_add_node(b, "Mul", "n1", "a,k", "v1");
    onnx_add_node(b, "Sub", "n2", "c,v1", "v2");
    onnx_add_node(b, "Div", "n3", "v2,two", "v3");
    onnx_add_node(b, "Mul", "n4", "v3,a", "v4");
    onnx_add_node(b, "Reshape", "n5", "v4,flat", "v5");
    onnx_add_node(b, "Relu", "n6", "v5", "v6");
    onnx_add_node(b, "Reshape", "n7", "v6,back", "v7");
    onnx_add_node(b, "Sigmoid", "n8", "v7", "v8");
    onnx_add_node(b, "Concat", "n9", "v8,c,x", "v9");
    onnx_set_int(b, "axis", 1);
    add_conv(b, "d", "v9", (conv){85, 24, 1, 3, 1, 1, 1});
    onnx_add_node(b, "Resize", "r1", "d,,up", "r1");
    onnx_set_string(b, "mode", "linear");
    onnx_set_string(b, "coordinate_transformation_mode", "align_corners");
    onnx_add_node(b, "Resize", "r2", "r1,,down", "r2");
    onnx_set_string(b, "mode", "cubic");
    onnx_add_node(b, "Resize", "r3", "r2,,up", "r3");
    onnx_set_string(b, "mode", "nearest");
    add_conv(b, "y", "r3", (conv){24, 3, 1, 3, 1, 1, 1});
    end(b, "y");
    free(k);
    check(b, &x, 0.9, "the rest");
}

/* The last sums are written as they are: an output has more levels than bfloat16 has in its range,
 * however it goes on from there. */
static void keeps_levels_of_outputs(void **state) {
    (void)state;
    if (!has_bf16())
        return;
    relief_ctx *ctx = test_ctx(1);
    const relief_tensor like = shape_of(1, 16, 32, 32);
    onnx_builder *b = begin(&like);
    add_conv(b, "a", "x", (conv){16, 32, 1, 3, 1, 1, 1});
    add_conv(b, "c", "a", (conv){32, 1, 1, 1, 1, 1, 0});
    onnx_add_node(b, "Sigmoid", "s", "c", "s");
    onnx_add_int64s(b, "axes", 1, (int64_t[]){1});
    onnx_add_node(b, "Squeeze", "q", "s,axes", "y");
    end(b, "y");
    test_net t = test_net_load(ctx, b, onednn());
    rl_net_set_precision(t.net, RL_PRECISION_BF16);
    relief_tensor *input = test_tensor(ctx, 4, like.dims, 5);
    relief_tensor *output = test_net_run(ctx, &t, input);
    const float *y = output->data;
    int narrow = 0;
    for (int i = 0; i < 1024; i++)
        narrow += y[i] == rl_bf16_widen(rl_bf16_narrow(y[i]));
    assert_true(narrow < 100);
    relief_tensor_free(input);
    relief_tensor_free(output);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

typedef struct run_as {
    rl_precision precision;
    int threads;
    int64_t batch;
} run_as;

static relief_tensor *run_mixed(const uint8_t *bytes, size_t size, run_as as) {
    const int64_t batch = as.batch;
    relief_ctx *ctx = test_ctx(as.threads);
    test_net t = {0};
    assert_int_equal(rl_net_load_memory(ctx, bytes, size, "mixed.onnx", onednn(), &t.net),
                     RELIEF_OK);
    rl_net_set_precision(t.net, as.precision);
    relief_tensor *one = test_tensor(ctx, 4, (int64_t[]){1, 3, 64, 96}, 17), *input = NULL;
    assert_int_equal(relief_tensor_new(ctx, RELIEF_F32, 4, (int64_t[]){batch, 3, 64, 96}, &input),
                     RELIEF_OK);
    for (int64_t i = 0; i < batch; i++)
        memcpy((char *)input->data + (size_t)i * one->bytes, one->data, one->bytes);
    relief_tensor *output = test_net_run(ctx, &t, input);
    relief_tensor_free(one);
    relief_tensor_free(input);
    rl_net_free(t.net);
    relief_ctx_free(ctx);
    return output;
}

static void check_same_bits(const uint8_t *bytes, size_t size, rl_precision precision) {
    const struct {
        int threads;
        int64_t batch;
    } cases[] = {{1, 1}, {2, 1}, {3, 1}, {8, 1}, {1, 2}, {2, 4}, {3, 2}, {8, 4}};
    relief_tensor *first = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const run_as as = {precision, cases[i].threads, cases[i].batch};
        relief_tensor *output = run_mixed(bytes, size, as);
        if (!first) {
            first = output;
            continue;
        }
        for (int64_t n = 0; n < cases[i].batch; n++)
            assert_memory_equal((char *)output->data + (size_t)n * first->bytes, first->data,
                                first->bytes);
        relief_tensor_free(output);
    }
    relief_tensor_free(first);
}

static void gives_the_same_bits_on_any_number_of_threads_and_pictures(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = mixed_network_of_any_batch(&size);
    check_same_bits(bytes, size, RL_PRECISION_F32);
    if (has_bf16())
        check_same_bits(bytes, size, RL_PRECISION_BF16);
    free(bytes);
}

/* ---- the choice ---- */

static void is_there_where_the_processor_has_it(void **state) {
    (void)state;
    const char *limit = getenv("ONEDNN_MAX_CPU_ISA");
    assert_true(rl_backend_computes_in(onednn(), RL_PRECISION_F32));
    assert_true(rl_backend_computes_in(&rl_backend_reference, RL_PRECISION_F32));
    assert_false(rl_backend_computes_in(&rl_backend_reference, RL_PRECISION_BF16));
    if (limit && (!strcmp(limit, "AVX2") || !strcmp(limit, "SSE41"))) {
        assert_false(has_bf16());
        assert_string_equal(rl_backend_instruction_set(onednn()),
                            strcmp(limit, "SSE41") ? limit : "SSE4.1");
    }
    assert_string_equal(rl_backend_instruction_set(&rl_backend_reference), "plain");
    assert_int_equal(rl_precision_find("bf16"), RL_PRECISION_BF16);
    assert_int_equal(rl_precision_find("int8"), 0);
    assert_true(relief_model_has_precision("f32", NULL));
    assert_true(relief_model_has_precision("bf16", "onednn") == has_bf16());
    assert_false(relief_model_has_precision("bf16", "reference"));
    assert_false(relief_model_has_precision("bf17", NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_to_the_nearest_even),
        cmocka_unit_test(widens_all_numbers),
        cmocka_unit_test(converts_between_forms),
        cmocka_unit_test(transforms_tiles_alike),
        cmocka_unit_test(multiplies_alike),
        cmocka_unit_test(finishes_alike),
        cmocka_unit_test(transforms_large_tiles_alike),
        cmocka_unit_test(finishes_large_tiles_alike),
        cmocka_unit_test(convolves),
        cmocka_unit_test(does_epilogues),
        cmocka_unit_test(does_the_rest),
        cmocka_unit_test(keeps_levels_of_outputs),
        cmocka_unit_test(gives_the_same_bits_on_any_number_of_threads_and_pictures),
        cmocka_unit_test(is_there_where_the_processor_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
