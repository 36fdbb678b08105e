/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the kernels of tile.h are built in. */
#ifndef RELIEF_NN_ONEDNN_TILE_ISA_H
#define RELIEF_NN_ONEDNN_TILE_ISA_H

#include "nn/onednn/tile.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define RL_TILE_X86
extern const rl_tile_kernels rl_tile_kernels_avx2, rl_tile_kernels_avx512,
    rl_tile_kernels_avx512_bf16;
#endif

#endif
