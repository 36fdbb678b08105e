#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The walk-through of docs/blender.md, step by step, with a mouse and keys, in a Blender on a screen of Xvfb.

  clicks.py RELIEF [--screenshots FOLDER]

The menu's entry is there, the dialog opens, a photo and a camera move are chosen, the scene appears, the sidebar shows it; a second import is
ended by Esc. --screenshots keeps the pictures of the screen, which docs/images/blender has.
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
from PIL import Image

PHOTO = harness.ROOT / "examples/sample.jpg"
SECONDS = 150

# Where Blender 3.4 has things on a screen of 1600 x 900.
FILE_MENU = 46, 13
SIDEBAR_TAB = 1307, 243
FOLDER_FIELD, FIRST_FILE = (720, 48), (330, 101)
MOVE_FIELD = 1524, 310


class Walk:
    """Blender, the hand, and what Blender tells of itself."""

    def __init__(self, blender, screen, folder):
        self.screen, self.folder = screen, folder
        self.state = folder / "state.json"
        self.photos = folder / "photos"
        self.photos.mkdir()
        shutil.copy(PHOTO, self.photos / "holiday.jpg")
        self.process = subprocess.Popen(
            blender.command("click_runs.py", {"state": str(self.state)}, background=False),
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
        print("\n".join(self.process.communicate()[0].splitlines()[-20:]))
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

    # -------------------------------------------------------------- the walk-through's steps

    def open_menu(self):
        """File > Import"""
        self.screen.click(*FILE_MENU)
        time.sleep(0.7)
        self.screen.key("i")
        time.sleep(0.7)

    def choose_entry(self):
        """Photo as 3D Scene: the last entry, as the add-on came last."""
        self.screen.key("End")
        time.sleep(0.3)
        self.screen.key("Return")
        return self.until("the file browser", lambda state: state["files"])

    def choose_photo(self):
        self.screen.click(*FOLDER_FIELD)
        self.screen.key("ctrl+a")
        self.screen.type(f"{self.photos}/")
        self.screen.key("Return")
        folder = f"{self.photos}/"
        self.until("the folder", lambda state: state["files"] and state["files"][0][0] == folder)
        self.drawn()
        self.screen.click(*FIRST_FILE)
        self.until("the photo", lambda state: state["files"][0][1] == "holiday.jpg")

    def choose_move(self):
        """Camera Move: Zoom"""
        self.screen.click(*MOVE_FIELD)
        time.sleep(0.5)
        self.screen.key("z")
        time.sleep(0.5)

    def press_import(self):
        area = self.look()["file_areas"][0]
        self.screen.click(area["x"] + area["width"] - 75, area["y"] + area["height"] - 22)
        return self.until("the job", lambda state: state["queue"] or state["last"])

    def open_sidebar(self):
        view = self.look()["views"][0]
        self.screen.move(view["x"] + view["width"] // 3, view["y"] + view["height"] // 2)
        self.screen.key("n")
        self.drawn()
        self.screen.click(*SIDEBAR_TAB)
        self.drawn()


def walk(guide):
    """From a photo to a camera move."""
    guide.until("Blender", lambda state: state["views"])
    guide.drawn()
    begin = time.monotonic()
    guide.open_menu()
    guide.drawn()
    guide.shot("menu")
    guide.choose_entry()
    guide.choose_photo()
    guide.choose_move()
    guide.drawn()
    guide.shot("dialog")
    guide.press_import()
    guide.shot("progress")
    state = guide.until("the scene", lambda state: not state["queue"] and state["results"])
    seconds = time.monotonic() - begin
    assert state["results"] == ["holiday"] and state["last"] == ["None"], state
    made = {"holiday", "holiday back", "holiday camera", "holiday zoom"}
    assert made <= set(state["objects"]), state["objects"]
    assert state["camera"] == "holiday zoom" and state["frames"][:2] == [1, 120], state
    assert state["resolution"] == [1280, 960] and "MATERIAL" in state["shading"], state
    print(
        f"add-on: menu, dialog, photo and camera move: the scene is there {seconds:.0f} s after the first click"
    )
    guide.open_sidebar()
    guide.shot("sidebar")


def cancel(guide):
    """A second import, ended by Esc."""
    view = guide.look()["views"][0]
    guide.open_menu()
    guide.choose_entry()
    guide.choose_photo()
    state = guide.press_import()
    state = guide.until("the child", lambda state: state["child"])
    pid = state["child"]
    guide.screen.move(view["x"] + 300, view["y"] + 400)
    guide.screen.key("Escape")
    state = guide.until("the end", lambda state: not state["queue"])
    assert state["results"] == ["holiday"] and state["last"] == ["cancelled"], state
    assert not pathlib.Path(f"/proc/{pid}").exists(), "the child lives"
    print("add-on: Esc ends an import; nothing of it remains")


def main():
    relief = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name, display.Display() as screen:
        folder = pathlib.Path(name)
        guide = Walk(harness.Blender(folder, relief), screen, folder)
        try:
            walk(guide)
            cancel(guide)
        finally:
            guide.process.kill()
            guide.process.communicate()
            if "--screenshots" in sys.argv:
                target = pathlib.Path(sys.argv[sys.argv.index("--screenshots") + 1])
                target.mkdir(parents=True, exist_ok=True)
                for path in folder.glob("*.png"):
                    small = Image.open(path).resize((1200, 675), Image.LANCZOS)
                    small.quantize(256).save(target / path.name, optimize=True)


if __name__ == "__main__":
    main()
