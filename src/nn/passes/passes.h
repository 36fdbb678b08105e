/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a specialised graph before it runs: nodes that a neighbour can do on the way are
 * taken out. The values of the graph's outputs stay what they were, up to rounding. */
#ifndef RELIEF_NN_PASSES_PASSES_H
#define RELIEF_NN_PASSES_PASSES_H

#include "nn/graph.h"

/* All passes, in order. Errors: _MEMORY; the graph can then only be freed. */
RELIEF_CHECKED relief_status rl_pass_fuse(relief_ctx *ctx, rl_graph *graph);

/* A BatchNormalization, or a Mul, Div, Add or Sub with one constant a channel (or one for all),
 * behind a Conv becomes part of the Conv's weights and bias. */
RELIEF_CHECKED relief_status rl_pass_fold_scales(relief_ctx *ctx, rl_graph *graph);

/* LayerNormalization and Gelu from the nodes that exporters write for them, and
 * GroupNormalization from those around an InstanceNormalization. */
RELIEF_CHECKED relief_status rl_pass_find_norms(relief_ctx *ctx, rl_graph *graph);
RELIEF_CHECKED relief_status rl_pass_find_gelu(relief_ctx *ctx, rl_graph *graph);

/* A MatMul or Gemm with constant weights becomes a Linear, together with a constant that is added
 * to its rows, and with one that its columns are multiplied with. */
RELIEF_CHECKED relief_status rl_pass_find_linear(relief_ctx *ctx, rl_graph *graph);

/* MatMul - Softmax - MatMul becomes an Attention, which reads its three inputs wherever Split,
 * Transpose, Reshape and the like would take them from, and writes its rows where a Transpose and a
 * Reshape behind it would put them. */
RELIEF_CHECKED relief_status rl_pass_find_attention(relief_ctx *ctx, rl_graph *graph);

/* A 1x1 convolution behind a Resize that enlarges goes in front of it, where pixels are fewer. */
RELIEF_CHECKED relief_status rl_pass_swap_resize(relief_ctx *ctx, rl_graph *graph);

/* Clip, Relu, Gelu and Add of values of the same shape become the epilogue of the node in front. */
RELIEF_CHECKED relief_status rl_pass_fuse_epilogues(relief_ctx *ctx, rl_graph *graph);

/* Conv, Add, Relu, Resize and the like between DequantizeLinear and QuantizeLinear become operators
 * on the quantised numbers. To be done to a graph as it was read, whose sizes may be free; nodes
 * that nobody needs any more stay. */
RELIEF_CHECKED relief_status rl_pass_fold_quantised(relief_ctx *ctx, rl_graph *graph);

/* ---- what the passes share ---- */

/* Who makes and who reads the values. Made for the values that there are when a pass begins. */
typedef struct rl_uses {
    int value_count;
    int *producer; /* of each value: node index; -1: an input or a constant */
    int *count;    /* readings by nodes, and by the graph's outputs */
    bool *removed; /* of each node: to be taken out by rl_uses_end() */
} rl_uses;

RELIEF_CHECKED relief_status rl_uses_begin(relief_ctx *ctx, const rl_graph *graph, rl_uses *uses);
/* Take out the removed nodes and those that nobody needs any more, and free the lists. */
void rl_uses_end(rl_graph *graph, rl_uses *uses);
/* The node that makes `value` as its first output, for this one reader alone; -1: there is none
 * such. */
int rl_uses_sole_producer(const rl_uses *uses, const rl_graph *graph, int value);
/* Let `node` give what `last` gave, which is removed. */
void rl_uses_replace(rl_uses *uses, rl_graph *graph, int node, int last);

bool rl_same_shape(const rl_value *a, const rl_value *b);

/* Patterns are matched against the data flow: the last node is replaced, and what then has no
 * reader goes when the pass ends. */

/* Whether a node is this operator of the default domain. */
bool rl_node_is(const rl_node *node, const char *name);
/* The node that makes `value` as its first output, if it is this operator and nothing has been
 * fused into it; NULL: it is not. */
rl_node *rl_match_producer(const rl_uses *uses, rl_graph *graph, int value, const char *name);
/* Whether a value is a float constant of one element. */
bool rl_match_scalar(const rl_graph *graph, int value, float *out);
/* Whether a value is a float constant of `count` elements along its last axis. */
bool rl_match_row(const rl_graph *graph, int value, int64_t count);
/* As above for a node of two inputs in any order: *other is the one that is not the constant. */
bool rl_match_with_scalar(const rl_graph *graph, const rl_node *node, int *other, float *out);

/* Make `node` another one of `count` inputs that gives the same value. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_node_become(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                            const struct rl_op *op, const int *inputs, int count);
/* Zero-filled parameters for it, owned by the graph. */
RELIEF_CHECKED relief_status rl_node_new_params(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                                size_t bytes, void **out);
/* A float constant of the graph's own like `shape`, whose elements are not set. */
RELIEF_CHECKED relief_status rl_graph_new_constant(relief_ctx *ctx, rl_graph *graph,
                                                   const rl_value *shape, relief_tensor **tensor,
                                                   int *value);

#endif
