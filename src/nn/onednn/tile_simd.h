/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of tile.h in terms of vectors. A file that includes this defines TARGET (the
 * attribute with the instruction set), VEC (the type), WIDTH, ROWS and COLUMNS of a tile, and the
 * functions v_*; v_max(a, b) is b when one of them is a NaN. */
#ifndef RELIEF_NN_ONEDNN_TILE_SIMD_H
#define RELIEF_NN_ONEDNN_TILE_SIMD_H

#include "nn/onednn/tile.h"

#define INLINE static inline __attribute__((always_inline)) TARGET
#define VECTORS (COLUMNS / WIDTH)

/* Three rows share a pointer: the other two are one and two strides behind it, which addresses can
 * say. */
enum { POINTERS = (ROWS + 2) / 3 };

INLINE void tile_begin(const int rows, const rl_tile *t, VEC sums[ROWS][VECTORS]) {
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++)
            sums[r][v] = t->add ? v_load(t->c + r * t->c_stride + v * WIDTH) : v_set(0);
    }
}

INLINE void tile_end(const int rows, const rl_tile *t, VEC sums[ROWS][VECTORS]) {
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++)
            v_store(t->c + r * t->c_stride + v * WIDTH, sums[r][v]);
    }
}

INLINE void multiply_rows(const int rows, const rl_tile *t) {
    VEC sums[ROWS][VECTORS], b[VECTORS];
    const float *a[POINTERS], *panel = t->b;
    const int64_t stride = t->a_stride;
    tile_begin(rows, t, sums);
#pragma GCC unroll 8
    for (int i = 0; i < POINTERS; i++)
        a[i] = (const float *)t->a + 3 * i * stride;
    for (int64_t k = 0; k < t->depth; k++, panel += COLUMNS) {
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++)
            b[v] = v_load(panel + v * WIDTH);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) {
            const VEC x = v_set(a[r / 3][r % 3 * stride]);
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++)
                sums[r][v] = v_fma(x, b[v], sums[r][v]);
        }
#pragma GCC unroll 8
        for (int i = 0; i < (rows + 2) / 3; i++)
            a[i]++;
    }
    tile_end(rows, t, sums);
}

/* 2^x: 2 to the next whole number, times a polynomial of the rest, of at most half. The polynomial
 * is the Taylor series of 2^f; what is left out is below 2^-24. */
INLINE VEC v_exp2(VEC x) {
    const VEC whole = v_round(x), f = v_sub(x, whole);
    VEC y = v_set(1.54035304e-4f);
    y = v_fma(y, f, v_set(1.33335581e-3f));
    y = v_fma(y, f, v_set(9.61812911e-3f));
    y = v_fma(y, f, v_set(5.55041087e-2f));
    y = v_fma(y, f, v_set(2.40226507e-1f));
    y = v_fma(y, f, v_set(6.93147181e-1f));
    y = v_fma(y, f, v_set(1));
    return v_scale(y, whole);
}

TARGET static float largest(const float *x, int64_t n) {
    VEC most = v_load(x);
    for (int64_t i = WIDTH; i < n; i += WIDTH)
        most = v_max(most, v_load(x + i));
    float lanes[WIDTH], result;
    v_store(lanes, most);
    result = lanes[0];
    for (int i = 1; i < WIDTH; i++)
        result = lanes[i] > result ? lanes[i] : result;
    return result;
}

TARGET static float exponentiate(float *x, int64_t n, float scale, float most) {
    const VEC lowest = v_set(-126), factor = v_set(scale), shift = v_set(-scale * most);
    VEC sums[2] = {v_set(0), v_set(0)};
    for (int64_t i = 0; i < n; i += 16) {
#pragma GCC unroll 4
        for (int k = 0; k < 16 / WIDTH; k++) {
            /* The rounding of the shift is the same for all. */
            const VEC power = v_fma(v_load(x + i + k * WIDTH), factor, shift);
            const VEC y = v_exp2(v_max(lowest, power));
            v_store(x + i + k * WIDTH, y);
            sums[k % 2] = v_add(sums[k % 2], y);
        }
    }
    float lanes[WIDTH], sum = 0;
    v_store(lanes, v_add(sums[0], sums[1]));
    for (int i = 0; i < WIDTH; i++)
        sum += lanes[i];
    return sum;
}

/* erf(z) for z >= 0 is 1 - 1 / (1 + a1 z + ... + a6 z^6)^16 to 3e-7: Abramowitz and Stegun, 7.1.28.
 * Here for z = |x| / sqrt(2). */
INLINE VEC v_gelu_erf(VEC x) {
    const VEC z = v_min(v_abs(x), v_set(7));
    VEC y = v_set(5.38297500e-6f);
    y = v_fma(y, z, v_set(4.88906356e-5f));
    y = v_fma(y, z, v_set(3.80035750e-5f));
    y = v_fma(y, z, v_set(3.27762632e-3f));
    y = v_fma(y, z, v_set(2.11410062e-2f));
    y = v_fma(y, z, v_set(4.98673470e-2f));
    y = v_fma(y, z, v_set(1));
    y = v_mul(y, y);
    y = v_mul(y, y);
    y = v_mul(y, y);
    y = v_mul(y, y);
    /* x / 2 (1 + erf) = max(x, 0) - |x| / (2 y), with a NaN as the second operand of max. */
    return v_sub(v_max(v_set(0), x), v_div(v_mul(z, v_set(0.5f)), y));
}

/* x / 2 (1 + tanh(u)) = x / (1 + e^(-2 u)) */
INLINE VEC v_gelu_tanh(VEC x) {
    const VEC cube = v_mul(v_mul(x, x), x);
    const VEC u = v_fma(cube, v_set(0.044715f), x);
    /* -2 sqrt(2 / pi) / ln 2 */
    const VEC power = v_mul(u, v_set(-2.30220818f));
    const VEC e = v_exp2(v_min(v_max(power, v_set(-126)), v_set(126)));
    return v_div(x, v_add(v_set(1), e));
}

TARGET static void gelu(float *x, int64_t n, bool tanh_form) {
    if (tanh_form) {
        for (int64_t i = 0; i < n; i += WIDTH)
            v_store(x + i, v_gelu_tanh(v_load(x + i)));
        return;
    }
    for (int64_t i = 0; i < n; i += WIDTH)
        v_store(x + i, v_gelu_erf(v_load(x + i)));
}

#endif
