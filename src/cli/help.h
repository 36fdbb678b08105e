/* SPDX-License-Identifier: Apache-2.0 */
/* What --help and --version print. */
#ifndef RELIEF_CLI_HELP_H
#define RELIEF_CLI_HELP_H

#include "program.h"

/* The help of one command, its options by group; that of the one-click path lists all `commands`,
 * too. */
void rl_cli_print_help(const rl_cli_command *command, const rl_cli_command *commands, int count);
void rl_cli_print_version(bool json);

#endif
