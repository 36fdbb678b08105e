# SPDX-License-Identifier: Apache-2.0
"""Element by element, and sums of products."""

import numpy as np

from .cases import Case, Const, floats, ints

UNARY = {
    "Abs": {},
    "Ceil": {},
    "Cos": {},
    "Celu": {"alpha": 0.7},
    "Elu": {"alpha": 0.7},
    "Erf": {},
    "Exp": {},
    "Floor": {},
    "HardSigmoid": {"alpha": 0.3, "beta": 0.4},
    "HardSwish": {},
    "Identity": {},
    "LeakyRelu": {"alpha": 0.2},
    "Mish": {},
    "Neg": {},
    "Reciprocal": {},
    "Relu": {},
    "Round": {},
    "Selu": {"alpha": 1.5, "gamma": 1.1},
    "Sigmoid": {},
    "Sign": {},
    "Sin": {},
    "Softplus": {},
    "Softsign": {},
    "Tanh": {},
    "ThresholdedRelu": {"alpha": 0.6},
}
SINCE = {"Celu": 12, "HardSwish": 14, "Mish": 18, "Round": 11, "Gelu": 20, "ThresholdedRelu": 10}
SHAPES = (([3, 4], [3, 4]), ([2, 3, 4], [4]), ([2, 3, 1], [1, 3, 5]), ([1, 16, 5, 6], [16, 1, 1]))
SHAPES += (([5], []), ([1, 3, 4, 4], [1, 3, 4, 4]), ([1, 20, 3, 3], [1, 1, 3, 3]))


def unary(draw):
    for operator, attributes in UNARY.items():
        for shape in ([3, 7], [1, 20, 5, 3], [2, 16, 4, 4]):
            opset = max(SINCE.get(operator, 9), draw.pick(9, 13, 17))
            x = draw.real(*shape)
            yield Case(operator, opset, [x], attributes if draw.pick(True, False) else {})
    for operator in ("Log", "Sqrt"):
        yield Case(operator, 13, [draw.real(3, 7, low=0.1, high=5)])
    for form in ("none", "tanh"):
        yield Case("Gelu", 20, [draw.real(3, 70, low=-6, high=6)], {"approximate": form})
    extreme = np.array([-1e30, -88, -20, -0.0, 0.0, 1e-30, 20, 88.5, 1e30, np.inf, -np.inf], "f4")
    for operator in ("Erf", "Exp", "Sigmoid", "Softplus", "Tanh", "Elu", "HardSigmoid", "Relu"):
        yield Case(operator, 13, [extreme])
    for opset in (9, 11, 13):
        x = draw.real(1, 20, 5, 3)
        for low, high in ((-1.0, 1.0), (0.0, 6.0), (None, 0.5), (-0.5, None), (None, None)):
            if opset < 11:
                named = {k: v for k, v in (("min", low), ("max", high)) if v is not None}
                yield Case("Clip", opset, [x], named)
            else:
                bounds = [None if v is None else Const(np.float32(v)) for v in (low, high)]
                yield Case("Clip", opset, [x, *bounds])
    for shape in ([16, 1, 1], [1], [1, 1, 6]):
        yield Case("PRelu", draw.pick(9, 16), [draw.real(1, 16, 5, 6), Const(draw.real(*shape))])


def binary(draw):
    for a, b in SHAPES:
        for operator in ("Add", "Sub", "Mul", "Div"):
            right = draw.real(*b, low=0.5, high=2)
            for swap in (False, True):
                inputs = [draw.real(*a), Const(right) if draw.pick(True, False) else right]
                yield Case(operator, draw.pick(9, 13, 14), inputs[::-1] if swap else inputs)
        base = draw.real(*a, low=0.1, high=3)
        for exponent in (draw.real(*b), floats(2.0), Const(draw.whole(*b, low=-2, high=3))):
            yield Case("Pow", 13, [base, exponent])
        for operator in ("Max", "Min", "Sum"):
            yield Case(operator, draw.pick(9, 13), [draw.real(*a), draw.real(*b), draw.real(*a)])
        for operator in ("Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"):
            opset = draw.pick(13, 16)
            whole = [draw.whole(*s, low=0, high=2) for s in (a, b)]
            yield Case(operator, opset, whole)
            yield Case(operator, opset, [w.astype(np.float32) for w in whole])
        for operator in ("And", "Or", "Xor"):
            yield Case(operator, 9, [draw.bits(*a), draw.bits(*b)])
        yield Case("Where", 9, [draw.bits(*b), draw.real(*a), draw.real(*b)])
        yield Case("Where", 16, [draw.bits(*a), draw.whole(*b), draw.whole(*a)])
        whole = draw.whole(*b, low=1, high=5)
        for operator in ("Add", "Sub", "Mul", "Div"):
            yield Case(operator, 14, [draw.whole(*a, low=-20, high=20), whole])
        for fmod in (0, 1):
            yield Case("Mod", 13, [draw.whole(*a, low=-20, high=20), whole], {"fmod": fmod})
        yield Case("Mod", 13, [draw.real(*a), draw.real(*b, low=0.5, high=2)], {"fmod": 1})
    yield Case("Not", 9, [draw.bits(3, 4)])
    for x in (np.array([-7, 7, -8, 8]), np.array([2, -2, 3, -3])):
        yield Case("Div", 13, [x, np.array([2, 2, -3, -3])])


def products(draw):
    shapes = (
        ([4, 5], [5, 6]),
        ([5], [5, 6]),
        ([4, 5], [5]),
        ([5], [5]),
        ([2, 4, 5], [5, 6]),
        ([2, 4, 5], [2, 5, 6]),
        ([1, 3, 7, 16], [1, 3, 16, 9]),
        ([2, 1, 4, 5], [3, 5, 6]),
        ([1, 37, 64], [64, 48]),
        ([17, 100], [100, 33]),
    )
    for a, b in shapes:
        for constant in (False, True):
            right = draw.real(*b)
            inputs = [draw.real(*a), Const(right) if constant else right]
            yield Case("MatMul", draw.pick(9, 13), inputs)
    for flip_a in (0, 1):
        for flip_b in (0, 1):
            a = draw.real(*([5, 4] if flip_a else [4, 5]))
            b = Const(draw.real(*([6, 5] if flip_b else [5, 6])))
            for c in ([6], [4, 6], [1, 6], [4, 1], [], None):
                attributes = {"transA": flip_a, "transB": flip_b}
                if draw.pick(True, False):
                    attributes |= {"alpha": 0.5, "beta": 1.5}
                inputs = [a, b] + ([] if c is None else [Const(draw.real(*c))])
                yield Case("Gemm", draw.pick(11, 13), inputs, attributes)


REDUCTIONS = ("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean")
REDUCTIONS += ("ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare")


def reductions(draw):
    for operator in REDUCTIONS:
        for axes in ([0], [-1], [1, 2], [2, 3], None, [0, 1, 2, 3]):
            opset = draw.pick(11, 13, 18)
            x = draw.real(2, 3, 4, 5, low=0.1 if "Log" in operator else -2)
            attributes = {} if draw.pick(True, False) else {"keepdims": 0}
            as_input = opset >= (13 if operator == "ReduceSum" else 18)
            if axes is None:
                yield Case(operator, opset, [x], attributes)
            elif as_input:
                yield Case(operator, opset, [x, ints(*axes)], attributes)
            else:
                yield Case(operator, opset, [x], attributes | {"axes": axes})
    for operator in ("ReduceSum", "ReduceMean"):
        attributes = {"noop_with_empty_axes": 1}
        yield Case(operator, 18, [draw.real(2, 3), ints()], attributes)
    for operator in ("ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum"):
        yield Case(operator, 11, [draw.whole(3, 4)], {"axes": [1]})
    for operator in ("ArgMax", "ArgMin"):
        for axis in (0, 1, -1):
            attributes = {"axis": axis, "keepdims": draw.pick(0, 1)}
            yield Case(operator, draw.pick(11, 13), [draw.real(3, 4, 5)], attributes)
    for operator in ("Softmax", "LogSoftmax"):
        for shape in ([3, 7], [2, 3, 4], [1, 6, 5, 37]):
            for axis in (None, 0, 1, -1):
                attributes = {} if axis is None else {"axis": axis}
                opset = draw.pick(11, 13)
                yield Case(operator, opset, [draw.real(*shape, low=-8, high=8)], attributes)
    for attributes in ({}, {"exclusive": 1}, {"reverse": 1}, {"exclusive": 1, "reverse": 1}):
        for axis in (0, -1):
            inputs = [draw.real(3, 4), Const(np.array(axis, np.int64))]
            yield Case("CumSum", draw.pick(11, 14), inputs, attributes)
    for equation, shapes in (
        ("bij,bjk->bik", ([2, 3, 4], [2, 4, 5])),
        ("bhid,bhjd->bhij", ([1, 2, 3, 4], [1, 2, 5, 4])),
        ("ij->ji", ([3, 4],)),
        ("bchw,bkc->bkhw", ([1, 3, 4, 5], [1, 2, 3])),
    ):
        yield Case("Einsum", 12, [draw.real(*s) for s in shapes], {"equation": equation})
