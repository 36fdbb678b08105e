/* SPDX-License-Identifier: Apache-2.0 */
/* A loaded network, ready to run at any input size that its graph allows. What the other rooms see
 * of nn. */
#ifndef RELIEF_NN_NET_H
#define RELIEF_NN_NET_H

#include "nn/backend.h"
#include "nn/specialise.h"

typedef struct rl_net rl_net;

/* Read an .onnx file (mapped), check every operator, and open the backend. `backend` as for
 * rl_backend_find(). Errors: as relief_model_load(). The caller frees *out with rl_net_free(). */
RELIEF_CHECKED relief_status rl_net_load(relief_ctx *ctx, const char *path,
                                         const rl_backend_api *backend, rl_net **out);
/* As rl_net_load, from memory that must outlive the net (the built-in network); external data is
 * refused. */
RELIEF_CHECKED relief_status rl_net_load_memory(relief_ctx *ctx, const void *data, size_t size,
                                                const char *name, const rl_backend_api *backend,
                                                rl_net **out);
void rl_net_free(rl_net *net);

/* Compute in this precision, which the backend must have (rl_backend_computes_in()), from now on.
 * Before the first run, by the thread that has loaded the net. A net begins with f32. */
void rl_net_set_precision(rl_net *net, rl_precision precision);
rl_precision rl_net_precision(const rl_net *net);
/* Whether it multiplies numbers of 8 bits, since the file is quantised; the precision is that of
 * the rest. */
bool rl_net_is_quantised(const rl_net *net);

/* The graph as loaded: names, free sizes, constants. Borrowed. */
const rl_graph *rl_net_graph(const rl_net *net);
/* The `metadata_props` entry `key` of the file; NULL when absent. Borrowed. */
const char *rl_net_metadata(const rl_net *net, const char *key);
/* Bytes of the file and its external data; elements of all initialisers. */
int64_t rl_net_file_bytes(const rl_net *net);
int64_t rl_net_parameter_count(const rl_net *net);
/* Nodes as stored in the file, with the Constant nodes that rl_net_graph() has as values. */
int rl_net_stored_node_count(const rl_net *net);
const char *rl_net_backend_name(const rl_net *net);
const char *rl_net_instruction_set(const rl_net *net);
/* The mapped bytes of the file itself, for hashing. */
const uint8_t *rl_net_file_data(const rl_net *net, size_t *size);

/* Look into this cache for packed constants, from now on; before the first run. `cache` outlives
 * the net. */
void rl_net_use_cache(rl_net *net, const rl_prepared_cache *cache);
/* The files that constants lie in, in the order of rl_prepared_key; borrowed. None for a network in
 * memory. */
rl_mapping *const *rl_net_files(const rl_net *net, size_t *count);
/* Most bytes of its files are going to be read: by those who hash them, and in the first run of a
 * network that finds nothing in a cache. Until then they are read here and there. */
void rl_net_reads_all(const rl_net *net);
/* Call `visit` for all that the plans of the net have packed, or found in the cache, until it gives
 * false. No run may begin or end meanwhile. */
typedef bool (*rl_prepared_fn)(void *user, const rl_prepared *item);
void rl_net_each_prepared(const rl_net *net, rl_prepared_fn visit, void *user);

/* As relief_model_run(). Thread-safe: plans are kept in the net behind a lock. */
RELIEF_CHECKED relief_status rl_net_run(relief_ctx *ctx, const rl_net *net,
                                        relief_tensor *const *inputs, relief_tensor **outputs);
/* Make a plan for inputs of these sizes, one for each input of the graph, so that the first run
 * need not. Thread-safe; a run meanwhile waits for the plan. */
RELIEF_CHECKED relief_status rl_net_prepare(relief_ctx *ctx, const rl_net *net,
                                            const rl_shape *shapes);
/* As relief_model_profile(); a `profile` of NULL: no times are taken. */
RELIEF_CHECKED relief_status rl_net_profile(relief_ctx *ctx, const rl_net *net,
                                            relief_tensor *const *inputs, relief_tensor **outputs,
                                            relief_profile *profile);

/* Figures about the plan for the inputs of the last run: for tests, benchmarks and docs. */
typedef struct rl_net_stats {
    int node_count;        /* after folding and fusing */
    int host_node_count;   /* that fell back to the reference kernel beside the backend */
    size_t arena_bytes;    /* one buffer for all values */
    size_t live_bytes;     /* largest set of values alive at once */
    size_t constant_bytes; /* weights in the form used */
    size_t scratch_bytes;
} rl_net_stats;
void rl_net_get_stats(const rl_net *net, rl_net_stats *stats);

#endif
