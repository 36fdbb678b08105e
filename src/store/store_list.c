/* SPDX-License-Identifier: Apache-2.0 */
#include "base/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "relief/store.h"
#include "store/catalogue.h"
#include "store/store_files.h"

#include <string.h>

typedef struct item {
    char *name, *path;
    char sha256[RL_SHA256_DIGITS + 1];
    int64_t bytes, part_bytes;
    bool is_link;
} item;

struct relief_store_list {
    item *items;
    size_t count, capacity;
};

void relief_store_list_free(relief_store_list *list) {
    if (!list) {
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        rl_free(list->items[i].name);
        rl_free(list->items[i].path);
    }
    rl_free(list->items);
    rl_free(list);
}

/* The item of this name, made when there is none. The files come sorted, but NAME.onnx and
 * NAME.*.part need not be neighbours. */
static relief_status find_item(relief_ctx *ctx, relief_store_list *list, const char *name,
                               size_t length, item **out) {
    for (size_t i = 0; i < list->count; i++) {
        *out = &list->items[i];
        if (strlen((*out)->name) == length && !strncmp((*out)->name, name, length)) {
            return RELIEF_OK;
        }
    }
    char *copy = rl_strndup(name, length);
    if (!copy) {
        return rl_fail_memory(ctx, length);
    }
    relief_status status =
        rl_grow(ctx, (void **)&list->items, &list->capacity, list->count + 1, sizeof(*list->items));
    if (status) {
        rl_free(copy);
        return status;
    }
    *out = &list->items[list->count++];
    **out = (item){.name = copy};
    return RELIEF_OK;
}

/* Take up one file of the folder, when it is a network or a part of one. */
static relief_status add_file(relief_ctx *ctx, relief_store_list *list, const char *folder,
                              const char *file) {
    rl_file_facts facts;
    item *found = NULL;
    const size_t length = strlen(file);
    const bool whole = length > 5 && !strcmp(file + length - 5, ".onnx");
    const bool part =
        length > 18 && !strcmp(file + length - 5, ".part") && file[length - 18] == '.';
    if (!whole && !part) {
        return RELIEF_OK;
    }
    char *path = rl_format("%s/%s", folder, file);
    if (!path) {
        return rl_fail_memory(ctx, length);
    }
    char *name = rl_strndup(file, length - (whole ? 5 : 18));
    relief_status status = name ? RELIEF_OK : rl_fail_memory(ctx, length);
    if (!status && rl_store_is_name(name) && rl_os_file_facts(path, &facts)) {
        status = find_item(ctx, list, name, strlen(name), &found);
    }
    if (found && whole) {
        found->bytes = facts.bytes;
        found->is_link = facts.is_link;
        found->path = path;
        if (!rl_store_recorded(path, found->sha256)) {
            found->sha256[0] = 0;
        }
        path = NULL;
    } else if (found) {
        found->part_bytes += facts.bytes;
    }
    rl_free(name);
    rl_free(path);
    return status;
}

relief_status relief_store_list_new(relief_ctx *ctx, relief_store_list **out) {
    void *memory = NULL;
    char **files = NULL;
    size_t count = 0;
    *out = NULL;
    char *folder = rl_store_folder();
    relief_status status = folder ? rl_catalogue_check(ctx) : rl_fail_memory(ctx, 0);
    if (!status) {
        status = rl_calloc_in(ctx, 1, sizeof(relief_store_list), &memory);
    }
    relief_store_list *list = memory;
    if (!status) {
        status = rl_os_list_files(ctx, folder, &files, &count);
    }
    for (size_t i = 0; !status && i < count; i++) {
        status = add_file(ctx, list, folder, files[i]);
    }
    rl_os_names_free(files, count);
    rl_free(folder);
    if (status) {
        relief_store_list_free(list);
        return status;
    }
    *out = list;
    return RELIEF_OK;
}

int relief_store_list_count(const relief_store_list *list) {
    return (int)list->count;
}

bool relief_store_list_get(const relief_store_list *list, int index, relief_store_item *given) {
    if (index < 0 || (size_t)index >= list->count) {
        return false;
    }
    const item *found = &list->items[index];
    relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    const int named = rl_catalogue_find(found->name);
    /* A file of the user's may be called by what becomes an alias in a later version. */
    const bool same = relief_catalogue_get(named, &entry) && !strcmp(entry.name, found->name);
    relief_store_item own = {.struct_size = sizeof(own),
                             .name = found->name,
                             .path = found->path ? found->path : "",
                             .sha256 = found->sha256,
                             .bytes = found->bytes,
                             .part_bytes = found->part_bytes,
                             .is_link = found->is_link,
                             .entry = same ? named : -1};
    rl_info_copy(given, &own, sizeof(own));
    return true;
}
