/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct onnx_builder {
    pb_message model, graph;
    pb_message node; /* of the node that is open */
    bool node_open;
};

/* Field numbers of onnx.proto. */
enum { MODEL_IR_VERSION = 1, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_METADATA = 14 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP_TYPE = 4, NODE_ATTRIBUTE = 5 };
enum { NODE_DOMAIN = 7 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { TENSOR_EXTERNAL = 13, TENSOR_LOCATION = 14 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_F = 2, ATTRIBUTE_I = 3, ATTRIBUTE_S = 4, ATTRIBUTE_T = 5 };
enum { ATTRIBUTE_FLOATS = 7, ATTRIBUTE_INTS = 8, ATTRIBUTE_TYPE = 20 };
/* AttributeProto.AttributeType */
enum {
    TYPE_FLOAT = 1,
    TYPE_INT = 2,
    TYPE_STRING = 3,
    TYPE_TENSOR = 4,
    TYPE_FLOATS = 6,
    TYPE_INTS = 7
};
enum { WIRE_VARINT = 0, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

void pb_put_raw(pb_message *message, const void *data, size_t size) {
    if (message->size + size > message->capacity) {
        message->capacity = (message->size + size) * 2;
        message->bytes = realloc(message->bytes, message->capacity);
        if (!message->bytes) {
            abort();
        }
    }
    if (size) {
        memcpy(message->bytes + message->size, data, size);
    }
    message->size += size;
}

static void put_number(pb_message *message, uint64_t value) {
    uint8_t bytes[10];
    size_t count = 0;
    for (; value > 0x7f; value >>= 7) {
        bytes[count++] = (uint8_t)(value | 0x80);
    }
    bytes[count++] = (uint8_t)value;
    pb_put_raw(message, bytes, count);
}

static void put_tag(pb_message *message, int field, int wire) {
    put_number(message, (uint64_t)field << 3 | (uint64_t)wire);
}

void pb_put_varint(pb_message *message, int field, uint64_t value) {
    put_tag(message, field, WIRE_VARINT);
    put_number(message, value);
}

void pb_put_float(pb_message *message, int field, float value) {
    put_tag(message, field, WIRE_FIXED32);
    pb_put_raw(message, &value, sizeof value);
}

void pb_put_bytes(pb_message *message, int field, const void *data, size_t size) {
    put_tag(message, field, WIRE_BYTES);
    put_number(message, size);
    pb_put_raw(message, data, size);
}

void pb_put_text(pb_message *message, int field, const char *text) {
    pb_put_bytes(message, field, text, strlen(text));
}

void pb_put_message(pb_message *message, int field, pb_message *inner) {
    pb_put_bytes(message, field, inner->bytes, inner->size);
    free(inner->bytes);
    *inner = (pb_message){0};
}

static void close_node(onnx_builder *builder) {
    if (builder->node_open) {
        pb_put_message(&builder->graph, GRAPH_NODE, &builder->node);
    }
    builder->node_open = false;
}

onnx_builder *onnx_builder_new(int opset) {
    onnx_builder *builder = calloc(1, sizeof *builder);
    if (!builder) {
        abort();
    }
    pb_put_varint(&builder->model, MODEL_IR_VERSION, 7);
    onnx_add_opset(builder, "", opset);
    pb_put_text(&builder->graph, GRAPH_NAME, "test");
    return builder;
}

void onnx_builder_free(onnx_builder *builder) {
    if (!builder) {
        return;
    }
    free(builder->model.bytes);
    free(builder->graph.bytes);
    free(builder->node.bytes);
    free(builder);
}

uint8_t *onnx_builder_finish(onnx_builder *builder, size_t *size) {
    close_node(builder);
    pb_put_message(&builder->model, MODEL_GRAPH, &builder->graph);
    uint8_t *bytes = builder->model.bytes;
    *size = builder->model.size;
    builder->model = (pb_message){0};
    onnx_builder_free(builder);
    return bytes;
}

/* A ValueInfoProto whose type is a tensor. */
static void add_value_info(onnx_builder *builder, int field, const char *name, relief_dtype dtype,
                           int rank, const int64_t *dims) {
    pb_message shape = {0}, tensor = {0}, type = {0}, info = {0};
    for (int i = 0; i < rank; i++) {
        pb_message dim = {0};
        if (dims[i] >= 0) {
            pb_put_varint(&dim, 1, (uint64_t)dims[i]);
        } else {
            char text[16];
            snprintf(text, sizeof text, "size%d", i);
            pb_put_text(&dim, 2, text);
        }
        pb_put_message(&shape, 1, &dim);
    }
    pb_put_varint(&tensor, 1, (uint64_t)dtype);
    if (rank >= 0) {
        pb_put_message(&tensor, 2, &shape);
    }
    pb_put_message(&type, 1, &tensor);
    pb_put_text(&info, 1, name);
    pb_put_message(&info, 2, &type);
    pb_put_message(&builder->graph, field, &info);
}

void onnx_add_input(onnx_builder *builder, const char *name, relief_dtype dtype, int rank,
                    const int64_t *dims) {
    close_node(builder);
    add_value_info(builder, GRAPH_INPUT, name, dtype, rank, dims);
}

void onnx_add_output(onnx_builder *builder, const char *name, relief_dtype dtype, int rank,
                     const int64_t *dims) {
    close_node(builder);
    add_value_info(builder, GRAPH_OUTPUT, name, dtype, rank, dims);
}

static size_t element_size(relief_dtype dtype) {
    switch (dtype) {
    case RELIEF_U8:
    case RELIEF_I8:
    case RELIEF_BOOL:
        return 1;
    case RELIEF_F16:
    case RELIEF_BF16:
        return 2;
    case RELIEF_I64:
    case RELIEF_F64:
        return 8;
    case RELIEF_F32:
    case RELIEF_I32:
        return 4;
    }
    abort();
}

static void put_tensor_head(pb_message *tensor, const char *name, relief_dtype dtype, int rank,
                            const int64_t *dims) {
    for (int i = 0; i < rank; i++) {
        pb_put_varint(tensor, TENSOR_DIMS, (uint64_t)dims[i]);
    }
    pb_put_varint(tensor, TENSOR_TYPE, (uint64_t)dtype);
    if (name) {
        pb_put_text(tensor, TENSOR_NAME, name);
    }
}

static pb_message tensor_message(const char *name, relief_dtype dtype, int rank,
                                 const int64_t *dims, const void *data) {
    pb_message tensor = {0};
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        count *= (size_t)dims[i];
    }
    put_tensor_head(&tensor, name, dtype, rank, dims);
    pb_put_bytes(&tensor, TENSOR_RAW, data, count * element_size(dtype));
    return tensor;
}

void onnx_add_tensor_message(onnx_builder *builder, pb_message *tensor) {
    close_node(builder);
    pb_put_message(&builder->graph, GRAPH_INITIALIZER, tensor);
}

void onnx_add_tensor(onnx_builder *builder, const char *name, relief_dtype dtype, int rank,
                     const int64_t *dims, const void *data) {
    pb_message tensor = tensor_message(name, dtype, rank, dims, data);
    onnx_add_tensor_message(builder, &tensor);
}

void onnx_add_floats(onnx_builder *builder, const char *name, int rank, const int64_t *dims,
                     const float *data) {
    onnx_add_tensor(builder, name, RELIEF_F32, rank, dims, data);
}

void onnx_add_int64s(onnx_builder *builder, const char *name, int count, const int64_t *data) {
    onnx_add_tensor(builder, name, RELIEF_I64, 1, (int64_t[]){count}, data);
}

static void put_entry(pb_message *message, int field, const char *key, const char *value) {
    pb_message entry = {0};
    pb_put_text(&entry, 1, key);
    pb_put_text(&entry, 2, value);
    pb_put_message(message, field, &entry);
}

void onnx_add_external(onnx_builder *builder, const char *name, relief_dtype dtype, int64_t count,
                       const onnx_place *place) {
    pb_message tensor = {0};
    char text[32];
    put_tensor_head(&tensor, name, dtype, 1, &count);
    put_entry(&tensor, TENSOR_EXTERNAL, "location", place->location);
    snprintf(text, sizeof text, "%lld", (long long)place->offset);
    put_entry(&tensor, TENSOR_EXTERNAL, "offset", text);
    snprintf(text, sizeof text, "%lld", (long long)place->length);
    put_entry(&tensor, TENSOR_EXTERNAL, "length", text);
    pb_put_varint(&tensor, TENSOR_LOCATION, 1);
    onnx_add_tensor_message(builder, &tensor);
}

static void put_names(pb_message *node, int field, const char *names) {
    while (*names) {
        size_t length = strcspn(names, ",");
        pb_put_bytes(node, field, names, length);
        names += length;
        if (*names == ',') {
            names++;
        }
    }
}

void onnx_add_node(onnx_builder *builder, const char *op_type, const char *name, const char *inputs,
                   const char *outputs) {
    close_node(builder);
    builder->node_open = true;
    put_names(&builder->node, NODE_INPUT, inputs);
    put_names(&builder->node, NODE_OUTPUT, outputs);
    pb_put_text(&builder->node, NODE_NAME, name);
    pb_put_text(&builder->node, NODE_OP_TYPE, op_type);
}

void onnx_set_domain(onnx_builder *builder, const char *domain) {
    pb_put_text(&builder->node, NODE_DOMAIN, domain);
}

void onnx_set_message(onnx_builder *builder, pb_message *attribute) {
    pb_put_message(&builder->node, NODE_ATTRIBUTE, attribute);
}

static pb_message attribute_message(const char *name, int type) {
    pb_message attribute = {0};
    pb_put_text(&attribute, ATTRIBUTE_NAME, name);
    pb_put_varint(&attribute, ATTRIBUTE_TYPE, (uint64_t)type);
    return attribute;
}

void onnx_set_int(onnx_builder *builder, const char *name, int64_t value) {
    pb_message attribute = attribute_message(name, TYPE_INT);
    pb_put_varint(&attribute, ATTRIBUTE_I, (uint64_t)value);
    onnx_set_message(builder, &attribute);
}

void onnx_set_float(onnx_builder *builder, const char *name, float value) {
    pb_message attribute = attribute_message(name, TYPE_FLOAT);
    pb_put_float(&attribute, ATTRIBUTE_F, value);
    onnx_set_message(builder, &attribute);
}

void onnx_set_string(onnx_builder *builder, const char *name, const char *value) {
    pb_message attribute = attribute_message(name, TYPE_STRING);
    pb_put_text(&attribute, ATTRIBUTE_S, value);
    onnx_set_message(builder, &attribute);
}

void onnx_set_ints(onnx_builder *builder, const char *name, int count, const int64_t *values) {
    pb_message attribute = attribute_message(name, TYPE_INTS);
    for (int i = 0; i < count; i++) {
        pb_put_varint(&attribute, ATTRIBUTE_INTS, (uint64_t)values[i]);
    }
    onnx_set_message(builder, &attribute);
}

void onnx_set_floats(onnx_builder *builder, const char *name, int count, const float *values) {
    pb_message attribute = attribute_message(name, TYPE_FLOATS);
    for (int i = 0; i < count; i++) {
        pb_put_float(&attribute, ATTRIBUTE_FLOATS, values[i]);
    }
    onnx_set_message(builder, &attribute);
}

void onnx_set_tensor(onnx_builder *builder, const char *name, relief_dtype dtype, int rank,
                     const int64_t *dims, const void *data) {
    pb_message attribute = attribute_message(name, TYPE_TENSOR);
    pb_message tensor = tensor_message(NULL, dtype, rank, dims, data);
    pb_put_message(&attribute, ATTRIBUTE_T, &tensor);
    onnx_set_message(builder, &attribute);
}

void onnx_add_metadata(onnx_builder *builder, const char *key, const char *value) {
    put_entry(&builder->model, MODEL_METADATA, key, value);
}

void onnx_add_opset(onnx_builder *builder, const char *domain, int version) {
    pb_message opset = {0};
    pb_put_text(&opset, 1, domain);
    pb_put_varint(&opset, 2, (uint64_t)version);
    pb_put_message(&builder->model, MODEL_OPSET, &opset);
}

pb_message *onnx_builder_graph(onnx_builder *builder) {
    close_node(builder);
    return &builder->graph;
}

pb_message *onnx_builder_model(onnx_builder *builder) {
    return &builder->model;
}
