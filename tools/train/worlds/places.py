# SPDX-License-Identifier: Apache-2.0
"""Random places: each function builds one world around the camera that it makes, and lights it.

Every function takes a numpy generator and returns {"exposure": stops, "closed": whether there is
no sky}. Lengths in metres; z is up.
"""

import math

import camera as cameras
import materials as mat
import numpy as np
import palette
import things
from objects import ambient, area_light, dome, foliage, put, sun
from shapes import (
    ball,
    blade,
    box,
    direction_turn,
    grid,
    lathe,
    merge,
    rod,
    scatter,
    tube,
)


def look_from(eye, yaw, pitch, fov):
    """The camera at `eye`; yaw 0 looks along +y, pitch > 0 upwards; degrees."""
    a, b = math.radians(yaw), math.radians(pitch)
    aim = np.array([math.sin(a) * math.cos(b), math.cos(a) * math.cos(b), math.sin(b)])
    return cameras.place(eye, np.asarray(eye, float) + aim, fov)


def daylight(rng):
    """A sky dome with sun or clouds."""
    dome(rng.uniform(150, 900), palette.sky(rng))
    cloudy = rng.random() < 0.4
    low = rng.uniform(0.12, 1.2)
    turn = rng.uniform(0, 2 * math.pi)
    sun((math.cos(turn), math.sin(turn), -low), 0.6 if cloudy else rng.uniform(2, 4.5))
    ambient((0.75, 0.85, 1.0), rng.uniform(0.6, 1.2) * (1.4 if cloudy else 0.6))


# ---- rooms and corridors ----------------------------------------------------------------------


def shell(rng, width, length, height, ceiling=True):
    """Floor, four walls with skirting, ceiling; x in +-width/2, y in 0..length."""
    put("floor", box((width, length, 0.1), (0, length / 2, -0.05)), palette.floor(rng), False)
    if ceiling:
        white = mat.paint("ceiling", palette.neutral(rng, (0.75, 1.0)), 0.8)
        put("ceiling", box((width, length, 0.1), (0, length / 2, height + 0.05)), white, False)
    side, end = palette.wall(rng), palette.wall(rng)
    end = side if rng.random() < 0.6 else end
    for s in (-1, 1):
        wall = box((0.1, length, height), (s * (width / 2 + 0.05), length / 2, height / 2))
        put("wall", wall, side, False)
    for y in (-0.05, length + 0.05):
        put("wall", box((width + 0.2, 0.1, height), (0, y, height / 2)), end, False)
    if rng.random() < 0.7:
        boards = [
            box((0.03, length, 0.1), (s * (width / 2 - 0.015), length / 2, 0.05)) for s in (-1, 1)
        ]
        boards.append(box((width, 0.03, 0.1), (0, length - 0.015, 0.05)))
        put("skirting", merge(boards), palette.plain(rng), False)


def on_wall(rng, width, length, what):
    """A place on one of three walls: centre, turn (its front looks into the room)."""
    side = int(rng.integers(3))
    if side == 2:
        x = rng.uniform(-0.5, 0.5) * max(width - what, 0.1)
        return np.array([x, length - 0.012, 0]), 0
    y = what / 2 + rng.random() * max(length - what, 0.1)
    s = 1 if side else -1
    return np.array([s * (width / 2 - 0.012), y, 0]), -90 * s


def door(rng, at, turn):
    wide, high = rng.uniform(0.75, 1.0), rng.uniform(1.95, 2.15)
    frame = [box((0.09, 0.08, high + 0.08), (s * (wide / 2 + 0.04), 0, high / 2)) for s in (-1, 1)]
    frame.append(box((wide + 0.17, 0.08, 0.09), (0, 0, high + 0.04)))
    put("frame", merge(frame), palette.plain(rng), False, 0.004, at, (0, 0, turn))
    leaf = [box((wide, 0.03, high), (0, 0, high / 2))]
    for _ in range(int(rng.integers(0, 3))):
        z = rng.uniform(0.3, 0.8) * high
        leaf.append(box((wide * 0.6, 0.045, rng.uniform(0.2, 0.5)), (0, 0, z)))
    leaf.append(rod((wide * 0.4, -0.06, 1.0), (wide * 0.28, -0.06, 1.0), 0.012))
    material = palette.timber(rng, 2) if rng.random() < 0.5 else palette.plain(rng)
    put("door", merge(leaf), material, False, 0.003, at, (0, 0, turn))


def window(rng, at, turn, height):
    """A bright pane with bars, a sill and perhaps curtains; also the room's light."""
    wide, high = rng.uniform(0.6, 2.4), rng.uniform(0.7, 1.5)
    sill = min(rng.uniform(0.7, 1.1), height - high - 0.1)
    middle = sill + high / 2
    glow = mat.lamp("day", palette.colour(rng, (0, 0.25), (0.9, 1.0), 0.58), rng.uniform(1, 9))
    put("pane", box((wide, 0.01, high), (0, 0.005, middle)), glow, False, 0, at, (0, 0, turn))
    bars = [box((0.06, 0.07, high + 0.1), (s * wide / 2, 0, middle)) for s in (-1, 0, 1)]
    bars += [box((wide + 0.1, 0.07, 0.06), (0, 0, middle + s * high / 2)) for s in (-1, 1)]
    bars.append(box((wide + 0.2, 0.25, 0.03), (0, -0.08, sill - 0.03)))
    put("bars", merge(bars), palette.plain(rng), False, 0.003, at, (0, 0, turn))
    inside = things.spot(at, turn, (0, -0.15, middle))
    target = things.spot(at, turn, (0, -3, middle - 0.8))
    area_light("day", inside, target, (wide, high), rng.uniform(15, 90) * wide * high)
    if rng.random() < 0.5:
        hang = rng.uniform(0.3, 0.7) * wide
        low = rng.choice([0.03, sill - 0.1])
        for s in (-1, 1):
            fold = grid(
                40,
                2,
                lambda u, v: (
                    s * (wide / 2 + 0.1) - s * u * hang,
                    0.03 * np.sin(u * 50) - 0.12,
                    low + v * (middle + high / 2 + 0.15 - low),
                ),
            )
            put("curtain", fold, palette.cloth(rng), True, 0, at, (0, 0, turn))


def picture(rng, at, turn):
    wide, high, z = rng.uniform(0.25, 1.3), rng.uniform(0.25, 0.9), rng.uniform(1.3, 1.7)
    put(
        "frame",
        box((wide + 0.06, 0.03, high + 0.06), (0, 0, z)),
        palette.plain(rng),
        False,
        0,
        at,
        (0, 0, turn),
    )
    art = mat.picture("art", rng.uniform(0, 9), [palette.colour(rng) for _ in range(4)])
    put("art", box((wide, 0.04, high), (0, 0, z)), art, False, 0, at, (0, 0, turn))


def ceiling_light(rng, width, length, height, watts):
    colour = (1.0, rng.uniform(0.8, 1.0), rng.uniform(0.6, 1.0))
    middle = (0, length / 2, height - 0.08)
    area_light("ceiling", middle, (0, length / 2, 0), (width * 0.6, length * 0.6), watts, colour)


def furnish(rng, width, length, amount):
    """Furniture along the walls and in the middle, at least 0.9 m from the camera's end."""
    along = [things.cabinet, things.sofa, things.shelf, things.bed, things.table, things.cabinet]
    for _ in range(int(rng.integers(amount, 2 * amount + 1))):
        make = along[int(rng.integers(len(along)))]
        at, turn = on_wall(rng, width, length, 1.6)
        inward = 1.0 if make is things.bed else 0.4
        at = np.array(things.spot(at, turn, (0, -inward, 0)))
        if at[1] > 1.2:
            make(rng, at, turn)
    for _ in range(int(rng.integers(0, amount + 1))):
        at = (rng.uniform(-0.3, 0.3) * width, rng.uniform(1.3, max(1.4, length - 0.7)), 0)
        make = [things.chair, things.table, things.chair, things.sofa][int(rng.integers(4))]
        make(rng, at, rng.uniform(0, 360))


def room(rng):
    width, length, height = rng.uniform(2.4, 7), rng.uniform(2.6, 8), rng.uniform(2.2, 3.3)
    shell(rng, width, length, height)
    for _ in range(int(rng.integers(0, 3))):
        window(rng, *on_wall(rng, width, length, 2.4), height)
    for _ in range(int(rng.integers(0, 3))):
        door(rng, *on_wall(rng, width, length, 1.1))
    for _ in range(int(rng.integers(0, 5))):
        picture(rng, *on_wall(rng, width, length, 1.2))
    furnish(rng, width, length, int(rng.integers(1, 5)))
    if rng.random() < 0.5:
        rug = box((rng.uniform(1, 2.5), rng.uniform(1, 3), 0.015), (0, length * 0.55, 0.008))
        put("rug", rug, palette.cloth(rng), False)
    if rng.random() < 0.5:
        things.plant(
            rng, (rng.uniform(-0.45, 0.45) * width, length * 0.85, 0), rng.uniform(0.5, 1.6)
        )
    if rng.random() < 0.6:
        hung = height if rng.random() < 0.6 else None
        things.lamp(
            rng, (rng.uniform(-0.35, 0.35) * width, rng.uniform(0.4, 0.9) * length, 0), hung
        )
    if rng.random() < 0.3:
        at = (rng.uniform(-0.3, 0.3) * width, rng.uniform(0.35, 0.8) * length, 0)
        things.person(rng, at, rng.uniform(-180, 180))
    ceiling_light(rng, width, length, height, rng.uniform(2, 14) * width * length)
    ambient((1, 0.97, 0.92), rng.uniform(0.02, 0.2))
    eye = (rng.uniform(-0.35, 0.35) * width, rng.uniform(0.15, 0.6), rng.uniform(0.8, 1.8))
    yaw = rng.normal(0, 25) - 12 * np.sign(eye[0])
    look_from(eye, yaw, rng.normal(-8, 9), rng.uniform(42, 95))
    return {"exposure": rng.uniform(-0.6, 0.8), "closed": True}


def corridor(rng):
    width, length, height = rng.uniform(1.1, 3.6), rng.uniform(6, 45), rng.uniform(2.2, 3.4)
    shell(rng, width, length, height)
    step = rng.uniform(1.8, 5)
    for s in (-1, 1):
        y = rng.uniform(1.5, 3.5)
        while y < length - 1 and rng.random() < 0.96:
            at, turn = np.array([s * (width / 2 - 0.012), y, 0]), -90 * s
            make = [door, door, door, picture][int(rng.integers(4))]
            make(rng, at, turn)
            y += step * rng.uniform(0.7, 1.4)
    bright, spacing = rng.uniform(2, 12), rng.uniform(1.5, 5)
    tubes = [
        box((rng.uniform(0.15, 0.6), rng.uniform(0.6, 1.4), 0.03), (0, y, height - 0.015))
        for y in np.arange(1.5, length, spacing)
    ]
    put("lights", merge(tubes), mat.lamp("tube", "f4f4ff", bright), False)
    for y in np.arange(1.5, length, max(spacing, length / 6)):
        area_light("tube", (0, y, height - 0.05), (0, y, 0), (0.4, 1.2), rng.uniform(20, 70))
    for _ in range(int(rng.integers(0, 5))):
        s, y = rng.choice([-1, 1]), rng.uniform(2, length * 0.7)
        make = [things.cabinet, things.chair, things.plant, things.shelf][int(rng.integers(4))]
        at, turn = (s * (width / 2 - 0.25), y, 0), -90 * s
        make(rng, at, rng.uniform(0.6, 1.4)) if make is things.plant else make(rng, at, turn)
    for _ in range(int(rng.integers(0, 3)) if rng.random() < 0.4 else 0):
        things.person(
            rng,
            (rng.uniform(-0.3, 0.3) * width, rng.uniform(2, length * 0.8), 0),
            rng.uniform(0, 360),
        )
    ambient((1, 1, 1), rng.uniform(0.05, 0.25))
    eye = (rng.uniform(-0.3, 0.3) * width, rng.uniform(0.2, 0.8), rng.uniform(0.9, 1.7))
    look_from(eye, rng.normal(0, 14), rng.normal(-3, 8), rng.uniform(45, 85))
    return {"exposure": rng.uniform(-0.6, 0.8), "closed": True}


def office(rng):
    """An aisle between partitions, rows of lockers and desks, in a wide hall with columns."""
    width, length, height = rng.uniform(4, 14), rng.uniform(8, 40), rng.uniform(2.4, 4.5)
    shell(rng, width, length, height)
    aisle, panel, tall = rng.uniform(0.6, 1.3), palette.wall(rng), rng.uniform(1.1, 2.1)
    for s in (-1, 1):
        y = rng.uniform(0.4, 3)
        while y < length - 2:
            at, run = (s * (aisle + rng.uniform(0, 0.5)), y, 0), rng.uniform(0.8, 3)
            kind = int(rng.integers(5))
            if kind == 0:
                rack(rng, at, s, run)
            elif kind < 3:
                screen = [box((0.06, run, tall), (at[0], y + run / 2, tall / 2))]
                screen.append(box((run, 0.06, tall), (at[0] + s * run / 2, y, tall / 2)))
                put("partition", merge(screen), panel, False, 0.004)
            elif kind == 3:
                things.table(rng, (at[0] + 0.8 * s, y + 0.8, 0), 90 * s)
                things.chair(rng, (at[0] + 0.6 * s, y + 0.8, 0), rng.uniform(0, 360))
            else:
                column = box((0.4, 0.4, height), (at[0] + 0.3 * s, y, height / 2))
                put("column", column, palette.plain(rng), False, 0.01)
            y += run + rng.choice([0.0, rng.uniform(0.3, 3)])
    for y in np.arange(1.5, length, max(2.0, length / 6)):
        area_light("tube", (0, y, height - 0.05), (0, y, 0), (width / 3, 0.6), 25 * width)
    tubes = [
        box((0.3, 1.2, 0.03), (x, y, height - 0.015))
        for x in np.arange(-width / 2 + 1, width / 2, 2.4)
        for y in np.arange(1.5, length, 2.7)
    ]
    put("lights", merge(tubes), mat.lamp("tube", "f4f4ff", rng.uniform(2, 10)), False)
    ambient((1, 1, 1), rng.uniform(0.05, 0.25))
    eye = (rng.uniform(-0.7, 0.7) * aisle, rng.uniform(0.2, 0.8), rng.uniform(0.9, 1.8))
    look_from(eye, rng.normal(0, 16), rng.normal(-4, 8), rng.uniform(45, 85))
    return {"exposure": rng.uniform(-0.6, 0.8), "closed": True}


def rack(rng, at, side, run):
    """Lockers in a row along y, their fronts towards x = 0, from `at` on."""
    deep, high, wide = rng.uniform(0.35, 0.6), rng.uniform(1.2, 2.2), rng.uniform(0.3, 0.9)
    body, front = [], []
    for i in range(max(1, int(run / wide))):
        y = at[1] + (i + 0.5) * wide
        body.append(box((deep, wide, high), (at[0] + side * deep / 2, y, high / 2)))
        front.append(box((0.02, wide - 0.02, high - 0.08), (at[0] - side * 0.008, y, high / 2)))
        body.append(rod((at[0] - side * 0.03, y, 1.0), (at[0] - side * 0.03, y, 1.12), 0.01))
    material = palette.plain(rng)
    put("lockers", merge(body), material, False, 0.002)
    put("fronts", merge(front), material if rng.random() < 0.7 else palette.plain(rng), False)


# ---- out of doors -----------------------------------------------------------------------------


def house(rng, at, turn, width, height, depth=10.0):
    """A box with rows of windows and a door in its front, perhaps a roof; the front looks along -y."""
    material = palette.facade(rng)
    put(
        "house",
        box((width, depth, height), (0, depth / 2, height / 2)),
        material,
        False,
        0,
        at,
        (0, 0, turn),
    )
    floors, columns = max(1, int(height / rng.uniform(2.7, 3.6))), max(
        1, int(width / rng.uniform(1.8, 3.5))
    )
    wide, high = rng.uniform(0.35, 0.8) * width / columns, rng.uniform(0.4, 0.75) * height / floors
    panes, frames = [], []
    for i in range(columns):
        for j in range(floors):
            x, z = (i + 0.5) / columns * width - width / 2, (j + 0.55) / floors * height
            if j == 0 and rng.random() < 0.2:
                z = high * 0.55
            panes.append(box((wide, 0.04, high), (x, -0.005, z)))
            frames += [box((wide + 0.12, 0.12, 0.1), (x, -0.02, z + s * high / 2)) for s in (-1, 1)]
            frames += [box((0.1, 0.12, high), (x + s * wide / 2, -0.02, z)) for s in (-1, 0, 1)]
    put("panes", merge(panes), mat.glass("panes", palette.neutral(rng, (0.03, 0.3))), False)
    things.last_placed(at, turn)
    put("frames", merge(frames), palette.plain(rng), False, 0, at, (0, 0, turn))
    if rng.random() < 0.6:
        rise = rng.uniform(0.2, 0.6) * min(width, depth)
        x, y = width / 2 + 0.3, depth + 0.3
        outline = [(-0.3, height), (y, height), (depth / 2, height + rise)]
        roof = things.extruded(outline, 2 * x).moved(turn=(0, 0, 90), scale=1.0)
        tiles = mat.paint(
            "tiles", palette.colour(rng, (0.1, 0.7), (0.15, 0.6), 0.04), 0.8, 0.004, 30
        )
        put("roof", roof, tiles, False, 0, at, (0, 0, turn))


def street(rng):
    half, walk = rng.uniform(2.5, 7), rng.uniform(1.0, 4)
    length = rng.uniform(40, 140)
    far = 400
    ground = palette.meadow(rng) if rng.random() < 0.4 else palette.roadway(rng)
    put("ground", box((2 * far, 2 * far, 1), (0, 0, -0.52)), ground, False)
    put("road", box((2 * half, far + 20, 0.02), (0, far / 2, -0.01)), palette.roadway(rng), False)
    paths = [box((walk, far + 20, 0.14), (s * (half + walk / 2), far / 2, 0.05)) for s in (-1, 1)]
    put("paths", merge(paths), palette.roadway(rng), False, 0.02)
    if rng.random() < 0.6:
        marks = [box((0.12, 2, 0.01), (0, y, 0.006)) for y in np.arange(-2, length, 6)]
        put("marks", merge(marks), mat.paint("white", "e8e8e0", 0.7), False)
    dense = rng.random()
    for s in (-1, 1):
        y, back = rng.uniform(-8, 4), half + walk + rng.uniform(0, 6) * (rng.random() < 0.5)
        while y < length:
            width = rng.uniform(5, 18)
            if rng.random() < 0.35 + 0.6 * dense:
                at = (s * back, y + width / 2, 0)
                house(rng, at, -90 * s, width, rng.uniform(3, 16))
            y += width + (rng.uniform(0, 9) if rng.random() < 0.5 else 0.02)
        for y in np.arange(rng.uniform(3, 12), length, rng.uniform(6, 25)):
            if rng.random() < 0.5 and y < 60:
                things.grown(rng, (s * (half + walk * 0.7), y, 0.1), rng.uniform(2.5, 8))
        for y in np.arange(rng.uniform(4, 12), length, rng.uniform(9, 30)):
            things.post(rng, (s * (half + 0.3), y, 0.1), rng.uniform(2, 7))
        y = rng.uniform(3, 20)
        while y < length * 0.8:
            if rng.random() < 0.6:
                things.car(rng, (s * (half - 1.1), y, 0), 90 + rng.choice([0, 180]))
            y += rng.uniform(5.5, 25)
    for _ in range(int(rng.integers(0, 3))):
        things.car(
            rng, (rng.uniform(-0.4, 0.4) * half, rng.uniform(7, 60), 0), 90 + rng.normal(0, 8)
        )
    for _ in range(int(rng.integers(0, 6))):
        x = (
            rng.choice([-1, 1]) * (half + rng.uniform(0.2, walk))
            if rng.random() < 0.8
            else rng.uniform(-2, 2)
        )
        things.person(rng, (x, rng.uniform(3, 30), 0.1), rng.uniform(0, 360))
    daylight(rng)
    on_path = rng.random() < 0.4
    x = rng.choice([-1, 1]) * (half + walk / 2) if on_path else rng.uniform(-0.5, 0.5) * half
    eye = (x, rng.uniform(-1, 1), rng.uniform(1.2, 2.2))
    look_from(eye, rng.normal(0, 10 if not on_path else 18), rng.normal(-2, 4), rng.uniform(45, 95))
    return {"exposure": rng.uniform(-0.6, 0.6), "closed": False}


def facade(rng):
    """One building, often from below."""
    put("ground", box((600, 600, 1), (0, 0, -0.5)), palette.roadway(rng), False)
    width, height, far = rng.uniform(8, 40), rng.uniform(6, 45), rng.uniform(6, 35)
    house(rng, (rng.uniform(-4, 4), far, 0), rng.normal(0, 22), width, height)
    if rng.random() < 0.6:
        for s in (-1, 1):
            house(
                rng,
                (s * (width / 2 + 14), far + rng.uniform(-4, 12), 0),
                rng.normal(0, 10),
                20,
                rng.uniform(5, 30),
            )
    for _ in range(int(rng.integers(0, 4))):
        things.grown(
            rng, (rng.uniform(-0.6, 0.6) * far, rng.uniform(0.4, 0.9) * far, 0), rng.uniform(2, 7)
        )
    for _ in range(int(rng.integers(0, 3))):
        things.car(
            rng,
            (rng.uniform(-0.5, 0.5) * far, rng.uniform(0.5, 0.85) * far, 0),
            rng.uniform(0, 360),
        )
    daylight(rng)
    look_from((0, 0, 1.6), rng.normal(0, 12), rng.uniform(0, 32), rng.uniform(45, 85))
    return {"exposure": rng.uniform(-0.5, 0.5), "closed": False}


def hills(rng, size, rough):
    """Ground (x, y) -> height, flat near the camera."""
    waves = [
        (rng.normal(0, 1, 2) / rng.uniform(6, size / 3), rng.uniform(0, 6.3)) for _ in range(9)
    ]
    amount = rng.uniform(0, rough, len(waves))

    def height(x, y):
        total = sum(a * np.sin(k[0] * x + k[1] * y + p) for (k, p), a in zip(waves, amount))
        away = np.clip(np.hypot(x, y) / (0.4 * size), 0, 1)
        return total * away * away * (3 - 2 * away)

    return height


def park(rng):
    """Meadow or trail with trees, rocks, people and animals; hills far off."""
    size = rng.uniform(60, 300)
    height = hills(rng, size, rng.uniform(0.2, 0.06 * size))
    place = lambda u, v: (  # noqa: E731
        (u - 0.5) * 2 * size,
        (v * 1.5 - 0.5) * size,
        height((u - 0.5) * 2 * size, (v * 1.5 - 0.5) * size),
    )
    put("ground", grid(120, 90, place), palette.meadow(rng))
    put("beyond", box((3000, 3000, 1), (0, 0, -3)), palette.meadow(rng), False)
    if rng.random() < 0.4:
        turn = rng.uniform(-0.2, 0.2)
        path = grid(
            4,
            80,
            lambda u, v: (
                (u - 0.5) * 2.4 + turn * (v * 60) + 2 * np.sin(v * 5),
                v * 60 - 3,
                0.03 + height((u - 0.5) * 2 + turn * v * 60, v * 60 - 3),
            ),
        )
        put("path", path, palette.roadway(rng))
    for _ in range(int(rng.integers(3, 22))):
        y = rng.uniform(2.5, 0.5 * size) if rng.random() < 0.5 else rng.uniform(3, 20)
        x = rng.uniform(-0.9, 0.9) * (y + 1)
        at = (x, y, float(height(x, y)) - 0.05)
        kind = rng.random()
        if kind < 0.55:
            things.grown(rng, at, rng.uniform(0.5, 9))
        elif kind < 0.8:
            things.rock(rng, at, rng.uniform(0.2, 2.0))
        elif kind < 0.9:
            things.person(rng, at, rng.uniform(0, 360))
        else:
            things.animal(rng, at, rng.uniform(0, 360), rng.uniform(0.4, 1.6))
    if rng.random() < 0.3:
        y = rng.uniform(3, 15)
        things.fence(
            rng, (-y, y, float(height(-y, y))), (y, y * rng.uniform(0.8, 2), float(height(y, y)))
        )
    if rng.random() < 0.3:
        house(
            rng,
            (rng.uniform(-10, 10), rng.uniform(12, 40), 0),
            rng.normal(0, 30),
            rng.uniform(6, 14),
            rng.uniform(3, 7),
        )
    daylight(rng)
    look_from(
        (0, 0, rng.uniform(0.5, 1.9)), rng.normal(0, 12), rng.normal(-3, 6), rng.uniform(35, 85)
    )
    return {"exposure": rng.uniform(-0.6, 0.6), "closed": False}


# ---- near things ------------------------------------------------------------------------------


def backdrop(rng, distance):
    """What stands behind near things: a wall, a whole room, or the open. True if closed."""
    kind = rng.random()
    if kind < 0.35:
        put("wall", box((40, 0.1, 20), (0, distance, 5)), palette.wall(rng), False)
    elif kind < 0.7:
        length = distance + rng.uniform(0.5, 4)
        width = rng.uniform(2.5, 6)
        put(
            "floor",
            box((width, length + 3, 0.1), (0, length / 2 - 1, -0.05)),
            palette.floor(rng),
            False,
        )
        put("wall", box((width, 0.1, 3), (0, length, 1.5)), palette.wall(rng), False)
        side = palette.wall(rng)
        for s in (-1, 1):
            put(
                "wall", box((0.1, length + 3, 3), (s * width / 2, length / 2 - 1, 1.5)), side, False
            )
            at = (s * (width / 2 - 0.4), rng.uniform(0.7, 1.0) * length - 0.3, 0)
            [things.shelf, things.cabinet, things.sofa][int(rng.integers(3))](rng, at, -90 * s)
        picture(rng, np.array([rng.uniform(-1, 1), length - 0.06, 0]), 0)
    else:
        put("ground", box((900, 900, 1), (0, 0, -0.5)), palette.meadow(rng), False)
        for _ in range(int(rng.integers(1, 9))):
            y = distance + rng.uniform(0.5, 25)
            things.grown(rng, (rng.uniform(-0.8, 0.8) * y, y, 0), rng.uniform(1, 8))
        daylight(rng)
        return False
    for _ in range(2):
        at = (rng.uniform(-2, 2), rng.uniform(-2, 0.3), rng.uniform(1.5, 3))
        size = rng.uniform(0.4, 2.0)
        area_light("key", at, (0, distance / 2, 0.6), (size, size), rng.uniform(15, 140))
    ambient((1, 1, 1), rng.uniform(0.1, 0.6))
    return True


def tabletop(rng):
    """Things on a table, near; sometimes seen from straight above."""
    top = rng.uniform(0.6, 0.9)
    width, depth = rng.uniform(0.7, 2.5), rng.uniform(0.5, 1.1)
    slab = box((width, depth, 0.04), (0, 0.2 + depth / 2, top - 0.02))
    put("table", slab, palette.timber(rng) if rng.random() < 0.6 else palette.cloth(rng), False)
    closed = backdrop(rng, 0.5 + depth + rng.uniform(0, 3))
    scale = rng.uniform(0.3, 1.0)
    for _ in range(int(rng.choice([1, 1, 2, 3, 5, 8, 12]))):
        at = (rng.uniform(-0.4, 0.4) * min(width, 1.2), 0.3 + rng.uniform(0.1, 0.8) * depth, top)
        if rng.random() < 0.12:
            things.plant(rng, at, rng.uniform(0.15, 0.5))
        else:
            things.vessel(rng, at, scale * rng.uniform(0.08, 0.4))
    middle = np.array([rng.uniform(-0.15, 0.15), 0.3 + depth / 2, top + rng.uniform(0, 0.15)])
    steep = rng.uniform(60, 88) if rng.random() < 0.2 else rng.uniform(3, 50)
    away = rng.uniform(0.35, 1.0)
    turn = rng.normal(0, 20)
    tilt, spin = math.radians(steep), math.radians(turn)
    eye = middle + away * np.array(
        [-math.sin(spin) * math.cos(tilt), -math.cos(spin) * math.cos(tilt), math.sin(tilt)]
    )
    look_from(eye, turn, -steep + rng.normal(0, 3), rng.uniform(30, 65))
    return {"exposure": rng.uniform(-0.6, 0.7), "closed": closed}


def portrait(rng):
    """Somebody or an animal near the camera, before a wall, a room or the open."""
    away = float(np.exp(rng.uniform(math.log(0.45), math.log(3.5))))
    closed = backdrop(rng, away + rng.uniform(0.4, 4))
    kind = rng.random()
    if kind < 0.55:
        for i in range(int(rng.choice([1, 1, 1, 2, 3, 5]))):
            at = (
                rng.uniform(-0.25, 0.25) * away + 0.5 * i * rng.choice([-1, 1]),
                away + rng.uniform(-0.1, 0.5) * i,
                0,
            )
            things.person(rng, at, rng.normal(0, 50))
        high = rng.uniform(1.4, 1.7) if away < 1.2 else rng.uniform(0.8, 1.6)
    else:
        size = rng.uniform(0.25, 0.9)
        away = max(away * size, 0.45)
        things.animal(rng, (rng.uniform(-0.1, 0.1), away + 0.5 * size, 0), rng.normal(0, 70), size)
        high = size * (rng.uniform(0.6, 1.6) if rng.random() < 0.6 else rng.uniform(1.6, 3.5))
    if rng.random() < 0.3:
        things.vessel(
            rng, (rng.uniform(-0.3, 0.3) * away, 0.7 * away, 0), rng.uniform(0.2, 0.6) * high
        )
    if kind < 0.55:
        target = rng.uniform(1.4, 1.65) if away < 1.2 else rng.uniform(1.1, 1.6)
    else:
        target = size * rng.uniform(0.5, 1.1)
    pitch = math.degrees(math.atan2(target - high, away)) + rng.normal(0, 4)
    look_from((0, 0, high), rng.normal(0, 6), pitch, rng.uniform(32, 70))
    return {"exposure": rng.uniform(-0.6, 0.7), "closed": closed}


def blossom(rng, at, size, facing):
    """A flower `size` metres wide that looks along `facing`."""
    petals = int(rng.integers(4, 15))
    petal = blade(size / 2, size * rng.uniform(0.12, 0.35), rng.uniform(-0.3, 0.6), 0.2)
    lean = rng.uniform(0.0, 0.8)
    spin = np.arange(petals) * 2 * math.pi / petals
    out = direction_frame(facing)
    aims = [out @ (math.cos(t), math.sin(t), lean * rng.uniform(0.7, 1.3)) for t in spin]
    turns = [direction_turn(a / np.linalg.norm(a)) for a in aims]
    hue = rng.choice([0.0, 0.1, 0.15, 0.6, 0.75, 0.85, 0.93]) + rng.normal(0, 0.02)
    light = palette.colour(rng, (0.0, 0.9), (0.6, 1.0), hue)
    crown = scatter(petal, [np.asarray(at)] * petals, turns, [1.0] * petals)
    put("petals", crown, mat.leaf("petal", light, palette.colour(rng, (0.3, 1), (0.3, 0.9), hue)))
    put("middle", ball(size * rng.uniform(0.06, 0.16), at), palette.thing(rng))


def direction_frame(facing):
    """Columns: two directions across `facing`, and `facing`."""
    facing = np.asarray(facing, float) / np.linalg.norm(facing)
    side = np.cross(facing, (0, 0, 1) if abs(facing[2]) < 0.9 else (1, 0, 0))
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(facing, side), facing], axis=1)


def flowers(rng):
    """Blossoms on leafy stems, perhaps before a bank of leaves, near the camera."""
    count, stems, tips = int(rng.choice([1, 1, 2, 3, 6, 12])), [], []
    for i in range(count):
        away = rng.uniform(0.35, 0.6 if i == 0 else 1.3)
        aside, up = rng.normal(0, 0.08 if i == 0 else 0.3, 2) * away
        at, root = np.array([aside, away, 1.05 + up]), np.array([1.5 * aside, away + 0.1, 0])
        size = away * rng.uniform(0.15, 0.6 if count < 4 else 0.3)
        blossom(rng, at, size, (rng.normal(0, 0.5), -1, rng.normal(0.3, 0.5)))
        way = [at + (root - at) * t + rng.normal(0, 0.02, 3) for t in (0, 0.1, 0.2, 0.4, 1)]
        stems.append(tube([at] + way[1:], 0.006, 6, 2))
        tips += [(p, direction_frame(rng.normal(0, 1, 3))[:, 0]) for p in way[1:4]]
    if rng.random() < 0.6:
        spread = np.array([0.6, 0.12, 0.35])
        bank = [np.array([0, 1.3, 0.9]) + rng.normal(0, 1, 3) * spread for _ in range(250)]
        tips += [(spot, direction_frame(rng.normal(0, 1, 3))[:, 0]) for spot in bank]
    put("stems", merge(stems), mat.bark("stem", "6a7a40", "30401c"))
    crown = foliage(rng, tips, rng.uniform(0.05, 0.2), 1, jitter=0.01)
    put("leaves", crown, palette.leaves(rng))


def closeup(rng):
    """One thing or a few that fill the picture: vessels, a vase, a plant, flowers, an animal."""
    closed = backdrop(rng, rng.uniform(1.3, 4))
    kind = rng.random()
    if kind < 0.25:
        for _ in range(int(rng.integers(3, 14))):
            at = (rng.normal(0, 0.12), 0.5 + rng.normal(0, 0.1), rng.uniform(0.85, 1.0))
            things.vessel(rng, at, rng.uniform(0.08, 0.3))
    elif kind < 0.38:
        radius = rng.uniform(0.1, 0.3, 5)
        profile = list(zip(radius, np.linspace(0.5, 1.5, 5)))
        put("vase", lathe(profile, 48, 6).moved((0, 0.6, 0)), palette.thing(rng))
    elif kind < 0.5:
        things.plant(rng, (0, 0.7, 0.4), rng.uniform(0.7, 1.1))
    elif kind < 0.8:
        flowers(rng)
    else:
        things.animal(rng, (0, 0.85, 0.45), rng.normal(0, 40), rng.uniform(0.5, 0.8))
    eye = (rng.normal(0, 0.05), 0, rng.uniform(0.95, 1.25))
    look_from(eye, rng.normal(0, 5), rng.normal(-3, 9), rng.uniform(28, 55))
    return {"exposure": rng.uniform(-0.6, 0.6), "closed": closed}


PLACES = {
    room: 0.17,
    corridor: 0.10,
    office: 0.10,
    street: 0.14,
    facade: 0.05,
    park: 0.11,
    tabletop: 0.09,
    portrait: 0.15,
    closeup: 0.09,
}
