#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Read .obj, .ply and .stl files of relief with trimesh, and compare them with what they must hold.

    formats.py RELIEF

A rendered picture with a made-up depth map. What .obj and .ply hold must be what .glb holds; points must project to
the middles of the photo's pixels, with its colours and the map's depths; a solid must be closed, of the measures asked
for, and of the volume that the map says. Without trimesh (make test-tools) the test skips.
"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PHOTO = ROOT / "tests/data/scenes/figure/photo.jpg"
SKIPPED = 77
FOV = 60  # degrees on the long side
COLOUR_STEPS = 6  # by which two JPEG decoders may differ


def use_peers():
    """Start again with the peers' Python when this one lacks trimesh."""
    try:
        import numpy  # noqa: F401
        import PIL  # noqa: F401
        import trimesh  # noqa: F401
    except ImportError as error:
        python = ROOT / ".venv/bin/python"
        if python.exists() and "RELIEF_FORMATS_AGAIN" not in os.environ:
            os.environ["RELIEF_FORMATS_AGAIN"] = "1"
            os.execv(python, [str(python), *sys.argv])
        print(f"skip: formats: {error} (make test-tools installs the peers)")
        sys.exit(SKIPPED)


use_peers()

import numpy as np  # noqa: E402
import trimesh  # noqa: E402
from PIL import Image  # noqa: E402

sys.path.insert(0, str(ROOT / "tools/scenes"))
import exr  # noqa: E402


def make_depth(width, height):
    """Metres: a floor that rises away from the camera, with a block in front of it."""
    rows = np.linspace(9.0, 3.0, height, dtype=np.float32)
    depth = np.repeat(rows[:, None], width, axis=1)
    depth[height // 4 : height // 2, width // 3 : width // 2] = 2.0
    return depth


class Maker:
    def __init__(self, relief, folder):
        self.relief, self.folder = relief, folder
        self.photo = np.asarray(Image.open(PHOTO).convert("RGB"))
        self.height, self.width = self.photo.shape[:2]
        self.depth = make_depth(self.width, self.height)
        np.save(folder / "depth.npy", self.depth)

    def make(self, name, *options):
        path = self.folder / name
        command = [self.relief, "mesh", PHOTO, "-o", path, "--depth", self.folder / "depth.npy"]
        command += ["--depth-is", "metres", "--fov", FOV, "--quiet", *options]
        subprocess.run([str(word) for word in command], check=True)
        return path


def read_glb(path):
    """Positions, UVs, and the triangles of each primitive."""
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    start = 28 + length

    def values(index, kind, width):
        accessor = document["accessors"][index]
        view = document["bufferViews"][accessor["bufferView"]]
        at = start + view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        return np.frombuffer(data, kind, accessor["count"] * width, at).reshape(-1, width)

    primitives = document["meshes"][0]["primitives"]
    attributes = primitives[0]["attributes"]
    indices = [values(p["indices"], "<u4", 1).reshape(-1, 3) for p in primitives]
    return (
        values(attributes["POSITION"], "<f4", 3),
        values(attributes["TEXCOORD_0"], "<f4", 2),
        indices,
    )


def read_obj(path):
    """What trimesh reads, as corners of triangles: positions and texture coordinates. Of a file with
    several materials it loses the latter, so there they are read line by line."""
    scene = trimesh.load_scene(path, process=False, maintain_order=True)
    parts = [scene.geometry[name] for name in sorted(scene.geometry)]
    corners = np.concatenate([part.vertices[part.faces] for part in parts])
    if len(parts) == 1:
        return corners, parts[0].visual.uv[parts[0].faces]
    lines = [line.split() for line in path.read_text().splitlines()]
    uvs = np.array([line[1:] for line in lines if line[:1] == ["vt"]], dtype=float)
    faces = [[c.split("/")[1] for c in line[1:]] for line in lines if line[:1] == ["f"]]
    return corners, uvs[np.array(faces, dtype=int) - 1]


def same_set(ours, theirs, limit):
    """Whether two lists of triangles hold the same numbers in the same order."""
    return ours.shape == theirs.shape and float(np.abs(ours - theirs).max()) <= limit


def flipped(uvs):
    return np.stack([uvs[..., 0], 1 - uvs[..., 1]], axis=-1)


def check_obj(maker, layers):
    positions, uvs, parts = read_glb(maker.make(f"o{layers}.glb", "--layers", layers))
    corners, read_uvs = read_obj(maker.make(f"o{layers}.obj", "--layers", layers))
    faces = np.concatenate(parts)
    pictures = sorted(path.name for path in maker.folder.glob(f"o{layers}-*.jpg"))
    wanted = [f"o{layers}-{name}.jpg" for name in (["fill"] if layers == 2 else []) + ["photo"]]
    text = (maker.folder / f"o{layers}.mtl").read_text()
    return {
        f"obj, {layers} layers: triangles": same_set(positions[faces], corners, 1e-5),
        f"obj, {layers} layers: UVs": same_set(flipped(uvs)[faces], read_uvs, 1e-6),
        f"obj, {layers} layers: pictures": pictures == wanted and all(p in text for p in pictures),
    }


def check_ply(maker, layers):
    positions, uvs, parts = read_glb(maker.make(f"p{layers}.glb", "--layers", layers))
    mesh = trimesh.load(maker.make(f"p{layers}.ply", "--layers", layers), process=False)
    faces = np.concatenate(parts)
    # A vertex stands on a corner of pixels and has the colour of one of them.
    front = np.unique(parts[-1])
    place = project(maker, positions[front])
    raw = mesh.metadata["_ply_raw"]["vertex"]["data"]
    colours = np.stack([raw[name] for name in ("red", "green", "blue")], axis=-1)[front].astype(int)
    best = np.full(len(front), 255)
    for dx in (-1, 0):
        for dy in (-1, 0):
            x = np.clip(np.round(place[:, 0]).astype(int) + dx, 0, maker.width - 1)
            y = np.clip(np.round(place[:, 1]).astype(int) + dy, 0, maker.height - 1)
            best = np.minimum(best, np.abs(maker.photo[y, x].astype(int) - colours).max(axis=1))
    return {
        f"ply, {layers} layers: vertices": same_set(positions, mesh.vertices, 0),
        f"ply, {layers} layers: UVs": same_set(flipped(uvs), mesh.visual.uv, 1e-6),
        f"ply, {layers} layers: triangles": same_set(faces, mesh.faces, 0),
        f"ply, {layers} layers: colours": int(best.max()) <= COLOUR_STEPS,
    }


def project(maker, points):
    """Columns and rows of a photo's pixels at which points in space are seen."""
    focal = maker.width / 2 / np.tan(np.radians(FOV / 2))
    depth = -points[:, 2]
    x = points[:, 0] / depth * focal + maker.width / 2
    y = maker.height / 2 - points[:, 1] / depth * focal
    return np.stack([x, y], axis=1)


def check_points(maker):
    cloud = trimesh.load(maker.make("points.ply", "--points"), process=False)
    points = np.asarray(cloud.vertices)
    place = project(maker, points)
    rows, columns = np.mgrid[0 : maker.height, 0 : maker.width]
    centres = np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5
    colours = np.asarray(cloud.colors)[:, :3].reshape(maker.photo.shape).astype(int)
    few = trimesh.load(maker.make("few.ply", "--points", "--grid", 50), process=False)
    return {
        "points: one a pixel, in its middle": same_set(centres, place, 1e-3),
        "points: depth": np.allclose(-points[:, 2], maker.depth.ravel(), rtol=1e-5),
        "points: colours": int(np.abs(colours - maker.photo).max()) <= COLOUR_STEPS,
        "points: --grid": 40 * 30 < len(few.vertices) <= 50 * 50,
    }


def relief_of(depth):
    """Disparity from 0, the farthest, to 1."""
    near, far = np.quantile(depth, [0.001, 0.999])
    return np.clip((1 / depth - 1 / far) / (1 / near - 1 / far), 0, 1)


def check_plane(maker):
    positions, _, parts = read_glb(maker.make("plane.glb", "--displace"))
    size = positions.max(axis=0) - positions.min(axis=0)
    shape = [2, 2 * maker.height / maker.width, 0]
    rows = round(128 * maker.height / maker.width)
    picture = exr.read(maker.folder / "plane-depth.exr")["Y"]
    few, _, _ = read_glb(maker.make("few.glb", "--displace", "--grid", 10))
    return {
        "plane: flat, 2 units long": np.allclose(size, shape, atol=1e-5),
        "plane: 128 cells": parts[0].shape == (2 * 128 * rows, 3),
        "plane: --grid": len(few) == 11 * (round(10 * maker.height / maker.width) + 1),
        "plane: the picture is the disparity": np.allclose(
            picture, relief_of(maker.depth), atol=1e-4
        ),
    }


def check_solid(maker, plate, base, height):
    options = ("--plate", plate, "--base", base, "--height", height)
    solid = trimesh.load(maker.make(f"s{plate}.stl", *options))
    low, high = solid.bounds
    share = relief_of(maker.depth)
    pixel = plate / maker.width
    volume = float((base + height * share).sum()) * pixel * pixel
    size = [plate, pixel * maker.height, base + height]
    return {
        f"solid of {plate} mm: closed": bool(solid.is_watertight and solid.is_winding_consistent),
        f"solid of {plate} mm: measures": np.allclose(low, 0)
        and np.allclose(high, size, rtol=1e-3),
        f"solid of {plate} mm: volume": abs(solid.volume / volume - 1) < 0.005,
    }


def main():
    relief = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        maker = Maker(relief, pathlib.Path(name))
        results = {}
        for layers in (1, 2):
            results |= check_obj(maker, layers) | check_ply(maker, layers)
        results |= check_points(maker) | check_plane(maker)
        results |= check_solid(maker, 80, 1.5, 4) | check_solid(maker, 200, 5, 30)
    for what, good in results.items():
        print(f"{what:40} {'ok' if good else 'FAILED'}")
    print(f"formats: {sum(results.values())} of {len(results)} as they must be")
    sys.exit(0 if all(results.values()) else 1)


if __name__ == "__main__":
    main()
