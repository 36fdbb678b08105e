/* SPDX-License-Identifier: Apache-2.0 */
/* The header of NumPy's .npy files (format versions 1.0-3.0). */
#ifndef RELIEF_BASE_NPY_H
#define RELIEF_BASE_NPY_H

#include "relief/base.h"

#define RL_NPY_MAX_RANK 8

typedef struct rl_npy_header {
    char kind;     /* 'f', 'i', 'u', 'b' as NumPy names them */
    int item_size; /* bytes an element */
    bool big_endian;
    bool fortran_order;
    int rank;
    int64_t dims[RL_NPY_MAX_RANK];
    size_t data_offset; /* where the elements begin in the file */
} rl_npy_header;

/* Read the header at the start of a file's `size` bytes; `name` stands in messages. The product of
 * the sizes is checked against the bytes that are there. Errors: _FORMAT, _UNSUPPORTED, _LIMIT. */
RELIEF_CHECKED relief_status rl_npy_parse(relief_ctx *ctx, const uint8_t *data, size_t size,
                                          const char *name, rl_npy_header *header);

/* Write a version 1.0 header for little-endian C-order data; returns its length, a multiple of 64,
 * or 0 if `capacity` is too small (256 is enough). */
size_t rl_npy_write_header(const rl_npy_header *header, uint8_t *buffer, size_t capacity);

#endif
