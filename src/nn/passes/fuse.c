/* SPDX-License-Identifier: Apache-2.0 */
/* Epilogues: a chain Conv - Clip - Add - Clip becomes one Conv that writes its result once. */
#include <string.h>

#include "base/status.h"
#include "nn/ops/op_params.h"
#include "nn/passes/passes.h"

relief_status rl_pass_fuse(relief_ctx *ctx, rl_graph *graph) {
    relief_status (*const passes[])(relief_ctx *, rl_graph *) = {
        rl_pass_find_norms,  rl_pass_find_gelu,   rl_pass_find_linear,   rl_pass_find_attention,
        rl_pass_fold_scales, rl_pass_swap_resize, rl_pass_fuse_epilogues};
    relief_status status = RELIEF_OK;
    for (size_t i = 0; !status && i < sizeof passes / sizeof *passes; i++)
        status = passes[i](ctx, graph);
    return status;
}

static bool is_op(const rl_node *node, const char *name) {
    return (!node->domain || !*node->domain) && !strcmp(node->op_type, name);
}

/* Operators whose result passes through registers anyway. */
static bool takes_epilogue(const rl_graph *graph, const rl_node *node) {
    static const char *const names[] = {"Conv",
                                        "ConvTranspose",
                                        "BatchNormalization",
                                        "Gemm",
                                        "MatMul",
                                        "Linear",
                                        "Add",
                                        "Sub",
                                        "Mul",
                                        "Div",
                                        "Resize",
                                        "Upsample",
                                        "GroupNormalization"};
    if (node->epilogue_count >= RL_MAX_EPILOGUE ||
        graph->values[node->outputs[0]].dtype != RELIEF_F32)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_op(node, names[i]))
            return true;
    return false;
}

/* The node that makes this value for one reader and can do more to it; -1: none. */
static int find_acceptor(const rl_uses *uses, const rl_graph *graph, int value) {
    const int node = rl_uses_sole_producer(uses, graph, value);
    return node >= 0 && takes_epilogue(graph, &graph->nodes[node]) ? node : -1;
}

static void fuse_clip(rl_uses *uses, rl_graph *graph, int index) {
    const rl_node *node = &graph->nodes[index];
    float lo, hi;
    const int into = find_acceptor(uses, graph, node->inputs[0]);
    if (node->epilogue_count || into < 0 || !rl_clip_bounds(graph, node, &lo, &hi))
        return;
    rl_node *target = &graph->nodes[into];
    target->epilogue[target->epilogue_count++] =
        (rl_epilogue){.kind = RL_EPILOGUE_CLIP, .lo = lo, .hi = hi};
    rl_uses_replace(uses, graph, into, index);
}

static void fuse_gelu(rl_uses *uses, rl_graph *graph, int index) {
    const rl_node *node = &graph->nodes[index];
    const int into = find_acceptor(uses, graph, node->inputs[0]);
    if (node->epilogue_count || into < 0 || !is_op(&graph->nodes[into], "Linear"))
        return;
    rl_node *target = &graph->nodes[into];
    target->epilogue[target->epilogue_count++] = (rl_epilogue){
        .kind = RL_EPILOGUE_GELU, .tanh_form = ((const rl_unary_params *)node->params)->tanh_form};
    rl_uses_replace(uses, graph, into, index);
}

static int addition_count(const rl_node *node) {
    int count = 0;
    for (int i = 0; i < node->epilogue_count; i++)
        count += node->epilogue[i].kind == RL_EPILOGUE_ADD;
    return count;
}

/* Which side's producer takes the addition: the one that adds less already, since a kernel can add
 * to what stands in its destination once; else the later one, which need not be moved. -1: neither.
 */
static int choose_side(const rl_graph *graph, const int acceptors[2]) {
    if (acceptors[0] < 0 || acceptors[1] < 0)
        return acceptors[0] >= 0 ? 0 : acceptors[1] >= 0 ? 1 : -1;
    const int a = addition_count(&graph->nodes[acceptors[0]]);
    const int b = addition_count(&graph->nodes[acceptors[1]]);
    if (a != b)
        return a < b ? 0 : 1;
    return acceptors[0] > acceptors[1] ? 0 : 1;
}

/* A longer copy of the node's inputs. */
static relief_status append_input(relief_ctx *ctx, rl_graph *graph, rl_node *node, int value) {
    void *inputs;
    relief_status status =
        rl_graph_alloc(ctx, graph, (size_t)node->input_count + 1, sizeof(int), &inputs);
    if (status)
        return status;
    memcpy(inputs, node->inputs, (size_t)node->input_count * sizeof(int));
    node->inputs = inputs;
    node->inputs[node->input_count++] = value;
    return RELIEF_OK;
}

static relief_status fuse_add(relief_ctx *ctx, rl_uses *uses, rl_graph *graph, int index) {
    const rl_node *add = &graph->nodes[index];
    const rl_value *out = &graph->values[add->outputs[0]];
    if (add->own_input_count != 2 || add->epilogue_count || out->dtype != RELIEF_F32)
        return RELIEF_OK;
    int acceptors[2];
    for (int i = 0; i < 2; i++) {
        const rl_value *in = &graph->values[add->inputs[i]];
        if (!rl_same_shape(in, out) || in->constant)
            return RELIEF_OK;
        acceptors[i] = find_acceptor(uses, graph, add->inputs[i]);
    }
    const int side = choose_side(graph, acceptors);
    if (side < 0)
        return RELIEF_OK;
    const int residual = add->inputs[1 - side], from = acceptors[side];
    rl_node target = graph->nodes[from];
    target.epilogue[target.epilogue_count++] =
        (rl_epilogue){.kind = RL_EPILOGUE_ADD, .input = target.input_count};
    relief_status status = append_input(ctx, graph, &target, residual);
    if (status)
        return status;
    if (uses->producer[residual] < from) {
        graph->nodes[from] = target;
        rl_uses_replace(uses, graph, from, index);
        return RELIEF_OK;
    }
    /* The residual is made later: the target moves to where the addition was. Nothing between reads
     * its result. */
    target.outputs[0] = add->outputs[0];
    graph->nodes[index] = target;
    uses->removed[from] = true;
    return RELIEF_OK;
}

relief_status rl_pass_fuse_epilogues(relief_ctx *ctx, rl_graph *graph) {
    rl_uses uses;
    relief_status status = rl_uses_begin(ctx, graph, &uses);
    if (status)
        return status;
    for (int i = 0; !status && i < graph->node_count; i++) {
        if (is_op(&graph->nodes[i], "Clip") || is_op(&graph->nodes[i], "Relu"))
            fuse_clip(&uses, graph, i);
        else if (is_op(&graph->nodes[i], "Gelu"))
            fuse_gelu(&uses, graph, i);
        else if (is_op(&graph->nodes[i], "Add"))
            status = fuse_add(ctx, &uses, graph, i);
    }
    rl_uses_end(graph, &uses);
    return status;
}
