/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nn/passes/passes.h"

relief_status rl_uses_begin(relief_ctx *ctx, const rl_graph *graph, rl_uses *uses) {
    void *ints = NULL, *flags = NULL;
    *uses = (rl_uses){.value_count = graph->value_count};
    relief_status status = rl_calloc_in(ctx, (size_t)graph->value_count, 2 * sizeof(int), &ints);
    if (!status)
        status = rl_calloc_in(ctx, (size_t)graph->node_count, sizeof(bool), &flags);
    if (status) {
        rl_free(ints);
        return status;
    }
    uses->producer = ints;
    uses->count = uses->producer + graph->value_count;
    uses->removed = flags;
    for (int i = 0; i < graph->value_count; i++)
        uses->producer[i] = -1;
    for (int i = 0; i < graph->node_count; i++) {
        const rl_node *node = &graph->nodes[i];
        for (int k = 0; k < node->input_count; k++)
            if (node->inputs[k] != RL_NO_VALUE)
                uses->count[node->inputs[k]]++;
        for (int k = 0; k < node->output_count; k++)
            if (node->outputs[k] != RL_NO_VALUE)
                uses->producer[node->outputs[k]] = i;
    }
    for (int i = 0; i < graph->output_count; i++)
        uses->count[graph->outputs[i]]++;
    return RELIEF_OK;
}

/* Mark what nobody needs any more, from the last node to the first. */
static void mark_dead(const rl_graph *graph, rl_uses *uses) {
    memset(uses->count, 0, (size_t)uses->value_count * sizeof *uses->count);
    for (int i = 0; i < graph->output_count; i++)
        uses->count[graph->outputs[i]]++;
    for (int i = graph->node_count - 1; i >= 0; i--) {
        const rl_node *node = &graph->nodes[i];
        bool live = false;
        for (int k = 0; k < node->output_count; k++)
            live = live || (node->outputs[k] != RL_NO_VALUE && uses->count[node->outputs[k]]);
        uses->removed[i] = uses->removed[i] || !live;
        for (int k = 0; !uses->removed[i] && k < node->input_count; k++)
            if (node->inputs[k] != RL_NO_VALUE && node->inputs[k] < uses->value_count)
                uses->count[node->inputs[k]]++;
    }
}

void rl_uses_end(rl_graph *graph, rl_uses *uses) {
    int kept = 0;
    mark_dead(graph, uses);
    for (int i = 0; i < graph->node_count; i++)
        if (!uses->removed[i])
            graph->nodes[kept++] = graph->nodes[i];
    graph->node_count = kept;
    rl_free(uses->producer);
    rl_free(uses->removed);
}

int rl_uses_sole_producer(const rl_uses *uses, const rl_graph *graph, int value) {
    if (value == RL_NO_VALUE || value >= uses->value_count || uses->count[value] != 1)
        return -1;
    const int node = uses->producer[value];
    if (node < 0 || graph->nodes[node].outputs[0] != value)
        return -1;
    for (int i = 1; i < graph->nodes[node].output_count; i++)
        if (graph->nodes[node].outputs[i] != RL_NO_VALUE)
            return -1;
    return node;
}

void rl_uses_replace(rl_uses *uses, rl_graph *graph, int node, int last) {
    const int value = graph->nodes[last].outputs[0];
    graph->nodes[node].outputs[0] = value;
    uses->producer[value] = node;
    uses->removed[last] = true;
}

bool rl_same_shape(const rl_value *a, const rl_value *b) {
    return a->rank == b->rank && a->rank >= 0 &&
           !memcmp(a->dims, b->dims, (size_t)a->rank * sizeof a->dims[0]);
}
