/* SPDX-License-Identifier: Apache-2.0 */
/* Operators of ONNX Runtime's own set ("com.microsoft") that onnxruntime.quantization writes: sums,
 * products, activations and concatenations of quantised tensors, each with scale and zero point of
 * its own. The inputs stand for floats; what is done to them is rounded to the output's quanta.
 * Also DynamicQuantizeLinear, whose scale follows from the tensor that it rounds. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"
#include "nn/ops/qlinear.h"

#include <math.h>

/* Three inputs from `first` on: a quantised tensor (unless `tensor` is false: it is not there), its
 * scale and its zero point, which may be left out. */
static relief_status expect_triple(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                   int first, bool tensor) {
    const int scale = first + (tensor ? 1 : 0);
    relief_status status =
        tensor ? rl_op_expect(ctx, graph, node, first, RL_TYPES_QUANTISED) : RELIEF_OK;
    if (status == RELIEF_OK) {
        status = rl_op_expect(ctx, graph, node, scale, RL_TYPE(RELIEF_F32));
    }
    for (int i = scale; status == RELIEF_OK && i < scale + 2; i++) {
        const rl_value *value = rl_op_input(graph, node, i);
        if (value == NULL) {
            continue;
        }
        if (i > scale) {
            status = rl_op_expect(ctx, graph, node, i, RL_TYPES_QUANTISED);
        }
        if (status == RELIEF_OK && rl_dims_product(value->dims, 0, value->rank) != 1) {
            status = rl_op_misfit(ctx, graph, node, "a scale or zero point is one number");
        }
    }
    return status;
}

/* What a quantised number stands for, or is rounded to. */
typedef struct quantum {
    float scale;
    int64_t zero;
} quantum;

static quantum quantum_at(const rl_node *node, const relief_tensor *const *inputs, int scale) {
    const bool has_zero = scale + 1 < node->own_input_count && inputs[scale + 1] != NULL;
    return (quantum){rl_tensor_float(inputs[scale], 0),
                     has_zero ? rl_get_int(inputs[scale + 1], 0) : 0};
}

static float real_of(const relief_tensor *x, int64_t i, quantum q) {
    return (float)(rl_get_int(x, i) - q.zero) * q.scale;
}

static void store(relief_tensor *y, int64_t i, float x, quantum q) {
    rl_set_int(y, i, rl_quantise(x / q.scale, q.zero, y->dtype));
}

/* ---- QLinearAdd, QLinearMul: a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero ---- */

static relief_status infer_binary(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    relief_status status = expect_triple(ctx, graph, node, 0, true);
    if (status == RELIEF_OK) {
        status = expect_triple(ctx, graph, node, 3, true);
    }
    if (status == RELIEF_OK) {
        status = expect_triple(ctx, graph, node, 6, false);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_value *a = rl_op_input(graph, node, 0), *b = rl_op_input(graph, node, 3);
    rl_value y = {.dtype = a->dtype};
    if (b->dtype != a->dtype ||
        !rl_broadcast(a->rank, a->dims, b->rank, b->dims, &y.rank, y.dims)) {
        return rl_op_misfit(ctx, graph, node, "the two do not go together");
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

/* A sum is taken with the scales divided first and the output's zero point inside, each step a
 * fused multiplication and addition: so do the kernels of ONNX Runtime, and halves of quanta are
 * common enough for the order to show. */
typedef struct sum_terms {
    float factors[2], offset;
} sum_terms;

static sum_terms terms_of(quantum a, quantum b, quantum y) {
    sum_terms terms = {{a.scale / y.scale, b.scale / y.scale}, 0};
    terms.offset =
        (float)y.zero - fmaf(terms.factors[0], (float)a.zero, terms.factors[1] * (float)b.zero);
    return terms;
}

static void store_sum(relief_tensor *y, int64_t i, int64_t a, int64_t b, const sum_terms *terms) {
    const float second = fmaf((float)b, terms->factors[1], terms->offset);
    rl_set_int(y, i, rl_quantise(fmaf((float)a, terms->factors[0], second), 0, y->dtype));
}

static void run_binary(const rl_node *node, const relief_tensor *const *inputs, relief_tensor *y,
                       bool add) {
    const relief_tensor *a = inputs[0], *b = inputs[3];
    const quantum qa = quantum_at(node, inputs, 1), qb = quantum_at(node, inputs, 4);
    const quantum qy = quantum_at(node, inputs, 6);
    const sum_terms terms = terms_of(qa, qb, qy);
    const int64_t count = rl_tensor_count(y);
    rl_walk walk;
    rl_walk_begin(&walk, y);
    rl_walk_add(&walk, a);
    rl_walk_add(&walk, b);
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = walk.offset[0], bt = walk.offset[1];
        if (add) {
            store_sum(y, i, rl_get_int(a, at), rl_get_int(b, bt), &terms);
        } else {
            store(y, i, real_of(a, at, qa) * real_of(b, bt, qb), qy);
        }
        rl_walk_next(&walk);
    }
}

static relief_status run_add(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    run_binary(node, inputs, outputs[0], true);
    return RELIEF_OK;
}

static relief_status run_mul(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    run_binary(node, inputs, outputs[0], false);
    return RELIEF_OK;
}

const rl_op rl_op_qlinear_add = {
    "com.microsoft.QLinearAdd", 1, 0, 7, 8, 1, 1, rl_op_parse_none, infer_binary, run_add};
const rl_op rl_op_qlinear_mul = {
    "com.microsoft.QLinearMul", 1, 0, 7, 8, 1, 1, rl_op_parse_none, infer_binary, run_mul};

/* ---- QLinearSigmoid, QLinearLeakyRelu: x, x_scale, x_zero, y_scale, y_zero ---- */

static relief_status infer_unary(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    relief_status status = expect_triple(ctx, graph, node, 0, true);
    if (status == RELIEF_OK) {
        status = expect_triple(ctx, graph, node, 3, false);
    }
    return status == RELIEF_OK ? rl_op_infer_same(ctx, graph, node) : status;
}

static relief_status run_sigmoid(relief_ctx *ctx, const rl_node *node,
                                 const relief_tensor *const *inputs,
                                 relief_tensor *const *outputs) {
    (void)ctx;
    const quantum qx = quantum_at(node, inputs, 1), qy = quantum_at(node, inputs, 3);
    const int64_t count = rl_tensor_count(inputs[0]);
    for (int64_t i = 0; i < count; i++) {
        store(outputs[0], i, 1.0f / (1.0f + expf(-real_of(inputs[0], i, qx))), qy);
    }
    return RELIEF_OK;
}

static relief_status parse_leaky(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"alpha", NULL};
    rl_unary_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    return status == RELIEF_OK ? rl_op_float(ctx, graph, node, "alpha", 0.01f, &params->alpha)
                               : status;
}

static relief_status run_leaky(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    const rl_unary_params *params = node->params;
    const quantum qx = quantum_at(node, inputs, 1), qy = quantum_at(node, inputs, 3);
    const int64_t count = rl_tensor_count(inputs[0]);
    for (int64_t i = 0; i < count; i++) {
        const float x = real_of(inputs[0], i, qx);
        store(outputs[0], i, x < 0 ? x * params->alpha : x, qy);
    }
    return RELIEF_OK;
}

const rl_op rl_op_qlinear_sigmoid = {
    "com.microsoft.QLinearSigmoid", 1, 0, 4, 5, 1, 1, rl_op_parse_none, infer_unary, run_sigmoid};
const rl_op rl_op_qlinear_leaky_relu = {
    "com.microsoft.QLinearLeakyRelu", 1, 0, 4, 5, 1, 1, parse_leaky, infer_unary, run_leaky};

/* ---- QLinearConcat: y_scale, y_zero, then a triple for each part ---- */

static relief_status infer_concat(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    relief_status status = expect_triple(ctx, graph, node, 0, false);
    if (status == RELIEF_OK && (node->own_input_count < 5 || node->own_input_count % 3 != 2)) {
        status = rl_op_misfit(ctx, graph, node, "scale and zero point of a part are missing");
    }
    rl_value y = {.rank = 0};
    int axis = 0;
    for (int i = 2; status == RELIEF_OK && i < node->own_input_count; i += 3) {
        status = expect_triple(ctx, graph, node, i, true);
        if (status != RELIEF_OK) {
            return status;
        }
        const rl_value *x = rl_op_input(graph, node, i);
        if (i == 2) {
            y = *x;
            status = rl_op_axis(ctx, graph, node, params->axis, x->rank, &axis);
            continue;
        }
        bool same = x->rank == y.rank && x->dtype == y.dtype;
        for (int d = 0; same && d < y.rank; d++) {
            same = d == axis || x->dims[d] == y.dims[d];
        }
        if (!same || x->dims[axis] > RL_MAX_ELEMENTS - y.dims[axis]) {
            return rl_op_misfit(ctx, graph, node, "they can differ along the axis alone");
        }
        y.dims[axis] += x->dims[axis];
    }
    return status == RELIEF_OK ? rl_op_output(ctx, graph, node, 0, &y) : status;
}

static relief_status run_concat(relief_ctx *ctx, const rl_node *node,
                                const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    const rl_axis_params *params = node->params;
    relief_tensor *y = outputs[0];
    const int axis = rl_axis(params->axis, y->rank);
    const int64_t inner = rl_dims_product(y->dims, axis + 1, y->rank);
    const quantum qy = quantum_at(node, inputs, 0);
    int64_t at = 0;
    for (int k = 2; k < node->own_input_count; k += 3) {
        const relief_tensor *x = inputs[k];
        const quantum qx = quantum_at(node, inputs, k + 1);
        const int64_t size = x->dims[axis] * inner, count = rl_tensor_count(x);
        for (int64_t i = 0; i < count; i++) {
            store(y, i / size * y->dims[axis] * inner + at + i % size, real_of(x, i, qx), qy);
        }
        at += size;
    }
    return RELIEF_OK;
}

const rl_op rl_op_qlinear_concat = {
    "com.microsoft.QLinearConcat", 1, 0, 3, -1, 1, 1, rl_concat_parse, infer_concat, run_concat};

/* ---- DynamicQuantizeLinear: x -> y, y_scale, y_zero; 0 is among what 8 bits can say ---- */

static relief_status infer_dynamic(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    relief_status status = rl_op_expect(ctx, graph, node, 0, RL_TYPE(RELIEF_F32));
    rl_value y = *rl_op_input(graph, node, 0);
    y.dtype = RELIEF_U8;
    if (status == RELIEF_OK) {
        status = rl_op_output(ctx, graph, node, 0, &y);
    }
    if (status == RELIEF_OK) {
        status = rl_op_output(ctx, graph, node, 1, &(rl_value){.dtype = RELIEF_F32});
    }
    return status == RELIEF_OK ? rl_op_output(ctx, graph, node, 2, &(rl_value){.dtype = RELIEF_U8})
                               : status;
}

/* As store(), for quotients of at most 255: such a float has no fraction once 1.5 * 2^23 is added,
 * and the compiler makes vector code of that. */
static void store_all(const float *x, int64_t count, quantum q, uint8_t *y) {
    const float shift = 12582912.0f, zero = (float)q.zero;
    for (int64_t i = 0; i < count; i++) {
        const float whole = ((x[i] / q.scale + shift) - shift) + zero;
        const float raised = whole > 0 ? whole : 0;
        y[i] = (uint8_t)(int32_t)(whole < 255.0f ? raised : 255.0f);
    }
}

static relief_status run_dynamic(relief_ctx *ctx, const rl_node *node,
                                 const relief_tensor *const *inputs,
                                 relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    const float *x = inputs[0]->data;
    const int64_t count = rl_tensor_count(inputs[0]);
    float least = 0, most = 0;
    for (int64_t i = 0; i < count; i++) {
        least = x[i] < least ? x[i] : least;
        most = x[i] > most ? x[i] : most;
    }
    quantum q = {most > least ? (most - least) / 255.0f : 1.0f, 0};
    q.zero = rl_quantise(-least / q.scale, 0, RELIEF_U8);
    if (outputs[0] != NULL) {
        store_all(x, count, q, outputs[0]->data);
    }
    if (outputs[1] != NULL) {
        *(float *)outputs[1]->data = q.scale;
    }
    if (outputs[2] != NULL) {
        *(uint8_t *)outputs[2]->data = (uint8_t)q.zero;
    }
    return RELIEF_OK;
}

const rl_op rl_op_dynamic_quantize_linear = {
    "DynamicQuantizeLinear", 11, 0, 1, 1, 3, 3, rl_op_parse_none, infer_dynamic, run_dynamic};
