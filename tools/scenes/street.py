# SPDX-License-Identifier: Apache-2.0
"""An old town street: cobbles, facades, a cafe, railings, lamps, washing, a far tower."""

import itertools
import math

import camera
import materials as mat
import numpy as np
from objects import ambient, branches, dome, foliage, put, railing, strands, sun, tree
from shapes import ball, box, grid, lathe, lumps, merge, prism, rod, tube

LOOK = {"exposure": 0.1, "contrast": 1.05, "grain": 0.010}

LEFT, RIGHT = -3.4, 3.3  # the two rows of facades, metres from the middle of the street


def rise(y):
    """Height of the street at distance y: it climbs, steeper farther on."""
    return 0.012 * y + 0.0011 * np.maximum(y, 0) ** 2


def ground():
    """Cobbled roadway with a gutter, raised pavements with kerbs."""

    def road(u, v):
        x, y = (u - 0.5) * 4.7, -3 + 78 * v**1.5
        return x, y, rise(y) - 0.05 * (1 - (2 * u - 1) ** 2) + 0.006 * np.sin(9 * x) * np.sin(7 * y)

    cobbles = mat.stones(
        "cobbles", ("6f6a66", "8f857a", "a59a8c"), scale=7.5, relief=0.035, wet=0.5
    )
    put("road", grid(70, 260, road), cobbles)
    paving = mat.slabs("pavement", ("a89c8c", "8d8478"), size=(0.7, 0.45))
    kerb = mat.slabs("kerb", ("b5ada0", "9c948a"), size=(1.1, 3.0))
    for name, a, b in (("left", LEFT, -2.3), ("right", 2.3, RIGHT)):

        def walk(u, v, a=a, b=b):
            y = -3 + 78 * v**1.5
            return a + (b - a) * u, y, rise(y) + 0.12

        put(f"{name} pavement", grid(8, 200, walk), paving)
        edge = -2.3 if name == "left" else 2.3
        stones, y = [], -3.0
        while y < 40:
            stones.append(box((0.16, 0.98, 0.24), (edge, y + 0.5, float(rise(y + 0.5)) + 0.01)))
            y += 1.0
        put(f"{name} kerb", merge(stones), kerb, bevel=0.02)


def facade(name, side, y0, y1, height, material, trims, rng, floors=3, shop=None):
    """One house front along the street: wall, windows with bars, shutters, sills, cornice, roof.

    `side` is -1 for the left row, +1 for the right; y0..y1 its stretch of street.
    """
    x, base = (LEFT if side < 0 else RIGHT), float(rise(y0)) - 0.3
    put(
        f"{name} wall",
        box((3.0, y1 - y0, height), (x + side * 1.5, (y0 + y1) / 2, base + height / 2)),
        material,
    )
    stone, shutter, dark, frame = trims
    parts = {"stone": [], "shutter": [], "pane": [], "frame": []}
    count = max(1, round((y1 - y0) / 1.9))
    pitch = (y1 - y0) / count
    storey = (height - 0.6) / floors
    for level in range(floors):
        for k in range(count):
            y, z = y0 + (k + 0.5) * pitch, base + 0.3 + level * storey
            if level == 0:
                (
                    _door(parts, side, x, y, z, rng)
                    if k % 2 == 0
                    else _window(parts, side, x, y, z + 0.95, 0.95, 1.25, rng, False)
                )
            else:
                _window(parts, side, x, y, z + 0.75, 0.85, min(1.5, storey - 1.2), rng, True)
    for z, wide, tall in ((base + height - 0.1, 0.34, 0.2), (base + 0.35 + storey, 0.1, 0.12)):
        parts["stone"].append(
            box((wide, y1 - y0 + 0.06, tall), (x - side * wide / 2, (y0 + y1) / 2, z))
        )
    for key, look in (("stone", stone), ("shutter", shutter), ("pane", dark), ("frame", frame)):
        put(f"{name} {key}", merge(parts[key]), look, bevel=0.008 if key != "pane" else 0.0)

    def roof(u, v):
        ridge = base + height + 1.5 * v + 0.03 * np.abs(np.sin(40 * u))
        return x - side * 0.45 + side * 2.2 * v, y0 - 0.1 + (y1 - y0 + 0.2) * u, ridge

    put(f"{name} roof", grid(160, 20, roof), mat.tiles(f"{name} tiles", "b5603a", "8f4528"))
    flue = box((0.5, 0.7, 1.5), (x + side * 1.6, (y0 + y1) / 2, base + height + 1.5))
    put(f"{name} chimney", flue, material, bevel=0.02)


def _window(parts, side, x, y, z, wide, tall, rng, shutters):
    """A window whose sill is at z: pane, bars, surround, sill and perhaps open shutters."""
    middle = z + tall / 2
    parts["pane"].append(box((0.03, wide, tall), (x - side * 0.005, y, middle)))
    for dy in (-wide / 2, 0, wide / 2):
        parts["frame"].append(box((0.05, 0.05, tall), (x - side * 0.03, y + dy, middle)))
    for k in range(4):
        parts["frame"].append(box((0.045, wide, 0.035), (x - side * 0.03, y, z + tall * k / 3)))
    for dy in (-1, 1):
        parts["stone"].append(
            box((0.09, 0.11, tall + 0.1), (x - side * 0.04, y + dy * (wide / 2 + 0.07), middle))
        )
    parts["stone"].append(box((0.11, wide + 0.3, 0.14), (x - side * 0.05, y, z + tall + 0.1)))
    parts["stone"].append(box((0.2, wide + 0.3, 0.07), (x - side * 0.1, y, z - 0.04)))
    if not shutters:
        return
    for dy in (-1, 1):
        swing = rng.uniform(4, 26)
        leaf_ = [
            box((0.03, wide / 2, 0.06), (0, wide / 4, h)) for h in (0.03, tall / 2, tall - 0.03)
        ]
        leaf_ += [box((0.03, 0.05, tall), (0, e, tall / 2)) for e in (0.025, wide / 2 - 0.025)]
        leaf_ += [
            box((0.012, wide / 2 - 0.08, 0.028), (0, wide / 4, h))
            for h in np.arange(0.09, tall - 0.06, 0.05)
        ]
        turn = (0, 0, side * dy * swing + (0 if dy > 0 else 180))
        at = (x - side * 0.08, y + dy * (wide / 2 + 0.03), z)
        parts["shutter"].append(merge(leaf_).moved(turn=turn).moved(at))


def _door(parts, side, x, y, z, rng):
    """A panelled door with a stone surround and a step."""
    parts["shutter"].append(box((0.06, 1.0, 2.15), (x - side * 0.01, y, z + 1.1)))
    for row in range(3):
        for dy in (-0.24, 0.24):
            parts["shutter"].append(
                box((0.04, 0.36, 0.5), (x - side * 0.045, y + dy, z + 0.42 + 0.66 * row))
            )
    for dy in (-0.6, 0.6):
        parts["stone"].append(box((0.16, 0.2, 2.3), (x - side * 0.06, y + dy, z + 1.15)))
    parts["stone"].append(box((0.2, 1.5, 0.25), (x - side * 0.08, y, z + 2.42)))
    parts["stone"].append(box((0.5, 1.3, 0.16), (x - side * 0.2, y, z + 0.1)))
    parts["frame"].append(ball(0.04, (x - side * 0.09, y + 0.36, z + 1.0), 8, 10))
    parts["pane"].append(box((0.04, 0.9, 0.3), (x - side * 0.03, y, z + 2.12)))


def houses():
    """Both rows of houses, ending in a tower and a church front uphill."""
    rng = np.random.default_rng(12)
    brick = mat.brick_wall("brick", ("a8553a", "8a4030", "6d3628"))
    looks = [
        mat.plaster("ochre", "dda252", "a8763c"),
        mat.plaster("rose", "cf8468", "9a5f4c"),
        brick,
        mat.plaster("cream", "e6d4ac", "b59a70"),
        mat.plaster("sage", "a3ad86", "76805c"),
        mat.plaster("apricot", "e0935c", "b06a40"),
    ]
    stone = mat.plaster("dressed stone", "cfc3ac", "958870", 3.0, cracks=False)
    pane = mat.glass("panes", "1a2630", 0.02)
    frame = mat.paint("window paint", "e8e2d4", 0.4)
    shutters = [
        mat.paint(f"shutter {i}", code, 0.55, worn=0.35)
        for i, code in enumerate(("2f6670", "45703f", "7d2f28", "34557d", "6b4a2c"))
    ]
    rows = {
        -1: [
            (-4, 3.2, 7.2, 0),
            (3.2, 8.6, 8.4, 3),
            (8.6, 13.2, 7.4, 1),
            (13.2, 19.5, 9.2, 5),
            (19.5, 26, 8.0, 4),
            (26, 34, 9.5, 0),
            (34, 44, 8.6, 3),
        ],
        1: [
            (-4, 4.6, 8.6, 2),
            (4.6, 9.4, 7.0, 4),
            (9.4, 15.6, 8.8, 5),
            (15.6, 21, 7.6, 3),
            (21, 28, 9.0, 1),
            (28, 36, 8.0, 2),
            (36, 44, 9.0, 5),
        ],
    }
    for side, list_ in rows.items():
        for i, (a, b, tall, pick) in enumerate(list_):
            trims = (stone, shutters[(i * 2 + side) % 5], pane, frame)
            facade(f"house {side} {i}", side, a, b, tall, looks[pick], trims, rng)
    tower = [
        box((4.6, 4.6, 20), (0, 0, 10)),
        box((5.0, 5.0, 0.5), (0, 0, 13)),
        box((5.0, 5.0, 0.5), (0, 0, 20)),
    ]
    put("tower", merge(tower), looks[3], at=(-0.6, 66, 3.5))
    spire = lathe([(3.4, 20.2), (1.6, 23.5), (0.9, 27), (0.05, 33)], 8)
    put(
        "spire",
        spire,
        mat.paint("slate", "4a5a66", 0.7),
        at=(-0.6, 66, 3.5),
        turn=(0, 0, 22.5),
        smooth=False,
    )
    openings = [box((0.8, 0.3, 1.8), (dx, -2.25, 18.0)) for dx in (-1.1, 1.1)]
    openings += [box((1.0, 0.3, 1.6), (0, -2.25, 8.5))]
    clock = lathe([(0.001, 0), (1.0, 0), (1.05, 0.08), (0.95, 0.1), (0.001, 0.1)], 48)
    face = mat.paint("clock face", "efe6d0", 0.5)
    put("clock", clock, face, at=(-0.6, 63.68, 16.2), turn=(90, 0, 0))
    hands = [box((0.09, 0.04, 0.8), (0, 0, 0.35)), box((0.6, 0.04, 0.1), (0.25, 0, 0))]
    put("clock hands", merge(hands), mat.paint("clock hands", "1c1a18"), at=(-0.6, 63.5, 16.2))
    quoins = [
        box((0.7 + 0.3 * (k % 2), 0.1, 0.36), (s * 2.05, -2.3, 0.2 + 0.4 * k))
        for k in range(49)
        for s in (-1, 1)
    ]
    put("tower quoins", merge(quoins), stone, at=(-0.6, 66, 3.5))
    put("belfry", merge(openings), mat.paint("belfry dark", "2a2420"), at=(-0.6, 66, 3.5))


def lantern(name, at, side):
    """A cast-iron street lamp on a slender post."""
    profile = [
        (0.001, 0),
        (0.16, 0),
        (0.16, 0.1),
        (0.09, 0.16),
        (0.075, 0.55),
        (0.09, 0.6),
        (0.045, 0.7),
    ]
    profile += [(0.036, 2.6), (0.055, 2.65), (0.034, 2.72), (0.03, 3.0), (0.001, 3.02)]
    parts = [lathe(profile, 28)]
    arm = [(0, 0, 2.75), (side * 0.2, 0, 3.05), (side * 0.5, 0, 3.1), (side * 0.62, 0, 3.0)]
    parts.append(tube(arm, 0.016, 9, 6))
    scroll = [
        (side * r * math.cos(t) + side * 0.2, 0, 2.85 + r * math.sin(t))
        for t, r in zip(np.linspace(0, 9, 24), np.linspace(0.16, 0.02, 24))
    ]
    parts.append(tube(scroll, 0.008, 7, 2))
    x = side * 0.62
    for k in range(4):
        a = math.radians(90 * k + 45)
        low, high = (x + 0.08 * math.cos(a), 0.08 * math.sin(a), 2.5), (
            x + 0.14 * math.cos(a),
            0.14 * math.sin(a),
            2.88,
        )
        parts.append(rod(low, high, 0.009))
    cap = lathe([(0.19, 2.88), (0.16, 2.9), (0.05, 3.0), (0.001, 3.03)], 4).moved(
        (0, 0, 0), (0, 0, 0)
    )
    parts += [
        cap.moved((x, 0, 0)),
        lathe([(0.001, 2.46), (0.1, 2.5), (0.001, 2.51)], 4).moved((x, 0, 0)),
    ]
    put(name, merge(parts), mat.iron(name + " iron", "1f2a2a"), at=at)
    bulb = lathe([(0.001, 2.55), (0.05, 2.6), (0.07, 2.72), (0.04, 2.82), (0.001, 2.84)], 20)
    put(
        name + " globe",
        bulb,
        mat.paint(name + " globe", "f2ead6", 0.25),
        at=(at[0] + x, at[1], at[2]),
    )


def cafe(at):
    """Bistro tables and wire chairs under a striped awning, cups and a vase on the tables."""
    steel = mat.paint("bistro green", "24543f", 0.35)
    cane = mat.fabric("cane", "d9b878", "7a2f28", 0.006, pattern=0.03)
    rng = np.random.default_rng(19)
    for i, (dx, dy) in enumerate(((0.0, 0.0), (0.1, 2.1), (0.0, 4.3))):
        x, y = at[0] + dx, at[1] + dy
        z = float(rise(y)) + 0.12
        parts = [
            lathe([(0.001, 0.7), (0.3, 0.7), (0.3, 0.725), (0.001, 0.725)], 56),
            rod((0, 0, 0.02), (0, 0, 0.7), 0.02),
        ]
        for k in range(3):
            a = math.radians(120 * k + 15)
            foot = (0.27 * math.cos(a), 0.27 * math.sin(a), 0.01)
            parts.append(
                tube([(0, 0, 0.3), (foot[0] * 0.5, foot[1] * 0.5, 0.12), foot], 0.013, 8, 5)
            )
        put(f"bistro table {i}", merge(parts), steel, at=(x, y, z))
        china = mat.glaze(f"cafe china {i}", "efe9dc", "d8c4a0")
        cup = [
            (0.001, 0),
            (0.06, 0.005),
            (0.065, 0.01),
            (0.024, 0.008),
            (0.03, 0.02),
            (0.042, 0.06),
            (0.038, 0.06),
            (0.001, 0.02),
        ]
        put(f"cafe cup {i}", lathe(cup, 36), china, at=(x - 0.1, y - 0.06, z + 0.725))
        flowers(f"posy {i}", (x + 0.08, y + 0.08, z + 0.725), rng)
        for k, turn in enumerate((rng.uniform(-20, 30), rng.uniform(160, 210))):
            r = math.radians(turn)
            spot = (x + 0.55 * math.sin(r), y - 0.55 * math.cos(r), z)
            bistro_chair(f"bistro chair {i}{k}", spot, turn, steel, cane)


def bistro_chair(name, at, turn, steel, cane):
    """A bent-wire chair with a woven seat; it faces +y."""
    parts = []
    for s in (-1, 1):
        parts.append(
            tube(
                [(s * 0.2, 0.21, 0.0), (s * 0.18, 0.18, 0.25), (s * 0.17, 0.17, 0.45)], 0.011, 9, 4
            )
        )
        parts.append(
            tube(
                [
                    (s * 0.2, -0.23, 0.0),
                    (s * 0.17, -0.18, 0.45),
                    (s * 0.17, -0.2, 0.7),
                    (s * 0.12, -0.24, 0.86),
                    (0, -0.25, 0.9),
                ],
                0.011,
                9,
                6,
            )
        )
        parts.append(
            tube(
                [(s * 0.05, -0.175, 0.45), (s * 0.055, -0.2, 0.65), (s * 0.04, -0.245, 0.885)],
                0.006,
                7,
                4,
            )
        )
        parts.append(tube([(s * 0.18, -0.19, 0.2), (s * 0.18, 0.19, 0.2)], 0.007, 7))
    parts.append(tube([(0.17, -0.2, 0.68), (0, -0.225, 0.7), (-0.17, -0.2, 0.68)], 0.007, 7, 4))
    rim = [(0.2 * math.cos(a), 0.19 * math.sin(a), 0.455) for a in np.linspace(0, 2 * math.pi, 41)]
    parts.append(tube(rim, 0.012, 8))
    put(name, merge(parts), steel, at=at, turn=(0, 0, turn))
    seat = lathe([(0.001, 0.452), (0.195, 0.452), (0.197, 0.46), (0.001, 0.463)], 40)
    seat.uvs = seat.verts[:, :2].copy()
    put(name + " seat", seat, cane, at=at, turn=(0, 0, turn))


def flowers(name, at, rng):
    """A little vase with flowers."""
    put(
        name + " vase",
        lathe(
            [(0.001, 0), (0.025, 0), (0.035, 0.05), (0.018, 0.09), (0.022, 0.1), (0.001, 0.08)],
            28,
            3,
        ),
        mat.glaze(name, "3a6a88", "dce4e0"),
        at=at,
    )
    tips = [
        (rng.normal(0, 0.035, 3) + (0, 0, 0.17), rng.normal(0, 0.6, 3) + (0, 0, 1))
        for _ in range(16)
    ]
    put(
        name + " green",
        foliage(rng, tips, 0.05, 2, 0.0, 0.012, 0.4),
        mat.leaf(name + " leaf", "7d9a44", "3c5c24"),
        at=at,
    )
    buds = merge(
        ball(0.013, p + (0, 0, 0.02), 7, 9, lumps(i, 0.2)) for i, (p, _) in enumerate(tips)
    )
    put(
        name + " buds",
        buds,
        mat.covers(name + " petals", ["c8324a", "e8a0b0", "f2ece0", "e0a030"]),
        at=at,
    )


def awning():
    """A striped canvas awning with a scalloped edge over the cafe."""
    s = mat.Shader("awning")
    y_ = s.add("SeparateXYZ", {0: s.coords()}).outputs[1]
    band = s.math("GREATER_THAN", s.math("FRACT", s.math("MULTIPLY", y_, 2.2)), 0.5)
    weave = s.noise(s.coords((300, 300, 300)), 1.0, 2)
    colour = s.mix(
        0.4,
        s.mix(band, "b5382c", "efe4cc"),
        s.ramp(weave, [(0.3, "404040"), (0.7, "d0d0d0")]),
        "OVERLAY",
    )
    stained = s.mix(
        s.range(s.noise(s.coords(), 2.0, 5), 0.45, 0.7, 0, 0.4), colour, "8a7458", "MULTIPLY"
    )
    cloth_ = s.finish(stained, 0.9, s.bump(weave, 0.002))

    def top(u, v):
        return (
            RIGHT - 1.5 * v,
            2.2 + 6.2 * u,
            2.95 - 0.5 * v - 0.05 * np.sin(np.pi * v) + float(rise(5.0)),
        )

    def flap(u, v):
        drop = 0.26 * v * (0.8 + 0.2 * np.abs(np.sin(u * 6.2 * 6.9)))
        return (
            RIGHT - 1.5 + 0.03 * np.sin(40 * u) * v,
            2.2 + 6.2 * u,
            2.45 - drop + float(rise(5.0)),
        )

    put("awning", grid(60, 12, top), cloth_)
    put("awning flap", grid(300, 5, flap), cloth_)
    arms = [rod((RIGHT, y, 2.3), (RIGHT - 1.48, y, 2.5), 0.014) for y in (2.3, 8.3)]
    put("awning arms", merge(arms), mat.iron("awning iron"))


def bicycle(at, turn):
    """A bicycle leaning on the wall: wheels with spokes, frame, saddle, basket."""
    parts, rubber = [], []
    for x in (-0.52, 0.52):
        a = np.linspace(0, 2 * math.pi, 49)
        ring = np.stack([x + 0.33 * np.cos(a), 0 * a, 0.34 + 0.33 * np.sin(a)], 1)
        rubber.append(tube(ring, 0.016, 8))
        rim = np.stack([x + 0.305 * np.cos(a), 0 * a, 0.34 + 0.305 * np.sin(a)], 1)
        parts.append(tube(rim, 0.008, 6))
        for k in range(28):
            b = 2 * math.pi * k / 28
            hub = (x + 0.02 * math.cos(b + 1.2), 0.025 * (-1) ** k, 0.34 + 0.02 * math.sin(b + 1.2))
            parts.append(
                rod(hub, (x + 0.305 * math.cos(b), 0, 0.34 + 0.305 * math.sin(b)), 0.0014, 4)
            )
    put("bicycle tyres", merge(rubber), mat.paint("tyre", "1c1b1a", 0.7), at=at, turn=turn)
    put("bicycle wheels", merge(parts), mat.metal("chrome", "c8c8c6", 0.2), at=at, turn=turn)
    crank, head, seat = (-0.06, 0, 0.3), (0.36, 0, 0.78), (-0.2, 0, 0.82)
    frame = [rod(crank, (0.37, 0, 0.7), 0.016), rod(crank, seat, 0.015), rod(seat, head, 0.014)]
    frame += [rod((-0.52, s * 0.04, 0.34), crank, 0.009) for s in (-1, 1)] + [
        rod((-0.52, s * 0.04, 0.34), seat, 0.008) for s in (-1, 1)
    ]
    frame += [
        tube([head, (0.42, 0, 0.6), (0.52, 0.05, 0.34)], 0.011, 8, 4),
        rod(head, (0.33, 0, 0.95), 0.012),
    ]
    put("bicycle frame", merge(frame), mat.paint("bicycle blue", "2a6a8a", 0.25), at=at, turn=turn)
    bars = [
        (0.2, 0.28, 0.98),
        (0.32, 0.2, 1.0),
        (0.34, 0, 0.96),
        (0.32, -0.2, 1.0),
        (0.2, -0.28, 0.98),
    ]
    put("handlebar", tube(bars, 0.011, 9, 6), mat.metal("bar", "c8c8c6", 0.2), at=at, turn=turn)
    put(
        "saddle",
        ball((0.14, 0.075, 0.035), (-0.24, 0, 0.92)),
        mat.paint("saddle", "5a3418", 0.5),
        at=at,
        turn=turn,
    )
    weave = [
        tube(
            [
                (0.5 + 0.13 * math.cos(a), 0.16 * math.sin(a), z)
                for a in np.linspace(0, 2 * math.pi, 25)
            ],
            0.006,
            6,
        )
        for z in np.linspace(0.78, 1.0, 9)
    ]
    weave += [
        rod(
            (0.5 + 0.13 * math.cos(a), 0.16 * math.sin(a), 0.77),
            (0.5 + 0.13 * math.cos(a), 0.16 * math.sin(a), 1.0),
            0.005,
            5,
        )
        for a in np.linspace(0, 6.1, 22)
    ]
    put(
        "bicycle basket",
        merge(weave),
        mat.wood("basket wicker", "c89a58", "7a5428", 6),
        at=at,
        turn=turn,
    )


def planter(name, at, rng, size=0.5, flowers_=("c8324a", "e8789a", "f2d0d8")):
    """A terracotta pot with a flowering bush and long grass."""
    pot = [
        (0.001, 0),
        (0.5, 0),
        (0.68, 0.7),
        (0.78, 0.72),
        (0.78, 0.86),
        (0.66, 0.86),
        (0.001, 0.78),
    ]
    put(
        name,
        lathe(pot, 48).moved(scale=size * 0.62),
        mat.glaze(name + " clay", "b5663f", "93502f", 0.85),
        at=at,
    )
    top = np.array([0, 0, size * 0.5])
    tips = [
        (
            top + rng.normal(0, 1, 3) * size * (0.3, 0.3, 0.2) + (0, 0, size * 0.45),
            rng.normal(0, 1, 3) + (0, 0, 0.6),
        )
        for _ in range(260)
    ]
    put(
        name + " bush",
        foliage(rng, tips, 0.085, 3, 0.15, 0.03, 0.55),
        mat.leaf(name + " leaf", "7ba03f", "35581f"),
        at=at,
    )
    blooms = [
        ball(rng.uniform(0.018, 0.03), p + rng.normal(0, 0.04, 3), 7, 9, lumps(i, 0.3))
        for i, (p, _) in enumerate(tips[::4])
    ]
    put(name + " blooms", merge(blooms), mat.covers(name + " petals", list(flowers_), 0.7), at=at)
    roots = top + rng.normal(0, 0.05, (40, 3)) * (1, 1, 0)
    aim = rng.normal(0, 0.35, (40, 3)) + (0, 0, 1)
    put(
        name + " grass",
        strands(rng, roots, aim, size * 1.5, 0.0035, 0.3, 0.9),
        mat.grass(name + " blades"),
        at=at,
    )


def overhead():
    """Lines across the street: bulbs on a cable, washing, bunting."""
    rng = np.random.default_rng(23)
    wires, bulbs, flags = [], [], []
    for y, z, sag in ((3.4, 4.4, 0.5), (7.0, 4.9, 0.6), (11.5, 5.4, 0.5), (17, 6.2, 0.6)):
        t = np.linspace(0, 1, 25)
        line = np.stack([LEFT + (RIGHT - LEFT) * t, y + 0.4 * t, z - sag * 4 * t * (1 - t)], 1)
        wires.append(tube(line, 0.007, 6))
        for p in line[2:-2:2]:
            bulbs.append(
                lathe(
                    [(0.001, -0.12), (0.03, -0.1), (0.04, -0.06), (0.015, -0.01), (0.001, 0)], 14
                ).moved(p)
            )
    for y, z in ((5.2, 5.3), (9.2, 5.2), (14, 6.0)):
        t = np.linspace(0, 1, 33)
        line = np.stack([LEFT + (RIGHT - LEFT) * t, y - 0.3 * t, z - 1.6 * t * (1 - t)], 1)
        wires.append(tube(line, 0.004, 5))
        for p in line[1:-1]:
            swing = rng.uniform(-25, 25)
            flags.append(
                prism([(-0.075, 0), (0.075, 0), (0, -0.2)], 0.002)
                .moved(turn=(90, 0, 0))
                .moved(turn=(swing, 0, 0))
                .moved(p)
            )
    put("cables", merge(wires), mat.paint("cable", "201e1c", 0.6))
    put("bulbs", merge(bulbs), mat.lamp("bulb glow", "ffdca0", 2.2))
    put(
        "bunting",
        merge(flags),
        mat.covers("bunting cloth", ["c8402e", "e8b23c", "2f6a86", "efe6d2", "4a8050"], 0.9),
    )
    parts = []
    for k, (a, wide, tall) in enumerate(
        (
            (0.22, 0.5, 0.7),
            (0.34, 0.42, 0.55),
            (0.47, 0.6, 0.8),
            (0.62, 0.45, 0.6),
            (0.74, 0.5, 0.65),
        )
    ):
        x = LEFT + (RIGHT - LEFT) * a

        def sheet(u, v, a=a, x=x, wide=wide, tall=tall, k=k):
            y = 21 + 0.1 * np.sin(7 * u + k) * v + 0.25 * v * np.sin(k)
            return x + (u - 0.5) * wide, y, 7.4 - 1.6 * a * (1 - a) - tall * v

        parts.append(grid(24, 24, sheet))
    put(
        "washing",
        merge(parts),
        mat.covers("washing cloth", ["f2efe6", "7fa8c0", "d88a78", "e8d8a0"], 0.95),
    )
    put("washing line", rod((LEFT, 21, 7.4), (RIGHT, 21, 7.2), 0.006), mat.paint("line", "d8d0c0"))


def greenery():
    """Trees in tubs, a creeper up a wall, and hills behind the tower."""
    rng = np.random.default_rng(29)
    green = mat.leaf("plane leaves", "9ab84a", "45701f")
    bark_ = mat.bark("plane bark", "a8957a", "5c4c3c")
    for i, (x, y, tall) in enumerate(((-2.75, 7.2, 3.6), (2.75, 13.0, 3.8), (-2.75, 16.0, 4.2))):
        tree(
            f"street tree {i}",
            rng,
            (x, y, float(rise(y)) + 0.1),
            tall,
            0.055,
            bark_,
            green,
            0.11,
            4,
            3,
        )
        tub = box((0.6, 0.6, 0.5), (x, y, float(rise(y)) + 0.34))
        put(f"tub {i}", tub, mat.wood(f"tub wood {i}", "7a6248", "42301f", axis=0), bevel=0.02)
    vine = []
    for _ in range(36):
        y, z = rng.uniform(-0.5, 3.0), 0.2
        for _ in range(rng.integers(8, 26)):
            y, z = y + rng.normal(0, 0.09), z + rng.uniform(0.06, 0.2)
            vine.append(
                (
                    np.array([LEFT + rng.uniform(0.02, 0.12), y, z]),
                    np.array([1.0, rng.normal(0, 0.6), rng.normal(0, 0.4)]),
                )
            )
    put(
        "creeper",
        foliage(rng, vine, 0.13, 3, 0.4, 0.05, 0.8),
        mat.leaf("creeper leaf", "c06a34", "6a7a2c"),
    )

    def hill(u, v):
        x, y = (u - 0.5) * 420, 90 + 170 * v
        bumps = 9 * np.sin(x * 0.03 + 1) + 6 * np.sin(x * 0.07 + v * 3) + 3 * np.sin(x * 0.2)
        return x, y, 6 + v * (34 + bumps)

    put("hills", grid(160, 60, hill), mat.grass("hillside", "93a592", "6a8478"))


def gate_pillar():
    """The brick pillar of a gateway at the left edge, near the camera, with a creeper."""
    rng = np.random.default_rng(43)
    brick = mat.brick_wall("pillar brick", ("a4644c", "8c5542", "6e4a3c"))
    put("gate pillar", box((0.6, 0.5, 4.6), (0, 0, 2.2)), brick, at=(-1.3, 0.85, 0.0), bevel=0.008)
    base = [box((0.74, 0.64, 0.5), (0, 0, 0.2)), box((0.68, 0.58, 0.12), (0, 0, 0.5))]
    put(
        "pillar base",
        merge(base),
        mat.plaster("base stone", "b8ab94", "857a66", 3.0),
        at=(-1.3, 0.85, 0.0),
        bevel=0.012,
    )
    spots = []
    for _ in range(16):
        x, z = rng.uniform(-1.6, -1.1), 0.4
        for _ in range(rng.integers(5, 26)):
            x, z = min(x + rng.normal(0, 0.05), -0.97), z + rng.uniform(0.04, 0.12)
            spots.append(
                (
                    np.array([x, 0.58 - rng.uniform(0, 0.04), z]),
                    np.array([rng.normal(0, 0.6), -1.0, rng.normal(0, 0.4)]),
                )
            )
    put(
        "pillar ivy",
        foliage(rng, spots, 0.075, 2, 0.3, 0.025, 0.85),
        mat.leaf("pillar ivy leaf", "6f9a3c", "2a5020", 0.3),
    )


def overhang():
    """A leafy branch that hangs into the picture from above, close to the camera."""
    rng = np.random.default_rng(37)
    limbs, tips = [], []
    for start, heading in (
        ((-1.9, 0.7, 3.1), (1, 0.1, -0.3)),
        ((-2.1, 0.6, 2.8), (1, 0, -0.2)),
        ((-1.6, 0.9, 3.3), (0.9, 0.2, -0.5)),
    ):
        more, twigs = branches(rng, start, heading, 0.6, 0.014, 2, 0.5, -0.15, 3)
        limbs, tips = limbs + more, tips + twigs
    put(
        "overhanging branch",
        merge(tube(p, r, 8, 2) for p, r in limbs),
        mat.bark("lime bark", "8a7860", "4a3a2c"),
    )
    put(
        "overhanging leaves",
        foliage(rng, tips, 0.12, 2, 0.4, 0.04, 0.75),
        mat.leaf("lime leaf", "a8c050", "4f7c24"),
    )


def street_things():
    """Bollards with a chain, a railing, a shop sign, fallen leaves."""
    rng = np.random.default_rng(33)
    iron = mat.iron("railing iron", "20262b")
    fence = railing(2.7, 0.98, 0.115, 0.011)
    put("railing", fence, iron, at=(-2.28, 1.75, float(rise(2)) + 0.12), turn=(0.8, 0, 90))
    post = [
        (0.001, 0),
        (0.09, 0),
        (0.09, 0.08),
        (0.06, 0.12),
        (0.055, 0.7),
        (0.08, 0.74),
        (0.075, 0.8),
        (0.04, 0.87),
        (0.001, 0.9),
    ]
    spots = [(2.2, 2.4 + 1.5 * k) for k in range(6)]
    for k, (x, y) in enumerate(spots):
        put(f"bollard {k}", lathe(post, 32, 2), iron, at=(x, y, float(rise(y)) + 0.1))
    links = []
    for (x, y), (x2, y2) in itertools.pairwise(spots):
        t = np.linspace(0, 1, 15)
        z = rise(y) + 0.82 + (rise(y2) - rise(y)) * t - 0.9 * t * (1 - t)
        links.append(tube(np.stack([x + (x2 - x) * t, y + (y2 - y) * t, z], 1), 0.013, 7))
    put("chain", merge(links), iron)
    sign = [
        rod((LEFT, 4.6, 3.3), (LEFT + 0.9, 4.6, 3.3), 0.014),
        tube([(LEFT, 4.6, 2.9), (LEFT + 0.3, 4.6, 3.0), (LEFT + 0.55, 4.6, 3.28)], 0.009, 7, 5),
    ]
    put("sign bracket", merge(sign), iron)
    plate = lathe([(0.001, 0), (0.27, 0), (0.28, 0.015), (0.27, 0.03), (0.001, 0.03)], 48)
    put(
        "sign",
        plate,
        mat.picture("sign paint", 4, ["1f4a4a", "2c6a60", "e0b040", "f4e8c8"]),
        at=(LEFT + 0.6, 4.6, 2.98),
        turn=(90, 0, 0),
    )
    fallen = [
        (
            np.array([x, y, float(rise(y)) + (0.005 if abs(x) < 2.2 else 0.13)]),
            rng.normal(0, 1, 3) * (1, 1, 0.1),
        )
        for x, y in zip(rng.uniform(-3.2, 2.2, 220), rng.uniform(0.5, 10, 220))
    ]
    put(
        "fallen leaves",
        foliage(rng, fallen, 0.07, 1, 0.0, 0.02, 0.7),
        mat.leaf("dry leaf", "c8862c", "8a4a1c"),
    )


def build():
    """Build the scene; returns (camera, look)."""
    rng = np.random.default_rng(7)
    ground()
    houses()
    cafe((2.75, 3.2, 0.0))
    awning()
    bicycle((LEFT + 0.42, 4.9, float(rise(4.9)) + 0.12), (0, -9, 96))
    lantern("near lantern", (-2.05, 3.1, float(rise(3.1)) + 0.06), 1)
    lantern("far lantern", (2.1, 11.8, float(rise(11.8)) + 0.1), -1)
    lantern("third lantern", (-2.1, 20, float(rise(20)) + 0.1), 1)
    planter("near planter", (1.05, 0.75, 0.0), rng, 0.62)
    gate_pillar()
    overhang()
    planter(
        "door planter", (LEFT + 0.5, 6.1, float(rise(6.1)) + 0.12), rng, 0.5, ("f0e6d0", "e8b43c")
    )
    planter("far planter", (RIGHT - 0.5, 10.2, float(rise(10.2)) + 0.12), rng, 0.6)
    overhead()
    greenery()
    street_things()
    sun((-0.36, -0.55, -0.72), 5.2, (1.0, 0.82, 0.6), 0.6)
    ambient((0.50, 0.66, 0.95), 1.05)
    dome(420.0, mat.sky("sky", sun_dir=(-0.6, 0.5, 0.4), strength=1.15, cloud_cover=0.55))
    return camera.place((0.15, -1.7, 1.5), (-0.1, 8, 2.05), 60.0), LOOK
