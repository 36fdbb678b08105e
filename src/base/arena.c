/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks that double in size up to a limit; what is larger than half a block gets one of its own.
 */
#include "base/memory.h"
#include "base/status.h"

#include <string.h>

#define FIRST_BLOCK_BYTES ((size_t)4096)
#define MAX_BLOCK_BYTES ((size_t)1 << 20)
#define ARENA_ALIGNMENT 16

typedef struct block {
    struct block *next;
    size_t used, size;
    _Alignas(ARENA_ALIGNMENT) uint8_t data[];
} block;

struct rl_arena {
    block *blocks; /* the newest block that is not full first */
    size_t next_size;
};

relief_status rl_arena_new(relief_ctx *ctx, rl_arena **out) {
    relief_status status = rl_calloc_in(ctx, 1, sizeof(**out), (void **)out);
    if (!status) {
        (*out)->next_size = FIRST_BLOCK_BYTES;
    }
    return status;
}

void rl_arena_free(rl_arena *arena) {
    if (!arena) {
        return;
    }
    for (block *b = arena->blocks, *next; b; b = next) {
        next = b->next;
        rl_free(b);
    }
    rl_free(arena);
}

static block *new_block(size_t bytes) {
    size_t total;
    block *b = rl_add_size(sizeof(block), bytes, &total) ? rl_alloc(1, total) : NULL;
    if (b) {
        *b = (block){.size = bytes};
    }
    return b;
}

void *rl_arena_alloc(rl_arena *arena, size_t items, size_t size) {
    size_t bytes;
    if (!rl_mul_size(items, size, &bytes) || !rl_add_size(bytes, ARENA_ALIGNMENT - 1, &bytes)) {
        return NULL;
    }
    bytes &= ~(size_t)(ARENA_ALIGNMENT - 1);
    block *top = arena->blocks;
    if (top && bytes <= top->size - top->used) {
        void *place = top->data + top->used;
        top->used += bytes;
        return memset(place, 0, bytes);
    }
    bool alone = bytes > arena->next_size / 2;
    block *b = new_block(alone ? bytes : arena->next_size);
    if (!b) {
        return NULL;
    }
    b->used = bytes;
    if (alone && top) { /* keep filling the block that has room */
        b->next = top->next;
        top->next = b;
    } else {
        b->next = top;
        arena->blocks = b;
        arena->next_size =
            arena->next_size < MAX_BLOCK_BYTES ? arena->next_size * 2 : MAX_BLOCK_BYTES;
    }
    return memset(b->data, 0, bytes);
}

char *rl_arena_strndup(rl_arena *arena, const char *text, size_t length) {
    char *copy = length < SIZE_MAX ? rl_arena_alloc(arena, length + 1, 1) : NULL;
    return copy ? memcpy(copy, text, length) : NULL;
}
