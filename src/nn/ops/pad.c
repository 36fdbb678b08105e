/* SPDX-License-Identifier: Apache-2.0 */
/* Pad: rows of elements added on either side of axes (or, where the count is negative, taken away).
 * Opset 2 has the counts as attribute, 11 as input, 18 adds a list of axes. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

/* Counts for every axis of one input. */
typedef struct pad_plan {
    int64_t begin[RELIEF_MAX_RANK], end[RELIEF_MAX_RANK];
} pad_plan;

static relief_status parse_mode(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                const char *const *known, rl_pad_params **out) {
    const char *mode;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof **out, (void **)out);
    }
    if (status == RELIEF_OK) {
        status = rl_op_string(ctx, graph, node, "mode", "constant", &mode);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    if (strcmp(mode, "constant") == 0) {
        (*out)->mode = RL_PAD_CONSTANT;
    } else if (strcmp(mode, "reflect") == 0) {
        (*out)->mode = RL_PAD_REFLECT;
    } else if (strcmp(mode, "edge") == 0) {
        (*out)->mode = RL_PAD_EDGE;
    } else {
        return rl_op_refuse(ctx, graph, node, "mode", mode);
    }
    return RELIEF_OK;
}

static relief_status parse_2(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"mode", "pads", "value", NULL};
    rl_pad_params *params;
    rl_short_list pads;
    relief_status status = parse_mode(ctx, graph, node, known, &params);
    if (status == RELIEF_OK) {
        status = rl_op_ints(ctx, graph, node, "pads", &pads);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "value", 0.0f, &params->value);
    }
    if (status == RELIEF_OK) {
        if (pads.count < 0) {
            return rl_op_senseless(ctx, graph, node, "pads");
        }
        params->given = true;
        params->count = pads.count;
        memcpy(params->pads, pads.v, (size_t)pads.count * sizeof pads.v[0]);
    }
    return status;
}

static relief_status parse_11(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"mode", NULL};
    rl_pad_params *params;
    return parse_mode(ctx, graph, node, known, &params);
}

/* Whether `begin` and `end` elements can be added to an axis of `dim`. */
static bool counts_fit(rl_pad_mode mode, int64_t dim, int64_t begin, int64_t end) {
    if (begin == 0 && end == 0) {
        return true;
    }
    int64_t least = mode == RL_PAD_CONSTANT ? -dim : 0;
    int64_t most = mode == RL_PAD_REFLECT ? dim - 1 : RL_MAX_ELEMENTS;
    bool something = mode == RL_PAD_CONSTANT || dim > 0; /* to reflect or to repeat */
    return something && begin >= least && begin <= most && end >= least && end <= most;
}

/* False when the counts make no sense for x. */
static bool make_plan(const rl_pad_params *params, const rl_short_list *pads,
                      const rl_short_list *axes, const relief_tensor *x, pad_plan *plan) {
    const int64_t *v = params->given ? params->pads : pads->v;
    int entries = params->given ? params->count : pads->count;
    int count = entries / 2;
    unsigned set;
    if (entries % 2 != 0 || count != (axes->count >= 0 ? axes->count : x->rank)) {
        return false;
    }
    if (axes->count >= 0 && !rl_axis_set(axes->v, count, x->rank, &set)) {
        return false;
    }
    memset(plan, 0, sizeof *plan);
    for (int i = 0; i < count; i++) {
        int axis = axes->count >= 0 ? rl_axis(axes->v[i], x->rank) : i;
        if (!counts_fit(params->mode, x->dims[axis], v[i], v[count + i])) {
            return false;
        }
        plan->begin[axis] = v[i];
        plan->end[axis] = v[count + i];
    }
    return true;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_pad_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0), *value = rl_op_input(graph, node, 2);
    rl_short_list pads, axes;
    relief_status status = rl_op_constant_ints(ctx, graph, node, 1, &pads);
    if (status == RELIEF_OK) {
        status = rl_op_constant_ints(ctx, graph, node, 3, &axes);
    }
    if (status == RELIEF_OK && params->given) {
        status = rl_op_expect(ctx, graph, node, 0, RL_TYPE(RELIEF_F32));
    }
    if (status != RELIEF_OK) {
        return status;
    }
    if (value != NULL &&
        (value->dtype != x->dtype || rl_dims_product(value->dims, 0, value->rank) != 1)) {
        return rl_op_misfit(ctx, graph, node, "the filling is one element of the input's type");
    }
    relief_tensor shape = {.rank = x->rank};
    memcpy(shape.dims, x->dims, sizeof x->dims);
    pad_plan plan;
    if (!make_plan(params, &pads, &axes, &shape, &plan)) {
        return rl_op_misfit(ctx, graph, node, "the padding makes no sense");
    }
    rl_value y = *x;
    for (int i = 0; i < y.rank; i++) {
        y.dims[i] += plan.begin[i] + plan.end[i];
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

/* Index along an axis that fills index `at` (0 is the input's first); -1: the filling. */
static int64_t source_index(rl_pad_mode mode, int64_t at, int64_t dim) {
    if (at >= 0 && at < dim) {
        return at;
    }
    switch (mode) {
    case RL_PAD_EDGE:
        return at < 0 ? 0 : dim - 1;
    case RL_PAD_REFLECT:
        return at < 0 ? -at : 2 * (dim - 1) - at;
    default:
        return -1;
    }
}

/* Offset of the input's element for output element i; -1: the filling. */
static int64_t source_offset(rl_pad_mode mode, const pad_plan *plan, const relief_tensor *x,
                             const relief_tensor *y, int64_t i) {
    int64_t offset = 0, stride = 1;
    for (int axis = x->rank - 1; axis >= 0; axis--) {
        int64_t at = i % y->dims[axis] - plan->begin[axis];
        int64_t from = source_index(mode, at, x->dims[axis]);
        if (from < 0) {
            return -1;
        }
        offset += from * stride;
        stride *= x->dims[axis];
        i /= y->dims[axis];
    }
    return offset;
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    const rl_pad_params *params = node->params;
    const relief_tensor *x = inputs[0], *y = outputs[0];
    const relief_tensor *lists[4] = {NULL};
    for (int i = 1; i < node->own_input_count; i++) {
        lists[i] = inputs[i];
    }
    rl_short_list pads = {.count = 0}, axes = {.count = -1};
    pad_plan plan;
    if ((lists[1] != NULL && !rl_tensor_ints(lists[1], &pads)) ||
        (lists[3] != NULL && !rl_tensor_ints(lists[3], &axes)) ||
        !make_plan(params, &pads, &axes, x, &plan)) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "node %s: shapes were not inferred", node->name);
    }
    size_t size = rl_dtype_size(x->dtype);
    char filling[8] = {0};
    if (lists[2] != NULL) {
        memcpy(filling, lists[2]->data, size);
    } else if (params->given) {
        memcpy(filling, &params->value, sizeof params->value);
    }
    int64_t count = rl_tensor_count(y);
    for (int64_t i = 0; i < count; i++) {
        int64_t from = source_offset(params->mode, &plan, x, y, i);
        memcpy((char *)y->data + (size_t)i * size,
               from < 0 ? filling : (const char *)x->data + (size_t)from * size, size);
    }
    return RELIEF_OK;
}

const rl_op rl_op_pad_2 = {"Pad", 2, 10, 1, 1, 1, 1, parse_2, infer, run};
const rl_op rl_op_pad_11 = {"Pad", 11, 17, 2, 3, 1, 1, parse_11, infer, run};
const rl_op rl_op_pad_18 = {"Pad", 18, 0, 2, 4, 1, 1, parse_11, infer, run};
