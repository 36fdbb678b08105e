/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/bytes.h"

#include <string.h>

static void look_up_plain(const uint8_t table[256], const uint8_t *x, uint8_t *y, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        y[i] = table[x[i]];
}

void rl_byte_multiply_plain(const uint8_t *rows, int64_t stride, const int8_t *panel, int64_t depth,
                            int32_t *sums, int row_count) {
    for (int r = 0; r < row_count; r++)
        for (int c = 0; c < RL_BYTE_COLUMNS; c++) {
            uint32_t sum = 0;
            for (int64_t k = 0; k < depth; k++)
                sum += (uint32_t)(rows[r * stride + k] *
                                  panel[(k / 4 * RL_BYTE_COLUMNS + c) * 4 + k % 4]);
            sums[r * RL_BYTE_COLUMNS + c] = (int32_t)sum;
        }
}

#if defined(__x86_64__)

#include <immintrin.h>

#define CODE __attribute__((target("avx512f,avx512bw,avx512vl")))
#define LOOK_UP_CODE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))
#define INLINE static inline __attribute__((always_inline))

enum { WIDTH = 16 };

/* Two tables of 128 bytes, between which the upper bit of x chooses. */
LOOK_UP_CODE static void look_up(const uint8_t table[256], const uint8_t *x, uint8_t *y,
                                 int64_t n) {
    __m512i quarter[4];
    for (int i = 0; i < 4; i++)
        quarter[i] = _mm512_loadu_si512(table + 64 * i);
    for (int64_t i = 0; i < n; i += 64) {
        const __mmask64 used = n - i < 64 ? ((__mmask64)1 << (n - i)) - 1 : ~(__mmask64)0;
        const __m512i index = _mm512_maskz_loadu_epi8(used, x + i);
        const __m512i low = _mm512_permutex2var_epi8(quarter[0], index, quarter[1]);
        const __m512i high = _mm512_permutex2var_epi8(quarter[2], index, quarter[3]);
        const __m512i found = _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high);
        _mm512_mask_storeu_epi8(y + i, used, found);
    }
}

/* Up to 16 bytes as floats. */
CODE INLINE __m512 widen(const void *from, __mmask16 used, const bool is_signed) {
    const __m128i bytes = _mm_maskz_loadu_epi8(used, from);
    return _mm512_cvtepi32_ps(is_signed ? _mm512_cvtepi8_epi32(bytes)
                                        : _mm512_cvtepu8_epi32(bytes));
}

/* To the nearest, a tie to the even one: numbers of this size have no fraction in a float. */
CODE INLINE __m512 round_even(__m512 x) {
    const __m512 shift = _mm512_set1_ps(12582912.0f); /* 1.5 * 2^23 */
    return _mm512_sub_ps(_mm512_add_ps(x, shift), shift);
}

CODE INLINE void narrow(void *to, __mmask16 used, __m512 x) {
    _mm512_mask_cvtepi32_storeu_epi8(to, used, _mm512_cvttps_epi32(x));
}

CODE INLINE __mmask16 mask_of(int64_t count) {
    return (__mmask16)(count < WIDTH ? (1U << count) - 1 : 0xffffU);
}

CODE INLINE void add(const rl_byte_sum *s, const void *const sources[2], void *y, int64_t n,
                     const bool is_signed) {
    const __m512 fa = _mm512_set1_ps(s->factors[0]), fb = _mm512_set1_ps(s->factors[1]);
    const __m512 shift = _mm512_set1_ps(s->offset), lo = _mm512_set1_ps(s->least);
    const __m512 hi = _mm512_set1_ps(s->least + 255.0f);
    for (int64_t i = 0; i < n; i += WIDTH) {
        const __mmask16 used = mask_of(n - i);
        const __m512 a = widen((const char *)sources[0] + i, used, is_signed);
        const __m512 b = widen((const char *)sources[1] + i, used, is_signed);
        const __m512 sum = _mm512_fmadd_ps(a, fa, _mm512_fmadd_ps(b, fb, shift));
        narrow((char *)y + i, used, round_even(_mm512_min_ps(hi, _mm512_max_ps(lo, sum))));
    }
}

CODE static void add_unsigned(const rl_byte_sum *sum, const void *const sources[2], void *y,
                              int64_t n) {
    add(sum, sources, y, n, false);
}

CODE static void add_signed(const rl_byte_sum *sum, const void *const sources[2], void *y,
                            int64_t n) {
    add(sum, sources, y, n, true);
}

/* x / d, rounded as a division does it, from r = 1 / d (Markstein, "Computation of elementary
 * functions on the IBM RISC System/6000 processor", 1990). */
CODE INLINE __m512 divide(__m512 x, __m512 d, __m512 r) {
    const __m512 guess = _mm512_mul_ps(x, r);
    return _mm512_fmadd_ps(_mm512_fnmadd_ps(guess, d, x), r, guess);
}

CODE INLINE void blend(const rl_byte_blend *b, const rl_quantum *quantum, void *y, int64_t n,
                       const bool is_signed) {
    const __m512 scale = _mm512_set1_ps(quantum->scale);
    const __m512 zero = _mm512_set1_ps((float)quantum->zero);
    const __m512 inverse = _mm512_div_ps(_mm512_set1_ps(1), scale);
    const __m512 weight[4] = {_mm512_set1_ps(b->weight[0]), _mm512_set1_ps(b->weight[1]),
                              _mm512_set1_ps(b->weight[2]), _mm512_set1_ps(b->weight[3])};
    for (int64_t i = 0; i < n; i += WIDTH) {
        const __mmask16 used = mask_of(n - i);
        __m512 sum = _mm512_setzero_ps();
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            const __m512 q = widen((const char *)b->from[k] + i, used, is_signed);
            const __m512 x = _mm512_mul_ps(weight[k], _mm512_mul_ps(_mm512_sub_ps(q, zero), scale));
            sum = k ? _mm512_add_ps(sum, x) : x;
        }
        const __m512 result = _mm512_add_ps(round_even(divide(sum, scale, inverse)), zero);
        narrow((char *)y + i, used, result);
    }
}

CODE static void blend_unsigned(const rl_byte_blend *b, const rl_quantum *quantum, void *y,
                                int64_t n) {
    blend(b, quantum, y, n, false);
}

CODE static void blend_signed(const rl_byte_blend *b, const rl_quantum *quantum, void *y,
                              int64_t n) {
    blend(b, quantum, y, n, true);
}

#define MULTIPLY_CODE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

/* All sums stay in registers. */
MULTIPLY_CODE INLINE void multiply_rows(const uint8_t *rows, int64_t stride, const int8_t *panel,
                                        int64_t depth, int32_t *sums, const int count) {
    __m512i sum[RL_BYTE_ROWS][2];
#pragma GCC unroll 14
    for (int r = 0; r < count; r++)
        sum[r][0] = sum[r][1] = _mm512_setzero_si512();
    for (int64_t k = 0; k < depth; k += 4, panel += 4 * RL_BYTE_COLUMNS) {
        const __m512i w0 = _mm512_loadu_si512(panel), w1 = _mm512_loadu_si512(panel + 64);
#pragma GCC unroll 14
        for (int r = 0; r < count; r++) {
            int four;
            memcpy(&four, rows + r * stride + k, sizeof four);
            const __m512i a = _mm512_set1_epi32(four);
            sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], a, w0);
            sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], a, w1);
        }
    }
#pragma GCC unroll 14
    for (int r = 0; r < count; r++) {
        _mm512_storeu_si512(sums + r * RL_BYTE_COLUMNS, sum[r][0]);
        _mm512_storeu_si512(sums + r * RL_BYTE_COLUMNS + WIDTH, sum[r][1]);
    }
}

#define ROWS_CASE(n)                                                                               \
    case n:                                                                                        \
        multiply_rows(rows, stride, panel, depth, sums, n);                                        \
        break

MULTIPLY_CODE static void multiply(const uint8_t *rows, int64_t stride, const int8_t *panel,
                                   int64_t depth, int32_t *sums, int row_count) {
    switch (row_count) {
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
        multiply_rows(rows, stride, panel, depth, sums, RL_BYTE_ROWS);
        break;
    }
}

rl_byte_multiplier rl_byte_multiplier_of(int vector) {
    enum { FLOATS_512 = 16, FLOATS_256 = 8 };
    if (vector >= FLOATS_512 && __builtin_cpu_supports("avx512vnni") &&
        __builtin_cpu_supports("avx512vl"))
        return multiply;
    const bool avx2 = vector >= FLOATS_256 && __builtin_cpu_supports("avx2");
    return avx2 && rl_byte_multiply_avx2 ? rl_byte_multiply_avx2 : rl_byte_multiply_plain;
}

const rl_byte_loops *rl_byte_loops_fast(bool is_signed) {
    static const rl_byte_loops loops[2] = {{add_unsigned, blend_unsigned},
                                           {add_signed, blend_signed}};
    const bool can = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    return can ? &loops[is_signed] : NULL;
}

void rl_byte_look_up(const uint8_t table[256], const uint8_t *x, uint8_t *y, int64_t n) {
    if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vl"))
        look_up(table, x, y, n);
    else
        look_up_plain(table, x, y, n);
}

#else

rl_byte_multiplier rl_byte_multiplier_of(int vector) {
    (void)vector;
    return rl_byte_multiply_plain;
}

const rl_byte_loops *rl_byte_loops_fast(bool is_signed) {
    (void)is_signed;
    return NULL;
}

void rl_byte_look_up(const uint8_t table[256], const uint8_t *x, uint8_t *y, int64_t n) {
    look_up_plain(table, x, y, n);
}

#endif
