/* SPDX-License-Identifier: Apache-2.0 */
/* Networks in float16 or bfloat16: the kernels compute in float32, so constants and inputs of those
 * types get a Cast behind them, Casts to them go to float32, and outputs get a Cast in front. All
 * in between is then more precise than the file asks for, never less. */
#include "nn/onnx/onnx_reader.h"
#include "nn/ops/op_params.h"

#include <string.h>

static bool is_half(relief_dtype dtype) {
    return dtype == RELIEF_F16 || dtype == RELIEF_BF16;
}

static bool is_cast(const rl_node *node) {
    return !strcmp(node->op->name, "Cast");
}

/* Values and nodes in the making. */
typedef struct widening {
    rl_onnx_reader *reader;
    int *wide;      /* of each value of the file: what its readers read */
    rl_node *nodes; /* all of them, in order */
    int node_count;
} widening;

/* Append a node that casts `from` to `dtype`; *to: its result, a new value. */
static relief_status append_cast(widening *w, int from, relief_dtype dtype, int *to) {
    rl_onnx_reader *reader = w->reader;
    rl_graph *graph = reader->graph;
    void *ends, *params;
    rl_value value = {.name = graph->values[from].name, .rank = -1};
    relief_status status = rl_graph_add_value(reader->ctx, graph, &value, to);
    if (!status) {
        status = rl_graph_alloc(reader->ctx, graph, 2, sizeof(int), &ends);
    }
    if (!status) {
        status = rl_graph_alloc(reader->ctx, graph, 1, sizeof(rl_cast_params), &params);
    }
    if (status) {
        return status;
    }
    ((int *)ends)[0] = from;
    ((int *)ends)[1] = *to;
    ((rl_cast_params *)params)->to = dtype;
    w->nodes[w->node_count++] = (rl_node){.name = value.name,
                                          .op_type = "Cast",
                                          .domain = "",
                                          .op = rl_op_find("", "Cast", graph->opset),
                                          .input_count = 1,
                                          .own_input_count = 1,
                                          .output_count = 1,
                                          .inputs = ends,
                                          .outputs = (int *)ends + 1,
                                          .params = params};
    return RELIEF_OK;
}

/* A Cast behind every constant of 16 bits, and float32 for every such input. */
static relief_status widen_sources(widening *w, int value_count) {
    rl_graph *graph = w->reader->graph;
    relief_status status = RELIEF_OK;
    for (int i = 0; i < graph->input_count; i++) {
        rl_value *value = &graph->values[graph->inputs[i]];
        value->dtype = is_half(value->dtype) ? RELIEF_F32 : value->dtype;
    }
    for (int i = 0; !status && i < value_count; i++) {
        w->wide[i] = i;
        if (graph->values[i].constant && is_half(graph->values[i].dtype)) {
            status = append_cast(w, i, RELIEF_F32, &w->wide[i]);
        }
    }
    return status;
}

/* The file's nodes with their inputs widened. */
static void take_nodes(widening *w) {
    const rl_graph *graph = w->reader->graph;
    for (int i = 0; i < graph->node_count; i++) {
        rl_node *node = &w->nodes[w->node_count++];
        *node = graph->nodes[i];
        for (int j = 0; j < node->input_count; j++) {
            if (node->inputs[j] != RL_NO_VALUE) {
                node->inputs[j] = w->wide[node->inputs[j]];
            }
        }
        const rl_cast_params *params = is_cast(node) ? node->params : NULL;
        if (params && is_half(params->to)) {
            /* The graph's own memory: written by the Cast's parse function. */
            ((rl_cast_params *)(uintptr_t)params)->to = RELIEF_F32;
        }
    }
}

/* Back to 16 bits where the file says so of an output, or a Cast to them makes it. */
static relief_status narrow_outputs(widening *w, const relief_dtype *types) {
    rl_graph *graph = w->reader->graph;
    relief_status status = RELIEF_OK;
    for (int i = 0; !status && i < graph->output_count; i++) {
        if (is_half(types[i]) && !graph->values[graph->outputs[i]].constant) {
            status = append_cast(w, graph->outputs[i], types[i], &graph->outputs[i]);
        }
    }
    return status;
}

/* The type that an output had before anything was widened: declared, or that of a Cast; 0: neither
 * is known. Whether there is anything of 16 bits goes to *any. */
static void note_types(const rl_graph *graph, relief_dtype *types, bool *any) {
    *any = false;
    for (int i = 0; i < graph->value_count; i++) {
        *any |= is_half(graph->values[i].dtype);
    }
    for (int i = 0; i < graph->output_count; i++) {
        types[i] = graph->values[graph->outputs[i]].dtype;
    }
    for (int i = 0; i < graph->node_count; i++) {
        const rl_node *node = &graph->nodes[i];
        const rl_cast_params *params = is_cast(node) ? node->params : NULL;
        if (!params || !is_half(params->to)) {
            continue;
        }
        *any = true;
        for (int j = 0; j < graph->output_count; j++) {
            types[j] = graph->outputs[j] == node->outputs[0] ? params->to : types[j];
        }
    }
}

relief_status rl_onnx_widen(rl_onnx_reader *reader) {
    relief_ctx *ctx = reader->ctx;
    rl_graph *graph = reader->graph;
    const int value_count = graph->value_count, output_count = graph->output_count;
    widening w = {.reader = reader};
    void *types, *wide, *nodes;
    bool any;
    relief_status status =
        rl_graph_alloc(ctx, graph, (size_t)output_count, sizeof(relief_dtype), &types);
    if (status) {
        return status;
    }
    note_types(graph, types, &any);
    if (!any) {
        return RELIEF_OK;
    }
    const size_t most = (size_t)value_count + (size_t)graph->node_count + (size_t)output_count;
    status = rl_graph_alloc(ctx, graph, (size_t)value_count, sizeof(int), &wide);
    if (!status) {
        status = rl_graph_alloc(ctx, graph, most, sizeof(rl_node), &nodes);
    }
    if (status) {
        return status;
    }
    w.wide = wide;
    w.nodes = nodes;
    status = widen_sources(&w, value_count);
    if (!status) {
        take_nodes(&w);
        status = narrow_outputs(&w, types);
    }
    if (!status) {
        graph->nodes = w.nodes;
        graph->node_count = w.node_count;
    }
    return status;
}
