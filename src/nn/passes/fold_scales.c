/* SPDX-License-Identifier: Apache-2.0 */
/* y = factor[c] * conv(x) + offset[c] is a convolution with other weights. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "nn/ops/op_params.h"
#include "nn/passes/passes.h"

/* What a node does to each channel. */
typedef struct scale {
    double *factor, *offset; /* one block of memory */
    bool scales;             /* any factor is not 1 */
} scale;

static bool is_op(const rl_node *node, const char *name) {
    return (!node->domain || !*node->domain) && !strcmp(node->op_type, name);
}

static bool is_float_constant(const rl_graph *graph, int value) {
    return value != RL_NO_VALUE && graph->values[value].constant &&
           graph->values[value].dtype == RELIEF_F32;
}

/* Whether a constant has one element, or one for each channel of (N, C, H, W). */
static bool is_per_channel(const rl_value *value, int64_t channels) {
    int64_t count = 0;
    if (value->rank > 4 || !rl_element_count(value->rank, value->dims, &count))
        return false;
    return count == 1 ||
           (count == channels && value->rank >= 3 && value->dims[value->rank - 3] == channels);
}

/* The Conv in front, whose output only this node reads; -1: none that can take it. */
static int find_conv(const rl_uses *uses, const rl_graph *graph, const rl_node *node, int input) {
    const int index = rl_uses_sole_producer(uses, graph, node->inputs[input]);
    if (index < 0 || node->epilogue_count)
        return -1;
    const rl_node *conv = &graph->nodes[index];
    const rl_value *out = &graph->values[conv->outputs[0]];
    const bool biased = conv->own_input_count > 2 && conv->inputs[2] != RL_NO_VALUE;
    if (!is_op(conv, "Conv") || conv->epilogue_count || out->rank != 4 ||
        !is_float_constant(graph, conv->inputs[1]) ||
        (biased && !is_float_constant(graph, conv->inputs[2])) ||
        !rl_same_shape(out, &graph->values[node->outputs[0]]))
        return -1;
    return index;
}

/* ---- factors ---- */

static relief_status scale_new(relief_ctx *ctx, int64_t channels, scale *out) {
    void *data = NULL;
    relief_status status = rl_alloc_in(ctx, (size_t)channels, 2 * sizeof(double), &data);
    if (status)
        return status;
    *out = (scale){data, (double *)data + channels, false};
    for (int64_t c = 0; c < channels; c++) {
        out->factor[c] = 1;
        out->offset[c] = 0;
    }
    return RELIEF_OK;
}

static void read_norm(const rl_graph *graph, const rl_node *node, int64_t channels, scale *s) {
    const rl_norm_params *params = node->params;
    const relief_tensor *t[5];
    for (int i = 1; i < 5; i++)
        t[i] = graph->values[node->inputs[i]].constant;
    for (int64_t c = 0; c < channels; c++) {
        const double deviation = sqrt((double)rl_tensor_float(t[4], c) + (double)params->epsilon);
        s->factor[c] = (double)rl_tensor_float(t[1], c) / deviation;
        s->offset[c] =
            (double)rl_tensor_float(t[2], c) - (double)rl_tensor_float(t[3], c) * s->factor[c];
    }
    s->scales = true;
}

static void read_binary(const rl_graph *graph, const rl_node *node, int constant, int64_t channels,
                        scale *s) {
    const rl_value *value = &graph->values[node->inputs[constant]];
    int64_t count = 1;
    for (int i = 0; i < value->rank; i++)
        count *= value->dims[i];
    const char kind = node->op_type[0];
    for (int64_t c = 0; c < channels; c++) {
        const double v = (double)rl_tensor_float(value->constant, count == 1 ? 0 : c);
        if (kind == 'M')
            s->factor[c] = v;
        else if (kind == 'D')
            s->factor[c] = 1 / v;
        else
            s->offset[c] = kind == 'A' ? v : -v;
    }
    s->scales = kind == 'M' || kind == 'D';
}

/* ---- new weights ---- */

/* Whether this pass has made the constant, for the one Conv that reads it: it may be written. */
static bool is_made_here(const rl_uses *uses, int value) {
    return value >= uses->value_count;
}

static relief_status scale_weights(relief_ctx *ctx, const rl_uses *uses, rl_graph *graph,
                                   rl_node *conv, const scale *s) {
    const rl_value old = graph->values[conv->inputs[1]];
    float *data = old.constant->data;
    if (!is_made_here(uses, conv->inputs[1])) {
        relief_tensor *tensor = NULL;
        relief_status status = rl_graph_new_constant(ctx, graph, &old, &tensor, &conv->inputs[1]);
        if (status)
            return status;
        data = tensor->data;
    }
    const int64_t depth = old.dims[1] * old.dims[2] * old.dims[3];
    for (int64_t i = 0; i < old.dims[0] * depth; i++)
        data[i] = (float)((double)rl_tensor_float(old.constant, i) * s->factor[i / depth]);
    return RELIEF_OK;
}

/* A third input for the Conv: a new bias, whose elements are not set. */
static relief_status add_bias(relief_ctx *ctx, rl_graph *graph, rl_node *conv, int64_t channels) {
    const rl_value shape = {.name = "", .dtype = RELIEF_F32, .rank = 1, .dims = {channels}};
    relief_tensor *tensor = NULL;
    int value;
    void *inputs;
    relief_status status = rl_graph_new_constant(ctx, graph, &shape, &tensor, &value);
    if (!status)
        status = rl_graph_alloc(ctx, graph, 3, sizeof(int), &inputs);
    if (status)
        return status;
    memcpy(inputs, conv->inputs, 2 * sizeof(int));
    conv->inputs = inputs;
    conv->inputs[2] = value;
    conv->input_count = conv->own_input_count = 3;
    return RELIEF_OK;
}

static relief_status scale_bias(relief_ctx *ctx, const rl_uses *uses, rl_graph *graph,
                                rl_node *conv, const scale *s) {
    const int64_t channels = graph->values[conv->inputs[1]].dims[0];
    const int old = conv->own_input_count > 2 ? conv->inputs[2] : RL_NO_VALUE;
    const relief_tensor *given = old == RL_NO_VALUE ? NULL : graph->values[old].constant;
    if (!is_made_here(uses, old)) {
        relief_status status = add_bias(ctx, graph, conv, channels);
        if (status)
            return status;
    }
    float *data = graph->values[conv->inputs[2]].constant->data;
    for (int64_t c = 0; c < channels; c++) {
        const double before = given ? (double)rl_tensor_float(given, c) : 0;
        data[c] = (float)(before * s->factor[c] + s->offset[c]);
    }
    return RELIEF_OK;
}

/* ---- the pass ---- */

/* The position of the constant of an arithmetic node that this pass takes; -1: it is another node.
 */
static int constant_position(const rl_graph *graph, const rl_node *node) {
    const bool swaps = is_op(node, "Mul") || is_op(node, "Add");
    if (node->own_input_count != 2 || (!swaps && !is_op(node, "Div") && !is_op(node, "Sub")))
        return -1;
    if (is_float_constant(graph, node->inputs[1]))
        return 1;
    return swaps && is_float_constant(graph, node->inputs[0]) ? 0 : -1;
}

static bool is_norm(const rl_graph *graph, const rl_node *node) {
    if (!is_op(node, "BatchNormalization") || node->own_input_count != 5)
        return false;
    for (int i = 1; i < 5; i++)
        if (!is_float_constant(graph, node->inputs[i]))
            return false;
    return true;
}

static relief_status fold_node(relief_ctx *ctx, rl_uses *uses, rl_graph *graph, int index) {
    const rl_node *node = &graph->nodes[index];
    const bool norm = is_norm(graph, node);
    const int constant = norm ? 1 : constant_position(graph, node);
    if (constant < 0)
        return RELIEF_OK;
    const int into = find_conv(uses, graph, node, norm ? 0 : 1 - constant);
    if (into < 0)
        return RELIEF_OK;
    const int64_t channels = graph->values[node->outputs[0]].dims[1];
    if (!norm && !is_per_channel(&graph->values[node->inputs[constant]], channels))
        return RELIEF_OK;
    scale s;
    relief_status status = scale_new(ctx, channels, &s);
    if (status)
        return status;
    if (norm)
        read_norm(graph, node, channels, &s);
    else
        read_binary(graph, node, constant, channels, &s);
    if (s.scales)
        status = scale_weights(ctx, uses, graph, &graph->nodes[into], &s);
    if (!status)
        status = scale_bias(ctx, uses, graph, &graph->nodes[into], &s);
    rl_free(s.factor);
    if (!status)
        rl_uses_replace(uses, graph, into, index);
    return status;
}

relief_status rl_pass_fold_scales(relief_ctx *ctx, rl_graph *graph) {
    rl_uses uses;
    relief_status status = rl_uses_begin(ctx, graph, &uses);
    if (status)
        return status;
    for (int i = 0; !status && i < graph->node_count; i++)
        status = fold_node(ctx, &uses, graph, i);
    rl_uses_end(graph, &uses);
    return status;
}
