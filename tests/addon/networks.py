#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The add-on's preferences on a screen of Xvfb, worked by a mouse: networks are listed, and downloaded from a server here: networks.py RELIEF

  networks.py RELIEF [--screenshots FOLDER]

What is listed has size and licence; the button Download asks before anything is fetched; the network is there afterwards; Esc ends a
download; a server that sends another file is told of.
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import display
import hand
import harness

# Where Blender 3.4 draws the buttons Download.
BUTTONS = {"garden": (1081, 638), "mountain": (1081, 668), "broken": (1081, 697)}


class Server:
    """tests/pull_server.py, with a file, and what it was asked for."""

    def __init__(self, folder, data):
        folder.mkdir()
        (folder / "file").write_bytes(data)
        self.size, self.sha256 = len(data), hashlib.sha256(data).hexdigest()
        self.log = folder / "log"
        words = [sys.executable, harness.ROOT / "tests/pull_server.py", folder / "file"]
        self.process = subprocess.Popen(
            [*map(str, words), str(folder / "port"), str(self.log)], stdin=subprocess.PIPE
        )
        end = time.monotonic() + 60
        while not (folder / "port").exists() and time.monotonic() < end:
            time.sleep(0.02)
        self.port = int((folder / "port").read_text())

    def entry(self, name, mode, **facts):
        url = f"http://127.0.0.1:{self.port}/{mode}/{name}.onnx"
        return {"name": name, "title": f"Made up, {mode}", "url": url, "bytes": self.size,
                "sha256": self.sha256, "licence": "MIT", "use": "any", **facts}  # fmt: skip

    def asked(self):
        return self.log.read_text().splitlines() if self.log.exists() else []

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def listed(guide):
    """What is built in, what can be had, and how large it is."""
    state = guide.until("the list", lambda state: "garden" in state["models"])
    models = state["models"]
    assert models["relief-small"][0] and not models["garden"][0], models
    assert models["mountain"][1:] == ["60 MB", "CC-BY-NC-4.0"], models["mountain"]
    assert models["dpt-large"][1:] == ["1370 MB", "MIT"], models["dpt-large"]
    guide.drawn()
    guide.shot("preferences")
    print(f"add-on: the preferences list {len(models)} networks with size and licence")


def asks_first(guide, name, server):
    """Download opens a question; nothing is fetched."""
    asked = len(server.asked())
    guide.open_dialog(*BUTTONS[name])
    guide.shot(f"download {name}")
    assert len(server.asked()) == asked, "it fetches before it has asked"


def downloaded(guide, server):
    asks_first(guide, "garden", server)
    guide.press_ok()
    state = guide.until("the network", lambda state: state["models"]["garden"][0])
    assert len(server.asked()) == 1 and not state["models"]["mountain"][0]
    there = guide.folder / "models/garden.onnx"
    assert hashlib.sha256(there.read_bytes()).hexdigest() == server.sha256
    print(
        "add-on: Download asks, then fetches; the network is there, and is the one that the catalogue means"
    )


def cancelled(guide, server):
    """Esc ends a download that takes long; what has come is kept for the next try, under no final name."""
    asks_first(guide, "mountain", server)
    guide.press_ok()
    folder = guide.folder / "models"
    guide.until("the download", lambda state: any(folder.glob("mountain*.part")))
    guide.until("its child", lambda state: state["pulling"])
    guide.screen.key("Escape")
    state = guide.until("the end", lambda state: not state["pulling"] and not state["listing"])
    assert not state["models"]["mountain"][0] and not (folder / "mountain.onnx").exists()
    print("add-on: Esc ends a download")


def refused(guide, server):
    asks_first(guide, "broken", server)
    guide.press_ok()
    state = guide.until(
        "the refusal", lambda state: any("broken" in it for it in state["failures"])
    )
    said = state["failures"][-1]
    assert "not the published file" in said, said
    assert not (guide.folder / "models/broken.onnx").exists()
    print(f"add-on: another file than the catalogue's is refused: {said}")


def main():
    relief = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name, display.Display() as screen:
        folder = pathlib.Path(name)
        network = folder / "tiny.onnx"
        script = harness.ROOT / "tests/make_tiny_network.py"
        subprocess.run([sys.executable, script, network], check=True)
        quick = Server(folder / "quick", network.read_bytes())
        slow = Server(folder / "slow", bytes(60_000_000))
        catalogue = [
            quick.entry("garden", "ok"),
            slow.entry("mountain", "slow", licence="CC-BY-NC-4.0", use="non-commercial"),
            quick.entry("broken", "wrong"),
        ]
        (folder / "catalogue.json").write_text(json.dumps({"models": catalogue}))
        blender = harness.Blender(folder, relief)
        blender.environment["RELIEF_CATALOGUE"] = str(folder / "catalogue.json")
        blender.environment["RELIEF_MODELS"] = str(folder / "models")
        guide = hand.Hand(blender, screen, folder, "network_runs.py", {"screen": display.SIZE})
        try:
            listed(guide)
            downloaded(guide, quick)
            cancelled(guide, slow)
            refused(guide, quick)
        finally:
            guide.end()
            quick.end()
            slow.end()
            hand.keep_screenshots(folder)


if __name__ == "__main__":
    main()
