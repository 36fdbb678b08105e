/* SPDX-License-Identifier: Apache-2.0 */
/* A batch's life, and how the paths of its inputs and outputs are put together. */
#include "batch/batch_inside.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"
#include "batch/hash64.h"

#include <inttypes.h>
#include <string.h>

#define PROBE_BYTES ((size_t)4 << 20)

static relief_status copy_endings(relief_ctx *ctx, relief_batch *batch,
                                  const relief_batch_options *options) {
    for (int i = 0; options->endings && options->endings[i]; i++) {
        const char *settings = options->settings ? options->settings[i] : "";
        if (i == RELIEF_MAX_ENDINGS)
            return rl_fail(ctx, RELIEF_ERROR_ARG, "more than %d endings", RELIEF_MAX_ENDINGS);
        batch->endings[i] = rl_strdup(options->endings[i]);
        if (!batch->endings[i])
            return rl_fail_memory(ctx, strlen(options->endings[i]));
        batch->settings[i] = rl_hash64(settings, strlen(settings));
        batch->ending_count++;
    }
    return batch->ending_count ? RELIEF_OK
                               : rl_fail(ctx, RELIEF_ERROR_ARG, "a batch without endings");
}

static relief_status copy_options(relief_ctx *ctx, relief_batch *batch,
                                  const relief_batch_options *options) {
    size_t length = options->folder ? strlen(options->folder) : 0;
    if (!length)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a batch without an output folder");
    if (options->shard_count < 0 ||
        (options->shard_count && (options->shard < 1 || options->shard > options->shard_count)))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "shard %d of %d", options->shard,
                       options->shard_count);
    while (length > 1 && options->folder[length - 1] == '/')
        length--;
    batch->recursive = options->recursive;
    batch->redo = options->redo;
    batch->shard = options->shard;
    batch->shard_count = options->shard_count;
    batch->folder = rl_strndup(options->folder, length);
    if (!batch->folder)
        return rl_fail_memory(ctx, length);
    relief_status status = copy_endings(ctx, batch, options);
    return status ? status : rl_os_make_folders(ctx, batch->folder);
}

relief_status relief_batch_new(relief_ctx *ctx, const relief_batch_options *options,
                               relief_batch **out) {
    relief_batch_options own = RELIEF_OPTIONS_INIT(relief_batch_options);
    relief_batch *batch = NULL;
    *out = NULL;
    relief_status status = rl_options_copy(ctx, &own, sizeof(own), options);
    if (!status)
        status = rl_calloc_in(ctx, 1, sizeof(*batch), (void **)&batch);
    if (status)
        return status;
    batch->info.struct_size = sizeof(batch->info);
    status = copy_options(ctx, batch, &own);
    if (!status && !rl_os_identity(batch->folder, &batch->output_device, &batch->output_inode))
        status = rl_fail(ctx, RELIEF_ERROR_IO, "%s: the folder cannot be read", batch->folder);
    char *real = status ? NULL : rl_os_real_path(batch->folder);
    batch->output_real = real ? rl_format("%s/", real) : NULL;
    rl_free(real);
    if (!status && !batch->output_real)
        status = rl_fail_memory(ctx, strlen(batch->folder));
    if (status) {
        relief_batch_free(batch);
        return status;
    }
    *out = batch;
    return RELIEF_OK;
}

void relief_batch_free(relief_batch *batch) {
    if (!batch)
        return;
    rl_index_close(batch->index);
    for (int i = 0; i < batch->ending_count; i++)
        rl_free(batch->endings[i]);
    for (size_t i = 0; i < batch->folder_count; i++) {
        rl_free(batch->folders[i].path);
        rl_free(batch->folders[i].real);
    }
    rl_free(batch->folders);
    rl_free(batch->entries);
    rl_free(batch->names);
    rl_pair_set_clear(&batch->entered);
    rl_free(batch->output_real);
    rl_free(batch->folder);
    rl_free(batch);
}

void relief_batch_get_info(const relief_batch *batch, relief_batch_info *info) {
    rl_info_copy(info, &batch->info, sizeof(batch->info));
}

bool relief_batch_has_room(relief_ctx *ctx, const relief_batch *batch) {
    rl_output *output = NULL;
    void *zeros = NULL;
    char *path = rl_format("%s/relief-probe", batch->folder);
    bool room = path && !rl_output_open(ctx, path, true, &output) &&
                !rl_calloc_in(ctx, PROBE_BYTES, 1, &zeros) &&
                !rl_output_write(output, zeros, PROBE_BYTES) && !rl_output_close(output);
    rl_output_abort(output);
    rl_free(zeros);
    rl_free(path);
    return room;
}

/* ------------------------------------------------------------------ paths */

static const char *name_of(const relief_batch *batch, const rl_batch_entry *entry) {
    return batch->names + entry->name;
}

/* Bytes of a name before its ending; all of it when it has none. */
static size_t short_length(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? (size_t)(dot - name) : strlen(name);
}

char *rl_batch_input(const relief_batch *batch, const rl_batch_entry *entry) {
    return rl_format("%s%s", batch->folders[entry->folder].path, name_of(batch, entry));
}

char *rl_batch_key(const relief_batch *batch, const rl_batch_entry *entry) {
    return rl_format("%s%s", batch->folders[entry->folder].real, name_of(batch, entry));
}

uint64_t rl_batch_path_hash(const relief_batch *batch, const rl_batch_entry *entry) {
    const rl_batch_folder *folder = &batch->folders[entry->folder];
    const char *below = folder->path + folder->below, *name = name_of(batch, entry);
    uint64_t hash = rl_hash64_add(RL_HASH64_START, below, strlen(below));
    return rl_hash64_end(rl_hash64_add(hash, name, strlen(name)));
}

/* The part of a name that fits a file system with `room` bytes less; never half of a character. */
static int fitting(const char *name, size_t length, size_t room) {
    const size_t most = room < RL_MAX_NAME_BYTES ? RL_MAX_NAME_BYTES - room : 1;
    if (length > most)
        length = most;
    while (length > 1 && ((unsigned char)name[length] & 0xC0) == 0x80)
        length--;
    return (int)length;
}

char *rl_batch_stem(const relief_batch *batch, const rl_batch_entry *entry, rl_stem stem) {
    enum { HASH_AND_ENDING = 64 };
    const rl_batch_folder *folder = &batch->folders[entry->folder];
    const char *below = folder->path + folder->below, *name = name_of(batch, entry);
    if (stem == STEM_SHORT)
        return rl_format("%s%.*s", below, (int)short_length(name), name);
    if (stem == STEM_FULL)
        return rl_format("%s%s", below, name);
    char *key = rl_batch_key(batch, entry);
    char *hashed =
        key ? rl_format("%s%.*s-%016" PRIx64, below, fitting(name, strlen(name), HASH_AND_ENDING),
                        name, rl_hash64(key, strlen(key)))
            : NULL;
    rl_free(key);
    return hashed;
}

char *rl_batch_output(const relief_batch *batch, const char *stem, int ending) {
    const bool root = !strcmp(batch->folder, "/");
    return rl_format("%s/%s%s", root ? "" : batch->folder, stem, batch->endings[ending]);
}

/* ------------------------------------------------------------------ one entry's facts */

void rl_batch_state_clear(rl_batch_state *state) {
    for (int i = 0; i < RELIEF_MAX_ENDINGS; i++)
        rl_free(state->outputs[i]);
    rl_free(state->input);
    rl_free(state->key);
    rl_free(state->stem);
    *state = (rl_batch_state){0};
}

/* Whether the output that `record` tells of is there and still what the batch would make. */
static bool is_fresh(const relief_batch *batch, int ending, const rl_index_record *record,
                     const rl_batch_state *state) {
    rl_file_facts facts;
    return !batch->redo && state->seen && !record->contested &&
           record->settings == batch->settings[ending] &&
           record->input_bytes == state->input_bytes &&
           record->input_modified_ns == state->input_modified_ns &&
           !strcmp(record->stem, state->stem) && rl_os_file_facts(state->outputs[ending], &facts) &&
           facts.bytes == record->output_bytes;
}

relief_status rl_batch_kept_stem(relief_ctx *ctx, const relief_batch *batch, const char *key,
                                 char **out) {
    rl_index_record record = {0};
    bool found = false;
    relief_status status = RELIEF_OK;
    for (int i = 0; i <= batch->ending_count && !status && !found; i++)
        status = rl_index_find(ctx, batch->index, key,
                               i < batch->ending_count ? batch->endings[i] : NULL, &record, &found);
    *out = found ? record.stem : NULL;
    return status;
}

static relief_status look_at_outputs(relief_ctx *ctx, const relief_batch *batch,
                                     rl_batch_state *state) {
    for (int i = 0; i < batch->ending_count; i++) {
        rl_index_record record;
        bool found = false;
        state->outputs[i] = rl_batch_output(batch, state->stem, i);
        if (!state->outputs[i])
            return rl_fail_memory(ctx, strlen(state->stem));
        relief_status status =
            rl_index_find(ctx, batch->index, state->key, batch->endings[i], &record, &found);
        if (status)
            return status;
        state->fresh[i] = found && is_fresh(batch, i, &record, state);
        state->stale_count += !state->fresh[i];
        rl_free(record.stem);
    }
    return RELIEF_OK;
}

/* The outputs' names of an entry that was found up to date. */
static relief_status name_fresh_outputs(relief_ctx *ctx, const relief_batch *batch,
                                        rl_batch_state *state) {
    for (int i = 0; i < batch->ending_count; i++) {
        state->fresh[i] = true;
        state->outputs[i] = rl_batch_output(batch, state->stem, i);
        if (!state->outputs[i])
            return rl_fail_memory(ctx, strlen(state->stem));
    }
    return RELIEF_OK;
}

relief_status rl_batch_look(relief_ctx *ctx, const relief_batch *batch, const rl_batch_entry *entry,
                            rl_batch_state *out) {
    rl_file_facts facts;
    relief_status status = RELIEF_OK;
    *out =
        (rl_batch_state){.input = rl_batch_input(batch, entry), .key = rl_batch_key(batch, entry)};
    if (!out->input || !out->key)
        return rl_fail_memory(ctx, RL_MAX_NAME_BYTES);
    out->seen = entry->fresh || rl_os_file_facts(out->input, &facts);
    if (out->seen && !entry->fresh) {
        out->input_bytes = facts.bytes;
        out->input_modified_ns = facts.modified_ns;
    }
    if (entry->stem == STEM_KEPT)
        status = rl_batch_kept_stem(ctx, batch, out->key, &out->stem);
    else if (entry->stem != STEM_UNSET)
        out->stem = rl_batch_stem(batch, entry, (rl_stem)entry->stem);
    if (!status && !out->stem)
        status = rl_fail_memory(ctx, RL_MAX_NAME_BYTES);
    if (status)
        return status;
    return entry->fresh ? name_fresh_outputs(ctx, batch, out) : look_at_outputs(ctx, batch, out);
}
