# SPDX-License-Identifier: Apache-2.0
"""Packs as an endless stream of augmented batches. Batch number N is the same in every run."""

import collections
import csv
import os

import cv2
import numpy as np

from network import MEAN, STD

# How often a photo of a set is drawn, relative to its fellow photos; 1 where nothing is said.
PHOTO_WEIGHT = {"cats_dogs": 0.35, "clothing": 0.15, "houses": 0.7, "camvid": 3.0}
# Share of all pictures that a set of pairs makes up, if it is there; photos have the rest.
PAIR_SHARE = {
    "nyuv2": 0.22,
    "icl": 0.02,
    "kitti": 0.015,
    "middlebury": 0.02,
    "rgbd_misc": 0.025,
    "worlds": 0.28,
}
# Heights and widths of equal area, in units of 32 pixels, for batches of "7 by 7".
SHAPES = {
    "small": [(5, 7), (5, 7), (6, 6), (5, 8), (7, 5)],
    "middle": [(6, 8), (6, 8), (6, 8), (6, 8), (7, 7), (5, 9), (4, 12), (8, 6)],
    "broad": [(8, 10), (8, 10), (8, 10), (8, 10), (9, 9), (7, 11), (5, 16), (10, 8)],
    "large": [(9, 12), (9, 12), (9, 12), (9, 12), (10, 10), (8, 13), (6, 19), (12, 9)],
}
FREE = ("clothing", "cid22", "kodak", "wallpapers", "clic2025")  # under free licences, see README


class Pack:
    """Photos end to end in mapped files."""

    def __init__(self, folder, sets=None, leave_out=()):
        path = lambda name: os.path.join(folder, name)  # noqa: E731
        self.pixels = np.memmap(path("pixels.u8"), np.uint8, "r").reshape(-1, 3)
        self.disparity = np.memmap(path("disparity.f16"), np.float16, "r")
        self.confidence = np.memmap(path("confidence.u8"), np.uint8, "r")
        with open(path("index.csv"), newline="") as f:
            rows = list(csv.DictReader(f))
        rows = [r for r in rows if (sets is None or r["set"] in sets)]
        self.rows = [r for r in rows if (r["set"], r["file"]) not in leave_out]
        for row in self.rows:
            for key in ("offset", "width", "height"):
                row[key] = int(row[key])

    def get(self, row):
        height, width = row["height"], row["width"]
        part = slice(row["offset"], row["offset"] + height * width)
        return (
            self.pixels[part].reshape(height, width, 3),
            self.disparity[part].reshape(height, width).astype(np.float32),
            self.confidence[part].reshape(height, width),
        )


def crop_matrix(rng, size, target, gentle):
    """Affine map from a picture of `size` to one of `target` (width, height): crop, turn, mirror."""
    width, height = size
    aspect = target[0] / target[1] * np.exp(rng.uniform(-0.14, 0.14))
    whole = np.array([min(width, height * aspect), min(height, width / aspect)])
    share = 1.0 if rng.random() < 0.25 else np.sqrt(rng.uniform(0.6 if gentle else 0.35, 1.0))
    crop = whole * share
    centre = np.array([width, height]) / 2 + (np.array([width, height]) - crop) * rng.uniform(
        -0.5, 0.5, 2
    )
    angle = np.radians(rng.normal(0, 2.5)) if rng.random() < 0.3 else 0.0
    scale = np.array([target[0] / crop[0], target[1] / crop[1]])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = np.diag(scale) @ turn
    if rng.random() < 0.5:
        linear = np.diag([-1.0, 1.0]) @ linear
    half = (np.array(target) - 1) / 2
    return np.hstack([linear, (half - linear @ (centre - 0.5))[:, None]])


def recolour(rng, image):
    """Exposure, contrast, gamma, tint, saturation: one table a channel, and mixing with grey."""
    x = np.linspace(0, 1, 256)
    x = x ** np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.15))
    x = (x - 0.5) * np.exp(rng.normal(0, 0.15)) + 0.5
    if rng.random() < 0.06:
        x = x * rng.uniform(0.15, 0.5)  # night
    tint = np.exp(rng.normal(0, 0.06, 3))
    table = np.clip(x[:, None] * tint * 255, 0, 255).astype(np.uint8)
    image = cv2.LUT(image, table[None])
    if rng.random() < 0.4:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        share = 0.0 if rng.random() < 0.15 else rng.uniform(0.3, 1.5)
        image = cv2.addWeighted(image, share, grey, 1 - share, 0)
    return image


def spoil(rng, image):
    """What cameras and the web do: blur, noise, JPEG."""
    if rng.random() < 0.2:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))
    if rng.random() < 0.12:
        noise = rng.normal(0, rng.uniform(2, 14), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        quality = int(rng.integers(20, 80))
        code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return image


class Stream:
    """photos: a pack or None; pairs: packs with depth that was measured or rendered."""

    def __init__(self, photos, pairs, seed=1):
        self.seed, self.entries, shares = seed, [], []
        counts = collections.Counter(row["set"] for pack in pairs for row in pack.rows)
        for pack in pairs:
            self.entries += [(pack, row) for row in pack.rows]
            shares += [PAIR_SHARE[row["set"]] / counts[row["set"]] for row in pack.rows]
        if photos:
            weight = np.array([PHOTO_WEIGHT.get(r["set"], 1.0) for r in photos.rows])
            self.entries += [(photos, row) for row in photos.rows]
            shares += list(weight / weight.sum() * (1.0 - sum(PAIR_SHARE[s] for s in counts)))
        self.shares = np.cumsum(shares) / np.sum(shares)

    def sample(self, rng, target):
        """One picture: image (H,W,3) uint8, disparity (H,W), weight (H,W), 1 if depth is real."""
        pack, row = self.entries[int(np.searchsorted(self.shares, rng.random(), "right"))]
        image, disparity, confidence = pack.get(row)
        real = row["kind"] == "depth"
        matrix = crop_matrix(rng, (row["width"], row["height"]), target, real)
        values = cv2.INTER_LINEAR if row["kind"] == "label" else cv2.INTER_NEAREST
        image = cv2.warpAffine(image, matrix, target, flags=cv2.INTER_LINEAR)
        disparity = cv2.warpAffine(disparity, matrix, target, flags=values)
        confidence = cv2.warpAffine(confidence, matrix, target, flags=cv2.INTER_NEAREST)
        if rng.random() < 0.85:
            image = spoil(rng, recolour(rng, image))
        return image, disparity, confidence.astype(np.float32) / 255, float(real)

    def batch(self, number, count, size):
        """Batch `number`: image (N,3,H,W) normalised, disparity and weight (N,H,W), real (N)."""
        rng = np.random.default_rng((self.seed, number))
        shapes = SHAPES[size]
        height, width = (32 * v for v in shapes[int(rng.integers(len(shapes)))])
        samples = [self.sample(rng, (width, height)) for _ in range(count)]
        images = np.stack([s[0] for s in samples]).astype(np.float32) / 255
        images = (images - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
        return (
            images.transpose(0, 3, 1, 2),
            np.stack([s[1] for s in samples]),
            np.stack([s[2] for s in samples]),
            np.array([s[3] for s in samples], np.float32),
        )
