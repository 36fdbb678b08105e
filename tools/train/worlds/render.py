# SPDX-License-Identifier: Apache-2.0
"""Render random worlds with exact depth, to train on.

  blender -b --factory-startup --python-exit-code 1 --python tools/train/worlds/render.py -- --out DIR [--first N] [--count N]

World number N is the same in every run. DIR gets NNNNN.jpg, NNNNN.npy (float16, metres along the optical axis, one
ray through each pixel centre) and, at the end of every world, a line of index.csv for pack.py; worlds that are there are left out.
"""

import argparse
import csv
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scenes"))

import bpy
import develop
import numpy as np
import passes
import places

SIZES = [(352, 264), (352, 264), (352, 264), (304, 304), (264, 352), (416, 224), (512, 176)]
COLUMNS = ("file", "gt", "kind", "scale", "env", "set", "name")


def arguments():
    argv = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    parser = argparse.ArgumentParser(prog="render.py", description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--step", type=int, default=1, help="to share the work: every so many-th")
    parser.add_argument("--samples", type=int, default=8, help="light paths a pixel")
    parser.add_argument(
        "--place", help="only this kind: " + ", ".join(p.__name__ for p in places.PLACES)
    )
    return parser.parse_args(argv)


def choose(rng, wanted):
    kinds, shares = list(places.PLACES), np.array(list(places.PLACES.values()))
    if wanted:
        return next(kind for kind in kinds if kind.__name__ == wanted)
    return kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]


def metered(linear, grey=0.2):
    """Stops that bring the middle of the brightness, between median and mean, to `grey`."""
    light = np.maximum(linear.mean(axis=2), 1e-4)
    middle = np.sqrt(np.median(light) * np.minimum(light, 4.0).mean())
    return float(np.clip(np.log2(grey / middle), -4, 6))


def render(args, number):
    """One world; returns its line of the index."""
    rng = np.random.default_rng((20, number))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.view_layer.name = passes.LAYER
    place = choose(rng, args.place)
    found = place(rng)
    size = SIZES[int(rng.integers(len(SIZES)))]
    passes.setup(size, number)
    name, scratch = f"{number:05}", os.path.join(args.out, f"scratch-{os.getpid()}.exr")
    depth = passes.depth(scratch)
    light = passes.photo(scratch, args.samples)
    look = {"exposure": found["exposure"] + metered(light["combined"])}
    look.update({"contrast": rng.uniform(0.9, 1.2), "grain": rng.uniform(0, 0.03)})
    pixels = develop.develop(light, look, number, args.samples)
    passes.save_jpeg(os.path.join(args.out, name + ".jpg"), pixels, 92)
    np.save(os.path.join(args.out, name + ".npy"), depth.astype(np.float16))
    kind = "depth" if found["closed"] else "disparity"
    return [name + ".jpg", name + ".npy", kind, 1, place.__name__, "worlds", number]


def listed(path):
    if not os.path.exists(path):
        return set()
    with open(path, newline="") as f:
        return {row["file"] for row in csv.DictReader(f)}


def main():
    args = arguments()
    os.makedirs(args.out, exist_ok=True)
    index = os.path.join(args.out, "index.csv")
    done = listed(index)
    if not done and not os.path.exists(index):
        with open(index, "w", newline="") as f:
            csv.writer(f).writerow(COLUMNS)
    for number in range(args.first, args.first + args.count, args.step):
        if f"{number:05}.jpg" in done:
            continue
        start = time.time()
        row = render(args, number)
        with open(index, "a", newline="") as f:
            csv.writer(f).writerow(row)
        print(f"{number}: {row[4]}, {time.time() - start:.1f} s", flush=True)


main()
