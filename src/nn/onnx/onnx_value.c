/* SPDX-License-Identifier: Apache-2.0 */
/* ValueInfoProto and TypeProto: names and types of the graph's inputs and outputs. */
#include "nn/onnx/onnx_reader.h"

#include <string.h>

enum { INFO_NAME = 1, INFO_TYPE = 2 };
enum { TYPE_TENSOR = 1, TYPE_DENOTATION = 6 };
enum { TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2 };
enum { SHAPE_DIM = 1 };
enum { DIM_VALUE = 1 };

typedef struct type_fields {
    uint64_t element;
    bool has_type, has_shape, is_other, too_many_dims;
    int rank;
    int64_t dims[RELIEF_MAX_RANK];
} type_fields;

/* One Dimension: a size, or a name or nothing, which leave it free. Old exporters write 0 for free.
 */
static bool read_dim(type_fields *type, rl_wire wire) {
    rl_wire_field field;
    int64_t size = -1;
    while (rl_wire_next(&wire, &field)) {
        if (rl_wire_is(&wire, &field, DIM_VALUE, RL_WIRE_VARINT)) {
            size = (int64_t)field.value;
            wire.damaged |= size < 0 || size > RL_MAX_ELEMENTS;
        }
    }
    if (type->rank < RELIEF_MAX_RANK) {
        type->dims[type->rank++] = size > 0 ? size : -1;
    } else {
        type->too_many_dims = true;
    }
    return !wire.damaged;
}

static bool read_shape(type_fields *type, rl_wire wire) {
    rl_wire_field field;
    type->has_shape = true;
    type->rank = 0;
    while (rl_wire_next(&wire, &field)) {
        if (rl_wire_is(&wire, &field, SHAPE_DIM, RL_WIRE_BYTES)) {
            wire.damaged |= !read_dim(type, rl_wire_enter(&field));
        }
    }
    return !wire.damaged;
}

static bool read_tensor_type(type_fields *type, rl_wire wire) {
    rl_wire_field field;
    type->has_type = true;
    while (rl_wire_next(&wire, &field)) {
        if (rl_wire_is(&wire, &field, TENSOR_ELEMENT, RL_WIRE_VARINT)) {
            type->element = field.value;
        } else if (rl_wire_is(&wire, &field, TENSOR_SHAPE, RL_WIRE_BYTES)) {
            wire.damaged |= !read_shape(type, rl_wire_enter(&field));
        }
    }
    return !wire.damaged;
}

static bool read_type(type_fields *type, rl_wire wire) {
    rl_wire_field field;
    while (rl_wire_next(&wire, &field)) {
        if (rl_wire_is(&wire, &field, TYPE_TENSOR, RL_WIRE_BYTES)) {
            wire.damaged |= !read_tensor_type(type, rl_wire_enter(&field));
        } else if (field.number != TYPE_DENOTATION) {
            type->is_other = true; /* a sequence, map, optional or sparse tensor */
        }
    }
    return !wire.damaged;
}

relief_status rl_onnx_value_info(const rl_onnx_reader *reader, rl_wire wire, rl_value *value,
                                 rl_text *name) {
    rl_wire_field field;
    type_fields type = {0};
    *name = (rl_text){(const uint8_t *)"", 0};
    while (rl_wire_next(&wire, &field)) {
        if (rl_wire_is(&wire, &field, INFO_NAME, RL_WIRE_BYTES)) {
            *name = rl_text_of(&field);
        } else if (rl_wire_is(&wire, &field, INFO_TYPE, RL_WIRE_BYTES)) {
            wire.damaged |= !read_type(&type, rl_wire_enter(&field));
        }
    }
    *value = (rl_value){.rank = -1};
    relief_status status = rl_onnx_end(reader, &wire, "type of an input or output");
    if (status) {
        return status;
    }
    status = rl_onnx_copy_text(reader, *name, &value->name);
    if (status) {
        return status;
    }
    if (type.is_other) {
        return rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED,
                            "'%.100s' is no dense tensor, which is not supported", value->name);
    }
    if (type.too_many_dims) {
        return rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED,
                            "'%.100s' has more than %d dimensions", value->name, RELIEF_MAX_RANK);
    }
    if (type.has_type) {
        status = rl_onnx_dtype(reader, type.element, value->name, &value->dtype);
    }
    if (status) {
        return status;
    }
    if (type.has_shape) {
        value->rank = type.rank;
        memcpy(value->dims, type.dims, sizeof(value->dims));
    }
    return RELIEF_OK;
}
