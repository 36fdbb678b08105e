# SPDX-License-Identifier: Apache-2.0
"""Several teachers' opinions of one photo become one label with a confidence.

The general teacher is right in kind nearly everywhere; experts for rooms and for streets are far
better where they belong and nonsense elsewhere. So an expert counts by what is known of the photo,
and by how well it agrees with the general teacher.
"""

import os

import cv2
import numpy as np

from label import PASSES, normalise

ROOMS = ("kitchen", "bedroom", "bathroom")
DISAGREEMENT = 0.4  # in mean absolute deviations: where confidence has fallen to a half


def load_passes(folder, stem):
    """What there is of the teachers' opinions of a photo, by pass."""
    found = {}
    for name in PASSES:
        path = os.path.join(folder, name, stem + ".npy")
        if os.path.exists(path):
            found[name] = np.load(path).astype(np.float32)
    return found


def group(passes, prefix, shape):
    """All passes of one teacher in photo size."""
    maps = [v for k, v in passes.items() if k.startswith(prefix)]
    size = (shape[1], shape[0])
    return [normalise(cv2.resize(v, size, interpolation=cv2.INTER_LINEAR)) for v in maps]


def enough(passes):
    return any(k.startswith("tiefenrausch") for k in passes) and all(
        k in passes for k in ("fastdepth", "meter-nyu", "meter-kitti")
    )


def agreement(a, b):
    return float(np.corrcoef(a[::4, ::4].ravel(), b[::4, ::4].ravel())[0, 1])


def ramp(x, low, high):
    return float(np.clip((x - low) / (high - low), 0, 1))


def sharpen_like(coarse, guide):
    """Guided filter (He et al., ECCV 2010): the values of `coarse`, the edges of `guide`."""
    radius = max(3, round(min(coarse.shape) / 14))
    window = (2 * radius + 1, 2 * radius + 1)
    blur = lambda x: cv2.blur(x, window, borderType=cv2.BORDER_REFLECT)  # noqa: E731
    mean_g, mean_c = blur(guide), blur(coarse)
    slope = (blur(guide * coarse) - mean_g * mean_c) / (blur(guide**2) - mean_g**2 + 0.02)
    return blur(slope) * guide + blur(mean_c - slope * mean_g)


def sky(pixels, disparity):
    """Mask of the sky: even, bright or blue, joined to the upper border, far by the general teacher."""
    red, green, blue = (pixels[..., i].astype(np.float32) for i in range(3))
    grey = cv2.GaussianBlur((red + green + blue) / 3, (0, 0), 1.5)
    steep = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 8
    airy = (blue > np.maximum(red, green) + 8) & (blue > 90) | (grey > 205)
    far = disparity < np.quantile(disparity, 0.45)
    mask = (airy & far & (steep < 4)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask)
    keep = np.zeros(count, bool)
    for i in range(1, count):
        touches = (parts[:2] == i).sum() > 0.1 * pixels.shape[1]
        keep[i] = touches and stats[i, cv2.CC_STAT_AREA] > 0.02 * mask.size
    return keep[parts]


def shares(row, general, rooms, street):
    """How much of the label the room and the street expert make up."""
    if row["set"] == "camvid":
        return 0.0, 0.7
    if is_room(row):
        return 0.9, 0.0
    with_rooms, with_street = agreement(general, rooms), agreement(general, street)
    if with_street > with_rooms:
        return 0.15, 0.2 + 0.3 * ramp(with_street, 0.7, 0.95)
    return 0.15 + 0.4 * ramp(with_rooms, 0.7, 0.95), 0.15


def is_room(row):
    return row["set"] == "houses" and any(k in row["file"] for k in ROOMS)


def fuse(pixels, passes, row):
    """Label (disparity, median 0, mean absolute deviation 1) and confidence in 0..1.

    Three networks of different upbringing that agree are hardly ever wrong; where they do not, the
    label is a guess, and says so.
    """
    shape = pixels.shape[:2]
    general = normalise(np.mean(group(passes, "tiefenrausch", shape), 0))
    meter = np.mean(group(passes, "meter-nyu", shape), 0)
    fast = np.mean(group(passes, "fastdepth", shape), 0)
    rooms = normalise(0.6 * meter + 0.4 * fast)
    street = normalise(np.mean(group(passes, "meter-kitti", shape), 0))
    room_share, street_share = shares(row, general, rooms, street)
    label = (1 - room_share - street_share) * general
    label = label + room_share * sharpen_like(rooms, general)
    label = normalise(label + street_share * sharpen_like(street, general))
    if is_room(row):
        spread = 0.5 * np.abs(meter - fast) + 0.1 * np.abs(label - general)
    else:
        opinions = [(1 - room_share - street_share, general), (room_share, rooms)]
        opinions += [(street_share, street)]
        spread = np.sqrt(sum(share * (opinion - label) ** 2 for share, opinion in opinions))
    confidence = 1 / (1 + (spread / DISAGREEMENT) ** 2)
    if not is_room(row):
        above = sky(pixels, general)
        if above.any():
            label[above] = min(np.quantile(label, 0.01), label[above].min())
            confidence[above] = 0.9
    return label, confidence
