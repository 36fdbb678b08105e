# SPDX-License-Identifier: Apache-2.0
"""Operators that work on one element at a time."""

import math

import numpy as np

from .table import Constant, add, numbers, whole, wide


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
    add(
        "HardSigmoid sixth",
        13,
        [x],
        np.clip(f32(1 / 6) * d + 0.5, 0, 1),
        {"alpha": 1 / 6, "beta": 0.5},
    )
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
    add("Celu 0.7", 12, [x], np.where(d > 0, d, f32(0.7) * np.expm1(d / f32(0.7))), {"alpha": 0.7})
    add("Cos any", 13, [x], np.cos(d))
    add("Mish any", 18, [x], d * np.tanh(np.log1p(np.exp(d))))
    selu = np.where(d > 0, d, f32(1.67326324) * np.expm1(d)) * f32(1.05070102)
    add("Selu default", 13, [x], selu)
    add(
        "Selu own", 13, [x], np.where(d > 0, d, 2 * np.expm1(d)) * 0.5, {"alpha": 2.0, "gamma": 0.5}
    )
    add("Sign any", 13, [x], np.sign(d))
    add("Sin any", 13, [x], np.sin(d))
    add("Softplus any", 13, [x], np.log1p(np.exp(d)))
    add("Softplus far", 13, [np.float32([-200, 200])], np.array([0.0, 200.0]))
    add("Softsign any", 13, [x], d / (1 + np.abs(d)))
    add("ThresholdedRelu 0.5", 13, [x], np.where(d > 0.5, d, 0), {"alpha": 0.5})
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
    add(
        "Clip bounds crossed",
        13,
        [x, Constant(np.float32(3)), Constant(np.float32(-3))],
        np.full(x.shape, -3.0),
    )
    add(
        "Clip int64",
        12,
        [whole_x, Constant(np.int64(-3)), Constant(np.int64(4))],
        np.clip(whole_x, -3, 4),
    )


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
            add(
                f"{operator} {np.dtype(dtype).name}",
                13,
                [i.astype(dtype), j.astype(dtype)],
                exact.astype(dtype),
            )
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
    add("Pow int exponent", 13, [numbers(3, 5), Constant(np.int64(2))], wide(numbers(3, 5))[0] ** 2)
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
    add(
        "Where constants",
        13,
        [a, Constant(np.float32(1)), Constant(np.float32(-1))],
        np.where(a, np.float32(1), np.float32(-1)),
    )
