#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Displacement, live depth, points, camera moves, updates and large builds in Blender: methods.py RELIEF [PART...]"""
import os
import pathlib
import subprocess
import sys
import tempfile

import harness
import numpy
from blender import psnr, read_photo
from PIL import Image
from responsive import large_photo

PHOTO = harness.ROOT / "tests/data/scenes/room/photo.jpg"
PARTS = [
    "displace",
    "live",
    "points",
    "moves",
    "update",
    "update_moves",
    "beside",
    "exported",
    "large",
]
RAMP_SIZE = 1280, 240


def make_ramp(folder):
    """A photo and its map, which rises evenly from left to right."""
    width, height = RAMP_SIZE
    Image.new("RGB", RAMP_SIZE, (90, 120, 60)).save(folder / "ramp.png")
    ramp = numpy.linspace(0, 1, width * height, dtype=numpy.float32).reshape(width, height).T
    numpy.save(folder / "ramp.npy", numpy.ascontiguousarray(ramp))
    return {
        "ramp": str(folder / "ramp.png"),
        "ramp_map": str(folder / "ramp.npy"),
        "ramp_size": RAMP_SIZE,
    }


def make_large(relief, folder):
    """A program that hands over a scene of 500,000 triangles and 12 megapixels which the real one has made."""
    photo = large_photo(folder / "large.jpg")
    words = [relief, "mesh", photo, "-o", folder / "large.glb", "--triangles", "520000", "--layers", "1",
             "--save-depth", folder / "large.npy", "--json"]  # fmt: skip
    done = subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True)
    (folder / "large.json").write_text(done.stdout)
    script = folder / "large_program"
    script.write_text(
        f"""#!/bin/sh
case $1 in --version) exec "{relief}" "$@" ;; esac
while [ "$1" != --output ]; do shift; done
cp "{folder}/large.glb" "$2"; shift 2
while [ "$1" != --save-depth ]; do shift; done
cp "{folder}/large.npy" "$2"; cat "{folder}/large.json"
"""
    )
    script.chmod(0o755)
    return str(script)


def check_pictures(out, parts):
    wanted = read_photo(PHOTO)

    def quality(name):
        seen = numpy.asarray(Image.open(out / f"{name}.png"))
        return psnr(seen[..., :3], wanted), float((seen[..., 3] == 255).mean())

    if "live" in parts:
        for value in (1.0, 0.4, 2.0):
            found, covered = quality(f"live {value}")
            print(
                f"add-on: live depth {value}: {found:.2f} dB from the photo's camera, covered {covered:.2%}"
            )
            assert found >= 40 and covered == 1.0
    for name in ("with cube", "with another") if "beside" in parts else ():
        found, covered = quality(name)
        print(f"add-on: {name} in the file: {found:.2f} dB, covered {covered:.2%}")
        assert found >= 40 and covered == 1.0
    if "points" in parts:
        found, covered = quality("points")
        print(f"add-on: points: {found:.2f} dB, covered {covered:.2%}")
        assert found > 20 and covered > 0.99
    if "moves" in parts:
        for move in ("zoom", "dolly"):
            found, covered = quality(f"first frame of {move}")
            print(f"add-on: the first frame of a {move}: {found:.2f} dB, covered {covered:.2%}")
            assert found >= 40 and covered == 1.0


def main():
    relief, parts = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:] or PARTS
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        blender = harness.Blender(folder, relief)
        measured = "RELIEF_MEASURE" in os.environ
        job = {"photo": str(PHOTO), "out": str(folder), "parts": parts, "measured": measured}
        if "displace" in parts:
            job.update(make_ramp(folder))
        if "large" in parts:
            job["large_program"] = make_large(relief, folder)
        lines = blender.run("method_runs.py", job, timeout=850).splitlines()
        print("\n".join(line for line in lines if line.startswith("add-on: ")))
        check_pictures(folder, parts)


if __name__ == "__main__":
    main()
