/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/ops/op_util.h"

#include <stdio.h>

/* ---- attributes ---- */

relief_status rl_op_know(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                         const char *const *known) {
    for (int i = 0; i < node->op->min_inputs; i++) {
        if (i >= node->input_count || node->inputs[i] == RL_NO_VALUE) {
            return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "input %d is missing", i);
        }
    }
    for (int i = 0; i < node->op->min_outputs; i++) {
        if (i >= node->output_count || node->outputs[i] == RL_NO_VALUE) {
            return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "output %d is missing", i);
        }
    }
    for (int i = 0; i < node->attribute_count; i++) {
        const char *name = node->attributes[i].name;
        int k = 0;
        while (known[k] != NULL && strcmp(known[k], name) != 0) {
            k++;
        }
        if (known[k] == NULL) {
            return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                                "attribute %s is not supported", name);
        }
    }
    return RELIEF_OK;
}

relief_status rl_op_parse_none(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {NULL};
    return rl_op_know(ctx, graph, node, known);
}

relief_status rl_op_refuse(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                           const char *attribute, const char *value) {
    return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                        "attribute %s = %s is not supported", attribute, value);
}

relief_status rl_op_senseless(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                              const char *attribute) {
    return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT,
                        "attribute %s has a value that makes no sense", attribute);
}

/* *out: the attribute, NULL when it is absent. */
static relief_status find_attribute(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                    const char *name, rl_attribute_type type,
                                    const rl_attribute **out) {
    *out = rl_node_attribute(node, name);
    if (*out != NULL && (*out)->type != type) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT,
                            "attribute %s has the wrong type", name);
    }
    return RELIEF_OK;
}

relief_status rl_op_int(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                        const char *name, int64_t fallback, int64_t *out) {
    const rl_attribute *found;
    relief_status status = find_attribute(ctx, graph, node, name, RL_ATTRIBUTE_INT, &found);
    *out = status == RELIEF_OK && found != NULL ? found->i : fallback;
    return status;
}

relief_status rl_op_float(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                          const char *name, float fallback, float *out) {
    const rl_attribute *found;
    relief_status status = find_attribute(ctx, graph, node, name, RL_ATTRIBUTE_FLOAT, &found);
    *out = status == RELIEF_OK && found != NULL ? found->f : fallback;
    return status;
}

relief_status rl_op_string(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                           const char *name, const char *fallback, const char **out) {
    const rl_attribute *found;
    relief_status status = find_attribute(ctx, graph, node, name, RL_ATTRIBUTE_STRING, &found);
    *out = status == RELIEF_OK && found != NULL ? found->s : fallback;
    return status;
}

relief_status rl_op_bool(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                         const char *name, bool fallback, bool *out) {
    int64_t value;
    relief_status status = rl_op_int(ctx, graph, node, name, fallback, &value);
    if (status == RELIEF_OK && value != 0 && value != 1) {
        status = rl_op_senseless(ctx, graph, node, name);
    }
    *out = value == 1;
    return status;
}

relief_status rl_op_ints(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                         const char *name, rl_short_list *out) {
    const rl_attribute *found;
    out->count = -1;
    relief_status status = find_attribute(ctx, graph, node, name, RL_ATTRIBUTE_INTS, &found);
    if (status != RELIEF_OK || found == NULL) {
        return status;
    }
    if (found->count < 0 || found->count > RL_MAX_SHORT_LIST) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "attribute %s has %lld entries (at most %d are supported)", name,
                            (long long)found->count, RL_MAX_SHORT_LIST);
    }
    out->count = (int)found->count;
    for (int i = 0; i < out->count; i++) {
        out->v[i] = found->ints[i];
    }
    return RELIEF_OK;
}

relief_status rl_op_params(relief_ctx *ctx, rl_graph *graph, rl_node *node, size_t bytes,
                           void **out) {
    *out = rl_arena_alloc(graph->arena, 1, bytes);
    if (*out == NULL) {
        return rl_fail_memory(ctx, bytes);
    }
    node->params = *out;
    return RELIEF_OK;
}

/* ---- shapes ---- */

const rl_value *rl_op_input(const rl_graph *graph, const rl_node *node, int input) {
    if (input < 0 || input >= node->own_input_count || node->inputs[input] == RL_NO_VALUE) {
        return NULL;
    }
    return &graph->values[node->inputs[input]];
}

relief_status rl_op_expect(relief_ctx *ctx, const rl_graph *graph, const rl_node *node, int input,
                           unsigned types) {
    const rl_value *value = rl_op_input(graph, node, input);
    if (value == NULL) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "input %d is missing", input);
    }
    if ((types & RL_TYPE(value->dtype)) == 0) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "input %d of type %s is not supported", input,
                            rl_dtype_name(value->dtype));
    }
    return RELIEF_OK;
}

relief_status rl_op_output(relief_ctx *ctx, rl_graph *graph, const rl_node *node, int output,
                           const rl_value *shape) {
    if (output >= node->output_count || node->outputs[output] == RL_NO_VALUE) {
        return RELIEF_OK;
    }
    if (shape->rank < 0 || shape->rank > RELIEF_MAX_RANK) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "an output of %d dimensions is not supported", shape->rank);
    }
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] < 0) {
            return rl_fail_node(ctx, graph, node, RELIEF_ERROR_ARG,
                                "the output would have size %lld along axis %d",
                                (long long)shape->dims[i], i);
        }
    }
    int64_t count;
    if (!rl_element_count(shape->rank, shape->dims, &count)) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_LIMIT,
                            "the output would have more than %lld elements",
                            (long long)RL_MAX_ELEMENTS);
    }
    rl_value *value = &graph->values[node->outputs[output]];
    value->dtype = shape->dtype;
    value->rank = shape->rank;
    for (int i = 0; i < shape->rank; i++) {
        value->dims[i] = shape->dims[i];
    }
    return RELIEF_OK;
}

relief_status rl_op_infer_same(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_value *x = rl_op_input(graph, node, 0);
    if (x == NULL) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT, "input 0 is missing");
    }
    return rl_op_output(ctx, graph, node, 0, x);
}

/* Append "(1, 3, 8, 8) " to text. */
static void print_shape(char *text, size_t capacity, const rl_value *value) {
    size_t used = strlen(text);
    for (int i = 0; i < value->rank && used < capacity; i++) {
        int n = snprintf(text + used, capacity - used, "%s%lld", i == 0 ? "(" : ", ",
                         (long long)value->dims[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (used < capacity) {
        snprintf(text + used, capacity - used, value->rank == 0 ? "() " : ") ");
    }
}

relief_status rl_op_misfit(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                           const char *why) {
    char shapes[256] = "";
    for (int i = 0; i < node->own_input_count; i++) {
        const rl_value *value = rl_op_input(graph, node, i);
        if (value != NULL) {
            print_shape(shapes, sizeof shapes, value);
        }
    }
    return rl_fail_node(ctx, graph, node, RELIEF_ERROR_ARG, "inputs of shapes %s: %s", shapes, why);
}

int rl_axis(int64_t axis, int rank) {
    if (axis < -rank || axis >= rank) {
        return -1;
    }
    return (int)(axis < 0 ? axis + rank : axis);
}

relief_status rl_op_axis(relief_ctx *ctx, const rl_graph *graph, const rl_node *node, int64_t axis,
                         int rank, int *out) {
    *out = rl_axis(axis, rank);
    if (*out < 0) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_FORMAT,
                            "axis %lld is outside of %d dimensions", (long long)axis, rank);
    }
    return RELIEF_OK;
}

bool rl_axis_set(const int64_t *axes, int count, int rank, unsigned *set) {
    *set = 0;
    for (int i = 0; i < count; i++) {
        int axis = rl_axis(axes[i], rank);
        if (axis < 0 || (*set & (1u << axis)) != 0) {
            return false;
        }
        *set |= 1u << axis;
    }
    return true;
}

int64_t rl_dims_product(const int64_t *dims, int begin, int end) {
    int64_t product = 1;
    for (int i = begin; i < end; i++) {
        product *= dims[i];
    }
    return product;
}

int64_t rl_tensor_count(const relief_tensor *tensor) {
    return rl_dims_product(tensor->dims, 0, tensor->rank);
}

bool rl_tensor_ints(const relief_tensor *tensor, rl_short_list *out) {
    int64_t count = rl_tensor_count(tensor);
    out->count = -1;
    if (count > RL_MAX_SHORT_LIST) {
        return false;
    }
    out->count = (int)count;
    for (int i = 0; i < out->count; i++) {
        out->v[i] = rl_tensor_int(tensor, i);
    }
    return true;
}

relief_status rl_op_constant_ints(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                  int input, rl_short_list *out) {
    const rl_value *value = rl_op_input(graph, node, input);
    out->count = -1;
    if (value == NULL) {
        return RELIEF_OK;
    }
    relief_status status = rl_op_expect(ctx, graph, node, input, RL_TYPES_INDEX);
    if (status != RELIEF_OK) {
        return status;
    }
    if (value->constant == NULL) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "input %d sets sizes and must not depend on the network's input data",
                            input);
    }
    if (!rl_tensor_ints(value->constant, out)) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "input %d has more than %d entries", input, RL_MAX_SHORT_LIST);
    }
    return RELIEF_OK;
}

/* ---- elements ---- */

void rl_row_strides(int rank, const int64_t *dims, int64_t *strides) {
    int64_t stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= dims[i];
    }
}

void rl_walk_begin(rl_walk *walk, const relief_tensor *result) {
    memset(walk, 0, sizeof *walk);
    walk->rank = result->rank;
    for (int i = 0; i < result->rank; i++) {
        walk->dims[i] = result->dims[i];
    }
}

void rl_walk_add(rl_walk *walk, const relief_tensor *source) {
    int64_t own[RELIEF_MAX_RANK], strides[RELIEF_MAX_RANK] = {0};
    rl_row_strides(source->rank, source->dims, own);
    int missing = walk->rank - source->rank; /* axes are matched from the last one on */
    for (int i = 0; i < source->rank; i++) {
        strides[missing + i] = source->dims[i] == 1 ? 0 : own[i];
    }
    rl_walk_add_strided(walk, 0, strides);
}

void rl_walk_add_strided(rl_walk *walk, int64_t base, const int64_t *strides) {
    int s = walk->source_count++;
    walk->offset[s] = base;
    for (int i = 0; i < walk->rank; i++) {
        walk->stride[s][i] = strides[i];
    }
}

void rl_walk_carry(rl_walk *walk) {
    for (int axis = walk->rank - 1; axis >= 0; axis--) {
        for (int s = 0; s < walk->source_count; s++) {
            walk->offset[s] += walk->stride[s][axis];
        }
        if (++walk->index[axis] < walk->dims[axis]) {
            return;
        }
        for (int s = 0; s < walk->source_count; s++) {
            walk->offset[s] -= walk->stride[s][axis] * walk->dims[axis];
        }
        walk->index[axis] = 0;
    }
}

void rl_broadcast_offsets(const relief_tensor *result, const relief_tensor *a,
                          const relief_tensor *b, int64_t index, int64_t offsets[2]) {
    rl_walk walk;
    rl_walk_begin(&walk, result);
    rl_walk_add(&walk, a);
    rl_walk_add(&walk, b);
    offsets[0] = offsets[1] = 0;
    for (int axis = walk.rank - 1; axis >= 0; axis--) {
        offsets[0] += index % walk.dims[axis] * walk.stride[0][axis];
        offsets[1] += index % walk.dims[axis] * walk.stride[1][axis];
        index /= walk.dims[axis];
    }
}

void rl_copy_strided(relief_tensor *result, const relief_tensor *source, int64_t base,
                     const int64_t *strides) {
    size_t size = rl_dtype_size(result->dtype);
    rl_walk walk;
    rl_walk_begin(&walk, result);
    rl_walk_add_strided(&walk, base, strides);
    int64_t count = rl_tensor_count(result);
    for (int64_t i = 0; i < count; i++) {
        memcpy((char *)result->data + (size_t)i * size,
               (const char *)source->data + (size_t)walk.offset[0] * size, size);
        rl_walk_next(&walk);
    }
}
