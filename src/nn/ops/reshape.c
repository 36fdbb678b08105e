/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that hand their elements on in the same order, perhaps under another shape:
 * Identity, Dropout (at inference), Reshape, Flatten, Squeeze, Unsqueeze. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

static relief_status run_copy(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    if (inputs[0]->bytes > 0 && outputs[0]->data != inputs[0]->data) {
        memcpy(outputs[0]->data, inputs[0]->data, inputs[0]->bytes);
    }
    return RELIEF_OK;
}

const rl_op rl_op_identity = {"Identity",       1,       0, 1, 1, 1, 1, rl_op_parse_none,
                              rl_op_infer_same, run_copy};

/* ---- Dropout: drops nothing outside of training, and its mask is all true ---- */

static relief_status parse_dropout(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"ratio", "seed", NULL};
    return rl_op_know(ctx, graph, node, known);
}

static relief_status infer_dropout(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_value *training = rl_op_input(graph, node, 2);
    if (training != NULL &&
        (training->constant == NULL || rl_tensor_count(training->constant) != 1 ||
         rl_tensor_int(training->constant, 0) != 0)) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "training_mode is not supported");
    }
    rl_value mask = *rl_op_input(graph, node, 0);
    mask.dtype = graph->opset >= 10 ? RELIEF_BOOL : mask.dtype;
    relief_status status = rl_op_output(ctx, graph, node, 1, &mask);
    return status == RELIEF_OK ? rl_op_infer_same(ctx, graph, node) : status;
}

static relief_status run_dropout(relief_ctx *ctx, const rl_node *node,
                                 const relief_tensor *const *inputs,
                                 relief_tensor *const *outputs) {
    relief_tensor *mask = node->output_count > 1 ? outputs[1] : NULL;
    int64_t count = mask != NULL ? rl_tensor_count(mask) : 0;
    for (int64_t i = 0; i < count; i++) {
        if (rl_is_real(mask->dtype)) {
            rl_set_real(mask, i, 1.0);
        } else {
            rl_set_int(mask, i, 1);
        }
    }
    return run_copy(ctx, node, inputs, outputs);
}

const rl_op rl_op_dropout = {"Dropout",     7,          0, 1, 3, 1, 2, parse_dropout,
                             infer_dropout, run_dropout};

/* ---- Reshape ---- */

typedef struct reshape_params {
    bool allow_zero; /* a 0 is a size and not the input's size at that place */
} reshape_params;

static relief_status parse_reshape(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"allowzero", NULL};
    reshape_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_bool(ctx, graph, node, "allowzero", false, &params->allow_zero);
    }
    return status;
}

/* Fill y->dims from the wanted sizes; false when they make no sense for x. */
static bool reshape_dims(const rl_value *x, const rl_short_list *wanted, bool allow_zero,
                         rl_value *y) {
    int64_t total = rl_dims_product(x->dims, 0, x->rank), known;
    int open = -1;
    y->rank = wanted->count;
    for (int i = 0; i < wanted->count; i++) {
        y->dims[i] = wanted->v[i];
        if (wanted->v[i] == 0 && !allow_zero) {
            if (i >= x->rank) {
                return false;
            }
            y->dims[i] = x->dims[i];
        } else if (wanted->v[i] == -1) {
            if (open >= 0) {
                return false;
            }
            open = i;
            y->dims[i] = 1;
        }
    }
    if (!rl_element_count(y->rank, y->dims, &known)) {
        return false;
    }
    if (open >= 0) {
        if (known == 0 || total % known != 0) {
            return false;
        }
        y->dims[open] = total / known;
        return true;
    }
    return known == total;
}

static relief_status infer_reshape(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const reshape_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0);
    rl_short_list wanted;
    relief_status status = rl_op_constant_ints(ctx, graph, node, 1, &wanted);
    if (status != RELIEF_OK) {
        return status;
    }
    rl_value y = {.dtype = x->dtype};
    if (wanted.count < 0 || wanted.count > RELIEF_MAX_RANK ||
        !reshape_dims(x, &wanted, params->allow_zero, &y)) {
        return rl_op_misfit(ctx, graph, node, "the new shape does not hold the elements");
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

const rl_op rl_op_reshape = {"Reshape", 5, 0, 2, 2, 1, 1, parse_reshape, infer_reshape, run_copy};

/* ---- Flatten ---- */

static relief_status parse_flatten(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"axis", NULL};
    rl_axis_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "axis", 1, &params->axis);
    }
    return status;
}

static relief_status infer_flatten(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0);
    int axis = x->rank;
    if (params->axis != x->rank) {
        relief_status status = rl_op_axis(ctx, graph, node, params->axis, x->rank, &axis);
        if (status != RELIEF_OK) {
            return status;
        }
    }
    rl_value y = {
        .dtype = x->dtype,
        .rank = 2,
        .dims = {rl_dims_product(x->dims, 0, axis), rl_dims_product(x->dims, axis, x->rank)}};
    return rl_op_output(ctx, graph, node, 0, &y);
}

const rl_op rl_op_flatten = {"Flatten", 1, 0, 1, 1, 1, 1, parse_flatten, infer_flatten, run_copy};

/* ---- Squeeze, Unsqueeze: axes as attribute up to opset 12, as input from 13 on ---- */

static relief_status parse_axes(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"axes", NULL};
    rl_axes_params *params;
    rl_short_list axes;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
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

/* The node's axes as a set of bits for `rank` axes; *given false when there are none. */
static relief_status read_axes(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                               int rank, bool *given, unsigned *set) {
    const rl_axes_params *params = node->params;
    rl_short_list axes = {.count = -1};
    if (params == NULL) {
        relief_status status = rl_op_constant_ints(ctx, graph, node, 1, &axes);
        if (status != RELIEF_OK) {
            return status;
        }
    } else if (params->given) {
        axes.count = params->count;
        memcpy(axes.v, params->axes, (size_t)params->count * sizeof axes.v[0]);
    }
    *given = axes.count >= 0;
    *set = 0;
    if (*given && !rl_axis_set(axes.v, axes.count, rank, set)) {
        return rl_op_misfit(ctx, graph, node, "the axes make no sense");
    }
    return RELIEF_OK;
}

static relief_status infer_squeeze(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_value *x = rl_op_input(graph, node, 0);
    bool given;
    unsigned set;
    relief_status status = read_axes(ctx, graph, node, x->rank, &given, &set);
    if (status != RELIEF_OK) {
        return status;
    }
    rl_value y = {.dtype = x->dtype};
    for (int i = 0; i < x->rank; i++) {
        bool drop = given ? (set >> i & 1u) != 0 : x->dims[i] == 1;
        if (drop && x->dims[i] != 1) {
            return rl_op_misfit(ctx, graph, node, "only an axis of size 1 can go");
        }
        if (!drop) {
            y.dims[y.rank++] = x->dims[i];
        }
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

const rl_op rl_op_squeeze_1 = {"Squeeze", 1, 12, 1, 1, 1, 1, parse_axes, infer_squeeze, run_copy};
const rl_op rl_op_squeeze_13 = {"Squeeze",     13,      0, 1, 2, 1, 1, rl_op_parse_none,
                                infer_squeeze, run_copy};

static relief_status infer_unsqueeze(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_axes_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0);
    int added = params != NULL ? params->count : 0;
    if (params == NULL) {
        rl_short_list axes;
        relief_status status = rl_op_constant_ints(ctx, graph, node, 1, &axes);
        if (status != RELIEF_OK) {
            return status;
        }
        added = axes.count;
    }
    rl_value y = {.dtype = x->dtype, .rank = x->rank + added};
    if (added < 0 || y.rank > RELIEF_MAX_RANK) {
        return rl_op_misfit(ctx, graph, node, "there would be too many axes");
    }
    bool given;
    unsigned set;
    relief_status status = read_axes(ctx, graph, node, y.rank, &given, &set);
    if (status != RELIEF_OK) {
        return status;
    }
    for (int i = 0, from = 0; i < y.rank; i++) {
        y.dims[i] = (set >> i & 1u) != 0 ? 1 : x->dims[from++];
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

const rl_op rl_op_unsqueeze_1 = {"Unsqueeze",     1,       12, 1, 1, 1, 1, parse_axes,
                                 infer_unsqueeze, run_copy};
const rl_op rl_op_unsqueeze_13 = {"Unsqueeze",     13,      0, 2, 2, 1, 1, rl_op_parse_none,
                                  infer_unsqueeze, run_copy};
