/* SPDX-License-Identifier: Apache-2.0 */
/* QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger: sums of products of whole numbers, exact,
 * less the zero points; the QLinear forms are scaled and rounded to 8 bits at the end. The sums may
 * use all of int32 and wrap around beyond it. */
#include "nn/ops/qlinear.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"
#include "nn/ops/whole.h"

#include <math.h>

/* ---- what the operators share ---- */

/* Positions of inputs; -1: the operator has none. */
typedef struct operands {
    int x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias;
} operands;

static const operands qlinear_operands = {0, 1, 2, 3, 4, 5, 6, 7, 8};
static const operands integer_operands = {0, -1, 2, 1, -1, 3, -1, -1, -1};

static const operands *operands_of(const rl_node *node) {
    return node->op == &rl_op_qlinear_conv || node->op == &rl_op_qlinear_matmul ? &qlinear_operands
                                                                                : &integer_operands;
}

static bool is_conv(const rl_node *node) {
    return node->op == &rl_op_qlinear_conv || node->op == &rl_op_conv_integer;
}

static const relief_tensor *operand(const rl_node *node, const relief_tensor *const *inputs,
                                    int position) {
    return position >= 0 && position < node->own_input_count ? inputs[position] : NULL;
}

static int64_t value_count(const rl_value *value) {
    return rl_dims_product(value->dims, 0, value->rank);
}

/* A scale or zero point of one number, or (for weights) of one for each of `channels`. */
static relief_status expect_quantum(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                    int input, unsigned types, int64_t channels) {
    const rl_value *value = rl_op_input(graph, node, input);
    if (input < 0 || value == NULL) {
        return RELIEF_OK;
    }
    relief_status status = rl_op_expect(ctx, graph, node, input, types);
    const int64_t count = value_count(value);
    if (status == RELIEF_OK && count != 1 && count != channels) {
        status = rl_op_misfit(ctx, graph, node,
                              "a scale or zero point is one number, or one for each channel");
    }
    return status;
}

/* Axis of the weights' scales and zero points; -1: they are one number. */
static int weight_axis(const rl_node *node, int rank) {
    return is_conv(node) ? 0 : rank - 1;
}

static relief_status check_quanta(relief_ctx *ctx, const rl_graph *graph, const rl_node *node) {
    const operands *at = operands_of(node);
    const rl_value *x = rl_op_input(graph, node, at->x), *w = rl_op_input(graph, node, at->w);
    const int axis = weight_axis(node, w->rank);
    const int64_t channels = axis >= 0 && w->rank > 0 ? w->dims[axis] : 1;
    relief_status status = expect_quantum(ctx, graph, node, at->x_zero, RL_TYPE(x->dtype), 1);
    if (status == RELIEF_OK) {
        status = expect_quantum(ctx, graph, node, at->w_zero, RL_TYPE(w->dtype), channels);
    }
    if (status == RELIEF_OK) {
        status = expect_quantum(ctx, graph, node, at->x_scale, RL_TYPE(RELIEF_F32), 1);
    }
    if (status == RELIEF_OK) {
        status = expect_quantum(ctx, graph, node, at->w_scale, RL_TYPE(RELIEF_F32), channels);
    }
    if (status == RELIEF_OK) {
        status = expect_quantum(ctx, graph, node, at->y_scale, RL_TYPE(RELIEF_F32), 1);
    }
    return status == RELIEF_OK ? expect_quantum(ctx, graph, node, at->y_zero, RL_TYPES_QUANTISED, 1)
                               : status;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const operands *at = operands_of(node);
    relief_status status = rl_op_expect(ctx, graph, node, at->x, RL_TYPES_QUANTISED);
    if (status == RELIEF_OK) {
        status = rl_op_expect(ctx, graph, node, at->w, RL_TYPES_QUANTISED);
    }
    if (status == RELIEF_OK) {
        status = check_quanta(ctx, graph, node);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_value *x = rl_op_input(graph, node, at->x), *w = rl_op_input(graph, node, at->w);
    const rl_value *bias = rl_op_input(graph, node, at->bias);
    rl_value y = {.dtype = RELIEF_I32};
    if (at->y_zero >= 0) {
        y.dtype = rl_op_input(graph, node, at->y_zero)->dtype;
    }
    if (!(is_conv(node) ? rl_conv_shape(node->params, x, w, &y) : rl_matmul_shape(x, w, &y))) {
        return rl_op_misfit(ctx, graph, node, "these sizes do not go together");
    }
    if (bias != NULL &&
        (bias->dtype != RELIEF_I32 || bias->rank != 1 || bias->dims[0] != w->dims[0])) {
        return rl_op_misfit(ctx, graph, node, "one int32 bias for each output channel is wanted");
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

relief_status rl_subtract_zero(relief_ctx *ctx, const relief_tensor *x, const relief_tensor *zero,
                               int axis, relief_tensor **out) {
    relief_status status = rl_tensor_new(ctx, RELIEF_F32, x->rank, x->dims, out);
    if (status != RELIEF_OK) {
        return status;
    }
    const int64_t count = rl_tensor_count(x), zeros = zero != NULL ? rl_tensor_count(zero) : 0;
    const int64_t inner = zeros > 1 ? rl_dims_product(x->dims, axis + 1, x->rank) : 1;
    float *to = (*out)->data;
    for (int64_t i = 0; i < count; i++) {
        int64_t z = zeros > 0 ? rl_get_int(zero, zeros > 1 ? i / inner % zeros : 0) : 0;
        to[i] = (float)(rl_get_int(x, i) - z);
    }
    return RELIEF_OK;
}

/* y = the sums of products. */
static relief_status sum_products(relief_ctx *ctx, const rl_node *node,
                                  const relief_tensor *const *inputs, relief_tensor *y) {
    const operands *at = operands_of(node);
    const relief_tensor *w = inputs[at->w];
    relief_tensor *left = NULL, *right = NULL;
    relief_status status =
        rl_subtract_zero(ctx, inputs[at->x], operand(node, inputs, at->x_zero), -1, &left);
    if (status == RELIEF_OK) {
        status = rl_subtract_zero(ctx, w, operand(node, inputs, at->w_zero),
                                  weight_axis(node, w->rank), &right);
    }
    if (status == RELIEF_OK) {
        status = is_conv(node) ? rl_conv_whole(ctx, node, left, right, y)
                               : rl_matmul_whole(ctx, node, left, right, y);
    }
    relief_tensor_free(left);
    relief_tensor_free(right);
    return status;
}

/* ---- ConvInteger, MatMulInteger ---- */

static relief_status run_integer(relief_ctx *ctx, const rl_node *node,
                                 const relief_tensor *const *inputs,
                                 relief_tensor *const *outputs) {
    return sum_products(ctx, node, inputs, outputs[0]);
}

const rl_op rl_op_conv_integer = {"ConvInteger", 10,    0,          2, 4, 1, 1,
                                  rl_conv_parse, infer, run_integer};
const rl_op rl_op_matmul_integer = {"MatMulInteger",  10,    0,          2, 4, 1, 1,
                                    rl_op_parse_none, infer, run_integer};

/* ---- QLinearConv, QLinearMatMul ---- */

int64_t rl_quantise(float x, int64_t zero, relief_dtype dtype) {
    const float least = dtype == RELIEF_I8 ? -128.0f : 0.0f;
    const float y = nearbyintf(x) + (float)zero; /* halves go to the even neighbour */
    return (int64_t)(y < least + 255.0f ? y > least ? y : least : least + 255.0f);
}

static relief_status run_qlinear(relief_ctx *ctx, const rl_node *node,
                                 const relief_tensor *const *inputs,
                                 relief_tensor *const *outputs) {
    const operands *at = operands_of(node);
    const relief_tensor *bias = operand(node, inputs, at->bias), *scales = inputs[at->w_scale];
    relief_tensor *y = outputs[0], *sums = NULL;
    relief_status status = rl_tensor_new(ctx, RELIEF_I32, y->rank, y->dims, &sums);
    if (status == RELIEF_OK) {
        status = sum_products(ctx, node, inputs, sums);
    }
    if (status != RELIEF_OK) {
        relief_tensor_free(sums);
        return status;
    }
    const int axis = is_conv(node) ? 1 : y->rank - 1;
    const int64_t inner = axis >= 0 ? rl_dims_product(y->dims, axis + 1, y->rank) : 1;
    const int64_t channels = axis >= 0 ? y->dims[axis] : 1, count = rl_tensor_count(y);
    const int64_t zero = rl_get_int(inputs[at->y_zero], 0);
    const float x_scale = rl_tensor_float(inputs[at->x_scale], 0);
    const float y_scale = rl_tensor_float(inputs[at->y_scale], 0);
    for (int64_t i = 0; i < count; i++) {
        const int64_t c = i / inner % channels;
        const float scale = rl_tensor_float(scales, rl_tensor_count(scales) > 1 ? c : 0);
        const uint32_t sum = (uint32_t)((const int32_t *)sums->data)[i] +
                             (uint32_t)(bias != NULL ? ((const int32_t *)bias->data)[c] : 0);
        rl_set_int(y, i,
                   rl_quantise((float)(int32_t)sum * (x_scale * scale / y_scale), zero, y->dtype));
    }
    relief_tensor_free(sums);
    return RELIEF_OK;
}

const rl_op rl_op_qlinear_conv = {"QLinearConv", 10,    0,          8, 9, 1, 1,
                                  rl_conv_parse, infer, run_qlinear};
const rl_op rl_op_qlinear_matmul = {"QLinearMatMul",  10,    0,          8, 8, 1, 1,
                                    rl_op_parse_none, infer, run_qlinear};
