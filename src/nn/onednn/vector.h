/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of 16 bits that loops of our own read and write. */
#ifndef RELIEF_NN_ONEDNN_VECTOR_H
#define RELIEF_NN_ONEDNN_VECTOR_H

#include "base/widths.h"

/* bfloat16: the upper half of a float. Values are stored so and computed with as floats; the two
 * functions are plain integer arithmetic that every vector unit has, so that no result depends on
 * instructions for bf16. */
typedef uint16_t rl_bf16;

static inline float rl_bf16_widen(rl_bf16 x) {
    const uint32_t bits = (uint32_t)x << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* To the nearest, a tie to the even one; a NaN stays one. */
static inline rl_bf16 rl_bf16_narrow(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    const uint32_t quiet = bits >> 16 | 0x40;
    return (rl_bf16)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

/* Whole rows of them. `from` and `to` do not overlap. */
void rl_bf16_widen_row(const rl_bf16 *from, float *to, int64_t count);
void rl_bf16_narrow_row(const float *from, rl_bf16 *to, int64_t count);

#endif
