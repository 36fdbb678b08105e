# SPDX-License-Identifier: Apache-2.0
"""Geometry as plain numbers: vertices in metres and faces, made, moved and merged by numpy."""

import math

import numpy as np


class Shape:
    """Vertices (n, 3), faces as tuples of indices, and one UV pair a vertex (n, 2)."""

    def __init__(self, verts, faces, uvs=None):
        self.verts = np.asarray(verts, np.float64).reshape(-1, 3)
        self.faces = [tuple(face) for face in faces]
        self.uvs = np.zeros((len(self.verts), 2)) if uvs is None else np.asarray(uvs, float)

    def moved(self, by=(0, 0, 0), turn=(0, 0, 0), scale=1.0):
        """A copy: scaled, turned by Euler angles (degrees, about x, then y, then z), moved."""
        points = self.verts * np.asarray(scale, float)
        return Shape(points @ rotation(turn).T + np.asarray(by, float), self.faces, self.uvs)


def rotation(turn):
    """3x3 matrix of Euler angles in degrees, applied about x, then y, then z."""
    x, y, z = np.radians(np.asarray(turn, float))
    cx, sx, cy, sy, cz, sz = (f(a) for a in (x, y, z) for f in (math.cos, math.sin))
    rx = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rz = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return rz @ ry @ rx


def merge(shapes):
    """One shape from many; pieces stay separate islands."""
    shapes = list(shapes)
    start, faces = 0, []
    for shape in shapes:
        faces += [tuple(i + start for i in face) for face in shape.faces]
        start += len(shape.verts)
    verts = np.concatenate([shape.verts for shape in shapes])
    return Shape(verts, faces, np.concatenate([shape.uvs for shape in shapes]))


def box(size, centre=(0, 0, 0)):
    """A cuboid of `size` (x, y, z) about `centre`."""
    corners = [(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
    verts = np.asarray(corners) * np.asarray(size, float) + np.asarray(centre, float)
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return Shape(verts, faces)


def prism(outline, height):
    """A flat polygon [(x, y), ...] raised from z = 0 to `height`."""
    count = len(outline)
    verts = [(x, y, z) for z in (0.0, height) for x, y in outline]
    faces = [tuple(range(count))[::-1], tuple(range(count, 2 * count))]
    faces += [(i, (i + 1) % count, (i + 1) % count + count, i + count) for i in range(count)]
    return Shape(verts, faces)


def grid(columns, rows, place):
    """A sheet of columns x rows cells; place(u, v) gives a point for u, v in 0..1 (arrays)."""
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    verts = np.stack(np.broadcast_arrays(*place(u, v)), axis=-1).reshape(-1, 3)
    line = columns + 1
    faces = [
        (j * line + i, j * line + i + 1, (j + 1) * line + i + 1, (j + 1) * line + i)
        for j in range(rows)
        for i in range(columns)
    ]
    return Shape(verts, faces, _sheet_uvs(verts.reshape(rows + 1, line, 3)))


def _sheet_uvs(points):
    """UVs in metres along both directions of a sheet of points (rows, columns, 3)."""
    across = np.linalg.norm(np.diff(points, axis=1), axis=2).mean(axis=0)
    along = np.linalg.norm(np.diff(points, axis=0), axis=2).mean(axis=1)
    u = np.concatenate([[0], np.cumsum(across)])
    v = np.concatenate([[0], np.cumsum(along)])
    return np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)


def lathe(profile, segments=48, smooth=0):
    """Turn a profile [(radius, z), ...] about the z axis; `smooth` extra points a step."""
    points = np.asarray(profile, float)
    if smooth:
        points = curve(points, smooth)
    radius, height = np.maximum(points[:, 0], 0.0), points[:, 1]
    angles = np.linspace(0, 2 * math.pi, segments, endpoint=False)
    verts = np.stack(
        [
            radius[:, None] * np.cos(angles),
            radius[:, None] * np.sin(angles),
            np.broadcast_to(height[:, None], (len(height), segments)),
        ],
        axis=-1,
    )
    uvs = np.stack(np.meshgrid(angles * max(radius.max(), 1e-3), height), axis=-1)
    faces = _ring_faces(len(height), segments)
    faces += [tuple(range(segments))[::-1]] if radius[0] > 1e-6 else []
    faces += [tuple((len(height) - 1) * segments + i for i in range(segments))]
    return Shape(verts.reshape(-1, 3), faces, uvs.reshape(-1, 2))


def _ring_faces(rings, segments):
    faces = []
    for j in range(rings - 1):
        for i in range(segments):
            k = (i + 1) % segments
            faces.append(
                (j * segments + i, j * segments + k, (j + 1) * segments + k, (j + 1) * segments + i)
            )
    return faces


def curve(points, extra):
    """Catmull-Rom interpolation of points (n, d) with `extra` new points in every step."""
    points = np.asarray(points, float)
    padded = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0, 1, extra + 1, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:]):
        pieces.append(
            0.5
            * (
                2 * b
                + (c - a) * t
                + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            )
        )
    return np.concatenate(pieces + [points[-1:]])


def tube(points, radii, sides=8, smooth=0):
    """A round tube along `points` (n, 3); `radii` one number or one a point."""
    points = np.asarray(points, float)
    radii = np.broadcast_to(np.asarray(radii, float), (len(points),))
    if smooth:
        both = curve(np.concatenate([points, radii[:, None]], axis=1), smooth)
        points, radii = both[:, :3], np.maximum(both[:, 3], 1e-5)
    tangents = np.gradient(points, axis=0)
    tangents /= np.maximum(np.linalg.norm(tangents, axis=1, keepdims=True), 1e-12)
    angles = np.linspace(0, 2 * math.pi, sides, endpoint=False)
    side = np.cross(tangents[0], [0, 0, 1] if abs(tangents[0][2]) < 0.9 else [1, 0, 0])
    rings = []
    for point, tangent, radius in zip(points, tangents, radii):
        side = side - tangent * side.dot(tangent)
        side /= max(np.linalg.norm(side), 1e-12)
        other = np.cross(tangent, side)
        rings.append(
            point + radius * (np.cos(angles)[:, None] * side + np.sin(angles)[:, None] * other)
        )
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    uvs = np.stack(np.meshgrid(angles * max(radii.max(), 1e-3), length), axis=-1).reshape(-1, 2)
    count = len(points)
    faces = _ring_faces(count, sides)
    faces += [tuple(range(sides))[::-1], tuple((count - 1) * sides + i for i in range(sides))]
    return Shape(np.concatenate(rings), faces, uvs)


def rod(a, b, radius, sides=10):
    """A straight tube from a to b."""
    return tube([a, b], radius, sides)


def ball(radius, centre=(0, 0, 0), rings=20, segments=28, bulge=None):
    """A sphere or, with bulge(unit vectors (n, 3)) -> factors, a lumpy one."""
    angle = np.linspace(0, math.pi, rings + 1)
    shape = lathe(np.stack([np.sin(angle), -np.cos(angle)], axis=1), segments)
    unit = shape.verts.copy()
    factor = 1.0 if bulge is None else bulge(unit)[:, None]
    shape.verts = unit * factor * np.asarray(radius, float) + np.asarray(centre, float)
    return shape


def blade(length, width, bend=0.25, cup=0.15, steps=6):
    """A leaf along +y from the origin, `cup`ped across and bent down along its length."""
    t = np.linspace(0, 1, steps + 1)
    half = 0.5 * width * np.sin(np.pi * np.clip(t, 0, 1) ** 0.75) ** 0.8 + width * 0.02
    half[-1] = width * 0.01
    y = length * t * (1 - 0.25 * abs(bend) * t)
    z = -bend * length * t * t
    verts, uvs = [], []
    for j in range(steps + 1):
        for i, side in enumerate((-1, 0, 1)):
            verts.append((side * half[j], y[j], z[j] + abs(side) * cup * half[j]))
            uvs.append((0.5 * i, t[j]))
    faces = []
    for j in range(steps):
        for i in range(2):
            k = 3 * j + i
            faces.append((k, k + 1, k + 4, k + 3))
    return Shape(verts, faces, uvs)


def lumps(seed, amount=0.1, count=6):
    """A bulge function for ball(): a few broad bumps in fixed random directions."""
    rng = np.random.default_rng(seed)
    axes = rng.standard_normal((count, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    sizes = rng.uniform(-amount, amount, count)
    return lambda unit: 1.0 + (np.maximum(unit @ axes.T, 0) ** 2) @ sizes


def scatter(piece, spots, turns, scales):
    """Copies of one shape at spots (n, 3), turned (n, 3 degrees) and scaled (n,)."""
    return merge(piece.moved(p, t, s) for p, t, s in zip(spots, turns, scales))


def direction_turn(direction, roll=0.0):
    """Euler angles that turn +y into `direction`, after a `roll` about y (degrees)."""
    d = np.asarray(direction, float)
    d = d / max(np.linalg.norm(d), 1e-12)
    yaw = math.degrees(math.atan2(-d[0], d[1]))
    pitch = math.degrees(math.asin(np.clip(d[2], -1, 1)))
    return pitch, roll, yaw
