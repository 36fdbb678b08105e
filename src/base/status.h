/* SPDX-License-Identifier: Apache-2.0 */
/* The context's inside, and how a failure gets its reason. */
#ifndef RELIEF_BASE_STATUS_H
#define RELIEF_BASE_STATUS_H

#include "relief/base.h"

#define RL_MAX_ERROR_TEXT 1024

#if defined(__GNUC__)
#define RL_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#else
#define RL_PRINTF(format_at, args_at)
#endif

/* Record why something failed and return `status`, so that callers write `return rl_fail(...)`.
 * The text is one line, "FILE: what is wrong (what to do)"; control characters in it are replaced.
 * Of a text that is too long its middle is left out.
 * Call it once, where the reason is known; callers above forward the status unchanged. */
relief_status rl_fail(relief_ctx *ctx, relief_status status, const char *format, ...)
    RL_PRINTF(3, 4);

/* rl_fail() for a failed allocation of `bytes`. */
relief_status rl_fail_memory(relief_ctx *ctx, size_t bytes);

#if defined(__clang_analyzer__) && !defined(RL_STATUS_INSIDE)
/* The analyser looks at one file at a time and must be told what comes back. */
#define rl_fail(ctx, status, ...) ((void)rl_fail((ctx), (status), __VA_ARGS__), (status))
#define rl_fail_memory(ctx, bytes) ((void)rl_fail_memory((ctx), (bytes)), RELIEF_ERROR_MEMORY)
#endif

/* Send a message to the context's log function. */
void rl_log(relief_ctx *ctx, relief_log_level level, const char *format, ...) RL_PRINTF(3, 4);

/* Report progress; RELIEF_ERROR_CANCELLED when the callback or relief_cancel() asked to stop.
 * Call it from the context's own thread only. */
RELIEF_CHECKED relief_status rl_progress(relief_ctx *ctx, const char *stage, int64_t done,
                                         int64_t total);

/* RELIEF_ERROR_CANCELLED when a stop was asked for, with the reason set. */
RELIEF_CHECKED relief_status rl_check_cancel(relief_ctx *ctx);

/* Whether a stop was asked for; for worker threads, which set no reason. */
bool rl_cancelled(const relief_ctx *ctx);

/* Make a context for another thread that works for the same caller: it hears as much, through a
 * log function of its own. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_ctx_fork(const relief_ctx *ctx, int threads, relief_log_fn log,
                                         void *user, relief_ctx **out);

/* Copy an options struct of an older or newer caller over defaults: min(own, given) bytes; NULL
 * keeps the defaults. Errors: _ARG when struct_size is 0 or absurd, or when bytes that this version
 * does not know are not 0. */
RELIEF_CHECKED relief_status rl_options_copy(relief_ctx *ctx, void *own, size_t own_size,
                                             const void *given);

/* Copy the first min(own_size, given's struct_size) bytes of an info struct out to the caller,
 * keeping struct_size. */
void rl_info_copy(void *given, const void *own, size_t own_size);

#endif
