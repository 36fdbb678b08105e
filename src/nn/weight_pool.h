/* SPDX-License-Identifier: Apache-2.0 */
/* Packed constants that programs of one network share: a plan for each size of photo reads the same
 * weights, mostly in the same form.
 *
 * An entry is known by its constant (where it lies in the network's files, or what it holds when it
 * lies in none) and by its form, a number made of all that the packed bytes depend on. It is put in
 * when it is packed, does not change afterwards, and goes with its last user. */
#ifndef RELIEF_NN_WEIGHT_POOL_H
#define RELIEF_NN_WEIGHT_POOL_H

#include "relief/base.h"

/* Smaller constants are not worth an entry. */
#define RL_WEIGHT_MIN_BYTES ((size_t)1 << 10)

enum { RL_WEIGHT_WORDS = 5 };

typedef struct rl_weight_pool rl_weight_pool;

typedef struct rl_weight_key {
    uint64_t words[RL_WEIGHT_WORDS];
} rl_weight_key;

typedef struct rl_weight_entry {
    rl_weight_key key;
    void *data;
    size_t bytes;
    int users;
    struct rl_weight_entry *next;
} rl_weight_entry;

/* Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_weight_pool_new(relief_ctx *ctx, rl_weight_pool **out);
/* All entries have been given back by then; NULL is fine. */
void rl_weight_pool_free(rl_weight_pool *pool);

/* The rest may be called by any threads at the same time. */

/* The entry of a key, with one user more; NULL: there is none. */
rl_weight_entry *rl_weight_pool_take(rl_weight_pool *pool, const rl_weight_key *key);
/* Hand in what was packed, a block for rl_free() that is not written to any more. *out: its entry,
 * with the caller as its user; NULL when another thread was first, and the block stays the
 * caller's. Errors: _MEMORY; the block stays the caller's too. */
RELIEF_CHECKED relief_status rl_weight_pool_put(relief_ctx *ctx, rl_weight_pool *pool,
                                                const rl_weight_key *key, void *data, size_t bytes,
                                                rl_weight_entry **out);
/* Done with an entry. */
void rl_weight_pool_give_back(rl_weight_pool *pool, rl_weight_entry *entry);

/* A user's part of these entries' bytes: each one's divided by its users. */
size_t rl_weight_pool_part(rl_weight_pool *pool, rl_weight_entry *const *entries, size_t count);

/* Two words that tell contents apart, for constants that lie in no file. */
void rl_weight_hash(const void *data, size_t bytes, uint64_t words[2]);

#endif
