/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of many inputs on all processors.
 *
 * Each worker takes an input through all of its stages, and then lets the next one in, if its
 * weight fits. So one decodes while others run the network or encode; no processor waits while
 * there is work, whatever the stages' shares of it are; and no more inputs are on their way than
 * there are workers, so that what stands between two stages never grows. An input's own work is
 * spread over no other threads, unless there are more of them than inputs. */
#include "batch/batch_inside.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"
#include "base/threads.h"
#include "base/workers.h"

#include <stdio.h>
#include <string.h>

#define NOTES_BYTES 2048
enum { MAX_UNDELIVERED = 4 * RL_MAX_THREADS };
static const double tick_seconds = 0.1;

/* One input on its way. */
typedef struct flight {
    rl_batch_state facts;
    relief_batch_item item;
    const rl_batch_entry *entry;
    int64_t weight;
    void *state;
    relief_status status;
    double ms[RELIEF_MAX_STAGES];
    char error[RL_MAX_ERROR_TEXT];
    char notes[NOTES_BYTES];
    struct flight *next; /* of those that are done */
} flight;

typedef struct queue {
    relief_ctx *ctx; /* of the caller */
    relief_batch *batch;
    const relief_batch_job *job;
    int64_t memory, used; /* bytes in all; of inputs on their way */
    rl_workers *workers;
    relief_ctx *contexts[RL_MAX_THREADS];
    flight *now[RL_MAX_THREADS]; /* what each worker has in hand */
    size_t next;                 /* entry to begin with */
    int running;                 /* workers that have not ended */
    int undelivered;             /* inputs let in that `done` was not told of */
    bool admitting;              /* somebody weighs an input, or waits until it fits */
    bool stopped;                /* nothing more is to begin */
    bool out_of_memory;          /* for an input's own record */
    flight *done, **done_end;
} queue;

/* ------------------------------------------------------------------ one input */

static void add_note(void *user, relief_log_level level, const char *text) {
    flight *f = *(flight **)user;
    (void)level;
    if (f) {
        const size_t used = strlen(f->notes);
        snprintf(f->notes + used, sizeof(f->notes) - used, "%s\n", text);
    }
}

static void free_flight(flight *f) {
    if (!f)
        return;
    rl_batch_state_clear(&f->facts);
    rl_free(f->state);
    rl_free(f);
}

/* Look at an entry and make its state. Errors: _MEMORY. */
static relief_status new_flight(relief_ctx *ctx, const queue *q, const rl_batch_entry *entry,
                                flight **out) {
    flight *f = NULL;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(*f), (void **)&f);
    if (status)
        return status;
    f->entry = entry;
    status = rl_batch_look(ctx, q->batch, entry, &f->facts);
    if (!status)
        status = rl_calloc_in(ctx, q->job->state_bytes ? q->job->state_bytes : 1, 1, &f->state);
    if (status) {
        free_flight(f);
        return status;
    }
    f->item = (relief_batch_item){.struct_size = sizeof(f->item), .input = f->facts.input};
    for (int i = 0; i < q->batch->ending_count; i++)
        f->item.outputs[i] = f->facts.fresh[i] && f->facts.stale_count ? NULL : f->facts.outputs[i];
    *out = f;
    return RELIEF_OK;
}

static void take_error(relief_ctx *ctx, flight *f, relief_status status) {
    f->status = status;
    snprintf(f->error, sizeof(f->error), "%s", relief_last_error(ctx));
}

/* Find out what the input weighs; one that can never fit fails here. */
static relief_status weigh(relief_ctx *ctx, const queue *q, flight *f) {
    const relief_batch_job *job = q->job;
    relief_status status =
        job->weigh ? job->weigh(ctx, &f->item, f->state, job->user, &f->weight) : RELIEF_OK;
    if (!status && f->weight > q->memory)
        status = rl_fail(ctx, RELIEF_ERROR_LIMIT,
                         "%s: takes about %lld MB of memory, and %lld MB are allowed (raise "
                         "--memory)",
                         f->item.input, (long long)(f->weight >> 20), (long long)(q->memory >> 20));
    return status;
}

/* The folder of an output may be missing yet. */
static relief_status make_folder(relief_ctx *ctx, const queue *q, const flight *f) {
    const char *slash = strrchr(f->facts.stem, '/');
    if (!slash)
        return RELIEF_OK;
    char *path =
        rl_format("%s/%.*s", q->batch->folder, (int)(slash - f->facts.stem), f->facts.stem);
    if (!path)
        return rl_fail_memory(ctx, strlen(f->facts.stem));
    relief_status status = rl_os_is_directory(path) ? RELIEF_OK : rl_os_make_folders(ctx, path);
    rl_free(path);
    return status;
}

static void run_stages(relief_ctx *ctx, const queue *q, flight *f) {
    const relief_batch_job *job = q->job;
    relief_status status = make_folder(ctx, q, f);
    for (int i = 0; i < job->stage_count && !status; i++) {
        const double start = rl_os_now();
        status = job->stages[i].run(ctx, &f->item, f->state, job->user);
        f->ms[i] = (rl_os_now() - start) * 1000;
    }
    if (status)
        take_error(ctx, f, status);
}

/* ------------------------------------------------------------------ workers */

/* Let the next input in that has something to do, or is to be told of; with the lock held, which is
 * given up meanwhile. NULL: there is none, or no more are to begin. */
static flight *admit(queue *q, relief_ctx *ctx, flight **hand) {
    relief_status status = RELIEF_OK;
    flight *f = NULL;
    /* Who is told of results may be slow, and what waits for it must not grow either. */
    while ((q->admitting || q->undelivered >= MAX_UNDELIVERED) && !q->stopped)
        rl_workers_wait(q->workers);
    if (q->stopped || q->next == q->batch->count)
        return NULL;
    const rl_batch_entry *entry = &q->batch->entries[q->next++];
    q->admitting = true;
    q->undelivered++;
    rl_workers_unlock(q->workers);
    status = new_flight(ctx, q, entry, &f);
    *hand = f;
    if (!status && f->facts.stale_count) {
        status = weigh(ctx, q, f);
        if (status)
            take_error(ctx, f, status);
    }
    rl_workers_lock(q->workers);
    if (!f) {
        q->out_of_memory = q->stopped = true;
    } else if (!f->status && f->facts.stale_count) {
        while (q->used && q->used + f->weight > q->memory && !q->stopped)
            rl_workers_wait(q->workers);
        q->used += q->stopped ? 0 : f->weight;
    } else {
        f->weight = 0;
    }
    if (f && q->stopped) { /* while it was looked at, or waited: it has not begun */
        q->next--;
        q->undelivered--;
        *hand = NULL;
        free_flight(f);
        f = NULL;
    }
    q->admitting = false;
    rl_workers_wake(q->workers);
    return f;
}

static void work(void *arg, int index) {
    queue *q = arg;
    relief_ctx *ctx = q->contexts[index];
    flight *f;
    rl_workers_lock(q->workers);
    while ((f = admit(q, ctx, &q->now[index]))) {
        rl_workers_unlock(q->workers);
        if (!f->status && f->facts.stale_count)
            run_stages(ctx, q, f);
        rl_workers_lock(q->workers);
        q->now[index] = NULL;
        *q->done_end = f;
        q->done_end = &f->next;
        rl_workers_report(q->workers);
    }
    q->running--;
    rl_workers_wake(q->workers);
    rl_workers_report(q->workers);
    rl_workers_unlock(q->workers);
}

/* ------------------------------------------------------------------ what comes out */

/* Note in the index what an input has become. */
static relief_status record(queue *q, const flight *f) {
    relief_status status = RELIEF_OK;
    for (int i = 0; i < q->batch->ending_count && !status; i++) {
        rl_file_facts facts;
        if (f->facts.fresh[i] || !rl_os_file_facts(f->facts.outputs[i], &facts))
            continue;
        const rl_index_record line = {.stem = f->facts.stem,
                                      .input_bytes = f->facts.input_bytes,
                                      .input_modified_ns = f->facts.input_modified_ns,
                                      .settings = q->batch->settings[i],
                                      .output_bytes = facts.bytes};
        status = rl_index_add(q->ctx, q->batch->index, f->facts.key, q->batch->endings[i], &line);
    }
    return status;
}

/* Tell how an input ended, and free it. *go_on: false when the caller wants no more. */
static relief_status finish(queue *q, flight *f, bool *go_on) {
    const bool up_to_date = !f->status && !f->facts.stale_count;
    relief_status status = f->status || up_to_date ? RELIEF_OK : record(q, f);
    const relief_batch_result result = {.struct_size = sizeof(result),
                                        .item = &f->item,
                                        .up_to_date = up_to_date,
                                        .status = f->status,
                                        .error = f->error,
                                        .notes = f->notes,
                                        .ms = f->ms,
                                        .state = f->state};
    *go_on = q->job->done(&result, q->job->listener);
    free_flight(f);
    return status;
}

/* Tell of what is done until all workers have ended. */
static relief_status collect(queue *q) {
    relief_status status = RELIEF_OK;
    rl_workers_lock(q->workers);
    while (q->running || q->done) {
        flight *f = q->done;
        bool go_on = true;
        if (!f) {
            rl_workers_watch(q->workers, tick_seconds);
        } else {
            q->done = f->next;
            q->done_end = q->done ? q->done_end : &q->done;
        }
        const int64_t weight = f ? f->weight : 0;
        rl_workers_unlock(q->workers);
        if (f) {
            relief_status recorded = finish(q, f, &go_on);
            status = status ? status : recorded;
        }
        if (q->job->tick && !q->job->tick(q->job->listener))
            go_on = false;
        if (status || rl_cancelled(q->ctx))
            go_on = false;
        rl_workers_lock(q->workers);
        q->used -= weight;
        q->undelivered -= f != NULL;
        q->stopped |= !go_on;
        rl_workers_wake(q->workers);
    }
    rl_workers_unlock(q->workers);
    return status;
}

/* Contexts for as many workers as can be had; returns how many. */
static int make_contexts(queue *q, int wanted, int threads_each) {
    int made = 0;
    while (made < wanted &&
           !rl_ctx_fork(q->ctx, threads_each, add_note, &q->now[made], &q->contexts[made]))
        made++;
    return made;
}

static relief_status run_with_workers(queue *q, int wanted, int threads_each) {
    relief_status status = rl_workers_new(q->ctx, &q->workers);
    int count = status ? 0 : make_contexts(q, wanted, threads_each);
    if (!status && count) {
        rl_workers_lock(q->workers);
        q->running = rl_workers_start(q->workers, count, work, q);
        count = q->running;
        rl_workers_unlock(q->workers);
    }
    if (!status && !count)
        status = rl_fail(q->ctx, RELIEF_ERROR_MEMORY, "no thread can be started");
    if (!status)
        status = collect(q);
    rl_workers_free(q->workers);
    for (int i = 0; i < RL_MAX_THREADS; i++)
        relief_ctx_free(q->contexts[i]);
    return status;
}

/* The calling thread does it all: the context's own threads, progress and cancelling count. */
static relief_status run_here(queue *q) {
    relief_status status = RELIEF_OK;
    for (; q->next < q->batch->count && !status && !q->stopped; q->next++) {
        flight *f = NULL;
        bool go_on = true;
        status = new_flight(q->ctx, q, &q->batch->entries[q->next], &f);
        if (status)
            break;
        if (f->facts.stale_count) {
            relief_status weighed = weigh(q->ctx, q, f);
            if (weighed)
                take_error(q->ctx, f, weighed);
            else
                run_stages(q->ctx, q, f);
        }
        status = finish(q, f, &go_on);
        q->stopped = !go_on || rl_cancelled(q->ctx);
    }
    return status;
}

static int count_workers(const relief_batch *batch, int wanted) {
    const int most = wanted > RL_MAX_THREADS ? RL_MAX_THREADS : wanted;
    return most > batch->info.to_do ? (int)batch->info.to_do : most;
}

relief_status relief_batch_run(relief_ctx *ctx, relief_batch *batch, const relief_batch_job *job) {
    relief_batch_job own = RELIEF_OPTIONS_INIT(relief_batch_job);
    relief_status status = rl_options_copy(ctx, &own, sizeof(own), job);
    if (status)
        return status;
    if (!batch->planned || !batch->index || !own.done || own.stage_count < 0 ||
        own.stage_count > RELIEF_MAX_STAGES)
        return rl_fail(ctx, RELIEF_ERROR_ARG,
                       "a batch that is not planned, or a job that is not "
                       "whole");
    queue q = {.ctx = ctx,
               .batch = batch,
               .job = &own,
               .memory = own.memory ? own.memory : rl_os_memory_limit() / 2};
    q.done_end = &q.done;
    const int threads = relief_ctx_threads(ctx);
    const int wanted = count_workers(batch, own.workers ? own.workers : threads);
    if (own.workers == 1 || (wanted <= 1 && batch->info.to_do <= 1))
        status = run_here(&q);
    else
        status = run_with_workers(&q, wanted, threads / wanted > 1 ? threads / wanted : 1);
    if (!status && q.out_of_memory)
        status = rl_fail_memory(ctx, sizeof(flight));
    if (!status && q.next == batch->count)
        status = rl_index_tidy(ctx, batch->index);
    if (!status && q.next < batch->count)
        status = rl_fail(ctx, RELIEF_ERROR_CANCELLED, "cancelled");
    return status;
}
