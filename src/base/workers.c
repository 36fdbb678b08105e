/* SPDX-License-Identifier: Apache-2.0 */
#include "base/workers.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

typedef struct worker {
    rl_worker_fn fn;
    void *arg;
    int index;
    pthread_t thread;
} worker;

struct rl_workers {
    pthread_mutex_t lock;
    pthread_cond_t work, report;
    int count;
    worker of[RL_MAX_THREADS];
};

relief_status rl_workers_new(relief_ctx *ctx, rl_workers **out) {
    pthread_condattr_t attributes;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(**out), (void **)out);
    if (status)
        return status;
    rl_workers *workers = *out;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->work, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&workers->report, &attributes);
    pthread_condattr_destroy(&attributes);
    return RELIEF_OK;
}

static void *run(void *arg) {
    worker *self = arg;
    self->fn(self->arg, self->index);
    return NULL;
}

int rl_workers_start(rl_workers *workers, int count, rl_worker_fn fn, void *arg) {
    sigset_t all, before;
    /* Signals go to the thread that can act on them. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (workers->count < count && workers->count < RL_MAX_THREADS) {
        worker *next = &workers->of[workers->count];
        *next = (worker){.fn = fn, .arg = arg, .index = workers->count};
        if (pthread_create(&next->thread, NULL, run, next))
            break;
        workers->count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return workers->count;
}

void rl_workers_join(rl_workers *workers) {
    while (workers->count > 0)
        pthread_join(workers->of[--workers->count].thread, NULL);
}

void rl_workers_free(rl_workers *workers) {
    if (!workers)
        return;
    rl_workers_join(workers);
    pthread_cond_destroy(&workers->report);
    pthread_cond_destroy(&workers->work);
    pthread_mutex_destroy(&workers->lock);
    rl_free(workers);
}

void rl_workers_lock(rl_workers *workers) {
    pthread_mutex_lock(&workers->lock);
}

void rl_workers_unlock(rl_workers *workers) {
    pthread_mutex_unlock(&workers->lock);
}

void rl_workers_wait(rl_workers *workers) {
    pthread_cond_wait(&workers->work, &workers->lock);
}

void rl_workers_wake(rl_workers *workers) {
    pthread_cond_broadcast(&workers->work);
}

void rl_workers_watch(rl_workers *workers, double seconds) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const double whole = (double)until.tv_sec + 1e-9 * (double)until.tv_nsec + seconds;
    until.tv_sec = (time_t)whole;
    until.tv_nsec = (long)((whole - (double)until.tv_sec) * 1e9);
    pthread_cond_timedwait(&workers->report, &workers->lock, &until);
}

void rl_workers_report(rl_workers *workers) {
    pthread_cond_signal(&workers->report);
}
