# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera's path as keyframes of an object and its lens."""
import mathutils
import numpy

from . import compat

FIRST_FRAME = 1


def animate(item, motion, source, scale):
    """Let the camera object `item` go along `motion` (core.glb.Motion), whose origin is the photo's camera `source`."""
    world = source.matrix_world if source.parent else source.matrix_basis
    place, turn = world.to_translation(), world.to_quaternion()
    # The path begins at a camera that looks along +Y; `source` may have been turned by the user.
    level = turn @ mathutils.Quaternion((1, 0, 0), -numpy.pi / 2)
    rotation = numpy.array(level.to_matrix())
    places = numpy.array(place) + scale * motion.places @ rotation.T
    turns = _multiply(numpy.array(level), motion.turns)
    item.rotation_mode = "QUATERNION"
    _set_keys(item, "location", places)
    _set_keys(item, "rotation_quaternion", turns)
    if numpy.ptp(motion.zooms) > 0 or motion.zooms[0] != 1:
        _set_keys(item.data, "lens", item.data.lens * motion.zooms[:, None])


def _multiply(first, second):
    """Products of one quaternion w, x, y, z with many, each on the side of the one before."""
    w, x, y, z = first
    a, b, c, d = second.T
    product = numpy.stack(
        (
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        ),
        axis=1,
    )
    for k in range(1, len(product)):  # the same turn, and a short way from one key to the next
        if product[k] @ product[k - 1] < 0:
            product[k] = -product[k]
    return product


def _set_keys(block, path, values):
    """Keys for every frame, linear in between; `values` is (frames, components)."""
    first = values[0] if values.shape[1] > 1 else float(values[0, 0])
    setattr(block, path, first)
    block.keyframe_insert(path, frame=FIRST_FRAME)
    frames = numpy.arange(len(values)) + FIRST_FRAME
    for curve in compat.curves_of(block):
        if curve.data_path != path:
            continue
        points = curve.keyframe_points
        points.add(len(values) - len(points))
        both = numpy.stack((frames, values[:, curve.array_index]), axis=1)
        points.foreach_set("co", both.astype(numpy.float32).ravel())
        for point in points:
            point.interpolation = "LINEAR"
        curve.update()


def match_frames(scene, motion):
    """Let the scene render the whole move."""
    scene.frame_start, scene.frame_end = FIRST_FRAME, FIRST_FRAME + len(motion.zooms) - 1
    scene.frame_set(FIRST_FRAME)
