# SPDX-License-Identifier: Apache-2.0
"""Operators that make sizes, move elements, or change their type."""

import numpy as np

from .table import DTYPES, Constant, add, ints, numbers, whole, wide


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
    add(
        "ConstantOfShape int64",
        13,
        [ints(4)],
        np.full(4, 7, np.int64),
        {"value": np.array([7], np.int64)},
    )
    add(
        "ConstantOfShape scalar",
        13,
        [Constant(np.zeros(0, np.int64))],
        np.array(2.5, np.float32),
        {"value": np.array([2.5], np.float32)},
    )
    add("Range int64", 13, [Constant(np.int64(v)) for v in (3, 17, 4)], np.arange(3, 17, 4))
    add(
        "Range down",
        13,
        [Constant(np.int32(v)) for v in (5, -6, -3)],
        np.arange(5, -6, -3, dtype=np.int32),
    )
    add(
        "Range float",
        13,
        [Constant(np.float32(v)) for v in (1, 3, 0.25)],
        np.arange(1, 3, 0.25, dtype=np.float32),
    )
    add("Range empty", 13, [Constant(np.int64(v)) for v in (3, 3, 1)], np.zeros(0, np.int64))
    add("Squeeze all", 13, [numbers(1, 3, 1, 5)], numbers(3, 5))
    add("Squeeze one", 13, [numbers(1, 3, 1, 5), ints(-2)], numbers(1, 3, 5))
    add("Squeeze attribute", 11, [numbers(1, 3, 1, 5)], numbers(3, 1, 5), {"axes": [0]})
    add("Unsqueeze two", 13, [numbers(3, 5), ints(0, -1)], numbers(1, 3, 5, 1))
    add("Unsqueeze attribute", 11, [numbers(3, 5)], numbers(3, 1, 5, 1), {"axes": [3, 1]})
    add("Reshape plain", 13, [x, ints(6, 35)], x.reshape(6, 35))
    add("Reshape open", 13, [x, ints(0, -1, 7)], x.reshape(2, 15, 7))
    add("Reshape int64", 14, [i, ints(-1)], i.reshape(-1))
    add(
        "Reshape zero allowed",
        14,
        [Constant(np.zeros((0, 3), np.float32)), ints(3, 0)],
        np.zeros((3, 0), np.float32),
        {"allowzero": 1},
    )
    add("Flatten default", 13, [x], x.reshape(2, -1))
    add("Flatten from the end", 13, [x], x.reshape(6, 35), {"axis": -2})
    add("Flatten 0", 13, [x], x.reshape(1, -1), {"axis": 0})
    add("Transpose reversed", 13, [x], x.transpose())
    for perm in ([0, 2, 3, 1], [0, 3, 1, 2], [3, 1, 0, 2], [0, 1, 3, 2]):
        add(f"Transpose {perm}", 13, [x], x.transpose(perm), {"perm": perm})
    six = numbers(1, 2, 3, 2, 5, 2)
    add(
        "Transpose six axes",
        13,
        [six],
        six.transpose(0, 3, 5, 2, 4, 1),
        {"perm": [0, 3, 5, 2, 4, 1]},
    )
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
    add(
        "Concat int64",
        13,
        [whole(2), ints(7), whole(3, seed=2)],
        np.concatenate([whole(2), [7], whole(3, seed=2)]),
        {"axis": 0},
    )
    add("Concat one", 13, [x], x, {"axis": 1})
    truths = [whole(3) > 0, whole(2) > 0]
    add("Concat bool", 13, truths, np.concatenate(truths), {"axis": 0})

    cut = [x[:, :, :2], x[:, :, 2:3], x[:, :, 3:]]
    add("Split attribute", 11, [x], cut, {"axis": 2, "split": [2, 1, 2]})
    add("Split input", 13, [x, ints(2, 1, 2)], cut, {"axis": -2})
    even = numbers(4, 6)
    add("Split even", 13, [even], np.split(even, 3, 1), {"axis": 1})
    add(
        "Split uneven",
        18,
        [x],
        [x[..., :3], x[..., 3:6], x[..., 6:]],
        {"axis": 3, "num_outputs": 3},
    )

    add(
        "Slice attributes",
        9,
        [x],
        x[:, 1:3, :, -4:7],
        {"starts": [1, -4], "ends": [3, 99], "axes": [1, 3]},
    )
    add("Slice attributes without axes", 7, [x], x[0:1, 1:3], {"starts": [0, 1], "ends": [1, 3]})
    add("Slice plain", 13, [x, ints(1, 2), ints(2, 9)], x[1:2, 2:9])
    add("Slice steps", 13, [x, ints(1, 0), ints(5, 7), ints(2, 3), ints(2, 3)], x[:, :, 1:5:2, ::3])
    far = 2**63 - 1
    add("Slice backwards", 13, [x, ints(-1), ints(-far - 1), ints(3), ints(-1)], x[..., ::-1])
    add("Slice backwards by two", 10, [x, ints(5), ints(0), ints(3), ints(-2)], x[..., 5:0:-2])
    add("Slice to the end", 13, [x, ints(3), ints(far), ints(-1), ints(1)], x[..., 3:])
    add("Slice nothing", 13, [x, ints(3), ints(3), ints(2)], x[:, :, 3:3])
    add(
        "Slice int32 bounds",
        13,
        [whole(9), *[Constant(np.array([v], np.int32)) for v in (2, -1, 0, 3)]],
        whole(9)[2:-1:3],
    )

    index = np.array([[2, 0], [-1, 1]], np.int64)
    for axis in (0, 2, -1):
        add(
            f"Gather axis {axis}",
            13,
            [numbers(4, 3, 5, seed=3), Constant(index)],
            np.take(numbers(4, 3, 5, seed=3), index, axis),
            {"axis": axis},
        )
    add("Gather scalar", 13, [whole(5), Constant(np.int64(-2))], whole(5)[-2])
    add("Gather at run time", 11, [x, np.array([1, 0, 1], np.int32)], x[[1, 0, 1]])
    add("Gather bool", 13, [whole(5) > 0, ints(4, 0)], (whole(5) > 0)[[4, 0]])

    y = numbers(2, 3, 4)
    fours = lambda *a: [(a[k], a[k + 3]) for k in range(3)]
    for pads in ((0, 1, 2, 1, 0, 3), (1, 1, 1, 1, 1, 1)):
        add(
            f"Pad constant {pads}",
            13,
            [y, ints(*pads), Constant(np.float32(1.5))],
            np.pad(y, fours(*pads), constant_values=1.5),
        )
        add(
            f"Pad edge {pads}",
            11,
            [y, ints(*pads)],
            np.pad(y, fours(*pads), mode="edge"),
            {"mode": "edge"},
        )
        add(
            f"Pad reflect {pads}",
            13,
            [y, ints(*pads)],
            np.pad(y, fours(*pads), mode="reflect"),
            {"mode": "reflect"},
        )
    add(
        "Pad attribute",
        10,
        [y],
        np.pad(y, fours(0, 1, 2, 1, 0, 3), constant_values=-2),
        {"pads": [0, 1, 2, 1, 0, 3], "value": -2.0},
    )
    add(
        "Pad zero by default",
        13,
        [y, ints(0, 0, 1, 0, 0, 1)],
        np.pad(y, fours(0, 0, 1, 0, 0, 1)),
        {"mode": "constant"},
    )
    add(
        "Pad negative",
        13,
        [y, ints(0, -1, 2, 0, 0, -2)],
        np.pad(y[:, 1:, :2], ((0, 0), (0, 0), (2, 0))),
    )
    add(
        "Pad axes",
        18,
        [y, ints(1, 2, 0, 1), None, ints(-1, 0)],
        np.pad(y, ((2, 1), (0, 0), (1, 0))),
    )
    add(
        "Pad int64",
        13,
        [whole(2, 2), ints(0, 1, 0, 0), Constant(np.int64(9))],
        np.pad(whole(2, 2), ((0, 0), (1, 0)), constant_values=9),
    )


def bfloat16(x):
    """Bits of float32 values rounded to the nearest bfloat16, halves to even."""
    bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
    low, high = bits & 0xFFFF, bits >> 16
    up = (low > 0x8000) | ((low == 0x8000) & (high % 2 == 1))
    return (high + up).astype(np.uint16)


def from_bfloat16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def cast_cases():
    edge = np.array(
        [
            0,
            -0.0,
            1,
            -1,
            65504,
            65519,
            65520,
            1e-5,
            5.9e-8,
            2.9e-8,
            3e-8,
            6.1e-5,
            6.097e-5,
            1.00048828125,
            1.00146484375,
            2049,
            2051,
            -1e9,
            0.1,
            1 / 3,
        ],
        np.float32,
    )
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
            add(
                f"DequantizeLinear {kind}",
                opset,
                [q, Constant(scale), Constant(zero)],
                (d - 13) * float(scale),
            )
        add(
            f"DequantizeLinear {kind} without zero point",
            13,
            [q, Constant(scale)],
            d * float(scale),
        )
        add(
            f"DequantizeLinear {kind} constant",
            13,
            [Constant(q), Constant(scale), Constant(zero)],
            (d - 13) * float(scale),
        )
        spread = lambda a: a.astype(np.float64)[None, :, None]
        add(
            f"DequantizeLinear {kind} along axis",
            13,
            [q, Constant(scales), Constant(zeros)],
            (d - spread(zeros)) * spread(scales),
        )
        add(
            f"DequantizeLinear {kind} along axis from the end",
            13,
            [q, Constant(scales), Constant(zeros)],
            (d - spread(zeros)) * spread(scales),
            {"axis": -2},
        )
        first = numbers(4, low=0.01, high=0.2, seed=3)
        add(
            f"DequantizeLinear {kind} along axis 0",
            13,
            [q, Constant(first)],
            d * first.astype(np.float64)[:, None, None],
            {"axis": 0},
        )
        x = numbers(4, 3, 5, low=-6, high=6)
        expected = np.clip(np.round(x / scale) + 13, low, high).astype(dtype)
        add(f"QuantizeLinear {kind}", 13, [x, Constant(scale), Constant(zero)], expected)
        expected = np.clip(np.round(x / scales[None, :, None]) + spread(zeros), low, high)
        add(
            f"QuantizeLinear {kind} along axis",
            13,
            [x, Constant(scales), Constant(zeros)],
            expected.astype(dtype),
            {"axis": 1},
        )
    halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 300, -300], np.float32)
    add(
        "QuantizeLinear halves",
        10,
        [halves, Constant(np.float32(1)), Constant(np.int8(0))],
        np.array([-2, -2, 0, 0, 2, 2, 127, -128], np.int8),
    )
    add(
        "QuantizeLinear default type",
        13,
        [halves, Constant(np.float32(0.5))],
        np.array([0, 0, 0, 1, 3, 5, 255, 0], np.uint8),
    )
    i = whole(6, low=-100000, high=100000, dtype=np.int32)
    add(
        "DequantizeLinear int32", 13, [i, Constant(np.float32(0.001))], i * float(np.float32(0.001))
    )
