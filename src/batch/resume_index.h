/* SPDX-License-Identifier: Apache-2.0 */
/* What is done: a file of lines in the output folder, written as work goes on.
 *
 *     relief index 2
 *     INPUT | STEM | ENDING | BYTES | TIME | SETTINGS | OUTPUT BYTES | TURN | CHECK
 *
 * with tabs between them. INPUT is an absolute path and STEM+ENDING the output's name below the
 * folder, both with %XX for bytes up to the space, DEL and %. BYTES and TIME (ns since 1970) are
 * the input's. A line whose CHECK is not right, such as one that was cut off, is passed over; of
 * several lines for one output in one file the last counts. A run that ends by itself leaves the
 * lines sorted, without those that others have replaced, so that the file does not tell how often
 * the work was interrupted.
 *
 * Each shard writes a file of its own, and reads all. Of lines for one output in several files that
 * with the greatest TURN counts: it is 0 where no other file knows the output, and else one more
 * than there. Files' times would tell nothing about single lines, and would not be the same after a
 * run that was interrupted. */
#ifndef RELIEF_BATCH_RESUME_INDEX_H
#define RELIEF_BATCH_RESUME_INDEX_H

#include "relief/base.h"

typedef struct rl_index rl_index;

/* What one line says. */
typedef struct rl_index_record {
    char *stem; /* for rl_free() */
    int64_t input_bytes, input_modified_ns;
    uint64_t settings;
    int64_t output_bytes;
    /* Result: another file says something else of the same turn, which two runs have written that
     * knew nothing of each other. Nobody can tell then what the output is. */
    bool contested;
} rl_index_record;

/* Read the files of the folder and lock this process's own, waiting for a while when another
 * process has it. Errors: _IO (a folder that cannot be written to; another process stays), _MEMORY,
 * _CANCELLED. */
RELIEF_CHECKED relief_status rl_index_open(relief_ctx *ctx, const char *folder, int shard,
                                           int shard_count, rl_index **out);

/* The newest record of an input's output with this ending, or of any ending when it is NULL;
 * *found: whether there is one. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_index_find(relief_ctx *ctx, const rl_index *index, const char *key,
                                           const char *ending, rl_index_record *out, bool *found);
/* Call fn with the name, stem and ending, of every output that the files know. Errors: of fn,
 * _MEMORY. */
RELIEF_CHECKED relief_status rl_index_each(relief_ctx *ctx, const rl_index *index,
                                           relief_status (*fn)(relief_ctx *ctx, const char *name,
                                                               void *arg),
                                           void *arg);

/* Write a line. Errors: _IO, _MEMORY. */
RELIEF_CHECKED relief_status rl_index_add(relief_ctx *ctx, rl_index *index, const char *key,
                                          const char *ending, const rl_index_record *record);

/* Sort this process's file. Errors: _IO, _MEMORY. */
RELIEF_CHECKED relief_status rl_index_tidy(relief_ctx *ctx, rl_index *index);
/* Unlock, and free; NULL is fine. */
void rl_index_close(rl_index *index);

#endif
