/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of one element: y[i] = f(x[i]). Computed in double and rounded once. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

#include <math.h>

typedef double (*real_fn)(double x, const rl_unary_params *params);

typedef struct unary_job {
    const relief_tensor *x;
    relief_tensor *y;
    real_fn fn;
    const rl_unary_params *params;
} unary_job;

static void unary_range(void *arg, size_t begin, size_t end) {
    const unary_job *job = arg;
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        rl_set_real(job->y, i, job->fn(rl_get_real(job->x, i), job->params));
    }
}

static relief_status run_real(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs,
                              real_fn fn) {
    unary_job job = {inputs[0], outputs[0], fn, node->params};
    rl_parallel(ctx, (size_t)rl_tensor_count(inputs[0]), 4096, unary_range, &job);
    return RELIEF_OK;
}

static relief_status infer_real(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    relief_status status = rl_op_expect(ctx, graph, node, 0, RL_TYPES_REAL);
    return status == RELIEF_OK ? rl_op_infer_same(ctx, graph, node) : status;
}

static relief_status infer_number(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    relief_status status = rl_op_expect(ctx, graph, node, 0, RL_TYPES_NUMBER);
    return status == RELIEF_OK ? rl_op_infer_same(ctx, graph, node) : status;
}

/* alpha and beta with the operator's own defaults. */
static relief_status parse_alpha_beta(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                      const char *const *known, float alpha, float beta) {
    rl_unary_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "alpha", alpha, &params->alpha);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "beta", beta, &params->beta);
    }
    return status;
}

/* ---- activations ---- */

static double relu(double x, const rl_unary_params *params) {
    (void)params;
    return x < 0.0 ? 0.0 : x;
}

static relief_status run_relu(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, relu);
}

const rl_op rl_op_relu = {"Relu", 6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real, run_relu};

static relief_status parse_leaky_relu(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"alpha", NULL};
    return parse_alpha_beta(ctx, graph, node, known, 0.01f, 0.0f);
}

static double leaky_relu(double x, const rl_unary_params *params) {
    return x < 0.0 ? (double)params->alpha * x : x;
}

static relief_status run_leaky_relu(relief_ctx *ctx, const rl_node *node,
                                    const relief_tensor *const *inputs,
                                    relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, leaky_relu);
}

const rl_op rl_op_leaky_relu = {"LeakyRelu",   6, 0, 1, 1, 1, 1, parse_leaky_relu, infer_real,
                                run_leaky_relu};

static relief_status parse_elu(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"alpha", NULL};
    return parse_alpha_beta(ctx, graph, node, known, 1.0f, 0.0f);
}

static double elu(double x, const rl_unary_params *params) {
    return x < 0.0 ? (double)params->alpha * expm1(x) : x;
}

static relief_status run_elu(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, elu);
}

const rl_op rl_op_elu = {"Elu", 6, 0, 1, 1, 1, 1, parse_elu, infer_real, run_elu};

static double sigmoid(double x, const rl_unary_params *params) {
    (void)params;
    return 1.0 / (1.0 + exp(-x));
}

static relief_status run_sigmoid(relief_ctx *ctx, const rl_node *node,
                                 const relief_tensor *const *inputs,
                                 relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, sigmoid);
}

const rl_op rl_op_sigmoid = {"Sigmoid",        6,          0,          1, 1, 1, 1,
                             rl_op_parse_none, infer_real, run_sigmoid};

static relief_status parse_hard_sigmoid(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"alpha", "beta", NULL};
    return parse_alpha_beta(ctx, graph, node, known, 0.2f, 0.5f);
}

static double hard_sigmoid(double x, const rl_unary_params *params) {
    double y = (double)params->alpha * x + (double)params->beta;
    return y < 0.0 ? 0.0 : y > 1.0 ? 1.0 : y;
}

static relief_status run_hard_sigmoid(relief_ctx *ctx, const rl_node *node,
                                      const relief_tensor *const *inputs,
                                      relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, hard_sigmoid);
}

const rl_op rl_op_hard_sigmoid = {"HardSigmoid",   6, 0, 1, 1, 1, 1, parse_hard_sigmoid, infer_real,
                                  run_hard_sigmoid};

static double hard_swish(double x, const rl_unary_params *params) {
    (void)params;
    double gate = x / 6.0 + 0.5;
    return x * (gate < 0.0 ? 0.0 : gate > 1.0 ? 1.0 : gate);
}

static relief_status run_hard_swish(relief_ctx *ctx, const rl_node *node,
                                    const relief_tensor *const *inputs,
                                    relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, hard_swish);
}

const rl_op rl_op_hard_swish = {"HardSwish",   14, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real,
                                run_hard_swish};

static relief_status parse_gelu(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"approximate", NULL};
    const char *form;
    rl_unary_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_string(ctx, graph, node, "approximate", "none", &form);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    params->tanh_form = strcmp(form, "tanh") == 0;
    if (!params->tanh_form && strcmp(form, "none") != 0) {
        return rl_op_refuse(ctx, graph, node, "approximate", form);
    }
    return RELIEF_OK;
}

static double gelu(double x, const rl_unary_params *params) {
    if (params->tanh_form) {
        const double sqrt_2_by_pi = 0.79788456080286535588;
        return 0.5 * x * (1.0 + tanh(sqrt_2_by_pi * (x + 0.044715 * x * x * x)));
    }
    return 0.5 * x * (1.0 + erf(x * M_SQRT1_2));
}

static relief_status run_gelu(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, gelu);
}

const rl_op rl_op_gelu = {"Gelu", 20, 0, 1, 1, 1, 1, parse_gelu, infer_real, run_gelu};

/* ---- mathematics ---- */

static double exp_of(double x, const rl_unary_params *params) {
    (void)params;
    return exp(x);
}

static relief_status run_exp(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, exp_of);
}

const rl_op rl_op_exp = {"Exp", 6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real, run_exp};

static double log_of(double x, const rl_unary_params *params) {
    (void)params;
    return log(x);
}

static relief_status run_log(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, log_of);
}

const rl_op rl_op_log = {"Log", 6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real, run_log};

static double sqrt_of(double x, const rl_unary_params *params) {
    (void)params;
    return sqrt(x);
}

static relief_status run_sqrt(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, sqrt_of);
}

const rl_op rl_op_sqrt = {"Sqrt", 6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real, run_sqrt};

static double reciprocal(double x, const rl_unary_params *params) {
    (void)params;
    return 1.0 / x;
}

static relief_status run_reciprocal(relief_ctx *ctx, const rl_node *node,
                                    const relief_tensor *const *inputs,
                                    relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, reciprocal);
}

const rl_op rl_op_reciprocal = {"Reciprocal",  6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real,
                                run_reciprocal};

static double erf_of(double x, const rl_unary_params *params) {
    (void)params;
    return erf(x);
}

static relief_status run_erf(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, erf_of);
}

const rl_op rl_op_erf = {"Erf", 9, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real, run_erf};

static double tanh_of(double x, const rl_unary_params *params) {
    (void)params;
    return tanh(x);
}

static relief_status run_tanh(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, tanh_of);
}

const rl_op rl_op_tanh = {"Tanh", 6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real, run_tanh};

static double floor_of(double x, const rl_unary_params *params) {
    (void)params;
    return floor(x);
}

static relief_status run_floor(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, floor_of);
}

const rl_op rl_op_floor = {"Floor", 6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real, run_floor};

static double ceil_of(double x, const rl_unary_params *params) {
    (void)params;
    return ceil(x);
}

static relief_status run_ceil(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, ceil_of);
}

const rl_op rl_op_ceil = {"Ceil", 6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real, run_ceil};

/* Halves go to the even neighbour. */
static double round_of(double x, const rl_unary_params *params) {
    (void)params;
    return nearbyint(x);
}

static relief_status run_round(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_real(ctx, node, inputs, outputs, round_of);
}

const rl_op rl_op_round = {"Round", 11, 0, 1, 1, 1, 1, rl_op_parse_none, infer_real, run_round};

/* ---- signs, of integers too ---- */

static double negate(double x, const rl_unary_params *params) {
    (void)params;
    return -x;
}

static double absolute(double x, const rl_unary_params *params) {
    (void)params;
    return fabs(x);
}

static relief_status run_neg(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    if (rl_is_real(inputs[0]->dtype)) {
        return run_real(ctx, node, inputs, outputs, negate);
    }
    int64_t count = rl_tensor_count(inputs[0]);
    for (int64_t i = 0; i < count; i++) {
        rl_set_int(outputs[0], i, (int64_t)(0 - (uint64_t)rl_get_int(inputs[0], i)));
    }
    return RELIEF_OK;
}

const rl_op rl_op_neg = {"Neg", 6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_number, run_neg};

static relief_status run_abs(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    if (rl_is_real(inputs[0]->dtype)) {
        return run_real(ctx, node, inputs, outputs, absolute);
    }
    int64_t count = rl_tensor_count(inputs[0]);
    for (int64_t i = 0; i < count; i++) {
        int64_t x = rl_get_int(inputs[0], i);
        rl_set_int(outputs[0], i, x < 0 ? (int64_t)(0 - (uint64_t)x) : x);
    }
    return RELIEF_OK;
}

const rl_op rl_op_abs = {"Abs", 6, 0, 1, 1, 1, 1, rl_op_parse_none, infer_number, run_abs};
