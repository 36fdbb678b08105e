/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/prepared.h"

#include "base/memory.h"
#include "base/status.h"

#define FNV_PRIME 1099511628211u

uint64_t rl_prepared_mix(uint64_t seed, const void *data, size_t bytes) {
    const uint8_t *at = data;
    for (size_t i = 0; i < bytes; i++) {
        seed = (seed ^ at[i]) * FNV_PRIME;
    }
    return (seed ^ bytes) * FNV_PRIME;
}

bool rl_prepared_place(const rl_prepared_list *list, const relief_tensor *constant,
                       uint64_t place[2]) {
    const uintptr_t data = (uintptr_t)constant->data;
    for (size_t i = 0; i < list->file_count; i++) {
        const uintptr_t begin = (uintptr_t)list->files[i]->data;
        if (data >= begin && data - begin < list->files[i]->size) {
            place[0] = i;
            place[1] = data - begin;
            return true;
        }
    }
    return false;
}

bool rl_prepared_locate(const rl_prepared_list *list, const relief_tensor *constant, uint64_t form,
                        rl_prepared_key *key) {
    *key = (rl_prepared_key){{0, 0, constant->bytes, form}};
    return list->cache && constant->bytes >= RL_PREPARED_MIN_BYTES &&
           rl_prepared_place(list, constant, key->words);
}

static relief_status add(relief_ctx *ctx, rl_prepared_list *list, const rl_prepared *item) {
    relief_status status =
        rl_grow(ctx, (void **)&list->items, &list->capacity, list->count + 1, sizeof(*list->items));
    if (!status) {
        list->items[list->count++] = *item;
    }
    return status;
}

relief_status rl_prepared_find(relief_ctx *ctx, rl_prepared_list *list, const rl_prepared_key *key,
                               size_t bytes, const void **data) {
    *data = list->cache->find(list->cache->user, ctx, key, bytes);
    if (!*data) {
        return RELIEF_OK;
    }
    const rl_prepared item = {*key, *data, bytes, true};
    return add(ctx, list, &item);
}

relief_status rl_prepared_note(relief_ctx *ctx, rl_prepared_list *list, const rl_prepared_key *key,
                               const void *data, size_t bytes) {
    const rl_prepared item = {*key, data, bytes, false};
    return add(ctx, list, &item);
}
