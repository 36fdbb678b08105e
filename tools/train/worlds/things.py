# SPDX-License-Identifier: Apache-2.0
"""Things that stand about in random worlds: furniture, vessels, plants, cars, people, animals.

Every maker puts its objects at `at`, turned by `turn` degrees about the vertical, and returns nothing.
Lengths in metres; z is up.
"""

import math

import materials as mat
import numpy as np
import palette
from objects import foliage, put, tree
from shapes import Shape, ball, box, lathe, lumps, merge, prism, rod, rotation, tube


def spot(at, turn, offset):
    """The point at `offset` in the frame of something placed at `at` and turned."""
    return tuple(np.asarray(at, float) + rotation((0, 0, turn)) @ np.asarray(offset, float))


def legs(width, depth, height, radius, sides):
    x, y = width / 2 - radius * 1.5, depth / 2 - radius * 1.5
    corners = [(sx * x, sy * y) for sx in (-1, 1) for sy in (-1, 1)]
    return [rod((a, b, 0), (a, b, height), radius, sides) for a, b in corners]


def table(rng, at, turn, laden=True):
    width, depth, height = rng.uniform(0.7, 2.2), rng.uniform(0.5, 1.0), rng.uniform(0.4, 0.95)
    thick = rng.uniform(0.02, 0.06)
    parts = legs(width, depth, height, rng.uniform(0.015, 0.05), int(rng.choice([4, 12])))
    parts.append(box((width, depth, thick), (0, 0, height + thick / 2)))
    put("table", merge(parts), palette.timber(rng), False, 0.004, at, (0, 0, turn))
    for _ in range(int(rng.integers(1, 6)) if laden else 0):
        x, y = rng.uniform(-0.4, 0.4) * width, rng.uniform(-0.4, 0.4) * depth
        vessel(rng, spot(at, turn, (x, y, height + thick)), rng.uniform(0.06, 0.35))


def chair(rng, at, turn):
    width, seat, top = rng.uniform(0.38, 0.55), rng.uniform(0.4, 0.5), rng.uniform(0.75, 1.1)
    parts = legs(width, width, seat, 0.018, int(rng.choice([4, 10])))
    parts.append(box((width, width, 0.04), (0, 0, seat)))
    back = width / 2 - 0.02
    if rng.random() < 0.5:
        parts.append(box((width, 0.03, top - seat - 0.1), (0, back, (top + seat + 0.1) / 2)))
    else:
        bars = int(rng.integers(2, 7))
        for i in range(bars):
            x = (i / (bars - 1) - 0.5) * (width - 0.04)
            parts.append(rod((x, back, seat), (x * 1.05, back + 0.06, top), 0.012, 8))
        parts.append(box((width, 0.03, 0.06), (0, back + 0.06, top)))
    material = palette.timber(rng, 2) if rng.random() < 0.7 else palette.plain(rng)
    put("chair", merge(parts), material, False, 0.004, at, (0, 0, turn))


def sofa(rng, at, turn):
    width, depth = rng.uniform(0.8, 2.4), rng.uniform(0.75, 1.0)
    seat, top, arm = rng.uniform(0.36, 0.46), rng.uniform(0.7, 0.95), rng.uniform(0.12, 0.22)
    parts = [box((width, depth, seat - 0.08), (0, 0, (seat + 0.08) / 2))]
    parts.append(box((width, 0.2, top - 0.08), (0, depth / 2 - 0.1, (top + 0.08) / 2)))
    for side in (-1, 1):
        middle = (side * (width / 2 - arm / 2), 0, (seat + 0.28) / 2)
        parts.append(box((arm, depth, seat + 0.16), middle))
    cloth = palette.cloth(rng)
    put("sofa", merge(parts), cloth, True, 0.05, at, (0, 0, turn))
    for _ in range(int(rng.integers(0, 4))):
        size = rng.uniform(0.3, 0.5)
        x = rng.uniform(-0.5, 0.5) * (width - 2 * arm - size)
        pillow = ball((size / 2, 0.09, size / 2), bulge=squarish)
        turned = pillow.moved(turn=(-20, 0, rng.uniform(-20, 20)))
        where = spot(at, turn, (x, depth / 2 - 0.3, seat + size / 2))
        put("pillow", turned, palette.cloth(rng), True, 0, where, (0, 0, turn))


def squarish(unit):
    """Bulge of a pillow: corners reach out."""
    return np.power(np.abs(unit[:, 0]) ** 4 + np.abs(unit[:, 2]) ** 4 + 0.05, -0.25) * 0.7


def bed(rng, at, turn):
    width, length, height = rng.uniform(0.9, 2.0), 2.0, rng.uniform(0.4, 0.65)
    put("bed", box((width, length, height - 0.15), (0, 0, height / 2 - 0.02)), palette.timber(rng))
    last_placed(at, turn)
    cover = box((width * 1.02, length * 0.75, 0.16), (0, -length * 0.13, height))
    put("cover", cover, palette.cloth(rng), True, 0.06, at, (0, 0, turn), 1)
    board = box((width, 0.06, rng.uniform(0.7, 1.2)), (0, length / 2, 0.5))
    put("board", board, palette.timber(rng), False, 0.01, at, (0, 0, turn))
    for side in (-1, 1) if width > 1.3 else (0,):
        pillow = ball((0.32, 0.22, 0.09), bulge=None)
        where = spot(at, turn, (side * width / 4, length * 0.36, height + 0.1))
        put("pillow", pillow, palette.cloth(rng), True, 0, where, (0, 0, turn))


def last_placed(at, turn):
    """Move the object that was put last."""
    import bpy

    thing = bpy.context.scene.collection.objects[-1]
    thing.location, thing.rotation_euler = at, (0, 0, math.radians(turn))


def cabinet(rng, at, turn):
    """A sideboard, wardrobe or kitchen unit: fronts with gaps and knobs; things on top of low ones."""
    width, depth, height = rng.uniform(0.5, 2.4), rng.uniform(0.3, 0.65), rng.uniform(0.5, 2.2)
    columns, rows = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    body, front = [box((width, depth, height), (0, 0, height / 2))], []
    for i in range(columns):
        for j in range(rows):
            size = (width / columns - 0.012, 0.02, (height - 0.06) / rows - 0.012)
            x = (i + 0.5) / columns * width - width / 2
            z = 0.05 + (j + 0.5) / rows * (height - 0.06)
            front.append(box(size, (x, -depth / 2 - 0.008, z)))
            body.append(ball(0.014, (x + size[0] * 0.35, -depth / 2 - 0.03, z), 6, 8))
    material = palette.timber(rng) if rng.random() < 0.5 else palette.plain(rng)
    put("cabinet", merge(body), material, False, 0.003, at, (0, 0, turn))
    put("fronts", merge(front), material if rng.random() < 0.6 else palette.plain(rng), False)
    last_placed(at, turn)
    if height < 1.3:
        for _ in range(int(rng.integers(0, 5))):
            x = rng.uniform(-0.45, 0.45) * width
            vessel(rng, spot(at, turn, (x, 0, height)), rng.uniform(0.08, 0.4))


def shelf(rng, at, turn):
    width, depth, height = rng.uniform(0.6, 1.8), rng.uniform(0.2, 0.4), rng.uniform(1.0, 2.3)
    levels = int(rng.integers(2, 7))
    parts = [box((0.03, depth, height), (s * width / 2, 0, height / 2)) for s in (-1, 1)]
    parts += [box((width, depth, 0.025), (0, 0, height * i / levels)) for i in range(levels + 1)]
    if rng.random() < 0.7:
        parts.append(box((width, 0.015, height), (0, depth / 2, height / 2)))
    put("shelf", merge(parts), palette.timber(rng), False, 0.002, at, (0, 0, turn))
    books = []
    for level in range(levels):
        x = -width / 2 + 0.03
        while x < width / 2 - 0.06:
            thick, tall = rng.uniform(0.012, 0.05), rng.uniform(0.4, 0.85) * height / levels
            if rng.random() < 0.8:
                middle = (x + thick / 2, -0.02, height * level / levels + 0.0125 + tall / 2)
                books.append(box((thick * 0.95, depth * 0.75, tall), middle))
            x += thick if rng.random() < 0.93 else 0.15
    if books:
        stops = [palette.colour(rng) for _ in range(8)]
        put("books", merge(books), mat.covers("covers", stops), False, 0, at, (0, 0, turn))


def vessel(rng, at, height):
    """A bottle, bowl, box, ball, book or lump of `height` metres."""
    kind = rng.random()
    if kind < 0.45:
        width = height * rng.uniform(0.15, 0.9)
        radii = width * rng.uniform(0.25, 1.0, int(rng.integers(3, 7)))
        levels = np.linspace(0, height, len(radii))
        shape = lathe(list(zip(radii, levels)), 32, smooth=5)
    elif kind < 0.75:
        size = height * np.array([rng.uniform(0.3, 2.0), rng.uniform(0.2, 1.0), 1.0])
        shape = box(size, (0, 0, height / 2))
    else:
        radius = height / 2 * np.array([rng.uniform(0.7, 1.6), rng.uniform(0.7, 1.3), 1.0])
        bulge = lumps(int(rng.integers(1 << 30)), rng.uniform(0, 0.4))
        shape = ball(radius, (0, 0, height / 2), bulge=bulge)
    smooth = kind < 0.45 or kind >= 0.75
    bevel = 0.0 if smooth else height * rng.uniform(0.0, 0.06)
    turn = (0, 0, rng.uniform(0, 360))
    put("vessel", shape, palette.thing(rng), smooth, bevel, at, turn)


def lamp(rng, at, ceiling=None):
    """A standing lamp, or one that hangs from `ceiling` metres."""
    top = rng.uniform(1.3, 1.8)
    shade = lathe([(0.1, 0), (rng.uniform(0.14, 0.3), 0.01), (rng.uniform(0.08, 0.2), 0.25)], 32)
    if ceiling:
        top = ceiling - rng.uniform(0.5, 1.0)
        stand = rod((0, 0, top + 0.2), (0, 0, ceiling), 0.006)
    else:
        stand = merge(
            [rod((0, 0, 0), (0, 0, top + 0.1), 0.012), rod((0, 0, 0), (0, 0, 0.03), 0.14)]
        )
    put("stand", stand, palette.plain(rng), True, 0, at)
    glow = mat.lamp("shade", "ffe8c8", rng.uniform(0.8, 6.0))
    put("shade", shade.moved((0, 0, top)), glow, True, 0, at)


def plant(rng, at, height):
    """A pot with stems and leaves."""
    pot = rng.uniform(0.2, 0.35) * height
    shape = lathe(
        [(pot * 0.35, 0), (pot * 0.5, pot), (pot * 0.45, pot), (pot * 0.4, pot * 0.9)], 24
    )
    put("pot", shape, palette.thing(rng), True, 0, at)
    tips, stems = [], []
    for _ in range(int(rng.integers(4, 12))):
        aim = np.array([rng.normal(0, 0.5), rng.normal(0, 0.5), 1.0]) * (height - pot)
        points = [np.array([0, 0, pot * 0.8]) + aim * t * np.array([t, t, 1]) for t in (0, 0.5, 1)]
        stems.append(tube(points, 0.006 + 0.004 * height, 6, 2))
        tips += [(p, aim / np.linalg.norm(aim)) for p in points[1:]]
    put("stems", merge(stems), mat.bark("stem", "6a7a40", "30401c"), True, 0, at)
    crown = foliage(rng, tips, rng.uniform(0.12, 0.4) * height, int(rng.integers(2, 6)))
    put("leaves", crown, palette.leaves(rng), True, 0, at)


def grown(rng, at, height):
    """A tree or, if low, a bush."""
    leaf, bark = palette.leaves(rng), mat.bark("bark")
    size = rng.uniform(0.05, 0.11) * max(height, 1.5) * 0.5
    depth = 4 if height > 2 else 3
    tree("tree", rng, at, height, 0.035 * height, bark, leaf, size, depth, int(rng.integers(2, 5)))


def rock(rng, at, size):
    bulge = lumps(int(rng.integers(1 << 30)), 0.5, 9)
    radius = size * np.array([rng.uniform(0.7, 1.3), rng.uniform(0.7, 1.3), rng.uniform(0.4, 0.9)])
    material = mat.plaster("rock", palette.neutral(rng, (0.2, 0.7)), scale=2 / size, cracks=False)
    put("rock", ball(radius, bulge=bulge), material, True, 0, at, (0, 0, rng.uniform(0, 360)))


def car(rng, at, turn):
    """A body from its side outline, a cabin, four wheels, windows and lamps."""
    length, width = rng.uniform(3.6, 4.9), rng.uniform(1.6, 1.9)
    waist, roof = rng.uniform(0.8, 1.0), rng.uniform(1.35, 1.9)
    x = length / 2
    front, rear = rng.uniform(0.15, 0.45) * length, rng.uniform(0.02, 0.25) * length
    side = [(-x, 0.3), (x, 0.3), (x, 0.6), (x - 0.1, waist - 0.1), (-x, waist)]
    body = extruded(side, width)
    cabin = [(-x + rear, waist - 0.05), (x - front, waist - 0.05)]
    cabin += [(x - front - 0.5, roof), (-x + rear + 0.25, roof)]
    paint = mat.paint("paint", palette.colour(rng, (0, 0.9), (0.05, 1.0)), 0.2, 0, 9, 0.02)
    put("body", body, paint, True, 0.06, at, (0, 0, turn))
    put("cabin", extruded(cabin, width * 0.9), mat.glass("panes", "0c1216"), True, 0.06, at)
    last_placed(at, turn)
    put(
        "roof",
        box(
            (length - front - rear - 0.7, width * 0.86, 0.05), (-(front - rear) / 2 - 0.12, 0, roof)
        ),
        paint,
    )
    last_placed(at, turn)
    wheels = []
    for a in (-0.31, 0.31):
        for b in (-1, 1):
            y = b * (width / 2 - 0.08)
            wheels.append(rod((a * length, y - 0.1, 0.32), (a * length, y + 0.1, 0.32), 0.32, 24))
    put("wheels", merge(wheels), mat.paint("rubber", "181818", 0.9), False, 0.02, at, (0, 0, turn))
    lights = [
        box((0.05, 0.3, 0.12), (s * x, t * width * 0.36, 0.65)) for s in (-1, 1) for t in (-1, 1)
    ]
    put("lights", merge(lights), palette.plain(rng), False, 0, at, (0, 0, turn))


def extruded(outline, width):
    """An outline (x, z) made `width` deep along y."""
    shape = prism(outline, width)
    x, z, y = shape.verts.T
    return Shape(np.stack([x, y - width / 2, z], 1), [f[::-1] for f in shape.faces])


def limb(a, b, first, second):
    """A tapering, round-ended limb."""
    return [tube([a, b], [first, second], 14), ball(first, a, 10, 14), ball(second, b, 10, 14)]


def person(rng, at, turn, seated=False):
    """Somebody about 1.7 m tall: body, clothes, hair; looks along -y before turning."""
    hip, neck, leg = 0.92, 1.42, 0.09 * rng.uniform(0.85, 1.25)
    girth = rng.uniform(0.85, 1.3)
    trunk = ball((0.19 * girth, 0.125 * girth, 0.34), (0, 0, 1.18), 20, 24)
    hips = ball((0.19 * girth, 0.14 * girth, 0.17), (0, 0, hip), 16, 20)
    shirt, trousers, bare, hair = [trunk], [hips], [], []
    lean = np.array([rng.uniform(-0.05, 0.05), rng.uniform(-0.04, 0.04), 0])
    for side in (-1, 1):
        shoulder = np.array([side * 0.2 * girth, 0, neck - 0.06])
        swing = rng.uniform(-0.9, 0.9) if rng.random() < 0.6 else rng.uniform(-2.4, 0.2)
        out = side * rng.uniform(0.05, 0.5)
        elbow = shoulder + 0.29 * unit((out, -math.sin(-swing), -math.cos(swing)))
        wrist = elbow + 0.26 * unit((out * 0.3, -0.3 - rng.random(), rng.uniform(-1, 0.6)))
        shirt += limb(shoulder, elbow, 0.058 * girth, 0.045)
        (shirt if rng.random() < 0.5 else bare).extend(limb(elbow, wrist, 0.042, 0.03))
        bare.append(ball((0.035, 0.05, 0.06), wrist + np.array([0, -0.02, -0.04]), 10, 12))
        thigh = np.array([side * 0.095, 0, hip - 0.04])
        stride = rng.uniform(-0.35, 0.35)
        knee = thigh + 0.43 * unit(
            (side * 0.06, -stride, -1) if not seated else (side * 0.2, -1, 0)
        )
        ankle = knee + 0.43 * unit((0, max(0, stride) * 0.8, -1))
        trousers += limb(thigh, knee, leg, leg * 0.7) + limb(knee, ankle, leg * 0.68, leg * 0.5)
        bare.append(ball((0.045, 0.12, 0.045), ankle + np.array([0, -0.06, -0.03]), 10, 14))
    head = np.array([lean[0], lean[1] - 0.02, neck + 0.2])
    bare += limb(np.array([0, 0, neck - 0.02]), head, 0.06, 0.055)
    bare += [
        ball((0.078, 0.1, 0.115), head, 20, 24),
        ball((0.015, 0.025, 0.02), head - (0, 0.1, 0.01)),
    ]
    hair.append(ball((0.088, 0.105, 0.1), head + np.array([0, 0.025, 0.035]), 16, 20))
    if rng.random() < 0.4:
        hair.append(ball((0.1, 0.06, rng.uniform(0.1, 0.25)), head + np.array([0, 0.07, -0.08])))
    if rng.random() < 0.2:
        hair.append(
            lathe([(0.18, 0), (0.1, 0.01), (0.095, 0.1), (0.0, 0.12)]).moved(head + (0, 0, 0.07))
        )
    low = (0, 0, 0.48 - hip) if seated else (0, 0, 0)
    pairs = [("shirt", shirt, palette.cloth(rng)), ("trousers", trousers, palette.cloth(rng))]
    pairs += [("bare", bare, palette.skin(rng)), ("hair", hair, palette.fur(rng))]
    for name, parts, material in pairs:
        put(name, merge(parts).moved(low), material, True, 0, at, (0, 0, turn))


def unit(vector):
    vector = np.asarray(vector, float)
    return vector / np.linalg.norm(vector)


def animal(rng, at, turn, height):
    """A four-legged animal `height` metres at the shoulder; it looks along -y before turning."""
    length, body = rng.uniform(1.0, 1.5), rng.uniform(0.2, 0.3)
    sits = rng.random() < 0.35
    parts = [ball((body, length / 2, body * 1.1), (0, 0, 0.78), 20, 24)]
    parts.append(ball((body * 0.9, body * 1.2, body * 1.2), (0, -length * 0.3, 0.8)))
    for x in (-0.13, 0.13):
        for y in (-0.36, 0.36):
            top, foot = (x, y * length, 0.65), (x, y * length - rng.uniform(-0.1, 0.1), 0.03)
            if not (sits and y > 0):
                parts += limb(np.array(top), np.array(foot), 0.11, 0.05)
    head = np.array([rng.uniform(-0.2, 0.2), -length * 0.5 - 0.25, rng.uniform(0.8, 1.25)])
    parts += limb(np.array([0, -length * 0.4, 0.85]), head, body * 0.75, 0.14)
    parts += [
        ball((0.17, 0.2, 0.17), head),
        ball((0.08, rng.uniform(0.12, 0.22), 0.08), head - (0, 0.2, 0.05)),
    ]
    ear = rng.uniform(0.1, 0.25)
    for x in (-0.1, 0.1):
        parts.append(ball((0.05, 0.03, ear), head + np.array([x, 0.03, 0.15 + ear * 0.4]), 10, 12))
    tail = np.array([0, length * 0.5, 0.85])
    end = tail + np.array([rng.normal(0, 0.2), 0.4, rng.uniform(-0.5, 0.4)])
    parts += limb(tail, end, 0.05, 0.025)
    shape = merge(parts)
    if sits:
        shape = shape.moved((0, 0, -0.15), (-28, 0, 0))
    put("animal", shape.moved(scale=height), palette.fur(rng), True, 0, at, (0, 0, turn))
    if rng.random() < 0.5:
        black = mat.paint("black", "101010", 0.2)
        spots = [ball(0.035, head + np.array([x, -0.16, 0.06]), 8, 10) for x in (-0.08, 0.08)]
        spots.append(ball(0.05, head - (0, 0.36, 0.03), 8, 10))
        face = merge(spots)
        face = face.moved((0, 0, -0.15), (-28, 0, 0)) if sits else face
        put("face", face.moved(scale=height), black, True, 0, at, (0, 0, turn))


def post(rng, at, height):
    """A lamp post, sign or bollard."""
    parts = [rod((0, 0, 0), (0, 0, height), rng.uniform(0.03, 0.09))]
    if rng.random() < 0.5:
        parts.append(tube([(0, 0, height), (0, -0.4, height + 0.3), (0, -1.0, height + 0.3)], 0.03))
        parts.append(box((0.2, 0.5, 0.1), (0, -1.1, height + 0.27)))
    else:
        size = rng.uniform(0.3, 0.9)
        parts.append(box((size, 0.02, size * rng.uniform(0.5, 1.2)), (0, -0.05, height - size / 2)))
    put("post", merge(parts), palette.plain(rng), True, 0, at, (0, 0, rng.uniform(0, 360)))


def fence(rng, start, end):
    """Boards or bars between two points."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    height, step = rng.uniform(0.7, 1.8), rng.uniform(0.12, 0.4)
    count = min(80, max(2, int(np.linalg.norm(b - a) / step)))
    radius = rng.uniform(0.012, 0.05)
    parts = [
        rod(a + (b - a) * t, a + (b - a) * t + (0, 0, height), radius, 6)
        for t in np.linspace(0, 1, count)
    ]
    parts += [rod(a + (0, 0, height * s), b + (0, 0, height * s), radius, 6) for s in (0.2, 0.85)]
    put("fence", merge(parts), palette.timber(rng, 2) if rng.random() < 0.6 else palette.plain(rng))
