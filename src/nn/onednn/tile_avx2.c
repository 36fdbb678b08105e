/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/tile_isa.h"

#ifdef RL_TILE_X86

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define VEC __m256
enum { WIDTH = 8, ROWS = 6, COLUMNS = 16 };

#define v_load(p) _mm256_loadu_ps(p)
#define v_store(p, x) _mm256_storeu_ps(p, x)
#define v_set(x) _mm256_set1_ps(x)
#define v_fma(a, b, c) _mm256_fmadd_ps(a, b, c)
#define v_add(a, b) _mm256_add_ps(a, b)
#define v_sub(a, b) _mm256_sub_ps(a, b)
#define v_mul(a, b) _mm256_mul_ps(a, b)
#define v_div(a, b) _mm256_div_ps(a, b)
#define v_min(a, b) _mm256_min_ps(a, b)
#define v_max(a, b) _mm256_max_ps(a, b)
#define v_abs(x) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x)
#define v_round(x) _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
/* The power goes where a float has its exponent. */
#define v_scale(x, power)                                                                          \
    _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x),                                   \
                                         _mm256_slli_epi32(_mm256_cvtps_epi32(power), 23)))

#include "nn/onednn/tile_simd.h"

#define ROWS_CASE(n)                                                                               \
    case n:                                                                                        \
        multiply_rows(n, tile);                                                                    \
        break

TARGET static void multiply(const rl_tile *tile) {
    switch (tile->rows) {
        ROWS_CASE(1);
        ROWS_CASE(2);
        ROWS_CASE(3);
        ROWS_CASE(4);
        ROWS_CASE(5);
    default:
        multiply_rows(6, tile);
        break;
    }
}

const rl_tile_kernels rl_tile_kernels_avx2 = {
    .name = "AVX2",
    .rows = ROWS,
    .columns = COLUMNS,
    .multiply = multiply,
    .largest = largest,
    .exponentiate = exponentiate,
    .gelu = gelu,
};

#endif
