/* SPDX-License-Identifier: Apache-2.0 */
/* (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) over the last axis, times a row, plus a
 * row: LayerNormalization as it is written before opset 17. And a Reshape to groups of channels,
 * InstanceNormalization, a Reshape back, times and plus one number a channel:
 * GroupNormalization. */
#include "base/status.h"
#include "nn/op.h"
#include "nn/ops/op_params.h"
#include "nn/passes/passes.h"

typedef struct finder {
    relief_ctx *ctx;
    rl_graph *graph;
    rl_uses uses;
} finder;

/* ---- LayerNormalization ---- */

/* Whether `value` is the mean over the last axis, which stays as 1; *of: what it is the mean of. */
static bool match_mean(finder *f, int value, int *of) {
    const rl_node *node = rl_match_producer(&f->uses, f->graph, value, "ReduceMean");
    if (!node)
        return false;
    *of = node->inputs[0];
    /* The sizes tell which axes: the last one is gone, all others stay. An axis of one element
     * makes no difference. */
    const rl_value *in = &f->graph->values[*of], *out = &f->graph->values[value];
    if (in->rank < 1 || out->rank != in->rank || out->dims[in->rank - 1] != 1)
        return false;
    for (int i = 0; i < in->rank - 1; i++)
        if (in->dims[i] != out->dims[i])
            return false;
    return true;
}

/* x - mean(x) */
static bool match_centred(finder *f, int value, int *x) {
    const rl_node *node = rl_match_producer(&f->uses, f->graph, value, "Sub");
    int of;
    if (!node || !match_mean(f, node->inputs[1], &of) || of != node->inputs[0])
        return false;
    *x = of;
    return true;
}

/* (x - mean(x))^2 */
static bool match_square(finder *f, int value, int *x) {
    const rl_node *product = rl_match_producer(&f->uses, f->graph, value, "Mul");
    if (product)
        return product->inputs[0] == product->inputs[1] && match_centred(f, product->inputs[0], x);
    const rl_node *power = rl_match_producer(&f->uses, f->graph, value, "Pow");
    float exponent;
    return power && rl_match_scalar(f->graph, power->inputs[1], &exponent) && exponent == 2 &&
           match_centred(f, power->inputs[0], x);
}

/* sqrt(mean((x - mean(x))^2) + epsilon) */
static bool match_deviation(finder *f, int value, int *x, float *epsilon) {
    const rl_node *root = rl_match_producer(&f->uses, f->graph, value, "Sqrt");
    const rl_node *sum =
        root ? rl_match_producer(&f->uses, f->graph, root->inputs[0], "Add") : NULL;
    int variance, square;
    return sum && rl_match_with_scalar(f->graph, sum, &variance, epsilon) &&
           match_mean(f, variance, &square) && match_square(f, square, x);
}

/* A Mul that scales what has been normalised. */
static relief_status find_layer_norm(finder *f, rl_node *node) {
    const rl_graph *graph = f->graph;
    for (int i = 0; i < 2; i++) {
        const rl_node *quotient = rl_match_producer(&f->uses, f->graph, node->inputs[i], "Div");
        int x, same;
        float epsilon;
        if (!quotient || !match_centred(f, quotient->inputs[0], &x) ||
            !match_deviation(f, quotient->inputs[1], &same, &epsilon) || same != x)
            continue;
        const rl_value *in = &graph->values[x];
        if (!rl_match_row(graph, node->inputs[1 - i], in->dims[in->rank - 1]) ||
            !rl_same_shape(in, &graph->values[node->outputs[0]]))
            continue;
        const int inputs[] = {x, node->inputs[1 - i]};
        void *params = NULL;
        relief_status status = rl_node_become(f->ctx, f->graph, node,
                                              rl_op_find("", "LayerNormalization", 17), inputs, 2);
        if (!status)
            status = rl_node_new_params(f->ctx, f->graph, node, sizeof(rl_axis_params), &params);
        if (!status)
            *(rl_axis_params *)params = (rl_axis_params){.axis = -1, .epsilon = epsilon};
        return status;
    }
    return RELIEF_OK;
}

/* An Add behind a LayerNormalization that has no bias yet. */
static relief_status add_bias(finder *f, rl_node *node) {
    for (int i = 0; i < 2; i++) {
        const int value = node->inputs[i], bias = node->inputs[1 - i];
        const rl_node *norm = rl_match_producer(&f->uses, f->graph, value, "LayerNormalization");
        if (!norm || norm->own_input_count != 2 || f->uses.count[value] != 1)
            continue;
        const rl_value *out = &f->graph->values[value];
        const rl_axis_params *params = norm->params;
        if ((params->axis != -1 && params->axis != out->rank - 1) ||
            !rl_match_row(f->graph, bias, out->dims[out->rank - 1]))
            continue;
        const int inputs[] = {norm->inputs[0], norm->inputs[1], bias};
        relief_status status = rl_node_become(f->ctx, f->graph, node, norm->op, inputs, 3);
        node->params = params;
        return status;
    }
    return RELIEF_OK;
}

/* ---- GroupNormalization ---- */

/* Whether a constant row holds nothing but `wanted`. */
static bool is_filled_with(const rl_graph *graph, int value, float wanted) {
    const rl_value *v = &graph->values[value];
    int64_t count = 0;
    if (!v->constant || v->dtype != RELIEF_F32 || !rl_element_count(v->rank, v->dims, &count))
        return false;
    for (int64_t i = 0; i < count; i++)
        if (rl_tensor_float(v->constant, i) != wanted)
            return false;
    return count > 0;
}

/* Whether a constant has one element for each channel of the pictures `x`. */
static bool is_per_channel(const rl_graph *graph, int value, const rl_value *x) {
    const rl_value *v = &graph->values[value];
    int64_t count = 0;
    return v->constant && v->dtype == RELIEF_F32 && v->rank >= x->rank - 1 && v->rank <= x->rank &&
           rl_element_count(v->rank, v->dims, &count) && count == x->dims[1] &&
           v->dims[v->rank - x->rank + 1] == count;
}

/* A copy of a constant as a row. */
static relief_status flatten_constant(finder *f, int value, int *row) {
    const rl_value *old = &f->graph->values[value];
    relief_tensor *copy = NULL;
    int64_t count = 0;
    if (!rl_element_count(old->rank, old->dims, &count))
        return rl_fail(f->ctx, RELIEF_ERROR_INTERNAL, "a constant without a size");
    rl_value flat = {.name = old->name, .dtype = old->dtype, .rank = 1, .dims = {count}};
    relief_status status = rl_graph_new_constant(f->ctx, f->graph, &flat, &copy, row);
    for (int64_t i = 0; !status && i < count; i++)
        ((float *)copy->data)[i] = rl_tensor_float(f->graph->values[value].constant, i);
    return status;
}

/* A node "Mul" or "Add" of a computed value and one constant a channel; false: it is none. */
static bool match_channels(finder *f, const rl_node *node, int *value, int *constant) {
    const rl_value *out = &f->graph->values[node->outputs[0]];
    for (int i = 0; i < 2 && out->rank >= 3; i++) {
        *value = node->inputs[i];
        *constant = node->inputs[1 - i];
        if (is_per_channel(f->graph, *constant, out) &&
            rl_same_shape(out, &f->graph->values[*value]))
            return true;
    }
    return false;
}

/* The InstanceNormalization of groups behind a Reshape, between the shape of `x` and itself. */
static const rl_node *match_groups(finder *f, int value, int *x) {
    const rl_node *back = rl_match_producer(&f->uses, f->graph, value, "Reshape");
    const rl_node *norm =
        back ? rl_match_producer(&f->uses, f->graph, back->inputs[0], "InstanceNormalization")
             : NULL;
    const rl_node *groups =
        norm ? rl_match_producer(&f->uses, f->graph, norm->inputs[0], "Reshape") : NULL;
    if (!groups || !is_filled_with(f->graph, norm->inputs[1], 1) ||
        !is_filled_with(f->graph, norm->inputs[2], 0))
        return NULL;
    *x = groups->inputs[0];
    const rl_value *in = &f->graph->values[*x], *mid = &f->graph->values[norm->inputs[0]];
    const bool fits = rl_same_shape(in, &f->graph->values[value]) && in->rank >= 3 &&
                      mid->rank >= 3 && mid->dims[0] == in->dims[0] && mid->dims[1] > 0 &&
                      in->dims[1] % mid->dims[1] == 0;
    return fits ? norm : NULL;
}

static relief_status find_group_norm(finder *f, rl_node *node) {
    int scaled, bias, groups, scale, x;
    if (!match_channels(f, node, &scaled, &bias))
        return RELIEF_OK;
    const rl_node *product = rl_match_producer(&f->uses, f->graph, scaled, "Mul");
    if (!product || !match_channels(f, product, &groups, &scale))
        return RELIEF_OK;
    const rl_node *norm = match_groups(f, groups, &x);
    if (!norm)
        return RELIEF_OK;
    const rl_group_norm_params params = {.groups = f->graph->values[norm->inputs[0]].dims[1],
                                         .epsilon =
                                             ((const rl_norm_params *)norm->params)->epsilon};
    void *own = NULL;
    int inputs[3] = {x};
    relief_status status = flatten_constant(f, scale, &inputs[1]);
    if (!status)
        status = flatten_constant(f, bias, &inputs[2]);
    if (!status)
        status = rl_node_become(f->ctx, f->graph, node, rl_op_find("", "GroupNormalization", 21),
                                inputs, 3);
    if (!status)
        status = rl_node_new_params(f->ctx, f->graph, node, sizeof params, &own);
    if (!status)
        *(rl_group_norm_params *)own = params;
    return status;
}

/* ---- the pass ---- */

relief_status rl_pass_find_norms(relief_ctx *ctx, rl_graph *graph) {
    finder f = {.ctx = ctx, .graph = graph};
    relief_status status = rl_uses_begin(ctx, graph, &f.uses);
    if (status)
        return status;
    for (int i = 0; !status && i < graph->node_count; i++) {
        rl_node *node = &graph->nodes[i];
        if (node->own_input_count != 2 || node->epilogue_count)
            continue;
        if (rl_node_is(node, "Mul"))
            status = find_layer_norm(&f, node);
        else if (rl_node_is(node, "Add"))
            status = add_bias(&f, node);
        if (!status && rl_node_is(node, "Add"))
            status = find_group_norm(&f, node);
    }
    rl_uses_end(graph, &f.uses);
    return status;
}
