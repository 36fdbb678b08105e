/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of the cache, and its bounds. */
#ifndef RELIEF_STORE_CACHE_H
#define RELIEF_STORE_CACHE_H

#include "relief/base.h"

#define RL_WEIGHTS_ENDING ".weights"

/* RELIEF_CACHE, else relief in the user's cache folder (XDG_CACHE_HOME, else ~/.cache). *out: a new
 * string for rl_free(); NULL when RELIEF_CACHE is "off". Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_cache_folder(relief_ctx *ctx, char **out);

/* The most bytes that it may hold: RELIEF_CACHE_LIMIT (in MB), else 4 GB. */
int64_t rl_cache_limit(void);

/* The fewest bytes that are worth a file: RELIEF_CACHE_LEAST (in MB), else 64 MB. A start with kept
 * weights saves their packing, which takes about 1 ms a megabyte; what bytes there are is known
 * beforehand, and does not change from run to run as times do. */
int64_t rl_cache_least(void);

/* Make room for a file of `bytes` called `name` by removing those that were used least recently,
 * and what writers that were killed have left. False when there cannot be room: the limit is
 * smaller, or the disk would be left with too little. */
bool rl_cache_make_room(relief_ctx *ctx, const char *folder, const char *name, int64_t bytes);

#endif
