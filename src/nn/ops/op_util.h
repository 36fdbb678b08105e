/* SPDX-License-Identifier: Apache-2.0 */
/* What the operators share: reading attributes, checking shapes, walking over elements. */
#ifndef RELIEF_NN_OPS_OP_UTIL_H
#define RELIEF_NN_OPS_OP_UTIL_H

#include "base/status.h"
#include "base/threads.h"
#include "nn/op.h"

#include <string.h>

/* ---- attributes ---- */

/* Fail unless every attribute of the node stands in `known` (ends with NULL): one that is not would
 * silently not be done. */
RELIEF_CHECKED relief_status rl_op_know(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                        const char *const *known);
/* Parse function of operators without attributes. */
relief_status rl_op_parse_none(relief_ctx *ctx, rl_graph *graph, rl_node *node);

/* An attribute's value, or `fallback` when it is absent. Errors: _FORMAT when it has another type.
 */
RELIEF_CHECKED relief_status rl_op_int(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                       const char *name, int64_t fallback, int64_t *out);
RELIEF_CHECKED relief_status rl_op_float(relief_ctx *ctx, const rl_graph *graph,
                                         const rl_node *node, const char *name, float fallback,
                                         float *out);
RELIEF_CHECKED relief_status rl_op_string(relief_ctx *ctx, const rl_graph *graph,
                                          const rl_node *node, const char *name,
                                          const char *fallback, const char **out);
/* An int that is 0 or 1. */
RELIEF_CHECKED relief_status rl_op_bool(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                        const char *name, bool fallback, bool *out);

/* A short list of integers: an attribute's, or a small tensor's. */
#define RL_MAX_SHORT_LIST (2 * RELIEF_MAX_RANK)
typedef struct rl_short_list {
    int count; /* -1: absent */
    int64_t v[RL_MAX_SHORT_LIST];
} rl_short_list;

RELIEF_CHECKED relief_status rl_op_ints(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                        const char *name, rl_short_list *out);
/* Fail with "attribute NAME ... is not supported" / "... makes no sense". */
relief_status rl_op_refuse(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                           const char *attribute, const char *value);
relief_status rl_op_senseless(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                              const char *attribute);
/* Memory for params, zero-filled, owned by the graph; it also becomes node->params. */
RELIEF_CHECKED relief_status rl_op_params(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                          size_t bytes, void **out);

/* ---- shapes ---- */

/* Sets of types, for rl_op_expect(). */
#define RL_TYPE(dtype) (1u << (dtype))
enum {
    RL_TYPES_INDEX = RL_TYPE(RELIEF_I32) | RL_TYPE(RELIEF_I64),
    RL_TYPES_REAL = RL_TYPE(RELIEF_F32) | RL_TYPE(RELIEF_F64),
    RL_TYPES_NUMBER = RL_TYPES_INDEX | RL_TYPES_REAL
};

/* The value of an input, NULL when it is left out. */
const rl_value *rl_op_input(const rl_graph *graph, const rl_node *node, int input);
/* Fail unless the input's type is one of `types`. */
RELIEF_CHECKED relief_status rl_op_expect(relief_ctx *ctx, const rl_graph *graph,
                                          const rl_node *node, int input, unsigned types);
/* Set the shape of the output that has these dims in `shape` (only dtype, rank and dims are read);
 * checks that they make sense. An output that is left out is fine. Errors: _ARG for a negative
 * size, _LIMIT for too many elements. */
RELIEF_CHECKED relief_status rl_op_output(relief_ctx *ctx, rl_graph *graph, const rl_node *node,
                                          int output, const rl_value *shape);
/* Infer function: the output is like the first input. */
relief_status rl_op_infer_same(relief_ctx *ctx, rl_graph *graph, const rl_node *node);
/* Fail for input shapes that do not go together, listing them. */
relief_status rl_op_misfit(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                           const char *why);

/* The axis as 0 .. rank - 1 (negative ones count from the end); -1: out of range. */
int rl_axis(int64_t axis, int rank);
/* As rl_axis, with the failure. */
RELIEF_CHECKED relief_status rl_op_axis(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                        int64_t axis, int rank, int *out);
/* Whether axis `i` of `rank` is in `axes`, as a set of bits; false when one is out of range or
 * doubled. */
bool rl_axis_set(const int64_t *axes, int count, int rank, unsigned *set);

/* The integers of a small tensor; false when it has more than RL_MAX_SHORT_LIST. */
bool rl_tensor_ints(const relief_tensor *tensor, rl_short_list *out);
/* The integers of an input that sizes depend on and so must be constant; count -1 when it is left
 * out. Errors: _UNSUPPORTED when it is only known at run time, _FORMAT for another type. */
RELIEF_CHECKED relief_status rl_op_constant_ints(relief_ctx *ctx, const rl_graph *graph,
                                                 const rl_node *node, int input,
                                                 rl_short_list *out);
/* Product of dims[begin .. end). */
int64_t rl_dims_product(const int64_t *dims, int begin, int end);
/* Elements of a tensor. */
int64_t rl_tensor_count(const relief_tensor *tensor);

/* ---- elements ---- */

/* Steps through the elements of a result in row-major order and keeps the offset, in elements, of
 * what belongs to each in up to three sources. */
typedef struct rl_walk {
    int rank, source_count;
    int64_t dims[RELIEF_MAX_RANK], index[RELIEF_MAX_RANK];
    int64_t stride[3][RELIEF_MAX_RANK];
    int64_t offset[3];
} rl_walk;

void rl_walk_begin(rl_walk *walk, const relief_tensor *result);
/* A source that is broadcast to the result. */
void rl_walk_add(rl_walk *walk, const relief_tensor *source);
/* A source with a stride for each axis of the result. */
void rl_walk_add_strided(rl_walk *walk, int64_t base, const int64_t *strides);
/* rl_walk_next() at the end of a row. */
void rl_walk_carry(rl_walk *walk);
static inline void rl_walk_next(rl_walk *walk) {
    const int last = walk->rank - 1;
    if (last < 0 || walk->index[last] + 1 >= walk->dims[last]) {
        rl_walk_carry(walk);
        return;
    }
    walk->index[last]++;
    for (int s = 0; s < walk->source_count; s++) {
        walk->offset[s] += walk->stride[s][last];
    }
}
/* Offsets, in elements, of what belongs to element `index` of `result` in two tensors that are
 * broadcast to it. */
void rl_broadcast_offsets(const relief_tensor *result, const relief_tensor *a,
                          const relief_tensor *b, int64_t index, int64_t offsets[2]);
/* Row-major strides of a tensor, in elements. */
void rl_row_strides(int rank, const int64_t *dims, int64_t *strides);
/* result[i] = source[base + sum of index * stride], for elements of any type. */
void rl_copy_strided(relief_tensor *result, const relief_tensor *source, int64_t base,
                     const int64_t *strides);

/* Elements of aligned tensors: F32, F64 / I32, I64, U8, I8, BOOL (`rl_is_real` tells which). */
static inline bool rl_is_real(relief_dtype dtype) {
    return dtype == RELIEF_F32 || dtype == RELIEF_F64;
}

static inline double rl_get_real(const relief_tensor *tensor, int64_t i) {
    return tensor->dtype == RELIEF_F32 ? (double)((const float *)tensor->data)[i]
                                       : ((const double *)tensor->data)[i];
}

static inline void rl_set_real(relief_tensor *tensor, int64_t i, double x) {
    if (tensor->dtype == RELIEF_F32) {
        ((float *)tensor->data)[i] = (float)x;
    } else {
        ((double *)tensor->data)[i] = x;
    }
}

static inline int64_t rl_get_int(const relief_tensor *tensor, int64_t i) {
    switch (tensor->dtype) {
    case RELIEF_I64:
        return ((const int64_t *)tensor->data)[i];
    case RELIEF_I32:
        return ((const int32_t *)tensor->data)[i];
    case RELIEF_I8:
        return ((const int8_t *)tensor->data)[i];
    default:
        return ((const uint8_t *)tensor->data)[i];
    }
}

/* Keeps the low bits of what does not fit. */
static inline void rl_set_int(relief_tensor *tensor, int64_t i, int64_t x) {
    switch (tensor->dtype) {
    case RELIEF_I64:
        ((int64_t *)tensor->data)[i] = x;
        break;
    case RELIEF_I32:
        ((int32_t *)tensor->data)[i] = (int32_t)x;
        break;
    case RELIEF_I8:
        ((int8_t *)tensor->data)[i] = (int8_t)x;
        break;
    default:
        ((uint8_t *)tensor->data)[i] = (uint8_t)x;
        break;
    }
}

#endif
