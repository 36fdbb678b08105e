#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast views are drawn on the processor, into docs/performance.md.

  views.py --relief PROGRAM --speed PROGRAM [--frames 12] [--output docs/performance.md]

The scene is that of the 12-megapixel photo of bench.py with our sample's exact depth, at about 200,000 and 1,000,000
triangles; views of 1920x1080, one sample a pixel and four. Needs Pillow and NumPy.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

from bench import make_photos
from performance import ROOT, put_into

MARKS = "<!-- views: made by make bench-views -->", "<!-- end of views -->"
SCENE = ROOT / "tests/data/scenes/figure"
COUNTS = (200_000, 1_000_000)


def make_scene(relief, photo, most, out):
    """A scene of at most so many triangles."""
    camera = json.loads((SCENE / "camera.json").read_text())
    options = ["--depth", SCENE / "depth.exr", "--depth-is", "metres"]
    command = [relief, "mesh", photo, "-o", out, *options, "--fov", camera["fov_long_deg"]]
    help_text = subprocess.run(
        [relief, "mesh", "--help"], capture_output=True, text=True, check=True
    )
    exactly = "--triangles" in help_text.stdout
    command += ["--triangles", most] if exactly else ["--grid", 2048, "--max-triangles", most]
    command += ["--quiet"]
    subprocess.run([str(c) for c in command], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--relief", required=True, type=pathlib.Path)
    parser.add_argument("--speed", required=True, type=pathlib.Path)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/performance.md")
    args = parser.parse_args()
    lines = ["| triangles | samples a pixel | frames/s | first frame, s | scene to driver, s |"]
    lines.append("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        photo = make_photos(folder)[0]
        for most in COUNTS:
            glb = folder / "scene.glb"
            make_scene(args.relief.resolve(), photo, most, glb)
            for supersample in (1, 2):
                command = [args.speed.resolve(), glb, 1920, 1080, supersample, args.frames]
                done = subprocess.run(
                    [str(c) for c in command], check=True, capture_output=True, text=True
                )
                it = json.loads(done.stdout)
                lines.append(
                    f"| {it['triangles']:,} | {supersample**2} | {it['fps']:.1f} |"
                    f" {it['first_s']:.2f} | {it['add_s']:.2f} |"
                )
                print(lines[-1], flush=True)
    put_into(args.output, lines, MARKS)


if __name__ == "__main__":
    main()
