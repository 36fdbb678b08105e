# SPDX-License-Identifier: Apache-2.0
"""A laid table by a window: fruit, bread, a jug of twigs, candles and books before a dim room."""

import math

import camera
import materials as mat
import numpy as np
from objects import ambient, area_light, book, branches, dome, foliage, planks, put, strands
from shapes import ball, blade, box, direction_turn, grid, lathe, lumps, merge, rod, tube

LOOK = {"exposure": 0.55, "contrast": 1.06, "grain": 0.012}


def table():
    """Weathered planks that run away from the camera, with an apron and legs."""
    oak = mat.wood("oak", "b5834e", "4f2f18", axis=1, roughness=0.42)
    put("table top", planks(9, 0.17, 1.5, 0.035).moved((0, 0.42, 0)), oak, bevel=0.003)
    dark = mat.wood("oak legs", "7a5230", "3a2412", axis=2)
    legs = [box((0.07, 0.07, 0.72), (x, y, -0.39)) for x in (-0.68, 0.68) for y in (-0.2, 1.05)]
    put("table legs", merge(legs), dark, bevel=0.004)


def cloth():
    """A crumpled linen runner across the table, hanging over the front."""
    rng = np.random.default_rng(11)
    waves = [(rng.uniform(3, 16), rng.uniform(-8, 8), rng.uniform(0, 6.3)) for _ in range(14)]

    def place(u, v):
        x, y = (u - 0.5) * 0.62, v * 1.15 - 0.32
        fold = sum(np.sin(a * u * 3 + b * v + c) / a for a, b, c in waves)
        ridge = 0.012 * np.exp(-(((u - 0.33 - 0.1 * v) / 0.03) ** 2))
        ridge += 0.009 * np.exp(-(((u - 0.7 + 0.12 * v) / 0.025) ** 2))
        z = 0.0045 + 0.004 * np.maximum(fold, 0) + ridge
        return x + 0.12 * y + 0.03, y + 0.01 * np.sin(9 * u), z

    linen = mat.fabric("linen", "d8cdb8", "3f5f86", thread=0.0016, stripes=None)
    put("runner", grid(180, 220, place), linen)
    stripe = mat.fabric("blue linen", "35587c", "d8d4c8", thread=0.0016, stripes=0.022)

    def napkin(u, v):
        x, y = (u - 0.5) * 0.17, (v - 0.5) * 0.13
        fold = 0.008 * np.exp(-(((v - 0.55 - 0.12 * np.sin(4 * u)) / 0.07) ** 2))
        fold += 0.006 * np.exp(-(((v - 0.2 - 0.3 * u) / 0.05) ** 2))
        return x + 0.008 * np.sin(5 * v), y + 0.006 * np.sin(6 * u), 0.006 + fold

    put("napkin", grid(90, 90, napkin), stripe, at=(-0.02, -0.05, 0.008), turn=(0, 0, 28))


def bottle(at):
    """A dark green wine bottle with a paper label."""
    profile = [(0.001, 0.004), (0.030, 0.0), (0.0375, 0.004), (0.038, 0.03), (0.038, 0.19)]
    profile += [(0.035, 0.212), (0.019, 0.245), (0.0145, 0.262), (0.0142, 0.305)]
    profile += [(0.0165, 0.307), (0.0165, 0.318), (0.0135, 0.32), (0.001, 0.321)]
    put("bottle", lathe(profile, 64), mat.glass("bottle glass", "0c1a0a"), at=at)

    def wrap(u, v):
        a = (u - 0.5) * 3.6 - 1.35
        return 0.0384 * np.cos(a), 0.0384 * np.sin(a), 0.055 + 0.085 * v

    s = mat.Shader("label")
    uv = s.add("TexCoord").outputs["UV"]
    text = s.noise(s.mapped(uv, (160, 900, 1)), 1.0, 2)
    line = s.wave(uv, 24, direction="Y")
    ink = s.math("MULTIPLY", s.range(line, 0.55, 0.6), s.range(text, 0.48, 0.52))
    paper = s.mix(s.range(s.noise(uv, 60, 7), 0.4, 0.7), "ece0c2", "cdb78a")
    put("label", grid(48, 2, wrap), s.finish(s.mix(ink, paper, "4b1d18"), 0.85), at=at)
    wax = mat.paint("wax", "6e1414", 0.4)
    cap = [(0.0148, 0.282), (0.0153, 0.285), (0.0153, 0.305), (0.0175, 0.306), (0.0175, 0.319)]
    put("capsule", lathe(cap + [(0.001, 0.3225)], 48), wax, at=at)


def jug(at):
    """A tall stoneware jug with blossoming twigs."""
    profile = [(0.001, 0.0), (0.05, 0.0), (0.055, 0.01), (0.078, 0.07), (0.082, 0.11)]
    profile += [(0.062, 0.17), (0.038, 0.205), (0.036, 0.225), (0.047, 0.25), (0.043, 0.248)]
    profile += [(0.031, 0.22), (0.03, 0.19)]
    clay = mat.glaze("jug glaze", "e6dcc6", "5f86a0", bands=0.09)
    put("jug", lathe(profile, 72, smooth=4), clay, at=at)
    handle = [
        (0.04, 0, 0.235),
        (0.085, 0, 0.235),
        (0.112, 0, 0.19),
        (0.1, 0, 0.14),
        (0.075, 0, 0.12),
    ]
    put("jug handle", tube(handle, 0.008, 12, smooth=6), clay, at=at, turn=(0, 0, -35))
    rng = np.random.default_rng(5)
    limbs, tips = [], []
    for heading in (
        (-0.5, 0.1, 1),
        (0.1, 0.15, 1.1),
        (0.55, -0.1, 1),
        (-0.15, -0.25, 1),
        (0.9, 0.3, 1),
    ):
        more, twigs = branches(rng, (0, 0, 0.2), heading, 0.26, 0.0042, 2, 0.45, 0.2, 3)
        limbs += more
        tips += twigs
    put("twigs", merge(tube(p, r, 7, smooth=2) for p, r in limbs), mat.bark("twig bark"), at=at)
    green = mat.leaf("twig leaves", "7f9a3c", "43601e")
    put("twig leaves", foliage(rng, tips[::3], 0.034, 2, 0.1, 0.006, 0.42), green, at=at)
    petals = []
    for point, heading in tips[1::4]:
        aim = heading + rng.normal(0, 0.5, 3)
        for k in range(5):
            turn = 72 * k + rng.uniform(-9, 9)
            petal = blade(0.014, 0.012, -0.5, 0.3, 3).moved(turn=(25, 0, turn))
            petals.append(petal.moved(point + rng.normal(0, 0.004, 3), direction_turn(aim)))
    s = mat.Shader("blossom")
    tint = s.mix(s.island(), "f6d7dc", "ffffff")
    put("blossoms", merge(petals), s.finish(tint, 0.7, Sheen=0.5), at=at)


def fruit_bowl(at):
    """A footed bowl heaped with oranges, lemons and an apple."""
    profile = [(0.001, 0.012), (0.045, 0.012), (0.05, 0.0), (0.055, 0.0), (0.052, 0.02)]
    profile += [(0.09, 0.038), (0.125, 0.075), (0.133, 0.105), (0.128, 0.106), (0.115, 0.075)]
    profile += [(0.08, 0.045), (0.001, 0.036)]
    put("bowl", lathe(profile, 96, smooth=3), mat.glaze("bowl glaze", "1f5f74", "7fb0a8"), at=at)
    orange = mat.fruit("orange", "e8811a", "d89a28")
    spots = [
        (0.05, 0.03, 0.085),
        (-0.045, 0.045, 0.085),
        (-0.03, -0.048, 0.088),
        (0.012, 0.0, 0.142),
    ]
    oranges = [ball(0.039, p, bulge=lumps(i, 0.05)) for i, p in enumerate(spots)]
    put("oranges", merge(oranges), orange, at=at)
    lemon = mat.fruit("lemon", "f0cf3a", "d2c83a", pits=170)
    shape = ball((0.028, 0.028, 0.036))
    tip = np.abs(shape.verts[:, 2]) / 0.036
    shape.verts[:, 2] *= 1 + 0.22 * np.maximum(tip - 0.86, 0) / 0.14
    pieces = [
        shape.moved((0.062, -0.05, 0.092), (70, 20, 40)),
        shape.moved((-0.07, 0.0, 0.125), (80, 0, -30)),
    ]
    put("lemons", merge(pieces), lemon, at=at)
    apple([at[0] + 0.055, at[1] - 0.005, at[2] + 0.15], "apple in bowl")
    green = mat.leaf("citrus leaves", "4f7d2a", "22441a", 0.3)
    leaves = [blade(0.07, 0.03, 0.3).moved((0.0, 0.01, 0.178), (10, 12, a)) for a in (35, 150, 260)]
    put("citrus leaves", merge(leaves), green, at=at)


def apple(at, name):
    """One apple with its stalk."""
    red = mat.fruit(name, "a81c1c", "d8b43c", pits=400, depth=0.0002, gloss=0.2)
    angle = np.linspace(0.0, math.pi, 26)
    radius = 0.038 * np.sin(angle) * (1 - 0.12 * np.cos(angle))
    dent = 0.012 * np.exp(-((np.sin(angle) / 0.28) ** 2))
    height = -0.034 * np.cos(angle) + np.where(angle < 1.5, dent, -dent * 1.3)
    put(name, lathe(np.stack([radius, height], 1), 48), red, at=at, turn=(8, -6, 30))
    stalk = tube([(0, 0, 0.018), (0.002, 0, 0.032), (0.008, 0.002, 0.045)], 0.0014, 7, 3)
    put(name + " stalk", stalk, mat.bark(name + " stalk"), at=at, turn=(8, -6, 30))


def bread(at):
    """A cut loaf on a board, with two slices and a knife."""
    board = mat.wood("board", "c99a62", "7d4f28", 2.0, axis=0, roughness=0.6)
    put(
        "board",
        box((0.36, 0.21, 0.018), (0, 0, 0.009)),
        board,
        bevel=0.006,
        at=at,
        turn=(0, 0, -14),
    )
    loaf = ball((0.125, 0.062, 0.055), (-0.02, 0.03, 0.064), 40, 72, lumps(4, 0.12, 9))
    for x in (-0.09, -0.05, -0.01, 0.03, 0.07):
        slash = np.exp(-(((loaf.verts[:, 0] - x - 0.3 * loaf.verts[:, 1]) / 0.006) ** 2))
        loaf.verts[:, 2] -= 0.007 * slash * (loaf.verts[:, 2] > 0.08)
    put("loaf", loaf, mat.crust("crust"), at=at, turn=(0, 0, -14))
    s = mat.Shader("crumb")
    holes = s.cells(s.warped(s.coords(), 30, 0.02), 90, "SMOOTH_F1")
    crumb = s.mix(s.range(holes, 0.18, 0.36), "b98f55", "f1dfba")
    material = s.finish(crumb, 0.95, s.bump(holes, 0.008))
    angle = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    outline = np.stack(
        [0.052 * np.cos(angle), 0.044 * np.sin(angle) * (1 - 0.2 * (np.sin(angle) < 0))], 1
    )
    from shapes import prism

    slices = [
        prism(outline, 0.014).moved((0.1, -0.035, 0.02), (4, 0, 0)),
        prism(outline, 0.014).moved((0.125, -0.02, 0.036), (-14, 12, 50)),
    ]
    put("slices", merge(slices), material, at=at, turn=(0, 0, -14), bevel=0.003)
    steel = mat.metal("steel", "c8ccd0", 0.18)
    edge = prism([(0, 0), (0.16, 0.002), (0.175, 0.02), (0, 0.026)], 0.0016)
    put("knife", edge, steel, at=(at[0] - 0.19, at[1] - 0.135, 0.012), turn=(6, 0, 8))
    grip = tube(
        [(-0.1, 0.013, 0), (-0.05, 0.015, 0.001), (0, 0.013, 0)], [0.009, 0.011, 0.008], 12, 4
    )
    put(
        "knife grip",
        grip,
        mat.wood("grip", "5a3018", "26120a", 4, 0),
        at=(at[0] - 0.19, at[1] - 0.135, 0.012),
        turn=(6, 0, 8),
    )


def candles(spots):
    """Turned brass sticks with burning candles."""
    profile = [(0.001, 0), (0.042, 0), (0.044, 0.006), (0.02, 0.014), (0.009, 0.03), (0.013, 0.05)]
    profile += [
        (0.007, 0.07),
        (0.007, 0.13),
        (0.016, 0.15),
        (0.008, 0.165),
        (0.02, 0.182),
        (0.016, 0.184),
    ]
    profile += [(0.012, 0.178), (0.001, 0.178)]
    brass = mat.metal("brass", "c99a3e", 0.22)
    wax = mat.paint("candle wax", "efe4cc", 0.45, Subsurface=0.0)
    flame = mat.lamp("flame", "ffd9a0", 9)
    for i, (at, tall) in enumerate(spots):
        put(f"candlestick {i}", lathe(profile, 56, smooth=3), brass, at=at)
        candle = lathe(
            [(0.011, 0.176), (0.0112, 0.18), (0.0105, 0.18 + tall), (0.006, 0.177 + tall)], 28
        )
        put(f"candle {i}", candle, wax, at=at)
        top = 0.178 + tall
        put(
            f"wick {i}",
            rod((0, 0, top), (0.001, 0, top + 0.01), 0.0009),
            mat.paint(f"wick {i}", "201810"),
            at=at,
        )
        fire = lathe(
            [
                (0.001, top + 0.004),
                (0.0045, top + 0.012),
                (0.0035, top + 0.022),
                (0.0004, top + 0.037),
            ],
            18,
            4,
        )
        glow = put(f"flame {i}", fire, flame, at=at)
        glow.visible_diffuse = glow.visible_glossy = glow.visible_shadow = False


def books(at):
    """Three books, one on the other, askew."""
    cloth = mat.covers("book cloth", ["7c2620", "2d4a3c", "c39a4a", "28395e"])
    paper = mat.pages("pages", 0)
    height = 0.0
    for i, (size, turn) in enumerate(
        (((0.16, 0.23, 0.034), 14), ((0.14, 0.2, 0.026), -6), ((0.12, 0.18, 0.022), 22))
    ):
        cover, block = book(*size)
        where = (at[0], at[1], at[2] + height + size[2] / 2)
        for part, material in ((cover, cloth), (block, paper)):
            flat = (
                part.moved((0, 0, -size[1] / 2))
                .moved(turn=(0, 90, 0))
                .moved(turn=(0, 0, turn + 80))
            )
            put(f"book {i}", flat, material, at=where, bevel=0.0012)
        height += size[2] + 0.0005


def cup(at):
    """A cup of coffee on its saucer with a spoon."""
    white = mat.glaze("cup glaze", "efe8da", "d9c8a8", speckle="6a4a2c")
    saucer = [
        (0.001, 0.004),
        (0.035, 0.003),
        (0.04, 0.006),
        (0.07, 0.014),
        (0.078, 0.02),
        (0.07, 0.017),
    ]
    put("saucer", lathe(saucer + [(0.03, 0.009), (0.001, 0.009)], 64, 3), white, at=at)
    body = [
        (0.001, 0.01),
        (0.024, 0.01),
        (0.03, 0.014),
        (0.042, 0.04),
        (0.044, 0.068),
        (0.041, 0.068),
    ]
    put("cup", lathe(body + [(0.038, 0.04), (0.001, 0.03)], 64, 3), white, at=at)
    coffee = lathe([(0.001, 0.0605), (0.0405, 0.0605)], 48)
    put("coffee", coffee, mat.paint("coffee", "2a1408", 0.06, 0.0001), at=at)
    ear = [
        (0.04, 0, 0.058),
        (0.06, 0, 0.06),
        (0.066, 0, 0.042),
        (0.056, 0, 0.026),
        (0.036, 0, 0.026),
    ]
    put("cup ear", tube(ear, 0.0042, 10, 6), white, at=at, turn=(0, 0, -50))
    steel = mat.metal("silver", "d8d6d0", 0.12)
    put(
        "spoon stem",
        tube(
            [(-0.01, -0.056, 0.0215), (0.05, -0.05, 0.024), (0.1, -0.035, 0.03)],
            [0.002, 0.0016, 0.003],
            8,
            5,
        ),
        steel,
        at=at,
    )
    put("spoon", ball((0.018, 0.012, 0.005), (-0.026, -0.058, 0.02)), steel, at=at)


def pepper_mill(at):
    """A turned pepper mill with a brass cap."""
    profile = [(0.001, 0), (0.03, 0), (0.031, 0.012), (0.027, 0.02), (0.025, 0.03), (0.017, 0.075)]
    profile += [
        (0.016, 0.1),
        (0.024, 0.125),
        (0.0245, 0.135),
        (0.017, 0.14),
        (0.022, 0.152),
        (0.027, 0.172),
    ]
    profile += [(0.024, 0.19), (0.012, 0.2), (0.001, 0.202)]
    beech = mat.wood("mill wood", "9a6436", "4a2812", 3.0, axis=2, roughness=0.3)
    put("pepper mill", lathe(profile, 56, 3), beech, at=at)
    put("mill knob", ball(0.008, (0, 0, 0.206)), mat.metal("mill brass", "c99a3e", 0.2), at=at)


def small_things():
    """Grapes, walnuts, eggs, wheat and crumbs."""
    rng = np.random.default_rng(21)
    grapes = [
        ball(0.011 * rng.uniform(0.85, 1.1), p, 12, 18)
        for p in rng.normal(0, 1, (46, 3)) * (0.042, 0.026, 0.010) + (0.17, 0.07, 0.022)
    ]
    put("grapes", merge(grapes), mat.fruit("grape", "3b1a3c", "6a2c52", 300, 0.0002, 0.22))
    stem = tube(
        [(0.1, 0.05, 0.03), (0.16, 0.07, 0.04), (0.22, 0.08, 0.05), (0.26, 0.1, 0.06)], 0.002, 7, 4
    )
    put("grape stem", stem, mat.bark("grape stem", "8a7a40", "4a3c1c"))
    s = mat.Shader("walnut")
    ridge = s.noise(s.coords((1, 1, 0.5)), 90, 4, 0.5, 1.5)
    shell = s.finish(s.ramp(ridge, [(0.35, "5a3a1c"), (0.6, "c09058")]), 0.7, s.bump(ridge, 0.006))
    nuts = [
        ball((0.017, 0.015, 0.016), p, 18, 26, lumps(i, 0.05))
        for i, p in enumerate([(0.02, -0.15, 0.016), (0.065, -0.13, 0.016), (0.3, -0.08, 0.016)])
    ]
    put("walnuts", merge(nuts), shell)
    crumbs = [
        ball(rng.uniform(0.0008, 0.003), (*rng.uniform((-0.4, -0.18), (0.1, 0.1)), 0.001), 5, 6)
        for _ in range(90)
    ]
    put("crumbs", merge(crumbs), mat.paint("crumbs", "b98748", 0.9))
    roots = rng.normal(0, 0.008, (26, 3)) * (1, 1, 0) + (0, 0, 0.01)
    aim = rng.normal(0, 0.16, (26, 3)) + (0.05, 0, 1)
    straw = mat.paint("straw", "c9a552", 0.7)
    put(
        "wheat",
        strands(rng, roots, aim, 0.3, 0.0011, 0.2, 0.25, sides=5),
        straw,
        at=(0.43, 0.14, 0.0),
    )
    ears = []
    for root, heading in zip(roots, aim):
        heading = heading / np.linalg.norm(heading)
        for k in range(12):
            spot = root + heading * (0.26 + 0.005 * k) - np.array([0, 0, 0.02])
            turn = direction_turn(heading + rng.normal(0, 0.3, 3))
            ears.append(blade(0.014, 0.005, 0.1, 0.6, 2).moved(spot, turn))
    put("wheat ears", merge(ears), straw, at=(0.43, 0.14, 0.0))
    pot = [
        (0.001, 0),
        (0.032, 0),
        (0.04, 0.03),
        (0.038, 0.09),
        (0.03, 0.115),
        (0.034, 0.13),
        (0.03, 0.13),
        (0.026, 0.11),
    ]
    put(
        "small crock",
        lathe(pot, 56, 3),
        mat.glaze("crock", "8a4a28", "3c2214", 0.3),
        at=(0.43, 0.14, 0.0),
    )


def room():
    """What the table stands in: plaster walls, a sideboard with plates, pictures, a curtain."""
    teal = mat.plaster("far plaster", "4d6660", "8a8468")
    put("far wall", box((9, 0.1, 4.2), (0, 3.6, 1.2)), teal)
    put("left wall", box((0.1, 6, 4.2), (-3.4, 1.5, 1.2)), teal)
    put("right wall", box((0.1, 6, 4.2), (3.2, 1.5, 1.2)), teal)
    floor = mat.wood("floor", "8a5c36", "4a2c16", axis=1)
    put("floor", planks(40, 0.16, 8, 0.03).moved((0, 2, -0.75)), floor)
    board = mat.wood("sideboard", "6d4022", "2c180c", axis=0)
    put("sideboard", box((1.9, 0.45, 0.9), (0.75, 3.28, -0.3)), board, bevel=0.01)
    doors = [box((0.42, 0.02, 0.62), (0.05 + 0.47 * i, 3.04, -0.28)) for i in range(4)]
    put("sideboard doors", merge(doors), board, bevel=0.015)
    plate = [(0.001, 0.0), (0.09, 0.0), (0.16, 0.025), (0.17, 0.03), (0.001, 0.02)]
    china = mat.glaze("china", "e8e4d8", "3a5f94", bands=0.02)
    for i, x in enumerate((0.2, 0.62, 1.05)):
        put(f"plate {i}", lathe(plate, 56, 2), china, at=(x, 3.42, 0.33), turn=(78, 0, 0))
    jar = [
        (0.001, 0),
        (0.07, 0),
        (0.11, 0.1),
        (0.1, 0.22),
        (0.05, 0.28),
        (0.055, 0.32),
        (0.001, 0.31),
    ]
    put(
        "ginger jar",
        lathe(jar, 56, 3),
        mat.glaze("ginger jar", "c8d4d8", "2c4c86", bands=0.06),
        at=(1.42, 3.2, 0.15),
    )
    frame = mat.wood("gilt", "b08a3c", "5a4016", 2)
    for i, (x, z, w, h) in enumerate(
        ((-0.75, 0.95, 0.7, 0.9), (0.6, 1.18, 1.0, 0.66), (1.7, 1.1, 0.5, 0.62))
    ):
        put(
            f"picture {i}",
            box((w, 0.02, h), (0, 0, 0)),
            mat.picture(f"picture {i}", i + 2, ["26343c", "6a7a5c", "c8a468", "dfe0d0"]),
            at=(x, 3.53, z),
        )
        rim = [box((w + 0.1, 0.05, 0.06), (0, 0, s * (h / 2 + 0.02))) for s in (-1, 1)]
        rim += [box((0.06, 0.05, h), (s * (w / 2 + 0.02), 0, 0)) for s in (-1, 1)]
        put(f"frame {i}", merge(rim), frame, at=(x, 3.52, z), bevel=0.012)
    curtain = mat.fabric("curtain", "8f3b2a", "5c2018", 0.004, fuzz=0.5)

    def folds(u, v):
        return -2.35 + u * 0.7, 3.3 + 0.06 * np.sin(u * 34 + 0.6 * np.sin(5 * v)), 2.2 - 3.0 * v

    put("curtain", grid(160, 30, folds), curtain)


def lights():
    """Morning light from a tall window on the left, a warm return from the right."""
    area_light("window", (-1.7, -0.1, 1.25), (0.05, 0.3, 0.0), (1.1, 1.5), 42, (1.0, 0.93, 0.82))
    area_light("sky window", (-2.9, 1.9, 1.6), (0.6, 2.9, 0.3), (1.0, 1.6), 60, (0.82, 0.92, 1.0))
    area_light("room", (2.4, -0.8, 1.6), (0.1, 0.4, 0.1), (1.4, 1.4), 5, (1.0, 0.76, 0.52))
    area_light("lamp", (2.4, 2.6, 1.7), (1.2, 3.5, 0.4), (0.3, 0.3), 10, (1.0, 0.68, 0.36))
    ambient((0.55, 0.62, 0.7), 0.08)


def build():
    """Build the scene; returns (camera, look)."""
    table()
    cloth()
    bottle((-0.185, -0.1, 0.0))
    jug((-0.02, 0.42, 0.004))
    fruit_bowl((0.22, 0.24, 0.004))
    bread((-0.33, 0.3, 0.0))
    candles([((-0.42, 0.62, 0.0), 0.14), ((-0.3, 0.72, 0.0), 0.09)])
    books((0.46, 0.55, 0.0))
    cup((0.24, -0.075, 0.006))
    pepper_mill((0.13, -0.02, 0.006))
    apple((0.05, 0.08, 0.046), "apple")
    small_things()
    room()
    lights()
    dome(12.0, mat.sky("outside", strength=0.3))
    return camera.place((0.06, -0.72, 0.36), (0.02, 0.3, 0.13), 50.0), LOOK
