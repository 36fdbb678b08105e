# SPDX-License-Identifier: Apache-2.0
"""The worlds that the network trains on: whole pictures with true depth, the same in every run, resumable.

  worlds.py BLENDER

Depth must be metres of every pixel, picture and depth of one size, silhouettes exact to the pixel: where depth jumps,
so does the picture.
"""

import csv
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent

RENDER = ROOT / "tools/train/worlds/render.py"
KINDS = ("room", "portrait")


def render(blender, out, kind, count):
    command = [blender, "-b", "--factory-startup", "--python-exit-code", "1", "--python", RENDER]
    command += ["--", "--out", out, "--count", str(count), "--samples", "2", "--place", kind]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{kind}: {(done.stdout + done.stderr)[-2000:]}")
    return [line for line in done.stdout.splitlines() if f": {kind}," in line]


def jumps(depth):
    """Pixels whose right neighbour lies at another depth by more than a third."""
    ratio = depth[:, 1:] / depth[:, :-1]
    return np.maximum(ratio, 1 / ratio) > 1.33


def check(folder):
    """Returns brightness steps at jumps of depth over those elsewhere."""
    with open(folder / "index.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    at_jumps, elsewhere = [], []
    for row in rows:
        depth = np.load(folder / row["gt"]).astype(np.float32)
        picture = np.asarray(Image.open(folder / row["file"]).convert("L"), np.float32)
        assert picture.shape == depth.shape, (picture.shape, depth.shape)
        assert np.isfinite(depth).all() and depth.min() > 0.05 and depth.max() < 2000, row
        steps, there = np.abs(np.diff(picture, axis=1)), jumps(depth)
        at_jumps.append(steps[there])
        elsewhere.append(steps[~there])
    assert len(rows) == 2, rows
    return np.concatenate(at_jumps).mean() / np.concatenate(elsewhere).mean()


def main():
    blender = sys.argv[1]
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as name:
            first, second = pathlib.Path(name, "a"), pathlib.Path(name, "b")
            assert len(render(blender, first, kind, 1)) == 1
            assert len(render(blender, first, kind, 2)) == 1, "what is there is left out"
            ratio = check(first)
            render(blender, second, kind, 1)
            same = (first / "00000.npy").read_bytes() == (second / "00000.npy").read_bytes()
            assert same, f"{kind}: another world than before"
            print(
                f"{kind}: steps of brightness at jumps of depth {ratio:.1f} times those elsewhere"
            )
            assert ratio > 2, "the picture has its edges elsewhere than depth"


main()
