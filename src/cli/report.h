/* SPDX-License-Identifier: Apache-2.0 */
/* Failures as one line and an exit code; results as JSON. */
#ifndef RELIEF_CLI_REPORT_H
#define RELIEF_CLI_REPORT_H

#include "program.h"

#include <jansson.h>
#include <stdio.h>

/* Report that the command line makes no sense, "what is wrong (what to do)"; returns EXIT_USAGE. */
int rl_cli_usage(rl_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Report any other failure of the program's own finding; returns `exit_code`. */
int rl_cli_fault(rl_cli *cli, int exit_code, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Report the context's last failure, which concerned `file`; returns the exit code that `status`
 * and cli->side mean. */
int rl_cli_failed(rl_cli *cli, const char *file, relief_status status);

/* Count an input whose work came to `exit_code`. Returns whether to go on with the next one. */
bool rl_cli_count(rl_cli *cli, int exit_code);
/* The exit code of all inputs counted. */
int rl_cli_summary(const rl_cli *cli);

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
