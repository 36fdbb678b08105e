/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "nn/onednn/tile_isa.h"
#include "nn/onednn/vector.h"

enum { ROWS = 4, COLUMNS = 16 };

static void multiply(const rl_tile *t) {
    float sums[ROWS][COLUMNS];
    const float *a = t->a, *b = t->b;
    for (int r = 0; r < t->rows; r++)
        for (int c = 0; c < COLUMNS; c++)
            sums[r][c] = t->add ? t->c[r * t->c_stride + c] : 0;
    for (int64_t k = 0; k < t->depth; k++)
        for (int r = 0; r < t->rows; r++)
            for (int c = 0; c < COLUMNS; c++)
                sums[r][c] += a[r * t->a_stride + k] * b[k * COLUMNS + c];
    for (int r = 0; r < t->rows; r++)
        for (int c = 0; c < COLUMNS; c++)
            t->c[r * t->c_stride + c] = sums[r][c];
}

static float largest(const float *x, int64_t n) {
    float most = x[0];
    for (int64_t i = 1; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

static float exponentiate(float *x, int64_t n, float scale, float most) {
    float sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const float power = (x[i] - most) * scale;
        x[i] = exp2f(power < -126 ? -126 : power);
        sum += x[i];
    }
    return sum;
}

static void gelu(float *x, int64_t n, bool tanh_form) {
    for (int64_t i = 0; i < n; i++) {
        const float u = 0.79788456f * (x[i] + 0.044715f * x[i] * x[i] * x[i]);
        x[i] *= 0.5f * (1 + (tanh_form ? tanhf(u) : erff(x[i] * 0.70710678f)));
    }
}

const rl_tile_kernels rl_tile_kernels_plain = {
    .name = "plain",
    .rows = ROWS,
    .columns = COLUMNS,
    .multiply = multiply,
    .largest = largest,
    .exponentiate = exponentiate,
    .gelu = gelu,
};

const rl_tile_kernels *rl_tile_kernels_for(int vector_width, bool bf16) {
#ifdef RL_TILE_X86
    if (vector_width >= 16)
        return bf16 ? &rl_tile_kernels_avx512_bf16 : &rl_tile_kernels_avx512;
    if (vector_width >= 8 && __builtin_cpu_supports("fma"))
        return &rl_tile_kernels_avx2;
#endif
    (void)vector_width, (void)bf16;
    return &rl_tile_kernels_plain;
}
