#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pages of `relief view -o page.html` in headless Chromium, from file://.

    page.py RELIEF [--pictures DIR]

What is held to: the source view is the photo (LEAST_PSNR), a moved camera sees what a second implementation here predicts
from the scene's exact depth, no hole shows anywhere within the travel of two layers, keys and tilting do what they say,
textures keep to 4,096 pixels, cut-outs are cut out, nothing is fetched and nothing complained of. Without Chromium the test
skips.
"""
import argparse
import base64
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCENES = ROOT / "tests/data/scenes"
sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(ROOT / "tools/scenes"))
import browser  # noqa: E402
import exr  # noqa: E402
from expected import blurred, predict, psnr, scene_options  # noqa: E402

SKIPPED = 77
LEAST_PSNR = 45.0  # dB of the source view to the photo
LEAST_MOVED = 28.0  # dB of a moved view where the prediction speaks
MOST_HOLES = 1e-5  # share of the picture
MOST_TEXTURE = 4096
HOLE = "#ff00ff"

failures = []


def check(what, good, detail=""):
    print(f"{'ok' if good else 'FAILED':6} {what} {detail}")
    if not good:
        failures.append(what)


def make(relief, *words):
    done = subprocess.run(
        [str(w) for w in (relief, "view", *words)], check=True, capture_output=True, text=True
    )
    return done.stdout


def facts_of(page):
    """What the page says of its scene, and its textures as PIL pictures."""
    text = page.read_text()
    scene = json.loads(re.search(r'id="scene">(.*?)</script>', text, re.S).group(1))
    found = re.findall(r'id="picture\d+">(.*?)</script>', text, re.S)
    return scene, [len(base64.b64decode(data)) for data in found], text


def show(tab, page, hint=False):
    """Open a page and wait for its picture."""
    tab.requests.clear()
    tab.open(page.as_uri())
    ready = tab.wait("document.getElementById('view').classList.contains('ready')")
    if not ready:
        print("      ", tab.value("document.getElementById('message').textContent"), tab.complaints)
    still(tab, hint)
    return ready


def still(tab, hint=False):
    style = "canvas { transition: none !important }"
    if not hint:
        style += "#hint { display: none } html, body { background: %s !important }" % HOLE
    tab.value(f"void document.head.appendChild(document.createElement('style')).append('{style}')")


def settle(tab):
    """Wait until the camera has arrived."""
    tab.wait("!waiting && !idle")
    tab.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def aim(tab, x, y, size):
    """Point at a place of the window, -1 to 1 on each side."""
    tab.move(round((x + 1) / 2 * (size[0] - 1)), round((y + 1) / 2 * (size[1] - 1)))
    tab.value("void 0")
    settle(tab)


def holes(picture):
    colours = np.array([int(HOLE[k : k + 2], 16) for k in (1, 3, 5)])
    return np.mean(np.abs(picture.astype(int) - colours).max(2) < 90)


# ------------------------------------------------------------------ what is looked at


def look_at_scene(tab, relief, name, layers, folder, pictures):
    page = folder / f"{name}{layers}.html"
    photo = np.asarray(Image.open(SCENES / name / "photo.jpg").convert("RGB"))
    size = photo.shape[1], photo.shape[0]
    make(relief, SCENES / name / "photo.jpg", "-o", page, "--layers", layers, *scene_options(name))
    what = f"{name}, {layers} layers:"
    tab.reduce_motion(True)
    tab.size(*size)
    check(f"{what} is shown", show(tab, page))
    scene, _, _ = facts_of(page)
    view = tab.picture()
    value = psnr(view, photo)
    check(f"{what} the source view is the photo", value >= LEAST_PSNR, f"{value:.1f} dB")
    depth = exr.read(SCENES / name / "depth.exr")["Y"]
    worst = 0.0
    for number, place in enumerate([(1, 0), (-0.7, 0.7), (0, -1)]):
        aim(tab, *place, size)
        shown = tab.value("shown")
        moved = tab.picture()
        if pictures:
            Image.fromarray(moved).save(pictures / f"{name}{layers}_{number}.png")
        expected, there = predict(scene, depth, photo, shown)
        moved_blurred, expected = blurred(moved)[there], blurred(expected)[there]
        value, before = psnr(moved_blurred, expected), psnr(blurred(view)[there], expected)
        check(
            f"{what} moved to {place} as predicted",
            value >= LEAST_MOVED and value > before + 3 and there.mean() > 0.5,
            f"{value:.1f} dB over {100 * there.mean():.0f} %, {before:.1f} dB when it stands still",
        )
        worst = max(worst, holes(moved))
    check(f"{what} no hole within the travel", worst <= MOST_HOLES, f"{100 * worst:.3f} %")
    tab.press("r")
    settle(tab)
    check(f"{what} R goes back", np.array_equal(tab.picture(), view))
    return page


def look_at_keys(tab, folder, name):
    """On the page of two layers that is open."""
    depth = exr.read(SCENES / name / "depth.exr")["Y"]
    size = depth.shape[1], depth.shape[0]
    view = tab.picture()
    tab.press("d")
    settle(tab)
    grey = tab.picture()
    likeness = np.corrcoef(grey[..., 0].ravel(), (1 / depth).ravel())[0, 1]
    check(
        "D shows the depth", likeness > 0.98 and np.ptp(grey, axis=2).max() == 0, f"{likeness:.3f}"
    )
    tab.press("d")
    tab.press("w")
    settle(tab)
    wires = tab.picture().astype(int)
    green = np.mean((wires[..., 1] > 150) & (wires[..., 1] - wires[..., 0] > 40))
    check("W shows the triangles", 0.02 < green < 0.9, f"{100 * green:.0f} % lines")
    tab.press("W")
    aim(tab, 1, 0, size)
    both = tab.picture()
    tab.press("l")
    settle(tab)
    front = tab.picture()
    tab.press("l")
    settle(tab)
    back = tab.picture()
    tab.press("l")
    settle(tab)
    check(
        "L leaves the back layer out",
        0.005 < holes(front) < 0.5,
        f"{100 * holes(front):.1f} % holes",
    )
    # The back layer has a ground everywhere, so there are no holes to tell.
    alone = psnr(back, both)
    check("L leaves the front layer out", alone < 30, f"{alone:.1f} dB like both")
    seen = np.any(front != both, axis=2)
    check("L: what is missing is seen in the back", psnr(back[seen], both[seen]) > 25)
    check("L shows both again", np.array_equal(tab.picture(), both))
    tab.press("r")
    settle(tab)
    for _ in range(2):
        tab.press("ArrowRight")
    settle(tab)
    check("the arrows move the camera", tab.value("shown") == [0.5, 0])
    for _ in range(9):
        tab.press("ArrowUp")
    settle(tab)
    length = np.hypot(*tab.value("shown"))
    check("no farther than the travel", abs(length - 1) < 1e-6, f"{length:.6f}")
    tab.press("r")
    settle(tab)
    check("and back", np.array_equal(tab.picture(), view))


def look_at_window(tab, page):
    scene, _, _ = facts_of(page)
    for width, height, dense in ((900, 300, 1), (300, 900, 1), (400, 300, 2)):
        tab.size(width, height, dense)
        show(tab, page)
        box = tab.value("[view.clientWidth, view.clientHeight, view.width, view.height]")
        scale = min(width / scene["width"], height / scene["height"])
        wanted = [round(scene["width"] * scale), round(scene["height"] * scale)]
        good = box == wanted + [side * dense for side in wanted]
        check(f"fits {width} x {height}, {dense} pixels each", good, str(box))
    tab.size(640, 480)
    settle(tab)
    tab.wait("view.clientWidth === 640")
    check("follows the window", tab.value("view.width") == 640)


def look_at_sway(tab, page):
    """It moves by itself until the pointer does."""
    tab.reduce_motion(False)
    tab.size(640, 480)
    show(tab, page, hint=True)
    tab.value("new Promise((done) => setTimeout(done, 1500))")
    first = tab.picture()
    tab.value("new Promise((done) => setTimeout(done, 1500))")
    check("sways by itself", psnr(tab.picture(), first) < 35 and tab.value("idle"))
    check("and no farther than half", np.hypot(*tab.value("shown")) < 0.55)
    aim(tab, 0.5, 0, (640, 480))
    check("until the pointer moves", abs(tab.value("shown[0]") - 0.5) < 0.01)
    tab.reduce_motion(True)


def look_at_tilt(tab, page):
    """A telephone: the button asks, and then tilting moves the camera."""
    tab.call("Emulation.setTouchEmulationEnabled", enabled=True)
    tab.call(
        "Emulation.setDeviceMetricsOverride",
        width=480,
        height=640,
        deviceScaleFactor=1,
        mobile=True,
    )
    show(tab, page)
    asks = tab.value("typeof DeviceOrientationEvent.requestPermission === 'function'")
    if asks:
        check("asks for the gyroscope", not tab.value("gyroscope.hidden"))
        tab.call("Runtime.evaluate", expression="gyroscope.click()", userGesture=True)
        tab.wait("gyroscope.hidden")
    tilts = [(20, 0), (20, 8), (28, 0)]
    seen = []
    for beta, gamma in tilts:
        tab.call("DeviceOrientation.setDeviceOrientationOverride", alpha=0, beta=beta, gamma=gamma)
        tab.value("new Promise((done) => setTimeout(done, 700))")
        settle(tab)
        seen.append(tab.value("shown"))
    tab.call("DeviceOrientation.clearDeviceOrientationOverride")
    tab.call("Emulation.setTouchEmulationEnabled", enabled=False)
    good = abs(seen[0][0]) < 0.05 and 0.3 < seen[1][0] < 0.55 and 0.3 < seen[2][1] < 0.55
    check("tilting moves the camera", good, str(np.round(seen, 2).tolist()))


def look_at_large(tab, relief, folder):
    """A photo wider than textures may be, of a wall before a wall."""
    width, height = 5000, 700
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    smooth = [127 + 100 * np.sin(x / 90 + k) * np.cos(y / 70 + k) for k in range(3)]
    photo, depth, page = folder / "wide.jpg", folder / "wide.pfm", folder / "wide.html"
    Image.fromarray(np.stack(smooth, 2).astype(np.uint8)).save(photo, quality=95)
    near = np.where((x > 2000) & (x < 3000) & (y > 200), 2.0, 4.0).astype("<f4")
    depth.write_bytes(b"Pf\n%d %d\n-1.0\n" % (width, height) + near[::-1].tobytes())
    words = make(relief, photo, "-o", page, "--depth", depth, "--depth-is", "metres", "--json")
    scene, sizes, _ = facts_of(page)
    largest = max(max(s["size"]) for s in scene["surfaces"])
    check("textures keep to the bound", largest == MOST_TEXTURE, f"{largest} pixels")
    check("and are what is said", json.loads(words)["texture_bytes"] == sum(sizes))
    tab.size(1250, 175)
    check("a wide photo is shown", show(tab, page))
    small = np.asarray(Image.open(photo).convert("RGB").resize((1250, 175), Image.BOX))
    value = psnr(tab.picture(), small)
    check("and is the photo", value > 38, f"{value:.1f} dB")


def look_at_cut_out(tab, relief, folder):
    """A PNG with alpha: what is not there shows the page behind."""
    x, y = np.meshgrid(np.arange(320), np.arange(240))
    there = (x - 160) ** 2 + (y - 120) ** 2 < 100**2
    rgba = np.stack([x % 256, y, 0 * x + 90, np.where(there, 255, 0)], 2).astype(np.uint8)
    Image.fromarray(rgba).save(folder / "cut.png")
    depth = folder / "cut.pfm"
    depth.write_bytes(b"Pf\n320 240\n-1.0\n" + np.full((240, 320), 2, "<f4").tobytes())
    page = folder / "cut.html"
    make(
        relief,
        folder / "cut.png",
        "-o",
        page,
        "--depth",
        depth,
        "--depth-is",
        "metres",
        "--layers",
        1,
    )
    tab.size(320, 240)
    show(tab, page)
    picture = tab.picture()
    outside = np.array_equal(picture[0, 0], [255, 0, 255])
    value = psnr(picture[there], rgba[there][:, :3])
    check("a cut-out is cut out", outside and value > 40, f"{value:.1f} dB inside")


def look_without_driver(folder, page):
    tab = browser.Browser(folder / "plain", "--disable-gpu", "--disable-3d-apis")
    tab.open(page.as_uri())
    tab.wait("message.textContent")
    words = tab.value("message.textContent")
    check("says that WebGL 2 is missing", "WebGL 2" in words and "\n" not in words, repr(words))
    tab.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("relief", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    args = parser.parse_args()
    relief = args.relief.resolve()
    if not browser.available():
        print("skip: Chromium is not installed")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        tab = browser.Browser(folder)
        look_at_scene(tab, relief, "figure", 1, folder, args.pictures)
        page = look_at_scene(tab, relief, "tabletop", 2, folder, args.pictures)
        look_at_keys(tab, folder, "tabletop")
        check("fetches nothing but itself", tab.requests == [page.as_uri()], str(tab.requests))
        check("names no address", not re.search(r"https?:|//\w+\.\w", facts_of(page)[2]))
        look_at_window(tab, page)
        look_at_sway(tab, page)
        look_at_tilt(tab, page)
        look_at_large(tab, relief, folder)
        look_at_cut_out(tab, relief, folder)
        check("nothing to complain of", not tab.complaints, str(tab.complaints))
        tab.close()
        look_without_driver(folder, page)
    print(f"pages: {len(failures)} failed" if failures else "pages: all as it should be")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
