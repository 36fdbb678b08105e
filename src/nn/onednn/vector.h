/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of our own that the compiler turns into vector code. */
#ifndef RELIEF_NN_ONEDNN_VECTOR_H
#define RELIEF_NN_ONEDNN_VECTOR_H

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

#endif
