/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of prepared weights: what a network's constants look like to the kernels of one build
 * on one kind of processor, so that the next start need not make that again. One file a network,
 * build and precision; it is mapped, so that processes share it.
 *
 * The cache is a convenience: whatever goes wrong with it (no room, no right to write, a damaged
 * file) costs the time that it would have saved, and nothing else. */
#ifndef RELIEF_STORE_WEIGHTS_H
#define RELIEF_STORE_WEIGHTS_H

#include "base/os.h"

enum { RL_WEIGHTS_WORDS = 4 };

/* Something to keep. */
typedef struct rl_weights_item {
    uint64_t key[RL_WEIGHTS_WORDS]; /* the caller's own */
    const void *data;
    size_t bytes;
} rl_weights_item;

/* The kept weights of one network. */
typedef struct rl_weights rl_weights;

/* What they belong to. */
typedef struct rl_weights_owner {
    rl_mapping *const *files; /* of the network */
    size_t file_count;
    const char *build; /* everything else that the bytes depend on */
} rl_weights_owner;

/* Open the cache for a network; *out is NULL when it is switched off (RELIEF_CACHE=off), and empty
 * when nothing is kept yet. Files that are damaged or somebody else's count as none. The mapped
 * files outlive it; `owner` itself need not. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_weights_open(relief_ctx *ctx, const rl_weights_owner *owner,
                                             rl_weights **out);
/* Whether anything is kept. */
bool rl_weights_found(const rl_weights *weights);
/* The bytes kept under `key` when there are so many, aligned to 64, checked now and readable until
 * rl_weights_close(); NULL for none. */
const void *rl_weights_find(rl_weights *weights, relief_ctx *ctx,
                            const uint64_t key[RL_WEIGHTS_WORDS], size_t bytes);
/* Keep `items` and what was kept before, when so many bytes of them are new that it pays, and there
 * is room: least recently used files of other networks go first. Reports progress as stage "cache".
 * Errors: _MEMORY, _CANCELLED; all else is a message. */
RELIEF_CHECKED relief_status rl_weights_keep(relief_ctx *ctx, rl_weights *weights,
                                             const rl_weights_item *items, size_t count);
/* NULL is fine. */
void rl_weights_close(rl_weights *weights);

#endif
