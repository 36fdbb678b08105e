/* SPDX-License-Identifier: Apache-2.0 */
/* GraphProto: constants first, then inputs, then what the nodes give; last, who uses what. */
#include "nn/onnx/onnx_reader.h"
#include "nn/op.h"

#include <string.h>

enum {
    GRAPH_NODE = 1,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    GRAPH_SPARSE_INITIALIZER = 15
};
enum { COUNTED_FIELDS = GRAPH_SPARSE_INITIALIZER + 1 };

/* Far more than networks have; keeps what a hostile file can ask for small. */
#define MAX_NODES 100000
#define MAX_VALUES 1000000

/* Do `visit` with every field of one number. */
typedef relief_status (*visit_fn)(rl_onnx_reader *reader, rl_wire wire, int index);

static relief_status visit(rl_onnx_reader *reader, rl_wire wire, int number, visit_fn fn) {
    rl_wire_field field;
    relief_status status = RELIEF_OK;
    for (int index = 0; !status && rl_wire_next(&wire, &field);) {
        if (field.number == number) {
            status = fn(reader, rl_wire_enter(&field), index++);
        }
    }
    return status;
}

static relief_status count_fields(const rl_onnx_reader *reader, rl_wire wire,
                                  int counts[COUNTED_FIELDS]) {
    rl_wire_field field;
    memset(counts, 0, COUNTED_FIELDS * sizeof(*counts));
    while (rl_wire_next(&wire, &field)) {
        if (field.number >= COUNTED_FIELDS) {
            continue;
        }
        if (field.type != RL_WIRE_BYTES) {
            wire.damaged = true;
        }
        if (++counts[field.number] > MAX_VALUES) {
            return rl_onnx_fail(reader, RELIEF_ERROR_LIMIT, "more than %d values", MAX_VALUES);
        }
    }
    relief_status status = rl_onnx_end(reader, &wire, "graph");
    if (status) {
        return status;
    }
    if (counts[GRAPH_SPARSE_INITIALIZER]) {
        return rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED, "sparse tensors are not supported");
    }
    if (counts[GRAPH_NODE] > MAX_NODES) {
        return rl_onnx_fail(reader, RELIEF_ERROR_LIMIT, "more than %d nodes", MAX_NODES);
    }
    return RELIEF_OK;
}

static void set_constant(rl_value *value, const relief_tensor *tensor) {
    value->constant = tensor;
    value->dtype = tensor->dtype;
    value->rank = tensor->rank;
    memcpy(value->dims, tensor->dims, sizeof(value->dims));
}

static relief_status read_initializer(rl_onnx_reader *reader, rl_wire wire, int index) {
    (void)index;
    relief_tensor *tensor;
    rl_text name;
    int value;
    relief_status status = rl_onnx_tensor(reader, wire, &tensor, &name);
    if (!status) {
        status = rl_onnx_define(reader, name, "tensor", &value);
    }
    if (status) {
        return status;
    }
    set_constant(&reader->graph->values[value], tensor);
    reader->model->parameter_count += (int64_t)(tensor->bytes / rl_dtype_size(tensor->dtype));
    return RELIEF_OK;
}

static relief_status read_input(rl_onnx_reader *reader, rl_wire wire, int index) {
    (void)index;
    rl_graph *graph = reader->graph;
    rl_value info;
    rl_text name;
    int value;
    relief_status status = rl_onnx_value_info(reader, wire, &info, &name);
    if (status) {
        return status;
    }
    /* Files of IR version 3 list their initialisers among the inputs. */
    int known = rl_names_find(&reader->names, name);
    if (known >= 0 && graph->values[known].constant) {
        return RELIEF_OK;
    }
    if (!info.dtype) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "input '%.100s' has no type", info.name);
    }
    status = rl_onnx_define(reader, name, "input", &value);
    if (status) {
        return status;
    }
    info.name = graph->values[value].name;
    graph->values[value] = info;
    graph->inputs[graph->input_count++] = value;
    return RELIEF_OK;
}

static bool is_constant_node(const rl_node *node) {
    return !*node->domain && !strcmp(node->op_type, "Constant");
}

static relief_status read_node(rl_onnx_reader *reader, rl_wire wire, int index) {
    rl_graph *graph = reader->graph;
    rl_node *node = &graph->nodes[index];
    const relief_tensor *tensor;
    relief_status status = rl_onnx_node(reader, wire, index, node);
    if (status) {
        return status;
    }
    graph->node_count = index + 1;
    if (!is_constant_node(node)) {
        return RELIEF_OK;
    }
    status = rl_onnx_constant(reader, node, &tensor);
    if (!status && node->outputs[0] != RL_NO_VALUE) {
        set_constant(&graph->values[node->outputs[0]], tensor);
    }
    return status;
}

static relief_status connect_node(rl_onnx_reader *reader, rl_wire wire, int index) {
    return rl_onnx_node_inputs(reader, wire, &reader->graph->nodes[index]);
}

/* Constant nodes are values by now. */
static void remove_constants(rl_graph *graph) {
    int kept = 0;
    for (int i = 0; i < graph->node_count; i++) {
        if (!is_constant_node(&graph->nodes[i])) {
            graph->nodes[kept++] = graph->nodes[i];
        }
    }
    graph->node_count = kept;
}

static relief_status read_output(rl_onnx_reader *reader, rl_wire wire, int index) {
    rl_graph *graph = reader->graph;
    rl_value info;
    rl_text name;
    relief_status status = rl_onnx_value_info(reader, wire, &info, &name);
    if (status) {
        return status;
    }
    int value = rl_names_find(&reader->names, name);
    if (value < 0) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "output '%.100s' is made by no node",
                            info.name);
    }
    rl_value *known = &graph->values[value];
    if (!known->constant && known->rank < 0) {
        known->dtype = info.dtype;
        known->rank = info.rank;
        memcpy(known->dims, info.dims, sizeof(known->dims));
    }
    graph->outputs[index] = value;
    graph->output_count = index + 1;
    return RELIEF_OK;
}

/* Find the node's row in the operator table and let it read the attributes. */
static relief_status bind_node(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    node->op = rl_op_find(node->domain, node->op_type, graph->opset);
    if (!node->op) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "this operator is not supported");
    }
    const rl_op *op = node->op;
    if (node->input_count < op->min_inputs ||
        (op->max_inputs >= 0 && node->input_count > op->max_inputs)) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "%d inputs make no sense",
                            node->input_count);
    }
    if (node->output_count < op->min_outputs ||
        (op->max_outputs >= 0 && node->output_count > op->max_outputs)) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "%d outputs make no sense",
                            node->output_count);
    }
    for (int i = 0; i < op->min_inputs; i++) {
        if (node->inputs[i] == RL_NO_VALUE) {
            return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "input %d is left out", i);
        }
    }
    for (int i = 0; i < op->min_outputs; i++) {
        if (node->outputs[i] == RL_NO_VALUE) {
            return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "output %d is left out", i);
        }
    }
    if (op->parse) {
        return op->parse(ctx, graph, node);
    }
    if (node->attribute_count) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "attribute %.100s is not supported", node->attributes[0].name);
    }
    return RELIEF_OK;
}

static relief_status alloc_graph(rl_onnx_reader *reader, const int counts[COUNTED_FIELDS]) {
    rl_graph *graph = reader->graph;
    void *nodes, *inputs, *outputs;
    relief_status status = rl_graph_alloc(reader->ctx, graph, (size_t)counts[GRAPH_NODE],
                                          sizeof(*graph->nodes), &nodes);
    if (!status) {
        status = rl_graph_alloc(reader->ctx, graph, (size_t)counts[GRAPH_INPUT],
                                sizeof(*graph->inputs), &inputs);
    }
    if (!status) {
        status = rl_graph_alloc(reader->ctx, graph, (size_t)counts[GRAPH_OUTPUT],
                                sizeof(*graph->outputs), &outputs);
    }
    if (status) {
        return status;
    }
    graph->nodes = nodes;
    graph->inputs = inputs;
    graph->outputs = outputs;
    return RELIEF_OK;
}

relief_status rl_onnx_graph(rl_onnx_reader *reader, rl_wire wire) {
    rl_graph *graph = reader->graph;
    int counts[COUNTED_FIELDS];
    relief_status status = count_fields(reader, wire, counts);
    if (!status) {
        status = alloc_graph(reader, counts);
    }
    if (!status) {
        status = visit(reader, wire, GRAPH_INITIALIZER, read_initializer);
    }
    if (!status) {
        status = visit(reader, wire, GRAPH_INPUT, read_input);
    }
    if (!status) {
        status = visit(reader, wire, GRAPH_NODE, read_node);
    }
    if (!status) {
        status = visit(reader, wire, GRAPH_NODE, connect_node);
    }
    if (!status) {
        status = visit(reader, wire, GRAPH_OUTPUT, read_output);
    }
    if (status) {
        return status;
    }
    reader->model->stored_node_count = graph->node_count;
    if (!graph->output_count) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "the graph has no output");
    }
    remove_constants(graph);
    status = rl_onnx_sort(reader);
    for (int i = 0; !status && i < graph->node_count; i++) {
        status = bind_node(reader->ctx, graph, &graph->nodes[i]);
    }
    return status ? status : rl_onnx_widen(reader);
}
