# SPDX-License-Identifier: Apache-2.0
"""Matrix products, reductions, softmax, normalisations."""

import itertools
import math

import numpy as np

from .table import Constant, add, ints, numbers, whole, wide


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
        for note, c in (
            ("row", numbers(3, seed=3)),
            ("column", numbers(5, 1, seed=3)),
            ("full", numbers(5, 3, seed=3)),
            ("scalar", numbers(1, seed=3)),
        ):
            add(
                f"Gemm {ta}{tb} {note}",
                13,
                [a, Constant(b), Constant(c)],
                0.5 * wa @ wb + 2.0 * c.astype(np.float64),
                {"alpha": 0.5, "beta": 2.0, "transA": ta, "transB": tb},
            )
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
        add(
            f"{operator} no axes, nothing to do",
            18,
            [x, Constant(np.zeros(0, np.int64))],
            x if operator != "ReduceL2" else np.abs(x),
            {"noop_with_empty_axes": 1},
        )
        if operator in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"):
            add(
                f"{operator} int64",
                13,
                [i] + ([ints(1)] if operator == "ReduceSum" else []),
                function(i, axis=1, keepdims=True),
                {} if operator == "ReduceSum" else {"axes": [1]},
            )
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
    add(
        "BatchNormalization epsilon",
        14,
        inputs,
        expected + channel(bias),
        {"epsilon": 0.01, "momentum": 0.8},
    )

    def normal(a, axes, epsilon):
        spread = a.var(axis=axes, keepdims=True)
        return (a - a.mean(axis=axes, keepdims=True)) / np.sqrt(spread + epsilon)

    add(
        "InstanceNormalization default",
        13,
        [x, Constant(scale), Constant(bias)],
        normal(d, (2, 3), small) * channel(scale) + channel(bias),
    )
    add(
        "InstanceNormalization far from 0",
        13,
        [x + np.float32(100), Constant(scale), Constant(bias)],
        normal((x + np.float32(100)).astype(np.float64), (2, 3), eps) * channel(scale)
        + channel(bias),
        {"epsilon": 0.01},
    )
    grouped = normal(numbers(2, 6, 4, 3).astype(np.float64).reshape(2, 3, -1), (2,), small)
    for opset, count in ((18, 3), (21, 6)):
        s, b = numbers(count, seed=6), numbers(count, seed=7)
        by_channel = lambda a: np.repeat(a.astype(np.float64), 6 // count)[None, :, None, None]
        add(
            "GroupNormalization default",
            opset,
            [numbers(2, 6, 4, 3), Constant(s), Constant(b)],
            grouped.reshape(2, 6, 4, 3) * by_channel(s) + by_channel(b),
            {"num_groups": 3},
        )
    for axis in (-1, 2, 1):
        shape = x.shape[axis:]
        w, b = numbers(*shape, seed=6), numbers(*shape, seed=7)
        y = normal(d, tuple(range(axis % 4, 4)), small) * wide(w)[0]
        add(
            f"LayerNormalization axis {axis}",
            17,
            [x, Constant(w), Constant(b)],
            y + wide(b)[0],
            {"axis": axis},
        )
        add(
            f"LayerNormalization axis {axis} without bias",
            17,
            [x, Constant(w)],
            y,
            {"axis": axis, "epsilon": 1e-5},
        )
