# SPDX-License-Identifier: Apache-2.0
"""What views of the rendered scenes must look like: a second implementation of the camera that pages and windows have."""
import json
import pathlib

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCENES = ROOT / "tests/data/scenes"


def scene_options(name):
    camera = json.loads((SCENES / name / "camera.json").read_text())
    depth = SCENES / name / "depth.exr"
    return ["--depth", depth, "--depth-is", "metres", "--fov", camera["fov_long_deg"]]


def psnr(a, b):
    error = np.mean((a.astype(float) - b.astype(float)) ** 2)
    return 99.0 if error == 0 else 10 * np.log10(255.0**2 / error)


def predict(scene, depth, photo, shown):
    """The view of a camera that has moved, from the photo's pixels put in their places: (picture, where it speaks). What lies
    farther is overwritten by what lies nearer."""
    height, width = depth.shape
    depth, photo = (np.repeat(np.repeat(a, 2, 0), 2, 1) for a in (depth, photo))
    q = 1 / depth
    offset = np.array(shown) * scene["focal"] * scene["travel"] * scene["near"]
    margin = np.hypot(2 * offset[0] / width, 2 * offset[1] / height) * scene["pivot"]
    slack = 4 / max(width, height)
    zoom = 1 / (1 - (np.hypot(margin, slack) - slack))
    rows, columns = (np.mgrid[0 : 2 * height, 0 : 2 * width] + 0.5) / 2
    x = (columns - (q - scene["pivot"]) * offset[0] - width / 2) * zoom + width / 2
    y = (rows - (q - scene["pivot"]) * offset[1] - height / 2) * zoom + height / 2
    order = np.argsort(q, axis=None)
    column, row = np.floor(x.ravel()[order]).astype(int), np.floor(y.ravel()[order]).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    picture, there = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), bool)
    nearest = np.zeros((height, width))
    where = (row[inside], column[inside])
    picture[where] = photo.reshape(-1, 3)[order][inside]
    nearest[where] = q.ravel()[order][inside]
    there[where] = True
    # Beside a silhouette a pixel of the far side may be seen between pixels of the near one.
    steep = np.zeros_like(there)
    for axis in (0, 1):
        for step in (-1, 1):
            near = np.roll(nearest, step, axis)
            steep |= np.abs(near - nearest) > 0.02 * q.max()
            there &= near > 0
    return picture, there & ~steep


def blurred(picture):
    """A mean over 3 x 3 pixels, as pixels are put in places but for a fraction."""
    wide = np.pad(picture.astype(float), ((1, 1), (1, 1), (0, 0)), "edge")
    rows, columns = picture.shape[:2]
    return sum(wide[j : j + rows, i : i + columns] for j in range(3) for i in range(3)) / 9
