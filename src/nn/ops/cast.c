/* SPDX-License-Identifier: Apache-2.0 */
/* Cast between all types that tensors can have. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

#include <math.h>

static relief_status parse(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"to", "saturate", NULL};
    rl_cast_params *params;
    int64_t to;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "to", 0, &to);
    }
    if (status == RELIEF_OK) {
        params->to = (relief_dtype)(to > 0 && to < 32 ? to : 0);
        if (rl_dtype_size(params->to) == 0) {
            status = rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                                  "attribute to = %lld is not a supported type", (long long)to);
        }
    }
    return status;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_cast_params *params = node->params;
    rl_value y = *rl_op_input(graph, node, 0);
    y.dtype = params->to;
    return rl_op_output(ctx, graph, node, 0, &y);
}

static bool is_float(relief_dtype dtype) {
    return rl_is_real(dtype) || dtype == RELIEF_F16 || dtype == RELIEF_BF16;
}

/* x as IEEE binary16, rounded to the nearest, halves to even; too large becomes infinite.
 * The exponent decides how many bits of the double stay, and ldexp makes them an integer to be
 * rounded. */
static uint16_t to_f16(double x) {
    uint16_t sign = signbit(x) ? 0x8000 : 0;
    if (x != x) {
        return 0x7e00;
    }
    x = fabs(x);
    if (x >= 65520.0) { /* half way from the largest number to the next power of two */
        return sign | 0x7c00;
    }
    int exponent;
    frexp(x, &exponent); /* x = m * 2^exponent, m in [0.5, 1) */
    if (x == 0.0 || exponent < -13) {
        exponent = -13; /* subnormal: units of 2^-24 */
    }
    double units = nearbyint(ldexp(x, 11 - exponent));
    /* 1024 units or more carry the hidden bit, which adds itself to the exponent field; so does a
     * carry to 2048. */
    return (uint16_t)(sign | (uint16_t)((exponent + 13) * 1024 + (int)units));
}

/* x as bfloat16: the upper half of a float, rounded to the nearest, halves to even. */
static uint16_t to_bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (x != x) {
        return (uint16_t)(bits >> 16 | 0x40);
    }
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* What is outside of the integer type goes to its border, a NaN to 0 (ONNX leaves both open; C does
 * too). */
static int64_t to_int(double x, relief_dtype dtype) {
    if (x != x) {
        return 0;
    }
    switch (dtype) {
    case RELIEF_I64:
        return x >= 0x1p63 ? INT64_MAX : x <= -0x1p63 ? INT64_MIN : (int64_t)x;
    case RELIEF_I32:
        return x >= 0x1p31 ? INT32_MAX : x <= -0x1p31 ? INT32_MIN : (int64_t)x;
    case RELIEF_I8:
        return x >= 127.0 ? 127 : x <= -128.0 ? -128 : (int64_t)x;
    default:
        return x >= 255.0 ? 255 : x <= 0.0 ? 0 : (int64_t)x;
    }
}

static void store_real(relief_tensor *y, int64_t i, double x) {
    switch (y->dtype) {
    case RELIEF_F16:
        ((uint16_t *)y->data)[i] = to_f16(x);
        break;
    case RELIEF_BF16:
        ((uint16_t *)y->data)[i] = to_bf16((float)x);
        break;
    case RELIEF_BOOL:
        ((uint8_t *)y->data)[i] = x != 0.0;
        break;
    case RELIEF_F32:
    case RELIEF_F64:
        rl_set_real(y, i, x);
        break;
    default:
        rl_set_int(y, i, to_int(x, y->dtype));
        break;
    }
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    const relief_tensor *x = inputs[0];
    relief_tensor *y = outputs[0];
    int64_t count = rl_tensor_count(x);
    if (y->dtype == RELIEF_F32 && is_float(x->dtype) && x->dtype != RELIEF_F64) {
        rl_tensor_floats(x, y->data); /* weights that are kept as halves: millions of them */
        return RELIEF_OK;
    }
    for (int64_t i = 0; i < count; i++) {
        if (x->dtype == RELIEF_F64) {
            store_real(y, i, ((const double *)x->data)[i]);
        } else if (is_float(x->dtype)) {
            store_real(y, i, (double)rl_tensor_float(x, i));
        } else if (is_float(y->dtype)) {
            store_real(y, i, (double)rl_get_int(x, i));
        } else if (y->dtype == RELIEF_BOOL) {
            rl_set_int(y, i, rl_get_int(x, i) != 0);
        } else {
            rl_set_int(y, i, rl_get_int(x, i));
        }
    }
    return RELIEF_OK;
}

const rl_op rl_op_cast = {"Cast", 6, 0, 1, 1, 1, 1, parse, infer, run};
