/* SPDX-License-Identifier: Apache-2.0 */
/* What the program itself asks of the operating system: terminals, signals, folders. */
#ifndef RELIEF_CLI_SYSTEM_H
#define RELIEF_CLI_SYSTEM_H

#include "relief/base.h"

#include <stdio.h>

/* Take up the numbers of standard streams that are closed, lest a file that is opened later becomes
 * one of them. False when that fails. */
bool rl_cli_hold_streams(void);

/* Let the first SIGINT, SIGTERM or SIGHUP cancel what runs in `ctx` and a second one end the
 * process; ignore SIGPIPE. A SIGHUP that was ignored stays so. */
void rl_cli_watch_signals(relief_ctx *ctx);
/* Forget the context, before it is freed. */
void rl_cli_unwatch_signals(void);
/* Whether a signal came. */
bool rl_cli_interrupted(void);

/* From now on let the end of the process that started this one be a SIGTERM to it, where the system
 * can do that; false when that process has gone already. */
bool rl_cli_end_with_parent(void);

bool rl_cli_is_terminal(FILE *stream);
bool rl_cli_is_directory(const char *path);
/* Make a folder (its parent must exist); true when it is there afterwards. errno tells why not. */
bool rl_cli_make_directory(const char *path);
/* Size of a regular file in bytes, -1 when there is none. */
int64_t rl_cli_file_size(const char *path);

/* Make a folder of our own where the system keeps temporary files; a new string for free(), NULL
 * when that fails. */
char *rl_cli_temporary_folder(void);
/* Remove `file` (NULL is fine) and then the empty folder. */
void rl_cli_remove_folder(const char *folder, const char *file);

#endif
