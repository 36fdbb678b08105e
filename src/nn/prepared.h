/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in the form that kernels read them in, kept from one process to the next.
 *
 * nn knows no files but the network's own: whoever loads a network may hand it an rl_prepared_cache
 * (depth does, with one of the store's), and asks afterwards what is worth keeping. A constant is
 * known by where it lies in the network's files, and its form by a number that the backend makes of
 * everything that the packed bytes depend on. Constants that passes have computed lie nowhere, and
 * are not kept. */
#ifndef RELIEF_NN_PREPARED_H
#define RELIEF_NN_PREPARED_H

#include "base/os.h"
#include "nn/tensor.h"

/* Smaller constants are packed sooner than they are looked for. */
#define RL_PREPARED_MIN_BYTES ((size_t)1 << 14)

enum { RL_PREPARED_WORDS = 4 };

/* The file (its index among the network's), the constant's offset and bytes in it, and the form. */
typedef struct rl_prepared_key {
    uint64_t words[RL_PREPARED_WORDS];
} rl_prepared_key;

/* Where kept weights come from. */
typedef struct rl_prepared_cache {
    void *user;
    /* The packed bytes of this key when there are so many, aligned to RL_ALIGNMENT and readable as
     * long as the network lives; NULL for none. Called by one thread at a time. */
    const void *(*find)(void *user, relief_ctx *ctx, const rl_prepared_key *key, size_t bytes);
} rl_prepared_cache;

/* One constant of a program, in its packed form. */
typedef struct rl_prepared {
    rl_prepared_key key;
    const void *data;
    size_t bytes;
    bool kept; /* it came from the cache */
} rl_prepared;

/* What a program is told about the cache, and what it has packed and found. */
typedef struct rl_prepared_list {
    const rl_prepared_cache *cache; /* NULL: none, and nothing is noted */
    rl_mapping *const *files;       /* of the network */
    size_t file_count;
    rl_prepared *items;
    size_t count, capacity;
} rl_prepared_list;

/* Where a constant lies: the file's index, and the offset in it; false: in none. */
bool rl_prepared_place(const rl_prepared_list *list, const relief_tensor *constant,
                       uint64_t place[2]);
/* The key of a constant in `form`; false for one that lies in no file, or is small. */
bool rl_prepared_locate(const rl_prepared_list *list, const relief_tensor *constant, uint64_t form,
                        rl_prepared_key *key);
/* What the cache has for the key, noted in the list; NULL for nothing. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_prepared_find(relief_ctx *ctx, rl_prepared_list *list,
                                              const rl_prepared_key *key, size_t bytes,
                                              const void **data);
/* Note what was packed. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_prepared_note(relief_ctx *ctx, rl_prepared_list *list,
                                              const rl_prepared_key *key, const void *data,
                                              size_t bytes);

/* A number made of bytes and of an earlier number (FNV-1a, in words); for forms. */
uint64_t rl_prepared_mix(uint64_t seed, const void *data, size_t bytes);

#endif
