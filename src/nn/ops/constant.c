/* SPDX-License-Identifier: Apache-2.0 */
/* Values that come from the file or from sizes: Constant, ConstantOfShape, Range, Shape, Size. */
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

#include <math.h>

/* ---- Constant ---- */

/* params: the tensor itself */
static relief_status parse_constant(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    if (node->attribute_count != 1 || node->outputs[0] == RL_NO_VALUE) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "exactly one value is wanted");
    }
    const rl_attribute *value = &node->attributes[0];
    if (strcmp(value->name, "value") == 0 && value->type == RL_ATTRIBUTE_TENSOR) {
        node->params = value->tensor;
        return RELIEF_OK;
    }
    const void *data;
    relief_tensor shape = {.rank = 0};
    if (strcmp(value->name, "value_float") == 0 && value->type == RL_ATTRIBUTE_FLOAT) {
        shape.dtype = RELIEF_F32;
        data = &value->f;
    } else if (strcmp(value->name, "value_int") == 0 && value->type == RL_ATTRIBUTE_INT) {
        shape.dtype = RELIEF_I64;
        data = &value->i;
    } else if (strcmp(value->name, "value_floats") == 0 && value->type == RL_ATTRIBUTE_FLOATS) {
        shape = (relief_tensor){.dtype = RELIEF_F32, .rank = 1, .dims = {value->count}};
        data = value->floats;
    } else if (strcmp(value->name, "value_ints") == 0 && value->type == RL_ATTRIBUTE_INTS) {
        shape = (relief_tensor){.dtype = RELIEF_I64, .rank = 1, .dims = {value->count}};
        data = value->ints;
    } else {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "attribute %s is not supported", value->name);
    }
    relief_tensor *tensor;
    relief_status status = rl_op_params(ctx, graph, node, sizeof *tensor, (void **)&tensor);
    if (status == RELIEF_OK) {
        *tensor = shape;
        tensor->data = (void *)data; /* borrowed from the attribute, never written */
        tensor->bytes = (size_t)rl_tensor_count(tensor) * rl_dtype_size(tensor->dtype);
    }
    return status;
}

static relief_status infer_constant(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const relief_tensor *tensor = node->params;
    rl_value y = {.dtype = tensor->dtype, .rank = tensor->rank};
    memcpy(y.dims, tensor->dims, sizeof tensor->dims);
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_constant(relief_ctx *ctx, const rl_node *node,
                                  const relief_tensor *const *inputs,
                                  relief_tensor *const *outputs) {
    (void)ctx, (void)inputs;
    const relief_tensor *tensor = node->params;
    if (tensor->bytes > 0) {
        memcpy(outputs[0]->data, tensor->data, tensor->bytes);
    }
    return RELIEF_OK;
}

const rl_op rl_op_constant = {"Constant",     1,           0, 0, 0, 1, 1, parse_constant,
                              infer_constant, run_constant};

/* ---- ConstantOfShape ---- */

/* params: the tensor of one element, NULL for a float 0 */
static relief_status parse_of_shape(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"value", NULL};
    relief_status status = rl_op_know(ctx, graph, node, known);
    const rl_attribute *value = rl_node_attribute(node, "value");
    if (status != RELIEF_OK || value == NULL) {
        return status;
    }
    if (value->type != RL_ATTRIBUTE_TENSOR || rl_tensor_count(value->tensor) != 1) {
        return rl_op_senseless(ctx, graph, node, "value");
    }
    node->params = value->tensor;
    return RELIEF_OK;
}

/* Kernels compute in float32 what the file has in 16 bits. */
static relief_dtype wide_type(relief_dtype dtype) {
    return dtype == RELIEF_F16 || dtype == RELIEF_BF16 ? RELIEF_F32 : dtype;
}

static relief_status infer_of_shape(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const relief_tensor *tensor = node->params;
    rl_short_list sizes;
    relief_status status = rl_op_constant_ints(ctx, graph, node, 0, &sizes);
    if (status != RELIEF_OK) {
        return status;
    }
    rl_value y = {.dtype = tensor != NULL ? wide_type(tensor->dtype) : RELIEF_F32,
                  .rank = sizes.count};
    for (int i = 0; i < sizes.count && i < RELIEF_MAX_RANK; i++) {
        y.dims[i] = sizes.v[i];
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_of_shape(relief_ctx *ctx, const rl_node *node,
                                  const relief_tensor *const *inputs,
                                  relief_tensor *const *outputs) {
    (void)ctx, (void)inputs;
    const relief_tensor *tensor = node->params;
    size_t size = rl_dtype_size(outputs[0]->dtype);
    int64_t count = rl_tensor_count(outputs[0]);
    float wide = 0;
    const void *value = tensor != NULL ? tensor->data : &wide;
    if (tensor != NULL && tensor->dtype != outputs[0]->dtype) {
        wide = rl_tensor_float(tensor, 0);
        value = &wide;
    }
    for (int64_t i = 0; i < count; i++) {
        memcpy((char *)outputs[0]->data + (size_t)i * size, value, size);
    }
    return RELIEF_OK;
}

const rl_op rl_op_constant_of_shape = {
    "ConstantOfShape", 9, 0, 1, 1, 1, 1, parse_of_shape, infer_of_shape, run_of_shape};

/* ---- Range ---- */

/* The three inputs as numbers; false when one is not a constant scalar. */
static bool range_bounds(const rl_graph *graph, const rl_node *node, double *bounds) {
    for (int i = 0; i < 3; i++) {
        const relief_tensor *tensor = rl_op_input(graph, node, i)->constant;
        if (tensor == NULL || rl_tensor_count(tensor) != 1) {
            return false;
        }
        bounds[i] = rl_is_real(tensor->dtype) ? (double)rl_tensor_float(tensor, 0)
                                              : (double)rl_tensor_int(tensor, 0);
    }
    return true;
}

static relief_status infer_range(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    for (int i = 0; i < 3; i++) {
        relief_status status =
            rl_op_expect(ctx, graph, node, i, RL_TYPES_INDEX | RL_TYPE(RELIEF_F32));
        if (status != RELIEF_OK) {
            return status;
        }
    }
    relief_dtype dtype = rl_op_input(graph, node, 0)->dtype;
    if (rl_op_input(graph, node, 1)->dtype != dtype ||
        rl_op_input(graph, node, 2)->dtype != dtype) {
        return rl_op_misfit(ctx, graph, node, "the bounds are not of one type");
    }
    double bounds[3];
    if (!range_bounds(graph, node, bounds)) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "the bounds must not depend on the network's input data");
    }
    double count = ceil((bounds[1] - bounds[0]) / bounds[2]);
    if (bounds[2] == 0.0 || !(count <= (double)RL_MAX_ELEMENTS)) {
        return rl_op_misfit(ctx, graph, node, "the range never ends");
    }
    rl_value y = {.dtype = dtype, .rank = 1, .dims = {count > 0.0 ? (int64_t)count : 0}};
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_range(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    relief_tensor *y = outputs[0];
    for (int64_t i = 0; i < y->dims[0]; i++) {
        if (rl_is_real(y->dtype)) {
            rl_set_real(y, i, rl_get_real(inputs[0], 0) + (double)i * rl_get_real(inputs[2], 0));
        } else {
            uint64_t step = (uint64_t)rl_get_int(inputs[2], 0);
            rl_set_int(y, i, (int64_t)((uint64_t)rl_get_int(inputs[0], 0) + (uint64_t)i * step));
        }
    }
    return RELIEF_OK;
}

const rl_op rl_op_range = {"Range", 11, 0, 3, 3, 1, 1, rl_op_parse_none, infer_range, run_range};

/* ---- Shape, Size ---- */

typedef struct shape_params {
    int64_t start, end;
} shape_params;

static relief_status parse_shape(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"start", "end", NULL};
    shape_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "start", 0, &params->start);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "end", RELIEF_MAX_RANK, &params->end);
    }
    return status;
}

/* Negative positions count from the end; what is outside is moved to the border. */
static int clamp_position(int64_t at, int rank) {
    if (at < 0) {
        return at < -rank ? 0 : (int)(at + rank);
    }
    return at > rank ? rank : (int)at;
}

static relief_status infer_shape(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const shape_params *params = node->params;
    int rank = rl_op_input(graph, node, 0)->rank;
    int start = clamp_position(params->start, rank), end = clamp_position(params->end, rank);
    rl_value y = {.dtype = RELIEF_I64, .rank = 1, .dims = {end > start ? end - start : 0}};
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_shape(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    const shape_params *params = node->params;
    int start = clamp_position(params->start, inputs[0]->rank);
    for (int64_t i = 0; i < outputs[0]->dims[0]; i++) {
        ((int64_t *)outputs[0]->data)[i] = inputs[0]->dims[start + i];
    }
    return RELIEF_OK;
}

const rl_op rl_op_shape = {"Shape", 1, 0, 1, 1, 1, 1, parse_shape, infer_shape, run_shape};

static relief_status infer_size(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    rl_value y = {.dtype = RELIEF_I64, .rank = 0};
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_size(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx, (void)node;
    *(int64_t *)outputs[0]->data = rl_tensor_count(inputs[0]);
    return RELIEF_OK;
}

const rl_op rl_op_size = {"Size", 1, 0, 1, 1, 1, 1, rl_op_parse_none, infer_size, run_size};
