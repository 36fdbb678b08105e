/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors in host memory. */
#ifndef RELIEF_NN_TENSOR_H
#define RELIEF_NN_TENSOR_H

#include "relief/model.h"

/* Most elements of one tensor: keeps every size in bytes far from overflow. */
#define RL_MAX_ELEMENTS ((int64_t)1 << 40)

/* Row-major; `data` may be borrowed (a constant inside the mapped file), and is then not aligned
 * and not to be written. */
struct relief_tensor {
    relief_dtype dtype;
    int rank;
    int64_t dims[RELIEF_MAX_RANK];
    size_t bytes;
    void *data;
    bool owned;
};

/* Bytes an element; 0 for a type that is not known. */
size_t rl_dtype_size(relief_dtype dtype);
const char *rl_dtype_name(relief_dtype dtype);

/* Product of the sizes; false when negative, or over RL_MAX_ELEMENTS. */
bool rl_element_count(int rank, const int64_t *dims, int64_t *count);

/* As relief_tensor_new, not zero-filled. */
RELIEF_CHECKED relief_status rl_tensor_new(relief_ctx *ctx, relief_dtype dtype, int rank,
                                           const int64_t *dims, relief_tensor **out);

/* A new owned, aligned copy of a tensor. */
RELIEF_CHECKED relief_status rl_tensor_copy(relief_ctx *ctx, const relief_tensor *tensor,
                                            relief_tensor **out);

/* Whether the data may be read through a pointer to its type; false for constants at odd places of
 * the mapped file. */
bool rl_tensor_is_aligned(const relief_tensor *tensor);

/* Element `index` of an I32, I64, U8, I8, BOOL tensor, or of a float one that holds whole numbers;
 * unaligned data is fine. */
int64_t rl_tensor_int(const relief_tensor *tensor, int64_t index);
/* Element `index` of a tensor of any type as a float; unaligned data is fine. */
float rl_tensor_float(const relief_tensor *tensor, int64_t index);
/* All elements as floats, as rl_tensor_float() gives them. */
void rl_tensor_floats(const relief_tensor *tensor, float *out);

#endif
