/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"

static size_t share_begin(const rl_shares *shares, int worker) {
    return shares->count * (size_t)worker / (size_t)shares->workers;
}

void rl_shares_start(rl_shares *shares, int workers, size_t count) {
    shares->count = count;
    shares->workers = workers;
    for (int w = 0; w < workers; w++)
        atomic_init(&shares->of[w].next, share_begin(shares, w));
}

bool rl_shares_take(rl_shares *shares, int worker, size_t *item) {
    for (int i = 0; i < shares->workers; i++) {
        const int from = (worker + i) % shares->workers;
        *item = atomic_fetch_add_explicit(&shares->of[from].next, 1, memory_order_relaxed);
        if (*item < share_begin(shares, from + 1))
            return true;
    }
    return false;
}

/* Pieces a thread. */
enum { PIECES = 16 };

typedef struct uneven_job {
    rl_range_fn fn;
    void *arg;
    size_t count, pieces;
    atomic_size_t next;
} uneven_job;

static void take_pieces(void *arg, size_t begin, size_t end) {
    uneven_job *job = arg;
    (void)begin, (void)end; /* any worker takes any piece */
    for (;;) {
        const size_t i = atomic_fetch_add_explicit(&job->next, 1, memory_order_relaxed);
        if (i >= job->pieces)
            break;
        job->fn(job->arg, job->count * i / job->pieces, job->count * (i + 1) / job->pieces);
    }
}

void rl_parallel_uneven(relief_ctx *ctx, size_t count, size_t grain, rl_range_fn fn, void *arg) {
    const size_t threads = (size_t)relief_ctx_threads(ctx);
    const size_t most = grain ? (count + grain - 1) / grain : count;
    uneven_job job = {.fn = fn, .arg = arg, .count = count};
    job.pieces = most < PIECES * threads ? most : PIECES * threads;
    atomic_init(&job.next, 0);
    if (threads == 1 && count) {
        fn(arg, 0, count);
        return;
    }
    rl_parallel(ctx, job.pieces < threads ? job.pieces : threads, 1, take_pieces, &job);
}
