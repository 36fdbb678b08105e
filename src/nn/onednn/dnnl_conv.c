/* SPDX-License-Identifier: Apache-2.0 */
/* Conv: the library's kernels in blocked layout, with as much of the epilogue as they take; the
 * rest in one more pass.
 *
 * Which kernel runs depends on the sizes and the instruction set alone, never on threads or timing.
 * Dense 3x3 convolutions go by conv_winograd.h where winograd_table.h says that it is faster. */
#include "nn/onednn/map.h"

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "nn/onednn/conv_plain.h"
#include "nn/onednn/conv_spec.h"
#include "nn/onednn/conv_winograd.h"
#include "nn/ops/op_params.h"

typedef struct conv_kernel {
    rl_onednn_kernel base;
    rl_dnnl_conv *conv; /* NULL: by rl_conv_plain_run() */
    int64_t merged;     /* groups of the node that are one to the library */
    rl_dnnl_conv_spec spec;
    const float *bias;
    const void *weights;
    rl_onednn_operand source;
    size_t scratch;             /* offsets in the scratch memory: the library's, */
    size_t plain_out;           /* and that of a row-major result */
    int sum_input;              /* position of the residual that the library adds, -1: none */
    rl_onednn_operand residual; /* that one */
    rl_map_chain chain;         /* what the library leaves of the epilogue */
} conv_kernel;

static void free_conv(rl_onednn_kernel *kernel) {
    rl_dnnl_conv_free(((conv_kernel *)kernel)->conv);
}

static bool supports_conv(const rl_graph *graph, const rl_node *node) {
    if (node->own_input_count < 2 || !rl_onednn_is_float(graph, node->inputs[0]) ||
        !rl_onednn_is_float(graph, node->inputs[1]))
        return false;
    const int bias = node->own_input_count > 2 ? node->inputs[2] : RL_NO_VALUE;
    if (bias != RL_NO_VALUE &&
        (!graph->values[bias].constant || graph->values[bias].dtype != RELIEF_F32))
        return false;
    return graph->values[node->inputs[0]].rank == 4 && graph->values[node->inputs[1]].constant;
}

bool rl_onednn_describe_conv(const rl_graph *graph, const rl_node *node, int weights,
                             rl_dnnl_conv_spec *spec) {
    const rl_conv_params *params = node->params;
    const int64_t *in = graph->values[node->inputs[0]].dims;
    const int64_t *out = graph->values[node->outputs[0]].dims;
    rl_placed_window at;
    if (!rl_window_place(&params->window, in + 2, graph->values[node->inputs[weights]].dims + 2,
                         &at))
        return false;
    *spec = (rl_dnnl_conv_spec){
        .batch = in[0], .in_channels = in[1], .out_channels = out[1], .groups = params->groups};
    for (int i = 0; i < 2; i++) {
        spec->in_size[i] = at.in[i];
        spec->out_size[i] = at.out[i];
        spec->kernel[i] = at.kernel[i];
        spec->stride[i] = at.stride[i];
        spec->dilation[i] = at.dilation[i];
        spec->pad_begin[i] = at.pad_begin[i];
        spec->pad_end[i] = rl_window_pad_end(&at, i);
    }
    return true;
}

/* Groups of few channels fill vectors badly: the library then computes one group at a time, on
 * mostly empty vectors. Several side by side as one group, with zeros for what does not belong
 * together, are that many times the multiplications and still 5 times as fast (256 channels in 32
 * groups). 1: leave them as they are. */
static int64_t groups_to_merge(const rl_dnnl_conv_spec *spec, int64_t vector) {
    const int64_t ins = spec->in_channels / spec->groups, outs = spec->out_channels / spec->groups;
    if (spec->groups == 1 || ins == 1)
        return 1;
    for (int64_t count = 2; count <= vector && count <= spec->groups; count++)
        if (spec->groups % count == 0 && ins * count % vector == 0 && outs * count % vector == 0)
            return ins % vector == 0 && outs % vector == 0 ? 1 : count;
    return 1;
}

void rl_onednn_spread_weights(const rl_dnnl_conv_spec *spec, int64_t merged, const float *from,
                              float *to) {
    const int64_t depth = spec->in_channels / spec->groups; /* of a merged group */
    const int64_t outs = spec->out_channels / spec->groups;
    const int64_t own = depth / merged, taps = spec->kernel[0] * spec->kernel[1];
    memset(to, 0, (size_t)(spec->out_channels * depth * taps) * sizeof *to);
    for (int64_t m = 0; m < spec->out_channels; m++) {
        const int64_t part = m % outs / (outs / merged);
        memcpy(to + (m * depth + part * own) * taps, from + m * own * taps,
               (size_t)(own * taps) * sizeof *to);
    }
}

/* The longest beginning of the epilogue for which the library has a kernel of this kind. */
static relief_status try_spec(relief_ctx *ctx, rl_onednn_program *program, rl_dnnl_conv_spec *spec,
                              int step_count, rl_dnnl_conv **out) {
    for (spec->step_count = step_count; spec->step_count >= 0; spec->step_count--) {
        relief_status status = rl_dnnl_conv_new(ctx, program->dnnl, spec, out);
        if (status || *out)
            return status;
    }
    spec->step_count = 0;
    return RELIEF_OK;
}

static relief_status choose_kernel(relief_ctx *ctx, rl_onednn_program *program,
                                   rl_dnnl_conv_spec *spec, int step_count, rl_dnnl_conv **out) {
    relief_status status = RELIEF_OK;
    spec->out_block = program->vector;
    spec->in_block = program->vector;
    /* First layers: pictures with up to 4 channels are read row-major. */
    if (spec->in_channels <= 4 && spec->groups == 1) {
        spec->in_block = 1;
        status = try_spec(ctx, program, spec, step_count, out);
    }
    if (!status && !*out) {
        spec->in_block = program->vector;
        status = try_spec(ctx, program, spec, step_count, out);
    }
    if (!status && !*out)
        spec->in_block = spec->out_block = 1;
    return status;
}

relief_status rl_onednn_choose_conv(relief_ctx *ctx, rl_onednn_program *program,
                                    rl_dnnl_conv_spec *spec, int64_t *merged, rl_dnnl_conv **out) {
    const int64_t groups = spec->groups;
    const int step_count = spec->step_count;
    *merged = groups_to_merge(spec, program->vector);
    spec->groups = groups / *merged;
    relief_status status = choose_kernel(ctx, program, spec, step_count, out);
    if (status || *out || *merged == 1)
        return status;
    *merged = 1;
    spec->groups = groups;
    return choose_kernel(ctx, program, spec, step_count, out);
}

/* bfloat16 in, and out unless the result is on the way to an output; f32 where the library has no
 * kernel for it. */
static relief_status choose_types(relief_ctx *ctx, rl_onednn_program *program, int result,
                                  rl_dnnl_conv_spec *spec, conv_kernel *kernel) {
    const int step_count = spec->step_count;
    relief_status status = RELIEF_OK;
    spec->in_type = spec->out_type = RELIEF_F32;
    if (rl_onednn_is_bf16(program)) {
        spec->in_type = RELIEF_BF16;
        spec->out_type = rl_onednn_type(program, result);
        status = rl_onednn_choose_conv(ctx, program, spec, &kernel->merged, &kernel->conv);
    }
    if (!status && !kernel->conv) {
        spec->in_type = spec->out_type = RELIEF_F32;
        spec->step_count = step_count;
        status = rl_onednn_choose_conv(ctx, program, spec, &kernel->merged, &kernel->conv);
    }
    program->forms[result] = (rl_form){program->vector, spec->out_type};
    return status;
}

/* The epilogue in the library's terms; *count: how much of it the library could take at all. */
static void describe_steps(const rl_node *node, rl_dnnl_step *steps, int *count) {
    bool sum = false;
    *count = 0;
    for (int i = 0; i < node->epilogue_count; i++) {
        const rl_epilogue *entry = &node->epilogue[i];
        const bool add = entry->kind == RL_EPILOGUE_ADD;
        const bool half_open = !isfinite(entry->lo) || !isfinite(entry->hi);
        /* One residual can stand in the destination; clips must be a ReLU or have two bounds. */
        if (add ? sum : half_open && entry->lo != 0)
            return;
        sum = sum || add;
        steps[(*count)++] = (rl_dnnl_step){add, entry->lo, entry->hi};
    }
}

/* Weights as the library takes them: aligned, and of the groups that it knows. */
static relief_status pack_weights(relief_ctx *ctx, const rl_dnnl_conv_spec *spec,
                                  const relief_tensor *constant, conv_kernel *kernel,
                                  void *packed) {
    const bool aligned = (uintptr_t)constant->data % sizeof(float) == 0;
    void *copy = NULL, *spread = NULL;
    relief_status status = RELIEF_OK;
    if (!aligned) {
        status = rl_alloc_in(ctx, constant->bytes, 1, &copy);
        if (status)
            return status;
        rl_onednn_copy_constant(constant, copy);
    }
    const float *weights = aligned ? constant->data : copy;
    if (kernel->merged > 1) {
        status = rl_alloc_in(ctx, constant->bytes, (size_t)kernel->merged, &spread);
        if (!status)
            rl_onednn_spread_weights(spec, kernel->merged, weights, spread);
        weights = spread;
    }
    if (!status)
        status = rl_dnnl_conv_pack(ctx, kernel->conv, weights, packed);
    rl_free(copy);
    rl_free(spread);
    return status;
}

static relief_status prepare_weights(relief_ctx *ctx, rl_onednn_program *program,
                                     const rl_node *node, const rl_dnnl_conv_spec *spec,
                                     conv_kernel *kernel) {
    const relief_tensor *constant = program->base.graph->values[node->inputs[1]].constant;
    const int64_t merged = kernel->merged;
    rl_onednn_own own = {.bytes = constant->bytes, .is_copy = !kernel->conv};
    if (kernel->conv) {
        own.bytes = rl_dnnl_conv_weight_bytes(kernel->conv);
        own.form = rl_prepared_mix(rl_dnnl_conv_weight_form(kernel->conv), &merged, sizeof merged);
    }
    relief_status status = rl_onednn_own_packed(ctx, program, node->inputs[1], &own);
    kernel->weights = own.data;
    if (status || own.filled)
        return status;
    if (kernel->conv)
        return pack_weights(ctx, spec, constant, kernel, own.data);
    rl_onednn_copy_constant(constant, own.data);
    return RELIEF_OK;
}

static relief_status prepare_bias(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                  conv_kernel *kernel) {
    const relief_tensor *constant = program->base.graph->values[node->inputs[2]].constant;
    void *copy = NULL;
    /* Kernels may read whole vectors. */
    relief_status status = rl_onednn_constant(ctx, program, constant->bytes + 64, &copy);
    if (!status)
        rl_onednn_copy_constant(constant, copy);
    kernel->bias = copy;
    return status;
}

/* The residual among the entries that the library does. */
static relief_status prepare_sum(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                 conv_kernel *kernel, int taken) {
    const rl_form form = program->forms[node->outputs[0]];
    for (int i = 0; i < taken; i++)
        if (node->epilogue[i].kind == RL_EPILOGUE_ADD)
            kernel->sum_input = node->epilogue[i].input;
    if (kernel->sum_input < 0)
        return RELIEF_OK;
    const int value = node->inputs[kernel->sum_input];
    relief_status status =
        rl_onednn_operand_new(ctx, program, &kernel->base, value,
                              rl_onednn_form(program, value, form.block), &kernel->residual);
    if (!kernel->residual.constant && rl_layout_is(&kernel->residual.layout, form) &&
        rl_onednn_reads_once(node, kernel->sum_input))
        kernel->base.in_place_input = kernel->sum_input;
    return status;
}

static relief_status run_conv(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const conv_kernel *kernel = (const conv_kernel *)given;
    const rl_node *node = call->node;
    const rl_layout out = rl_onednn_layout(call->program, node->outputs[0]);
    void *y = rl_onednn_data(call, node->outputs[0]);
    const void *x = rl_onednn_operand_get(call, &kernel->source);
    relief_status status = RELIEF_OK;
    if (kernel->sum_input >= 0) {
        const rl_map_source residual = {rl_onednn_operand_get(call, &kernel->residual),
                                        kernel->residual.form.type};
        rl_map_run(call->ctx, &out, residual, y, NULL, 0);
    }
    if (kernel->conv) {
        const rl_dnnl_conv_data data = {x, kernel->weights, kernel->bias, y,
                                        call->scratch + kernel->scratch};
        status = rl_dnnl_conv_run(call->ctx, kernel->conv, &data);
    } else {
        float *rows = (float *)(void *)(call->scratch + kernel->plain_out);
        rl_conv_plain_run(call->ctx, &kernel->spec, x, kernel->weights, kernel->bias, rows);
        rl_layout plain = out;
        plain.block = 1;
        rl_layout_convert(call->ctx, &plain, rows, (rl_form){out.block, out.type}, y);
    }
    if (!status && kernel->chain.step_count)
        rl_map_chain_run(call, &kernel->chain, (rl_map_source){y, out.type}, y);
    return status;
}

/* By the library, or by loops of our own where it has nothing. */
static relief_status prepare_library(relief_ctx *ctx, rl_onednn_program *program, int index,
                                     rl_dnnl_conv_spec *spec) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    conv_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_conv;
    kernel->base.free = free_conv;
    kernel->sum_input = -1;
    describe_steps(node, spec->steps, &spec->step_count);
    status = choose_types(ctx, program, node->outputs[0], spec, kernel);
    if (!status)
        status = rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0],
                                       (rl_form){spec->in_block, spec->in_type}, &kernel->source);
    if (!status)
        status = prepare_weights(ctx, program, node, spec, kernel);
    if (!status && spec->bias)
        status = prepare_bias(ctx, program, node, kernel);
    const int taken = kernel->conv ? spec->step_count : 0;
    if (!status)
        status = prepare_sum(ctx, program, node, kernel, taken);
    if (!status)
        status = rl_map_chain_epilogue(ctx, program, &kernel->base, index, taken, &kernel->chain);
    if (status)
        return status;
    if (kernel->conv) {
        rl_onednn_reserve(program, &kernel->base, rl_dnnl_conv_scratch_bytes(kernel->conv),
                          &kernel->scratch);
        return RELIEF_OK;
    }
    kernel->spec = *spec;
    const rl_layout rows = rl_layout_of(&graph->values[node->outputs[0]], (rl_form){1, RELIEF_F32});
    rl_onednn_reserve(program, &kernel->base, rl_layout_bytes(&rows), &kernel->plain_out);
    return RELIEF_OK;
}

static relief_status prepare_conv(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    rl_dnnl_conv_spec spec;
    if (!rl_onednn_describe_conv(graph, node, 1, &spec))
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_INTERNAL, "has no output");
    spec.bias = node->own_input_count > 2 && node->inputs[2] != RL_NO_VALUE;
    spec.in_type = rl_onednn_is_bf16(program) ? RELIEF_BF16 : RELIEF_F32;
    if (program->vector == RL_WINOGRAD_LANES && rl_winograd_side(&spec)) {
        spec.out_type = rl_onednn_type(program, node->outputs[0]);
        return rl_onednn_prepare_winograd(ctx, program, index, &spec);
    }
    return prepare_library(ctx, program, index, &spec);
}

const rl_onednn_op rl_onednn_ops_conv[] = {{"Conv", supports_conv, prepare_conv}, {0}};
