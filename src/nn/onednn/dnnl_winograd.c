/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions by conv_winograd.h as nodes: all of the epilogue is done on the way out. */
#include <string.h>

#include "nn/onednn/conv_winograd.h"
#include "nn/onednn/program.h"

typedef struct winograd_kernel {
    rl_onednn_kernel base;
    rl_dnnl_conv_spec spec;
    int side;
    const void *packed;
    const float *bias;
    rl_onednn_operand source;
    size_t scratch; /* offset in the scratch memory */
    int step_count;
    rl_winograd_step steps[RL_MAX_EPILOGUE];
    rl_onednn_operand others[RL_MAX_EPILOGUE]; /* of the steps that add */
} winograd_kernel;

static relief_status run_winograd(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const winograd_kernel *kernel = (const winograd_kernel *)given;
    rl_winograd_data data = {.source = rl_onednn_operand_get(call, &kernel->source),
                             .packed = kernel->packed,
                             .bias = kernel->bias,
                             .destination = rl_onednn_data(call, call->node->outputs[0]),
                             .scratch = call->scratch + kernel->scratch,
                             .step_count = kernel->step_count};
    memcpy(data.steps, kernel->steps, sizeof kernel->steps);
    for (int i = 0; i < kernel->step_count; i++)
        if (call->node->epilogue[i].kind == RL_EPILOGUE_ADD)
            data.steps[i].other = rl_onednn_operand_get(call, &kernel->others[i]);
    rl_winograd_run(call->ctx, &kernel->spec, kernel->side, &data);
    return RELIEF_OK;
}

/* What sets this form of weights apart from all others, in the cache. */
#define WINOGRAD_FORM 0x57696E6F67726164u

/* Constants of the file may be unaligned. */
static relief_status pack_weights(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                  winograd_kernel *kernel) {
    const relief_tensor *constant = program->base.graph->values[node->inputs[1]].constant;
    const int64_t words[] = {RL_WINOGRAD_LANES, kernel->side, kernel->spec.in_type,
                             kernel->spec.in_channels, kernel->spec.out_channels};
    rl_onednn_own own = {.form = rl_prepared_mix(WINOGRAD_FORM, words, sizeof words),
                         .bytes = rl_winograd_weight_bytes(&kernel->spec, kernel->side)};
    void *copy = NULL;
    relief_status status = rl_onednn_own_packed(ctx, program, node->inputs[1], &own);
    kernel->packed = own.data;
    if (status || own.filled)
        return status;
    void *packed = own.data;
    if ((uintptr_t)constant->data % sizeof(float) == 0) {
        rl_winograd_pack(ctx, &kernel->spec, kernel->side, constant->data, packed);
        return RELIEF_OK;
    }
    status = rl_alloc_in(ctx, constant->bytes, 1, &copy);
    if (status)
        return status;
    rl_onednn_copy_constant(constant, copy);
    rl_winograd_pack(ctx, &kernel->spec, kernel->side, copy, packed);
    rl_free(copy);
    return RELIEF_OK;
}

/* A bias for whole column groups, zeros where there is none. */
static relief_status prepare_bias(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                  winograd_kernel *kernel) {
    const size_t count = ((size_t)kernel->spec.out_channels + 31) / 32 * 32;
    void *bias = NULL;
    relief_status status = rl_onednn_constant(ctx, program, count * sizeof(float), &bias);
    if (!status && kernel->spec.bias)
        rl_onednn_copy_constant(program->base.graph->values[node->inputs[2]].constant, bias);
    kernel->bias = bias;
    return status;
}

static relief_status prepare_steps(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                   winograd_kernel *kernel) {
    const rl_form form = program->forms[node->outputs[0]];
    for (int i = 0; i < node->epilogue_count; i++) {
        const rl_epilogue *entry = &node->epilogue[i];
        kernel->steps[i] = (rl_winograd_step){.lo = entry->lo, .hi = entry->hi};
        kernel->step_count++;
        if (entry->kind != RL_EPILOGUE_ADD)
            continue;
        const int value = node->inputs[entry->input];
        rl_onednn_operand *other = &kernel->others[i];
        const rl_form wanted = rl_onednn_form(program, value, form.block);
        relief_status status =
            rl_onednn_operand_new(ctx, program, &kernel->base, value, wanted, other);
        if (status)
            return status;
        kernel->steps[i].type = wanted.type;
        if (kernel->base.in_place_input < 0 && !other->constant &&
            rl_layout_is(&other->layout, form) && rl_onednn_reads_once(node, entry->input))
            kernel->base.in_place_input = entry->input;
    }
    return RELIEF_OK;
}

relief_status rl_onednn_prepare_winograd(relief_ctx *ctx, rl_onednn_program *program, int index,
                                         const rl_dnnl_conv_spec *spec) {
    const rl_node *node = &program->base.graph->nodes[index];
    winograd_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_winograd;
    kernel->spec = *spec;
    kernel->side = rl_winograd_side(spec);
    program->forms[node->outputs[0]] = (rl_form){RL_WINOGRAD_LANES, spec->out_type};
    status = rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0],
                                   (rl_form){RL_WINOGRAD_LANES, spec->in_type}, &kernel->source);
    if (!status)
        status = pack_weights(ctx, program, node, kernel);
    if (!status)
        status = prepare_bias(ctx, program, node, kernel);
    if (!status)
        status = prepare_steps(ctx, program, node, kernel);
    if (!status)
        rl_onednn_reserve(program, &kernel->base,
                          rl_winograd_scratch_bytes(ctx, spec, kernel->side), &kernel->scratch);
    return status;
}
