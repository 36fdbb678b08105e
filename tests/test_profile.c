/* SPDX-License-Identifier: Apache-2.0 */
/* What is told about the nodes of a network that ran. */
#include "net_testing.h"

#include "mirror_backend.h"
#include "nn/profile.h"

#include <math.h>

/* Rows of the graph, by the types given in order, upload and download behind them. */
static void assert_types(const relief_profile *profile, const char *const *types, int count) {
    assert_int_equal(relief_profile_row_count(profile), count + 2);
    for (int i = 0; i < count + 2; i++) {
        relief_profile_row row = RELIEF_OPTIONS_INIT(relief_profile_row);
        assert_true(relief_profile_get_row(profile, i, &row));
        assert_string_equal(row.type, i < count ? types[i] : i == count ? "upload" : "download");
        assert_true(row.ms >= 0);
    }
    relief_profile_row beyond = RELIEF_OPTIONS_INIT(relief_profile_row);
    assert_false(relief_profile_get_row(profile, count + 2, &beyond));
    assert_false(relief_profile_get_row(profile, -1, &beyond));
}

/* Multiplications and additions of a row. */
static long work_of(const relief_profile *profile, int index) {
    relief_profile_row row = RELIEF_OPTIONS_INIT(relief_profile_row);
    assert_true(relief_profile_get_row(profile, index, &row));
    return lround(row.gflop * 1e9);
}

/* A strided, grouped convolution, a transposed one and a product of matrices, counted by hand. */
static void counts_work(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = onnx_builder_new(13);
    float *w = test_floats(4096, 1);
    onnx_add_input(b, "x", RELIEF_F32, 4, (const int64_t[]){-1, 4, -1, -1});
    onnx_add_output(b, "y", RELIEF_F32, 4, (const int64_t[]){-1, 3, -1, -1});
    onnx_add_floats(b, "w1", 4, (const int64_t[]){6, 2, 3, 5}, w);
    onnx_add_floats(b, "w2", 4, (const int64_t[]){6, 3, 2, 2}, w);
    onnx_add_floats(b, "w3", 2, (const int64_t[]){18, 7}, w);
    onnx_add_node(b, "Conv", "conv", "x,w1", "c");
    onnx_set_int(b, "group", 2);
    onnx_set_ints(b, "strides", 2, (const int64_t[]){2, 1});
    onnx_set_ints(b, "pads", 4, (const int64_t[]){1, 2, 1, 2});
    onnx_add_node(b, "ConvTranspose", "up", "c,w2", "u");
    onnx_set_ints(b, "strides", 2, (const int64_t[]){2, 2});
    onnx_add_node(b, "MatMul", "product", "u,w3", "y");
    free(w);
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    relief_profile *profile = NULL;
    assert_int_equal(relief_profile_new(ctx, &profile), RELIEF_OK);
    assert_int_equal(relief_profile_row_count(profile), 0);
    relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){2, 4, 8, 9}, 1), *y = NULL;
    for (int run = 0; run < 2; run++) {
        assert_int_equal(rl_net_profile(ctx, t.net, &x, &y, profile), RELIEF_OK);
        relief_tensor_free(y);
    }
    assert_types(profile, (const char *const[]){"Conv", "ConvTranspose", "Linear"}, 3);
    /* (2, 6, 4, 9) from 2 * 3 * 5 products each; then (2, 6, 4, 9) times 3 * 2 * 2 each; then
     * (2, 3, 8, 7) from 18 each. */
    assert_int_equal(work_of(profile, 0), 2 * (2 * 6 * 4 * 9) * (2 * 3 * 5));
    assert_int_equal(work_of(profile, 1), 2 * (2 * 6 * 4 * 9) * (3 * 2 * 2));
    assert_int_equal(work_of(profile, 2), 2 * (2 * 3 * 8 * 7) * 18);
    assert_int_equal(work_of(profile, 3), 0);
    assert_int_equal(profile->runs, 2);
    relief_tensor_free(x);
    /* Another size is another network. */
    x = test_tensor(ctx, 4, (const int64_t[]){1, 4, 8, 9}, 1);
    assert_int_equal(rl_net_profile(ctx, t.net, &x, &y, profile), RELIEF_OK);
    assert_int_equal(profile->runs, 1);
    assert_int_equal(work_of(profile, 2), 2 * (3 * 8 * 7) * 18);
    relief_tensor_free(y);
    relief_tensor_free(x);
    relief_profile_free(profile);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

/* The same bits with and without a profile, on a backend that leaves some nodes to the host. */
static void changes_nothing(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 2, (const int64_t[]){-1, 7});
    onnx_add_output(b, "y", RELIEF_F32, 2, (const int64_t[]){-1, 7});
    onnx_add_node(b, "Sigmoid", "first", "x", "a");
    onnx_add_node(b, "Mul", "second", "a,x", "y");
    mirror_refuse("Sigmoid");
    test_net t = test_net_load(ctx, b, &mirror_backend);
    relief_profile *profile = NULL;
    assert_int_equal(relief_profile_new(ctx, &profile), RELIEF_OK);
    relief_tensor *x = test_tensor(ctx, 2, (const int64_t[]){3, 7}, 1), *y = NULL;
    relief_tensor *plain = test_net_run(ctx, &t, x);
    assert_int_equal(rl_net_profile(ctx, t.net, &x, &y, profile), RELIEF_OK);
    assert_same_tensor(plain, y);
    assert_types(profile, (const char *const[]){"Sigmoid", "Mul"}, 2);
    relief_profile_row row = RELIEF_OPTIONS_INIT(relief_profile_row);
    assert_true(relief_profile_get_row(profile, 0, &row));
    assert_true(row.on_host);
    assert_string_equal(row.name, "first");
    assert_true(relief_profile_get_row(profile, 1, &row));
    assert_false(row.on_host);
    mirror_refuse(NULL);
    relief_tensor_free(plain);
    relief_tensor_free(y);
    relief_tensor_free(x);
    relief_profile_free(profile);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_work),
        cmocka_unit_test(changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
