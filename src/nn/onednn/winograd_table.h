/* SPDX-License-Identifier: Apache-2.0 */
/* Made by `make tune` on AMD EPYC, AVX-512 with bf16, 2026-11-26. */
#ifndef RELIEF_NN_ONEDNN_WINOGRAD_TABLE_H
#define RELIEF_NN_ONEDNN_WINOGRAD_TABLE_H

#include <stdint.h>

#define RL_WINOGRAD_LEAST 16  /* channels of the first column; twice as many in each further one */
#define RL_WINOGRAD_CLASSES 7 /* columns */

/* Tiles of 2x2 pixels from which on it is faster; 0: never. */
static const int64_t least_tiles[2][RL_WINOGRAD_CLASSES] = {
    {0, 4, 4, 4, 4, 4, 4},  /* f32 */
    {0, 64, 4, 4, 4, 4, 4}, /* bf16 */
};

/* In f32, tiles of 4x4 pixels from which on those are faster than the smaller ones. */
static const int64_t least_large_tiles[RL_WINOGRAD_CLASSES] = {64, 4, 4, 4, 4, 16, 16};

#endif
