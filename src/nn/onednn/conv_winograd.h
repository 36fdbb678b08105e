/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions 3x3 of stride 1 by Winograd's F(2x2, 3x3), in f32 and bfloat16: 2.25 times fewer
 * multiplications (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016). The
 * library has only F(4x4, 3x3), and that in f32: its transforms multiply by up to 8, which the 8
 * bits of bfloat16 do not bear, its weights take four times their memory and long to make, and it
 * keeps all tiles of a picture at once. This one adds four numbers at most.
 *
 * Values lie in blocks of 16 channels. A tile is 2x2 pixels of the result, from 4x4 of the source.
 * Chunks of tiles go through all three steps in the second-level cache of one thread: sums of
 * source pixels in f32, rounded; 16 matrix products over the channels, with f32 sums; sums of
 * those, bias and epilogue, rounded once. No result depends on how tiles are cut into chunks. */
#ifndef RELIEF_NN_ONEDNN_CONV_WINOGRAD_H
#define RELIEF_NN_ONEDNN_CONV_WINOGRAD_H

#include "nn/onednn/api.h"
#include "nn/onednn/vector.h"

#define RL_WINOGRAD_LANES 16

/* Whether it is for this convolution, of spec->in_type, and faster than the library's kernels.
 * False where the processor has no vectors of 16 floats. */
bool rl_winograd_fits(const rl_dnnl_conv_spec *spec);

size_t rl_winograd_weight_bytes(const rl_dnnl_conv_spec *spec);
/* Weights (out, in, 3, 3) become 16 matrices of spec->in_type, rounded once behind their
 * transformation. `packed` is zero-filled. */
void rl_winograd_pack(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, const float *weights,
                      void *packed);

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
size_t rl_winograd_scratch_bytes(relief_ctx *ctx, const rl_dnnl_conv_spec *spec);
void rl_winograd_run(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, const rl_winograd_data *data);

/* ---- the three steps of a chunk, in winograd_plain.c and winograd_avx512.c ---- */

#define RL_WINOGRAD_POSITIONS 16
#define RL_WINOGRAD_COLUMNS 32 /* channels of the result that are multiplied at once */
#define RL_WINOGRAD_ROWS 14    /* and tiles: as many sums as there are registers for */

/* Where the 16 pixels of a source tile begin, in the first block of channels; NULL: there is no
 * such pixel, it is 0. */
typedef struct rl_winograd_tile {
    const void *pixels[16];
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

/* For elements of one type. */
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

/* Plain loops, to compare with. */
const rl_winograd_steps *rl_winograd_plain(relief_dtype type);
/* By vectors of 16 floats, and instructions for bfloat16; NULL where the processor, or the
 * compiler, has none. */
const rl_winograd_steps *rl_winograd_fast(relief_dtype type);

#endif
