/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an .onnx file: read, described, specialised to small sizes, and run where that is
 * little work. */
#include "base/memory.h"
#include "depth/descriptor_rules.h"
#include "nn/net.h"
#include "nn/specialise.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What free sizes become: off the vector width, and large enough for a 3x3 kernel of stride 2. */
#define FREE_SIZE 6
/* Networks beyond these are read but not run, so that an input takes milliseconds. */
#define MAX_ELEMENTS 20000
#define MAX_WORK 2000000
#define MAX_NODES 64
#define MAX_PORTS 8

static int64_t elements(const rl_value *value) {
    int64_t count;
    return rl_element_count(value->rank, value->dims, &count) ? count : RL_MAX_ELEMENTS;
}

/* The largest product of an output's and an input's elements bounds what a plain kernel does. */
static bool is_little_work(const rl_graph *graph) {
    int64_t work = 0;
    for (int i = 0; i < graph->node_count; i++) {
        const rl_node *node = &graph->nodes[i];
        int64_t in = 1, out = 1;
        for (int j = 0; j < node->input_count; j++) {
            if (node->inputs[j] != RL_NO_VALUE) {
                in += elements(&graph->values[node->inputs[j]]);
            }
        }
        for (int j = 0; j < node->output_count; j++) {
            if (node->outputs[j] != RL_NO_VALUE) {
                out += elements(&graph->values[node->outputs[j]]);
            }
        }
        if (in > MAX_ELEMENTS || out > MAX_ELEMENTS) {
            return false;
        }
        work += in * out;
    }
    return graph->node_count <= MAX_NODES && work <= MAX_WORK;
}

/* Shapes for the inputs; false: too many or too large. */
static bool choose_shapes(const rl_graph *graph, rl_shape *shapes) {
    if (graph->input_count > MAX_PORTS || graph->output_count > MAX_PORTS) {
        return false;
    }
    for (int i = 0; i < graph->input_count; i++) {
        const rl_value *value = &graph->values[graph->inputs[i]];
        int64_t count;
        shapes[i].rank = value->rank < 0 ? 4 : value->rank;
        for (int j = 0; j < shapes[i].rank; j++) {
            shapes[i].dims[j] = value->rank < 0 || value->dims[j] < 0 ? FREE_SIZE : value->dims[j];
        }
        if (!rl_element_count(shapes[i].rank, shapes[i].dims, &count) || count > MAX_ELEMENTS) {
            return false;
        }
    }
    return true;
}

static void run(relief_ctx *ctx, const rl_net *net, const rl_shape *shapes) {
    const rl_graph *graph = rl_net_graph(net);
    relief_tensor *inputs[MAX_PORTS] = {0}, *outputs[MAX_PORTS] = {0};
    relief_status status = RELIEF_OK;
    for (int i = 0; !status && i < graph->input_count; i++) {
        status = relief_tensor_new(ctx, graph->values[graph->inputs[i]].dtype, shapes[i].rank,
                                   shapes[i].dims, &inputs[i]);
        for (size_t j = 0; !status && j < inputs[i]->bytes; j++) {
            ((uint8_t *)inputs[i]->data)[j] = (uint8_t)(j % 4 ? j * 7 % 5 : 0);
        }
    }
    if (!status) {
        status = rl_net_run(ctx, net, inputs, outputs);
    }
    for (int i = 0; i < MAX_PORTS; i++) {
        if ((outputs[i] != NULL) != (!status && i < graph->output_count)) {
            abort();
        }
        relief_tensor_free(inputs[i]);
        relief_tensor_free(outputs[i]);
    }
}

/* What the graph alone tells of its use must be something that a photo can be prepared by. */
static relief_status guess(relief_ctx *ctx, const rl_graph *graph) {
    rl_descriptor d;
    relief_status status = rl_rules_guess(ctx, graph, &d);
    bool sizes = d.width >= 1 && d.height >= 1 && d.multiple >= 1;
    if (!status && !(sizes && d.std[0] > 0.0 && d.std[1] > 0.0 && d.std[2] > 0.0)) {
        abort();
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    relief_ctx *ctx = NULL;
    rl_net *net = NULL;
    rl_graph *special = NULL;
    rl_shape shapes[MAX_PORTS] = {0};
    size_t before = relief_memory().live_bytes;
    options.threads = 1;
    options.log_level = RELIEF_LOG_NONE;
    if (relief_ctx_new(&options, &ctx)) {
        return 0;
    }
    relief_status status =
        rl_net_load_memory(ctx, data, size, "fuzz.onnx", &rl_backend_reference, &net);
    if (!status) {
        status = guess(ctx, rl_net_graph(net));
    }
    if (!status && choose_shapes(rl_net_graph(net), shapes)) {
        const rl_fold_limits limits = {.elements = 4096, .bytes = 1 << 18};
        status = rl_specialise(ctx, rl_net_graph(net), shapes, limits, &special);
        if (!status && is_little_work(special)) {
            run(ctx, net, shapes);
        }
    }
    /* Every failure has a reason, and nothing is left behind. */
    if (status && !*relief_last_error(ctx)) {
        abort();
    }
    rl_graph_free(special);
    rl_net_free(net);
    relief_ctx_free(ctx);
    if (relief_memory().live_bytes != before) {
        abort();
    }
    return 0;
}
