/* SPDX-License-Identifier: Apache-2.0 */
/* Times of a network's nodes, added up over runs. */
#ifndef RELIEF_NN_PROFILE_H
#define RELIEF_NN_PROFILE_H

#include "nn/graph.h"

/* One node of the network as it runs, or the way in and out. */
typedef struct rl_profile_entry {
    const char *name, *type; /* borrowed from the profile */
    double seconds;          /* of all runs */
    double work;             /* multiplications and additions of one run, see rl_node_work() */
    int64_t conversions;     /* between layouts, of all runs */
    bool on_host;
} rl_profile_entry;

struct relief_profile {
    rl_arena *arena; /* of the names */
    int runs;
    int count; /* the graph's nodes, then upload, then download */
    rl_profile_entry *entries;
};

/* Get ready for one more run of `graph`; what runs of another graph left is forgotten. */
RELIEF_CHECKED relief_status rl_profile_begin(relief_ctx *ctx, struct relief_profile *profile,
                                              const rl_graph *graph);

/* Multiplications and additions that a node of a specialised graph asks for, by the plain formula:
 * those of convolutions and matrix products; 0 for all others. */
double rl_node_work(const rl_graph *graph, const rl_node *node);

#endif
