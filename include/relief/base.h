/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts, results and limits: what every other public header builds on.
 *
 * Conventions (docs/conventions.md says more):
 *  - every function that can fail returns a relief_status; the reason is text in the context;
 *  - relief_x_new/load/... give an object that the caller frees with relief_x_free(), NULL is fine;
 *  - a returned `const T *` is borrowed and lives as long as its parent;
 *  - paths are UTF-8; options structs begin with their size, see RELIEF_OPTIONS_INIT;
 *  - a context serves one thread at a time; loaded models and images are immutable and may be
 * shared. */
#ifndef RELIEF_BASE_H
#define RELIEF_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(RELIEF_BUILDING) && defined(__GNUC__)
#define RELIEF_API __attribute__((visibility("default")))
#else
#define RELIEF_API
#endif

#if defined(__GNUC__)
#define RELIEF_CHECKED __attribute__((warn_unused_result))
#else
#define RELIEF_CHECKED
#endif

/* Largest side of a picture, in pixels, that is accepted. */
#define RELIEF_MAX_SIDE 16384
/* Most pixels of a picture that is accepted (268 megapixels). */
#define RELIEF_MAX_PIXELS ((int64_t)268435456)

/* Initialiser of an options struct: sets its size, leaves every setting at 0, which means the
 * default. */
#define RELIEF_OPTIONS_INIT(type)                                                                  \
    { .struct_size = sizeof(type) }

/* What a function came to. Only the sign of the failures is promised to stay. */
typedef enum relief_status {
    RELIEF_OK = 0,
    RELIEF_ERROR_MEMORY = -1,      /* an allocation failed */
    RELIEF_ERROR_ARG = -2,         /* the caller passed something that makes no sense */
    RELIEF_ERROR_IO = -3,          /* reading or writing failed: missing, unreadable, disk full */
    RELIEF_ERROR_FORMAT = -4,      /* the file is damaged or not what it says it is */
    RELIEF_ERROR_UNSUPPORTED = -5, /* well-formed, but of a kind that relief does not take */
    RELIEF_ERROR_LIMIT = -6,       /* over a documented limit */
    RELIEF_ERROR_CANCELLED = -7,   /* the progress callback or relief_cancel() asked to stop */
    RELIEF_ERROR_EXISTS = -8,      /* an output would replace a file that relief did not make */
    RELIEF_ERROR_INTERNAL = -9,    /* a fault of relief's own */
    RELIEF_ERROR_DEVICE = -10,     /* there is no graphics driver, or it failed */
    RELIEF_ERROR_NETWORK = -11     /* a download failed: offline, refused, cut off */
} relief_status;

/* How much a message matters; relief_log_fn gets those at or above the context's level. */
typedef enum relief_log_level {
    RELIEF_LOG_DEBUG = 0,
    RELIEF_LOG_INFO = 1,
    RELIEF_LOG_WARNING = 2,
    RELIEF_LOG_NONE = 3
} relief_log_level;

/* A context: error text, callbacks and the thread count of the calls that it is passed to. */
typedef struct relief_ctx relief_ctx;

/* One message, without a newline. `user` is that of relief_ctx_options. */
typedef void (*relief_log_fn)(void *user, relief_log_level level, const char *text);

/* Progress of one stage ("decode", "model", "depth", "scene", "mesh", "draw", "write"; "download"
 * and "verify", in bytes; "wait"): `done` of `total` steps. Return false to cancel; the running
 * call then ends with RELIEF_ERROR_CANCELLED. */
typedef bool (*relief_progress_fn)(void *user, const char *stage, int64_t done, int64_t total);

typedef struct relief_ctx_options {
    size_t struct_size;         /* sizeof(relief_ctx_options) */
    int threads;                /* worker threads; 0: as many as the process may use */
    relief_log_level log_level; /* least level that `log` gets */
    relief_log_fn log;          /* NULL: silent */
    relief_progress_fn progress;
    void *user; /* passed to both callbacks */
} relief_ctx_options;

/* Make a context. `options` may be NULL. The caller frees *out with relief_ctx_free(). Errors:
 * _MEMORY, _ARG. */
RELIEF_API RELIEF_CHECKED relief_status relief_ctx_new(const relief_ctx_options *options,
                                                       relief_ctx **out);
RELIEF_API void relief_ctx_free(relief_ctx *ctx);

/* The reason of the last failure in this context, one line, never NULL; "" when nothing failed yet.
 */
RELIEF_API const char *relief_last_error(const relief_ctx *ctx);

/* The name of a status as it stands in progress lines: "ok", "memory", "argument", "io", ... */
RELIEF_API const char *relief_status_name(relief_status status);

/* Ask the call that runs with this context to stop soon. The context stays cancelled, so that no
 * request is lost between two calls, until relief_uncancel(). Safe in other threads and in signal
 * handlers. */
RELIEF_API void relief_cancel(relief_ctx *ctx);

/* Make a cancelled context usable again. */
RELIEF_API void relief_uncancel(relief_ctx *ctx);

/* Threads that calls with this context use, at least 1. */
RELIEF_API int relief_ctx_threads(const relief_ctx *ctx);

/* Version "MAJOR.MINOR.PATCH" of the library that runs, which may be newer than these headers. */
RELIEF_API const char *relief_version(void);

/* Build facts in lines "name: value": commit, libraries with versions, CPU backend, instruction
 * set. */
RELIEF_API const char *relief_build_info(void);

typedef struct relief_memory_use {
    size_t live_bytes;     /* allocated by relief itself now */
    size_t peak_bytes;     /* most that was live at once */
    size_t peak_rss_bytes; /* most resident memory of the process, 0 when the system does not say */
} relief_memory_use;

/* Memory of the whole process so far. */
RELIEF_API relief_memory_use relief_memory(void);

/* Start the peaks anew from what is live now (peak_rss_bytes too, where the system can). */
RELIEF_API void relief_memory_reset_peak(void);

/* Seconds of a monotonic clock, for measuring. */
RELIEF_API double relief_now(void);

/* Whether `path` may be written: _EXISTS when a file is there that relief did not make and `force`
 * is false, _IO for a folder or device. The writers check by themselves; programs ask before long
 * work. */
RELIEF_API RELIEF_CHECKED relief_status relief_output_check(relief_ctx *ctx, const char *path,
                                                            bool force);

/* Remove all half-written outputs of this process. Safe in signal handlers; for programs that leave
 * at once. */
RELIEF_API void relief_output_abandon(void);

/* Whether two paths name the same existing file, through links too. */
RELIEF_API bool relief_same_file(const char *a, const char *b);

/* For programs, not for plug-ins: when a library below runs out of memory and ends the process,
 * remove half-written outputs, print `line` and leave with `exit_code` instead of dumping core;
 * keep libraries' own chatter off stderr. */
RELIEF_API void relief_guard_process(const char *line, int exit_code);

#ifdef __cplusplus
}
#endif
#endif
