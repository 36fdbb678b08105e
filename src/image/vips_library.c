/* SPDX-License-Identifier: Apache-2.0 */
#include "image/vips_library.h"

#include "base/library.h"

rl_vips_table rl_vips;

relief_status rl_vips_load(relief_ctx *ctx) {
    static const rl_import imports[] = {
#define IMPORT(function) {"vips_" #function, &rl_vips.function},
        RL_VIPS_FUNCTIONS(IMPORT)};
    /* The name that the linker would have noted, the same for all releases since 8.0. */
    return rl_library_load(ctx, "libvips.so.42", "reads pictures of this kind", imports,
                           sizeof imports / sizeof imports[0]);
}
