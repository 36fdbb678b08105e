# SPDX-License-Identifier: Apache-2.0
"""A screen without a monitor, and a hand that moves its mouse."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import harness
import numpy
from PIL import Image

SIZE = 1600, 900


class Display:
    """Xvfb; `environment` leads programs there."""

    def __init__(self, size=SIZE):
        for tool in ("Xvfb", "xdotool"):
            if not shutil.which(tool):
                harness.skip(f"{tool} is not installed")
        self.size = size
        self._frames = tempfile.TemporaryDirectory()
        read, write = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24",
             "-nolisten", "tcp", "-fbdir", self._frames.name],
            pass_fds=[write], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            harness.skip("Xvfb does not start")
        self.environment = {"DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1", "XAUTHORITY": ""}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.terminate()
        self._server.wait()
        self._frames.cleanup()

    def picture(self):
        """What is on the screen (the server keeps it as X11's XWDFile.h has it: header, colours, rows)."""
        data = (pathlib.Path(self._frames.name) / "Xvfb_screen0").read_bytes()
        head = numpy.frombuffer(data, ">u4", 25)
        size, width, height, row_bytes, colours = (int(head[k]) for k in (0, 4, 5, 12, 19))
        rows = numpy.frombuffer(data, numpy.uint8, row_bytes * height, size + 12 * colours)
        pixels = rows.reshape(height, row_bytes)[:, : 4 * width].reshape(height, width, 4)
        return Image.fromarray(numpy.ascontiguousarray(pixels[..., 2::-1]))

    def hand(self, *words):
        """xdotool's answer."""
        return subprocess.run(
            ["xdotool", *map(str, words)],
            env={**os.environ, **self.environment},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def move(self, x, y):
        """Blender follows the mouse by its moves; it misses jumps."""
        self.hand("mousemove", int(x) - 3, int(y) - 2)
        time.sleep(0.05)
        self.hand("mousemove", int(x), int(y))
        time.sleep(0.25)

    def click(self, x, y, button=1):
        self.move(x, y)
        self.hand("mousedown", button)
        time.sleep(0.15)  # Blender misses shorter ones while it draws
        self.hand("mouseup", button)
        time.sleep(0.4)

    def key(self, *names):
        for name in names:
            self.hand("key", "--clearmodifiers", name)
            time.sleep(0.15)

    def type(self, text):
        self.hand("type", "--delay", "30", text)
        time.sleep(0.3)
