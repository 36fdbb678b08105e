/* SPDX-License-Identifier: Apache-2.0 */
/* Output files. A fixed table of the temporaries that exist lets a signal handler remove them
 * without touching the heap. */
#include "base/output.h"

#include "base/memory.h"
#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_OPEN_OUTPUTS 64
#define MARK_REACH 1024
#define NEW_FILE_MODE 0666
#define MAX_TRIES 100

struct rl_output {
    relief_ctx *ctx;
    char *final_path;
    char *temporary;
    int fd;
    bool made; /* the temporary is there */
    int slot;  /* in the table of temporaries, -1: none */
};

static _Atomic(const char *) temporaries[MAX_OPEN_OUTPUTS];
static atomic_uint serial;

static int remember(const char *path) {
    for (int i = 0; i < MAX_OPEN_OUTPUTS; i++) {
        const char *none = NULL;
        if (atomic_compare_exchange_strong(&temporaries[i], &none, path)) {
            return i;
        }
    }
    return -1;
}

static void forget(int slot) {
    if (slot >= 0) {
        atomic_store(&temporaries[slot], NULL);
    }
}

void rl_output_remove_all(void) {
    for (int i = 0; i < MAX_OPEN_OUTPUTS; i++) {
        const char *path = atomic_exchange(&temporaries[i], NULL);
        if (path) {
            unlink(path);
        }
    }
}

/* How each kind of file that relief writes is known for its own, within its first KiB. Raw float
 * formats have no room for words, so their headers are spelled in a way of our own (base/npy.c,
 * depth/depth_save.c, render/view_save.c). */
static const struct {
    const char *begins;
    size_t begins_bytes;
    const char *contains;
    size_t contains_bytes;
} own_kinds[] = {
#define OWN_KIND(begins, contains)                                                                 \
    { begins, sizeof(begins) - 1, contains, sizeof(contains) - 1 }
    OWN_KIND("glTF", "\"generator\":\"relief "),
    OWN_KIND("\x89PNG", "Xtrelief:kind\0"),
    OWN_KIND("\xFF\xD8\xFF", "\xFF\xFE\0\x0Drelief view"),
    OWN_KIND("v/1\x01", "relief:kind\0string"),
    OWN_KIND("{\"asset\":{", "\"generator\":\"relief "),
    OWN_KIND("relief ", ""),        /* buffers of .gltf files, .stl */
    OWN_KIND("# relief ", ""),      /* .obj, .mtl */
    OWN_KIND("{\"relief\":\"", ""), /* reports */
    OWN_KIND("<!doctype html>", "<meta name=\"generator\" content=\"relief "),
    OWN_KIND("ply\n", "\ncomment relief "),
    OWN_KIND("\xFF\xD8\xFF\xFE", "relief texture"),
    OWN_KIND("II*\0\x08\0\0\0", "relief:kind="),
    OWN_KIND("Pf\n", "\n-1.0000000\n"),
    OWN_KIND("{\n  \"relief_path\": ", ""),
    OWN_KIND("\0\0\0", "relief film"), /* .mp4 */
    OWN_KIND("\x1A\x45\xDF\xA3", "relief film"),
    OWN_KIND("GIF89a", "\x0Brelief film"),
    OWN_KIND("YUV4MPEG2 ", " Xrelief\n"),
    OWN_KIND("\x93NUMPY\x01\x00\xf6\x00", "'fortran_order': False"),
};

bool rl_output_is_ours(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    uint8_t head[MARK_REACH];
    ssize_t got = pread(fd, head, sizeof(head), 0);
    close(fd);
    for (size_t i = 0; got > 0 && i < sizeof(own_kinds) / sizeof(*own_kinds); i++) {
        if ((size_t)got >= own_kinds[i].begins_bytes &&
            memcmp(head, own_kinds[i].begins, own_kinds[i].begins_bytes) == 0 &&
            memmem(head, (size_t)got, own_kinds[i].contains, own_kinds[i].contains_bytes)) {
            return true;
        }
    }
    return false;
}

static relief_status check_replaceable(relief_ctx *ctx, const char *path, bool force) {
    struct stat facts;
    if (stat(path, &facts) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return RELIEF_OK; /* a missing folder is reported when the temporary cannot be made */
        }
        return rl_fail(ctx, RELIEF_ERROR_IO, "%s: %s", path, strerror(errno));
    }
    if (S_ISDIR(facts.st_mode)) {
        return rl_fail(ctx, RELIEF_ERROR_IO, "%s: is a directory (name a file)", path);
    }
    if (!S_ISREG(facts.st_mode)) { /* a rename would put a file where a device or pipe was */
        return rl_fail(ctx, RELIEF_ERROR_IO, "%s: is not a regular file (- is standard output)",
                       path);
    }
    if (!force && facts.st_size > 0 && !rl_output_is_ours(path)) {
        return rl_fail(ctx, RELIEF_ERROR_EXISTS,
                       "%s: exists and was not made by relief (--force replaces it)", path);
    }
    return RELIEF_OK;
}

/* FOLDER/.relief-HOST-PID-N.tmp for a file in FOLDER. */
static char *temporary_name(const char *path) {
    char host[64];
    if (gethostname(host, sizeof(host)) != 0) {
        host[0] = 0;
    }
    host[sizeof(host) - 1] = 0;
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    return rl_format("%.*s.relief-%s-%ld-%u.tmp", folder, path, host[0] ? host : "host",
                     (long)getpid(), atomic_fetch_add(&serial, 1));
}

/* Create a file that is not there. The result is never one of the standard streams, even where
 * the process was started with those closed: whatever is printed later would land in the file. */
static int create_file(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, NEW_FILE_MODE);
    if (fd < 0 || fd > STDERR_FILENO) {
        return fd;
    }
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    if (moved < 0) {
        unlink(path);
    }
    return moved;
}

static relief_status create_temporary(rl_output *output) {
    for (int tries = 0; tries < MAX_TRIES;
         tries++) { /* a killed process of this number may have left one */
        rl_free(output->temporary);
        output->temporary = temporary_name(output->final_path);
        if (!output->temporary) {
            return rl_fail_memory(output->ctx, PATH_MAX);
        }
        output->fd = create_file(output->temporary);
        if (output->fd >= 0) {
            output->made = true;
            /* Tells rl_output_remove_leftovers() of another process that this one lives. */
            (void)flock(output->fd, LOCK_EX | LOCK_NB);
            output->slot = remember(output->temporary);
            return RELIEF_OK;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return rl_fail(output->ctx, RELIEF_ERROR_IO, "%s: cannot be written: %s", output->final_path,
                   strerror(errno));
}

relief_status relief_output_check(relief_ctx *ctx, const char *path, bool force) {
    return strcmp(path, "-") == 0 ? RELIEF_OK : check_replaceable(ctx, path, force);
}

void relief_output_abandon(void) {
    rl_output_remove_all();
}

relief_status rl_output_open(relief_ctx *ctx, const char *path, bool force, rl_output **out) {
    *out = NULL;
    bool to_stdout = strcmp(path, "-") == 0;
    relief_status status = relief_output_check(ctx, path, force);
    if (status) {
        return status;
    }
    rl_output *output = rl_calloc(1, sizeof(*output));
    if (!output) {
        return rl_fail_memory(ctx, sizeof(*output));
    }
    *output = (rl_output){.ctx = ctx, .fd = -1, .slot = -1};
    output->final_path = rl_strdup(path);
    if (!output->final_path) {
        status = rl_fail_memory(ctx, strlen(path));
    } else if (to_stdout) {
        output->fd = STDOUT_FILENO;
    } else {
        status = create_temporary(output);
    }
    if (status) {
        rl_output_abort(output);
        return status;
    }
    *out = output;
    return RELIEF_OK;
}

relief_status rl_output_write(rl_output *output, const void *data, size_t size) {
    const uint8_t *at = data;
    while (size) {
        ssize_t wrote = write(output->fd, at, size);
        if (wrote < 0 && errno == EINTR) {
            relief_status status = rl_check_cancel(output->ctx);
            if (status) {
                return status;
            }
            continue;
        }
        if (wrote < 0) {
            return rl_fail(output->ctx, RELIEF_ERROR_IO, "%s: writing failed: %s",
                           output->temporary ? output->final_path : "standard output",
                           strerror(errno));
        }
        at += wrote;
        size -= (size_t)wrote;
    }
    return RELIEF_OK;
}

static void release(rl_output *output) {
    if (output->temporary && output->fd >= 0) {
        close(output->fd);
    }
    forget(output->slot);
    rl_free(output->temporary);
    rl_free(output->final_path);
    rl_free(output);
}

relief_status rl_output_close(rl_output *output) {
    if (!output->temporary || output->fd < 0) {
        return RELIEF_OK;
    }
    int closed = close(output->fd); /* a full disk may be reported only here */
    output->fd = -1;
    return closed == 0 ? RELIEF_OK
                       : rl_fail(output->ctx, RELIEF_ERROR_IO, "%s: writing failed: %s",
                                 output->final_path, strerror(errno));
}

relief_status rl_output_commit(rl_output *output) {
    relief_status status = rl_output_close(output);
    if (!status && output->temporary && rename(output->temporary, output->final_path) != 0) {
        status = rl_fail(output->ctx, RELIEF_ERROR_IO, "%s: writing failed: %s", output->final_path,
                         strerror(errno));
    }
    if (status) {
        unlink(output->temporary);
    }
    release(output);
    return status;
}

void rl_output_abort(rl_output *output) {
    if (!output) {
        return;
    }
    if (output->made) {
        unlink(output->temporary);
    }
    release(output);
}

const char *rl_output_temporary_path(const rl_output *output) {
    return output->temporary;
}
