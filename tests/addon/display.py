# SPDX-License-Identifier: Apache-2.0
"""A screen without a monitor, and a hand that moves its mouse."""
import os
import shutil
import subprocess
import time

import harness

SIZE = 1600, 900


class Display:
    """Xvfb; `environment` leads programs there."""

    def __init__(self, size=SIZE):
        for tool in ("Xvfb", "xdotool"):
            if not shutil.which(tool):
                harness.skip(f"{tool} is not installed")
        self.size = size
        read, write = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24",
             "-nolisten", "tcp"],
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
        self.hand("click", button)
        time.sleep(0.4)

    def key(self, *names):
        for name in names:
            self.hand("key", "--clearmodifiers", name)
            time.sleep(0.15)

    def type(self, text):
        self.hand("type", "--delay", "30", text)
        time.sleep(0.3)
