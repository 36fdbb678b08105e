/* SPDX-License-Identifier: Apache-2.0 */
/* y = (x - mean) / sqrt(variance + epsilon) * scale + bias, where mean and variance are
 * BatchNormalization: given for each channel; InstanceNormalization: those of each plane;
 * GroupNormalization: those of a group of planes;
 * LayerNormalization: those of the axes from `axis` on. Statistics are summed in double: a plane
 * has a million elements. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

#include <math.h>

static relief_status parse_epsilon(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                   const char *const *known) {
    rl_norm_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "epsilon", 1e-5f, &params->epsilon);
    }
    return status;
}

/* x is (N, C, ...) and inputs 1 .. count hold one number for each channel. */
static relief_status infer_channels(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_value *x = rl_op_input(graph, node, 0);
    for (int i = 0; i < node->own_input_count; i++) {
        relief_status status = rl_op_expect(ctx, graph, node, i, RL_TYPE(RELIEF_F32));
        if (status != RELIEF_OK) {
            return status;
        }
        const rl_value *value = rl_op_input(graph, node, i);
        if (x->rank < 2 || (i > 0 && (value->rank != 1 || value->dims[0] != x->dims[1]))) {
            return rl_op_misfit(ctx, graph, node, "one number for each channel is wanted");
        }
    }
    return rl_op_infer_same(ctx, graph, node);
}

/* ---- BatchNormalization ---- */

static relief_status parse_batch(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"epsilon", "momentum", "spatial", "training_mode", NULL};
    bool spatial, training;
    relief_status status = parse_epsilon(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_bool(ctx, graph, node, "spatial", true, &spatial);
    }
    if (status == RELIEF_OK && !spatial) {
        status = rl_op_refuse(ctx, graph, node, "spatial", "0");
    }
    if (status == RELIEF_OK) {
        status = rl_op_bool(ctx, graph, node, "training_mode", false, &training);
    }
    if (status == RELIEF_OK && training) {
        status = rl_op_refuse(ctx, graph, node, "training_mode", "1");
    }
    return status;
}

static relief_status run_batch(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    const rl_norm_params *params = node->params;
    const relief_tensor *x = inputs[0];
    const float *from = x->data, *scale = inputs[1]->data, *bias = inputs[2]->data;
    const float *mean = inputs[3]->data, *variance = inputs[4]->data;
    float *to = outputs[0]->data;
    int64_t channels = x->dims[1], size = rl_dims_product(x->dims, 2, x->rank);
    int64_t count = rl_tensor_count(x);
    for (int64_t i = 0; i < count; i++) {
        int64_t c = i / size % channels;
        double factor = (double)scale[c] / sqrt((double)variance[c] + (double)params->epsilon);
        to[i] = (float)(((double)from[i] - (double)mean[c]) * factor + (double)bias[c]);
    }
    return RELIEF_OK;
}

const rl_op rl_op_batch_normalization = {"BatchNormalization", 7,        0, 5, 5, 1, 1, parse_batch,
                                         infer_channels,       run_batch};

/* ---- InstanceNormalization ---- */

static relief_status parse_instance(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"epsilon", NULL};
    return parse_epsilon(ctx, graph, node, known);
}

/* Mean of x[0 .. count), and 1 / sqrt(variance + epsilon). */
static void statistics(const float *x, int64_t count, float epsilon, double *mean, double *factor) {
    double sum = 0.0, squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += (double)x[i];
    }
    *mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++) {
        double off = (double)x[i] - *mean;
        squares += off * off;
    }
    *factor = 1.0 / sqrt(squares / (double)count + (double)epsilon);
}

static relief_status run_instance(relief_ctx *ctx, const rl_node *node,
                                  const relief_tensor *const *inputs,
                                  relief_tensor *const *outputs) {
    (void)ctx;
    const rl_norm_params *params = node->params;
    const relief_tensor *x = inputs[0];
    const float *scale = inputs[1]->data, *bias = inputs[2]->data;
    int64_t planes = x->dims[0] * x->dims[1], size = rl_dims_product(x->dims, 2, x->rank);
    for (int64_t p = 0; p < planes; p++) {
        const float *from = (const float *)x->data + p * size;
        float *to = (float *)outputs[0]->data + p * size;
        int64_t c = p % x->dims[1];
        double mean, factor;
        statistics(from, size, params->epsilon, &mean, &factor);
        for (int64_t i = 0; i < size; i++) {
            to[i] = (float)(((double)from[i] - mean) * factor * (double)scale[c] + (double)bias[c]);
        }
    }
    return RELIEF_OK;
}

const rl_op rl_op_instance_normalization = {
    "InstanceNormalization", 6, 0, 3, 3, 1, 1, parse_instance, infer_channels, run_instance};

/* ---- GroupNormalization: statistics of each group of channels; scale and bias for each group in
 * opset 18, for each channel from 21 on ---- */

static relief_status parse_group(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"epsilon", "num_groups", "stash_type", NULL};
    rl_group_norm_params *params;
    int64_t stash;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "epsilon", 1e-5f, &params->epsilon);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "num_groups", 0, &params->groups);
    }
    if (status == RELIEF_OK && params->groups < 1) {
        status = rl_op_senseless(ctx, graph, node, "num_groups");
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "stash_type", RELIEF_F32, &stash);
    }
    if (status == RELIEF_OK && stash != RELIEF_F32) {
        status = rl_op_refuse(ctx, graph, node, "stash_type", "other than float");
    }
    return status;
}

static relief_status infer_group(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_group_norm_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0);
    for (int i = 0; i < 3; i++) {
        relief_status status = rl_op_expect(ctx, graph, node, i, RL_TYPE(RELIEF_F32));
        if (status != RELIEF_OK) {
            return status;
        }
        const rl_value *value = rl_op_input(graph, node, i);
        if (x->rank < 2 || x->dims[1] % params->groups != 0) {
            return rl_op_misfit(ctx, graph, node, "the channels are no whole groups");
        }
        const int64_t wanted = graph->opset < 21 ? params->groups : x->dims[1];
        if (i > 0 && (value->rank != 1 || value->dims[0] != wanted)) {
            return rl_op_misfit(ctx, graph, node, "scale and bias do not fit the groups");
        }
    }
    return rl_op_infer_same(ctx, graph, node);
}

static relief_status run_group(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    const rl_group_norm_params *params = node->params;
    const relief_tensor *x = inputs[0];
    const float *scale = inputs[1]->data, *bias = inputs[2]->data;
    const int64_t plane = rl_dims_product(x->dims, 2, x->rank);
    const int64_t per_group = x->dims[1] / params->groups, size = per_group * plane;
    const int64_t per_number = x->dims[1] / (inputs[1]->dims[0] > 0 ? inputs[1]->dims[0] : 1);
    for (int64_t g = 0; size > 0 && g < x->dims[0] * params->groups; g++) {
        const float *from = (const float *)x->data + g * size;
        float *to = (float *)outputs[0]->data + g * size;
        double mean, factor;
        statistics(from, size, params->epsilon, &mean, &factor);
        for (int64_t i = 0; i < size; i++) {
            const int64_t channel = g % params->groups * per_group + i / plane;
            const int64_t n = channel / per_number;
            to[i] = (float)(((double)from[i] - mean) * factor * (double)scale[n] + (double)bias[n]);
        }
    }
    return RELIEF_OK;
}

const rl_op rl_op_group_normalization = {"GroupNormalization", 18,          0,        3, 3, 1, 1,
                                         parse_group,          infer_group, run_group};

/* ---- LayerNormalization; its outputs Mean and InvStdDev are not supported ---- */

static relief_status parse_layer(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"axis", "epsilon", "stash_type", NULL};
    rl_axis_params *params;
    int64_t stash;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "axis", -1, &params->axis);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "epsilon", 1e-5f, &params->epsilon);
    }
    if (status == RELIEF_OK) {
        status = rl_op_int(ctx, graph, node, "stash_type", RELIEF_F32, &stash);
    }
    if (status == RELIEF_OK && stash != RELIEF_F32) {
        status = rl_op_refuse(ctx, graph, node, "stash_type", "other than float");
    }
    return status;
}

static relief_status infer_layer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    const rl_value *x = rl_op_input(graph, node, 0);
    int axis;
    relief_status status = rl_op_axis(ctx, graph, node, params->axis, x->rank, &axis);
    for (int i = 0; status == RELIEF_OK && i < node->own_input_count; i++) {
        const rl_value *value = rl_op_input(graph, node, i);
        if (value == NULL) {
            continue;
        }
        int rank;
        int64_t dims[RELIEF_MAX_RANK];
        status = rl_op_expect(ctx, graph, node, i, RL_TYPE(RELIEF_F32));
        if (status == RELIEF_OK &&
            (!rl_broadcast(x->rank, x->dims, value->rank, value->dims, &rank, dims) ||
             rank != x->rank || memcmp(dims, x->dims, (size_t)rank * sizeof dims[0]) != 0)) {
            status = rl_op_misfit(ctx, graph, node, "scale and bias do not fit the input");
        }
    }
    return status == RELIEF_OK ? rl_op_infer_same(ctx, graph, node) : status;
}

static relief_status run_layer(relief_ctx *ctx, const rl_node *node,
                               const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    const rl_axis_params *params = node->params;
    const relief_tensor *x = inputs[0], *scale = inputs[1];
    const relief_tensor *bias = node->own_input_count > 2 ? inputs[2] : NULL;
    int64_t size = rl_dims_product(x->dims, rl_axis(params->axis, x->rank), x->rank);
    int64_t count = rl_tensor_count(x);
    double mean = 0.0, factor = 0.0;
    rl_walk walk;
    rl_walk_begin(&walk, x);
    rl_walk_add(&walk, scale);
    rl_walk_add(&walk, bias != NULL ? bias : scale);
    for (int64_t i = 0; i < count; i++) {
        if (i % size == 0) {
            statistics((const float *)x->data + i, size, params->epsilon, &mean, &factor);
        }
        double y = (rl_get_real(x, i) - mean) * factor * rl_get_real(scale, walk.offset[0]);
        y += bias != NULL ? rl_get_real(bias, walk.offset[1]) : 0.0;
        rl_set_real(outputs[0], i, y);
        rl_walk_next(&walk);
    }
    return RELIEF_OK;
}

const rl_op rl_op_layer_normalization = {"LayerNormalization", 17,          0,        2, 3, 1, 1,
                                         parse_layer,          infer_layer, run_layer};
