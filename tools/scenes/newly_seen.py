#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which pixels of a second view show a surface that the source view does not see.

Second cameras differ from the source camera by a translation alone, so a pixel of the second view
is lifted with its own depth, moved into the source camera's frame and compared with the depth
found there.  As a program, prints the shares for every view of one rendered scene:

    newly_seen.py DIR       DIR holds camera.json, depth.exr and VIEW_depth.exr
"""

import json
import sys
from pathlib import Path

import exr
import numpy as np

# A point counts as hidden when it lies this share behind everything seen around its pixel.
TOLERANCE = 0.02


def lift(depth, focal):
    """Camera-space points (height, width, 3) in metres of a depth map; `focal` in pixels."""
    height, width = depth.shape
    x = (np.arange(width) + 0.5 - width / 2.0) / focal
    y = (height / 2.0 - np.arange(height) - 0.5) / focal
    z = depth.astype(np.float64)
    return np.stack([x[None, :] * z, y[:, None] * z, -z], axis=-1)


def project(points, focal, size):
    """Pixel coordinates x, y (0.5 is the first pixel's centre) and depth of camera-space points."""
    width, height = size
    z = -points[..., 2]
    return (
        width / 2.0 + focal * points[..., 0] / z,
        height / 2.0 - focal * points[..., 1] / z,
        z,
    )


def farthest_around(depth):
    """The largest depth in the 3x3 neighbourhood of every pixel."""
    padded = np.pad(depth, 1, mode="edge")
    height, width = depth.shape
    windows = [padded[j : j + height, i : i + width] for j in range(3) for i in range(3)]
    return np.max(windows, axis=0)


def newly_seen(source_depth, view_depth, focal, offset):
    """Two boolean maps of the second view: `hidden` behind something in the source view, and
    `outside` its frame.  `offset` is the second camera's place in the source camera's frame."""
    height, width = source_depth.shape
    points = lift(view_depth, focal) + np.asarray(offset, np.float64)
    x, y, z = project(points, focal, (width, height))
    outside = (x < 0) | (x >= width) | (y < 0) | (y >= height) | (z <= 0)
    column = np.clip(np.floor(x), 0, width - 1).astype(int)
    row = np.clip(np.floor(y), 0, height - 1).astype(int)
    seen = farthest_around(source_depth)[row, column]
    hidden = ~outside & (z > seen * (1.0 + TOLERANCE))
    return hidden, outside


def report(name, hidden, outside):
    """One printed line: the shares of newly seen pixels in per cent."""
    a, b = 100.0 * hidden.mean(), 100.0 * outside.mean()
    return f"{name}: newly seen {a + b:5.2f} % (behind something {a:5.2f} %, outside {b:5.2f} %)"


def main(folder):
    folder = Path(folder)
    camera = json.loads((folder / "camera.json").read_text())
    source = exr.read(folder / "depth.exr")["Y"]
    for name, view in camera["views"].items():
        path = folder / f"{name}_depth.exr"
        if path.exists():
            seen = newly_seen(source, exr.read(path)["Y"], camera["focal_px"], view["offset_m"])
            print(report(f"{camera['scene']} {name}", *seen))


if __name__ == "__main__":
    main(sys.argv[1])
