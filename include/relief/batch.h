/* SPDX-License-Identifier: Apache-2.0 */
/* Many inputs, each of which becomes one or a few files in a folder: what `relief depth` does with
 * folders of photos, for whatever the stages make of an input.
 *
 * A batch lists the inputs, names their outputs, knows which are up to date from an index that it
 * keeps in the output folder, and runs stages over the rest, several inputs at a time, on all
 * processors and within a bound of memory. A run may be killed at any moment: the next one goes on
 * with what is missing, and comes to the same files as one that was never interrupted. */
#ifndef RELIEF_BATCH_H
#define RELIEF_BATCH_H

#include "relief/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RELIEF_MAX_STAGES 8
#define RELIEF_MAX_ENDINGS 8

typedef struct relief_batch relief_batch;

typedef struct relief_batch_options {
    size_t struct_size;
    const char *folder; /* where outputs go; made when it is not there */
    /* What the names of one input's outputs end in: ".png", "-preview.png"; ended by NULL. */
    const char *const *endings;
    /* For each ending, all that its file depends on besides the input: an output that was made with
     * other settings is out of date. */
    const char *const *settings;
    bool recursive; /* go into folders in folders; their outputs keep the tree */
    bool redo;      /* make what is up to date again */
    /* Which part of the work is this process's: shard 1..shard_count of shard_count, by a hash of
     * each input's path below the folder that was named; 0, 0: all of it. */
    int shard, shard_count;
} relief_batch_options;

/* Begin a batch. Strings are copied. Errors: _ARG, _IO (the folder cannot be made), _MEMORY. The
 * caller frees *out with relief_batch_free(). */
RELIEF_API RELIEF_CHECKED relief_status relief_batch_new(relief_ctx *ctx,
                                                         const relief_batch_options *options,
                                                         relief_batch **out);
RELIEF_API void relief_batch_free(relief_batch *batch);

/* Add an input: a file, the pictures in a folder, or all that fits a pattern with *, ? and [] when
 * no file has that name. What a folder or pattern brings is looked at: hidden files, files that are
 * no pictures by their names, and files that relief made are left out and counted, and so is the
 * output folder. A file that is named is taken for what it is. Errors: _IO (a folder that cannot be
 * read; a pattern that nothing fits), _MEMORY, _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_batch_add(relief_ctx *ctx, relief_batch *batch,
                                                         const char *input);
/* Add what a list names, a line each or ended by NUL bytes; list "-" is standard input. Errors: as
 * above, _LIMIT (more than 4 GB). */
RELIEF_API RELIEF_CHECKED relief_status relief_batch_add_list(relief_ctx *ctx, relief_batch *batch,
                                                              const char *list, bool nul);

/* Settle the order (by path), the outputs' names and what is up to date, and remove what killed
 * runs have left. An input keeps the name that it once got; a new one gets its own name with the
 * ending in place of its own, or behind it when that name is taken; in a shard always behind it.
 * Errors: _ARG (an output is an input, through links too; two inputs of a shard with one output),
 * _IO, _MEMORY, _CANCELLED. Once a batch. */
RELIEF_API RELIEF_CHECKED relief_status relief_batch_plan(relief_ctx *ctx, relief_batch *batch);

typedef struct relief_batch_info {
    size_t struct_size;
    int64_t inputs;       /* of this process, after relief_batch_plan() */
    int64_t to_do;        /* of those, not up to date */
    int64_t other_shards; /* inputs that are other processes' */
    int64_t hidden;       /* files and folders whose names begin with a dot, left out */
    int64_t no_pictures;  /* files without a picture's name, left out */
    int64_t own;          /* files that relief made, left out */
    int64_t repeated;     /* inputs that were named before, and folders met again through links */
    int64_t unreadable;   /* folders in folders that could not be read, each told in a warning */
    bool output_folder;   /* the output folder lay among the inputs and was left out */
    int64_t leftovers;    /* temporaries of killed runs, removed */
} relief_batch_info;

RELIEF_API void relief_batch_get_info(const relief_batch *batch, relief_batch_info *info);

/* One input on its way; borrowed for the call that it is passed to. */
typedef struct relief_batch_item {
    size_t struct_size;
    const char *input;
    /* One for each ending; NULL for those that are up to date. */
    const char *outputs[RELIEF_MAX_ENDINGS];
} relief_batch_item;

/* How an input ended. */
typedef struct relief_batch_result {
    size_t struct_size;
    const relief_batch_item *item; /* with all outputs' names when it is up to date */
    bool up_to_date;               /* nothing was done */
    relief_status status;
    const char *error; /* why it failed, one line; "" */
    const char *notes; /* messages of its stages, each with a newline */
    const double *ms;  /* of each stage, 0: did not run */
    void *state;
} relief_batch_result;

/* A step in the work on an input. */
typedef struct relief_batch_stage {
    const char *name;
    /* `state` is the input's own, and passes from stage to stage; no two stages of an input run at
     * the same time, but those of different inputs do, each with a context of its thread's own. */
    relief_status (*run)(relief_ctx *ctx, const relief_batch_item *item, void *state, void *user);
} relief_batch_stage;

typedef struct relief_batch_job {
    size_t struct_size;
    const relief_batch_stage *stages;
    int stage_count;
    size_t state_bytes; /* of an input's state, which begins as zeros */
    /* The most bytes that the input takes until it is done; called before the first stage, and
     * leaves nothing in the state that `done` would have to free, since an input may be weighed and
     * then left for another time. NULL: nothing that counts. */
    relief_status (*weigh)(relief_ctx *ctx, const relief_batch_item *item, void *state, void *user,
                           int64_t *bytes);
    int64_t memory; /* that all inputs on their way may take; 0: half of what the process may use */
    /* Inputs that are worked on at the same time; 0: one a thread of the context. 1: one after the
     * other in the calling thread, with the context's threads, progress and cancelling; an input
     * that was cancelled is left for another time. */
    int workers;
    /* Both in the thread that called relief_batch_run(). `done`: an input is done, or failed; frees
     * what its state holds; false: begin nothing more. `tick`: some times a second; may be NULL. */
    bool (*done)(const relief_batch_result *result, void *listener);
    bool (*tick)(void *listener);
    void *user;     /* passed to the stages and weigh() */
    void *listener; /* passed to done() and tick() */
} relief_batch_job;

/* Work through the batch, once. An input that fails is told to `done`, and the rest goes on. When
 * the context is cancelled, or a callback says so, what is on its way is finished, and the rest is
 * left for another time. With a single input to do, or one worker, stages run in the calling thread
 * with `ctx`. Errors: _CANCELLED (the rest was left), _IO (the index cannot be written), _MEMORY.
 */
RELIEF_API RELIEF_CHECKED relief_status relief_batch_run(relief_ctx *ctx, relief_batch *batch,
                                                         const relief_batch_job *job);

/* Whether the output folder takes a file of some megabytes: to tell a full disk from one file's
 * bad luck. */
RELIEF_API bool relief_batch_has_room(relief_ctx *ctx, const relief_batch *batch);

#ifdef __cplusplus
}
#endif
#endif
