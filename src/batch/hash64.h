/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of names. They stand in files and decide which machine does what: never change them. */
#ifndef RELIEF_BATCH_HASH64_H
#define RELIEF_BATCH_HASH64_H

#include <stddef.h>
#include <stdint.h>

#define RL_HASH64_START UINT64_C(14695981039346656037)

/* FNV-1a, piece by piece. */
static inline uint64_t rl_hash64_add(uint64_t hash, const void *data, size_t size) {
    const uint8_t *at = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

/* Spread over all bits, the low ones too (the finaliser of MurmurHash3, by Austin Appleby). */
static inline uint64_t rl_hash64_end(uint64_t hash) {
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 33);
}

static inline uint64_t rl_hash64(const void *data, size_t size) {
    return rl_hash64_end(rl_hash64_add(RL_HASH64_START, data, size));
}

#endif
