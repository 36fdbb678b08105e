/* SPDX-License-Identifier: Apache-2.0 */
#define RL_STATUS_INSIDE
#include "base/context.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"
#include "base/threads.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Address space that must be there before anything is begun: for a start, and for each thread (the
 * stacks and the heaps of libvips' threads and of ours). GLib calls itself without end when it gets
 * no memory for its message that it gets no memory, and OpenMP's library ends the process when it
 * gets no thread; a process as short as that must not come so far. */
#define ROOM_FOR_ALL ((size_t)256 << 20)
#define ROOM_FOR_THREAD ((size_t)128 << 20)

relief_status relief_ctx_new(const relief_ctx_options *options, relief_ctx **out) {
    *out = NULL;
    relief_ctx_options given = RELIEF_OPTIONS_INIT(relief_ctx_options);
    given.log_level = RELIEF_LOG_NONE;
    relief_status status = rl_options_copy(NULL, &given, sizeof(given), options);
    if (status) {
        return status;
    }
    if (given.threads < 0 || given.threads > RL_MAX_THREADS) {
        return RELIEF_ERROR_ARG;
    }
    relief_ctx *ctx = rl_calloc(1, sizeof(*ctx));
    if (!ctx) {
        return RELIEF_ERROR_MEMORY;
    }
    ctx->options = given;
    ctx->threads = given.threads ? given.threads : rl_os_processor_count();
    bool room = rl_os_has_room(ROOM_FOR_ALL + (size_t)ctx->threads * ROOM_FOR_THREAD);
    status = room ? rl_threads_start(ctx) : RELIEF_ERROR_MEMORY;
    if (status) {
        relief_ctx_free(ctx);
        return status;
    }
    *out = ctx;
    return RELIEF_OK;
}

relief_status rl_ctx_fork(const relief_ctx *ctx, int threads, relief_log_fn log, void *user,
                          relief_ctx **out) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = threads;
    options.log_level = ctx->options.log_level;
    options.log = log;
    options.user = user;
    return relief_ctx_new(&options, out);
}

void relief_ctx_free(relief_ctx *ctx) {
    rl_free(ctx);
}

const char *relief_last_error(const relief_ctx *ctx) {
    return ctx->error;
}

int relief_ctx_threads(const relief_ctx *ctx) {
    return ctx->threads;
}

void relief_cancel(relief_ctx *ctx) {
    atomic_store(&ctx->cancelled, true);
}

void relief_uncancel(relief_ctx *ctx) {
    atomic_store(&ctx->cancelled, false);
}

bool rl_cancelled(const relief_ctx *ctx) {
    return atomic_load_explicit(&ctx->cancelled, memory_order_relaxed);
}

const char *relief_status_name(relief_status status) {
    switch (status) {
    case RELIEF_OK:
        return "ok";
    case RELIEF_ERROR_MEMORY:
        return "memory";
    case RELIEF_ERROR_ARG:
        return "argument";
    case RELIEF_ERROR_IO:
        return "io";
    case RELIEF_ERROR_FORMAT:
        return "format";
    case RELIEF_ERROR_UNSUPPORTED:
        return "unsupported";
    case RELIEF_ERROR_LIMIT:
        return "limit";
    case RELIEF_ERROR_CANCELLED:
        return "cancelled";
    case RELIEF_ERROR_EXISTS:
        return "exists";
    case RELIEF_ERROR_INTERNAL:
        return "internal";
    case RELIEF_ERROR_DEVICE:
        return "device";
    case RELIEF_ERROR_NETWORK:
        return "network";
    }
    return "unknown";
}

/* Names from files reach error text: a newline or an escape in them must not make a second line or
 * drive a terminal. */
static void make_one_line(char *text) {
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f) {
            *text = '?';
        }
    }
}

/* Put a text that is too long into the context without its middle: a long file name stands at the
 * beginning, and what is wrong with the file at the end. */
static void shorten_into(relief_ctx *ctx, const char *text, size_t length) {
    enum { KEPT_BEFORE = 300, KEPT_BEHIND = RL_MAX_ERROR_TEXT - KEPT_BEFORE - 4 };
    const char *tail = text + length - KEPT_BEHIND;
    while (((unsigned char)*tail & 0xC0) == 0x80) { /* not inside a UTF-8 character */
        tail++;
    }
    size_t before = KEPT_BEFORE;
    while (before && ((unsigned char)text[before] & 0xC0) == 0x80) {
        before--;
    }
    snprintf(ctx->error, sizeof(ctx->error), "%.*s...%s", (int)before, text, tail);
}

relief_status rl_fail(relief_ctx *ctx, relief_status status, const char *format, ...) {
    if (ctx) {
        va_list args;
        va_start(args, format);
        int length = vsnprintf(ctx->error, sizeof(ctx->error), format, args);
        va_end(args);
        char *whole = length < RL_MAX_ERROR_TEXT ? NULL : rl_alloc((size_t)length + 1, 1);
        if (whole) { /* else it stays cut */
            va_start(args, format);
            vsnprintf(whole, (size_t)length + 1, format, args);
            va_end(args);
            shorten_into(ctx, whole, (size_t)length);
            rl_free(whole);
        }
        make_one_line(ctx->error);
    }
    return status;
}

relief_status rl_fail_memory(relief_ctx *ctx, size_t bytes) {
    return rl_fail(ctx, RELIEF_ERROR_MEMORY, "out of memory (%zu bytes were asked for)", bytes);
}

void rl_log(relief_ctx *ctx, relief_log_level level, const char *format, ...) {
    if (!ctx->options.log || level < ctx->options.log_level) {
        return;
    }
    char text[RL_MAX_ERROR_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    make_one_line(text);
    ctx->options.log(ctx->options.user, level, text);
}

relief_status rl_check_cancel(relief_ctx *ctx) {
    return rl_cancelled(ctx) ? rl_fail(ctx, RELIEF_ERROR_CANCELLED, "cancelled") : RELIEF_OK;
}

relief_status rl_progress(relief_ctx *ctx, const char *stage, int64_t done, int64_t total) {
    if (ctx->options.progress && !ctx->options.progress(ctx->options.user, stage, done, total)) {
        relief_cancel(ctx);
    }
    return rl_check_cancel(ctx);
}
