/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nn/onednn/conv_winograd.h"

enum { LANES = RL_WINOGRAD_LANES, COLUMNS = RL_WINOGRAD_COLUMNS, MOST_ROWS = RL_WINOGRAD_ROWS };

/* ---- plain ---- */

/* B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1] */
static void transform_plain(const rl_winograd_tile *tile, rl_bf16 *to, int64_t position_step) {
    for (int64_t b = 0; b < tile->blocks; b++)
        for (int c = 0; c < LANES; c++) {
            float d[16], half[16];
            for (int i = 0; i < 16; i++)
                d[i] =
                    tile->pixels[i] ? rl_bf16_widen(tile->pixels[i][b * tile->block_step + c]) : 0;
            for (int x = 0; x < 4; x++) {
                half[x] = d[x] - d[8 + x];
                half[4 + x] = d[4 + x] + d[8 + x];
                half[8 + x] = d[8 + x] - d[4 + x];
                half[12 + x] = d[4 + x] - d[12 + x];
            }
            for (int y = 0; y < 16; y += 4) {
                const float *h = half + y;
                const float v[4] = {h[0] - h[2], h[1] + h[2], h[2] - h[1], h[1] - h[3]};
                for (int x = 0; x < 4; x++)
                    to[(y + x) * position_step + b * LANES + c] = rl_bf16_narrow(v[x]);
            }
        }
}

static void multiply_plain(const rl_bf16 *rows, int64_t stride, const rl_bf16 *weights,
                           int64_t pairs, float *sums, int row_count) {
    for (int r = 0; r < row_count; r++) {
        const rl_bf16 *row = rows + r * stride;
        float *sum = sums + r * COLUMNS;
        for (int c = 0; c < COLUMNS; c++)
            sum[c] = 0;
        for (int64_t k = 0; k < pairs; k++) {
            const float a = rl_bf16_widen(row[2 * k]), b = rl_bf16_widen(row[2 * k + 1]);
            const rl_bf16 *w = weights + k * COLUMNS * 2;
            for (int c = 0; c < COLUMNS; c++)
                sum[c] += b * rl_bf16_widen(w[c * 2 + 1]) + a * rl_bf16_widen(w[c * 2]);
        }
    }
}

/* One channel of one pixel through the epilogue. */
static float epilogue_plain(const rl_winograd_data *data, int64_t at, float v) {
    for (int i = 0; i < data->step_count; i++) {
        const rl_winograd_step *step = &data->steps[i];
        if (!step->other) {
            v = v < step->lo ? step->lo : v;
            v = v > step->hi ? step->hi : v;
        } else if (step->type == RELIEF_BF16) {
            v += rl_bf16_widen(((const rl_bf16 *)step->other)[at]);
        } else {
            v += ((const float *)step->other)[at];
        }
    }
    return v;
}

/* A^T = [1 1 1 0; 0 1 -1 -1] */
static void finish_plain(const rl_winograd_data *data, const float *m, int64_t position_step,
                         const float *bias, const rl_winograd_place *place, bool narrow) {
    for (int c = 0; c < LANES; c++) {
        float half[2][4];
        for (int x = 0; x < 4; x++) {
            const float *p = m + x * position_step + c;
            const float m1 = p[4 * position_step], m2 = p[8 * position_step];
            half[0][x] = p[0] + m1 + m2;
            half[1][x] = m1 - m2 - p[12 * position_step];
        }
        for (int y = 0; y < place->rows; y++) {
            const float *h = half[y];
            const float v[2] = {h[0] + h[1] + h[2] + bias[c], h[1] - h[2] - h[3] + bias[c]};
            for (int x = 0; x < place->columns; x++) {
                const int64_t at = place->at + y * place->row_step + x * LANES + c;
                const float result = c < place->used ? epilogue_plain(data, at, v[x]) : 0;
                if (narrow)
                    ((rl_bf16 *)data->destination)[at] = rl_bf16_narrow(result);
                else
                    ((float *)data->destination)[at] = result;
            }
        }
    }
}

const rl_winograd_steps rl_winograd_plain = {transform_plain, multiply_plain, finish_plain};

/* ---- by vectors of 16 floats, and instructions for bfloat16 ---- */

#if defined(__x86_64__)

#include <immintrin.h>

#define BF16_CODE __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#define INLINE static inline __attribute__((always_inline))

BF16_CODE INLINE __m512 load(const rl_bf16 *from) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)from);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16));
}

BF16_CODE INLINE void store(rl_bf16 *to, __m512 x) {
    _mm256_storeu_si256((__m256i *)(void *)to, (__m256i)_mm512_cvtneps_pbh(x));
}

BF16_CODE INLINE void transform_pixels(const __m512 d[16], rl_bf16 *to, int64_t step) {
    __m512 half[16];
#pragma GCC unroll 4
    for (int x = 0; x < 4; x++) {
        half[x] = _mm512_sub_ps(d[x], d[8 + x]);
        half[4 + x] = _mm512_add_ps(d[4 + x], d[8 + x]);
        half[8 + x] = _mm512_sub_ps(d[8 + x], d[4 + x]);
        half[12 + x] = _mm512_sub_ps(d[4 + x], d[12 + x]);
    }
#pragma GCC unroll 4
    for (int y = 0; y < 4; y++) {
        const __m512 *h = half + y * 4;
        rl_bf16 *row = to + y * 4 * step;
        store(row, _mm512_sub_ps(h[0], h[2]));
        store(row + step, _mm512_add_ps(h[1], h[2]));
        store(row + 2 * step, _mm512_sub_ps(h[2], h[1]));
        store(row + 3 * step, _mm512_sub_ps(h[1], h[3]));
    }
}

BF16_CODE static void transform_bf16(const rl_winograd_tile *tile, rl_bf16 *to,
                                     int64_t position_step) {
    __m512 d[16];
    bool whole = true;
    for (int i = 0; i < 16; i++)
        whole = whole && tile->pixels[i];
    if (whole) {
        const rl_bf16 *p = tile->pixels[0];
        const int64_t row = tile->pixels[4] - p;
        for (int64_t b = 0; b < tile->blocks; b++, p += tile->block_step, to += LANES) {
#pragma GCC unroll 16
            for (int i = 0; i < 16; i++)
                d[i] = load(p + i / 4 * row + i % 4 * LANES);
            transform_pixels(d, to, position_step);
        }
        return;
    }
    for (int64_t b = 0; b < tile->blocks; b++, to += LANES) {
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            d[i] = tile->pixels[i] ? load(tile->pixels[i] + b * tile->block_step)
                                   : _mm512_setzero_ps();
        transform_pixels(d, to, position_step);
    }
}

/* All sums stay in registers: 14 rows of two vectors, two vectors of weights and a pair of numbers
 * of a row, which is repeated over a vector. */
BF16_CODE INLINE void multiply_rows(const rl_bf16 *rows, int64_t stride, const rl_bf16 *weights,
                                    int64_t pairs, float *sums, const int row_count) {
    __m512 sum[MOST_ROWS][2];
#pragma GCC unroll 14
    for (int r = 0; r < row_count; r++)
        sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (int64_t k = 0; k < pairs; k++) {
        const __m512bh w0 = (__m512bh)_mm512_loadu_si512(weights + k * COLUMNS * 2);
        const __m512bh w1 = (__m512bh)_mm512_loadu_si512(weights + k * COLUMNS * 2 + COLUMNS);
#pragma GCC unroll 14
        for (int r = 0; r < row_count; r++) {
            int pair;
            memcpy(&pair, rows + r * stride + 2 * k, sizeof pair);
            const __m512bh a = (__m512bh)_mm512_set1_epi32(pair);
            sum[r][0] = _mm512_dpbf16_ps(sum[r][0], a, w0);
            sum[r][1] = _mm512_dpbf16_ps(sum[r][1], a, w1);
        }
    }
#pragma GCC unroll 14
    for (int r = 0; r < row_count; r++) {
        _mm512_storeu_ps(sums + r * COLUMNS, sum[r][0]);
        _mm512_storeu_ps(sums + r * COLUMNS + COLUMNS / 2, sum[r][1]);
    }
}

#define ROWS(n)                                                                                    \
    case n:                                                                                        \
        multiply_rows(rows, stride, weights, pairs, sums, n);                                      \
        break

BF16_CODE static void multiply_bf16(const rl_bf16 *rows, int64_t stride, const rl_bf16 *weights,
                                    int64_t pairs, float *sums, int row_count) {
    switch (row_count) {
        ROWS(1);
        ROWS(2);
        ROWS(3);
        ROWS(4);
        ROWS(5);
        ROWS(6);
        ROWS(7);
        ROWS(8);
        ROWS(9);
        ROWS(10);
        ROWS(11);
        ROWS(12);
        ROWS(13);
    default:
        multiply_rows(rows, stride, weights, pairs, sums, MOST_ROWS);
        break;
    }
}

/* A NaN stays one, as in the plain loops: where a comparison is false, x stays. */
BF16_CODE INLINE __m512 epilogue_bf16(const rl_winograd_data *data, int64_t at, __m512 x) {
    for (int i = 0; i < data->step_count; i++) {
        const rl_winograd_step *step = &data->steps[i];
        if (!step->other)
            x = _mm512_min_ps(_mm512_set1_ps(step->hi), _mm512_max_ps(_mm512_set1_ps(step->lo), x));
        else if (step->type == RELIEF_BF16)
            x = _mm512_add_ps(x, load((const rl_bf16 *)step->other + at));
        else
            x = _mm512_add_ps(x, _mm512_loadu_ps((const float *)step->other + at));
    }
    return x;
}

BF16_CODE static void finish_bf16(const rl_winograd_data *data, const float *m,
                                  int64_t position_step, const float *bias,
                                  const rl_winograd_place *place, bool narrow) {
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
            const __m512 result = _mm512_maskz_mov_ps(used, epilogue_bf16(data, at, v[x]));
            if (narrow)
                store((rl_bf16 *)data->destination + at, result);
            else
                _mm512_storeu_ps((float *)data->destination + at, result);
        }
    }
}

const rl_winograd_steps *rl_winograd_fast(void) {
    static const rl_winograd_steps fast = {transform_bf16, multiply_bf16, finish_bf16};
    return __builtin_cpu_supports("avx512bf16") ? &fast : NULL;
}

#else

const rl_winograd_steps *rl_winograd_fast(void) {
    return NULL;
}

#endif
