#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time and memory of every stage for a 12-megapixel photo, and of a whole run with one of 100, into docs/performance.md.

  bench.py --relief PROGRAM [--model FILE.onnx] [--runs 10] [--output docs/performance.md]

The photo is made here: our sample render at 4000x3000 with grain of a fixed seed, JPEG 4:2:0, at least 4 MB; beside it the same with EXIF
orientation 6 and a Display P3 profile; and one of 100 megapixels, which must finish within LARGE_MB. Whole runs are timed as processes, cold, with a warm page cache. Needs Pillow and NumPy.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
from PIL import Image
from performance import ROOT, put_into

sys.path.insert(0, str(ROOT / "tests/blender"))
from display_p3 import profile as display_p3  # noqa: E402

SIZE = (4000, 3000)
GRAIN = 9.0
LARGE_SIZE = (12240, 8160)
LARGE_MB = 4096  # of resident memory that a photo of 100 megapixels may take
MARKS = "<!-- stages: made by make bench -->", "<!-- end of stages -->"


def make_photos(folder):
    """plain.jpg and turned.jpg, 12 megapixels, and large.jpg, 100: detailed."""
    base = Image.open(ROOT / "examples/sample.jpg").convert("RGB").resize(SIZE, Image.BICUBIC)
    noise = numpy.random.default_rng(7).normal(0, GRAIN, (SIZE[1], SIZE[0], 1))
    image = Image.fromarray(numpy.clip(numpy.asarray(base) + noise, 0, 255).astype(numpy.uint8))
    plain, turned = folder / "plain.jpg", folder / "turned.jpg"
    image.save(plain, quality=92, subsampling="4:2:0")
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(
        turned, quality=92, subsampling="4:2:0", exif=exif.tobytes(), icc_profile=display_p3()
    )
    image.resize(LARGE_SIZE, Image.BICUBIC).save(
        folder / "large.jpg", quality=92, subsampling="4:2:0"
    )
    assert plain.stat().st_size >= 4e6, f"the photo has {plain.stat().st_size} bytes only"
    return plain, turned


def whole_run(relief, photo, words, runs):
    """(median seconds, peak MB) of `relief PHOTO`, process start to file on disk."""
    out = photo.with_suffix(".glb")
    seconds, peaks = [], []
    for _ in range(runs + 1):
        start = time.perf_counter()
        child = subprocess.Popen([relief, photo, "-o", out, "--quiet", "--force", *words])
        _, code, usage = os.wait4(child.pid, 0)
        seconds.append(time.perf_counter() - start)
        peaks.append(usage.ru_maxrss / 1024)
        assert code == 0, f"relief failed on {photo}"
    return statistics.median(seconds[1:]), max(peaks)


def stage_rows(relief, photo, model, runs):
    command = [relief, "bench", photo, "--model", model, "--json", "--runs", str(runs), "--quiet"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    yield f"| stage ({found['threads']} threads, {found['triangles']:,} triangles) | median ms | least ms | peak of own MB | peak resident MB |"
    yield "|---|---|---|---|---|"
    for row in found["stages"]:
        yield "| {stage} | {median_ms:.0f} | {min_ms:.0f} | {peak_mb:.0f} | {peak_rss_mb:.0f} |".format(
            **row
        )


def large_row(args, photo):
    """A whole run with 100 megapixels; ends the program when its memory is over the bound."""
    seconds, peak = whole_run(args.relief, photo, ["--model", args.model], 1)
    if peak > LARGE_MB:
        sys.exit(f"bench: 100 megapixels took {peak:.0f} MB (at most {LARGE_MB})")
    larger = photo.with_suffix(".glb").stat().st_size - photo.stat().st_size
    return (
        f"| layers: 2; 100 megapixels, one run | {seconds:.2f} | {peak:.0f} | {larger / 1e6:.1f} |"
    )


def report(args):
    with tempfile.TemporaryDirectory() as name:
        # In a process of its own: a child's peak memory counts that of the parent it was forked from.
        subprocess.run([sys.executable, __file__, "--make-photos", name], check=True)
        plain, turned = pathlib.Path(name, "plain.jpg"), pathlib.Path(name, "turned.jpg")
        yield f"12-megapixel photo ({plain.stat().st_size / 1e6:.1f} MB), network `{args.model.name}`, {args.runs} runs:"
        yield ""
        yield from stage_rows(args.relief, plain, args.model, args.runs)
        yield ""
        yield "| whole run, process start to .glb on disk | median s | peak resident MB | .glb over .jpg, MB |"
        yield "|---|---|---|---|"
        for layers in (2, 1):
            for label, photo in (("sRGB", plain), ("orientation 6, Display P3", turned)):
                words = ["--model", args.model, "--layers", str(layers)]
                seconds, peak = whole_run(args.relief, photo, words, args.runs)
                larger = photo.with_suffix(".glb").stat().st_size - photo.stat().st_size
                yield f"| layers: {layers}; {label} | {seconds:.2f} | {peak:.0f} | {larger / 1e6:.1f} |"
        yield large_row(args, pathlib.Path(name, "large.jpg"))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--relief", type=pathlib.Path, default=ROOT / "build/relief")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models/relief-small.onnx")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/performance.md")
    parser.add_argument("--make-photos", type=pathlib.Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make_photos:
        make_photos(args.make_photos)
        return
    args.relief = args.relief.resolve()
    if not args.model.exists():
        sys.exit("bench: no network is at hand (--model FILE.onnx)")
    lines = list(report(args))
    print("\n".join(lines))
    put_into(args.output, lines, MARKS)


if __name__ == "__main__":
    main()
