#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast films are made, and what a start of the program takes, into docs/performance.md.

  films.py --relief PROGRAM [--seconds 2] [--output docs/performance.md]

The film is that of the 12-megapixel photo of bench.py, 1920 x 1080 in H.264, with four samples a pixel and as a draft
with one; the start that of `relief --version`, as it is and with the encoders' libraries, which it used to be linked
with. Needs Pillow and NumPy.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

from bench import make_photos
from performance import ROOT, put_into

MARKS = "<!-- films: made by make bench-films -->", "<!-- end of films -->"
# What is asked for, and the least frames a second.
FILMS = {"4 samples": (["--supersample", 2], 4), "draft, 1 sample": (["--quality", "draft"], 8)}
STARTS = 15


def run(*words):
    done = subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True)
    return done.stdout


def film_row(relief, photo, name, seconds, folder):
    options, least = FILMS[name]
    out = folder / "film.mp4"
    words = ["video", photo, "-o", out, "--size", "1920x1080", "--seconds", seconds, "--json"]
    it = json.loads(run(relief, *words, "--force", *options))
    count = it["frames"]
    whole = sum(it["ms"].values()) + it["first_frame_ms"]
    return (
        f"| {name} | {it['triangles']:,} | {1000 * count / it['film_ms']:.1f} | ≥ {least} |"
        f" {it['draw_ms'] / count:.0f} | {it['encode_ms'] / count:.0f} |"
        f" {it['first_frame_ms'] / 1000:.2f} | ≤ 2 | {whole / 1000:.2f} |"
    )


def libraries_of_films():
    """Their names as the program loads them, of this machine's versions."""
    text = run("ldconfig", "-p")
    found = [re.findall(rf"\s(lib{name}\.so\.\d+) ", text) for name in ("avformat", "avcodec")]
    return [names[0] for names in found if names]


def start_row(relief, name, preload):
    """Milliseconds until the program has ended, and libraries that came with it, it and the system's among them."""
    env = {**os.environ, "LD_PRELOAD": ":".join(preload)}
    traced = {**env, "LD_TRACE_LOADED_OBJECTS": "1"}
    listed = subprocess.run([relief], env=traced, capture_output=True, text=True, check=True)
    times = []
    for _ in range(STARTS):
        begin = time.perf_counter()
        subprocess.run([relief, "--version"], env=env, stdout=subprocess.DEVNULL, check=True)
        times.append(1000 * (time.perf_counter() - begin))
    return f"| {name} | {len(listed.stdout.splitlines())} | {statistics.median(times):.0f} | {min(times):.0f} |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--relief", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/performance.md")
    args = parser.parse_args()
    relief = args.relief.resolve()
    lines = [
        "| 1920×1080 | triangles | frames/s | bound | drawing, ms a frame | encoder, ms a frame | first frame, s |"
        " bound | with the scene, s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        photo = make_photos(folder)[0]
        for film in FILMS:
            lines.append(film_row(relief, photo, film, args.seconds, folder))
    lines += [
        "",
        "| start of the program | shared libraries | median, ms | least, ms |",
        "|---|---|---|---|",
    ]
    lines.append(start_row(relief, "as it is", []))
    lines.append(start_row(relief, "with the encoders' libraries", libraries_of_films()))
    print("\n".join(lines))
    put_into(args.output, lines, MARKS)


if __name__ == "__main__":
    main()
