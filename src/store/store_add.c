/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the user's own in the store, and out of it. */
#include "base/folder.h"
#include "base/memory.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"
#include "relief/store.h"
#include "store/catalogue.h"
#include "store/store_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_BYTES ((size_t)8 << 20)
#define MAX_JSON_BYTES ((size_t)1 << 20)

/* The name that a file gets: that of the entry for its aliases. */
static relief_status choose_name(relief_ctx *ctx, const char *given, relief_catalogue_entry *entry,
                                 const char **name) {
    *name = given;
    *entry = (relief_catalogue_entry)RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    if (!given || !rl_store_is_name(given)) {
        return rl_fail(ctx, RELIEF_ERROR_ARG,
                       "%s: not a name for a network (letters, digits, . _ - and no .onnx at the "
                       "end)",
                       given ? given : "(none)");
    }
    if (relief_catalogue_get(rl_catalogue_find(given), entry)) {
        *name = entry->name;
    }
    return RELIEF_OK;
}

/* Copy and hash in one go. */
static relief_status copy_file(relief_ctx *ctx, const char *from, const char *to,
                               char digits[RL_SHA256_DIGITS + 1]) {
    rl_mapping *file = NULL;
    rl_sha256_sum *sum = NULL;
    rl_output *output = NULL;
    relief_status status = rl_os_map(ctx, from, &file);
    if (!status) {
        status = rl_sha256_new(ctx, &sum);
    }
    if (!status) {
        status = rl_output_open(ctx, to, true, &output);
    }
    for (size_t at = 0, step; !status && at < file->size; at += step) {
        step = file->size - at < STEP_BYTES ? file->size - at : STEP_BYTES;
        rl_sha256_add(sum, file->data + at, step);
        status = rl_output_write(output, file->data + at, step);
        rl_os_mapping_drop(file, at, step);
        if (!status) {
            status = rl_progress(ctx, "write", (int64_t)(at + step), (int64_t)file->size);
        }
    }
    if (status) {
        rl_output_abort(output);
    } else {
        rl_sha256_finish(sum, digits);
        status = rl_output_commit(output);
    }
    rl_sha256_free(sum);
    rl_os_unmap(file);
    return status;
}

/* The descriptor that goes with the file: that of an entry, without the names of its tensors, which
 * are those of its own file; else FILE.json, where the user has one. */
static relief_status find_descriptor(relief_ctx *ctx, const char *file, const char *like,
                                     char **text) {
    *text = NULL;
    if (like) {
        const int index = rl_catalogue_find(like);
        if (index < 0) {
            return rl_fail(ctx, RELIEF_ERROR_ARG,
                           "%s: no network of the catalogue (`relief model list` shows those that "
                           "--like takes)",
                           like);
        }
        json_t *copy = json_deep_copy(rl_catalogue_descriptor(index));
        json_object_del(copy, "input_name");
        json_object_del(copy, "output_name");
        char *dumped = copy ? json_dumps(copy, JSON_INDENT(2)) : NULL;
        *text = dumped ? rl_format("%s\n", dumped) : NULL;
        free(dumped);
        json_decref(copy);
        return *text ? RELIEF_OK : rl_fail_memory(ctx, MAX_JSON_BYTES);
    }
    const size_t length = strlen(file);
    const bool ends = length > 5 && !strcmp(file + length - 5, ".onnx");
    char *json = rl_format("%.*s.json", (int)(length - (ends ? 5 : 0)), file);
    if (!json) {
        return rl_fail_memory(ctx, length);
    }
    uint8_t *data = NULL;
    size_t size = 0;
    relief_status status = RELIEF_OK;
    if (rl_os_exists(json)) {
        status = rl_os_read_all(ctx, json, MAX_JSON_BYTES, &data, &size);
    }
    if (!status && data) {
        *text = rl_strndup((const char *)data, size);
        status = *text ? RELIEF_OK : rl_fail_memory(ctx, size);
    }
    rl_free(data);
    rl_free(json);
    return status;
}

/* NAME.json as `text` says, or none. */
static relief_status write_descriptor(relief_ctx *ctx, const char *name, const char *text) {
    char *path;
    rl_output *output = NULL;
    relief_status status = rl_store_path(ctx, name, ".json", &path);
    if (status) {
        return status;
    }
    if (!text) {
        rl_os_remove(path);
    } else {
        status = rl_output_open(ctx, path, true, &output);
        if (!status) {
            status = rl_output_write(output, text, strlen(text));
            if (status) {
                rl_output_abort(output);
            } else {
                status = rl_output_commit(output);
            }
        }
    }
    rl_free(path);
    return status;
}

/* What is to be added, and as what. */
typedef struct addition {
    relief_ctx *ctx;
    const char *file, *name, *like;
    char *real, *path, *descriptor;
    relief_catalogue_entry entry; /* of that name; its `name` is NULL for none */
    relief_add_options options;
} addition;

/* A published name is for the published file, unless the user insists; then the file is taken to be
 * of the same kind. */
static relief_status check_published(addition *adding, const char *digits) {
    const relief_catalogue_entry *entry = &adding->entry;
    if (!entry->name || !*entry->sha256 || !strcmp(entry->sha256, digits)) {
        return RELIEF_OK;
    }
    if (!adding->options.force) {
        return rl_fail(adding->ctx, RELIEF_ERROR_FORMAT,
                       "%s: is not the published %s, its SHA-256 is another one (--as ANOTHER-NAME "
                       "--like %s; or --force)",
                       adding->file, entry->name, entry->name);
    }
    if (!adding->like) {
        adding->like = entry->name;
    }
    return RELIEF_OK;
}

static relief_status check_place(const addition *adding) {
    if (rl_os_same_file(adding->real, adding->path)) {
        return rl_fail(adding->ctx, RELIEF_ERROR_EXISTS, "%s: is in the store already, as %s",
                       adding->file, adding->name);
    }
    if (rl_os_exists(adding->path) && !adding->options.force) {
        return rl_fail(adding->ctx, RELIEF_ERROR_EXISTS,
                       "%s: there is a network of this name in the store (--force replaces it)",
                       adding->name);
    }
    return RELIEF_OK;
}

/* The hash comes before anything is written, so that what is refused leaves nothing behind. */
static relief_status add_file(addition *adding) {
    relief_ctx *ctx = adding->ctx;
    char digits[RL_SHA256_DIGITS + 1];
    char *folder = rl_store_folder();
    relief_status status = folder ? check_place(adding) : rl_fail_memory(ctx, 0);
    const bool check_first = adding->options.link || (adding->entry.name && *adding->entry.sha256);
    if (!status && check_first) {
        status = rl_sha256_file(ctx, adding->real, digits);
        if (!status) {
            status = check_published(adding, digits);
        }
    }
    if (!status) {
        status = find_descriptor(ctx, adding->file, adding->like, &adding->descriptor);
    }
    if (!status) {
        status = rl_os_make_folders(ctx, folder);
    }
    if (!status) {
        status = write_descriptor(ctx, adding->name, adding->descriptor);
    }
    if (!status) {
        status = adding->options.link ? rl_os_link(ctx, adding->real, adding->path)
                                      : copy_file(ctx, adding->real, adding->path, digits);
    }
    rl_free(folder);
    return status ? status : rl_store_record(ctx, adding->path, digits);
}

relief_status relief_store_add(relief_ctx *ctx, const char *file, const relief_add_options *options,
                               char **path) {
    addition adding = {
        .ctx = ctx, .file = file, .options = RELIEF_OPTIONS_INIT(relief_add_options)};
    if (path) {
        *path = NULL;
    }
    relief_status status = rl_options_copy(ctx, &adding.options, sizeof(adding.options), options);
    if (!status) {
        status = rl_catalogue_check(ctx);
    }
    if (!status) {
        status = choose_name(ctx, adding.options.name, &adding.entry, &adding.name);
    }
    if (status) {
        return status;
    }
    adding.like = adding.options.like;
    adding.real = rl_os_real_path(file);
    if (!adding.real) {
        status = rl_os_exists(file)
                     ? rl_fail_memory(ctx, strlen(file))
                     : rl_fail(ctx, RELIEF_ERROR_IO, "%s: there is no such file", file);
    } else {
        status = rl_store_path(ctx, adding.name, ".onnx", &adding.path);
    }
    if (!status) {
        status = add_file(&adding);
    }
    if (!status && path) {
        *path = adding.path;
        adding.path = NULL;
    }
    rl_free(adding.real);
    rl_free(adding.path);
    rl_free(adding.descriptor);
    return status;
}

/* Remove FOLDER/FILE when it belongs to `name`: the network, its record, its descriptor, parts of
 * it. */
static relief_status remove_one(relief_ctx *ctx, const char *folder, const char *file,
                                const char *name, int *count) {
    const size_t length = strlen(name);
    const char *rest = file + length;
    if (strncmp(file, name, length) != 0) {
        return RELIEF_OK;
    }
    const bool part = strlen(rest) == 18 && rest[0] == '.' && !strcmp(rest + 13, ".part");
    const bool from = strlen(rest) == 23 && rest[0] == '.' && !strcmp(rest + 13, ".part.from");
    if (strcmp(rest, ".onnx") != 0 && strcmp(rest, ".onnx.sha256") != 0 &&
        strcmp(rest, ".json") != 0 && !part && !from) {
        return RELIEF_OK;
    }
    char *path = rl_format("%s/%s", folder, file);
    if (!path) {
        return rl_fail_memory(ctx, strlen(file));
    }
    relief_status status =
        rl_os_remove(path)
            ? RELIEF_OK
            : rl_fail(ctx, RELIEF_ERROR_IO, "%s: cannot be removed (is it yours?)", path);
    rl_free(path);
    ++*count;
    return status;
}

relief_status relief_store_remove(relief_ctx *ctx, const char *given) {
    relief_catalogue_entry entry;
    const char *name;
    char **files = NULL;
    size_t file_count = 0;
    int removed = 0;
    relief_status status = rl_catalogue_check(ctx);
    if (!status) {
        status = choose_name(ctx, given, &entry, &name);
    }
    if (status) {
        return status;
    }
    char *folder = rl_store_folder();
    status = folder ? rl_os_list_files(ctx, folder, &files, &file_count) : rl_fail_memory(ctx, 0);
    for (size_t i = 0; !status && i < file_count; i++) {
        status = remove_one(ctx, folder, files[i], name, &removed);
    }
    if (!status && !removed) {
        status =
            rl_fail(ctx, RELIEF_ERROR_IO, "%s: no network of this name is in %s", given, folder);
    }
    rl_os_names_free(files, file_count);
    rl_free(folder);
    return status;
}
