/* SPDX-License-Identifier: Apache-2.0 */
#include "base/aside.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/workers.h"

struct rl_aside {
    relief_ctx *own;     /* NULL: it was done in the caller's */
    rl_workers *workers; /* NULL: it is done */
    rl_aside_fn fn;
    void *arg;
    relief_status status;
};

static void run(void *arg, int index) {
    rl_aside *aside = arg;
    (void)index;
    aside->status = aside->fn(aside->own, aside->arg);
}

/* Start a thread for it; false: there is none to be had. */
static bool start_thread(relief_ctx *ctx, rl_aside *aside) {
    if (relief_ctx_threads(ctx) == 1 || rl_ctx_fork(ctx, 1, NULL, NULL, &aside->own))
        return false;
    if (rl_workers_new(aside->own, &aside->workers))
        return false;
    return rl_workers_start(aside->workers, 1, run, aside) == 1;
}

relief_status rl_aside_start(relief_ctx *ctx, rl_aside_fn fn, void *arg, rl_aside **out) {
    void *block;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_aside), &block);
    if (status)
        return status;
    rl_aside *aside = block;
    aside->fn = fn;
    aside->arg = arg;
    if (!start_thread(ctx, aside)) {
        rl_workers_free(aside->workers);
        relief_ctx_free(aside->own);
        aside->workers = NULL;
        aside->own = NULL;
        aside->status = fn(ctx, arg);
    }
    *out = aside;
    return RELIEF_OK;
}

relief_status rl_aside_wait(relief_ctx *ctx, rl_aside *aside, relief_status so_far) {
    if (!aside)
        return so_far;
    rl_workers_free(aside->workers);
    relief_status status = so_far ? so_far : aside->status;
    if (!so_far && status && aside->own)
        status = rl_fail(ctx, status, "%s", relief_last_error(aside->own));
    relief_ctx_free(aside->own);
    rl_free(aside);
    return status;
}
