/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include "base/os.h"
#include "base/status.h"

relief_status rl_library_load(relief_ctx *ctx, const char *name, const char *use,
                              const rl_import *imports, size_t count) {
    bool no_memory = false;
    void *library = rl_os_library_open(name, &no_memory);
    if (no_memory)
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "out of memory: %s cannot be loaded", name);
    if (!library)
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "%s, which %s, is not installed", name, use);
    for (size_t i = 0; i < count; i++)
        if (!rl_os_library_find(library, imports[i].name, imports[i].pointer))
            return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                           "%s, which %s, is too old: it has no %s (install a newer one)", name,
                           use, imports[i].name);
    return RELIEF_OK;
}
