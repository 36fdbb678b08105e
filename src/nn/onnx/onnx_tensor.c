/* SPDX-License-Identifier: Apache-2.0 */
/* TensorProto: sizes, type, and elements that stand in raw_data (borrowed), in typed lists (copied)
 * or in another file (borrowed). */
#include "nn/onnx/onnx_reader.h"

#include <string.h>

enum {
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_SEGMENT = 3,
    TENSOR_FLOATS = 4,
    TENSOR_INT32S = 5,
    TENSOR_INT64S = 7,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9,
    TENSOR_DOUBLES = 10,
    TENSOR_EXTERNAL = 13,
    TENSOR_LOCATION = 14
};

/* What the fields of one message say. */
typedef struct tensor_fields {
    uint64_t type;
    int rank;
    int64_t dims[RELIEF_MAX_RANK];
    rl_text name, raw;
    bool has_raw, has_segment, is_external, too_many_dims;
    rl_onnx_range range;
} tensor_fields;

/* NumPy-like names of the types that are not read, for messages; index: TensorProto.DataType. */
static const char *const type_names[] = {"undefined",  "float32", "uint8",  "int8",   "uint16",
                                         "int16",      "int32",   "int64",  "string", "bool",
                                         "float16",    "float64", "uint32", "uint64", "complex64",
                                         "complex128", "bfloat16"};

relief_status rl_onnx_dtype(const rl_onnx_reader *reader, uint64_t type, const char *name,
                            relief_dtype *out) {
    /* relief_dtype takes its numbers from TensorProto.DataType. */
    if (type <= RELIEF_BF16 && rl_dtype_size((relief_dtype)type)) {
        *out = (relief_dtype)type;
        return RELIEF_OK;
    }
    size_t known = sizeof(type_names) / sizeof(*type_names);
    return rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED,
                        "'%.100s' has elements of type %s (%llu), which is not supported", name,
                        type < known ? type_names[type] : "unknown", (unsigned long long)type);
}

static void add_dim(tensor_fields *fields, uint64_t size) {
    if (fields->rank < RELIEF_MAX_RANK) {
        fields->dims[fields->rank++] = (int64_t)size;
    } else {
        fields->too_many_dims = true;
    }
}

static void add_dims(tensor_fields *fields, rl_wire *wire, const rl_wire_field *field) {
    uint64_t size;
    if (field->type == RL_WIRE_VARINT) {
        add_dim(fields, field->value);
        return;
    }
    rl_wire list = rl_wire_enter(field);
    while (rl_wire_varint(&list, &size)) {
        add_dim(fields, size);
    }
    wire->damaged |= list.damaged;
}

/* A decimal number without sign; -1: it is none, or is too large. */
static int64_t parse_number(rl_text text) {
    int64_t number = 0;
    if (text.size == 0 || text.size > 18) {
        return -1;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return -1;
        }
        number = number * 10 + (text.data[i] - '0');
    }
    return number;
}

static bool text_is(rl_text text, const char *word) {
    return text.size == strlen(word) && !memcmp(text.data, word, text.size);
}

/* One StringStringEntryProto of external_data. */
static void add_external(tensor_fields *fields, rl_wire *wire, const rl_wire_field *field) {
    rl_wire entry = rl_wire_enter(field);
    rl_wire_field part;
    rl_text key = {(const uint8_t *)"", 0}, value = key;
    while (rl_wire_next(&entry, &part)) {
        if (rl_wire_is(&entry, &part, 1, RL_WIRE_BYTES)) {
            key = rl_text_of(&part);
        } else if (rl_wire_is(&entry, &part, 2, RL_WIRE_BYTES)) {
            value = rl_text_of(&part);
        }
    }
    wire->damaged |= entry.damaged;
    if (text_is(key, "location")) {
        fields->range.location = value;
    } else if (text_is(key, "offset")) {
        fields->range.offset = parse_number(value);
        wire->damaged |= fields->range.offset < 0;
    } else if (text_is(key, "length")) {
        fields->range.length = parse_number(value);
        wire->damaged |= fields->range.length < 0;
    }
}

static void add_field(tensor_fields *fields, rl_wire *wire, const rl_wire_field *field) {
    switch (field->number) {
    case TENSOR_DIMS:
        add_dims(fields, wire, field);
        break;
    case TENSOR_TYPE:
        if (rl_wire_is(wire, field, TENSOR_TYPE, RL_WIRE_VARINT)) {
            fields->type = field->value;
        }
        break;
    case TENSOR_SEGMENT:
        fields->has_segment = true;
        break;
    case TENSOR_NAME:
        if (rl_wire_is(wire, field, TENSOR_NAME, RL_WIRE_BYTES)) {
            fields->name = rl_text_of(field);
        }
        break;
    case TENSOR_RAW:
        fields->has_raw = rl_wire_is(wire, field, TENSOR_RAW, RL_WIRE_BYTES);
        fields->raw = rl_text_of(field);
        break;
    case TENSOR_EXTERNAL:
        add_external(fields, wire, field);
        break;
    case TENSOR_LOCATION:
        if (rl_wire_is(wire, field, TENSOR_LOCATION, RL_WIRE_VARINT)) {
            fields->is_external = field->value == 1;
        }
        break;
    default:
        break;
    }
}

/* The list that holds the elements of a type, and how they are written there. */
static int list_of(relief_dtype dtype, rl_wire_type *type) {
    *type = RL_WIRE_VARINT;
    if (dtype == RELIEF_I64) {
        return TENSOR_INT64S;
    }
    if (dtype != RELIEF_F32 && dtype != RELIEF_F64) {
        return TENSOR_INT32S;
    }
    *type = dtype == RELIEF_F32 ? RL_WIRE_FIXED32 : RL_WIRE_FIXED64;
    return dtype == RELIEF_F32 ? TENSOR_FLOATS : TENSOR_DOUBLES;
}

/* Elements of one field, packed or single; -1: damaged. */
static int64_t count_elements(const rl_wire_field *field, rl_wire_type type) {
    if (field->type == type) {
        return 1;
    }
    if (field->type != RL_WIRE_BYTES) {
        return -1;
    }
    size_t width = type == RL_WIRE_FIXED32 ? 4 : 8;
    if (type != RL_WIRE_VARINT) {
        return field->size % width ? -1 : (int64_t)(field->size / width);
    }
    int64_t count = 0;
    for (size_t i = 0; i < field->size; i++) {
        count += field->data[i] < 0x80;
    }
    return field->size && field->data[field->size - 1] >= 0x80 ? -1 : count;
}

/* Store an integer's low bytes; little-endian as the processors that relief runs on. */
static uint8_t *put_element(uint8_t *to, uint64_t value, size_t size) {
    memcpy(to, &value, size);
    return to + size;
}

/* Copy the elements of one field; false: damaged. */
static bool copy_elements(const rl_wire_field *field, rl_wire_type type, size_t size,
                          uint8_t **to) {
    if (field->type != RL_WIRE_BYTES) {
        *to = put_element(*to, field->value, size);
        return true;
    }
    if (type != RL_WIRE_VARINT) {
        if (field->size) {
            memcpy(*to, field->data, field->size);
        }
        *to += field->size;
        return true;
    }
    rl_wire list = rl_wire_enter(field);
    uint64_t value;
    while (rl_wire_varint(&list, &value)) {
        *to = put_element(*to, value, size);
    }
    return !list.damaged;
}

/* Copy the elements out of the typed lists, once it is sure that there are as many as the sizes
 * say. */
static relief_status copy_lists(const rl_onnx_reader *reader, rl_wire wire, relief_tensor *tensor,
                                const char *name) {
    size_t element_size = rl_dtype_size(tensor->dtype);
    int64_t wanted = (int64_t)(tensor->bytes / element_size), there = 0;
    rl_wire_type type;
    int list = list_of(tensor->dtype, &type);
    rl_wire_field field;
    for (rl_wire counting = wire; rl_wire_next(&counting, &field);) {
        int64_t count = field.number == list ? count_elements(&field, type) : 0;
        if (count < 0) {
            return rl_onnx_damaged(reader, "tensor data");
        }
        there += count;
    }
    if (there != wanted) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT,
                            "tensor '%.100s' has %lld elements where its sizes ask for %lld", name,
                            (long long)there, (long long)wanted);
    }
    relief_status status =
        rl_graph_alloc(reader->ctx, reader->graph, tensor->bytes, 1, &tensor->data);
    if (status) {
        return status;
    }
    uint8_t *to = tensor->data;
    while (rl_wire_next(&wire, &field)) {
        if (field.number == list && !copy_elements(&field, type, element_size, &to)) {
            return rl_onnx_damaged(reader, "tensor data");
        }
    }
    return RELIEF_OK;
}

/* Check the sizes and set all of the tensor but its data. */
static relief_status set_shape(const rl_onnx_reader *reader, const tensor_fields *fields,
                               const char *name, relief_tensor *tensor) {
    int64_t count;
    relief_status status = rl_onnx_dtype(reader, fields->type, name, &tensor->dtype);
    if (status) {
        return status;
    }
    if (fields->has_segment) {
        return rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED,
                            "tensor '%.100s' is stored in segments, which is not supported", name);
    }
    if (fields->too_many_dims) {
        return rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED,
                            "tensor '%.100s' has more than %d dimensions", name, RELIEF_MAX_RANK);
    }
    for (int i = 0; i < fields->rank; i++) {
        if (fields->dims[i] < 0 || fields->dims[i] > RL_MAX_ELEMENTS) {
            return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "tensor '%.100s' has a size of %lld",
                                name, (long long)fields->dims[i]);
        }
    }
    if (!rl_element_count(fields->rank, fields->dims, &count)) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "tensor '%.100s' has too many elements",
                            name);
    }
    tensor->rank = fields->rank;
    memcpy(tensor->dims, fields->dims, sizeof(tensor->dims));
    tensor->bytes = (size_t)count * rl_dtype_size(tensor->dtype);
    return RELIEF_OK;
}

relief_status rl_onnx_tensor(rl_onnx_reader *reader, rl_wire wire, relief_tensor **out,
                             rl_text *name_out) {
    tensor_fields fields = {.name = {(const uint8_t *)"", 0}, .range.length = -1};
    rl_wire reading = wire;
    rl_wire_field field;
    while (rl_wire_next(&reading, &field)) {
        add_field(&fields, &reading, &field);
    }
    relief_status status = rl_onnx_end(reader, &reading, "tensor");
    if (status) {
        return status;
    }
    char name[101]; /* for messages alone */
    size_t length = fields.name.size < 100 ? fields.name.size : 100;
    memcpy(name, fields.name.data, length);
    name[length] = 0;
    void *memory;
    status = rl_graph_alloc(reader->ctx, reader->graph, 1, sizeof(relief_tensor), &memory);
    if (status) {
        return status;
    }
    relief_tensor *tensor = memory;
    status = set_shape(reader, &fields, name, tensor);
    if (status) {
        return status;
    }
    const uint8_t *data = fields.raw.data;
    if (fields.is_external) {
        status = rl_onnx_external(reader, &fields.range, tensor->bytes, &data);
    } else if (fields.has_raw && fields.raw.size != tensor->bytes) {
        status = rl_onnx_fail(reader, RELIEF_ERROR_FORMAT,
                              "tensor '%.100s' has %zu bytes where its sizes ask for %zu", name,
                              fields.raw.size, tensor->bytes);
    } else if (!fields.has_raw) {
        status = copy_lists(reader, wire, tensor, name);
    }
    if (status) {
        return status;
    }
    if (fields.is_external || fields.has_raw) {
        tensor->data = (void *)(uintptr_t)data;
    }
    *out = tensor;
    *name_out = fields.name;
    return RELIEF_OK;
}
