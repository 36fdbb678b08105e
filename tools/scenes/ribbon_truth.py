#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What ribbons of soft edges gain in moved views of our scenes, by the size of the photo.

    ribbon_truth.py RELIEF [--times 1,4] [--scenes NAME,...] [--views NAME,...] [--without RELIEF]

The rendered scenes' photos, enlarged so many times, as large photos with edges some pixels wide; their depth on a
raster half as large as the photo was, as soft as a network's. Views of the scene with ribbons and of the same scene
with hard edges (and with those of another program, --without) against Blender's true views, enlarged likewise: dB over
the whole, and within SPAN enlarged pixels of where the true view has a step of brightness beside newly seen parts.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import moved_camera as mc  # noqa: E402

SPAN = 4  # pixels of the true view around newly seen parts


def enlarge(path, times, out):
    picture = Image.open(path).convert("RGB")
    size = picture.width * times, picture.height * times
    picture.resize(size, Image.BICUBIC).save(out, quality=97, subsampling=0)
    return np.asarray(Image.open(out).convert("RGB"))


def beside(new, times):
    """Pixels near newly seen parts, and those themselves, of the enlarged view."""
    around = new.copy()
    for _ in range(SPAN):
        around[1:] |= around[:-1].copy()
        around[:-1] |= around[1:].copy()
        around[:, 1:] |= around[:, :-1].copy()
        around[:, :-1] |= around[:, 1:].copy()
    return np.repeat(np.repeat(around & ~new, times, 0), times, 1)


def make(program, scene, photo, depth, folder, options):
    out = folder / "scene.glb"
    fov = json.loads((scene / "camera.json").read_text())["fov_long_deg"]
    wanted = ("--depth", depth, "--depth-is", "metres", "--fov", fov, "--force", "--quiet")
    mc.run(program, "mesh", photo, "-o", out, *wanted, *options)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("relief", type=pathlib.Path)
    parser.add_argument("--without", type=pathlib.Path)
    parser.add_argument("--times", default="1,4")
    parser.add_argument("--scenes", default=",".join(mc.SCENES))
    parser.add_argument("--views", default="side05,up05")
    args = parser.parse_args()
    rows = [
        ("ribbon", args.relief.resolve(), ()),
        ("hard", args.relief.resolve(), ("--hard-edges",)),
    ]
    if args.without:
        rows.append(("without", args.without.resolve(), ()))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for scene_name in args.scenes.split(","):
            scene = ROOT / "tests/data/scenes" / scene_name
            camera = json.loads((scene / "camera.json").read_text())
            exact = mc.exr.read(scene / "depth.exr")["Y"].astype(np.float32)
            half = exact.reshape(exact.shape[0] // 2, 2, -1, 2)
            np.save(folder / "depth.npy", 1 / (1 / half).mean((1, 3)))
            for times in map(int, args.times.split(",")):
                photo = folder / "photo.jpg"
                enlarge(scene / "photo.jpg", times, photo)
                for row, program, options in rows:
                    glb = make(program, scene, photo, folder / "depth.npy", folder, options)
                    extras = json.loads(mc.run(args.relief, "info", glb, "--json"))
                    cells = []
                    for view in args.views.split(","):
                        x, y, z = camera["views"][view]["offset_m"]
                        near = extras["extras"]["relief"]["near"]
                        rgba, _ = mc.draw(
                            args.relief, glb, f"{x / near!r},{y / near!r},{-z / near!r}", folder
                        )
                        truth = enlarge(scene / f"{view}.jpg", times, folder / "truth.jpg")
                        new = mc.png.read_mask(scene / f"{view}_newly_seen.png")
                        edges = beside(new, times)
                        figures = [mc.psnr(rgba[..., :3], truth, w) for w in (np.s_[:], edges)]
                        cells.append(f"{view} " + " / ".join(f"{f:.2f}" for f in figures))
                    print(f"{scene_name:9}x{times} {row:8}" + "; ".join(cells), flush=True)


if __name__ == "__main__":
    main()
