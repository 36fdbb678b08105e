# SPDX-License-Identifier: Apache-2.0
"""Materials from procedural textures; lengths in metres, colours as sRGB hex codes."""

from nodes import Shader


def paint(name, colour, roughness=0.5, bumps=0.0004, scale=60.0, worn=0.15, **more):
    """Plain paint, glaze or plastic with faint unevenness and wear."""
    s = Shader(name)
    at = s.coords()
    fine = s.noise(at, scale, 4)
    broad = s.noise(at, scale * 0.08, 4)
    tone = s.mix(worn, colour, s.ramp(broad, [(0.3, "303030"), (0.7, "e8e0d0")]), "OVERLAY")
    rough = s.range(fine, 0.3, 0.7, roughness * 0.8, min(1.0, roughness * 1.2))
    return s.finish(tone, rough, s.bump(fine, bumps), **more)


def plaster(name, colour, stain="8a7a66", scale=1.0, cracks=True):
    """Old lime plaster: trowel marks, stains and hair cracks."""
    s = Shader(name)
    at = s.coords((scale,) * 3)
    patches = s.noise(at, 1.1, 6, 0.6, 0.4)
    grit = s.noise(at, 90, 3, 0.6)
    base = s.mix(s.range(patches, 0.35, 0.75), colour, s.mix(0.45, colour, stain))
    base = s.mix(s.range(grit, 0.35, 0.75, 0, 0.22), base, "ffffff", "SOFT_LIGHT")
    height = s.math(
        "ADD", s.math("MULTIPLY", s.noise(at, 7, 5), 1.4), s.math("MULTIPLY", grit, 0.5)
    )
    if cracks:
        web = s.cells(s.warped(at, 2.0, 0.35, 5), 1.6, "DISTANCE_TO_EDGE")
        line = s.math("MULTIPLY", s.range(web, 0.0, 0.012, 1, 0), s.range(patches, 0.5, 0.62))
        base = s.mix(s.math("MULTIPLY", line, 0.6), base, "4a4034")
        height = s.math("SUBTRACT", height, line)
    return s.finish(base, 0.9, s.bump(height, 0.006, 0.8), Specular=0.15)


def wood(name, light, dark, scale=1.0, axis=0, roughness=0.45, per_piece=True):
    """Sawn timber with the grain along `axis` (0, 1 or 2): rings, fibres and pores."""
    s = Shader(name)
    stretch = [9.0 * scale] * 3
    stretch[axis] = 0.7 * scale
    at = s.coords(stretch)
    piece = s.island()
    if per_piece:
        at = s.shifted(at, piece)
    rings = s.noise(at, 1.6, 5, 0.5, 0.8)
    rings = s.math("FRACT", s.math("MULTIPLY", rings, 9.0))
    rings = s.math("ABSOLUTE", s.math("SUBTRACT", rings, 0.5))
    fibre_at = s.mapped(at, [1.0 if i == axis else 9.0 for i in range(3)])
    fibre = s.noise(fibre_at, 4.0, 5, 0.65)
    figure = s.math("ADD", s.math("MULTIPLY", rings, 0.9), s.math("MULTIPLY", fibre, 0.9))
    colour = s.ramp(figure, [(0.28, dark), (0.55, light), (0.9, light)])
    pores = s.range(fibre, 0.30, 0.40, 0.55, 0)
    colour = s.mix(pores, colour, dark, "MULTIPLY")
    if per_piece:
        colour = s.vary(colour, piece, 0.02, 0.2, 0.22)
    rough = s.range(fibre, 0.3, 0.7, roughness * 1.3, roughness * 0.8)
    return s.finish(colour, rough, s.bump(fibre, 0.0012, 0.5), Specular=0.4)


def brick_wall(name, colours, mortar="b4a894", size=(0.23, 0.075), mottle=0.5):
    """Brickwork on axis-aligned faces, with rough bricks and sunk joints."""
    s = Shader(name)
    flat = s.wall_coords()
    wobble = s.warped(flat, 9.0, 0.012, 4)
    inputs = {"Vector": wobble, "Scale": 1.0, "Mortar Size": 0.006, "Mortar Smooth": 0.5}
    inputs.update({"Brick Width": size[0], "Row Height": size[1], "Bias": -0.1})
    inputs.update({"Color1": colours[0], "Color2": colours[1], "Mortar": mortar})
    node = s.add("TexBrick", inputs)
    at = s.coords()
    dirt = s.noise(at, 1.4, 6, 0.62, 0.6)
    grit = s.noise(at, 85, 3, 0.7)
    colour = s.mix(
        mottle, node.outputs["Color"], s.ramp(grit, [(0.3, "303030"), (0.7, "d8d0c8")]), "OVERLAY"
    )
    colour = s.mix(s.range(dirt, 0.42, 0.75, 0, 0.75), colour, colours[2], "MIX")
    colour = s.mix(s.range(s.noise(at, 0.5, 6), 0.35, 0.7, 0, 0.5), colour, "6a5848", "MULTIPLY")
    joint = node.outputs["Fac"]
    height = s.math("SUBTRACT", s.math("MULTIPLY", grit, 0.6), s.math("MULTIPLY", joint, 1.0))
    return s.finish(colour, 0.88, s.bump(height, 0.012, 0.9), Specular=0.2)


def stones(name, colours, joint="2c2823", scale=7.0, relief=0.03, wet=0.0, jitter=0.75):
    """Cobbles: one Voronoi cell a stone, domed, each with a tone of its own."""
    s = Shader(name)
    at = s.coords()
    bent = s.warped(at, 3.0, 0.05, 3)
    edge = s.cells(bent, scale, "DISTANCE_TO_EDGE", randomness=jitter)
    tint = s.cells(bent, scale, "F1", "Color", jitter)
    tint = s.add("SeparateXYZ", {0: tint}).outputs[0]
    grit = s.noise(at, 75, 3, 0.7)
    colour = s.ramp(
        tint, [(0.0, colours[0]), (0.4, colours[1]), (0.75, colours[2]), (1, colours[0])]
    )
    colour = s.mix(0.75, colour, s.ramp(grit, [(0.3, "262626"), (0.72, "e0dcd6")]), "OVERLAY")
    gap = s.range(edge, 0.02, 0.085, 1, 0)
    moss = s.math("MULTIPLY", gap, s.range(s.noise(at, 1.3, 6), 0.5, 0.62))
    colour = s.mix(gap, colour, joint)
    colour = s.mix(s.math("MULTIPLY", moss, 0.7), colour, "4c5a24")
    dome = s.range(edge, 0.0, 0.28, 0, 1)
    dome = s.math("POWER", dome, 0.5)
    height = s.math("ADD", dome, s.math("MULTIPLY", grit, 0.18))
    puddle = s.range(s.noise(at, 0.7, 4), 0.5, 0.65, 0, wet)
    rough = s.math("SUBTRACT", s.range(grit, 0.3, 0.7, 0.55, 0.8), s.math("MULTIPLY", puddle, 0.45))
    return s.finish(colour, rough, s.bump(height, relief, 0.9), Specular=0.4)


def slabs(name, colours, joint="3a352e", size=(0.6, 0.4), mottle=0.6):
    """Paving slabs in running bond, worn and spotted."""
    s = Shader(name)
    at = s.coords()
    bent = s.warped(at, 5.0, 0.015, 4)
    inputs = {"Vector": bent, "Scale": 1.0, "Mortar Size": 0.008, "Mortar Smooth": 0.6}
    inputs.update({"Brick Width": size[0], "Row Height": size[1]})
    inputs.update({"Color1": colours[0], "Color2": colours[1], "Mortar": joint})
    node = s.add("TexBrick", inputs)
    grit = s.noise(at, 60, 3, 0.7)
    broad = s.noise(at, 1.7, 6, 0.6)
    colour = s.mix(
        mottle, node.outputs["Color"], s.ramp(grit, [(0.3, "2c2c2c"), (0.7, "dcd8d0")]), "OVERLAY"
    )
    colour = s.mix(s.range(broad, 0.4, 0.7, 0, 0.5), colour, "7a6a55", "MULTIPLY")
    height = s.math("SUBTRACT", s.math("MULTIPLY", grit, 0.35), node.outputs["Fac"])
    return s.finish(colour, s.range(broad, 0.35, 0.65, 0.5, 0.85), s.bump(height, 0.01, 0.8))


def fabric(name, colour, second=None, thread=0.0022, stripes=None, fuzz=0.25, pattern=None):
    """Woven cloth: crossing threads in the mesh's UVs (metres), optional stripes or print."""
    s = Shader(name)
    uv = s.add("TexCoord").outputs["UV"]
    bent = s.warped(uv, 40.0, thread * 0.6, 3)
    warp = s.wave(bent, 0.314 / thread, direction="X")
    weft = s.wave(bent, 0.314 / thread, direction="Y")
    weave = s.math("MULTIPLY", warp, weft)
    slub = s.noise(s.mapped(uv, (12, 420, 1)), 1.0, 4)
    base = colour
    if stripes:
        bands = s.wave(uv, 0.314 / stripes, direction="X")
        base = s.mix(s.range(bands, 0.62, 0.68), colour, second)
    elif pattern:
        rings = s.cells(uv, 1.0 / pattern, "F1", randomness=0.15)
        leaf = s.math("SINE", s.math("MULTIPLY", rings, 34.0))
        base = s.mix(s.range(leaf, 0.1, 0.3), colour, second)
    tone = s.mix(0.5, base, s.ramp(weave, [(0.0, "202020"), (0.5, "d8d8d8")]), "OVERLAY")
    tone = s.mix(s.range(slub, 0.4, 0.7, 0, 0.35), tone, "e8e0d4", "SOFT_LIGHT")
    tone = s.mix(s.range(s.noise(uv, 5.0, 5), 0.35, 0.7, 0, 0.25), tone, "806a58", "MULTIPLY")
    normal = s.bump(s.math("ADD", weave, s.math("MULTIPLY", slub, 0.7)), thread * 0.8, 0.8)
    return s.finish(tone, 0.95, normal, Sheen=fuzz, Specular=0.1)


def leaf(name, light, dark, gloss=0.45):
    """Foliage: every leaf its own green, veins by UV, light shining through."""
    s = Shader(name)
    piece = s.island()
    at = s.coords()
    colour = s.mix(s.range(s.noise(at, 30, 4), 0.35, 0.65), dark, light)
    uv = s.add("SeparateXYZ", {0: s.add("TexCoord").outputs["UV"]}).outputs
    rib = s.math("ABSOLUTE", s.math("SUBTRACT", uv[0], 0.5))
    side = s.wave(s.add("CombineXYZ", {0: s.math("ADD", uv[1], rib)}).outputs[0], 2.4)
    colour = s.mix(s.range(side, 0.75, 1.0, 0, 0.3), colour, dark)
    colour = s.mix(s.range(rib, 0.0, 0.04, 0.6, 0), colour, "c8cf90")
    colour = s.vary(colour, piece, 0.07, 0.35, 0.45)
    front = s.add(
        "BsdfPrincipled",
        {"Base Color": colour, "Roughness": gloss, "Normal": s.bump(side, 0.002, 0.4)},
    ).outputs[0]
    through = s.add("BsdfTranslucent", {"Color": s.mix(0.5, colour, "b8d040")}).outputs[0]
    return s.close(s.add("MixShader", {0: 0.28, 1: front, 2: through}).outputs[0])


def bark(name, light="8a7660", dark="3a2e24", scale=1.0):
    """Tree bark and twigs, ridged along z."""
    s = Shader(name)
    at = s.coords((scale, scale, scale * 0.25))
    ridges = s.noise(at, 45, 4, 0.65, 0.8)
    spots = s.noise(s.coords(), 14, 4)
    colour = s.ramp(ridges, [(0.32, dark), (0.62, light)])
    colour = s.mix(s.range(spots, 0.55, 0.7, 0, 0.5), colour, "7c8560")
    return s.finish(colour, 0.9, s.bump(ridges, 0.01 / scale, 0.9), Specular=0.15)


def metal(name, colour, roughness=0.3, scratches=0.3, rust=0.0):
    """Brushed or cast metal, with optional rust."""
    s = Shader(name)
    at = s.coords()
    hair = s.noise(s.mapped(at, (40, 40, 900)), 1.0, 4)
    cloud = s.noise(at, 16, 4, 0.65)
    rough = s.math(
        "ADD",
        s.range(cloud, 0.3, 0.7, roughness * 0.7, roughness * 1.3),
        s.math("MULTIPLY", hair, scratches * 0.2),
    )
    spots = s.range(cloud, 0.56, 0.64, 0, rust)
    tone = s.mix(
        spots, s.mix(s.range(cloud, 0.3, 0.7, 0, 0.25), colour, "302820", "MULTIPLY"), "6b3a1e"
    )
    metallic = s.math("SUBTRACT", 1.0, spots)
    return s.finish(tone, rough, s.bump(cloud, 0.0012, 0.4), Metallic=metallic)


def iron(name, colour="23262a"):
    """Painted cast iron."""
    s = Shader(name)
    at = s.coords()
    lumps = s.noise(at, 70, 3, 0.6)
    chips = s.range(s.noise(at, 22, 4, 0.7), 0.62, 0.66)
    tone = s.mix(chips, colour, "6a4630")
    return s.finish(tone, s.range(lumps, 0.3, 0.7, 0.3, 0.55), s.bump(lumps, 0.0025, 0.6))


def fruit(name, ripe, green, pits=140.0, depth=0.0012, gloss=0.35):
    """Peel: pores or speckles and a change of ripeness."""
    s = Shader(name)
    at = s.coords()
    piece = s.island()
    moved = s.shifted(at, piece)
    blush = s.noise(moved, 9, 5, 0.5, 0.6)
    speck = s.noise(moved, 160, 3, 0.6)
    pores = s.cells(moved, pits, "SMOOTH_F1")
    colour = s.mix(s.range(blush, 0.38, 0.66), ripe, green)
    colour = s.mix(s.range(speck, 0.6, 0.68, 0, 0.45), colour, "f0d090")
    colour = s.vary(colour, piece, 0.03, 0.2, 0.25)
    return s.finish(colour, gloss, s.bump(pores, depth, 0.7), Subsurface=0.0, Specular=0.5)


def glaze(name, colour, second, gloss=0.12, speckle="4a2e1c", bands=None):
    """Glazed stoneware: runs, speckles and an optional band pattern along z."""
    s = Shader(name)
    at = s.coords()
    runs = s.noise(s.mapped(at, (14, 14, 4)), 1.6, 6, 0.6, 0.6)
    colour = s.mix(s.range(runs, 0.36, 0.64), colour, second)
    if bands:
        ring = s.wave(s.warped(at, 20, 0.006), 0.314 / bands, direction="Z")
        colour = s.mix(s.range(ring, 0.8, 0.88), colour, second)
    dots = s.cells(at, 260, "F1")
    keep = s.range(s.noise(at, 60, 3), 0.5, 0.6)
    colour = s.mix(s.math("MULTIPLY", s.range(dots, 0.12, 0.2, 0.8, 0), keep), colour, speckle)
    wheel = s.wave(at, 38.0, 0.6, direction="Z")
    height = s.math("ADD", s.math("MULTIPLY", wheel, 0.5), s.noise(at, 35, 4))
    return s.finish(colour, gloss, s.bump(height, 0.0014, 0.6), Clearcoat=0.5)


def crust(name):
    """A loaf: flour, blisters and dark cracks."""
    s = Shader(name)
    at = s.coords()
    bake = s.noise(at, 11, 4, 0.65, 0.5)
    pores = s.noise(at, 120, 3, 0.7)
    colour = s.ramp(bake, [(0.3, "5a2c10"), (0.5, "a8622a"), (0.68, "d99a50")])
    flour = s.math(
        "MULTIPLY", s.range(s.noise(at, 26, 4, 0.7), 0.48, 0.62), s.range(pores, 0.4, 0.6)
    )
    colour = s.mix(s.math("MULTIPLY", flour, 0.85), colour, "f2e4cc")
    height = s.math("ADD", bake, s.math("MULTIPLY", pores, 0.4))
    return s.finish(colour, 0.75, s.bump(height, 0.012, 0.9))


def covers(name, stops, gloss=0.5):
    """Book covers and the like: every piece takes one of the colours, with cloth grain and wear."""
    s = Shader(name)
    piece = s.island()
    node = s.add("ValToRGB", {0: piece})
    node.color_ramp.interpolation = "CONSTANT"
    palette = s.ramp(piece, [(i / len(stops), code) for i, code in enumerate(stops)])
    palette.node.color_ramp.interpolation = "CONSTANT"
    at = s.coords()
    grain = s.noise(at, 420, 3, 0.6)
    worn = s.noise(at, 24, 4, 0.7)
    colour = s.mix(0.4, palette, s.ramp(grain, [(0.3, "404040"), (0.7, "d0d0d0")]), "OVERLAY")
    colour = s.mix(s.range(worn, 0.58, 0.75, 0, 0.5), colour, "cbbd9f")
    gilt = s.wave(s.shifted(at, piece), 6.5, direction="Z")
    colour = s.mix(s.range(gilt, 0.965, 0.98, 0, 0.85), colour, "d8b45c")
    return s.finish(colour, gloss, s.bump(grain, 0.0006, 0.6))


def pages(name, axis=2, pitch=0.0012):
    """The cut edge of a book block: fine lines across `axis`."""
    s = Shader(name)
    at = s.coords()
    lines = s.wave(s.warped(at, 30, 0.002), 0.314 / pitch, direction="XYZ"[axis])
    stain = s.noise(at, 22, 4)
    colour = s.mix(s.range(stain, 0.4, 0.7), "efe3c8", "c9ad7c")
    colour = s.mix(s.range(lines, 0.0, 0.4, 0.5, 0), colour, "8f7a55")
    return s.finish(colour, 0.9, s.bump(lines, 0.0004, 0.5))


def glass(name, colour, roughness=0.04):
    """Dark bottle or window glass that stays opaque: reflections over a deep colour."""
    s = Shader(name)
    at = s.coords()
    ripple = s.noise(at, 14, 3)
    edge = s.add("LayerWeight", {"Blend": 0.35}).outputs["Facing"]
    tone = s.mix(edge, colour, s.mix(0.5, colour, "9cc060", "SCREEN"))
    dust = s.range(s.noise(at, 70, 3, 0.7), 0.5, 0.75, roughness, roughness + 0.14)
    return s.finish(tone, dust, s.bump(ripple, 0.002, 0.25), Specular=0.8, Clearcoat=1.0)


def sky(
    name,
    zenith="3f74b8",
    horizon="c9dcea",
    sun_dir=(0, 0, 1),
    warm="ffe2b0",
    strength=1.0,
    cloud_cover=0.5,
    cloud_scale=2.4,
):
    """A backdrop dome that glows like a sky with clouds; object coordinates, radius 1."""
    s = Shader(name)
    at = s.add("TexCoord").outputs["Object"]
    unit = s.add("VectorMath", {0: at}, operation="NORMALIZE").outputs[0]
    up = s.add("SeparateXYZ", {0: unit}).outputs[2]
    base = s.ramp(
        s.math("MAXIMUM", up, 0.0), [(0.0, horizon), (0.18, s_mid(zenith, horizon)), (0.7, zenith)]
    )
    toward = s.add("VectorMath", {0: unit, 1: sun_dir}, operation="DOT_PRODUCT").outputs["Value"]
    base = s.mix(s.math("POWER", s.range(toward, 0.2, 1.0), 3.0), base, warm)
    # Clouds lie on a plane overhead, so that they crowd towards the horizon.
    flat = s.add("VectorMath", {0: unit, 1: (1, 1, 3.2)}, operation="MULTIPLY").outputs[0]
    puffs = s.noise(s.warped(flat, 1.7, 0.25, 6), cloud_scale, 12, 0.6, 0.3)
    cover = s.range(puffs, 0.62 - 0.24 * cloud_cover, 0.78 - 0.2 * cloud_cover)
    lit = s.mix(s.range(puffs, 0.5, 0.8), "ffffff", "a9b2c0")
    lit = s.mix(s.math("POWER", s.range(toward, 0.0, 1.0), 2.0), lit, warm)
    return s.glow(s.mix(s.math("MULTIPLY", cover, 0.92), base, lit), strength)


def s_mid(a, b):
    """The sRGB colour half-way between two hex codes."""
    return "".join(f"{(int(a[i:i + 2], 16) + int(b[i:i + 2], 16)) // 2:02x}" for i in (0, 2, 4))


def lamp(name, colour, strength):
    """Something that glows by itself."""
    return Shader(name).glow(colour, strength)


def picture(name, seed, colours):
    """A framed 'painting': layered washes and strokes of four colours."""
    s = Shader(name)
    at = s.coords(offset=(seed * 3.7, seed * 1.3, seed * 7.9))
    washes = s.noise(s.warped(at, 3.0, 0.3, 5), 5.0, 5, 0.6, 1.0)
    horizon = s.add("SeparateXYZ", {0: s.coords()}).outputs[2]
    level = s.math("ADD", s.math("MULTIPLY", horizon, 1.8), washes)
    stops = [(0.28 + 0.16 * i, code) for i, code in enumerate(colours)]
    colour = s.ramp(level, stops)
    strokes = s.noise(s.mapped(at, (60, 60, 260)), 1.0, 4)
    colour = s.mix(0.5, colour, s.ramp(strokes, [(0.3, "383838"), (0.7, "d0d0d0")]), "OVERLAY")
    return s.finish(colour, 0.6, s.bump(strokes, 0.002, 0.6))


def grass(name, light="7d9a3c", dark="35501c"):
    """Blades and ground cover seen from some way off."""
    s = Shader(name)
    at = s.coords()
    patch = s.noise(at, 0.35, 6, 0.6)
    blades = s.noise(s.mapped(at, (30, 30, 6)), 1.0, 6, 0.7)
    colour = s.mix(s.range(patch, 0.35, 0.65), dark, light)
    colour = s.mix(0.7, colour, s.ramp(blades, [(0.3, "202020"), (0.7, "e0e0d0")]), "OVERLAY")
    return s.finish(s.vary(colour, s.island(), 0.04, 0.2, 0.3), 0.9, s.bump(blades, 0.03, 0.8))


def tiles(name, colour, second, rows=0.12):
    """Roof tiles: overlapping rows of rounded clay."""
    s = Shader(name)
    uv = s.add("TexCoord").outputs["UV"]
    inputs = {"Vector": uv, "Scale": 1.0, "Mortar Size": 0.006, "Brick Width": rows * 0.8}
    inputs.update({"Row Height": rows, "Color1": colour, "Color2": second, "Mortar": "4a2a1c"})
    node = s.add("TexBrick", inputs)
    grit = s.noise(s.coords(), 40, 4, 0.7)
    tone = s.mix(
        0.6, node.outputs["Color"], s.ramp(grit, [(0.3, "303030"), (0.7, "d8d8d8")]), "OVERLAY"
    )
    height = s.math("SUBTRACT", grit, node.outputs["Fac"])
    return s.finish(tone, 0.85, s.bump(height, 0.03, 0.9))
