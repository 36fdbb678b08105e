#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Check rendered scenes against themselves; exit status 1 when one does not hold.

    check_truth.py [DIR]        default: tests/data/scenes

For each scene: depth is finite and positive everywhere and agrees with camera.json; far:near is at
least 4; second cameras stand where they should; the masks of newly seen pixels agree with the
source depth moved into the second view; and at the 10 % camera aside at least 5 % of the pixels
are uncovered from behind something.
"""

import json
import sys
from pathlib import Path

import exr
import numpy as np
import png
from newly_seen import lift, project

SCENES = ("tabletop", "room", "street", "figure")
SHARES = {"side05": 0.05, "side10": 0.1, "up05": 0.05, "up10": 0.1, "fwd05": 0.05, "fwd10": 0.1}
LEAST_RATIO, LEAST_UNCOVERED, LEAST_AGREEMENT = 4.0, 0.05, 0.95
# Hair and leaves leave the two ways of counting about a third apart; a wrong sign would leave 0.1.
LEAST_OVERLAP = 0.6


def covered(depth, focal, offset):
    """Pixels of the second view on which some surface of the source view lands.

    Every source pixel is a small quad between its neighbours' midpoints; where depth jumps, the
    quad keeps the size of a pixel.  Each is sampled 3 x 3 times and scattered into the view.
    """
    height, width = depth.shape
    hit = np.zeros((height, width), bool)
    points = lift(depth, focal)
    pixel = depth.astype(np.float64)[..., None] / focal
    slope_x = _step(points, pixel, axis=1)
    slope_y = _step(points, pixel, axis=0)
    for a in (-0.5, 0.0, 0.5):
        for b in (-0.5, 0.0, 0.5):
            moved = points + a * slope_x + b * slope_y - np.asarray(offset)
            x, y, z = project(moved, focal, (width, height))
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height) & (z > 0)
            hit[np.floor(y[inside]).astype(int), np.floor(x[inside]).astype(int)] = True
    return hit


def _step(points, pixel, axis):
    """The vector from one pixel's point to the next, or one pixel wide where depth jumps."""
    ahead = np.diff(points, axis=axis, append=np.take(points, [-1], axis=axis))
    flat = np.zeros_like(points)
    flat[..., 0 if axis == 1 else 1] = (pixel if axis == 1 else -pixel)[..., 0]
    jump = np.abs(ahead[..., 2:]) > 0.05 * np.abs(points[..., 2:])
    edge = np.linalg.norm(ahead, axis=-1, keepdims=True) == 0
    return np.where(jump | edge, flat, ahead)


def check_view(folder, name, camera, depth):
    """Problems of one second view, and its line of figures."""
    view, problems = camera["views"][name], []
    mask = png.read_mask(folder / f"{name}_newly_seen.png")
    length = np.linalg.norm(view["offset_m"])
    if abs(length - SHARES[name] * camera["nearest_depth_m"]) > 1e-6:
        problems.append(f"{name}: stands {length} m off")
    if mask.shape != depth.shape:
        return [f"{name}: mask has another size"], ""
    bare = ~covered(depth, camera["focal_px"], view["offset_m"])
    agree, overlap = float((mask == bare).mean()), (mask & bare).sum() / (mask | bare).sum()
    if agree < LEAST_AGREEMENT:
        problems.append(f"{name}: mask and source depth agree on {agree:.1%} only")
    if name in ("side10", "up10") and overlap < LEAST_OVERLAP:
        problems.append(f"{name}: mask and source depth overlap by {overlap:.2f} only")
    shares = view["hidden_share"] + view["outside_share"]
    if abs(mask.mean() - shares) > 1e-3:
        problems.append(f"{name}: camera.json does not describe the mask")
    if name == "side10" and view["hidden_share"] < LEAST_UNCOVERED:
        problems.append(f"{name}: only {view['hidden_share']:.1%} uncovered from behind something")
    if not (folder / f"{name}.jpg").read_bytes().startswith(b"\xff\xd8"):
        problems.append(f"{name}: no picture")
    return problems, f"{name} {mask.mean():.1%} ({agree:.1%})"


def check_scene(folder):
    """Problems of one scene; prints a line of figures."""
    camera = json.loads((folder / "camera.json").read_text())
    planes = exr.read(folder / "depth.exr")
    if list(planes) != ["Y"]:
        return ["depth.exr must hold the single channel Y"]
    depth, problems = planes["Y"], []
    if depth.shape != (camera["height"], camera["width"]):
        return ["depth.exr and camera.json differ in size"]
    if not np.isfinite(depth).all() or depth.min() <= 0:
        return ["depth is not finite and positive everywhere"]
    nearest, farthest = float(np.percentile(depth, 0.1)), float(depth.max())
    if abs(nearest - camera["nearest_depth_m"]) > 1e-5 * nearest:
        problems.append("nearest depth is not what camera.json says")
    if farthest / nearest < LEAST_RATIO:
        problems.append(f"far:near is {farthest / nearest:.2f}")
    lines = []
    for name in SHARES:
        found, line = check_view(folder, name, camera, depth)
        problems += found
        lines.append(line)
    hidden = camera["views"]["side10"]["hidden_share"]
    print(
        f"{folder.name}: near {nearest:.2f} m, far:near {farthest / nearest:.0f}; newly seen "
        f"(agreement): {', '.join(lines)}; behind something at side10 {hidden:.1%}"
    )
    return problems


def main():
    default = Path(__file__).resolve().parents[2] / "tests/data/scenes"
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    problems = [f"{name}: {text}" for name in SCENES for text in check_scene(root / name)]
    print("\n".join(problems) if problems else "scenes: all hold")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
