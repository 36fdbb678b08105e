/* SPDX-License-Identifier: Apache-2.0 */
/* A node on host tensors: the operator's plain kernel, then the epilogue as its definition says. */
#include "base/status.h"
#include "nn/ops/op_params.h"

static void clip(relief_tensor *tensor, float lo, float hi) {
    float *x = tensor->data;
    size_t count = tensor->bytes / sizeof(*x);
    for (size_t i = 0; i < count; i++) {
        float raised = x[i] < lo ? lo : x[i]; /* a NaN stays one, and hi wins over lo */
        x[i] = raised > hi ? hi : raised;
    }
}

static void add(relief_tensor *tensor, const relief_tensor *other) {
    float *x = tensor->data;
    const float *y = other->data;
    size_t count = tensor->bytes / sizeof(*x);
    for (size_t i = 0; i < count; i++) {
        x[i] += y[i];
    }
}

relief_status rl_node_run_reference(relief_ctx *ctx, const rl_node *node,
                                    const relief_tensor *const *inputs,
                                    relief_tensor *const *outputs) {
    relief_status status = node->op->run(ctx, node, inputs, outputs);
    for (int i = 0; !status && i < node->epilogue_count; i++) {
        const rl_epilogue *e = &node->epilogue[i];
        if (outputs[0]->dtype != RELIEF_F32) {
            status = rl_fail(ctx, RELIEF_ERROR_INTERNAL, "fused into a node that is not float32");
        } else if (e->kind == RL_EPILOGUE_CLIP) {
            clip(outputs[0], e->lo, e->hi);
        } else if (e->kind == RL_EPILOGUE_GELU) {
            const rl_unary_params params = {.tanh_form = e->tanh_form};
            const rl_node gelu = {.name = node->name, .params = &params, .own_input_count = 1};
            const relief_tensor *const x[] = {outputs[0]};
            status = rl_op_find("", "Gelu", 20)->run(ctx, &gelu, x, outputs);
        } else if (inputs[e->input]->bytes != outputs[0]->bytes) {
            status = rl_fail(ctx, RELIEF_ERROR_INTERNAL, "fused with an input of another shape");
        } else {
            add(outputs[0], inputs[e->input]);
        }
    }
    return status;
}
