/* SPDX-License-Identifier: Apache-2.0 */
/* What plans of one network have in common: packed weights, and the memory that runs work in. */
#include "testing.h"

#include "base/memory.h"
#include "nn/buffers.h"
#include "nn/weight_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS = 4, KEYS = 40, ROUNDS = 4000 };

/* ---- weights ---- */

static rl_weight_key key_of(uint64_t number) {
    return (rl_weight_key){{number, 1, 2, 3, 4}};
}

static void *block_of(uint64_t number, size_t bytes) {
    uint64_t *block = rl_alloc(bytes, 1);
    assert_non_null(block);
    for (size_t i = 0; i < bytes / sizeof *block; i++)
        block[i] = number;
    return block;
}

static void an_entry_goes_with_its_last_user(void **state) {
    (void)state;
    enum { BYTES = 4096 };
    relief_ctx *ctx = test_ctx(1);
    rl_weight_pool *pool = NULL;
    rl_weight_entry *first = NULL, *second = NULL, *other = NULL;
    assert_int_equal(rl_weight_pool_new(ctx, &pool), RELIEF_OK);
    const size_t before = relief_memory().live_bytes;
    const rl_weight_key key = key_of(7);
    assert_null(rl_weight_pool_take(pool, &key));
    void *block = block_of(7, BYTES), *late = block_of(7, BYTES);
    assert_int_equal(rl_weight_pool_put(ctx, pool, &key, block, BYTES, &first), RELIEF_OK);
    assert_ptr_equal(first->data, block);
    assert_int_equal(rl_weight_pool_part(pool, &first, 1), BYTES);
    /* Who comes second keeps what it has. */
    assert_int_equal(rl_weight_pool_put(ctx, pool, &key, late, BYTES, &second), RELIEF_OK);
    assert_null(second);
    rl_free(late);
    second = rl_weight_pool_take(pool, &key);
    assert_ptr_equal(second, first);
    assert_int_equal(rl_weight_pool_part(pool, &second, 1), BYTES / 2);
    for (int i = 0; i < RL_WEIGHT_WORDS; i++) {
        rl_weight_key differs = key;
        differs.words[i] ^= 1;
        other = rl_weight_pool_take(pool, &differs);
        assert_null(other);
    }
    rl_weight_pool_give_back(pool, first);
    assert_true(relief_memory().live_bytes >= before + BYTES);
    assert_int_equal(((const uint64_t *)second->data)[0], 7);
    rl_weight_pool_give_back(pool, second);
    assert_int_equal(relief_memory().live_bytes, before);
    assert_null(rl_weight_pool_take(pool, &key));
    rl_weight_pool_free(pool);
    relief_ctx_free(ctx);
}

/* One bit, the length, the order of words: all make other contents. */
static void contents_are_told_apart(void **state) {
    (void)state;
    enum { BYTES = 100 };
    uint8_t bytes[BYTES] = {0};
    uint64_t plain[2], other[2];
    rl_weight_hash(bytes, BYTES, plain);
    rl_weight_hash(bytes, BYTES, other);
    assert_memory_equal(plain, other, sizeof plain);
    for (size_t bit = 0; bit < BYTES * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        rl_weight_hash(bytes, BYTES, other);
        assert_true(other[0] != plain[0] && other[1] != plain[1]);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    rl_weight_hash(bytes, BYTES - 1, other);
    assert_true(other[0] != plain[0] && other[1] != plain[1]);
    bytes[0] = bytes[9] = 1;
    rl_weight_hash(bytes, BYTES, plain);
    bytes[0] = bytes[9] = 0;
    bytes[8] = bytes[1] = 1;
    rl_weight_hash(bytes, BYTES, other);
    assert_true(other[0] != plain[0] && other[1] != plain[1]);
}

typedef struct pool_user {
    rl_weight_pool *pool;
    uint32_t seed;
    int wrong;
} pool_user;

/* Take one, or make it; look at it; done. */
static void use_entry(relief_ctx *ctx, pool_user *u, uint64_t number) {
    enum { WORDS = 64 };
    const rl_weight_key key = key_of(number);
    rl_weight_entry *entry = rl_weight_pool_take(u->pool, &key);
    if (!entry) {
        void *block = block_of(number, WORDS * sizeof(uint64_t));
        u->wrong += rl_weight_pool_put(ctx, u->pool, &key, block, WORDS * sizeof(uint64_t),
                                       &entry) != RELIEF_OK;
        if (!entry) {
            rl_free(block);
            return;
        }
    }
    for (int i = 0; i < WORDS; i++)
        u->wrong += ((const uint64_t *)entry->data)[i] != number;
    rl_weight_pool_give_back(u->pool, entry);
}

static void *use_pool(void *arg) {
    pool_user *u = arg;
    relief_ctx *ctx = test_ctx(1);
    for (int i = 0; i < ROUNDS; i++) {
        u->seed = u->seed * 1664525u + 1013904223u;
        use_entry(ctx, u, (u->seed >> 8) % KEYS);
    }
    relief_ctx_free(ctx);
    return NULL;
}

static void threads_share_a_pool(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_weight_pool *pool = NULL;
    assert_int_equal(rl_weight_pool_new(ctx, &pool), RELIEF_OK);
    const size_t before = relief_memory().live_bytes;
    pthread_t threads[THREADS];
    pool_user users[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        users[i] = (pool_user){pool, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, use_pool, &users[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(users[i].wrong, 0);
    }
    assert_int_equal(relief_memory().live_bytes, before);
    rl_weight_pool_free(pool);
    relief_ctx_free(ctx);
}

/* ---- buffers ---- */

/* The reference backend, with buffers that know who writes to them. */
typedef struct counted_buffer {
    size_t bytes;
    atomic_int writers;
} counted_buffer;

static atomic_int buffer_count;
static int most_buffers; /* what the system has memory for */

static relief_status new_counted(relief_ctx *ctx, rl_backend *backend, size_t bytes,
                                 rl_buffer **out) {
    (void)backend;
    counted_buffer *buffer = NULL;
    *out = NULL;
    if (atomic_load(&buffer_count) >= most_buffers)
        return RELIEF_ERROR_MEMORY;
    relief_status status = rl_calloc_in(ctx, 1, sizeof *buffer, (void **)&buffer);
    if (status)
        return status;
    buffer->bytes = bytes;
    atomic_fetch_add(&buffer_count, 1);
    *out = (rl_buffer *)buffer;
    return RELIEF_OK;
}

static void free_counted(rl_backend *backend, rl_buffer *buffer) {
    (void)backend;
    rl_free(buffer);
    atomic_fetch_sub(&buffer_count, 1);
}

static const rl_backend_api counted_api = {.buffer_new = new_counted, .buffer_free = free_counted};

static size_t bytes_of(const rl_lent_buffer *lent) {
    return ((const counted_buffer *)rl_buffers_memory(lent))->bytes;
}

/* As many buffers as runs at the same time, the smallest that is enough, and never a small one kept
 * beside the large one that took its place. */
static void buffers_go_from_run_to_run(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_backend backend = {.api = &counted_api};
    rl_buffers *buffers = NULL;
    rl_lent_buffer *a, *b;
    most_buffers = 2;
    assert_int_equal(rl_buffers_new(ctx, &backend, &buffers), RELIEF_OK);
    for (size_t bytes = 100; bytes <= 1000; bytes += 100) {
        assert_int_equal(rl_buffers_take(ctx, buffers, bytes, &a), RELIEF_OK);
        assert_int_equal(bytes_of(a), bytes);
        rl_buffers_give_back(buffers, a);
        assert_int_equal(rl_buffers_bytes(buffers), bytes);
    }
    assert_int_equal(rl_buffers_take(ctx, buffers, 50, &a), RELIEF_OK);
    assert_int_equal(bytes_of(a), 1000);
    assert_int_equal(rl_buffers_take(ctx, buffers, 50, &b), RELIEF_OK);
    assert_int_equal(bytes_of(b), 50);
    rl_buffers_give_back(buffers, a);
    rl_buffers_give_back(buffers, b);
    assert_int_equal(rl_buffers_take(ctx, buffers, 40, &a), RELIEF_OK);
    assert_int_equal(bytes_of(a), 50);
    rl_buffers_give_back(buffers, a);
    assert_int_equal(atomic_load(&buffer_count), 2);
    rl_buffers_free(buffers);
    assert_int_equal(atomic_load(&buffer_count), 0);
    relief_ctx_free(ctx);
}

typedef struct buffer_user {
    rl_buffers *buffers;
    size_t bytes;
    int wrong;
} buffer_user;

static void *use_buffers(void *arg) {
    buffer_user *u = arg;
    relief_ctx *ctx = test_ctx(1);
    for (int i = 0; i < ROUNDS; i++) {
        rl_lent_buffer *lent = NULL;
        if (rl_buffers_take(ctx, u->buffers, u->bytes, &lent)) {
            u->wrong++;
            continue;
        }
        counted_buffer *buffer = (counted_buffer *)rl_buffers_memory(lent);
        u->wrong += buffer->bytes < u->bytes || atomic_fetch_add(&buffer->writers, 1) != 0;
        atomic_fetch_sub(&buffer->writers, 1);
        rl_buffers_give_back(u->buffers, lent);
    }
    relief_ctx_free(ctx);
    return NULL;
}

/* Four threads, and memory for four buffers or for two: nobody fails, and nobody has one that
 * another has too. */
static void threads_wait_for_buffers(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_backend backend = {.api = &counted_api};
    for (most_buffers = THREADS; most_buffers > 1; most_buffers /= 2) {
        rl_buffers *buffers = NULL;
        rl_lent_buffer *lent = NULL;
        pthread_t threads[THREADS];
        buffer_user users[THREADS];
        assert_int_equal(rl_buffers_new(ctx, &backend, &buffers), RELIEF_OK);
        for (int i = 0; i < THREADS; i++) {
            users[i] = (buffer_user){buffers, 64, 0};
            assert_int_equal(pthread_create(&threads[i], NULL, use_buffers, &users[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(users[i].wrong, 0);
        }
        assert_true(atomic_load(&buffer_count) <= most_buffers);
        assert_int_equal(rl_buffers_take(ctx, buffers, 64, &lent), RELIEF_OK);
        rl_buffers_give_back(buffers, lent);
        rl_buffers_free(buffers);
        assert_int_equal(atomic_load(&buffer_count), 0);
    }
    /* Nobody has one that could be waited for. */
    rl_buffers *none = NULL;
    rl_lent_buffer *lent = NULL;
    most_buffers = 0;
    assert_int_equal(rl_buffers_new(ctx, &backend, &none), RELIEF_OK);
    assert_int_equal(rl_buffers_take(ctx, none, 64, &lent), RELIEF_ERROR_MEMORY);
    assert_null(lent);
    rl_buffers_free(none);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_goes_with_its_last_user),
        cmocka_unit_test(contents_are_told_apart),
        cmocka_unit_test(threads_share_a_pool),
        cmocka_unit_test(buffers_go_from_run_to_run),
        cmocka_unit_test(threads_wait_for_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
