/* SPDX-License-Identifier: Apache-2.0 */
/* One job that a thread of its own does while the caller goes on. */
#ifndef RELIEF_BASE_ASIDE_H
#define RELIEF_BASE_ASIDE_H

#include "relief/base.h"

/* The job; ctx is its own. What it works on stays as it is until the wait. */
typedef relief_status (*rl_aside_fn)(relief_ctx *ctx, void *arg);

typedef struct rl_aside rl_aside;

/* Begin fn(own context of `threads`, arg). Where the caller's context has one thread, or the system
 * gives no other, it is done at once. Every start is followed by rl_aside_wait() or
 * rl_aside_drop(). Errors: _MEMORY; nothing was begun then. */
RELIEF_CHECKED relief_status rl_aside_start(relief_ctx *ctx, int threads, rl_aside_fn fn, void *arg,
                                            rl_aside **out);
/* Wait until it is done, and free it (NULL is fine). Returns `so_far`, how the caller's own work
 * went, or else the job's status, with its reason; a job whose caller failed is cancelled. */
RELIEF_CHECKED relief_status rl_aside_wait(relief_ctx *ctx, rl_aside *aside, relief_status so_far);
/* Cancel it, wait until it has ended, and free it. */
void rl_aside_drop(rl_aside *aside);

#endif
