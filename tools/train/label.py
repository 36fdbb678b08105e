#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Let teacher networks look at the photos: one pass is one network at one size, plain or mirrored.

  label.py --photos DIR --teachers DIR --out LABELS PASS...

A pass is named NETWORK-SIDE or NETWORK-SIDE-flip; PASSES lists them. Each photo's result is written to
LABELS/PASS/PHOTO.npy (float16 disparity, median 0 and mean absolute deviation 1, larger is nearer),
and photos that are there are left out, so that an interrupted run goes on where it was. Photos come
in an order in which every beginning is a fair mixture: training can start before the labels are
complete.
"""

import argparse
import csv
import os
import zlib

import numpy as np
from PIL import Image

from executor import Network, Peer

# How soon a photo's turn comes, by its set: sets that repeat themselves come later.
SET_WEIGHT = {"cats_dogs": 0.35, "clothing": 0.15, "houses": 0.6, "camvid": 0.7}

# Name of a pass: file, height and width (0: the photo's shape on the long side), output, mirrored.
PASSES = {
    "tiefenrausch-256": ("tiefenrausch", (0, 256), "disparity", False),
    "tiefenrausch-256-flip": ("tiefenrausch", (0, 256), "disparity", True),
    "tiefenrausch-384": ("tiefenrausch", (0, 384), "disparity", False),
    "tiefenrausch-384-flip": ("tiefenrausch", (0, 384), "disparity", True),
    "fastdepth": ("fastdepth_nyu", (256, 256), "metres", False),
    "fastdepth-flip": ("fastdepth_nyu", (256, 256), "metres", True),
    "meter-nyu": ("meter_nyu", (192, 256), "metres", False),
    "meter-nyu-flip": ("meter_nyu", (192, 256), "metres", True),
    "meter-kitti": ("meter_kitti", (192, 636), "metres", False),
    "meter-kitti-flip": ("meter_kitti", (192, 636), "metres", True),
}


def turn(name, photo_set):
    """Where in the order a photo stands: weighted sampling without replacement."""
    uniform = (zlib.crc32(name.encode()) + 0.5) / 2**32
    return -(uniform ** (1.0 / SET_WEIGHT.get(photo_set, 1.0)))


def photos_in_order(folder, sets=None):
    with open(os.path.join(folder, "index.csv"), newline="") as f:
        rows = [(r["file"], r["set"]) for r in csv.DictReader(f)]
    rows = [r for r in rows if sets is None or r[1] in sets]
    return [name for name, _ in sorted(rows, key=lambda r: turn(*r))]


def network_size(width, height, side):
    """Long side `side`, both sides multiples of 32."""
    scale = side / max(width, height)
    return tuple(max(32, round(v * scale / 32) * 32) for v in (height, width))


def normalise(disparity):
    centred = disparity - np.median(disparity)
    return centred / max(float(np.abs(centred).mean()), 1e-6)


def look(network, photo, size, output, mirrored):
    """Disparity of one photo, normalised, in the size of the network's output."""
    height, width = size if size[0] else network_size(*photo.size, size[1])
    pixels = np.asarray(photo.resize((width, height), Image.BICUBIC), np.float32) / 255.0
    if mirrored:
        pixels = pixels[:, ::-1]
    result = network.run(pixels.transpose(2, 0, 1))
    if mirrored:
        result = result[:, ::-1]
    if output == "metres":
        result = 1.0 / np.maximum(result, 0.3)
    return normalise(result)


def run_pass(args, name):
    teacher, size, output, mirrored = PASSES[name]
    path = os.path.join(args.teachers, teacher + ".onnx")
    attention = teacher.startswith("meter")
    network = Peer(path, args.threads) if attention else Network(path, args.threads, args.library)
    folder = os.path.join(args.out, name)
    os.makedirs(folder, exist_ok=True)
    sets = args.sets.split(",") if args.sets else None
    for file in photos_in_order(args.photos, sets)[: args.most]:
        target = os.path.join(folder, os.path.splitext(file)[0] + ".npy")
        if os.path.exists(target):
            continue
        photo = Image.open(os.path.join(args.photos, file)).convert("RGB")
        result = look(network, photo, size, output, mirrored)
        with open(target + ".part", "wb") as f:
            np.save(f, result.astype(np.float16))
        os.replace(target + ".part", target)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True)
    parser.add_argument("--teachers", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--library", help="librelief.so (that of ../../build by default)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sets", help="only these sets of photos, with commas")
    parser.add_argument("--most", type=int, help="stop after so many photos of the order")
    parser.add_argument("passes", nargs="+", choices=sorted(PASSES))
    args = parser.parse_args()
    for name in args.passes:
        run_pass(args, name)


if __name__ == "__main__":
    main()
