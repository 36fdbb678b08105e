/* SPDX-License-Identifier: Apache-2.0 */
/* Products with constant weights, and what is done to each of their columns. A scale (LayerScale of
 * a transformer) goes into the weights; transformers without one keep the file's own. */
#include "base/status.h"
#include "nn/ops/fused.h"
#include "nn/ops/op_params.h"
#include "nn/passes/passes.h"

#include <string.h>

typedef struct finder {
    relief_ctx *ctx;
    rl_graph *graph;
    rl_uses uses;
} finder;

static bool is_weights(const rl_graph *graph, int value) {
    const rl_value *v = &graph->values[value];
    return v->constant && v->dtype == RELIEF_F32 && v->rank == 2;
}

static relief_status make_linear(finder *f, rl_node *node, int bias, bool transposed) {
    const rl_value *w = &f->graph->values[node->inputs[1]];
    const rl_linear_params params = {w->dims[transposed], w->dims[!transposed], transposed};
    const int inputs[] = {node->inputs[0], node->inputs[1], bias};
    void *own = NULL;
    relief_status status =
        rl_node_become(f->ctx, f->graph, node, &rl_op_linear, inputs, bias == RL_NO_VALUE ? 2 : 3);
    if (!status)
        status = rl_node_new_params(f->ctx, f->graph, node, sizeof params, &own);
    if (!status)
        *(rl_linear_params *)own = params;
    return status;
}

static relief_status take_matmul(finder *f, rl_node *node) {
    const rl_value *x = &f->graph->values[node->inputs[0]];
    if (!is_weights(f->graph, node->inputs[1]) || x->constant || x->rank < 2)
        return RELIEF_OK;
    return make_linear(f, node, RL_NO_VALUE, false);
}

static relief_status take_gemm(finder *f, rl_node *node) {
    const rl_gemm_params *params = node->params;
    const int64_t columns = f->graph->values[node->outputs[0]].dims[1];
    const int bias = node->own_input_count > 2 ? node->inputs[2] : RL_NO_VALUE;
    if (!is_weights(f->graph, node->inputs[1]) || f->graph->values[node->inputs[0]].constant ||
        params->transpose_a || params->alpha != 1 ||
        (bias != RL_NO_VALUE && (params->beta != 1 || !rl_match_row(f->graph, bias, columns))))
        return RELIEF_OK;
    return make_linear(f, node, bias, params->transpose_b);
}

/* The Linear in front, which only this node reads, and the row of constants on the other side. */
static rl_node *find_front(finder *f, const rl_node *node, int *row) {
    for (int i = 0; i < 2; i++) {
        const int index = rl_uses_sole_producer(&f->uses, f->graph, node->inputs[i]);
        rl_node *front = index < 0 ? NULL : &f->graph->nodes[index];
        if (!front || !rl_node_is(front, "Linear") || front->epilogue_count)
            continue;
        const rl_linear_params *params = front->params;
        *row = node->inputs[1 - i];
        if (rl_match_row(f->graph, *row, params->columns) &&
            rl_same_shape(&f->graph->values[node->outputs[0]],
                          &f->graph->values[front->outputs[0]]))
            return front;
    }
    return NULL;
}

/* Give the node a bias of its own; *data: its elements, which are those of the old one or 0. */
static relief_status own_bias(finder *f, rl_node *node, float **data) {
    const rl_linear_params *params = node->params;
    const rl_value shape = {.name = "", .dtype = RELIEF_F32, .rank = 1, .dims = {params->columns}};
    const int old = node->own_input_count > 2 ? node->inputs[2] : RL_NO_VALUE;
    relief_tensor *tensor = NULL;
    int value;
    void *inputs;
    relief_status status = rl_graph_alloc(f->ctx, f->graph, 3, sizeof(int), &inputs);
    if (!status)
        status = rl_graph_new_constant(f->ctx, f->graph, &shape, &tensor, &value);
    if (status)
        return status;
    *data = tensor->data;
    for (int64_t i = 0; i < params->columns; i++)
        (*data)[i] = old == RL_NO_VALUE ? 0 : rl_tensor_float(f->graph->values[old].constant, i);
    memcpy(inputs, node->inputs, 2 * sizeof(int));
    node->inputs = inputs;
    node->inputs[2] = value;
    node->input_count = node->own_input_count = 3;
    return RELIEF_OK;
}

static relief_status add_row(finder *f, rl_node *front, int row) {
    if (front->own_input_count == 2) { /* the file's constant as it is */
        const int inputs[] = {front->inputs[0], front->inputs[1], row};
        void *list;
        relief_status status = rl_graph_alloc(f->ctx, f->graph, 3, sizeof(int), &list);
        if (status)
            return status;
        memcpy(list, inputs, sizeof inputs);
        front->inputs = list;
        front->input_count = front->own_input_count = 3;
        return RELIEF_OK;
    }
    float *bias;
    relief_status status = own_bias(f, front, &bias);
    const int64_t columns = ((const rl_linear_params *)front->params)->columns;
    for (int64_t i = 0; !status && i < columns; i++)
        bias[i] += rl_tensor_float(f->graph->values[row].constant, i);
    return status;
}

static relief_status scale_by_row(finder *f, rl_node *front, int row) {
    const rl_linear_params *params = front->params;
    const rl_value old = f->graph->values[front->inputs[1]];
    const relief_tensor *scale = f->graph->values[row].constant;
    relief_tensor *tensor = NULL;
    int value;
    float *bias = NULL;
    relief_status status = rl_graph_new_constant(f->ctx, f->graph, &old, &tensor, &value);
    if (!status && front->own_input_count > 2)
        status = own_bias(f, front, &bias);
    if (status)
        return status;
    float *weights = tensor->data;
    for (int64_t i = 0; i < params->depth * params->columns; i++) {
        const int64_t column = params->transposed ? i / params->depth : i % params->columns;
        weights[i] = rl_tensor_float(old.constant, i) * rl_tensor_float(scale, column);
    }
    for (int64_t i = 0; bias && i < params->columns; i++)
        bias[i] *= rl_tensor_float(scale, i);
    front->inputs[1] = value;
    return RELIEF_OK;
}

static relief_status take_row(finder *f, int index) {
    const rl_node *node = &f->graph->nodes[index];
    int row;
    rl_node *front = find_front(f, node, &row);
    if (!front)
        return RELIEF_OK;
    relief_status status =
        rl_node_is(node, "Add") ? add_row(f, front, row) : scale_by_row(f, front, row);
    if (!status)
        rl_uses_replace(&f->uses, f->graph, (int)(front - f->graph->nodes), index);
    return status;
}

relief_status rl_pass_find_linear(relief_ctx *ctx, rl_graph *graph) {
    finder f = {.ctx = ctx, .graph = graph};
    relief_status status = rl_uses_begin(ctx, graph, &f.uses);
    if (status)
        return status;
    for (int i = 0; !status && i < graph->node_count; i++) {
        rl_node *node = &graph->nodes[i];
        if (node->epilogue_count)
            continue;
        if (rl_node_is(node, "MatMul"))
            status = take_matmul(&f, node);
        else if (rl_node_is(node, "Gemm"))
            status = take_gemm(&f, node);
        else if (rl_node_is(node, "Add") || rl_node_is(node, "Mul"))
            status = node->own_input_count == 2 ? take_row(&f, i) : RELIEF_OK;
    }
    rl_uses_end(graph, &f.uses);
    return status;
}
