/* SPDX-License-Identifier: Apache-2.0 */
/* Concat: tensors laid side by side along an axis; Split: the reverse. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

/* Copy between `whole` and the part of it that begins at index `at` along the axis. */
typedef struct strip {
    int64_t outer;       /* pieces: the product of the axes in front */
    size_t part, stride; /* bytes of a piece in the part, and of one in the whole */
    size_t offset;       /* bytes, of the part's first piece in the whole */
} strip;

static strip strip_of(const relief_tensor *whole, const relief_tensor *part, int axis, int64_t at) {
    size_t below =
        (size_t)rl_dims_product(part->dims, axis + 1, part->rank) * rl_dtype_size(whole->dtype);
    return (strip){rl_dims_product(part->dims, 0, axis), (size_t)part->dims[axis] * below,
                   (size_t)whole->dims[axis] * below, (size_t)at * below};
}

/* ---- Concat ---- */

relief_status rl_concat_parse(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"axis", NULL};
    rl_axis_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK && rl_node_attribute(node, "axis") == NULL) {
        status = rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "attribute axis is missing");
    }
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    return status == RELIEF_OK ? rl_op_int(ctx, graph, node, "axis", 0, &params->axis) : status;
}

static relief_status infer_concat(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    int axis = 0;
    rl_value y = {.rank = 0};
    for (int k = 0; k < node->own_input_count; k++) {
        const rl_value *x = rl_op_input(graph, node, k);
        if (x == NULL) {
            return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "input %d is missing", k);
        }
        if (k == 0) {
            relief_status status = rl_op_axis(ctx, graph, node, params->axis, x->rank, &axis);
            if (status != RELIEF_OK) {
                return status;
            }
            y = *x;
            continue;
        }
        bool same = x->rank == y.rank && x->dtype == y.dtype;
        for (int i = 0; same && i < y.rank; i++) {
            same = i == axis || x->dims[i] == y.dims[i];
        }
        if (!same || x->dims[axis] > RL_MAX_ELEMENTS - y.dims[axis]) {
            return rl_op_misfit(ctx, graph, node, "they can differ along the axis alone");
        }
        y.dims[axis] += x->dims[axis];
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_concat(relief_ctx *ctx, const rl_node *node,
                                const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    const rl_axis_params *params = node->params;
    int axis = rl_axis(params->axis, outputs[0]->rank);
    int64_t at = 0;
    for (int k = 0; k < node->own_input_count; k++) {
        strip s = strip_of(outputs[0], inputs[k], axis, at);
        for (int64_t o = 0; s.part > 0 && o < s.outer; o++) {
            memcpy((char *)outputs[0]->data + s.offset + (size_t)o * s.stride,
                   (const char *)inputs[k]->data + (size_t)o * s.part, s.part);
        }
        at += inputs[k]->dims[axis];
    }
    return RELIEF_OK;
}

const rl_op rl_op_concat = {"Concat", 4, 0, 1, -1, 1, 1, rl_concat_parse, infer_concat, run_concat};

/* ---- Split: sizes as attribute up to opset 12, as input from 13 on, or equal parts ---- */

static relief_status parse_split(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const old[] = {"axis", "split", NULL};
    static const char *const newer[] = {"axis", "num_outputs", NULL};
    rl_axis_params *params;
    int64_t outputs;
    relief_status status = rl_op_know(ctx, graph, node, graph->opset < 13 ? old : newer);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "axis", 0, &params->axis);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "num_outputs", node->output_count, &outputs);
    }
    if (status == RELIEF_OK && outputs != node->output_count) {
        status = rl_op_senseless(ctx, graph, node, "num_outputs");
    }
    return status;
}

/* Size of part k: the list's, else the same for all, with what is missing taken from the last. -1:
 * none given. */
static relief_status part_size(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                               int64_t dim, int k, int64_t *out) {
    const rl_attribute *split = rl_node_attribute(node, "split");
    const rl_value *input = rl_op_input(graph, node, 1);
    int64_t parts = node->output_count;
    if (input != NULL) {
        if (input->constant == NULL || input->dtype != RELIEF_I64 ||
            rl_tensor_count(input->constant) != parts) {
            return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                                "one constant size for each output is wanted");
        }
        *out = rl_tensor_int(input->constant, k);
        return RELIEF_OK;
    }
    if (split != NULL) {
        if (split->type != RL_ATTRIBUTE_INTS || split->count != parts) {
            return rl_op_senseless(ctx, graph, node, "split");
        }
        *out = split->ints[k];
        return RELIEF_OK;
    }
    int64_t each = (dim + parts - 1) / parts, rest = dim - each * (parts - 1);
    bool uneven = rl_node_attribute(node, "num_outputs") != NULL;
    if (rest < 0 || (rest != each && !uneven)) {
        return rl_op_misfit(ctx, graph, node, "the axis cannot be cut into equal parts");
    }
    *out = k == parts - 1 ? rest : each;
    return RELIEF_OK;
}

static relief_status infer_split(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    rl_value y = *rl_op_input(graph, node, 0);
    int axis = 0;
    relief_status status = rl_op_axis(ctx, graph, node, params->axis, y.rank, &axis);
    if (status != RELIEF_OK) {
        return status;
    }
    if (status != RELIEF_OK) {
        return status;
    }
    int64_t dim = y.dims[axis], left = dim;
    for (int k = 0; status == RELIEF_OK && k < node->output_count; k++) {
        status = part_size(ctx, graph, node, dim, k, &y.dims[axis]);
        if (status == RELIEF_OK && (y.dims[axis] < 0 || y.dims[axis] > left)) {
            return rl_op_misfit(ctx, graph, node, "the parts do not make up the axis");
        }
        left -= y.dims[axis];
        if (status == RELIEF_OK) {
            status = rl_op_output(ctx, graph, node, k, &y);
        }
    }
    if (status == RELIEF_OK && left != 0) {
        return rl_op_misfit(ctx, graph, node, "the parts do not make up the axis");
    }
    return status;
}

static relief_status run_split(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    const rl_axis_params *params = node->params;
    int axis = rl_axis(params->axis, inputs[0]->rank);
    int64_t at = 0;
    for (int k = 0; k < node->output_count; k++) {
        if (outputs[k] == NULL) {
            return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "node %s (Split): an output is left out",
                           node->name);
        }
        strip s = strip_of(inputs[0], outputs[k], axis, at);
        for (int64_t o = 0; s.part > 0 && o < s.outer; o++) {
            memcpy((char *)outputs[k]->data + (size_t)o * s.part,
                   (const char *)inputs[0]->data + s.offset + (size_t)o * s.stride, s.part);
        }
        at += outputs[k]->dims[axis];
    }
    return RELIEF_OK;
}

const rl_op rl_op_split_2 = {"Split", 2, 12, 1, 1, 1, -1, parse_split, infer_split, run_split};
const rl_op rl_op_split_13 = {"Split", 13, 0, 1, 2, 1, -1, parse_split, infer_split, run_split};
