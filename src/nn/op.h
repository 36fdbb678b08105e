/* SPDX-License-Identifier: Apache-2.0 */
/* The operator table: what an operator accepts, the shape it gives, and its plain kernel.
 *
 * One file an operator (or a family that shares its loop) in ops/; ops/table.c lists them all. The
 * kernels here are the oracle: naive, readable and kept for ever; backends are compared with them.
 */
#ifndef RELIEF_NN_OP_H
#define RELIEF_NN_OP_H

#include "nn/graph.h"

/* Read and check a node's attributes; *params (arena memory, may stay NULL) is what the other two
 * get in node->params. Refuses every attribute value that is not supported, by name, with
 * rl_fail_node(). Runs once, when the file is loaded. */
typedef relief_status (*rl_op_parse_fn)(relief_ctx *ctx, rl_graph *graph, rl_node *node);

/* Set dtype, rank and dims of the node's outputs. All input sizes are known and none is free;
 * inputs that are constants have their tensor in the value. Refuses impossible shapes and types
 * with rl_fail_node(). */
typedef relief_status (*rl_op_infer_fn)(relief_ctx *ctx, rl_graph *graph, const rl_node *node);

/* Compute the outputs, whose memory is there and has the inferred shape. An input that is left out
 * is NULL. Input data is aligned for its type. The epilogue is not the operator's business. Errors:
 * _MEMORY for scratch. */
typedef relief_status (*rl_op_run_fn)(relief_ctx *ctx, const rl_node *node,
                                      const relief_tensor *const *inputs,
                                      relief_tensor *const *outputs);

typedef struct rl_op {
    const char *name;           /* with its domain in front where that is not the default one */
    int since, until;           /* opsets that this row is for, inclusive; until 0: no end known */
    int min_inputs, max_inputs; /* max -1: any number */
    int min_outputs, max_outputs;
    rl_op_parse_fn parse; /* NULL: no attributes */
    rl_op_infer_fn infer;
    rl_op_run_fn run;
} rl_op;

/* The row for an operator of a domain ("" is the default) in an opset; NULL when there is none. */
const rl_op *rl_op_find(const char *domain, const char *name, int opset);
/* All rows; *count of them. */
const rl_op *const *rl_op_table(int *count);

/* Run a node's kernel and its epilogue on host tensors. */
RELIEF_CHECKED relief_status rl_node_run_reference(relief_ctx *ctx, const rl_node *node,
                                                   const relief_tensor *const *inputs,
                                                   relief_tensor *const *outputs);

/* Multidirectional broadcasting (ONNX "Broadcasting"): the shape of a op b; false when they do not
 * fit. */
bool rl_broadcast(int rank_a, const int64_t *dims_a, int rank_b, const int64_t *dims_b, int *rank,
                  int64_t *dims);

#endif
