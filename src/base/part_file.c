/* SPDX-License-Identifier: Apache-2.0 */
/* Files that grow over several runs. The lock is flock's: it goes with the process, however that
 * ends, and holds between processes and threads alike. */
#include "base/folder.h"

#include "base/memory.h"
#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct rl_part_file {
    relief_ctx *ctx;
    char *path;
    int fd;
    int64_t size;
};

static relief_status fail_part(const rl_part_file *part, const char *doing) {
    return rl_fail(part->ctx, RELIEF_ERROR_IO, "%s: %s failed: %s", part->path, doing,
                   strerror(errno));
}

void rl_part_close(rl_part_file *part, bool remove) {
    if (!part) {
        return;
    }
    if (remove && part->fd >= 0) {
        unlink(part->path); /* while it is locked, so that nobody else's file goes */
    }
    if (part->fd >= 0) {
        close(part->fd);
    }
    rl_free(part->path);
    rl_free(part);
}

/* Whether the name still stands for the file that is open: whoever had the lock may have given the
 * file its final name, or removed it. */
static bool is_in_place(const rl_part_file *part) {
    struct stat opened;
    struct stat named;
    return fstat(part->fd, &opened) == 0 && stat(part->path, &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* Open and lock; *busy: somebody else has it. */
static relief_status open_locked(rl_part_file *part, bool *busy) {
    struct stat facts;
    *busy = false;
    part->fd = open(part->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (part->fd < 0) {
        return rl_fail(part->ctx, RELIEF_ERROR_IO, "%s: cannot be written: %s", part->path,
                       strerror(errno));
    }
    if (flock(part->fd, LOCK_EX | LOCK_NB) != 0) {
        *busy = errno == EWOULDBLOCK || errno == EINTR;
        return *busy ? RELIEF_OK
                     : rl_fail(part->ctx, RELIEF_ERROR_IO,
                               "%s: cannot be locked: %s (RELIEF_MODELS names a folder elsewhere)",
                               part->path, strerror(errno));
    }
    if (!is_in_place(part)) {
        *busy = true; /* the next try opens the file that has the name now */
        return RELIEF_OK;
    }
    if (fstat(part->fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return rl_fail(part->ctx, RELIEF_ERROR_IO, "%s: is not a regular file", part->path);
    }
    part->size = (int64_t)facts.st_size;
    return RELIEF_OK;
}

relief_status rl_part_try_open(relief_ctx *ctx, const char *path, rl_part_file **out) {
    void *memory;
    bool busy = false;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_part_file), &memory);
    if (status) {
        return status;
    }
    rl_part_file *part = memory;
    *part = (rl_part_file){.ctx = ctx, .path = rl_strdup(path), .fd = -1};
    status = part->path ? open_locked(part, &busy) : rl_fail_memory(ctx, strlen(path));
    if (status || busy) {
        rl_part_close(part, false);
        return status;
    }
    *out = part;
    return RELIEF_OK;
}

int64_t rl_part_size(const rl_part_file *part) {
    return part->size;
}

relief_status rl_part_read(rl_part_file *part, int64_t offset, void *data, size_t size,
                           size_t *got) {
    ssize_t count;
    do {
        count = pread(part->fd, data, size, (off_t)offset);
    } while (count < 0 && errno == EINTR && !rl_cancelled(part->ctx));
    *got = count > 0 ? (size_t)count : 0;
    return count < 0 ? fail_part(part, "reading") : RELIEF_OK;
}

relief_status rl_part_append(rl_part_file *part, const void *data, size_t size) {
    const uint8_t *at = data;
    while (size) {
        ssize_t wrote = pwrite(part->fd, at, size, (off_t)part->size);
        if (wrote < 0 && errno == EINTR && !rl_cancelled(part->ctx)) {
            continue;
        }
        if (wrote < 0) {
            return fail_part(part, "writing");
        }
        at += wrote;
        size -= (size_t)wrote;
        part->size += wrote;
    }
    return RELIEF_OK;
}

relief_status rl_part_clear(rl_part_file *part) {
    if (ftruncate(part->fd, 0) != 0) {
        return fail_part(part, "emptying");
    }
    part->size = 0;
    return RELIEF_OK;
}

relief_status rl_part_commit(rl_part_file *part, const char *final_path) {
    relief_status status = RELIEF_OK;
    if (fsync(part->fd) != 0) {
        status = fail_part(part, "writing");
    } else if (rename(part->path, final_path) != 0) {
        status = rl_fail(part->ctx, RELIEF_ERROR_IO, "%s: writing failed: %s", final_path,
                         strerror(errno));
    }
    rl_part_close(part, false);
    return status;
}
