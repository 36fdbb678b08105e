/* SPDX-License-Identifier: Apache-2.0 */
/* From a graph with free sizes to one for given input sizes. */
#ifndef RELIEF_NN_SPECIALISE_H
#define RELIEF_NN_SPECIALISE_H

#include "nn/graph.h"

typedef struct rl_shape {
    int rank;
    int64_t dims[RELIEF_MAX_RANK];
} rl_shape;

/* How much may be computed ahead. */
typedef struct rl_fold_limits {
    int64_t elements; /* of one result */
    size_t bytes;     /* of all results that are kept at the same time */
} rl_fold_limits;

/* Enough for weights that are stored packed, and too little for a small file to ask for much
 * memory. */
rl_fold_limits rl_fold_limits_for(const rl_graph *graph);

/* Copy `graph` for one shape an input (in the order of graph->inputs), infer all sizes, compute
 * what depends on constants and sizes alone, drop what nothing needs. Names, attributes and
 * constants of the file stay borrowed from `graph`. Errors: _ARG (shapes that the graph does not
 * take), those of the operators, _MEMORY, _CANCELLED. The caller frees *out with rl_graph_free().
 */
RELIEF_CHECKED relief_status rl_specialise(relief_ctx *ctx, const rl_graph *graph,
                                           const rl_shape *inputs, rl_fold_limits limits,
                                           rl_graph **out);

#endif
