/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of one element that depth networks use more rarely; as unary.c. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

#include <math.h>

typedef double (*real_fn)(double x, const rl_unary_params *params);

static double cosine(double x, const rl_unary_params *params) {
    (void)params;
    return cos(x);
}

static double sine(double x, const rl_unary_params *params) {
    (void)params;
    return sin(x);
}

static double sign(double x, const rl_unary_params *params) {
    (void)params;
    return (double)((x > 0.0) - (x < 0.0));
}

/* log(1 + exp(x)) without an overflow. */
static double softplus(double x, const rl_unary_params *params) {
    (void)params;
    return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
}

static double softsign(double x, const rl_unary_params *params) {
    (void)params;
    return isinf(x) ? copysign(1.0, x) : x / (1.0 + fabs(x));
}

static double mish(double x, const rl_unary_params *params) {
    return x * tanh(softplus(x, params));
}

/* alpha is alpha, beta is gamma. */
static double selu(double x, const rl_unary_params *params) {
    return (double)params->beta * (x > 0.0 ? x : (double)params->alpha * expm1(x));
}

static double celu(double x, const rl_unary_params *params) {
    const double alpha = (double)params->alpha;
    return x > 0.0 ? x : alpha * expm1(x / alpha);
}

static double thresholded_relu(double x, const rl_unary_params *params) {
    return x > (double)params->alpha ? x : 0.0;
}

/* One row each; alpha and gamma are attributes where their name is set. */
static const struct function {
    const rl_op *op;
    real_fn fn;
    const char *known[3];
    float alpha, gamma;
} functions[] = {
    {&rl_op_celu, celu, {"alpha", NULL}, 1.0f, 0.0f},
    {&rl_op_cos, cosine, {NULL}, 0.0f, 0.0f},
    {&rl_op_mish, mish, {NULL}, 0.0f, 0.0f},
    {&rl_op_selu, selu, {"alpha", "gamma", NULL}, 1.67326324f, 1.05070102f},
    {&rl_op_sign, sign, {NULL}, 0.0f, 0.0f},
    {&rl_op_sin, sine, {NULL}, 0.0f, 0.0f},
    {&rl_op_softplus, softplus, {NULL}, 0.0f, 0.0f},
    {&rl_op_softsign, softsign, {NULL}, 0.0f, 0.0f},
    {&rl_op_thresholded_relu, thresholded_relu, {"alpha", NULL}, 1.0f, 0.0f},
};

static const struct function *find_function(const rl_node *node) {
    const struct function *found = functions;
    while (found->op != node->op) {
        found++;
    }
    return found;
}

static relief_status parse(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    const struct function *f = find_function(node);
    rl_unary_params *params;
    relief_status status = rl_op_know(ctx, graph, node, f->known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "alpha", f->alpha, &params->alpha);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "gamma", f->gamma, &params->beta);
    }
    return status;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    relief_status status = rl_op_expect(ctx, graph, node, 0, RL_TYPES_REAL);
    return status == RELIEF_OK ? rl_op_infer_same(ctx, graph, node) : status;
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    (void)ctx;
    const real_fn fn = find_function(node)->fn;
    const int64_t count = rl_tensor_count(inputs[0]);
    for (int64_t i = 0; i < count; i++) {
        rl_set_real(outputs[0], i, fn(rl_get_real(inputs[0], i), node->params));
    }
    return RELIEF_OK;
}

const rl_op rl_op_celu = {"Celu", 12, 0, 1, 1, 1, 1, parse, infer, run};
const rl_op rl_op_cos = {"Cos", 7, 0, 1, 1, 1, 1, parse, infer, run};
const rl_op rl_op_mish = {"Mish", 18, 0, 1, 1, 1, 1, parse, infer, run};
const rl_op rl_op_selu = {"Selu", 6, 0, 1, 1, 1, 1, parse, infer, run};
const rl_op rl_op_sign = {"Sign", 9, 0, 1, 1, 1, 1, parse, infer, run};
const rl_op rl_op_sin = {"Sin", 7, 0, 1, 1, 1, 1, parse, infer, run};
const rl_op rl_op_softplus = {"Softplus", 1, 0, 1, 1, 1, 1, parse, infer, run};
const rl_op rl_op_softsign = {"Softsign", 1, 0, 1, 1, 1, 1, parse, infer, run};
const rl_op rl_op_thresholded_relu = {"ThresholdedRelu", 10, 0, 1, 1, 1, 1, parse, infer, run};
