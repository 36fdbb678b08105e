#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Memory of long films: film_memory.py RELIEF

Ten minutes of film, 18,000 small frames, must not take more memory than ten seconds, but for the index that files with
one have at their end: INDEX bytes a frame. Peaks are those of whole processes, as the system counts them.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENE = ROOT / "tests/data/scenes/figure/photo.jpg"
SHORT, LONG, FPS = 10, 600, 30
INDEX = 64
SLACK = 4 << 20  # what two runs of the same length may differ by: threads' stacks and heaps
# VP9 takes its time even over small pictures: a third of that length shows as much.
KINDS = {"y4m": ("-", LONG), "mp4": ("film.mp4", LONG), "webm": ("film.webm", LONG // 3)}


def peak_of(relief, scene, output, seconds, folder):
    """Bytes at the most, or None where there is no encoder."""
    words = [
        relief,
        "video",
        scene,
        "-o",
        output,
        "--seconds",
        seconds,
        "--fps",
        FPS,
        "--size",
        "48x36",
    ]
    words += ["--supersample", 1, "--threads", 2, "--move", "circle", "--quiet", "--force"]
    with open(os.devnull, "wb") as nothing, open(folder / "errors", "wb") as errors:
        child = subprocess.Popen([str(w) for w in words], cwd=folder, stdout=nothing, stderr=errors)
        _, state, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(state)
    if child.returncode:
        text = (folder / "errors").read_text()
        if "no encoder" in text:
            return None
        sys.exit(f"film_memory: exit code {child.returncode}\n{text}")
    return usage.ru_maxrss * 1024


def main():
    relief, bad = pathlib.Path(sys.argv[1]).resolve(), []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        scene = folder / "scene.glb"
        words = [
            relief,
            "mesh",
            SCENE,
            "-o",
            scene,
            "--layers",
            "2",
            "--quality",
            "draft",
            "--quiet",
        ]
        subprocess.run(words, check=True)
        for kind, (output, length) in KINDS.items():
            short = peak_of(relief, scene, output, SHORT, folder)
            long = peak_of(relief, scene, output, length, folder) if short else None
            if not short:
                print(f"{kind}: no encoder here")
                continue
            more = long - short
            print(f"{kind}: {short / 1e6:.1f} MB for {SHORT} s, {long / 1e6:.1f} MB for {length} s")
            if more > SLACK + INDEX * (length - SHORT) * FPS:
                bad.append(f"{kind}: {more / 1e6:.1f} MB more for {length} s of film")
    print("\n".join(bad) if bad else "film_memory: long films take no more memory than short ones")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
