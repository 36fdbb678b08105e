/* SPDX-License-Identifier: Apache-2.0 */
/* Element by element: arithmetic with broadcasting over pixels or over everything, activations,
 * BatchNormalization; and every other function of one element through its reference kernel, on this
 * backend's memory. */
#include "nn/onednn/map.h"

#include <math.h>

#include "base/status.h"
#include "nn/ops/op_params.h"

typedef struct map_kernel {
    rl_onednn_kernel base;
    rl_onednn_operand source;
    bool apply; /* run the node's own kernel on the result of copying */
    rl_map_chain chain;
} map_kernel;

/* ---- what broadcasts to what ---- */

static int64_t element_count(const rl_value *value) {
    int64_t count = 0;
    return rl_element_count(value->rank, value->dims, &count) ? count : 0;
}

/* How `value` lies beside an output; false for other kinds of broadcasting. */
static bool find_extent(const rl_value *out, const rl_value *value, rl_map_extent *extent) {
    const int64_t count = element_count(value);
    if (rl_onednn_same_shape(out, value)) {
        *extent = RL_MAP_FULL;
        return true;
    }
    *extent = RL_MAP_SCALAR;
    if (count == 1)
        return value->rank <= out->rank;
    /* (C, 1, 1) or (1, C, 1, 1) against (N, C, H, W) */
    *extent = RL_MAP_CHANNEL;
    return out->rank == 4 && (value->rank == 3 || value->rank == 4) &&
           value->dims[value->rank - 3] == out->dims[1] && count == out->dims[1];
}

/* Which input of a binary node has the output's shape: 0 or 1, -1: neither. The other's extent in
 * *extent. */
static int find_main_input(const rl_graph *graph, const rl_node *node, rl_map_extent *extent) {
    const rl_value *out = &graph->values[node->outputs[0]];
    for (int i = 0; i < 2; i++) {
        const rl_value *main = &graph->values[node->inputs[i]];
        const rl_value *other = &graph->values[node->inputs[1 - i]];
        if (!main->constant && rl_onednn_same_shape(out, main) && find_extent(out, other, extent))
            return i;
    }
    return -1;
}

static bool supports_binary(const rl_graph *graph, const rl_node *node) {
    rl_map_extent extent;
    return node->own_input_count == 2 && rl_onednn_is_float(graph, node->inputs[0]) &&
           rl_onednn_is_float(graph, node->inputs[1]) && find_main_input(graph, node, &extent) >= 0;
}

static bool supports_unary(const rl_graph *graph, const rl_node *node) {
    return node->own_input_count >= 1 && rl_onednn_is_float(graph, node->inputs[0]) &&
           !graph->values[node->inputs[0]].constant;
}

static bool supports_clip(const rl_graph *graph, const rl_node *node) {
    float lo, hi;
    return supports_unary(graph, node) && rl_clip_bounds(graph, node, &lo, &hi);
}

static bool supports_norm(const rl_graph *graph, const rl_node *node) {
    if (node->own_input_count != 5 || !supports_unary(graph, node) ||
        graph->values[node->inputs[0]].rank != 4)
        return false;
    for (int i = 1; i < 5; i++)
        if (!rl_onednn_is_float(graph, node->inputs[i]) || !graph->values[node->inputs[i]].constant)
            return false;
    return true;
}

/* ---- running ---- */

/* Run the node's reference kernel in place on the elements of a value without padding. */
static relief_status apply_reference(const rl_onednn_call *call, const rl_layout *layout,
                                     float *data) {
    relief_tensor flat = {.dtype = RELIEF_F32, .rank = 1, .data = data};
    flat.dims[0] = rl_layout_elements(layout);
    flat.bytes = rl_layout_bytes(layout);
    const relief_tensor *inputs[] = {&flat};
    relief_tensor *outputs[] = {&flat};
    return call->node->op->run(call->ctx, call->node, inputs, outputs);
}

static relief_status run_map(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const map_kernel *kernel = (const map_kernel *)given;
    const rl_layout layout = rl_onednn_layout(call->program, call->node->outputs[0]);
    void *y = rl_onednn_data(call, call->node->outputs[0]);
    rl_map_source x = {rl_onednn_operand_get(call, &kernel->source), kernel->source.form.type};
    if (kernel->apply) {
        rl_map_run(call->ctx, &layout, x, y, NULL, 0);
        relief_status status = apply_reference(call, &layout, y);
        if (status)
            return status;
        x = (rl_map_source){y, layout.type};
    }
    if (!kernel->apply || kernel->chain.step_count)
        rl_map_chain_run(call, &kernel->chain, x, y);
    return RELIEF_OK;
}

/* ---- preparing ---- */

/* Add a step with the value as its second operand. */
static relief_status add_operand(relief_ctx *ctx, rl_onednn_program *program, int node,
                                 map_kernel *kernel, rl_map_step step, int value) {
    const int out = program->base.graph->nodes[node].outputs[0];
    const rl_value *v = &program->base.graph->values[value];
    rl_onednn_operand *other = &kernel->chain.others[kernel->chain.step_count];
    const rl_form form = step.extent == RL_MAP_FULL
                             ? rl_onednn_form(program, value, program->forms[out].block)
                             : (rl_form){1, RELIEF_F32};
    step.type = form.type;
    kernel->chain.steps[kernel->chain.step_count++] = step;
    if (step.extent != RL_MAP_CHANNEL || !v->constant)
        return rl_onednn_operand_new(ctx, program, &kernel->base, value, form, other);
    /* Room for the whole of the last block; 1 is harmless for a product, and what a sum leaves is
     * cleared. */
    const int64_t count = element_count(v), vector = program->forms[out].block;
    const int64_t filled = (count + vector - 1) / vector * vector;
    const rl_form row = {-vector, RELIEF_F32};
    void *data = rl_onednn_find_packed(program, value, row);
    *other = (rl_onednn_operand){.value = value, .constant = data};
    if (data)
        return RELIEF_OK;
    relief_status status =
        rl_onednn_new_packed(ctx, program, value, row, (size_t)filled * sizeof(float), &data);
    if (status)
        return status;
    rl_onednn_copy_constant(v->constant, data);
    for (int64_t i = count; i < filled; i++)
        ((float *)data)[i] = 1;
    other->constant = data;
    return RELIEF_OK;
}

/* The result takes over the source's memory when nothing but the first step reads other values from
 * there. */
static void choose_in_place(const rl_onednn_program *program, const rl_node *node, int main,
                            map_kernel *kernel) {
    const rl_form form = program->forms[node->outputs[0]];
    kernel->base.in_place_input = rl_layout_is(&kernel->source.layout, form) ? main : -1;
    for (int i = 1; i < kernel->chain.step_count; i++)
        if (kernel->chain.steps[i].kind != RL_MAP_CLIP && !kernel->chain.others[i].constant &&
            kernel->chain.others[i].value == node->inputs[main])
            kernel->base.in_place_input = -1;
}

/* A kernel whose result has the blocks `block`, from input `main`. */
static relief_status begin_map(relief_ctx *ctx, rl_onednn_program *program, int index, int main,
                               int64_t block, map_kernel **out) {
    const rl_node *node = &program->base.graph->nodes[index];
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof **out, out);
    if (status)
        return status;
    rl_onednn_choose(program, node->outputs[0], block);
    (*out)->base.run = run_map;
    return rl_onednn_operand_new(ctx, program, &(*out)->base, node->inputs[main],
                                 rl_onednn_form(program, node->inputs[main], block),
                                 &(*out)->source);
}

static relief_status end_map(relief_ctx *ctx, rl_onednn_program *program, int index, int main,
                             map_kernel *kernel) {
    relief_status status =
        rl_map_chain_epilogue(ctx, program, &kernel->base, index, 0, &kernel->chain);
    if (!status)
        choose_in_place(program, &program->base.graph->nodes[index], main, kernel);
    return status;
}

static rl_map_kind binary_kind(const char *name, bool reversed) {
    switch (name[0]) {
    case 'A':
        return RL_MAP_ADD;
    case 'S':
        return reversed ? RL_MAP_SUB_REVERSED : RL_MAP_SUB;
    case 'M':
        return RL_MAP_MUL;
    default:
        return reversed ? RL_MAP_DIV_REVERSED : RL_MAP_DIV;
    }
}

static relief_status prepare_binary(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    map_kernel *kernel = NULL;
    rl_map_step step = {0};
    const int main = find_main_input(graph, node, &step.extent);
    step.kind = binary_kind(node->op_type, main == 1);
    const rl_layout in = rl_onednn_layout(program, node->inputs[main]);
    relief_status status = begin_map(ctx, program, index, main, in.block, &kernel);
    if (!status)
        status = add_operand(ctx, program, index, kernel, step, node->inputs[1 - main]);
    return status ? status : end_map(ctx, program, index, main, kernel);
}

static relief_status prepare_clip(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    map_kernel *kernel = NULL;
    rl_map_step step = {.kind = RL_MAP_CLIP};
    if (!rl_clip_bounds(graph, node, &step.lo, &step.hi))
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_INTERNAL, "has no constant bounds");
    const rl_layout in = rl_onednn_layout(program, node->inputs[0]);
    relief_status status = begin_map(ctx, program, index, 0, in.block, &kernel);
    if (status)
        return status;
    kernel->chain.steps[kernel->chain.step_count++] = step;
    return end_map(ctx, program, index, 0, kernel);
}

/* Functions without a loop of their own here. They would make something of the channels that only
 * fill a block, and with few channels most of the work would be for those: such values go
 * row-major. */
static relief_status prepare_unary(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_node *node = &program->base.graph->nodes[index];
    map_kernel *kernel = NULL;
    const rl_layout in = rl_onednn_layout(program, node->inputs[0]);
    relief_status status =
        begin_map(ctx, program, index, 0, rl_layout_padded(&in) ? 1 : in.block, &kernel);
    if (status)
        return status;
    program->forms[node->outputs[0]].type = RELIEF_F32; /* which those functions are of */
    kernel->apply = true;
    return end_map(ctx, program, index, 0, kernel);
}

/* y = x * scale / sqrt(variance + epsilon) + (bias - mean * scale / sqrt(variance + epsilon)) */
static relief_status prepare_norm(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_norm_params *params = node->params;
    map_kernel *kernel = NULL;
    void *data = NULL;
    rl_layout layout = rl_onednn_layout(program, node->inputs[0]);
    const int64_t filled = rl_layout_blocks(&layout) * layout.block;
    relief_status status = begin_map(ctx, program, index, 0, layout.block, &kernel);
    if (!status)
        status = rl_onednn_constant(ctx, program, 2 * (size_t)filled * sizeof(float), &data);
    if (status)
        return status;
    float *factor = data, *offset = factor + filled;
    for (int64_t c = 0; c < layout.channels; c++) {
        float v[4]; /* scale, bias, mean, variance */
        for (int i = 0; i < 4; i++)
            v[i] = rl_tensor_float(graph->values[node->inputs[i + 1]].constant, c);
        const double f = (double)v[0] / sqrt((double)v[3] + (double)params->epsilon);
        factor[c] = (float)f;
        offset[c] = (float)((double)v[1] - (double)v[2] * f);
    }
    for (int i = 0; i < 2; i++) {
        kernel->chain.others[i].constant = i ? offset : factor;
        kernel->chain.steps[i] =
            (rl_map_step){.kind = i ? RL_MAP_ADD : RL_MAP_MUL, .extent = RL_MAP_CHANNEL};
    }
    kernel->chain.step_count = 2;
    return end_map(ctx, program, index, 0, kernel);
}

const rl_onednn_op rl_onednn_ops_arith[] = {
    {"Add", supports_binary, prepare_binary},
    {"Sub", supports_binary, prepare_binary},
    {"Mul", supports_binary, prepare_binary},
    {"Div", supports_binary, prepare_binary},
    {"Clip", supports_clip, prepare_clip},
    {"Relu", supports_clip, prepare_clip},
    {"BatchNormalization", supports_norm, prepare_norm},
    {"Abs", supports_unary, prepare_unary},
    {"Elu", supports_unary, prepare_unary},
    {"Erf", supports_unary, prepare_unary},
    {"Exp", supports_unary, prepare_unary},
    {"Gelu", supports_unary, prepare_unary},
    {"HardSigmoid", supports_unary, prepare_unary},
    {"HardSwish", supports_unary, prepare_unary},
    {"LeakyRelu", supports_unary, prepare_unary},
    {"Log", supports_unary, prepare_unary},
    {"Neg", supports_unary, prepare_unary},
    {"Reciprocal", supports_unary, prepare_unary},
    {"Sigmoid", supports_unary, prepare_unary},
    {"Sqrt", supports_unary, prepare_unary},
    {"Tanh", supports_unary, prepare_unary},
    {0},
};
