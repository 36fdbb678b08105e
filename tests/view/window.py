#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The window of `relief view`, on a virtual X server, with mouse and keys by xdotool.

    window.py RELIEF [--pictures DIR]

What is held to: the first picture is the photo, also in the X server's own memory; a view aside is what a second
implementation predicts from the scene's exact depth; keys, wheel and dragging do what they say; screenshots replace
nothing; without a display there is one line. Without Xvfb and xdotool, or where relief is built without windows, the test
skips.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCENES = ROOT / "tests/data/scenes"
sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(ROOT / "tools/scenes"))
import exr  # noqa: E402
from expected import blurred, predict, psnr, scene_options  # noqa: E402

SKIPPED = 77
SCENE = "tabletop"
LEAST_PSNR = 45.0  # dB of the first picture to the photo
LEAST_MOVED = 28.0  # dB of a moved view where the prediction speaks
PATIENCE = 120  # seconds

failures = []


def check(what, good, detail=""):
    print(f"{'ok' if good else 'FAILED':6} {what} {detail}")
    if not good:
        failures.append(what)


def skip(reason):
    print(f"skip: {reason}")
    sys.exit(SKIPPED)


class Display:
    """A virtual X server whose picture lies in a file."""

    def __init__(self, folder):
        reading, writing = os.pipe()
        command = ["Xvfb", "-noreset", "-displayfd", str(writing), "-screen", "0", "1200x900x24"]
        self.server = subprocess.Popen(
            command + ["-fbdir", str(folder), "-nolisten", "tcp"],
            pass_fds=(writing,),
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as said:
            self.name = ":" + said.readline().strip()
        self.file = folder / "Xvfb_screen0"

    def picture(self):
        """The screen as bytes (height, width, 3): the file is a window dump with its header."""
        data = self.file.read_bytes()
        header = struct.unpack(">25I", data[:100])
        at, width, height, row, colours = header[0], header[4], header[5], header[12], header[19]
        at += 12 * colours
        rows = np.frombuffer(data, np.uint8, row * height, at).reshape(height, row // 4, 4)
        return rows[:, :width, 2::-1]

    def do(self, *words):
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env={**os.environ, "DISPLAY": self.name},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def close(self):
        self.server.terminate()
        self.server.wait()


class Window:
    """`relief view` at work in a folder of its own."""

    def __init__(self, relief, display, folder, *words):
        self.display, self.folder = display, folder
        self.errors = open(folder / "stderr", "w+")
        environment = {**os.environ, "DISPLAY": display.name}
        environment.pop("WAYLAND_DISPLAY", None)
        self.process = subprocess.Popen(
            [str(w) for w in (relief, "view", *words)],
            cwd=folder,
            env=environment,
            stderr=self.errors,
        )
        self.shots = 1

    def said(self):
        return (self.folder / "stderr").read_text()

    def wait(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def ready(self):
        return self.wait(lambda: "mouse:" in self.said())

    def key(self, letter):
        self.display.do("key", letter)

    def shot(self):
        """What the window shows when it has come to rest, by its own screenshots."""
        before = None
        while True:
            self.shots += 1
            path = self.folder / f"photo-{self.shots}.png"
            self.key("s")
            if not self.wait(lambda: f"{path.name}: saved" in self.said()):
                raise TimeoutError(f"no {path.name}: {self.said()}")
            picture = np.asarray(Image.open(path).convert("RGB"))
            if before is not None and np.array_equal(before, picture):
                return picture
            before = picture

    def end(self):
        code = self.process.wait(PATIENCE)
        self.errors.close()
        return code


def look_at_window(relief, display, folder, pictures):
    photo = np.asarray(Image.open(SCENES / SCENE / "photo.jpg").convert("RGB"))
    depth = exr.read(SCENES / SCENE / "depth.exr")["Y"]
    height, width = depth.shape
    page = folder / "page.html"
    words = [SCENES / SCENE / "photo.jpg", *scene_options(SCENE)]
    make = [str(w) for w in (relief, "view", *words, "-o", page, "--quiet")]
    subprocess.run(make, check=True)
    scene = json.loads(re.search(r'id="scene">(.*?)</script>', page.read_text(), re.S).group(1))
    (folder / "photo-1.png").write_text("mine")
    display.do("mousemove", 1100, 850)

    window = Window(relief, display, folder, *words)
    check("opens and says what keys do", window.ready(), window.said().strip())
    name = display.do("search", "--name", "^photo ")
    handle = name.splitlines()[0] if name else ""
    check("has a title", bool(handle))
    display.do("windowfocus", handle)

    def keep(name, picture):
        if pictures:
            Image.fromarray(picture).save(pictures / f"window_{name}.png")
        return picture

    first = keep("first", window.shot())
    check(
        "the first picture is the photo",
        psnr(first, photo) >= LEAST_PSNR,
        f"{psnr(first, photo):.1f} dB",
    )
    check("a screenshot replaces nothing", (folder / "photo-1.png").read_text() == "mine")
    place = dict(
        re.findall(
            r"^(\w)=(-?\d+)$", display.do("getwindowgeometry", "--shell", handle), re.I | re.M
        )
    )
    x, y = int(place["X"]), int(place["Y"])
    on_screen = display.picture()[y : y + height, x : x + width]
    check("the screen shows the same", np.array_equal(on_screen, first))

    def point(right, down):
        display.do(
            "mousemove",
            "--window",
            handle,
            round((right + 1) / 2 * width),
            round((down + 1) / 2 * height),
        )

    point(0.8, -0.3)
    aside = keep("aside", window.shot())
    expected, there = predict(scene, depth, photo, (0.8, -0.3))
    value = psnr(blurred(aside)[there], blurred(expected)[there])
    check(
        "follows the mouse as predicted",
        value >= LEAST_MOVED and there.mean() > 0.5,
        f"{value:.1f} dB over {100 * there.mean():.0f} %",
    )

    window.key("d")
    grey = keep("depth", window.shot())
    nearness, _ = predict(
        scene,
        depth,
        np.repeat((255 * depth.min() / depth)[..., None], 3, 2).astype(np.uint8),
        (0.8, -0.3),
    )
    likeness = np.corrcoef(grey[there][:, 0], nearness[there][:, 0])[0, 1]
    check(
        "D shows the depth", likeness > 0.98 and np.ptp(grey, axis=2).max() == 0, f"{likeness:.3f}"
    )
    window.key("d")
    window.key("w")
    wires = keep("wires", window.shot()).astype(int)
    green = np.mean((wires[..., 1] > 150) & (wires[..., 1] - wires[..., 0] > 40))
    check("W shows the triangles", 0.02 < green < 0.9, f"{100 * green:.0f} % lines")
    window.key("w")
    check("and W again the picture", np.array_equal(window.shot(), aside))

    window.key("l")
    black = np.mean(window.shot().max(2) == 0)
    window.key("l")
    back = window.shot()
    window.key("l")
    # The back layer has a ground everywhere: alone it is whole, and another picture.
    check(
        "L leaves layers out",
        0.01 < black < 0.3 and np.mean(back.max(2) == 0) < black and psnr(back, aside) < 30,
        f"{black:.3f} black, the back {psnr(back, aside):.1f} dB like both",
    )
    check("and shows them again", np.array_equal(window.shot(), aside))

    point(0, 0)
    display.do("mousedown", 1)
    point(-0.25, 0)
    display.do("mouseup", 1)
    turned = keep("turned", window.shot())
    point(0, 0)
    turned_back = window.shot()
    changed = psnr(turned_back, first)
    check(
        "dragging turns it, for good",
        changed < 25 and psnr(turned, first) < 25,
        f"{changed:.1f} dB",
    )
    window.key("r")
    check(
        "R goes back",
        np.array_equal(keep("back", window.shot()), first)
        or psnr(window.shot(), first) > LEAST_PSNR,
    )
    for _ in range(3):
        display.do("click", 4)
    near = keep("near", window.shot())
    middle = np.asarray(Image.fromarray(photo).resize((width // 4, height // 4), Image.BOX))
    small = np.asarray(Image.fromarray(near).resize((width // 4, height // 4), Image.BOX))
    check("the wheel brings it nearer", psnr(near, first) < 25 and psnr(small, middle) < 25)
    window.key("r")
    window.shot()

    display.do("windowsize", handle, 800, 600)
    window.wait(lambda: "800" in display.do("getwindowgeometry", handle))
    large = keep("large", window.shot())
    reference = np.asarray(Image.fromarray(photo).resize((800, 600), Image.BILINEAR))
    fits = large.shape == (600, 800, 3) and psnr(large, reference) > 30
    check("follows its size", fits, f"{large.shape} {psnr(large, reference):.1f} dB")
    window.key("q")
    check("Q closes it", window.end() == 0)
    left = [path.name for path in folder.iterdir() if path.name.startswith(".relief")]
    check("leaves nothing behind", not left, str(left))
    return words


def look_at_ends(relief, display, folder, words):
    window = Window(relief, display, folder, *words)
    window.ready()
    window.process.send_signal(signal.SIGINT)
    check("stops when asked to", window.end() == 130)
    for name in (None, ":9999"):
        environment = {
            k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")
        }
        if name:
            environment["DISPLAY"] = name
        command = [str(w) for w in (relief, "view", *words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        lines = done.stderr.splitlines()
        good = done.returncode == 5 and len(lines) == 1 and "no window can be opened" in lines[0]
        check("no display: one line", good, f"{done.returncode} {done.stderr.strip()}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("relief", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    args = parser.parse_args()
    relief = args.relief.resolve()
    for program in ("Xvfb", "xdotool"):
        if not shutil.which(program):
            skip(f"{program} is not installed")
    if (
        "GLFW"
        not in subprocess.run(
            [relief, "--version"], capture_output=True, text=True, check=True
        ).stdout
    ):
        skip("relief is built without windows")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        (folder / "screen").mkdir()
        (folder / "work").mkdir()
        display = Display(folder / "screen")
        try:
            words = look_at_window(relief, display, folder / "work", args.pictures)
            look_at_ends(relief, display, folder / "work", words)
        finally:
            display.close()
    print(f"windows: {len(failures)} failed" if failures else "windows: all as it should be")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
