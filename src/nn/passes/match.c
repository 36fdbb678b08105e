/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/status.h"
#include "nn/op.h"
#include "nn/passes/passes.h"

bool rl_node_is(const rl_node *node, const char *name) {
    return (!node->domain || !*node->domain) && !strcmp(node->op_type, name);
}

rl_node *rl_match_producer(const rl_uses *uses, rl_graph *graph, int value, const char *name) {
    if (value == RL_NO_VALUE || value >= uses->value_count || uses->producer[value] < 0)
        return NULL;
    rl_node *node = &graph->nodes[uses->producer[value]];
    return rl_node_is(node, name) && node->outputs[0] == value && !node->epilogue_count ? node
                                                                                        : NULL;
}

static int64_t constant_count(const rl_graph *graph, int value) {
    int64_t count = 0;
    if (value == RL_NO_VALUE)
        return 0;
    const rl_value *v = &graph->values[value];
    return v->constant && v->dtype == RELIEF_F32 && rl_element_count(v->rank, v->dims, &count)
               ? count
               : 0;
}

bool rl_match_scalar(const rl_graph *graph, int value, float *out) {
    if (constant_count(graph, value) != 1)
        return false;
    *out = rl_tensor_float(graph->values[value].constant, 0);
    return true;
}

bool rl_match_row(const rl_graph *graph, int value, int64_t count) {
    if (constant_count(graph, value) != count)
        return false;
    const rl_value *v = &graph->values[value];
    return v->rank >= 1 && v->dims[v->rank - 1] == count;
}

bool rl_match_with_scalar(const rl_graph *graph, const rl_node *node, int *other, float *out) {
    for (int i = 0; i < 2 && node->own_input_count == 2; i++) {
        *other = node->inputs[1 - i];
        if (rl_match_scalar(graph, node->inputs[i], out) && *other != RL_NO_VALUE &&
            rl_same_shape(&graph->values[*other], &graph->values[node->outputs[0]]))
            return true;
    }
    return false;
}

relief_status rl_node_become(relief_ctx *ctx, rl_graph *graph, rl_node *node, const rl_op *op,
                             const int *inputs, int count) {
    void *list;
    relief_status status = rl_graph_alloc(ctx, graph, (size_t)count, sizeof(int), &list);
    if (status)
        return status;
    memcpy(list, inputs, (size_t)count * sizeof(int));
    node->op = op;
    node->op_type = op->name;
    node->domain = "";
    node->inputs = list;
    node->input_count = node->own_input_count = count;
    node->attribute_count = 0;
    node->attributes = NULL;
    node->params = NULL;
    return RELIEF_OK;
}

relief_status rl_node_new_params(relief_ctx *ctx, rl_graph *graph, rl_node *node, size_t bytes,
                                 void **out) {
    relief_status status = rl_graph_alloc(ctx, graph, 1, bytes, out);
    if (!status)
        node->params = *out;
    return status;
}

relief_status rl_graph_new_constant(relief_ctx *ctx, rl_graph *graph, const rl_value *shape,
                                    relief_tensor **tensor, int *value) {
    relief_status status = rl_tensor_new(ctx, RELIEF_F32, shape->rank, shape->dims, tensor);
    if (status)
        return status;
    status = rl_graph_own(ctx, graph, *tensor);
    if (status)
        return status;
    rl_value added = *shape;
    added.constant = *tensor;
    return rl_graph_add_value(ctx, graph, &added, value);
}
