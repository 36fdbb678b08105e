/* SPDX-License-Identifier: Apache-2.0 */
/* What transformers are made of, on the oneDNN backend against the reference kernels, on sizes off
 * the vector width. meson runs this file again with narrower instruction sets. */
#include "onednn_testing.h"

#include "nn/onednn/tile.h"

/* Run the same bytes on both backends; the outputs, to be freed. */
static void run_both(uint8_t *bytes, size_t size, const relief_tensor *like, int threads,
                     relief_tensor *outputs[2], rl_net_stats *stats) {
    relief_ctx *ctx = test_ctx(threads);
    const rl_backend_api *const backends[] = {&rl_backend_reference, onednn()};
    relief_tensor *input = test_tensor(ctx, like->rank, like->dims, 5);
    for (int i = 0; i < 2; i++) {
        test_net t = {0};
        if (rl_net_load_memory(ctx, bytes, size, "test.onnx", backends[i], &t.net) != RELIEF_OK)
            fail_msg("%s", relief_last_error(ctx));
        outputs[i] = test_net_run(ctx, &t, input);
        rl_net_get_stats(t.net, stats);
        rl_net_free(t.net);
    }
    relief_tensor_free(input);
    relief_ctx_free(ctx);
}

/* Both backends agree to `limit`, and nothing runs on the host. */
static void check(onnx_builder *b, const relief_tensor *like, double limit) {
    size_t size;
    rl_net_stats stats;
    relief_tensor *outputs[2];
    uint8_t *bytes = onnx_builder_finish(b, &size);
    run_both(bytes, size, like, 2, outputs, &stats);
    const double error = difference(outputs[0], outputs[1]);
    if (!(error <= limit) || stats.host_node_count)
        fail_msg("error %g of %g, %d nodes on the host", error, limit, stats.host_node_count);
    for (int i = 0; i < 2; i++)
        relief_tensor_free(outputs[i]);
    free(bytes);
}

static relief_tensor rows_of(int64_t n, int64_t rows, int64_t columns) {
    return (relief_tensor){.rank = 3, .dims = {n, rows, columns}};
}

/* ---- the innermost loops ---- */

/* Whether this processor has vectors of so many floats, whatever the library is told to use. */
static bool has_width(int width) {
#ifdef __x86_64__
    return width == 4 ||
           (width == 8 ? __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                       : __builtin_cpu_supports("avx512bw"));
#else
    return width == 4;
#endif
}

static void multiply_rows(const rl_tile_kernels *k, const rl_tile *t, double *worst) {
    float sums[RL_TILE_MOST_ROWS * RL_TILE_MOST_COLUMNS];
    rl_tile own = *t;
    own.c = sums;
    memcpy(sums, t->c, sizeof sums);
    k->multiply(&own);
    for (int r = 0; r < t->rows; r++)
        for (int c = 0; c < k->columns; c++) {
            double sum = t->add ? (double)t->c[r * t->c_stride + c] : 0;
            for (int64_t d = 0; d < t->depth; d++)
                sum += (double)((const float *)t->a)[r * t->a_stride + d] *
                       (double)((const float *)t->b)[d * k->columns + c];
            *worst = fmax(*worst, fabs(sum - (double)sums[r * t->c_stride + c]));
        }
}

/* Every number of rows, for depths of 1 and more. */
static void multiplies_tiles(void **state) {
    (void)state;
    const int widths[] = {4, 8, 16};
    float *a = test_floats(RL_TILE_MOST_ROWS * 40, 1), *b = test_floats(40 * 32, 2);
    float *c = test_floats(RL_TILE_MOST_ROWS * RL_TILE_MOST_COLUMNS, 3);
    for (int i = 0; i < 3; i++) {
        if (!has_width(widths[i]))
            continue;
        const rl_tile_kernels *k = rl_tile_kernels_for(widths[i], false);
        double worst = 0;
        for (int rows = 1; rows <= k->rows; rows++)
            for (int64_t depth = 1; depth <= 37; depth += 6)
                for (int add = 0; add < 2; add++)
                    multiply_rows(k, &(rl_tile){a, b, c, 40, k->columns, depth, rows, add}, &worst);
        assert_true(worst < 1e-5);
    }
    free(a);
    free(b);
    free(c);
}

static void computes_functions_of_rows(void **state) {
    (void)state;
    enum { COUNT = 4096 };
    const int widths[] = {4, 8, 16};
    float x[COUNT];
    for (int i = 0; i < 3; i++) {
        if (!has_width(widths[i]))
            continue;
        const rl_tile_kernels *k = rl_tile_kernels_for(widths[i], false);
        for (int form = 0; form < 2; form++) {
            for (int n = 0; n < COUNT; n++)
                x[n] = (float)(n - COUNT / 2) / 150;
            k->gelu(x, COUNT, form);
            for (int n = 0; n < COUNT; n++) {
                const double v = (double)(float)(n - COUNT / 2) / 150;
                const double u = 0.79788456080286535588 * (v + 0.044715 * v * v * v);
                const double want = v / 2 * (1 + (form ? tanh(u) : erf(v * 0.70710678118654752)));
                assert_true(fabs((double)x[n] - want) <= 2e-6);
            }
        }
        double sum = 0;
        for (int n = 0; n < COUNT; n++)
            x[n] = (float)(n - COUNT) / 20;
        assert_true(k->largest(x, COUNT) == x[COUNT - 1]);
        x[5] = -INFINITY;
        const float got = k->exponentiate(x, COUNT, 1.5f, -0.25f);
        for (int n = 0; n < COUNT; n++) {
            const double power = ((double)(float)(n - COUNT) / 20 + 0.25) * 1.5;
            const double want = exp2(n == 5 || power < -126 ? -126 : power);
            assert_true(fabs((double)x[n] - want) <= 1e-5 * want + 1e-37);
            sum += want;
        }
        assert_true(fabs((double)got - sum) <= 1e-5 * sum);
    }
    /* No number stays none; the largest numbers stay what they are. */
    for (int i = 0; i < 3; i++) {
        if (!has_width(widths[i]))
            continue;
        float odd[16] = {NAN, 1e30f, -1e30f, INFINITY};
        rl_tile_kernels_for(widths[i], false)->gelu(odd, 16, false);
        assert_true(isnan(odd[0]) && odd[1] == 1e30f && fabsf(odd[2]) < 1e-6f && isinf(odd[3]));
    }
}

/* ---- operators ---- */

static void add_linear(onnx_builder *b, const char *name, const char *from, int64_t depth,
                       int64_t columns) {
    char weights[32], bias[32], product[32], inputs[80];
    float *values = test_floats((size_t)(depth * columns + columns), (uint32_t)(depth + columns));
    for (int64_t i = 0; i < depth * columns; i++)
        values[i] /= sqrtf((float)depth);
    snprintf(weights, sizeof weights, "%s.w", name);
    snprintf(bias, sizeof bias, "%s.b", name);
    snprintf(product, sizeof product, "%s.m", name);
    snprintf(inputs, sizeof inputs, "%s,%s", from, weights);
    onnx_add_floats(b, weights, 2, (int64_t[]){depth, columns}, values);
    onnx_add_floats(b, bias, 1, &columns, values + depth * columns);
    onnx_add_node(b, "MatMul", product, inputs, product);
    snprintf(inputs, sizeof inputs, "%s,%s", bias, product);
    onnx_add_node(b, "Add", name, inputs, name);
    free(values);
}

/* Rows and columns off the tiles, depths whose rows would meet in the caches; every step behind. */
static void multiplies_with_weights(void **state) {
    (void)state;
    const int64_t shapes[][3] = {{1, 1, 1},     {5, 7, 13},    {37, 33, 65},
                                 {43, 256, 31}, {577, 64, 33}, {3, 1024, 100}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int step = 0; step < 4; step++) {
            const int64_t *s = shapes[i];
            const relief_tensor x = rows_of(2, s[0], s[1]);
            onnx_builder *b = onnx_builder_new(20);
            onnx_add_input(b, "x", RELIEF_F32, x.rank, x.dims);
            add_linear(b, "l", "x", s[1], s[2]);
            if (step == 1)
                onnx_add_node(b, "Gelu", "y", "l", "y");
            else if (step == 2)
                onnx_add_node(b, "Relu", "y", "l", "y");
            else if (step == 3) {
                add_linear(b, "r", "x", s[1], s[2]);
                onnx_add_node(b, "Add", "y", "l,r", "y");
            }
            end(b, step ? "y" : "l");
            check(b, &x, 3e-6);
        }
}

static void multiplies_computed_matrices(void **state) {
    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        const relief_tensor x = {.rank = 4, .dims = {2, 3, 13, 7}};
        onnx_builder *b = begin(&x);
        onnx_add_node(b, "Transpose", "t", "x", "t");
        onnx_set_ints(b, "perm", 4, (int64_t[]){0, 1, 3, 2});
        onnx_add_int64s(b, "first", 1, (int64_t[]){0});
        onnx_add_int64s(b, "second", 1, (int64_t[]){1});
        onnx_add_int64s(b, "axes", 1, (int64_t[]){0});
        onnx_add_int64s(b, "axes1", 1, (int64_t[]){1});
        onnx_add_int64s(b, "two", 2, (int64_t[]){7, 13});
        if (shared) {
            onnx_add_node(b, "Slice", "s", "t,first,second,axes", "s");
            onnx_add_node(b, "Slice", "s1", "s,first,second,axes1", "s1");
            onnx_add_node(b, "Reshape", "s2", "s1,two", "s2");
        }
        onnx_add_node(b, "MatMul", "m", shared ? "x,s2" : "x,t", "m");
        onnx_add_node(b, "Relu", "y", "m", "y");
        end(b, "y");
        check(b, &x, 2e-6);
    }
}

static void normalises_rows(void **state) {
    (void)state;
    const int64_t sizes[] = {1, 5, 16, 33, 384};
    for (int i = 0; i < 5; i++) {
        const int64_t n = sizes[i];
        const relief_tensor x = rows_of(2, 7, n);
        float *row = test_floats((size_t)(2 * n), 4);
        onnx_builder *b = onnx_builder_new(17);
        onnx_add_input(b, "x", RELIEF_F32, x.rank, x.dims);
        onnx_add_floats(b, "g", 1, &n, row);
        onnx_add_floats(b, "h", 1, &n, row + n);
        onnx_add_node(b, "LayerNormalization", "l", "x,g,h", "l");
        onnx_add_node(b, "LayerNormalization", "m", "l,g", "m");
        onnx_add_node(b, "Softmax", "y", "m", "y");
        end(b, "y");
        check(b, &x, 3e-6);
        free(row);
    }
}

/* A mean that is large beside the spread costs no digits. */
static void normalises_groups(void **state) {
    (void)state;
    const int64_t channels[][2] = {{5, 5}, {32, 8}, {48, 1}, {17, 17}, {64, 32}};
    for (int i = 0; i < 5; i++) {
        const int64_t c = channels[i][0], groups = channels[i][1];
        const relief_tensor x = shape_of(2, c, 11, 13);
        const float hundred = 100;
        float *v = test_floats((size_t)(2 * c), 3);
        float *filled = calloc((size_t)(2 * groups), sizeof *filled);
        assert_non_null(filled);
        for (int64_t k = 0; k < groups; k++)
            filled[k] = 1;
        onnx_builder *b = begin(&x);
        onnx_add_floats(b, "hundred", 0, NULL, &hundred);
        onnx_add_int64s(b, "groups", 3, (int64_t[]){0, groups, -1});
        onnx_add_int64s(b, "back", 4, x.dims);
        onnx_add_floats(b, "ones", 1, &groups, filled);
        onnx_add_floats(b, "zeros", 1, &groups, filled + groups);
        onnx_add_floats(b, "scale", 3, (int64_t[]){c, 1, 1}, v);
        onnx_add_floats(b, "bias", 3, (int64_t[]){c, 1, 1}, v + c);
        onnx_add_node(b, "Add", "o", "x,hundred", "o");
        onnx_add_node(b, "Reshape", "r", "o,groups", "r");
        onnx_add_node(b, "InstanceNormalization", "i", "r,ones,zeros", "i");
        onnx_add_node(b, "Reshape", "t", "i,back", "t");
        onnx_add_node(b, "Mul", "m", "t,scale", "m");
        onnx_add_node(b, "Add", "a", "m,bias", "a");
        onnx_add_node(b, "Add", "s", "a,x", "s");
        onnx_add_node(b, "Relu", "y", "s", "y");
        end(b, "y");
        check(b, &x, 2e-5); /* 100 + x has 5 digits less of x */
        free(v);
        free(filled);
    }
}

static void pools_in_blocks(void **state) {
    (void)state;
    for (int64_t c = 1; c <= 33; c += 16) {
        const relief_tensor x = shape_of(2, c, 13, 11);
        onnx_builder *b = begin(&x);
        add_conv(b, "c", "x", (conv){c, c, 1, 1, 1, 1, 0});
        onnx_add_node(b, "MaxPool", "p", "c", "p");
        onnx_set_ints(b, "kernel_shape", 2, (int64_t[]){3, 3});
        onnx_set_ints(b, "strides", 2, (int64_t[]){2, 2});
        onnx_set_ints(b, "pads", 4, (int64_t[]){1, 1, 1, 1});
        add_conv(b, "y", "p", (conv){c, 3, 1, 3, 1, 1, 1});
        end(b, "y");
        check(b, &x, 3e-6);
    }
}

static void spreads_pixels(void **state) {
    (void)state;
    const int64_t cases[][3] = {{5, 3, 2}, {16, 48, 4}, {33, 17, 2}, {7, 64, 3}};
    for (int i = 0; i < 4; i++) {
        const int64_t in = cases[i][0], out = cases[i][1], k = cases[i][2];
        const relief_tensor x = shape_of(2, in, 5, 7);
        float *w = test_floats((size_t)(in * out * k * k + out), 6);
        onnx_builder *b = begin(&x);
        onnx_add_floats(b, "w", 4, (int64_t[]){in, out, k, k}, w);
        onnx_add_floats(b, "b", 1, &out, w + in * out * k * k);
        add_conv(b, "c", "x", (conv){in, in, 1, 1, 1, 1, 0});
        onnx_add_node(b, "ConvTranspose", "t", i % 2 ? "c,w" : "c,w,b", "t");
        onnx_set_ints(b, "strides", 2, (int64_t[]){k, k});
        onnx_add_node(b, "Relu", "r", "t", "r");
        add_conv(b, "y", "r", (conv){out, 3, 1, 3, 1, 1, 1});
        end(b, "y");
        check(b, &x, 3e-6);
        free(w);
    }
}

/* All ways to turn four axes, with a slice in front and a part joined behind. */
static void moves_elements(void **state) {
    (void)state;
    for (int code = 0; code < 256; code++) {
        int64_t perm[4], seen = 0;
        for (int i = 0; i < 4; i++) {
            perm[i] = code >> 2 * i & 3;
            seen |= 1 << perm[i];
        }
        if (seen != 15)
            continue;
        const relief_tensor x = shape_of(3, 5, 37, 41);
        onnx_builder *b = begin(&x);
        onnx_add_int64s(b, "start", 2, (int64_t[]){35, 1});
        onnx_add_int64s(b, "end", 2, (int64_t[]){-100, 1000});
        onnx_add_int64s(b, "axes", 2, (int64_t[]){2, 3});
        onnx_add_int64s(b, "steps", 2, (int64_t[]){-1, 2});
        onnx_add_node(b, "Slice", "s", "x,start,end,axes,steps", "s");
        onnx_add_node(b, "Transpose", "t", "s", "t");
        onnx_set_ints(b, "perm", 4, perm);
        onnx_add_node(b, "Concat", "y", "t,t", "y");
        onnx_set_int(b, "axis", code % 4);
        end(b, "y");
        check(b, &x, 0);
    }
}

static void expands_rows(void **state) {
    (void)state;
    const relief_tensor x = rows_of(1, 7, 1);
    onnx_builder *b = begin(&x);
    onnx_add_int64s(b, "to", 3, (int64_t[]){5, 7, 33});
    onnx_add_node(b, "Expand", "y", "x,to", "y");
    end(b, "y");
    check(b, &x, 0);
}

/* ---- a whole transformer ---- */

enum { WIDTH = 24, HEADS = 3 };

static void add_norm(onnx_builder *b, const char *prefix, const char *from) {
    char n[8][48], inputs[112];
    static const char *const suffixes[] = {"m", "d", "p", "v", "e", "s", "n", "g"};
    for (int i = 0; i < 8; i++)
        snprintf(n[i], sizeof n[i], "%s.%s", prefix, suffixes[i]);
#define INPUTS(a, b_) (snprintf(inputs, sizeof inputs, "%s,%s", a, b_), inputs)
    onnx_add_node(b, "ReduceMean", n[0], INPUTS(from, "last"), n[0]);
    onnx_add_node(b, "Sub", n[1], INPUTS(from, n[0]), n[1]);
    onnx_add_node(b, "Pow", n[2], INPUTS(n[1], "two"), n[2]);
    onnx_add_node(b, "ReduceMean", n[3], INPUTS(n[2], "last"), n[3]);
    onnx_add_node(b, "Add", n[4], INPUTS(n[3], "eps"), n[4]);
    onnx_add_node(b, "Sqrt", n[5], n[4], n[5]);
    onnx_add_node(b, "Div", n[6], INPUTS(n[1], n[5]), n[6]);
    onnx_add_node(b, "Mul", n[7], INPUTS(n[6], "gamma"), n[7]);
    onnx_add_node(b, "Add", prefix, INPUTS(n[7], "beta"), prefix);
}

/* x + g * attention(norm(x)), then y + g * mlp(norm(y)); names begin with `p`. */
static void add_block(onnx_builder *b, char p, const char *from) {
    char name[24][8], inputs[112];
    for (int i = 0; i < 24; i++)
        snprintf(name[i], sizeof name[i], "%c%d", p, i);
    add_norm(b, name[0], from);
    add_linear(b, name[1], name[0], WIDTH, 3 * WIDTH);
    onnx_add_node(b, "Reshape", name[2], INPUTS(name[1], "heads"), name[2]);
    onnx_add_node(b, "Transpose", name[3], name[2], name[3]);
    onnx_set_ints(b, "perm", 5, (int64_t[]){2, 0, 3, 1, 4});
    snprintf(inputs, sizeof inputs, "%s,%s,%s", name[4], name[5], name[6]);
    onnx_add_node(b, "Split", name[4], name[3], inputs);
    for (int i = 0; i < 3; i++)
        onnx_add_node(b, "Squeeze", name[7 + i], INPUTS(name[4 + i], "zero"), name[7 + i]);
    onnx_add_node(b, "Mul", name[10], INPUTS(name[7], "scale"), name[10]);
    onnx_add_node(b, "Transpose", name[11], name[8], name[11]);
    onnx_set_ints(b, "perm", 4, (int64_t[]){0, 1, 3, 2});
    onnx_add_node(b, "MatMul", name[12], INPUTS(name[10], name[11]), name[12]);
    onnx_add_node(b, "Softmax", name[13], name[12], name[13]);
    onnx_add_node(b, "MatMul", name[14], INPUTS(name[13], name[9]), name[14]);
    onnx_add_node(b, "Transpose", name[15], name[14], name[15]);
    onnx_set_ints(b, "perm", 4, (int64_t[]){0, 2, 1, 3});
    onnx_add_node(b, "Reshape", name[16], INPUTS(name[15], "rows"), name[16]);
    add_linear(b, name[17], name[16], WIDTH, WIDTH);
    onnx_add_node(b, "Mul", name[18], INPUTS(name[17], "gamma"), name[18]);
    onnx_add_node(b, "Add", name[19], INPUTS(from, name[18]), name[19]);
    add_norm(b, name[20], name[19]);
    add_linear(b, name[21], name[20], WIDTH, 4 * WIDTH);
    onnx_add_node(b, "Gelu", name[22], name[21], name[22]);
    add_linear(b, name[23], name[22], 4 * WIDTH, WIDTH);
    char out[4] = {p, 'y', 0};
    onnx_add_node(b, "Add", out, INPUTS(name[19], name[23]), out);
}

/* Patches, two blocks, and back to a picture; batch and sizes are free. */
static uint8_t *small_transformer(size_t *size) {
    const relief_tensor x = shape_of(-1, 3, -1, -1);
    const float two = 2, eps = 1e-6f, scale = 0.35355339f;
    float *v = test_floats(3 * WIDTH + WIDTH * 5 * 16, 77);
    onnx_builder *b = onnx_builder_new(20);
    onnx_add_input(b, "x", RELIEF_F32, x.rank, x.dims);
    onnx_add_floats(b, "two", 0, NULL, &two);
    onnx_add_floats(b, "eps", 0, NULL, &eps);
    onnx_add_floats(b, "scale", 0, NULL, &scale);
    onnx_add_floats(b, "gamma", 1, (int64_t[]){WIDTH}, v);
    onnx_add_floats(b, "beta", 1, (int64_t[]){WIDTH}, v + WIDTH);
    onnx_add_floats(b, "class", 3, (int64_t[]){1, 1, WIDTH}, v + 2 * WIDTH);
    onnx_add_floats(b, "up", 4, (int64_t[]){WIDTH, 5, 4, 4}, v + 3 * WIDTH);
    onnx_add_int64s(b, "zero", 1, (int64_t[]){0});
    onnx_add_int64s(b, "one", 1, (int64_t[]){1});
    onnx_add_int64s(b, "last", 1, (int64_t[]){-1});
    onnx_add_int64s(b, "end", 1, (int64_t[]){1000000});
    onnx_add_int64s(b, "heads", 5, (int64_t[]){0, -1, 3, HEADS, WIDTH / HEADS});
    onnx_add_int64s(b, "rows", 3, (int64_t[]){0, -1, WIDTH});
    onnx_add_int64s(b, "flat", 3, (int64_t[]){0, WIDTH, -1});
    onnx_add_int64s(b, "two_ones", 2, (int64_t[]){1, 1});
    add_conv(b, "c", "x", (conv){3, WIDTH, 1, 4, 4, 1, 0});
    onnx_add_node(b, "Shape", "sh", "c", "sh");
    onnx_add_node(b, "Slice", "n", "sh,zero,one", "n");
    onnx_add_node(b, "Concat", "n11", "n,two_ones", "n11");
    onnx_set_int(b, "axis", 0);
    onnx_add_node(b, "Expand", "cls", "class,n11", "cls");
    onnx_add_node(b, "Reshape", "f", "c,flat", "f");
    onnx_add_node(b, "Transpose", "t", "f", "t");
    onnx_set_ints(b, "perm", 3, (int64_t[]){0, 2, 1});
    onnx_add_node(b, "Concat", "tokens", "cls,t", "tokens");
    onnx_set_int(b, "axis", 1);
    add_block(b, 'a', "tokens");
    add_block(b, 'b', "ay");
    onnx_add_node(b, "Slice", "pixels", "by,one,end,one", "pixels");
    onnx_add_node(b, "Transpose", "back", "pixels", "back");
    onnx_set_ints(b, "perm", 3, (int64_t[]){0, 2, 1});
    onnx_add_node(b, "Reshape", "picture", "back,sh", "picture");
    onnx_add_node(b, "ConvTranspose", "u", "picture,up", "u");
    onnx_set_ints(b, "strides", 2, (int64_t[]){4, 4});
    add_conv(b, "y", "u", (conv){5, 1, 1, 3, 1, 1, 1});
    end(b, "y");
    free(v);
    return onnx_builder_finish(b, size);
}

static void runs_a_transformer(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = small_transformer(&size);
    const int64_t sizes[][2] = {{4, 4}, {20, 28}, {64, 52}};
    for (int i = 0; i < 3; i++) {
        const relief_tensor x = shape_of(2, 3, sizes[i][0], sizes[i][1]);
        relief_tensor *outputs[2];
        rl_net_stats stats;
        run_both(bytes, size, &x, 3, outputs, &stats);
        assert_true(difference(outputs[0], outputs[1]) <= 5e-6);
        assert_int_equal(stats.host_node_count, 0);
        for (int k = 0; k < 2; k++)
            relief_tensor_free(outputs[k]);
    }
    free(bytes);
}

/* The output for `batch` pictures, which begin with `seed`. */
static relief_tensor *run_batch(uint8_t *bytes, size_t size, int threads, int64_t batch,
                                rl_precision precision) {
    relief_ctx *ctx = test_ctx(threads);
    test_net t = {0};
    relief_tensor *input = test_tensor(ctx, 4, (int64_t[]){batch, 3, 36, 44}, 31);
    assert_int_equal(rl_net_load_memory(ctx, bytes, size, "test.onnx", onednn(), &t.net),
                     RELIEF_OK);
    rl_net_set_precision(t.net, precision);
    relief_tensor *output = test_net_run(ctx, &t, input);
    relief_tensor_free(input);
    rl_net_free(t.net);
    relief_ctx_free(ctx);
    return output;
}

static void gives_the_same_bits(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = small_transformer(&size);
    const int threads[] = {2, 3, 8};
    const int64_t batches[] = {2, 4};
    for (int p = RL_PRECISION_F32; p <= RL_PRECISION_BF16; p++) {
        if (!rl_backend_computes_in(onednn(), (rl_precision)p))
            continue;
        relief_tensor *one = run_batch(bytes, size, 1, 1, (rl_precision)p);
        for (int i = 0; i < 3; i++) {
            relief_tensor *other = run_batch(bytes, size, threads[i], 1, (rl_precision)p);
            assert_same_tensor(one, other);
            relief_tensor_free(other);
        }
        for (int i = 0; i < 2; i++) {
            relief_tensor *several = run_batch(bytes, size, 2, batches[i], (rl_precision)p);
            assert_memory_equal(one->data, several->data, one->bytes);
            relief_tensor_free(several);
        }
        relief_tensor_free(one);
    }
    free(bytes);
}

static void is_near_in_bf16(void **state) {
    (void)state;
    if (!rl_backend_computes_in(onednn(), RL_PRECISION_BF16))
        return;
    size_t size;
    uint8_t *bytes = small_transformer(&size);
    relief_tensor *wide = run_batch(bytes, size, 2, 2, RL_PRECISION_F32);
    relief_tensor *narrow = run_batch(bytes, size, 2, 2, RL_PRECISION_BF16);
    const float *x = wide->data, *y = narrow->data;
    const size_t count = wide->bytes / sizeof *x;
    double least = INFINITY, most = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++) {
        least = fmin(least, (double)x[i]);
        most = fmax(most, (double)x[i]);
        sum += fabs((double)x[i] - (double)y[i]);
    }
    assert_true(sum > 0); /* it is another computation */
    assert_true(sum / (double)count <= 0.005 * (most - least));
    relief_tensor_free(wide);
    relief_tensor_free(narrow);
    free(bytes);
}

static void survives_failing_allocations(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = small_transformer(&size);
    relief_ctx *ctx = test_ctx(1);
    relief_tensor *input = test_tensor(ctx, 4, (int64_t[]){1, 3, 8, 8}, 1);
    bool failed = true;
    for (int64_t n = 0; failed; n++) {
        rl_net *net = NULL;
        relief_tensor *output = NULL;
        rl_memory_fail_at(n, true);
        relief_status status = rl_net_load_memory(ctx, bytes, size, "test.onnx", onednn(), &net);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiplies_tiles),        cmocka_unit_test(computes_functions_of_rows),
        cmocka_unit_test(multiplies_with_weights), cmocka_unit_test(multiplies_computed_matrices),
        cmocka_unit_test(normalises_rows),         cmocka_unit_test(normalises_groups),
        cmocka_unit_test(pools_in_blocks),         cmocka_unit_test(spreads_pixels),
        cmocka_unit_test(moves_elements),          cmocka_unit_test(expands_rows),
        cmocka_unit_test(runs_a_transformer),      cmocka_unit_test(gives_the_same_bits),
        cmocka_unit_test(is_near_in_bf16),         cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
