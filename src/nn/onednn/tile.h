/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loops of matrix products and attention, once for each instruction set: a tile of
 * the product is kept in registers while the sum runs. They are ours because rows may lie at any
 * stride, because what follows a product is done while its tile is in the cache, and because every
 * element is one sum in one order, whatever the threads, the batch and the cut into tiles.
 * One thread of a processor with AVX-512 (peak 118 GFLOP/s in f32): 114 here, 100 to 110 by the
 * library's matmul. */
#ifndef RELIEF_NN_ONEDNN_TILE_H
#define RELIEF_NN_ONEDNN_TILE_H

#include "relief/base.h"

/* Rows and columns of the largest tile of any instruction set. */
#define RL_TILE_MOST_ROWS 14
#define RL_TILE_MOST_COLUMNS 32

/* c = a b, or c + a b when `add`. a is (rows, depth), row-major in steps of a_stride elements; b is
 * a panel of (depth, columns of the kernels) in a row, of bfloat16 (depth / 2, columns, 2). c has
 * the same columns, in steps of c_stride. rows: 1 to those of the kernels. */
typedef struct rl_tile {
    const void *a, *b;
    float *c;
    int64_t a_stride, c_stride, depth;
    int rows;
    bool add;
} rl_tile;

typedef struct rl_tile_kernels {
    const char *name;
    int rows, columns;
    void (*multiply)(const rl_tile *tile);
    /* The same for bfloat16 a and b, of an even depth; NULL: no instructions for it. */
    void (*multiply_bf16)(const rl_tile *tile);
    /* For n elements, a multiple of 16: the largest of x; x = 2^(scale (x - most)), but at least
     * 2^-126, whose sum is returned; x = gelu(x). */
    float (*largest)(const float *x, int64_t n);
    float (*exponentiate)(float *x, int64_t n, float scale, float most);
    void (*gelu)(float *x, int64_t n, bool tanh_form);
    /* As exponentiate, to bfloat16 (n of y) and with no more digits than that has. NULL with
     * multiply_bf16. */
    float (*exponentiate_bf16)(const float *x, uint16_t *y, int64_t n, float scale, float most);
} rl_tile_kernels;

/* The kernels for vectors of so many floats (rl_dnnl_vector_width()), as far as this processor has
 * the instructions. `bf16`: they may use those for bfloat16. */
const rl_tile_kernels *rl_tile_kernels_for(int vector_width, bool bf16);
/* The oracle of the others: plain C for any processor. */
extern const rl_tile_kernels rl_tile_kernels_plain;

#endif
