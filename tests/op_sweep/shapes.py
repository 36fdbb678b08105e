# SPDX-License-Identifier: Apache-2.0
"""What moves elements about: slices, pads, joins, gathers, shapes."""

import numpy as np

from .cases import Case, Const, ints


def slices(draw):
    for n in range(60):
        rank = draw.pick(1, 2, 3, 4)
        dims = draw.dims(rank, 2, 8)
        axes = draw.some(rank) or [0]
        starts, ends, steps = [], [], []
        for axis in axes:
            step = draw.pick(1, 1, 2, -1, -2)
            low, high = sorted(draw.random.integers(0, dims[axis], 2, endpoint=True).tolist())
            if low == high:
                low, high = 0, dims[axis]
            if step < 0:
                low, high = min(high, dims[axis]) - 1, low - 1 if low else -(2**62)
            elif draw.pick(True, False):
                high = draw.pick(2**63 - 1, high)
            starts.append(low - dims[axis] if draw.pick(True, False) and low < dims[axis] else low)
            ends.append(high)
            steps.append(step)
        signed = [a - rank if draw.pick(True, False) else a for a in axes]
        x = draw.real(*dims)
        if n % 3 == 0 and all(s == 1 for s in steps):
            attributes = {"starts": starts, "ends": ends, "axes": axes}
            yield Case("Slice", 9, [x], attributes)
        dtype = draw.pick(np.int64, np.int64, np.int32)
        clip = np.iinfo(dtype)
        bounds = [np.clip(v, clip.min, clip.max).astype(dtype) for v in (starts, ends)]
        inputs = [x, *map(Const, bounds), Const(np.array(signed, dtype))]
        if any(s != 1 for s in steps) or draw.pick(True, False):
            inputs.append(Const(np.array(steps, dtype)))
        yield Case("Slice", draw.pick(10, 11, 13), inputs)


def pads(draw):
    for _ in range(60):
        rank = draw.pick(1, 2, 4, 4)
        dims = draw.dims(rank, 3, 7)
        mode = draw.pick("constant", "reflect", "edge", "wrap")
        opset = draw.pick(9, 11, 13, 18, 19)
        if mode == "wrap":
            opset = 19
        low = -1 if mode == "constant" else 0
        amounts = draw.whole(2 * rank, low=low, high=2).tolist()
        if opset == 9:
            attributes = {"mode": mode, "pads": amounts}
            if draw.pick(True, False):
                attributes["value"] = 1.5
            yield Case("Pad", 9, [draw.real(*dims)], attributes)
            continue
        inputs = [draw.real(*dims), ints(*amounts)]
        if mode == "constant" and draw.pick(True, False):
            inputs.append(Const(np.float32(2.5)))
        if opset >= 18 and draw.pick(True, False):
            axes = draw.some(rank) or [0]
            begin, end = [amounts[a] for a in axes], [amounts[rank + a] for a in axes]
            inputs = [inputs[0], ints(*begin, *end), *(inputs[2:] or [None]), ints(*axes)]
        yield Case("Pad", opset, inputs, {"mode": mode})
    yield Case("Pad", 13, [draw.whole(3, 4), ints(1, 0, 2, 1), Const(np.int64(7))])
    yield Case("Pad", 13, [draw.bits(3, 4), ints(1, 0, 2, 1)])


def gathers(draw):
    for _ in range(40):
        rank = draw.pick(1, 2, 3)
        dims = draw.dims(rank, 2, 6)
        axis = int(draw.random.integers(-rank, rank))
        low = -dims[axis] if draw.pick(True, False) else 0
        index = draw.whole(*draw.dims(draw.pick(0, 1, 2)), low=low, high=dims[axis] - 1)
        index = index.astype(draw.pick(np.int64, np.int32))
        data = draw.pick(draw.real(*dims), draw.whole(*dims), draw.quantised(*dims))
        index = Const(index) if draw.pick(True, False) else index
        opset = draw.pick(9, 11, 13)
        if opset < 11 and low < 0:
            opset = 11
        yield Case("Gather", opset, [data, index], {"axis": axis})
        if rank > 1:
            shape = list(dims)
            shape[axis] = draw.pick(1, 2, 5)
            index = draw.whole(*shape, low=low, high=dims[axis] - 1)
            yield Case("GatherElements", draw.pick(11, 13), [data, index], {"axis": axis})
    for batch in (0, 1):
        data = draw.real(2, 3, 4, 5)
        index = draw.whole(2, 3, 2, low=0, high=1)
        yield Case("GatherND", 13, [data, index], {"batch_dims": batch})


def joins(draw):
    for _ in range(30):
        rank = draw.pick(1, 2, 4)
        dims = draw.dims(rank)
        axis = int(draw.random.integers(-rank, rank))
        parts = []
        for _ in range(draw.pick(1, 2, 3)):
            shape = list(dims)
            shape[axis] = draw.pick(1, 2, 16)
            parts.append(draw.real(*shape))
        yield Case("Concat", draw.pick(9, 11, 13), parts, {"axis": axis})
    for _ in range(30):
        rank = draw.pick(1, 2, 4)
        dims = draw.dims(rank)
        axis = int(draw.random.integers(-rank, rank))
        parts = draw.dims(draw.pick(1, 2, 3), 1, 4)
        dims[axis] = sum(parts)
        opset = draw.pick(9, 11, 13, 18)
        if opset < 11:
            axis %= rank
        x, attributes = draw.real(*dims), {"axis": axis}
        if opset < 13:
            yield Case("Split", opset, [x], attributes | {"split": parts}, outputs=len(parts))
        else:
            yield Case("Split", opset, [x, ints(*parts)], attributes, outputs=len(parts))
    yield Case("Split", 13, [draw.real(4, 6)], {"axis": 1}, outputs=3)
    yield Case("Split", 11, [draw.real(4, 6)], {"axis": 1}, outputs=3)
    yield Case("Split", 18, [draw.real(4, 7)], {"axis": 1, "num_outputs": 3}, outputs=3)


def reshapes(draw):
    x = draw.real(2, 3, 4, 5)
    for target in ([6, 20], [0, -1], [2, 0, 20], [-1], [2, 3, 2, 2, 5], [1, 0, -1]):
        yield Case("Reshape", draw.pick(9, 13, 14), [x, ints(*target)])
    yield Case("Reshape", 14, [draw.real(2, 0, 3), ints(0, 2, 5)], {"allowzero": 1})
    for axis in (0, 1, 2, 3, 4, -1, -2):
        yield Case("Flatten", draw.pick(11, 13), [x], {"axis": axis})
    thin = draw.real(1, 3, 1, 5)
    for axes in ([0], [0, 2], [-2], []):
        attributes = {"axes": axes} if axes else {}
        yield Case("Squeeze", 11, [thin], attributes)
        yield Case("Squeeze", 13, [thin, ints(*axes)] if axes else [thin])
    for axes in ([0], [1, 3], [-1], [0, -1]):
        yield Case("Unsqueeze", 11, [draw.real(3, 4)], {"axes": axes})
        yield Case("Unsqueeze", 13, [draw.real(3, 4), ints(*axes)])
    for rank in (1, 2, 3, 4, 5):
        for _ in range(3):
            order = draw.random.permutation(rank).tolist()
            yield Case(
                "Transpose", draw.pick(9, 13), [draw.real(*draw.dims(rank))], {"perm": order}
            )
        yield Case("Transpose", 13, [draw.whole(*draw.dims(rank))])
    for target in ([4, 3, 5], [2, 1, 3, 1], [1, 1], [3, 1]):
        yield Case("Expand", draw.pick(9, 13), [draw.real(3, 1), ints(*target)])
    for repeats in ([1, 2], [3, 1], [2, 2]):
        yield Case("Tile", draw.pick(9, 13), [draw.real(3, 4), ints(*repeats)])
    for attributes in ({}, {"start": 1}, {"start": -2, "end": -1}, {"start": 1, "end": 9}):
        yield Case("Shape", 15, [x], attributes)
    yield Case("Size", 13, [x])
    for value in (np.array([2.5], np.float32), np.array([7], np.int64), np.array([True])):
        yield Case("ConstantOfShape", draw.pick(9, 20), [ints(2, 3)], {"value": value})
    yield Case("ConstantOfShape", 9, [ints(2, 3)])
    for numbers in ((0, 9, 2), (5, -4, -3), (0.5, 3, 0.75)):
        dtype = np.float32 if isinstance(numbers[0], float) else draw.pick(np.int64, np.int32)
        yield Case("Range", 11, [Const(np.array(v, dtype)) for v in numbers])
    for mode in ("DCR", "CRD"):
        for opset in (11, 13):
            x = draw.real(2, 12, 3, 4)
            yield Case("DepthToSpace", opset, [x], {"blocksize": 2, "mode": mode})
    yield Case("SpaceToDepth", 13, [draw.real(2, 3, 4, 6)], {"blocksize": 2})
    for upper in (0, 1):
        yield Case(
            "Trilu", 14, [draw.real(2, 4, 5), Const(np.array(1, np.int64))], {"upper": upper}
        )


def casts(draw):
    for source in (np.float32, np.float64, np.int32, np.int64, np.uint8, np.int8, bool, np.float16):
        for target in (1, 2, 3, 6, 7, 9, 10, 11):
            low = 0 if np.dtype(source).kind in "ub" or target == 2 else -9
            x = draw.whole(3, 5, low=low, high=9, dtype=np.int64)
            x = (x * 0.7 if np.dtype(source).kind == "f" else x).astype(source)
            yield Case("Cast", draw.pick(9, 13, 19), [x], {"to": target})
