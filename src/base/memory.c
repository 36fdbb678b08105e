/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation with a header before each block: RL_ALIGNMENT bytes that hold where the C library's
 * block begins, and the size, so that what is live can be counted without asking the C library.
 * The counters belong to the process, as memory does. */
#include "base/memory.h"

#include "base/os.h"
#include "base/status.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From here on zeros are left to the C library, which knows what memory is new from the system:
 * that is zero already, and not touched before the thread that fills it does so. */
#define LARGE ((size_t)1 << 17)

static atomic_size_t live_bytes;
static atomic_size_t peak_bytes;
static atomic_int_fast64_t fail_countdown = -1;
static atomic_bool fail_sticky;
static atomic_bool fail_happened;

bool rl_mul_size(size_t a, size_t b, size_t *out) {
    return !__builtin_mul_overflow(a, b, out);
}

bool rl_add_size(size_t a, size_t b, size_t *out) {
    return !__builtin_add_overflow(a, b, out);
}

void rl_memory_fail_at(int64_t n, bool sticky) {
    atomic_store(&fail_happened, false);
    atomic_store(&fail_sticky, sticky);
    atomic_store(&fail_countdown, n);
}

bool rl_memory_failed(void) {
    return atomic_load(&fail_happened);
}

static bool told_to_fail(void) {
    if (atomic_load_explicit(&fail_countdown, memory_order_relaxed) < 0) {
        return false;
    }
    if (atomic_load(&fail_happened) && atomic_load(&fail_sticky)) {
        return true;
    }
    if (atomic_fetch_sub(&fail_countdown, 1) != 0) {
        return false;
    }
    atomic_store(&fail_happened, true);
    if (atomic_load(&fail_sticky)) {
        atomic_store(&fail_countdown, 0);
    }
    return true;
}

static void count(size_t bytes) {
    size_t live = atomic_fetch_add(&live_bytes, bytes) + bytes;
    size_t peak = atomic_load(&peak_bytes);
    while (live > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, live)) {
    }
}

/* What stands in front of a block. */
typedef struct block_header {
    size_t bytes;
    void *base; /* as the C library gave it */
} block_header;

static block_header *header_of(const void *block) {
    return (block_header *)((uintptr_t)block - RL_ALIGNMENT);
}

/* The block that begins in memory of the C library's. */
static void *begin_block(void *base, size_t bytes) {
    const uintptr_t first = (uintptr_t)base + RL_ALIGNMENT + RL_ALIGNMENT - 1;
    void *block = (void *)(first & ~(uintptr_t)(RL_ALIGNMENT - 1));
    *header_of(block) = (block_header){bytes, base};
    count(bytes);
    return block;
}

void *rl_alloc(size_t items, size_t size) {
    size_t bytes;
    size_t total;
    if (!rl_mul_size(items, size, &bytes) || !rl_add_size(bytes, 2 * RL_ALIGNMENT - 1, &total) ||
        told_to_fail()) {
        return NULL;
    }
    total &= ~(size_t)(RL_ALIGNMENT - 1); /* aligned_alloc wants a multiple of the alignment */
    void *base = aligned_alloc(RL_ALIGNMENT, total);
    return base ? begin_block(base, bytes) : NULL;
}

void *rl_calloc(size_t items, size_t size) {
    size_t bytes;
    size_t total;
    if (!rl_mul_size(items, size, &bytes) || bytes < LARGE) {
        void *block = rl_alloc(items, size);
        return block ? memset(block, 0, bytes) : NULL;
    }
    if (!rl_add_size(bytes, 2 * RL_ALIGNMENT - 1, &total) || told_to_fail()) {
        return NULL;
    }
    void *base = calloc(total, 1);
    return base ? begin_block(base, bytes) : NULL;
}

void *rl_realloc(void *block, size_t items, size_t size) {
    void *moved = rl_alloc(items, size);
    if (!moved || !block) {
        return moved;
    }
    size_t old = header_of(block)->bytes;
    size_t now = header_of(moved)->bytes;
    memcpy(moved, block, old < now ? old : now);
    rl_free(block);
    return moved;
}

void rl_free(void *block) {
    if (!block) {
        return;
    }
    atomic_fetch_sub(&live_bytes, header_of(block)->bytes);
    free(header_of(block)->base);
}

char *rl_strndup(const char *text, size_t length) {
    char *copy = length < SIZE_MAX ? rl_alloc(length + 1, 1) : NULL;
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

char *rl_strdup(const char *text) {
    return rl_strndup(text, strlen(text));
}

char *rl_format(const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length >= 0 ? rl_alloc((size_t)length + 1, 1) : NULL;
    if (text) {
        va_start(args, format);
        vsnprintf(text, (size_t)length + 1, format, args);
        va_end(args);
    }
    return text;
}

static relief_status say_if_null(relief_ctx *ctx, const void *block, size_t items, size_t size) {
    size_t bytes;
    if (block) {
        return RELIEF_OK;
    }
    return rl_fail_memory(ctx, rl_mul_size(items, size, &bytes) ? bytes : SIZE_MAX);
}

relief_status rl_alloc_in(relief_ctx *ctx, size_t items, size_t size, void **out) {
    *out = rl_alloc(items, size);
    return say_if_null(ctx, *out, items, size);
}

relief_status rl_calloc_in(relief_ctx *ctx, size_t items, size_t size, void **out) {
    *out = rl_calloc(items, size);
    return say_if_null(ctx, *out, items, size);
}

relief_status rl_grow(relief_ctx *ctx, void **block, size_t *capacity, size_t needed, size_t size) {
    if (needed <= *capacity) {
        return RELIEF_OK;
    }
    size_t wanted = *capacity < SIZE_MAX / 2 ? *capacity * 2 : needed;
    wanted = wanted < needed ? needed : wanted;
    wanted = wanted < 16 ? 16 : wanted;
    void *grown = rl_realloc(*block, wanted, size);
    if (!grown) {
        return say_if_null(ctx, NULL, wanted, size);
    }
    *block = grown;
    *capacity = wanted;
    return RELIEF_OK;
}

relief_memory_use relief_memory(void) {
    return (relief_memory_use){
        .live_bytes = atomic_load(&live_bytes),
        .peak_bytes = atomic_load(&peak_bytes),
        .peak_rss_bytes = rl_os_peak_rss(),
    };
}

void relief_memory_reset_peak(void) {
    atomic_store(&peak_bytes, atomic_load(&live_bytes));
    rl_os_reset_peak_rss();
}
