/* SPDX-License-Identifier: Apache-2.0 */
/* softmax(q k^T) v. What moves elements between the projections and the products is followed back
 * to the values that the elements come from, and becomes strides of the Attention. */
#include "base/status.h"
#include "nn/ops/fused.h"
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/passes/passes.h"

#include <string.h>

/* A value as elements of another one: base + sum of index * stride, times `scale`. */
typedef struct view {
    int source;
    int rank;
    int64_t dims[RELIEF_MAX_RANK], stride[RELIEF_MAX_RANK];
    int64_t base;
    float scale;
} view;

typedef struct finder {
    relief_ctx *ctx;
    rl_graph *graph;
    rl_uses uses;
} finder;

/* ---- following elements back ---- */

static void view_whole(const rl_graph *graph, int value, view *out) {
    const rl_value *v = &graph->values[value];
    *out = (view){.source = value, .rank = v->rank, .scale = 1};
    int64_t stride = 1;
    for (int i = v->rank - 1; i >= 0; i--) {
        out->dims[i] = v->dims[i];
        out->stride[i] = stride;
        stride *= v->dims[i];
    }
}

static void permute(view *v, const rl_transpose_params *params) {
    const view old = *v;
    for (int i = 0; i < v->rank; i++) {
        const int from = params->count > 0 ? params->perm[i] : v->rank - 1 - i;
        v->dims[i] = old.dims[from];
        v->stride[i] = old.stride[from];
    }
}

/* Other sizes for the same elements in the same order; false when they are no strides any more. */
static bool reshape(view *v, int rank, const int64_t *dims) {
    const view old = *v;
    int i = 0, k = 0;
    v->rank = rank;
    memcpy(v->dims, dims, (size_t)rank * sizeof *dims);
    while (k < rank || i < old.rank) {
        /* The shortest runs of axes on both sides with as many elements. */
        int64_t from = i < old.rank ? old.dims[i] : 1, to = k < rank ? dims[k] : 1;
        int i_end = i + (i < old.rank), k_end = k + (k < rank);
        while (from != to) {
            if (from < to ? i_end == old.rank : k_end == rank)
                return false;
            if (from < to)
                from *= old.dims[i_end++];
            else
                to *= dims[k_end++];
        }
        /* The old run must lie as one axis would. */
        int64_t stride = 1;
        bool known = false;
        for (int a = i_end - 1; a >= i; a--) {
            if (old.dims[a] == 1)
                continue;
            if (known && old.stride[a] != stride)
                return false;
            stride = (known ? stride : old.stride[a]) * old.dims[a];
            known = true;
        }
        const int64_t step = known ? stride / from : 1;
        int64_t inside = step;
        for (int a = k_end - 1; a >= k; a--) {
            v->stride[a] = inside;
            inside *= dims[a];
        }
        i = i_end;
        k = k_end;
    }
    return true;
}

/* Output `value` of a Split. */
static bool cut(const rl_graph *graph, const rl_node *node, int value, view *v) {
    const int axis = rl_axis(((const rl_axis_params *)node->params)->axis, v->rank);
    int64_t at = 0;
    for (int i = 0; axis >= 0 && i < node->output_count; i++) {
        if (node->outputs[i] == RL_NO_VALUE)
            return false;
        const int64_t size = graph->values[node->outputs[i]].dims[axis];
        if (node->outputs[i] == value) {
            v->base += at * v->stride[axis];
            v->dims[axis] = size;
            return true;
        }
        at += size;
    }
    return false;
}

/* Gather of one index. */
static bool pick(const rl_graph *graph, const rl_node *node, view *v) {
    const rl_value *index = &graph->values[node->inputs[1]];
    const int axis = rl_axis(((const rl_axis_params *)node->params)->axis, v->rank);
    if (axis < 0 || !index->constant || index->rank != 0)
        return false;
    int64_t at = rl_tensor_int(index->constant, 0);
    at += at < 0 ? v->dims[axis] : 0;
    if (at < 0 || at >= v->dims[axis])
        return false;
    v->base += at * v->stride[axis];
    v->rank--;
    for (int i = axis; i < v->rank; i++) {
        v->dims[i] = v->dims[i + 1];
        v->stride[i] = v->stride[i + 1];
    }
    return true;
}

static bool slice(const rl_graph *graph, const rl_node *node, int value, view *v) {
    int64_t start[RELIEF_MAX_RANK], step[RELIEF_MAX_RANK];
    if (!rl_slice_place(graph, node, start, step))
        return false;
    for (int i = 0; i < v->rank; i++) {
        v->base += start[i] * v->stride[i];
        v->stride[i] *= step[i];
        v->dims[i] = graph->values[value].dims[i];
    }
    return true;
}

static bool is_reshape(const rl_node *node) {
    static const char *const names[] = {"Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (rl_node_is(node, names[i]))
            return true;
    return false;
}

static bool is_move(const rl_node *node) {
    return is_reshape(node) || rl_node_is(node, "Transpose") || rl_node_is(node, "Split") ||
           rl_node_is(node, "Slice") || rl_node_is(node, "Gather");
}

/* The input of a node that gives the same elements, times a constant; RL_NO_VALUE: it is no such
 * node. */
static int scaled_input(const rl_graph *graph, const rl_node *node, float *scale) {
    int input;
    if (rl_node_is(node, "Mul") && rl_match_with_scalar(graph, node, &input, scale))
        return input;
    if (rl_node_is(node, "Div") && rl_match_scalar(graph, node->inputs[1], scale) && *scale != 0) {
        *scale = 1 / *scale;
        return node->inputs[0];
    }
    return RL_NO_VALUE;
}

/* What one node does to the view of its input; false: it does more than to move or scale. */
static bool apply(const rl_graph *graph, const rl_node *node, int value, view *v) {
    if (rl_node_is(node, "Transpose")) {
        permute(v, node->params);
        return true;
    }
    if (is_reshape(node))
        return reshape(v, graph->values[value].rank, graph->values[value].dims);
    if (rl_node_is(node, "Split"))
        return cut(graph, node, value, v);
    if (rl_node_is(node, "Slice"))
        return slice(graph, node, value, v);
    return rl_node_is(node, "Gather") && pick(graph, node, v);
}

enum { MAX_DEPTH = 12 };

static void trace(const finder *f, int value, view *out) {
    const rl_graph *graph = f->graph;
    int path[MAX_DEPTH], depth = 0; /* values on the way back */
    path[depth++] = value;
    for (int at = value; depth < MAX_DEPTH;) {
        const int producer = at < f->uses.value_count ? f->uses.producer[at] : -1;
        float scale;
        if (producer < 0 || graph->nodes[producer].epilogue_count)
            break;
        const rl_node *node = &graph->nodes[producer];
        const int scaled = scaled_input(graph, node, &scale);
        if (scaled == RL_NO_VALUE && !is_move(node))
            break;
        at = scaled == RL_NO_VALUE ? node->inputs[0] : scaled;
        path[depth++] = at;
    }
    view_whole(graph, path[depth - 1], out);
    for (int i = depth - 2; i >= 0; i--) {
        const rl_node *node = &graph->nodes[f->uses.producer[path[i]]];
        float scale = 1;
        if (scaled_input(graph, node, &scale) != RL_NO_VALUE)
            out->scale *= scale;
        else if (!apply(graph, node, path[i], out))
            view_whole(graph, path[i], out);
    }
}

/* ---- the pattern ---- */

static bool is_last_axis(const rl_graph *graph, const rl_node *softmax) {
    const rl_axis_params *params = softmax->params;
    const int rank = graph->values[softmax->inputs[0]].rank;
    return params->axis == -1 || params->axis == rank - 1;
}

typedef struct parts {
    view q, k, v; /* (batch, heads, n, d), k transposed: (batch, heads, d, m) */
    float scale;
} parts;

/* (heads, n, d) as (1, heads, n, d). */
static bool has_heads(view *v) {
    if (v->rank == 3) {
        for (int i = 3; i > 0; i--) {
            v->dims[i] = v->dims[i - 1];
            v->stride[i] = v->stride[i - 1];
        }
        v->dims[0] = 1;
        v->stride[0] = 0;
        v->rank = 4;
    }
    return v->rank == 4;
}

static bool fit_together(const finder *f, const parts *p) {
    const view *all[] = {&p->q, &p->k, &p->v};
    for (int i = 0; i < 3; i++) {
        const rl_value *source = &f->graph->values[all[i]->source];
        if (source->constant || source->dtype != RELIEF_F32 || all[i]->dims[0] != p->q.dims[0] ||
            all[i]->dims[1] != p->q.dims[1])
            return false;
    }
    return p->q.dims[3] == p->k.dims[2] && p->k.dims[3] == p->v.dims[2] && p->v.scale == 1;
}

/* The product behind a softmax of another product. */
static bool match(finder *f, const rl_node *node, parts *p) {
    const rl_node *softmax = rl_match_producer(&f->uses, f->graph, node->inputs[0], "Softmax");
    if (!softmax || !is_last_axis(f->graph, softmax) || f->uses.count[softmax->outputs[0]] != 1)
        return false;
    int scores = softmax->inputs[0];
    p->scale = 1;
    for (int depth = 0; depth < 2 && scores < f->uses.value_count; depth++) {
        const int producer = f->uses.producer[scores];
        float scale;
        const int input = producer < 0 || f->graph->nodes[producer].epilogue_count
                              ? RL_NO_VALUE
                              : scaled_input(f->graph, &f->graph->nodes[producer], &scale);
        if (input == RL_NO_VALUE)
            break;
        scores = input;
        p->scale *= scale;
    }
    const rl_node *product = rl_match_producer(&f->uses, f->graph, scores, "MatMul");
    if (!product || f->uses.count[scores] != 1)
        return false;
    trace(f, product->inputs[0], &p->q);
    trace(f, product->inputs[1], &p->k);
    trace(f, node->inputs[1], &p->v);
    p->scale *= p->q.scale * p->k.scale;
    return has_heads(&p->q) && has_heads(&p->k) && has_heads(&p->v) && fit_together(f, p);
}

/* An axis of one element needs no stride. */
static rl_strided strides_of(const view *v, bool transposed) {
    const int axes[] = {0, 1, transposed ? 3 : 2, transposed ? 2 : 3};
    rl_strided s = {.base = v->base};
    for (int i = 0; i < 4; i++)
        s.stride[i] = v->dims[axes[i]] == 1 ? 0 : v->stride[axes[i]];
    return s;
}

static relief_status find_attention(finder *f, rl_node *node) {
    parts p;
    void *own = NULL;
    if (!match(f, node, &p))
        return RELIEF_OK;
    const int64_t heads = p.q.dims[1], queries = p.q.dims[2], columns = p.v.dims[3];
    const rl_attention_params params = {
        .batch = p.q.dims[0],
        .heads = heads,
        .queries = queries,
        .keys = p.k.dims[3],
        .depth = p.q.dims[3],
        .columns = columns,
        .scale = p.scale,
        .q = strides_of(&p.q, false),
        .k = strides_of(&p.k, true),
        .v = strides_of(&p.v, false),
        .y = {0, {heads * queries * columns, queries * columns, columns, 1}}};
    const int inputs[] = {p.q.source, p.k.source, p.v.source};
    relief_status status = rl_node_become(f->ctx, f->graph, node, &rl_op_attention, inputs, 3);
    if (!status)
        status = rl_node_new_params(f->ctx, f->graph, node, sizeof params, &own);
    if (!status)
        *(rl_attention_params *)own = params;
    return status;
}

/* ---- where the rows go ---- */

/* Whether the result lies as this pass has made it, (batch, heads, queries, columns). */
static bool is_unmoved(const rl_attention_params *p, const rl_value *out) {
    const int64_t dims[] = {p->batch, p->heads, p->queries, p->columns};
    int64_t stride = 1;
    if (out->rank != 4 && (out->rank != 3 || p->batch != 1))
        return false;
    for (int i = 3; i >= 0; i--) {
        if (p->y.stride[i] != stride ||
            (i >= 4 - out->rank && out->dims[i + out->rank - 4] != dims[i]))
            return false;
        stride *= dims[i];
    }
    return true;
}

/* A Transpose of (batch, heads, queries, columns) that keeps rows whole. */
static void take_transpose(finder *f, int index) {
    const rl_node *node = &f->graph->nodes[index];
    const rl_transpose_params *perm = node->params;
    const int front = rl_uses_sole_producer(&f->uses, f->graph, node->inputs[0]);
    if (front < 0 || !rl_node_is(&f->graph->nodes[front], "Attention"))
        return;
    const rl_value *out = &f->graph->values[node->outputs[0]];
    const rl_value *in = &f->graph->values[node->inputs[0]];
    rl_node *attention = &f->graph->nodes[front];
    rl_attention_params *params = (rl_attention_params *)(uintptr_t)attention->params;
    if (perm->count != in->rank || perm->perm[in->rank - 1] != in->rank - 1 ||
        !is_unmoved(params, in))
        return;
    int64_t stride = 1;
    for (int i = out->rank - 1; i >= 0; i--) {
        params->y.stride[perm->perm[i] + 4 - out->rank] = stride;
        stride *= out->dims[i];
    }
    rl_uses_replace(&f->uses, f->graph, front, index);
}

static void take_reshape(finder *f, int index) {
    const int front = rl_uses_sole_producer(&f->uses, f->graph, f->graph->nodes[index].inputs[0]);
    if (front >= 0 && rl_node_is(&f->graph->nodes[front], "Attention"))
        rl_uses_replace(&f->uses, f->graph, front, index);
}

relief_status rl_pass_find_attention(relief_ctx *ctx, rl_graph *graph) {
    finder f = {.ctx = ctx, .graph = graph};
    relief_status status = rl_uses_begin(ctx, graph, &f.uses);
    if (status)
        return status;
    for (int i = 0; !status && i < graph->node_count; i++) {
        rl_node *node = &graph->nodes[i];
        if (node->epilogue_count)
            continue;
        if (rl_node_is(node, "MatMul"))
            status = find_attention(&f, node);
        else if (rl_node_is(node, "Transpose"))
            take_transpose(&f, i);
        else if (is_reshape(node) && node->output_count == 1)
            take_reshape(&f, i);
    }
    rl_uses_end(graph, &f.uses);
    return status;
}
