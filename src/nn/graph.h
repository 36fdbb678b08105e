/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of a network: values, and nodes in an order in which they can run.
 *
 * A graph is read from a file with sizes that may be free (-1). Before it runs it is specialised to
 * concrete input sizes (specialise.c): every size is inferred, whatever depends on sizes and
 * constants alone is computed once, and passes/ fuse what is left. All of it lives in one arena;
 * values and nodes are named by index, so that copies are cheap. */
#ifndef RELIEF_NN_GRAPH_H
#define RELIEF_NN_GRAPH_H

#include "base/memory.h"
#include "base/status.h"
#include "nn/tensor.h"

#define RL_NO_VALUE (-1)
#define RL_MAX_EPILOGUE 4

struct rl_op;

/* One value: an input, a constant, or what a node gives. */
typedef struct rl_value {
    const char *name;
    relief_dtype dtype;            /* 0: not known yet */
    int rank;                      /* -1: not known yet */
    int64_t dims[RELIEF_MAX_RANK]; /* -1: free */
    const relief_tensor *constant; /* NULL: computed at run time. May point into the mapped file. */
} rl_value;

typedef enum rl_attribute_type {
    RL_ATTRIBUTE_FLOAT = 1,
    RL_ATTRIBUTE_INT = 2,
    RL_ATTRIBUTE_STRING = 3,
    RL_ATTRIBUTE_TENSOR = 4,
    RL_ATTRIBUTE_FLOATS = 6,
    RL_ATTRIBUTE_INTS = 7,
    RL_ATTRIBUTE_STRINGS = 8,
    RL_ATTRIBUTE_OTHER = 0 /* graphs and the like: refused by name where an operator needs them */
} rl_attribute_type;

typedef struct rl_attribute {
    const char *name;
    rl_attribute_type type;
    float f;
    int64_t i;
    const char *s;
    int64_t count; /* of floats, ints */
    const float *floats;
    const int64_t *ints;
    const relief_tensor *tensor;
} rl_attribute;

/* What is done to a node's first output on its way out, in order; the result of fusing later nodes
 * into it. */
typedef enum rl_epilogue_kind {
    RL_EPILOGUE_CLIP, /* min(max(x, lo), hi); ReLU is lo = 0, hi = +infinity */
    RL_EPILOGUE_ADD,  /* x + inputs[input], of the same shape: a residual connection */
    RL_EPILOGUE_GELU  /* Gelu; only behind a Linear */
} rl_epilogue_kind;

typedef struct rl_epilogue {
    rl_epilogue_kind kind;
    float lo, hi;
    int input;      /* position in the node's inputs */
    bool tanh_form; /* of Gelu */
} rl_epilogue;

typedef struct rl_node {
    const char *name;
    const char *op_type;
    const char *domain;     /* "" for the default operator set */
    const struct rl_op *op; /* the row of the operator table */
    int input_count, output_count;
    int *inputs; /* value indices, RL_NO_VALUE for one that is left out */
    int *outputs;
    int attribute_count;
    const rl_attribute *attributes;
    const void *params;  /* attributes as the operator parsed them; see the operator's header */
    int own_input_count; /* inputs of the operator itself; later ones belong to the epilogue */
    int epilogue_count;
    rl_epilogue epilogue[RL_MAX_EPILOGUE];
} rl_node;

typedef struct rl_graph {
    rl_arena *arena;
    int opset; /* of the default domain */
    int value_count;
    rl_value *values;
    int node_count;
    rl_node *nodes; /* every node stands after those it depends on */
    int input_count, output_count;
    int *inputs, *outputs; /* value indices, in the file's order; constants are not inputs */
    const char *source;    /* the file's name for messages, NULL: none */
    size_t value_capacity; /* of `values`, see rl_graph_add_value() */
    relief_tensor **owned; /* constants made after reading, see rl_graph_own() */
    size_t owned_count, owned_capacity;
} rl_graph;

/* An empty graph with an arena; rl_graph_free() frees both and the constants that it owns. */
RELIEF_CHECKED relief_status rl_graph_new(relief_ctx *ctx, rl_graph **out);
void rl_graph_free(rl_graph *graph);

/* Zero-filled memory that lives as long as the graph. */
RELIEF_CHECKED relief_status rl_graph_alloc(relief_ctx *ctx, rl_graph *graph, size_t count,
                                            size_t size, void **out);

/* Append a copy of `value`; its index goes to *index. Moves graph->values: pointers into it end
 * here. */
RELIEF_CHECKED relief_status rl_graph_add_value(relief_ctx *ctx, rl_graph *graph,
                                                const rl_value *value, int *index);

/* Let the graph own a tensor (of rl_tensor_new()), which is freed at once when that fails. It is
 * meant for one value's `constant`: when the backend has copied what it needs, the data goes and
 * the tensor keeps its sizes alone. */
RELIEF_CHECKED relief_status rl_graph_own(relief_ctx *ctx, rl_graph *graph, relief_tensor *tensor);

/* The attribute of this name, NULL when it is absent. */
const rl_attribute *rl_node_attribute(const rl_node *node, const char *name);

/* Fail with "FILE: node NAME (OP, opset N): ..." in front of the text. */
relief_status rl_fail_node(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                           relief_status status, const char *format, ...) RL_PRINTF(5, 6);

#endif
