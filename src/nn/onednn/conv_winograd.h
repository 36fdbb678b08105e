/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions 3x3 of stride 1 by Winograd (Lavin and Gray, "Fast Algorithms for Convolutional
 * Neural Networks", 2016): tiles of 2x2 pixels of the result take 2.25 times fewer multiplications
 * than the sums of the definition, those of 4x4 pixels, in f32 alone, 4 times.
 *
 * Tiles of 2x2 only add numbers, four at most, which the 8 bits of bfloat16 bear. Tiles of 4x4 are
 * polynomials through the points 0, +-5/8, +-3/2 and infinity: all factors are exact in f32, and
 * errors are 2 to 3 times those of the definition, where the customary points +-1 and +-2, whose
 * factors are up to 8, give 7 times. Their weights take 4 times the memory.
 *
 * Values lie in blocks of 16 channels. A tile of the result is made from a pixel more on each side.
 * Chunks of tiles go through all three steps in the second-level cache of one thread: sums of
 * source pixels in f32, rounded; 16 or 36 matrix products over the channels, with f32 sums; sums of
 * those, bias and epilogue, rounded once. No result depends on how tiles are cut into chunks. */
#ifndef RELIEF_NN_ONEDNN_CONV_WINOGRAD_H
#define RELIEF_NN_ONEDNN_CONV_WINOGRAD_H

#include "nn/onednn/api.h"
#include "nn/onednn/vector.h"

#define RL_WINOGRAD_LANES 16

/* The side of the tiles that are fastest for this convolution, of spec->in_type: 2 or 4 pixels. 0:
 * it is not for it, or the library's kernels are faster, or the processor has no vectors of 16
 * floats. */
int rl_winograd_side(const rl_dnnl_conv_spec *spec);

size_t rl_winograd_weight_bytes(const rl_dnnl_conv_spec *spec, int side);
/* Weights (out, in, 3, 3) become matrices of spec->in_type, rounded once behind their
 * transformation, one for each pixel of a source tile. */
void rl_winograd_pack(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, int side,
                      const float *weights, void *packed);

/* A step of the epilogue: clip, or add what has the layout of the result. */
typedef struct rl_winograd_step {
    const void *other; /* NULL: clip */
    relief_dtype type; /* of `other` */
    float lo, hi;
} rl_winograd_step;

typedef struct rl_winograd_data {
    const void *source; /* of spec->in_type */
    const void *packed;
    const float *bias; /* out_channels, filled up with zeros to a multiple of 32 */
    void *destination; /* of spec->out_type */
    char *scratch;
    int step_count;
    rl_winograd_step steps[RL_DNNL_MAX_STEPS];
} rl_winograd_data;

/* For as many threads as the context has. */
size_t rl_winograd_scratch_bytes(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, int side);
void rl_winograd_run(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, int side,
                     const rl_winograd_data *data);

/* ---- the three steps of a chunk, in winograd_plain.c and winograd_avx512.c ---- */

#define RL_WINOGRAD_MOST_POSITIONS 36 /* pixels of a source tile */
#define RL_WINOGRAD_COLUMNS 32        /* channels of the result that are multiplied at once */
#define RL_WINOGRAD_ROWS 14           /* and tiles: as many sums as there are registers for */

/* The points through which tiles of 4x4 go, beside 0 and infinity. */
#define RL_WINOGRAD_NEAR 0.625f
#define RL_WINOGRAD_FAR 1.5f

/* Where the pixels of a source tile begin, in the first block of channels; NULL: there is no such
 * pixel, it is 0. */
typedef struct rl_winograd_tile {
    const void *pixels[RL_WINOGRAD_MOST_POSITIONS];
    int64_t block_step; /* elements from one block to the next */
    int64_t blocks;
} rl_winograd_tile;

/* Where a tile of the result goes: pixels of one block of channels. */
typedef struct rl_winograd_place {
    int64_t at;       /* element of its first pixel */
    int64_t row_step; /* elements from one row to the next */
    int rows, columns;
    int used; /* channels of the block that exist; the others become 0 */
} rl_winograd_place;

/* For elements of one type and tiles of one size. */
typedef struct rl_winograd_steps {
    /* to[position * position_step + channel] = B^T d B, rounded. */
    void (*transform)(const rl_winograd_tile *tile, void *to, int64_t position_step);
    /* sums[row][32] = the products of up to 14 rows of `depth` numbers, `stride` apart, with
     * weights of (depth, 32), in bfloat16 of (depth / 2, 32, 2). depth is even. */
    void (*multiply)(const void *rows, int64_t stride, const void *weights, int64_t depth,
                     float *sums, int row_count);
    /* A^T m A of the products m[position * position_step + channel], bias, epilogue. */
    void (*finish)(const rl_winograd_data *data, const float *m, int64_t position_step,
                   const float *bias, const rl_winograd_place *place, bool narrow);
} rl_winograd_steps;

/* Plain loops, to compare with; side 4 for f32 alone. */
const rl_winograd_steps *rl_winograd_plain(relief_dtype type, int side);
/* By vectors of 16 floats, and instructions for bfloat16; NULL where the processor, or the
 * compiler, has none. */
const rl_winograd_steps *rl_winograd_fast(relief_dtype type, int side);

#endif
