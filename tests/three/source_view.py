#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scene as three.js shows it, from its own camera, is the photo.

  source_view.py RELIEF

Two rendered scenes with their exact depth, one layer and two, packed and not, in headless Chromium. three.js lays textures
along surfaces and filters them; LEAST_PSNR leaves room for that. Without Chromium, or three in tests/node, the test skips.
"""
import functools
import http.server
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

import numpy
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCENES = ROOT / "tests/data/scenes"
THREE = ROOT / "tests/node/node_modules/three"
LEAST_PSNR = {"draft": 34.0, "normal": 38.0, "high": 38.0}  # dB
SKIPPED = 77
PATIENCE = 240  # seconds for all pages
SETTINGS = [
    ("normal", []),
    ("normal", ["--layers", "2"]),
    ("normal", ["--layers", "2", "--compress"]),
    ("draft", []),
    ("high", ["--layers", "2"]),
]


def skip(reason):
    print(f"skip: {reason}")
    sys.exit(SKIPPED)


class Handler(http.server.SimpleHTTPRequestHandler):
    """A folder, three.js as /three/, and what the page has seen, into `seen`."""

    seen = {}
    more = threading.Condition()

    def translate_path(self, path):
        if path.startswith("/three/"):
            return str(THREE / path[len("/three/") :].split("?")[0])
        return super().translate_path(path)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.more:
            self.seen[self.path.rpartition("/")[2]] = body
            self.more.notify()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def look(folder, names):
    """What three.js sees of files in a folder, as PNG bytes by name, or the words of what went wrong."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=folder)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/view.html?{','.join(names)}"
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu-sandbox"]
    command += ["--disable-dev-shm-usage"]  # containers have little of it
    command += ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
    command += ["--force-color-profile=srgb", f"--user-data-dir={folder}/profile", url]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with Handler.more:
        Handler.more.wait_for(lambda: len(Handler.seen) == len(names), PATIENCE)
    browser.terminate()
    browser.wait()
    server.shutdown()
    return Handler.seen


def read(body):
    """A picture as bytes (height, width, 3); None for words, which are printed."""
    if body and body.startswith(b"\x89PNG"):
        return numpy.asarray(Image.open(io.BytesIO(body)).convert("RGB"))
    print(body.decode(errors="replace") if body else "the page has not answered")
    return None


def psnr(a, b):
    error = numpy.mean((a.astype(float) - b.astype(float)) ** 2)
    return 99.0 if error == 0 else 10 * numpy.log10(255.0**2 / error)


def make(relief, scene, quality, options, path):
    camera = json.loads((scene / "camera.json").read_text())
    command = [relief, "mesh", scene / "photo.jpg", "-o", path, "--depth", scene / "depth.exr"]
    command += ["--depth-is", "metres", "--fov", camera["fov_long_deg"], "--quiet"]
    command += ["--quality", quality, *options]
    subprocess.run([str(word) for word in command], check=True)


def main():
    relief = pathlib.Path(sys.argv[1]).resolve()
    if not shutil.which("chromium"):
        skip("Chromium is not installed")
    if not THREE.exists():
        skip("three is not installed (npm ci in tests/node)")
    good = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        shutil.copy(ROOT / "tests/three/view.html", folder)
        jobs = [(scene, *setting) for scene in ("figure", "room") for setting in SETTINGS]
        for number, (scene, quality, options) in enumerate(jobs):
            make(relief, SCENES / scene, quality, options, folder / f"{number}.glb")
        seen = look(name, [f"{number}.glb" for number in range(len(jobs))])
        for number, (scene, quality, options) in enumerate(jobs):
            photo = numpy.asarray(Image.open(SCENES / scene / "photo.jpg").convert("RGB"))
            picture = read(seen.get(f"{number}.glb"))
            same = picture is not None and picture.shape == photo.shape
            value = psnr(picture, photo) if same else 0.0
            good.append(value >= LEAST_PSNR[quality])
            words = " ".join([scene, quality, *options])
            print(f"{words:36} {value:6.2f} dB{'' if good[-1] else '  FAILED'}")
    print(f"three.js: {sum(good)} of {len(good)} views are the photo")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
