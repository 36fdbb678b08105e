/* SPDX-License-Identifier: Apache-2.0 */
/* Failures as one line and an exit code; results as JSON. */
#ifndef RELIEF_CLI_REPORT_H
#define RELIEF_CLI_REPORT_H

#include "program.h"

#include <jansson.h>
#include <stdio.h>

/* Report a failure of the program's own finding, "what is wrong (what to do)"; `code` is its name
 * in JSON lines. */
void rl_cli_report(rl_cli *cli, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same as expressions with the exit code as their value, in sight of those who read or analyse
 * the caller. */
#define rl_cli_usage(cli, ...) (rl_cli_report((cli), "usage", __VA_ARGS__), EXIT_USAGE)
#define rl_cli_fault(cli, exit_code, code, ...)                                                    \
    (rl_cli_report((cli), (code), __VA_ARGS__), (exit_code))
/* Report a failure that concerned `file`, "" for none; returns the exit code that `status` and
 * cli->side mean. */
int rl_cli_failed_because(rl_cli *cli, const char *file, relief_status status, const char *reason);
/* The same for the context's last failure; returns the exit code that `status`
 * and cli->side mean. */
int rl_cli_failed(rl_cli *cli, const char *file, relief_status status);

/* Count an input whose work came to `exit_code`. Returns whether to go on with the next one. */
bool rl_cli_count(rl_cli *cli, int exit_code);
/* The exit code of all inputs counted. */
int rl_cli_summary(const rl_cli *cli);

/* Print text that relief did not write, from files and the command line, on stdout: control
 * characters become `?`, lest it drives the terminal. */
void rl_cli_put(const char *text);
/* The same behind a label and with the end of the line. */
void rl_cli_put_row(const char *label, const char *text);
/* Print "relief: TEXT" on stderr, control characters replaced. */
void rl_cli_print_line(const char *text);
/* Copy a file's name for a narrow place: its end, control characters replaced. */
void rl_cli_shorten(const char *path, char *out, size_t out_size);

/* A JSON string of any bytes: what is not UTF-8 becomes U+FFFD. NULL without memory. */
json_t *rl_cli_json_text(const char *text);
/* A number rounded to `digits` places. */
json_t *rl_cli_json_number(double number, int digits);
/* Print an object in one line, and free it. */
void rl_cli_print_json_line(FILE *stream, json_t *object);
/* Print a result over several lines on stdout, and free it. */
void rl_cli_print_json(json_t *object);
/* Flush stdout; the exit code, which a failure of writing changes when it was EXIT_ALL_DONE. */
int rl_cli_finish_output(rl_cli *cli, int exit_code);

#endif
