/* SPDX-License-Identifier: Apache-2.0 */
#include "relief/base.h"

#include "build_facts.h"
#include "commit.h"

/* The facts as one constant for each instruction set, so that nothing is written at run time. */
#define FACTS(instruction_set)                                                                     \
    "commit: " RL_COMMIT "\n"                                                                      \
    "libraries: " RL_LIBRARIES "\n"                                                                \
    "cpu backend: " RL_CPU_BACKEND "\n"                                                            \
    "threads: " RL_THREADS "\n"                                                                    \
    "instruction set: " instruction_set "\n"

const char *relief_version(void) {
    return RL_VERSION;
}

const char *relief_build_info(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bf16")) {
        return FACTS("AVX-512 with bf16");
    }
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
        return FACTS("AVX-512");
    }
    if (__builtin_cpu_supports("avx2")) {
        return FACTS("AVX2");
    }
    return FACTS("SSE2");
#else
    return FACTS("plain");
#endif
}
