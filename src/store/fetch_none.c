/* SPDX-License-Identifier: Apache-2.0 */
/* In place of fetch.c in a build without downloads. */
#include "store/fetch.h"

#include "base/status.h"

#include <stdio.h>

bool rl_fetch_possible(void) {
    return false;
}

relief_status rl_fetch_run(relief_ctx *ctx, const rl_fetch *fetch, bool *again,
                           bool *offset_refused) {
    (void)fetch;
    *again = *offset_refused = false;
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "this build of relief has no downloads");
}

void rl_fetch_host(const char *url, char *host, size_t size) {
    (void)url;
    snprintf(host, size, "the network");
}
