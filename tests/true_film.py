#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Films of our rendered scenes beside what their camera truly sees.

    true_film.py RELIEF [--table] [--pictures DIR]

The camera goes through the places of which the scenes have true pictures: where the photo was taken, then 5 % and 10 %
of the nearest depth forward, aside and up. Rows of the mean PSNR of a frame:

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

STOPS = ("source", "fwd05", "fwd10", "side10", "side05", "up05", "up10")


def write_path(path, camera, near):
    """One key a frame; distances in the nearest depth that the scene's file tells."""
    keys = []
    for number, stop in enumerate(STOPS):
        x, y, z = camera["views"][stop]["offset_m"] if number else (0, 0, 0)
        place = [x / near, y / near, -z / near]
        keys.append({"time": number, "position": place, "ease": "linear"})
    path.write_text(json.dumps({"relief_path": 1, "fit": False, "keys": keys}))


def film(relief, source, path, folder, *options):
    """Frames, and the line of JSON that came with them."""
    out = folder / "frame.png"
    fps = len(STOPS) / (len(STOPS) - 1)
    text = run(
        relief,
        "video",
        source,
        "-o",
        out,
        "--path",
        path,
        "--fps",
        repr(fps),
        "--json",
        "--force",
        *options,
    )
    frames = [np.asarray(Image.open(folder / f"frame-{i + 1:04}.png")) for i in range(len(STOPS))]
    return frames, json.loads(text)


def flat_film(photo, camera, median):
    """The photo moved as a plane at the median depth."""
    frames = []
    height, width = photo.shape[:2]
    image = Image.fromarray(photo)
    for number, stop in enumerate(STOPS):
        x, y, z = camera["views"][stop]["offset_m"] if number else (0, 0, 0)
        scale = (median + z) / median  # source pixels a pixel
        dx, dy = x / median * camera["focal_px"], -y / median * camera["focal_px"]
        box = (
            scale,
            0,
            width / 2 * (1 - scale) + dx,
            0,
            scale,
            height / 2 * (1 - scale) + dy,
        )
        frames.append(
            np.asarray(image.transform((width, height), Image.AFFINE, box, Image.BICUBIC))
        )
    return frames


def psnr(a, b):
    return 10 * np.log10(255**2 / max(((a.astype(float) - b.astype(float)) ** 2).mean(), 1e-9))


def measure(relief, scene, folder):
    camera = json.loads((scene / "camera.json").read_text())
    photo = scene / "photo.jpg"
    depth = ("--depth", scene / "depth.exr", "--depth-is", "metres")
    fov = ("--fov", repr(camera["fov_long_deg"]))
    files, near = moved_camera.make_scenes(relief, scene, folder)
    path = folder / "path.json"
    write_path(path, camera, near)
    truth = [np.asarray(Image.open(photo).convert("RGB"))]
    truth += [np.asarray(Image.open(scene / f"{stop}.jpg").convert("RGB")) for stop in STOPS[1:]]
    ours, facts = film(relief, photo, path, folder, *depth, *fov)
    grid, _ = film(relief, files["stretched"], path, folder)
    median = float(np.median(exr.read(scene / "depth.exr")["Y"]))
    films = {"ours": ours, "one grid": grid, "2D zoom": flat_film(truth[0], camera, median)}
    return films, truth, facts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("relief", type=pathlib.Path)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--pictures", type=pathlib.Path)
    args = parser.parse_args()
    problems = []
    if args.table:
        print("| scene | ours, dB | one grid, dB | 2D zoom, dB |\n|---|---|---|---|")
    for name in SCENES:
        with tempfile.TemporaryDirectory() as folder:
            films, truth, facts = measure(
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
        if facts["holed_pixels"]:
            problems.append(f"{name}: {facts['holed_pixels']} pixels are not covered")
        if args.pictures:
            args.pictures.mkdir(parents=True, exist_ok=True)
            rows = [np.concatenate(f, axis=1) for f in [truth, *films.values()]]
            Image.fromarray(np.concatenate(rows)).save(args.pictures / f"{name}.jpg", quality=88)
    print("\n".join(problems) if problems else "true_film: ours is the best in every scene")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
