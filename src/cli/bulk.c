/* SPDX-License-Identifier: Apache-2.0 */
#include "bulk.h"

#include "outputs.h"
#include "progress.h"
#include "system.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double line_seconds = 60; /* between two lines of progress where there is no bar */

struct rl_cli_bulk {
    rl_cli *cli;
    const rl_cli_bulk_work *work;
    relief_batch *batch;
    relief_batch_info info;
    FILE *report;
    int up_to_date;
    int64_t told;   /* results so far */
    double start;   /* of the work, in seconds */
    double told_at; /* when a line of progress was last printed */
    bool stopped;   /* by --fail-fast, or for want of room */
    bool of_many;   /* inputs were looked for, not named one by one */
    const char *stop_reason;
};

int rl_cli_bulk_check(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    char error[256];
    int shard, count;
    int64_t bytes;
    if (options->shard && !rl_cli_read_shard(options->shard, &shard, &count, error, sizeof(error)))
        return rl_cli_usage(cli, "%s", error);
    if (options->memory && !rl_cli_read_bytes(options->memory, &bytes))
        return rl_cli_usage(cli, "--memory %s: not a size (4G, 500M, or bytes)", options->memory);
    return EXIT_ALL_DONE;
}

/* ------------------------------------------------------------------ inputs */

static relief_status open_batch(rl_cli_bulk *bulk) {
    const rl_cli_options *options = &bulk->cli->options;
    relief_batch_options own = RELIEF_OPTIONS_INIT(relief_batch_options);
    char error[256];
    own.folder = options->output;
    own.endings = bulk->work->endings;
    own.settings = bulk->work->settings;
    own.recursive = options->recursive;
    own.redo = options->force;
    if (options->shard)
        (void)rl_cli_read_shard(options->shard, &own.shard, &own.shard_count, error, sizeof(error));
    bulk->cli->side = SIDE_OUTPUT;
    return relief_batch_new(bulk->cli->ctx, &own, &bulk->batch);
}

static relief_status add_inputs(rl_cli_bulk *bulk) {
    rl_cli *cli = bulk->cli;
    const rl_cli_list *inputs = &cli->options.inputs;
    bool listed = false;
    relief_status status = RELIEF_OK;
    cli->side = SIDE_INPUT;
    for (int i = 0; i < inputs->count && !status; i++) {
        const char *input = inputs->items[i];
        const bool list = !strcmp(input, "-");
        bulk->of_many |= list || rl_cli_file_size(input) < 0;
        if (list && !listed)
            status = relief_batch_add_list(cli->ctx, bulk->batch, "-", cli->options.null);
        else if (!list)
            status = relief_batch_add(cli->ctx, bulk->batch, input);
        listed |= list;
    }
    if (!status && cli->options.null && !listed) {
        bulk->of_many = true;
        status = relief_batch_add_list(cli->ctx, bulk->batch, "-", true);
    }
    return status;
}

/* Find the inputs and settle what is to be done. */
static int prepare(rl_cli_bulk *bulk) {
    rl_cli *cli = bulk->cli;
    relief_status status = open_batch(bulk);
    if (!status)
        status = add_inputs(bulk);
    if (!status) {
        cli->side = SIDE_OUTPUT;
        status = relief_batch_plan(cli->ctx, bulk->batch);
    }
    if (status)
        return rl_cli_failed(cli, "", status);
    rl_cli_progress_notes(cli, true);
    bulk->info = (relief_batch_info)RELIEF_OPTIONS_INIT(relief_batch_info);
    relief_batch_get_info(bulk->batch, &bulk->info);
    for (int64_t i = 0; i < bulk->info.unreadable; i++)
        rl_cli_count(cli, EXIT_INPUT);
    if (bulk->info.leftovers)
        rl_cli_say(cli, "%s: %lld unfinished files of a run that was killed are removed",
                   cli->options.output, (long long)bulk->info.leftovers);
    if (!bulk->info.inputs && !bulk->info.other_shards && !bulk->info.own)
        return rl_cli_fault(cli, EXIT_INPUT, "io", "there is no picture among what was named%s",
                            cli->options.recursive ? "" : " (--recursive looks into folders too)");
    cli->progress.many = bulk->of_many || bulk->info.inputs > 1;
    cli->progress.one_by_one = bulk->work->workers == 1;
    return EXIT_ALL_DONE;
}

static int open_report(rl_cli_bulk *bulk) {
    rl_cli *cli = bulk->cli;
    const char *path = cli->options.report;
    if (!path)
        return EXIT_ALL_DONE;
    cli->side = SIDE_OUTPUT;
    relief_status status = relief_output_check(cli->ctx, path, cli->options.force);
    if (status)
        return rl_cli_failed(cli, path, status);
    for (int i = 0; i < cli->options.inputs.count; i++) {
        int code = rl_cli_refuse_same(cli, path, cli->options.inputs.items[i]);
        if (code)
            return code;
    }
    bulk->report = fopen(path, "we");
    return bulk->report ? EXIT_ALL_DONE
                        : rl_cli_fault(cli, EXIT_DEVICE, "io", "%s: cannot be written: %s", path,
                                       strerror(errno));
}

/* ------------------------------------------------------------------ report */

static json_t *outputs_of(const relief_batch_item *item) {
    json_t *list = json_array();
    for (int i = 0; i < RELIEF_MAX_ENDINGS; i++)
        if (item->outputs[i])
            json_array_append_new(list, rl_cli_json_text(item->outputs[i]));
    return list;
}

static json_t *stages_ms(const rl_cli_bulk *bulk, const relief_batch_result *result) {
    json_t *ms = json_object();
    for (int i = 0; i < bulk->work->stage_count; i++)
        if (result->ms[i] > 0)
            json_object_set_new(ms, bulk->work->stages[i].name,
                                rl_cli_json_number(result->ms[i], 3));
    return ms;
}

/* Names that are no UTF-8 lose bytes in JSON; here they are all, in hexadecimal digits. */
static void add_raw_name(json_t *object, const char *name) {
    static const char digits[] = "0123456789abcdef";
    const size_t length = strlen(name);
    json_t *plain = json_string(name); /* refuses what is not UTF-8 */
    char *text = plain ? NULL : malloc(2 * length + 1);
    for (size_t i = 0; text && i < length; i++) {
        text[2 * i] = digits[(unsigned char)name[i] >> 4];
        text[2 * i + 1] = digits[(unsigned char)name[i] & 15];
    }
    if (text) {
        text[2 * length] = '\0';
        json_object_set_new(object, "input_hex", json_string(text));
    }
    free(text);
    json_decref(plain);
}

/* One line of --report. Its first key is how relief knows the file for its own. */
static void write_report(rl_cli_bulk *bulk, const relief_batch_result *result) {
    const bool failed = result->status != RELIEF_OK;
    if (!bulk->report)
        return;
    json_t *line = json_object();
    json_object_set_new(line, "relief", json_string(bulk->work->stage));
    json_object_set_new(line, "input", rl_cli_json_text(result->item->input));
    add_raw_name(line, result->item->input);
    json_object_set_new(line, "state",
                        json_string(failed               ? "failed"
                                    : result->up_to_date ? "up_to_date"
                                                         : "done"));
    json_object_set_new(line, "outputs", failed ? json_array() : outputs_of(result->item));
    json_object_set_new(line, "ms", stages_ms(bulk, result));
    if (failed) {
        json_object_set_new(line, "code", json_string(relief_status_name(result->status)));
        json_object_set_new(line, "error", rl_cli_json_text(result->error));
    } else if (!result->up_to_date) {
        bulk->work->describe(line, result->state, bulk->work->user);
    }
    rl_cli_print_json_line(bulk->report, line);
}

/* ------------------------------------------------------------------ progress */

static int64_t left(const rl_cli_bulk *bulk) {
    return bulk->info.inputs - bulk->told;
}

/* Inputs a second, without those that were up to date; 0: not known yet. */
static double rate(const rl_cli_bulk *bulk) {
    const double seconds = relief_now() - bulk->start;
    return seconds > 0.2 ? (double)(bulk->told - bulk->up_to_date) / seconds : 0;
}

/* Spell seconds as "2 h 05 min". */
static void spell_time(double seconds, char *out, size_t size) {
    const long long whole = (long long)(seconds + 0.5);
    if (whole < 100)
        snprintf(out, size, "%lld s", whole);
    else if (whole < 5400)
        snprintf(out, size, "%lld min %02lld s", whole / 60, whole % 60);
    else if (whole < 172800)
        snprintf(out, size, "%lld h %02lld min", whole / 3600, whole / 60 % 60);
    else
        snprintf(out, size, "%lld days %lld h", whole / 86400, whole / 3600 % 24);
}

/* "12.3 a second, 2 min 05 s left, 3 failed" */
static void spell_progress(const rl_cli_bulk *bulk, char *out, size_t size) {
    const double speed = rate(bulk);
    int used = 0;
    out[0] = '\0';
    if (speed > 0) {
        char time[48];
        spell_time((double)left(bulk) / speed, time, sizeof(time));
        used = snprintf(out, size, "%.*f a second, %s left", speed < 10 ? 2 : 1, speed, time);
    }
    if (!used)
        used = snprintf(out, size, "just begun");
    if (bulk->cli->failed)
        snprintf(out + used, size - (size_t)used, "%s%d failed", used ? ", " : "",
                 bulk->cli->failed);
}

static void print_progress_json(const rl_cli_bulk *bulk, const relief_batch_result *result) {
    json_t *line = json_object();
    const double speed = rate(bulk);
    json_object_set_new(line, "stage", json_string(bulk->work->stage));
    json_object_set_new(line, "done", json_integer(bulk->told));
    json_object_set_new(line, "total", json_integer(bulk->info.inputs));
    json_object_set_new(line, "file", rl_cli_json_text(result->item->input));
    json_object_set_new(line, "failed", json_integer(bulk->cli->failed));
    if (speed > 0) {
        json_object_set_new(line, "per_second", rl_cli_json_number(speed, 3));
        json_object_set_new(line, "seconds_left",
                            rl_cli_json_number((double)left(bulk) / speed, 1));
    }
    rl_cli_print_json_line(stderr, line);
}

static bool on_tick(void *user) {
    rl_cli_bulk *bulk = user;
    rl_cli *cli = bulk->cli;
    char text[96];
    if (cli->progress.mode == PROGRESS_BAR && cli->progress.many) {
        spell_progress(bulk, text, sizeof(text));
        rl_cli_progress_bar(cli, bulk->work->stage, bulk->told, bulk->info.inputs, text);
    } else if (cli->progress.mode == PROGRESS_NONE && !cli->options.progress &&
               relief_now() - bulk->told_at > line_seconds) {
        spell_progress(bulk, text, sizeof(text));
        rl_cli_say(cli, "%lld of %lld, %s", (long long)bulk->told, (long long)bulk->info.inputs,
                   text);
        bulk->told_at = relief_now();
    }
    return !rl_cli_interrupted();
}

/* ------------------------------------------------------------------ results */

/* Whether results are lines on standard output: not under a bar that says the same. */
static bool prints_lines(const rl_cli_bulk *bulk) {
    const rl_cli *cli = bulk->cli;
    return !cli->options.quiet && !(cli->progress.mode == PROGRESS_BAR && cli->progress.many &&
                                    rl_cli_is_terminal(stdout));
}

static void print_result(rl_cli_bulk *bulk, const relief_batch_result *result) {
    rl_cli *cli = bulk->cli;
    const rl_cli_bulk_work *work = bulk->work;
    rl_cli_progress_clear(cli);
    if (cli->options.json) {
        json_t *object = json_object();
        json_object_set_new(object, "input", rl_cli_json_text(result->item->input));
        add_raw_name(object, result->item->input);
        json_object_set_new(object, "outputs", outputs_of(result->item));
        json_object_set_new(object, "output",
                            json_incref(json_array_get(json_object_get(object, "outputs"), 0)));
        json_object_set_new(object, "up_to_date", json_boolean(result->up_to_date));
        json_object_set_new(object, "ms", stages_ms(bulk, result));
        if (!result->up_to_date)
            work->describe(object, result->state, work->user);
        rl_cli_print_json_line(stdout, object);
    } else if (prints_lines(bulk) && result->up_to_date && cli->options.verbose) {
        rl_cli_put(result->item->outputs[0]);
        printf(": up to date\n");
    } else if (prints_lines(bulk) && !result->up_to_date) {
        work->print(result->item, result->ms, result->state, work->user);
        fflush(stdout);
    }
}

/* Messages of an input's stages, which were kept until it was done. */
static void print_notes(rl_cli *cli, const char *notes) {
    while (*notes) {
        const size_t length = strcspn(notes, "\n");
        rl_cli_say(cli, "%.*s", (int)length, notes);
        notes += length + (notes[length] == '\n');
    }
}

/* Count and tell a failure; whether to go on. */
static bool take_failure(rl_cli_bulk *bulk, const relief_batch_result *result) {
    rl_cli *cli = bulk->cli;
    const rl_cli_bulk_state *state = result->state;
    const bool output = state->side == SIDE_OUTPUT;
    cli->side = state->side;
    rl_cli_progress_file(cli, result->item->input);
    int code = rl_cli_failed_because(cli, result->item->input, result->status, result->error);
    rl_cli_progress_file(cli, "");
    bool go_on = rl_cli_count(cli, code);
    if (go_on && output && result->status == RELIEF_ERROR_IO &&
        !relief_batch_has_room(cli->ctx, bulk->batch)) {
        bulk->stop_reason = "the disk takes nothing more";
        cli->exit_code = EXIT_DEVICE;
        return false;
    }
    if (go_on && cli->options.fail_fast) {
        bulk->stop_reason = "--fail-fast";
        return false;
    }
    return go_on;
}

static bool on_done(const relief_batch_result *result, void *user) {
    rl_cli_bulk *bulk = user;
    rl_cli *cli = bulk->cli;
    bool go_on = true;
    bulk->told++;
    bulk->up_to_date += result->up_to_date;
    if (result->status) {
        go_on = take_failure(bulk, result);
    } else {
        rl_cli_count(cli, EXIT_ALL_DONE);
        rl_cli_progress_notes(cli, true); /* of an input that was worked on in this thread */
        print_notes(cli, result->notes);
        print_result(bulk, result);
    }
    write_report(bulk, result);
    if (cli->progress.mode == PROGRESS_JSON && cli->progress.many)
        print_progress_json(bulk, result);
    bulk->work->clear(result->state);
    bulk->stopped |= !go_on;
    return go_on && !rl_cli_interrupted();
}

/* ------------------------------------------------------------------ all of it */

/* Add "N words" to a list unless N is 0. */
static void add_count(char *text, size_t size, int64_t number, const char *words) {
    const size_t used = strlen(text);
    if (number)
        snprintf(text + used, size - used, "%s%lld %s", used ? ", " : "", (long long)number, words);
}

/* The last line of a run over many inputs. */
static void print_summary(const rl_cli_bulk *bulk) {
    const relief_batch_info *info = &bulk->info;
    char time[48], counts[160] = "", out[200] = "";
    add_count(out, sizeof(out), info->hidden, "hidden");
    add_count(out, sizeof(out), info->no_pictures, "no pictures");
    add_count(out, sizeof(out), info->own, "made by relief");
    add_count(out, sizeof(out), info->repeated, "named twice");
    add_count(out, sizeof(out), info->output_folder, "output folder");
    add_count(out, sizeof(out), info->other_shards, "of other shards");
    if (!bulk->of_many && !out[0])
        return;
    spell_time(relief_now() - bulk->start, time, sizeof(time));
    add_count(counts, sizeof(counts), bulk->up_to_date, "up to date");
    add_count(counts, sizeof(counts), bulk->cli->failed, "failed");
    add_count(counts, sizeof(counts), left(bulk), "not begun");
    rl_cli_say(bulk->cli, "%lld made%s%s, in %s (%.1f a second)%s%s",
               (long long)(bulk->cli->done - bulk->up_to_date), counts[0] ? ", " : "", counts, time,
               rate(bulk), out[0] ? "; left out: " : "", out);
}

static int close_report(rl_cli_bulk *bulk, int code) {
    if (!bulk->report)
        return code;
    const bool bad = ferror(bulk->report) != 0;
    if ((fclose(bulk->report) || bad) && code == EXIT_ALL_DONE)
        return rl_cli_fault(bulk->cli, EXIT_DEVICE, "io", "%s: writing failed",
                            bulk->cli->options.report);
    return code;
}

static int run(rl_cli_bulk *bulk) {
    rl_cli *cli = bulk->cli;
    const rl_cli_bulk_work *work = bulk->work;
    relief_batch_job job = RELIEF_OPTIONS_INIT(relief_batch_job);
    job.stages = work->stages;
    job.stage_count = work->stage_count;
    job.state_bytes = work->state_bytes;
    job.workers = work->workers;
    job.weigh = work->weigh;
    job.done = on_done;
    job.tick = on_tick;
    job.user = work->user;
    job.listener = bulk;
    if (cli->options.memory)
        (void)rl_cli_read_bytes(cli->options.memory, &job.memory);
    relief_status status = relief_batch_run(cli->ctx, bulk->batch, &job);
    rl_cli_progress_file(cli, "");
    rl_cli_progress_clear(cli);
    print_summary(bulk);
    if (status == RELIEF_ERROR_CANCELLED && bulk->stopped) {
        if (bulk->stop_reason)
            rl_cli_say(cli, "stopped: %s", bulk->stop_reason);
        return cli->exit_code == EXIT_DEVICE ? EXIT_DEVICE : rl_cli_summary(cli);
    }
    if (status)
        return rl_cli_failed(cli, "", status);
    return rl_cli_summary(cli);
}

int rl_cli_bulk_run(rl_cli *cli, const rl_cli_bulk_work *work) {
    rl_cli_bulk bulk = {.cli = cli, .work = work};
    int code = prepare(&bulk);
    if (!code)
        code = open_report(&bulk);
    if (!code) {
        bulk.start = bulk.told_at = relief_now();
        code = run(&bulk);
        code = close_report(&bulk, code);
    }
    relief_batch_free(bulk.batch);
    return code;
}
