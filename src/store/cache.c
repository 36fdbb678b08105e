/* SPDX-License-Identifier: Apache-2.0 */
#include "store/cache.h"

#include "base/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "relief/store.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT ((int64_t)4000 * 1000000)
#define DEFAULT_LEAST ((int64_t)64 * 1000000)
/* What a disk keeps for others: four times the file, and not more than 1 GB. */
#define MOST_SPARED ((int64_t)1000 * 1000000)
#define ABANDONED_SECONDS 3600

static const char *environment(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

relief_status rl_cache_folder(relief_ctx *ctx, char **out) {
    const char *own = environment("RELIEF_CACHE");
    const char *cache = environment("XDG_CACHE_HOME");
    const char *home = environment("HOME");
    *out = NULL;
    if (own && !strcmp(own, "off")) {
        return RELIEF_OK;
    }
    if (own) {
        *out = rl_strdup(own);
    } else if (cache) {
        *out = rl_format("%s/relief", cache);
    } else {
        *out = rl_format("%s/.cache/relief", home ? home : ".");
    }
    return *out ? RELIEF_OK : rl_fail_memory(ctx, 0);
}

/* A number of megabytes, in bytes. */
static int64_t read_megabytes(const char *name, int64_t otherwise) {
    const char *given = environment(name);
    char *end = NULL;
    const long long megabytes = given ? strtoll(given, &end, 10) : 0;
    const bool good = given && end != given && !*end && megabytes >= 0 && megabytes < 1000000000;
    return good ? (int64_t)megabytes * 1000000 : otherwise;
}

int64_t rl_cache_limit(void) {
    return read_megabytes("RELIEF_CACHE_LIMIT", DEFAULT_LIMIT);
}

int64_t rl_cache_least(void) {
    return read_megabytes("RELIEF_CACHE_LEAST", DEFAULT_LEAST);
}

/* A file of the cache. */
typedef struct cached {
    char *path;
    const char *name; /* in `path` */
    rl_file_facts facts;
} cached;

typedef struct cached_list {
    cached *files;
    size_t count;
} cached_list;

static void list_free(cached_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        rl_free(list->files[i].path);
    }
    rl_free(list->files);
    *list = (cached_list){0};
}

static bool ends_with(const char *text, const char *end) {
    const size_t length = strlen(text);
    const size_t tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

static bool is_temporary(const char *name) {
    return !strncmp(name, ".relief-", 8) && ends_with(name, ".tmp");
}

static int compare_age(const void *a, const void *b) {
    const int64_t first = ((const cached *)a)->facts.modified_ns;
    const int64_t second = ((const cached *)b)->facts.modified_ns;
    return first < second ? -1 : first > second;
}

/* The cache's own files, the least recently used first; nothing else that lies there is touched. */
static relief_status list_cached(relief_ctx *ctx, const char *folder, cached_list *list) {
    char **names;
    size_t count;
    void *files = NULL;
    *list = (cached_list){0};
    relief_status status = rl_os_list_files(ctx, folder, &names, &count);
    if (status) {
        return status;
    }
    status = rl_calloc_in(ctx, count + 1, sizeof(cached), &files);
    list->files = files;
    for (size_t i = 0; !status && i < count; i++) {
        if (!ends_with(names[i], RL_WEIGHTS_ENDING) && !is_temporary(names[i])) {
            continue;
        }
        cached *file = &list->files[list->count];
        file->path = rl_format("%s/%s", folder, names[i]);
        if (!file->path) {
            status = rl_fail_memory(ctx, strlen(names[i]));
        } else if (rl_os_file_facts(file->path, &file->facts)) {
            file->name = strrchr(file->path, '/') + 1;
            list->count++;
        } else {
            rl_free(file->path);
        }
    }
    rl_os_names_free(names, count);
    if (status) {
        list_free(list);
    } else if (list->count) {
        qsort(list->files, list->count, sizeof(cached), compare_age);
    }
    return status;
}

bool rl_cache_make_room(relief_ctx *ctx, const char *folder, const char *name, int64_t bytes) {
    cached_list list;
    const int64_t limit = rl_cache_limit();
    const double abandoned = (rl_os_wall_clock() - ABANDONED_SECONDS) * 1e9;
    if (bytes > limit || list_cached(ctx, folder, &list)) {
        return false;
    }
    const int64_t wanted = bytes + (bytes * 4 < MOST_SPARED ? bytes * 4 : MOST_SPARED);
    int64_t total = bytes;
    for (size_t i = 0; i < list.count; i++) {
        const cached *file = &list.files[i];
        if (is_temporary(file->name) && (double)file->facts.modified_ns < abandoned) {
            rl_os_remove(file->path);
        } else if (strcmp(file->name, name) != 0) {
            total += file->facts.bytes;
        }
    }
    for (size_t i = 0; i < list.count; i++) {
        const cached *file = &list.files[i];
        const bool full = total > limit || rl_os_free_bytes(folder) < wanted;
        if (full && strcmp(file->name, name) != 0 && !is_temporary(file->name) &&
            rl_os_remove(file->path)) {
            total -= file->facts.bytes;
        }
    }
    list_free(&list);
    return total <= limit && rl_os_free_bytes(folder) >= wanted;
}

relief_status relief_cache_get_info(relief_ctx *ctx, relief_cache_info *info, char **folder) {
    cached_list list = {0};
    relief_cache_info own = {.struct_size = sizeof(own), .limit_bytes = rl_cache_limit()};
    relief_status status = rl_cache_folder(ctx, folder);
    if (!status && *folder) {
        status = list_cached(ctx, *folder, &list);
    }
    for (size_t i = 0; i < list.count; i++) {
        own.bytes += list.files[i].facts.bytes;
        own.file_count += !is_temporary(list.files[i].name);
    }
    list_free(&list);
    rl_info_copy(info, &own, sizeof(own));
    if (status) {
        rl_free(*folder);
        *folder = NULL;
    }
    return status;
}

relief_status relief_cache_clear(relief_ctx *ctx, int64_t *bytes) {
    cached_list list = {0};
    char *folder = NULL;
    *bytes = 0;
    relief_status status = rl_cache_folder(ctx, &folder);
    if (!status && folder) {
        status = list_cached(ctx, folder, &list);
    }
    for (size_t i = 0; i < list.count; i++) {
        if (rl_os_remove(list.files[i].path)) {
            *bytes += list.files[i].facts.bytes;
        } else if (!status) {
            status = rl_fail(ctx, RELIEF_ERROR_IO, "%s: cannot be removed (is it yours?)",
                             list.files[i].path);
        }
    }
    list_free(&list);
    rl_free(folder);
    return status;
}
