#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write tests/data/ops/vectors.bin: small networks of one operator (or a few), inputs, and the outputs to expect.

    make_op_vectors.py OUT.bin

The outputs come from formulas of their own, in double precision, written from the ONNX operator specification
with numpy's means (padding, einsum, interpolation matrices) and not from the C kernels. Numbers are drawn from a
fixed hash, so that every run writes the same bytes. tests/op_cases.c reads the file, whose layout stands there.
"""

import itertools
import math
import struct
import sys

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
    data = b"".join(block(1, name) for name in inputs)
    data += b"".join(block(2, name) for name in outputs)
    data += block(3, operator.lower() + "_" + outputs[0]) + block(4, operator)
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


# ---- windows ----


def pad_amounts(size, kernel, stride, dilation, pads, auto_pad):
    """(begin, end) of one axis."""
    reach = (kernel - 1) * dilation + 1
    if auto_pad == "VALID":
        return 0, 0
    if auto_pad.startswith("SAME"):
        total = max((math.ceil(size / stride) - 1) * stride + reach - size, 0)
        small, large = total // 2, total - total // 2
        return (small, large) if auto_pad == "SAME_UPPER" else (large, small)
    return pads


def windows(x, kernel, strides, dilations, pads, filling=0.0):
    """All windows of x (N,C,H,W) padded by ((top, bottom), (left, right)): (N,C,oH,oW,kH,kW)."""
    x = np.pad(x, ((0, 0), (0, 0), *pads), constant_values=filling)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    view = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(2, 3))
    view = view[:, :, :: strides[0], :: strides[1]]
    return view[..., :: dilations[0], :: dilations[1]]


def conv(x, w, b, strides, dilations, pads, groups):
    x, w = wide(x, w)
    per_in, per_out = w.shape[1], w.shape[0] // groups
    seen = windows(x, w.shape[2:], strides, dilations, pads)
    parts = []
    for g in range(groups):
        part_in = seen[:, g * per_in : (g + 1) * per_in]
        part_w = w[g * per_out : (g + 1) * per_out]
        parts.append(np.einsum("nchwij,mcij->nmhw", part_in, part_w))
    y = np.concatenate(parts, axis=1)
    return y if b is None else y + b.astype(np.float64)[None, :, None, None]


def add_conv(note, x, w, b=None, strides=(1, 1), dilations=(1, 1), pads=(0, 0, 0, 0), groups=1,
             auto_pad="NOTSET", opset=13, runtime_weights=False, spell_kernel=True):
    attributes = {"strides": list(strides), "dilations": list(dilations), "group": groups}
    if spell_kernel:
        attributes["kernel_shape"] = list(w.shape[2:])
    if auto_pad == "NOTSET":
        attributes["pads"] = list(pads)
    else:
        attributes["auto_pad"] = auto_pad
    amounts = [
        pad_amounts(x.shape[2 + i], w.shape[2 + i], strides[i], dilations[i],
                    (pads[i], pads[2 + i]), auto_pad)
        for i in range(2)
    ]
    keep = (lambda a: a) if runtime_weights else Constant
    inputs = [x, keep(w)] + ([keep(b)] if b is not None else [])
    y = conv(x, w, b, strides, dilations, amounts, groups)
    add(f"Conv {note}", opset, inputs, y, attributes)


def conv_cases():
    x = numbers(2, 5, 6, 11)
    bias = numbers(7, seed=5)
    add_conv("1x1", x, numbers(7, 5, 1, 1, seed=2), bias)
    add_conv("3x3 pad 1", x, numbers(7, 5, 3, 3, seed=2), bias, pads=(1, 1, 1, 1))
    add_conv("3x3 without bias", x, numbers(7, 5, 3, 3, seed=2))
    add_conv("3x3 stride 2", x, numbers(7, 5, 3, 3, seed=2), bias, (2, 2), pads=(1, 1, 1, 1))
    add_conv("3x5 odd strides and pads", x, numbers(7, 5, 3, 5, seed=2), bias, (2, 3),
             pads=(0, 2, 1, 3))
    add_conv("dilated", x, numbers(7, 5, 3, 3, seed=2), bias, dilations=(2, 3), pads=(2, 3, 2, 3))
    add_conv("5x5 stride 2 dilated", numbers(1, 3, 17, 19), numbers(4, 3, 5, 5, seed=3), None,
             (2, 2), (2, 2), (4, 4, 4, 4))
    add_conv("kernel as large as input", x, numbers(3, 5, 6, 11, seed=2), numbers(3, seed=6))
    add_conv("one pixel", numbers(1, 16, 1, 1), numbers(17, 16, 1, 1, seed=2), numbers(17, seed=3))
    add_conv("one pixel 3x3", numbers(1, 3, 1, 1), numbers(4, 3, 3, 3, seed=2), pads=(1, 1, 1, 1))
    add_conv("one channel", numbers(1, 1, 9, 11), numbers(1, 1, 3, 3, seed=2), pads=(1, 1, 1, 1))
    add_conv("17 channels", numbers(1, 17, 5, 6), numbers(33, 17, 3, 3, seed=2),
             numbers(33, seed=4), pads=(1, 1, 1, 1))
    add_conv("wide row", numbers(1, 2, 3, 131), numbers(3, 2, 3, 3, seed=2), pads=(1, 1, 1, 1))
    add_conv("two groups", numbers(2, 6, 7, 5), numbers(8, 3, 3, 3, seed=2), numbers(8, seed=3),
             pads=(1, 1, 1, 1), groups=2)
    add_conv("grouped, stride 2", numbers(1, 12, 8, 9), numbers(9, 4, 3, 3, seed=2), None, (2, 2),
             pads=(1, 1, 1, 1), groups=3)
    for size, stride in ((3, 1), (3, 2), (5, 1), (5, 2)):
        half = size // 2
        add_conv(f"depthwise {size}x{size} stride {stride}", numbers(1, 13, 9, 10),
                 numbers(13, 1, size, size, seed=2), numbers(13, seed=3), (stride, stride),
                 pads=(half, half, half, half), groups=13)
    add_conv("depthwise, two outputs a channel", numbers(1, 5, 6, 7),
             numbers(10, 1, 3, 3, seed=2), numbers(10, seed=3), pads=(0, 1, 1, 0), groups=5)
    for mode in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        add_conv(f"{mode} 3x3 stride 2", numbers(1, 3, 8, 11), numbers(4, 3, 3, 3, seed=2), None,
                 (2, 2), auto_pad=mode)
        add_conv(f"{mode} 4x2", numbers(1, 3, 8, 11), numbers(4, 3, 4, 2, seed=2), None, (1, 3),
                 auto_pad=mode)
    add_conv("stride larger than kernel", numbers(1, 3, 9, 10), numbers(2, 3, 1, 1, seed=2), None,
             (3, 2), auto_pad="SAME_UPPER")
    add_conv("kernel shape from weights", x, numbers(7, 5, 3, 3, seed=2), bias, spell_kernel=False)
    add_conv("weights at run time", x, numbers(7, 5, 3, 3, seed=2), bias, runtime_weights=True)
    add_conv("old opset", x, numbers(7, 5, 3, 3, seed=2), bias, opset=7)
    add_conv("new opset", x, numbers(7, 5, 3, 3, seed=2), bias, opset=21)


def conv_transpose(x, w, b, strides, dilations, pads, extra, groups):
    """Scatter: every input pixel adds its kernel."""
    x, w = wide(x, w)
    n, c, h, wd = x.shape
    per_in, per_out = c // groups, w.shape[1]
    reach = [(w.shape[2 + i] - 1) * dilations[i] + 1 for i in range(2)]
    full = [(x.shape[2 + i] - 1) * strides[i] + reach[i] + extra[i] for i in range(2)]
    y = np.zeros((n, per_out * groups, *full))
    for g, iy, ix in itertools.product(range(groups), range(h), range(wd)):
        part = np.einsum("nc,cmij->nmij", x[:, g * per_in : (g + 1) * per_in, iy, ix],
                         w[g * per_in : (g + 1) * per_in])
        top, left = iy * strides[0], ix * strides[1]
        y[:, g * per_out : (g + 1) * per_out,
          top : top + reach[0] : dilations[0], left : left + reach[1] : dilations[1]] += part
    y = y[:, :, pads[0] : full[0] - pads[2], pads[1] : full[1] - pads[3]]
    return y if b is None else y + b.astype(np.float64)[None, :, None, None]


def conv_transpose_cases():
    def case(note, x, w, b, attributes, pads, strides=(1, 1), dilations=(1, 1), extra=(0, 0),
             groups=1, opset=13):
        attributes = dict(attributes, strides=list(strides), dilations=list(dilations),
                          group=groups)
        if any(extra):
            attributes["output_padding"] = list(extra)
        y = conv_transpose(x, w, b, strides, dilations, pads, extra, groups)
        inputs = [x, Constant(w)] + ([Constant(b)] if b is not None else [])
        add(f"ConvTranspose {note}", opset, inputs, y, attributes)

    x = numbers(2, 5, 4, 7)
    w = numbers(5, 3, 3, 3, seed=2)
    b = numbers(3, seed=3)
    zero = (0, 0, 0, 0)
    case("3x3", x, w, b, {}, zero)
    case("stride 2, output padding", x, w, None, {"pads": [1, 1, 1, 1]}, (1, 1, 1, 1), (2, 2),
         extra=(1, 1))
    case("2x2 stride 2", x, numbers(5, 4, 2, 2, seed=2), numbers(4, seed=3), {}, zero, (2, 2))
    case("4x4 stride 4", x, numbers(5, 4, 4, 4, seed=2), numbers(4, seed=3), {}, zero, (4, 4))
    case("odd strides, pads, dilations", x, w, b, {"pads": [0, 1, 2, 1]}, (0, 1, 2, 1), (3, 2),
         (2, 1))
    case("stride larger than kernel", x, numbers(5, 2, 1, 2, seed=2), None, {}, zero, (2, 3))
    case("groups", numbers(1, 6, 3, 5), numbers(6, 2, 3, 3, seed=2), numbers(6, seed=3),
         {"pads": [1, 1, 1, 1]}, (1, 1, 1, 1), (2, 2), groups=3)
    # Full size: 4 -> 9, 7 -> 15. The excess of 1 or 2 goes to the beginning when it is odd.
    case("output shape", x, w, None, {"output_shape": [8, 13]}, (1, 1, 0, 1), (2, 2))
    case("output shape, SAME_UPPER", x, w, None,
         {"output_shape": [8, 13], "auto_pad": "SAME_UPPER"}, (0, 1, 1, 1), (2, 2))
    case("SAME_LOWER", x, w, None, {"auto_pad": "SAME_LOWER"}, (1, 1, 0, 0), (2, 2))
    case("VALID", x, w, None, {"auto_pad": "VALID"}, zero, (2, 2))


def pool_cases():
    x = numbers(1, 2, 9, 12)

    def case(note, kernel, strides=(1, 1), pads=(0, 0, 0, 0), dilations=None, auto_pad="NOTSET",
             opset=13, operators=("MaxPool", "AveragePool"), data=x):
        attributes = {"kernel_shape": list(kernel), "strides": list(strides)}
        if auto_pad == "NOTSET":
            attributes["pads"] = list(pads)
        else:
            attributes["auto_pad"] = auto_pad
        if dilations:
            attributes["dilations"] = list(dilations)
        spread = dilations or (1, 1)
        amounts = [
            pad_amounts(data.shape[2 + i], kernel[i], strides[i], spread[i],
                        (pads[i], pads[2 + i]), auto_pad)
            for i in range(2)
        ]
        (wide_x,) = wide(data)
        seen = windows(wide_x, kernel, strides, spread, amounts, np.nan)
        if "MaxPool" in operators:
            add(f"MaxPool {note}", opset, [data], np.nanmax(seen, axis=(4, 5)), attributes)
        if "AveragePool" in operators:
            add(f"AveragePool {note}", opset, [data], np.nanmean(seen, axis=(4, 5)), attributes)
            full = np.nan_to_num(seen).mean(axis=(4, 5))
            add(f"AveragePool {note}, padding counts", opset, [data], full,
                dict(attributes, count_include_pad=1))

    case("2x2 stride 2", (2, 2), (2, 2))
    case("3x3 stride 2 pad 1", (3, 3), (2, 2), (1, 1, 1, 1))
    case("3x2 odd strides and pads", (3, 2), (2, 3), (1, 0, 2, 1))
    case("7x7", (7, 7), data=numbers(1, 1, 7, 7))
    case("SAME_UPPER", (3, 3), (2, 2), auto_pad="SAME_UPPER")
    case("SAME_LOWER", (2, 2), (2, 2), auto_pad="SAME_LOWER")
    case("VALID", (3, 3), (2, 2), auto_pad="VALID")
    case("dilated", (3, 3), (1, 1), (1, 1, 1, 1), (2, 2), operators=("MaxPool",))
    case("dilated", (3, 3), (1, 1), (1, 1, 1, 1), (2, 2), opset=19)

    # ceil_mode: 9 rows by windows of 3, stride 3 pad 1: 4 windows with ceil, 3 without; 12 columns alike.
    (wide_x,) = wide(x)
    seen = windows(wide_x, (3, 3), (3, 3), (1, 1), ((1, 3), (1, 3)), np.nan)[:, :, :4, :5]
    attributes = {"kernel_shape": [3, 3], "strides": [3, 3], "pads": [1, 1, 1, 1], "ceil_mode": 1}
    add("MaxPool ceil mode", 13, [x], np.nanmax(seen, axis=(4, 5)), attributes)
    add("AveragePool ceil mode", 13, [x], np.nanmean(seen, axis=(4, 5)), attributes)
    # Windows are cut off at the end of the padding (index 9 + 1 and 12 + 1), and only what is left counts.
    rows = np.array([3, 3, 3, 2])
    columns = np.array([3, 3, 3, 3, 2])
    total = np.nansum(seen, axis=(4, 5)) / (rows[:, None] * columns[None, :])
    add("AveragePool ceil mode, padding counts", 19, [x], total,
        dict(attributes, count_include_pad=1))
    # A window that would begin in the padding at the end does not exist: 4 columns, stride 2, pad 1, kernel 2.
    y = numbers(1, 1, 4, 4)
    seen = windows(wide(y)[0], (2, 2), (2, 2), (1, 1), ((1, 1), (1, 1)), np.nan)
    attributes = {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [1, 1, 1, 1], "ceil_mode": 1}
    add("MaxPool ceil mode, no window in the padding", 13, [y], np.nanmax(seen, axis=(4, 5)),
        attributes)

    add("GlobalAveragePool 4-D", 13, [x], wide_x.mean(axis=(2, 3), keepdims=True))
    add("GlobalAveragePool one pixel", 13, [numbers(1, 5, 1, 1)], numbers(1, 5, 1, 1))
    add("GlobalMaxPool 3-D", 13, [numbers(2, 5, 7)], numbers(2, 5, 7).max(axis=2, keepdims=True))


# ---- resize ----


def resize_matrix(n, m, scale, mode, coordinate, nearest, a, exclude):
    """(m, n): the weights of n input pixels in each of m output pixels."""
    matrix = np.zeros((m, n))
    scale = np.float32(scale)
    for x in range(m):
        if coordinate == "align_corners":
            at = 0.0 if m == 1 else x * (n - 1) / (m - 1)
        elif coordinate == "asymmetric":
            at = float(np.float32(x) / scale)
        elif coordinate == "pytorch_half_pixel" and m == 1:
            at = 0.0
        else:
            at = float((np.float32(x) + np.float32(0.5)) / scale) - 0.5
        low = math.floor(at)
        if mode == "nearest":
            up = {
                "round_prefer_floor": at - low > 0.5 + 1e-6,
                "round_prefer_ceil": at - low >= 0.5 - 1e-6,
                "floor": False,
                "ceil": at > low,
                "simple": at > low and scale < 1,
            }[nearest]
            taps = {low + up: 1.0}
        elif mode == "linear":
            taps = {low: 1.0 - (at - low), low + 1: at - low}
        else:
            s = at - low
            near, far = [
                lambda t: (a + 2) * t**3 - (a + 3) * t**2 + 1,
                lambda t: a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a,
            ]
            taps = {low - 1: far(1 + s), low: near(s), low + 1: near(1 - s), low + 2: far(2 - s)}
            if exclude:
                taps = {k: v for k, v in taps.items() if 0 <= k < n}
                total = sum(taps.values())
                taps = {k: v / total for k, v in taps.items()}
        for index, weight in taps.items():
            matrix[x, min(max(index, 0), n - 1)] += weight
    return matrix


def resize(x, size, scales, mode, coordinate, nearest="round_prefer_floor", a=-0.75, exclude=0):
    (y,) = wide(x)
    for axis in (2, 3):
        scale = scales[axis - 2] if scales else size[axis - 2] / x.shape[axis]
        matrix = resize_matrix(x.shape[axis], size[axis - 2], scale, mode, coordinate, nearest, a,
                               exclude)
        y = np.moveaxis(np.tensordot(y, matrix, axes=(axis, 1)), -1, axis)
    return y


COORDINATES = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")
NEAREST = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


def add_resize(note, x, size=None, scales=None, opset=13, roi=None, **how):
    """By sizes or by scales."""
    attributes = {
        "mode": how["mode"],
        "coordinate_transformation_mode": how["coordinate"],
    }
    if "nearest" in how:
        attributes["nearest_mode"] = how["nearest"]
    if "a" in how:
        attributes["cubic_coeff_a"] = how["a"]
    if "exclude" in how:
        attributes["exclude_outside"] = how["exclude"]
    if scales:
        given = [roi, Constant(np.array([1, 1, *scales], np.float32))]
        size = [math.floor(np.float32(n) * np.float32(s)) for n, s in zip(x.shape[2:], scales)]
    else:
        empty = None if opset >= 13 else Constant(np.zeros(0, np.float32))
        given = [empty, empty, ints(*x.shape[:2], *size)]
    add(f"Resize {note}", opset, [x, *given], resize(x, size, scales, **how), attributes)


def resize_cases():
    x = numbers(1, 3, 5, 7)
    for coordinate in COORDINATES:
        for nearest in NEAREST:
            how = {"mode": "nearest", "coordinate": coordinate, "nearest": nearest}
            add_resize(f"nearest {coordinate} {nearest} up", x, size=(10, 21), **how)
            add_resize(f"nearest {coordinate} {nearest} down", x, size=(3, 4), **how)
            add_resize(f"nearest {coordinate} {nearest} 2x", x, scales=(2.0, 2.0), **how)
        for mode in ("linear", "cubic"):
            how = {"mode": mode, "coordinate": coordinate}
            add_resize(f"{mode} {coordinate} up", x, size=(11, 13), **how)
            add_resize(f"{mode} {coordinate} down", x, size=(3, 4), **how)
            add_resize(f"{mode} {coordinate} 2x", x, scales=(2.0, 2.0), **how)
            add_resize(f"{mode} {coordinate} odd scales", x, scales=(1.7, 2.3), **how)
            add_resize(f"{mode} {coordinate} to one pixel", x, size=(1, 1), **how)
            add_resize(f"{mode} {coordinate} from one pixel", numbers(2, 5, 1, 1), size=(3, 2),
                       **how)
            add_resize(f"{mode} {coordinate} old opset", x, size=(9, 8), opset=11, **how)
    add_resize("linear half_pixel 17 channels", numbers(1, 17, 4, 6), scales=(2.0, 2.0),
               mode="linear", coordinate="half_pixel")
    add_resize("linear half_pixel 8x", numbers(1, 1, 3, 5), scales=(8.0, 8.0), mode="linear",
               coordinate="half_pixel")
    add_resize("linear same size", x, size=(5, 7), mode="linear", coordinate="align_corners")
    add_resize("nearest seven thirds", numbers(1, 1, 3, 6), scales=(7 / 3, 5 / 3), mode="nearest",
               coordinate="asymmetric", nearest="floor")
    add_resize("cubic a -0.5", x, size=(9, 11), mode="cubic", coordinate="half_pixel", a=-0.5)
    add_resize("cubic exclude outside", x, size=(9, 11), mode="cubic", coordinate="half_pixel",
               exclude=1)
    add_resize("roi is ignored", x, scales=(2.0, 2.0), mode="linear", coordinate="half_pixel",
               roi=Constant(np.array([0, 0, 0.2, 0.2, 1, 1, 0.8, 0.8], np.float32)))
    add_resize("two images", numbers(2, 2, 3, 3), size=(5, 4), mode="linear",
               coordinate="half_pixel", opset=18)
    how = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
    expected = resize(x, (9, 6), None, "linear", "align_corners")
    add("Resize axes", 18, [x, None, None, ints(9, 6)], expected, dict(how, axes=[2, 3]))
    add("Resize axes in another order", 18, [x, None, None, ints(6, 9)], expected,
        dict(how, axes=[-1, 2]))
    expected = resize(x, (10, 7), (2.0, 1.0), "linear", "align_corners")
    add("Resize one axis by scale", 18, [x, None, Constant([2.0], np.float32)], expected,
        dict(how, axes=[2]))
    for mode in ("nearest", "linear"):
        for operator, opset in (("Resize", 10), ("Upsample", 9), ("Upsample", 7)):
            scales = (2.0, 3.0)
            expected = resize(x, (10, 21), scales, mode, "asymmetric", "simple")
            factors = [1.0, 1.0, *scales]
            if opset == 7:
                add(f"{operator} {mode}", 7, [x], expected, {"mode": mode, "scales": factors})
            else:
                add(f"{operator} {mode}", opset, [x, Constant(factors, np.float32)], expected,
                    {"mode": mode})
        scales = (0.6, 0.6)
        expected = resize(x, (3, 4), scales, mode, "asymmetric", "simple")
        add(f"Resize {mode} down", 10, [x, Constant([1, 1, *scales], np.float32)], expected,
            {"mode": mode})


# ---- one element at a time ----


def unary_cases():
    x = numbers(3, 5, 7, low=-5, high=5)
    (d,) = wide(x)
    positive = numbers(3, 5, 7, low=0.01, high=9)
    (p,) = wide(positive)
    erf = np.vectorize(math.erf)
    sigmoid = 1 / (1 + np.exp(-d))
    f32 = lambda v: float(np.float32(v))
    for opset in (9, 13, 21):
        add("Relu any", opset, [x], np.maximum(d, 0))
        add("Sigmoid any", opset, [x], sigmoid)
        add("Exp any", opset, [x], np.exp(d))
    add("Relu scalar", 13, [np.float32(-1.5)], np.float32(0.0))
    add("LeakyRelu default", 13, [x], np.where(d < 0, f32(0.01) * d, d))
    add("LeakyRelu 0.1", 16, [x], np.where(d < 0, f32(0.1) * d, d), {"alpha": 0.1})
    add("Elu default", 13, [x], np.where(d < 0, np.expm1(d), d))
    add("Elu 0.5", 13, [x], np.where(d < 0, 0.5 * np.expm1(d), d), {"alpha": 0.5})
    add("HardSigmoid default", 13, [x], np.clip(f32(0.2) * d + 0.5, 0, 1))
    add("HardSigmoid sixth", 13, [x], np.clip(f32(1 / 6) * d + 0.5, 0, 1),
        {"alpha": 1 / 6, "beta": 0.5})
    add("HardSwish any", 14, [x], d * np.clip(d / 6 + 0.5, 0, 1))
    add("Gelu erf", 20, [x], 0.5 * d * (1 + erf(d / math.sqrt(2))))
    inner = math.sqrt(2 / math.pi) * (d + 0.044715 * d**3)
    add("Gelu tanh", 20, [x], 0.5 * d * (1 + np.tanh(inner)), {"approximate": "tanh"})
    add("Log any", 13, [positive], np.log(p))
    add("Sqrt any", 13, [positive], np.sqrt(p))
    add("Reciprocal any", 13, [positive], 1 / p)
    add("Erf any", 13, [x], erf(d))
    add("Tanh any", 13, [x], np.tanh(d))
    add("Floor any", 13, [x], np.floor(d))
    add("Ceil any", 13, [x], np.ceil(d))
    halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997, 3.2], np.float32)
    add("Round halves", 13, [halves], np.round(halves.astype(np.float64)))
    whole_x = whole(3, 4)
    for operator, result in (("Neg", -d), ("Abs", np.abs(d))):
        add(f"{operator} float", 13, [x], result)
    add("Neg int64", 13, [whole_x], -whole_x)
    add("Abs int32", 13, [whole_x.astype(np.int32)], np.abs(whole_x).astype(np.int32))
    add("Sqrt double", 13, [p], np.sqrt(p))

    add("Clip both", 9, [x], np.clip(d, -1.5, 2), {"min": -1.5, "max": 2.0})
    add("Clip none", 7, [x], d)
    add("Clip both", 13, [x, Constant(np.float32(0)), Constant(np.float32(6))], np.clip(d, 0, 6))
    add("Clip least", 13, [x, Constant(np.float32(-1))], np.maximum(d, -1))
    add("Clip most", 11, [x, None, Constant(np.float32(1))], np.minimum(d, 1))
    add("Clip none", 13, [x], d)
    add("Clip bounds at run time", 13, [x, np.float32(-1), np.float32(2)], np.clip(d, -1, 2))
    add("Clip bounds crossed", 13, [x, Constant(np.float32(3)), Constant(np.float32(-3))],
        np.full(x.shape, -3.0))
    add("Clip int64", 12, [whole_x, Constant(np.int64(-3)), Constant(np.int64(4))],
        np.clip(whole_x, -3, 4))


PAIRS = (
    ((3, 5, 7), (3, 5, 7)),
    ((3, 5, 7), ()),
    ((), (3, 5, 7)),
    ((2, 3, 5, 7), (3, 1, 1)),
    ((1, 3, 1, 1), (2, 3, 5, 7)),
    ((2, 1, 5, 1), (3, 1, 7)),
    ((1,), (1, 1, 1)),
    ((2, 13), (13,)),
)


def binary_cases():
    functions = {
        "Add": np.add,
        "Sub": np.subtract,
        "Mul": np.multiply,
        "Div": np.divide,
        "Min": np.minimum,
        "Max": np.maximum,
    }
    for operator, function in functions.items():
        for shape_a, shape_b in PAIRS:
            a, b = numbers(*shape_a), numbers(*shape_b, low=0.5, seed=2)
            add(f"{operator} {shape_a} {shape_b}", 13, [a, b], function(*wide(a, b)))
        a, b = numbers(2, 3, 4), numbers(3, 1, seed=2)
        add(f"{operator} constant", 13, [a, Constant(b)], function(*wide(a, b)))
        add(f"{operator} old opset", 8, [a, b], function(*wide(a, b)))
        i, j = whole(4, 5), whole(5, low=1, seed=2)
        exact = np.trunc(i / j).astype(np.int64) if operator == "Div" else function(i, j)
        for dtype in (np.int64, np.int32):
            add(f"{operator} {np.dtype(dtype).name}", 13, [i.astype(dtype), j.astype(dtype)],
                exact.astype(dtype))
    for operator in ("Min", "Max", "Sum"):
        parts = [numbers(3, 1, 5), numbers(4, 1, seed=2), numbers(5, seed=3)]
        fold = {"Min": np.minimum, "Max": np.maximum, "Sum": np.add}[operator]
        expected = fold(fold(*wide(*parts[:2])), wide(parts[2])[0])
        add(f"{operator} three", 13, parts, expected)
        add(f"{operator} one", 13, parts[:1], parts[0])
    base, power = numbers(3, 5, low=0.1, high=3), numbers(5, seed=2)
    add("Pow float", 13, [base, power], np.power(*wide(base, power)))
    add("Pow square", 13, [numbers(3, 5), Constant(np.float32(2))], wide(numbers(3, 5))[0] ** 2)
    add("Pow old opset", 7, [numbers(3, 5), Constant(np.float32(3))], wide(numbers(3, 5))[0] ** 3)
    add("Pow int exponent", 13, [numbers(3, 5), Constant(np.int64(2))],
        wide(numbers(3, 5))[0] ** 2)
    add("Pow int", 13, [whole(4), Constant(np.int64(3))], whole(4) ** 3)


def logic_cases():
    i, j = whole(4, 5, low=-2, high=2), whole(5, low=-2, high=2, seed=2)
    compare = {
        "Equal": np.equal,
        "Less": np.less,
        "Greater": np.greater,
        "LessOrEqual": np.less_equal,
        "GreaterOrEqual": np.greater_equal,
    }
    for operator, function in compare.items():
        add(f"{operator} int64", 13, [i, j], function(i, j))
        add(f"{operator} int32", 13, [i.astype(np.int32), j.astype(np.int32)], function(i, j))
        add(f"{operator} float", 13, [i.astype(np.float32), j.astype(np.float32)], function(i, j))
    a, b = i > 0, j > 0
    add("Equal bool", 13, [a, b], a == b)
    add("And any", 13, [a, b], a & b)
    add("Or any", 13, [a, b], a | b)
    add("Not any", 13, [a], ~a)
    x, y = numbers(4, 5), numbers(3, 1, 1, seed=2)
    add("Where float", 13, [a, x, y], np.where(a, x, y))
    add("Where int64", 16, [b, i, j], np.where(b, i, j))
    add("Where constants", 13, [a, Constant(np.float32(1)), Constant(np.float32(-1))],
        np.where(a, np.float32(1), np.float32(-1)))


# ---- sizes and shapes ----


def shape_cases():
    x = numbers(2, 3, 5, 7)
    i = whole(3, 4, 5)
    add("Identity any", 13, [x], x)
    add("Dropout any", 12, [x], x)
    add("Dropout mask", 13, [x], [x, np.ones(x.shape, bool)])
    add("Dropout ratio", 13, [x, Constant(np.float32(0.3)), Constant(np.bool_(False))], x)
    add("Shape all", 13, [x], np.array(x.shape, np.int64))
    add("Shape part", 15, [x], np.array([3, 5], np.int64), {"start": 1, "end": -1})
    add("Shape beyond", 15, [x], np.array([2, 3, 5, 7], np.int64), {"start": -9, "end": 9})
    add("Size any", 13, [x], np.array(x.size, np.int64))
    add("ConstantOfShape default", 13, [ints(2, 3)], np.zeros((2, 3), np.float32))
    add("ConstantOfShape int64", 13, [ints(4)], np.full(4, 7, np.int64),
        {"value": np.array([7], np.int64)})
    add("ConstantOfShape scalar", 13, [Constant(np.zeros(0, np.int64))],
        np.array(2.5, np.float32), {"value": np.array([2.5], np.float32)})
    add("Range int64", 13, [Constant(np.int64(v)) for v in (3, 17, 4)], np.arange(3, 17, 4))
    add("Range down", 13, [Constant(np.int32(v)) for v in (5, -6, -3)],
        np.arange(5, -6, -3, dtype=np.int32))
    add("Range float", 13, [Constant(np.float32(v)) for v in (1, 3, 0.25)],
        np.arange(1, 3, 0.25, dtype=np.float32))
    add("Range empty", 13, [Constant(np.int64(v)) for v in (3, 3, 1)], np.zeros(0, np.int64))
    add("Squeeze all", 13, [numbers(1, 3, 1, 5)], numbers(3, 5))
    add("Squeeze one", 13, [numbers(1, 3, 1, 5), ints(-2)], numbers(1, 3, 5))
    add("Squeeze attribute", 11, [numbers(1, 3, 1, 5)], numbers(3, 1, 5), {"axes": [0]})
    add("Unsqueeze two", 13, [numbers(3, 5), ints(0, -1)], numbers(1, 3, 5, 1))
    add("Unsqueeze attribute", 11, [numbers(3, 5)], numbers(3, 1, 5, 1), {"axes": [3, 1]})
    add("Reshape plain", 13, [x, ints(6, 35)], x.reshape(6, 35))
    add("Reshape open", 13, [x, ints(0, -1, 7)], x.reshape(2, 15, 7))
    add("Reshape int64", 14, [i, ints(-1)], i.reshape(-1))
    add("Reshape zero allowed", 14, [Constant(np.zeros((0, 3), np.float32)), ints(3, 0)],
        np.zeros((3, 0), np.float32), {"allowzero": 1})
    add("Flatten default", 13, [x], x.reshape(2, -1))
    add("Flatten from the end", 13, [x], x.reshape(6, 35), {"axis": -2})
    add("Flatten 0", 13, [x], x.reshape(1, -1), {"axis": 0})
    add("Transpose reversed", 13, [x], x.transpose())
    for perm in ([0, 2, 3, 1], [0, 3, 1, 2], [3, 1, 0, 2], [0, 1, 3, 2]):
        add(f"Transpose {perm}", 13, [x], x.transpose(perm), {"perm": perm})
    six = numbers(1, 2, 3, 2, 5, 2)
    add("Transpose six axes", 13, [six], six.transpose(0, 3, 5, 2, 4, 1),
        {"perm": [0, 3, 5, 2, 4, 1]})
    add("Transpose int64", 13, [i], i.transpose(2, 0, 1), {"perm": [2, 0, 1]})
    add("Expand up", 13, [numbers(3, 1), ints(2, 3, 4)], np.broadcast_to(numbers(3, 1), (2, 3, 4)))
    add("Expand by ones", 13, [numbers(3, 4), ints(1, 1)], numbers(3, 4))
    add("Tile two", 13, [numbers(2, 3), ints(2, 3)], np.tile(numbers(2, 3), (2, 3)))


def parts_cases():
    x = numbers(2, 3, 5, 7)
    for axis in (0, 1, 2, 3, -1):
        shapes = [list(x.shape) for _ in range(3)]
        for extra, shape in enumerate(shapes):
            shape[axis] = 1 + 2 * extra
        pieces = [numbers(*shape, seed=4 + k) for k, shape in enumerate(shapes)]
        add(f"Concat axis {axis}", 13, pieces, np.concatenate(pieces, axis), {"axis": axis})
    add("Concat int64", 13, [whole(2), ints(7), whole(3, seed=2)],
        np.concatenate([whole(2), [7], whole(3, seed=2)]), {"axis": 0})
    add("Concat one", 13, [x], x, {"axis": 1})
    add("Concat bool", 13, [whole(3) > 0, whole(2) > 0], np.concatenate([whole(3) > 0, whole(2) > 0]),
        {"axis": 0})

    cut = [x[:, :, :2], x[:, :, 2:3], x[:, :, 3:]]
    add("Split attribute", 11, [x], cut, {"axis": 2, "split": [2, 1, 2]})
    add("Split input", 13, [x, ints(2, 1, 2)], cut, {"axis": -2})
    even = numbers(4, 6)
    add("Split even", 13, [even], np.split(even, 3, 1), {"axis": 1})
    add("Split uneven", 18, [x], [x[..., :3], x[..., 3:6], x[..., 6:]],
        {"axis": 3, "num_outputs": 3})

    add("Slice attributes", 9, [x], x[:, 1:3, :, -4:7], {"starts": [1, -4], "ends": [3, 99],
                                                         "axes": [1, 3]})
    add("Slice attributes without axes", 7, [x], x[0:1, 1:3], {"starts": [0, 1], "ends": [1, 3]})
    add("Slice plain", 13, [x, ints(1, 2), ints(2, 9)], x[1:2, 2:9])
    add("Slice steps", 13, [x, ints(1, 0), ints(5, 7), ints(2, 3), ints(2, 3)], x[:, :, 1:5:2, ::3])
    far = 2**63 - 1
    add("Slice backwards", 13, [x, ints(-1), ints(-far - 1), ints(3), ints(-1)], x[..., ::-1])
    add("Slice backwards by two", 10, [x, ints(5), ints(0), ints(3), ints(-2)], x[..., 5:0:-2])
    add("Slice to the end", 13, [x, ints(3), ints(far), ints(-1), ints(1)], x[..., 3:])
    add("Slice nothing", 13, [x, ints(3), ints(3), ints(2)], x[:, :, 3:3])
    add("Slice int32 bounds", 13,
        [whole(9), *[Constant(np.array([v], np.int32)) for v in (2, -1, 0, 3)]], whole(9)[2:-1:3])

    index = np.array([[2, 0], [-1, 1]], np.int64)
    for axis in (0, 2, -1):
        add(f"Gather axis {axis}", 13, [numbers(4, 3, 5, seed=3), Constant(index)],
            np.take(numbers(4, 3, 5, seed=3), index, axis), {"axis": axis})
    add("Gather scalar", 13, [whole(5), Constant(np.int64(-2))], whole(5)[-2])
    add("Gather at run time", 11, [x, np.array([1, 0, 1], np.int32)], x[[1, 0, 1]])
    add("Gather bool", 13, [whole(5) > 0, ints(4, 0)], (whole(5) > 0)[[4, 0]])

    y = numbers(2, 3, 4)
    fours = lambda *a: [(a[k], a[k + 3]) for k in range(3)]
    for pads in ((0, 1, 2, 1, 0, 3), (1, 1, 1, 1, 1, 1)):
        add(f"Pad constant {pads}", 13, [y, ints(*pads), Constant(np.float32(1.5))],
            np.pad(y, fours(*pads), constant_values=1.5))
        add(f"Pad edge {pads}", 11, [y, ints(*pads)], np.pad(y, fours(*pads), mode="edge"),
            {"mode": "edge"})
        add(f"Pad reflect {pads}", 13, [y, ints(*pads)],
            np.pad(y, fours(*pads), mode="reflect"), {"mode": "reflect"})
    add("Pad attribute", 10, [y], np.pad(y, fours(0, 1, 2, 1, 0, 3), constant_values=-2),
        {"pads": [0, 1, 2, 1, 0, 3], "value": -2.0})
    add("Pad zero by default", 13, [y, ints(0, 0, 1, 0, 0, 1)],
        np.pad(y, fours(0, 0, 1, 0, 0, 1)), {"mode": "constant"})
    add("Pad negative", 13, [y, ints(0, -1, 2, 0, 0, -2)],
        np.pad(y[:, 1:, :2], ((0, 0), (0, 0), (2, 0))))
    add("Pad axes", 18, [y, ints(1, 2, 0, 1), None, ints(-1, 0)],
        np.pad(y, ((2, 1), (0, 0), (1, 0))))
    add("Pad int64", 13, [whole(2, 2), ints(0, 1, 0, 0), Constant(np.int64(9))],
        np.pad(whole(2, 2), ((0, 0), (1, 0)), constant_values=9))


def bfloat16(x):
    """Bits of float32 values rounded to the nearest bfloat16, halves to even."""
    bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
    low, high = bits & 0xFFFF, bits >> 16
    up = (low > 0x8000) | ((low == 0x8000) & (high % 2 == 1))
    return (high + up).astype(np.uint16)


def from_bfloat16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def cast_cases():
    edge = np.array([0, -0.0, 1, -1, 65504, 65519, 65520, 1e-5, 5.9e-8, 2.9e-8, 3e-8, 6.1e-5,
                     6.097e-5, 1.00048828125, 1.00146484375, 2049, 2051, -1e9, 0.1, 1 / 3],
                    np.float32)
    x = np.concatenate([edge, numbers(37, low=-300, high=300)])
    small = np.trunc(numbers(31, low=-100, high=100, seed=2))
    whole_x = whole(17, low=-120, high=120)

    def case(note, value, expected):
        add(f"Cast {note}", 13, [value], expected, {"to": DTYPES[expected.dtype.name]})

    with np.errstate(over="ignore"):
        half = x.astype(np.float16)
    case("float to half", x, half)
    case("half to float", half, half.astype(np.float32))
    case("float to bfloat16", x, bfloat16(x))
    case("bfloat16 to float", bfloat16(x), from_bfloat16(bfloat16(x)))
    fraction = numbers(19, low=-90, high=90)
    for dtype in (np.int64, np.int32, np.int8):
        case(f"float to {np.dtype(dtype).name}", fraction, np.trunc(fraction).astype(dtype))
        case(f"{np.dtype(dtype).name} to float", whole_x.astype(dtype), whole_x.astype(np.float32))
    case("float to uint8", np.abs(fraction), np.trunc(np.abs(fraction)).astype(np.uint8))
    case("uint8 to float", np.abs(whole_x).astype(np.uint8), np.abs(whole_x).astype(np.float32))
    case("int64 to int32", whole_x, whole_x.astype(np.int32))
    case("int32 to int64", whole_x.astype(np.int32), whole_x)
    case("float to bool", small * (np.arange(31) % 3), small * (np.arange(31) % 3) != 0)
    case("int64 to bool", whole(9, low=-1, high=1), whole(9, low=-1, high=1) != 0)
    case("bool to float", whole(9) > 0, (whole(9) > 0).astype(np.float32))
    case("bool to int64", whole(9) > 0, (whole(9) > 0).astype(np.int64))
    case("float to double", x, x.astype(np.float64))
    case("double to float", x.astype(np.float64) / 3, (x.astype(np.float64) / 3).astype(np.float32))


def quantize_cases():
    for dtype in (np.uint8, np.int8):
        kind = np.dtype(dtype).name
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        q = whole(4, 3, 5, low=low, high=high, dtype=dtype)
        (d,) = wide(q)
        scale, zero = np.float32(0.037), dtype(13)
        scales, zeros = numbers(3, low=0.01, high=0.2), whole(3, low=0, high=99, dtype=dtype)
        for opset in (10, 13, 19):
            add(f"DequantizeLinear {kind}", opset, [q, Constant(scale), Constant(zero)],
                (d - 13) * float(scale))
        add(f"DequantizeLinear {kind} without zero point", 13, [q, Constant(scale)],
            d * float(scale))
        add(f"DequantizeLinear {kind} constant", 13,
            [Constant(q), Constant(scale), Constant(zero)], (d - 13) * float(scale))
        spread = lambda a: a.astype(np.float64)[None, :, None]
        add(f"DequantizeLinear {kind} along axis", 13, [q, Constant(scales), Constant(zeros)],
            (d - spread(zeros)) * spread(scales))
        add(f"DequantizeLinear {kind} along axis from the end", 13,
            [q, Constant(scales), Constant(zeros)], (d - spread(zeros)) * spread(scales),
            {"axis": -2})
        first = numbers(4, low=0.01, high=0.2, seed=3)
        add(f"DequantizeLinear {kind} along axis 0", 13, [q, Constant(first)],
            d * first.astype(np.float64)[:, None, None], {"axis": 0})
        x = numbers(4, 3, 5, low=-6, high=6)
        expected = np.clip(np.round(x / scale) + 13, low, high).astype(dtype)
        add(f"QuantizeLinear {kind}", 13, [x, Constant(scale), Constant(zero)], expected)
        expected = np.clip(np.round(x / scales[None, :, None]) + spread(zeros), low, high)
        add(f"QuantizeLinear {kind} along axis", 13, [x, Constant(scales), Constant(zeros)],
            expected.astype(dtype), {"axis": 1})
    halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 300, -300], np.float32)
    add("QuantizeLinear halves", 10, [halves, Constant(np.float32(1)), Constant(np.int8(0))],
        np.array([-2, -2, 0, 0, 2, 2, 127, -128], np.int8))
    add("QuantizeLinear default type", 13, [halves, Constant(np.float32(0.5))],
        np.array([0, 0, 0, 1, 3, 5, 255, 0], np.uint8))
    i = whole(6, low=-100000, high=100000, dtype=np.int32)
    add("DequantizeLinear int32", 13, [i, Constant(np.float32(0.001))],
        i * float(np.float32(0.001)))


# ---- sums over axes ----


def matmul_cases():
    for shape_a, shape_b in (
        ((5, 7), (7, 3)),
        ((1, 1), (1, 1)),
        ((2, 3, 5, 7), (2, 3, 7, 4)),
        ((2, 3, 5, 7), (7, 4)),
        ((5, 7), (2, 1, 7, 4)),
        ((2, 1, 5, 7), (3, 7, 4)),
        ((7,), (7, 3)),
        ((2, 5, 7), (7,)),
        ((7,), (2, 7, 3)),
        ((7,), (7,)),
        ((17, 129), (129, 33)),
    ):
        a, b = numbers(*shape_a), numbers(*shape_b, seed=2)
        add(f"MatMul {shape_a} {shape_b}", 13, [a, b], np.matmul(*wide(a, b)))
    a, b = numbers(3, 5, 7), numbers(7, 13, seed=2)
    add("MatMul constant", 13, [a, Constant(b)], np.matmul(*wide(a, b)))
    for ta, tb in itertools.product((0, 1), (0, 1)):
        a = numbers(*((7, 5) if ta else (5, 7)))
        b = numbers(*((3, 7) if tb else (7, 3)), seed=2)
        wa, wb = wide(a.T if ta else a, b.T if tb else b)
        for note, c in (("row", numbers(3, seed=3)), ("column", numbers(5, 1, seed=3)),
                        ("full", numbers(5, 3, seed=3)), ("scalar", numbers(1, seed=3))):
            add(f"Gemm {ta}{tb} {note}", 13, [a, Constant(b), Constant(c)],
                0.5 * wa @ wb + 2.0 * c.astype(np.float64),
                {"alpha": 0.5, "beta": 2.0, "transA": ta, "transB": tb})
    add("Gemm default", 11, [a.T, Constant(b.T)], wa @ wb)


def reduce_cases():
    x = numbers(2, 3, 5, 4)
    i = whole(3, 4, 5, low=-3, high=3)
    functions = {
        "ReduceSum": np.sum,
        "ReduceMean": np.mean,
        "ReduceMax": np.max,
        "ReduceMin": np.min,
        "ReduceProd": np.prod,
        "ReduceL2": lambda a, axis, keepdims: np.sqrt(np.sum(a * a, axis=axis, keepdims=keepdims)),
    }
    for operator, function in functions.items():
        (d,) = wide(x)
        for axes in ([-1], [2, 3], [0, 2], [1]):
            for keep in (True, False):
                expected = function(d, axis=tuple(axes), keepdims=keep)
                note = f"{operator} {axes}{' keep' if keep else ''}"
                add(note, 11, [x], expected, {"axes": axes, "keepdims": int(keep)})
                add(note, 18, [x, ints(*axes)], expected, {"keepdims": int(keep)})
        everything = function(d, axis=(0, 1, 2, 3), keepdims=True)
        add(f"{operator} all", 12, [x], everything)
        add(f"{operator} all", 18, [x], everything)
        add(f"{operator} no axes, nothing to do", 18, [x, Constant(np.zeros(0, np.int64))],
            x if operator != "ReduceL2" else np.abs(x), {"noop_with_empty_axes": 1})
        if operator in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"):
            add(f"{operator} int64", 13, [i] + ([ints(1)] if operator == "ReduceSum" else []),
                function(i, axis=1, keepdims=True),
                {} if operator == "ReduceSum" else {"axes": [1]})
    add("ReduceSum input", 13, [x, ints(-1)], np.sum(wide(x)[0], axis=-1, keepdims=True))


def softmax_cases():
    x = numbers(2, 3, 5, 7, low=-9, high=9)
    (d,) = wide(x)

    def softmax(a, axis):
        e = np.exp(a - a.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    for axis in (-1, 0, 1, 2):
        expected = softmax(d, axis)
        add(f"Softmax axis {axis}", 13, [x], expected, {"axis": axis})
        add(f"LogSoftmax axis {axis}", 13, [x], np.log(expected), {"axis": axis})
        flat = softmax(d.reshape(math.prod(x.shape[: axis % 4]), -1), 1).reshape(x.shape)
        add(f"Softmax axis {axis}", 11, [x], flat, {"axis": axis})
    add("Softmax default", 13, [x], softmax(d, -1))
    add("Softmax default", 11, [x], softmax(d.reshape(2, -1), 1).reshape(x.shape))
    huge = np.array([[1e4, 1e4, -1e4], [88.0, 89.0, 90.0]], np.float32)
    add("Softmax of large numbers", 13, [huge], softmax(wide(huge)[0], -1))


def normalization_cases():
    x = numbers(2, 5, 3, 7)
    (d,) = wide(x)
    channel = lambda a: a.astype(np.float64)[None, :, None, None]
    scale, bias, mean = (numbers(5, seed=k) for k in (2, 3, 4))
    variance = numbers(5, low=0.1, high=2, seed=5)
    small = float(np.float32(1e-5))
    expected = channel(scale) * (d - channel(mean)) / np.sqrt(channel(variance) + small)
    for opset in (7, 9, 15):
        inputs = [x, *[Constant(a) for a in (scale, bias, mean, variance)]]
        add("BatchNormalization default", opset, inputs, expected + channel(bias))
    eps = float(np.float32(0.01))
    expected = channel(scale) * (d - channel(mean)) / np.sqrt(channel(variance) + eps)
    add("BatchNormalization epsilon", 14, inputs, expected + channel(bias),
        {"epsilon": 0.01, "momentum": 0.8})

    def normal(a, axes, epsilon):
        spread = a.var(axis=axes, keepdims=True)
        return (a - a.mean(axis=axes, keepdims=True)) / np.sqrt(spread + epsilon)

    add("InstanceNormalization default", 13, [x, Constant(scale), Constant(bias)],
        normal(d, (2, 3), small) * channel(scale) + channel(bias))
    add("InstanceNormalization far from 0", 13, [x + np.float32(100), Constant(scale),
        Constant(bias)], normal((x + np.float32(100)).astype(np.float64), (2, 3), eps)
        * channel(scale) + channel(bias), {"epsilon": 0.01})
    for axis in (-1, 2, 1):
        shape = x.shape[axis:]
        w, b = numbers(*shape, seed=6), numbers(*shape, seed=7)
        y = normal(d, tuple(range(axis % 4, 4)), small) * wide(w)[0]
        add(f"LayerNormalization axis {axis}", 17, [x, Constant(w), Constant(b)], y + wide(b)[0],
            {"axis": axis})
        add(f"LayerNormalization axis {axis} without bias", 17, [x, Constant(w)], y,
            {"axis": axis, "epsilon": 1e-5})


# ---- chains: what exporters write for free sizes ----


def graph_cases():
    x = numbers(1, 3, 6, 8)
    constants = {"two": np.array(2, np.int64), "three": np.array(3, np.int64),
                 "zero": np.array([0], np.int64)}
    nodes = [
        ("Shape", ["x"], ["shape"], {}),
        ("Gather", ["shape", "two"], ["h"], {"axis": 0}),
        ("Gather", ["shape", "three"], ["w"], {"axis": 0}),
        ("Mul", ["h", "two"], ["h2"], {}),
        ("Cast", ["w"], ["wf"], {"to": FLOAT}),
        ("Constant", [], ["factor"], {"value": np.array(1.3, np.float32)}),
        ("Mul", ["wf", "factor"], ["w13"], {}),
        ("Floor", ["w13"], ["w_floor"], {}),
        ("Cast", ["w_floor"], ["wi"], {"to": INT64}),
        ("Unsqueeze", ["h2", "zero"], ["h_list"], {}),
        ("Unsqueeze", ["wi", "zero"], ["w_list"], {}),
        ("Constant", [], ["front_end"], {"value": np.array([2], np.int64)}),
        ("Slice", ["shape", "zero", "front_end"], ["front"], {}),
        ("Concat", ["front", "h_list", "w_list"], ["sizes"], {"axis": 0}),
        ("Resize", ["x", "", "", "sizes"], ["y"],
         {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}),
    ]
    expected = resize(x, (12, 10), None, "linear", "half_pixel")
    add_graph("Sizes computed from sizes", 13, nodes, {"x": x}, constants, {"y": expected})

    tokens = numbers(2, 12, 8)
    nodes = [
        ("Shape", ["x"], ["shape"], {}),
        ("Constant", [], ["places"], {"value_ints": [0, 1]}),
        ("Gather", ["shape", "places"], ["front"], {}),
        ("Constant", [], ["heads"], {"value_ints": [4, -1]}),
        ("Concat", ["front", "heads"], ["split"], {"axis": 0}),
        ("Reshape", ["x", "split"], ["parted"], {}),
        ("Transpose", ["parted"], ["q"], {"perm": [0, 2, 1, 3]}),
        ("Transpose", ["parted"], ["k"], {"perm": [0, 2, 3, 1]}),
        ("MatMul", ["q", "k"], ["score"], {}),
        ("Constant", [], ["root"], {"value_float": 1.4142135}),
        ("Div", ["score", "root"], ["scaled"], {}),
        ("Softmax", ["scaled"], ["share"], {"axis": -1}),
        ("MatMul", ["share", "q"], ["mixed"], {}),
        ("Transpose", ["mixed"], ["back"], {"perm": [0, 2, 1, 3]}),
        ("Reshape", ["back", "shape"], ["y"], {}),
    ]
    q = wide(tokens)[0].reshape(2, 12, 4, 2).transpose(0, 2, 1, 3)
    score = q @ q.transpose(0, 1, 3, 2) / float(np.float32(1.4142135))
    share = np.exp(score - score.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    y = (share @ q).transpose(0, 2, 1, 3).reshape(tokens.shape)
    add_graph("Attention", 13, nodes, {"x": tokens}, {}, {"y": y})

    nodes = [
        ("DequantizeLinear", ["wq", "scale", "point"], ["w"], {}),
        ("DequantizeLinear", ["bq", "bias_scale"], ["b"], {}),
        ("Conv", ["x", "w", "b"], ["c"], {"pads": [1, 1, 1, 1]}),
        ("Clip", ["c", "lo", "hi"], ["clipped"], {}),
        ("Add", ["clipped", "x"], ["sum"], {}),
        ("Relu", ["sum"], ["y"], {}),
    ]
    wq = whole(3, 3, 3, 3, low=-128, high=127, dtype=np.int8)
    bq = whole(3, low=-9999, high=9999, dtype=np.int32)
    constants = {"wq": wq, "bq": bq, "scale": np.array(0.01, np.float32),
                 "point": np.array(3, np.int8), "bias_scale": np.array(1e-4, np.float32),
                 "lo": np.array(0, np.float32), "hi": np.array(6, np.float32)}
    w = ((wq.astype(np.float64) - 3) * float(np.float32(0.01))).astype(np.float32)
    b = (bq * float(np.float32(1e-4))).astype(np.float32)
    c = conv(x, w, b, (1, 1), (1, 1), ((1, 1), (1, 1)), 1)
    y = np.maximum(np.clip(c, 0, 6) + wide(x)[0], 0)
    add_graph("Quantised residual block", 13, nodes, {"x": x}, constants, {"y": y})


# ---- the file ----


def tensor_record(array):
    head = struct.pack("<BB", DTYPES[array.dtype.name], array.ndim)
    return head + struct.pack(f"<{array.ndim}I", *array.shape) + array.tobytes()


def case_record(case):
    name, model, tolerance, inputs, outputs = case
    data = struct.pack("<HI", len(name), len(model)) + name.encode() + model
    data += struct.pack("<dBB", tolerance, len(inputs), len(outputs))
    return data + b"".join(tensor_record(a) for a in inputs + outputs)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for make in (conv_cases, conv_transpose_cases, pool_cases, resize_cases, unary_cases,
                 binary_cases, logic_cases, shape_cases, parts_cases, cast_cases, quantize_cases,
                 matmul_cases, reduce_cases, softmax_cases, normalization_cases, graph_cases):
        make()
    with open(sys.argv[1], "wb") as file:
        file.write(b"relief operator cases 1\n" + struct.pack("<I", len(CASES)))
        for case in CASES:
            file.write(case_record(case))
    print(f"{len(CASES)} cases")


if __name__ == "__main__":
    main()
