#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many point pairs of order_pairs.csv a network orders right. Needs numpy and Pillow.

  order.py --relief build/relief --photos ../shared/data/photos [--model NET.onnx] [--wrong]

The pairs were judged by eye, doubtful ones left out, on photos that no run trains on (held_out.txt).
"""

import argparse
import collections
import csv
import os
import subprocess
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def read_pairs():
    """{photo: [(x0, y0, x1, y1, nearer)]}"""
    with open(os.path.join(HERE, "order_pairs.csv"), newline="") as f:
        rows = csv.DictReader(line for line in f if not line.startswith("#"))
        pairs = collections.defaultdict(list)
        for r in rows:
            place = tuple(float(r[k]) for k in ("x0", "y0", "x1", "y1"))
            pairs[r["photo"]].append((*place, int(r["nearer"])))
    return pairs


def predict(args, photo):
    """Disparity at photo size, through the real program."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "map.npy")
        command = [args.relief, "depth", photo, "-o", out, "--quiet", "--json"]
        command += ["--model", args.model] if args.model else []
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        values = np.load(out)
    return values if '"kind":"disparity"' in done.stdout.replace(" ", "") else -values


def at(values, x, y):
    height, width = values.shape
    return values[min(int(y * height), height - 1), min(int(x * width), width - 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--relief", required=True)
    parser.add_argument("--photos", required=True)
    parser.add_argument("--model", help="another network than the one built in")
    parser.add_argument("--wrong", action="store_true", help="list the pairs that are wrong")
    args = parser.parse_args()
    right = total = 0
    for photo, pairs in read_pairs().items():
        values = predict(args, os.path.join(args.photos, photo))
        for x0, y0, x1, y1, nearer in pairs:
            good = (at(values, x1, y1) > at(values, x0, y0)) == (nearer == 1)
            right, total = right + good, total + 1
            if args.wrong and not good:
                print(f"{photo} {x0:.2f},{y0:.2f} {x1:.2f},{y1:.2f}")
    print(f"{right} of {total} pairs in order: {100 * right / total:.1f} %")


if __name__ == "__main__":
    main()
