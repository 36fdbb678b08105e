/* SPDX-License-Identifier: Apache-2.0 */
/* What the operating system gives: the only door to mmap, rename, clocks, /proc and thread
 * primitives. */
#ifndef RELIEF_BASE_OS_H
#define RELIEF_BASE_OS_H

#include "relief/base.h"

#include <stdio.h>

/* A whole file mapped read-only. */
typedef struct rl_mapping {
    const uint8_t *data; /* NULL for an empty file */
    size_t size;
    char *path;
    int64_t modified_ns, changed_ns; /* when it was mapped: as in rl_file_facts (base/folder.h) */
    uint64_t inode;
} rl_mapping;

/* Map a regular file. Errors: _IO (missing, a directory, unreadable), _MEMORY. Undo with
 * rl_os_unmap(). */
RELIEF_CHECKED relief_status rl_os_map(relief_ctx *ctx, const char *path, rl_mapping **out);
/* The same for those that must write to the bytes: what they write stays with this process. */
RELIEF_CHECKED relief_status rl_os_map_private(relief_ctx *ctx, const char *path, rl_mapping **out);
void rl_os_unmap(rl_mapping *mapping);
/* Tell the system that [offset, offset + size) of a mapping is not needed in memory any more. */
void rl_os_mapping_drop(const rl_mapping *mapping, size_t offset, size_t size);

/* How a mapping will be read: here and there, so that the system fetches from the disk what is
 * asked for alone; or in order, which is what it takes for granted otherwise. */
void rl_os_mapping_scattered(const rl_mapping *mapping, bool scattered);
/* Begin to fetch bytes of a mapping that are read soon. */
void rl_os_will_read(const void *data, size_t size);

/* Read a whole file or, for "-", standard input, up to `limit` bytes. The caller frees *data with
 * rl_free(). Errors: _IO, _LIMIT, _MEMORY. */
RELIEF_CHECKED relief_status rl_os_read_all(relief_ctx *ctx, const char *path, size_t limit,
                                            uint8_t **data, size_t *size);

/* Whether `path` names something that exists; whether it is a directory. */
bool rl_os_exists(const char *path);
bool rl_os_is_directory(const char *path);
/* Whether two paths name the same file (device and inode). */
bool rl_os_same_file(const char *a, const char *b);
/* Resolve links and `..`; a new string for rl_free(), NULL when the path does not exist. */
char *rl_os_real_path(const char *path);

/* Bytes of memory the process may use: RAM, or less under a control group or resource limit. */
int64_t rl_os_memory_limit(void);
/* Most bytes of address space (ulimit -v); INT64_MAX: as much as there is. */
int64_t rl_os_address_space(void);
/* Whether the process could have `bytes` more of address space now. */
bool rl_os_has_room(size_t bytes);
/* Processors that the process may run on. */
int rl_os_processor_count(void);
/* Whether a shared library of this name can be loaded. */
bool rl_os_has_library(const char *name);
/* Load a shared library for good; NULL when it cannot be. *no_memory: for want of memory. */
void *rl_os_library_open(const char *name, bool *no_memory);
/* Set *function, a pointer to a function, to that of this name in it; false: there is none. */
bool rl_os_library_find(void *library, const char *name, void *function);
size_t rl_os_peak_rss(void);
void rl_os_reset_peak_rss(void);
double rl_os_now(void);

/* A lock. */
typedef struct rl_mutex rl_mutex;
RELIEF_CHECKED relief_status rl_mutex_new(relief_ctx *ctx, rl_mutex **out);
void rl_mutex_free(rl_mutex *mutex);
void rl_mutex_lock(rl_mutex *mutex);
void rl_mutex_unlock(rl_mutex *mutex);

#endif
