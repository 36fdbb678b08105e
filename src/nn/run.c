/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a plan: inputs up, node by node, outputs down. */
#include "base/os.h"
#include "nn/op.h"
#include "nn/plan.h"
#include "nn/profile.h"

#include <string.h>

/* Upload an input of 16 bits to a network that computes in float32. */
static relief_status upload_wide(relief_ctx *ctx, rl_plan *plan, int value,
                                 const relief_tensor *input) {
    relief_tensor *wide = NULL;
    relief_status status = rl_tensor_new(ctx, RELIEF_F32, input->rank, input->dims, &wide);
    if (status) {
        return status;
    }
    rl_tensor_floats(input, wide->data);
    status = plan->api->upload(ctx, plan->program, value, wide, plan->handles[value]);
    relief_tensor_free(wide);
    return status;
}

static relief_status upload_inputs(relief_ctx *ctx, rl_plan *plan, relief_tensor *const *inputs) {
    const rl_graph *graph = plan->graph;
    relief_status status = RELIEF_OK;
    for (int i = 0; !status && i < graph->input_count; i++) {
        int value = graph->inputs[i];
        if (plan->handles[value].buffer && inputs[i]->dtype != graph->values[value].dtype) {
            status = upload_wide(ctx, plan, value, inputs[i]);
        } else if (plan->handles[value].buffer) {
            status = plan->api->upload(ctx, plan->program, value, inputs[i], plan->handles[value]);
        }
    }
    return status;
}

/* A value on the host, row-major and aligned. *copy: what the caller frees, NULL for a constant as
 * it is. */
static relief_status fetch(relief_ctx *ctx, rl_plan *plan, int value, const relief_tensor **out,
                           relief_tensor **copy) {
    const rl_value *v = &plan->graph->values[value];
    relief_status status;
    *out = NULL;
    if (v->constant && rl_tensor_is_aligned(v->constant)) {
        *out = v->constant;
        return RELIEF_OK;
    }
    if (v->constant) {
        status = rl_tensor_copy(ctx, v->constant, copy);
    } else {
        status = rl_tensor_new(ctx, v->dtype, v->rank, v->dims, copy);
        if (!status) {
            status = plan->api->download(ctx, plan->program, value, plan->handles[value], *copy);
        }
    }
    *out = *copy;
    return status;
}

/* Tensors of one node that runs on the host; entries beyond the node's inputs are its outputs. */
static relief_status run_with(relief_ctx *ctx, rl_plan *plan, const rl_node *node,
                              const relief_tensor **operands, relief_tensor **copies) {
    relief_tensor **outputs = copies + node->input_count;
    relief_status status = plan->api->wait(ctx, plan->program);
    for (int i = 0; !status && i < node->input_count; i++) {
        if (node->inputs[i] != RL_NO_VALUE) {
            status = fetch(ctx, plan, node->inputs[i], &operands[i], &copies[i]);
        }
    }
    for (int i = 0; !status && i < node->output_count; i++) {
        if (node->outputs[i] == RL_NO_VALUE) {
            continue;
        }
        const rl_value *v = &plan->graph->values[node->outputs[i]];
        status = rl_tensor_new(ctx, v->dtype, v->rank, v->dims, &outputs[i]);
    }
    if (!status) {
        status = rl_node_run_reference(ctx, node, operands, outputs);
    }
    for (int i = 0; !status && i < node->output_count; i++) {
        if (outputs[i]) {
            status = plan->api->upload(ctx, plan->program, node->outputs[i], outputs[i],
                                       plan->handles[node->outputs[i]]);
        }
    }
    return status;
}

static relief_status run_on_host(relief_ctx *ctx, rl_plan *plan, const rl_node *node) {
    size_t inputs = (size_t)node->input_count, outputs = (size_t)node->output_count;
    void *memory;
    relief_status status = rl_calloc_in(ctx, 2 * inputs + outputs, sizeof(void *), &memory);
    if (status) {
        return status;
    }
    const relief_tensor **operands = memory;
    relief_tensor **copies = (relief_tensor **)memory + inputs;
    status = run_with(ctx, plan, node, operands, copies);
    for (size_t i = 0; i < inputs + outputs; i++) {
        relief_tensor_free(copies[i]);
    }
    rl_free(memory);
    return status;
}

/* What an output is copied from when no node makes it: a constant, or the input tensor itself. */
static const relief_tensor *host_source(const rl_plan *plan, int value,
                                        relief_tensor *const *inputs) {
    const rl_graph *graph = plan->graph;
    for (int i = 0; i < graph->input_count; i++) {
        if (graph->inputs[i] == value) {
            return inputs[i];
        }
    }
    return graph->values[value].constant;
}

static relief_status download_outputs(relief_ctx *ctx, rl_plan *plan, relief_tensor *const *inputs,
                                      relief_tensor **outputs) {
    const rl_graph *graph = plan->graph;
    relief_status status = RELIEF_OK;
    for (int i = 0; !status && i < graph->output_count; i++) {
        int value = graph->outputs[i];
        const rl_value *v = &graph->values[value];
        const relief_tensor *source = host_source(plan, value, inputs);
        if (source) {
            status = rl_tensor_copy(ctx, source, &outputs[i]);
            continue;
        }
        status = rl_tensor_new(ctx, v->dtype, v->rank, v->dims, &outputs[i]);
        if (!status) {
            status =
                plan->api->download(ctx, plan->program, value, plan->handles[value], outputs[i]);
        }
    }
    return status;
}

static relief_status run_node(relief_ctx *ctx, rl_plan *plan, int node) {
    if (plan->on_host[node]) {
        return run_on_host(ctx, plan, &plan->graph->nodes[node]);
    }
    return plan->api->run(ctx, plan->program, node, plan->handles, plan->scratch);
}

static int64_t conversions(const rl_plan *plan) {
    return plan->api->conversion_count ? plan->api->conversion_count(plan->program) : 0;
}

/* As run_node(), until the work is done. */
static relief_status time_node(relief_ctx *ctx, rl_plan *plan, int node, rl_profile_entry *entry) {
    const int64_t converted = conversions(plan);
    const double start = relief_now();
    relief_status status = run_node(ctx, plan, node);
    relief_status waited = plan->api->wait(ctx, plan->program);
    entry->seconds += relief_now() - start;
    entry->conversions += conversions(plan) - converted;
    entry->on_host = plan->on_host[node];
    return status ? status : waited;
}

static relief_status run_nodes(relief_ctx *ctx, rl_plan *plan, relief_profile *profile) {
    relief_status status = RELIEF_OK;
    for (int i = 0; !status && i < plan->graph->node_count; i++) {
        status = rl_check_cancel(ctx);
        if (!status) {
            status =
                profile ? time_node(ctx, plan, i, &profile->entries[i]) : run_node(ctx, plan, i);
        }
    }
    return status;
}

/* Add the time since `start` to the row that follows those of the nodes by `after`. */
static void note_way(relief_profile *profile, const rl_plan *plan, int after, double start) {
    if (profile) {
        profile->entries[plan->graph->node_count + after].seconds += relief_now() - start;
    }
}

/* Let all handles lead into this buffer. */
static void settle_in(rl_plan *plan, rl_buffer *buffer) {
    for (int i = 0; i < plan->graph->value_count; i++) {
        plan->handles[i].buffer = plan->placed[i] ? buffer : NULL;
    }
    plan->scratch.buffer = buffer;
}

relief_status rl_plan_run(relief_ctx *ctx, rl_plan *plan, rl_buffer *buffer,
                          relief_tensor *const *inputs, relief_tensor **outputs,
                          relief_profile *profile) {
    for (int i = 0; i < plan->graph->output_count; i++) {
        outputs[i] = NULL;
    }
    settle_in(plan, buffer);
    relief_status status = profile ? rl_profile_begin(ctx, profile, plan->graph) : RELIEF_OK;
    if (status) {
        return status;
    }
    double start = relief_now();
    status = upload_inputs(ctx, plan, inputs);
    note_way(profile, plan, 0, start);
    if (!status) {
        status = run_nodes(ctx, plan, profile);
    }
    /* The queue must be empty before anyone frees what it works on; the first failure is the one to
     * tell. */
    relief_status waited = plan->api->wait(ctx, plan->program);
    status = status ? status : waited;
    start = relief_now();
    if (!status) {
        status = download_outputs(ctx, plan, inputs, outputs);
    }
    note_way(profile, plan, 1, start);
    for (int i = 0; status && i < plan->graph->output_count; i++) {
        relief_tensor_free(outputs[i]);
        outputs[i] = NULL;
    }
    return status;
}
