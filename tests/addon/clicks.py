#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The walk-through of docs/blender.md, step by step, with a mouse and keys, in a Blender on a screen of Xvfb.

  clicks.py RELIEF [--screenshots FOLDER]

The menu's entry is there, the dialog opens, a photo and a camera move are chosen and kept as a preset, the scene appears, the sidebar shows it; the
move is played and rendered. Then what comes beside the walk: live depth, an update in place, a second import that Esc ends, several photos with
one preset, undo. --screenshots keeps the pictures of the screen, which docs/images/blender has.
"""
import pathlib
import shutil
import sys
import tempfile
import time

import display
import hand
import harness
import numpy
from PIL import Image

PHOTO = harness.ROOT / "examples/sample.jpg"

# Where Blender 3.4 has things on a screen of 1600 x 900.
FILE_MENU = 46, 13
SIDEBAR_TAB = 1307, 243
FOLDER_FIELD, FIRST_FILE = (720, 48), (330, 101)
MOVE_FIELD = 1524, 310
PRESETS, FIRST_PRESET, ADD_PRESET = (1453, 88), (1408, 142), (1560, 88)
PRESET_NAME = 1491, 125  # in the dialog that ADD_PRESET opens
LIVE_DEPTH, UPDATE = (1204, 346), (1204, 373)
UPDATE_SHADED, UPDATE_TITLE = (1178, 704), (1069, 384)  # in the dialog that UPDATE opens
FRAMES = 1, 60, 119  # that are rendered, of 120


class Walk(hand.Hand):
    """The walk-through's steps, and some others."""

    def __init__(self, blender, screen, folder):
        self.photos, self.frames = folder / "photos", folder / "frames"
        self.photos.mkdir()
        shutil.copy(PHOTO, self.photos / "holiday.jpg")
        job = {"frames": f"{self.frames}/", "frame_step": FRAMES[1] - 1}
        super().__init__(blender, screen, folder, "click_runs.py", job)

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
        self.until("the photo", lambda state: state["files"][0][1].endswith(".jpg"))

    def choose_move(self):
        """Camera Move: Zoom"""
        self.screen.click(*MOVE_FIELD)
        time.sleep(0.5)
        self.screen.key("z")
        time.sleep(0.5)

    def keep_preset(self, name):
        """The button + beside the presets."""
        self.open_dialog(*ADD_PRESET)
        self.screen.click(*PRESET_NAME)
        self.screen.key("ctrl+a")
        self.screen.type(name)
        self.screen.key("Return")
        self.drawn()
        self.press_ok()
        presets = self.folder / "scripts/presets/operator/import_scene.relief_photo"
        kept = (presets / f"{name.replace(' ', '_')}.py").read_text()
        assert "op.move = 'ZOOM'" in kept and "filepath" not in kept, kept

    def take_preset(self):
        self.screen.click(*PRESETS)
        self.drawn()
        self.screen.click(*FIRST_PRESET)
        self.until("the preset", lambda state: state["dialog"]["move"] == "ZOOM")

    def choose_all(self):
        """All photos of the folder."""
        self.screen.move(*FIRST_FILE)
        self.screen.key("a")

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
    guide.until("the move", lambda state: state["dialog"]["move"] == "ZOOM")
    guide.drawn()
    guide.shot("dialog")
    guide.keep_preset("slow zoom")
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


def play(guide):
    """Space plays the move."""
    view = guide.look()["views"][0]
    guide.screen.move(view["x"] + view["width"] // 3, view["y"] + view["height"] // 2)
    guide.screen.key("space")
    first = guide.until("the move", lambda state: state["playing"] and state["frames"][2] > 1)
    frame, place = first["frames"][2], first["place"]
    guide.until(
        "the next frames", lambda state: state["frames"][2] > frame and state["place"] != place
    )
    guide.screen.key("space")
    guide.until("the end of the move", lambda state: not state["playing"])
    print("add-on: Space plays the move; the camera goes on from frame to frame")


def render(guide):
    """Render Animation writes its frames, and each shows the scene from elsewhere."""
    guide.screen.key("ctrl+F12")
    paths = [guide.frames / f"{frame:04d}.png" for frame in FRAMES]
    guide.until(
        "the frames", lambda state: not state["rendering"] and all(it.exists() for it in paths)
    )
    pictures = [numpy.asarray(Image.open(path).convert("RGB"), numpy.float32) for path in paths]
    assert all(it.shape == (960, 1280, 3) for it in pictures), [it.shape for it in pictures]
    apart = [float(numpy.abs(a - b).mean()) for a, b in zip(pictures, pictures[1:])]
    photo = numpy.asarray(Image.open(PHOTO).convert("RGB"), numpy.float32)
    alike = [float(numpy.corrcoef(photo.ravel(), it.ravel())[0, 1]) for it in pictures]
    print(f"add-on: Render Animation: frames {FRAMES} differ by {apart[0]:.1f} and {apart[1]:.1f} of 255; the first is like the photo"
          f" (correlation {alike[0]:.3f}), the last less so ({alike[2]:.3f})")  # fmt: skip
    assert min(apart) > 3 and alike[0] > 0.95 and alike[2] < alike[0] - 0.02


def change(guide):
    """Live depth by its slider, and the same scene again, shaded, in place."""
    guide.screen.move(*LIVE_DEPTH)
    guide.screen.key("Return")
    guide.screen.type("0.5")
    guide.screen.key("Return")
    guide.until("live depth", lambda state: state["live"] == 0.5)
    assert guide.look()["shaded"] == {"holiday": False}
    guide.open_dialog(*UPDATE)
    guide.screen.click(*UPDATE_SHADED)
    guide.screen.move(*UPDATE_TITLE)  # a tooltip would hide the button OK
    guide.drawn()
    guide.shot("update")
    guide.press_ok()
    state = guide.until("the update", lambda state: state["shaded"] == {"holiday": True})
    assert state["live"] == 0.5 and state["results"] == ["holiday"], state
    print("add-on: live depth by its slider; an update in place by its button")


def several(guide):
    """All photos of the folder at once, with the preset, taken back by one undo."""
    before = guide.look()
    for name in ("friends.jpg", "snow.jpg"):
        shutil.copy(PHOTO, guide.photos / name)
    guide.open_menu()
    guide.choose_entry()
    guide.choose_photo()
    guide.take_preset()
    guide.choose_all()
    guide.press_import()
    state = guide.until(
        "the scenes", lambda state: not state["queue"] and len(state["results"]) == 4
    )
    assert state["results"] == ["friends", "holiday", "holiday.001", "snow"], state["results"]
    assert {"snow zoom", "friends zoom"} <= set(state["objects"]), state["objects"]
    view = guide.look()["views"][0]
    guide.screen.move(view["x"] + 300, view["y"] + 400)
    guide.screen.key("ctrl+z")
    state = guide.until("the undo", lambda state: len(state["results"]) == 1)
    assert state["objects"] == before["objects"], state["objects"]
    print("add-on: three photos at once, with a preset; one undo takes them back")


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
            for part in (walk, play, render, change, cancel, several):
                part(guide)
        finally:
            guide.end()
            hand.keep_screenshots(folder)


if __name__ == "__main__":
    main()
