/* SPDX-License-Identifier: Apache-2.0 */
/* A network made ready for one set of input shapes: kernels, and one buffer in which all values
 * have their places. */
#ifndef RELIEF_NN_PLAN_H
#define RELIEF_NN_PLAN_H

#include "base/os.h"
#include "nn/backend.h"
#include "nn/net.h"
#include "nn/specialise.h"

typedef struct rl_plan rl_plan;

/* What plans of one network share. */
typedef struct rl_plan_source {
    const rl_graph *graph; /* as loaded */
    rl_backend *backend;
    rl_mapping *const *mappings; /* files that constants may point into */
    size_t mapping_count;
    const rl_prepared_cache *cache; /* of packed constants; NULL: none */
} rl_plan_source;

/* Specialise, fuse, make kernels, lay out memory. `source` and what it names outlive the plan.
 * Constants that the backend has copied are given back: folded ones are freed, pages of the files
 * dropped. Errors: _ARG (shapes), _UNSUPPORTED, _LIMIT, _MEMORY, _CANCELLED. The caller frees *out
 * with rl_plan_free(). */
RELIEF_CHECKED relief_status rl_plan_new(relief_ctx *ctx, const rl_plan_source *source,
                                         const rl_shape *inputs, rl_plan **out);
void rl_plan_free(rl_plan *plan);

/* Bytes of the buffer that a run wants. */
size_t rl_plan_buffer_bytes(const rl_plan *plan);

/* Run once (run.c) in a buffer of the backend's, which is this run's alone. One thread at a time.
 * *outputs: new tensors, none on failure. `profile`: where the nodes' times are added up, NULL:
 * nowhere. */
RELIEF_CHECKED relief_status rl_plan_run(relief_ctx *ctx, rl_plan *plan, rl_buffer *buffer,
                                         relief_tensor *const *inputs, relief_tensor **outputs,
                                         relief_profile *profile);

/* What the plan has packed of its constants, or found in the cache; NULL: nothing is kept. */
const rl_prepared_list *rl_plan_prepared(const rl_plan *plan);

/* Bytes of constants that the plan takes memory with: those that it shares with other plans of its
 * network are divided among them. */
size_t rl_plan_constant_part(const rl_plan *plan);

const rl_net_stats *rl_plan_stats(const rl_plan *plan);
/* Whether the plan is for these shapes. */
bool rl_plan_is_for(const rl_plan *plan, const rl_shape *inputs);

/* The inside, for plan.c and run.c alone. */
struct rl_plan {
    const rl_plan_source *source;
    const rl_backend_api *api;
    rl_graph *graph;  /* specialised and fused */
    rl_shape *shapes; /* of the inputs */
    rl_program *program;
    rl_handle *handles; /* of each value, in the buffer of the run that goes on */
    bool *placed;       /* of each value: has a place in the buffer */
    rl_handle scratch;
    bool *on_host; /* of each node: runs by its reference kernel */
    rl_net_stats stats;
};

#endif
