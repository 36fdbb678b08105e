/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the oneDNN backend: programs, kernels, and how kernels get at their inputs.
 *
 * Values of rank 4 are kept in blocks of as many channels as a vector has floats, which is what the
 * library's fast kernels want; those that cross from and to the host rarely stay row-major. A
 * kernel says which form (blocks and element type) it wants its inputs in; where a value lies
 * otherwise, it is converted into scratch memory first, and counted.
 *
 * In a program of RL_PRECISION_BF16 most floats are stored as bfloat16: a kernel asks
 * rl_onednn_choose() for the form of its result, reads its inputs in the types that they have, sums
 * in f32 and rounds once, when it writes. f32 stay: the network's inputs and outputs, what lies
 * between an output and the last convolution or matrix product before it (so that depth has more
 * levels than the 256 an octave of bfloat16), what crosses to the host, and whatever a kernel says.
 */
#ifndef RELIEF_NN_ONEDNN_PROGRAM_H
#define RELIEF_NN_ONEDNN_PROGRAM_H

#include "nn/backend.h"
#include "nn/onednn/api.h"
#include "nn/onednn/layout.h"
#include "nn/onednn/tile.h"
#include "nn/weight_pool.h"

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
    rl_form form;
    void *data;  /* one of the program's constants */
    size_t next; /* entry of the same value, counted from 1; 0: the last */
} rl_onednn_packed;

/* A constant that was packed for the node in preparation, to be shared when that is done. */
typedef struct rl_onednn_fresh {
    rl_weight_key key;
    size_t constant; /* index */
    size_t bytes;
} rl_onednn_fresh;

struct rl_onednn_program {
    rl_program base;
    rl_dnnl *dnnl;
    int64_t vector; /* the block of most values */
    const rl_tile_kernels *tiles;
    rl_form *forms;             /* of each value; block 0: not chosen yet */
    bool *keeps_f32;            /* of each value: on the way to an output, not stored narrower */
    rl_onednn_kernel **kernels; /* of each node; NULL: runs on the host */
    void **constants;           /* packed; freed with the program; NULL: the pool has it */
    size_t constant_count, constant_capacity;
    size_t constant_bytes, constant_limit; /* shared ones included */
    rl_weight_pool *pool;                  /* of the backend */
    rl_weight_entry **shared;              /* what is used of it */
    size_t shared_count, shared_capacity, shared_bytes;
    rl_onednn_fresh *fresh;
    size_t fresh_count, fresh_capacity;
    size_t *packed_first; /* of each value: as rl_onednn_packed.next */
    rl_onednn_packed *packed;
    size_t packed_count, packed_capacity;
    rl_prepared_list prepared; /* of those that may be kept */
    uint64_t form_seed;        /* of what all packed bytes depend on: the instruction set */
    size_t scratch_bytes;
    int64_t conversion_count; /* between forms inside kernels, in all runs */
};

/* An input as a kernel wants it. */
typedef struct rl_onednn_operand {
    int value;
    const void *constant;  /* NULL: computed at run time */
    rl_layout layout;      /* as it lies in memory */
    rl_form form;          /* as the kernel wants it */
    size_t scratch_offset; /* of the converted copy */
} rl_onednn_operand;

/* A 3x3 convolution by conv_winograd.h, in place of the library's kernel. */
RELIEF_CHECKED relief_status rl_onednn_prepare_winograd(relief_ctx *ctx, rl_onednn_program *program,
                                                        int node, const rl_dnnl_conv_spec *spec);

/* The operators of this backend. */
typedef struct rl_onednn_op {
    const char *name;
    bool (*supports)(const rl_graph *graph, const rl_node *node);
    relief_status (*prepare)(relief_ctx *ctx, rl_onednn_program *program, int node);
} rl_onednn_op;

extern const rl_onednn_op rl_onednn_ops_conv[]; /* each list ends with a row without a name */
extern const rl_onednn_op rl_onednn_ops_arith[];
extern const rl_onednn_op rl_onednn_ops_pool[];
extern const rl_onednn_op rl_onednn_ops_resize[];
extern const rl_onednn_op rl_onednn_ops_linear[];
extern const rl_onednn_op rl_onednn_ops_attention[];
extern const rl_onednn_op rl_onednn_ops_norm[];
extern const rl_onednn_op rl_onednn_ops_move[];
extern const rl_onednn_op rl_onednn_ops_spread[];
extern const rl_onednn_op rl_onednn_ops_reshape[];
extern const rl_onednn_op rl_onednn_ops_quantised[];
extern const rl_onednn_op rl_onednn_ops_integer[];

/* Blocks of forms of constants that are no pictures: the panels of gemm.h, from weights that were
 * stored as (depth, columns) or as (columns, depth). */
enum { RL_FORM_PANELS = -1000, RL_FORM_PANELS_TRANSPOSED = -1001 };

/* `bytes` of zero-filled memory that live as long as the program. Errors: _MEMORY, _LIMIT (all
 * constants together are more than this machine has). */
RELIEF_CHECKED relief_status rl_onednn_constant(relief_ctx *ctx, rl_onednn_program *program,
                                                size_t bytes, void **out);
/* The constant of `value` in a form that an earlier kernel had made; NULL: there is none. A
 * negative block stands for a row of channels filled up to whole blocks. */
void *rl_onednn_find_packed(const rl_onednn_program *program, int value, rl_form form);
/* The constant of `value` in `form`, `bytes` of it, as an earlier process has left it in the cache
 * or another program has packed it; later kernels find it. *out stays NULL when it must be packed:
 * rl_onednn_new_packed(). */
RELIEF_CHECKED relief_status rl_onednn_kept_packed(relief_ctx *ctx, rl_onednn_program *program,
                                                   int value, rl_form form, size_t bytes,
                                                   void **out);
/* The same for a form that one kernel alone reads. */
typedef struct rl_onednn_own {
    uint64_t form; /* a number made of all that the bytes depend on besides the constant */
    size_t bytes;
    bool is_copy; /* the constant as it is, which no process need keep for the next one */
    void *data;   /* result */
    bool filled;  /* result: it is packed already; else it must be filled at once */
} rl_onednn_own;
RELIEF_CHECKED relief_status rl_onednn_own_packed(relief_ctx *ctx, rl_onednn_program *program,
                                                  int value, rl_onednn_own *own);
/* As rl_onednn_constant, to be filled at once with a form that later kernels find. */
RELIEF_CHECKED relief_status rl_onednn_new_packed(relief_ctx *ctx, rl_onednn_program *program,
                                                  int value, rl_form form, size_t bytes,
                                                  void **out);
/* A node is prepared: let other programs of the network use what was packed for it, which does not
 * change any more. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_onednn_share_packed(relief_ctx *ctx, rl_onednn_program *program);
void rl_onednn_free_constants(rl_onednn_program *program);
/* A zero-filled kernel, put in place for the node. */
RELIEF_CHECKED relief_status rl_onednn_kernel_new(relief_ctx *ctx, rl_onednn_program *program,
                                                  int node, size_t bytes, void *out);
/* Let the kernel use `bytes` more of the scratch memory: *offset. */
void rl_onednn_reserve(rl_onednn_program *program, rl_onednn_kernel *kernel, size_t bytes,
                       size_t *offset);

/* Whether the program computes in bfloat16 where it can. */
bool rl_onednn_is_bf16(const rl_onednn_program *program);
/* The type that a kernel stores `value` as unless it has a reason: for floats bfloat16 in a program
 * of that precision and f32 on the way to an output; for all else what it is. */
relief_dtype rl_onednn_type(const rl_onednn_program *program, int value);
/* Choose blocks and rl_onednn_type() for a value that a kernel makes. */
void rl_onednn_choose(rl_onednn_program *program, int value, int64_t block);

/* The layout of a value that has been chosen; row-major in the value's own type otherwise. */
rl_layout rl_onednn_layout(const rl_onednn_program *program, int value);
/* The blocks `block` in the type that the value has, for kernels that read both types. */
rl_form rl_onednn_form(const rl_onednn_program *program, int value, int64_t block);
/* Where a value lies now. */
void *rl_onednn_data(const rl_onednn_call *call, int value);

/* Make `value`, an input of the kernel's node, an operand in this form; constants (of floats) are
 * packed at once, other values get room in the scratch memory if they lie otherwise. */
RELIEF_CHECKED relief_status rl_onednn_operand_new(relief_ctx *ctx, rl_onednn_program *program,
                                                   rl_onednn_kernel *kernel, int value,
                                                   rl_form form, rl_onednn_operand *out);
/* The operand's data for this run, converted where it must be. */
const void *rl_onednn_operand_get(const rl_onednn_call *call, const rl_onednn_operand *operand);

/* Copy a constant's elements, which may be unaligned. */
void rl_onednn_copy_constant(const relief_tensor *constant, void *to);

/* Whether a value is computed at run time in floats; or a float constant. */
bool rl_onednn_is_float(const rl_graph *graph, int value);
bool rl_onednn_same_shape(const rl_value *a, const rl_value *b);
/* Whether input `position` of a node is none of its other inputs: its memory may be overwritten
 * while those are still read. */
bool rl_onednn_reads_once(const rl_node *node, int position);

#endif
