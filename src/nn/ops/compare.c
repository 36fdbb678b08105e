/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons and logic, whose results are BOOL: Equal, Less, Greater and their kin, And, Or, Not;
 * and Where, which uses them. */
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

typedef enum relation { EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL } relation;

static bool holds_real(relation rule, double a, double b) {
    switch (rule) {
    case EQUAL:
        return a == b;
    case LESS:
        return a < b;
    case LESS_OR_EQUAL:
        return a <= b;
    case GREATER:
        return a > b;
    default:
        return a >= b;
    }
}

static bool holds_int(relation rule, int64_t a, int64_t b) {
    switch (rule) {
    case EQUAL:
        return a == b;
    case LESS:
        return a < b;
    case LESS_OR_EQUAL:
        return a <= b;
    case GREATER:
        return a > b;
    default:
        return a >= b;
    }
}

static relief_status infer_equal(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    unsigned types =
        RL_TYPES_NUMBER | RL_TYPE(RELIEF_BOOL) | RL_TYPE(RELIEF_U8) | RL_TYPE(RELIEF_I8);
    return rl_op_infer_broadcast(ctx, graph, node, types, RELIEF_BOOL);
}

static relief_status infer_order(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    unsigned types = RL_TYPES_NUMBER | RL_TYPE(RELIEF_U8) | RL_TYPE(RELIEF_I8);
    return rl_op_infer_broadcast(ctx, graph, node, types, RELIEF_BOOL);
}

static void compare(const relief_tensor *const *inputs, relief_tensor *y, relation rule) {
    rl_walk walk;
    rl_walk_begin(&walk, y);
    rl_walk_add(&walk, inputs[0]);
    rl_walk_add(&walk, inputs[1]);
    int64_t count = rl_tensor_count(y);
    for (int64_t i = 0; i < count; i++) {
        int64_t a = walk.offset[0], b = walk.offset[1];
        bool holds = rl_is_real(inputs[0]->dtype)
                         ? holds_real(rule, rl_get_real(inputs[0], a), rl_get_real(inputs[1], b))
                         : holds_int(rule, rl_get_int(inputs[0], a), rl_get_int(inputs[1], b));
        rl_set_int(y, i, holds);
        rl_walk_next(&walk);
    }
}

static relief_status run_equal(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    compare(inputs, outputs[0], EQUAL);
    return RELIEF_OK;
}

static relief_status run_less(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    compare(inputs, outputs[0], LESS);
    return RELIEF_OK;
}

static relief_status run_less_or_equal(relief_ctx *ctx, const rl_node *node,
                                       const relief_tensor *const *inputs,
                                       relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    compare(inputs, outputs[0], LESS_OR_EQUAL);
    return RELIEF_OK;
}

static relief_status run_greater(relief_ctx *ctx, const rl_node *node,
                                 const relief_tensor *const *inputs,
                                 relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    compare(inputs, outputs[0], GREATER);
    return RELIEF_OK;
}

static relief_status run_greater_or_equal(relief_ctx *ctx, const rl_node *node,
                                          const relief_tensor *const *inputs,
                                          relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    compare(inputs, outputs[0], GREATER_OR_EQUAL);
    return RELIEF_OK;
}

const rl_op rl_op_equal = {"Equal", 7, 0, 2, 2, 1, 1, rl_op_parse_none, infer_equal, run_equal};
const rl_op rl_op_less = {"Less", 7, 0, 2, 2, 1, 1, rl_op_parse_none, infer_order, run_less};
const rl_op rl_op_less_or_equal = {
    "LessOrEqual", 12, 0, 2, 2, 1, 1, rl_op_parse_none, infer_order, run_less_or_equal};
const rl_op rl_op_greater = {"Greater",        7,           0,          2, 2, 1, 1,
                             rl_op_parse_none, infer_order, run_greater};
const rl_op rl_op_greater_or_equal = {
    "GreaterOrEqual", 12, 0, 2, 2, 1, 1, rl_op_parse_none, infer_order, run_greater_or_equal};

/* ---- logic ---- */

static relief_status infer_logic(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    return rl_op_infer_broadcast(ctx, graph, node, RL_TYPE(RELIEF_BOOL), RELIEF_BOOL);
}

static void combine(const relief_tensor *const *inputs, relief_tensor *y, bool both) {
    rl_walk walk;
    rl_walk_begin(&walk, y);
    rl_walk_add(&walk, inputs[0]);
    rl_walk_add(&walk, inputs[1]);
    int64_t count = rl_tensor_count(y);
    for (int64_t i = 0; i < count; i++) {
        bool a = rl_get_int(inputs[0], walk.offset[0]) != 0;
        bool b = rl_get_int(inputs[1], walk.offset[1]) != 0;
        rl_set_int(y, i, both ? a && b : a || b);
        rl_walk_next(&walk);
    }
}

static relief_status run_and(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    combine(inputs, outputs[0], true);
    return RELIEF_OK;
}

static relief_status run_or(relief_ctx *ctx, const rl_node *node,
                            const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    combine(inputs, outputs[0], false);
    return RELIEF_OK;
}

static relief_status run_not(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    int64_t count = rl_tensor_count(inputs[0]);
    for (int64_t i = 0; i < count; i++) {
        rl_set_int(outputs[0], i, rl_get_int(inputs[0], i) == 0);
    }
    return RELIEF_OK;
}

const rl_op rl_op_and = {"And", 7, 0, 2, 2, 1, 1, rl_op_parse_none, infer_logic, run_and};
const rl_op rl_op_or = {"Or", 7, 0, 2, 2, 1, 1, rl_op_parse_none, infer_logic, run_or};
const rl_op rl_op_not = {"Not", 1, 0, 1, 1, 1, 1, rl_op_parse_none, infer_logic, run_not};

/* ---- Where: condition ? a : b, for elements of any type ---- */

static relief_status infer_where(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    relief_status status = rl_op_expect(ctx, graph, node, 0, RL_TYPE(RELIEF_BOOL));
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_value *condition = rl_op_input(graph, node, 0);
    const rl_value *a = rl_op_input(graph, node, 1), *b = rl_op_input(graph, node, 2);
    rl_value pair = {.rank = 0}, y = {.dtype = a->dtype};
    if (a->dtype != b->dtype) {
        return rl_op_misfit(ctx, graph, node, "the two choices are not of one type");
    }
    if (!rl_broadcast(a->rank, a->dims, b->rank, b->dims, &pair.rank, pair.dims) ||
        !rl_broadcast(pair.rank, pair.dims, condition->rank, condition->dims, &y.rank, y.dims)) {
        return rl_op_misfit(ctx, graph, node, "the sizes do not go together");
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_where(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    relief_tensor *y = outputs[0];
    size_t size = rl_dtype_size(y->dtype);
    rl_walk walk;
    rl_walk_begin(&walk, y);
    for (int i = 0; i < 3; i++) {
        rl_walk_add(&walk, inputs[i]);
    }
    int64_t count = rl_tensor_count(y);
    for (int64_t i = 0; i < count; i++) {
        int choice = rl_get_int(inputs[0], walk.offset[0]) != 0 ? 1 : 2;
        memcpy((char *)y->data + (size_t)i * size,
               (const char *)inputs[choice]->data + (size_t)walk.offset[choice] * size, size);
        rl_walk_next(&walk);
    }
    return RELIEF_OK;
}

const rl_op rl_op_where = {"Where", 9, 0, 3, 3, 1, 1, rl_op_parse_none, infer_where, run_where};
