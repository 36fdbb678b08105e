#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Triangles of scenes and photos beside those of a plane of 129 x 129 vertices with the same error.

    triangles.py BENCH_MESH [--photos DIR] [--count N] [--scenes] [--strict]

The four rendered scenes with their exact depth, and N photos (50) of ../shared/data/photos, evenly over its sets, with
the depth of the built-in network; without the photos, or with --scenes, the scenes alone. The plane is displaced by the
same map. Same error (bench/bench_mesh.c measures it): the root mean square in disparity, in pixels of parallax, more
than 3 pixels away from silhouettes is no larger than the plane's, nor is the mean distance by which silhouettes are off.

Bounds (--strict fails when one is missed): draft has fewer triangles than normal, normal fewer than high, on every
picture; at the same error the mean is at most MOST_SHARE of the plane's triangles (the aim was a tenth; docs/quality.md
says what the rest is spent on).
"""
import argparse
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tools/pictures"))
import sheets  # noqa: E402

AIM, MOST_SHARE = 0.1, 0.3
SHARED = pathlib.Path(os.environ.get("RELIEF_SHARED") or ROOT.parent / "shared")
MODEL = ROOT / "models/relief-small.onnx"
HEADER = (
    "picture",
    "draft",
    "normal",
    "high",
    "plane: rms",
    "near",
    "outline",
    "same: rms",
    "near",
    "outline",
)
HEADER += ("triangles", "share", "at outlines", "inside")


def scene_jobs():
    for scene in sorted(path for path in sheets.SCENES.iterdir() if path.is_dir()):
        camera = json.loads((scene / "camera.json").read_text())
        yield scene.name, [
            scene / "photo.jpg",
            scene / "depth.exr",
            "metres",
            camera["fov_long_deg"],
        ]


def photo_jobs(folder, count):
    for photo in sheets.choose_photos(folder, count):
        yield photo.stem, [photo, MODEL, "network", 0]


def measure(program, job):
    return json.loads(sheets.run(program, *job, 0, 1))


def line_of(name, got):
    plane, same = got["plane"], got["same_error"]
    return [name, *(got[q]["triangles"] for q in ("draft", "normal", "high"))] + [
        f"{plane['rms_px']:.3f}",
        f"{plane['near_rms_px']:.2f}",
        f"{plane['outline_px']:.2f}",
        f"{same['rms_px']:.3f}",
        f"{same['near_rms_px']:.2f}",
        f"{same['outline_px']:.2f}",
        same["triangles"],
        f"{same['triangles'] / plane['triangles']:.3f}",
        f"{same['at_outlines'] / max(1, same['triangles']):.2f}",
        f"{same['inside'] / max(1, same['triangles']):.2f}",
    ]


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else 0


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench_mesh")
    parser.add_argument("--photos", type=pathlib.Path, default=SHARED / "data/photos")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--scenes", action="store_true")
    parser.add_argument("--strict", action="store_true")
    args = parser.parse_args()
    jobs = list(scene_jobs())
    if args.scenes or not (args.photos / "index.csv").exists():
        print("triangles: the four rendered scenes alone")
    else:
        jobs += photo_jobs(args.photos, args.count)
    print("| " + " | ".join(HEADER) + " |", flush=True)
    results = {}
    for name, job in jobs:
        results[name] = measure(args.bench_mesh, job)
        print("| " + " | ".join(map(str, line_of(name, results[name]))) + " |", flush=True)
    share = mean(r["same_error"]["triangles"] / r["plane"]["triangles"] for r in results.values())
    fewer = [n for n, r in results.items() if r["draft"]["triangles"] >= r["normal"]["triangles"]]
    fewer += [n for n, r in results.items() if r["normal"]["triangles"] >= r["high"]["triangles"]]
    for quality in ("draft", "normal", "high"):
        print(
            f"{quality}: {mean(r[quality]['triangles'] for r in results.values()):.0f} triangles in the mean"
        )
    print(
        f"same error: {mean(r['same_error']['triangles'] for r in results.values()):.0f} triangles in the mean, "
        f"{share:.3f} of the plane's (aim: {AIM}); at outlines {mean(r['same_error']['at_outlines'] for r in results.values()):.0f}, "
        f"inside {mean(r['same_error']['inside'] for r in results.values()):.0f}"
    )
    missed = [f"{name}: a better quality has no more triangles" for name in fewer]
    missed += (
        [f"same error: a share of {share:.3f}, over {MOST_SHARE}"] if share > MOST_SHARE else []
    )
    for line in missed:
        print(f"missed: {line}")
    return 1 if missed and args.strict else 0


if __name__ == "__main__":
    sys.exit(main())
