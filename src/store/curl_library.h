/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl, loaded when something is fetched. */
#ifndef RELIEF_STORE_CURL_LIBRARY_H
#define RELIEF_STORE_CURL_LIBRARY_H

#include "relief/base.h"

#define CURL_DISABLE_TYPECHECK /* its macros would call the functions by name */
#include <curl/curl.h>

/* X(function): all that is called, without "curl_". */
#define RL_CURL_FUNCTIONS(X)                                                                       \
    X(easy_cleanup)                                                                                \
    X(easy_getinfo)                                                                                \
    X(easy_init)                                                                                   \
    X(easy_perform)                                                                                \
    X(easy_setopt)                                                                                 \
    X(easy_strerror)                                                                               \
    X(free)                                                                                        \
    X(global_init)                                                                                 \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(url)                                                                                         \
    X(url_cleanup)                                                                                 \
    X(url_get)                                                                                     \
    X(url_set)

#define RL_CURL_MEMBER(function) __typeof__(curl_##function) *function;

typedef struct rl_curl_table {
    RL_CURL_FUNCTIONS(RL_CURL_MEMBER)
} rl_curl_table;

/* To be called once rl_curl_load() has been: rl_curl.easy_init() is curl_easy_init(). */
extern rl_curl_table rl_curl;

/* Load and start it, once for the process. Errors: _UNSUPPORTED (not installed), _MEMORY. Any
 * thread. */
RELIEF_CHECKED relief_status rl_curl_load(relief_ctx *ctx);

#endif
