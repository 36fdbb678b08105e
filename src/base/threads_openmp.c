/* SPDX-License-Identifier: Apache-2.0 */
/* Work on OpenMP's threads: oneDNN has the same ones, so that two pools never fight for the cores.
 */
#include "base/threads.h"

#include "base/context.h"
#include "base/status.h"

#include <pthread.h>

static void *wait_at(void *gate) {
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

/* Whether `count` more threads can live at the same time. */
static bool can_start(int count) {
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[RL_MAX_THREADS];
    int started = 0;
    pthread_mutex_lock(&gate);
    while (started < count && !pthread_create(&threads[started], NULL, wait_at, &gate)) {
        started++;
    }
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    return started == count;
}

relief_status rl_threads_start(relief_ctx *ctx) {
    int threads = relief_ctx_threads(ctx);
    if (!can_start(threads - 1)) {
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "%d threads cannot be started", threads);
    }
    /* OpenMP keeps these for every region of the same number of threads, and the system has their
     * stacks at hand from the attempt above. */
#pragma omp parallel num_threads(threads)
    {}
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
    /* All threads for any number of pieces: OpenMP ends those that a smaller region leaves over,
     * and starting them anew may fail. */
#pragma omp parallel for num_threads((int)threads) schedule(static, 1)
    for (size_t i = 0; i < pieces; i++) {
        fn(arg, count * i / pieces, count * (i + 1) / pieces);
    }
}
