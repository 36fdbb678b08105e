/* SPDX-License-Identifier: Apache-2.0 */
/* x / 2 (1 + erf(x / sqrt(2))), and x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), in whatever
 * order the factors are multiplied: Gelu as it is written before opset 20. */
#include <math.h>

#include "base/status.h"
#include "nn/op.h"
#include "nn/ops/op_params.h"
#include "nn/passes/passes.h"

/* Factors that are no constants; more are not a Gelu. */
enum { MAX_FACTORS = 3 };

typedef struct factors {
    double constant;
    int count;
    int values[MAX_FACTORS];
} factors;

static bool is_near(double a, double b) {
    return fabs(a - b) <= 1e-4 * fabs(b);
}

/* Take a product apart, through products that nobody else reads; false: too many factors. */
static bool collect_factors(const rl_uses *uses, rl_graph *graph, int value, int depth,
                            factors *out) {
    float constant;
    if (rl_match_scalar(graph, value, &constant)) {
        out->constant *= (double)constant;
        return true;
    }
    const rl_node *product = rl_match_producer(uses, graph, value, "Mul");
    const rl_node *quotient = rl_match_producer(uses, graph, value, "Div");
    if (quotient && depth > 0 && rl_match_scalar(graph, quotient->inputs[1], &constant) &&
        constant != 0) {
        out->constant /= (double)constant;
        return collect_factors(uses, graph, quotient->inputs[0], depth - 1, out);
    }
    if (product && depth > 0)
        return collect_factors(uses, graph, product->inputs[0], depth - 1, out) &&
               collect_factors(uses, graph, product->inputs[1], depth - 1, out);
    if (out->count == MAX_FACTORS)
        return false;
    out->values[out->count++] = value;
    return true;
}

static bool collect(const rl_uses *uses, rl_graph *graph, int value, factors *out) {
    *out = (factors){.constant = 1};
    return collect_factors(uses, graph, value, 3, out);
}

/* Whether `value` is constant * x. */
static bool is_scaled(const rl_uses *uses, rl_graph *graph, int value, int x, double constant) {
    factors f;
    if (value == x)
        return constant == 1;
    return collect(uses, graph, value, &f) && f.count == 1 && f.values[0] == x &&
           is_near(f.constant, constant);
}

/* x^3 times a constant */
static bool is_cube(const rl_uses *uses, rl_graph *graph, int value, int x, double constant) {
    factors f;
    float exponent;
    if (!collect(uses, graph, value, &f) || !is_near(f.constant, constant))
        return false;
    if (f.count == 1) {
        const rl_node *power = rl_match_producer(uses, graph, f.values[0], "Pow");
        return power && power->inputs[0] == x &&
               rl_match_scalar(graph, power->inputs[1], &exponent) && exponent == 3;
    }
    return f.count == 3 && f.values[0] == x && f.values[1] == x && f.values[2] == x;
}

/* sqrt(2 / pi) (x + 0.044715 x^3) */
static bool is_tanh_argument(const rl_uses *uses, rl_graph *graph, int value, int x) {
    factors f;
    if (!collect(uses, graph, value, &f) || f.count != 1 ||
        !is_near(f.constant, 0.79788456080286535588))
        return false;
    const rl_node *sum = rl_match_producer(uses, graph, f.values[0], "Add");
    for (int i = 0; sum && i < 2; i++)
        if (sum->inputs[i] == x && is_cube(uses, graph, sum->inputs[1 - i], x, 0.044715))
            return true;
    return false;
}

/* 1 + erf(...) or 1 + tanh(...) of x. */
static bool is_gate(const rl_uses *uses, rl_graph *graph, int value, int x, bool *tanh_form) {
    const rl_node *sum = rl_match_producer(uses, graph, value, "Add");
    float one;
    int function;
    if (!sum || !rl_match_with_scalar(graph, sum, &function, &one) || one != 1)
        return false;
    const rl_node *erf_node = rl_match_producer(uses, graph, function, "Erf");
    const rl_node *tanh_node = rl_match_producer(uses, graph, function, "Tanh");
    *tanh_form = tanh_node != NULL;
    if (tanh_node)
        return is_tanh_argument(uses, graph, tanh_node->inputs[0], x);
    return erf_node && is_scaled(uses, graph, erf_node->inputs[0], x, 0.70710678118654752440);
}

static relief_status find_gelu(relief_ctx *ctx, const rl_uses *uses, rl_graph *graph,
                               rl_node *node) {
    factors f;
    bool tanh_form;
    if (!collect(uses, graph, node->outputs[0], &f) || f.count != 2 || !is_near(f.constant, 0.5))
        return RELIEF_OK;
    for (int i = 0; i < 2; i++) {
        const int x = f.values[i];
        if (!is_gate(uses, graph, f.values[1 - i], x, &tanh_form) ||
            !rl_same_shape(&graph->values[x], &graph->values[node->outputs[0]]))
            continue;
        void *params = NULL;
        relief_status status =
            rl_node_become(ctx, graph, node, rl_op_find("", "Gelu", 20), (int[]){x}, 1);
        if (!status)
            status = rl_node_new_params(ctx, graph, node, sizeof(rl_unary_params), &params);
        if (!status)
            ((rl_unary_params *)params)->tanh_form = tanh_form;
        return status;
    }
    return RELIEF_OK;
}

relief_status rl_pass_find_gelu(relief_ctx *ctx, rl_graph *graph) {
    rl_uses uses;
    relief_status status = rl_uses_begin(ctx, graph, &uses);
    if (status)
        return status;
    for (int i = 0; !status && i < graph->node_count; i++)
        if (rl_node_is(&graph->nodes[i], "Mul") && !graph->nodes[i].epilogue_count)
            status = find_gelu(ctx, &uses, graph, &graph->nodes[i]);
    rl_uses_end(graph, &uses);
    return status;
}
