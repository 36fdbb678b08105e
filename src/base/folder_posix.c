/* SPDX-License-Identifier: Apache-2.0 */
#include "base/folder.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static int64_t nanoseconds(struct timespec time) {
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

bool rl_os_file_facts(const char *path, rl_file_facts *facts) {
    struct stat found;
    struct stat name;
    if (stat(path, &found) != 0 || !S_ISREG(found.st_mode) || lstat(path, &name) != 0) {
        return false;
    }
    *facts = (rl_file_facts){.bytes = (int64_t)found.st_size,
                             .modified_ns = nanoseconds(found.st_mtim),
                             .changed_ns = nanoseconds(found.st_ctim),
                             .device = (uint64_t)found.st_dev,
                             .inode = (uint64_t)found.st_ino,
                             .is_link = S_ISLNK(name.st_mode)};
    return true;
}

relief_status rl_os_make_folders(relief_ctx *ctx, const char *path) {
    char *copy = rl_strdup(path);
    if (!copy) {
        return rl_fail_memory(ctx, strlen(path));
    }
    for (char *at = copy + 1;; at++) {
        if (*at && *at != '/') {
            continue;
        }
        const char end = *at;
        *at = 0;
        const int failed = mkdir(copy, 0777) != 0 ? errno : 0;
        if (failed && !rl_os_is_directory(copy)) {
            relief_status status = rl_fail(
                ctx, RELIEF_ERROR_IO, "%s: the folder cannot be made: %s", copy, strerror(failed));
            rl_free(copy);
            return status;
        }
        *at = end;
        if (!end) {
            break;
        }
    }
    rl_free(copy);
    return RELIEF_OK;
}

void rl_os_names_free(char **names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        rl_free(names[i]);
    }
    rl_free(names);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Add the entry's name, when it is a regular file's. */
static relief_status add_name(relief_ctx *ctx, const char *folder, const char *name, char ***names,
                              size_t *count, size_t *capacity) {
    rl_file_facts facts;
    char *path = rl_format("%s/%s", folder, name);
    if (!path) {
        return rl_fail_memory(ctx, strlen(name));
    }
    const bool wanted = rl_os_file_facts(path, &facts);
    rl_free(path);
    if (!wanted) {
        return RELIEF_OK;
    }
    relief_status status = rl_grow(ctx, (void **)names, capacity, *count + 1, sizeof(**names));
    char *copy = status ? NULL : rl_strdup(name);
    if (!status && !copy) {
        status = rl_fail_memory(ctx, strlen(name));
    }
    if (!status) {
        (*names)[(*count)++] = copy;
    }
    return status;
}

relief_status rl_os_list_files(relief_ctx *ctx, const char *folder, char ***names, size_t *count) {
    size_t capacity = 0;
    *names = NULL;
    *count = 0;
    DIR *opened = opendir(folder);
    if (!opened) {
        return errno == ENOENT || errno == ENOTDIR
                   ? RELIEF_OK
                   : rl_fail(ctx, RELIEF_ERROR_IO, "%s: cannot be read: %s", folder,
                             strerror(errno));
    }
    relief_status status = RELIEF_OK;
    for (const struct dirent *entry; !status && (entry = readdir(opened));) {
        status = add_name(ctx, folder, entry->d_name, names, count, &capacity);
    }
    closedir(opened);
    if (status) {
        rl_os_names_free(*names, *count);
        *names = NULL;
        *count = 0;
    } else if (*count) {
        qsort(*names, *count, sizeof(**names), compare_names);
    }
    return status;
}

int64_t rl_os_free_bytes(const char *folder) {
    struct statvfs facts;
    if (statvfs(folder, &facts) != 0 || !facts.f_frsize) {
        return INT64_MAX;
    }
    return (int64_t)facts.f_bavail * (int64_t)facts.f_frsize;
}

bool rl_os_remove(const char *path) {
    return unlink(path) == 0 || errno == ENOENT;
}

void rl_os_touch(const char *path) {
    (void)utimensat(AT_FDCWD, path, NULL, 0);
}

relief_status rl_os_link(relief_ctx *ctx, const char *target, const char *link) {
    /* A name that the link has until it replaces what is there. */
    char *temporary = rl_format("%s.%ld.tmp", link, (long)getpid());
    if (!temporary) {
        return rl_fail_memory(ctx, strlen(link));
    }
    relief_status status = RELIEF_OK;
    unlink(temporary);
    if (symlink(target, temporary) != 0 || rename(temporary, link) != 0) {
        status = rl_fail(ctx, RELIEF_ERROR_IO, "%s: cannot be made: %s", link, strerror(errno));
        unlink(temporary);
    }
    rl_free(temporary);
    return status;
}

double rl_os_wall_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void rl_os_sleep(double seconds) {
    struct timespec rest = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&rest, NULL); /* a signal ends it early, which is what a cancelled wait wants */
}
