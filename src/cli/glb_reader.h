/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON chunk of a binary glTF file. */
#ifndef RELIEF_CLI_GLB_READER_H
#define RELIEF_CLI_GLB_READER_H

#include "report.h"

/* Whether the file begins as binary glTF does. */
bool rl_cli_is_glb(const char *path);
/* Read the JSON chunk, of at most 16 MiB. *total: the length that the header claims. NULL with one
 * line in `error` when the file is not what it says. The caller gives the object back with
 * json_decref(). */
json_t *rl_cli_read_glb(const char *path, int64_t *total, char *error, size_t error_size);

#endif
