/* SPDX-License-Identifier: Apache-2.0 */
/* Files that appear whole or not at all. */
#ifndef RELIEF_BASE_OUTPUT_H
#define RELIEF_BASE_OUTPUT_H

#include "relief/base.h"

/* A file being written as .relief-HOST-PID-N.tmp beside its final name. */
typedef struct rl_output rl_output;

/* Begin to write `path` ("-": standard output, unbuffered by a temporary).
 * Errors: _EXISTS when a file is there that relief did not make and `force` is false, _IO, _MEMORY.
 * End with rl_output_commit() or rl_output_abort(). */
RELIEF_CHECKED relief_status rl_output_open(relief_ctx *ctx, const char *path, bool force,
                                            rl_output **out);
RELIEF_CHECKED relief_status rl_output_write(rl_output *output, const void *data, size_t size);
/* Say that all is written, which is when a full disk may first be noticed. Only where several files
 * are to appear together; a commit does it too. Errors: _IO. */
RELIEF_CHECKED relief_status rl_output_close(rl_output *output);
/* Put the file in place and free `output`; on failure nothing stays. Errors: _IO. */
RELIEF_CHECKED relief_status rl_output_commit(rl_output *output);
/* Remove what was written and free `output`; NULL is fine. */
void rl_output_abort(rl_output *output);
/* The name of the temporary, for libraries that insist on opening files themselves. Borrowed. */
const char *rl_output_temporary_path(const rl_output *output);

/* Whether relief made the file: a picture, a depth map, a scene. */
bool rl_output_is_ours(const char *path);

/* Remove from a folder the temporaries that killed processes left: those of this host whose process
 * is gone, and any that nobody has written to for an hour. One that is being written is locked, and
 * stays, whatever its name says. Returns how many went. */
int rl_output_remove_leftovers(const char *folder);

/* Remove all temporaries of this process; safe in signal handlers. */
void rl_output_remove_all(void);

#endif
