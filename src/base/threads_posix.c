/* SPDX-License-Identifier: Apache-2.0 */
/* Work on POSIX threads that live for one call: for builds without OpenMP, and for ThreadSanitizer,
 * which does not see through OpenMP's own locks. */
#include "base/threads.h"

#include "base/context.h"

#include <pthread.h>

typedef struct piece {
    rl_range_fn fn;
    void *arg;
    size_t begin, end;
    pthread_t thread;
    bool started;
} piece;

static void *run_piece(void *arg) {
    piece *p = arg;
    p->fn(p->arg, p->begin, p->end);
    return NULL;
}

relief_status rl_threads_start(relief_ctx *ctx) {
    (void)ctx; /* each call starts its own, and does the work of those that do not start */
    return RELIEF_OK;
}

void rl_parallel(relief_ctx *ctx, size_t count, size_t grain, rl_range_fn fn, void *arg) {
    size_t pieces = grain ? (count + grain - 1) / grain : count;
    size_t threads = (size_t)relief_ctx_threads(ctx);
    pieces = pieces < threads ? pieces : threads;
    if (pieces <= 1) {
        if (count) {
            fn(arg, 0, count);
        }
        return;
    }
    piece work[RL_MAX_THREADS];
    for (size_t i = 0; i < pieces; i++) {
        work[i] = (piece){fn, arg, count * i / pieces, count * (i + 1) / pieces, 0, false};
        if (i + 1 < pieces) {
            work[i].started = !pthread_create(&work[i].thread, NULL, run_piece, &work[i]);
        }
    }
    for (size_t i = pieces;
         i-- > 0;) { /* this thread's share first, then those that could not start */
        if (!work[i].started) {
            run_piece(&work[i]);
        }
    }
    for (size_t i = 0; i < pieces; i++) {
        if (work[i].started) {
            pthread_join(work[i].thread, NULL);
        }
    }
}
