/* SPDX-License-Identifier: Apache-2.0 */
/* DequantizeLinear: y = (x - zero_point) * scale, and QuantizeLinear: y = saturate(round(x / scale)
 * + zero_point). Scale and zero point are one number each, or one for each index along `axis` (from
 * opset 13 on). */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

#include <math.h>

enum { QUANTIZED = RL_TYPE(RELIEF_U8) | RL_TYPE(RELIEF_I8) };

static relief_status parse_common(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                  const char *const *known, rl_axis_params **out) {
    bool saturate;
    int64_t block;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof **out, (void **)out);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "axis", 1, &(*out)->axis);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "block_size", 0, &block);
    }
    if (status == RELIEF_OK && block != 0) {
        status = rl_op_refuse(ctx, graph, node, "block_size", "other than 0");
    }
    /* Only says something about 8-bit floats, which are refused as types. */
    return status == RELIEF_OK ? rl_op_bool(ctx, graph, node, "saturate", true, &saturate) : status;
}

static relief_status parse_10(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {NULL};
    rl_axis_params *params;
    return parse_common(ctx, graph, node, known, &params);
}

static relief_status parse_13(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"axis", "saturate", "block_size", "output_dtype", NULL};
    rl_axis_params *params;
    int64_t type = 0;
    relief_status status = parse_common(ctx, graph, node, known, &params);
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "output_dtype", 0, &type);
    }
    if (status == RELIEF_OK) {
        bool dequantize = strcmp(node->op_type, "DequantizeLinear") == 0;
        unsigned allowed = dequantize ? RL_TYPE(RELIEF_F32) : (unsigned)QUANTIZED;
        if (type != 0 && (type < 0 || type > 31 || (allowed & RL_TYPE(type)) == 0)) {
            return rl_op_refuse(ctx, graph, node, "output_dtype", "a type other than these");
        }
        params->dtype = (relief_dtype)type;
    }
    return status;
}

/* Check scale and zero point against x. */
static relief_status check_scale(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                 unsigned zero_types) {
    const rl_axis_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0), *zero = rl_op_input(graph, node, 2);
    relief_status status = rl_op_expect(ctx, graph, node, 1, RL_TYPE(RELIEF_F32));
    if (status == RELIEF_OK && zero != NULL) {
        status = rl_op_expect(ctx, graph, node, 2, zero_types);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_value *scale = rl_op_input(graph, node, 1);
    int64_t count = rl_dims_product(scale->dims, 0, scale->rank);
    if (zero != NULL && rl_dims_product(zero->dims, 0, zero->rank) != count) {
        return rl_op_misfit(ctx, graph, node, "scale and zero point differ in size");
    }
    if (count == 1) {
        return RELIEF_OK;
    }
    int axis = -1;
    status = rl_op_axis(ctx, graph, node, params->axis, x->rank, &axis);
    if (status == RELIEF_OK && (scale->rank != 1 || x->dims[axis] != count)) {
        status =
            rl_op_misfit(ctx, graph, node, "one scale for each index along the axis is wanted");
    }
    return status;
}

typedef struct scale_walk {
    int64_t inner, count; /* elements below the axis; scales */
} scale_walk;

static scale_walk walk_scales(const rl_node *node, const relief_tensor *x,
                              const relief_tensor *scale) {
    const rl_axis_params *params = node->params;
    scale_walk walk = {1, rl_tensor_count(scale)};
    if (walk.count > 1) {
        walk.inner = rl_dims_product(x->dims, rl_axis(params->axis, x->rank) + 1, x->rank);
    }
    return walk;
}

/* ---- DequantizeLinear ---- */

static relief_status infer_dequantize(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    relief_status status = rl_op_expect(ctx, graph, node, 0, QUANTIZED | RL_TYPE(RELIEF_I32));
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_value *x = rl_op_input(graph, node, 0);
    status = check_scale(ctx, graph, node, RL_TYPE(x->dtype));
    if (status != RELIEF_OK) {
        return status;
    }
    rl_value y = *x;
    y.dtype = RELIEF_F32;
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_dequantize(relief_ctx *ctx, const rl_node *node,
                                    const relief_tensor *const *inputs,
                                    relief_tensor *const *outputs) {
    (void)ctx;
    const relief_tensor *x = inputs[0], *scale = inputs[1];
    const relief_tensor *zero = node->own_input_count > 2 ? inputs[2] : NULL;
    scale_walk walk = walk_scales(node, x, scale);
    int64_t count = rl_tensor_count(x);
    for (int64_t i = 0; i < count; i++) {
        int64_t s = i / walk.inner % walk.count;
        int64_t whole = rl_get_int(x, i) - (zero != NULL ? rl_get_int(zero, s) : 0);
        ((float *)outputs[0]->data)[i] = (float)whole * ((const float *)scale->data)[s];
    }
    return RELIEF_OK;
}

const rl_op rl_op_dequantize_linear_10 = {
    "DequantizeLinear", 10, 12, 2, 3, 1, 1, parse_10, infer_dequantize, run_dequantize};
const rl_op rl_op_dequantize_linear_13 = {
    "DequantizeLinear", 13, 0, 2, 3, 1, 1, parse_13, infer_dequantize, run_dequantize};

/* ---- QuantizeLinear ---- */

static relief_status infer_quantize(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    relief_status status = rl_op_expect(ctx, graph, node, 0, RL_TYPE(RELIEF_F32));
    if (status == RELIEF_OK) {
        status = check_scale(ctx, graph, node, QUANTIZED);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_value *zero = rl_op_input(graph, node, 2);
    rl_value y = *rl_op_input(graph, node, 0);
    y.dtype = zero != NULL ? zero->dtype : params->dtype != 0 ? params->dtype : RELIEF_U8;
    if (params->dtype != 0 && params->dtype != y.dtype) {
        return rl_op_misfit(ctx, graph, node, "output_dtype and zero point differ in type");
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_quantize(relief_ctx *ctx, const rl_node *node,
                                  const relief_tensor *const *inputs,
                                  relief_tensor *const *outputs) {
    (void)ctx;
    const relief_tensor *x = inputs[0], *scale = inputs[1];
    const relief_tensor *zero = node->own_input_count > 2 ? inputs[2] : NULL;
    double least = outputs[0]->dtype == RELIEF_I8 ? -128.0 : 0.0, most = least + 255.0;
    scale_walk walk = walk_scales(node, x, scale);
    int64_t count = rl_tensor_count(x);
    for (int64_t i = 0; i < count; i++) {
        int64_t s = i / walk.inner % walk.count;
        float ratio = ((const float *)x->data)[i] / ((const float *)scale->data)[s];
        double y = nearbyint((double)ratio); /* halves go to the even neighbour */
        y += zero != NULL ? (double)rl_get_int(zero, s) : 0.0;
        rl_set_int(outputs[0], i, (int64_t)(y < most ? y > least ? y : least : most));
    }
    return RELIEF_OK;
}

const rl_op rl_op_quantize_linear_10 = {"QuantizeLinear", 10,          12, 2, 3, 1, 1, parse_10,
                                        infer_quantize,   run_quantize};
const rl_op rl_op_quantize_linear_13 = {"QuantizeLinear", 13,          0, 2, 3, 1, 1, parse_13,
                                        infer_quantize,   run_quantize};
