/* SPDX-License-Identifier: Apache-2.0 */
/* What runs a specialised graph: kernels and the memory that they work in.
 *
 * Tensors of a backend are handles (buffer + offset); nobody but the backend touches what is behind
 * them, which may be another device's memory. The order of calls for one plan (plan.c):
 *   program_new; for every node in order: supports, then prepare, or nothing when the node runs on
 * the host by its reference kernel (values cross by download and upload); value_bytes and
 * scratch_bytes, from which plan.c lays out one buffer by lifetimes. For every run, in a buffer of
 * buffer_new that is large enough, the same one or another, with anything in it: upload inputs, run
 * node by node (may return before the work is done), wait, download outputs. Calls for one program
 * come from one thread at a time. What a call makes is in *out on success alone. */
#ifndef RELIEF_NN_BACKEND_H
#define RELIEF_NN_BACKEND_H

#include "nn/graph.h"
#include "nn/prepared.h"

typedef struct rl_backend rl_backend; /* an open device */
typedef struct rl_program rl_program; /* kernels and constants of one specialised graph */
typedef struct rl_buffer rl_buffer;   /* memory on the device */

/* The numbers that a network computes in. Its inputs, outputs and constants are what the file says;
 * what lies between may be kept and multiplied in narrower ones. Sums are always of f32. */
typedef enum rl_precision {
    RL_PRECISION_F32 = 1,
    RL_PRECISION_BF16 /* floats of the network in bfloat16 where a kernel takes it */
} rl_precision;

/* Where a value lives during a run; buffer NULL: nowhere (a constant, or not on this backend). */
typedef struct rl_handle {
    rl_buffer *buffer;
    size_t offset; /* bytes, a multiple of RL_ALIGNMENT */
} rl_handle;

/* Each backend begins its struct with this table. */
typedef struct rl_backend_api {
    const char *name; /* "reference", "onednn" */

    /* Open the device with the context's threads; close frees it. */
    relief_status (*open)(relief_ctx *ctx, rl_backend **out);
    void (*close)(rl_backend *backend);

    relief_status (*buffer_new)(relief_ctx *ctx, rl_backend *backend, size_t bytes,
                                rl_buffer **out);
    void (*buffer_free)(rl_backend *backend, rl_buffer *buffer);

    /* Begin a program. The graph outlives it and does not change any more; all sizes in it are
     * concrete. */
    relief_status (*program_new)(relief_ctx *ctx, rl_backend *backend, const rl_graph *graph,
                                 rl_program **out);
    void (*program_free)(rl_program *program);

    /* Whether this node can run here, epilogue included. A pure question about the node and its
     * values. */
    bool (*supports)(const rl_program *program, int node);
    /* Make the node's kernel; upload and reorder its constants; choose the layout of its outputs.
     */
    relief_status (*prepare)(relief_ctx *ctx, rl_program *program, int node);
    /* A value that a host kernel makes, or a graph input, will be uploaded: choose its layout
     * (before its first consumer is prepared). */
    relief_status (*declare)(relief_ctx *ctx, rl_program *program, int value);

    /* Bytes that a value takes in the layout chosen for it. */
    size_t (*value_bytes)(const rl_program *program, int value);
    /* Scratch that the largest kernel wants; one area is shared by all. */
    size_t (*scratch_bytes)(const rl_program *program);
    /* Position in the node's inputs of the value whose memory the first output should take over if
     * that value is not needed any more, -1: none. The kernel copes with either. */
    int (*in_place_input)(const rl_program *program, int node);

    /* Between a row-major host tensor and a handle, in the value's layout. `from` may go when
     * upload returns; download is called after wait. */
    relief_status (*upload)(relief_ctx *ctx, rl_program *program, int value,
                            const relief_tensor *from, rl_handle to);
    relief_status (*download)(relief_ctx *ctx, rl_program *program, int value, rl_handle from,
                              relief_tensor *to);

    /* Queue the node's kernel. `handles` has one entry for each value of the graph. */
    relief_status (*run)(relief_ctx *ctx, rl_program *program, int node, const rl_handle *handles,
                         rl_handle scratch);
    /* Wait until all that is queued is done; reports its failures. */
    relief_status (*wait)(relief_ctx *ctx, rl_program *program);

    /* Optional: false and NULL stand for a backend that reads the graph's constants while it runs.
     */

    /* prepare() has copied what its kernel needs of every constant, so that the graph's own data
     * may go afterwards. */
    bool copies_constants;
    /* Bytes of constants in the form that the kernels read; NULL: those of the graph. */
    size_t (*constant_bytes)(const rl_program *program);
    /* The program's part of them, where programs of one backend share some: those divided among
     * their users. NULL: all of them. */
    size_t (*constant_part)(const rl_program *program);
    /* Values brought from one layout to another by kernels, in all runs until now; NULL: none. */
    int64_t (*conversion_count)(const rl_program *program);

    /* Whether this processor has instructions for a precision other than f32, so that it is faster;
     * nothing is emulated. NULL: it has not. */
    bool (*computes_in)(rl_precision precision);
    /* The instructions that the kernels are made of, for outputs to record: for one set of them the
     * bits are the same. NULL: "plain". */
    const char *(*instruction_set)(void);
    /* The program's list of packed constants, empty after program_new; plan.c says there which
     * cache to look into. NULL: nothing is kept. */
    rl_prepared_list *(*prepared)(rl_program *program);
} rl_backend_api;

/* Every rl_backend, rl_program and rl_buffer begins with these. */
struct rl_backend {
    const rl_backend_api *api;
    rl_precision precision; /* of the programs begun from now on; 0 is f32 */
};
struct rl_program {
    rl_backend *backend;
    const rl_graph *graph;
};

/* The table of a backend by name; NULL or "auto": the fastest that is built in and that this
 * processor runs. NULL when there is none of the name. */
const rl_backend_api *rl_backend_find(const char *name);

/* Whether a backend computes in a precision on this processor; f32 always. */
bool rl_backend_computes_in(const rl_backend_api *backend, rl_precision precision);
/* "f32", "bf16". */
const char *rl_precision_name(rl_precision precision);
/* The precision of this name; 0 when there is none. */
rl_precision rl_precision_find(const char *name);
const char *rl_backend_instruction_set(const rl_backend_api *backend);

extern const rl_backend_api rl_backend_reference;
#ifdef RL_HAVE_ONEDNN
extern const rl_backend_api rl_backend_onednn;
#endif

#endif
