/* SPDX-License-Identifier: Apache-2.0 */
/* Batches with stages of the test's own: what runs, how much at a time, and what is remembered. */
#include "testing.h"

#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"
#include "relief/batch.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { INPUTS = 40, WEIGHT = 10 };

static char folder[64];
static int shard_count; /* of the next runs, of which shard 1 runs; 0: none */
static bool hurried;    /* stages take no time of their own */

static const char *in_folder(const char *name) {
    static char paths[4][192];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* What the stages of one run count. */
typedef struct counts {
    atomic_int begun, written, now, most_now;
    atomic_long weight_now, most_weight;
    int told, failed, up_to_date, wrong;
    int stop_after; /* results; 0: never */
    const char *refuse;
} counts;

typedef struct state {
    int steps;
    bool weighed;
    char text[64];
} state;

static void raise_to(atomic_int *most, int value) {
    int old = atomic_load(most);
    while (value > old && !atomic_compare_exchange_weak(most, &old, value)) {
    }
}

static relief_status weigh(relief_ctx *ctx, const relief_batch_item *item, void *of, void *user,
                           int64_t *bytes) {
    state *s = of;
    (void)ctx;
    (void)user;
    s->weighed = true;
    *bytes = strstr(item->input, "/huge") ? 1000 : WEIGHT;
    return RELIEF_OK;
}

static relief_status begin(relief_ctx *ctx, const relief_batch_item *item, void *of, void *user) {
    state *s = of;
    counts *c = user;
    (void)ctx;
    assert_true(s->weighed && s->steps == 0);
    s->steps++;
    atomic_fetch_add(&c->begun, 1);
    raise_to(&c->most_now, atomic_fetch_add(&c->now, 1) + 1);
    FILE *file = fopen(item->input, "rb");
    if (!file)
        return rl_fail(ctx, RELIEF_ERROR_IO, "%s: gone", item->input);
    size_t got = fread(s->text, 1, sizeof(s->text) - 1, file);
    s->text[got] = 0;
    fclose(file);
    struct timespec rest = {0, 1000000};
    if (!hurried)
        nanosleep(&rest, NULL);
    return RELIEF_OK;
}

static relief_status refuse_some(relief_ctx *ctx, const relief_batch_item *item, void *of,
                                 void *user) {
    counts *c = user;
    state *s = of;
    assert_int_equal(s->steps++, 1);
    if (c->refuse && strstr(item->input, c->refuse))
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: not to my taste", item->input);
    rl_log(ctx, RELIEF_LOG_WARNING, "%s: seen", item->input);
    return RELIEF_OK;
}

static relief_status write_out(relief_ctx *ctx, const relief_batch_item *item, void *of,
                               void *user) {
    state *s = of;
    counts *c = user;
    assert_int_equal(s->steps++, 2);
    for (int i = 0; i < 2; i++) {
        rl_output *output = NULL;
        if (!item->outputs[i])
            continue;
        relief_status status = rl_output_open(ctx, item->outputs[i], true, &output);
        if (!status)
            status = rl_output_write(output, s->text, strlen(s->text));
        if (status) {
            rl_output_abort(output);
            return status;
        }
        status = rl_output_commit(output);
        if (status)
            return status;
        atomic_fetch_add(&c->written, 1);
    }
    return RELIEF_OK;
}

static bool on_done(const relief_batch_result *result, void *listener) {
    counts *c = listener;
    const state *s = result->state;
    c->told++;
    c->failed += result->status != RELIEF_OK;
    c->up_to_date += result->up_to_date;
    if (s->steps)
        atomic_fetch_sub(&c->now, 1);
    c->wrong += !result->status && !result->up_to_date && s->steps != 3;
    c->wrong += result->status && !result->error[0];
    c->wrong += s->steps == 3 && !strstr(result->notes, ": seen\n");
    return !c->stop_after || c->told < c->stop_after;
}

/* One run over the folder `in` into `out`; returns its status. */
static relief_status run(relief_ctx *ctx, const char *settings, int64_t memory, counts *c,
                         relief_batch_info *info) {
    static const relief_batch_stage stages[] = {
        {"begin", begin}, {"refuse", refuse_some}, {"write", write_out}};
    const char *const endings[] = {".txt", "-copy.txt", NULL};
    const char *const texts[] = {settings, "constant", NULL};
    relief_batch_options options = RELIEF_OPTIONS_INIT(relief_batch_options);
    relief_batch_job job = RELIEF_OPTIONS_INIT(relief_batch_job);
    relief_batch *batch = NULL;
    options.folder = in_folder("out");
    options.endings = endings;
    options.settings = texts;
    options.recursive = true;
    options.shard = shard_count ? 1 : 0;
    options.shard_count = shard_count;
    relief_status status = relief_batch_new(ctx, &options, &batch);
    if (!status)
        status = relief_batch_add(ctx, batch, in_folder("in"));
    if (!status)
        status = relief_batch_plan(ctx, batch);
    *info = (relief_batch_info)RELIEF_OPTIONS_INIT(relief_batch_info);
    if (batch)
        relief_batch_get_info(batch, info);
    job.stages = stages;
    job.stage_count = 3;
    job.state_bytes = sizeof(state);
    job.weigh = weigh;
    job.memory = memory;
    job.done = on_done;
    job.user = c;
    job.listener = c;
    if (!status)
        status = relief_batch_run(ctx, batch, &job);
    relief_batch_free(batch);
    return status;
}

static relief_ctx *listening_ctx(int threads) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    relief_ctx *ctx = NULL;
    options.threads = threads;
    options.log_level = RELIEF_LOG_INFO;
    assert_int_equal(relief_ctx_new(&options, &ctx), RELIEF_OK);
    return ctx;
}

static void make_inputs(void) {
    mkdir(in_folder("in"), 0777);
    mkdir(in_folder("in/sub"), 0777);
    for (int i = 0; i < INPUTS; i++) {
        char name[64];
        snprintf(name, sizeof(name), "in/%s%d.png", i % 4 ? "" : "sub/", i);
        write_text(in_folder(name), name);
    }
}

static void everything_runs_once_and_is_remembered(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(4);
    relief_batch_info info;
    counts c = {0};
    make_inputs();
    assert_int_equal(run(ctx, "a", 1000, &c, &info), RELIEF_OK);
    assert_int_equal(info.inputs, INPUTS);
    assert_int_equal(info.to_do, INPUTS);
    assert_int_equal(c.begun, INPUTS);
    assert_int_equal(c.written, 2 * INPUTS);
    assert_int_equal(c.told, INPUTS);
    assert_int_equal(c.wrong, 0);
    assert_true(c.most_now > 1 && c.most_now <= INPUTS);
    /* Nothing to do; then one of the endings has other settings. */
    c = (counts){0};
    assert_int_equal(run(ctx, "a", 1000, &c, &info), RELIEF_OK);
    assert_int_equal(info.to_do, 0);
    assert_int_equal(c.up_to_date, INPUTS);
    assert_int_equal(c.begun, 0);
    c = (counts){0};
    assert_int_equal(run(ctx, "b", 1000, &c, &info), RELIEF_OK);
    assert_int_equal(c.written, INPUTS);
    assert_int_equal(c.wrong, 0);
    relief_ctx_free(ctx);
}

static void failures_leave_the_rest_alone(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(3);
    relief_batch_info info;
    counts c = {.refuse = "/7.png"};
    write_text(in_folder("in/huge.png"), "too much");
    assert_int_equal(run(ctx, "c", 100, &c, &info), RELIEF_OK);
    assert_int_equal(c.failed, 2);
    assert_int_equal(c.told, INPUTS + 1);
    assert_int_equal(c.wrong, 0);
    c = (counts){0};
    assert_int_equal(run(ctx, "c", 2000, &c, &info), RELIEF_OK);
    assert_int_equal(info.to_do, 2);
    assert_int_equal(c.begun, 2);
    unlink(in_folder("in/huge.png"));
    relief_ctx_free(ctx);
}

/* Inputs begin when they fit: with room for two and a half, never three. */
static void memory_is_bounded(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(4);
    relief_batch_info info;
    counts c = {0};
    assert_int_equal(run(ctx, "d", 5 * WEIGHT / 2, &c, &info), RELIEF_OK);
    assert_int_equal(c.begun, INPUTS);
    assert_true(c.most_now <= 2);
    relief_ctx_free(ctx);
}

static void stopping_leaves_the_rest_for_later(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(2);
    relief_batch_info info;
    counts c = {.stop_after = 5};
    assert_int_equal(run(ctx, "e", 1000, &c, &info), RELIEF_ERROR_CANCELLED);
    assert_true(c.told >= 5 && c.told < INPUTS);
    const int done = c.told;
    c = (counts){0};
    assert_int_equal(run(ctx, "e", 1000, &c, &info), RELIEF_OK);
    assert_int_equal(c.begun, INPUTS - done);
    relief_cancel(ctx);
    c = (counts){0};
    assert_int_equal(run(ctx, "f", 1000, &c, &info), RELIEF_ERROR_CANCELLED);
    assert_int_equal(c.begun, 0);
    relief_ctx_free(ctx);
}

/* With room for one, others have been weighed and wait when the run is stopped: they do not begin,
 * and are not told of. */
static void who_waits_does_not_begin_after_a_stop(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(4);
    relief_batch_info info;
    for (int after = 1; after < INPUTS; after += 7) {
        counts c = {.stop_after = after};
        assert_int_equal(run(ctx, after % 2 ? "k" : "l", WEIGHT, &c, &info),
                         RELIEF_ERROR_CANCELLED);
        assert_int_equal(c.begun, after);
        assert_int_equal(c.told, after);
        assert_int_equal(c.written, after); /* the other ending is up to date */
    }
    relief_ctx_free(ctx);
}

/* Shards and whole runs take turns with other settings, and outputs are as long as before: who ran
 * last is known, whichever file it wrote to. */
static void the_last_run_counts_whoever_it_was(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(2);
    relief_batch_info info;
    for (int turn = 0; turn < 6; turn++) {
        counts c = {0};
        shard_count = turn % 2;
        assert_int_equal(run(ctx, turn % 2 ? "sharded" : "whole", 1000, &c, &info), RELIEF_OK);
        assert_int_equal(c.written, INPUTS);
        c = (counts){0};
        assert_int_equal(run(ctx, turn % 2 ? "sharded" : "whole", 1000, &c, &info), RELIEF_OK);
        assert_int_equal(info.to_do, 0);
        assert_int_equal(c.told, INPUTS);
        /* What one has made is up to date for the other. */
        c = (counts){0};
        shard_count = 1 - shard_count;
        assert_int_equal(run(ctx, turn % 2 ? "sharded" : "whole", 1000, &c, &info), RELIEF_OK);
        assert_int_equal(info.to_do, 0);
        shard_count = 0;
    }
    relief_ctx_free(ctx);
}

static void copy_file(const char *from, const char *to) {
    char command[512];
    snprintf(command, sizeof(command), "cp '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

/* Two runs that knew nothing of each other have written to one folder: nobody can tell whose the
 * outputs are, so they are made again, and then it is known. */
static void contested_outputs_are_made_again(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(2);
    relief_batch_info info;
    counts c = {0};
    unlink(in_folder("out/.relief.index"));
    unlink(in_folder("out/.relief.1-of-1.index"));
    assert_int_equal(run(ctx, "one", 1000, &c, &info), RELIEF_OK);
    copy_file(in_folder("out/.relief.index"), in_folder("kept"));
    unlink(in_folder("out/.relief.index"));
    shard_count = 1;
    c = (counts){0};
    assert_int_equal(run(ctx, "two", 1000, &c, &info), RELIEF_OK);
    copy_file(in_folder("kept"), in_folder("out/.relief.index"));
    shard_count = 0;
    c = (counts){0};
    assert_int_equal(run(ctx, "one", 1000, &c, &info), RELIEF_OK);
    assert_true(c.written >= INPUTS);
    c = (counts){0};
    assert_int_equal(run(ctx, "one", 1000, &c, &info), RELIEF_OK);
    assert_int_equal(info.to_do, 0);
    unlink(in_folder("out/.relief.1-of-1.index")); /* with names of its own */
    relief_ctx_free(ctx);
}

/* A line that was cut off, and one that was damaged, are as if they were not there; a line that
 * follows them counts. */
static void damaged_lines_are_passed_over(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(2);
    relief_batch_info info;
    counts c = {0};
    assert_int_equal(run(ctx, "g", 1000, &c, &info), RELIEF_OK);
    FILE *file = fopen(in_folder("out/.relief.index"), "r+b");
    assert_non_null(file);
    char text[8192];
    size_t size = fread(text, 1, sizeof(text), file);
    assert_true(size > 3000 && size < sizeof(text));
    char *middle = strstr(text + size / 2, "\t");
    *middle = 'x';
    rewind(file);
    fwrite(text, 1, size - 20, file);
    fclose(file);
    assert_int_equal(truncate(in_folder("out/.relief.index"), (off_t)size - 20), 0);
    c = (counts){0};
    assert_int_equal(run(ctx, "g", 1000, &c, &info), RELIEF_OK);
    assert_int_equal(c.written, 2);
    c = (counts){0};
    assert_int_equal(run(ctx, "g", 1000, &c, &info), RELIEF_OK);
    assert_int_equal(info.to_do, 0);
    relief_ctx_free(ctx);
}

/* An output is what the input's name is, or is not there. */
static void assert_whole_outputs(void) {
    for (int i = 0; i < INPUTS; i++) {
        char input[64], name[80], text[64] = "";
        snprintf(input, sizeof(input), "in/%s%d.png", i % 4 ? "" : "sub/", i);
        for (int k = 0; k < 2; k++) {
            snprintf(name, sizeof(name), "out/%s%d%s.txt", i % 4 ? "" : "sub/", i,
                     k ? "-copy" : "");
            FILE *file = fopen(in_folder(name), "rb");
            if (!file)
                continue;
            text[fread(text, 1, sizeof(text) - 1, file)] = 0;
            fclose(file);
            assert_string_equal(text, input);
        }
    }
}

/* Allocations of ours fail, one in each run: the run ends with that error, or one input does, or
 * nothing was lost by it and all are told of; nothing leaks, no output is half, and the next run
 * makes what is missing. */
static void memory_failures_are_survived(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(1);
    relief_batch_info info;
    const size_t before = relief_memory().live_bytes;
    hurried = true;
    for (int n = 0;; n += 1 + n / 40) {
        const char *settings = n % 2 ? "h" : "i";
        counts c = {0}, again = {0};
        rl_memory_fail_at(n, false);
        const relief_status status = run(ctx, settings, 1000, &c, &info);
        const bool failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_int_equal(relief_memory().live_bytes, before);
        assert_whole_outputs();
        if (!failed) {
            assert_int_equal(status, RELIEF_OK);
            break;
        }
        if (status)
            assert_int_equal(status, RELIEF_ERROR_MEMORY);
        else
            assert_int_equal(c.told, INPUTS);
        assert_true(c.failed <= 1);
        assert_int_equal(run(ctx, settings, 1000, &again, &info), RELIEF_OK);
        assert_int_equal(again.told, INPUTS);
        assert_int_equal(again.failed, 0);
        if (!status)
            assert_true(info.to_do <= c.failed);
    }
    counts c = {0};
    assert_int_equal(run(ctx, "j", 1000, &c, &info), RELIEF_OK);
    assert_int_equal(c.told, INPUTS);
    assert_int_equal(c.failed, 0);
    hurried = false;
    relief_ctx_free(ctx);
}

static void leftovers_go_and_living_files_stay(void **unused) {
    (void)unused;
    relief_ctx *ctx = listening_ctx(1);
    char host[64] = "", dead[128], alive[128], other[128];
    rl_output *output = NULL;
    gethostname(host, sizeof(host) - 1);
    const pid_t child = fork();
    if (!child)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    snprintf(dead, sizeof(dead), "out/.relief-%s-%ld-0.tmp", host, (long)child);
    snprintf(alive, sizeof(alive), "out/.relief-%s-%ld-9.tmp", host, (long)getppid());
    snprintf(other, sizeof(other), "out/.relief-not-%s-1-0.tmp", host);
    write_text(in_folder(dead), "x");
    write_text(in_folder(alive), "x");
    write_text(in_folder(other), "x");
    /* One that this process writes to counts as another's when its name says so. */
    assert_int_equal(rl_output_open(ctx, in_folder("out/new"), false, &output), RELIEF_OK);
    char renamed[128];
    snprintf(renamed, sizeof(renamed), "out/.relief-%s-%ld-1.tmp", host, (long)child);
    assert_int_equal(rename(rl_output_temporary_path(output), in_folder(renamed)), 0);
    assert_int_equal(rl_output_remove_leftovers(in_folder("out")), 1);
    assert_int_equal(access(in_folder(dead), F_OK), -1);
    assert_int_equal(access(in_folder(alive), F_OK), 0);
    assert_int_equal(access(in_folder(other), F_OK), 0);
    assert_int_equal(access(in_folder(renamed), F_OK), 0); /* locked */
    rl_output_abort(output);
    assert_int_equal(rl_output_remove_leftovers(in_folder("out")), 1);
    relief_ctx_free(ctx);
}

static int make_folder(void **unused) {
    (void)unused;
    strcpy(folder, "/tmp/relief-batch-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **unused) {
    char command[96];
    (void)unused;
    snprintf(command, sizeof(command), "rm -r '%s'", folder);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_runs_once_and_is_remembered),
        cmocka_unit_test(failures_leave_the_rest_alone),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(stopping_leaves_the_rest_for_later),
        cmocka_unit_test(who_waits_does_not_begin_after_a_stop),
        cmocka_unit_test(the_last_run_counts_whoever_it_was),
        cmocka_unit_test(contested_outputs_are_made_again),
        cmocka_unit_test(damaged_lines_are_passed_over),
        cmocka_unit_test(memory_failures_are_survived),
        cmocka_unit_test(leftovers_go_and_living_files_stay),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
