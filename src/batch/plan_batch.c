/* SPDX-License-Identifier: Apache-2.0 */
/* What is settled before any work: the order, the outputs' names, what is up to date. */
#include "batch/batch_inside.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"
#include "batch/pair_set.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ order */

/* The byte at `at` of a folder's path with a name behind it; 0 at the end. */
typedef struct joined {
    const char *part, *rest; /* the rest comes when the part has ended */
} joined;

static int next_byte(joined *path) {
    if (!*path->part && path->rest) {
        path->part = path->rest;
        path->rest = NULL;
    }
    return *path->part ? (unsigned char)*path->part++ : 0;
}

static int compare_entries(const void *a, const void *b, void *arg) {
    const relief_batch *batch = arg;
    const rl_batch_entry *x = a, *y = b;
    const char *name_x = batch->names + x->name, *name_y = batch->names + y->name;
    if (x->folder == y->folder)
        return strcmp(name_x, name_y);
    joined path_x = {batch->folders[x->folder].path, name_x};
    joined path_y = {batch->folders[y->folder].path, name_y};
    int byte_x, byte_y;
    do {
        byte_x = next_byte(&path_x);
        byte_y = next_byte(&path_y);
    } while (byte_x && byte_x == byte_y);
    return byte_x != byte_y ? byte_x - byte_y : x->folder < y->folder ? -1 : 1;
}

/* Sort, and drop what was named twice. */
static relief_status settle_order(relief_ctx *ctx, relief_batch *batch) {
    rl_pair_set seen = {0};
    size_t kept = 0;
    relief_status status = RELIEF_OK;
    if (batch->count)
        qsort_r(batch->entries, batch->count, sizeof(*batch->entries), compare_entries, batch);
    for (size_t i = 0; i < batch->count && !status; i++) {
        bool repeated = false;
        char *key = rl_batch_key(batch, &batch->entries[i]);
        status = key ? rl_pair_set_add(ctx, &seen, rl_pair_of(key), &repeated)
                     : rl_fail_memory(ctx, RL_MAX_NAME_BYTES);
        rl_free(key);
        if (!repeated)
            batch->entries[kept++] = batch->entries[i];
        batch->info.repeated += repeated;
    }
    if (!status)
        batch->count = kept;
    rl_pair_set_clear(&seen);
    return status;
}

/* ------------------------------------------------------------------ names */

static relief_status note_name(relief_ctx *ctx, const char *name, void *arg) {
    return rl_pair_set_add(ctx, arg, rl_pair_of(name), NULL);
}

typedef enum name_state { NAME_FREE, NAME_TAKEN, NAME_TOO_LONG } name_state;

/* Take the names of all outputs with this stem, if all are free. */
static relief_status take_names(relief_ctx *ctx, const relief_batch *batch, const char *stem,
                                rl_pair_set *names, name_state *state) {
    relief_status status = RELIEF_OK;
    rl_pair pairs[RELIEF_MAX_ENDINGS];
    const char *slash = strrchr(stem, '/');
    const size_t length = strlen(slash ? slash + 1 : stem);
    *state = NAME_FREE;
    for (int i = 0; i < batch->ending_count; i++) {
        char *name = rl_format("%s%s", stem, batch->endings[i]);
        if (!name)
            return rl_fail_memory(ctx, length);
        pairs[i] = rl_pair_of(name);
        rl_free(name);
        if (length + strlen(batch->endings[i]) > RL_MAX_NAME_BYTES)
            *state = NAME_TOO_LONG;
        else if (rl_pair_set_has(names, pairs[i]) && *state == NAME_FREE)
            *state = NAME_TAKEN;
    }
    for (int i = 0; i < batch->ending_count && *state == NAME_FREE && !status; i++)
        status = rl_pair_set_add(ctx, names, pairs[i], NULL);
    return status;
}

/* A first name for an input that never had one. */
static relief_status choose_name(relief_ctx *ctx, const relief_batch *batch, rl_batch_entry *entry,
                                 rl_pair_set *names) {
    const rl_stem first = batch->shard_count ? STEM_FULL : STEM_SHORT;
    name_state state = NAME_TAKEN;
    relief_status status = RELIEF_OK;
    for (rl_stem stem = first; state != NAME_FREE && stem <= STEM_HASHED && !status; stem++) {
        char *text = rl_batch_stem(batch, entry, stem);
        entry->stem = (uint16_t)stem;
        status = text ? take_names(ctx, batch, text, names, &state)
                      : rl_fail_memory(ctx, RL_MAX_NAME_BYTES);
        rl_free(text);
        /* Which of the two comes first may be another question in another process. */
        if (!status && state == NAME_TAKEN && batch->shard_count)
            return rl_fail(ctx, RELIEF_ERROR_ARG,
                           "%s: two inputs of this name, and with --shard no telling which is "
                           "first (name one folder that holds all inputs)",
                           batch->names + entry->name);
    }
    return status;
}

/* Whether the names of a kept stem that have no record yet are free; they are taken then. */
static relief_status take_kept(relief_ctx *ctx, const relief_batch *batch, const char *key,
                               const char *stem, rl_pair_set *names, bool *mine) {
    relief_status status = RELIEF_OK;
    *mine = true;
    for (int i = 0; i < batch->ending_count && !status && *mine; i++) {
        rl_index_record record = {0};
        bool found = false, taken = false;
        status = rl_index_find(ctx, batch->index, key, batch->endings[i], &record, &found);
        const bool own = !status && found && !strcmp(record.stem, stem);
        if (found)
            rl_free(record.stem);
        char *name = status || own ? NULL : rl_format("%s%s", stem, batch->endings[i]);
        if (!status && !own)
            status = name ? rl_pair_set_add(ctx, names, rl_pair_of(name), &taken)
                          : rl_fail_memory(ctx, strlen(stem));
        rl_free(name);
        *mine = !taken;
    }
    return status;
}

static relief_status name_outputs(relief_ctx *ctx, relief_batch *batch) {
    rl_pair_set names = {0};
    relief_status status = rl_index_each(ctx, batch->index, note_name, &names);
    for (size_t i = 0; i < batch->count && !status; i++) {
        rl_batch_entry *entry = &batch->entries[i];
        char *stem = NULL;
        bool mine = false;
        char *key = rl_batch_key(batch, entry);
        status = key ? rl_batch_kept_stem(ctx, batch, key, &stem)
                     : rl_fail_memory(ctx, RL_MAX_NAME_BYTES);
        if (!status && stem)
            status = take_kept(ctx, batch, key, stem, &names, &mine);
        rl_free(stem);
        rl_free(key);
        if (!status && mine)
            entry->stem = STEM_KEPT;
        else if (!status)
            status = choose_name(ctx, batch, entry, &names);
    }
    rl_pair_set_clear(&names);
    return status;
}

/* Leave the other processes' inputs to them: they go behind the own ones, whose order stays. */
static void keep_own_shard(relief_batch *batch) {
    size_t kept = 0;
    batch->all_count = batch->count;
    for (size_t i = 0; i < batch->count && batch->shard_count; i++) {
        const uint64_t hash = rl_batch_path_hash(batch, &batch->entries[i]);
        if (hash % (uint64_t)batch->shard_count != (uint64_t)(batch->shard - 1))
            continue;
        const rl_batch_entry own = batch->entries[i];
        batch->entries[i] = batch->entries[kept];
        batch->entries[kept++] = own;
    }
    if (batch->shard_count) {
        batch->info.other_shards = (int64_t)(batch->count - kept);
        batch->count = kept;
    }
}

/* ------------------------------------------------------------------ what is there already */

/* Which files the inputs are; filled when it is first asked for. */
typedef struct input_files {
    rl_pair_set set;
    bool filled;
} input_files;

static relief_status fill_inputs(relief_ctx *ctx, const relief_batch *batch, input_files *files) {
    relief_status status = RELIEF_OK;
    for (size_t i = 0; i < batch->all_count && !status && !files->filled; i++) {
        uint64_t device, inode;
        char *path = rl_batch_input(batch, &batch->entries[i]);
        if (!path)
            status = rl_fail_memory(ctx, RL_MAX_NAME_BYTES);
        else if (rl_os_identity(path, &device, &inode))
            status = rl_pair_set_add(ctx, &files->set, (rl_pair){device, inode}, NULL);
        rl_free(path);
    }
    files->filled = true;
    return status;
}

/* Refuse an output that is one of the inputs, by whatever name. */
static relief_status refuse_inputs(relief_ctx *ctx, const relief_batch *batch,
                                   const rl_batch_state *state, input_files *files) {
    for (int i = 0; i < batch->ending_count; i++) {
        uint64_t device, inode;
        if (!rl_os_identity(state->outputs[i], &device, &inode))
            continue;
        relief_status status = fill_inputs(ctx, batch, files);
        if (status)
            return status;
        if (rl_pair_set_has(&files->set, (rl_pair){device, inode}))
            return rl_fail(ctx, RELIEF_ERROR_ARG,
                           "%s: the output would replace an input (name another folder with -o)",
                           state->outputs[i]);
    }
    return RELIEF_OK;
}

static relief_status look_at_all(relief_ctx *ctx, relief_batch *batch) {
    input_files files = {0};
    relief_status status = RELIEF_OK;
    for (size_t i = 0; i < batch->count && !status; i++) {
        rl_batch_state state;
        status = rl_batch_look(ctx, batch, &batch->entries[i], &state);
        if (!status)
            status = refuse_inputs(ctx, batch, &state, &files);
        batch->info.to_do += state.stale_count > 0;
        batch->entries[i].fresh = !status && !state.stale_count;
        rl_batch_state_clear(&state);
        if (!status && i % 1024 == 0)
            status = rl_check_cancel(ctx);
    }
    rl_pair_set_clear(&files.set);
    return status;
}

/* Clean the output's folders of what killed runs left. */
static relief_status remove_leftovers(relief_ctx *ctx, relief_batch *batch) {
    rl_pair_set cleaned = {0};
    relief_status status = rl_pair_set_add(ctx, &cleaned, rl_pair_of(""), NULL);
    batch->info.leftovers += rl_output_remove_leftovers(batch->folder);
    for (size_t i = 0; i < batch->folder_count && !status; i++) {
        const char *below = batch->folders[i].path + batch->folders[i].below;
        bool done = false;
        char *path = rl_format("%s/%s", batch->folder, below);
        status = path ? rl_pair_set_add(ctx, &cleaned, rl_pair_of(below), &done)
                      : rl_fail_memory(ctx, strlen(below));
        if (!status && !done)
            batch->info.leftovers += rl_output_remove_leftovers(path);
        rl_free(path);
    }
    rl_pair_set_clear(&cleaned);
    return status;
}

relief_status relief_batch_plan(relief_ctx *ctx, relief_batch *batch) {
    if (batch->planned)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a batch is planned once");
    batch->planned = true;
    relief_status status =
        rl_index_open(ctx, batch->folder, batch->shard, batch->shard_count, &batch->index);
    if (!status)
        status = settle_order(ctx, batch);
    if (!status)
        status = name_outputs(ctx, batch);
    if (!status) {
        keep_own_shard(batch);
        status = look_at_all(ctx, batch);
    }
    if (!status)
        status = remove_leftovers(ctx, batch);
    batch->info.inputs = (int64_t)batch->count;
    return status;
}
