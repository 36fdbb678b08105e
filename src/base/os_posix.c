/* SPDX-License-Identifier: Apache-2.0 */
#include "base/os.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static relief_status fail_errno(relief_ctx *ctx, const char *path, const char *doing) {
    return rl_fail(ctx, RELIEF_ERROR_IO, "%s: %s failed: %s", path, doing, strerror(errno));
}

/* Open a regular file (or, with any_kind, a pipe or device as well). */
static relief_status open_file(relief_ctx *ctx, const char *path, bool any_kind, int *fd,
                               struct stat *facts) {
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (any_kind ? 0 : O_NONBLOCK));
    if (*fd < 0) {
        return rl_fail(ctx, RELIEF_ERROR_IO, "%s: %s", path,
                       errno == ENOENT ? "there is no such file" : strerror(errno));
    }
    relief_status status = RELIEF_OK;
    if (fstat(*fd, facts) != 0) {
        status = fail_errno(ctx, path, "reading");
    } else if (S_ISDIR(facts->st_mode)) {
        status = rl_fail(ctx, RELIEF_ERROR_IO, "%s: is a directory (name a file)", path);
    } else if (!any_kind && !S_ISREG(facts->st_mode)) {
        status = rl_fail(ctx, RELIEF_ERROR_IO, "%s: is not a regular file", path);
    }
    if (status) {
        close(*fd);
    }
    return status;
}

static int64_t nanoseconds(struct timespec time) {
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static relief_status map_file(relief_ctx *ctx, const char *path, int protection, rl_mapping **out) {
    *out = NULL;
    int fd;
    struct stat facts;
    relief_status status = open_file(ctx, path, false, &fd, &facts);
    if (status) {
        return status;
    }
    rl_mapping *mapping = rl_calloc(1, sizeof(*mapping));
    char *copy = rl_strdup(path);
    if (!mapping || !copy) {
        status = rl_fail_memory(ctx, sizeof(*mapping));
    } else if (facts.st_size > 0) {
        void *data = mmap(NULL, (size_t)facts.st_size, protection, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED) {
            status = errno == ENOMEM ? rl_fail_memory(ctx, (size_t)facts.st_size)
                                     : fail_errno(ctx, path, "mapping");
        } else {
            mapping->data = data;
            mapping->size = (size_t)facts.st_size;
        }
    }
    close(fd);
    if (status) {
        rl_free(copy);
        rl_free(mapping);
        return status;
    }
    mapping->path = copy;
    mapping->modified_ns = nanoseconds(facts.st_mtim);
    mapping->changed_ns = nanoseconds(facts.st_ctim);
    mapping->inode = (uint64_t)facts.st_ino;
    *out = mapping;
    return RELIEF_OK;
}

relief_status rl_os_map(relief_ctx *ctx, const char *path, rl_mapping **out) {
    return map_file(ctx, path, PROT_READ, out);
}

relief_status rl_os_map_private(relief_ctx *ctx, const char *path, rl_mapping **out) {
    return map_file(ctx, path, PROT_READ | PROT_WRITE, out);
}

void rl_os_unmap(rl_mapping *mapping) {
    if (!mapping) {
        return;
    }
    if (mapping->data) {
        munmap((void *)(uintptr_t)mapping->data, mapping->size);
    }
    rl_free(mapping->path);
    rl_free(mapping);
}

void rl_os_mapping_drop(const rl_mapping *mapping, size_t offset, size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t begin = (offset + page - 1) / page * page;
    size_t end = (offset + size) / page * page;
    if (begin < end && end <= mapping->size) {
        madvise((void *)(uintptr_t)(mapping->data + begin), end - begin, MADV_DONTNEED);
    }
}

void rl_os_mapping_scattered(const rl_mapping *mapping, bool scattered) {
    if (mapping->data) {
        madvise((void *)(uintptr_t)mapping->data, mapping->size,
                scattered ? MADV_RANDOM : MADV_NORMAL);
    }
}

void rl_os_will_read(const void *data, size_t size) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = (uintptr_t)data / page * page;
    if (size) {
        madvise((void *)begin, (uintptr_t)data + size - begin, MADV_WILLNEED);
    }
}

static relief_status read_more(relief_ctx *ctx, int fd, const char *path, size_t limit,
                               uint8_t **data, size_t *size) {
    size_t capacity = 0;
    for (;;) {
        relief_status status = rl_grow(ctx, (void **)data, &capacity, *size + 65536, 1);
        if (status) {
            return status;
        }
        ssize_t got = read(fd, *data + *size, capacity - *size);
        if (got == 0) {
            return RELIEF_OK;
        }
        if (got < 0) {
            if (errno == EINTR && !rl_cancelled(ctx)) {
                continue;
            }
            return rl_cancelled(ctx) ? rl_check_cancel(ctx) : fail_errno(ctx, path, "reading");
        }
        *size += (size_t)got;
        if (*size > limit) {
            return rl_fail(ctx, RELIEF_ERROR_LIMIT, "%s: is larger than %zu bytes", path, limit);
        }
    }
}

relief_status rl_os_read_all(relief_ctx *ctx, const char *path, size_t limit, uint8_t **data,
                             size_t *size) {
    *data = NULL;
    *size = 0;
    int fd = STDIN_FILENO;
    struct stat facts;
    bool is_stdin = strcmp(path, "-") == 0;
    relief_status status = is_stdin ? RELIEF_OK : open_file(ctx, path, true, &fd, &facts);
    if (status) {
        return status;
    }
    status = read_more(ctx, fd, is_stdin ? "standard input" : path, limit, data, size);
    if (!is_stdin) {
        close(fd);
    }
    if (status) {
        rl_free(*data);
        *data = NULL;
        *size = 0;
    }
    return status;
}

bool rl_os_exists(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0;
}

bool rl_os_is_directory(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

bool rl_os_same_file(const char *a, const char *b) {
    struct stat facts_a;
    struct stat facts_b;
    return stat(a, &facts_a) == 0 && stat(b, &facts_b) == 0 && facts_a.st_dev == facts_b.st_dev &&
           facts_a.st_ino == facts_b.st_ino;
}

bool relief_same_file(const char *a, const char *b) {
    return rl_os_same_file(a, b);
}

char *rl_os_real_path(const char *path) {
    char *resolved = realpath(path, NULL);
    char *copy = resolved ? rl_strdup(resolved) : NULL;
    free(resolved);
    return copy;
}

bool rl_os_has_room(size_t bytes) {
    void *room = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) {
        return false;
    }
    munmap(room, bytes);
    return true;
}

int rl_os_processor_count(void) {
    /* OpenMP ends the process when a thread's stack cannot be mapped, so a limited address space
     * gets no threads. */
    if (rl_os_address_space() != INT64_MAX) {
        return 1;
    }
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > RL_MAX_THREADS ? RL_MAX_THREADS : count < 1 ? 1 : count;
}

bool rl_os_has_library(const char *name) {
    void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (library) {
        dlclose(library);
    }
    return library != NULL;
}

void *rl_os_library_open(const char *name, bool *no_memory) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    const char *reason = library ? NULL : dlerror();
    /* "cannot allocate memory ...", "failed to map segment from shared object" */
    *no_memory = reason && (strstr(reason, "allocate memory") || strstr(reason, "map segment"));
    return library;
}

/* ISO C has no way from a pointer to data to one to a function; POSIX says that both are alike. */
bool rl_os_library_find(void *library, const char *name, void *function) {
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

size_t rl_os_peak_rss(void) {
    FILE *file = fopen("/proc/self/status", "re");
    if (!file) {
        return 0;
    }
    char line[256];
    unsigned long long kib = 0;
    while (fgets(line, sizeof(line), file) && sscanf(line, "VmHWM: %llu", &kib) != 1) {
    }
    fclose(file);
    return (size_t)kib * 1024;
}

void rl_os_reset_peak_rss(void) {
    FILE *file = fopen("/proc/self/clear_refs", "we");
    if (file) {
        fputs("5", file);
        fclose(file);
    }
}

double rl_os_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double relief_now(void) {
    return rl_os_now();
}

struct rl_mutex {
    pthread_mutex_t lock;
};

relief_status rl_mutex_new(relief_ctx *ctx, rl_mutex **out) {
    relief_status status = rl_calloc_in(ctx, 1, sizeof(**out), (void **)out);
    if (!status && pthread_mutex_init(&(*out)->lock, NULL) != 0) {
        rl_free(*out);
        *out = NULL;
        status = rl_fail(ctx, RELIEF_ERROR_INTERNAL, "a lock could not be made");
    }
    return status;
}

void rl_mutex_free(rl_mutex *mutex) {
    if (mutex) {
        pthread_mutex_destroy(&mutex->lock);
        rl_free(mutex);
    }
}

void rl_mutex_lock(rl_mutex *mutex) {
    pthread_mutex_lock(&mutex->lock);
}

void rl_mutex_unlock(rl_mutex *mutex) {
    pthread_mutex_unlock(&mutex->lock);
}
