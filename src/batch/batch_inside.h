/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a batch, for the files of this room. A million inputs are ordinary, so an input is
 * 16 bytes and its name; its paths are put together when they are needed. */
#ifndef RELIEF_BATCH_BATCH_INSIDE_H
#define RELIEF_BATCH_BATCH_INSIDE_H

#include "base/folder.h"
#include "batch/pair_set.h"
#include "batch/resume_index.h"
#include "relief/batch.h"

#define RL_MAX_NAME_BYTES 255 /* of one name in a folder, as file systems have it */

/* Which stem an input's outputs have in the folder that the tree gives. */
typedef enum rl_stem {
    STEM_UNSET,
    STEM_SHORT,  /* a of a.jpg */
    STEM_FULL,   /* a.jpg */
    STEM_HASHED, /* a.jpg-0123456789abcdef, the hash being that of the whole path */
    STEM_KEPT    /* what the index says */
} rl_stem;

/* A folder that inputs lie in. */
typedef struct rl_batch_folder {
    char *path;   /* as it was named, ended by a slash; "": the current one */
    char *real;   /* absolute, without links, ended by a slash */
    size_t below; /* what stands in `path` from here on is kept in the output folder */
    bool made;    /* the output's folder is there */
} rl_batch_folder;

typedef struct rl_batch_entry {
    uint32_t folder; /* index */
    uint16_t stem;   /* rl_stem */
    bool fresh;      /* all outputs were up to date when the batch was planned */
    size_t name;     /* offset in `names` */
} rl_batch_entry;

struct relief_batch {
    char *folder; /* of outputs, without a slash at its end */
    int ending_count;
    char *endings[RELIEF_MAX_ENDINGS];
    uint64_t settings[RELIEF_MAX_ENDINGS]; /* hashes */
    bool recursive, redo, planned;
    int shard, shard_count;
    uint64_t output_device, output_inode;
    char *output_real;   /* absolute, without links, ended by a slash */
    rl_pair_set entered; /* folders, by device and inode */

    rl_batch_folder *folders;
    size_t folder_count, folder_capacity;
    rl_batch_entry *entries;
    size_t count, entry_capacity;
    size_t all_count; /* with those of other shards, which stand behind `count` */
    char *names;      /* NUL-ended */
    size_t names_size, names_capacity;

    rl_index *index;
    relief_batch_info info;
};

/* *out: the stem that the index has for one of the batch's endings, else for any; NULL: none. For
 * rl_free(). Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_batch_kept_stem(relief_ctx *ctx, const relief_batch *batch,
                                                const char *key, char **out);

/* Add a file in folders[folder]. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_batch_add_entry(relief_ctx *ctx, relief_batch *batch, size_t folder,
                                                const char *name);

/* Paths of an entry; new strings for rl_free(), NULL without memory. Input: as it was named. Key:
 * absolute, what the index knows it by. Stem: below the output folder, without an ending. */
char *rl_batch_input(const relief_batch *batch, const rl_batch_entry *entry);
char *rl_batch_key(const relief_batch *batch, const rl_batch_entry *entry);
char *rl_batch_stem(const relief_batch *batch, const rl_batch_entry *entry, rl_stem stem);
/* FOLDER/STEM+ENDING. */
char *rl_batch_output(const relief_batch *batch, const char *stem, int ending);
/* Where the entry's path below the folder that was named begins to matter: its hash for shards. */
uint64_t rl_batch_path_hash(const relief_batch *batch, const rl_batch_entry *entry);

/* What is known about one entry's outputs. */
typedef struct rl_batch_state {
    char *input, *key, *stem;
    char *outputs[RELIEF_MAX_ENDINGS];
    bool fresh[RELIEF_MAX_ENDINGS]; /* up to date */
    int stale_count;                /* of those that are not */
    bool seen;                      /* the input is there */
    int64_t input_bytes, input_modified_ns;
} rl_batch_state;

/* Put the entry's paths together, and ask the index and the files unless the entry is known to be
 * up to date. Undo with rl_batch_state_clear(), also after a
 * failure. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_batch_look(relief_ctx *ctx, const relief_batch *batch,
                                           const rl_batch_entry *entry, rl_batch_state *out);
void rl_batch_state_clear(rl_batch_state *state);

#endif
