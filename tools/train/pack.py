#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn photos with their labels, and measured pairs, into flat arrays that training maps to memory.

  pack.py photos --photos DIR --labels LABELS --out PACK     all photos that have labels by now
  pack.py pairs --pairs INDEX.csv --out PACK                 photos with measured depth, or rendered worlds

A pack is a folder: pixels.u8 (RGB), disparity.f16 and confidence.u8 (255: sure), all photos end to
end, and index.csv (file, set, kind, offset in pixels, width, height).
"""

import argparse
import csv
import os

import numpy as np
from PIL import Image

import fuse


class Writer:
    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.offset, self.rows = folder, 0, []
        self.files = [
            open(os.path.join(folder, name + ".part"), "wb")
            for name in ("pixels.u8", "disparity.f16", "confidence.u8")
        ]

    def add(self, row, pixels, disparity, confidence):
        height, width = disparity.shape
        self.files[0].write(np.ascontiguousarray(pixels, np.uint8).tobytes())
        self.files[1].write(disparity.astype(np.float16).tobytes())
        self.files[2].write(np.round(confidence * 255).astype(np.uint8).tobytes())
        self.rows.append([*row, self.offset, width, height])
        self.offset += width * height

    def close(self):
        """All files change together, as far as a file system can do it: the index comes last."""
        with open(os.path.join(self.folder, "index.csv.part"), "w", newline="") as f:
            out = csv.writer(f)
            out.writerow(["file", "set", "kind", "offset", "width", "height"])
            out.writerows(self.rows)
        for f in self.files:
            f.close()
        for name in ("pixels.u8", "disparity.f16", "confidence.u8", "index.csv"):
            path = os.path.join(self.folder, name)
            os.replace(path + ".part", path)


def pack_photos(args):
    held_out = set(read_list(args.held_out)) if args.held_out else set()
    with open(os.path.join(args.photos, "index.csv"), newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["file"] not in held_out]
    writer = Writer(args.out)
    for row in rows:
        passes = fuse.load_passes(args.labels, os.path.splitext(row["file"])[0])
        if not fuse.enough(passes):
            continue
        pixels = np.asarray(Image.open(os.path.join(args.photos, row["file"])).convert("RGB"))
        disparity, confidence = fuse.fuse(pixels, passes, row)
        writer.add((row["file"], row["set"], "label"), pixels, disparity, confidence)
    writer.close()
    print(f"{len(writer.rows)} photos")


def read_list(path):
    with open(path) as f:
        return [line.strip() for line in f if line.strip() and not line.startswith("#")]


def measured(row, folder):
    """Disparity and validity of one measured or rendered pair; an .npy file holds metres."""
    path, rendered = os.path.join(folder, row["gt"]), row["gt"].endswith(".npy")
    truth = np.load(path) if rendered else np.asarray(Image.open(path))
    truth = truth.astype(np.float32) / float(row["scale"])
    valid = truth > 0
    if row["kind"] == "depth" or rendered:
        truth = np.where(valid, 1.0 / np.maximum(truth, 1e-3), 0)
    return truth, valid


def pack_pairs(args):
    folder = os.path.dirname(os.path.abspath(args.pairs))
    with open(args.pairs, newline="") as f:
        rows = list(csv.DictReader(f))
    writer = Writer(args.out)
    for row in rows:
        pixels = Image.open(os.path.join(folder, row.get("file") or row["image"])).convert("RGB")
        disparity, valid = measured(row, folder)
        kind = "depth" if row["kind"] == "depth" else "disparity"
        if max(pixels.size) > 640:
            raise SystemExit(f"{row['file']}: larger than a training pair should be")
        writer.add((row["file"], row["set"], kind), np.asarray(pixels), disparity, valid * 1.0)
    writer.close()
    print(f"{len(writer.rows)} pairs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["photos", "pairs"])
    parser.add_argument("--photos")
    parser.add_argument("--labels")
    parser.add_argument("--pairs")
    parser.add_argument("--held-out", help="list of photos to leave out")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    pack_photos(args) if args.what == "photos" else pack_pairs(args)


if __name__ == "__main__":
    main()
