# SPDX-License-Identifier: Apache-2.0
"""Check the depth pass against geometry that is known in closed form.

blender -b --python-exit-code 1 --python tools/scenes/check_depth.py

A tilted plane n.p = c has the depth c / (n.r) at a pixel whose ray is r = (x/f, y/f, -1): wrong
pixel centres, depth along the ray in place of the axis, or a filtered pass would all show.
"""

import math
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bpy
import camera as cameras
import exr
import materials
import numpy as np
import passes
from newly_seen import lift
from objects import put
from shapes import Shape

SIZE, FOV = (161, 120), 60.0
TOLERANCE = 2e-5  # relative; float32 rounding in the ray tracer plus 0.005 pixels


def tilted_plane():
    """A large plane through (0, 0, -3), tilted both ways; returns its unit normal."""
    normal = np.array([0.3, 0.5, 1.0]) / math.sqrt(0.3**2 + 0.5**2 + 1.0)
    across = np.cross(normal, [0, 1, 0])
    across /= np.linalg.norm(across)
    along = np.cross(normal, across)
    corners = [
        (0, 0, -3) + 40 * (a * across + b * along) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    put("plane", Shape(corners, [(0, 1, 2, 3)]), materials.paint("grey", "808080"))
    return normal


def main():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.view_layer.name = passes.LAYER
    normal = tilted_plane()
    camera = cameras.place((0, 0, 0), (0, 0, -1), FOV)
    passes.setup(SIZE, 1)
    with tempfile.TemporaryDirectory() as folder:
        measured = passes.depth(Path(folder) / "pass.exr")
        exr.write(Path(folder) / "depth.exr", measured)
        if not np.array_equal(exr.read(Path(folder) / "depth.exr")["Y"], measured):
            raise SystemExit("the EXR file does not give back what was written")
    rays = lift(np.ones_like(measured), cameras.focal_px(camera, SIZE[0]))
    known = (-3.0 * normal[2]) / (rays @ normal)
    error = np.abs(measured / known - 1.0).max()
    print(f"depth pass: largest relative error {error:.2e}, {TOLERANCE:.0e} allowed")
    if not error <= TOLERANCE:
        raise SystemExit("the depth pass does not match the plane")


main()
