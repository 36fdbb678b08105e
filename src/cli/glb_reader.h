/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON chunk of a binary glTF file. */
#ifndef RELIEF_CLI_GLB_READER_H
#define RELIEF_CLI_GLB_READER_H

#include "report.h"

/* Whether the file begins as binary glTF does. */
bool rl_cli_is_glb(const char *path);
/* Why a file could not be read. */
typedef struct rl_cli_glb_error {
    rl_cli_exit exit_code;
    const char *code; /* its name in JSON lines */
    char text[RL_CLI_TEXT_SIZE];
} rl_cli_glb_error;

/* Read the JSON chunk, of at most 16 MiB. *total: the length that the header claims. NULL with
 * *error filled when the file cannot be read or is not what it says, or without memory. The caller
 * gives the object back with json_decref(). */
json_t *rl_cli_read_glb(const char *path, int64_t *total, rl_cli_glb_error *error);

#endif
