#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Contact sheets to look at, and figures of what a moved camera sees.

    sheets.py RELIEF OUT [--model FILE] [--photos DIR] [--count N] [--measured N]

OUT/sheet_N.jpg: five photos a sheet; in a row the photo, its depth (near is bright), the view from the left and from the
right, each by the whole travel of 10 % of the nearest depth, and the wireframe from the right.
The photos are those of ../shared/data/photos, evenly over its sets, with the depth of the built-in network or of
--model; without them, the four rendered scenes with their exact depth.

Printed: of the 5 % views from the left, the right and above, what is covered and what is stretched (see
relief_view_info); of all triangles, as the source camera sees them, the smallest angle and the ratio of the longest
to the shortest edge. Bounds: at most 0.05 % of the front's pixels stretched, none in a group over 20.
"""
import argparse
import collections
import csv
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageDraw

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCENES = ROOT / "tests/data/scenes"
ROWS, CELL, GAP, LABEL = 5, 360, 6, 18
TRAVEL = 0.10
MEASURED = {"left": (-0.05, 0, 0), "right": (0.05, 0, 0), "above": (0, 0.05, 0)}
MOST_STRETCHED, MOST_GROUP = 0.0005, 20
ANGLES = (0, 1, 2, 5, 10, 20, 30, 60)
RATIOS = (1, 2, 4, 8, 16, 32, 64)


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"sheets: {' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def choose_photos(folder, count):
    """`count` photos: one of each set in turn, each set's from evenly over its list."""
    sets = collections.defaultdict(list)
    with open(folder / "index.csv", newline="") as file:
        for row in csv.DictReader(file):
            sets[row["set"]].append(row["file"])
    share = -(-count // len(sets))
    turns = [names[:: max(1, len(names) // share)][:share] for _, names in sorted(sets.items())]
    mixed = [names[turn] for turn in range(share) for names in turns if turn < len(names)]
    return [folder / pathlib.Path(name).name for name in mixed[:count]]


def photos_of(args):
    return args.photos or pathlib.Path(args.shared) / "data/photos"


def photos_are_there(args):
    return (photos_of(args) / "index.csv").exists()


def photo_jobs(args):
    """(name, photo, options for its depth)."""
    photos = photos_of(args)
    if photos_are_there(args):
        network = ["--model", args.model] if args.model else []
        chosen = choose_photos(photos, max(args.count, args.measured))
        return [(photo.stem, photo, network) for photo in chosen]
    print("sheets: no photos there; the four rendered scenes stand in")
    return scene_jobs()


def scene_jobs():
    jobs = []
    for scene in sorted(path for path in SCENES.iterdir() if path.is_dir()):
        camera = json.loads((scene / "camera.json").read_text())
        depth = ["--depth", scene / "depth.exr", "--depth-is", "metres"]
        jobs.append((scene.name, scene / "photo.jpg", [*depth, "--fov", camera["fov_long_deg"]]))
    return jobs


# ------------------------------------------------------------------ pictures


def read_pfm(path):
    with open(path, "rb") as file:
        file.readline()
        width, height = map(int, file.readline().split())
        file.readline()
        return np.frombuffer(file.read(), "<f4").reshape(height, width)[::-1]


def depth_picture(depth):
    """Inverse depth as grey, near is bright."""
    near = np.where(depth > 0, 1 / np.maximum(depth, 1e-9), 0)
    low, high = np.percentile(near, (0.5, 99.5))
    grey = np.clip((near - low) / max(high - low, 1e-12), 0, 1)
    return Image.fromarray((grey * 255).astype(np.uint8)).convert("RGB")


def on_magenta(path):
    """A view with its holes in a colour that shows."""
    view = Image.open(path).convert("RGBA")
    ground = Image.new("RGBA", view.size, (255, 0, 255, 255))
    return Image.alpha_composite(ground, view).convert("RGB")


def view(relief, glb, out, place, *options):
    at = ",".join(map(repr, place))
    return json.loads(run(relief, "render", glb, "-o", out, f"--camera={at}", "--json", *options))


def row_of(relief, photo, glb, folder):
    """The five pictures of a row."""
    left, right, wire, depth = (folder / n for n in ("l.png", "r.png", "w.png", "d.pfm"))
    view(relief, glb, left, (-TRAVEL, 0, 0))
    view(relief, glb, right, (TRAVEL, 0, 0))
    view(relief, glb, wire, (TRAVEL, 0, 0), "--wireframe")
    run(relief, "render", glb, "-o", depth, "--quiet")
    pictures = [Image.open(photo).convert("RGB"), depth_picture(read_pfm(depth))]
    return pictures + [on_magenta(path) for path in (left, right, wire)]


def paste_sheet(rows, path, columns=5):
    """Rows of (label, pictures) on one sheet."""
    heights = []
    for _, pictures in rows:
        width, height = pictures[0].size
        heights.append(round(CELL * height / width))
    sheet = Image.new(
        "RGB", (columns * (CELL + GAP), sum(heights) + len(rows) * (GAP + LABEL)), (24, 24, 24)
    )
    draw, top = ImageDraw.Draw(sheet), 0
    for (label, pictures), height in zip(rows, heights):
        draw.text((4, top + 3), label, fill=(230, 230, 230))
        for column, picture in enumerate(pictures):
            cell = picture.resize((CELL, height), Image.LANCZOS)
            sheet.paste(cell, (column * (CELL + GAP), top + LABEL))
        top += height + GAP + LABEL
    sheet.save(path, quality=88)


# ------------------------------------------------------------------ figures


def read_triangles(glb):
    """Corners of all triangles in units of x / z, (n, 3, 2)."""
    data = glb.read_bytes()
    json_size = struct.unpack_from("<I", data, 12)[0]
    document, binary = json.loads(data[20 : 20 + json_size]), data[28 + json_size :]
    kinds = {5126: "<f4", 5125: "<u4", 5123: "<u2"}

    def accessor(index, width):
        item = document["accessors"][index]
        buffer = document["bufferViews"][item["bufferView"]]
        start = buffer.get("byteOffset", 0) + item.get("byteOffset", 0)
        kind = kinds[item["componentType"]]
        return np.frombuffer(binary, kind, item["count"] * width, start).reshape(-1, width)

    found = []
    for primitive in (p for mesh in document["meshes"] for p in mesh["primitives"]):
        points = accessor(primitive["attributes"]["POSITION"], 3).astype(float)
        flat = points[:, :2] / -points[:, 2:]
        found.append(flat[accessor(primitive["indices"], 1).reshape(-1, 3)])
    return np.concatenate(found)


def shapes_of(triangles):
    """Smallest angle in degrees and longest / shortest edge of each triangle that has an area."""
    edges = triangles[:, [1, 2, 0]] - triangles
    lengths = np.linalg.norm(edges, axis=-1)
    area = np.abs(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0])
    good = area > 0
    lengths, area = np.sort(lengths[good], axis=1), area[good]
    sine = np.clip(area / (lengths[:, 1] * lengths[:, 2]), 0, 1)
    return np.degrees(np.arcsin(sine)), lengths[:, 2] / lengths[:, 0]


def histogram(values, bounds):
    counts = np.histogram(values, [*bounds, np.inf])[0] / max(len(values), 1)
    return ", ".join(f"{low}+: {share:.1%}" for low, share in zip(bounds, counts))


def measure(relief, glb, folder):
    """{view: figures}."""
    return {name: view(relief, glb, folder / "m.png", place) for name, place in MEASURED.items()}


def print_figures(results, shapes):
    """Every view that misses a bound, then sums. Returns whether all held."""
    missed = []
    for name, figures in results.items():
        for place, it in figures.items():
            if it["stretched"] > MOST_STRETCHED or it["largest_group"] > MOST_GROUP:
                missed.append(
                    f"  {name} from {place}: {it['stretched']:.3%} stretched, group of"
                    f" {it['largest_group']}, worst {it['worst_stretch']}"
                )
    views = [it for figures in results.values() for it in figures.values()]
    pixels = sum(it["front_pixels"] for it in views)
    over = sum(it["front_pixels"] * it["stretched"] for it in views)
    print(f"{len(results)} photos, {len(views)} views from 5 % of the nearest depth")
    print(
        f"coverage: {sum(it['coverage'] for it in views) / len(views):.3%} on average, worst"
        f" {min(it['coverage'] for it in views):.3%}, {sum(it['holed_pixels'] == 0 for it in views)} whole"
    )
    print(f"stretched: {over / max(pixels, 1):.4%} of the front's pixels; views that miss a bound:")
    print("\n".join(missed) if missed else "  none")
    triangles = [figures["left"]["triangles"] for figures in results.values()]
    print(f"triangles: {np.median(triangles):.0f} in the middle, {max(triangles)} at most")
    print(f"smallest angle, degrees: {histogram(np.concatenate([s[0] for s in shapes]), ANGLES)}")
    print(f"longest / shortest edge: {histogram(np.concatenate([s[1] for s in shapes]), RATIOS)}")
    return not missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("relief", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--model")
    parser.add_argument("--photos", type=pathlib.Path)
    parser.add_argument("--shared", default=str(ROOT.parent / "shared"))
    parser.add_argument("--count", type=int, default=40, help="photos on the sheets")
    parser.add_argument("--measured", type=int, default=50, help="photos in the figures")
    parser.add_argument("--strict", action="store_true", help="fail when a bound is missed")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    relief, results, shapes, rows, sheets = args.relief.resolve(), {}, [], [], 0
    jobs = photo_jobs(args)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for number, (label, photo, options) in enumerate(jobs):
            glb = folder / "scene.glb"
            run(relief, "mesh", photo, "-o", glb, *options)
            if number < args.measured:
                results[label] = measure(relief, glb, folder)
                shapes.append(shapes_of(read_triangles(glb)))
            if number < args.count:
                rows.append((f"{number + 1}  {label}", row_of(relief, photo, glb, folder)))
            if rows and (len(rows) == ROWS or number + 1 in (args.count, len(jobs))):
                sheets += 1
                paste_sheet(rows, args.out / f"sheet_{sheets}.jpg")
                rows = []
    print(f"sheets: {sheets} in {args.out}")
    good = print_figures(results, shapes)
    sys.exit(args.strict and not good)


if __name__ == "__main__":
    main()
