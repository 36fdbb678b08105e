/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/backend.h"

#include <string.h>

/* Fastest first. */
static const rl_backend_api *const backends[] = {
#ifdef RL_HAVE_ONEDNN
    &rl_backend_onednn,
#endif
    &rl_backend_reference,
};
enum { BACKEND_COUNT = sizeof(backends) / sizeof(backends[0]) };

/* oneDNN's generated kernels begin at SSE4.1; below, its own plain loops are no faster than ours.
 */
static bool runs_here(const rl_backend_api *api) {
#if defined(__x86_64__) || defined(__i386__)
    if (api != &rl_backend_reference) {
        return __builtin_cpu_supports("sse4.1") != 0;
    }
#else
    (void)api;
#endif
    return true;
}

const rl_backend_api *rl_backend_find(const char *name) {
    bool any = !name || !strcmp(name, "auto");
    for (int i = 0; i < BACKEND_COUNT; i++) {
        if (any ? runs_here(backends[i]) : !strcmp(name, backends[i]->name)) {
            return backends[i];
        }
    }
    return NULL;
}

bool rl_backend_computes_in(const rl_backend_api *backend, rl_precision precision) {
    return precision == RL_PRECISION_F32 ||
           (backend->computes_in && backend->computes_in(precision));
}

const char *rl_precision_name(rl_precision precision) {
    return precision == RL_PRECISION_BF16 ? "bf16" : "f32";
}

rl_precision rl_precision_find(const char *name) {
    for (int i = RL_PRECISION_F32; i <= RL_PRECISION_BF16; i++) {
        if (!strcmp(name, rl_precision_name((rl_precision)i))) {
            return (rl_precision)i;
        }
    }
    return (rl_precision)0;
}

const char *rl_backend_instruction_set(const rl_backend_api *backend) {
    return backend->instruction_set ? backend->instruction_set() : "plain";
}
