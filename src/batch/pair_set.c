/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/pair_set.h"

#include "base/memory.h"
#include "base/status.h"
#include "batch/hash64.h"

#include <string.h>

enum { FIRST_CAPACITY = 64 };

rl_pair rl_pair_of(const char *name) {
    const size_t length = strlen(name);
    const uint64_t hash = rl_hash64_add(RL_HASH64_START, name, length);
    const uint64_t other = rl_hash64_add(~RL_HASH64_START, name, length);
    return (rl_pair){rl_hash64_end(hash), rl_hash64_end(other) | 1};
}

/* Where the pair is, or would be. */
static rl_pair *find(const rl_pair_set *set, rl_pair pair) {
    size_t at = (size_t)rl_hash64_end(pair.a ^ (pair.b << 1));
    for (;; at++) {
        rl_pair *slot = &set->slots[at & (set->capacity - 1)];
        if ((!slot->a && !slot->b) || (slot->a == pair.a && slot->b == pair.b))
            return slot;
    }
}

bool rl_pair_set_has(const rl_pair_set *set, rl_pair pair) {
    if (!set->count)
        return false;
    const rl_pair *slot = find(set, pair);
    return slot->a || slot->b;
}

static relief_status grow(relief_ctx *ctx, rl_pair_set *set) {
    rl_pair_set larger = {.capacity = set->capacity ? 2 * set->capacity : FIRST_CAPACITY,
                          .count = set->count};
    relief_status status =
        rl_calloc_in(ctx, larger.capacity, sizeof(rl_pair), (void **)&larger.slots);
    if (status)
        return status;
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i].a || set->slots[i].b)
            *find(&larger, set->slots[i]) = set->slots[i];
    rl_free(set->slots);
    *set = larger;
    return RELIEF_OK;
}

relief_status rl_pair_set_add(relief_ctx *ctx, rl_pair_set *set, rl_pair pair, bool *was_there) {
    if (4 * (set->count + 1) > 3 * set->capacity) {
        relief_status status = grow(ctx, set);
        if (status)
            return status;
    }
    rl_pair *slot = find(set, pair);
    const bool there = slot->a || slot->b;
    *slot = pair;
    set->count += !there;
    if (was_there)
        *was_there = there;
    return RELIEF_OK;
}

void rl_pair_set_clear(rl_pair_set *set) {
    rl_free(set->slots);
    *set = (rl_pair_set){0};
}
