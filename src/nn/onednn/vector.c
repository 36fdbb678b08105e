/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/vector.h"

/* The linker would export functions of which there are several. */
RL_EVERY_WIDTH static void widen(const rl_bf16 *from, float *to, int64_t count) {
    RL_INDEPENDENT
    for (int64_t i = 0; i < count; i++)
        to[i] = rl_bf16_widen(from[i]);
}

RL_EVERY_WIDTH static void narrow(const float *from, rl_bf16 *to, int64_t count) {
    RL_INDEPENDENT
    for (int64_t i = 0; i < count; i++)
        to[i] = rl_bf16_narrow(from[i]);
}

void rl_bf16_widen_row(const rl_bf16 *from, float *to, int64_t count) {
    widen(from, to, count);
}

void rl_bf16_narrow_row(const float *from, rl_bf16 *to, int64_t count) {
    narrow(from, to, count);
}
