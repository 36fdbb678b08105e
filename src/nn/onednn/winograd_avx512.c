/* SPDX-License-Identifier: Apache-2.0 */
/* The steps by vectors of 16 floats, and by instructions for bfloat16. */
#include <string.h>

#include "nn/onednn/conv_winograd.h"

#if defined(__x86_64__)

#include <immintrin.h>

enum { LANES = RL_WINOGRAD_LANES, COLUMNS = RL_WINOGRAD_COLUMNS, MOST_ROWS = RL_WINOGRAD_ROWS };

/* Sums and products of floats; and what rounds or multiplies bfloat16. */
#define FLOAT_CODE __attribute__((target("avx512f,avx512bw,avx512vl")))
#define BF16_CODE __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#define INLINE static inline __attribute__((always_inline))

FLOAT_CODE INLINE __m512 load_bf16(const void *from) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)from);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16));
}

/* As rl_bf16_narrow(). */
FLOAT_CODE INLINE void store_bf16(void *to, __m512 x) {
    const __m512i bits = _mm512_castps_si512(x), one = _mm512_set1_epi32(1);
    const __m512i upper = _mm512_srli_epi32(bits, 16);
    const __m512i up = _mm512_add_epi32(_mm512_set1_epi32(0x7fff), _mm512_and_si512(upper, one));
    const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
    const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, up), 16);
    const __m512i quiet = _mm512_or_si512(upper, _mm512_set1_epi32(0x40));
    _mm256_storeu_si256((__m256i *)to,
                        _mm512_cvtepi32_epi16(_mm512_mask_mov_epi32(rounded, nan, quiet)));
}

/* ---- down to tiles: B^T d B ---- */

FLOAT_CODE INLINE void transform_pixels(const __m512 d[16], __m512 v[16]) {
    __m512 half[16];
#pragma GCC unroll 4
    for (int x = 0; x < 4; x++) {
        half[x] = _mm512_sub_ps(d[x], d[8 + x]);
        half[4 + x] = _mm512_add_ps(d[4 + x], d[8 + x]);
        half[8 + x] = _mm512_sub_ps(d[8 + x], d[4 + x]);
        half[12 + x] = _mm512_sub_ps(d[4 + x], d[12 + x]);
    }
#pragma GCC unroll 4
    for (int y = 0; y < 16; y += 4) {
        const __m512 *h = half + y;
        v[y] = _mm512_sub_ps(h[0], h[2]);
        v[y + 1] = _mm512_add_ps(h[1], h[2]);
        v[y + 2] = _mm512_sub_ps(h[2], h[1]);
        v[y + 3] = _mm512_sub_ps(h[1], h[3]);
    }
}

static bool is_whole(const rl_winograd_tile *tile) {
    bool whole = true;
    for (int i = 0; i < 16; i++)
        whole = whole && tile->pixels[i];
    return whole;
}

/* Where all pixels exist, they are a few steps from the first. */
#define TRANSFORM(type, LOAD, STORE)                                                               \
    do {                                                                                           \
        __m512 d[16], v[16];                                                                       \
        const type *p = tile->pixels[0];                                                           \
        const bool whole = is_whole(tile);                                                         \
        const int64_t row = whole ? (const type *)tile->pixels[4] - p : 0;                         \
        for (int64_t b = 0; b < tile->blocks; b++) {                                               \
            if (whole) {                                                                           \
                _Pragma("GCC unroll 16") for (int i = 0; i < 16; i++) d[i] =                       \
                    LOAD(p + b * tile->block_step + i / 4 * row + i % 4 * LANES);                  \
            } else {                                                                               \
                _Pragma("GCC unroll 16") for (int i = 0; i < 16; i++) d[i] =                       \
                    tile->pixels[i] ? LOAD((const type *)tile->pixels[i] + b * tile->block_step)   \
                                    : _mm512_setzero_ps();                                         \
            }                                                                                      \
            transform_pixels(d, v);                                                                \
            _Pragma("GCC unroll 16") for (int i = 0; i < 16; i++)                                  \
                STORE((type *)to + i * position_step + b * LANES, v[i]);                           \
        }                                                                                          \
    } while (0)

#define ROUND_BF16(to, x)                                                                          \
    _mm256_storeu_si256((__m256i *)(void *)(to), (__m256i)_mm512_cvtneps_pbh(x))

FLOAT_CODE static void transform_floats(const rl_winograd_tile *tile, void *to,
                                        int64_t position_step) {
    TRANSFORM(float, _mm512_loadu_ps, _mm512_storeu_ps);
}

BF16_CODE static void transform_bf16(const rl_winograd_tile *tile, void *to,
                                     int64_t position_step) {
    TRANSFORM(rl_bf16, load_bf16, ROUND_BF16);
}

/* ---- products ---- */

/* All sums stay in registers: 14 rows of two vectors, two vectors of weights and a number (in
 * bfloat16 a pair) of a row, which is repeated over a vector. */
#define SUMS(row_count, depth, LOAD_WEIGHTS, REPEAT, MULTIPLY)                                     \
    do {                                                                                           \
        __m512 sum[MOST_ROWS][2];                                                                  \
        _Pragma("GCC unroll 14") for (int r = 0; r < (row_count); r++) sum[r][0] = sum[r][1] =     \
            _mm512_setzero_ps();                                                                   \
        for (int64_t k = 0; k < (depth); k++) {                                                    \
            const __m512 w0 = LOAD_WEIGHTS(k, 0), w1 = LOAD_WEIGHTS(k, 1);                         \
            _Pragma("GCC unroll 14") for (int r = 0; r < (row_count); r++) {                       \
                const __m512 a = REPEAT(r, k);                                                     \
                sum[r][0] = MULTIPLY(a, w0, sum[r][0]);                                            \
                sum[r][1] = MULTIPLY(a, w1, sum[r][1]);                                            \
            }                                                                                      \
        }                                                                                          \
        _Pragma("GCC unroll 14") for (int r = 0; r < (row_count); r++) {                           \
            _mm512_storeu_ps(sums + r * COLUMNS, sum[r][0]);                                       \
            _mm512_storeu_ps(sums + r * COLUMNS + LANES, sum[r][1]);                               \
        }                                                                                          \
    } while (0)

#define FLOAT_WEIGHTS(k, half) _mm512_loadu_ps(weights + (k)*COLUMNS + (half)*LANES)
#define FLOAT_REPEAT(r, k) _mm512_set1_ps(rows[(r)*stride + (k)])
FLOAT_CODE INLINE void multiply_float_rows(const float *rows, int64_t stride, const float *weights,
                                           int64_t depth, float *sums, const int row_count) {
    SUMS(row_count, depth, FLOAT_WEIGHTS, FLOAT_REPEAT, _mm512_fmadd_ps);
}

/* Two of them in 32 bits. */
FLOAT_CODE INLINE __m512 repeat_pair(const rl_bf16 *pair) {
    int bits;
    memcpy(&bits, pair, sizeof bits);
    return _mm512_castsi512_ps(_mm512_set1_epi32(bits));
}

#define BF16_WEIGHTS(k, half) _mm512_loadu_ps(weights + ((k)*COLUMNS + (half)*LANES) * 2)
#define BF16_REPEAT(r, k) repeat_pair(rows + (r)*stride + (k)*2)
#define BF16_MULTIPLY(a, w, sum) _mm512_dpbf16_ps(sum, (__m512bh)(a), (__m512bh)(w))
BF16_CODE INLINE void multiply_bf16_rows(const rl_bf16 *rows, int64_t stride,
                                         const rl_bf16 *weights, int64_t depth, float *sums,
                                         const int row_count) {
    SUMS(row_count, depth / 2, BF16_WEIGHTS, BF16_REPEAT, BF16_MULTIPLY);
}

#define ROWS(function, n)                                                                          \
    case n:                                                                                        \
        function(rows, stride, weights, depth, sums, n);                                           \
        break
#define EACH_COUNT(function)                                                                       \
    switch (row_count) {                                                                           \
        ROWS(function, 1);                                                                         \
        ROWS(function, 2);                                                                         \
        ROWS(function, 3);                                                                         \
        ROWS(function, 4);                                                                         \
        ROWS(function, 5);                                                                         \
        ROWS(function, 6);                                                                         \
        ROWS(function, 7);                                                                         \
        ROWS(function, 8);                                                                         \
        ROWS(function, 9);                                                                         \
        ROWS(function, 10);                                                                        \
        ROWS(function, 11);                                                                        \
        ROWS(function, 12);                                                                        \
        ROWS(function, 13);                                                                        \
    default:                                                                                       \
        function(rows, stride, weights, depth, sums, MOST_ROWS);                                   \
        break;                                                                                     \
    }

FLOAT_CODE static void multiply_floats(const void *rows, int64_t stride, const void *weights,
                                       int64_t depth, float *sums,
                                       int row_count){EACH_COUNT(multiply_float_rows)}

BF16_CODE
    static void multiply_bf16(const void *rows, int64_t stride, const void *weights, int64_t depth,
                              float *sums, int row_count){EACH_COUNT(multiply_bf16_rows)}

/* ---- up to pixels: A^T m A ---- */

/* A NaN stays one, as in the plain loops: where a comparison is false, x stays. */
FLOAT_CODE INLINE __m512 epilogue(const rl_winograd_data *data, int64_t at, __m512 x) {
    for (int i = 0; i < data->step_count; i++) {
        const rl_winograd_step *step = &data->steps[i];
        if (!step->other)
            x = _mm512_min_ps(_mm512_set1_ps(step->hi), _mm512_max_ps(_mm512_set1_ps(step->lo), x));
        else if (step->type == RELIEF_BF16)
            x = _mm512_add_ps(x, load_bf16((const rl_bf16 *)step->other + at));
        else
            x = _mm512_add_ps(x, _mm512_loadu_ps((const float *)step->other + at));
    }
    return x;
}

FLOAT_CODE static void finish(const rl_winograd_data *data, const float *m, int64_t position_step,
                              const float *bias, const rl_winograd_place *place, bool narrow) {
    const __mmask16 used = (__mmask16)((1U << place->used) - 1);
    const __m512 b = _mm512_loadu_ps(bias);
    __m512 half[2][4];
#pragma GCC unroll 4
    for (int x = 0; x < 4; x++) {
        const float *p = m + x * position_step;
        const __m512 m1 = _mm512_loadu_ps(p + 4 * position_step);
        const __m512 m2 = _mm512_loadu_ps(p + 8 * position_step);
        half[0][x] = _mm512_add_ps(_mm512_add_ps(_mm512_loadu_ps(p), m1), m2);
        half[1][x] = _mm512_sub_ps(_mm512_sub_ps(m1, m2), _mm512_loadu_ps(p + 12 * position_step));
    }
    for (int y = 0; y < place->rows; y++) {
        const __m512 *h = half[y];
        const __m512 v[2] = {_mm512_add_ps(_mm512_add_ps(_mm512_add_ps(h[0], h[1]), h[2]), b),
                             _mm512_add_ps(_mm512_sub_ps(_mm512_sub_ps(h[1], h[2]), h[3]), b)};
        for (int x = 0; x < place->columns; x++) {
            const int64_t at = place->at + y * place->row_step + x * LANES;
            const __m512 result = _mm512_maskz_mov_ps(used, epilogue(data, at, v[x]));
            if (narrow)
                store_bf16((rl_bf16 *)data->destination + at, result);
            else
                _mm512_storeu_ps((float *)data->destination + at, result);
        }
    }
}

/* ---- tiles of 4x4; see winograd_plain.c for the matrices ---- */

#define NEAR _mm512_set1_ps(RL_WINOGRAD_NEAR)
#define FAR _mm512_set1_ps(RL_WINOGRAD_FAR)
#define NEAR2 _mm512_set1_ps(RL_WINOGRAD_NEAR *RL_WINOGRAD_NEAR)
#define FAR2 _mm512_set1_ps(RL_WINOGRAD_FAR *RL_WINOGRAD_FAR)
#define NEAR3 _mm512_set1_ps(RL_WINOGRAD_NEAR *RL_WINOGRAD_NEAR *RL_WINOGRAD_NEAR)
#define FAR3 _mm512_set1_ps(RL_WINOGRAD_FAR *RL_WINOGRAD_FAR *RL_WINOGRAD_FAR)
#define SUM2 _mm512_set1_ps(RL_WINOGRAD_NEAR *RL_WINOGRAD_NEAR + RL_WINOGRAD_FAR * RL_WINOGRAD_FAR)
#define PRODUCT2                                                                                   \
    _mm512_set1_ps(RL_WINOGRAD_NEAR *RL_WINOGRAD_NEAR *RL_WINOGRAD_FAR *RL_WINOGRAD_FAR)

/* B^T times six numbers, which lie `step` apart. */
FLOAT_CODE INLINE void down(const __m512 *d, const int step, __m512 v[6]) {
    const __m512 d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
    const __m512 far_even = _mm512_fnmadd_ps(d2, FAR2, d4),
                 far_odd = _mm512_fnmadd_ps(d1, FAR2, d3);
    const __m512 near_even = _mm512_fnmadd_ps(d2, NEAR2, d4);
    const __m512 near_odd = _mm512_fnmadd_ps(d1, NEAR2, d3);
    v[0] = _mm512_fmadd_ps(d[0], PRODUCT2, _mm512_fnmadd_ps(d2, SUM2, d4));
    v[1] = _mm512_fmadd_ps(far_odd, NEAR, far_even);
    v[2] = _mm512_fnmadd_ps(far_odd, NEAR, far_even);
    v[3] = _mm512_fmadd_ps(near_odd, FAR, near_even);
    v[4] = _mm512_fnmadd_ps(near_odd, FAR, near_even);
    v[5] = _mm512_fmadd_ps(d1, PRODUCT2, _mm512_fnmadd_ps(d3, SUM2, d[5 * step]));
}

/* A^T times six numbers: four. */
FLOAT_CODE INLINE void up(const __m512 m[6], __m512 y[4]) {
    const __m512 near_sum = _mm512_add_ps(m[1], m[2]), near_rest = _mm512_sub_ps(m[1], m[2]);
    const __m512 far_sum = _mm512_add_ps(m[3], m[4]), far_rest = _mm512_sub_ps(m[3], m[4]);
    y[0] = _mm512_add_ps(_mm512_add_ps(m[0], near_sum), far_sum);
    y[1] = _mm512_fmadd_ps(far_rest, FAR, _mm512_mul_ps(near_rest, NEAR));
    y[2] = _mm512_fmadd_ps(far_sum, FAR2, _mm512_mul_ps(near_sum, NEAR2));
    y[3] = _mm512_fmadd_ps(far_rest, FAR3, _mm512_fmadd_ps(near_rest, NEAR3, m[5]));
}

FLOAT_CODE static void transform_large(const rl_winograd_tile *tile, void *to,
                                       int64_t position_step) {
    for (int64_t b = 0; b < tile->blocks; b++) {
        float *place = (float *)to + b * LANES;
        __m512 half[36];
#pragma GCC unroll 6
        for (int x = 0; x < 6; x++) {
            __m512 d[6];
#pragma GCC unroll 6
            for (int y = 0; y < 6; y++) {
                const float *pixel = tile->pixels[y * 6 + x];
                d[y] = pixel ? _mm512_loadu_ps(pixel + b * tile->block_step) : _mm512_setzero_ps();
            }
            down(d, 1, half + 6 * x);
        }
#pragma GCC unroll 6
        for (int y = 0; y < 6; y++) {
            __m512 v[6];
            down(half + y, 6, v);
            for (int x = 0; x < 6; x++)
                _mm512_storeu_ps(place + (y * 6 + x) * position_step, v[x]);
        }
    }
}

FLOAT_CODE static void finish_large(const rl_winograd_data *data, const float *m,
                                    int64_t position_step, const float *bias,
                                    const rl_winograd_place *place, bool narrow) {
    const __mmask16 used = (__mmask16)((1U << place->used) - 1);
    const __m512 b = _mm512_loadu_ps(bias);
    __m512 half[6][4];
#pragma GCC unroll 6
    for (int x = 0; x < 6; x++) {
        __m512 column[6];
#pragma GCC unroll 6
        for (int y = 0; y < 6; y++)
            column[y] = _mm512_loadu_ps(m + (y * 6 + x) * position_step);
        up(column, half[x]);
    }
    for (int y = 0; y < place->rows; y++) {
        const __m512 row[6] = {half[0][y], half[1][y], half[2][y],
                               half[3][y], half[4][y], half[5][y]};
        __m512 v[4];
        up(row, v);
        for (int x = 0; x < place->columns; x++) {
            const int64_t at = place->at + y * place->row_step + x * LANES;
            const __m512 sum = epilogue(data, at, _mm512_add_ps(v[x], b));
            const __m512 result = _mm512_maskz_mov_ps(used, sum);
            if (narrow)
                store_bf16((rl_bf16 *)data->destination + at, result);
            else
                _mm512_storeu_ps((float *)data->destination + at, result);
        }
    }
}

const rl_winograd_steps *rl_winograd_fast(relief_dtype type, int side) {
    static const rl_winograd_steps floats = {transform_floats, multiply_floats, finish};
    static const rl_winograd_steps large = {transform_large, multiply_floats, finish_large};
    static const rl_winograd_steps bf16 = {transform_bf16, multiply_bf16, finish};
    if (type == RELIEF_BF16)
        return side == 2 && __builtin_cpu_supports("avx512bf16") ? &bf16 : NULL;
    if (!__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl"))
        return NULL;
    return side == 2 ? &floats : &large;
}

#else

const rl_winograd_steps *rl_winograd_fast(relief_dtype type, int side) {
    (void)type, (void)side;
    return NULL;
}

#endif
