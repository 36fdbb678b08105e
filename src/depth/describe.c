/* SPDX-License-Identifier: Apache-2.0 */
/* Where a descriptor comes from; descriptor_rules.h states the order. */
#include "depth/descriptor_rules.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"
#include "store/catalogue.h"
#include "store/store_files.h"

#include <stdio.h>
#include <string.h>

#define MAX_JSON_BYTES ((size_t)1 << 20)

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    size_t tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

/* Names of inputs and outputs in an entry are those of its own file; another export of the network
 * has its own. */
static void drop_absent_names(const rl_graph *graph, rl_descriptor *descriptor) {
    if (rl_rules_input(graph, descriptor) < 0) {
        descriptor->input_name[0] = 0;
    }
    if (rl_rules_output(graph, descriptor) < 0) {
        descriptor->output_name[0] = 0;
    }
}

static relief_status from_like(relief_ctx *ctx, const rl_graph *graph, const char *like,
                               rl_descriptor *descriptor) {
    int index = rl_catalogue_find(like);
    if (index < 0) {
        return rl_fail(ctx, RELIEF_ERROR_ARG,
                       "%s: no network of the catalogue (`relief model list` shows those that "
                       "--like takes)",
                       like);
    }
    relief_status status =
        rl_descriptor_read(ctx, rl_catalogue_descriptor(index), like, descriptor);
    drop_absent_names(graph, descriptor);
    return status;
}

/* FILE.json for FILE.onnx, when it is there. */
static relief_status from_json(relief_ctx *ctx, const char *path, rl_descriptor *descriptor,
                               bool *found) {
    int stem = (int)(strlen(path) - (ends_with(path, ".onnx") ? strlen(".onnx") : 0));
    char *file = rl_format("%.*s.json", stem, path);
    if (!file) {
        return rl_fail_memory(ctx, strlen(path));
    }
    relief_status status = RELIEF_OK;
    uint8_t *data = NULL;
    size_t size = 0;
    *found = !rl_is_builtin(path) && rl_os_exists(file);
    if (*found) {
        status = rl_os_read_all(ctx, file, MAX_JSON_BYTES, &data, &size);
    }
    if (*found && !status) {
        json_error_t error;
        json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, &error);
        status = root ? rl_descriptor_read(ctx, root, file, descriptor)
                      : rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: line %d: %s", file, error.line,
                                error.text);
        json_decref(root);
    }
    rl_free(data);
    rl_free(file);
    return status;
}

/* The metadata relief.KEY as one JSON object, NULL when the file has none. A value that is no JSON
 * is a text. */
static json_t *metadata_object(const rl_net *net) {
    json_t *object = NULL;
    for (int i = 0; rl_descriptor_keys[i]; i++) {
        char key[64];
        snprintf(key, sizeof(key), "relief.%s", rl_descriptor_keys[i]);
        const char *text = rl_net_metadata(net, key);
        if (!text) {
            continue;
        }
        json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
        object = object ? object : json_object();
        json_object_set_new(object, rl_descriptor_keys[i], value ? value : json_string(text));
    }
    return object;
}

static relief_status from_metadata(relief_ctx *ctx, const rl_net *net, const char *path,
                                   rl_descriptor *descriptor, bool *found) {
    json_t *object = metadata_object(net);
    *found = object != NULL;
    relief_status status = object ? rl_descriptor_read(ctx, object, path, descriptor) : RELIEF_OK;
    json_decref(object);
    return status;
}

/* The entry that a file is: by its SHA-256, which is on record for files of the store, and computed
 * where the file's size is that of an entry; else by its name. */
static int recognise(const rl_net *net, const char *path) {
    size_t size = 0;
    char digits[RL_SHA256_DIGITS + 1];
    const uint8_t *data = rl_net_file_data(net, &size);
    bool hashed = rl_store_recorded(path, digits);
    if (!hashed && data && rl_catalogue_knows_size((int64_t)size)) {
        rl_net_reads_all(net);
        rl_sha256(data, size, digits);
        hashed = true;
    }
    if (hashed) {
        int index = rl_catalogue_find_sha256(digits);
        if (index >= 0) {
            return index;
        }
    }
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    for (int i = 0; i < relief_catalogue_count(); i++) {
        relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
        size_t length = relief_catalogue_get(i, &entry) ? strlen(entry.name) : 0;
        if (length && !*entry.sha256 && strncmp(file, entry.name, length) == 0 &&
            strcmp(file + length, ".onnx") == 0) {
            return i;
        }
    }
    return -1;
}

/* Fixed sizes are obeyed, and the network's sides are whatever the file says. */
static void obey_fixed_size(const rl_graph *graph, rl_descriptor *descriptor) {
    int input = rl_rules_input(graph, descriptor);
    if (input < 0) {
        return;
    }
    const int64_t *dims = graph->values[graph->inputs[input]].dims;
    bool fits = dims[2] <= RL_MAX_NETWORK_SIDE && dims[3] <= RL_MAX_NETWORK_SIDE;
    if (dims[2] > 0 && dims[3] > 0 && fits) {
        descriptor->height = (int)dims[2];
        descriptor->width = (int)dims[3];
        descriptor->rule = RL_SIZE_SQUARE;
    }
}

static void log_guess(relief_ctx *ctx, const rl_graph *graph, const char *path,
                      const rl_descriptor *d) {
    int output = rl_rules_output(graph, d);
    if (rl_rules_input(graph, d) < 0 || output < 0) {
        return;
    }
    char input[128] = "RGB 0..1 as it is";
    if (d->mean[0] != 0.0 || d->std[0] != 1.0) {
        snprintf(input, sizeof(input), "(RGB - %.4g,%.4g,%.4g) / %.4g,%.4g,%.4g", d->mean[0],
                 d->mean[1], d->mean[2], d->std[0], d->std[1], d->std[2]);
    }
    rl_log(ctx, RELIEF_LOG_INFO,
           "%s: guessed from the graph: %dx%d %s, multiples of %d, %s, output \"%s\" is %s "
           "(if that is wrong: --like NAME, --network-size WxH, or a .json file beside it)",
           path, d->width, d->height, rl_size_rule_name(d->rule), d->multiple, input,
           graph->values[graph->outputs[output]].name, rl_depth_kind_name(d->kind));
}

relief_status rl_describe(relief_ctx *ctx, const rl_net *net, const char *path, const char *like,
                          rl_description *out) {
    const rl_graph *graph = rl_net_graph(net);
    rl_descriptor *descriptor = &out->descriptor;
    out->entry = -1;
    relief_status status = rl_rules_guess(ctx, graph, descriptor);
    bool found = false;
    if (!status && like) {
        out->source = "like";
        found = true;
        status = from_like(ctx, graph, like, descriptor);
    }
    if (!status && !found) {
        out->source = "json";
        status = from_json(ctx, path, descriptor, &found);
    }
    if (!status && !found) {
        out->source = "metadata";
        status = from_metadata(ctx, net, path, descriptor, &found);
    }
    if (!status && !like) {
        out->entry =
            recognise(net, path); /* for its name and licence even where a file describes it */
    }
    if (!status && !found && out->entry >= 0) {
        out->source = "catalogue";
        found = true;
        status = rl_descriptor_read(ctx, rl_catalogue_descriptor(out->entry), path, descriptor);
        drop_absent_names(graph, descriptor);
    }
    if (status) {
        return status;
    }
    obey_fixed_size(graph, descriptor);
    if (!found) {
        out->source = "rules";
        log_guess(ctx, graph, path, descriptor);
    }
    return RELIEF_OK;
}
