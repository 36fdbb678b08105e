/* SPDX-License-Identifier: Apache-2.0 */
/* Depth-first order of the nodes: whoever comes after its inputs already keeps its place. */
#include "nn/onnx/onnx_reader.h"

typedef enum colour { WHITE, GREY, BLACK } colour; /* not seen, waits for its inputs, placed */

typedef struct sorting {
    const rl_graph *graph;
    const int *producer; /* of each value, -1: none */
    colour *colours;     /* of each node */
    int *stack;          /* nodes that wait, the innermost last */
    int *next_input;     /* of each node, the first input not looked at yet */
    int *order;
    int placed;
} sorting;

/* Place a node after all that it needs; the node that needs itself, or -1. */
static int place(sorting *s, int root) {
    int depth = 0;
    s->stack[depth++] = root;
    s->colours[root] = GREY;
    while (depth > 0) {
        int top = s->stack[depth - 1], input = s->next_input[top]++;
        const rl_node *node = &s->graph->nodes[top];
        if (input == node->input_count) {
            s->colours[top] = BLACK;
            s->order[s->placed++] = top;
            depth--;
            continue;
        }
        int value = node->inputs[input];
        int needed = value == RL_NO_VALUE ? -1 : s->producer[value];
        if (needed < 0 || s->colours[needed] == BLACK) {
            continue;
        }
        if (s->colours[needed] == GREY) {
            return needed;
        }
        s->colours[needed] = GREY;
        s->stack[depth++] = needed;
    }
    return -1;
}

relief_status rl_onnx_sort(rl_onnx_reader *reader) {
    rl_graph *graph = reader->graph;
    size_t nodes = (size_t)graph->node_count, values = (size_t)graph->value_count;
    void *memory, *sorted_nodes;
    relief_status status = rl_calloc_in(reader->ctx, values + 4 * nodes + 1, sizeof(int), &memory);
    if (status) {
        return status;
    }
    status = rl_graph_alloc(reader->ctx, graph, nodes, sizeof(rl_node), &sorted_nodes);
    if (status) {
        rl_free(memory);
        return status;
    }
    int *producer = memory, *lists = producer + values;
    sorting s = {.graph = graph,
                 .producer = producer,
                 .stack = lists,
                 .next_input = lists + nodes,
                 .order = lists + 2 * nodes,
                 .colours = (colour *)(lists + 3 * nodes)};
    for (size_t i = 0; i < values; i++) {
        producer[i] = -1;
    }
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].output_count; j++) {
            if (graph->nodes[i].outputs[j] != RL_NO_VALUE) {
                producer[graph->nodes[i].outputs[j]] = i;
            }
        }
    }
    int cycle = -1;
    for (int i = 0; i < graph->node_count && cycle < 0; i++) {
        if (s.colours[i] == WHITE) {
            cycle = place(&s, i);
        }
    }
    rl_node *sorted = sorted_nodes;
    if (cycle >= 0) {
        status = rl_fail_node(reader->ctx, graph, &graph->nodes[cycle], RELIEF_ERROR_FORMAT,
                              "depends on its own output");
    } else {
        for (int i = 0; i < graph->node_count; i++) {
            sorted[i] = graph->nodes[s.order[i]];
        }
        graph->nodes = sorted;
    }
    rl_free(memory);
    return status;
}
