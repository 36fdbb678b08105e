/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the oneDNN backend: programs, kernels, and how kernels get at their inputs.
 *
 * Values of rank 4 are kept in blocks of as many channels as a vector has floats, which is what the
 * library's fast kernels want; those that cross from and to the host rarely stay row-major. A
 * kernel says which blocks it wants its inputs in; where a value lies otherwise, it is converted
 * into scratch memory first, and counted. */
#ifndef RELIEF_NN_ONEDNN_PROGRAM_H
#define RELIEF_NN_ONEDNN_PROGRAM_H

#include "nn/backend.h"
#include "nn/onednn/api.h"
#include "nn/onednn/layout.h"

typedef struct rl_onednn_program rl_onednn_program;
typedef struct rl_onednn_kernel rl_onednn_kernel;

/* What a kernel is run with. */
typedef struct rl_onednn_call {
    relief_ctx *ctx;
    rl_onednn_program *program;
    const rl_node *node;
    const rl_handle *handles;
    char *scratch;
} rl_onednn_call;

/* Each kind of kernel begins its struct with this. */
struct rl_onednn_kernel {
    relief_status (*run)(const rl_onednn_kernel *kernel, const rl_onednn_call *call);
    void (*free)(rl_onednn_kernel *kernel); /* NULL: rl_free is enough */
    size_t scratch_bytes;
    int in_place_input; /* as rl_backend_api.in_place_input */
};

/* A constant in one form that kernels read it in. */
typedef struct rl_onednn_packed {
    int64_t form;
    void *data;  /* one of the program's constants */
    size_t next; /* entry of the same value, counted from 1; 0: the last */
} rl_onednn_packed;

struct rl_onednn_program {
    rl_program base;
    rl_dnnl *dnnl;
    int64_t vector;             /* the block of most values */
    int64_t *blocks;            /* of each value; 0: not chosen yet */
    rl_onednn_kernel **kernels; /* of each node; NULL: runs on the host */
    void **constants;           /* packed; freed with the program */
    size_t constant_count, constant_capacity;
    size_t constant_bytes, constant_limit;
    size_t *packed_first; /* of each value: as rl_onednn_packed.next */
    rl_onednn_packed *packed;
    size_t packed_count, packed_capacity;
    size_t scratch_bytes;
    int64_t conversion_count; /* between blocked and row-major inside kernels, in all runs */
};

/* An input as a kernel wants it. */
typedef struct rl_onednn_operand {
    int value;
    const float *constant; /* NULL: computed at run time */
    rl_layout layout;      /* as it lies in memory */
    int64_t block;         /* as the kernel wants it */
    size_t scratch_offset; /* of the converted copy */
} rl_onednn_operand;

/* The operators of this backend. */
typedef struct rl_onednn_op {
    const char *name;
    bool (*supports)(const rl_graph *graph, const rl_node *node);
    relief_status (*prepare)(relief_ctx *ctx, rl_onednn_program *program, int node);
} rl_onednn_op;

extern const rl_onednn_op rl_onednn_ops_conv[]; /* each list ends with a row without a name */
extern const rl_onednn_op rl_onednn_ops_arith[];
extern const rl_onednn_op rl_onednn_ops_resize[];
extern const rl_onednn_op rl_onednn_ops_reshape[];

/* `bytes` of zero-filled memory that live as long as the program. Errors: _MEMORY, _LIMIT (all
 * constants together are more than this machine has). */
RELIEF_CHECKED relief_status rl_onednn_constant(relief_ctx *ctx, rl_onednn_program *program,
                                                size_t bytes, void **out);
/* The constant of `value` in a form that an earlier kernel had made; NULL: there is none. `form` is
 * the block of a packed tensor, or -block for a row of channels filled up to whole blocks. */
void *rl_onednn_find_packed(const rl_onednn_program *program, int value, int64_t form);
/* As rl_onednn_constant, to be filled at once with a form that later kernels find. */
RELIEF_CHECKED relief_status rl_onednn_new_packed(relief_ctx *ctx, rl_onednn_program *program,
                                                  int value, int64_t form, size_t bytes,
                                                  void **out);
/* A zero-filled kernel, put in place for the node. */
RELIEF_CHECKED relief_status rl_onednn_kernel_new(relief_ctx *ctx, rl_onednn_program *program,
                                                  int node, size_t bytes, void *out);
/* Let the kernel use `bytes` more of the scratch memory: *offset. */
void rl_onednn_reserve(rl_onednn_program *program, rl_onednn_kernel *kernel, size_t bytes,
                       size_t *offset);

/* The layout of a value that has been chosen, row-major otherwise. */
rl_layout rl_onednn_layout(const rl_onednn_program *program, int value);
/* Where a value lies now. */
float *rl_onednn_data(const rl_onednn_call *call, int value);

/* Make input `input` (a float tensor) of the node an operand in blocks of `block`; constants are
 * packed at once, other values get room in the scratch memory if they lie otherwise. */
RELIEF_CHECKED relief_status rl_onednn_operand_new(relief_ctx *ctx, rl_onednn_program *program,
                                                   rl_onednn_kernel *kernel, int value,
                                                   int64_t block, rl_onednn_operand *out);
/* The operand's data for this run, converted where it must be. */
const float *rl_onednn_operand_get(const rl_onednn_call *call, const rl_onednn_operand *operand);

/* Copy a constant's floats, which may be unaligned. */
void rl_onednn_copy_constant(const relief_tensor *constant, float *to);

/* Whether a value is computed at run time in floats; or a float constant. */
bool rl_onednn_is_float(const rl_graph *graph, int value);
bool rl_onednn_same_shape(const rl_value *a, const rl_value *b);

#endif
