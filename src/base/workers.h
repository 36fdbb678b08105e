/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that live as long as a job with many parts, and the one lock that they share. Work on one
 * thing is spread by threads.h. */
#ifndef RELIEF_BASE_WORKERS_H
#define RELIEF_BASE_WORKERS_H

#include "relief/base.h"

/* A lock and the two things that are waited for under it: by the workers, and by who made them. */
typedef struct rl_workers rl_workers;

/* What each worker runs; `index` counts them from 0. */
typedef void (*rl_worker_fn)(void *arg, int index);

RELIEF_CHECKED relief_status rl_workers_new(relief_ctx *ctx, rl_workers **out);
/* Start up to `count` threads that run fn(arg, index); returns how many could be started. */
int rl_workers_start(rl_workers *workers, int count, rl_worker_fn fn, void *arg);
/* Wait until all have returned from fn. */
void rl_workers_join(rl_workers *workers);
/* Join, and free; NULL is fine. */
void rl_workers_free(rl_workers *workers);

void rl_workers_lock(rl_workers *workers);
void rl_workers_unlock(rl_workers *workers);
/* With the lock held, which is given up meanwhile: wait until rl_workers_wake(). */
void rl_workers_wait(rl_workers *workers);
void rl_workers_wake(rl_workers *workers);
/* The same for who made them, at most `seconds`, which a signal may cut short. */
void rl_workers_watch(rl_workers *workers, double seconds);
void rl_workers_report(rl_workers *workers);

#endif
