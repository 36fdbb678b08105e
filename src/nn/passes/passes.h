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

/* Clip, Relu and Add of values of the same shape become the epilogue of the node in front. */
RELIEF_CHECKED relief_status rl_pass_fuse_epilogues(relief_ctx *ctx, rl_graph *graph);

/* ---- what the passes share ---- */

/* Who makes and who reads the values. Made for the values that there are when a pass begins. */
typedef struct rl_uses {
    int value_count;
    int *producer; /* of each value: node index; -1: an input or a constant */
    int *count;    /* readings by nodes, and by the graph's outputs */
    bool *removed; /* of each node: to be taken out by rl_uses_end() */
} rl_uses;

RELIEF_CHECKED relief_status rl_uses_begin(relief_ctx *ctx, const rl_graph *graph, rl_uses *uses);
/* Take out the removed nodes and free the lists. */
void rl_uses_end(rl_graph *graph, rl_uses *uses);
/* The node that makes `value` as its first output, for this one reader alone; -1: there is none
 * such. */
int rl_uses_sole_producer(const rl_uses *uses, const rl_graph *graph, int value);
/* Let `node` give what `last` gave, which is removed. */
void rl_uses_replace(rl_uses *uses, rl_graph *graph, int node, int last);

bool rl_same_shape(const rl_value *a, const rl_value *b);

#endif
