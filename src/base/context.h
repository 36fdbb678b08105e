/* SPDX-License-Identifier: Apache-2.0 */
/* What a context holds; for base alone. */
#ifndef RELIEF_BASE_CONTEXT_H
#define RELIEF_BASE_CONTEXT_H

#include "base/status.h"

#include <stdatomic.h>

struct relief_ctx {
    relief_ctx_options options;
    int threads;
    atomic_bool cancelled;
    char error[RL_MAX_ERROR_TEXT]; /* a fixed array, so that it works when memory is gone */
};

#endif
