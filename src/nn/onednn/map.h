/* SPDX-License-Identifier: Apache-2.0 */
/* Steps done to every element in one pass over a value's memory, whatever its blocks: activations,
 * arithmetic with a second value, and the epilogues that the library's kernels do not take. All of
 * it is f32 arithmetic; what is stored as bfloat16 is widened before and rounded once behind the
 * last step. */
#ifndef RELIEF_NN_ONEDNN_MAP_H
#define RELIEF_NN_ONEDNN_MAP_H

#include "nn/onednn/program.h"

typedef enum rl_map_kind {
    RL_MAP_CLIP, /* x < lo ? lo : x, then x > hi ? hi : x: a NaN stays one */
    RL_MAP_ADD,
    RL_MAP_SUB,          /* x - b */
    RL_MAP_SUB_REVERSED, /* b - x */
    RL_MAP_MUL,
    RL_MAP_DIV,         /* x / b */
    RL_MAP_DIV_REVERSED /* b / x */
} rl_map_kind;

/* How the second operand lies. */
typedef enum rl_map_extent {
    RL_MAP_FULL,    /* the shape and blocks of x; f32 or bfloat16 */
    RL_MAP_CHANNEL, /* one float a channel, as many as the blocks have */
    RL_MAP_SCALAR   /* one float */
} rl_map_extent;

typedef struct rl_map_step {
    rl_map_kind kind;
    rl_map_extent extent;
    float lo, hi;
    const void *other;
    relief_dtype type; /* of the elements of `other` */
} rl_map_step;

/* Elements to begin with. */
typedef struct rl_map_source {
    const void *data;
    relief_dtype type; /* RELIEF_F32 or RELIEF_BF16 */
} rl_map_source;

#define RL_MAP_MAX_STEPS (RL_MAX_EPILOGUE + 2)

/* y = steps(x) for all of a value whose layout is y's; y may be x, or the `other` of the first
 * step, when that has y's type. Channels that do not exist become 0. */
void rl_map_run(relief_ctx *ctx, const rl_layout *layout, rl_map_source x, void *y,
                const rl_map_step *steps, int step_count);

/* Steps of a kernel with the operands that they read. */
typedef struct rl_map_chain {
    int step_count;
    rl_map_step steps[RL_MAP_MAX_STEPS];
    rl_onednn_operand others[RL_MAP_MAX_STEPS]; /* of the steps that are not clips */
} rl_map_chain;

/* Append the node's epilogue from entry `first` on, for an output whose blocks have been chosen. */
RELIEF_CHECKED relief_status rl_map_chain_epilogue(relief_ctx *ctx, rl_onednn_program *program,
                                                   rl_onednn_kernel *kernel, int node, int first,
                                                   rl_map_chain *chain);
/* rl_map_run() on the node's first output. */
void rl_map_chain_run(const rl_onednn_call *call, const rl_map_chain *chain, rl_map_source x,
                      void *y);

#endif
