# SPDX-License-Identifier: Apache-2.0
"""Operators of quantised networks. Scales are powers of two, so that nothing but the specification's rounding happens."""

import numpy as np

from .table import Constant, add, numbers, whole, wide
from .windows import conv


def drawn(*shape, dtype=np.uint8, seed=1):
    info = np.iinfo(dtype)
    return whole(*shape, low=info.min, high=info.max, dtype=dtype, seed=seed)


def rounded(x, scale, zero, dtype):
    info = np.iinfo(dtype)
    return np.clip(np.round(x / scale) + float(zero), info.min, info.max).astype(dtype)


def triple(scale, zero):
    return [Constant(np.float32(scale)), Constant(zero)]


def conv_cases(dtype):
    kind = np.dtype(dtype).name
    x, xz, yz = drawn(2, 4, 6, 5, dtype=dtype), dtype(7), dtype(20)
    w, bias = drawn(6, 2, 3, 3, dtype=np.int8, seed=2), whole(6, low=-900, high=900, dtype=np.int32)
    attributes = {"group": 2, "pads": [1, 0, 1, 2], "strides": [2, 1]}
    sums = conv(x.astype(float) - 7, w, None, (2, 1), (1, 1), ((1, 1), (0, 2)), 2)
    scales = np.float32([2.0**-k for k in (5, 6, 7, 6, 5, 8)])
    spread = lambda a: a.astype(np.float64)[None, :, None, None]
    head = [x, *triple(2**-4, xz), Constant(w)]
    add(
        f"QLinearConv {kind}",
        13,
        [*head, *triple(2**-7, np.int8(0)), *triple(0.5, yz), Constant(bias)],
        rounded((sums + spread(bias)) * 2.0**-11, 0.5, yz, dtype),
        attributes,
    )
    add(
        f"QLinearConv {kind} by channel",
        13,
        [*head, Constant(scales), Constant(np.zeros(6, np.int8)), *triple(0.25, yz)],
        rounded(sums * spread(scales) * 2.0**-4, 0.25, yz, dtype),
        attributes,
    )
    shifted = conv(x.astype(float) - 7, w + 3.0, None, (2, 1), (1, 1), ((1, 1), (0, 2)), 2)
    inputs = [x, Constant(w), Constant(xz), Constant(np.int8(-3))]
    add(f"ConvInteger {kind}", 13, inputs, shifted.astype(np.int32), attributes)
    plain = conv(x, w, None, (2, 1), (1, 1), ((1, 1), (0, 2)), 2)
    add(f"ConvInteger {kind} no zero", 13, inputs[:2], plain.astype(np.int32), attributes)


def product_cases(dtype):
    kind = np.dtype(dtype).name
    a, b = drawn(2, 3, 5, dtype=dtype), drawn(5, 7, dtype=np.int8, seed=2)
    az, yz = dtype(11), dtype(3)
    da, db = wide(a, b)
    add(
        f"MatMulInteger {kind}",
        13,
        [a, Constant(b), Constant(az), Constant(np.int8(5))],
        ((da - 11) @ (db - 5)).astype(np.int32),
    )
    zeros = whole(7, low=-4, high=4, dtype=np.int8)
    add(
        f"MatMulInteger {kind} by column",
        13,
        [a, Constant(b), Constant(az), Constant(zeros)],
        ((da - 11) @ (db - zeros)).astype(np.int32),
    )
    add(
        f"QLinearMatMul {kind}",
        13,
        [a, *triple(2**-5, az), Constant(b), *triple(2**-6, np.int8(5)), *triple(0.25, yz)],
        rounded((da - 11) @ (db - 5) * 2.0**-11, 0.25, yz, dtype),
    )


def contributed_cases(dtype):
    kind = np.dtype(dtype).name
    a, b = drawn(2, 3, 4, 5, dtype=dtype), drawn(3, 1, 1, dtype=dtype, seed=2)
    az, bz, yz = dtype(10), dtype(90), dtype(40)
    da, db = (wide(a)[0] - 10) * 2.0**-4, (wide(b)[0] - 90) * 2.0**-5
    inputs = [a, *triple(2**-4, az), b, *triple(2**-5, bz), *triple(2**-3, yz)]
    add(f"com.microsoft.QLinearAdd {kind}", 13, inputs, rounded(da + db, 2**-3, yz, dtype))
    add(f"com.microsoft.QLinearMul {kind}", 13, inputs, rounded(da * db, 2**-3, yz, dtype))
    one = [a, *triple(2**-4, az), *triple(2**-7, yz)]
    sigmoid = 1 / (1 + np.exp(-da))
    add(f"com.microsoft.QLinearSigmoid {kind}", 13, one, rounded(sigmoid, 2**-7, yz, dtype))
    leaky = np.where(da < 0, 0.25 * da, da)
    attributes = {"alpha": 0.25}
    expected = rounded(leaky, 2**-7, yz, dtype)
    add(f"com.microsoft.QLinearLeakyRelu {kind}", 13, one, expected, attributes)
    c = drawn(2, 6, 4, 5, dtype=dtype, seed=3)
    parts = [*triple(2**-3, yz), a, *triple(2**-4, az), c, *triple(2**-5, bz)]
    joined = np.concatenate([da, (wide(c)[0] - 90) * 2.0**-5], axis=1)
    expected = rounded(joined, 2**-3, yz, dtype)
    add(f"com.microsoft.QLinearConcat {kind}", 13, parts, expected, {"axis": 1})


def dynamic_cases():
    for name, low, high in (("both signs", -1.0, 0.9921875), ("positive", 0.0, 1.9921875)):
        x = numbers(4, 5, low=low, high=high)
        x.flat[3], x.flat[7] = low, high
        scale = (high - low) / 255
        zero = np.uint8(np.round(-low / scale))
        expected = [rounded(x, scale, zero, np.uint8), np.float32(scale), zero]
        add(f"DynamicQuantizeLinear {name}", 11, [x], expected)


def quantised_cases():
    for dtype in (np.uint8, np.int8):
        conv_cases(dtype)
        product_cases(dtype)
        contributed_cases(dtype)
    dynamic_cases()
