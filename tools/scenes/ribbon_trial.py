#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a ribbon of soft edges along silhouettes would gain in moved views of our scenes.

    ribbon_trial.py RELIEF [--scenes NAME,...] [--views NAME,...]

Scenes as relief writes them are taken apart and put together again: the back layer as it is, the front with a quad for
every pixel, and in front of a slot along its silhouettes quads at the near side's depth with colour and alpha. At a
pixel beside a step of depth the near colour F and the far colour B are means of the pixels around that are further
inside; alpha is where the photo's colour lies between the two in linear light, at least one half on the near side and at
most that on the far one; colours are solved so that ribbon over back is the photo. Rows, dB over the whole / in what
the photo shows / in newly seen parts:

    as it is    what relief writes
    quads       the front with a quad for every pixel, without a ribbon: what the others are to be compared with
    strips      every pixel beside a silhouette is the ribbon's
    mixed       only those whose colour is clearly mixed of both sides
"""
import argparse
import io
import json
import pathlib
import struct
import sys
import tempfile

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import moved_camera as mc  # noqa: E402

STEP = np.log(1.08)  # of depth, at a silhouette
RADIUS = 4  # pixels around that say what a side's colour is
LEAST_CONTRAST, FULL_CONTRAST = 25, 45  # levels between both sides: alpha is hard below, soft above
LEAST_ALPHA, MOST_ALPHA = 0.08, 0.92  # of what is called mixed
MOST_RESIDUAL = 0.35  # how far a colour may lie off the line between both, as a share of its length


def to_linear(levels):
    share = np.asarray(levels, float) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def to_levels(light):
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


# ------------------------------------------------------------------ files


class Glb:
    """A .glb as relief writes it: its document, and arrays over its buffer."""

    def __init__(self, path):
        data = path.read_bytes()
        size = struct.unpack("<I", data[12:16])[0]
        self.document, self.buffer = json.loads(data[20 : 20 + size]), data[28 + size :]
        self.extras = self.document["scenes"][0]["extras"]["relief"]

    def array(self, index, kind, width):
        accessor = self.document["accessors"][index]
        view = self.document["bufferViews"][accessor["bufferView"]]
        at = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        return np.frombuffer(self.buffer, kind, accessor["count"] * width, at).reshape(-1, width)

    def fill(self):
        """(name, positions, uvs, indices, picture, its type) of the back layer, which is drawn first."""
        part = self.document["meshes"][0]["primitives"][0]
        image = self.document["images"][0]
        view = self.document["bufferViews"][image["bufferView"]]
        at = view.get("byteOffset", 0)
        picture = self.buffer[at : at + view["byteLength"]]
        positions = self.array(part["attributes"]["POSITION"], "<f4", 3)
        uvs = self.array(part["attributes"]["TEXCOORD_0"], "<f4", 2)
        indices = self.array(part["indices"], "<u4", 1).ravel()
        return "fill", positions, uvs, indices, picture, image["mimeType"]


def write_glb(path, parts, extras):
    kinds = ((5126, "VEC3"), (5126, "VEC2"), (5125, "SCALAR"))
    blobs, accessors, materials, primitives = [], [], [], []
    for k, (name, *arrays, picture, _) in enumerate(parts):
        for array, (component, kind) in zip(arrays, kinds):
            accessors.append(
                {
                    "bufferView": len(blobs),
                    "componentType": component,
                    "type": kind,
                    "count": len(array),
                }
            )
            blobs.append(array.astype("<u4" if component == 5125 else "<f4").tobytes())
        blobs.append(picture)
        materials.append(
            {
                "name": name,
                "alphaMode": "BLEND" if name == "ribbon" else "OPAQUE",
                "pbrMetallicRoughness": {"baseColorTexture": {"index": k}},
            }
        )
        attributes = {"POSITION": 3 * k, "TEXCOORD_0": 3 * k + 1}
        primitives.append({"attributes": attributes, "indices": 3 * k + 2, "material": k})
    offsets = np.cumsum([0] + [len(b) + -len(b) % 4 for b in blobs])
    document = {
        "asset": {"version": "2.0", "generator": "relief trial"},
        "scene": 0,
        "scenes": [{"nodes": [0], "extras": {"relief": extras}}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": primitives}],
        "materials": materials,
        "textures": [{"source": k} for k in range(len(parts))],
        "images": [{"mimeType": p[-1], "bufferView": 4 * k + 3} for k, p in enumerate(parts)],
        "accessors": accessors,
        "bufferViews": [
            {"buffer": 0, "byteOffset": int(at), "byteLength": len(b)}
            for at, b in zip(offsets, blobs)
        ],
        "buffers": [{"byteLength": int(offsets[-1])}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary = b"".join(b + b"\0" * (-len(b) % 4) for b in blobs)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary))
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    path.write_bytes(head + chunks + struct.pack("<I4s", len(binary), b"BIN\0") + binary)


def make_quads(q, there, focal_px):
    """Positions, UVs and indices of a quad for every pixel of `there`; corners are means of joined pixels."""
    height, width = q.shape
    y, x = np.nonzero(there)
    own, around = q[y, x], np.pad(q, 1, mode="edge")
    positions, uvs = [], []
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        total, count = np.zeros(len(own)), np.zeros(len(own))
        for v in (down, down + 1):
            for u in (right, right + 1):
                other = around[y + v, x + u]
                joined = abs(np.log(other / own)) < STEP
                total, count = total + np.where(joined, other, 0), count + joined
        z = count / total
        column, row = x + right, y + down
        place = (column - width / 2) / focal_px * z, (height / 2 - row) / focal_px * z, -z
        positions.append(np.stack(place, axis=-1))
        uvs.append(np.stack((column / width, row / height), axis=-1))
    indices = np.arange(len(own))[:, None] * 4 + np.array([0, 2, 1, 1, 2, 3])
    return np.stack(positions, 1).reshape(-1, 3), np.stack(uvs, 1).reshape(-1, 2), indices.ravel()


# ------------------------------------------------------------------ the ribbon


def find_sides(q):
    """Which pixels lie beside a silhouette; the nearest and the farthest q beside each; which are near."""
    edge = np.zeros(q.shape, bool)
    right, down = (abs(np.diff(np.log(q), axis=axis)) > STEP for axis in (1, 0))
    edge[:, :-1] |= right
    edge[:, 1:] |= right
    edge[:-1] |= down
    edge[1:] |= down
    around = np.stack([mc.shift(q, *way) for way in ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))])
    near_q, far_q = around.max(0), around.min(0)
    return edge, near_q, far_q, q >= np.sqrt(near_q * far_q)


def side_colours(light, q, edge, near_q, far_q):
    """The mean colour of either side around each pixel, and whether both have one."""
    sums, weights = np.zeros((2, *light.shape)), np.zeros((2, *q.shape))
    for dy in range(-RADIUS, RADIUS + 1):
        for dx in range(-RADIUS, RADIUS + 1):
            if dy * dy + dx * dx > RADIUS * RADIUS:
                continue
            weight = np.exp(-2 * (dy * dy + dx * dx) / RADIUS**2)
            other, inside = mc.shift(q, dy, dx), ~mc.shift(edge, dy, dx)
            there = mc.shift(light, dy, dx)
            for side, (side_q, room) in enumerate(((near_q, 0.12), (far_q, 0.25))):
                use = weight * (inside & (abs(other / side_q - 1) < room))
                sums[side] += use[..., None] * there
                weights[side] += use
    colours = sums / np.maximum(weights, 1e-9)[..., None]
    return colours[0], colours[1], (weights > 0).all(0)


def make_ribbon(photo, back, q, kind):
    """Pixels of the ribbon, their q, RGBA over the whole photo."""
    edge, near_q, far_q, near = find_sides(q)
    light = to_linear(photo)
    f, b, known = side_colours(light, q, edge, near_q, far_q)
    line = f - b
    alpha = ((light - b) * line).sum(-1) / np.maximum((line**2).sum(-1), 1e-9)
    contrast = abs(to_levels(f) - to_levels(b)).max(-1)
    trust = (contrast - LEAST_CONTRAST) / (FULL_CONTRAST - LEAST_CONTRAST)
    trust = np.clip(trust, 0, 1) * known
    alpha = np.clip(alpha, 0, 1) * trust + near * (1 - trust)
    off = np.linalg.norm(to_levels(b + alpha[..., None] * line) - photo, axis=-1)
    off /= np.maximum(np.linalg.norm(to_levels(f) - to_levels(b), axis=-1), 1)
    alpha = np.where(near, np.maximum(alpha, 0.5), np.minimum(alpha, 0.5))
    ribbon = edge.copy()
    if kind == "quads":
        ribbon[:] = False
    if kind == "mixed":
        ribbon &= (alpha > LEAST_ALPHA) & (alpha < MOST_ALPHA) & (off < MOST_RESIDUAL)
    # Colours within the gamut need some alpha.
    behind = to_linear(back)
    change = light - behind
    room = np.where(change > 0, 1 - behind, behind)
    least = (abs(change) / np.maximum(room, 1e-6)).max(-1)
    alpha = np.ceil(np.maximum(alpha, np.minimum(least, 1)) * 255) / 255
    colour = to_levels(behind + change / np.maximum(alpha, 1e-6)[..., None])
    rgba = np.rint(np.dstack((colour, 255 * alpha))).astype(np.uint8)
    return ribbon, near_q, np.where(ribbon[..., None], rgba, 0).astype(np.uint8)


def put_together(relief, scene, glb, kind, folder):
    """The scene with a ribbon, as a file; the ribbon's share of the photo."""
    photo = np.asarray(Image.open(scene / "photo.jpg").convert("RGB"))
    q = 1 / mc.exr.read(scene / "depth.exr")["Y"].astype(float)
    alone, out = folder / "fill.glb", folder / "ribbon.glb"
    write_glb(alone, [glb.fill()], glb.extras)
    back, _ = mc.draw(relief, alone, "0,0,0", folder)
    ribbon, near_q, rgba = make_ribbon(photo, back[..., :3], q, kind)
    ribbon &= back[..., 3] == 255
    encoded = io.BytesIO()
    Image.fromarray(rgba).save(encoded, "png")
    focal_px = glb.extras["focal_px"]
    front = make_quads(q, ~ribbon, focal_px)
    strip = make_quads(np.where(ribbon, near_q, q), ribbon, focal_px)
    parts = [glb.fill(), ("photo", *front, (scene / "photo.jpg").read_bytes(), "image/jpeg")]
    if ribbon.any():
        parts.append(("ribbon", *strip, encoded.getvalue(), "image/png"))
    write_glb(out, parts, glb.extras)
    return out, ribbon.mean()


def print_row(name, file, scene, trial):
    relief, near, views, folder = trial
    camera, photo = json.loads((scene / "camera.json").read_text()), scene / "photo.jpg"
    seen, _ = mc.draw(relief, file, "0,0,0", folder)
    source = mc.psnr(seen[..., :3], np.asarray(Image.open(photo).convert("RGB")), np.s_[:])
    cells = [f"source view {source:.1f}"]
    for view in views:
        x, y, z = camera["views"][view]["offset_m"]
        rgba, _ = mc.draw(relief, file, f"{x / near!r},{y / near!r},{-z / near!r}", folder)
        truth = np.asarray(Image.open(scene / f"{view}.jpg").convert("RGB"))
        new = mc.png.read_mask(scene / f"{view}_newly_seen.png")
        figures = [mc.psnr(rgba[..., :3], truth, where) for where in (np.s_[:], ~new, new)]
        cells.append(f"{view} " + " / ".join(f"{figure:.2f}" for figure in figures))
    print(f"{scene.name:9}{name:18}" + "; ".join(cells), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("relief", type=pathlib.Path)
    parser.add_argument("--scenes", default=",".join(mc.SCENES))
    parser.add_argument("--views", default="side05,fwd05")
    args = parser.parse_args()
    relief, views = args.relief.resolve(), args.views.split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for scene_name in args.scenes.split(","):
            scene = ROOT / "tests/data/scenes" / scene_name
            files, near = mc.make_scenes(relief, scene, folder)
            glb = Glb(files["two layers"])
            trial = relief, near, views, folder
            print_row("as it is", files["two layers"], scene, trial)
            for kind in ("quads", "strips", "mixed"):
                file, share = put_together(relief, scene, glb, kind, folder)
                print_row(f"{kind}, {share:.1%}", file, scene, trial)


if __name__ == "__main__":
    main()
