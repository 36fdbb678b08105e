/* SPDX-License-Identifier: Apache-2.0 */
/* The public side of networks: nn runs them, this file knows what they are for. */
#include "depth/depth_model.h"

#include "base/memory.h"
#include "base/status.h"
#include "depth/descriptor_rules.h"
#include "store/catalogue.h"

#include <string.h>

/* What numbers of 8 bits are asked for by; the file decides whether there are any. */
#define INT8 "int8"

/* Backends, devices and precisions that are built in. */
static relief_status check_options(relief_ctx *ctx, const relief_model_options *options,
                                   const rl_backend_api **backend) {
    const char *device = options->device ? options->device : "auto";
    const char *precision = options->precision;
    if (strcmp(device, "auto") != 0 && strcmp(device, "cpu") != 0) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "device \"%s\" is not built in (use --device cpu)", device);
    }
    *backend = rl_backend_find(options->backend);
    if (!*backend) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "backend \"%s\" is not built in, or not for this processor (use "
                       "\"reference\")",
                       options->backend ? options->backend : "auto");
    }
    if (precision && strcmp(precision, "auto") != 0 &&
        !relief_model_has_precision(precision, options->backend)) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "precision \"%s\" is not for this processor or the backend \"%s\" (use "
                       "--precision f32)",
                       precision, (*backend)->name);
    }
    return RELIEF_OK;
}

bool relief_model_has_precision(const char *precision, const char *backend) {
    const rl_backend_api *api = rl_backend_find(backend);
    if (!strcmp(precision, INT8)) {
        return api != NULL;
    }
    const rl_precision found = rl_precision_find(precision);
    return api && found && rl_backend_computes_in(api, found);
}

/* "auto" is bf16 where the processor has instructions for it and the network gives relative depth,
 * whose scale is anybody's guess anyway: it is twice as fast, and depth moves by a few thousandths
 * of its range (docs/quality.md). Metres are measures: they stay f32, and so does a network whose
 * descriptor says so or whose output is not known to be depth, and what a quantised network does
 * in floats. */
static rl_precision choose_precision(const relief_model *model, const rl_backend_api *backend,
                                     const char *wanted) {
    if (wanted && strcmp(wanted, "auto") != 0 && strcmp(wanted, INT8) != 0) {
        return rl_precision_find(wanted);
    }
    if (rl_net_is_quantised(model->net)) {
        return RL_PRECISION_F32;
    }
    const rl_descriptor *d = &model->descriptor;
    bool fit = model->input >= 0 && model->output >= 0 && d->kind != RELIEF_METRES && !d->needs_f32;
    return fit && rl_backend_computes_in(backend, RL_PRECISION_BF16) ? RL_PRECISION_BF16
                                                                     : RL_PRECISION_F32;
}

/* What outputs call the model: what its descriptor or the catalogue says, else the file's name
 * without its ending. */
static char *model_name(const rl_descriptor *descriptor, int entry, const char *path) {
    relief_catalogue_entry known = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    if (*descriptor->name) {
        return rl_strdup(descriptor->name);
    }
    if (relief_catalogue_get(entry, &known)) {
        return rl_strdup(known.name);
    }
    if (rl_is_builtin(path)) {
        return rl_strdup(rl_builtin_network().name);
    }
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    return dot && dot > file ? rl_strndup(file, (size_t)(dot - file)) : rl_strdup(file);
}

static relief_status describe(relief_ctx *ctx, relief_model *model, const char *path,
                              const char *like) {
    rl_description found;
    relief_status status = rl_describe(ctx, model->net, path, like, &found);
    if (status) {
        return status;
    }
    model->descriptor = found.descriptor;
    model->source = found.source;
    const rl_graph *graph = rl_net_graph(model->net);
    model->input = rl_rules_input(graph, &model->descriptor);
    model->output = rl_rules_output(graph, &model->descriptor);
    relief_catalogue_entry known = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    model->licence = relief_catalogue_get(found.entry, &known) && !*model->descriptor.licence
                         ? known.licence
                         : model->descriptor.licence;
    model->path = rl_strdup(path);
    model->name = model_name(&model->descriptor, found.entry, path);
    return model->path && model->name ? RELIEF_OK : rl_fail_memory(ctx, strlen(path));
}

static relief_status load_net(relief_ctx *ctx, const char *path, const rl_backend_api *backend,
                              rl_net **out) {
    rl_builtin builtin = rl_builtin_network();
    if (!rl_is_builtin(path)) {
        return rl_net_load(ctx, path, backend, out);
    }
    if (!builtin.data) {
        return rl_fail(ctx, RELIEF_ERROR_IO,
                       "this library was built without a network (-Dbuiltin_model)");
    }
    return rl_net_load_memory(ctx, builtin.data, builtin.size, builtin.name, backend, out);
}

relief_status relief_model_load(relief_ctx *ctx, const char *path,
                                const relief_model_options *options, relief_model **out) {
    relief_model_options own = RELIEF_OPTIONS_INIT(relief_model_options);
    const rl_backend_api *backend = NULL;
    *out = NULL;
    relief_status status = rl_options_copy(ctx, &own, sizeof(own), options);
    if (!status) {
        status = check_options(ctx, &own, &backend);
    }
    if (status) {
        return status;
    }
    relief_model *model = rl_calloc(1, sizeof(*model));
    if (!model) {
        return rl_fail_memory(ctx, sizeof(*model));
    }
    status = rl_progress(ctx, "model", 0, 1);
    if (!status) {
        status = load_net(ctx, path, backend, &model->net);
    }
    if (!status) {
        status = describe(ctx, model, path, own.like);
    }
    if (!status && own.precision && !strcmp(own.precision, INT8) &&
        !rl_net_is_quantised(model->net)) {
        status = rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                         "%s: is not quantised to 8 bits (use --precision auto)", path);
    }
    if (!status) {
        rl_net_set_precision(model->net, choose_precision(model, backend, own.precision));
    }
    if (!status && !own.no_cache) {
        status = rl_kept_weights_open(ctx, model->net, &model->kept);
    }
    if (!status && !rl_kept_weights_found(model->kept)) {
        rl_net_reads_all(model->net);
    }
    if (!status) {
        status = rl_mutex_new(ctx, &model->lock);
    }
    if (!status) {
        status = rl_progress(ctx, "model", 1, 1);
    }
    if (status) {
        relief_model_free(model);
        return status;
    }
    *out = model;
    return RELIEF_OK;
}

void relief_model_free(relief_model *model) {
    if (model) {
        rl_aside_drop(model->preparing);
        rl_net_free(model->net);
        rl_kept_weights_close(model->kept);
        rl_mutex_free(model->lock);
        rl_free(model->path);
        rl_free(model->name);
        rl_free(model);
    }
}

relief_status relief_model_keep(relief_ctx *ctx, const relief_model *model) {
    if (model->preparing) { /* it may be packing weights still */
        relief_model *own = (relief_model *)model;
        rl_aside_drop(own->preparing);
        own->preparing = NULL;
    }
    return model->kept ? rl_kept_weights_save(ctx, model->kept, model->net) : RELIEF_OK;
}

static const char *value_name(const relief_model *model, bool input, int index) {
    const rl_graph *graph = rl_net_graph(model->net);
    int count = input ? graph->input_count : graph->output_count;
    if (index < 0 || index >= count) {
        return NULL;
    }
    return graph->values[input ? graph->inputs[index] : graph->outputs[index]].name;
}

const char *relief_model_sha256(const relief_model *model) {
    /* Immutable for the caller; the digits are written once, under the lock. */
    relief_model *own = (relief_model *)model;
    rl_mutex_lock(own->lock);
    if (!own->sha256[0]) {
        size_t size = 0;
        const uint8_t *data = rl_net_file_data(own->net, &size);
        rl_net_reads_all(own->net);
        rl_sha256(data, data ? size : 0, own->sha256);
    }
    rl_mutex_unlock(own->lock);
    return own->sha256;
}

void relief_model_get_info(const relief_model *model, relief_model_info *info) {
    const rl_graph *graph = rl_net_graph(model->net);
    const rl_descriptor *d = &model->descriptor;
    rl_net_stats stats;
    rl_net_get_stats(model->net, &stats);
    rl_mutex_lock(model->lock); /* once the digits are there, they stay */
    const char *known = model->sha256[0] ? model->sha256 : "";
    rl_mutex_unlock(model->lock);
    relief_model_info own = {
        .struct_size = sizeof(own),
        .name = model->name,
        .path = model->path,
        .source = model->source,
        .licence = model->licence,
        .licence_text = rl_is_builtin(model->path) ? rl_builtin_network().licence : "",
        .backend = rl_net_backend_name(model->net),
        .sha256 = known,
        .file_bytes = rl_net_file_bytes(model->net),
        .opset = graph->opset,
        .node_count = rl_net_stored_node_count(model->net),
        .parameter_count = rl_net_parameter_count(model->net),
        .network_width = d->width,
        .network_height = d->height,
        .multiple = d->multiple,
        .resize = rl_size_rule_name(d->rule),
        .mean = {d->mean[0], d->mean[1], d->mean[2]},
        .std = {d->std[0], d->std[1], d->std[2]},
        .kind = d->kind,
        .metres_per_unit = d->metres_per_unit,
        .precision = rl_net_is_quantised(model->net)
                         ? INT8
                         : rl_precision_name(rl_net_precision(model->net)),
        .instruction_set = rl_net_instruction_set(model->net),
        .cached_bytes = rl_kept_weights_bytes(model->net),
        .weight_bytes = (int64_t)stats.constant_bytes,
        .live_bytes = (int64_t)stats.live_bytes,
        .closer_look = d->closer_look,
    };
    const char *input = value_name(model, true, model->input);
    const char *output = value_name(model, false, model->output);
    own.input_name = input ? input : "";
    own.output_name = output ? output : "";
    if (input) {
        memcpy(own.input_dims, graph->values[graph->inputs[model->input]].dims,
               sizeof(own.input_dims));
    }
    rl_info_copy(info, &own, sizeof(own));
}

int relief_model_input_count(const relief_model *model) {
    return rl_net_graph(model->net)->input_count;
}

const char *relief_model_input_name(const relief_model *model, int index) {
    return value_name(model, true, index);
}

int relief_model_output_count(const relief_model *model) {
    return rl_net_graph(model->net)->output_count;
}

const char *relief_model_output_name(const relief_model *model, int index) {
    return value_name(model, false, index);
}

relief_status relief_model_run(relief_ctx *ctx, const relief_model *model,
                               relief_tensor *const *inputs, relief_tensor **outputs) {
    return rl_net_run(ctx, model->net, inputs, outputs);
}

relief_status relief_model_profile(relief_ctx *ctx, const relief_model *model,
                                   relief_tensor *const *inputs, relief_tensor **outputs,
                                   relief_profile *profile) {
    if (!profile) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "no profile is given");
    }
    return rl_net_profile(ctx, model->net, inputs, outputs, profile);
}
