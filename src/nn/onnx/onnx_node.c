/* SPDX-License-Identifier: Apache-2.0 */
/* NodeProto and AttributeProto. */
#include "nn/onnx/onnx_reader.h"

#include <stdio.h>
#include <string.h>

enum {
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OP_TYPE = 4,
    NODE_ATTRIBUTE = 5,
    NODE_DOMAIN = 7
};
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_F = 2,
    ATTRIBUTE_I = 3,
    ATTRIBUTE_S = 4,
    ATTRIBUTE_T = 5,
    ATTRIBUTE_FLOATS = 7,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_STRINGS = 9,
    ATTRIBUTE_TYPE = 20,
    ATTRIBUTE_REFERENCE = 21
};

/* More than any operator has; a file cannot ask for more memory by claiming more. */
#define MAX_NODE_VALUES 4096
#define MAX_NODE_ATTRIBUTES 64
#define MAX_LIST ((int64_t)1 << 20) /* numbers of an attribute; one byte of a file makes eight */

static bool is_list(int field) {
    return field == ATTRIBUTE_FLOATS || field == ATTRIBUTE_INTS || field == ATTRIBUTE_STRINGS;
}

/* What kind of attribute a field makes, for old files that do not say it. */
static rl_attribute_type type_of_field(int field) {
    static const rl_attribute_type types[] = {
        [ATTRIBUTE_F] = RL_ATTRIBUTE_FLOAT,        [ATTRIBUTE_I] = RL_ATTRIBUTE_INT,
        [ATTRIBUTE_S] = RL_ATTRIBUTE_STRING,       [ATTRIBUTE_T] = RL_ATTRIBUTE_TENSOR,
        [ATTRIBUTE_FLOATS] = RL_ATTRIBUTE_FLOATS,  [ATTRIBUTE_INTS] = RL_ATTRIBUTE_INTS,
        [ATTRIBUTE_STRINGS] = RL_ATTRIBUTE_STRINGS};
    return field <= ATTRIBUTE_STRINGS ? types[field] : RL_ATTRIBUTE_OTHER;
}

static float bits_to_float(uint64_t bits) {
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof(value));
    return value;
}

/* Count the entries of one field of a list; false: damaged. */
static bool count_list(const rl_wire_field *field, int64_t *count) {
    if (field->number == ATTRIBUTE_STRINGS || field->type != RL_WIRE_BYTES) {
        (*count)++;
        return true;
    }
    if (field->number == ATTRIBUTE_FLOATS) {
        *count += (int64_t)(field->size / 4);
        return field->size % 4 == 0;
    }
    for (size_t i = 0; i < field->size; i++) {
        *count += field->data[i] < 0x80;
    }
    return true;
}

/* Copy the entries of a list of numbers, one field after the other. */
static bool copy_list(const rl_wire_field *field, float **floats, int64_t **ints) {
    bool is_float = field->number == ATTRIBUTE_FLOATS;
    if (field->type != RL_WIRE_BYTES) {
        if (field->type != (is_float ? RL_WIRE_FIXED32 : RL_WIRE_VARINT)) {
            return false;
        }
        if (is_float) {
            *(*floats)++ = bits_to_float(field->value);
        } else {
            *(*ints)++ = (int64_t)field->value;
        }
        return true;
    }
    if (is_float) {
        if (field->size) {
            memcpy(*floats, field->data, field->size);
        }
        *floats += field->size / 4;
        return true;
    }
    rl_wire list = rl_wire_enter(field);
    uint64_t value;
    while (rl_wire_varint(&list, &value)) {
        *(*ints)++ = (int64_t)value;
    }
    return !list.damaged;
}

/* Second reading of a list attribute: its `count` numbers into the arena. */
static relief_status read_list(const rl_onnx_reader *reader, rl_wire wire,
                               rl_attribute *attribute) {
    bool is_float = attribute->type == RL_ATTRIBUTE_FLOATS;
    int number = is_float ? ATTRIBUTE_FLOATS : ATTRIBUTE_INTS;
    size_t size = is_float ? sizeof(float) : sizeof(int64_t);
    void *memory;
    if (attribute->count > MAX_LIST) {
        return rl_onnx_fail(reader, RELIEF_ERROR_LIMIT, "attribute %.100s has %lld numbers",
                            attribute->name, (long long)attribute->count);
    }
    relief_status status =
        rl_graph_alloc(reader->ctx, reader->graph, (size_t)attribute->count, size, &memory);
    if (status) {
        return status;
    }
    float *floats = memory;
    int64_t *ints = memory;
    if (is_float) {
        attribute->floats = memory;
    } else {
        attribute->ints = memory;
    }
    rl_wire_field field;
    while (rl_wire_next(&wire, &field)) {
        if (field.number == number && !copy_list(&field, &floats, &ints)) {
            return rl_onnx_damaged(reader, "list attribute");
        }
    }
    return RELIEF_OK;
}

/* What one reading of an AttributeProto finds. */
typedef struct attribute_fields {
    rl_text name, text;
    rl_wire tensor;
    uint64_t type;
    bool has_type, is_reference;
    float f;
    int64_t i;
    int seen;                             /* the field that holds the value, 0: none */
    int64_t count[ATTRIBUTE_STRINGS + 1]; /* of each list */
} attribute_fields;

static void add_attribute_field(attribute_fields *found, rl_wire *wire,
                                const rl_wire_field *field) {
    if (field->number >= ATTRIBUTE_F && field->number <= ATTRIBUTE_STRINGS) {
        found->seen = field->number;
    }
    if (is_list(field->number)) {
        wire->damaged |= !count_list(field, &found->count[field->number]);
    } else if (rl_wire_is(wire, field, ATTRIBUTE_NAME, RL_WIRE_BYTES)) {
        found->name = rl_text_of(field);
    } else if (rl_wire_is(wire, field, ATTRIBUTE_F, RL_WIRE_FIXED32)) {
        found->f = bits_to_float(field->value);
    } else if (rl_wire_is(wire, field, ATTRIBUTE_I, RL_WIRE_VARINT)) {
        found->i = (int64_t)field->value;
    } else if (rl_wire_is(wire, field, ATTRIBUTE_S, RL_WIRE_BYTES)) {
        found->text = rl_text_of(field);
    } else if (rl_wire_is(wire, field, ATTRIBUTE_T, RL_WIRE_BYTES)) {
        found->tensor = rl_wire_enter(field);
    } else if (rl_wire_is(wire, field, ATTRIBUTE_TYPE, RL_WIRE_VARINT)) {
        found->type = field->value;
        found->has_type = field->value != 0;
    } else if (field->number == ATTRIBUTE_REFERENCE) {
        found->is_reference = true;
    }
}

static rl_attribute_type attribute_type(const attribute_fields *found) {
    if (found->is_reference) {
        return RL_ATTRIBUTE_OTHER;
    }
    if (!found->has_type) {
        return type_of_field(found->seen);
    }
    switch (found->type) {
    case RL_ATTRIBUTE_FLOAT:
    case RL_ATTRIBUTE_INT:
    case RL_ATTRIBUTE_STRING:
    case RL_ATTRIBUTE_TENSOR:
    case RL_ATTRIBUTE_FLOATS:
    case RL_ATTRIBUTE_INTS:
    case RL_ATTRIBUTE_STRINGS:
        return (rl_attribute_type)found->type;
    default:
        return RL_ATTRIBUTE_OTHER;
    }
}

static relief_status read_attribute(rl_onnx_reader *reader, rl_wire wire, rl_attribute *attribute) {
    static const uint8_t nothing[1] = {0};
    attribute_fields found = {.name = {nothing, 0}, .text = {nothing, 0}};
    rl_wire reading = wire;
    rl_wire_field field;
    while (rl_wire_next(&reading, &field)) {
        add_attribute_field(&found, &reading, &field);
    }
    relief_status status = rl_onnx_end(reader, &reading, "attribute");
    if (!status && !found.name.size) {
        status = rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "an attribute without a name");
    }
    if (!status) {
        status = rl_onnx_copy_text(reader, found.name, &attribute->name);
    }
    if (status) {
        return status;
    }
    rl_text no_name;
    relief_tensor *tensor;
    attribute->type = attribute_type(&found);
    switch (attribute->type) {
    case RL_ATTRIBUTE_FLOAT:
        attribute->f = found.f;
        return RELIEF_OK;
    case RL_ATTRIBUTE_INT:
        attribute->i = found.i;
        return RELIEF_OK;
    case RL_ATTRIBUTE_STRING:
        return rl_onnx_copy_text(reader, found.text, &attribute->s);
    case RL_ATTRIBUTE_TENSOR:
        status = rl_onnx_tensor(reader, found.tensor, &tensor, &no_name);
        if (!status) {
            attribute->tensor = tensor;
        }
        return status;
    case RL_ATTRIBUTE_FLOATS:
    case RL_ATTRIBUTE_INTS:
        attribute->count =
            found.count[attribute->type == RL_ATTRIBUTE_FLOATS ? ATTRIBUTE_FLOATS : ATTRIBUTE_INTS];
        return read_list(reader, wire, attribute);
    case RL_ATTRIBUTE_STRINGS:
        attribute->count = found.count[ATTRIBUTE_STRINGS];
        return RELIEF_OK;
    case RL_ATTRIBUTE_OTHER:
        return RELIEF_OK;
    }
    return RELIEF_OK;
}

/* First reading of a node: its names, and how much there is of the rest. */
static relief_status read_head(const rl_onnx_reader *reader, rl_wire wire, rl_node *node) {
    static const uint8_t nothing[1] = {0};
    rl_text name = {nothing, 0}, op_type = name, domain = name;
    int64_t inputs = 0, outputs = 0, attributes = 0;
    rl_wire_field field;
    while (rl_wire_next(&wire, &field)) {
        if (rl_wire_is(&wire, &field, NODE_INPUT, RL_WIRE_BYTES)) {
            inputs++;
        } else if (rl_wire_is(&wire, &field, NODE_OUTPUT, RL_WIRE_BYTES)) {
            outputs++;
        } else if (rl_wire_is(&wire, &field, NODE_ATTRIBUTE, RL_WIRE_BYTES)) {
            attributes++;
        } else if (rl_wire_is(&wire, &field, NODE_NAME, RL_WIRE_BYTES)) {
            name = rl_text_of(&field);
        } else if (rl_wire_is(&wire, &field, NODE_OP_TYPE, RL_WIRE_BYTES)) {
            op_type = rl_text_of(&field);
        } else if (rl_wire_is(&wire, &field, NODE_DOMAIN, RL_WIRE_BYTES)) {
            domain = rl_text_of(&field);
        }
    }
    relief_status status = rl_onnx_end(reader, &wire, "node");
    if (status) {
        return status;
    }
    if (inputs > MAX_NODE_VALUES || outputs > MAX_NODE_VALUES || attributes > MAX_NODE_ATTRIBUTES) {
        return rl_onnx_fail(reader, RELIEF_ERROR_LIMIT,
                            "a node has %lld inputs, %lld outputs and %lld attributes",
                            (long long)inputs, (long long)outputs, (long long)attributes);
    }
    node->input_count = (int)inputs;
    node->output_count = (int)outputs;
    node->attribute_count = (int)attributes;
    status = rl_onnx_copy_text(reader, name, &node->name);
    if (!status) {
        status = rl_onnx_copy_text(reader, op_type, &node->op_type);
    }
    if (!status) {
        status = rl_onnx_copy_text(reader, domain, &node->domain);
    }
    if (!status && !strcmp(node->domain, "ai.onnx")) {
        node->domain = "";
    }
    return status;
}

static relief_status alloc_lists(const rl_onnx_reader *reader, rl_node *node,
                                 rl_attribute **attributes) {
    void *inputs, *outputs, *memory;
    relief_status status =
        rl_graph_alloc(reader->ctx, reader->graph, (size_t)node->input_count, sizeof(int), &inputs);
    if (!status) {
        status = rl_graph_alloc(reader->ctx, reader->graph, (size_t)node->output_count, sizeof(int),
                                &outputs);
    }
    if (!status) {
        status = rl_graph_alloc(reader->ctx, reader->graph, (size_t)node->attribute_count,
                                sizeof(rl_attribute), &memory);
    }
    if (status) {
        return status;
    }
    node->inputs = inputs;
    node->outputs = outputs;
    *attributes = memory;
    node->attributes = memory;
    return RELIEF_OK;
}

/* A node without a name is called after its first output, or its place in the file. */
static relief_status name_node(const rl_onnx_reader *reader, int index, rl_node *node) {
    char text[32];
    if (*node->name) {
        return RELIEF_OK;
    }
    if (node->output_count && node->outputs[0] != RL_NO_VALUE) {
        node->name = reader->graph->values[node->outputs[0]].name;
        return RELIEF_OK;
    }
    snprintf(text, sizeof(text), "#%d", index);
    return rl_onnx_copy_text(reader, (rl_text){(const uint8_t *)text, strlen(text)}, &node->name);
}

static relief_status refuse_doubled(const rl_onnx_reader *reader, const rl_node *node) {
    for (int i = 1; i < node->attribute_count; i++) {
        for (int j = 0; j < i; j++) {
            if (!strcmp(node->attributes[i].name, node->attributes[j].name)) {
                return rl_fail_node(reader->ctx, reader->graph, node, RELIEF_ERROR_FORMAT,
                                    "attribute %.100s is there twice", node->attributes[i].name);
            }
        }
    }
    return RELIEF_OK;
}

relief_status rl_onnx_node(rl_onnx_reader *reader, rl_wire wire, int index, rl_node *node) {
    rl_attribute *attributes;
    relief_status status = read_head(reader, wire, node);
    if (!status) {
        status = alloc_lists(reader, node, &attributes);
    }
    int output = 0, attribute = 0;
    rl_wire_field field;
    while (!status && rl_wire_next(&wire, &field)) {
        if (field.number == NODE_OUTPUT) {
            node->outputs[output] = RL_NO_VALUE;
            if (field.size) {
                status = rl_onnx_define(reader, rl_text_of(&field), "node output",
                                        &node->outputs[output]);
            }
            output++;
        } else if (field.number == NODE_ATTRIBUTE) {
            status = read_attribute(reader, rl_wire_enter(&field), &attributes[attribute++]);
        }
    }
    if (!status) {
        status = name_node(reader, index, node);
    }
    if (!status) {
        status = refuse_doubled(reader, node);
    }
    return status;
}

relief_status rl_onnx_node_inputs(const rl_onnx_reader *reader, rl_wire wire, rl_node *node) {
    int input = 0, last = 0;
    rl_wire_field field;
    while (rl_wire_next(&wire, &field)) {
        if (field.number != NODE_INPUT) {
            continue;
        }
        rl_text name = rl_text_of(&field);
        int value = name.size ? rl_names_find(&reader->names, name) : RL_NO_VALUE;
        if (name.size && value < 0) {
            return rl_fail_node(reader->ctx, reader->graph, node, RELIEF_ERROR_FORMAT,
                                "its input '%.*s' does not exist",
                                (int)(name.size < 100 ? name.size : 100), (const char *)name.data);
        }
        node->inputs[input++] = value;
        if (value != RL_NO_VALUE) {
            last = input;
        }
    }
    node->input_count = last; /* inputs left out at the end are the same as none */
    node->own_input_count = last;
    return RELIEF_OK;
}

/* A tensor of rank 0 or 1 around numbers that are in the arena already. */
static relief_status wrap_numbers(rl_onnx_reader *reader, relief_dtype dtype, int rank,
                                  int64_t count, const void *data, const relief_tensor **out) {
    void *memory;
    relief_status status =
        rl_graph_alloc(reader->ctx, reader->graph, 1, sizeof(relief_tensor), &memory);
    if (status) {
        return status;
    }
    relief_tensor *tensor = memory;
    *tensor = (relief_tensor){.dtype = dtype,
                              .rank = rank,
                              .dims = {rank ? count : 0},
                              .bytes = (size_t)count * rl_dtype_size(dtype),
                              .data = (void *)(uintptr_t)data};
    *out = tensor;
    return RELIEF_OK;
}

relief_status rl_onnx_constant(rl_onnx_reader *reader, const rl_node *node,
                               const relief_tensor **out) {
    if (node->input_count != 0 || node->output_count != 1 || node->attribute_count != 1) {
        return rl_fail_node(reader->ctx, reader->graph, node, RELIEF_ERROR_FORMAT,
                            "a constant has no input, one output and one attribute");
    }
    const rl_attribute *a = node->attributes;
    if (!strcmp(a->name, "value") && a->type == RL_ATTRIBUTE_TENSOR) {
        *out = a->tensor;
        return RELIEF_OK;
    }
    if (!strcmp(a->name, "value_float") && a->type == RL_ATTRIBUTE_FLOAT) {
        return wrap_numbers(reader, RELIEF_F32, 0, 1, &a->f, out);
    }
    if (!strcmp(a->name, "value_int") && a->type == RL_ATTRIBUTE_INT) {
        return wrap_numbers(reader, RELIEF_I64, 0, 1, &a->i, out);
    }
    if (!strcmp(a->name, "value_floats") && a->type == RL_ATTRIBUTE_FLOATS) {
        return wrap_numbers(reader, RELIEF_F32, 1, a->count, a->floats, out);
    }
    if (!strcmp(a->name, "value_ints") && a->type == RL_ATTRIBUTE_INTS) {
        return wrap_numbers(reader, RELIEF_I64, 1, a->count, a->ints, out);
    }
    return rl_fail_node(reader->ctx, reader->graph, node, RELIEF_ERROR_UNSUPPORTED,
                        "attribute %.100s is not supported", a->name);
}
