/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/plan.h"

#include "nn/lifetimes.h"
#include "nn/op.h"
#include "nn/passes/passes.h"

#include <string.h>

/* What is known about each value while a plan is made. */
typedef struct usage {
    int first; /* step that gives it: -1 an input, else a node; -2: nobody */
    int last;  /* last step that needs it; node_count: an output */
    int block; /* its memory, -1: none */
    bool host; /* a node that runs on the host reads it */
} usage;

enum { NOBODY = -2 };

typedef struct planner {
    relief_ctx *ctx;
    rl_plan *plan;
    usage *values;
    rl_block *blocks;
    int block_count;
} planner;

/* Lifetimes in steps: node i runs in step i. */
static void find_lifetimes(planner *p) {
    const rl_graph *graph = p->plan->graph;
    for (int i = 0; i < graph->value_count; i++) {
        p->values[i] = (usage){.first = NOBODY, .last = NOBODY, .block = -1};
    }
    for (int i = 0; i < graph->input_count; i++) {
        p->values[graph->inputs[i]].first = -1;
    }
    for (int i = 0; i < graph->node_count; i++) {
        const rl_node *node = &graph->nodes[i];
        for (int j = 0; j < node->input_count; j++) {
            if (node->inputs[j] != RL_NO_VALUE) {
                p->values[node->inputs[j]].last = i;
            }
        }
        for (int j = 0; j < node->output_count; j++) {
            if (node->outputs[j] != RL_NO_VALUE) {
                p->values[node->outputs[j]].first = i;
                p->values[node->outputs[j]].last = i; /* written even when nobody reads it */
            }
        }
    }
    for (int i = 0; i < graph->output_count; i++) {
        usage *value = &p->values[graph->outputs[i]];
        if (value->first >= 0) { /* an output that is an input or a constant needs no device */
            value->last = graph->node_count;
        }
    }
}

static bool is_output(const rl_graph *graph, int value) {
    for (int i = 0; i < graph->output_count; i++) {
        if (graph->outputs[i] == value) {
            return true;
        }
    }
    return false;
}

/* Whether a value's last reader is done and the backend has its own copy of it. */
static bool is_released(const planner *p, int value, int node) {
    const rl_graph *graph = p->plan->graph;
    const usage *u = &p->values[value];
    return graph->values[value].constant && u->last == node && !u->host && !is_output(graph, value);
}

static void drop_pages(const rl_plan_source *source, const relief_tensor *tensor) {
    for (size_t i = 0; i < source->mapping_count; i++) {
        const rl_mapping *mapping = source->mappings[i];
        uintptr_t begin = (uintptr_t)mapping->data, data = (uintptr_t)tensor->data;
        if (data >= begin && data - begin < mapping->size) {
            rl_os_mapping_drop(mapping, data - begin, tensor->bytes);
        }
    }
}

/* The sizes stay; the elements go. */
static void drop_constant(rl_plan *plan, const relief_tensor *tensor) {
    rl_graph *graph = plan->graph;
    drop_pages(plan->source, tensor);
    for (size_t i = 0; i < graph->owned_count; i++) {
        if (graph->owned[i] == tensor) {
            rl_free(graph->owned[i]->data);
            graph->owned[i]->data = NULL;
            return;
        }
    }
}

static void drop_constants(planner *p, int node) {
    rl_plan *plan = p->plan;
    const rl_node *n = &plan->graph->nodes[node];
    for (int i = 0; i < n->input_count && plan->api->copies_constants; i++) {
        if (n->inputs[i] != RL_NO_VALUE && is_released(p, n->inputs[i], node)) {
            drop_constant(plan, plan->graph->values[n->inputs[i]].constant);
        }
    }
}

/* Decide for every node where it runs, and make its kernel. */
static relief_status prepare_node(planner *p, int index) {
    rl_plan *plan = p->plan;
    const rl_node *node = &plan->graph->nodes[index];
    relief_status status = RELIEF_OK;
    if (plan->api->supports(plan->program, index)) {
        status = plan->api->prepare(p->ctx, plan->program, index);
        if (!status) {
            drop_constants(p, index);
        }
        return status;
    }
    plan->on_host[index] = true;
    plan->stats.host_node_count++;
    rl_log(p->ctx, RELIEF_LOG_DEBUG, "%s: node %s (%s) runs by its reference kernel",
           plan->api->name, node->name, node->op_type);
    for (int i = 0; i < node->input_count; i++) {
        if (node->inputs[i] != RL_NO_VALUE) {
            p->values[node->inputs[i]].host = true;
        }
    }
    for (int i = 0; !status && i < node->output_count; i++) {
        if (node->outputs[i] != RL_NO_VALUE) {
            status = plan->api->declare(p->ctx, plan->program, node->outputs[i]);
        }
    }
    return status;
}

/* What folding and fusing alone have read is not needed any more. */
static void drop_unread(const planner *p) {
    const rl_graph *graph = p->plan->graph;
    for (int i = 0; i < graph->value_count; i++) {
        if (graph->values[i].constant && p->values[i].last == NOBODY && !is_output(graph, i)) {
            drop_constant(p->plan, graph->values[i].constant);
        }
    }
}

static relief_status prepare(planner *p) {
    rl_plan *plan = p->plan;
    const rl_graph *graph = plan->graph;
    drop_unread(p);
    relief_status status =
        plan->api->program_new(p->ctx, plan->source->backend, graph, &plan->program);
    if (!status && plan->api->prepared) {
        rl_prepared_list *list = plan->api->prepared(plan->program);
        list->cache = plan->source->cache;
        list->files = plan->source->mappings;
        list->file_count = plan->source->mapping_count;
    }
    for (int i = 0; !status && i < graph->input_count; i++) {
        if (p->values[graph->inputs[i]].last >= 0) {
            status = plan->api->declare(p->ctx, plan->program, graph->inputs[i]);
        }
    }
    for (int i = 0; !status && i < graph->node_count; i++) {
        status = prepare_node(p, i);
        if (!status) {
            status = rl_check_cancel(p->ctx);
        }
    }
    return status;
}

/* The block of an input that the node's first output may take over; -1: none. */
static int block_to_reuse(const planner *p, int index) {
    const rl_plan *plan = p->plan;
    const rl_node *node = &plan->graph->nodes[index];
    if (plan->on_host[index] || !plan->api->in_place_input || node->output_count < 1 ||
        node->outputs[0] == RL_NO_VALUE) {
        return -1;
    }
    int position = plan->api->in_place_input(plan->program, index);
    if (position < 0 || position >= node->input_count || node->inputs[position] == RL_NO_VALUE) {
        return -1;
    }
    int value = node->inputs[position];
    for (int i = 0; i < node->input_count; i++) {
        if (i != position && node->inputs[i] == value) {
            return -1;
        }
    }
    int block = p->values[value].block;
    if (block < 0 || p->values[value].last != index ||
        plan->api->value_bytes(plan->program, node->outputs[0]) > p->blocks[block].bytes) {
        return -1;
    }
    return block;
}

/* Give a value memory: a block of its own, or a longer life of `block`. Steps begin at 0 for the
 * inputs. */
static void add_to_block(planner *p, int value, int block) {
    usage *u = &p->values[value];
    if (block < 0) {
        block = p->block_count++;
        p->blocks[block] = (rl_block){.bytes = p->plan->api->value_bytes(p->plan->program, value),
                                      .first = u->first + 1};
    }
    if (p->blocks[block].last < u->last + 1) {
        p->blocks[block].last = u->last + 1;
    }
    u->block = block;
}

static void make_blocks(planner *p) {
    const rl_graph *graph = p->plan->graph;
    for (int i = 0; i < graph->input_count; i++) {
        if (p->values[graph->inputs[i]].last >= 0) {
            add_to_block(p, graph->inputs[i], -1);
        }
    }
    for (int i = 0; i < graph->node_count; i++) {
        const rl_node *node = &graph->nodes[i];
        for (int j = 0; j < node->output_count; j++) {
            if (node->outputs[j] != RL_NO_VALUE) {
                add_to_block(p, node->outputs[j], j == 0 ? block_to_reuse(p, i) : -1);
            }
        }
    }
}

/* What a run needs besides the constants, and the constants themselves: false when that is more
 * than this machine has. *wanted is as far as it was counted. */
static bool fits_memory(const planner *p, size_t values, size_t *wanted) {
    const rl_plan *plan = p->plan;
    const rl_graph *graph = plan->graph;
    const size_t limit = (size_t)rl_os_memory_limit();
    size_t constants = plan->api->constant_bytes ? plan->api->constant_bytes(plan->program) : 0;
    bool fits = rl_add_size(values, constants, wanted) && *wanted <= limit;
    for (int i = 0; fits && i < graph->output_count; i++) { /* tensors of the caller's own */
        const rl_value *value = &graph->values[graph->outputs[i]];
        int64_t count;
        fits = rl_element_count(value->rank, value->dims, &count) &&
               rl_add_size(*wanted, (size_t)count * rl_dtype_size(value->dtype), wanted) &&
               *wanted <= limit;
    }
    return fits;
}

static relief_status lay_out(planner *p) {
    rl_plan *plan = p->plan;
    rl_area area;
    make_blocks(p);
    relief_status status = rl_place_blocks(p->ctx, p->blocks, p->block_count, &area);
    if (status) {
        return status;
    }
    size_t scratch = plan->api->scratch_bytes(plan->program), total, wanted = area.bytes;
    if (!rl_add_size(area.bytes, scratch, &total) || !fits_memory(p, total, &wanted)) {
        return rl_fail(p->ctx, RELIEF_ERROR_LIMIT,
                       "the network wants %zu MiB at this size, more than this machine has",
                       wanted >> 20);
    }
    plan->scratch.offset = area.bytes;
    for (int i = 0; i < plan->graph->value_count; i++) {
        if (p->values[i].block >= 0) {
            plan->handles[i].offset = p->blocks[p->values[i].block].offset;
            plan->placed[i] = true;
        }
    }
    plan->stats.arena_bytes = area.bytes;
    plan->stats.live_bytes = area.live_bytes;
    plan->stats.scratch_bytes = scratch;
    return RELIEF_OK;
}

/* Bytes of all constants that nodes read, counted once each. */
static size_t graph_constant_bytes(const planner *p) {
    const rl_graph *graph = p->plan->graph;
    size_t bytes = 0;
    for (int i = 0; i < graph->value_count; i++) {
        if (graph->values[i].constant && p->values[i].last >= 0) {
            bytes += graph->values[i].constant->bytes;
        }
    }
    return bytes;
}

static relief_status alloc_lists(planner *p) {
    rl_plan *plan = p->plan;
    size_t values = (size_t)plan->graph->value_count, nodes = (size_t)plan->graph->node_count;
    void *usages, *blocks, *handles, *placed, *on_host;
    relief_status status = rl_calloc_in(p->ctx, values, sizeof(usage), &usages);
    if (status) {
        return status;
    }
    p->values = usages;
    status = rl_calloc_in(p->ctx, values, sizeof(rl_block), &blocks);
    if (status) {
        return status;
    }
    p->blocks = blocks;
    status = rl_graph_alloc(p->ctx, plan->graph, values, sizeof(rl_handle), &handles);
    if (!status) {
        status = rl_graph_alloc(p->ctx, plan->graph, values, sizeof(bool), &placed);
    }
    if (!status) {
        status = rl_graph_alloc(p->ctx, plan->graph, nodes, sizeof(bool), &on_host);
    }
    if (status) {
        return status;
    }
    plan->handles = handles;
    plan->placed = placed;
    plan->on_host = on_host;
    return RELIEF_OK;
}

static relief_status copy_shapes(planner *p, const rl_shape *inputs) {
    size_t count = (size_t)p->plan->graph->input_count;
    void *shapes;
    relief_status status = rl_graph_alloc(p->ctx, p->plan->graph, count, sizeof(rl_shape), &shapes);
    if (status) {
        return status;
    }
    if (count) {
        memcpy(shapes, inputs, count * sizeof(rl_shape));
    }
    p->plan->shapes = shapes;
    return RELIEF_OK;
}

relief_status rl_plan_new(relief_ctx *ctx, const rl_plan_source *source, const rl_shape *inputs,
                          rl_plan **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_plan), &memory);
    if (status) {
        return status;
    }
    rl_plan *plan = memory;
    planner p = {.ctx = ctx, .plan = plan};
    plan->source = source;
    plan->api = source->backend->api;
    status =
        rl_specialise(ctx, source->graph, inputs, rl_fold_limits_for(source->graph), &plan->graph);
    if (!status) {
        status = rl_pass_fuse(ctx, plan->graph);
    }
    if (!status) {
        status = copy_shapes(&p, inputs);
    }
    if (!status) {
        status = alloc_lists(&p);
    }
    if (!status) {
        find_lifetimes(&p);
        status = prepare(&p);
    }
    if (!status) {
        status = lay_out(&p);
    }
    if (!status) {
        plan->stats.node_count = plan->graph->node_count;
        plan->stats.constant_bytes = plan->api->constant_bytes
                                         ? plan->api->constant_bytes(plan->program)
                                         : graph_constant_bytes(&p);
    }
    rl_free(p.values);
    rl_free(p.blocks);
    if (status) {
        rl_plan_free(plan);
        return status;
    }
    *out = plan;
    return RELIEF_OK;
}

void rl_plan_free(rl_plan *plan) {
    if (!plan) {
        return;
    }
    if (plan->program) {
        plan->api->program_free(plan->program);
    }
    rl_graph_free(plan->graph);
    rl_free(plan);
}

const rl_prepared_list *rl_plan_prepared(const rl_plan *plan) {
    return plan->api->prepared ? plan->api->prepared(plan->program) : NULL;
}

size_t rl_plan_buffer_bytes(const rl_plan *plan) {
    return plan->stats.arena_bytes + plan->stats.scratch_bytes;
}

size_t rl_plan_constant_part(const rl_plan *plan) {
    return plan->api->constant_part ? plan->api->constant_part(plan->program)
                                    : plan->stats.constant_bytes;
}

const rl_net_stats *rl_plan_stats(const rl_plan *plan) {
    return &plan->stats;
}

bool rl_plan_is_for(const rl_plan *plan, const rl_shape *inputs) {
    for (int i = 0; i < plan->graph->input_count; i++) {
        const rl_shape *mine = &plan->shapes[i];
        if (mine->rank != inputs[i].rank ||
            memcmp(mine->dims, inputs[i].dims, (size_t)mine->rank * sizeof(*mine->dims)) != 0) {
            return false;
        }
    }
    return true;
}
