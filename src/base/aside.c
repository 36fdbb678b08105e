/* SPDX-License-Identifier: Apache-2.0 */
#include "base/aside.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/workers.h"

struct rl_aside {
    relief_ctx *own;     /* NULL: it was done in the caller's */
    rl_workers *workers; /* NULL: the same */
    rl_aside_fn fn;
    void *arg;
    relief_status status;
};

static void run(void *arg, int index) {
    rl_aside *aside = arg;
    (void)index;
    aside->status = aside->fn(aside->own, aside->arg);
}

relief_status rl_aside_start(relief_ctx *ctx, int threads, rl_aside_fn fn, void *arg,
                             rl_aside **out) {
    void *block;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_aside), &block);
    if (status)
        return status;
    rl_aside *aside = block;
    aside->fn = fn;
    aside->arg = arg;
    const bool alone = relief_ctx_threads(ctx) == 1;
    if (!alone && rl_ctx_fork(ctx, threads, NULL, NULL, &aside->own))
        status = rl_fail_memory(ctx, 1);
    if (!alone && !status)
        status = rl_workers_new(ctx, &aside->workers);
    if (status) {
        rl_aside_drop(aside);
        return status;
    }
    if (alone || rl_workers_start(aside->workers, 1, run, aside) == 0)
        aside->status = fn(aside->own ? aside->own : ctx, arg);
    *out = aside;
    return RELIEF_OK;
}

relief_status rl_aside_wait(relief_ctx *ctx, rl_aside *aside, relief_status so_far) {
    if (!aside)
        return so_far;
    if (so_far && aside->own)
        relief_cancel(aside->own);
    if (aside->workers)
        rl_workers_join(aside->workers);
    relief_status status = so_far ? so_far : aside->status;
    if (!so_far && status && aside->own)
        status = rl_fail(ctx, status, "%s", relief_last_error(aside->own));
    rl_aside_drop(aside);
    return status;
}

void rl_aside_drop(rl_aside *aside) {
    if (!aside)
        return;
    if (aside->own)
        relief_cancel(aside->own);
    rl_workers_free(aside->workers);
    relief_ctx_free(aside->own);
    rl_free(aside);
}
