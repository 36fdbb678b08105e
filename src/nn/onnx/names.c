/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onnx/names.h"

#include "base/memory.h"

#include <string.h>

typedef struct rl_name_slot {
    rl_text name; /* data NULL: free */
    uint64_t hash;
    int value;
} rl_name_slot;

/* FNV-1a, with its upper half folded in because the table looks at the lowest bits alone. */
static uint64_t hash_of(rl_text name) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < name.size; i++) {
        hash = (hash ^ name.data[i]) * 0x100000001b3u;
    }
    return hash ^ hash >> 32;
}

/* The slot of the name, or the free one where it would stand. */
static rl_name_slot *slot_of(rl_name_slot *slots, size_t slot_count, rl_text name, uint64_t hash) {
    size_t i = (size_t)hash & (slot_count - 1);
    while (slots[i].name.data &&
           (slots[i].hash != hash || slots[i].name.size != name.size ||
            (name.size && memcmp(slots[i].name.data, name.data, name.size) != 0))) {
        i = (i + 1) & (slot_count - 1);
    }
    return &slots[i];
}

int rl_names_find(const rl_names *names, rl_text name) {
    if (!names->slot_count) {
        return -1;
    }
    const rl_name_slot *slot = slot_of(names->slots, names->slot_count, name, hash_of(name));
    return slot->name.data ? slot->value : -1;
}

relief_status rl_names_add(relief_ctx *ctx, rl_names *names, rl_text name, int value) {
    if (names->count * 2 >= names->slot_count) {
        size_t slot_count = names->slot_count ? names->slot_count * 2 : 256;
        void *memory;
        relief_status status = rl_calloc_in(ctx, slot_count, sizeof(rl_name_slot), &memory);
        if (status) {
            return status;
        }
        rl_name_slot *slots = memory;
        for (size_t i = 0; i < names->slot_count; i++) {
            const rl_name_slot *old = &names->slots[i];
            if (old->name.data) {
                *slot_of(slots, slot_count, old->name, old->hash) = *old;
            }
        }
        rl_free(names->slots);
        names->slots = slots;
        names->slot_count = slot_count;
    }
    uint64_t hash = hash_of(name);
    *slot_of(names->slots, names->slot_count, name, hash) =
        (rl_name_slot){.name = name, .hash = hash, .value = value};
    names->count++;
    return RELIEF_OK;
}

void rl_names_clear(rl_names *names) {
    rl_free(names->slots);
    *names = (rl_names){0};
}
