/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/weight_pool.h"

#include "base/memory.h"
#include "base/os.h"

#include <string.h>

enum { BUCKETS = 1024 };

struct rl_weight_pool {
    rl_mutex *lock;
    rl_weight_entry *buckets[BUCKETS];
};

relief_status rl_weight_pool_new(relief_ctx *ctx, rl_weight_pool **out) {
    *out = NULL;
    rl_weight_pool *pool = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof *pool, (void **)&pool);
    if (!status)
        status = rl_mutex_new(ctx, &pool->lock);
    if (status) {
        rl_free(pool);
        return status;
    }
    *out = pool;
    return RELIEF_OK;
}

static void free_entry(rl_weight_entry *entry) {
    rl_free(entry->data);
    rl_free(entry);
}

void rl_weight_pool_free(rl_weight_pool *pool) {
    if (!pool)
        return;
    rl_mutex_free(pool->lock);
    rl_free(pool);
}

/* ------------------------------------------------------------------ keys */

/* Both halves of a product of 64 by 64 bits in one. */
static uint64_t mix(uint64_t a, uint64_t b) {
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

void rl_weight_hash(const void *data, size_t bytes, uint64_t words[2]) {
    /* Odd numbers with as many ones as zeros, from the digits of e and pi. */
    static const uint64_t odd[2] = {0xB7E151628AED2A6B, 0x243F6A8885A308D3};
    enum { LANES = 4, WORD = sizeof(uint64_t) };
    /* Words take turns in lanes, whose products do not wait for each other. */
    uint64_t a[LANES], b[LANES];
    for (size_t k = 0; k < LANES; k++) {
        a[k] = mix(bytes + 1 + k, odd[0]);
        b[k] = mix(bytes + 1 + k, odd[1]);
    }
    for (size_t at = 0; at < bytes; at += LANES * WORD) {
        uint64_t word[LANES] = {0};
        memcpy(word, (const char *)data + at, bytes - at < sizeof word ? bytes - at : sizeof word);
        for (size_t k = 0; k < LANES; k++) {
            a[k] = mix(a[k] ^ word[k], odd[0]) + at;
            b[k] = mix(b[k] + word[k], odd[1]) ^ at;
        }
    }
    words[0] = a[0];
    words[1] = b[0];
    for (size_t k = 1; k < LANES; k++) {
        words[0] = mix(words[0] ^ a[k], odd[0]) + k;
        words[1] = mix(words[1] + b[k], odd[1]) ^ k;
    }
}

static size_t bucket_of(const rl_weight_key *key) {
    uint64_t hash = 0;
    for (int i = 0; i < RL_WEIGHT_WORDS; i++)
        hash = mix(hash ^ key->words[i], 0x9E3779B97F4A7C15) + (uint64_t)i;
    return hash % BUCKETS;
}

/* Where the entry of this key hangs, or where it would. */
static rl_weight_entry **find(rl_weight_pool *pool, const rl_weight_key *key) {
    rl_weight_entry **at = &pool->buckets[bucket_of(key)];
    while (*at && memcmp(&(*at)->key, key, sizeof *key) != 0)
        at = &(*at)->next;
    return at;
}

/* ------------------------------------------------------------------ entries */

rl_weight_entry *rl_weight_pool_take(rl_weight_pool *pool, const rl_weight_key *key) {
    rl_mutex_lock(pool->lock);
    rl_weight_entry *entry = *find(pool, key);
    if (entry)
        entry->users++;
    rl_mutex_unlock(pool->lock);
    return entry;
}

relief_status rl_weight_pool_put(relief_ctx *ctx, rl_weight_pool *pool, const rl_weight_key *key,
                                 void *data, size_t bytes, rl_weight_entry **out) {
    *out = NULL;
    rl_weight_entry *entry = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof *entry, (void **)&entry);
    if (status)
        return status;
    *entry = (rl_weight_entry){.key = *key, .data = data, .bytes = bytes, .users = 1};
    rl_mutex_lock(pool->lock);
    rl_weight_entry **at = find(pool, key);
    const bool first = !*at;
    if (first)
        *at = entry;
    rl_mutex_unlock(pool->lock);
    if (first)
        *out = entry;
    else
        rl_free(entry);
    return RELIEF_OK;
}

void rl_weight_pool_give_back(rl_weight_pool *pool, rl_weight_entry *entry) {
    rl_mutex_lock(pool->lock);
    const bool last = !--entry->users;
    if (last)
        *find(pool, &entry->key) = entry->next;
    rl_mutex_unlock(pool->lock);
    if (last)
        free_entry(entry);
}

size_t rl_weight_pool_part(rl_weight_pool *pool, rl_weight_entry *const *entries, size_t count) {
    size_t bytes = 0;
    rl_mutex_lock(pool->lock);
    for (size_t i = 0; i < count; i++)
        bytes += entries[i]->bytes / (size_t)entries[i]->users;
    rl_mutex_unlock(pool->lock);
    return bytes;
}
