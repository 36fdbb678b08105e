#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""With the exact depth given, the surface stands where the scene's geometry is: within 0.5 % of depth.

  truth.py RELIEF

Two measures on each of the four rendered scenes. Vertices: each must lie within 0.5 % of the depth of a pixel around it, or between two
of them (a vertex stands on a pixel corner, where four pixels meet). Surface: Blender's own depth pass of the .glb, at pixel centres,
against the exact depth, in pixels of parallax that the error makes when the camera moves by the scene's whole travel: the measure that
the tessellation works to. Half a pixel may be missed by 1 % of the pixels, in foliage whose depth changes from pixel to pixel.
"""
import json
import pathlib
import struct
import sys
import tempfile

import numpy
from blender import ROOT, need_blender, render, run

TOLERANCE = 0.005
TRAVEL = 0.10  # of the nearest depth, relief's default
MAX_PARALLAX_PX = 0.5
MIN_SHARE = 0.99
SCENES = ROOT / "tests/data/scenes"
F32, U32 = 5126, 5125


def read_glb(path):
    """Positions (n,3) and texture coordinates (n,2) of all primitives, read by the glTF 2.0 specification."""
    data = path.read_bytes()
    magic, version, length = struct.unpack_from("<4sII", data)
    assert magic == b"glTF" and version == 2 and length == len(data)
    json_bytes = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + json_bytes])
    binary = memoryview(data)[28 + json_bytes :]

    def accessor(index, width):
        item = document["accessors"][index]
        assert item["componentType"] == F32
        view = document["bufferViews"][item["bufferView"]]
        start = view.get("byteOffset", 0) + item.get("byteOffset", 0)
        return numpy.frombuffer(binary, "<f4", item["count"] * width, start).reshape(-1, width)

    primitives = [p["attributes"] for mesh in document["meshes"] for p in mesh["primitives"]]
    positions = numpy.concatenate([accessor(p["POSITION"], 3) for p in primitives])
    return positions, numpy.concatenate([accessor(p["TEXCOORD_0"], 2) for p in primitives])


def read_exr(path, folder):
    """A one-channel EXR as floats, through OpenImageIO."""
    flat = folder / "depth.tif"
    run(["oiiotool", path, "--ch", "0", "-d", "float", "--compression", "none", "-o", flat])
    from PIL import Image

    return numpy.asarray(Image.open(flat), dtype=numpy.float32)


def vertex_errors(positions, uvs, depth, focal):
    """Relative distance of each vertex's depth from the range that the pixels around it span, and of its ray from its corner."""
    height, width = depth.shape
    corner = numpy.rint(uvs * [width, height]).astype(int)
    near, far = numpy.full(len(uvs), numpy.inf), numpy.zeros(len(uvs))
    for dy in (-1, 0):
        for dx in (-1, 0):
            x = numpy.clip(corner[:, 0] + dx, 0, width - 1)
            y = numpy.clip(corner[:, 1] + dy, 0, height - 1)
            near, far = numpy.minimum(near, depth[y, x]), numpy.maximum(far, depth[y, x])
    z = -positions[:, 2]
    off = numpy.maximum(numpy.maximum(near - z, z - far), 0) / z
    on_ray = positions[:, :2] / z[:, None] * focal * [1, -1] + [width / 2, height / 2]
    return off, numpy.abs(on_ray - uvs * [width, height]).max()


def check_scene(relief, scene, folder):
    camera = json.loads((scene / "camera.json").read_text())
    glb = folder / f"{scene.name}.glb"
    run([relief, "mesh", scene / "photo.jpg", "-o", glb, "--depth", scene / "depth.exr",
         "--depth-is", "metres", "--fov", camera["fov_long_deg"], "--layers", "1"])  # fmt: skip
    depth = read_exr(scene / "depth.exr", folder)
    height, width = depth.shape
    job = {"glb": str(glb), "picture": str(glb) + ".png", "depth": str(glb) + ".z",
           "width": width, "height": height}  # fmt: skip
    render([job], folder)
    off, ray = vertex_errors(*read_glb(glb), depth, camera["focal_px"])
    surface = read_exr(job["depth"] + "0001.exr", folder)
    moved = camera["focal_px"] * TRAVEL * camera["nearest_depth_m"]
    parallax = moved * numpy.abs(1 / surface - 1 / depth)
    share = float((parallax <= MAX_PARALLAX_PX).mean())
    close = float((numpy.abs(surface - depth) <= TOLERANCE * depth).mean())
    good = off.max() <= TOLERANCE and ray <= 0.01 and share >= MIN_SHARE
    print(f"{scene.name:10} {len(off):7} vertices, worst {off.max():.3%} of depth, {ray:.4f} px off the ray;"
          f" surface: {share:.3%} of pixels within {MAX_PARALLAX_PX} px of parallax (worst {parallax.max():.2f} px),"
          f" {close:.1%} within 0.5 % of depth{'' if good else '  FAILED'}")  # fmt: skip
    return good


def main():
    relief = pathlib.Path(sys.argv[1]).resolve()
    need_blender()
    with tempfile.TemporaryDirectory() as name:
        scenes = sorted(path for path in SCENES.iterdir() if path.is_dir())
        good = [check_scene(relief, scene, pathlib.Path(name)) for scene in scenes]
    print(f"truth: {sum(good)} of {len(good)} scenes within {TOLERANCE:.1%} of depth")
    sys.exit(0 if all(good) and good else 1)


if __name__ == "__main__":
    main()
