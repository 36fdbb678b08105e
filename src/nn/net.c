/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/net.h"

#include "nn/buffers.h"
#include "nn/onnx/onnx_model.h"
#include "nn/op.h"
#include "nn/passes/passes.h"
#include "nn/plan.h"

#include <string.h>

/* Plans that are kept while nobody uses them, and what they may take: photos of some shapes
 * alternate in a batch, and what large networks have packed must not pile up. */
#define MAX_PLANS 64
#define MAX_IDLE_BYTES ((size_t)192 << 20)
/* Threads that run one network side by side have a plan each, until all plans take this share of
 * the memory; then they take turns. */
#define MEMORY_SHARE 4

typedef struct kept_plan {
    struct kept_plan *next;
    rl_plan *plan;
    int threads;       /* of the context that it was made for: some kernels remember them */
    rl_mutex *running; /* one thread at a time */
    int users;         /* threads that run it or wait for it */
    int64_t last_use;
} kept_plan;

/* What changes while the net itself does not. */
typedef struct net_state {
    rl_mutex *lock; /* of all that stands here */
    kept_plan *plans;
    rl_buffers *buffers; /* that runs have their values in; with a lock of its own */
    int64_t use_count;
    rl_net_stats stats;
} net_state;

struct rl_net {
    rl_mapping *file; /* NULL: in memory */
    rl_onnx_source bytes;
    rl_onnx_model *model;
    rl_backend *backend;
    rl_mapping **mappings; /* the file and its external data */
    rl_plan_source plan_source;
    net_state *state;
};

static void free_kept(kept_plan *kept) {
    rl_plan_free(kept->plan);
    rl_mutex_free(kept->running);
    rl_free(kept);
}

static void free_state(net_state *state) {
    if (!state) {
        return;
    }
    for (kept_plan *kept = state->plans, *next; kept; kept = next) {
        next = kept->next;
        free_kept(kept);
    }
    rl_buffers_free(state->buffers);
    rl_mutex_free(state->lock);
    rl_free(state);
}

void rl_net_free(rl_net *net) {
    if (!net) {
        return;
    }
    free_state(net->state);
    if (net->backend) {
        net->backend->api->close(net->backend);
    }
    rl_onnx_free(net->model);
    rl_os_unmap(net->file);
    rl_free(net->mappings);
    rl_free(net);
}

void rl_net_set_precision(rl_net *net, rl_precision precision) {
    net->backend->precision = precision;
}

rl_precision rl_net_precision(const rl_net *net) {
    return net->backend->precision ? net->backend->precision : RL_PRECISION_F32;
}

void rl_net_use_cache(rl_net *net, const rl_prepared_cache *cache) {
    net->plan_source.cache = cache;
}

rl_mapping *const *rl_net_files(const rl_net *net, size_t *count) {
    *count = net->plan_source.mapping_count;
    return net->plan_source.mappings;
}

static void read_files(const rl_net *net, bool scattered) {
    for (size_t i = 0; i < net->plan_source.mapping_count; i++) {
        rl_os_mapping_scattered(net->plan_source.mappings[i], scattered);
    }
}

void rl_net_reads_all(const rl_net *net) {
    read_files(net, false);
}

void rl_net_each_prepared(const rl_net *net, rl_prepared_fn visit, void *user) {
    bool go_on = true;
    rl_mutex_lock(net->state->lock);
    for (const kept_plan *kept = net->state->plans; kept && go_on; kept = kept->next) {
        const rl_prepared_list *list = rl_plan_prepared(kept->plan);
        for (size_t i = 0; list && go_on && i < list->count; i++) {
            go_on = visit(user, &list->items[i]);
        }
    }
    rl_mutex_unlock(net->state->lock);
}

static relief_status new_state(relief_ctx *ctx, rl_backend *backend, net_state **out) {
    void *memory;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(net_state), &memory);
    if (status) {
        return status;
    }
    *out = memory;
    status = rl_mutex_new(ctx, &(*out)->lock);
    return status ? status : rl_buffers_new(ctx, backend, &(*out)->buffers);
}

/* Everything after the bytes are there. */
static relief_status set_up(relief_ctx *ctx, rl_net *net, const rl_backend_api *backend) {
    void *memory;
    relief_status status = rl_onnx_read(ctx, &net->bytes, &net->model);
    if (!status) {
        status = backend->open(ctx, &net->backend);
    }
    if (!status) {
        status = rl_pass_fold_quantised(ctx, net->model->graph);
    }
    if (!status) {
        status = new_state(ctx, net->backend, &net->state);
    }
    if (status) {
        return status;
    }
    size_t externals = net->model->external_count;
    status = rl_calloc_in(ctx, externals + 1, sizeof(rl_mapping *), &memory);
    if (status) {
        return status;
    }
    net->mappings = memory;
    if (externals) {
        memcpy(net->mappings, net->model->externals, externals * sizeof(rl_mapping *));
    }
    if (net->file) {
        net->mappings[externals] = net->file;
    }
    net->plan_source = (rl_plan_source){.graph = net->model->graph,
                                        .backend = net->backend,
                                        .mappings = net->mappings,
                                        .mapping_count = externals + (net->file ? 1 : 0)};
    return RELIEF_OK;
}

relief_status rl_net_load(relief_ctx *ctx, const char *path, const rl_backend_api *backend,
                          rl_net **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_net), &memory);
    if (status) {
        return status;
    }
    rl_net *net = memory;
    status = rl_os_map(ctx, path, &net->file);
    if (!status) {
        net->bytes = (rl_onnx_source){net->file->data, net->file->size, path, path};
        /* Facts about constants stand between the constants, all over the file. */
        rl_os_mapping_scattered(net->file, true);
        status = set_up(ctx, net, backend);
        read_files(net, true);
    }
    if (status) {
        rl_net_free(net);
        return status;
    }
    net->bytes.name = net->bytes.path = net->file->path; /* the caller's own may go */
    *out = net;
    return RELIEF_OK;
}

relief_status rl_net_load_memory(relief_ctx *ctx, const void *data, size_t size, const char *name,
                                 const rl_backend_api *backend, rl_net **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_net), &memory);
    if (status) {
        return status;
    }
    rl_net *net = memory;
    net->bytes = (rl_onnx_source){data, size, name, NULL};
    status = set_up(ctx, net, backend);
    if (status) {
        rl_net_free(net);
        return status;
    }
    net->bytes.name = net->model->graph->source;
    *out = net;
    return RELIEF_OK;
}

const rl_graph *rl_net_graph(const rl_net *net) {
    return net->model->graph;
}

const char *rl_net_metadata(const rl_net *net, const char *key) {
    for (size_t i = 0; i < net->model->metadata_count; i++) {
        if (!strcmp(net->model->metadata[i].key, key)) {
            return net->model->metadata[i].value;
        }
    }
    return NULL;
}

int64_t rl_net_file_bytes(const rl_net *net) {
    int64_t bytes = (int64_t)net->bytes.size;
    for (size_t i = 0; i < net->model->external_count; i++) {
        bytes += (int64_t)net->model->externals[i]->size;
    }
    return bytes;
}

int64_t rl_net_parameter_count(const rl_net *net) {
    return net->model->parameter_count;
}

int rl_net_stored_node_count(const rl_net *net) {
    return net->model->stored_node_count;
}

const char *rl_net_backend_name(const rl_net *net) {
    return net->backend->api->name;
}

bool rl_net_is_quantised(const rl_net *net) {
    static const char *const names[] = {"ConvInteger", "MatMulInteger", "QLinearConv",
                                        "QLinearMatMul"};
    const rl_graph *graph = rl_net_graph(net);
    for (int i = 0; i < graph->node_count; i++) {
        for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
            if (!strcmp(graph->nodes[i].op->name, names[k])) {
                return true;
            }
        }
    }
    return false;
}

const char *rl_net_instruction_set(const rl_net *net) {
    return rl_backend_instruction_set(net->backend->api);
}

const uint8_t *rl_net_file_data(const rl_net *net, size_t *size) {
    *size = net->bytes.size;
    return net->bytes.data;
}

/* Where the plan hangs that nobody uses for longest; NULL: there is none. */
static kept_plan **find_idle(net_state *state) {
    kept_plan **oldest = NULL;
    for (kept_plan **at = &state->plans; *at; at = &(*at)->next) {
        if (!(*at)->users && (!oldest || (*at)->last_use < (*oldest)->last_use)) {
            oldest = at;
        }
    }
    return oldest;
}

/* Whether what the plans take that nobody uses is little enough. */
static bool is_within_bounds(const net_state *state) {
    size_t bytes = 0;
    int count = 0;
    for (const kept_plan *kept = state->plans; kept; kept = kept->next) {
        bytes += kept->users ? 0 : rl_plan_constant_part(kept->plan);
        count += !kept->users;
    }
    return count <= MAX_PLANS && bytes <= MAX_IDLE_BYTES;
}

/* Free the plan that nobody uses for longest; false: there is none. */
static bool drop_idle(net_state *state) {
    kept_plan **idle = find_idle(state);
    if (!idle) {
        return false;
    }
    kept_plan *gone = *idle;
    *idle = gone->next;
    free_kept(gone);
    return true;
}

static relief_status add_plan(relief_ctx *ctx, const rl_net *net, const rl_shape *shapes,
                              kept_plan **out) {
    void *memory;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(kept_plan), &memory);
    if (status) {
        return status;
    }
    kept_plan *kept = memory;
    kept->threads = relief_ctx_threads(ctx);
    status = rl_mutex_new(ctx, &kept->running);
    if (!status) {
        status = rl_plan_new(ctx, &net->plan_source, shapes, &kept->plan);
    }
    if (status) {
        free_kept(kept);
        return status;
    }
    kept->next = net->state->plans;
    net->state->plans = kept;
    *out = kept;
    return RELIEF_OK;
}

/* Whether another plan like this one may be made for a thread that would have to wait for it. */
static bool may_copy(const net_state *state, const kept_plan *like) {
    size_t bytes = rl_plan_constant_part(like->plan) + rl_plan_buffer_bytes(like->plan) +
                   rl_buffers_bytes(state->buffers);
    for (const kept_plan *kept = state->plans; kept; kept = kept->next) {
        bytes += rl_plan_constant_part(kept->plan);
    }
    return bytes <= (size_t)rl_os_memory_limit() / MEMORY_SHARE;
}

/* The plan for these shapes with the fewest users; NULL: there is none. */
static kept_plan *find_plan(const relief_ctx *ctx, const net_state *state, const rl_shape *shapes) {
    kept_plan *best = NULL;
    for (kept_plan *kept = state->plans; kept; kept = kept->next) {
        if (kept->threads == relief_ctx_threads(ctx) && rl_plan_is_for(kept->plan, shapes) &&
            (!best || kept->users < best->users)) {
            best = kept;
        }
    }
    return best;
}

/* A plan for these shapes, made now if need be, counted as used by this thread. */
static relief_status take_plan(relief_ctx *ctx, const rl_net *net, const rl_shape *shapes,
                               kept_plan **out) {
    net_state *state = net->state;
    relief_status status = RELIEF_OK;
    rl_mutex_lock(state->lock);
    kept_plan *kept = find_plan(ctx, state, shapes);
    if (!kept || (kept->users && may_copy(state, kept))) {
        do {
            status = add_plan(ctx, net, shapes, &kept);
        } while (status == RELIEF_ERROR_MEMORY && !kept && drop_idle(state));
        if (status == RELIEF_ERROR_MEMORY && kept)
            status = RELIEF_OK; /* the thread waits for the one that there is */
    }
    if (!status) {
        kept->users++;
        kept->last_use = ++state->use_count;
        *out = kept;
    }
    /* Only now, so that the new plan has taken over the weights of those that go. */
    while (!is_within_bounds(state) && drop_idle(state)) {
    }
    rl_mutex_unlock(state->lock);
    return status;
}

static void give_back(const rl_net *net, kept_plan *kept) {
    net_state *state = net->state;
    rl_mutex_lock(state->lock);
    kept->users--;
    state->stats = *rl_plan_stats(kept->plan);
    rl_mutex_unlock(state->lock);
}

/* Whether the input is of 16 bits where the network computes in float32. */
static bool is_narrow(const relief_tensor *input, const rl_value *want) {
    return want->dtype == RELIEF_F32 && (input->dtype == RELIEF_F16 || input->dtype == RELIEF_BF16);
}

static relief_status check_inputs(relief_ctx *ctx, const rl_net *net, relief_tensor *const *inputs,
                                  rl_shape *shapes) {
    const rl_graph *graph = rl_net_graph(net);
    for (int i = 0; i < graph->input_count; i++) {
        const rl_value *want = &graph->values[graph->inputs[i]];
        if (!inputs[i]) {
            return rl_fail(ctx, RELIEF_ERROR_ARG, "input '%.100s' is missing", want->name);
        }
        if (inputs[i]->dtype != want->dtype && !is_narrow(inputs[i], want)) {
            return rl_fail(ctx, RELIEF_ERROR_ARG, "input '%.100s' takes %s elements, not %s",
                           want->name, rl_dtype_name(want->dtype), rl_dtype_name(inputs[i]->dtype));
        }
        shapes[i].rank = inputs[i]->rank;
        memcpy(shapes[i].dims, inputs[i]->dims, sizeof(shapes[i].dims));
    }
    return RELIEF_OK;
}

relief_status rl_net_prepare(relief_ctx *ctx, const rl_net *net, const rl_shape *shapes) {
    kept_plan *kept = NULL;
    relief_status status = take_plan(ctx, net, shapes, &kept);
    if (!status) {
        give_back(net, kept);
    }
    return status;
}

relief_status rl_net_run(relief_ctx *ctx, const rl_net *net, relief_tensor *const *inputs,
                         relief_tensor **outputs) {
    return rl_net_profile(ctx, net, inputs, outputs, NULL);
}

static relief_status run_plan(relief_ctx *ctx, const rl_net *net, rl_plan *plan,
                              relief_tensor *const *inputs, relief_tensor **outputs,
                              relief_profile *profile) {
    rl_buffers *buffers = net->state->buffers;
    rl_lent_buffer *lent;
    relief_status status = rl_buffers_take(ctx, buffers, rl_plan_buffer_bytes(plan), &lent);
    if (status) {
        return status;
    }
    status = rl_plan_run(ctx, plan, rl_buffers_memory(lent), inputs, outputs, profile);
    rl_buffers_give_back(buffers, lent);
    return status;
}

relief_status rl_net_profile(relief_ctx *ctx, const rl_net *net, relief_tensor *const *inputs,
                             relief_tensor **outputs, relief_profile *profile) {
    const rl_graph *graph = rl_net_graph(net);
    kept_plan *kept = NULL;
    void *memory;
    for (int i = 0; i < graph->output_count; i++) {
        outputs[i] = NULL;
    }
    relief_status status = rl_calloc_in(ctx, (size_t)graph->input_count, sizeof(rl_shape), &memory);
    if (status) {
        return status;
    }
    rl_shape *shapes = memory;
    status = check_inputs(ctx, net, inputs, shapes);
    if (!status) {
        status = take_plan(ctx, net, shapes, &kept);
    }
    rl_free(shapes);
    if (status) {
        return status;
    }
    rl_mutex_lock(kept->running);
    status = run_plan(ctx, net, kept->plan, inputs, outputs, profile);
    rl_mutex_unlock(kept->running);
    give_back(net, kept);
    return status;
}

void rl_net_get_stats(const rl_net *net, rl_net_stats *stats) {
    rl_mutex_lock(net->state->lock);
    *stats = net->state->stats;
    rl_mutex_unlock(net->state->lock);
}
