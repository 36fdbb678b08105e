/* SPDX-License-Identifier: Apache-2.0 */
/* Elements in another order, or more than once: Transpose, Expand, Tile. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

/* ---- Transpose ---- */

static relief_status parse_transpose(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"perm", NULL};
    rl_transpose_params *params;
    rl_short_list perm;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_ints(ctx, graph, node, "perm", &perm);
    }
    if (status != RELIEF_OK || perm.count < 0) {
        return status;
    }
    unsigned set;
    if (perm.count > RELIEF_MAX_RANK || !rl_axis_set(perm.v, perm.count, perm.count, &set)) {
        return rl_op_senseless(ctx, graph, node, "perm");
    }
    params->count = perm.count;
    for (int i = 0; i < perm.count; i++) {
        params->perm[i] = rl_axis(perm.v[i], perm.count);
    }
    return RELIEF_OK;
}

/* Input axis that becomes axis i. */
static int source_axis(const rl_transpose_params *params, int rank, int i) {
    return params->count > 0 ? params->perm[i] : rank - 1 - i;
}

static relief_status infer_transpose(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_transpose_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0);
    if (params->count > 0 && params->count != x->rank) {
        return rl_op_misfit(ctx, graph, node, "perm has another number of axes");
    }
    rl_value y = {.dtype = x->dtype, .rank = x->rank};
    for (int i = 0; i < x->rank; i++) {
        y.dims[i] = x->dims[source_axis(params, x->rank, i)];
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_transpose(relief_ctx *ctx, const rl_node *node,
                                   const relief_tensor *const *inputs,
                                   relief_tensor *const *outputs) {
    (void)ctx;
    const relief_tensor *x = inputs[0];
    int64_t own[RELIEF_MAX_RANK], strides[RELIEF_MAX_RANK];
    rl_row_strides(x->rank, x->dims, own);
    for (int i = 0; i < x->rank; i++) {
        strides[i] = own[source_axis(node->params, x->rank, i)];
    }
    rl_copy_strided(outputs[0], x, 0, strides);
    return RELIEF_OK;
}

const rl_op rl_op_transpose = {"Transpose",  1, 0, 1, 1, 1, 1, parse_transpose, infer_transpose,
                               run_transpose};

/* ---- Expand: broadcast to a shape ---- */

static relief_status infer_expand(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_value *x = rl_op_input(graph, node, 0);
    rl_short_list sizes;
    relief_status status = rl_op_constant_ints(ctx, graph, node, 1, &sizes);
    if (status != RELIEF_OK) {
        return status;
    }
    rl_value y = {.dtype = x->dtype};
    if (sizes.count < 0 || sizes.count > RELIEF_MAX_RANK ||
        !rl_broadcast(x->rank, x->dims, sizes.count, sizes.v, &y.rank, y.dims)) {
        return rl_op_misfit(ctx, graph, node, "the input cannot be expanded to the shape");
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_expand(relief_ctx *ctx, const rl_node *node,
                                const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    rl_walk walk;
    rl_walk_begin(&walk, outputs[0]);
    rl_walk_add(&walk, inputs[0]);
    rl_copy_strided(outputs[0], inputs[0], 0, walk.stride[0]);
    return RELIEF_OK;
}

const rl_op rl_op_expand = {"Expand", 8, 0, 2, 2, 1, 1, rl_op_parse_none, infer_expand, run_expand};

/* ---- Tile: the input repeated along each axis ---- */

static relief_status infer_tile(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    rl_value y = *rl_op_input(graph, node, 0);
    rl_short_list repeats;
    relief_status status = rl_op_constant_ints(ctx, graph, node, 1, &repeats);
    if (status != RELIEF_OK) {
        return status;
    }
    if (repeats.count != y.rank) {
        return rl_op_misfit(ctx, graph, node, "one count for each axis is wanted");
    }
    for (int i = 0; i < y.rank; i++) {
        if (repeats.v[i] < 0 || repeats.v[i] > RL_MAX_ELEMENTS ||
            (repeats.v[i] > 0 && y.dims[i] > RL_MAX_ELEMENTS / repeats.v[i])) {
            return rl_op_misfit(ctx, graph, node, "the counts make no sense");
        }
        y.dims[i] *= repeats.v[i];
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_tile(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    const relief_tensor *x = inputs[0];
    relief_tensor *y = outputs[0];
    size_t size = rl_dtype_size(x->dtype);
    int64_t strides[RELIEF_MAX_RANK], count = rl_tensor_count(y);
    rl_row_strides(x->rank, x->dims, strides);
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i, from = 0;
        for (int axis = x->rank - 1; axis >= 0; axis--) {
            from += rest % y->dims[axis] % x->dims[axis] * strides[axis];
            rest /= y->dims[axis];
        }
        memcpy((char *)y->data + (size_t)i * size, (const char *)x->data + (size_t)from * size,
               size);
    }
    return RELIEF_OK;
}

const rl_op rl_op_tile = {"Tile", 6, 0, 2, 2, 1, 1, rl_op_parse_none, infer_tile, run_tile};
