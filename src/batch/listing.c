/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are inputs. */
#include "batch/batch_inside.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"
#include "relief/image.h"

#include <string.h>

#define MAX_LIST_BYTES ((size_t)4 << 30)
enum { MAX_DEPTH = 200 }; /* of folders in folders; paths end before */

relief_status rl_batch_add_entry(relief_ctx *ctx, relief_batch *batch, size_t folder,
                                 const char *name) {
    const size_t size = strlen(name) + 1;
    relief_status status =
        rl_grow(ctx, (void **)&batch->names, &batch->names_capacity, batch->names_size + size, 1);
    if (!status)
        status = rl_grow(ctx, (void **)&batch->entries, &batch->entry_capacity, batch->count + 1,
                         sizeof(*batch->entries));
    if (status)
        return status;
    memcpy(batch->names + batch->names_size, name, size);
    batch->entries[batch->count++] =
        (rl_batch_entry){.folder = (uint32_t)folder, .name = batch->names_size};
    batch->names_size += size;
    return RELIEF_OK;
}

/* The folder with this path ("" or ended by a slash), whose first `below` bytes are not kept in the
 * output; it is often the one that came last. */
static relief_status take_folder(relief_ctx *ctx, relief_batch *batch, const char *path,
                                 size_t length, size_t below, size_t *out) {
    rl_batch_folder *last = batch->folder_count ? &batch->folders[batch->folder_count - 1] : NULL;
    *out = batch->folder_count - 1;
    if (last && strlen(last->path) == length && !memcmp(last->path, path, length) &&
        last->below == below)
        return RELIEF_OK;
    relief_status status = rl_grow(ctx, (void **)&batch->folders, &batch->folder_capacity,
                                   batch->folder_count + 1, sizeof(*batch->folders));
    if (status)
        return status;
    rl_batch_folder *folder = &batch->folders[batch->folder_count];
    *folder = (rl_batch_folder){.path = rl_strndup(path, length), .below = below};
    char *real = folder->path ? rl_os_real_path(length ? folder->path : ".") : NULL;
    /* A folder that is not there makes each of its files a failure of its own. */
    if (real)
        folder->real = rl_format("%s%s", real, real[strlen(real) - 1] == '/' ? "" : "/");
    else
        folder->real = rl_strndup(path, length);
    rl_free(real);
    if (!folder->path || !folder->real) {
        rl_free(folder->path);
        rl_free(folder->real);
        return rl_fail_memory(ctx, length);
    }
    *out = batch->folder_count++;
    return RELIEF_OK;
}

/* Add a file by its path; its outputs lie at the top of the output folder. */
static relief_status add_file(relief_ctx *ctx, relief_batch *batch, const char *path) {
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash + 1 - path) : 0;
    size_t folder;
    relief_status status = take_folder(ctx, batch, path, length, length, &folder);
    if (status)
        return status;
    /* Who lets the shell name all files of the output folder does not mean what a run before has
     * put there. */
    if (!strncmp(batch->folders[folder].real, batch->output_real, strlen(batch->output_real)) &&
        rl_output_is_ours(path)) {
        batch->info.own++;
        return RELIEF_OK;
    }
    return rl_batch_add_entry(ctx, batch, folder, path + length);
}

/* Whether what a folder or pattern has brought is an input; counts it when it is not. */
static bool is_wanted(relief_batch *batch, const char *path, const char *name) {
    if (name[0] == '.') {
        batch->info.hidden++;
        return false;
    }
    if (!relief_image_has_photo_name(name)) {
        batch->info.no_pictures++;
        return false;
    }
    if (rl_output_is_ours(path)) {
        batch->info.own++;
        return false;
    }
    return true;
}

/* A walk through a tree of folders. */
typedef struct walk {
    relief_ctx *ctx;
    relief_batch *batch;
    size_t below; /* bytes of the path of the folder that was named */
    int depth;
} walk;

static relief_status walk_folder(walk *w, const char *path);

/* Go into a folder unless it is the output's, or one that was gone into before: links lead in
 * circles, and to one folder from many. */
static relief_status enter(walk *w, const char *path) {
    rl_pair identity = {0};
    bool again = !rl_os_identity(path, &identity.a, &identity.b) || w->depth == MAX_DEPTH;
    if (w->depth && identity.a == w->batch->output_device && identity.b == w->batch->output_inode) {
        w->batch->info.output_folder = true;
        return RELIEF_OK;
    }
    relief_status status =
        again ? RELIEF_OK : rl_pair_set_add(w->ctx, &w->batch->entered, identity, &again);
    w->batch->info.repeated += again;
    if (status || again)
        return status;
    w->depth++;
    status = walk_folder(w, path);
    w->depth--;
    /* A folder that is not to be read must not end the night; the one that was named may. */
    if (status != RELIEF_ERROR_IO || !w->depth)
        return status;
    rl_log(w->ctx, RELIEF_LOG_WARNING, "%s", relief_last_error(w->ctx));
    w->batch->info.unreadable++;
    return RELIEF_OK;
}

static relief_status visit(walk *w, const char *path, const rl_folder_entry *entry,
                           size_t *folder) {
    relief_batch *batch = w->batch;
    if (entry->is_folder && entry->name[0] == '.') {
        batch->info.hidden++;
        return RELIEF_OK;
    }
    if (entry->is_folder && !batch->recursive)
        return RELIEF_OK;
    char *whole = rl_format("%s%s%s", path, entry->name, entry->is_folder ? "/" : "");
    if (!whole)
        return rl_fail_memory(w->ctx, strlen(path));
    relief_status status = RELIEF_OK;
    if (entry->is_folder) {
        status = enter(w, whole);
    } else if (is_wanted(batch, whole, entry->name)) {
        status = take_folder(w->ctx, batch, path, strlen(path), w->below, folder);
        if (!status)
            status = rl_batch_add_entry(w->ctx, batch, *folder, entry->name);
    }
    rl_free(whole);
    return status;
}

/* `path` ends with a slash. */
static relief_status walk_folder(walk *w, const char *path) {
    rl_folder_entry *entries = NULL;
    size_t count = 0, folder = 0;
    relief_status status = rl_check_cancel(w->ctx);
    if (!status)
        status = rl_os_list_folder(w->ctx, path, &entries, &count);
    for (size_t i = 0; i < count && !status; i++)
        status = visit(w, path, &entries[i], &folder);
    rl_os_entries_free(entries, count);
    return status;
}

static relief_status add_folder(relief_ctx *ctx, relief_batch *batch, const char *input) {
    const size_t length = strlen(input);
    char *path = rl_format("%s%s", input, input[length - 1] == '/' ? "" : "/");
    if (!path)
        return rl_fail_memory(ctx, length);
    walk w = {.ctx = ctx, .batch = batch, .below = strlen(path)};
    relief_status status = enter(&w, path);
    rl_free(path);
    return status;
}

static relief_status add_pattern(relief_ctx *ctx, relief_batch *batch, const char *pattern) {
    char **names = NULL;
    size_t count = 0;
    relief_status status = rl_os_expand(ctx, pattern, &names, &count);
    if (!status && !count)
        status = rl_fail(ctx, RELIEF_ERROR_IO, "%s: nothing has such a name", pattern);
    for (size_t i = 0; i < count && !status; i++) {
        const char *slash = strrchr(names[i], '/');
        if (rl_os_is_directory(names[i]))
            status = add_folder(ctx, batch, names[i]);
        else if (is_wanted(batch, names[i], slash ? slash + 1 : names[i]))
            status = add_file(ctx, batch, names[i]);
    }
    rl_os_names_free(names, count);
    return status;
}

relief_status relief_batch_add(relief_ctx *ctx, relief_batch *batch, const char *input) {
    if (batch->planned || !input || !input[0])
        return rl_fail(ctx, RELIEF_ERROR_ARG, "an input without a name");
    if (rl_os_is_directory(input))
        return add_folder(ctx, batch, input);
    if (strpbrk(input, "*?[") && !rl_os_exists(input))
        return add_pattern(ctx, batch, input);
    return add_file(ctx, batch, input);
}

relief_status relief_batch_add_list(relief_ctx *ctx, relief_batch *batch, const char *list,
                                    bool nul) {
    uint8_t *data = NULL;
    size_t size = 0;
    relief_status status = rl_os_read_all(ctx, list, MAX_LIST_BYTES, &data, &size);
    const uint8_t end = nul ? 0 : '\n';
    for (size_t at = 0; at < size && !status;) {
        const uint8_t *found = memchr(data + at, end, size - at);
        size_t length = found ? (size_t)(found - (data + at)) : size - at;
        const size_t next = at + length + 1;
        if (!nul && length && data[at + length - 1] == '\r')
            length--; /* lists of other systems */
        char *name = length ? rl_strndup((const char *)data + at, length) : NULL;
        if (length && !name)
            status = rl_fail_memory(ctx, length);
        else if (length && rl_os_is_directory(name))
            status = add_folder(ctx, batch, name);
        else if (length)
            status = add_file(ctx, batch, name);
        rl_free(name);
        at = next;
    }
    rl_free(data);
    return status;
}
