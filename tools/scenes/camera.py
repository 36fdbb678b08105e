# SPDX-License-Identifier: Apache-2.0
"""The source camera of a scene and its second cameras.

Cameras look along their own -Z with +Y up.  The centre of pixel (x, y) lies at (x + 0.5, y + 0.5),
y counted from the top; the principal point is the middle of the picture; pixels are square.
Depth is the distance along the optical axis in metres.
"""

import math

import bpy
import numpy as np
from mathutils import Matrix, Vector

NEAREST_PERCENTILE = 0.1

# Direction of each second camera in the source camera's frame, and its share of the nearest depth.
VIEWS = {
    "side05": ((1, 0, 0), 0.05),
    "side10": ((1, 0, 0), 0.10),
    "up05": ((0, 1, 0), 0.05),
    "up10": ((0, 1, 0), 0.10),
    "fwd05": ((0, 0, -1), 0.05),
    "fwd10": ((0, 0, -1), 0.10),
}


# Frames of a film; the first is the source camera's.
FILM_FRAMES = 12


def film_offsets(nearest):
    """Translations of the film's frames: in an arc to the right and up, and forward all the while; metres."""
    found = []
    for frame in range(FILM_FRAMES):
        t = frame / (FILM_FRAMES - 1)
        right, up = 0.08 * math.sin(1.5 * math.pi * t), 0.05 * math.sin(math.pi * t)
        found.append([share * nearest for share in (right, up, -0.10 * t)])
    return found


def place(eye, target, fov_deg):
    """Make the scene's camera at `eye` (metres), looking at `target`; fov is that of the width."""
    data = bpy.data.cameras.new("source")
    data.sensor_fit = "HORIZONTAL"
    data.angle = math.radians(fov_deg)
    data.clip_start, data.clip_end = 0.01, 5000.0
    camera = bpy.data.objects.new("source", data)
    bpy.context.scene.collection.objects.link(camera)
    forward = Vector(target) - Vector(eye)
    rotation = forward.to_track_quat("-Z", "Y").to_matrix().to_4x4()
    camera.matrix_world = Matrix.Translation(eye) @ rotation
    bpy.context.scene.camera = camera
    return camera


def focal_px(camera, width):
    """Focal length in pixels of a picture of this width."""
    return width / (2.0 * math.tan(camera.data.angle / 2.0))


def nearest_depth(depth):
    """The depth that travel is a share of: the 0.1-percentile, in metres."""
    return float(np.percentile(depth, NEAREST_PERCENTILE))


def offsets(nearest):
    """{view: translation in the source camera's frame, metres}."""
    return {name: [a * share * nearest for a in axis] for name, (axis, share) in VIEWS.items()}


def rows(matrix):
    """A 4x4 matrix as nested lists, row by row."""
    return [[round(value, 9) for value in row] for row in matrix]


def describe(camera, size, depth):
    """What camera.json says about the source view; `depth` is its (height, width) depth map."""
    width, height = size
    nearest, farthest = nearest_depth(depth), float(depth.max())
    return {
        "convention": "camera looks along -Z, +Y up; pixel (x, y) has its centre at "
        "(x + 0.5, y + 0.5); depth in metres along the optical axis; matrices row by row",
        "width": width,
        "height": height,
        "focal_px": focal_px(camera, width),
        "principal_px": [width / 2.0, height / 2.0],
        "fov_long_deg": math.degrees(camera.data.angle),
        "camera_to_world": rows(camera.matrix_world),
        "nearest_depth_m": nearest,
        "farthest_depth_m": farthest,
        "far_to_near": farthest / nearest,
    }
