#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Contact sheets of a network: photo beside depth, 100 a sheet. Needs numpy and Pillow.

    depth_sheets.py RELIEF OUT [--photos DIR | --scenes | --worlds DIR] [--model FILE] [--list FILE] [--count N]

OUT/depth_N.jpg, near is bright, each map over its own range without the outermost half per cent. The photos are
those of DIR/index.csv (../shared/data/photos), evenly over its sets, or those that FILE lists; --scenes takes the four
rendered scenes, --worlds those of tools/train/worlds in DIR, and sets their exact depth beside them.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageDraw
from sheets import SCENES, choose_photos

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/scenes"))
import exr  # noqa: E402

CELL, GAP, COLUMNS, ROWS = 144, 4, 8, 13
LABEL = 11


def shade(values):
    """Disparity as a grey picture; the order of greys is all that it means."""
    low, high = np.quantile(values, (0.005, 0.995))
    grey = np.clip((values - low) / max(high - low, 1e-9), 0, 1) * 255
    return Image.fromarray(grey.astype(np.uint8)).convert("RGB")


def estimate(args, photos):
    """Disparity of each photo, by one run of the program."""
    with tempfile.TemporaryDirectory() as folder:
        command = [args.relief, "depth", *photos, "-o", folder + "/maps/", "--format", "npy"]
        command += ["--quiet", "--quality", args.quality]
        command += ["--model", args.model] if args.model else []
        subprocess.run([str(c) for c in command], check=True)
        for photo in photos:
            yield np.load(pathlib.Path(folder) / "maps" / (photo.stem + ".npy"))


def known(args):
    """(name, photo, metres of every pixel) where depth is exact."""
    if args.worlds:
        for photo in sorted(args.worlds.glob("*.jpg"))[: args.count]:
            yield photo.stem, photo, np.load(photo.with_suffix(".npy")).astype(np.float32)
        return
    for name in sorted(p.name for p in SCENES.iterdir() if (p / "depth.exr").exists()):
        yield name, SCENES / name / "photo.jpg", exr.read(SCENES / name / "depth.exr")["Y"]


def rows_of(args):
    """(name, pictures that stand side by side)."""
    if args.scenes or args.worlds:
        for name, photo, metres in known(args):
            exact = shade(1 / np.maximum(metres, 1e-3))
            yield name, [Image.open(photo), shade(next(estimate(args, [photo]))), exact]
        return
    if args.list:
        names = [n.strip() for n in args.list.read_text().splitlines()]
        photos = [args.photos / n for n in names if n and not n.startswith("#")][: args.count]
    else:
        photos = choose_photos(args.photos, args.count)
    for start in range(0, len(photos), 25):
        part = photos[start : start + 25]
        for photo, values in zip(part, estimate(args, part)):
            yield photo.stem, [Image.open(photo), shade(values)]


def draw(rows, columns, cell):
    """One sheet; every row of pictures is a group that stands side by side."""
    across = len(rows[0][1])
    width, height = across * cell + GAP, cell * 3 // 4 + LABEL + GAP
    lines = -(-len(rows) // columns)
    sheet = Image.new("RGB", (columns * width, lines * height), "white")
    pen = ImageDraw.Draw(sheet)
    for i, (name, pictures) in enumerate(rows):
        left, top = i % columns * width, i // columns * height
        pen.text((left, top), name[: cell // 3], fill="black")
        for k, picture in enumerate(pictures):
            picture = picture.convert("RGB")
            picture.thumbnail((cell, cell * 3 // 4))
            sheet.paste(picture, (left + k * cell, top + LABEL))
    return sheet


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("relief")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--photos", type=pathlib.Path, default=ROOT / "../shared/data/photos")
    parser.add_argument("--scenes", action="store_true")
    parser.add_argument(
        "--worlds", type=pathlib.Path, help="folder of tools/train/worlds/render.py"
    )
    parser.add_argument("--list", type=pathlib.Path, help="names of photos, one a line")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--model")
    parser.add_argument("--quality", default="normal")
    args = parser.parse_args()
    exact = args.scenes or args.worlds
    if not exact and not args.photos.exists():
        sys.exit(f"{args.photos}: no photos there (name a folder, or --scenes)")
    args.out.mkdir(parents=True, exist_ok=True)
    rows = list(rows_of(args))
    columns, cell = (1, 320) if args.scenes else (3, 160) if args.worlds else (COLUMNS, CELL)
    for number, start in enumerate(range(0, len(rows), COLUMNS * ROWS)):
        name = "scenes" if args.scenes else "worlds" if args.worlds else f"depth_{number}"
        path = args.out / f"{name}.jpg"
        draw(rows[start : start + COLUMNS * ROWS], columns, cell).save(path, quality=88)
        print(path)


if __name__ == "__main__":
    main()
