/* SPDX-License-Identifier: Apache-2.0 */
/* A build without windows. */
#include "relief/window.h"

#include "base/status.h"

relief_status relief_window_run(relief_ctx *ctx, const relief_surfaces *surfaces,
                                const relief_window_options *options) {
    (void)surfaces;
    (void)options;
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                   "no window can be opened: this build has none (make a page with -o page.html, "
                   "or build it with -Dview=enabled)");
}
