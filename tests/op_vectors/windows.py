# SPDX-License-Identifier: Apache-2.0
"""Conv, ConvTranspose and pooling."""

import itertools
import math

import numpy as np

from .table import Constant, add, numbers, wide


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


def add_conv(
    note,
    x,
    w,
    b=None,
    strides=(1, 1),
    dilations=(1, 1),
    pads=(0, 0, 0, 0),
    groups=1,
    auto_pad="NOTSET",
    opset=13,
    runtime_weights=False,
    spell_kernel=True,
):
    attributes = {"strides": list(strides), "dilations": list(dilations), "group": groups}
    if spell_kernel:
        attributes["kernel_shape"] = list(w.shape[2:])
    if auto_pad == "NOTSET":
        attributes["pads"] = list(pads)
    else:
        attributes["auto_pad"] = auto_pad
    amounts = [
        pad_amounts(
            x.shape[2 + i],
            w.shape[2 + i],
            strides[i],
            dilations[i],
            (pads[i], pads[2 + i]),
            auto_pad,
        )
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
    add_conv(
        "3x5 odd strides and pads", x, numbers(7, 5, 3, 5, seed=2), bias, (2, 3), pads=(0, 2, 1, 3)
    )
    add_conv("dilated", x, numbers(7, 5, 3, 3, seed=2), bias, dilations=(2, 3), pads=(2, 3, 2, 3))
    add_conv(
        "5x5 stride 2 dilated",
        numbers(1, 3, 17, 19),
        numbers(4, 3, 5, 5, seed=3),
        None,
        (2, 2),
        (2, 2),
        (4, 4, 4, 4),
    )
    add_conv("kernel as large as input", x, numbers(3, 5, 6, 11, seed=2), numbers(3, seed=6))
    add_conv("one pixel", numbers(1, 16, 1, 1), numbers(17, 16, 1, 1, seed=2), numbers(17, seed=3))
    add_conv("one pixel 3x3", numbers(1, 3, 1, 1), numbers(4, 3, 3, 3, seed=2), pads=(1, 1, 1, 1))
    add_conv("one channel", numbers(1, 1, 9, 11), numbers(1, 1, 3, 3, seed=2), pads=(1, 1, 1, 1))
    add_conv(
        "17 channels",
        numbers(1, 17, 5, 6),
        numbers(33, 17, 3, 3, seed=2),
        numbers(33, seed=4),
        pads=(1, 1, 1, 1),
    )
    add_conv("wide row", numbers(1, 2, 3, 131), numbers(3, 2, 3, 3, seed=2), pads=(1, 1, 1, 1))
    add_conv(
        "two groups",
        numbers(2, 6, 7, 5),
        numbers(8, 3, 3, 3, seed=2),
        numbers(8, seed=3),
        pads=(1, 1, 1, 1),
        groups=2,
    )
    add_conv(
        "grouped, stride 2",
        numbers(1, 12, 8, 9),
        numbers(9, 4, 3, 3, seed=2),
        None,
        (2, 2),
        pads=(1, 1, 1, 1),
        groups=3,
    )
    for size, stride in ((3, 1), (3, 2), (5, 1), (5, 2)):
        half = size // 2
        add_conv(
            f"depthwise {size}x{size} stride {stride}",
            numbers(1, 13, 9, 10),
            numbers(13, 1, size, size, seed=2),
            numbers(13, seed=3),
            (stride, stride),
            pads=(half, half, half, half),
            groups=13,
        )
    add_conv(
        "depthwise, two outputs a channel",
        numbers(1, 5, 6, 7),
        numbers(10, 1, 3, 3, seed=2),
        numbers(10, seed=3),
        pads=(0, 1, 1, 0),
        groups=5,
    )
    for mode in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        add_conv(
            f"{mode} 3x3 stride 2",
            numbers(1, 3, 8, 11),
            numbers(4, 3, 3, 3, seed=2),
            None,
            (2, 2),
            auto_pad=mode,
        )
        add_conv(
            f"{mode} 4x2",
            numbers(1, 3, 8, 11),
            numbers(4, 3, 4, 2, seed=2),
            None,
            (1, 3),
            auto_pad=mode,
        )
    add_conv(
        "stride larger than kernel",
        numbers(1, 3, 9, 10),
        numbers(2, 3, 1, 1, seed=2),
        None,
        (3, 2),
        auto_pad="SAME_UPPER",
    )
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
        part = np.einsum(
            "nc,cmij->nmij",
            x[:, g * per_in : (g + 1) * per_in, iy, ix],
            w[g * per_in : (g + 1) * per_in],
        )
        top, left = iy * strides[0], ix * strides[1]
        y[
            :,
            g * per_out : (g + 1) * per_out,
            top : top + reach[0] : dilations[0],
            left : left + reach[1] : dilations[1],
        ] += part
    y = y[:, :, pads[0] : full[0] - pads[2], pads[1] : full[1] - pads[3]]
    return y if b is None else y + b.astype(np.float64)[None, :, None, None]


def conv_transpose_cases():
    def case(
        note,
        x,
        w,
        b,
        attributes,
        pads,
        strides=(1, 1),
        dilations=(1, 1),
        extra=(0, 0),
        groups=1,
        opset=13,
    ):
        attributes = dict(
            attributes, strides=list(strides), dilations=list(dilations), group=groups
        )
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
    case(
        "stride 2, output padding",
        x,
        w,
        None,
        {"pads": [1, 1, 1, 1]},
        (1, 1, 1, 1),
        (2, 2),
        extra=(1, 1),
    )
    case("2x2 stride 2", x, numbers(5, 4, 2, 2, seed=2), numbers(4, seed=3), {}, zero, (2, 2))
    case("4x4 stride 4", x, numbers(5, 4, 4, 4, seed=2), numbers(4, seed=3), {}, zero, (4, 4))
    case(
        "odd strides, pads, dilations",
        x,
        w,
        b,
        {"pads": [0, 1, 2, 1]},
        (0, 1, 2, 1),
        (3, 2),
        (2, 1),
    )
    case("stride larger than kernel", x, numbers(5, 2, 1, 2, seed=2), None, {}, zero, (2, 3))
    case(
        "groups",
        numbers(1, 6, 3, 5),
        numbers(6, 2, 3, 3, seed=2),
        numbers(6, seed=3),
        {"pads": [1, 1, 1, 1]},
        (1, 1, 1, 1),
        (2, 2),
        groups=3,
    )
    # Full size: 4 -> 9, 7 -> 15. The excess of 1 or 2 goes to the beginning when it is odd.
    case("output shape", x, w, None, {"output_shape": [8, 13]}, (1, 1, 0, 1), (2, 2))
    case(
        "output shape, SAME_UPPER",
        x,
        w,
        None,
        {"output_shape": [8, 13], "auto_pad": "SAME_UPPER"},
        (0, 1, 1, 1),
        (2, 2),
    )
    case("SAME_LOWER", x, w, None, {"auto_pad": "SAME_LOWER"}, (1, 1, 0, 0), (2, 2))
    case("VALID", x, w, None, {"auto_pad": "VALID"}, zero, (2, 2))


def pool_cases():
    x = numbers(1, 2, 9, 12)

    def case(
        note,
        kernel,
        strides=(1, 1),
        pads=(0, 0, 0, 0),
        dilations=None,
        auto_pad="NOTSET",
        opset=13,
        operators=("MaxPool", "AveragePool"),
        data=x,
    ):
        attributes = {"kernel_shape": list(kernel), "strides": list(strides)}
        if auto_pad == "NOTSET":
            attributes["pads"] = list(pads)
        else:
            attributes["auto_pad"] = auto_pad
        if dilations:
            attributes["dilations"] = list(dilations)
        spread = dilations or (1, 1)
        amounts = [
            pad_amounts(
                data.shape[2 + i],
                kernel[i],
                strides[i],
                spread[i],
                (pads[i], pads[2 + i]),
                auto_pad,
            )
            for i in range(2)
        ]
        (wide_x,) = wide(data)
        seen = windows(wide_x, kernel, strides, spread, amounts, np.nan)
        if "MaxPool" in operators:
            add(f"MaxPool {note}", opset, [data], np.nanmax(seen, axis=(4, 5)), attributes)
        if "AveragePool" in operators:
            add(f"AveragePool {note}", opset, [data], np.nanmean(seen, axis=(4, 5)), attributes)
            full = np.nan_to_num(seen).mean(axis=(4, 5))
            add(
                f"AveragePool {note}, padding counts",
                opset,
                [data],
                full,
                dict(attributes, count_include_pad=1),
            )

    case("2x2 stride 2", (2, 2), (2, 2))
    case("3x3 stride 2 pad 1", (3, 3), (2, 2), (1, 1, 1, 1))
    case("3x2 odd strides and pads", (3, 2), (2, 3), (1, 0, 2, 1))
    case("7x7", (7, 7), data=numbers(1, 1, 7, 7))
    case("SAME_UPPER", (3, 3), (2, 2), auto_pad="SAME_UPPER")
    case("SAME_LOWER", (2, 2), (2, 2), auto_pad="SAME_LOWER")
    case("VALID", (3, 3), (2, 2), auto_pad="VALID")
    case("dilated", (3, 3), (1, 1), (1, 1, 1, 1), (2, 2), operators=("MaxPool",))
    case("dilated", (3, 3), (1, 1), (1, 1, 1, 1), (2, 2), opset=19)

    # ceil_mode: 9 rows by windows of 3, stride 3, pad 1: 4 windows with ceil, 3 without.
    # 12 columns alike.
    (wide_x,) = wide(x)
    seen = windows(wide_x, (3, 3), (3, 3), (1, 1), ((1, 3), (1, 3)), np.nan)[:, :, :4, :5]
    attributes = {"kernel_shape": [3, 3], "strides": [3, 3], "pads": [1, 1, 1, 1], "ceil_mode": 1}
    add("MaxPool ceil mode", 13, [x], np.nanmax(seen, axis=(4, 5)), attributes)
    add("AveragePool ceil mode", 13, [x], np.nanmean(seen, axis=(4, 5)), attributes)
    # Windows are cut off at the end of the padding (index 9 + 1 and 12 + 1), and only what is
    # left counts.
    rows = np.array([3, 3, 3, 2])
    columns = np.array([3, 3, 3, 3, 2])
    total = np.nansum(seen, axis=(4, 5)) / (rows[:, None] * columns[None, :])
    add(
        "AveragePool ceil mode, padding counts",
        19,
        [x],
        total,
        dict(attributes, count_include_pad=1),
    )
    # A window that would begin in the padding at the end does not exist: 4 columns, stride 2,
    # pad 1, kernel 2.
    y = numbers(1, 1, 4, 4)
    seen = windows(wide(y)[0], (2, 2), (2, 2), (1, 1), ((1, 1), (1, 1)), np.nan)
    attributes = {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [1, 1, 1, 1], "ceil_mode": 1}
    add(
        "MaxPool ceil mode, no window in the padding",
        13,
        [y],
        np.nanmax(seen, axis=(4, 5)),
        attributes,
    )

    add("GlobalAveragePool 4-D", 13, [x], wide_x.mean(axis=(2, 3), keepdims=True))
    add("GlobalAveragePool one pixel", 13, [numbers(1, 5, 1, 1)], numbers(1, 5, 1, 1))
    add("GlobalMaxPool 3-D", 13, [numbers(2, 5, 7)], numbers(2, 5, 7).max(axis=2, keepdims=True))
