/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of pairs of numbers: files by device and inode, names by two hashes. */
#ifndef RELIEF_BATCH_PAIR_SET_H
#define RELIEF_BATCH_PAIR_SET_H

#include "relief/base.h"

typedef struct rl_pair {
    uint64_t a, b; /* not both 0 */
} rl_pair;

/* Begins as zeros. */
typedef struct rl_pair_set {
    rl_pair *slots; /* open addressing; zeros are free */
    size_t count, capacity;
} rl_pair_set;

/* Two hashes of a name. */
rl_pair rl_pair_of(const char *name);

bool rl_pair_set_has(const rl_pair_set *set, rl_pair pair);
/* Put a pair in; *was_there may be NULL. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_pair_set_add(relief_ctx *ctx, rl_pair_set *set, rl_pair pair,
                                             bool *was_there);
void rl_pair_set_clear(rl_pair_set *set);

#endif
