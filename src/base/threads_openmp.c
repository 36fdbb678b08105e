/* SPDX-License-Identifier: Apache-2.0 */
/* Work on OpenMP's threads: oneDNN has the same ones, so that two pools never fight for the cores.
 */
#include "base/threads.h"

void rl_parallel(relief_ctx *ctx, size_t count, size_t grain, rl_range_fn fn, void *arg) {
    size_t pieces = grain ? (count + grain - 1) / grain : count;
    size_t threads = (size_t)relief_ctx_threads(ctx);
    pieces = pieces < threads ? pieces : threads;
    if (pieces <= 1) {
        if (count) {
            fn(arg, 0, count);
        }
        return;
    }
#pragma omp parallel for num_threads((int)pieces) schedule(static, 1)
    for (size_t i = 0; i < pieces; i++) {
        fn(arg, count * i / pieces, count * (i + 1) / pieces);
    }
}
