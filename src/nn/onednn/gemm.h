/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix products with what follows them: y (rows, columns) = a (rows, depth) b (depth, columns),
 * plus a bias for each column, then steps in order. */
#ifndef RELIEF_NN_ONEDNN_GEMM_H
#define RELIEF_NN_ONEDNN_GEMM_H

#include "nn/graph.h"
#include "nn/onednn/tile.h"

/* b in panels of as many columns as a tile has, the last one filled up with 0: what multiply() and
 * multiply_bf16() read. Element (k, c) is found at data[k * step + c * column]. */
typedef struct rl_gemm_source {
    const void *data; /* of floats that may be unaligned */
    int64_t depth, columns, step, column;
} rl_gemm_source;

/* Bytes of all panels, elements being `type` (RELIEF_F32 or RELIEF_BF16, which takes an even
 * depth). */
size_t rl_gemm_packed_bytes(const rl_tile_kernels *kernels, int64_t depth, int64_t columns,
                            relief_dtype type);
void rl_gemm_pack(relief_ctx *ctx, const rl_tile_kernels *kernels, const rl_gemm_source *source,
                  relief_dtype type, void *packed);

typedef struct rl_gemm_step {
    rl_epilogue_kind kind;
    float lo, hi;
    bool tanh_form;
    const void *other; /* RL_EPILOGUE_ADD: (rows, columns) of other_type; may be y */
    relief_dtype other_type;
} rl_gemm_step;

typedef struct rl_gemm {
    const rl_tile_kernels *kernels;
    int64_t rows, depth, columns;
    const void *a; /* row-major, of `type` */
    const void *b; /* packed, of `type` */
    relief_dtype type;
    const float *bias; /* one a column, filled up to whole panels; NULL: none */
    int step_count;
    rl_gemm_step steps[RL_MAX_EPILOGUE];
    void *y; /* row-major; RELIEF_F32 or RELIEF_BF16 */
    relief_dtype y_type;
    void *room; /* rl_gemm_room_bytes() of scratch memory */
} rl_gemm;

/* Bytes of scratch memory for a product of these sizes on the context's threads. */
size_t rl_gemm_room_bytes(relief_ctx *ctx, const rl_gemm *gemm);
void rl_gemm_run(relief_ctx *ctx, const rl_gemm *gemm);

#endif
