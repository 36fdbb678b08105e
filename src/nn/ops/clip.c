/* SPDX-License-Identifier: Apache-2.0 */
/* Clip: min(max(x, lo), hi); the bounds are attributes in opset 6 and inputs from 11 on. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"
#include "nn/ops/qlinear.h"

#include <float.h>
#include <math.h>

static relief_status parse_6(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"min", "max", NULL};
    rl_clip_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "min", -FLT_MAX, &params->lo);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "max", FLT_MAX, &params->hi);
    }
    return status;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    unsigned types =
        node->op == &rl_op_clip_6 ? RL_TYPES_REAL : RL_TYPES_NUMBER | RL_TYPES_QUANTISED;
    relief_status status = rl_op_expect(ctx, graph, node, 0, types);
    const rl_value *x = rl_op_input(graph, node, 0);
    for (int i = 1; status == RELIEF_OK && i < node->own_input_count; i++) {
        const rl_value *bound = rl_op_input(graph, node, i);
        if (bound == NULL) {
            continue;
        }
        if (bound->dtype != x->dtype || rl_dims_product(bound->dims, 0, bound->rank) != 1) {
            return rl_op_misfit(ctx, graph, node, "a bound is one number of the input's type");
        }
    }
    return status == RELIEF_OK ? rl_op_infer_same(ctx, graph, node) : status;
}

bool rl_clip_bounds(const rl_graph *graph, const rl_node *node, float *lo, float *hi) {
    *lo = -INFINITY;
    *hi = INFINITY;
    if (node->op == &rl_op_relu) {
        *lo = 0.0f;
        return true;
    }
    if (node->op == &rl_op_clip_6) {
        const rl_clip_params *params = node->params;
        *lo = params->lo;
        *hi = params->hi;
        return true;
    }
    for (int i = 1; i <= 2; i++) {
        const rl_value *bound = rl_op_input(graph, node, i);
        if (bound != NULL && bound->constant == NULL) {
            return false;
        }
        if (bound != NULL) {
            *(i == 1 ? lo : hi) = rl_tensor_float(bound->constant, 0);
        }
    }
    return node->op == &rl_op_clip_11;
}

/* The last comparison decides when lo > hi; a NaN stays one. */
static double clip_real(double x, double lo, double hi) {
    x = x < lo ? lo : x;
    return x > hi ? hi : x;
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    (void)ctx;
    const rl_clip_params *params = node->params;
    const relief_tensor *x = inputs[0];
    const relief_tensor *lo = node->own_input_count > 1 ? inputs[1] : NULL;
    const relief_tensor *hi = node->own_input_count > 2 ? inputs[2] : NULL;
    int64_t count = rl_tensor_count(x);
    if (rl_is_real(x->dtype)) {
        double least = params != NULL ? (double)params->lo : -INFINITY;
        double most = params != NULL ? (double)params->hi : INFINITY;
        least = lo != NULL ? rl_get_real(lo, 0) : least;
        most = hi != NULL ? rl_get_real(hi, 0) : most;
        for (int64_t i = 0; i < count; i++) {
            rl_set_real(outputs[0], i, clip_real(rl_get_real(x, i), least, most));
        }
        return RELIEF_OK;
    }
    int64_t least = lo != NULL ? rl_get_int(lo, 0) : INT64_MIN;
    int64_t most = hi != NULL ? rl_get_int(hi, 0) : INT64_MAX;
    for (int64_t i = 0; i < count; i++) {
        int64_t value = rl_get_int(x, i);
        value = value < least ? least : value;
        rl_set_int(outputs[0], i, value > most ? most : value);
    }
    return RELIEF_OK;
}

const rl_op rl_op_clip_6 = {"Clip", 6, 10, 1, 1, 1, 1, parse_6, infer, run};
const rl_op rl_op_clip_11 = {"Clip", 11, 0, 1, 3, 1, 1, rl_op_parse_none, infer, run};
