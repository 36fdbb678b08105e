/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of one network for several sizes have their weights once. */
#include "onednn_testing.h"

#include <pthread.h>
#include <unistd.h>

#include "base/os.h"

enum { CHANNELS = 48, SIZES = 6, THREADS = 3, ROUNDS = 8 };
static const int64_t sizes[SIZES][2] = {{20, 20}, {12, 28}, {28, 12}, {36, 20}, {20, 36}, {44, 44}};

/* Convolutions of several kinds, one with weights that are made of bytes when the graph is
 * specialised, and a product of matrices over the channels. */
static onnx_builder *network(void) {
    static int8_t bytes[CHANNELS * CHANNELS * 9];
    const relief_tensor x = shape_of(1, 3, -1, -1);
    onnx_builder *b = begin(&x);
    float *w = test_floats((size_t)CHANNELS * CHANNELS, 3);
    const float scale = 0.0005F;
    for (int i = 0; i < CHANNELS * CHANNELS * 9; i++)
        bytes[i] = (int8_t)(i * 37 % 101 - 50);
    for (int i = 0; i < CHANNELS * CHANNELS; i++)
        w[i] /= CHANNELS;
    add_conv(b, "a", "x", (conv){3, CHANNELS, 1, 3, 1, 1, 1});
    add_conv(b, "b", "a", (conv){CHANNELS, CHANNELS, 1, 3, 1, 1, 1});
    add_conv(b, "c", "b", (conv){CHANNELS, CHANNELS, 1, 1, 1, 1, 0});
    add_conv(b, "d", "c", (conv){CHANNELS, CHANNELS, 1, 5, 2, 1, 2});
    onnx_add_tensor(b, "q", RELIEF_I8, 4, (int64_t[]){CHANNELS, CHANNELS, 3, 3}, bytes);
    onnx_add_floats(b, "scale", 0, NULL, &scale);
    onnx_add_node(b, "DequantizeLinear", "dq", "q,scale", "e.w");
    onnx_add_node(b, "Conv", "e", "d,e.w", "e");
    onnx_set_ints(b, "pads", 4, (int64_t[]){1, 1, 1, 1});
    onnx_add_node(b, "Transpose", "t", "e", "t");
    onnx_set_ints(b, "perm", 4, (int64_t[]){0, 2, 3, 1});
    onnx_add_floats(b, "w", 2, (int64_t[]){CHANNELS, CHANNELS}, w);
    onnx_add_node(b, "MatMul", "m", "t,w", "m");
    end(b, "m");
    free(w);
    return b;
}

/* The network in memory, or as a file. */
typedef struct source {
    uint8_t *bytes;
    size_t size;
    char path[64]; /* "": in memory */
} source;

static source make_source(bool file) {
    source s = {0};
    s.bytes = onnx_builder_finish(network(), &s.size);
    if (file) {
        snprintf(s.path, sizeof s.path, "/tmp/relief-sharing-XXXXXX");
        const int fd = mkstemp(s.path);
        assert_true(fd >= 0 && write(fd, s.bytes, s.size) == (ssize_t)s.size);
        close(fd);
    }
    return s;
}

static void free_source(source *s) {
    if (*s->path)
        unlink(s->path);
    free(s->bytes);
}

static rl_net *load(relief_ctx *ctx, const source *s, rl_precision precision) {
    rl_net *net = NULL;
    const relief_status status =
        *s->path ? rl_net_load(ctx, s->path, onednn(), &net)
                 : rl_net_load_memory(ctx, s->bytes, s->size, "test.onnx", onednn(), &net);
    if (status)
        fail_msg("%s", relief_last_error(ctx));
    rl_net_set_precision(net, precision);
    return net;
}

/* What the network gives at a size. `wild`: of a picture of infinities, which leaves values of no
 * use in the memory that later runs take over. */
static relief_tensor *run_at(relief_ctx *ctx, const rl_net *net, int size, bool wild) {
    relief_tensor *y = NULL;
    relief_tensor *x =
        test_tensor(ctx, 4, (const int64_t[]){1, 3, sizes[size][0], sizes[size][1]}, 5);
    for (size_t i = 0; wild && i < x->bytes / sizeof(float); i++)
        ((float *)x->data)[i] = i % 2 ? INFINITY : -INFINITY;
    if (rl_net_run(ctx, net, &x, &y))
        fail_msg("%s", relief_last_error(ctx));
    relief_tensor_free(x);
    return y;
}

/* A second plan takes a small part of what the first one took, and every size gives the bits that
 * it gives in a network of its own. */
static void check_sharing(bool file, rl_precision precision) {
    relief_ctx *ctx = test_ctx(1);
    source s = make_source(file);
    const size_t before = relief_memory().live_bytes;
    rl_net *net = load(ctx, &s, precision);
    rl_net_stats stats;
    size_t live[SIZES];
    /* The largest first: the buffer of its values is the others' too. */
    for (int i = SIZES - 1; i >= 0; i--) {
        relief_tensor *wild = run_at(ctx, net, SIZES - 1, true);
        relief_tensor_free(wild);
        relief_tensor *y = run_at(ctx, net, i, false);
        rl_net *alone = load(ctx, &s, precision);
        relief_tensor *want = run_at(ctx, alone, i, false);
        assert_same_tensor(want, y);
        relief_tensor_free(want);
        relief_tensor_free(y);
        rl_net_free(alone);
        live[i] = relief_memory().live_bytes - before;
        rl_net_get_stats(net, &stats);
        assert_true(stats.constant_bytes > 100000);
        if (i < SIZES - 1 && live[i] - live[i + 1] > stats.constant_bytes / 2)
            fail_msg("plan %d takes %zu bytes, beside weights of %zu", i, live[i] - live[i + 1],
                     stats.constant_bytes);
    }
    rl_net_free(net);
    assert_int_equal(relief_memory().live_bytes, before);
    free_source(&s);
    relief_ctx_free(ctx);
}

static void plans_share_weights(void **state) {
    (void)state;
    for (int file = 0; file < 2; file++) {
        check_sharing(file, RL_PRECISION_F32);
        if (rl_backend_computes_in(onednn(), RL_PRECISION_BF16))
            check_sharing(file, RL_PRECISION_BF16);
    }
}

/* Six plans take less than three times what one does. */
static void many_plans_take_little(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    source s = make_source(false);
    rl_net *one = load(ctx, &s, RL_PRECISION_F32), *many = load(ctx, &s, RL_PRECISION_F32);
    const size_t before = relief_memory().live_bytes;
    relief_tensor_free(run_at(ctx, one, 0, false));
    const size_t single = relief_memory().live_bytes - before;
    for (int i = 0; i < SIZES; i++)
        relief_tensor_free(run_at(ctx, many, i, false));
    const size_t all = relief_memory().live_bytes - before - single;
    assert_true(all < 3 * single);
    rl_net_free(one);
    rl_net_free(many);
    free_source(&s);
    relief_ctx_free(ctx);
}

typedef struct worker {
    const rl_net *net;
    int first;
    relief_tensor *outputs[ROUNDS];
} worker;

static void *work(void *arg) {
    worker *w = arg;
    relief_ctx *ctx = test_ctx(1);
    for (int i = 0; i < ROUNDS; i++)
        w->outputs[i] = run_at(ctx, w->net, (w->first + i) % SIZES, false);
    relief_ctx_free(ctx);
    return NULL;
}

/* Threads make plans and pack weights at the same time, each beginning with another size. */
static void threads_share_weights(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    source s = make_source(false);
    rl_net *alone = load(ctx, &s, RL_PRECISION_F32);
    relief_tensor *want[SIZES];
    for (int i = 0; i < SIZES; i++)
        want[i] = run_at(ctx, alone, i, false);
    for (int round = 0; round < 4; round++) {
        rl_net *net = load(ctx, &s, RL_PRECISION_F32);
        worker workers[THREADS];
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            workers[i] = (worker){.net = net, .first = i * 2};
            assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            for (int k = 0; k < ROUNDS; k++) {
                assert_same_tensor(want[(i * 2 + k) % SIZES], workers[i].outputs[k]);
                relief_tensor_free(workers[i].outputs[k]);
            }
        }
        rl_net_free(net);
    }
    for (int i = 0; i < SIZES; i++)
        relief_tensor_free(want[i]);
    rl_net_free(alone);
    free_source(&s);
    relief_ctx_free(ctx);
}

/* Each allocation of a second plan fails in turn; what it shares with the first one stays whole. */
static void survives_without_memory(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    source s = make_source(false);
    rl_net *alone = load(ctx, &s, RL_PRECISION_F32);
    relief_tensor *want = run_at(ctx, alone, 0, false), *second = run_at(ctx, alone, 1, false);
    relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 3, sizes[1][0], sizes[1][1]}, 5);
    bool failed = true;
    for (int64_t n = 0; failed; n += 1 + n / 16) {
        rl_net *net = load(ctx, &s, RL_PRECISION_F32);
        relief_tensor *y = run_at(ctx, net, 0, false), *z = NULL;
        relief_tensor_free(y);
        rl_memory_fail_at(n, true);
        const relief_status status = rl_net_run(ctx, net, &x, &z);
        failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
        relief_tensor_free(z);
        y = run_at(ctx, net, 0, false);
        z = run_at(ctx, net, 1, false);
        assert_same_tensor(want, y);
        assert_same_tensor(second, z);
        relief_tensor_free(y);
        relief_tensor_free(z);
        rl_net_free(net);
        assert_true(n < 100000);
    }
    relief_tensor_free(x);
    relief_tensor_free(want);
    relief_tensor_free(second);
    rl_net_free(alone);
    free_source(&s);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_share_weights),
        cmocka_unit_test(many_plans_take_little),
        cmocka_unit_test(threads_share_weights),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
