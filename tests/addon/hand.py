# SPDX-License-Identifier: Apache-2.0
"""Blender with windows, a hand that works it by mouse and keys, and what Blender tells of itself."""
import json
import pathlib
import subprocess
import sys
import time

import display
import numpy
from PIL import Image

SECONDS = 150
# The wide button that ends a dialog, as Blender's dark theme draws it.
OK_COLOURS, OK_WIDTH = ((71, 114, 179), (94, 137, 202)), 290  # the second one under the mouse


class Hand:
    """`script` runs inside and writes the state to the file that its job names."""

    def __init__(self, blender, screen, folder, script, job):
        self.screen, self.folder = screen, folder
        self.state = folder / "state.json"
        self.process = subprocess.Popen(
            blender.command(script, {**job, "state": str(self.state)}, display.SIZE),
            env={**blender.environment, **screen.environment},
            stdout=(folder / "said").open("w"),
            stderr=subprocess.STDOUT,
        )

    def said(self):
        """What Blender has written on its terminal: reports of operators among it."""
        return (self.folder / "said").read_text()

    def look(self):
        try:
            return json.loads(self.state.read_text())
        except (OSError, ValueError):
            return {}

    def until(self, what, condition):
        """Wait for Blender's state to be so."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            state = self.look()
            if state and condition(state):
                return state
            time.sleep(0.05)
        self.shot("failed")
        self.process.kill()
        print("\n".join(self.said().splitlines()[-20:]))
        sys.exit(f"add-on: {what}: did not come; Blender's state is {self.look()}")

    def drawn(self):
        """Wait until Blender has drawn what there is to draw: it answers, and the picture stays."""
        end = time.monotonic() + SECONDS
        before, still = None, 0
        while time.monotonic() < end and still < 4:
            self.state.unlink(missing_ok=True)
            self.until("drawing", lambda state: True)
            now = numpy.asarray(self.screen.picture())
            still = still + 1 if before is not None and numpy.array_equal(before, now) else 0
            before = now

    def shot(self, name):
        self.screen.picture().save(self.folder / f"{name}.png")

    def ok_button(self):
        """Where the wide blue button of a dialog is on the screen; None without one."""
        picture = numpy.asarray(self.screen.picture(), int)
        blue = numpy.logical_or.reduce(
            [numpy.abs(picture - colour).max(axis=2) < 12 for colour in OK_COLOURS]
        )
        rows = numpy.flatnonzero(blue.sum(axis=1) > OK_WIDTH)
        if not len(rows):
            return None
        row = rows[len(rows) // 2]
        return numpy.median(numpy.flatnonzero(blue[row])), row

    def open_dialog(self, x, y):
        """Click where a dialog opens, until it does: Blender misses clicks while it draws."""
        for _ in range(6):
            self.drawn()
            self.screen.click(x, y)
            end = time.monotonic() + SECONDS / 6
            while time.monotonic() < end:
                if self.ok_button():
                    self.drawn()
                    return
                time.sleep(0.2)
        self.shot("failed")
        sys.exit(f"add-on: no dialog opens at {x}, {y}")

    def press_ok(self):
        """The wide blue button of a dialog, which may take a while to be drawn; until the dialog is gone."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            place = self.ok_button()
            if place:
                self.screen.click(*place)
                self.drawn()
                if not self.ok_button():
                    return
            time.sleep(0.2)
        self.shot("failed")
        sys.exit("add-on: no OK on the screen, or one that stays")

    def end(self):
        self.process.kill()
        self.process.wait()


def keep_screenshots(folder):
    """With --screenshots FOLDER, the pictures that a test has made, small enough for the docs."""
    if "--screenshots" not in sys.argv:
        return
    target = pathlib.Path(sys.argv[sys.argv.index("--screenshots") + 1])
    target.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.png"):
        small = Image.open(path).resize((1200, 675), Image.LANCZOS)
        small.quantize(256).save(target / path.name, optimize=True)
