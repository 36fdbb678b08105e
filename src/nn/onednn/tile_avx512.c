/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/tile_isa.h"

#ifdef RL_TILE_X86

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define VEC __m512
enum { WIDTH = 16, ROWS = 14, COLUMNS = 32 };

#define v_load(p) _mm512_loadu_ps(p)
#define v_store(p, x) _mm512_storeu_ps(p, x)
#define v_set(x) _mm512_set1_ps(x)
#define v_fma(a, b, c) _mm512_fmadd_ps(a, b, c)
#define v_add(a, b) _mm512_add_ps(a, b)
#define v_sub(a, b) _mm512_sub_ps(a, b)
#define v_mul(a, b) _mm512_mul_ps(a, b)
#define v_div(a, b) _mm512_div_ps(a, b)
#define v_min(a, b) _mm512_min_ps(a, b)
#define v_max(a, b) _mm512_max_ps(a, b)
#define v_abs(x) _mm512_abs_ps(x)
#define v_round(x) _mm512_roundscale_ps(x, 0)
#define v_scale(x, power) _mm512_scalef_ps(x, power)

#include "nn/onednn/tile_simd.h"

/* One function for each number of rows, so that sums stay in registers. */
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
        ROWS_CASE(6);
        ROWS_CASE(7);
        ROWS_CASE(8);
        ROWS_CASE(9);
        ROWS_CASE(10);
        ROWS_CASE(11);
        ROWS_CASE(12);
        ROWS_CASE(13);
    default:
        multiply_rows(14, tile);
        break;
    }
}

const rl_tile_kernels rl_tile_kernels_avx512 = {
    .name = "AVX-512",
    .rows = ROWS,
    .columns = COLUMNS,
    .multiply = multiply,
    .largest = largest,
    .exponentiate = exponentiate,
    .gelu = gelu,
};

/* ---- bfloat16: pairs of products are summed by one instruction ---- */

#define TARGET_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define INLINE_BF16 static inline __attribute__((always_inline)) TARGET_BF16

INLINE_BF16 void multiply_pairs(const int rows, const rl_tile *t) {
    __m512 sums[ROWS][2];
    const uint32_t *a[POINTERS];
    const uint16_t *panel = t->b;
    const int64_t stride = t->a_stride / 2; /* in pairs */
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        float *c = t->c + r * t->c_stride;
        sums[r][0] = t->add ? _mm512_loadu_ps(c) : _mm512_setzero_ps();
        sums[r][1] = t->add ? _mm512_loadu_ps(c + WIDTH) : _mm512_setzero_ps();
    }
#pragma GCC unroll 8
    for (int i = 0; i < POINTERS; i++)
        a[i] = (const uint32_t *)t->a + 3 * i * stride;
    for (int64_t k = 0; k < t->depth; k += 2, panel += 2 * COLUMNS) {
        const __m512bh b0 = (__m512bh)_mm512_loadu_si512(panel);
        const __m512bh b1 = (__m512bh)_mm512_loadu_si512(panel + COLUMNS);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) {
            const __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[r / 3][r % 3 * stride]);
            sums[r][0] = _mm512_dpbf16_ps(sums[r][0], x, b0);
            sums[r][1] = _mm512_dpbf16_ps(sums[r][1], x, b1);
        }
#pragma GCC unroll 8
        for (int i = 0; i < (rows + 2) / 3; i++)
            a[i]++;
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        _mm512_storeu_ps(t->c + r * t->c_stride, sums[r][0]);
        _mm512_storeu_ps(t->c + r * t->c_stride + WIDTH, sums[r][1]);
    }
}

#define PAIRS_CASE(n)                                                                              \
    case n:                                                                                        \
        multiply_pairs(n, tile);                                                                   \
        break

TARGET_BF16 static void multiply_bf16(const rl_tile *tile) {
    switch (tile->rows) {
        PAIRS_CASE(1);
        PAIRS_CASE(2);
        PAIRS_CASE(3);
        PAIRS_CASE(4);
        PAIRS_CASE(5);
        PAIRS_CASE(6);
        PAIRS_CASE(7);
        PAIRS_CASE(8);
        PAIRS_CASE(9);
        PAIRS_CASE(10);
        PAIRS_CASE(11);
        PAIRS_CASE(12);
        PAIRS_CASE(13);
    default:
        multiply_pairs(14, tile);
        break;
    }
}

/* The polynomial of v_exp2() to the third power: 2^-12 is left out, and a bfloat16 has 8 bits. */
TARGET_BF16 static float exponentiate_bf16(const float *x, uint16_t *y, int64_t n, float scale,
                                           float most) {
    const __m512 factor = v_set(scale), shift = v_set(-scale * most), lowest = v_set(-126);
    __m512 sums = v_set(0);
    for (int64_t i = 0; i < n; i += WIDTH) {
        const __m512 power = v_max(lowest, v_fma(v_load(x + i), factor, shift));
        const __m512 whole = v_round(power), f = v_sub(power, whole);
        __m512 e = v_fma(v_set(5.55041087e-2f), f, v_set(2.40226507e-1f));
        e = v_fma(e, f, v_set(6.93147181e-1f));
        e = v_scale(v_fma(e, f, v_set(1)), whole);
        sums = v_add(sums, e);
        _mm256_storeu_si256((__m256i *)(void *)(y + i), (__m256i)_mm512_cvtneps_pbh(e));
    }
    float lanes[WIDTH], sum = 0;
    v_store(lanes, sums);
    for (int i = 0; i < WIDTH; i++)
        sum += lanes[i];
    return sum;
}

const rl_tile_kernels rl_tile_kernels_avx512_bf16 = {
    .name = "AVX-512 with bf16",
    .rows = ROWS,
    .columns = COLUMNS,
    .multiply = multiply,
    .multiply_bf16 = multiply_bf16,
    .exponentiate_bf16 = exponentiate_bf16,
    .largest = largest,
    .exponentiate = exponentiate,
    .gelu = gelu,
};

#endif
