# SPDX-License-Identifier: Apache-2.0
"""The woman with the straw hat and the cat that waits for her."""

import math

import materials as mat
import numpy as np
from objects import foliage, put, strands
from shapes import ball, blade, curve, direction_turn, grid, lathe, merge, rod, tube

STAND = (-0.12, 1.95, 0.0)  # where she stands
FACING = -28.0  # degrees about z; 0 looks away from the camera


def organic(thing, voxel=0.011, rounds=10):
    """Melt the overlapping pieces of an object into one smooth skin."""
    melt = thing.modifiers.new("melt", "REMESH")
    melt.mode, melt.voxel_size, melt.use_smooth_shade = "VOXEL", voxel, True
    even = thing.modifiers.new("even", "SMOOTH")
    even.iterations, even.factor = rounds, 0.6
    return thing


def hand(wrist, aim, curl):
    """A simple hand from the wrist along `aim`, fingers bent by `curl` metres along the palm."""
    aim, curl = np.asarray(aim, float), np.asarray(curl, float)
    aim /= np.linalg.norm(aim)
    side = np.cross(aim, curl)
    side /= max(np.linalg.norm(side), 1e-9)
    palm = np.asarray(wrist) + aim * 0.045
    parts = [ball((0.03, 0.03, 0.03), palm, 10, 14), rod(wrist, palm, 0.021)]
    for k in range(4):
        root = palm + side * (0.012 * k - 0.018) + aim * 0.02
        parts.append(
            tube(
                [root, root + aim * 0.035 + curl * 0.3, root + aim * 0.05 + curl],
                [0.0085, 0.008, 0.0065],
                8,
                3,
            )
        )
    parts.append(
        tube(
            [
                palm - side * 0.02,
                palm - side * 0.035 + aim * 0.025,
                palm - side * 0.03 + aim * 0.05 + curl * 0.4,
            ],
            [0.01, 0.009, 0.007],
            8,
            3,
        )
    )
    return parts


def woman():
    """Skin, blouse, skirt, shoes: she lifts a hand to her hat and carries a basket."""
    place = {"at": STAND, "turn": (0, 0, FACING)}
    left = [(-0.165, 0, 1.375), (-0.31, 0.02, 1.47), (-0.20, 0.05, 1.69)]
    right = [(0.165, 0, 1.375), (0.235, -0.04, 1.13), (0.265, 0.1, 0.92)]
    skin = [
        ball((0.072, 0.092, 0.112), (0, 0.03, 1.605), 20, 24),
        ball((0.055, 0.05, 0.05), (0, 0.075, 1.54), 12, 16),
    ]
    skin += [tube([(0, -0.005, 1.38), (0, 0.0, 1.47), (0, 0.02, 1.55)], [0.06, 0.048, 0.05], 14, 3)]
    skin += [ball((0.012, 0.02, 0.016), (0, 0.125, 1.59), 8, 10)]
    skin += [
        tube([left[1], left[2]], [0.036, 0.024], 12),
        tube([right[1], right[2]], [0.036, 0.024], 12),
    ]
    skin += hand(left[2], (0.12, 0.02, 0.5), (0.03, 0.012, 0.008)) + hand(
        right[2], (0, 0.1, -0.4), (-0.03, 0, -0.01)
    )
    skin += [
        tube(
            [(s * 0.07, 0.02 * s, 0.45), (s * 0.075, 0.03 * s, 0.1), (s * 0.075, 0.05, 0.06)],
            [0.05, 0.034, 0.03],
            12,
            3,
        )
        for s in (-1, 1)
    ]
    tone = mat.paint("skin", "c98f6c", 0.5, 0.0003, 120, 0.05)
    organic(put("skin", merge(skin), tone, **place), 0.007, 5)

    chest = lathe(
        [
            (0.001, 0.98),
            (0.118, 0.99),
            (0.122, 1.06),
            (0.142, 1.18),
            (0.158, 1.3),
            (0.13, 1.39),
            (0.06, 1.44),
            (0.001, 1.45),
        ],
        40,
        4,
    )
    chest.verts[:, 1] *= 0.72
    shirt = [chest, tube([(-0.165, 0, 1.375), (0, -0.01, 1.4), (0.165, 0, 1.375)], 0.058, 14, 3)]
    for arm in (left, right):
        mid = np.asarray(arm[1]) + 0.25 * (np.asarray(arm[2]) - np.asarray(arm[1]))
        shirt.append(tube([arm[0], arm[1], mid], [0.066, 0.056, 0.062], 14, 5))
    cotton = blouse_cloth()
    organic(put("blouse", merge(shirt), cotton, **place), 0.009, 4)

    rust = mat.fabric("skirt", "9c2f24", "c86a3c", 0.0035, fuzz=0.5)
    put("skirt", skirt(), rust, **place)
    hem = mat.fabric("petticoat", "eadfc8", thread=0.002)
    put("petticoat", skirt(0.94, 0.16, 0.34), hem, **place)
    sash = lathe([(0.124, 1.0), (0.13, 1.015), (0.128, 1.05), (0.124, 1.06)], 48, 3)
    sash.verts[:, 1] *= 0.76
    put("sash", sash, mat.fabric("sash", "2d4f6a", thread=0.003), **place)
    tails = [
        _ribbon(
            [(0.05, -0.1, 1.03), (0.09, -0.17, 0.9), (0.17, -0.26, 0.74), (0.22, -0.36, 0.62)], 0.05
        ),
        _ribbon(
            [(0.04, -0.1, 1.03), (0.05, -0.19, 0.86), (0.1, -0.27, 0.68), (0.19, -0.33, 0.54)],
            0.045,
        ),
    ]
    put("sash tails", merge(tails), mat.fabric("sash tails", "2d4f6a", thread=0.003), **place)
    shoes = [ball((0.04, 0.105, 0.036), (s * 0.075, 0.075, 0.036), 14, 20) for s in (-1, 1)]
    put("shoes", merge(shoes), mat.paint("shoe leather", "4a2a18", 0.35), **place)
    hat(place)
    hair(place)
    basket(place, right[2])


def blouse_cloth():
    """Off-white cotton with a small print, in object space, since melting loses the UVs."""
    s = mat.Shader("blouse")
    at = s.coords()
    creases = s.noise(s.warped(s.mapped(at, (1, 1, 0.6)), 5, 0.2, 3), 16, 3, 0.5, 1.2)
    dots = s.cells(at, 60, "F1", randomness=0.2)
    colour = s.mix(s.range(dots, 0.2, 0.26, 1, 0), "e9e0cc", "5c7f9c")
    weave = s.noise(at, 500, 2)
    colour = s.mix(0.3, colour, s.ramp(weave, [(0.3, "505050"), (0.7, "c8c8c8")]), "OVERLAY")
    height = s.math("ADD", s.math("MULTIPLY", creases, 3.0), s.math("MULTIPLY", weave, 0.15))
    return s.finish(colour, 0.9, s.bump(height, 0.012, 0.9), Sheen=0.3, Specular=0.1)


def skirt(top=1.03, bottom=0.13, flare=0.42):
    """A long skirt in deep folds, blown a little to one side."""

    def place(u, v):
        a, t = 2 * math.pi * u, v
        spread = 0.125 + 0.06 * np.sin(np.minimum(t * 3.2, 1.57)) + (flare - 0.185) * t**1.4
        folds = (
            0.5 * np.sin(15 * a + 3 * t)
            + 0.3 * np.sin(23 * a + 1.3 - 4 * t)
            + 0.4 * np.sin(7 * a + t)
        )
        r = spread * (1 + 0.13 * t * folds * np.minimum(1, t * 2))
        sway = 0.13 * t**2
        z = top - (top - bottom) * t + 0.025 * t * np.sin(5 * a) + 0.03 * t**3 * np.cos(a)
        return r * np.cos(a) + sway, r * 0.84 * np.sin(a) - 0.3 * sway, z

    return grid(420, 90, place)


def _ribbon(path, width):
    line = curve(path, 8)

    def place(u, v):
        t = v * (len(line) - 1)
        p = np.stack([np.interp(t, np.arange(len(line)), line[:, k]) for k in range(3)], -1)
        twist = 1.2 * v
        return (
            p[..., 0] + (u - 0.5) * width * np.cos(twist),
            p[..., 1] + (u - 0.5) * width * np.sin(twist),
            p[..., 2],
        )

    return grid(6, 60, place)


def hat(place):
    """A wide straw hat, its brim waving, with a ribbon and frayed straws."""
    s = mat.Shader("straw")
    at = s.coords((1, 1, 1), (0, -0.01, 0))
    parts = s.add("SeparateXYZ", {0: at}).outputs
    radius = s.math(
        "SQRT",
        s.math(
            "ADD", s.math("MULTIPLY", parts[0], parts[0]), s.math("MULTIPLY", parts[1], parts[1])
        ),
    )
    rings = s.math("SINE", s.math("MULTIPLY", radius, 620.0))
    rows = s.math("SINE", s.math("MULTIPLY", parts[2], 520.0))
    plait = s.math("ADD", rings, s.math("MULTIPLY", rows, 0.5))
    strawy = s.noise(s.coords(), 160, 3, 0.6)
    tone = s.ramp(
        s.math("ADD", s.math("MULTIPLY", plait, 0.2), strawy),
        [(0.25, "8a6430"), (0.5, "d6b168"), (0.75, "f0d898")],
    )
    straw = s.finish(tone, 0.75, s.bump(s.math("ADD", plait, strawy), 0.003, 0.9))

    def shell(u, v):
        a = 2 * math.pi * u
        r = np.interp(v, [0, 0.25, 0.42, 0.5, 0.56, 1.0], [0.001, 0.07, 0.098, 0.104, 0.115, 0.225])
        z = np.interp(v, [0, 0.25, 0.42, 0.5, 0.56, 1.0], [0.115, 0.108, 0.075, 0.0, -0.006, -0.03])
        wave = 0.02 * np.sin(2 * a + 0.6) + 0.008 * np.sin(5 * a)
        z = z + wave * np.maximum(v - 0.56, 0) / 0.44
        return r * np.cos(a), r * 1.08 * np.sin(a), z

    tilt = {"at": _in_frame(place, (0, 0.0, 1.655)), "turn": (14, -7, place["turn"][2])}
    put("hat", grid(160, 60, shell), straw, **tilt)
    band = lathe([(0.1065, 0.003), (0.107, 0.035), (0.103, 0.036)], 60)
    band.verts[:, 1] *= 1.08
    put("hat band", band, mat.fabric("hat band", "22405c", thread=0.003), **tilt)
    tails = [
        _ribbon(
            [(0.02, -0.118, 0.02), (0.04, -0.2, -0.03), (0.1, -0.27, -0.13), (0.15, -0.3, -0.27)],
            0.03,
        ),
        _ribbon(
            [(0.0, -0.118, 0.02), (0.0, -0.19, -0.05), (0.05, -0.26, -0.18), (0.11, -0.27, -0.32)],
            0.03,
        ),
    ]
    put("hat ribbon", merge(tails), mat.fabric("hat ribbon", "22405c", thread=0.003), **tilt)
    rng = np.random.default_rng(6)
    a = rng.uniform(0, 2 * math.pi, 130)
    rim = np.stack(
        [
            0.224 * np.cos(a),
            0.224 * 1.08 * np.sin(a),
            -0.03 + 0.02 * np.sin(2 * a + 0.6) + 0.008 * np.sin(5 * a),
        ],
        1,
    )
    out = np.stack([np.cos(a), np.sin(a), rng.normal(0, 0.4, 130)], 1) + rng.normal(
        0, 0.5, (130, 3)
    )
    put("frayed straw", strands(rng, rim, out, 0.022, 0.0009, 0.3, 0.1, 3, 4), straw, **tilt)


def _in_frame(place, local):
    """World place of a point given in her own frame."""
    a = math.radians(place["turn"][2])
    x, y, z = local
    at = place["at"]
    return (
        at[0] + x * math.cos(a) - y * math.sin(a),
        at[1] + x * math.sin(a) + y * math.cos(a),
        at[2] + z,
    )


def hair(place):
    """Long wavy hair: some 1,500 single strands in locks that fall over the shoulders."""
    rng = np.random.default_rng(9)
    parts = []
    for _ in range(64):
        a = rng.uniform(-2.75, -0.35)  # around the back of the head
        z = rng.uniform(1.56, 1.66)
        root = np.array([0.078 * math.cos(a), 0.025 + 0.1 * math.sin(a), z])
        out = np.array([math.cos(a), math.sin(a), 0])
        fall, phase, side = rng.uniform(0.36, 0.56), rng.uniform(0, 6.3), rng.normal(0.05, 0.05)
        spine = []
        for t in np.linspace(0, 1, 9):
            swell = 0.035 + 0.05 * math.sin(min(1.0, 2.2 * t) * 1.57)
            wave = 0.013 * math.sin(phase + 9 * t)
            spine.append(
                root
                + out * (swell * min(1, 3 * t) + wave)
                + np.array([side * t * t * 1.6, -0.06 * t * t, -fall * t])
            )
        spine = np.array(spine)
        for _strand in range(24):
            spread = rng.normal(0, 0.009, 3)
            fuzz = np.cumsum(rng.normal(0, 0.0028, (9, 3)), axis=0)
            line = spine + spread * np.linspace(0.4, 1.5, 9)[:, None] + fuzz
            line = line[: rng.integers(7, 10)]
            parts.append(tube(line, np.linspace(0.0013, 0.0006, len(line)), 4, 2))
    s = mat.Shader("hair")
    tint = s.mix(s.island(), "3c1d0e", "8a4f24")
    shine = s.noise(s.coords((40, 40, 8)), 1.0, 3)
    put(
        "hair",
        merge(parts),
        s.finish(s.mix(s.range(shine, 0.4, 0.7, 0, 0.5), tint, "b87a3c"), 0.38, Specular=0.5),
        **place,
    )
    cap = ball((0.083, 0.1, 0.11), (0, 0.005, 1.615), 18, 24)
    put("hair cap", cap, s.material, **place)


def basket(place, grip):
    """A wicker basket of flowers on her arm."""
    weave = []
    for k in range(10):
        z, r = 0.015 * k, 0.1 + 0.035 * (k / 9) ** 0.7
        a = np.linspace(0, 2 * math.pi, 49)
        ripple = 0.005 * np.sin(12 * a + math.pi * k)
        weave.append(
            tube(
                np.stack([(r + ripple) * np.cos(a), (r + ripple) * 0.75 * np.sin(a), 0 * a + z], 1),
                0.007,
                6,
            )
        )
    t = np.linspace(0, math.pi, 17)
    for shift in (-0.006, 0.006):
        weave.append(
            tube(np.stack([0.13 * np.cos(t), 0 * t + shift, 0.14 + 0.2 * np.sin(t)], 1), 0.006, 7)
        )
    at = _in_frame(place, (grip[0], grip[1] + 0.03, grip[2] - 0.44))
    turn = {"at": at, "turn": (0, 0, FACING + 30)}
    put("basket", merge(weave), mat.wood("wicker", "b98a4c", "6a4522", 6), **turn)
    put(
        "basket floor",
        lathe([(0.001, 0), (0.1, 0.002)], 24),
        mat.paint("basket floor", "5a3c1c"),
        **turn,
    )
    rng = np.random.default_rng(16)
    tips = [
        (
            rng.normal(0, 0.05, 3) * (1.2, 0.8, 0.5) + (0, 0, 0.17),
            rng.normal(0, 0.7, 3) + (0, 0, 0.8),
        )
        for _ in range(50)
    ]
    put(
        "basket leaves",
        foliage(rng, tips, 0.07, 2, 0.1, 0.02, 0.45),
        mat.leaf("basket green", "7a9a44", "36561f"),
        **turn,
    )
    heads = []
    for p, aim in tips[::2]:
        heads += [
            blade(0.03, 0.014, -0.3, 0.2, 3)
            .moved(turn=(35, 0, k * 45))
            .moved(p + (0, 0, 0.04), direction_turn(aim))
            for k in range(8)
        ]
    put("daisies", merge(heads), mat.paint("daisy", "f4efe2", 0.8), **turn)
    put(
        "daisy hearts",
        merge(ball(0.009, p + (0, 0, 0.045), 7, 9) for p, _ in tips[::2]),
        mat.paint("daisy heart", "e0a020", 0.8),
        **turn,
    )


def cat(at):
    """A sitting ginger cat with whiskers and fur."""
    body = [
        ball((0.085, 0.1, 0.14), (0, 0, 0.13), 18, 22),
        ball((0.07, 0.08, 0.1), (0, -0.05, 0.2), 14, 18),
        ball((0.058, 0.058, 0.052), (0, -0.085, 0.34), 14, 18),
    ]
    body += [
        tube(
            [(s * 0.04, -0.09, 0.2), (s * 0.042, -0.12, 0.08), (s * 0.042, -0.14, 0.015)],
            [0.034, 0.024, 0.024],
            10,
            4,
        )
        for s in (-1, 1)
    ]
    body += [ball((0.022, 0.032, 0.016), (s * 0.042, -0.155, 0.016), 8, 10) for s in (-1, 1)]
    body += [
        tube([(s * 0.034, -0.08, 0.37), (s * 0.044, -0.083, 0.425)], [0.022, 0.004], 8)
        for s in (-1, 1)
    ]
    body += [
        tube(
            [(0.05, 0.09, 0.03), (0.15, 0.06, 0.025), (0.17, -0.06, 0.03), (0.1, -0.13, 0.035)],
            [0.022, 0.02, 0.018, 0.012],
            10,
            6,
        )
    ]
    s = mat.Shader("fur")
    bands = s.wave(s.warped(s.coords(), 12, 0.05, 3), 11, 3.0, direction="Z")
    hairs = s.noise(s.coords((90, 90, 30)), 6.0, 3)
    tone = s.mix(s.range(bands, 0.35, 0.7), "d88a3c", "9a4f1c")
    tone = s.mix(0.6, tone, s.ramp(hairs, [(0.3, "303030"), (0.7, "e0d8d0")]), "OVERLAY")
    skin = s.finish(tone, 0.9, s.bump(hairs, 0.006, 0.8), Sheen=0.6)
    organic(put("cat", merge(body), skin, at=at, turn=(0, 0, 28)), 0.007, 5)
    rng = np.random.default_rng(44)
    unit = rng.normal(0, 1, (900, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    coat = strands(
        rng,
        unit * (0.084, 0.098, 0.138) + (0, 0, 0.13),
        unit + (0, 0, -0.8),
        0.02,
        0.0007,
        0.2,
        0.5,
        2,
        3,
    )
    put("cat fur", coat, skin, at=at, turn=(0, 0, 28))
