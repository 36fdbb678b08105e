/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of values by lifetimes, on its own and in plans. */
#include "net_testing.h"

#include "base/os.h"
#include "mirror_backend.h"
#include "nn/lifetimes.h"

static uint32_t seed;

static uint32_t random_below(uint32_t bound) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % bound;
}

/* No two blocks that live at the same time share a byte; nothing is outside the area or misaligned.
 */
static void assert_sound(const rl_block *blocks, int count, const rl_area *area) {
    for (int i = 0; i < count; i++) {
        assert_int_equal(blocks[i].offset % RL_ALIGNMENT, 0);
        assert_true(blocks[i].offset + blocks[i].bytes <= area->bytes);
        for (int j = 0; j < i; j++) {
            bool together = blocks[i].first <= blocks[j].last && blocks[j].first <= blocks[i].last;
            bool apart = blocks[i].offset + blocks[i].bytes <= blocks[j].offset ||
                         blocks[j].offset + blocks[j].bytes <= blocks[i].offset;
            assert_true(!together || apart || !blocks[i].bytes || !blocks[j].bytes);
        }
    }
    assert_true(area->live_bytes <= area->bytes);
}

static void places_random_blocks(void **state) {
    (void)state;
    enum { MOST = 60 };
    relief_ctx *ctx = test_ctx(1);
    for (uint32_t round = 0; round < 200; round++) {
        rl_block blocks[MOST] = {0};
        rl_area area;
        seed = round;
        int count = (int)random_below(MOST);
        for (int i = 0; i < count; i++) {
            blocks[i].bytes = random_below(5) ? random_below(5000) : 0;
            blocks[i].first = (int)random_below(40);
            blocks[i].last = blocks[i].first + (int)random_below(6);
        }
        assert_int_equal(rl_place_blocks(ctx, blocks, count, &area), RELIEF_OK);
        assert_sound(blocks, count, &area);
    }
    relief_ctx_free(ctx);
}

/* A chain needs no more than its two largest neighbours. */
static void reuses_memory_of_the_dead(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_block blocks[] = {{.bytes = 640, .first = 0, .last = 1},
                         {.bytes = 1280, .first = 1, .last = 2},
                         {.bytes = 320, .first = 2, .last = 3},
                         {.bytes = 1280, .first = 3, .last = 4}};
    rl_area area;
    assert_int_equal(rl_place_blocks(ctx, blocks, 4, &area), RELIEF_OK);
    assert_sound(blocks, 4, &area);
    assert_int_equal(area.live_bytes, 1920);
    assert_int_equal(area.bytes, 1920);
    rl_block huge[] = {{.bytes = SIZE_MAX / 2, .first = 0, .last = 0}};
    assert_int_equal(rl_place_blocks(ctx, huge, 1, &area), RELIEF_ERROR_LIMIT);
    relief_ctx_free(ctx);
}

/* `length` times Exp (which nothing fuses) from x (1,1,-1,-1) to y. */
static onnx_builder *chain(int length) {
    onnx_builder *b = onnx_builder_new(13);
    const int64_t dims[] = {1, 1, -1, -1};
    onnx_add_input(b, "x", RELIEF_F32, 4, dims);
    for (int i = 0; i < length; i++) {
        char from[16], to[16];
        snprintf(from, sizeof(from), i ? "v%d" : "x", i);
        snprintf(to, sizeof(to), i + 1 < length ? "v%d" : "y", i + 1);
        onnx_add_node(b, i % 2 ? "Tanh" : "Exp", to, from, to);
    }
    onnx_add_output(b, "y", RELIEF_F32, 4, dims);
    return b;
}

static void a_chain_needs_two_values(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_net t = test_net_load(ctx, chain(10), &rl_backend_reference);
    relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 1, 16, 16}, 3);
    relief_tensor *y = test_net_run(ctx, &t, x);
    rl_net_stats stats;
    rl_net_get_stats(t.net, &stats);
    assert_int_equal(stats.node_count, 10);
    assert_int_equal(stats.host_node_count, 0);
    assert_int_equal(stats.live_bytes, 2 * 1024);
    assert_int_equal(stats.arena_bytes, 2 * 1024);
    relief_tensor_free(x);
    relief_tensor_free(y);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

/* The mirror allows every output to take over its input: one value's room is enough. */
static void works_in_place(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    int before = mirror_in_place_count();
    test_net reference = test_net_load(ctx, chain(10), &rl_backend_reference);
    test_net mirror = test_net_load(ctx, chain(10), &mirror_backend);
    relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 1, 16, 16}, 3);
    relief_tensor *want = test_net_run(ctx, &reference, x), *got = test_net_run(ctx, &mirror, x);
    rl_net_stats stats;
    rl_net_get_stats(mirror.net, &stats);
    assert_int_equal(stats.arena_bytes, 1024 + 64); /* its marks, rounded up */
    assert_int_equal(mirror_in_place_count() - before, 10);
    assert_same_tensor(want, got);
    relief_tensor_free(x);
    relief_tensor_free(want);
    relief_tensor_free(got);
    test_net_free(&reference);
    test_net_free(&mirror);
    relief_ctx_free(ctx);
}

/* An input that is needed later, or read twice by the node, must not be taken over. */
static void keeps_what_is_needed_later(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_net t[2];
    for (int i = 0; i < 2; i++) {
        onnx_builder *b = onnx_builder_new(13);
        const int64_t dims[] = {-1};
        onnx_add_input(b, "x", RELIEF_F32, 1, dims);
        onnx_add_node(b, "Exp", "a", "x", "a");
        onnx_add_node(b, "Tanh", "b", "a", "b");
        onnx_add_node(b, "Mul", "c", "b,b", "c");
        onnx_add_node(b, "Sub", "d", "c,a", "d");
        onnx_add_node(b, "Mul", "e", "d,x", "y");
        onnx_add_output(b, "y", RELIEF_F32, 1, dims);
        t[i] = test_net_load(ctx, b, i ? &mirror_backend : &rl_backend_reference);
    }
    relief_tensor *x = test_tensor(ctx, 1, (const int64_t[]){77}, 9);
    relief_tensor *want = test_net_run(ctx, &t[0], x), *got = test_net_run(ctx, &t[1], x);
    assert_same_tensor(want, got);
    relief_tensor_free(x);
    relief_tensor_free(want);
    relief_tensor_free(got);
    test_net_free(&t[0]);
    test_net_free(&t[1]);
    relief_ctx_free(ctx);
}

/* Plans are kept for some sizes, and memory does not grow with the number of sizes seen. */
static void keeps_few_plans(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    test_net t = test_net_load(ctx, chain(6), &mirror_backend);
    size_t after_many = 0;
    for (int round = 0; round < 40; round++) {
        relief_tensor *x = test_tensor(ctx, 4, (const int64_t[]){1, 1, 8, 8 + round % 10}, 3);
        relief_tensor *y = test_net_run(ctx, &t, x);
        assert_int_equal(y->dims[3], 8 + round % 10);
        relief_tensor_free(x);
        relief_tensor_free(y);
        if (round == 9) {
            after_many = relief_memory().live_bytes;
        }
    }
    assert_int_equal(relief_memory().live_bytes, after_many);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

/* Outputs are tensors too: one constant of 16 MiB that is asked for too often. */
static void counts_the_outputs(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    const int count = (int)(rl_os_memory_limit() >> 24) + 1;
    const int64_t dims[] = {4};
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 1, dims);
    onnx_add_int64s(b, "shape", 2, (const int64_t[]){2048, 2048});
    onnx_add_node(b, "ConstantOfShape", "k", "shape", "k");
    onnx_add_node(b, "Exp", "e", "x", "y");
    onnx_add_output(b, "y", RELIEF_F32, 1, dims);
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "o%d", i);
        onnx_add_node(b, "Identity", name, "k", name);
        onnx_add_output(b, name, RELIEF_F32, -1, NULL);
    }
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    relief_tensor *x = test_tensor(ctx, 1, dims, 3);
    relief_tensor **outputs = calloc((size_t)count + 1, sizeof *outputs);
    assert_non_null(outputs);
    relief_memory_reset_peak();
    const size_t live = relief_memory().live_bytes;
    assert_int_equal(rl_net_run(ctx, t.net, &x, outputs), RELIEF_ERROR_LIMIT);
    assert_non_null(strstr(relief_last_error(ctx), "more than this machine has"));
    assert_true(relief_memory().peak_bytes - live < (size_t)64 << 20);
    free(outputs);
    relief_tensor_free(x);
    test_net_free(&t);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_random_blocks),       cmocka_unit_test(reuses_memory_of_the_dead),
        cmocka_unit_test(a_chain_needs_two_values),   cmocka_unit_test(works_in_place),
        cmocka_unit_test(keeps_what_is_needed_later), cmocka_unit_test(keeps_few_plans),
        cmocka_unit_test(counts_the_outputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
