/* SPDX-License-Identifier: Apache-2.0 */
/* Linear, whose weights are packed once, and MatMul of two computed matrices, whose second one is
 * packed in every run. */
#include "nn/onednn/gemm.h"
#include "nn/onednn/program.h"

#include "base/status.h"
#include "nn/ops/fused.h"

#include <string.h>

typedef struct linear_kernel {
    rl_onednn_kernel base;
    rl_gemm gemm; /* without what is known in a run */
    rl_onednn_operand source;
    rl_onednn_operand others[RL_MAX_EPILOGUE]; /* of the additions */
    size_t room_place;
} linear_kernel;

/* ---- what both share ---- */

/* The type in which a product of this depth is computed. */
static relief_dtype product_type(const rl_onednn_program *program, int64_t depth) {
    return rl_onednn_is_bf16(program) && program->tiles->multiply_bf16 && depth % 2 == 0
               ? RELIEF_BF16
               : RELIEF_F32;
}

/* A sum with a residual stays f32: it goes through a whole transformer, and every layer would round
 * it once more. */
static void choose_result(rl_onednn_program *program, const rl_node *node, rl_gemm *gemm) {
    rl_onednn_choose(program, node->outputs[0], 1);
    for (int i = 0; i < node->epilogue_count; i++)
        if (node->epilogue[i].kind == RL_EPILOGUE_ADD)
            program->forms[node->outputs[0]].type = RELIEF_F32;
    gemm->y_type = program->forms[node->outputs[0]].type;
}

static relief_status prepare_steps(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                   linear_kernel *kernel) {
    rl_onednn_reserve(program, &kernel->base, rl_gemm_room_bytes(ctx, &kernel->gemm),
                      &kernel->room_place);
    for (int i = 0; i < node->epilogue_count; i++) {
        const rl_epilogue *entry = &node->epilogue[i];
        rl_gemm_step *step = &kernel->gemm.steps[kernel->gemm.step_count++];
        *step = (rl_gemm_step){
            .kind = entry->kind, .lo = entry->lo, .hi = entry->hi, .tanh_form = entry->tanh_form};
        if (entry->kind != RL_EPILOGUE_ADD)
            continue;
        const int value = node->inputs[entry->input];
        const rl_form form = rl_onednn_form(program, value, 1);
        step->other_type = form.type;
        relief_status status =
            rl_onednn_operand_new(ctx, program, &kernel->base, value, form, &kernel->others[i]);
        if (status)
            return status;
        /* The sum may stand where the residual stood, unless that is read for something else. */
        bool alone = !kernel->others[i].constant && form.type == kernel->gemm.y_type &&
                     rl_layout_is(&kernel->others[i].layout, form);
        for (int k = 0; k < node->input_count; k++)
            alone = alone && (k == entry->input || node->inputs[k] != value);
        kernel->base.in_place_input = alone ? entry->input : -1;
    }
    return RELIEF_OK;
}

/* The gemm of this run, but for a and b. */
static rl_gemm begin_run(const linear_kernel *kernel, const rl_onednn_call *call) {
    rl_gemm gemm = kernel->gemm;
    gemm.y = rl_onednn_data(call, call->node->outputs[0]);
    gemm.room = call->scratch + kernel->room_place;
    for (int i = 0; i < gemm.step_count; i++)
        if (gemm.steps[i].kind == RL_EPILOGUE_ADD)
            gemm.steps[i].other = rl_onednn_operand_get(call, &kernel->others[i]);
    return gemm;
}

/* ---- Linear ---- */

static bool supports_linear(const rl_graph *graph, const rl_node *node) {
    for (int i = 0; i < node->own_input_count; i++)
        if (!rl_onednn_is_float(graph, node->inputs[i]) ||
            (i > 0) != (graph->values[node->inputs[i]].constant != NULL))
            return false;
    return true;
}

static relief_status pack_weights(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                  linear_kernel *kernel) {
    const rl_linear_params *params = node->params;
    const relief_tensor *constant = program->base.graph->values[node->inputs[1]].constant;
    const rl_gemm_source source = {constant->data, params->depth, params->columns,
                                   params->transposed ? 1 : params->columns,
                                   params->transposed ? params->depth : 1};
    const rl_form form = {params->transposed ? RL_FORM_PANELS_TRANSPOSED : RL_FORM_PANELS,
                          kernel->gemm.type};
    void *data = rl_onednn_find_packed(program, node->inputs[1], form);
    kernel->gemm.b = data;
    if (data)
        return RELIEF_OK;
    const size_t bytes =
        rl_gemm_packed_bytes(program->tiles, params->depth, params->columns, form.type);
    relief_status status = rl_onednn_kept_packed(ctx, program, node->inputs[1], form, bytes, &data);
    kernel->gemm.b = data;
    if (status || data)
        return status;
    status = rl_onednn_new_packed(ctx, program, node->inputs[1], form, bytes, &data);
    if (status)
        return status;
    kernel->gemm.b = data;
    rl_gemm_pack(ctx, program->tiles, &source, form.type, data);
    return RELIEF_OK;
}

static relief_status copy_bias(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                               linear_kernel *kernel) {
    const relief_tensor *constant = program->base.graph->values[node->inputs[2]].constant;
    void *data;
    relief_status status = rl_onednn_constant(
        ctx, program, constant->bytes + RL_TILE_MOST_COLUMNS * sizeof(float), &data);
    if (status)
        return status;
    rl_onednn_copy_constant(constant, data);
    kernel->gemm.bias = data;
    return RELIEF_OK;
}

static relief_status run_linear(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const linear_kernel *kernel = (const linear_kernel *)given;
    rl_gemm gemm = begin_run(kernel, call);
    gemm.a = rl_onednn_operand_get(call, &kernel->source);
    rl_gemm_run(call->ctx, &gemm);
    return RELIEF_OK;
}

static relief_status prepare_linear(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_linear_params *params = node->params;
    const rl_value *out = &graph->values[node->outputs[0]];
    linear_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_linear;
    int64_t rows = 1;
    for (int i = 0; i < out->rank - 1; i++)
        rows *= out->dims[i];
    kernel->gemm = (rl_gemm){.kernels = program->tiles,
                             .rows = rows,
                             .depth = params->depth,
                             .columns = params->columns,
                             .type = product_type(program, params->depth)};
    choose_result(program, node, &kernel->gemm);
    status = rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0],
                                   (rl_form){1, kernel->gemm.type}, &kernel->source);
    if (!status)
        status = pack_weights(ctx, program, node, kernel);
    if (!status && node->own_input_count > 2)
        status = copy_bias(ctx, program, node, kernel);
    return status ? status : prepare_steps(ctx, program, node, kernel);
}

/* ---- MatMul ---- */

typedef struct matmul_kernel {
    linear_kernel linear;
    rl_onednn_operand second;
    int64_t count;       /* matrices on the left */
    bool shared;         /* they all meet the same one on the right */
    size_t packed_place; /* of one on the right, in the scratch memory */
} matmul_kernel;

/* Stacks of as many matrices on both sides, or one matrix on the right. */
static bool supports_matmul(const rl_graph *graph, const rl_node *node) {
    for (int i = 0; i < 2; i++)
        if (!rl_onednn_is_float(graph, node->inputs[i]) || graph->values[node->inputs[i]].constant)
            return false;
    const rl_value *a = &graph->values[node->inputs[0]], *b = &graph->values[node->inputs[1]];
    if (a->rank < 2 || b->rank < 2 || (b->rank != 2 && a->rank != b->rank))
        return false;
    for (int i = 0; b->rank > 2 && i < a->rank - 2; i++)
        if (a->dims[i] != b->dims[i])
            return false;
    for (int i = 0; i < node->epilogue_count; i++)
        if (node->epilogue[i].kind == RL_EPILOGUE_GELU)
            return false;
    return true;
}

static relief_status run_matmul(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const matmul_kernel *kernel = (const matmul_kernel *)given;
    rl_gemm gemm = begin_run(&kernel->linear, call);
    const char *a = rl_onednn_operand_get(call, &kernel->linear.source);
    const float *b = rl_onednn_operand_get(call, &kernel->second);
    char *packed = call->scratch + kernel->packed_place;
    const int64_t results = gemm.rows * gemm.columns;
    gemm.b = packed;
    for (int64_t i = 0; i < kernel->count; i++) {
        if (!i || !kernel->shared) {
            const rl_gemm_source source = {b + i * gemm.depth * gemm.columns, gemm.depth,
                                           gemm.columns, gemm.columns, 1};
            rl_gemm_pack(call->ctx, gemm.kernels, &source, gemm.type, packed);
        }
        gemm.a = a + (size_t)(i * gemm.rows * gemm.depth) * rl_dtype_size(gemm.type);
        rl_gemm_run(call->ctx, &gemm);
        gemm.y = (char *)gemm.y + (size_t)results * rl_dtype_size(gemm.y_type);
        for (int k = 0; k < gemm.step_count; k++)
            if (gemm.steps[k].kind == RL_EPILOGUE_ADD)
                gemm.steps[k].other = (const char *)gemm.steps[k].other +
                                      (size_t)results * rl_dtype_size(gemm.steps[k].other_type);
    }
    return RELIEF_OK;
}

static relief_status prepare_matmul(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_value *a = &graph->values[node->inputs[0]], *b = &graph->values[node->inputs[1]];
    matmul_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    rl_gemm *gemm = &kernel->linear.gemm;
    kernel->linear.base.run = run_matmul;
    kernel->shared = b->rank == 2;
    *gemm = (rl_gemm){.kernels = program->tiles,
                      .rows = a->dims[a->rank - 2],
                      .depth = a->dims[a->rank - 1],
                      .columns = b->dims[b->rank - 1],
                      .type = product_type(program, a->dims[a->rank - 1])};
    kernel->count = 1;
    for (int i = 0; i < a->rank - 2; i++)
        kernel->count *= a->dims[i];
    choose_result(program, node, gemm);
    status = rl_onednn_operand_new(ctx, program, &kernel->linear.base, node->inputs[0],
                                   (rl_form){1, gemm->type}, &kernel->linear.source);
    if (!status)
        status = rl_onednn_operand_new(ctx, program, &kernel->linear.base, node->inputs[1],
                                       (rl_form){1, RELIEF_F32}, &kernel->second);
    if (status)
        return status;
    rl_onednn_reserve(program, &kernel->linear.base,
                      rl_gemm_packed_bytes(gemm->kernels, gemm->depth, gemm->columns, gemm->type),
                      &kernel->packed_place);
    return prepare_steps(ctx, program, node, &kernel->linear);
}

const rl_onednn_op rl_onednn_ops_linear[] = {
    {"Linear", supports_linear, prepare_linear},
    {"MatMul", supports_matmul, prepare_matmul},
    {0},
};
