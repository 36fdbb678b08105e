# SPDX-License-Identifier: Apache-2.0
"""A sunlit corner of a living room: chairs, shelves, plants, a window with glazing bars."""

import camera
import materials as mat
import numpy as np
from objects import (
    ambient,
    area_light,
    book,
    branches,
    dome,
    foliage,
    put,
    strands,
    sun,
    tree,
)
from shapes import ball, blade, box, curve, direction_turn, grid, lathe, merge, rod, tube

LOOK = {"exposure": 0.5, "contrast": 1.04, "grain": 0.011}

# The room spans x -2.6..2.4 and y -2..4.2 metres; windows are in the right wall (x = 2.4).
LEFT, RIGHT, BACK, HEIGHT = -2.6, 2.4, 4.2, 2.75
WINDOWS = ((1.0, 2.05), (2.6, 3.65))
SILL, HEAD = 0.75, 2.3


def shell():
    """Floor boards, walls with window openings, ceiling, skirting."""
    oak = mat.wood("floor oak", "b98a55", "6b4222", axis=1, roughness=0.32)
    rng = np.random.default_rng(2)
    boards = []
    for i in range(44):
        x, y = LEFT + 0.06 + i * 0.122, -2.6 - rng.uniform(0, 1.2)
        while y < BACK:
            length = rng.uniform(1.1, 2.2)
            boards.append(box((0.12, length - 0.003, 0.02), (x, y + length / 2, -0.01)))
            y += length
    put("floor", merge(boards), oak, bevel=0.0012)
    put("subfloor", box((6, 8, 0.02), (0, 1, -0.035)), mat.paint("subfloor", "20160e"))
    paper = wallpaper()
    put("back wall", box((6, 0.1, HEIGHT), (0, BACK + 0.05, HEIGHT / 2)), paper)
    plain = mat.plaster("wall", "d9c7a6", "b59d74", cracks=False)
    put("left wall", box((0.1, 8, HEIGHT), (LEFT - 0.05, 1, HEIGHT / 2)), plain)
    put("right wall", merge(_window_wall()), plain)
    put("near wall", box((6, 0.1, HEIGHT), (0, -2.7, HEIGHT / 2)), plain)
    put(
        "ceiling",
        box((6, 8, 0.1), (0, 1, HEIGHT + 0.05)),
        mat.plaster("ceiling", "e6e0d4", "d8cfbe", cracks=False),
    )
    white = mat.paint("joinery", "ece6d8", 0.4)
    trim = [
        box((6, 0.02, 0.16), (0, BACK - 0.01, 0.08)),
        box((0.02, 8, 0.16), (LEFT + 0.01, 1, 0.08)),
    ]
    trim += [box((6, 0.05, 0.07), (0, BACK - 0.02, HEIGHT - 0.035))]
    trim += [
        box((0.02, 8, 0.16), (RIGHT - 0.01, 1, 0.08)),
        box((0.05, 8, 0.07), (RIGHT - 0.02, 1, HEIGHT - 0.035)),
    ]
    trim += [box((6, 0.03, 0.05), (0, BACK - 0.012, 0.98))]
    put("skirting", merge(trim), white, bevel=0.006)


def wallpaper():
    """A printed paper: rows of leafy medallions over a panelled dado."""
    s = mat.Shader("wallpaper")
    flat = s.warped(s.wall_coords(), 30, 0.004, 2)
    ground = s.mix(s.range(s.noise(flat, 2.0, 5), 0.35, 0.65), "2b5358", "37686a")
    colour = s.mix(_stems(s, flat), ground, "6f9a86")
    big = s.mapped(flat, 3.2, rotation=(0, 0, 0.785))
    colour = s.mix(_blossom(s, big, 0.30, 6.0), colour, "cfa878")
    colour = s.mix(_blossom(s, big, 0.19, 6.0), colour, "b5583a")
    small = s.mapped(flat, 3.2, (0.5, 0.5, 0), (0, 0, 0.785))
    colour = s.mix(_blossom(s, small, 0.26, 4.0), colour, "7fae92")
    colour = s.mix(_blossom(s, small, 0.09, 5.0), colour, "e6d2a0")
    fibre = s.noise(s.coords((30, 30, 300)), 1.0, 3)
    colour = s.mix(0.35, colour, s.ramp(fibre, [(0.3, "404040"), (0.7, "c8c8c8")]), "OVERLAY")
    up = s.add("SeparateXYZ", {0: s.coords()}).outputs[2]
    colour = s.mix(s.math("LESS_THAN", up, -0.39), colour, "c9c3b0")
    return s.finish(colour, 0.8, s.bump(fibre, 0.001, 0.5), Specular=0.15)


def _blossom(s, vector, size, petals):
    """1 inside a flower of `petals` petals in the middle of every unit square of `vector`."""
    local = s.add("VectorMath", {0: vector}, operation="FRACTION").outputs[0]
    local = s.add("VectorMath", {0: local, 1: (0.5, 0.5, 0.0)}, operation="SUBTRACT").outputs[0]
    x, y, _ = s.add("SeparateXYZ", {0: local}).outputs
    angle = s.math("MULTIPLY", s.math("ARCTAN2", y, x), petals)
    edge = s.math("ADD", s.math("MULTIPLY", s.math("COSINE", angle), 0.3), 0.7)
    radius = s.math("SQRT", s.math("ADD", s.math("MULTIPLY", x, x), s.math("MULTIPLY", y, y)))
    return s.range(s.math("DIVIDE", radius, edge), size, size + 0.015, 1, 0)


def _stems(s, flat):
    """1 on two families of winding stems that climb the wall."""
    x, y, _ = s.add("SeparateXYZ", {0: flat}).outputs
    lines = []
    for sign in (1.0, -1.0):
        swing = s.math("MULTIPLY", s.math("SINE", s.math("MULTIPLY", y, 14.2)), 0.11 * sign)
        across = s.math("FRACT", s.math("MULTIPLY", s.math("ADD", x, swing), 2.263))
        middle = s.math("ABSOLUTE", s.math("SUBTRACT", across, 0.5))
        lines.append(s.range(middle, 0.012, 0.022, 1, 0))
    return s.math("MAXIMUM", *lines)


def _window_wall():
    thick, parts, y = 0.22, [], -3.0
    x = RIGHT + thick / 2
    for a, b in WINDOWS:
        parts.append(box((thick, a - y, HEIGHT), (x, (a + y) / 2, HEIGHT / 2)))
        parts.append(box((thick, b - a, SILL), (x, (a + b) / 2, SILL / 2)))
        parts.append(box((thick, b - a, HEIGHT - HEAD), (x, (a + b) / 2, (HEIGHT + HEAD) / 2)))
        y = b
    parts.append(box((thick, 5.0 - y, HEIGHT), (x, (5.0 + y) / 2, HEIGHT / 2)))
    return parts


def windows():
    """Frames with thin glazing bars, sills with pots, linen curtains on a rod."""
    white = mat.paint("window frame", "f2ede2", 0.35)
    linen = mat.fabric("curtain", "e2d6bd", thread=0.004, fuzz=0.4)
    for n, (a, b) in enumerate(WINDOWS):
        x, parts, middle = RIGHT + 0.1, [], (a + b) / 2
        for y in (a + 0.03, b - 0.03, middle):
            parts.append(box((0.06, 0.06, HEAD - SILL), (x, y, (HEAD + SILL) / 2)))
        for z in (SILL + 0.03, HEAD - 0.03):
            parts.append(box((0.06, b - a, 0.06), (x, middle, z)))
        for k in (1, 2):
            z = SILL + (HEAD - SILL) * k / 3
            parts.append(box((0.03, b - a, 0.022), (x, middle, z)))
        for y in ((a + middle) / 2, (b + middle) / 2):
            parts.append(box((0.03, 0.022, HEAD - SILL), (x, y, (HEAD + SILL) / 2)))
        parts.append(box((0.34, b - a + 0.1, 0.035), (RIGHT + 0.04, middle, SILL - 0.015)))
        put(f"window {n}", merge(parts), white, bevel=0.004)
        for edge, wide in ((a - 0.22, 0.34), (b - 0.1, 0.34)):

            def folds(u, v, edge=edge, wide=wide, n=n):
                y = edge + wide * u
                deep = 0.045 * np.sin(u * 30 + n) * (0.6 + 0.4 * v) + 0.012 * np.sin(u * 71)
                return RIGHT - 0.11 + deep, y, 2.46 - 2.4 * v

            put(f"curtain {n} {edge:.1f}", grid(110, 24, folds), linen)
    brass = mat.metal("rod brass", "b98d3c", 0.25)
    put("curtain rod", rod((RIGHT - 0.11, 0.5, 2.48), (RIGHT - 0.11, 4.1, 2.48), 0.014), brass)


def spindle_chair(name, at, turn, wood):
    """A Windsor chair: turned splayed legs, a saddle seat and a hoop of thin spindles."""
    parts = []
    seat = ball((0.23, 0.215, 0.03), (0, 0, 0.45), 16, 48)
    seat.verts[:, 2] -= 0.012 * np.exp(-((seat.verts[:, 0] / 0.1) ** 2)) * (seat.verts[:, 2] > 0.45)
    parts.append(seat)
    feet = [(sx * 0.15, sy * 0.14, sx * 0.22, sy * 0.21) for sx in (-1, 1) for sy in (-1, 1)]
    for x, y, fx, fy in feet:
        t = np.linspace(0, 1, 9)
        path = np.stack([x + (fx - x) * t, y + (fy - y) * t, 0.44 * (1 - t)], axis=1)
        swell = [0.013, 0.014, 0.019, 0.021, 0.014, 0.018, 0.02, 0.015, 0.011]
        parts.append(tube(path, swell, 14, 3))
    for s in (-1, 1):
        parts.append(
            tube(
                [(s * 0.185, -0.175, 0.21), (s * 0.19, 0, 0.215), (s * 0.185, 0.175, 0.21)],
                [0.008, 0.013, 0.008],
                10,
                4,
            )
        )
    parts.append(
        tube([(-0.188, 0, 0.215), (0, 0, 0.215), (0.188, 0, 0.215)], [0.008, 0.013, 0.008], 10, 4)
    )
    angles = np.linspace(0, np.pi, 19)
    hoop = np.stack(
        [
            0.215 * np.cos(angles),
            0.17 + 0.10 * np.sin(angles) ** 0.6,
            0.46 + 0.53 * np.sin(angles) ** 0.55,
        ],
        1,
    )
    parts.append(tube(hoop, 0.012, 12, 2))
    for k in range(9):
        x = -0.16 + 0.04 * k
        top_angle = np.arccos(np.clip(x * 1.12 / 0.215, -1, 1))
        top = (
            x * 1.12,
            0.17 + 0.10 * np.sin(top_angle) ** 0.6,
            0.46 + 0.53 * np.sin(top_angle) ** 0.55,
        )
        middle = (x * 1.06, 0.19, 0.66)
        parts.append(tube([(x, 0.16, 0.455), middle, top], [0.006, 0.0085, 0.0055], 9, 4))
    put(name, merge(parts), wood, at=at, turn=(0, 0, turn))


def throw_on_chair(at, turn):
    """A knitted throw over the hoop of a spindle chair."""

    def place(u, v):
        x = (u - 0.5) * 0.3 + 0.02 * np.sin(6 * v)
        arc = 0.03 * np.sin(u * 16 + 2 * v) * np.abs(v - 0.42)
        front = np.maximum(0.42 - v, 0)
        back = np.maximum(v - 0.42, 0)
        y = 0.265 + 0.025 * np.tanh((v - 0.42) * 30) + arc - 0.1 * front
        crown = 1.0 - 1.1 * (u - 0.5) ** 2
        return x, y, crown - 0.55 * front - 0.75 * back + 0.01 * np.sin(9 * u)

    wool = mat.fabric("knit", "d8cbb0", "a8553a", 0.007, stripes=0.06, fuzz=0.7)
    put("chair throw", grid(70, 110, place), wool, at=at, turn=(0, 0, turn))


def armchair(at, turn):
    """A low upholstered armchair with a striped cushion."""
    cover = mat.fabric("mustard wool", "c08a2c", thread=0.004, fuzz=0.6)
    parts = [box((0.78, 0.74, 0.2), (0, 0, 0.3)), box((0.78, 0.18, 0.62), (0, 0.32, 0.58))]
    parts += [box((0.15, 0.74, 0.3), (s * 0.36, 0, 0.48)) for s in (-1, 1)]
    for i, part in enumerate(parts):
        part.uvs = part.verts[:, [0, 2]] + part.verts[:, [1, 1]]
        put(f"armchair {i}", part, cover, bevel=0.06, at=at, turn=(0, 0, turn), soft=1)
    seat = _cushion(0.58, 0.56, 0.17)
    put("seat cushion", seat, cover, at=(at[0], at[1], at[2] + 0.46), turn=(0, 0, turn))
    stripe = mat.fabric("striped cushion", "e6dcc4", "2e5664", 0.004, stripes=0.05)
    rad = np.radians(turn)
    spot = (at[0] - 0.12 * np.sin(rad), at[1] + 0.12 * np.cos(rad), at[2] + 0.72)
    put("cushion", _cushion(0.44, 0.44, 0.16), stripe, at=spot, turn=(68, 8, turn))
    legs = [
        rod((x, y, 0.2), (x * 1.1, y * 1.1, 0), 0.016) for x in (-0.32, 0.32) for y in (-0.3, 0.3)
    ]
    put(
        "armchair legs",
        merge(legs),
        mat.wood("beech", "8a5c30", "4a2c14", axis=2),
        at=at,
        turn=(0, 0, turn),
    )


def _cushion(width, length, thick):
    def side(sign):
        def place(u, v):
            x, y = (u - 0.5) * width, (v - 0.5) * length
            dome_ = ((1 - (2 * u - 1) ** 4) * (1 - (2 * v - 1) ** 4)) ** 0.5
            dent = 0.012 * np.sin(9 * u + 2) * np.sin(7 * v)
            return x, y, sign * (thick / 2 * dome_ + dent * dome_)

        return place

    return merge([grid(36, 36, side(1)), grid(36, 36, side(-1))])


def shelves(at):
    """A tall open bookcase filled with books, jars and a trailing plant; it faces +x."""
    rng = np.random.default_rng(8)
    walnut = mat.wood("walnut", "7a4c2a", "351d0e", axis=1)
    depth, width, rows = 0.3, 1.35, 5
    parts = [box((depth, 0.03, 2.1), (0, s * width / 2, 1.05)) for s in (-1, 1)]
    parts += [box((depth, width, 0.028), (0, 0, 0.08 + 0.4 * i)) for i in range(rows + 1)]
    parts.append(box((0.015, width, 2.1), (-depth / 2, 0, 1.05)))
    put("bookcase", merge(parts), walnut, at=at, bevel=0.002)
    cloth = mat.covers(
        "spines", ["8c2f22", "27463c", "c79b46", "2b3f66", "d8ccb0", "6a3f55", "3d3a36", "b5632c"]
    )
    paper = mat.pages("page edges", 0)
    covers, blocks = [], []
    for row in range(rows):
        y, z = -width / 2 + 0.03, 0.095 + 0.4 * row
        stop = width / 2 - (0.35 if row in (1, 3) else 0.06)
        while y < stop:
            thick = rng.uniform(0.018, 0.05)
            tall, wide = rng.uniform(0.2, 0.33), rng.uniform(0.15, 0.22)
            lean = rng.uniform(-1, 1) if rng.random() < 0.85 else 9.0
            for part, group in zip(book(wide, tall, thick), (covers, blocks)):
                # Spine turned from -y towards +x, into the room.
                piece = part.moved(turn=(0, 0, 90)).moved(turn=(lean, 0, 0))
                group.append(
                    piece.moved((0.12 - wide / 2 + rng.uniform(0, 0.02), y + thick / 2, z))
                )
            y += thick + (0.004 if lean < 2 else 0.05)
    put("books", merge(covers), cloth, at=at)
    put("book blocks", merge(blocks), paper, at=at)
    pot = [
        (0.001, 0),
        (0.05, 0),
        (0.075, 0.06),
        (0.07, 0.13),
        (0.05, 0.15),
        (0.055, 0.16),
        (0.001, 0.14),
    ]
    for i, (row, y, colours) in enumerate(
        ((1, 0.47, ("c9603a", "e8c9a0")), (3, 0.45, ("3c6a80", "d8e0dc")))
    ):
        jar = mat.glaze(f"jar {i}", *colours, bands=0.04)
        put(
            f"jar {i}",
            lathe(pot, 40, 3).moved(scale=1.2),
            jar,
            at=(at[0], at[1] + y, at[2] + 0.095 + 0.4 * row),
        )
    ivy = []
    for k in range(11):
        path = [np.array([0.1, -0.35 + 0.04 * k, 2.3])]
        for j in range(9):
            step = np.array(
                [0.03 if j < 2 else 0.002, rng.normal(0, 0.025), 0.02 if j < 1 else -0.07]
            )
            path.append(path[-1] + step)
        ivy += [(p, np.array([0.6, rng.normal(0, 0.5), -0.3])) for p in curve(path, 2)[2:]]
    put(
        "trailing ivy",
        foliage(rng, ivy, 0.06, 2, 0.3, 0.02, 0.7),
        mat.leaf("ivy", "6f9a44", "2c4f22"),
        at=at,
    )
    put(
        "ivy pot",
        lathe(pot, 40, 3).moved(scale=1.3),
        mat.glaze("ivy pot", "d9d0bc", "8a9a8a"),
        at=(at[0], at[1] - 0.18, at[2] + 2.1),
    )


def rug():
    """A patterned wool rug with a fringe, slightly rumpled."""

    def place(u, v):
        x, y = (u - 0.5) * 2.3, (v - 0.5) * 1.7
        rumple = 0.012 * np.exp(-(((u - 0.2 - 0.3 * v) / 0.02) ** 2)) * v
        return x, y, 0.008 + rumple

    s = mat.Shader("rug")
    uv = s.add("TexCoord").outputs["UV"]
    centred = s.mapped(uv, 1.0, (-1.15, -0.85, 0))
    parts = s.add("SeparateXYZ", {0: centred}).outputs
    border = s.math(
        "MAXIMUM",
        s.math("SUBTRACT", s.math("ABSOLUTE", parts[0]), 0.3),
        s.math("ABSOLUTE", parts[1]),
    )
    rings = s.cells(centred, 7.0, "F1", randomness=0.0)
    star = s.math("SINE", s.math("MULTIPLY", rings, 62.0))
    field = s.mix(s.range(star, 0.0, 0.2), "8c2a22", "c8934a")
    field = s.mix(s.range(rings, 0.04, 0.045, 1, 0), field, "22365a")
    zigzag = s.wave(s.mapped(centred, 1.0, rotation=(0, 0, 0.785)), 4.2, direction="X")
    edge = s.mix(s.range(zigzag, 0.5, 0.56), "22365a", "dcc9a0")
    colour = s.mix(s.math("GREATER_THAN", border, 0.62), field, edge)
    colour = s.mix(s.math("GREATER_THAN", border, 0.79), colour, "7a2620")
    knots = s.noise(s.mapped(uv, (260, 330, 1)), 1.0, 2)
    colour = s.mix(0.8, colour, s.ramp(knots, [(0.3, "282828"), (0.7, "d8d8d8")]), "OVERLAY")
    colour = s.mix(s.range(s.noise(uv, 3.0, 5), 0.4, 0.7, 0, 0.4), colour, "a08a68")
    wool = s.finish(colour, 0.95, s.bump(knots, 0.004, 0.9), Sheen=0.6, Specular=0.05)
    put("rug", grid(120, 90, place), wool, at=(0.15, 1.35, 0.0), turn=(0, 0, 14))
    rng = np.random.default_rng(3)
    fringe = []
    for side in (-1, 1):
        for y in np.linspace(-0.84, 0.84, 130):
            tip = (side * (1.15 + rng.uniform(0.04, 0.065)), y + rng.normal(0, 0.006), 0.003)
            fringe.append(
                tube([(side * 1.149, y, 0.008), ((side * 1.175), y, 0.009), tip], 0.0022, 5, 1)
            )
    put(
        "fringe",
        merge(fringe),
        mat.paint("fringe", "dccfae", 0.9),
        at=(0.15, 1.35, 0.0),
        turn=(0, 0, 14),
    )


def low_table(at):
    """A round table on hairpin legs with a vase of branches, books, and a bowl."""
    top = lathe(
        [(0.001, 0.4), (0.42, 0.4), (0.43, 0.41), (0.43, 0.425), (0.42, 0.432), (0.001, 0.432)], 72
    )
    put("low table", top, mat.wood("elm", "a9753f", "5c371a", axis=0, per_piece=False), at=at)
    legs = []
    for k in range(3):
        a = np.radians(120 * k + 20)
        u, side = np.array([np.cos(a), np.sin(a), 0]), np.array([-np.sin(a), np.cos(a), 0])
        foot, top_at = 0.4 * u, 0.3 * u + np.array([0, 0, 0.4])
        legs.append(
            tube(
                [
                    top_at + side * 0.05,
                    foot + side * 0.012 + [0, 0, 0.01],
                    foot - side * 0.012 + [0, 0, 0.01],
                    top_at - side * 0.05,
                ],
                0.006,
                8,
                6,
            )
        )
    put("hairpin legs", merge(legs), mat.iron("black steel"), at=at)
    vase = [
        (0.001, 0),
        (0.05, 0),
        (0.085, 0.07),
        (0.08, 0.13),
        (0.035, 0.19),
        (0.03, 0.23),
        (0.042, 0.25),
        (0.026, 0.22),
    ]
    put(
        "vase",
        lathe(vase, 56, 4),
        mat.glaze("vase", "2d5f78", "84b2ac"),
        at=(at[0] - 0.1, at[1] + 0.08, 0.432),
    )
    rng = np.random.default_rng(31)
    limbs, tips = [], []
    for heading in ((-0.6, 0, 1), (0, -0.35, 1.2), (0.6, 0.2, 1), (0.1, 0.5, 1)):
        more, twigs = branches(rng, (0, 0, 0.2), heading, 0.34, 0.005, 2, 0.5, 0.2)
        limbs, tips = limbs + more, tips + twigs
    where = (at[0] - 0.1, at[1] + 0.08, 0.432)
    put("branches", merge(tube(p, r, 7, 2) for p, r in limbs), mat.bark("branch bark"), at=where)
    put(
        "branch leaves",
        foliage(rng, tips, 0.05, 1, 0.2, 0.012, 0.5),
        mat.leaf("autumn", "d98a2a", "a0401c"),
        at=where,
    )
    cloth, paper = mat.covers("table books", ["d8d0c0", "a83c2c", "2c5a5c"]), mat.pages(
        "table pages", 0
    )
    z = 0.432
    for i, (size, spin) in enumerate((((0.22, 0.29, 0.03), 20), ((0.19, 0.25, 0.022), 48))):
        for part, material in zip(book(*size), (cloth, paper)):
            flat = part.moved((0, 0, -size[1] / 2)).moved(turn=(0, 90, 0)).moved(turn=(0, 0, spin))
            put(f"table book {i}", flat, material, at=(at[0] + 0.16, at[1] - 0.14, z + size[2] / 2))
        z += size[2] + 0.001
    bowl = [
        (0.001, 0.008),
        (0.03, 0),
        (0.04, 0.004),
        (0.075, 0.045),
        (0.08, 0.06),
        (0.07, 0.045),
        (0.001, 0.014),
    ]
    put(
        "bowl",
        lathe(bowl, 48, 3),
        mat.glaze("bowl", "d8b48a", "a86038"),
        at=(at[0] + 0.15, at[1] - 0.14, z),
    )


def big_plant(name, at, seed, count=30):
    """A rubber-plant-like pot plant with large glossy leaves on thin stalks."""
    rng = np.random.default_rng(seed)
    pot = [
        (0.001, 0),
        (0.14, 0),
        (0.17, 0.15),
        (0.185, 0.3),
        (0.2, 0.31),
        (0.2, 0.34),
        (0.17, 0.33),
        (0.001, 0.29),
    ]
    put(
        f"{name} plant pot",
        lathe(pot, 56, 2),
        mat.glaze("terracotta", "b5623c", "8a4428", 0.8),
        at=at,
    )
    stalks, leaves = [], []
    for _ in range(count):
        a, tilt, tall = rng.uniform(0, 6.28), rng.uniform(0.2, 0.95), rng.uniform(0.5, 1.25)
        out = np.array([np.cos(a), np.sin(a), 0])
        path = [
            np.array([0, 0, 0.3]),
            out * 0.25 * tilt * tall + [0, 0, 0.3 + 0.6 * tall],
            out * 0.5 * tilt * tall + [0, 0, 0.3 + 0.92 * tall],
        ]
        stalks.append(tube(path, [0.009, 0.007, 0.005], 7, 4))
        size = rng.uniform(0.27, 0.42)
        piece = blade(size, size * 0.55, 0.45, 0.12, 10)
        aim = out * 0.9 + np.array([0, 0, 0.35 - 0.5 * tilt])
        leaves.append(piece.moved(path[-1], direction_turn(aim, rng.uniform(-25, 25))))
    put(f"{name} stalks", merge(stalks), mat.paint("stalk green", "5a7a34", 0.5), at=at)
    put(f"{name} big leaves", merge(leaves), mat.leaf("big leaf", "3f7a34", "173f1c", 0.25), at=at)


def pampas(at):
    """A tall floor vase with plumes of pampas grass: single hairs on thin stalks."""
    rng = np.random.default_rng(26)
    profile = [(0.001, 0), (0.1, 0), (0.15, 0.12), (0.165, 0.28), (0.12, 0.44), (0.06, 0.52)]
    profile += [(0.065, 0.58), (0.085, 0.6), (0.05, 0.56)]
    glaze = mat.glaze("floor vase glaze", "e2d8c4", "a9b8ac", bands=0.2)
    put("floor vase", lathe(profile, 64, 3), glaze, at=at)
    stalks, hairs = [], []
    for k in range(11):
        a, lean = 2.4 * k, rng.uniform(0.08, 0.3)
        out = np.array([np.cos(a), np.sin(a), 0.0])
        tall = rng.uniform(1.0, 1.35)
        knots = [
            (0, 0, 0.4),
            out * lean * 0.4 + (0, 0, 0.4 + 0.5 * tall),
            out * lean + (0, 0, tall + 0.15),
        ]
        line = curve(knots, 12)
        stalks.append(tube(line, 0.0028, 6))
        tip = line[-10:]
        roots = tip[rng.integers(0, len(tip), 150)] + rng.normal(0, 0.004, (150, 3))
        aim = rng.normal(0, 0.5, (150, 3)) + out * 0.5 + (0, 0, 0.9)
        hairs.append(strands(rng, roots, aim, 0.1, 0.0009, 0.4, 0.9, 4, 3))
    put("pampas stalks", merge(stalks), mat.paint("pampas stalk", "b89a5c", 0.8), at=at)
    s = mat.Shader("pampas plume")
    tint = s.mix(s.island(), "e8d6b4", "c9a878")
    put("pampas plumes", merge(hairs), s.finish(tint, 0.9, Sheen=0.5), at=at)


def floor_lamp(at):
    """A thin brass lamp with a paper shade, lit."""
    brass = mat.metal("lamp brass", "b58a40", 0.25)
    parts = [
        rod((0, 0, 0), (0, 0, 1.55), 0.011),
        lathe([(0.001, 0), (0.15, 0), (0.15, 0.02), (0.02, 0.035)], 40),
    ]
    put("lamp stand", merge(parts), brass, at=at)
    s = mat.Shader("lamp shade")
    weave = s.noise(s.coords((30, 30, 240)), 1.0, 3)
    tint = s.mix(weave, "ffcf86", "f0ae5c")
    put("lamp shade", lathe([(0.19, 1.38), (0.13, 1.68)], 56), s.glow(tint, 1.7), at=at)


def pictures():
    """Framed pictures and a round mirror-like clock on the back wall."""
    frame = mat.wood("frames", "3c2414", "1c0f08", axis=0)
    palettes = (
        ["20343e", "5f8a84", "d9a860", "f0e6d0"],
        ["4a2430", "b8523a", "e0a850", "f2e2c0"],
        ["1e2c3a", "3f6a8c", "a8c0b8", "f0efe4"],
    )
    spots = ((-1.1, 1.78, 0.62, 0.8), (-0.38, 1.95, 0.46, 0.46), (0.18, 1.66, 0.4, 0.54))
    for i, ((x, z, w, h), palette) in enumerate(zip(spots, palettes)):
        put(
            f"picture {i}",
            box((w, 0.01, h)),
            mat.picture(f"art {i}", i + 5, palette),
            at=(x, BACK - 0.02, z),
        )
        rim = [box((w + 0.05, 0.035, 0.03), (0, 0, k * (h / 2 + 0.01))) for k in (-1, 1)]
        rim += [box((0.03, 0.035, h), (k * (w / 2 + 0.01), 0, 0)) for k in (-1, 1)]
        put(f"frame {i}", merge(rim), frame, at=(x, BACK - 0.025, z), bevel=0.006)


def details():
    """A basket with a throw, pots on the sills, a hanging lamp."""
    rng = np.random.default_rng(17)
    straw = mat.wood("wicker", "c39a5a", "7a5528", 6.0)
    rings = []
    for k in range(13):
        z, r = 0.02 + 0.022 * k, 0.17 + 0.03 * np.sin(k / 13 * 2.6)
        a = np.linspace(0, 2 * np.pi, 61)
        weave = 0.006 * np.sin(a * 15 + np.pi * k)
        rings.append(
            tube(
                np.stack([(r + weave) * np.cos(a), (r + weave) * np.sin(a), 0 * a + z], 1),
                0.0095,
                7,
            )
        )
    put("basket", merge(rings), straw, at=(1.62, 1.05, 0.0))
    wool = mat.fabric("throw", "a8483a", "e0c090", 0.006, stripes=0.07, fuzz=0.7)

    def throw(u, v):
        x, y = (u - 0.5) * 0.5, (v - 0.5) * 0.42
        r = np.hypot(x, y)
        return (
            x,
            y,
            0.34
            - 1.1 * r**2
            - 1.5 * np.maximum(r - 0.17, 0)
            + 0.025 * np.sin(14 * u + 5 * v)
            + 0.02 * np.sin(19 * v),
        )

    put("throw", grid(60, 60, throw), wool, at=(1.62, 1.05, 0.0))
    terracotta = mat.glaze("sill pot", "b86a44", "8a4a2c", 0.8)
    pot = [
        (0.001, 0),
        (0.05, 0),
        (0.068, 0.1),
        (0.075, 0.1),
        (0.075, 0.12),
        (0.06, 0.12),
        (0.001, 0.1),
    ]
    green = mat.leaf("herbs", "86a848", "3d6426")
    for i, y in enumerate((1.25, 1.6, 2.85, 3.3)):
        where = (RIGHT - 0.02, y, SILL)
        put(f"sill pot {i}", lathe(pot, 36), terracotta, at=where)
        tips = [
            (rng.normal(0, 0.045, 3) + (0, 0, 0.17), rng.normal(0, 1, 3) + (0, 0, 1))
            for _ in range(40)
        ]
        put(f"herb {i}", foliage(rng, tips, 0.05, 2, 0.1, 0.02, 0.5), green, at=where)
    put("cord", rod((-0.1, 0.95, HEIGHT), (-0.1, 0.95, 2.2), 0.004), mat.paint("cord", "201c18"))
    shade = [
        (0.03, 2.2),
        (0.05, 2.17),
        (0.15, 2.07),
        (0.2, 1.97),
        (0.195, 1.97),
        (0.14, 2.06),
        (0.03, 2.16),
    ]
    put("pendant", lathe(shade, 56, 2), mat.paint("pendant", "2c4a4c", 0.3), at=(-0.1, 0.95, 0))


def garden():
    """Beyond the windows: lawn, a tree and a hedge before the sky."""
    rng = np.random.default_rng(40)
    put("lawn", box((50, 60, 0.1), (28, 4, -0.8)), mat.grass("lawn"))
    leaf_ = mat.leaf("garden leaves", "8fb04a", "3f6626")
    tree(
        "garden tree", rng, (8.5, 6.5, -0.8), 5.5, 0.16, mat.bark("garden bark"), leaf_, 0.16, 4, 3
    )
    tips = [
        (
            np.array([rng.uniform(13, 15), rng.uniform(-6, 24), rng.uniform(-0.7, 1.0)]),
            rng.normal(0, 1, 3),
        )
        for _ in range(1600)
    ]
    put(
        "hedge",
        foliage(rng, tips, 0.3, 3, 0.1, 0.2, 0.6),
        mat.leaf("hedge leaves", "5f8a3c", "274a1e"),
    )


def lights():
    """Afternoon sun through the windows, sky light at the openings, a glow from the lamp."""
    sun((-0.8, -0.36, -0.62), 11.0, (1.0, 0.83, 0.62), 0.7)
    for i, (a, b) in enumerate(WINDOWS):
        area_light(
            f"sky {i}",
            (RIGHT + 0.3, (a + b) / 2, 1.6),
            (-1, (a + b) / 2 - 0.6, 0.7),
            (b - a, 1.5),
            42,
            (0.8, 0.9, 1.0),
        )
    area_light("bounce", (-0.4, -2.2, 2.3), (0.2, 2.4, 0.8), (2.6, 1.6), 120, (1.0, 0.9, 0.78))
    area_light("lamp", (-1.75, 3.7, 1.45), (-1.75, 3.7, 0), (0.25, 0.25), 10, (1.0, 0.72, 0.42))
    ambient((0.6, 0.72, 0.9), 0.35)


def build():
    """Build the scene; returns (camera, look)."""
    shell()
    windows()
    cherry = mat.wood("cherry", "a8794a", "553218", axis=2, roughness=0.35, per_piece=False)
    spindle_chair("chair", (-0.46, 0.0, 0.0), 150, cherry)
    throw_on_chair((-0.46, 0.0, 0.0), 150)
    spindle_chair("far chair", (0.55, 3.5, 0.0), -25, cherry)
    armchair((1.12, 2.3, 0.0), -52)
    shelves((LEFT + 0.16, 2.3, 0.0))
    rug()
    low_table((0.1, 1.4, 0.0))
    big_plant("corner plant", (1.95, 3.75, 0.0), 14)
    big_plant("near plant", (-1.46, 0.35, 0.0), 15, 56)
    pampas((0.72, 0.8, 0.0))
    floor_lamp((-1.75, 3.7, 0.0))
    pictures()
    details()
    garden()
    lights()
    dome(60.0, mat.sky("sky", strength=2.2))
    return camera.place((-0.75, -1.45, 1.3), (-0.22, 2.4, 0.86), 66.0), LOOK
