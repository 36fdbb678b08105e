/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/profile.h"

#include "nn/ops/fused.h"

#include <string.h>

relief_status relief_profile_new(relief_ctx *ctx, relief_profile **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(relief_profile), &memory);
    if (!status) {
        *out = memory;
    }
    return status;
}

void relief_profile_free(relief_profile *profile) {
    if (profile) {
        rl_arena_free(profile->arena);
        rl_free(profile);
    }
}

int relief_profile_row_count(const relief_profile *profile) {
    return profile->count;
}

bool relief_profile_get_row(const relief_profile *profile, int index, relief_profile_row *row) {
    if (index < 0 || index >= profile->count || !profile->runs) {
        return false;
    }
    const rl_profile_entry *entry = &profile->entries[index];
    const relief_profile_row own = {
        .struct_size = sizeof(own),
        .name = entry->name,
        .type = entry->type,
        .ms = entry->seconds * 1000 / profile->runs,
        .gflop = entry->work / 1e9,
        .conversions = (int)(entry->conversions / profile->runs),
        .on_host = entry->on_host,
    };
    rl_info_copy(row, &own, sizeof(own));
    return true;
}

static bool is_of(const relief_profile *profile, const rl_graph *graph) {
    bool same = profile->arena && profile->count == graph->node_count + 2;
    for (int i = 0; same && i < graph->node_count; i++) {
        same = !strcmp(profile->entries[i].name, graph->nodes[i].name) &&
               !strcmp(profile->entries[i].type, graph->nodes[i].op_type) &&
               profile->entries[i].work == rl_node_work(graph, &graph->nodes[i]);
    }
    return same;
}

static const char *copy_name(relief_profile *profile, const char *name) {
    return rl_arena_strndup(profile->arena, name, strlen(name));
}

/* Rows for every node; *status tells whether there was memory. */
static relief_status fill(relief_ctx *ctx, relief_profile *profile, const rl_graph *graph) {
    static const char *const ways[] = {"upload", "download"};
    profile->count = graph->node_count + 2;
    profile->entries =
        rl_arena_alloc(profile->arena, (size_t)profile->count, sizeof(rl_profile_entry));
    if (!profile->entries) {
        return rl_fail_memory(ctx, (size_t)profile->count * sizeof(rl_profile_entry));
    }
    for (int i = 0; i < profile->count; i++) {
        rl_profile_entry *entry = &profile->entries[i];
        const rl_node *node = i < graph->node_count ? &graph->nodes[i] : NULL;
        entry->name = copy_name(profile, node ? node->name : "");
        entry->type = copy_name(profile, node ? node->op_type : ways[i - graph->node_count]);
        if (!entry->name || !entry->type) {
            return rl_fail_memory(ctx, strlen(node ? node->name : ""));
        }
        entry->work = node ? rl_node_work(graph, node) : 0;
    }
    return RELIEF_OK;
}

relief_status rl_profile_begin(relief_ctx *ctx, relief_profile *profile, const rl_graph *graph) {
    if (is_of(profile, graph)) {
        profile->runs++;
        return RELIEF_OK;
    }
    rl_arena_free(profile->arena);
    *profile = (relief_profile){.runs = 1};
    relief_status status = rl_arena_new(ctx, &profile->arena);
    if (!status) {
        status = fill(ctx, profile, graph);
    }
    if (status) {
        rl_arena_free(profile->arena);
        *profile = (relief_profile){.runs = 0};
    }
    return status;
}

static double elements(const rl_value *value) {
    double count = 1;
    for (int i = 0; i < value->rank; i++) {
        count *= (double)value->dims[i];
    }
    return count;
}

/* Elements of a weight of shape (m, n, kh, kw) that one element of the other side meets: all but
 * those along the first axis. */
static double per_first(const rl_value *weight) {
    return weight->rank > 0 && weight->dims[0] > 0 ? elements(weight) / (double)weight->dims[0] : 0;
}

double rl_node_work(const rl_graph *graph, const rl_node *node) {
    /* Position of the right factor among the inputs. */
    static const struct {
        const char *type;
        int right;
    } products[] = {{"Conv", 1},          {"ConvInteger", 1}, {"QLinearConv", 3},
                    {"ConvTranspose", 1}, {"MatMul", 1},      {"MatMulInteger", 1},
                    {"QLinearMatMul", 3}, {"Gemm", 1},        {"Linear", 1}};
    const rl_value *values = graph->values;
    int right = 0;
    if (!strcmp(node->op_type, "Attention") && node->op == &rl_op_attention) {
        const rl_attention_params *p = node->params;
        return 2.0 * (double)(p->batch * p->heads * p->queries) *
               (double)(p->keys * (p->depth + p->columns));
    }
    for (size_t i = 0; i < sizeof(products) / sizeof(*products); i++) {
        if (!strcmp(node->op_type, products[i].type)) {
            right = products[i].right;
        }
    }
    if (!right || node->input_count <= right || node->output_count < 1 ||
        node->outputs[0] == RL_NO_VALUE || node->inputs[0] == RL_NO_VALUE ||
        node->inputs[right] == RL_NO_VALUE) {
        return 0;
    }
    const rl_value *in = &values[node->inputs[0]], *out = &values[node->outputs[0]];
    const rl_value *weight = &values[node->inputs[right]];
    if (!strcmp(node->op_type, "ConvTranspose")) {
        return 2 * elements(in) * per_first(weight);
    }
    if (strstr(node->op_type, "Conv")) {
        return 2 * elements(out) * per_first(weight);
    }
    /* A matrix product: every element of the result is a sum over the axis that vanishes. */
    const double columns = out->rank > 0 && out->dims[out->rank - 1] > 0 && weight->rank > 1
                               ? (double)out->dims[out->rank - 1]
                               : 1;
    const double batch = weight->rank > 2
                             ? elements(weight) / (double)weight->dims[weight->rank - 1] /
                                   (double)weight->dims[weight->rank - 2]
                             : 1;
    return batch > 0 ? 2 * elements(out) * elements(weight) / columns / batch : 0;
}
