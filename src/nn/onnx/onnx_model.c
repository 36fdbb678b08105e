/* SPDX-License-Identifier: Apache-2.0 */
/* ModelProto: versions, metadata, and the one graph. */
#include "nn/onnx/onnx_model.h"

#include "nn/onnx/onnx_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MODEL_IR_VERSION = 1, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_METADATA = 14 };

/* Before 3 there were no operator sets. */
#define MIN_IR_VERSION 3
#define MAX_IR_VERSION 13
#define MAX_METADATA 10000

relief_status rl_onnx_fail(const rl_onnx_reader *reader, relief_status status, const char *format,
                           ...) {
    char text[RL_MAX_ERROR_TEXT / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return rl_fail(reader->ctx, status, "%s: %s", reader->source->name, text);
}

relief_status rl_onnx_damaged(const rl_onnx_reader *reader, const char *what) {
    return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "is damaged, or no .onnx file (in a %s)",
                        what);
}

relief_status rl_onnx_end(const rl_onnx_reader *reader, const rl_wire *wire, const char *what) {
    return wire->damaged ? rl_onnx_damaged(reader, what) : RELIEF_OK;
}

relief_status rl_onnx_copy_text(const rl_onnx_reader *reader, rl_text text, const char **out) {
    *out = rl_arena_strndup(reader->graph->arena, (const char *)text.data, text.size);
    return *out ? RELIEF_OK : rl_fail_memory(reader->ctx, text.size);
}

relief_status rl_onnx_define(rl_onnx_reader *reader, rl_text name, const char *what, int *value) {
    rl_value fresh = {.rank = -1};
    if (!name.size) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "a %s without a name", what);
    }
    if (rl_names_find(&reader->names, name) >= 0) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "the name '%.*s' is there twice",
                            (int)(name.size < 100 ? name.size : 100), (const char *)name.data);
    }
    relief_status status = rl_onnx_copy_text(reader, name, &fresh.name);
    if (!status) {
        status = rl_graph_add_value(reader->ctx, reader->graph, &fresh, value);
    }
    if (!status) {
        status = rl_names_add(reader->ctx, &reader->names, name, *value);
    }
    return status;
}

/* The two texts (or text and number) of a small message: an operator set, or a metadata entry. */
typedef struct pair {
    rl_text first, second;
    uint64_t number;
} pair;

static relief_status read_pair(const rl_onnx_reader *reader, const rl_wire_field *field,
                               const char *what, pair *out) {
    rl_wire wire = rl_wire_enter(field);
    rl_wire_field part;
    *out = (pair){{(const uint8_t *)"", 0}, {(const uint8_t *)"", 0}, 0};
    while (rl_wire_next(&wire, &part)) {
        if (rl_wire_is(&wire, &part, 1, RL_WIRE_BYTES)) {
            out->first = rl_text_of(&part);
        } else if (part.number == 2 && part.type == RL_WIRE_BYTES) {
            out->second = rl_text_of(&part);
        } else if (part.number == 2) {
            out->number = part.value;
        }
    }
    return rl_onnx_end(reader, &wire, what);
}

/* What the top of the file says. */
typedef struct model_fields {
    uint64_t ir_version;
    uint64_t opset; /* of the default domain, 0: none */
    int graph_count;
    rl_wire graph;
    size_t metadata_count;
} model_fields;

static relief_status read_opset(const rl_onnx_reader *reader, const rl_wire_field *field,
                                model_fields *fields) {
    pair opset;
    relief_status status = read_pair(reader, field, "operator set", &opset);
    if (status) {
        return status;
    }
    if (!opset.first.size || (opset.first.size == 7 && !memcmp(opset.first.data, "ai.onnx", 7))) {
        fields->opset = opset.number;
    }
    return RELIEF_OK;
}

static relief_status read_fields(const rl_onnx_reader *reader, rl_wire wire, model_fields *fields) {
    rl_wire_field field;
    relief_status status = RELIEF_OK;
    while (!status && rl_wire_next(&wire, &field)) {
        if (rl_wire_is(&wire, &field, MODEL_IR_VERSION, RL_WIRE_VARINT)) {
            fields->ir_version = field.value;
        } else if (rl_wire_is(&wire, &field, MODEL_GRAPH, RL_WIRE_BYTES)) {
            fields->graph = rl_wire_enter(&field);
            fields->graph_count++;
        } else if (rl_wire_is(&wire, &field, MODEL_OPSET, RL_WIRE_BYTES)) {
            status = read_opset(reader, &field, fields);
        } else if (rl_wire_is(&wire, &field, MODEL_METADATA, RL_WIRE_BYTES)) {
            fields->metadata_count++;
        }
    }
    return status ? status : rl_onnx_end(reader, &wire, "model");
}

static relief_status check_fields(const rl_onnx_reader *reader, const model_fields *fields) {
    if (fields->ir_version == 0 || fields->graph_count != 1) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "is damaged, or no .onnx file");
    }
    if (fields->ir_version < MIN_IR_VERSION || fields->ir_version > MAX_IR_VERSION) {
        return rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED,
                            "IR version %llu is not supported (%d to %d are)",
                            (unsigned long long)fields->ir_version, MIN_IR_VERSION, MAX_IR_VERSION);
    }
    if (!fields->opset) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "does not say its operator set");
    }
    if (fields->opset < RL_ONNX_MIN_OPSET || fields->opset > RL_ONNX_MAX_OPSET) {
        return rl_onnx_fail(
            reader, RELIEF_ERROR_UNSUPPORTED, "operator set %llu is not supported (%d to %d are)",
            (unsigned long long)fields->opset, RL_ONNX_MIN_OPSET, RL_ONNX_MAX_OPSET);
    }
    if (fields->metadata_count > MAX_METADATA) {
        return rl_onnx_fail(reader, RELIEF_ERROR_LIMIT, "more than %d metadata entries",
                            MAX_METADATA);
    }
    return RELIEF_OK;
}

static relief_status read_metadata(const rl_onnx_reader *reader, rl_wire wire, size_t count) {
    rl_onnx_model *model = reader->model;
    void *memory;
    relief_status status =
        rl_graph_alloc(reader->ctx, reader->graph, count, sizeof(*model->metadata), &memory);
    if (status) {
        return status;
    }
    model->metadata = memory;
    rl_wire_field field;
    while (!status && rl_wire_next(&wire, &field)) {
        pair entry;
        if (field.number != MODEL_METADATA) {
            continue;
        }
        rl_onnx_property *property = &model->metadata[model->metadata_count];
        status = read_pair(reader, &field, "metadata entry", &entry);
        if (!status) {
            status = rl_onnx_copy_text(reader, entry.first, &property->key);
        }
        if (!status) {
            status = rl_onnx_copy_text(reader, entry.second, &property->value);
        }
        if (!status) {
            model->metadata_count++;
        }
    }
    return status;
}

static relief_status read_model(rl_onnx_reader *reader) {
    const rl_onnx_source *source = reader->source;
    rl_wire wire = rl_wire_begin(source->data, source->size);
    model_fields fields = {0};
    const char *name;
    if (!source->size) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "is empty");
    }
    relief_status status = read_fields(reader, wire, &fields);
    if (!status) {
        status = check_fields(reader, &fields);
    }
    if (!status) {
        status = rl_onnx_copy_text(
            reader, (rl_text){(const uint8_t *)source->name, strlen(source->name)}, &name);
    }
    if (status) {
        return status;
    }
    reader->graph->source = name;
    reader->graph->opset = (int)fields.opset;
    status = read_metadata(reader, wire, fields.metadata_count);
    return status ? status : rl_onnx_graph(reader, fields.graph);
}

relief_status rl_onnx_read(relief_ctx *ctx, const rl_onnx_source *source, rl_onnx_model **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_onnx_model), &memory);
    if (status) {
        return status;
    }
    rl_onnx_model *model = memory;
    status = rl_graph_new(ctx, &model->graph);
    if (!status) {
        rl_onnx_reader reader = {
            .ctx = ctx, .source = source, .model = model, .graph = model->graph};
        status = read_model(&reader);
        rl_names_clear(&reader.names);
        rl_names_clear(&reader.externals);
        rl_free(reader.folder);
    }
    if (status) {
        rl_onnx_free(model);
        return status;
    }
    *out = model;
    return RELIEF_OK;
}

void rl_onnx_free(rl_onnx_model *model) {
    if (!model) {
        return;
    }
    rl_graph_free(model->graph);
    for (size_t i = 0; i < model->external_count; i++) {
        rl_os_unmap(model->externals[i]);
    }
    rl_free(model->externals);
    rl_free(model);
}
