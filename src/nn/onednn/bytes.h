/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loops over 8-bit numbers by vectors of 64 bytes. Every one gives the bits of the
 * plain loop in dnnl_quantised.c that it stands for. */
#ifndef RELIEF_NN_ONEDNN_BYTES_H
#define RELIEF_NN_ONEDNN_BYTES_H

#include "relief/base.h"

/* A quantised number q stands for (q - zero) * scale. */
typedef struct rl_quantum {
    float scale;
    int32_t zero;
} rl_quantum;

/* Four bytes of each channel, and how much of each is taken. */
typedef struct rl_byte_blend {
    const void *from[4];
    float weight[4];
} rl_byte_blend;

/* y = a * factors[0] + (b * factors[1] + offset), rounded, from `least` to that + 255. */
typedef struct rl_byte_sum {
    float factors[2], offset, least;
} rl_byte_sum;

/* For unsigned or for signed bytes. */
typedef struct rl_byte_loops {
    void (*add)(const rl_byte_sum *sum, const void *const sources[2], void *y, int64_t n);
    /* n channels, rounded by way of the floats that they stand for. */
    void (*blend)(const rl_byte_blend *blend, const rl_quantum *quantum, void *y, int64_t n);
} rl_byte_loops;

/* NULL where the processor, or the compiler, has none. */
const rl_byte_loops *rl_byte_loops_fast(bool is_signed);

/* y = table[x], x and y being bytes of any sign. */
void rl_byte_look_up(const uint8_t table[256], const uint8_t *x, uint8_t *y, int64_t n);

#define RL_BYTE_ROWS 14
#define RL_BYTE_COLUMNS 32

/* Up to 14 rows of unsigned bytes, `stride` apart, times a panel of signed ones, which is (depth /
 * 4, 32, 4): sums[row][32], exact up to wrapping around. depth is a multiple of 4. */
typedef void (*rl_byte_multiplier)(const uint8_t *rows, int64_t stride, const int8_t *panel,
                                   int64_t depth, int32_t *sums, int row_count);
/* The fastest for this processor among those whose vectors have at most `vector` floats. */
rl_byte_multiplier rl_byte_multiplier_of(int vector);
/* The oracle of all, for any processor. */
void rl_byte_multiply_plain(const uint8_t *rows, int64_t stride, const int8_t *panel, int64_t depth,
                            int32_t *sums, int row_count);
/* For AVX2, in bytes_avx2.c; NULL where the compiler has none. */
extern const rl_byte_multiplier rl_byte_multiply_avx2;

#endif
