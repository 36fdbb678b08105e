/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in folders, and what fits patterns. */
#include "base/folder.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool rl_os_identity(const char *path, uint64_t *device, uint64_t *inode) {
    struct stat facts;
    if (stat(path, &facts) != 0)
        return false;
    *device = (uint64_t)facts.st_dev;
    *inode = (uint64_t)facts.st_ino;
    return true;
}

void rl_os_entries_free(rl_folder_entry *entries, size_t count) {
    for (size_t i = 0; i < count; i++)
        rl_free(entries[i].name);
    rl_free(entries);
}

typedef enum entry_kind { KIND_OTHER, KIND_FILE, KIND_FOLDER } entry_kind;

static entry_kind kind_of(DIR *folder, const struct dirent *entry) {
    struct stat facts;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
        return KIND_OTHER;
    if (entry->d_type == DT_REG)
        return KIND_FILE;
    if (entry->d_type == DT_DIR)
        return KIND_FOLDER;
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
        return KIND_OTHER;
    /* A link that leads nowhere is reported as the file that it should be. */
    if (fstatat(dirfd(folder), entry->d_name, &facts, 0) != 0 || S_ISREG(facts.st_mode))
        return KIND_FILE;
    return S_ISDIR(facts.st_mode) ? KIND_FOLDER : KIND_OTHER;
}

static int compare_entries(const void *a, const void *b) {
    return strcmp(((const rl_folder_entry *)a)->name, ((const rl_folder_entry *)b)->name);
}

/* A growing list of names. */
typedef struct entry_list {
    rl_folder_entry *entries;
    size_t count, capacity;
} entry_list;

static relief_status add_entry(relief_ctx *ctx, entry_list *list, const char *name, bool folder) {
    relief_status status = rl_grow(ctx, (void **)&list->entries, &list->capacity, list->count + 1,
                                   sizeof(*list->entries));
    char *copy = status ? NULL : rl_strdup(name);
    if (!status && !copy)
        status = rl_fail_memory(ctx, strlen(name));
    if (!status)
        list->entries[list->count++] = (rl_folder_entry){copy, folder};
    return status;
}

relief_status rl_os_list_folder(relief_ctx *ctx, const char *folder, rl_folder_entry **entries,
                                size_t *count) {
    entry_list list = {0};
    relief_status status = RELIEF_OK;
    *entries = NULL;
    *count = 0;
    DIR *opened = opendir(folder);
    if (!opened)
        return rl_fail(ctx, RELIEF_ERROR_IO, "%s: the folder cannot be read: %s", folder,
                       strerror(errno));
    const struct dirent *entry;
    errno = 0;
    while (!status && (entry = readdir(opened))) {
        const entry_kind kind = kind_of(opened, entry);
        if (kind != KIND_OTHER)
            status = add_entry(ctx, &list, entry->d_name, kind == KIND_FOLDER);
        errno = 0;
    }
    if (!status && errno)
        status = rl_fail(ctx, RELIEF_ERROR_IO, "%s: the folder cannot be read: %s", folder,
                         strerror(errno));
    closedir(opened);
    if (status) {
        rl_os_entries_free(list.entries, list.count);
        return status;
    }
    if (list.count)
        qsort(list.entries, list.count, sizeof(*list.entries), compare_entries);
    *entries = list.entries;
    *count = list.count;
    return RELIEF_OK;
}

relief_status rl_os_expand(relief_ctx *ctx, const char *pattern, char ***names, size_t *count) {
    glob_t found;
    *names = NULL;
    *count = 0;
    const int code = glob(pattern, 0, NULL, &found);
    if (code == GLOB_NOMATCH)
        return RELIEF_OK;
    if (code)
        return code == GLOB_NOSPACE
                   ? rl_fail_memory(ctx, strlen(pattern))
                   : rl_fail(ctx, RELIEF_ERROR_IO, "%s: the folder cannot be read", pattern);
    relief_status status = rl_calloc_in(ctx, found.gl_pathc, sizeof(**names), (void **)names);
    for (size_t i = 0; !status && i < found.gl_pathc; i++) {
        (*names)[i] = rl_strdup(found.gl_pathv[i]);
        if ((*names)[i])
            ++*count;
        else
            status = rl_fail_memory(ctx, strlen(found.gl_pathv[i]));
    }
    globfree(&found);
    if (status) {
        rl_os_names_free(*names, *count);
        *names = NULL;
        *count = 0;
    }
    return status;
}
