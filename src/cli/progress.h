/* SPDX-License-Identifier: Apache-2.0 */
/* Progress on stderr: a bar for people, JSON lines for programs; and messages, which must not tear
 * the bar. */
#ifndef RELIEF_CLI_PROGRESS_H
#define RELIEF_CLI_PROGRESS_H

#include "program.h"

/* Choose the mode from --progress, --quiet and whether stderr is a terminal. */
void rl_cli_progress_start(rl_cli *cli);
/* Callbacks of the context; `user` is the rl_cli. */
bool rl_cli_on_progress(void *user, const char *stage, int64_t done, int64_t total);
void rl_cli_on_log(void *user, relief_log_level level, const char *text);
/* Tell something now, unless --quiet: "NAME: what". */
void rl_cli_say(rl_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Name the input that is worked on from now; borrowed. */
void rl_cli_progress_file(rl_cli *cli, const char *file);
/* Draw a bar of `done` of `total` inputs with a few words behind it. */
void rl_cli_progress_bar(rl_cli *cli, const char *stage, int64_t done, int64_t total,
                         const char *words);
/* Print what was kept back, now that an input is done; or drop it after a failure. */
void rl_cli_progress_notes(rl_cli *cli, bool print);
/* Remove the bar, so that a line can be printed. */
void rl_cli_progress_clear(rl_cli *cli);
/* Print the last line of `--progress json`. */
void rl_cli_progress_end(rl_cli *cli, int exit_code);

#endif
