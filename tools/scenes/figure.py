# SPDX-License-Identifier: Apache-2.0
"""A woman in a straw hat before an old garden wall; beyond its end a bay in evening light."""

import math

import camera
import materials as mat
import numpy as np
from objects import ambient, branches, dome, foliage, put, railing, sun
from shapes import (
    Shape,
    ball,
    blade,
    box,
    curve,
    direction_turn,
    grid,
    lathe,
    lumps,
    merge,
    prism,
    rod,
    tube,
)
from woman import cat, woman

LOOK = {"exposure": 0.1, "contrast": 1.05, "grain": 0.010}

WALL_AT, WALL_TURN = (-2.6, 5.5, 0.0), 17.0  # left end of the wall and its direction


def on_wall(along, out, up):
    """World place of a point `along` the wall, `out` of its face and `up`, all in metres."""
    a = math.radians(WALL_TURN)
    return (
        WALL_AT[0] + along * math.cos(a) + out * math.sin(a),
        WALL_AT[1] + along * math.sin(a) - out * math.cos(a),
        WALL_AT[2] + up,
    )


def wall():
    """Brick under flaking plaster, a coping, an arched door, a window, a lantern."""
    turn = (0, 0, WALL_TURN)
    put("wall", box((7.6, 0.5, 3.3), (3.3, 0.25, 1.65)), flaking(), at=WALL_AT, turn=turn)
    stone = mat.plaster("coping stone", "c4b698", "8a7c62", 2.5, cracks=False)
    coping = [box((0.74, 0.66, 0.1), (0.25 + 0.75 * k - 0.5, 0.25, 3.35)) for k in range(11)]
    quoins = [
        box(
            (0.42 + 0.14 * (k % 2), 0.56, 0.27),
            (7.1 - 0.03 - 0.07 * (k % 2), 0.25, 0.14 + 0.28 * k),
        )
        for k in range(12)
    ]
    put("coping", merge(coping + quoins), stone, at=WALL_AT, turn=turn, bevel=0.015)
    _door(turn, stone)
    _window(turn, stone)
    iron = mat.iron("wall iron", "24211e")
    bracket = [
        tube([(0, 0, 0), (0, -0.12, 0.12), (0, -0.3, 0.14), (0, -0.34, 0.06)], 0.011, 8, 6),
        box((0.08, 0.02, 0.2), (0, -0.01, 0.03)),
    ]
    for k in range(4):
        a = math.radians(45 + 90 * k)
        bracket.append(
            rod(
                (0.06 * math.cos(a), -0.34 + 0.06 * math.sin(a), -0.22),
                (0.09 * math.cos(a), -0.34 + 0.09 * math.sin(a), 0.0),
                0.006,
            )
        )
    bracket += [
        lathe([(0.13, 0.0), (0.1, 0.03), (0.02, 0.09)], 4).moved((0, -0.34, 0)),
        lathe([(0.001, -0.23), (0.08, -0.22), (0.001, -0.21)], 4).moved((0, -0.34, 0)),
    ]
    put("lantern", merge(bracket), iron, at=on_wall(4.55, 0.0, 2.35), turn=turn)
    put(
        "lantern glass",
        lathe([(0.001, -0.2), (0.05, -0.18), (0.055, -0.06), (0.001, -0.03)], 16).moved(
            (0, -0.34, 0)
        ),
        mat.lamp("lantern glow", "ffcf80", 3.0),
        at=on_wall(4.55, 0.0, 2.35),
        turn=turn,
    )


def flaking():
    """Old brickwork with islands of ochre plaster."""
    s = mat.Shader("flaking wall")
    flat = s.wall_coords()
    at = s.coords()
    inputs = {
        "Vector": s.warped(flat, 9.0, 0.012, 3),
        "Scale": 1.0,
        "Mortar Size": 0.007,
        "Mortar Smooth": 0.4,
    }
    inputs.update(
        {
            "Brick Width": 0.235,
            "Row Height": 0.078,
            "Color1": "b0603f",
            "Color2": "8c4630",
            "Mortar": "c2b296",
        }
    )
    node = s.add("TexBrick", inputs)
    grit = s.noise(at, 80, 3, 0.7)
    broad = s.noise(at, 0.8, 6, 0.6, 0.5)
    up = s.add("SeparateXYZ", {0: at}).outputs[2]
    keep = s.math("ADD", broad, s.math("MULTIPLY", up, 0.05))
    plastered = s.range(keep, 0.555, 0.568)
    brick = s.mix(
        0.5, node.outputs["Color"], s.ramp(grit, [(0.3, "303030"), (0.7, "d8d0c8")]), "OVERLAY"
    )
    brick = s.mix(s.range(s.noise(at, 2.4, 5), 0.4, 0.7, 0, 0.6), brick, "6a5444", "MULTIPLY")
    lime = s.mix(s.range(s.noise(at, 2.0, 6, 0.6, 0.6), 0.35, 0.7), "dcb878", "c08e58")
    lime = s.mix(s.range(grit, 0.35, 0.7, 0, 0.25), lime, "fff4e0", "SOFT_LIGHT")
    web = s.cells(s.warped(at, 2.0, 0.35, 4), 1.9, "DISTANCE_TO_EDGE")
    lime = s.mix(s.range(web, 0.0, 0.009, 0.55, 0), lime, "4a3c2c")
    damp = s.range(s.math("ADD", up, broad), 0.55, 1.1, 0.6, 0)
    colour = s.mix(damp, s.mix(plastered, brick, lime), "5c5844", "MULTIPLY")
    low = s.math(
        "SUBTRACT", s.math("MULTIPLY", grit, 0.3), s.math("MULTIPLY", node.outputs["Fac"], 0.7)
    )
    high = s.math("ADD", s.math("MULTIPLY", grit, 0.2), 1.1)
    height = s.add("MixRGB", {0: plastered, 1: low, 2: high}).outputs[0]
    return s.finish(colour, 0.92, s.bump(height, 0.014, 0.9), Specular=0.12)


def _door(turn, stone):
    """A weathered arched door of planks with iron straps and a ring."""
    wide, spring = 0.55, 1.75
    blue = mat.wood("door wood", "5f8a8c", "2d4a4c", axis=2, roughness=0.7)
    boards = []
    for k in range(7):
        x = -wide + 0.08 + k * 0.157
        top = spring + math.sqrt(max(0.02, wide**2 - x**2))
        boards.append(box((0.15, 0.05, top), (x, 0.0, top / 2)))
    put("door", merge(boards), blue, at=on_wall(2.55, 0.012, 0.02), turn=turn, bevel=0.006)
    arch = []
    for k in range(13):
        a = math.pi * (k + 0.5) / 13
        arch.append(
            box((0.2, 0.16, 0.15), (0.64, 0, 0))
            .moved(turn=(0, -math.degrees(a), 0))
            .moved((0, 0, spring))
        )
    for s_ in (-1, 1):
        arch += [box((0.2, 0.16, 0.33), (s_ * 0.65, 0, 0.17 + 0.35 * k)) for k in range(5)]
    arch.append(box((1.6, 0.42, 0.13), (0, -0.12, 0.04)))
    put("door arch", merge(arch), stone, at=on_wall(2.55, 0.0, 0.0), turn=turn, bevel=0.012)
    straps = [box((0.9, 0.02, 0.05), (-0.06, -0.035, z)) for z in (0.4, 1.5)]
    ring = [
        (0.36 + 0.05 * math.cos(t), -0.05, 1.0 + 0.05 * math.sin(t))
        for t in np.linspace(0, 2 * math.pi, 25)
    ]
    put(
        "door iron",
        merge(straps + [tube(ring, 0.008, 8)]),
        mat.metal("door iron", "3a3430", 0.5, rust=0.8),
        at=on_wall(2.55, 0.012, 0.0),
        turn=turn,
    )


def _window(turn, stone):
    """A barred window with a flower box."""
    at = on_wall(5.55, 0.0, 1.25)
    put(
        "window pane",
        box((0.8, 0.02, 1.1), (0, 0.0, 0.55)),
        mat.glass("window glass", "1c2830"),
        at=at,
        turn=turn,
    )
    edge = [box((0.14, 0.14, 1.3), (s_ * 0.46, 0, 0.55)) for s_ in (-1, 1)]
    edge += [box((1.2, 0.2, 0.1), (0, -0.04, -0.05)), box((1.06, 0.14, 0.14), (0, 0, 1.17))]
    put("window stone", merge(edge), stone, at=at, turn=turn, bevel=0.01)
    bars = [rod((x, -0.06, 0), (x, -0.06, 1.1), 0.009) for x in np.linspace(-0.32, 0.32, 6)]
    bars += [rod((-0.42, -0.06, z), (0.42, -0.06, z), 0.007) for z in (0.3, 0.8)]
    put("window bars", merge(bars), mat.iron("bars"), at=at, turn=turn)
    put(
        "flower box",
        box((0.95, 0.22, 0.2), (0, -0.2, -0.12)),
        mat.wood("box wood", "8a6240", "4a3018", axis=0),
        at=at,
        turn=turn,
        bevel=0.008,
    )
    rng = np.random.default_rng(18)
    tips = [
        (
            np.array(
                [rng.uniform(-0.45, 0.45), -0.2 + rng.normal(0, 0.06), rng.uniform(-0.05, 0.25)]
            ),
            rng.normal(0, 0.8, 3) + (0, -0.3, 0.6),
        )
        for _ in range(150)
    ]
    put(
        "box green",
        foliage(rng, tips, 0.07, 3, 0.2, 0.02, 0.6),
        mat.leaf("geranium leaf", "7fa648", "3a6024"),
        at=at,
        turn=turn,
    )
    put(
        "geraniums",
        merge(
            ball(rng.uniform(0.016, 0.032), p + (0, -0.03, 0.04), 7, 9, lumps(i, 0.3))
            for i, (p, _) in enumerate(tips[::3])
        ),
        mat.covers("geranium", ["d8342c", "e85a48", "c82444"], 0.8),
        at=at,
        turn=turn,
    )


def creepers():
    """A climbing rose on wires, ivy from the coping."""
    rng = np.random.default_rng(27)
    turn = (0, 0, WALL_TURN)
    limbs, tips = [], []
    for x in (3.45, 3.55, 3.65):
        more, twigs = branches(
            rng, (x, -0.06, 0), (rng.normal(0, 0.2), 0, 1), 0.85, 0.017, 3, 0.5, 0.25, 3
        )
        limbs, tips = limbs + more, tips + twigs
    flat = [(p * (1, 0.25, 1) + (0, -0.08, 0), r) for p, r in limbs]
    put(
        "rose stems",
        merge(tube(p, r, 7, 1) for p, r in flat),
        mat.bark("rose bark", "6a5a3c", "34281a"),
        at=WALL_AT,
        turn=turn,
    )
    spots = [(p * (1, 0.25, 1) + (0, -0.1, 0), h + (0, -0.8, 0)) for p, h in tips]
    put(
        "rose leaves",
        foliage(rng, spots, 0.065, 3, 0.2, 0.05, 0.6),
        mat.leaf("rose leaf", "6f9a3c", "2c5020"),
        at=WALL_AT,
        turn=turn,
    )
    blooms = []
    for p, h in spots[::3]:
        centre = p + rng.normal(0, 0.03, 3) + (0, -0.05, 0)
        for k in range(9):
            size = 0.02 + 0.0025 * k
            petal = blade(size, size, -0.7, 0.5, 3).moved(turn=(70 - 6 * k, 0, 137 * k))
            blooms.append(petal.moved(centre, direction_turn(h, 20)).moved())
    s = mat.Shader("rose petals")
    put(
        "roses",
        merge(blooms),
        s.finish(s.mix(s.island(), "f2c9c4", "d8707c"), 0.7, Sheen=0.4),
        at=WALL_AT,
        turn=turn,
    )
    hanging = []
    for _ in range(46):
        x, z = rng.uniform(-0.2, 2.1) if rng.random() < 0.75 else rng.uniform(5.9, 7.2), 3.42
        for _ in range(rng.integers(3, 26)):
            x, z = x + rng.normal(0, 0.035), z - rng.uniform(0.03, 0.1)
            hanging.append(
                (
                    np.array([x, -0.06 - rng.uniform(0, 0.08), z]),
                    np.array([rng.normal(0, 0.6), -1.0, -0.5]),
                )
            )
    put(
        "ivy",
        foliage(rng, hanging, 0.085, 3, 0.3, 0.035, 0.85),
        mat.leaf("ivy leaf", "5f8a38", "1f4018", 0.3),
        at=WALL_AT,
        turn=turn,
    )


def terrace():
    """Paving, pots, a bench, and a balustrade that runs out to the view."""
    rng = np.random.default_rng(35)
    paving = mat.slabs("terrace", ("c2ad8c", "a08a6c"), "5c5038", (0.62, 0.46))

    def floor(u, v):
        x, y = -6 + 15 * u, -1.5 + 14 * v
        return x, y, 0.004 * np.sin(3 * x) * np.sin(2.3 * y)

    put("paving", grid(120, 120, floor), paving)
    iron = mat.iron("balustrade", "22302e")
    put("balustrade", railing(6.5, 1.0, 0.13, 0.012), iron, at=(4.35, 7.45, 0.0), turn=(0, 0, -12))
    put(
        "side balustrade", railing(5.0, 1.0, 0.13, 0.012), iron, at=(4.4, 7.5, 0.0), turn=(0, 0, 76)
    )
    put(
        "pillar",
        box((0.45, 0.45, 1.15), (0, 0, 0.57)),
        mat.plaster("pillar", "c9ba9a", "8c7e64", 2.0),
        at=(4.35, 7.45, 0),
        bevel=0.02,
    )
    pots(rng)
    slats = mat.wood("bench slats", "9a6c40", "553418", axis=0)
    bench = [box((1.5, 0.08, 0.03), (0, -0.2 + 0.1 * k, 0.45)) for k in range(5)]
    bench += [box((1.5, 0.025, 0.075), (0, 0.27 + 0.02 * k, 0.6 + 0.11 * k)) for k in range(3)]
    put(
        "bench",
        merge(bench),
        slats,
        at=on_wall(5.55, 0.42, 0.0),
        turn=(0, 0, WALL_TURN),
        bevel=0.004,
    )
    ends = []
    for x in (-0.66, 0.66):
        ends.append(
            tube(
                [
                    (x, -0.24, 0),
                    (x, -0.2, 0.25),
                    (x, -0.24, 0.43),
                    (x, 0.2, 0.43),
                    (x, 0.3, 0.7),
                    (x, 0.34, 0.88),
                ],
                0.016,
                8,
                6,
            )
        )
        ends.append(tube([(x, 0.26, 0), (x, 0.2, 0.2), (x, 0.2, 0.43)], 0.016, 8, 5))
        ends.append(
            tube(
                [(x, -0.22, 0.43), (x, -0.25, 0.62), (x, -0.05, 0.66), (x, 0.28, 0.66)], 0.014, 8, 6
            )
        )
    put(
        "bench iron",
        merge(ends),
        mat.iron("bench iron"),
        at=on_wall(5.55, 0.42, 0.0),
        turn=(0, 0, WALL_TURN),
    )
    fallen = [
        (np.array([*rng.uniform((-2, 1.0), (4.0, 6.5)), 0.008]), rng.normal(0, 1, 3) * (1, 1, 0.08))
        for _ in range(260)
    ]
    put(
        "fallen petals",
        foliage(rng, fallen, 0.03, 1, 0.0, 0.01, 0.8),
        mat.covers("petal", ["e8a8a8", "d8707c", "c89a3c", "8a6a2c"], 0.8),
    )
    cat((0.95, 2.75, 0.0))


def pots(rng):
    """Terracotta pots with lavender and grasses along the wall."""
    profile = [
        (0.001, 0),
        (0.5, 0),
        (0.66, 0.75),
        (0.76, 0.77),
        (0.76, 0.92),
        (0.64, 0.92),
        (0.001, 0.85),
    ]
    for i, (along, out, size) in enumerate(
        (
            (0.75, 0.35, 0.42),
            (1.35, 0.3, 0.3),
            (3.95, 0.35, 0.36),
            (4.35, 0.3, 0.28),
            (6.85, 0.4, 0.44),
        )
    ):
        at = on_wall(along, out, 0.0)
        clay = mat.glaze(f"pot {i}", "bd6d45", "96532f", 0.85)
        put(f"pot {i}", lathe(profile, 44).moved(scale=size * 0.6), clay, at=at)
        lavender(f"lavender {i}", rng, (at[0], at[1], size * 0.52), size)


def lavender(name, rng, at, size, count=110):
    """A bush of thin stalks with violet spikes and grey-green leaves."""
    roots = rng.normal(0, 1, (count, 3)) * (0.16 * size, 0.16 * size, 0)
    aim = roots * (2.6 / size) + rng.normal(0, 0.12, (count, 3)) + (0, 0, 1)
    lengths, stalks, heads, tips = rng.uniform(0.8, 1.35, count) * size, [], [], []
    for root, heading, length in zip(roots, aim, lengths):
        heading = heading / np.linalg.norm(heading)
        sag = heading + np.array([0, 0, -0.15])
        path = curve(
            [
                root,
                root + heading * length * 0.5,
                root + heading * length * 0.5 + sag * length * 0.5,
            ],
            3,
        )
        stalks.append(tube(path, 0.0016, 5))
        for k in range(7):
            spot = path[-1] - (path[-1] - path[-3]) * (0.09 * k)
            heads.append(ball((0.007, 0.007, 0.009), spot + rng.normal(0, 0.0025, 3), 5, 6))
        tips += [(path[1], heading), (path[2], heading)]
    put(name + " stalks", merge(stalks), mat.paint(name + " stalk", "7a8a54", 0.7), at=at)
    put(
        name + " heads",
        merge(heads),
        mat.covers(name + " violet", ["6a4a9a", "8464b0", "5a3c86", "9a7cc0"], 0.9),
        at=at,
    )
    put(
        name + " leaves",
        foliage(rng, tips, 0.06, 1, 0.0, 0.02, 0.16),
        mat.leaf(name + " leaf", "9aa884", "5c6e48"),
        at=at,
    )


def foreground():
    """Close to the lens: lavender and grasses below, a hanging olive branch above."""
    rng = np.random.default_rng(52)
    profile = [
        (0.001, 0),
        (0.2, 0),
        (0.27, 0.32),
        (0.31, 0.33),
        (0.31, 0.4),
        (0.26, 0.4),
        (0.001, 0.37),
    ]
    put(
        "near pot",
        lathe(profile, 48),
        mat.glaze("near clay", "bd6d45", "96532f", 0.85),
        at=(-1.2, 1.95, 0),
    )
    lavender("near lavender", rng, (-1.2, 1.95, 0.38), 0.62, 220)
    put(
        "right pot",
        lathe(profile, 48),
        mat.glaze("right clay", "a86040", "84482c", 0.85),
        at=(1.72, 2.15, 0),
    )
    lavender("right lavender", rng, (1.72, 2.15, 0.38), 0.6, 200)
    limbs, tips = [], []
    for start, heading in (
        ((1.95, 1.8, 2.52), (-1, 0.15, -0.42)),
        ((2.15, 1.85, 2.27), (-0.8, -0.05, -0.5)),
        ((1.8, 2.0, 2.67), (-1, 0.2, -0.2)),
    ):
        more, twigs = branches(rng, start, heading, 0.5, 0.012, 2, 0.5, -0.25, 3)
        limbs, tips = limbs + more, tips + twigs
    put(
        "olive branch",
        merge(tube(p, r, 8, 2) for p, r in limbs),
        mat.bark("olive bark", "8a7f6a", "4a4034"),
    )
    put(
        "olive leaves",
        foliage(rng, tips, 0.075, 3, 0.25, 0.02, 0.24),
        mat.leaf("olive leaf", "9fae74", "55683c", 0.35),
    )
    fruit_ = [
        ball((0.011, 0.011, 0.015), p + rng.normal(0, 0.015, 3) - (0, 0, 0.02), 8, 10)
        for p, _ in tips[::4]
    ]
    put("olives", merge(fruit_), mat.fruit("olive", "4a3a4c", "6a7a3c", 300, 0.0002, 0.3))


def cypresses():
    """Dark slender trees behind the wall."""
    rng = np.random.default_rng(71)
    parts = []
    for x, y, tall in ((-1.9, 8.4, 5.6), (0.6, 9.6, 6.4), (6.4, 11.5, 6.0), (7.6, 13.0, 5.0)):
        tips = []
        for _ in range(420):
            z, a = tall * rng.uniform(0, 1) ** 0.8, rng.uniform(0, 6.3)
            r = 0.62 * math.sin(math.pi * min(1.0, 0.12 + 0.88 * z / tall)) * rng.uniform(0.7, 1.0)
            tips.append(
                (
                    np.array([x + r * math.cos(a), y + r * math.sin(a), z]),
                    np.array([0.3 * math.cos(a), 0.3 * math.sin(a), 1.0]),
                )
            )
        parts.append(foliage(rng, tips, 0.22, 4, -0.2, 0.06, 0.3))
    put("cypresses", merge(parts), mat.leaf("cypress", "4a6a3c", "1c3420", 0.7))


def bay():
    """The sea below, headlands, a sail and the sky."""
    s = mat.Shader("sea")
    at = s.coords()
    swell = s.noise(s.mapped(at, (0.05, 0.25, 1)), 1.0, 6, 0.6)
    chop = s.noise(s.mapped(at, (0.6, 2.2, 1)), 1.0, 4, 0.65)
    colour = s.mix(s.range(swell, 0.35, 0.65), "2a6a86", "4f93a4")
    sea = s.finish(colour, 0.25, s.bump(s.math("ADD", swell, chop), 0.35, 0.5))
    put(
        "sea",
        Shape([(-300, 12, -14), (500, 12, -14), (500, 395, -14), (-300, 395, -14)], [(0, 1, 2, 3)]),
        sea,
    )
    green = mat.grass("headland", "9aa8a0", "71878c")
    for k, (x, y, wide, tall, seed) in enumerate(
        ((60, 190, 90, 30, 1.0), (175, 300, 150, 52, 2.2), (20, 350, 110, 44, 4.0))
    ):

        def hill(u, v, x=x, y=y, wide=wide, tall=tall, seed=seed):
            px, py = x + (u - 0.5) * 2 * wide, y + (v - 0.5) * 70
            ridge = np.exp(-(((u - 0.55) / 0.26) ** 2)) * np.exp(-(((v - 0.5) / 0.3) ** 2))
            rough = (
                1 + 0.25 * np.sin(u * 17 + seed) * np.cos(v * 9) + 0.12 * np.sin(u * 43 + 3 * seed)
            )
            return px, py, -15 + tall * ridge * rough

        put(f"headland {k}", grid(120, 40, hill), green)
    rng = np.random.default_rng(61)
    town = [
        box(
            (4, 4, rng.uniform(3, 7)),
            (rng.uniform(35, 95), 168 + rng.normal(0, 4), -8 + rng.uniform(0, 6)),
        )
        for _ in range(46)
    ]
    put("town", merge(town), mat.covers("town", ["efe4cc", "e0b890", "d8a078", "f4ede0"], 0.9))
    sails = [
        prism([(0, 0), (3.2, 0), (0.2, 7)], 0.1).moved(turn=(90, 0, 30)).moved(p)
        for p in ((48, 118, -12.5), (66, 140, -12.5), (52, 95, -12.5))
    ]
    hulls = [
        ball((3.6, 1.0, 0.9), (p[0] + 0.8, p[1], -13.6), 8, 16)
        for p in ((48, 118, 0), (66, 140, 0), (52, 95, 0))
    ]
    put("boats", merge(sails + hulls), mat.paint("sail", "f4efe2", 0.8))


def build():
    """Build the scene; returns (camera, look)."""
    woman()
    wall()
    creepers()
    terrace()
    foreground()
    cypresses()
    bay()
    sun((0.62, 0.6, -0.5), 5.0, (1.0, 0.8, 0.56), 0.7)
    ambient((0.52, 0.66, 0.92), 0.7)
    dome(420.0, mat.sky("sky", "3f78b8", "dfe2dc", (-0.62, -0.6, 0.5), "ffe2b8", 0.95, 0.42))
    return camera.place((0.15, -0.55, 1.38), (0.66, 3.0, 1.17), 56.0), LOOK
