/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the "QDQ" kind wrap operators on floats in DequantizeLinear and QuantizeLinear. Where
 * all of a convolution or an addition is wrapped it becomes QLinearConv or QLinearAdd, which
 * compute on the 8-bit numbers; what only moves or compares elements moves the 8-bit numbers
 * themselves. It is done to the graph as it was read, before constants are computed ahead. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "nn/op.h"
#include "nn/ops/op_params.h"
#include "nn/passes/passes.h"

typedef struct folder {
    relief_ctx *ctx;
    rl_graph *graph;
    rl_uses uses;
} folder;

static bool is_op(const rl_node *node, const char *name) {
    return !strcmp(node->op->name, name);
}

static const relief_tensor *constant_of(const rl_graph *graph, int value) {
    return value == RL_NO_VALUE ? NULL : graph->values[value].constant;
}

static int64_t count_of(const relief_tensor *tensor) {
    int64_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= tensor->dims[i];
    return count;
}

static int input_at(const rl_node *node, int position) {
    return position < node->own_input_count ? node->inputs[position] : RL_NO_VALUE;
}

/* The node of this operator that makes a value; NULL: another one does, or none. */
static const rl_node *maker(const folder *f, int value, const char *name) {
    if (value == RL_NO_VALUE || value >= f->uses.value_count || f->uses.producer[value] < 0)
        return NULL;
    const rl_node *node = &f->graph->nodes[f->uses.producer[value]];
    return is_op(node, name) ? node : NULL;
}

/* Whether scale and zero point of a Quantize- or DequantizeLinear are one constant number each,
 * both given. */
static bool has_one_quantum(const rl_graph *graph, const rl_node *node) {
    const relief_tensor *scale = constant_of(graph, input_at(node, 1));
    const relief_tensor *zero = constant_of(graph, input_at(node, 2));
    return scale && zero && scale->dtype == RELIEF_F32 && count_of(scale) == 1 &&
           count_of(zero) == 1 && (zero->dtype == RELIEF_U8 || zero->dtype == RELIEF_I8);
}

/* The DequantizeLinear of one scale that makes a value from numbers that are not constant. */
static const rl_node *activation(const folder *f, int value) {
    const rl_node *node = maker(f, value, "DequantizeLinear");
    return node && has_one_quantum(f->graph, node) && !constant_of(f->graph, node->inputs[0])
               ? node
               : NULL;
}

/* Whether two nodes have the same scale and zero point. */
static bool same_quantum(const rl_graph *graph, const rl_node *a, const rl_node *b) {
    const relief_tensor *scales[2], *zeros[2];
    for (int i = 0; i < 2; i++) {
        scales[i] = constant_of(graph, (i ? b : a)->inputs[1]);
        zeros[i] = constant_of(graph, (i ? b : a)->inputs[2]);
    }
    return rl_tensor_float(scales[0], 0) == rl_tensor_float(scales[1], 0) &&
           zeros[0]->dtype == zeros[1]->dtype &&
           rl_tensor_int(zeros[0], 0) == rl_tensor_int(zeros[1], 0);
}

/* Let `node` be another operator with these inputs; its output stays. */
static relief_status become(folder *f, rl_node *node, const char *domain, const char *type,
                            const int *inputs, int count) {
    void *copy;
    relief_status status = rl_graph_alloc(f->ctx, f->graph, (size_t)count, sizeof(*inputs), &copy);
    if (status)
        return status;
    memcpy(copy, inputs, (size_t)count * sizeof(*inputs));
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i] != RL_NO_VALUE && node->inputs[i] < f->uses.value_count)
            f->uses.count[node->inputs[i]]--;
    for (int i = 0; i < count; i++)
        if (inputs[i] != RL_NO_VALUE && inputs[i] < f->uses.value_count)
            f->uses.count[inputs[i]]++;
    node->op_type = type;
    node->domain = domain;
    node->op = rl_op_find(domain, type, f->graph->opset);
    node->inputs = copy;
    node->input_count = node->own_input_count = count;
    node->params = NULL;
    return RELIEF_OK;
}

/* ---- Conv ---- */

/* The bias as whole numbers in quanta of the sums: a constant behind a DequantizeLinear whose scale
 * is the product of both. RL_NO_VALUE: there is no bias. False: it is something else. */
static bool find_bias(const folder *f, const rl_node *conv, const rl_node *x, const rl_node *w,
                      int *bias) {
    const rl_graph *graph = f->graph;
    const int value = input_at(conv, 2);
    *bias = RL_NO_VALUE;
    if (value == RL_NO_VALUE)
        return true;
    const rl_node *from = maker(f, value, "DequantizeLinear");
    const relief_tensor *numbers = from ? constant_of(graph, from->inputs[0]) : NULL;
    const relief_tensor *scales = from ? constant_of(graph, from->inputs[1]) : NULL;
    const relief_tensor *zeros = from ? constant_of(graph, input_at(from, 2)) : NULL;
    const relief_tensor *w_scales = constant_of(graph, w->inputs[1]);
    if (!numbers || numbers->dtype != RELIEF_I32 || !scales || numbers->rank != 1)
        return false;
    const float x_scale = rl_tensor_float(constant_of(graph, x->inputs[1]), 0);
    for (int64_t i = 0; i < count_of(scales); i++) {
        const int64_t k = count_of(w_scales) > 1 ? i : 0;
        if (k >= count_of(w_scales))
            return false;
        const float wanted = x_scale * rl_tensor_float(w_scales, k);
        if (!(fabsf(rl_tensor_float(scales, i) - wanted) <= 1e-4f * wanted))
            return false;
    }
    for (int64_t i = 0; zeros && i < count_of(zeros); i++)
        if (rl_tensor_int(zeros, i))
            return false;
    *bias = from->inputs[0];
    return count_of(scales) == 1 || count_of(scales) == count_of(numbers);
}

/* The constant weights behind a DequantizeLinear, with one scale or one for each output channel. */
static const rl_node *find_weights(const folder *f, int value) {
    const rl_node *node = maker(f, value, "DequantizeLinear");
    const relief_tensor *w = node ? constant_of(f->graph, node->inputs[0]) : NULL;
    const relief_tensor *scales = node ? constant_of(f->graph, node->inputs[1]) : NULL;
    const relief_tensor *zeros = node ? constant_of(f->graph, input_at(node, 2)) : NULL;
    if (!w || !scales || !zeros || w->rank != 4 || scales->dtype != RELIEF_F32 ||
        (w->dtype != RELIEF_U8 && w->dtype != RELIEF_I8) || count_of(zeros) != count_of(scales))
        return NULL;
    const rl_axis_params *params = node->params;
    const bool by_channel = params->axis == 0 && count_of(scales) == w->dims[0];
    return count_of(scales) == 1 || by_channel ? node : NULL;
}

/* `target`, a QuantizeLinear or what stands in front of one, becomes the QLinearConv of `conv` with
 * the quanta of `q`. *done: whether it could. */
static relief_status fold_conv(folder *f, const rl_node *conv, const rl_node *q, rl_node *target,
                               bool *done) {
    const rl_node *x = activation(f, conv->inputs[0]), *w = find_weights(f, conv->inputs[1]);
    const void *params = conv->params;
    int bias;
    *done = x && w && !conv->epilogue_count && find_bias(f, conv, x, w, &bias);
    if (!*done)
        return RELIEF_OK;
    const int inputs[] = {x->inputs[0], x->inputs[1], x->inputs[2], w->inputs[0], w->inputs[1],
                          w->inputs[2], q->inputs[1], q->inputs[2], bias};
    relief_status status =
        become(f, target, "", "QLinearConv", inputs, bias == RL_NO_VALUE ? 8 : 9);
    target->params = params;
    return status;
}

/* ---- Add ---- */

static relief_status fold_add(folder *f, const rl_node *add, const rl_node *q, rl_node *target,
                              bool *done) {
    const rl_node *a = activation(f, add->inputs[0]), *b = activation(f, add->inputs[1]);
    *done = a && b && !add->epilogue_count;
    if (*done) {
        /* All three are of one type. */
        const relief_dtype type = constant_of(f->graph, q->inputs[2])->dtype;
        *done = constant_of(f->graph, a->inputs[2])->dtype == type &&
                constant_of(f->graph, b->inputs[2])->dtype == type;
    }
    if (!*done)
        return RELIEF_OK;
    const int inputs[] = {a->inputs[0], a->inputs[1], a->inputs[2], b->inputs[0],
                          b->inputs[1], b->inputs[2], q->inputs[1], q->inputs[2]};
    return become(f, target, "com.microsoft", "QLinearAdd", inputs, 8);
}

static relief_status fold_sum(folder *f, const rl_node *node, const rl_node *q, rl_node *target,
                              bool *done) {
    *done = false;
    if (is_op(node, "Conv"))
        return fold_conv(f, node, q, target, done);
    return is_op(node, "Add") ? fold_add(f, node, q, target, done) : RELIEF_OK;
}

/* ---- Relu and Clip ---- */

/* A bound in the quanta of `q`, as a constant of the graph. */
static relief_status add_bound(folder *f, const rl_node *q, float bound, int *index) {
    const relief_tensor *zero = constant_of(f->graph, q->inputs[2]);
    const float scale = rl_tensor_float(constant_of(f->graph, q->inputs[1]), 0);
    const double least = zero->dtype == RELIEF_I8 ? -128 : 0;
    const double place = nearbyint((double)(bound / scale)) + (double)rl_tensor_int(zero, 0);
    const double inside = place < least ? least : place > least + 255 ? least + 255 : place;
    relief_tensor *tensor = NULL;
    relief_status status = rl_tensor_new(f->ctx, zero->dtype, 0, NULL, &tensor);
    if (status)
        return status;
    *(uint8_t *)tensor->data = (uint8_t)(int)inside;
    status = rl_graph_own(f->ctx, f->graph, tensor);
    if (status)
        return status;
    const rl_value value = {.name = "bound", .dtype = tensor->dtype, .constant = tensor};
    return rl_graph_add_value(f->ctx, f->graph, &value, index);
}

/* `q` becomes a Clip of the quantised `from`, whose quanta are its own. */
static relief_status clip_quanta(folder *f, const rl_node *clip, rl_node *q, int from) {
    float lo, hi;
    int inputs[3] = {from, RL_NO_VALUE, RL_NO_VALUE};
    if (f->graph->opset < 12 || !rl_clip_bounds(f->graph, clip, &lo, &hi))
        return RELIEF_OK;
    relief_status status = add_bound(f, q, lo, &inputs[1]);
    if (!status)
        status = add_bound(f, q, hi, &inputs[2]);
    return status ? status : become(f, q, "", "Clip", inputs, 3);
}

/* `q`, whose quanta are others than those of `x`, becomes a function from bytes to bytes: a leaky
 * ReLU that lets nothing through. */
static relief_status requantise_relu(folder *f, const rl_node *x, rl_node *q) {
    const int inputs[] = {x->inputs[0], x->inputs[1], x->inputs[2], q->inputs[1], q->inputs[2]};
    void *params;
    if (constant_of(f->graph, x->inputs[2])->dtype != constant_of(f->graph, q->inputs[2])->dtype)
        return RELIEF_OK;
    relief_status status = rl_graph_alloc(f->ctx, f->graph, 1, sizeof(rl_unary_params), &params);
    if (!status)
        status = become(f, q, "com.microsoft", "QLinearLeakyRelu", inputs, 5);
    if (!status) {
        *(rl_unary_params *)params = (rl_unary_params){0};
        q->params = params;
    }
    return status;
}

static relief_status fold_clip(folder *f, rl_node *clip, rl_node *q) {
    float lo, hi;
    const rl_node *x = activation(f, clip->inputs[0]);
    if (x && is_op(clip, "Relu") && !same_quantum(f->graph, x, q))
        return requantise_relu(f, x, q);
    if (f->graph->opset < 12 || !rl_clip_bounds(f->graph, clip, &lo, &hi))
        return RELIEF_OK;
    if (x)
        return same_quantum(f->graph, x, q) ? clip_quanta(f, clip, q, x->inputs[0]) : RELIEF_OK;
    /* A sum between: rounding keeps the order, so that it can be rounded first and clipped then. */
    const int sum = rl_uses_sole_producer(&f->uses, f->graph, clip->inputs[0]);
    const rl_node bounds = *clip;
    bool done = false;
    if (sum < 0)
        return RELIEF_OK;
    relief_status status = fold_sum(f, &f->graph->nodes[sum], q, clip, &done);
    return status || !done ? status : clip_quanta(f, &bounds, q, clip->outputs[0]);
}

/* ---- what moves elements ---- */

/* Whether the operator's first input alone carries elements, and every one of its result is one of
 * them or lies between some. */
static bool moves_elements(const rl_node *node) {
    static const char *const names[] = {"DepthToSpace", "Flatten", "Identity", "Reshape",
                                        "Resize",       "Slice",   "Squeeze",  "Transpose",
                                        "Unsqueeze",    "Upsample"};
    if (is_op(node, "Resize") || is_op(node, "Upsample")) {
        const rl_resize_params *params = node->params;
        return params->mode != RL_RESIZE_CUBIC;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (is_op(node, names[i]))
            return true;
    return false;
}

/* Numbers between others are rounded, as the QuantizeLinear would do it. */
static relief_status round_resize(folder *f, rl_node *node, const rl_node *x) {
    void *params;
    relief_status status = rl_graph_alloc(f->ctx, f->graph, 1, sizeof(rl_resize_params), &params);
    if (!status) {
        *(rl_resize_params *)params = *(const rl_resize_params *)node->params;
        ((rl_resize_params *)params)->rounds = true;
        ((rl_resize_params *)params)->quantum =
            rl_tensor_float(constant_of(f->graph, x->inputs[1]), 0);
        ((rl_resize_params *)params)->zero =
            (int32_t)rl_tensor_int(constant_of(f->graph, x->inputs[2]), 0);
        node->params = params;
    }
    return status;
}

/* `node` moves what `x` was made from, and makes what `q` did. */
static void fold_move(folder *f, rl_node *node, const rl_node *x, rl_node *q) {
    f->uses.count[node->inputs[0]]--;
    node->inputs[0] = x->inputs[0];
    f->uses.count[node->inputs[0]]++;
    rl_uses_replace(&f->uses, f->graph, (int)(node - f->graph->nodes), (int)(q - f->graph->nodes));
}

static relief_status fold(folder *f, rl_node *q) {
    rl_graph *graph = f->graph;
    const int index = rl_uses_sole_producer(&f->uses, graph, q->inputs[0]);
    bool done;
    if (index < 0 || !has_one_quantum(graph, q))
        return RELIEF_OK;
    rl_node *node = &graph->nodes[index];
    if (is_op(node, "Relu") || is_op(node, "Clip"))
        return fold_clip(f, node, q);
    const rl_node *x = node->own_input_count > 0 ? activation(f, node->inputs[0]) : NULL;
    if (moves_elements(node) && x && same_quantum(graph, x, q)) {
        fold_move(f, node, x, q);
        return is_op(node, "Resize") || is_op(node, "Upsample") ? round_resize(f, node, x)
                                                                : RELIEF_OK;
    }
    return fold_sum(f, node, q, q, &done);
}

relief_status rl_pass_fold_quantised(relief_ctx *ctx, rl_graph *graph) {
    folder f = {.ctx = ctx, .graph = graph};
    relief_status status = rl_uses_begin(ctx, graph, &f.uses);
    if (status)
        return status;
    for (int i = 0; !status && i < graph->node_count; i++)
        if (is_op(&graph->nodes[i], "QuantizeLinear"))
            status = fold(&f, &graph->nodes[i]);
    rl_uses_end(graph, &f.uses);
    return status;
}
