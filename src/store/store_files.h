/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the store. */
#ifndef RELIEF_STORE_STORE_FILES_H
#define RELIEF_STORE_STORE_FILES_H

#include "store/hash.h"

/* The folder where networks lie by name: RELIEF_MODELS, else relief/models in the user's data
 * folder. A new string for rl_free(); NULL without memory. The folder need not exist. */
char *rl_store_folder(void);

/* FOLDER/NAME and `ending`, a new string for rl_free(). Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_store_path(relief_ctx *ctx, const char *name, const char *ending,
                                           char **out);

/* Write the record of a file's hash, PATH.sha256, in the form of sha256sum. Errors: _IO, _MEMORY.
 */
RELIEF_CHECKED relief_status rl_store_record(relief_ctx *ctx, const char *path,
                                             const char digits[RL_SHA256_DIGITS + 1]);
/* The hash that is on record for a file; false when there is none, or the file was written to after
 * it. Costs no hashing: it says what the file was when it came. */
bool rl_store_recorded(const char *path, char digits[RL_SHA256_DIGITS + 1]);

#endif
