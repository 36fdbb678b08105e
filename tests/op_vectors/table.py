# SPDX-License-Identifier: Apache-2.0
"""The list of cases, and how they become .onnx files and records."""

import math
import struct

import numpy as np


FLOAT, UINT8, INT8, INT32, INT64, BOOL, FLOAT16, DOUBLE, BFLOAT16 = 1, 2, 3, 6, 7, 9, 10, 11, 16
DTYPES = {
    "float32": FLOAT,
    "uint8": UINT8,
    "int8": INT8,
    "int32": INT32,
    "int64": INT64,
    "bool": BOOL,
    "float16": FLOAT16,
    "float64": DOUBLE,
    "uint16": BFLOAT16,  # numpy has no bfloat16; its bits stand in uint16 here
}
DEFAULT_TOLERANCE = 1e-6

# ---- protobuf ----


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def real(field, value):
    return varint(field << 3 | 5) + struct.pack("<f", value)


def tensor_proto(array, name=""):
    dims = b"".join(number(1, d) for d in array.shape)
    data = dims + number(2, DTYPES[array.dtype.name])
    return data + (block(8, name) if name else b"") + block(9, array.tobytes())


def attribute(name, value):
    data = block(1, name)
    if isinstance(value, str):
        return data + block(4, value) + number(20, 3)
    if isinstance(value, float):
        return data + real(2, value) + number(20, 1)
    if isinstance(value, int):
        return data + number(3, value) + number(20, 2)
    if isinstance(value, np.ndarray):
        return data + block(5, tensor_proto(value)) + number(20, 4)
    if value and isinstance(value[0], float):
        return data + b"".join(real(7, v) for v in value) + number(20, 6)
    return data + b"".join(number(8, v) for v in value) + number(20, 7)


def node_proto(node):
    operator, inputs, outputs, attributes = node
    domain, _, operator = operator.rpartition(".")
    data = b"".join(block(1, name) for name in inputs)
    data += b"".join(block(2, name) for name in outputs)
    data += block(3, operator.lower() + "_" + outputs[0]) + block(4, operator)
    data += block(7, domain) if domain else b""
    return data + b"".join(block(5, attribute(k, v)) for k, v in attributes.items())


def value_info(name, array):
    shape = b"".join(block(1, number(1, d)) for d in array.shape)
    kind = number(1, DTYPES[array.dtype.name]) + block(2, shape)
    return block(1, name) + block(2, block(1, kind))


def model_proto(opset, nodes, inputs, constants, outputs):
    graph = b"".join(block(1, node_proto(n)) for n in nodes) + block(2, "case")
    graph += b"".join(block(5, tensor_proto(a, name)) for name, a in constants.items())
    graph += b"".join(block(11, value_info(name, a)) for name, a in inputs.items())
    graph += b"".join(block(12, value_info(name, a)) for name, a in outputs.items())
    return number(1, 8) + block(7, graph) + block(8, block(1, "") + number(2, opset))


# ---- cases ----

CASES = []


class Constant:
    """An input that stands in the file as an initialiser."""

    def __init__(self, value, dtype=None):
        self.array = np.asarray(value, dtype)


def ints(*values):
    return Constant(np.array(values, np.int64))


def add_graph(name, opset, nodes, inputs, constants, outputs, tolerance=DEFAULT_TOLERANCE):
    outputs = {k: np.array(v, order="C") for k, v in outputs.items()}
    for key, value in outputs.items():
        if value.dtype == np.float64 and "double" not in name:
            outputs[key] = value.astype(np.float32)
    model = model_proto(opset, nodes, inputs, constants, outputs)
    CASES.append((name, model, tolerance, list(inputs.values()), list(outputs.values())))


def add(name, opset, inputs, expected, attributes=None, tolerance=DEFAULT_TOLERANCE):
    """A case of one node. `name` begins with the operator; `expected` is one array or a list."""
    operator = name.split()[0]
    names, given, constants = [], {}, {}
    for i, value in enumerate(inputs):
        names.append("" if value is None else f"i{i}")
        if isinstance(value, Constant):
            constants[names[-1]] = value.array
        elif value is not None:
            given[names[-1]] = np.array(value, order="C")
    while names and names[-1] == "":
        names.pop()
    expected = expected if isinstance(expected, list) else [expected]
    outputs = {f"o{i}": value for i, value in enumerate(expected)}
    nodes = [(operator, names, list(outputs), attributes or {})]
    add_graph(f"{name} (opset {opset})", opset, nodes, given, constants, outputs, tolerance)


def numbers(*shape, low=-2.0, high=2.0, seed=1):
    """Floats from a hash of their position."""
    count = math.prod(shape)
    x = np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B9) + np.uint64(seed * 7919 + 12345)
    for shift, factor in ((16, 0x45D9F3B), (15, 0x2C1B3C6D), (16, 0x297A2D39)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    unit = (x >> np.uint64(8)).astype(np.float64) / float(1 << 24)
    return (low + (high - low) * unit).astype(np.float32).reshape(shape)


def whole(*shape, low=-9, high=9, dtype=np.int64, seed=1):
    drawn = np.floor(numbers(*shape, low=low, high=high + 1, seed=seed).astype(np.float64))
    return np.minimum(drawn, high).astype(dtype)


def wide(*arrays):
    return [np.asarray(a).astype(np.float64) for a in arrays]


# ---- the file ----


def tensor_record(array):
    head = struct.pack("<BB", DTYPES[array.dtype.name], array.ndim)
    return head + struct.pack(f"<{array.ndim}I", *array.shape) + array.tobytes()


def case_record(case):
    name, model, tolerance, inputs, outputs = case
    data = struct.pack("<HI", len(name), len(model)) + name.encode() + model
    data += struct.pack("<dBB", tolerance, len(inputs), len(outputs))
    return data + b"".join(tensor_record(a) for a in inputs + outputs)
