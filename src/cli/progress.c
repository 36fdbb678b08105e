/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include "report.h"
#include "system.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BAR_CELLS = 24 };
static const double bar_interval = 0.05; /* seconds between two drawings */

void rl_cli_progress_start(rl_cli *cli) {
    const char *mode = cli->options.progress ? cli->options.progress : "auto";
    bool bar = !strcmp(mode, "bar") ||
               (!strcmp(mode, "auto") && !cli->options.quiet && rl_cli_is_terminal(stderr));
    cli->progress.mode = !strcmp(mode, "json") ? PROGRESS_JSON : bar ? PROGRESS_BAR : PROGRESS_NONE;
    cli->progress.file = "";
}

void rl_cli_progress_file(rl_cli *cli, const char *file) {
    cli->progress.file = file;
}

void rl_cli_progress_clear(rl_cli *cli) {
    if (cli->progress.bar_shown)
        fputs("\r\033[K", stderr);
    cli->progress.bar_shown = false;
}

/* Whether a bar is due: it moves to another stage, or ends, or was drawn some time ago. */
static bool is_due(rl_cli_progress *progress, const char *stage, bool ends) {
    const double now = relief_now();
    bool new_stage = strncmp(progress->stage, stage, sizeof(progress->stage) - 1) != 0;
    if (!new_stage && !ends && now - progress->shown_at < bar_interval)
        return false;
    snprintf(progress->stage, sizeof(progress->stage), "%s", stage);
    progress->shown_at = now;
    progress->bar_shown = true;
    return true;
}

static void print_cells(const char *stage, int64_t done, int64_t total) {
    char cells[BAR_CELLS + 1];
    double share = total > 0 ? (double)done / (double)total : 0;
    int filled = (int)(share * BAR_CELLS);
    filled = filled < 0 ? 0 : filled > BAR_CELLS ? BAR_CELLS : filled;
    memset(cells, '.', BAR_CELLS);
    memset(cells, '#', (size_t)filled);
    cells[BAR_CELLS] = '\0';
    fprintf(stderr, "\r\033[K%-8.20s [%s] %3.0f%% ", stage, cells, share * 100);
}

static void draw_bar(rl_cli *cli, const char *stage, int64_t done, int64_t total) {
    rl_cli_progress *progress = &cli->progress;
    char name[48];
    if (!is_due(progress, stage, done >= total))
        return;
    print_cells(stage, done, total);
    if (!strcmp(stage, "download"))
        fprintf(stderr, "%.1f of %.1f MB ", (double)done / 1e6, (double)total / 1e6);
    rl_cli_shorten(progress->file, name, sizeof(name));
    fputs(name, stderr);
    fflush(stderr);
}

void rl_cli_progress_bar(rl_cli *cli, const char *stage, int64_t done, int64_t total,
                         const char *words) {
    if (!is_due(&cli->progress, stage, false))
        return;
    print_cells(stage, done, total);
    fprintf(stderr, "%lld of %lld, %s", (long long)done, (long long)total, words);
    fflush(stderr);
}

static void print_step(const rl_cli *cli, const char *stage, int64_t done, int64_t total) {
    json_t *line = json_object();
    json_object_set_new(line, "stage", rl_cli_json_text(stage));
    json_object_set_new(line, "done", json_integer(done));
    json_object_set_new(line, "total", json_integer(total));
    if (cli->progress.file[0])
        json_object_set_new(line, "file", rl_cli_json_text(cli->progress.file));
    rl_cli_print_json_line(stderr, line);
}

bool rl_cli_on_progress(void *user, const char *stage, int64_t done, int64_t total) {
    rl_cli *cli = user;
    /* Many at a time have a line in common, which bulk.c draws. */
    if (cli->progress.many && !cli->progress.one_by_one)
        return !rl_cli_interrupted();
    if (cli->progress.mode == PROGRESS_BAR)
        draw_bar(cli, stage, done, total);
    else if (cli->progress.mode == PROGRESS_JSON)
        print_step(cli, stage, done, total);
    return !rl_cli_interrupted();
}

static void print_message(rl_cli *cli, const char *level, const char *text) {
    if (cli->progress.mode != PROGRESS_JSON) {
        rl_cli_progress_clear(cli);
        rl_cli_print_line(text);
        return;
    }
    json_t *line = json_object();
    json_object_set_new(line, "stage", json_string("message"));
    json_object_set_new(line, "level", json_string(level));
    json_object_set_new(line, "message", rl_cli_json_text(text));
    if (cli->progress.file[0])
        json_object_set_new(line, "file", rl_cli_json_text(cli->progress.file));
    rl_cli_print_json_line(stderr, line);
}

void rl_cli_say(rl_cli *cli, const char *format, ...) {
    char text[RL_CLI_TEXT_SIZE];
    va_list args;
    if (cli->options.quiet)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    print_message(cli, "info", text);
}

void rl_cli_on_log(void *user, relief_log_level level, const char *text) {
    static const char *const names[] = {"debug", "info", "warning", "none"};
    rl_cli *cli = user;
    if (cli->options.verbose) {
        print_message(cli, names[level], text);
        return;
    }
    size_t used = strlen(cli->progress.notes);
    snprintf(cli->progress.notes + used, sizeof(cli->progress.notes) - used, "%s\n", text);
}

void rl_cli_progress_notes(rl_cli *cli, bool print) {
    char *line = cli->progress.notes;
    while (print && *line) {
        size_t length = strcspn(line, "\n");
        bool last = !line[length];
        line[length] = '\0';
        print_message(cli, "info", line);
        line += last ? length : length + 1;
    }
    cli->progress.notes[0] = '\0';
}

void rl_cli_progress_end(rl_cli *cli, int exit_code) {
    json_t *line;
    rl_cli_progress_clear(cli);
    if (cli->progress.mode != PROGRESS_JSON)
        return;
    line = json_object();
    if (exit_code == EXIT_ALL_DONE) {
        json_object_set_new(line, "stage", json_string("done"));
    } else {
        json_object_set_new(line, "stage", json_string("error"));
        if (exit_code == EXIT_SOME_FAILED || !cli->progress.last_code[0]) {
            snprintf(cli->progress.last_code, sizeof(cli->progress.last_code), "some_failed");
            snprintf(cli->progress.last_text, sizeof(cli->progress.last_text),
                     "%d of %d inputs failed", cli->failed, cli->failed + cli->done);
        }
        json_object_set_new(line, "code", rl_cli_json_text(cli->progress.last_code));
        json_object_set_new(line, "message", rl_cli_json_text(cli->progress.last_text));
    }
    json_object_set_new(line, "files", json_integer(cli->done + cli->failed));
    json_object_set_new(line, "failed", json_integer(cli->failed));
    json_object_set_new(line, "exit", json_integer(exit_code));
    rl_cli_print_json_line(stderr, line);
}
