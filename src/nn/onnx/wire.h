/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol Buffers wire format, read in place.
 *
 * A message is a range of bytes; a field that is a message itself is a range inside it, so a length
 * can never reach past its message, and nesting is what the caller's own code nests. Nothing is
 * allocated. Source: the public description of the Protocol Buffers encoding. */
#ifndef RELIEF_NN_ONNX_WIRE_H
#define RELIEF_NN_ONNX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left of a message. */
typedef struct rl_wire {
    const uint8_t *at, *end;
    bool damaged; /* reading ended because the bytes make no sense */
} rl_wire;

typedef enum rl_wire_type {
    RL_WIRE_VARINT = 0,
    RL_WIRE_FIXED64 = 1,
    RL_WIRE_BYTES = 2,
    RL_WIRE_FIXED32 = 5
} rl_wire_type;

typedef struct rl_wire_field {
    int number;
    rl_wire_type type;
    uint64_t value;      /* of varints and fixed ones */
    const uint8_t *data; /* of bytes */
    size_t size;
} rl_wire_field;

rl_wire rl_wire_begin(const uint8_t *data, size_t size);
/* The field as a message of its own; one that is not bytes gives a damaged message. */
rl_wire rl_wire_enter(const rl_wire_field *field);

/* Read the next field; false at the end and when the bytes make no sense, which sets `damaged`. */
bool rl_wire_next(rl_wire *wire, rl_wire_field *field);

/* Read a bare varint, as packed lists hold them; false as above. */
bool rl_wire_varint(rl_wire *wire, uint64_t *value);

/* Whether a field is the one of this number and type; a known number of another type is damage. */
bool rl_wire_is(rl_wire *wire, const rl_wire_field *field, int number, rl_wire_type type);

#endif
