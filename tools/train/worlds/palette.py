# SPDX-License-Identifier: Apache-2.0
"""Random surfaces for random worlds, from the materials of tools/scenes."""

import colorsys

import materials as mat


def colour(rng, saturation=(0.0, 0.6), value=(0.15, 0.95), hue=None):
    """An sRGB hex code."""
    hue = rng.random() if hue is None else hue + rng.normal(0, 0.03)
    low, high = saturation
    parts = colorsys.hsv_to_rgb(
        hue % 1.0, low + (high - low) * rng.random() ** 1.7, rng.uniform(*value)
    )
    return "".join(f"{round(255 * p):02x}" for p in parts)


def neutral(rng, value=(0.3, 0.95)):
    return colour(rng, (0.0, 0.18), value, 0.1)


def pick(rng, makers, shares=None):
    """One of several functions of no arguments, called."""
    shares = None if shares is None else [s / sum(shares) for s in shares]
    return makers[int(rng.choice(len(makers), p=shares))]()


def timber(rng, axis=0):
    value = rng.uniform(0.25, 0.9)
    light = colour(rng, (0.2, 0.6), (value, value + 0.05), 0.08)
    dark = colour(rng, (0.3, 0.7), (0.45 * value, 0.6 * value), 0.06)
    return mat.wood("timber", light, dark, rng.uniform(0.6, 2.0), axis, rng.uniform(0.2, 0.6))


def plain(rng):
    return mat.paint("plain", colour(rng), rng.uniform(0.1, 0.9), 0.0004, rng.uniform(20, 120))


def cloth(rng):
    first, second = colour(rng), colour(rng)
    kind = rng.random()
    stripes = rng.uniform(0.01, 0.08) if kind < 0.25 else None
    pattern = rng.uniform(0.03, 0.2) if kind > 0.75 else None
    return mat.fabric("cloth", first, second, rng.uniform(0.002, 0.006), stripes, 0.25, pattern)


def floor(rng):
    return pick(
        rng,
        [
            lambda: timber(rng, int(rng.integers(2))),
            lambda: mat.slabs(
                "tiles",
                [neutral(rng), neutral(rng)],
                neutral(rng, (0.1, 0.9)),
                [rng.uniform(0.15, 0.7)] * 2,
                rng.uniform(0, 0.6),
            ),
            lambda: cloth(rng),
            lambda: mat.paint("screed", neutral(rng), rng.uniform(0.1, 0.8), 0.0005, 20, 0.4),
        ],
        [4, 3, 2, 2],
    )


def wall(rng):
    return pick(
        rng,
        [
            lambda: mat.paint("wall", neutral(rng, (0.5, 0.97)), 0.8, 0.0003, 80, 0.1),
            lambda: mat.paint("wall", colour(rng, (0.1, 0.6)), 0.8, 0.0003, 80, 0.1),
            lambda: mat.plaster("plaster", neutral(rng), scale=rng.uniform(0.5, 2), cracks=False),
            lambda: bricks(rng),
            lambda: timber(rng, 2),
        ],
        [5, 3, 2, 1, 1],
    )


def bricks(rng):
    hue = rng.choice([0.03, 0.08, 0.1])
    tones = [colour(rng, (0.1, 0.6), (0.3, 0.8), hue) for _ in range(3)]
    return mat.brick_wall("bricks", tones, neutral(rng))


def facade(rng):
    return pick(
        rng,
        [
            lambda: mat.plaster("render", colour(rng, (0, 0.4), (0.4, 0.95)), scale=0.5),
            lambda: bricks(rng),
            lambda: mat.slabs(
                "stone", [neutral(rng), neutral(rng)], neutral(rng), (rng.uniform(0.5, 1.4), 0.5)
            ),
            lambda: mat.paint("panels", neutral(rng), 0.4, 0.001, 8, 0.3),
        ],
        [3, 3, 2, 2],
    )


def roadway(rng):
    return pick(
        rng,
        [
            lambda: mat.paint("asphalt", neutral(rng, (0.15, 0.45)), 0.85, 0.004, 50, 0.35),
            lambda: mat.stones("cobbles", [neutral(rng) for _ in range(3)], scale=6.0),
            lambda: mat.slabs("paving", [neutral(rng), neutral(rng)], neutral(rng)),
        ],
        [5, 1, 2],
    )


def meadow(rng):
    hue = rng.uniform(0.12, 0.32)
    light = colour(rng, (0.3, 0.7), (0.4, 0.75), hue)
    dark = colour(rng, (0.4, 0.8), (0.15, 0.4), hue)
    return pick(
        rng,
        [
            lambda: mat.grass("grass", light, dark),
            lambda: mat.paint("sand", colour(rng, (0.1, 0.5), (0.4, 0.9), 0.1), 0.9, 0.01, 9, 0.4),
            lambda: mat.paint("snow", neutral(rng, (0.85, 1.0)), 0.7, 0.01, 6, 0.1),
            lambda: mat.stones("pebbles", [neutral(rng) for _ in range(3)], scale=9.0),
        ],
        [6, 2, 1, 1],
    )


def thing(rng):
    """Whatever a small object may be made of."""
    return pick(
        rng,
        [
            lambda: plain(rng),
            lambda: mat.glaze("glaze", colour(rng), colour(rng), rng.uniform(0.05, 0.4)),
            lambda: mat.metal("metal", neutral(rng), rng.uniform(0.1, 0.6), 0.3, rng.random() ** 4),
            lambda: timber(rng, 2),
            lambda: cloth(rng),
            lambda: mat.glass("glass", colour(rng, (0.2, 0.8), (0.05, 0.5))),
            lambda: mat.fruit("peel", colour(rng, (0.5, 0.9)), colour(rng, (0.4, 0.9))),
        ],
        [5, 2, 1, 2, 2, 1, 1],
    )


def leaves(rng):
    hue = rng.choice([0.25, 0.28, 0.2, 0.1, 0.97], p=[0.35, 0.3, 0.15, 0.12, 0.08])
    light = colour(rng, (0.4, 0.8), (0.5, 0.85), hue)
    return mat.leaf("leaf", light, colour(rng, (0.5, 0.9), (0.2, 0.45), hue))


def skin(rng):
    tone = colour(rng, (0.25, 0.6), (0.25, 0.95), 0.06)
    return mat.paint("skin", tone, 0.5, 0.0002, 40, 0.05)


def fur(rng):
    light = colour(rng, (0.0, 0.5), (0.1, 0.95), 0.08)
    return mat.bark("fur", light, colour(rng, (0.0, 0.5), (0.05, 0.5), 0.08), rng.uniform(0.3, 1))


def sky(rng):
    overcast = rng.random() < 0.35
    zenith = neutral(rng, (0.55, 0.9)) if overcast else colour(rng, (0.3, 0.8), (0.4, 0.8), 0.6)
    horizon = neutral(rng, (0.75, 1.0)) if rng.random() < 0.8 else colour(rng, hue=0.06)
    return mat.sky(
        "sky", zenith, horizon, strength=rng.uniform(0.7, 1.3), cloud_cover=rng.uniform(0, 1)
    )
