# SPDX-License-Identifier: Apache-2.0
"""Convolutions, pooling, normalisation, resizing."""

import itertools

import numpy as np

from .cases import Case, Const, floats, ints


def window(draw, sizes, dilated=True):
    """Attributes of a window that slides over `sizes`."""
    kernel = [draw.pick(1, 2, 3, 5), draw.pick(1, 2, 3, 4)]
    found = {"kernel_shape": kernel, "strides": draw.dims(2, 1, 3)}
    if dilated and draw.pick(True, False):
        found["dilations"] = draw.dims(2, 1, 2)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, found.get("dilations", [1, 1]))]
    if draw.pick(True, True, False):
        most = [min(k - 1, 3) for k in kernel]
        pads = [int(draw.random.integers(0, m, endpoint=True)) for m in most + most]
        found["pads"] = pads
    elif "dilations" not in found:
        found["auto_pad"] = draw.pick("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET")
    pads = found.get("pads", [0, 0, 0, 0])
    fits = all(s + pads[i] + pads[i + 2] >= r for i, (s, r) in enumerate(zip(sizes, reach)))
    return found if fits or "auto_pad" in found and found["auto_pad"].startswith("SAME") else None


def convolutions(draw):
    for n in range(60):
        groups = draw.pick(1, 1, 1, 2, 4)
        depthwise = draw.pick(False, False, True)
        channels = groups * draw.pick(1, 3, 8, 16)
        if depthwise:
            groups = channels = draw.pick(3, 16, 20)
        out = groups * draw.pick(1, 2, 5, 16)
        size = draw.dims(2, 5, 13)
        attributes = window(draw, size)
        if not attributes:
            continue
        attributes["group"] = groups
        kernel = attributes["kernel_shape"]
        x = draw.real(draw.pick(1, 2), channels, *size)
        weights = draw.real(out, channels // groups, *kernel)
        inputs = [x, Const(weights) if n % 4 else weights]
        if draw.pick(True, False):
            inputs.append(Const(draw.real(out)))
        if draw.pick(True, False):
            del attributes["kernel_shape"]
        yield Case("Conv", draw.pick(9, 11, 13), inputs, attributes)


def transposed_convolutions(draw):
    for _ in range(60):
        groups = draw.pick(1, 1, 2)
        channels, out = groups * draw.pick(1, 4, 16), draw.pick(1, 3, 16)
        kernel, strides = draw.dims(2, 1, 5), draw.dims(2, 1, 4)
        attributes = {"kernel_shape": kernel, "strides": strides, "group": groups}
        if draw.pick(True, False):
            attributes["dilations"] = draw.dims(2, 1, 2)
        if draw.pick(True, False):
            attributes["output_padding"] = [int(draw.random.integers(0, s)) for s in strides]
        if draw.pick(True, False):
            attributes["pads"] = [int(draw.random.integers(0, k)) for k in kernel + kernel]
        inputs = [draw.real(draw.pick(1, 2), channels, *draw.dims(2, 3, 7))]
        inputs.append(Const(draw.real(channels, out, *kernel)))
        if draw.pick(True, False):
            inputs.append(Const(draw.real(out * groups)))
        yield Case("ConvTranspose", draw.pick(9, 11, 13), inputs, attributes)
    for auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        attributes = {"auto_pad": auto, "strides": [2, 3]}
        inputs = [draw.real(1, 4, 5, 6), Const(draw.real(4, 3, 3, 4))]
        yield Case("ConvTranspose", 11, inputs, attributes)
    for shape in ([10, 17], [11, 18]):
        attributes = {"output_shape": shape, "strides": [2, 3]}
        inputs = [draw.real(1, 4, 5, 6), Const(draw.real(4, 3, 3, 4))]
        yield Case("ConvTranspose", 11, inputs, attributes)


def pooling(draw):
    for operator in ("MaxPool", "AveragePool"):
        for _ in range(40):
            size = draw.dims(2, 5, 12)
            opset = draw.pick(9, 10, 11, 12, 17, 19)
            dilated = opset >= (19 if operator == "AveragePool" else 10)
            attributes = window(draw, size, dilated)
            if not attributes:
                continue
            if opset >= 10 and draw.pick(True, False):
                attributes["ceil_mode"] = 1
            if operator == "AveragePool" and draw.pick(True, False):
                attributes["count_include_pad"] = 1
            x = draw.real(draw.pick(1, 2), draw.pick(1, 3, 16, 17), *size)
            yield Case(operator, opset, [x], attributes)
    for operator in ("GlobalAveragePool", "GlobalMaxPool"):
        for shape in ([2, 5, 7, 3], [1, 16, 4, 4], [1, 3, 8]):
            yield Case(operator, 13, [draw.real(*shape)])


def normalisation(draw):
    for shape in ([2, 5, 6, 7], [1, 16, 3, 3], [2, 4, 9], [3, 8]):
        channels = shape[1]
        numbers = [Const(draw.real(channels)) for _ in range(3)]
        variance = Const(draw.real(channels, low=0.1, high=2))
        for opset in (9, 14, 15):
            yield Case(
                "BatchNormalization",
                opset,
                [draw.real(*shape), *numbers, variance],
                {"epsilon": draw.pick(1e-5, 1e-3)},
            )
        if len(shape) > 2:
            inputs = [draw.real(*shape), *numbers[:2]]
            yield Case("InstanceNormalization", 9, inputs, {"epsilon": draw.pick(1e-5, 1e-2)})
    for shape, groups in (
        ([2, 6, 5, 4], 3),
        ([1, 32, 4, 4], 32),
        ([2, 8, 9], 2),
        ([1, 4, 3, 3], 1),
    ):
        x = draw.real(*shape)
        by_group = [Const(draw.real(groups)) for _ in range(2)]
        by_channel = [Const(draw.real(shape[1])) for _ in range(2)]
        attributes = {"num_groups": groups, "epsilon": draw.pick(1e-5, 1e-2)}
        yield Case("GroupNormalization", 18, [x, *by_group], attributes)
        yield Case("GroupNormalization", 21, [x, *by_channel], attributes)
    for shape in ([2, 5, 8], [1, 7, 384], [3, 4, 5, 6]):
        for axis in range(-len(shape), len(shape)):
            norm = shape[axis:] if axis < 0 else shape[axis:]
            inputs = [draw.real(*shape), Const(draw.real(*norm))]
            if draw.pick(True, False):
                inputs.append(Const(draw.real(*norm)))
            yield Case("LayerNormalization", draw.pick(17, 18, 21), inputs, {"axis": axis})


MODES = ("nearest", "linear", "cubic")
COORDINATES = (
    "half_pixel",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_crop_and_resize",
    "half_pixel_symmetric",
)
NEAREST = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
SIZES = (
    ([5, 6], [10, 12]),
    ([5, 6], [8, 15]),
    ([9, 8], [4, 3]),
    ([7, 5], [7, 10]),
    ([4, 4], [1, 9]),
)


def resize_inputs(draw, opset, x, size, by_scale):
    """Inputs behind x for a target size."""
    whole = [*x.shape[:2], *size]
    scales = [o / i for o, i in zip(whole, x.shape)]
    roi = None if opset >= 13 else floats()
    if by_scale:
        return [x, roi, floats(*scales)]
    return [x, roi, None if opset >= 13 else floats(), ints(*whole)]


def resizing(draw):
    for mode, coordinate, (before, after) in itertools.product(MODES, COORDINATES, SIZES):
        if coordinate == "half_pixel_symmetric":
            opset = 19
        else:
            opset = draw.pick(11, 13, 18, 19)
        attributes = {"mode": mode, "coordinate_transformation_mode": coordinate}
        if mode == "nearest":
            attributes["nearest_mode"] = draw.pick(*NEAREST)
        if mode == "cubic":
            attributes["cubic_coeff_a"] = draw.pick(-0.75, -0.5)
            attributes["exclude_outside"] = draw.pick(0, 1)
        x = draw.real(1, draw.pick(1, 3, 16), *before)
        inputs = resize_inputs(draw, opset, x, after, draw.pick(True, False))
        if coordinate == "tf_crop_and_resize":
            inputs[1] = floats(0, 0, 0.1, 0.2, 1, 1, 0.8, 1.3)
            attributes["extrapolation_value"] = 0.5
        yield Case("Resize", opset, inputs, attributes)
    for coordinate in ("half_pixel", "tf_half_pixel_for_nn"):
        attributes = {"mode": "nearest", "coordinate_transformation_mode": coordinate}
        x = draw.real(1, 3, 5, 6)
        yield Case("Resize", 11, resize_inputs(draw, 11, x, [9, 7], True), attributes)
    for mode, (before, after) in itertools.product(MODES[:2], SIZES):
        x = draw.real(1, draw.pick(1, 16), *before)
        scales = floats(1, 1, *(o / i for o, i in zip(after, before)))
        yield Case("Resize", 10, [x, scales], {"mode": mode})
        if after[0] >= before[0] and after[1] >= before[1]:
            yield Case("Upsample", 9, [x, scales], {"mode": mode})
            given = [float(s) for s in scales.array]
            yield Case("Upsample", 8, [x], {"mode": mode, "scales": given})
    yield from resizing_18(draw)


def resizing_18(draw):
    for policy in ("stretch", "not_larger", "not_smaller"):
        for mode in MODES:
            attributes = {"mode": mode, "axes": [2, 3], "keep_aspect_ratio_policy": policy}
            x = draw.real(1, 3, 6, 8)
            yield Case("Resize", 18, [x, None, None, ints(9, 10)], attributes)
    for mode, (before, after) in itertools.product(("linear", "cubic"), SIZES):
        for coordinate in ("half_pixel", "align_corners", "asymmetric"):
            attributes = {
                "mode": mode,
                "antialias": 1,
                "coordinate_transformation_mode": coordinate,
            }
            x = draw.real(1, 3, *before)
            yield Case("Resize", 18, resize_inputs(draw, 18, x, after, False), attributes)
    for axes in ([3, 2], [2], [-1], [1, 2]):
        x = draw.real(1, 3, 6, 8)
        scales = floats(*(draw.pick(1.5, 2.0) if a != 1 else 1.0 for a in axes))
        yield Case("Resize", 18, [x, None, scales], {"mode": "linear", "axes": axes})
    # Fewer and more axes than a picture has; the batch and the channels too.
    yield Case("Resize", 13, [draw.real(2, 3, 5), None, floats(1, 1, 2)], {"mode": "linear"})
    yield Case("Resize", 13, [draw.real(5, 6), None, floats(2, 1.5)], {"mode": "linear"})
    yield Case("Resize", 13, [draw.real(2, 3, 4, 5), None, floats(2, 1, 2, 2)], {"mode": "nearest"})
    five = [draw.real(1, 2, 3, 4, 5), None, floats(1, 1, 2, 2, 2)]
    yield Case("Resize", 13, five, {"mode": "nearest"})
    for dtype in (np.uint8, np.int8):
        x = draw.quantised(1, 3, 5, 6, dtype=dtype)
        for mode in ("nearest", "linear"):
            inputs = resize_inputs(draw, 13, x, [10, 12], True)
            yield Case("Resize", 13, inputs, {"mode": mode}, quanta=1)
