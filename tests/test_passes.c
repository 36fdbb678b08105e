/* SPDX-License-Identifier: Apache-2.0 */
/* Fusing: which nodes are left, in which order, and that they compute the same. */
#include "net_testing.h"

#include <math.h>

#include "nn/op.h"
#include "nn/passes/passes.h"
#include "nn/specialise.h"

/* A network specialised to a (1, 5, 6, 7) input "x". */
typedef struct fixture {
    relief_ctx *ctx;
    test_net net;
    rl_graph *graph;
    relief_tensor *input;
} fixture;

static const int64_t X_DIMS[] = {1, 5, 6, 7};

static onnx_builder *begin(void) {
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, X_DIMS);
    return b;
}

/* A 3x3 convolution of 5 to 5 channels that keeps the size; `biased`: with a bias. */
static void add_conv(onnx_builder *b, const char *name, const char *from, bool biased) {
    char weights[32], bias[32], inputs[128];
    float *values = test_floats(5 * 5 * 9 + 5, (uint32_t)name[strlen(name) - 1]);
    snprintf(weights, sizeof weights, "%s.w", name);
    snprintf(bias, sizeof bias, "%s.b", name);
    snprintf(inputs, sizeof inputs, biased ? "%s,%s,%s" : "%s,%s", from, weights, bias);
    onnx_add_floats(b, weights, 4, (int64_t[]){5, 5, 3, 3}, values);
    if (biased)
        onnx_add_floats(b, bias, 1, (int64_t[]){5}, values + 5 * 5 * 9);
    onnx_add_node(b, "Conv", name, inputs, name);
    onnx_set_ints(b, "pads", 4, (int64_t[]){1, 1, 1, 1});
    free(values);
}

static void add_clip(onnx_builder *b, const char *name, const char *from, float lo, float hi) {
    char low[32], high[32], inputs[128];
    snprintf(low, sizeof low, "%s.lo", name);
    snprintf(high, sizeof high, "%s.hi", name);
    snprintf(inputs, sizeof inputs, "%s,%s,%s", from, low, high);
    onnx_add_floats(b, low, 0, NULL, &lo);
    onnx_add_floats(b, high, 0, NULL, &hi);
    onnx_add_node(b, "Clip", name, inputs, name);
}

static void add_output(onnx_builder *b, const char *name) {
    onnx_add_output(b, name, RELIEF_F32, -1, NULL);
}

static fixture open_fixture(onnx_builder *b) {
    fixture f = {.ctx = test_ctx(1)};
    f.net = test_net_load(f.ctx, b, &rl_backend_reference);
    const rl_graph *loaded = rl_net_graph(f.net.net);
    rl_shape shape = {.rank = 4};
    memcpy(shape.dims, X_DIMS, sizeof X_DIMS);
    assert_int_equal(rl_specialise(f.ctx, loaded, &shape, rl_fold_limits_for(loaded), &f.graph),
                     RELIEF_OK);
    f.input = test_tensor(f.ctx, 4, X_DIMS, 99);
    return f;
}

static void close_fixture(fixture *f) {
    relief_tensor_free(f->input);
    rl_graph_free(f->graph);
    test_net_free(&f->net);
    relief_ctx_free(f->ctx);
}

/* Run the graph node by node with the reference kernels; the first output, to be freed. */
static relief_tensor *evaluate(const fixture *f) {
    const rl_graph *graph = f->graph;
    relief_tensor **values = calloc((size_t)graph->value_count, sizeof *values);
    assert_non_null(values);
    for (int i = 0; i < graph->node_count; i++) {
        const rl_node *node = &graph->nodes[i];
        const relief_tensor *inputs[16] = {0};
        relief_tensor *outputs[4] = {0};
        assert_true(node->output_count <= 4);
        assert_true(node->input_count <= 16);
        for (int k = 0; k < node->input_count; k++) {
            const int value = node->inputs[k];
            if (value == RL_NO_VALUE)
                continue;
            inputs[k] = graph->values[value].constant ? graph->values[value].constant
                        : value == graph->inputs[0]   ? f->input
                                                      : values[value];
            assert_non_null(inputs[k]); /* nodes stand after those they depend on */
        }
        for (int k = 0; k < node->output_count; k++) {
            const rl_value *out = &graph->values[node->outputs[k]];
            assert_int_equal(rl_tensor_new(f->ctx, out->dtype, out->rank, out->dims, &outputs[k]),
                             RELIEF_OK);
            values[node->outputs[k]] = outputs[k];
        }
        assert_int_equal(rl_node_run_reference(f->ctx, node, inputs, outputs), RELIEF_OK);
    }
    relief_tensor *result = values[graph->outputs[0]];
    values[graph->outputs[0]] = NULL;
    for (int i = 0; i < graph->value_count; i++)
        relief_tensor_free(values[i]);
    free(values);
    return result;
}

static void assert_near(const relief_tensor *a, const relief_tensor *b) {
    assert_int_equal(a->bytes, b->bytes);
    const float *x = a->data, *y = b->data;
    float most = 0, error = 0;
    for (size_t i = 0; i < a->bytes / sizeof *x; i++) {
        most = fmaxf(most, fabsf(x[i]));
        error = fmaxf(error, fabsf(x[i] - y[i]));
    }
    assert_true(most > 0);
    assert_true(error <= 1e-6f * most);
}

/* Fuse, compare the results, and the nodes that are left with `nodes`: their operators with one
 * letter for each entry of the epilogue, "Conv+cag" for a clip, an addition and a Gelu, with spaces
 * between.
 */
static void assert_fused(onnx_builder *b, const char *nodes) {
    fixture f = open_fixture(b);
    relief_tensor *before = evaluate(&f);
    assert_int_equal(rl_pass_fuse(f.ctx, f.graph), RELIEF_OK);
    char got[512] = "";
    for (int i = 0; i < f.graph->node_count; i++) {
        const rl_node *node = &f.graph->nodes[i];
        size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s%s%s", i ? " " : "", node->op_type,
                 node->epilogue_count ? "+" : "");
        for (int k = 0; k < node->epilogue_count; k++)
            strcat(got, node->epilogue[k].kind == RL_EPILOGUE_ADD    ? "a"
                        : node->epilogue[k].kind == RL_EPILOGUE_GELU ? "g"
                                                                     : "c");
    }
    assert_string_equal(got, nodes);
    relief_tensor *after = evaluate(&f);
    assert_near(before, after);
    relief_tensor_free(before);
    relief_tensor_free(after);
    close_fixture(&f);
}

/* ---- scales ---- */

static void folds_batch_normalization(void **state) {
    (void)state;
    for (int biased = 0; biased < 2; biased++) {
        onnx_builder *b = begin();
        float v[4][5] = {{1.5f, -0.5f, 2, 0.25f, 1},
                         {0.1f, 0.2f, -0.3f, 0, 4},
                         {-1, 0.5f, 0, 2, 0.125f},
                         {0.5f, 2, 1, 0.01f, 3}};
        add_conv(b, "c1", "x", biased);
        for (int i = 0; i < 4; i++)
            onnx_add_floats(b, (const char *[]){"g", "h", "m", "v"}[i], 1, (int64_t[]){5}, v[i]);
        onnx_add_node(b, "BatchNormalization", "bn", "c1,g,h,m,v", "y");
        onnx_set_float(b, "epsilon", 1e-3f);
        add_output(b, "y");
        assert_fused(b, "Conv");
    }
}

static void folds_constants_of_all_forms(void **state) {
    (void)state;
    onnx_builder *b = begin();
    const float channels[5] = {0.5f, -2, 3, 0.25f, -1}, one = 0.75f;
    onnx_add_floats(b, "k", 3, (int64_t[]){5, 1, 1}, channels);
    onnx_add_floats(b, "k4", 4, (int64_t[]){1, 5, 1, 1}, channels);
    onnx_add_floats(b, "one", 0, NULL, &one);
    onnx_add_floats(b, "one1", 1, (int64_t[]){1}, &one);
    add_conv(b, "c1", "x", true);
    onnx_add_node(b, "Mul", "n1", "k,c1", "v1");
    onnx_add_node(b, "Add", "n2", "v1,k4", "v2");
    onnx_add_node(b, "Div", "n3", "v2,one", "v3");
    onnx_add_node(b, "Sub", "n4", "v3,k", "v4");
    onnx_add_node(b, "Mul", "n5", "one1,v4", "y");
    add_output(b, "y");
    assert_fused(b, "Conv");
}

static void leaves_what_is_no_scale(void **state) {
    (void)state;
    onnx_builder *b = begin();
    float *row = test_floats(7, 3), *twice = test_floats(10, 4);
    onnx_add_floats(b, "row", 1, (int64_t[]){7}, row);            /* one a column */
    onnx_add_floats(b, "two", 4, (int64_t[]){2, 5, 1, 1}, twice); /* makes two pictures of one */
    onnx_add_floats(b, "k", 3, (int64_t[]){5, 1, 1}, twice);
    add_conv(b, "c1", "x", true);
    onnx_add_node(b, "Mul", "n1", "c1,row", "v1");
    add_conv(b, "c2", "v1", true);
    onnx_add_node(b, "Div", "n2", "k,c2", "v2"); /* constant by value */
    add_conv(b, "c3", "v2", true);
    onnx_add_node(b, "Add", "n3", "c3,two", "y");
    add_output(b, "y");
    free(row);
    free(twice);
    assert_fused(b, "Conv Mul Conv Div Conv Add");
}

static void leaves_values_with_other_readers(void **state) {
    (void)state;
    onnx_builder *b = begin();
    const float two = 2;
    onnx_add_floats(b, "two", 0, NULL, &two);
    add_conv(b, "c1", "x", true);
    onnx_add_node(b, "Mul", "n1", "c1,two", "v1");
    onnx_add_node(b, "Relu", "n2", "c1", "v2");
    onnx_add_node(b, "Sub", "n3", "v1,v2", "y");
    add_output(b, "y");
    assert_fused(b, "Conv Mul Relu Sub");

    b = begin(); /* the graph's output is a reader too */
    onnx_add_floats(b, "two", 0, NULL, &two);
    add_conv(b, "c1", "x", true);
    onnx_add_node(b, "Mul", "n1", "c1,two", "v1");
    add_output(b, "v1");
    add_output(b, "c1");
    assert_fused(b, "Conv Mul");
}

/* ---- epilogues ---- */

static void fuses_a_residual_chain(void **state) {
    (void)state;
    onnx_builder *b = begin();
    add_conv(b, "c1", "x", true);
    add_clip(b, "k1", "c1", 0, 6);
    add_conv(b, "c2", "k1", false);
    add_clip(b, "k2", "c2", -4, 4);
    onnx_add_node(b, "Add", "n1", "k1,k2", "s");
    add_clip(b, "y", "s", -2, 5);
    add_output(b, "y");
    assert_fused(b, "Conv+c Conv+cac");
}

/* ONNX: the upper bound wins where the bounds are the wrong way round. */
static void keeps_the_order_of_bounds(void **state) {
    (void)state;
    onnx_builder *b = begin();
    add_conv(b, "c1", "x", true);
    add_clip(b, "y", "c1", 1, -1);
    add_output(b, "y");
    assert_fused(b, "Conv+c");
}

static void adds_the_graphs_input(void **state) {
    (void)state;
    onnx_builder *b = begin();
    add_conv(b, "c1", "x", true);
    onnx_add_node(b, "Add", "n1", "c1,x", "s");
    onnx_add_node(b, "Relu", "n2", "s", "y");
    add_output(b, "y");
    assert_fused(b, "Conv+ac");
}

/* The sum of two branches of which the first to be computed has the fewer additions: it moves
 * behind the other. */
static void moves_a_node_behind_its_residual(void **state) {
    (void)state;
    onnx_builder *b = begin();
    add_conv(b, "c1", "x", true);
    add_conv(b, "c2", "x", true);
    onnx_add_node(b, "Add", "n1", "c2,x", "s");
    onnx_add_node(b, "Add", "n2", "c1,s", "t");
    onnx_add_node(b, "Relu", "n3", "t", "r");
    onnx_add_node(b, "Sub", "n4", "r,t", "y");
    add_output(b, "y");
    assert_fused(b, "Conv+a Conv+a Relu Sub");

    b = begin(); /* the later one is no node that could take it */
    add_conv(b, "c1", "x", true);
    onnx_add_node(b, "Exp", "n1", "x", "e");
    onnx_add_node(b, "Add", "n2", "c1,e", "y");
    add_output(b, "y");
    assert_fused(b, "Exp Conv+a");
}

static void leaves_sums_that_are_no_residuals(void **state) {
    (void)state;
    onnx_builder *b = begin();
    float *full = test_floats(210, 8);
    onnx_add_floats(b, "full", 4, X_DIMS, full);
    free(full);
    add_conv(b, "c1", "x", true);
    onnx_add_node(b, "Add", "n1", "c1,c1", "v1"); /* twice the same */
    add_conv(b, "c2", "v1", true);
    onnx_add_node(b, "Exp", "n2", "c2", "v2");
    onnx_add_node(b, "Add", "n3", "v2,full", "v3"); /* a constant */
    onnx_add_node(b, "GlobalAveragePool", "n4", "v3", "p");
    add_conv(b, "c3", "v3", true);
    onnx_add_node(b, "Add", "n5", "c3,p", "y"); /* of another shape */
    add_output(b, "y");
    assert_fused(b, "Conv Add Conv Exp Add GlobalAveragePool Conv Add");
}

static void stops_at_a_full_epilogue(void **state) {
    (void)state;
    onnx_builder *b = begin();
    add_conv(b, "c1", "x", true);
    add_clip(b, "k1", "c1", -9, 9);
    add_clip(b, "k2", "k1", -8, 9);
    onnx_add_node(b, "Add", "n1", "k2,x", "s");
    add_clip(b, "k3", "s", -7, 9);
    add_clip(b, "k4", "k3", -6, 9);
    onnx_add_node(b, "Relu", "n2", "k4", "y");
    add_output(b, "y");
    assert_fused(b, "Conv+ccac Clip Relu");
}

static void needs_constant_bounds(void **state) {
    (void)state;
    onnx_builder *b = begin();
    onnx_add_node(b, "ReduceMax", "m", "x", "hi");
    onnx_set_int(b, "keepdims", 0);
    add_conv(b, "c1", "x", true);
    onnx_add_node(b, "Clip", "n1", "c1,,hi", "y");
    add_output(b, "y");
    assert_fused(b, "ReduceMax Conv Clip");
}

/* Whatever allocation fails, the graph can still be freed. */
/* ---- norms ---- */

/* A layer norm over the last axis of `from` (7 elements) as it is written before opset 17; `square`
 * by Pow or by Mul. */
static void add_layer_norm(onnx_builder *b, const char *from, bool by_mul, int64_t axis) {
    const float two = 2, epsilon = 1e-3f;
    float *row = test_floats(14, 7);
    char inputs[64];
    onnx_add_floats(b, "two", 0, NULL, &two);
    onnx_add_floats(b, "eps", 0, NULL, &epsilon);
    onnx_add_floats(b, "gamma", 1, (int64_t[]){7}, row);
    onnx_add_floats(b, "beta", 1, (int64_t[]){7}, row + 7);
    onnx_add_node(b, "ReduceMean", "m", from, "m");
    onnx_set_ints(b, "axes", 1, &axis);
    snprintf(inputs, sizeof inputs, "%s,m", from);
    onnx_add_node(b, "Sub", "d", inputs, "d");
    onnx_add_node(b, by_mul ? "Mul" : "Pow", "p", by_mul ? "d,d" : "d,two", "p");
    onnx_add_node(b, "ReduceMean", "v", "p", "v");
    onnx_set_ints(b, "axes", 1, &axis);
    onnx_add_node(b, "Add", "e", "eps,v", "e");
    onnx_add_node(b, "Sqrt", "s", "e", "s");
    onnx_add_node(b, "Div", "n", "d,s", "n");
    onnx_add_node(b, "Mul", "g", "n,gamma", "g");
    onnx_add_node(b, "Add", "y", "g,beta", "y");
    free(row);
}

static void finds_layer_norm(void **state) {
    (void)state;
    for (int by_mul = 0; by_mul < 2; by_mul++) {
        onnx_builder *b = begin();
        add_layer_norm(b, "x", by_mul, by_mul ? 3 : -1);
        add_output(b, "y");
        assert_fused(b, "LayerNormalization");
    }
}

/* Over another axis it is none, and a value with other readers stays. */
static void leaves_what_is_no_layer_norm(void **state) {
    (void)state;
    onnx_builder *b = begin();
    add_layer_norm(b, "x", false, 2);
    add_output(b, "y");
    assert_fused(b, "ReduceMean Sub Pow ReduceMean Add Sqrt Div Mul Add");
    b = begin();
    add_layer_norm(b, "x", false, -1);
    onnx_add_node(b, "Add", "z", "y,g", "z");
    add_output(b, "z");
    assert_fused(b, "LayerNormalization Add+a");
}

static void finds_group_norm(void **state) {
    (void)state;
    const float ones[] = {1}, zeros[] = {0};
    float *v = test_floats(10, 3);
    for (int filled = 0; filled < 2; filled++) {
        onnx_builder *b = begin();
        onnx_add_int64s(b, "groups", 3, (int64_t[]){0, 1, -1});
        onnx_add_int64s(b, "back", 4, X_DIMS);
        onnx_add_floats(b, "ones", 1, (int64_t[]){1}, filled ? ones : v);
        onnx_add_floats(b, "zeros", 1, (int64_t[]){1}, zeros);
        onnx_add_floats(b, "scale", 3, (int64_t[]){5, 1, 1}, v);
        onnx_add_floats(b, "bias", 4, (int64_t[]){1, 5, 1, 1}, v + 5);
        onnx_add_node(b, "Reshape", "r", "x,groups", "r");
        onnx_add_node(b, "InstanceNormalization", "i", "r,ones,zeros", "i");
        onnx_add_node(b, "Reshape", "t", "i,back", "t");
        onnx_add_node(b, "Mul", "m", "t,scale", "m");
        onnx_add_node(b, "Add", "a", "m,bias", "a");
        onnx_add_node(b, "Relu", "y", "a", "y");
        add_output(b, "y");
        assert_fused(b, filled ? "GroupNormalization+c"
                               : "Reshape InstanceNormalization Reshape Mul Add+c");
    }
    free(v);
}

/* ---- Gelu ---- */

static void finds_gelu_of_erf(void **state) {
    (void)state;
    const float half = 0.5f, one = 1, root = 1.41421356f, inverse = 0.70710678f;
    for (int form = 0; form < 4; form++) {
        onnx_builder *b = begin();
        onnx_add_floats(b, "half", 0, NULL, &half);
        onnx_add_floats(b, "one", 0, NULL, &one);
        onnx_add_floats(b, "root", 0, NULL, form == 3 ? &half : &root);
        onnx_add_floats(b, "inverse", 0, NULL, &inverse);
        onnx_add_node(b, form == 1 ? "Mul" : "Div", "d", form == 1 ? "inverse,x" : "x,root", "d");
        onnx_add_node(b, "Erf", "e", "d", "e");
        onnx_add_node(b, "Add", "a", form == 1 ? "one,e" : "e,one", "a");
        onnx_add_node(b, "Mul", "m", form == 2 ? "half,x" : "x,a", "m");
        onnx_add_node(b, "Mul", "y", form == 2 ? "a,m" : "m,half", "y");
        add_output(b, "y");
        assert_fused(b, form == 3 ? "Div Erf Add Mul Mul" : "Gelu");
    }
}

static void finds_gelu_of_tanh(void **state) {
    (void)state;
    const float half = 0.5f, one = 1, three = 3, c = 0.044715f, k = 0.79788456f;
    for (int form = 0; form < 2; form++) {
        onnx_builder *b = begin();
        onnx_add_floats(b, "half", 0, NULL, &half);
        onnx_add_floats(b, "one", 0, NULL, &one);
        onnx_add_floats(b, "three", 0, NULL, &three);
        onnx_add_floats(b, "c", 0, NULL, &c);
        onnx_add_floats(b, "k", 0, NULL, &k);
        onnx_add_node(b, form ? "Mul" : "Pow", "p", form ? "x,x" : "x,three", "p");
        if (form)
            onnx_add_node(b, "Mul", "q", "p,x", "q");
        onnx_add_node(b, "Mul", "r", form ? "c,q" : "c,p", "r");
        onnx_add_node(b, "Add", "s", "x,r", "s");
        onnx_add_node(b, "Mul", "t", "s,k", "t");
        onnx_add_node(b, "Tanh", "u", "t", "u");
        onnx_add_node(b, "Add", "v", "one,u", "v");
        onnx_add_node(b, "Mul", "w", "half,x", "w");
        onnx_add_node(b, "Mul", "y", "w,v", "y");
        add_output(b, "y");
        assert_fused(b, "Gelu");
    }
}

/* ---- Linear ---- */

static void finds_linear_layers(void **state) {
    (void)state;
    float *v = test_floats(7 * 11 + 3 * 11, 8);
    onnx_builder *other = begin();
    onnx_add_floats(other, "w", 2, (int64_t[]){11, 7}, v);
    onnx_add_floats(other, "c", 2, (int64_t[]){1, 11}, v + 77);
    onnx_add_floats(other, "g", 1, (int64_t[]){11}, v + 99);
    onnx_add_int64s(other, "rows", 2, (int64_t[]){30, 7});
    onnx_add_node(other, "Reshape", "r", "x,rows", "r");
    onnx_add_node(other, "Gemm", "m", "r,w,c", "m");
    onnx_set_int(other, "transB", 1);
    onnx_add_node(other, "Mul", "s", "m,g", "s");
    onnx_add_node(other, "Relu", "t", "s", "t");
    onnx_add_node(other, "Add", "y", "t,m", "y");
    add_output(other, "y");
    free(v);
    /* The product has two readers here, so that the scale stays. */
    assert_fused(other, "Reshape Linear Mul+ca");
}

static void folds_a_scale_into_weights(void **state) {
    (void)state;
    float *v = test_floats(7 * 11 + 3 * 11, 8);
    for (int biased = 0; biased < 2; biased++) {
        onnx_builder *b = begin();
        onnx_add_floats(b, "w", 2, (int64_t[]){7, 11}, v);
        onnx_add_floats(b, "b1", 1, (int64_t[]){11}, v + 77);
        onnx_add_floats(b, "b2", 1, (int64_t[]){11}, v + 88);
        onnx_add_floats(b, "g", 1, (int64_t[]){11}, v + 99);
        onnx_add_node(b, "MatMul", "m", "x,w", "m");
        onnx_add_node(b, "Add", "a", biased ? "b1,m" : "m,b2", "a");
        onnx_add_node(b, "Mul", "s", "a,g", "s");
        onnx_add_node(b, "Add", "t", "s,b2", biased ? "t" : "y");
        if (biased)
            onnx_add_node(b, "Relu", "y", "t", "y");
        add_output(b, "y");
        assert_fused(b, biased ? "Linear+c" : "Linear");
    }
    free(v);
}

/* ---- Attention ---- */

/* Heads of 4 from (1, 5, 6, 84): rows of 3 x 7 x 4 come from a Linear. `form` 0: all three at once,
 * then Split; 1: Gather; 2: Slice, with the scale behind the product; 3: another axis in the
 * softmax. */
static void add_attention(onnx_builder *b, int form) {
    const float scale = 0.4f;
    float *w = test_floats(7 * 84, 21);
    char inputs[64], outputs[16];
    onnx_add_floats(b, "w", 2, (int64_t[]){7, 84}, w);
    onnx_add_floats(b, "scale", 0, NULL, &scale);
    onnx_add_int64s(b, "heads", 5, (int64_t[]){5, 6, 3, 7, 4});
    onnx_add_int64s(b, "zero", 1, (int64_t[]){0});
    onnx_add_int64s(b, "rows", 3, (int64_t[]){5, 6, 28});
    onnx_add_node(b, "MatMul", "l", "x,w", "l");
    onnx_add_node(b, "Reshape", "r", "l,heads", "r");
    onnx_add_node(b, "Transpose", "t", "r", "t");
    onnx_set_ints(b, "perm", 5, (int64_t[]){2, 0, 3, 1, 4});
    if (form == 0)
        onnx_add_node(b, "Split", "s", "t", "s0,s1,s2");
    for (int64_t i = 0; i < 3; i++) {
        snprintf(outputs, sizeof outputs, "h%d", (int)i);
        char index[16], after[16], part[16];
        snprintf(index, sizeof index, "i%d", (int)i);
        snprintf(after, sizeof after, "j%d", (int)i);
        snprintf(part, sizeof part, "s%d", (int)i);
        if (form == 1) {
            onnx_add_tensor(b, index, RELIEF_I64, 0, NULL, &i);
            snprintf(inputs, sizeof inputs, "t,%s", index);
            onnx_add_node(b, "Gather", outputs, inputs, outputs);
            continue;
        }
        if (form >= 2) {
            onnx_add_int64s(b, index, 1, &i);
            onnx_add_int64s(b, after, 1, (int64_t[]){i + 1});
            snprintf(inputs, sizeof inputs, "t,%s,%s,zero", index, after);
            onnx_add_node(b, "Slice", part, inputs, part);
        }
        snprintf(inputs, sizeof inputs, "%s,zero", part);
        onnx_add_node(b, "Squeeze", outputs, inputs, outputs);
    }
    onnx_add_node(b, "Transpose", "k", "h1", "k");
    onnx_set_ints(b, "perm", 4, (int64_t[]){0, 1, 3, 2});
    if (form >= 2) {
        onnx_add_node(b, "MatMul", "p0", "h0,k", "p0");
        onnx_add_node(b, "Mul", "p", "p0,scale", "p");
    } else {
        onnx_add_node(b, "Mul", "q", "scale,h0", "q");
        onnx_add_node(b, "MatMul", "p", "q,k", "p");
    }
    onnx_add_node(b, "Softmax", "a", "p", "a");
    onnx_set_int(b, "axis", form == 3 ? 2 : -1);
    onnx_add_node(b, "MatMul", "v", "a,h2", "v");
    onnx_add_node(b, "Transpose", "u", "v", "u");
    onnx_set_ints(b, "perm", 4, (int64_t[]){0, 2, 1, 3});
    onnx_add_node(b, "Reshape", "y", "u,rows", "y");
    free(w);
}

static void finds_attention(void **state) {
    (void)state;
    for (int form = 0; form < 4; form++) {
        onnx_builder *b = begin();
        add_attention(b, form);
        add_output(b, "y");
        assert_fused(b, form < 3 ? "Linear Attention"
                                 : "Linear Reshape Transpose Slice Squeeze Slice Squeeze Slice "
                                   "Squeeze Transpose MatMul Mul Softmax MatMul Transpose Reshape");
    }
}

/* Scores that something else reads are computed anyway. */
static void leaves_scores_with_other_readers(void **state) {
    (void)state;
    onnx_builder *b = begin();
    add_attention(b, 0);
    onnx_add_node(b, "ReduceSum", "z", "a", "z");
    onnx_set_int(b, "keepdims", 0);
    onnx_add_node(b, "Add", "w2", "y,z", "w2");
    add_output(b, "w2");
    fixture f = open_fixture(b);
    assert_int_equal(rl_pass_fuse(f.ctx, f.graph), RELIEF_OK);
    for (int i = 0; i < f.graph->node_count; i++)
        assert_string_not_equal(f.graph->nodes[i].op_type, "Attention");
    close_fixture(&f);
}

/* ---- Resize in front of a 1x1 convolution ---- */

/* "r": x enlarged by `scale`; "c": a 1x1 convolution of it with `stride`. */
static void add_enlarged(onnx_builder *b, const char *mode, float scale, int64_t stride) {
    float *values = test_floats(3 * 5 + 3, 4);
    onnx_add_floats(b, "scales", 1, (int64_t[]){4}, (float[]){1, 1, scale, scale});
    onnx_add_node(b, "Resize", "r", "x,,scales", "r");
    onnx_set_string(b, "mode", mode);
    onnx_add_floats(b, "w", 4, (int64_t[]){3, 5, 1, 1}, values);
    onnx_add_floats(b, "bias", 1, (int64_t[]){3}, values + 3 * 5);
    onnx_add_node(b, "Conv", "c", "r,w,bias", "c");
    onnx_set_ints(b, "strides", 2, (int64_t[]){stride, stride});
    free(values);
}

static void convolves_before_it_enlarges(void **state) {
    (void)state;
    static const char *const modes[] = {"nearest", "linear", "cubic"};
    for (int i = 0; i < 3; i++) {
        onnx_builder *b = begin();
        add_enlarged(b, modes[i], 2.5f, 1);
        onnx_add_node(b, "Relu", "y", "c", "y");
        add_output(b, "y");
        assert_fused(b, "Conv Resize+c");
    }
}

static void enlarges_first_for_others(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        onnx_builder *b = begin();
        add_enlarged(b, "linear", i == 0 ? 0.5f : 2, i == 1 ? 2 : 1);
        if (i == 2)
            add_output(b, "r");
        add_output(b, "c");
        assert_fused(b, "Resize Conv");
    }
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    bool failed = true;
    for (int64_t n = 0; failed; n++) {
        onnx_builder *b = begin();
        const float two = 2;
        onnx_add_floats(b, "two", 0, NULL, &two);
        add_conv(b, "c1", "x", false);
        onnx_add_node(b, "Mul", "n1", "c1,two", "v1");
        onnx_add_node(b, "Add", "n2", "v1,x", "y");
        add_output(b, "y");
        fixture f = open_fixture(b);
        rl_memory_fail_at(n, true);
        relief_status status = rl_pass_fuse(f.ctx, f.graph);
        failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
        close_fixture(&f);
    }
}

/* However many scales stand behind a Conv, it gets one new copy of its weights (256 KiB). */
static void scales_weights_in_place(void **state) {
    (void)state;
    onnx_builder *b = begin();
    const float factor = 1.01f, offset = 0.1f;
    char from[16] = "c", to[16], inputs[32];
    onnx_add_floats(b, "factor", 0, NULL, &factor);
    onnx_add_floats(b, "offset", 0, NULL, &offset);
    onnx_add_int64s(b, "shape", 4, (int64_t[]){13108, 5, 1, 1});
    onnx_add_node(b, "ConstantOfShape", "w", "shape", "w");
    onnx_set_tensor(b, "value", RELIEF_F32, 1, (int64_t[]){1}, &(float){0.5f});
    onnx_add_node(b, "Conv", "c", "x,w", "c");
    for (int i = 0; i < 64; i++) {
        snprintf(to, sizeof to, "t%d", i);
        snprintf(inputs, sizeof inputs, "%s,%s", from, i % 2 ? "factor" : "offset");
        onnx_add_node(b, i % 2 ? "Mul" : "Add", to, inputs, to);
        memcpy(from, to, sizeof from);
    }
    add_output(b, to);
    fixture f = open_fixture(b);
    relief_tensor *before = evaluate(&f);
    relief_memory_reset_peak();
    const size_t live = relief_memory().live_bytes;
    assert_int_equal(rl_pass_fuse(f.ctx, f.graph), RELIEF_OK);
    assert_true(relief_memory().peak_bytes - live < (size_t)1 << 20);
    assert_int_equal(f.graph->node_count, 1);
    relief_tensor *after = evaluate(&f);
    assert_near(before, after);
    relief_tensor_free(before);
    relief_tensor_free(after);
    close_fixture(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_batch_normalization),
        cmocka_unit_test(folds_constants_of_all_forms),
        cmocka_unit_test(leaves_what_is_no_scale),
        cmocka_unit_test(scales_weights_in_place),
        cmocka_unit_test(leaves_values_with_other_readers),
        cmocka_unit_test(fuses_a_residual_chain),
        cmocka_unit_test(keeps_the_order_of_bounds),
        cmocka_unit_test(adds_the_graphs_input),
        cmocka_unit_test(moves_a_node_behind_its_residual),
        cmocka_unit_test(leaves_sums_that_are_no_residuals),
        cmocka_unit_test(stops_at_a_full_epilogue),
        cmocka_unit_test(needs_constant_bounds),
        cmocka_unit_test(finds_layer_norm),
        cmocka_unit_test(leaves_what_is_no_layer_norm),
        cmocka_unit_test(finds_group_norm),
        cmocka_unit_test(finds_gelu_of_erf),
        cmocka_unit_test(finds_gelu_of_tanh),
        cmocka_unit_test(finds_linear_layers),
        cmocka_unit_test(folds_a_scale_into_weights),
        cmocka_unit_test(finds_attention),
        cmocka_unit_test(leaves_scores_with_other_readers),
        cmocka_unit_test(convolves_before_it_enlarges),
        cmocka_unit_test(enlarges_first_for_others),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
