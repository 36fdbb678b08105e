#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The walk-through of docs/blender.md, step by step, with a mouse and keys, in a Blender on a screen of Xvfb.

  clicks.py RELIEF [--screenshots FOLDER]

The menu's entry is there, the dialog opens, a photo is chosen, the scene appears, the sidebar changes its depth, a camera move is made and
a frame of it rendered; a second import is ended by Esc. Blender tells where its buttons are; the hand clicks there.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import display
import harness
import numpy
from blender import psnr, read_photo
from PIL import Image

PHOTO = harness.ROOT / "examples/sample.jpg"
SECONDS = 150


class Walk:
    """Blender, the hand, and what Blender tells of itself."""

    def __init__(self, blender, screen, folder, relief):
        self.screen, self.folder = screen, folder
        self.state = folder / "state.json"
        self.photos = folder / "photos"
        self.photos.mkdir()
        shutil.copy(PHOTO, self.photos / "holiday.jpg")
        job = {"state": str(self.state), "shots": str(folder), "folder": str(self.photos)}
        self.process = subprocess.Popen(
            blender.command("click_runs.py", job, background=False),
            env={**blender.environment, **screen.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def look(self):
        try:
            return json.loads(self.state.read_text())
        except (OSError, ValueError):
            return {}

    def until(self, condition, what):
        """Wait for Blender's state to be so."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            state = self.look()
            if state and condition(state):
                return state
            time.sleep(0.1)
        self.shot("failed")
        self.process.kill()
        print("\n".join(self.process.communicate()[0].splitlines()[-20:]))
        sys.exit(f"add-on: {what}: did not come; Blender's state is {self.look()}")

    def shot(self, name):
        """A picture of the screen."""
        path = self.folder / f"{name}.png"
        subprocess.run(
            ["xwd", "-root", "-silent", "-out", str(path.with_suffix(".xwd"))],
            env=self.screen.environment | {"PATH": "/usr/bin:/bin"},
            check=True,
        )
        read_xwd(path.with_suffix(".xwd")).save(path)
        path.with_suffix(".xwd").unlink()
        return path


def read_xwd(path):
    """The picture in a dump of a 24-bit screen (X11's XWDFile.h: big-endian header, then colours, then rows)."""
    data = path.read_bytes()
    head = numpy.frombuffer(data, ">u4", 25)
    size, width, height, row_bytes, colours = (int(head[k]) for k in (0, 4, 5, 12, 19))
    rows = numpy.frombuffer(data, numpy.uint8, row_bytes * height, size + 12 * colours)
    pixels = rows.reshape(height, row_bytes)[:, : 4 * width].reshape(height, width, 4)
    return Image.fromarray(numpy.ascontiguousarray(pixels[..., 2::-1]))
