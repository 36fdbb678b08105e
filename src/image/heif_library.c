/* SPDX-License-Identifier: Apache-2.0 */
#include "image/heif_library.h"

#include "base/library.h"

#include <glib.h>

rl_heif_table rl_heif;

relief_status rl_heif_load(relief_ctx *ctx) {
    static const rl_import imports[] = {
#define IMPORT(function) {"heif_" #function, &rl_heif.function},
        RL_HEIF_FUNCTIONS(IMPORT)};
    static GMutex turn;
    static bool loaded;
    g_mutex_lock(&turn);
    relief_status status = loaded ? RELIEF_OK
                                  : rl_library_load(ctx, "libheif.so.1", "reads HEIF files",
                                                    imports, sizeof imports / sizeof imports[0]);
    loaded = !status;
    g_mutex_unlock(&turn);
    return status;
}
