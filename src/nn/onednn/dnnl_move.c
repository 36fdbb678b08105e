/* SPDX-License-Identifier: Apache-2.0 */
/* Transpose, Slice, Expand and Concat of values that are not in blocks: elements move, and stay of
 * the type that they are stored as. */
#include "nn/onednn/move.h"
#include "nn/onednn/program.h"

#include <string.h>

#include "base/status.h"
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"

/* ---- Transpose, Slice, Expand ---- */

typedef struct move_kernel {
    rl_onednn_kernel base;
    rl_onednn_operand source;
    rl_move move;
} move_kernel;

static bool supports_move(const rl_graph *graph, const rl_node *node) {
    return rl_onednn_is_float(graph, node->inputs[0]) && !graph->values[node->inputs[0]].constant &&
           !node->epilogue_count;
}

static bool supports_slice(const rl_graph *graph, const rl_node *node) {
    int64_t start[RELIEF_MAX_RANK], step[RELIEF_MAX_RANK];
    return supports_move(graph, node) && rl_slice_place(graph, node, start, step);
}

static relief_status run_move(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const move_kernel *kernel = (const move_kernel *)given;
    rl_move_run(call->ctx, &kernel->move, rl_onednn_operand_get(call, &kernel->source),
                rl_onednn_data(call, call->node->outputs[0]));
    return RELIEF_OK;
}

/* A kernel whose result has the sizes of the output; strides are for the caller to set. */
static relief_status begin_move(relief_ctx *ctx, rl_onednn_program *program, int index,
                                move_kernel **out) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_value *y = &graph->values[node->outputs[0]];
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof **out, out);
    if (status)
        return status;
    const rl_form form = rl_onednn_form(program, node->inputs[0], 1);
    (*out)->base.run = run_move;
    (*out)->move = (rl_move){.rank = y->rank, .bytes = rl_dtype_size(form.type)};
    memcpy((*out)->move.dims, y->dims, sizeof y->dims);
    program->forms[node->outputs[0]] = form;
    return rl_onednn_operand_new(ctx, program, &(*out)->base, node->inputs[0], form,
                                 &(*out)->source);
}

static relief_status prepare_transpose(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_node *node = &program->base.graph->nodes[index];
    const rl_value *x = &program->base.graph->values[node->inputs[0]];
    const rl_transpose_params *params = node->params;
    int64_t strides[RELIEF_MAX_RANK];
    move_kernel *kernel = NULL;
    relief_status status = begin_move(ctx, program, index, &kernel);
    if (status)
        return status;
    rl_row_strides(x->rank, x->dims, strides);
    for (int i = 0; i < x->rank; i++)
        kernel->move.stride[i] = strides[params->count > 0 ? params->perm[i] : x->rank - 1 - i];
    return RELIEF_OK;
}

static relief_status prepare_slice(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_value *x = &graph->values[node->inputs[0]];
    int64_t start[RELIEF_MAX_RANK], step[RELIEF_MAX_RANK];
    move_kernel *kernel = NULL;
    relief_status status = begin_move(ctx, program, index, &kernel);
    if (status)
        return status;
    if (!rl_slice_place(graph, node, start, step))
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_INTERNAL, "has no constant place");
    rl_row_strides(x->rank, x->dims, kernel->move.stride);
    for (int i = 0; i < x->rank; i++) {
        kernel->move.base += start[i] * kernel->move.stride[i];
        kernel->move.stride[i] *= step[i];
    }
    return RELIEF_OK;
}

static relief_status prepare_expand(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_node *node = &program->base.graph->nodes[index];
    const rl_value *x = &program->base.graph->values[node->inputs[0]];
    int64_t strides[RELIEF_MAX_RANK];
    move_kernel *kernel = NULL;
    relief_status status = begin_move(ctx, program, index, &kernel);
    if (status)
        return status;
    rl_row_strides(x->rank, x->dims, strides);
    const int shift = kernel->move.rank - x->rank;
    for (int i = 0; i < x->rank; i++)
        kernel->move.stride[i + shift] = x->dims[i] == 1 ? 0 : strides[i];
    return RELIEF_OK;
}

/* ---- Concat along any axis, row-major ---- */

typedef struct join_part {
    rl_onednn_operand operand;
    int64_t elements; /* in one stretch of the result */
} join_part;

typedef struct join_kernel {
    rl_onednn_kernel base;
    int count;
    join_part *parts;
    int64_t outer, stretch; /* stretches of so many elements make the result */
    size_t bytes;
} join_kernel;

static void free_join(rl_onednn_kernel *kernel) {
    rl_free(((join_kernel *)kernel)->parts);
}

static bool supports_join(const rl_graph *graph, const rl_node *node) {
    for (int i = 0; i < node->own_input_count; i++)
        if (!rl_onednn_is_float(graph, node->inputs[i]))
            return false;
    return !node->epilogue_count;
}

/* Each part is a copy of rows to other rows. */
static relief_status run_join(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const join_kernel *kernel = (const join_kernel *)given;
    char *y = rl_onednn_data(call, call->node->outputs[0]);
    for (int i = 0; i < kernel->count; i++) {
        const join_part *part = &kernel->parts[i];
        const char *x = rl_onednn_operand_get(call, &part->operand);
        const size_t bytes = (size_t)part->elements * kernel->bytes;
        for (int64_t o = 0; o < kernel->outer; o++)
            memcpy(y + (size_t)(o * kernel->stretch) * kernel->bytes, x + (size_t)o * bytes, bytes);
        y += bytes;
    }
    return RELIEF_OK;
}

/* Bits of bfloat16 when all computed parts are stored so, else f32. */
static relief_dtype joined_type(const rl_onednn_program *program, const rl_node *node) {
    for (int i = 0; i < node->own_input_count; i++)
        if (!program->base.graph->values[node->inputs[i]].constant &&
            rl_onednn_form(program, node->inputs[i], 1).type != RELIEF_BF16)
            return RELIEF_F32;
    return rl_onednn_type(program, node->outputs[0]);
}

static relief_status prepare_join(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_value *y = &graph->values[node->outputs[0]];
    const rl_form form = {1, joined_type(program, node)};
    const int axis = rl_axis(((const rl_axis_params *)node->params)->axis, y->rank);
    join_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_join;
    kernel->base.free = free_join;
    kernel->count = node->own_input_count;
    kernel->bytes = rl_dtype_size(form.type);
    kernel->outer = rl_dims_product(y->dims, 0, axis);
    kernel->stretch = rl_dims_product(y->dims, axis, y->rank);
    program->forms[node->outputs[0]] = form;
    status =
        rl_calloc_in(ctx, (size_t)kernel->count, sizeof *kernel->parts, (void **)&kernel->parts);
    for (int i = 0; !status && i < kernel->count; i++) {
        const rl_value *x = &graph->values[node->inputs[i]];
        kernel->parts[i].elements = rl_dims_product(x->dims, axis, x->rank);
        status = rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[i], form,
                                       &kernel->parts[i].operand);
    }
    return status;
}

const rl_onednn_op rl_onednn_ops_move[] = {
    {"Transpose", supports_move, prepare_transpose},
    {"Slice", supports_slice, prepare_slice},
    {"Expand", supports_move, prepare_expand},
    {"Concat", supports_join, prepare_join},
    {0},
};
