/* SPDX-License-Identifier: Apache-2.0 */
/* Starting libvips, and its errors. */
#include "image/picture.h"

#include "base/status.h"

#include "image/vips_library.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MAX_VIPS_TEXT 256

/* Static, so it needs no start; on POSIX it is a pthread lock, which thread checkers know. */
static GRWLock turn;
/* How often this thread has it, alone or with others. */
static _Thread_local int alone, together;

void rl_picture_lock(void) {
    /* Who is among others already, in a callback, cannot wait for them to go: its error text may
     * then be mixed with theirs. */
    if (!alone++ && !together)
        g_rw_lock_writer_lock(&turn);
}

void rl_picture_unlock(void) {
    if (!--alone && !together)
        g_rw_lock_writer_unlock(&turn);
}

bool rl_picture_share(const relief_ctx *ctx) {
    if (relief_ctx_threads(ctx) > 1 || alone)
        return false;
    if (!together++)
        g_rw_lock_reader_lock(&turn);
    return true;
}

void rl_picture_unshare(void) {
    if (!--together)
        g_rw_lock_reader_unlock(&turn);
}

static bool start(void) {
    if (rl_vips.init("relief") != 0)
        return false;
    /* Nothing is decoded twice by the same parameters; keeping operations would only keep files in
     * memory. */
    rl_vips.cache_set_max(0);
    /* Loaders are called by name alone. This is the second fence, for containers that hold other
     * formats. JPEG XL counts as untrusted in this version of libvips although its library is
     * fuzzed like the others. */
    rl_vips.block_untrusted_set(TRUE);
    rl_vips.operation_block_set("VipsForeignLoadJxl", FALSE);
    return true;
}

relief_status rl_picture_start(relief_ctx *ctx) {
    static atomic_bool started;
    relief_status status = RELIEF_OK;
    if (atomic_load_explicit(&started, memory_order_acquire))
        return RELIEF_OK;
    rl_picture_lock();
    if (!atomic_load_explicit(&started, memory_order_acquire)) {
        status = rl_vips_load(ctx);
        if (!status && !start())
            status = rl_picture_fail(ctx, RELIEF_ERROR_INTERNAL, "libvips");
        if (!status)
            atomic_store_explicit(&started, true, memory_order_release);
    }
    rl_picture_unlock();
    return status;
}

static bool mentions(const char *text, const char *word) {
    return strstr(text, word) != NULL;
}

/* The first line that says something, without the "domain: " that libvips puts before it. */
static void first_reason(const char *buffer, char *text, size_t capacity) {
    text[0] = 0;
    for (const char *line = buffer; *line;) {
        size_t length = strcspn(line, "\n");
        const char *colon = memchr(line, ':', length);
        const char *space = memchr(line, ' ', length);
        const char *from = line;
        if (colon && (!space || colon < space)) {
            from = colon + 1 + strspn(colon + 1, " ");
        }
        size_t rest = length - (size_t)(from - line);
        if (rest > 0 && from <= line + length) {
            rest = rest < capacity - 1 ? rest : capacity - 1;
            memcpy(text, from, rest);
            text[rest] = 0;
            return;
        }
        line += length + (line[length] == '\n');
    }
}

relief_status rl_picture_fail(relief_ctx *ctx, relief_status status, const char *name) {
    char reason[MAX_VIPS_TEXT];
    char *buffer = rl_vips.error_buffer_copy();
    first_reason(buffer ? buffer : "", reason, sizeof reason);
    bool no_memory =
        buffer && (mentions(buffer, "out of memory") || mentions(buffer, "nsufficient memory") ||
                   mentions(buffer, "emory allocation") ||
                   mentions(buffer, "reating thread")); /* no room for its stack */
    bool limit =
        buffer && (mentions(buffer, "ecurity limit") || mentions(buffer, "maximum image size"));
    g_free(buffer);
    if (no_memory) {
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "%s: out of memory while decoding", name);
    }
    if (limit) {
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "%s: larger than relief takes (%d pixels a side)",
                       name, RELIEF_MAX_SIDE);
    }
    if (status == RELIEF_ERROR_FORMAT) {
        return rl_fail(ctx, status, "%s: the picture is damaged: %s", name,
                       reason[0] ? reason : "it cannot be decoded");
    }
    return rl_fail(ctx, status, "%s: %s", name, reason[0] ? reason : "libvips failed");
}
