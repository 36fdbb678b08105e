# SPDX-License-Identifier: Apache-2.0
"""Operators of quantised files, in the forms that onnxruntime.quantization writes."""

import numpy as np

from .cases import Case, Const

TYPES = (np.uint8, np.int8)


def scale(draw, *shape, low=0.005, high=0.05):
    return Const(draw.real(*shape, low=low, high=high))


def zero(draw, dtype, *shape, symmetric=False):
    middle = 0 if dtype == np.int8 else 128
    reach = 0 if symmetric else 20
    return Const(draw.whole(*shape, low=middle - reach, high=middle + reach, dtype=dtype))


def to_and_fro(draw):
    for dtype in TYPES:
        for opset in (10, 13, 19, 21):
            x = draw.real(2, 5, 6, low=-4, high=4)
            yield Case("QuantizeLinear", opset, [x, scale(draw), zero(draw, dtype)])
            q = draw.quantised(2, 5, 6, dtype=dtype)
            yield Case("DequantizeLinear", opset, [q, scale(draw), zero(draw, dtype)])
            yield Case("DequantizeLinear", opset, [q, scale(draw)])
        for axis in (0, 1, -1):
            count = [2, 5, 6][axis]
            both = [scale(draw, count), zero(draw, dtype, count)]
            attributes = {"axis": axis}
            x = draw.real(2, 5, 6)
            yield Case("QuantizeLinear", 13, [x, *both], attributes)
            yield Case(
                "DequantizeLinear", 13, [draw.quantised(2, 5, 6, dtype=dtype), *both], attributes
            )
    whole = draw.whole(2, 5, low=-5000, high=5000, dtype=np.int32)
    yield Case("DequantizeLinear", 13, [whole, scale(draw)])
    halves = np.arange(-20, 20, dtype=np.float32) * np.float32(0.5)
    yield Case("QuantizeLinear", 13, [halves, Const(np.float32(1)), Const(np.uint8(9))])
    for x in (draw.real(3, 4), draw.real(5, low=0.5, high=3), draw.real(2, 2, low=-3, high=-1)):
        yield Case("DynamicQuantizeLinear", 11, [x], outputs=3, quanta=1)


def weights(draw, dtype, *shape, per_channel):
    """Quantised weights with their scale and zero point."""
    count = [shape[0]] if per_channel else []
    symmetric = dtype == np.int8
    return (
        Const(draw.quantised(*shape, dtype=dtype)),
        scale(draw, *count, low=0.002, high=0.01),
        zero(draw, dtype, *count, symmetric=symmetric or per_channel),
    )


def convolutions(draw):
    for n in range(24):
        groups = draw.pick(1, 1, 2)
        channels, out = groups * draw.pick(2, 8, 16), groups * draw.pick(3, 8, 16)
        if n % 4 == 0:
            groups = channels = out = 16
        kernel = draw.pick([1, 1], [3, 3], [5, 3])
        xt = TYPES[n % 3 == 2]
        wt = np.int8 if xt == np.int8 else TYPES[n % 2]
        attributes = {"group": groups, "kernel_shape": kernel, "strides": draw.dims(2, 1, 2)}
        if draw.pick(True, False):
            attributes["pads"] = [k // 2 for k in kernel + kernel]
        if draw.pick(True, False):
            attributes["dilations"] = draw.pick([1, 1], [2, 1])
        x = draw.quantised(draw.pick(1, 2), channels, 9, 8, dtype=xt)
        w, ws, wz = weights(
            draw, wt, out, channels // groups, *kernel, per_channel=draw.pick(True, False)
        )
        ys, yz = scale(draw, low=0.05, high=0.2), zero(draw, xt)
        inputs = [x, scale(draw), zero(draw, xt), w, ws, wz, ys, yz]
        if draw.pick(True, False):
            inputs.append(Const(draw.whole(out, low=-2000, high=2000, dtype=np.int32)))
        yield Case("QLinearConv", 10, inputs, attributes, quanta=1)
        if xt == np.uint8:
            point = Const(np.array(wz.array.flat[0]))
            yield Case("ConvInteger", 10, [x, w, zero(draw, xt), point], attributes)
            yield Case("ConvInteger", 10, [x, w], attributes)


def products(draw):
    for a, b in (
        ([4, 5], [5, 6]),
        ([2, 4, 5], [5, 6]),
        ([2, 4, 5], [2, 5, 6]),
        ([7, 64], [64, 16]),
    ):
        for at, bt in ((np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.int8)):
            left, right = draw.quantised(*a, dtype=at), Const(draw.quantised(*b, dtype=bt))
            points = [zero(draw, at), zero(draw, bt)]
            if at == np.uint8:
                yield Case("MatMulInteger", 10, [left, right, *points])
                yield Case("MatMulInteger", 10, [left, right])
            ys, yz = scale(draw, low=0.05, high=0.2), zero(draw, at)
            inputs = [left, scale(draw), points[0], right, scale(draw), points[1], ys, yz]
            yield Case("QLinearMatMul", draw.pick(10, 21), inputs, quanta=1)
            c = Const(draw.whole(b[-1], low=-500, high=500, dtype=np.int32))
            if len(a) == 2:
                inputs = [left, scale(draw), points[0], right, scale(draw), points[1], c, ys, yz]
                yield Case("QGemm", 13, inputs, domain="com.microsoft", quanta=1)


def contributed(draw):
    for dtype in TYPES:
        for a, b in (([1, 16, 5, 6], [1, 16, 5, 6]), ([2, 7], [7]), ([1, 16, 3, 3], [1, 16, 1, 1])):
            for operator in ("QLinearAdd", "QLinearMul"):
                inputs = []
                for shape in (a, b):
                    x = draw.quantised(*shape, dtype=dtype)
                    inputs += [x, scale(draw), zero(draw, dtype)]
                inputs += [scale(draw, low=0.05, high=0.1), zero(draw, dtype)]
                yield Case(operator, 13, inputs, domain="com.microsoft", quanta=1)
        x = [draw.quantised(1, 16, 6, 6, dtype=dtype), scale(draw), zero(draw, dtype)]
        y = [scale(draw), zero(draw, dtype)]
        for operator, attributes in (
            ("QLinearSigmoid", {}),
            ("QLinearLeakyRelu", {"alpha": 0.2}),
            ("QLinearGlobalAveragePool", {}),
            ("QLinearAveragePool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ):
            inputs = x + y
            yield Case(operator, 13, inputs, attributes, domain="com.microsoft", quanta=1)
        parts = []
        for count in (3, 5):
            parts += [draw.quantised(1, count, 4, 4, dtype=dtype), scale(draw), zero(draw, dtype)]
        inputs = [*y, *parts]
        yield Case("QLinearConcat", 13, inputs, {"axis": 1}, domain="com.microsoft", quanta=1)
    for operator in ("QuickGelu", "FastGelu", "Gelu"):
        yield Case(operator, 13, [draw.real(3, 20)], domain="com.microsoft")
    yield Case("BiasGelu", 13, [draw.real(3, 20), Const(draw.real(20))], domain="com.microsoft")
