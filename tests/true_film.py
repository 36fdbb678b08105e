#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Films of our rendered scenes beside what their camera truly sees.

    true_film.py RELIEF [--table] [--pictures DIR] [--scenes NAME,...]

Blender has rendered twelve frames of a path through each scene (tools/scenes/render.py --film): from where the photo was
taken in an arc of 8 % of the nearest depth to the right and back to the left, 5 % upwards, and 10 % forwards all the
while. The first is the photo, by area in linear light. Mean PSNR of the others:

    ours      relief video, with the exact depth
    one grid  one surface that is torn nowhere, as a displaced grid, its border pulled outwards
    2D zoom   the photo alone, shifted and scaled as what is at the median depth moves

Ours must be the best of the three in every scene. It fails, too, when a frame is not covered everywhere.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
from PIL import Image

import moved_camera
from moved_camera import exr
from moved_camera import ROOT, SCENES, run

sys.path.append(str(ROOT / "bench"))
import film_check  # noqa: E402


def write_path(path, offsets, near):
    """One key a frame; distances in the nearest depth that the scene's file tells."""
    keys = []
    for number, (x, y, z) in enumerate(offsets):
        place = [x / near, y / near, -z / near]
        keys.append({"time": number, "position": place, "ease": "linear"})
    path.write_text(json.dumps({"relief_path": 1, "fit": False, "keys": keys}))


def film(relief, source, path, facts, *options):
    """Frames, and the line of JSON that came with them."""
    out, count = path.parent / "frame.png", len(facts["offsets_m"])
    options += ("--path", path, "--fps", repr(count / (count - 1)), "--json", "--force")
    options += ("--size", f"{facts['width']}x{facts['height']}")
    text = run(relief, "video", source, "-o", out, *options)
    names = [path.parent / f"frame-{i + 1:04}.png" for i in range(count)]
    return [np.asarray(Image.open(name)) for name in names], json.loads(text)


def flat_film(still, camera, facts, median):
    """The photo moved as a plane at the median depth."""
    frames = []
    height, width = still.shape[:2]
    image = Image.fromarray(still)
    focal_px = camera["focal_px"] * width / camera["width"]
    for x, y, z in facts["offsets_m"]:
        scale = (median + z) / median  # source pixels a pixel
        dx, dy = x / median * focal_px, -y / median * focal_px
        box = (scale, 0, width / 2 * (1 - scale) + dx, 0, scale, height / 2 * (1 - scale) + dy)
        moved = image.transform((width, height), Image.AFFINE, box, Image.BICUBIC)
        frames.append(np.asarray(moved))
    return frames


def psnr(a, b):
    return 10 * np.log10(255**2 / max(((a.astype(float) - b.astype(float)) ** 2).mean(), 1e-9))


def measure(relief, scene, folder):
    camera = json.loads((scene / "camera.json").read_text())
    facts = json.loads((scene / "film/film.json").read_text())
    photo, count = scene / "photo.jpg", len(facts["offsets_m"])
    depth = ("--depth", scene / "depth.exr", "--depth-is", "metres")
    fov = ("--fov", repr(camera["fov_long_deg"]))
    files, near = moved_camera.make_scenes(relief, scene, folder)
    path = folder / "path.json"
    write_path(path, facts["offsets_m"], near)
    still = film_check.averaged(photo, (facts["width"], facts["height"])).round().astype(np.uint8)
    true = [Image.open(scene / f"film/frame-{i:02}.jpg") for i in range(1, count)]
    truth = [still] + [np.asarray(frame.convert("RGB")) for frame in true]
    ours, told = film(relief, photo, path, facts, *depth, *fov)
    grid, _ = film(relief, files["stretched"], path, facts)
    median = float(np.median(exr.read(scene / "depth.exr")["Y"]))
    films = {"ours": ours, "one grid": grid, "2D zoom": flat_film(still, camera, facts, median)}
    return films, truth, told


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("relief", type=pathlib.Path)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("--scenes", default=",".join(SCENES))
    args = parser.parse_args()
    problems = []
    if args.table:
        print("| scene | ours, dB | one grid, dB | 2D zoom, dB |\n|---|---|---|---|")
    for name in args.scenes.split(","):
        with tempfile.TemporaryDirectory() as folder:
            films, truth, told = measure(
                args.relief.resolve(), ROOT / "tests/data/scenes" / name, pathlib.Path(folder)
            )
        figures = {m: [psnr(a, b) for a, b in zip(f, truth)] for m, f in films.items()}
        # The first frame is the photo in all of them.
        means = {m: float(np.mean(f[1:])) for m, f in figures.items()}
        row = [f"{means[m]:.2f}" for m in ("ours", "one grid", "2D zoom")]
        print(f"| {name} | " + " | ".join(row) + " |" if args.table else f"{name}: {means}")
        if max(means, key=means.get) != "ours":
            problems.append(f"{name}: ours is not the best: {means}")
        if figures["ours"][0] < 38:
            problems.append(
                f"{name}: the first frame is {figures['ours'][0]:.1f} dB from the photo"
            )
        if told["holed_pixels"]:
            problems.append(f"{name}: {told['holed_pixels']} pixels are not covered")
        if args.pictures:
            args.pictures.mkdir(parents=True, exist_ok=True)
            rows = [np.concatenate(f, axis=1) for f in [truth, *films.values()]]
            Image.fromarray(np.concatenate(rows)).save(args.pictures / f"{name}.jpg", quality=88)
    print("\n".join(problems) if problems else "true_film: ours is the best in every scene")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
