/* SPDX-License-Identifier: Apache-2.0 */
/* Reductions over axes: ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceProd, ReduceL2. The axes
 * are an attribute, and an input from opset 13 (ReduceSum) or 18 (the others) on. Reals are summed
 * in double: an axis may have millions of elements. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

#include <math.h>

static relief_status parse_with(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                const char *const *known) {
    rl_axes_params *params;
    rl_short_list axes;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_bool(ctx, graph, node, "keepdims", true, &params->keep_dims);
    }
    if (status == RELIEF_OK) {
        status =
            rl_op_bool(ctx, graph, node, "noop_with_empty_axes", false, &params->empty_is_none);
    }
    if (status == RELIEF_OK) {
        status = rl_op_ints(ctx, graph, node, "axes", &axes);
    }
    if (status == RELIEF_OK && axes.count > RELIEF_MAX_RANK) {
        status = rl_op_senseless(ctx, graph, node, "axes");
    }
    if (status == RELIEF_OK && axes.count >= 0) {
        params->given = true;
        params->count = axes.count;
        memcpy(params->axes, axes.v, (size_t)axes.count * sizeof axes.v[0]);
    }
    return status;
}

static relief_status parse_attribute(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"axes", "keepdims", NULL};
    return parse_with(ctx, graph, node, known);
}

static relief_status parse_input(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"keepdims", "noop_with_empty_axes", NULL};
    return parse_with(ctx, graph, node, known);
}

/* The axes to be reduced as bits, from the attribute or the input's list (count -1: none). False:
 * they make no sense. */
static bool reduced_axes(const rl_axes_params *params, const rl_short_list *input, int rank,
                         unsigned *set) {
    const int64_t *axes = params->given ? params->axes : input->v;
    int count = params->given ? params->count : input->count;
    if (count <= 0) {
        *set = params->empty_is_none ? 0 : (1u << rank) - 1;
        return true;
    }
    return rl_axis_set(axes, count, rank, set);
}

static relief_status infer_types(relief_ctx *ctx, rl_graph *graph, const rl_node *node,
                                 unsigned types) {
    const rl_axes_params *params = node->params;
    rl_short_list axes;
    relief_status status = rl_op_expect(ctx, graph, node, 0, types);
    if (status == RELIEF_OK) {
        status = rl_op_constant_ints(ctx, graph, node, 1, &axes);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_value *x = rl_op_input(graph, node, 0);
    unsigned set;
    if (!reduced_axes(params, &axes, x->rank, &set)) {
        return rl_op_misfit(ctx, graph, node, "the axes make no sense");
    }
    rl_value y = {.dtype = x->dtype};
    for (int i = 0; i < x->rank; i++) {
        bool reduced = (set >> i & 1u) != 0;
        if (!reduced || params->keep_dims) {
            y.dims[y.rank++] = reduced ? 1 : x->dims[i];
        }
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status infer_number(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    return infer_types(ctx, graph, node, RL_TYPES_NUMBER);
}

static relief_status infer_real(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    return infer_types(ctx, graph, node, RL_TYPES_REAL);
}

/* One reduction: how an element joins, and what is made of the result of `count` elements. */
typedef struct reduction {
    double real_start;
    int64_t int_start;
    double (*join_real)(double so_far, double x);
    int64_t (*join_int)(int64_t so_far, int64_t x); /* NULL where integers are refused */
    double (*finish)(double joined, double count);  /* NULL: as it is */
} reduction;

/* Split x's axes into those that stay and those that go, with their strides. */
typedef struct reduce_axes {
    relief_tensor kept, gone; /* no data: shapes */
    int64_t kept_strides[RELIEF_MAX_RANK], gone_strides[RELIEF_MAX_RANK];
} reduce_axes;

static reduce_axes split_axes(const relief_tensor *x, unsigned set) {
    reduce_axes axes = {.kept = {.rank = 0}};
    int64_t strides[RELIEF_MAX_RANK];
    rl_row_strides(x->rank, x->dims, strides);
    for (int i = 0; i < x->rank; i++) {
        bool goes = (set >> i & 1u) != 0;
        relief_tensor *shape = goes ? &axes.gone : &axes.kept;
        (goes ? axes.gone_strides : axes.kept_strides)[shape->rank] = strides[i];
        shape->dims[shape->rank++] = x->dims[i];
    }
    return axes;
}

static void reduce_one(const reduction *kind, const relief_tensor *x, relief_tensor *y, int64_t i,
                       rl_walk inside) {
    double real = kind->real_start;
    int64_t whole = kind->int_start, count = 1;
    for (int axis = 0; axis < inside.rank; axis++) {
        count *= inside.dims[axis];
    }
    for (int64_t k = 0; k < count; k++) {
        if (rl_is_real(x->dtype)) {
            real = kind->join_real(real, rl_get_real(x, inside.offset[0]));
        } else if (kind->join_int != NULL) {
            whole = kind->join_int(whole, rl_get_int(x, inside.offset[0]));
        }
        rl_walk_next(&inside);
    }
    if (rl_is_real(x->dtype)) {
        rl_set_real(y, i, kind->finish != NULL ? kind->finish(real, (double)count) : real);
    } else {
        rl_set_int(y, i, whole);
    }
}

static relief_status reduce(relief_ctx *ctx, const rl_node *node,
                            const relief_tensor *const *inputs, relief_tensor *y,
                            const reduction *kind) {
    const relief_tensor *x = inputs[0];
    rl_short_list list = {.count = -1};
    unsigned set;
    bool listed = node->own_input_count > 1 && inputs[1] != NULL;
    if ((listed && !rl_tensor_ints(inputs[1], &list)) ||
        !reduced_axes(node->params, &list, x->rank, &set)) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "node %s: shapes were not inferred", node->name);
    }
    reduce_axes axes = split_axes(x, set);
    rl_walk outside;
    rl_walk_begin(&outside, &axes.kept);
    rl_walk_add_strided(&outside, 0, axes.kept_strides);
    int64_t count = rl_tensor_count(y);
    for (int64_t i = 0; i < count; i++) {
        rl_walk inside;
        rl_walk_begin(&inside, &axes.gone);
        rl_walk_add_strided(&inside, outside.offset[0], axes.gone_strides);
        reduce_one(kind, x, y, i, inside);
        rl_walk_next(&outside);
    }
    return RELIEF_OK;
}

static double add_real(double so_far, double x) {
    return so_far + x;
}

static int64_t add_int(int64_t so_far, int64_t x) {
    return (int64_t)((uint64_t)so_far + (uint64_t)x);
}

static double add_square(double so_far, double x) {
    return so_far + x * x;
}

static double multiply_real(double so_far, double x) {
    return so_far * x;
}

static int64_t multiply_int(int64_t so_far, int64_t x) {
    return (int64_t)((uint64_t)so_far * (uint64_t)x);
}

/* A NaN wins. */
static double larger_real(double so_far, double x) {
    return so_far > x || so_far != so_far ? so_far : x;
}

static int64_t larger_int(int64_t so_far, int64_t x) {
    return so_far > x ? so_far : x;
}

static double smaller_real(double so_far, double x) {
    return so_far < x || so_far != so_far ? so_far : x;
}

static int64_t smaller_int(int64_t so_far, int64_t x) {
    return so_far < x ? so_far : x;
}

static double divide(double joined, double count) {
    return joined / count;
}

static double root(double joined, double count) {
    (void)count;
    return sqrt(joined);
}

static relief_status run_sum(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    static const reduction kind = {0.0, 0, add_real, add_int, NULL};
    return reduce(ctx, node, inputs, outputs[0], &kind);
}

static relief_status run_mean(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    static const reduction kind = {0.0, 0, add_real, NULL, divide};
    return reduce(ctx, node, inputs, outputs[0], &kind);
}

static relief_status run_max(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    static const reduction kind = {-INFINITY, INT64_MIN, larger_real, larger_int, NULL};
    return reduce(ctx, node, inputs, outputs[0], &kind);
}

static relief_status run_min(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    static const reduction kind = {INFINITY, INT64_MAX, smaller_real, smaller_int, NULL};
    return reduce(ctx, node, inputs, outputs[0], &kind);
}

static relief_status run_prod(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    static const reduction kind = {1.0, 1, multiply_real, multiply_int, NULL};
    return reduce(ctx, node, inputs, outputs[0], &kind);
}

static relief_status run_l2(relief_ctx *ctx, const rl_node *node,
                            const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    static const reduction kind = {0.0, 0, add_square, NULL, root};
    return reduce(ctx, node, inputs, outputs[0], &kind);
}

const rl_op rl_op_reduce_sum_1 = {"ReduceSum",  1,      12, 1, 1, 1, 1, parse_attribute,
                                  infer_number, run_sum};
const rl_op rl_op_reduce_sum_13 = {"ReduceSum", 13,           0,      1, 2, 1, 1,
                                   parse_input, infer_number, run_sum};
const rl_op rl_op_reduce_mean_1 = {"ReduceMean",    1,          17,      1, 1, 1, 1,
                                   parse_attribute, infer_real, run_mean};
const rl_op rl_op_reduce_mean_18 = {"ReduceMean", 18,         0,       1, 2, 1, 1,
                                    parse_input,  infer_real, run_mean};
const rl_op rl_op_reduce_max_1 = {"ReduceMax",  1,      17, 1, 1, 1, 1, parse_attribute,
                                  infer_number, run_max};
const rl_op rl_op_reduce_max_18 = {"ReduceMax", 18,           0,      1, 2, 1, 1,
                                   parse_input, infer_number, run_max};
const rl_op rl_op_reduce_min_1 = {"ReduceMin",  1,      17, 1, 1, 1, 1, parse_attribute,
                                  infer_number, run_min};
const rl_op rl_op_reduce_min_18 = {"ReduceMin", 18,           0,      1, 2, 1, 1,
                                   parse_input, infer_number, run_min};
const rl_op rl_op_reduce_prod_1 = {"ReduceProd", 1,       17, 1, 1, 1, 1, parse_attribute,
                                   infer_number, run_prod};
const rl_op rl_op_reduce_prod_18 = {"ReduceProd", 18,           0,       1, 2, 1, 1,
                                    parse_input,  infer_number, run_prod};
const rl_op rl_op_reduce_l2_1 = {"ReduceL2",      1,          17,    1, 1, 1, 1,
                                 parse_attribute, infer_real, run_l2};
const rl_op rl_op_reduce_l2_18 = {"ReduceL2", 18, 0, 1, 2, 1, 1, parse_input, infer_real, run_l2};
