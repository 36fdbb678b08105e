#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Soft edges with textures made smaller: ribbon_texture.py RELIEF

A pale disc with a soft edge before a dark, grained wall, 1,600 pixels wide, its depth on a quarter of that. The scene with
--texture-size 800 must have a ribbon, no texture over 800 pixels, and from the source view be the photo shrunk to 800: as a
whole, and along the edge, where transparent pixels that took part in the shrinking would leave a dark or a pale rim.
"""
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

WIDTH, HEIGHT, SMALL = 1600, 1200, 800
RADIUS, SOFT = 380, 5.0
LEAST_PSNR, LEAST_PSNR_AT_EDGE = 40, 36
MOST_RIM = 2.0  # levels by which the edge may be darker or paler than the photo's, in the mean


def distance(width, height):
    """From the disc's outline, in pixels of the photo, positive inside."""
    y, x = np.mgrid[0:height, 0:width]
    u, v = (x + 0.5) * WIDTH / width, (y + 0.5) * HEIGHT / height
    return RADIUS - np.hypot(u - WIDTH / 2 - 40, v - HEIGHT / 2)


def make_photo(path):
    inside = np.clip(distance(WIDTH, HEIGHT) / SOFT + 0.5, 0, 1)[:, :, None]
    grain = np.random.default_rng(5).normal(0, 3, (HEIGHT, WIDTH, 1))
    colours = inside * [225, 205, 180] + (1 - inside) * [30, 45, 70] + grain
    Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8)).save(path, quality=97)


def make_depth(path):
    width, height = WIDTH // 4, HEIGHT // 4
    inside = np.clip(distance(width, height) / 24 + 0.5, 0, 1)
    values = (1 + 2 * inside).astype("<f4")
    path.write_bytes(f"Pf\n{width} {height}\n-1\n".encode() + values[::-1].tobytes())


def pictures_of(glb):
    """{material: picture} of a scene."""
    length = struct.unpack_from("<I", glb, 12)[0]
    scene = json.loads(glb[20 : 20 + length])
    binary = glb[20 + length + 8 :]
    out = {}
    for material in scene["materials"]:
        texture = scene["textures"][material["pbrMetallicRoughness"]["baseColorTexture"]["index"]]
        view = scene["bufferViews"][scene["images"][texture["source"]]["bufferView"]]
        begin = view.get("byteOffset", 0)
        picture = Image.open(io.BytesIO(binary[begin : begin + view["byteLength"]]))
        out[material["name"], material.get("alphaMode", "OPAQUE")] = picture
    return out


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((a - b) ** 2))


def main():
    relief = pathlib.Path(sys.argv[1]).resolve()
    problems = []

    def run(*words):
        subprocess.run([relief, *words, "--quiet"], check=True, cwd=folder)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make_photo(folder / "photo.jpg")
        make_depth(folder / "depth.pfm")
        given = ["--depth", "depth.pfm", "--depth-is", "disparity", "--texture-size", str(SMALL)]
        run("photo.jpg", "-o", "scene.glb", *given)
        run("render", "scene.glb", "--camera", "0,0,0", "--size", f"{SMALL}x600", "-o", "view.png")
        pictures = pictures_of((folder / "scene.glb").read_bytes())
        photo = Image.open(folder / "photo.jpg").convert("RGB")
        wanted = np.asarray(photo.resize((SMALL, 600), Image.BOX), float)
        seen = np.asarray(Image.open(folder / "view.png").convert("RGB"), float)
    edge = np.abs(distance(SMALL, 600)) < 12
    rim = np.mean((seen - wanted)[edge])
    figures = psnr(seen, wanted), psnr(seen[edge], wanted[edge])
    print(
        f"ribbon_texture: {figures[0]:.1f} dB, {figures[1]:.1f} dB along the edge, which is "
        f"{rim:+.2f} levels paler; textures "
        + ", ".join(f"{name} {picture.size}" for (name, _), picture in pictures.items())
    )
    if not any(mode == "BLEND" for _, mode in pictures):
        problems.append("there is no ribbon")
    if any(max(picture.size) > SMALL for picture in pictures.values()):
        problems.append(f"a texture is larger than {SMALL} pixels")
    if figures[0] < LEAST_PSNR or figures[1] < LEAST_PSNR_AT_EDGE:
        problems.append(f"not the photo: {LEAST_PSNR} and {LEAST_PSNR_AT_EDGE} dB are asked for")
    if abs(rim) > MOST_RIM:
        problems.append(f"a rim along the edge: at most {MOST_RIM} levels are allowed")
    sys.exit("\n".join("ribbon_texture: " + problem for problem in problems) or 0)


if __name__ == "__main__":
    main()
