/* SPDX-License-Identifier: Apache-2.0 */
/* Gather: y = x with the axis replaced by the indices' axes; y[a, i, b] = x[a, indices[i], b]. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

static relief_status parse(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"axis", NULL};
    rl_axis_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    return status == RELIEF_OK ? rl_op_int(ctx, graph, node, "axis", 0, &params->axis) : status;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0), *indices = rl_op_input(graph, node, 1);
    int axis = 0;
    relief_status status = rl_op_expect(ctx, graph, node, 1, RL_TYPES_INDEX);
    if (status == RELIEF_OK) {
        status = rl_op_axis(ctx, graph, node, params->axis, x->rank, &axis);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    rl_value y = {.dtype = x->dtype, .rank = x->rank - 1 + indices->rank};
    if (y.rank > RELIEF_MAX_RANK) {
        return rl_op_misfit(ctx, graph, node, "there would be too many axes");
    }
    int to = 0;
    for (int i = 0; i < axis; i++) {
        y.dims[to++] = x->dims[i];
    }
    for (int i = 0; i < indices->rank; i++) {
        y.dims[to++] = indices->dims[i];
    }
    for (int i = axis + 1; i < x->rank; i++) {
        y.dims[to++] = x->dims[i];
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    const rl_axis_params *params = node->params;
    const relief_tensor *x = inputs[0], *indices = inputs[1];
    int axis = rl_axis(params->axis, x->rank);
    int64_t outer = rl_dims_product(x->dims, 0, axis), dim = x->dims[axis];
    int64_t count = rl_tensor_count(indices);
    size_t block = (size_t)rl_dims_product(x->dims, axis + 1, x->rank) * rl_dtype_size(x->dtype);
    for (int64_t i = 0; i < count; i++) {
        int64_t index = rl_get_int(indices, i);
        if (index < -dim || index >= dim) {
            return rl_fail(ctx, RELIEF_ERROR_ARG, "node %s (Gather): index %lld is outside of %lld",
                           node->name, (long long)index, (long long)dim);
        }
        index += index < 0 ? dim : 0;
        for (int64_t o = 0; o < outer; o++) {
            memcpy((char *)outputs[0]->data + (size_t)(o * count + i) * block,
                   (const char *)x->data + (size_t)(o * dim + index) * block, block);
        }
    }
    return RELIEF_OK;
}

const rl_op rl_op_gather = {"Gather", 1, 0, 2, 2, 1, 1, parse, infer, run};
