/* SPDX-License-Identifier: Apache-2.0 */
/* Several files that appear together or not at all. */
#ifndef RELIEF_MESH_FILE_SET_H
#define RELIEF_MESH_FILE_SET_H

#include "base/output.h"

typedef struct rl_file_set rl_file_set;

/* Begin with the main file, `path` ("-": standard output, which has no files beside it). Errors:
 * those of rl_output_open(). End with rl_files_commit() or rl_files_abort(). */
RELIEF_CHECKED relief_status rl_files_open(relief_ctx *ctx, const char *path, bool force,
                                           rl_file_set **out);
rl_output *rl_files_main(rl_file_set *files);
/* Add a file beside the main one: its name without the ending, and `suffix`. *name: without its
 * folder, borrowed. Errors: as above; _EXISTS too when it would replace the file `input` (or NULL),
 * whatever `force` says. */
RELIEF_CHECKED relief_status rl_files_add(rl_file_set *files, const char *suffix, const char *input,
                                          rl_output **out, const char **name);
/* Put all files into place, the main one last, and free the set. Errors: _IO; then what this call
 * has put in place is removed again. */
RELIEF_CHECKED relief_status rl_files_commit(rl_file_set *files);
void rl_files_abort(rl_file_set *files);

#endif
