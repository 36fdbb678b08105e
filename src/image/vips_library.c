/* SPDX-License-Identifier: Apache-2.0 */
#include "image/vips_library.h"

#include "base/os.h"
#include "base/status.h"

/* The name that the linker would have noted, the same for all releases since 8.0. */
static const char NAME[] = "libvips.so.42";

rl_vips_table rl_vips;

relief_status rl_vips_load(relief_ctx *ctx) {
    bool no_memory = false;
    void *library = rl_os_library_open(NAME, &no_memory);
    if (no_memory)
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "out of memory: libvips cannot be loaded");
    bool found = library != NULL;
#define FIND(function)                                                                             \
    found = found && rl_os_library_find(library, "vips_" #function, &rl_vips.function);
    RL_VIPS_FUNCTIONS(FIND)
    if (found)
        return RELIEF_OK;
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                   "%s, which reads pictures of this kind, is not installed", NAME);
}
