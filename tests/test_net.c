/* SPDX-License-Identifier: Apache-2.0 */
/* Networks from end to end: values, free sizes, several backends, threads, cancelling and failing
 * allocations. */
#include "net_testing.h"

#include "mirror_backend.h"

#include <math.h>
#include <pthread.h>

static const int64_t picture[] = {1, 3, -1, -1};

/* A small depth network: half size, a residual block, back to full size by sizes taken from the
 * input, normalised. */
static onnx_builder *small_network(void) {
    onnx_builder *b = onnx_builder_new(13);
    float *w1 = test_floats(5 * 3 * 9, 1), *b1 = test_floats(5, 2), *w2 = test_floats(5 * 5 * 9, 3);
    float *w3 = test_floats(5, 4);
    onnx_add_input(b, "image", RELIEF_F32, 4, picture);
    onnx_add_output(b, "depth", RELIEF_F32, 4, (const int64_t[]){1, 1, -1, -1});
    onnx_add_floats(b, "w1", 4, (const int64_t[]){5, 3, 3, 3}, w1);
    onnx_add_floats(b, "b1", 1, (const int64_t[]){5}, b1);
    onnx_add_floats(b, "w2", 4, (const int64_t[]){5, 5, 3, 3}, w2);
    onnx_add_floats(b, "w3", 4, (const int64_t[]){1, 5, 1, 1}, w3);
    onnx_add_floats(b, "six", 0, NULL, (const float[]){6});
    onnx_add_floats(b, "zero", 0, NULL, (const float[]){0});
    onnx_add_node(b, "Conv", "down", "image,w1,b1", "c1");
    onnx_set_ints(b, "strides", 2, (const int64_t[]){2, 2});
    onnx_set_ints(b, "pads", 4, (const int64_t[]){1, 1, 1, 1});
    onnx_add_node(b, "Clip", "clip", "c1,zero,six", "r1");
    onnx_add_node(b, "Conv", "block", "r1,w2", "c2");
    onnx_set_ints(b, "pads", 4, (const int64_t[]){1, 1, 1, 1});
    onnx_add_node(b, "Add", "skip", "c2,r1", "s");
    onnx_add_node(b, "Relu", "relu", "s", "r2");
    onnx_add_node(b, "Conv", "head", "r2,w3", "c3");
    onnx_add_node(b, "Shape", "shape", "image", "sizes");
    onnx_add_int64s(b, "two", 1, (const int64_t[]){2});
    onnx_add_int64s(b, "four", 1, (const int64_t[]){4});
    onnx_add_int64s(b, "ones", 2, (const int64_t[]){1, 1});
    onnx_add_node(b, "Slice", "tail", "sizes,two,four", "hw");
    onnx_add_node(b, "Concat", "target", "ones,hw", "full");
    onnx_set_int(b, "axis", 0);
    onnx_add_node(b, "Resize", "up", "c3,,,full", "u");
    onnx_set_string(b, "mode", "linear");
    onnx_add_node(b, "Sigmoid", "squash", "u", "depth");
    free(w1);
    free(b1);
    free(w2);
    free(w3);
    return b;
}

/* y = relu(2 x - 1) + x^2, against the same in C. */
static void computes_values(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 2, (const int64_t[]){-1, 7});
    onnx_add_output(b, "y", RELIEF_F32, 2, (const int64_t[]){-1, 7});
    onnx_add_floats(b, "two", 0, NULL, (const float[]){2});
    onnx_add_floats(b, "one", 1, (const int64_t[]){1}, (const float[]){1});
    onnx_add_node(b, "Mul", "m", "x,two", "a");
    onnx_add_node(b, "Sub", "s", "a,one", "d");
    onnx_add_node(b, "Relu", "r", "d", "p");
    onnx_add_node(b, "Mul", "q", "x,x", "q");
    onnx_add_node(b, "Add", "e", "p,q", "y");
    test_net t = test_net_load(ctx, b, rl_backend_find("auto"));
    relief_tensor *x = test_tensor(ctx, 2, (const int64_t[]){11, 7}, 5);
    relief_tensor *y = test_net_run(ctx, &t, x);
    for (int i = 0; i < 77; i++) {
        float v = ((float *)x->data)[i];
        assert_float_equal(((float *)y->data)[i], fmaxf(2 * v - 1, 0) + v * v, 1e-6);
    }
    relief_tensor_free(x);
    relief_tensor_free(y);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

/* Run the small network at one size on two nets and compare: bit for bit, or within `limit`. */
static void compare_at(relief_ctx *ctx, const test_net *a, const test_net *b, int height, int width,
                       double limit) {
    relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 3, height, width},
                                   (uint32_t)(height * 100 + width));
    relief_tensor *want = test_net_run(ctx, a, x), *got = test_net_run(ctx, b, x);
    assert_int_equal(want->rank, 4);
    assert_int_equal(want->dims[2], height);
    assert_int_equal(want->dims[3], width);
    if (limit == 0) {
        assert_same_tensor(want, got);
    }
    assert_int_equal(want->bytes, got->bytes);
    for (size_t i = 0; i < want->bytes / sizeof(float); i++) {
        assert_float_equal(((float *)want->data)[i], ((float *)got->data)[i], limit);
    }
    relief_tensor_free(x);
    relief_tensor_free(want);
    relief_tensor_free(got);
}

static const int sizes[][2] = {{8, 8}, {5, 7}, {13, 1}, {32, 20}, {8, 8}, {31, 33}, {5, 7}};

static void mirror_gives_the_same_bits(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    int before = mirror_run_count();
    test_net reference = test_net_load(ctx, small_network(), &rl_backend_reference);
    test_net mirror = test_net_load(ctx, small_network(), &mirror_backend);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        compare_at(ctx, &reference, &mirror, sizes[i][0], sizes[i][1], 0);
    }
    assert_true(mirror_run_count() - before >= 3 * 7);
    test_net_free(&reference);
    test_net_free(&mirror);
    relief_ctx_free(ctx);
}

/* Whatever single operator a backend refuses, the host does it between the backend's nodes. */
static void host_does_what_is_refused(void **state) {
    (void)state;
    static const char *const refused[] = {"Conv", "Resize", "Sigmoid"};
    relief_ctx *ctx = test_ctx(2);
    test_net reference = test_net_load(ctx, small_network(), &rl_backend_reference);
    for (int i = 0; i < 3; i++) {
        mirror_refuse(refused[i]);
        test_net mirror = test_net_load(ctx, small_network(), &mirror_backend);
        compare_at(ctx, &reference, &mirror, 12, 9, 0);
        compare_at(ctx, &reference, &mirror, 6, 10, 0);
        rl_net_stats stats;
        rl_net_get_stats(mirror.net, &stats);
        assert_int_equal(stats.host_node_count, i == 0 ? 3 : 1);
        mirror_refuse(NULL);
        test_net_free(&mirror);
    }
    test_net_free(&reference);
    relief_ctx_free(ctx);
}

static void fast_backend_agrees(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    test_net reference = test_net_load(ctx, small_network(), &rl_backend_reference);
    test_net fast = test_net_load(ctx, small_network(), rl_backend_find(NULL));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        compare_at(ctx, &reference, &fast, sizes[i][0], sizes[i][1], 2e-6);
    }
    test_net_free(&reference);
    test_net_free(&fast);
    relief_ctx_free(ctx);
}

static void finds_backends(void **state) {
    (void)state;
    assert_ptr_equal(rl_backend_find("reference"), &rl_backend_reference);
    assert_non_null(rl_backend_find(NULL));
    assert_ptr_equal(rl_backend_find(NULL), rl_backend_find("auto"));
    assert_null(rl_backend_find("abacus"));
}

/* Weights exist once: the backend's copy, not the folded original beside it. */
static void gives_back_copied_weights(void **state) {
    (void)state;
    enum { COUNT = 1 << 16 };
    relief_ctx *ctx = test_ctx(1);
    onnx_builder *b = onnx_builder_new(13);
    int8_t *packed = calloc(COUNT, 1);
    assert_non_null(packed);
    packed[1] = 8;
    const int64_t dims[] = {COUNT};
    onnx_add_input(b, "x", RELIEF_F32, 1, dims);
    onnx_add_output(b, "y", RELIEF_F32, 1, dims);
    onnx_add_tensor(b, "q", RELIEF_I8, 1, dims, packed);
    onnx_add_floats(b, "scale", 0, NULL, (const float[]){0.25f});
    onnx_add_node(b, "DequantizeLinear", "dq", "q,scale", "w");
    onnx_add_node(b, "Mul", "m", "x,w", "y");
    free(packed);
    test_net t = test_net_load(ctx, b, &mirror_backend);
    size_t loaded = relief_memory().live_bytes;
    relief_tensor *x = test_tensor(ctx, 1, dims, 3);
    relief_tensor *y = test_net_run(ctx, &t, x);
    assert_float_equal(((float *)y->data)[1], 2 * ((float *)x->data)[1], 0);
    assert_float_equal(((float *)y->data)[2], 0, 0);
    relief_tensor_free(x);
    relief_tensor_free(y);
    /* one value in place, one copy of the weights */
    assert_true(relief_memory().live_bytes - loaded < 2 * COUNT * sizeof(float) + 16384);
    rl_net_stats stats;
    rl_net_get_stats(t.net, &stats);
    assert_int_equal(stats.constant_bytes, COUNT * sizeof(float));
    test_net_free(&t);
    relief_ctx_free(ctx);
}

typedef struct worker {
    const test_net *net;
    int threads; /* of its context */
    relief_tensor *outputs[12];
} worker;

static void *work(void *arg) {
    worker *w = arg;
    relief_ctx *ctx = test_ctx(w->threads);
    for (int i = 0; i < 12; i++) {
        relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 3, 9 + i % 6, 14}, 5);
        if (rl_net_run(ctx, w->net->net, &x, &w->outputs[i])) {
            w->outputs[i] = NULL;
        }
        relief_tensor_free(x);
    }
    relief_ctx_free(ctx);
    return NULL;
}

static void free_outputs(worker *w) {
    for (int i = 0; i < 12; i++) {
        relief_tensor_free(w->outputs[i]);
        w->outputs[i] = NULL;
    }
}

static void assert_same_outputs(const worker *a, const worker *b) {
    for (int i = 0; i < 12; i++) {
        assert_non_null(b->outputs[i]);
        assert_same_tensor(a->outputs[i], b->outputs[i]);
    }
}

/* Six sizes for four plans, so that plans come and go while others run. */
static void serves_several_threads(void **state) {
    (void)state;
    enum { THREADS = 3 };
    const rl_backend_api *const backends[] = {&rl_backend_reference, rl_backend_find(NULL)};
    for (int k = 0; k < 2; k++) {
        relief_ctx *ctx = test_ctx(1);
        test_net t = test_net_load(ctx, small_network(), backends[k]);
        worker workers[THREADS + 1] = {0};
        pthread_t threads[THREADS];
        workers[THREADS] = (worker){.net = &t, .threads = 1};
        work(&workers[THREADS]);
        for (int i = 0; i < THREADS; i++) {
            workers[i] = (worker){.net = &t, .threads = 1};
            assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
        }
        for (int i = 0; i <= THREADS; i++) {
            assert_same_outputs(&workers[THREADS], &workers[i]);
        }
        for (int i = 0; i <= THREADS; i++) {
            free_outputs(&workers[i]);
        }
        test_net_free(&t);
        relief_ctx_free(ctx);
    }
}

/* Another one: patches, a normalisation of each, a product that mixes them. */
static onnx_builder *patch_network(void) {
    onnx_builder *b = onnx_builder_new(17);
    float *w = test_floats(16 * 3 * 4, 6), *s = test_floats(16, 7), *m = test_floats(16 * 16, 8);
    onnx_add_input(b, "image", RELIEF_F32, 4, picture);
    onnx_add_output(b, "depth", RELIEF_F32, 3, (const int64_t[]){1, -1, 16});
    onnx_add_floats(b, "w", 4, (const int64_t[]){16, 3, 2, 2}, w);
    onnx_add_floats(b, "s", 1, (const int64_t[]){16}, s);
    onnx_add_floats(b, "m", 2, (const int64_t[]){16, 16}, m);
    onnx_add_int64s(b, "sizes", 3, (const int64_t[]){1, 16, -1});
    onnx_add_node(b, "Conv", "patches", "image,w", "p");
    onnx_set_ints(b, "strides", 2, (const int64_t[]){2, 2});
    onnx_add_node(b, "Reshape", "rows", "p,sizes", "r");
    onnx_add_node(b, "Transpose", "turn", "r", "t");
    onnx_set_ints(b, "perm", 3, (const int64_t[]){0, 2, 1});
    onnx_add_node(b, "LayerNormalization", "norm", "t,s,s", "n");
    onnx_add_node(b, "MatMul", "mix", "n,m", "q");
    onnx_add_node(b, "Transpose", "back", "q", "k");
    onnx_set_ints(b, "perm", 3, (const int64_t[]){0, 2, 1});
    onnx_add_node(b, "MatMul", "scores", "q,k", "a");
    onnx_add_node(b, "Softmax", "soft", "a", "e");
    onnx_add_node(b, "MatMul", "sum", "e,n", "depth");
    free(w);
    free(s);
    free(m);
    return b;
}

/* Two networks in two threads at once, each with threads of its own, give what they give alone. */
static void two_networks_run_at_once(void **state) {
    (void)state;
    const rl_backend_api *const backends[] = {&rl_backend_reference, rl_backend_find(NULL)};
    for (int k = 0; k < 2; k++) {
        relief_ctx *ctx = test_ctx(1);
        test_net nets[2] = {test_net_load(ctx, small_network(), backends[k]),
                            test_net_load(ctx, patch_network(), backends[k])};
        worker alone[2] = {0};
        for (int i = 0; i < 2; i++) {
            alone[i] = (worker){.net = &nets[i], .threads = 2};
            work(&alone[i]);
        }
        for (int round = 0; round < 4; round++) {
            worker together[2] = {0};
            pthread_t threads[2];
            for (int i = 0; i < 2; i++) {
                together[i] = (worker){.net = &nets[i], .threads = 2};
                assert_int_equal(pthread_create(&threads[i], NULL, work, &together[i]), 0);
            }
            for (int i = 0; i < 2; i++) {
                pthread_join(threads[i], NULL);
                assert_same_outputs(&alone[i], &together[i]);
                free_outputs(&together[i]);
            }
        }
        for (int i = 0; i < 2; i++) {
            free_outputs(&alone[i]);
            test_net_free(&nets[i]);
        }
        relief_ctx_free(ctx);
    }
}

static void can_be_cancelled(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_net t = test_net_load(ctx, small_network(), &mirror_backend);
    relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 3, 8, 8}, 5), *y = NULL;
    relief_tensor *before = test_net_run(ctx, &t, x);
    relief_ctx *stopped = test_ctx(1);
    relief_cancel(stopped);
    assert_int_equal(rl_net_run(stopped, t.net, &x, &y), RELIEF_ERROR_CANCELLED);
    assert_null(y);
    relief_tensor *after = test_net_run(ctx, &t, x); /* the net is as it was */
    assert_same_tensor(before, after);
    relief_tensor_free(x);
    relief_tensor_free(before);
    relief_tensor_free(after);
    relief_ctx_free(stopped);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

/* Each allocation of the first run fails in turn; afterwards the net still works. */
static void survives_without_memory(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    const rl_backend_api *const backends[] = {&rl_backend_reference, &mirror_backend};
    for (int k = 0; k < 2; k++) {
        mirror_refuse("Resize");
        test_net t = test_net_load(ctx, small_network(), backends[k]);
        relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 3, 6, 8}, 5), *y = NULL;
        for (int64_t n = 0;; n++) {
            rl_memory_fail_at(n, false);
            relief_status status = rl_net_run(ctx, t.net, &x, &y);
            bool failed = rl_memory_failed();
            rl_memory_fail_at(-1, false);
            if (!failed) {
                assert_int_equal(status, RELIEF_OK);
                break;
            }
            if (status) {
                assert_int_equal(status, RELIEF_ERROR_MEMORY);
                assert_null(y);
            }
            relief_tensor_free(y);
            assert_true(n < 1000);
        }
        mirror_refuse(NULL);
        relief_tensor_free(y);
        relief_tensor_free(x);
        test_net_free(&t);
    }
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_values),
        cmocka_unit_test(mirror_gives_the_same_bits),
        cmocka_unit_test(host_does_what_is_refused),
        cmocka_unit_test(fast_backend_agrees),
        cmocka_unit_test(finds_backends),
        cmocka_unit_test(gives_back_copied_weights),
        cmocka_unit_test(serves_several_threads),
        cmocka_unit_test(two_networks_run_at_once),
        cmocka_unit_test(can_be_cancelled),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
