/* SPDX-License-Identifier: Apache-2.0 */
/* Slice: every step-th element between start and end along some axes. Opset 1 has them as
 * attributes, 10 as inputs. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

/* What a node asks for, as in the file; count is that of starts and ends. */
typedef struct slice_lists {
    rl_short_list starts, ends, axes, steps;
} slice_lists;

/* The same for one input shape: y[i] = x[start + i * step] along every axis. */
typedef struct slice_plan {
    int64_t start[RELIEF_MAX_RANK], step[RELIEF_MAX_RANK], size[RELIEF_MAX_RANK];
} slice_plan;

static relief_status parse_1(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"starts", "ends", "axes", NULL};
    slice_lists *lists;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *lists, (void **)&lists);
    }
    if (status == RELIEF_OK) {
        lists->steps.count = -1;
        status = rl_op_ints(ctx, graph, node, "starts", &lists->starts);
    }
    if (status == RELIEF_OK) {
        status = rl_op_ints(ctx, graph, node, "ends", &lists->ends);
    }
    if (status == RELIEF_OK) {
        status = rl_op_ints(ctx, graph, node, "axes", &lists->axes);
    }
    return status;
}

static int64_t clamp(int64_t x, int64_t least, int64_t most) {
    return x < least ? least : x > most ? most : x;
}

static void plan_axis(slice_plan *plan, int axis, int64_t dim, int64_t start, int64_t end,
                      int64_t step) {
    /* Steps beyond the axis all mean one element; so nothing below overflows. */
    step = clamp(step, -RL_MAX_ELEMENTS - 1, RL_MAX_ELEMENTS + 1);
    start += start < 0 ? dim : 0;
    end += end < 0 ? dim : 0;
    int64_t size;
    if (step > 0) {
        start = clamp(start, 0, dim);
        end = clamp(end, 0, dim);
        size = (end - start + step - 1) / step;
    } else {
        start = clamp(start, 0, dim - 1);
        end = clamp(end, -1, dim - 1);
        size = (start - end - step - 1) / -step;
    }
    plan->start[axis] = start;
    plan->step[axis] = step;
    plan->size[axis] = dim > 0 && size > 0 ? size : 0;
}

/* False when the lists make no sense. */
static bool make_plan(const slice_lists *lists, int rank, const int64_t *dims, slice_plan *plan) {
    int count = lists->starts.count;
    unsigned set;
    if (count < 0 || lists->ends.count != count || count > rank ||
        (lists->axes.count >= 0 && lists->axes.count != count) ||
        (lists->steps.count >= 0 && lists->steps.count != count) ||
        (lists->axes.count >= 0 && !rl_axis_set(lists->axes.v, count, rank, &set))) {
        return false;
    }
    for (int i = 0; i < rank; i++) {
        plan_axis(plan, i, dims[i], 0, dims[i], 1);
    }
    for (int i = 0; i < count; i++) {
        int axis = lists->axes.count >= 0 ? rl_axis(lists->axes.v[i], rank) : i;
        int64_t step = lists->steps.count >= 0 ? lists->steps.v[i] : 1;
        if (step == 0) {
            return false;
        }
        plan_axis(plan, axis, dims[axis], lists->starts.v[i], lists->ends.v[i], step);
    }
    return true;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_value *x = rl_op_input(graph, node, 0);
    slice_lists own;
    const slice_lists *lists = node->params;
    if (lists == NULL) {
        rl_short_list *const inputs[] = {&own.starts, &own.ends, &own.axes, &own.steps};
        for (int i = 0; i < 4; i++) {
            relief_status status = rl_op_constant_ints(ctx, graph, node, 1 + i, inputs[i]);
            if (status != RELIEF_OK) {
                return status;
            }
        }
        lists = &own;
    }
    slice_plan plan;
    if (!make_plan(lists, x->rank, x->dims, &plan)) {
        return rl_op_misfit(ctx, graph, node, "the starts, ends, axes or steps make no sense");
    }
    rl_value y = {.dtype = x->dtype, .rank = x->rank};
    for (int i = 0; i < x->rank; i++) {
        y.dims[i] = plan.size[i];
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

bool rl_slice_place(const rl_graph *graph, const rl_node *node, int64_t *start, int64_t *step) {
    const rl_value *x = rl_op_input(graph, node, 0);
    slice_lists own;
    const slice_lists *lists = node->params;
    slice_plan plan;
    if (lists == NULL) {
        rl_short_list *const inputs[] = {&own.starts, &own.ends, &own.axes, &own.steps};
        for (int i = 0; i < 4; i++) {
            const rl_value *input = rl_op_input(graph, node, 1 + i);
            inputs[i]->count = -1;
            if (input != NULL &&
                (input->constant == NULL || !rl_tensor_ints(input->constant, inputs[i])))
                return false;
        }
        lists = &own;
    }
    if (!make_plan(lists, x->rank, x->dims, &plan))
        return false;
    memcpy(start, plan.start, (size_t)x->rank * sizeof *start);
    memcpy(step, plan.step, (size_t)x->rank * sizeof *step);
    return true;
}

static bool read_list(const rl_node *node, const relief_tensor *const *inputs, int input,
                      rl_short_list *out) {
    out->count = -1;
    if (input >= node->own_input_count || inputs[input] == NULL) {
        return true;
    }
    return rl_tensor_ints(inputs[input], out);
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    const relief_tensor *x = inputs[0];
    slice_lists own;
    const slice_lists *lists = node->params;
    slice_plan plan;
    bool good = true;
    if (lists == NULL) {
        good = read_list(node, inputs, 1, &own.starts) && read_list(node, inputs, 2, &own.ends) &&
               read_list(node, inputs, 3, &own.axes) && read_list(node, inputs, 4, &own.steps);
        lists = &own;
    }
    if (!good || !make_plan(lists, x->rank, x->dims, &plan)) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "node %s: shapes were not inferred", node->name);
    }
    int64_t strides[RELIEF_MAX_RANK], base = 0;
    rl_row_strides(x->rank, x->dims, strides);
    for (int i = 0; i < x->rank; i++) {
        base += plan.start[i] * strides[i];
        strides[i] *= plan.size[i] > 1 ? plan.step[i] : 0;
    }
    rl_copy_strided(outputs[0], x, base, strides);
    return RELIEF_OK;
}

const rl_op rl_op_slice_1 = {"Slice", 1, 9, 1, 1, 1, 1, parse_1, infer, run};
const rl_op rl_op_slice_10 = {"Slice", 10, 0, 3, 5, 1, 1, rl_op_parse_none, infer, run};
