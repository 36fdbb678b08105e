/* SPDX-License-Identifier: Apache-2.0 */
/* Folders and what lies in them, for those who keep files of their own: the store and its cache. */
#ifndef RELIEF_BASE_FOLDER_H
#define RELIEF_BASE_FOLDER_H

#include "relief/base.h"

/* What is known about a file without reading it. */
typedef struct rl_file_facts {
    int64_t bytes;
    int64_t modified_ns, changed_ns; /* content; content or anything else (mtime, ctime) */
    uint64_t device, inode;
    bool is_link; /* the name itself is a symbolic link; the rest is about what it leads to */
} rl_file_facts;

/* False when there is no regular file of this name. */
bool rl_os_file_facts(const char *path, rl_file_facts *facts);

/* Make a folder and those above it; fine when it is there. Errors: _IO. */
RELIEF_CHECKED relief_status rl_os_make_folders(relief_ctx *ctx, const char *path);

/* Names of the regular files (and links to such) in a folder, sorted; none when there is no such
 * folder. Free with rl_os_names_free(). Errors: _IO (unreadable), _MEMORY. */
RELIEF_CHECKED relief_status rl_os_list_files(relief_ctx *ctx, const char *folder, char ***names,
                                              size_t *count);
void rl_os_names_free(char **names, size_t count);

/* One name in a folder. */
typedef struct rl_folder_entry {
    char *name;
    bool is_folder; /* or a link to one */
} rl_folder_entry;

/* All names in a folder that are files, folders or links to such, sorted; a link that leads nowhere
 * counts as a file. Free with rl_os_entries_free(). Errors: _IO, _MEMORY. */
RELIEF_CHECKED relief_status rl_os_list_folder(relief_ctx *ctx, const char *folder,
                                               rl_folder_entry **entries, size_t *count);
void rl_os_entries_free(rl_folder_entry *entries, size_t count);

/* Device and inode of a file or folder, links followed; false when there is none. */
bool rl_os_identity(const char *path, uint64_t *device, uint64_t *inode);

/* Names that fit a pattern with *, ? and [], sorted; none is no failure. Free with
 * rl_os_names_free(). Errors: _IO, _MEMORY. */
RELIEF_CHECKED relief_status rl_os_expand(relief_ctx *ctx, const char *pattern, char ***names,
                                          size_t *count);

/* Bytes that may still be written in the folder; INT64_MAX when the system does not say. */
int64_t rl_os_free_bytes(const char *folder);

/* Remove a file; true when there is none afterwards. */
bool rl_os_remove(const char *path);
/* Set the time of last use (mtime) of a file to now; it is no harm when that fails. */
void rl_os_touch(const char *path);
/* Make `link` lead to `target`, replacing what is there. Errors: _IO. */
RELIEF_CHECKED relief_status rl_os_link(relief_ctx *ctx, const char *target, const char *link);
/* Seconds since 1970. */
double rl_os_wall_clock(void);
void rl_os_sleep(double seconds);

/* A file that grows over several runs, such as a download, and that one process at a time may
 * write to: it is locked while it is open. */
typedef struct rl_part_file rl_part_file;

/* Open PATH, made when it is not there, and lock it. *out stays NULL while another process (or
 * another rl_part_file of this one) has it: try again later. Errors: _IO, _MEMORY. End with
 * rl_part_close() or rl_part_commit(). */
RELIEF_CHECKED relief_status rl_part_try_open(relief_ctx *ctx, const char *path,
                                              rl_part_file **out);
int64_t rl_part_size(const rl_part_file *part);
/* Read up to `size` bytes from `offset` on; *got 0: the end. Errors: _IO. */
RELIEF_CHECKED relief_status rl_part_read(rl_part_file *part, int64_t offset, void *data,
                                          size_t size, size_t *got);
/* Write at the end. Errors: _IO (the disk is full, say). */
RELIEF_CHECKED relief_status rl_part_append(rl_part_file *part, const void *data, size_t size);
/* Throw away what is there. Errors: _IO. */
RELIEF_CHECKED relief_status rl_part_clear(rl_part_file *part);
/* Bring the bytes to the disk, give the file its final name, replacing what has it, and free
 * `part`. Errors: _IO; the file then stays what it was. */
RELIEF_CHECKED relief_status rl_part_commit(rl_part_file *part, const char *final_path);
/* Unlock, and free `part`; the file stays for the next time unless `remove`. NULL is fine. */
void rl_part_close(rl_part_file *part, bool remove);

#endif
