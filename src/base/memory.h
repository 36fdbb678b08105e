/* SPDX-License-Identifier: Apache-2.0 */
/* All of relief's own allocation: overflow-checked, counted, and made to fail in tests. */
#ifndef RELIEF_BASE_MEMORY_H
#define RELIEF_BASE_MEMORY_H

#include "relief/base.h"

/* Every block is aligned to this many bytes, so that vector loads never straddle cache lines. */
#define RL_ALIGNMENT 64

/* count * size bytes, not initialised; NULL on overflow or when there is no memory. A size of 0
 * gives a block of its own. */
void *rl_alloc(size_t count, size_t size) __attribute__((malloc, warn_unused_result));
/* As rl_alloc, zero-filled. */
void *rl_calloc(size_t count, size_t size) __attribute__((malloc, warn_unused_result));
/* Give `block` (or NULL) count * size bytes; NULL when that fails, and `block` then stays as it
 * was. */
void *rl_realloc(void *block, size_t count, size_t size) __attribute__((warn_unused_result));
/* Copies of a string, or of its first `length` bytes with a 0 after them. */
char *rl_strdup(const char *text) __attribute__((malloc, warn_unused_result));
char *rl_strndup(const char *text, size_t length) __attribute__((malloc, warn_unused_result));
/* A formatted string. */
char *rl_format(const char *format, ...) __attribute__((format(printf, 1, 2), warn_unused_result));
void rl_free(void *block);

/* As above, with the reason set in the context on failure. */
RELIEF_CHECKED relief_status rl_alloc_in(relief_ctx *ctx, size_t count, size_t size, void **out);
RELIEF_CHECKED relief_status rl_calloc_in(relief_ctx *ctx, size_t count, size_t size, void **out);
/* Grow *block (elements of `size` bytes, *capacity of them) so that it holds `needed`; doubles. */
RELIEF_CHECKED relief_status rl_grow(relief_ctx *ctx, void **block, size_t *capacity, size_t needed,
                                     size_t size);

/* Tests: let the `n`-th allocation from now (0: the next) fail, and every later one too when
 * `sticky`; n < 0: never. */
void rl_memory_fail_at(int64_t n, bool sticky);
/* Whether a failure asked for by rl_memory_fail_at() has happened. */
bool rl_memory_failed(void);

/* a * b or a + b; false when the result does not fit. */
bool rl_mul_size(size_t a, size_t b, size_t *out);
bool rl_add_size(size_t a, size_t b, size_t *out);

/* A growing pile of blocks that are freed together: for graphs and other structures that die as
 * one. */
typedef struct rl_arena rl_arena;
RELIEF_CHECKED relief_status rl_arena_new(relief_ctx *ctx, rl_arena **out);
void rl_arena_free(rl_arena *arena);
/* count * size zero-filled bytes that live as long as the arena; NULL without memory. */
void *rl_arena_alloc(rl_arena *arena, size_t count, size_t size)
    __attribute__((warn_unused_result));
char *rl_arena_strndup(rl_arena *arena, const char *text, size_t length)
    __attribute__((warn_unused_result));

#endif
