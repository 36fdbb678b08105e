/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onnx/wire.h"

#define MAX_FIELD_NUMBER 536870911 /* 2^29 - 1 */

rl_wire rl_wire_begin(const uint8_t *data, size_t size) {
    static const uint8_t nothing[1] = {0};
    const uint8_t *at = data ? data : nothing;
    return (rl_wire){.at = at, .end = at + (data ? size : 0)};
}

rl_wire rl_wire_enter(const rl_wire_field *field) {
    if (field->type == RL_WIRE_BYTES) {
        return rl_wire_begin(field->data, field->size);
    }
    return (rl_wire){.damaged = true};
}

static bool damage(rl_wire *wire) {
    wire->damaged = true;
    wire->at = wire->end;
    return false;
}

bool rl_wire_varint(rl_wire *wire, uint64_t *value) {
    uint64_t sum = 0;
    if (wire->at == wire->end) {
        return false;
    }
    for (int shift = 0; shift < 64; shift += 7) {
        if (wire->at == wire->end) {
            return damage(wire);
        }
        uint8_t byte = *wire->at++;
        if (shift == 63 && byte > 1) {
            return damage(wire);
        }
        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = sum;
            return true;
        }
    }
    return damage(wire);
}

/* `count` bytes, the lowest first. */
static bool read_fixed(rl_wire *wire, int count, uint64_t *value) {
    if (wire->end - wire->at < count) {
        return damage(wire);
    }
    *value = 0;
    for (int i = 0; i < count; i++) {
        *value |= (uint64_t)wire->at[i] << (8 * i);
    }
    wire->at += count;
    return true;
}

static bool read_bytes(rl_wire *wire, rl_wire_field *field) {
    uint64_t size;
    if (!rl_wire_varint(wire, &size) || size > (uint64_t)(wire->end - wire->at)) {
        return damage(wire);
    }
    field->data = wire->at;
    field->size = (size_t)size;
    wire->at += size;
    return true;
}

bool rl_wire_next(rl_wire *wire, rl_wire_field *field) {
    uint64_t tag;
    if (!rl_wire_varint(wire, &tag)) {
        return false;
    }
    if (tag >> 3 == 0 || tag >> 3 > MAX_FIELD_NUMBER) {
        return damage(wire);
    }
    *field = (rl_wire_field){.number = (int)(tag >> 3), .type = (rl_wire_type)(tag & 7)};
    switch (field->type) {
    case RL_WIRE_VARINT:
        return rl_wire_varint(wire, &field->value) || damage(wire);
    case RL_WIRE_FIXED64:
        return read_fixed(wire, 8, &field->value);
    case RL_WIRE_BYTES:
        return read_bytes(wire, field);
    case RL_WIRE_FIXED32:
        return read_fixed(wire, 4, &field->value);
    }
    return damage(wire); /* groups, which ONNX does not use, and types that do not exist */
}

bool rl_wire_is(rl_wire *wire, const rl_wire_field *field, int number, rl_wire_type type) {
    if (field->number != number) {
        return false;
    }
    return field->type == type || damage(wire);
}
