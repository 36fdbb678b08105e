/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic of two tensors that are broadcast to each other, and Min, Max and Sum of any number.
 * F32 is computed in double and rounded once, which gives the correctly rounded result; integers
 * wrap around. */
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

#include <math.h>

typedef double (*real_fn)(double a, double b);
typedef int64_t (*int_fn)(int64_t a, int64_t b);

bool rl_broadcast(int rank_a, const int64_t *dims_a, int rank_b, const int64_t *dims_b, int *rank,
                  int64_t *dims) {
    int both = rank_a > rank_b ? rank_a : rank_b;
    for (int i = 0; i < both; i++) { /* from the last axis */
        int64_t a = i < rank_a ? dims_a[rank_a - 1 - i] : 1;
        int64_t b = i < rank_b ? dims_b[rank_b - 1 - i] : 1;
        if (a != b && a != 1 && b != 1) {
            return false;
        }
        dims[both - 1 - i] = a == 1 ? b : a;
    }
    *rank = both;
    return true;
}

relief_status rl_op_infer_broadcast(relief_ctx *ctx, rl_graph *graph, const rl_node *node,
                                    unsigned types, relief_dtype result) {
    rl_value out = {.rank = 0};
    for (int i = 0; i < node->own_input_count; i++) {
        relief_status status = rl_op_expect(ctx, graph, node, i, types);
        if (status != RELIEF_OK) {
            return status;
        }
        const rl_value *in = rl_op_input(graph, node, i);
        int64_t dims[RELIEF_MAX_RANK];
        if (!rl_broadcast(out.rank, out.dims, in->rank, in->dims, &out.rank, dims)) {
            return rl_op_misfit(ctx, graph, node, "the sizes do not go together");
        }
        memcpy(out.dims, dims, (size_t)out.rank * sizeof dims[0]);
        if (in->dtype != rl_op_input(graph, node, 0)->dtype) {
            return rl_op_misfit(ctx, graph, node, "the inputs are not of one type");
        }
        out.dtype = result != 0 ? result : in->dtype;
    }
    return rl_op_output(ctx, graph, node, 0, &out);
}

static relief_status infer_number(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    return rl_op_infer_broadcast(ctx, graph, node, RL_TYPES_NUMBER, 0);
}

static void run_binary(const relief_tensor *const *inputs, relief_tensor *y, real_fn real,
                       int_fn whole) {
    rl_walk walk;
    rl_walk_begin(&walk, y);
    rl_walk_add(&walk, inputs[0]);
    rl_walk_add(&walk, inputs[1]);
    int64_t count = rl_tensor_count(y);
    for (int64_t i = 0; i < count; i++) {
        int64_t a = walk.offset[0], b = walk.offset[1];
        if (rl_is_real(y->dtype)) {
            rl_set_real(y, i, real(rl_get_real(inputs[0], a), rl_get_real(inputs[1], b)));
        } else {
            rl_set_int(y, i, whole(rl_get_int(inputs[0], a), rl_get_int(inputs[1], b)));
        }
        rl_walk_next(&walk);
    }
}

static double add_real(double a, double b) {
    return a + b;
}

static int64_t add_int(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static relief_status run_add(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    run_binary(inputs, outputs[0], add_real, add_int);
    return RELIEF_OK;
}

const rl_op rl_op_add = {"Add", 7, 0, 2, 2, 1, 1, rl_op_parse_none, infer_number, run_add};

static double sub_real(double a, double b) {
    return a - b;
}

static int64_t sub_int(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static relief_status run_sub(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    run_binary(inputs, outputs[0], sub_real, sub_int);
    return RELIEF_OK;
}

const rl_op rl_op_sub = {"Sub", 7, 0, 2, 2, 1, 1, rl_op_parse_none, infer_number, run_sub};

static double mul_real(double a, double b) {
    return a * b;
}

static int64_t mul_int(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

static relief_status run_mul(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    run_binary(inputs, outputs[0], mul_real, mul_int);
    return RELIEF_OK;
}

const rl_op rl_op_mul = {"Mul", 7, 0, 2, 2, 1, 1, rl_op_parse_none, infer_number, run_mul};

static double div_real(double a, double b) {
    return a / b;
}

/* Towards zero. b is not 0; -1 apart, because the quotient of the least integer does not fit. */
static int64_t div_int(int64_t a, int64_t b) {
    return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

static relief_status run_div(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    if (!rl_is_real(inputs[1]->dtype)) {
        int64_t count = rl_tensor_count(inputs[1]);
        for (int64_t i = 0; i < count; i++) {
            if (rl_get_int(inputs[1], i) == 0) {
                return rl_fail(ctx, RELIEF_ERROR_ARG, "node %s (Div): integer division by zero",
                               node->name);
            }
        }
    }
    run_binary(inputs, outputs[0], div_real, div_int);
    return RELIEF_OK;
}

const rl_op rl_op_div = {"Div", 7, 0, 2, 2, 1, 1, rl_op_parse_none, infer_number, run_div};

/* ---- Pow, whose exponent may be of another type ---- */

static relief_status infer_pow(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    rl_value out = {.rank = 0};
    for (int i = 0; i < 2; i++) {
        relief_status status = rl_op_expect(ctx, graph, node, i, RL_TYPES_NUMBER);
        if (status != RELIEF_OK) {
            return status;
        }
    }
    const rl_value *base = rl_op_input(graph, node, 0), *exponent = rl_op_input(graph, node, 1);
    if (!rl_broadcast(base->rank, base->dims, exponent->rank, exponent->dims, &out.rank,
                      out.dims)) {
        return rl_op_misfit(ctx, graph, node, "the sizes do not go together");
    }
    out.dtype = base->dtype;
    return rl_op_output(ctx, graph, node, 0, &out);
}

static double get_number(const relief_tensor *tensor, int64_t i) {
    return rl_is_real(tensor->dtype) ? rl_get_real(tensor, i) : (double)rl_get_int(tensor, i);
}

/* Integer powers are exact up to 2^53, and saturate where they do not fit. */
static void set_number(relief_tensor *tensor, int64_t i, double x) {
    if (rl_is_real(tensor->dtype)) {
        rl_set_real(tensor, i, x);
        return;
    }
    double most = tensor->dtype == RELIEF_I32 ? 2147483647.0 : 9223372036854774784.0;
    rl_set_int(tensor, i, x != x ? 0 : (int64_t)(x > most ? most : x < -most ? -most : x));
}

static relief_status run_pow(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    relief_tensor *y = outputs[0];
    rl_walk walk;
    rl_walk_begin(&walk, y);
    rl_walk_add(&walk, inputs[0]);
    rl_walk_add(&walk, inputs[1]);
    int64_t count = rl_tensor_count(y);
    for (int64_t i = 0; i < count; i++) {
        double base = get_number(inputs[0], walk.offset[0]);
        set_number(y, i, pow(base, get_number(inputs[1], walk.offset[1])));
        rl_walk_next(&walk);
    }
    return RELIEF_OK;
}

const rl_op rl_op_pow = {"Pow", 7, 0, 2, 2, 1, 1, rl_op_parse_none, infer_pow, run_pow};

/* ---- any number of inputs ---- */

static void copy_broadcast(relief_tensor *y, const relief_tensor *x) {
    rl_walk walk;
    rl_walk_begin(&walk, y);
    rl_walk_add(&walk, x);
    rl_copy_strided(y, x, 0, walk.stride[0]);
}

/* y = fn(... fn(fn(input 0, input 1), input 2) ...) */
static void run_variadic(const rl_node *node, const relief_tensor *const *inputs, relief_tensor *y,
                         real_fn real, int_fn whole) {
    copy_broadcast(y, inputs[0]);
    for (int k = 1; k < node->own_input_count; k++) {
        const relief_tensor *pair[2] = {y, inputs[k]};
        run_binary(pair, y, real, whole);
    }
}

/* A NaN on either side wins. */
static double min_real(double a, double b) {
    return a < b || a != a ? a : b;
}

static int64_t min_int(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static relief_status run_min(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    run_variadic(node, inputs, outputs[0], min_real, min_int);
    return RELIEF_OK;
}

const rl_op rl_op_min = {"Min", 6, 0, 1, -1, 1, 1, rl_op_parse_none, infer_number, run_min};

static double max_real(double a, double b) {
    return a > b || a != a ? a : b;
}

static int64_t max_int(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static relief_status run_max(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    run_variadic(node, inputs, outputs[0], max_real, max_int);
    return RELIEF_OK;
}

const rl_op rl_op_max = {"Max", 6, 0, 1, -1, 1, 1, rl_op_parse_none, infer_number, run_max};

static relief_status run_sum(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    run_variadic(node, inputs, outputs[0], add_real, add_int);
    return RELIEF_OK;
}

const rl_op rl_op_sum = {"Sum", 6, 0, 1, -1, 1, 1, rl_op_parse_none, infer_number, run_sum};
