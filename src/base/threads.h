/* SPDX-License-Identifier: Apache-2.0 */
/* Work spread over the context's threads. */
#ifndef RELIEF_BASE_THREADS_H
#define RELIEF_BASE_THREADS_H

#include <stdatomic.h>

#include "relief/base.h"

#define RL_MAX_THREADS 256 /* of a context */

/* Do items [begin, end). Runs in any thread; must not touch the context, allocate, or depend on how
 * the range was cut. */
typedef void (*rl_range_fn)(void *arg, size_t begin, size_t end);

/* Make sure that the context's threads can be had, and start them where they are kept for later.
 * OpenMP's library ends the process when it gets no thread, so this must fail in its place. Errors:
 * _MEMORY. */
RELIEF_CHECKED relief_status rl_threads_start(relief_ctx *ctx);

/* Call fn for [0, count) in pieces of at least `grain` items, on all threads of the context;
 * returns when all are done. The cut is fixed by count, grain and thread count, and results must
 * not depend on it. */
void rl_parallel(relief_ctx *ctx, size_t count, size_t grain, rl_range_fn fn, void *arg);

/* The same for items of which some take much longer than others: more pieces than threads, and who
 * has done one takes the next. */
void rl_parallel_uneven(relief_ctx *ctx, size_t count, size_t grain, rl_range_fn fn, void *arg);

/* [0, count) in one share for each worker, from which items are taken in order. Who has done its
 * own share goes on with what is left of the others', so that all end together, however much of
 * its processor each one got. */
typedef struct rl_shares {
    size_t count;
    int workers;
    struct {
        _Alignas(64) atomic_size_t next; /* lines of their own in the caches */
    } of[RL_MAX_THREADS];
} rl_shares;

/* For `workers` of at most RL_MAX_THREADS. */
void rl_shares_start(rl_shares *shares, int workers, size_t count);
/* The next item for this worker; false: there are none. */
bool rl_shares_take(rl_shares *shares, int worker, size_t *item);

#endif
