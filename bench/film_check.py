#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Films of many photos, measured, and sheets to look at.

    film_check.py RELIEF CHECK [--sheets DIR] [--photos DIR] [--count N] [--side PX] [--frames N] [--strict]

For each photo the moves auto, zoom and orbit, once through and as a loop, drawn by CHECK (bench/film_check.c says what it
measures), with depth of the built-in network. The photos are those of ../shared/data/photos, evenly over its sets;
without them, or with --scenes, those of the rendered scenes stand in. Bounds:

    coverage    every pixel of every frame
    patched     pixels in which the scene had a gap that was coloured: at most 0.05 % of a film's
    stretch     at most 0.05 % of the front's pixels of a frame stretched, none in a group over 20
    flicker     at most 1.1 times that of a plain zoom of the same photo: of the photo as a plane, by the same move
    seam        the last frame of a loop from the first: at most 1.2 times the median between neighbours
    motion      pixels of a loop get 2 % of the width from where they were, or more
    first       frames at the source camera: 38 dB or more from the photo averaged by area in linear light

A sheet's rows hold the photo and the ends of the moves; the middle one, too, of an orbit.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tools/pictures"))
import sheets  # noqa: E402

MOVES = ("auto", "zoom", "orbit")
ON_SHEETS = ("auto-2", "zoom-2", "orbit-0", "orbit-1", "orbit-2")
PATCHED, STRETCHED, GROUP, FLICKER, SEAM, MOTION, FIRST = 0.0005, 0.0005, 20, 1.1, 1.2, 0.02, 38


def size_of_film(photo, side):
    width, height = Image.open(photo).size
    scale = min(1, side / max(width, height))
    return tuple(2 * max(1, round(length * scale / 2)) for length in (width, height))


def write_flat(path, width, height):
    """A map that is the same everywhere."""
    header = f"Pf\n{width} {height}\n-1.0\n".encode()
    path.write_bytes(header + np.full(width * height, 2, "<f4").tobytes())


def weights(before, after):
    """Shares of `before` pixels in each of `after`."""
    edges = np.arange(after + 1) * before / after
    starts = np.arange(before)
    inside = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    return np.maximum(inside, 0) * after / before


def averaged(photo, size):
    """A photo at a film's size, by area in linear light, in 0..255."""
    coded = np.asarray(Image.open(photo).convert("RGB")) / 255
    light = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    down, across = weights(coded.shape[0], size[1]), weights(coded.shape[1], size[0])
    light = np.einsum("yj,jic->yic", down, light)
    light = np.einsum("xi,yic->yxc", across, light)
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def psnr(a, b):
    return 10 * np.log10(255**2 / max(((a.astype(float) - b.astype(float)) ** 2).mean(), 1e-9))


def make_scenes(relief, photo, options, size, folder):
    """The scene that `relief video` would film, and the photo as a plane."""
    scene, flat, plane = folder / "scene.glb", folder / "flat.glb", folder / "flat.pfm"
    width, height = Image.open(photo).size
    scale = max(1, min(width / size[0], height / size[1]))
    quality = ["--quality", "draft"] if scale >= 2 else []
    error = ["--error", min(100, 0.5 * scale)]
    sheets.run(
        relief, "mesh", photo, "-o", scene, "--layers", 2, "--force", *error, *quality, *options
    )
    write_flat(plane, width, height)
    sheets.run(
        relief, "mesh", photo, "-o", flat, "--depth", plane, "--depth-is", "metres", "--force"
    )
    return scene, flat


def measure(args, photo, options, folder):
    """{move: figures}, and the pictures for a sheet."""
    size = size_of_film(photo, args.side)
    scene, flat = make_scenes(args.relief, photo, options, size, folder)
    text = sheets.run(args.check, scene, flat, *size, args.frames, folder / "frame")
    figures = {it["move"]: it for it in map(json.loads, text.splitlines())}
    still = averaged(photo, size)
    for move in ("auto", "zoom"):
        first = np.asarray(Image.open(folder / f"frame-{move}-0.ppm"))
        figures[move]["first"] = float(psnr(first, still))
    pictures = [Image.fromarray(still.round().astype(np.uint8))]
    pictures += [Image.open(folder / f"frame-{name}.ppm").convert("RGB") for name in ON_SHEETS]
    return figures, pictures


def missed(it):
    """What of a move is out of bounds."""
    found = []
    if it["holed"]:
        found.append(f"{it['holed']} pixels are not covered")
    if it["patched"] > PATCHED:
        found.append(f"{it['patched']:.3%} patched")
    if it["stretched"] > STRETCHED or it["group"] > GROUP:
        found.append(f"{it['stretched']:.3%} stretched, a group of {it['group']}")
    if it["flicker"] > FLICKER * it["flat"]:
        found.append(f"flickers {it['flicker'] / it['flat']:.2f} times as much as a plain zoom")
    if it["ends"] > SEAM * it["step"]:
        found.append(f"ends differ {it['ends'] / it['step']:.2f} times as much as neighbours")
    if it["motion"] < MOTION:
        found.append(f"moves by {it['motion']:.2%} of the width")
    if it.get("first", 99) < FIRST:
        found.append(f"begins {it['first']:.1f} dB from the photo")
    return found


def ratio(a, b):
    return a / b if b > 0 else float(a > 0)


def report(results):
    """A table over all photos, and every film that misses a bound. Returns whether none does."""
    print(
        "| move | films | not covered, pixels | patched, worst | stretched, worst | largest group | flicker ÷ plain zoom,"
        " median and worst | ÷ one as fast, median | seam, worst | motion, least | first frame, least dB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for move in MOVES:
        films = [figures[move] for figures in results.values()]
        flicker = [ratio(it["flicker"], it["flat"]) for it in films]
        first = min(it.get("first", np.inf) for it in films)
        cells = [
            move,
            len(films),
            sum(it["holed"] for it in films),
            f"{max(it['patched'] for it in films):.4%}",
            f"{max(it['stretched'] for it in films):.4%}",
            max(it["group"] for it in films),
            f"{np.median(flicker):.2f}, {max(flicker):.2f}",
            f"{np.median([ratio(it['flicker'], it['even']) for it in films]):.2f}",
            f"{max(ratio(it['ends'], it['step']) for it in films):.2f}",
            f"{min(it['motion'] for it in films):.2%}",
            f"{first:.1f}" if np.isfinite(first) else "",
        ]
        print("| " + " | ".join(map(str, cells)) + " |")
    lines = [
        f"  {name}, {move}: {problem}"
        for name, figures in results.items()
        for move in MOVES
        for problem in missed(figures[move])
    ]
    print("out of bounds:" if lines else "film_check: all films are within all bounds")
    print("\n".join(lines))
    return not lines


def paste_sheet(rows, path):
    sheets.paste_sheet(rows, path, columns=1 + len(ON_SHEETS))


def jobs_of(args):
    args.measured, args.model = 0, None
    there = sheets.photos_are_there(args)
    if args.scenes or not there:
        if not args.scenes:
            print("film_check: no photos there; those of the rendered scenes stand in")
        return [(label, photo, []) for label, photo, _ in sheets.scene_jobs()]
    return sheets.photo_jobs(args)[: args.count]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("relief", type=pathlib.Path)
    parser.add_argument("check", type=pathlib.Path)
    parser.add_argument("--sheets", type=pathlib.Path)
    parser.add_argument("--photos", type=pathlib.Path)
    parser.add_argument("--shared", default=str(ROOT.parent / "shared"))
    parser.add_argument("--scenes", action="store_true", help="the rendered scenes alone")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--side", type=int, default=320, help="of films, in pixels")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--strict", action="store_true", help="fail when a bound is missed")
    args = parser.parse_args()
    args.relief, args.check = args.relief.resolve(), args.check.resolve()
    results, rows = {}, []
    with tempfile.TemporaryDirectory() as name:
        for number, (label, photo, options) in enumerate(jobs_of(args)):
            results[label], pictures = measure(args, photo, options, pathlib.Path(name))
            rows.append((f"{number + 1}  {label}", pictures))
            print(f"{label}: {json.dumps(list(results[label].values()))}", file=sys.stderr)
    for sheet in range(0, len(rows), sheets.ROWS if args.sheets else len(rows)):
        if args.sheets:
            args.sheets.mkdir(parents=True, exist_ok=True)
            path = args.sheets / f"film_sheet_{sheet // sheets.ROWS + 1}.jpg"
            paste_sheet(rows[sheet : sheet + sheets.ROWS], path)
    good = report(results)
    sys.exit(args.strict and not good)


if __name__ == "__main__":
    main()
