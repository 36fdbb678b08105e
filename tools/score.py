#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Score depth against measured depth, through the real program. Needs numpy and Pillow.

  score.py --relief build/relief [--data ../shared/data/eval] [--model NET.onnx] [--csv OUT.csv]

Accuracy, on the pairs of DATA/pairs.csv, or the worlds of DATA/index.csv (tools/train/worlds), by the protocol of MiDaS (Ranftl et al., TPAMI 2020): least-squares
scale and shift in disparity a picture, cap (10 m, streets 80 m), then the share of pixels whose depth is off by
more than 1.25 times, and the mean relative error. Lower is better.
Edges, on the rendered scenes of tests/data/scenes and Middlebury: boundary F1 of Depth Pro (Bochkovskii et al.,
2024), thresholds 5 to 25 %, after the same fit. Higher is better.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools/scenes"))
import exr  # noqa: E402

STREETS = ("kitti", "nuscenes", "argoverse")
FEW = 20  # sets of fewer pictures are also printed picture by picture


def predict(args, photos):
    """Maps of these photos, larger is nearer, by relief depth. One folder a call: names may repeat."""
    maps = []
    for photo in photos:
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "map.npy")
            command = [
                args.relief,
                "depth",
                photo,
                "-o",
                out,
                "--format",
                "npy",
                "--json",
                "--quiet",
            ]
            command += ["--model", args.model] if args.model else []
            command += ["--quality", args.quality] if args.quality else []
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            values = np.load(out).astype(np.float64)
            is_disparity = '"kind":"disparity"' in done.stdout.replace(" ", "")
            maps.append(values if is_disparity else 1 / np.maximum(values, 0.3))
    return maps


def fit(prediction, truth, valid):
    """The prediction, scaled and shifted to the true disparity."""
    columns = np.stack([prediction[valid], np.ones(valid.sum())], 1)
    scale, shift = np.linalg.lstsq(columns, truth[valid], rcond=None)[0]
    return scale * prediction + shift


def accuracy(prediction, truth, valid, cap):
    """Share of pixels off by more than 1.25 in %, mean relative error; `truth` is disparity."""
    fitted = fit(prediction, truth, valid)[valid]
    least = 1 / cap if cap else 0.5 * truth[valid].min()
    ratio = truth[valid] / np.maximum(fitted, least)  # of depths: predicted / true
    return 100 * np.mean(np.maximum(ratio, 1 / ratio) > 1.25), np.mean(np.abs(ratio - 1))


def boundary_f1(depth, truth, valid):
    """Depth Pro's F1: neighbours whose depths differ by more than a threshold, in four directions."""
    thresholds = np.linspace(1.05, 1.25, 10)
    pairs = []
    for axis in (0, 1):
        cut = lambda a, i: np.take(a, range(i, a.shape[axis] - 1 + i), axis)  # noqa: B023, E731
        both = cut(valid, 0) & cut(valid, 1)
        steps = [cut(d, 1)[both] / cut(d, 0)[both] for d in (depth, truth)]
        pairs += [steps, [1 / s for s in steps]]
    scores = []
    for t in thresholds:
        hits = [(p > t, g > t) for p, g in pairs]
        recall = np.mean([(p & g).sum() / max(g.sum(), 1) for p, g in hits])
        precision = np.mean([(p & g).sum() / max(p.sum(), 1) for p, g in hits])
        scores.append(2 * recall * precision / max(recall + precision, 1e-9))
    return float(np.average(scores, weights=thresholds))


def resize(values, shape):
    if values.shape == shape:
        return values
    image = Image.fromarray(values.astype(np.float32))
    return np.asarray(image.resize((shape[1], shape[0]), Image.BICUBIC)).astype(np.float64)


def index_of(data):
    """pairs.csv of measured pairs, index.csv of rendered worlds, or None."""
    paths = (os.path.join(data, name) for name in ("pairs.csv", "index.csv"))
    return next((path for path in paths if os.path.exists(path)), None)


def read_pairs(data):
    """(set, name, photo, true disparity, valid, cap) of all pairs there are."""
    index = index_of(data)
    if not index:
        return
    with open(index, newline="") as f:
        for row in csv.DictReader(f):
            path = os.path.join(data, row["gt"])
            rendered = path.endswith(".npy")  # metres of tools/train/worlds, whatever the kind
            truth = np.load(path) if rendered else np.asarray(Image.open(path))
            truth = truth.astype(np.float64) / float(row["scale"])
            valid, cap = truth > 0, None
            if row["kind"] == "depth" or rendered:
                cap = 80.0 if rendered or row["set"] in STREETS else 10.0
                valid &= truth < cap
                truth = 1 / np.where(valid, truth, 1)
            photo = os.path.join(data, row.get("image") or row["file"])
            yield row["set"], row["name"], photo, truth, valid, cap


def score_pairs(args, rows):
    for group, name, photo, truth, valid, cap in read_pairs(args.data):
        prediction = resize(predict(args, [photo])[0], truth.shape)
        wrong, error = accuracy(prediction, truth, valid, cap)
        edges = ""
        if group in ("middlebury", "worlds"):
            fitted = np.maximum(fit(prediction, truth, valid), 0.5 * truth[valid].min())
            edges = boundary_f1(1 / fitted, 1 / np.where(valid, truth, 1), valid)
        rows.append((group, name, wrong, error, edges))


def score_scenes(args, rows):
    folder = os.path.join(ROOT, "tests/data/scenes")
    for name in sorted(os.listdir(folder)):
        if not os.path.exists(os.path.join(folder, name, "depth.exr")):
            continue
        depth = exr.read(os.path.join(folder, name, "depth.exr"))["Y"].astype(np.float64)
        valid = np.isfinite(depth) & (depth > 0) & (depth < 1e4)
        truth = 1 / np.where(valid, depth, 1)
        photo = os.path.join(folder, name, "photo.jpg")
        prediction = resize(predict(args, [photo])[0], depth.shape)
        wrong, error = accuracy(prediction, truth, valid, None)
        fitted = np.maximum(fit(prediction, truth, valid), 0.5 * truth[valid].min())
        rows.append(("scenes", name, wrong, error, boundary_f1(1 / fitted, 1 / truth, valid)))


def print_table(rows):
    print(
        f"{'set':12s} {'pictures':>8s} {'off by > 1.25':>14s} {'rel. error':>11s} {'edges F1':>9s}"
    )
    for group in dict.fromkeys(r[0] for r in rows):
        mine = [r for r in rows if r[0] == group]
        edges = [r[4] for r in mine if r[4] != ""]
        shown = [(group, len(mine), *np.mean([r[2:4] for r in mine], 0), edges)]
        if len(mine) < FEW:
            shown += [("  " + r[1], "", r[2], r[3], [r[4]] if r[4] != "" else []) for r in mine]
        for name, count, wrong, error, sharp in shown:
            f1 = f"{np.mean(sharp):9.3f}" if sharp else ""
            print(f"{name:12.12s} {count!s:>8s} {wrong:12.2f} % {error:11.4f} {f1}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--relief", required=True)
    parser.add_argument("--data", default=os.path.join(ROOT, "../shared/data/eval"))
    parser.add_argument("--model", help="another network than the one built in")
    parser.add_argument("--quality", help="that of relief depth: draft, normal or high")
    parser.add_argument("--csv", help="write the scores of all pictures there")
    args = parser.parse_args()
    rows = []
    if not index_of(args.data):
        print(f"{args.data}: no measured pairs there; the rendered scenes alone")
    score_pairs(args, rows)
    score_scenes(args, rows)
    if args.csv:
        with open(args.csv, "w", newline="") as f:
            out = csv.writer(f)
            out.writerow(["set", "name", "off_percent", "relative_error", "edges_f1"])
            out.writerows(rows)
    print_table(rows)


if __name__ == "__main__":
    main()
