/* SPDX-License-Identifier: Apache-2.0 */
#include "store/curl_library.h"

#include "base/library.h"
#include "base/status.h"

#include <glib.h>

rl_curl_table rl_curl;

static relief_status load(relief_ctx *ctx) {
    static const rl_import imports[] = {
#define IMPORT(function) {"curl_" #function, &rl_curl.function},
        RL_CURL_FUNCTIONS(IMPORT)};
    relief_status status = rl_library_load(ctx, "libcurl.so.4", "fetches files from servers",
                                           imports, sizeof imports / sizeof imports[0]);
    if (!status && rl_curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        status = rl_fail(ctx, RELIEF_ERROR_MEMORY, "out of memory: libcurl cannot be started");
    return status;
}

relief_status rl_curl_load(relief_ctx *ctx) {
    static GMutex turn;
    static bool loaded;
    g_mutex_lock(&turn);
    relief_status status = loaded ? RELIEF_OK : load(ctx);
    loaded = !status;
    g_mutex_unlock(&turn);
    return status;
}
