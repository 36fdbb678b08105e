/* SPDX-License-Identifier: Apache-2.0 */
/* Products of bytes by AVX2. Bytes become words, since the instruction for bytes would saturate:
 * two products are summed to 32 bits at once, which cannot overflow. */
#include "nn/onednn/bytes.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define CODE __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline))

/* Rows at a time; vectors of half a panel: 4 columns each, two sums a column. */
enum { ROWS = 3, VECTORS = 4, HALF = RL_BYTE_COLUMNS / 2, FOUR = 4 };

/* Four bytes of a row as words, for every column of a vector. */
CODE INLINE __m256i spread_row(const uint8_t *row) {
    int32_t four;
    memcpy(&four, row, sizeof four);
    return _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(four)));
}

/* The two sums of each column become one; the halves of a pair of vectors come in another order. */
CODE INLINE void store_sums(int32_t *to, const __m256i sums[VECTORS]) {
    for (int v = 0; v < VECTORS; v += 2) {
        const __m256i pairs = _mm256_hadd_epi32(sums[v], sums[v + 1]);
        const __m256i ordered = _mm256_permute4x64_epi64(pairs, _MM_SHUFFLE(3, 1, 2, 0));
        _mm256_storeu_si256((__m256i *)(void *)(to + v * FOUR), ordered);
    }
}

/* `count` rows by half a panel. */
CODE INLINE void multiply_half(const uint8_t *rows, int64_t stride, const int8_t *panel,
                               int64_t depth, int32_t *sums, int count) {
    __m256i sum[ROWS][VECTORS];
#pragma GCC unroll 3
    for (int r = 0; r < count; r++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++)
            sum[r][v] = _mm256_setzero_si256();
    for (int64_t k = 0; k < depth; k += FOUR) {
        const __m128i *from = (const __m128i *)(const void *)(panel + k * RL_BYTE_COLUMNS);
        __m256i words[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++)
            words[v] = _mm256_cvtepi8_epi16(_mm_loadu_si128(from + v));
#pragma GCC unroll 3
        for (int r = 0; r < count; r++) {
            const __m256i a = spread_row(rows + r * stride + k);
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++)
                sum[r][v] = _mm256_add_epi32(sum[r][v], _mm256_madd_epi16(a, words[v]));
        }
    }
#pragma GCC unroll 3
    for (int r = 0; r < count; r++)
        store_sums(sums + r * RL_BYTE_COLUMNS, sum[r]);
}

CODE static void multiply(const uint8_t *rows, int64_t stride, const int8_t *panel, int64_t depth,
                          int32_t *sums, int row_count) {
    for (int r = 0; r < row_count; r += ROWS)
        for (int c = 0; c < RL_BYTE_COLUMNS; c += HALF) {
            const uint8_t *from = rows + r * stride;
            const int8_t *half = panel + (int64_t)c * FOUR;
            int32_t *to = sums + r * RL_BYTE_COLUMNS + c;
            switch (row_count - r) {
            case 1:
                multiply_half(from, stride, half, depth, to, 1);
                break;
            case 2:
                multiply_half(from, stride, half, depth, to, 2);
                break;
            default:
                multiply_half(from, stride, half, depth, to, ROWS);
                break;
            }
        }
}

const rl_byte_multiplier rl_byte_multiply_avx2 = multiply;

#else

const rl_byte_multiplier rl_byte_multiply_avx2 = 0;

#endif
