/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"

static size_t share_begin(const rl_shares *shares, int worker) {
    return shares->count * (size_t)worker / (size_t)shares->workers;
}

void rl_shares_start(rl_shares *shares, int workers, size_t count) {
    shares->count = count;
    shares->workers = workers;
    for (int w = 0; w < workers; w++)
        atomic_init(&shares->of[w].next, share_begin(shares, w));
}

bool rl_shares_take(rl_shares *shares, int worker, size_t *item) {
    for (int i = 0; i < shares->workers; i++) {
        const int from = (worker + i) % shares->workers;
        *item = atomic_fetch_add_explicit(&shares->of[from].next, 1, memory_order_relaxed);
        if (*item < share_begin(shares, from + 1))
            return true;
    }
    return false;
}
