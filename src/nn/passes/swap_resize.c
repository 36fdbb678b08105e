/* SPDX-License-Identifier: Apache-2.0 */
/* A 1x1 convolution of an enlarged picture is the enlarged convolution of the small one: the
 * weights of a pixel's neighbours sum to 1, with which the bias passes through as well. */
#include "base/status.h"
#include "nn/ops/op_params.h"
#include "nn/passes/passes.h"

static bool is_pointwise(const rl_graph *graph, const rl_node *conv) {
    const rl_conv_params *params = conv->params;
    const rl_value *w = &graph->values[conv->inputs[1]];
    const rl_value *in = &graph->values[conv->inputs[0]], *out = &graph->values[conv->outputs[0]];
    if (!w->constant || w->rank != 4 || w->dims[2] != 1 || w->dims[3] != 1 || in->rank != 4)
        return false;
    for (int i = 0; i < 2; i++)
        if (params->window.stride[i] != 1 || in->dims[2 + i] != out->dims[2 + i])
            return false;
    for (int i = 2; i < conv->own_input_count; i++)
        if (conv->inputs[i] != RL_NO_VALUE && !graph->values[conv->inputs[i]].constant)
            return false;
    return !conv->epilogue_count;
}

/* Whether only height and width grow. */
static bool enlarges(const rl_graph *graph, const rl_node *resize) {
    const rl_value *in = &graph->values[resize->inputs[0]];
    const rl_value *out = &graph->values[resize->outputs[0]];
    return in->rank == 4 && out->rank == 4 && in->dtype == RELIEF_F32 &&
           in->dims[0] == out->dims[0] && in->dims[1] == out->dims[1] &&
           in->dims[2] * in->dims[3] < out->dims[2] * out->dims[3] && !resize->epilogue_count;
}

static void swap(rl_uses *uses, rl_graph *graph, int first, int second) {
    const rl_node resize = graph->nodes[first], conv = graph->nodes[second];
    rl_value *between = &graph->values[resize.outputs[0]];
    const rl_value *small = &graph->values[resize.inputs[0]];
    between->dims[1] = graph->values[conv.outputs[0]].dims[1];
    for (int i = 2; i < 4; i++)
        between->dims[i] = small->dims[i];
    const int value = resize.outputs[0], result = conv.outputs[0];
    conv.inputs[0] = resize.inputs[0];
    conv.outputs[0] = value;
    resize.inputs[0] = value;
    resize.outputs[0] = result;
    graph->nodes[first] = conv;
    graph->nodes[second] = resize;
    uses->producer[result] = second;
}

relief_status rl_pass_swap_resize(relief_ctx *ctx, rl_graph *graph) {
    rl_uses uses;
    relief_status status = rl_uses_begin(ctx, graph, &uses);
    if (status)
        return status;
    for (int i = 0; i < graph->node_count; i++) {
        const rl_node *conv = &graph->nodes[i];
        if (!rl_node_is(conv, "Conv") || !is_pointwise(graph, conv))
            continue;
        const int before = rl_uses_sole_producer(&uses, graph, conv->inputs[0]);
        if (before < 0)
            continue;
        const rl_node *resize = &graph->nodes[before];
        if ((rl_node_is(resize, "Resize") || rl_node_is(resize, "Upsample")) &&
            enlarges(graph, resize))
            swap(&uses, graph, before, i);
    }
    rl_uses_end(graph, &uses);
    return RELIEF_OK;
}
