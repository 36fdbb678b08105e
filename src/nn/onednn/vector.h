/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of our own that the compiler turns into vector code, and the numbers of 16 bits that they
 * read and write. */
#ifndef RELIEF_NN_ONEDNN_VECTOR_H
#define RELIEF_NN_ONEDNN_VECTOR_H

#include <stdint.h>
#include <string.h>

/* Build a function once for every width of vectors; the loader picks one. Nothing is contracted or
 * reordered
 * (-ffp-contract=off), so that all of them give the same bits. Clang 14 and the thread sanitizer
 * cannot do it. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define RL_EVERY_WIDTH __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define RL_EVERY_WIDTH
#endif

/* In front of a loop: no iteration touches what another one writes. */
#if defined(__GNUC__) && !defined(__clang__)
#define RL_INDEPENDENT _Pragma("GCC ivdep")
#else
#define RL_INDEPENDENT
#endif

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
