/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of our own that the compiler turns into vector code. */
#ifndef RELIEF_BASE_WIDTHS_H
#define RELIEF_BASE_WIDTHS_H

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

/* A part of such functions, which is compiled into each of them. */
#define RL_INLINED static inline __attribute__((always_inline))

/* In front of a loop: no iteration touches what another one writes. */
#if defined(__GNUC__) && !defined(__clang__)
#define RL_INDEPENDENT _Pragma("GCC ivdep")
#else
#define RL_INDEPENDENT
#endif

/* Four floats that are added, multiplied and divided at once; each as it would be alone. */
typedef float rl_float4 __attribute__((vector_size(16)));

RL_INLINED rl_float4 rl_float4_load(const float *from) {
    rl_float4 four;
    memcpy(&four, from, sizeof four);
    return four;
}

RL_INLINED void rl_float4_store(float *to, rl_float4 four) {
    memcpy(to, &four, sizeof four);
}

RL_INLINED rl_float4 rl_float4_all(float value) {
    return (rl_float4){value, value, value, value};
}

/* Four bytes as floats. */
RL_INLINED rl_float4 rl_float4_of_bytes(const uint8_t *from) {
    typedef uint8_t byte4 __attribute__((vector_size(4)));
    byte4 bytes;
    memcpy(&bytes, from, sizeof bytes);
    return __builtin_convertvector(bytes, rl_float4);
}

#endif
