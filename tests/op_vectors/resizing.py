# SPDX-License-Identifier: Apache-2.0
"""Resize and Upsample."""

import math

import numpy as np

from .table import Constant, add, ints, numbers, whole, wide


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
        matrix = resize_matrix(
            x.shape[axis], size[axis - 2], scale, mode, coordinate, nearest, a, exclude
        )
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


def quantised_cases():
    """Enlarged twice, so that the weights are exact; a fraction is cut off."""
    for dtype in (np.uint8, np.int8):
        info = np.iinfo(dtype)
        x = whole(1, 3, 5, 7, low=info.min, high=info.max, dtype=dtype)
        for mode in ("nearest", "linear"):
            add(
                f"Resize {mode} {np.dtype(dtype).name}",
                13,
                [x, None, Constant([1, 1, 2, 2], np.float32)],
                np.trunc(resize(x, (10, 14), (2.0, 2.0), mode, "half_pixel")).astype(dtype),
                {"mode": mode},
            )


def resize_cases():
    x = numbers(1, 3, 5, 7)
    quantised_cases()
    for n, m in ((5, 12), (7, 4)):
        at = (np.arange(m) + 0.5) * n / m
        pixels = np.clip(np.ceil(at - 0.5), 0, n - 1).astype(int)
        row = numbers(1, 2, 1, n)
        add(
            f"Resize tf_half_pixel_for_nn {n} to {m}",
            11,
            [row, Constant([], np.float32), Constant([], np.float32), ints(1, 2, 1, m)],
            row[..., pixels],
            {"mode": "nearest", "coordinate_transformation_mode": "tf_half_pixel_for_nn"},
        )
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
            add_resize(
                f"{mode} {coordinate} from one pixel", numbers(2, 5, 1, 1), size=(3, 2), **how
            )
            add_resize(f"{mode} {coordinate} old opset", x, size=(9, 8), opset=11, **how)
    add_resize(
        "linear half_pixel 17 channels",
        numbers(1, 17, 4, 6),
        scales=(2.0, 2.0),
        mode="linear",
        coordinate="half_pixel",
    )
    add_resize(
        "linear half_pixel 8x",
        numbers(1, 1, 3, 5),
        scales=(8.0, 8.0),
        mode="linear",
        coordinate="half_pixel",
    )
    add_resize("linear same size", x, size=(5, 7), mode="linear", coordinate="align_corners")
    add_resize(
        "nearest seven thirds",
        numbers(1, 1, 3, 6),
        scales=(7 / 3, 5 / 3),
        mode="nearest",
        coordinate="asymmetric",
        nearest="floor",
    )
    add_resize("cubic a -0.5", x, size=(9, 11), mode="cubic", coordinate="half_pixel", a=-0.5)
    add_resize(
        "cubic exclude outside", x, size=(9, 11), mode="cubic", coordinate="half_pixel", exclude=1
    )
    add_resize(
        "roi is ignored",
        x,
        scales=(2.0, 2.0),
        mode="linear",
        coordinate="half_pixel",
        roi=Constant(np.array([0, 0, 0.2, 0.2, 1, 1, 0.8, 0.8], np.float32)),
    )
    add_resize(
        "two images",
        numbers(2, 2, 3, 3),
        size=(5, 4),
        mode="linear",
        coordinate="half_pixel",
        opset=18,
    )
    how = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
    expected = resize(x, (9, 6), None, "linear", "align_corners")
    add("Resize axes", 18, [x, None, None, ints(9, 6)], expected, dict(how, axes=[2, 3]))
    add(
        "Resize axes in another order",
        18,
        [x, None, None, ints(6, 9)],
        expected,
        dict(how, axes=[-1, 2]),
    )
    expected = resize(x, (10, 7), (2.0, 1.0), "linear", "align_corners")
    add(
        "Resize one axis by scale",
        18,
        [x, None, Constant([2.0], np.float32)],
        expected,
        dict(how, axes=[2]),
    )
    for mode in ("nearest", "linear"):
        for operator, opset in (("Resize", 10), ("Upsample", 9), ("Upsample", 7)):
            scales = (2.0, 3.0)
            expected = resize(x, (10, 21), scales, mode, "asymmetric", "simple")
            factors = [1.0, 1.0, *scales]
            if opset == 7:
                add(f"{operator} {mode}", 7, [x], expected, {"mode": mode, "scales": factors})
            else:
                add(
                    f"{operator} {mode}",
                    opset,
                    [x, Constant(factors, np.float32)],
                    expected,
                    {"mode": mode},
                )
        scales = (0.6, 0.6)
        expected = resize(x, (3, 4), scales, mode, "asymmetric", "simple")
        add(
            f"Resize {mode} down",
            10,
            [x, Constant([1, 1, *scales], np.float32)],
            expected,
            {"mode": mode},
        )
