/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/graph.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

relief_status rl_graph_new(relief_ctx *ctx, rl_graph **out) {
    rl_arena *arena;
    *out = NULL;
    relief_status status = rl_arena_new(ctx, &arena);
    if (status) {
        return status;
    }
    rl_graph *graph = rl_arena_alloc(arena, 1, sizeof(*graph));
    if (!graph) {
        rl_arena_free(arena);
        return rl_fail_memory(ctx, sizeof(*graph));
    }
    graph->arena = arena;
    *out = graph;
    return RELIEF_OK;
}

void rl_graph_free(rl_graph *graph) {
    if (!graph) {
        return;
    }
    for (size_t i = 0; i < graph->owned_count; i++) {
        relief_tensor_free(graph->owned[i]);
    }
    rl_free(graph->owned);
    rl_arena_free(graph->arena);
}

relief_status rl_graph_alloc(relief_ctx *ctx, rl_graph *graph, size_t count, size_t size,
                             void **out) {
    *out = rl_arena_alloc(graph->arena, count, size);
    return *out ? RELIEF_OK : rl_fail_memory(ctx, count * size);
}

relief_status rl_graph_add_value(relief_ctx *ctx, rl_graph *graph, const rl_value *value,
                                 int *index) {
    if (graph->value_count == INT_MAX) {
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "too many values in a graph");
    }
    size_t count = (size_t)graph->value_count;
    rl_value added = *value; /* which may be one of those that move */
    if (count >= graph->value_capacity) {
        size_t capacity = count < 32 ? 64 : count * 2;
        void *values;
        relief_status status =
            rl_graph_alloc(ctx, graph, capacity, sizeof(*graph->values), &values);
        if (status) {
            return status;
        }
        if (count) {
            memcpy(values, graph->values, count * sizeof(*graph->values));
        }
        graph->values = values;
        graph->value_capacity = capacity;
    }
    graph->values[count] = added;
    *index = graph->value_count++;
    return RELIEF_OK;
}

relief_status rl_graph_own(relief_ctx *ctx, rl_graph *graph, relief_tensor *tensor) {
    void *owned = graph->owned;
    relief_status status =
        rl_grow(ctx, &owned, &graph->owned_capacity, graph->owned_count + 1, sizeof(void *));
    graph->owned = owned;
    if (status) {
        relief_tensor_free(tensor);
        return status;
    }
    graph->owned[graph->owned_count++] = tensor;
    return RELIEF_OK;
}

const rl_attribute *rl_node_attribute(const rl_node *node, const char *name) {
    for (int i = 0; i < node->attribute_count; i++) {
        if (!strcmp(node->attributes[i].name, name)) {
            return &node->attributes[i];
        }
    }
    return NULL;
}

relief_status rl_fail_node(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                           relief_status status, const char *format, ...) {
    char text[RL_MAX_ERROR_TEXT / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    const char *domain = node->domain ? node->domain : "";
    return rl_fail(ctx, status, "%s%snode %.100s (%.60s%s%.60s, opset %d): %s",
                   graph->source ? graph->source : "", graph->source ? ": " : "",
                   node->name && *node->name ? node->name : "without a name", domain,
                   *domain ? "." : "", node->op_type ? node->op_type : "?", graph->opset, text);
}
