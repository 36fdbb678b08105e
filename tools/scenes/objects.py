# SPDX-License-Identifier: Apache-2.0
"""Put shapes into the Blender scene, light it, and build the things that scenes share."""

import math

import bpy
import numpy as np
from mathutils import Vector
from shapes import ball, blade, box, direction_turn, merge, prism, rod, tube


def put(name, shape, material, smooth=True, bevel=0.0, at=(0, 0, 0), turn=(0, 0, 0), soft=0):
    """Make a mesh object; `bevel` in metres rounds edges, `soft` adds subdivision levels."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(shape.verts.tolist(), [], shape.faces)
    layer = mesh.uv_layers.new(name="uv")
    corner = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corner)
    layer.data.foreach_set("uv", shape.uvs[corner].ravel())
    mesh.polygons.foreach_set("use_smooth", [bool(smooth)] * len(mesh.polygons))
    mesh.materials.append(material)
    mesh.update()
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    thing.location, thing.rotation_euler = at, [math.radians(a) for a in turn]
    if smooth:
        mesh.use_auto_smooth, mesh.auto_smooth_angle = True, math.radians(40)
    if bevel:
        modifier = thing.modifiers.new("bevel", "BEVEL")
        modifier.width, modifier.segments, modifier.limit_method = bevel, 3, "ANGLE"
    if soft:
        modifier = thing.modifiers.new("soft", "SUBSURF")
        modifier.levels = modifier.render_levels = soft
    return thing


def area_light(name, at, target, size, watts, colour=(1, 1, 1)):
    """A soft rectangular lamp, unseen by the camera; `size` (width, height) in metres."""
    data = bpy.data.lights.new(name, "AREA")
    data.shape, (data.size, data.size_y) = "RECTANGLE", size
    data.energy, data.color = watts, colour
    lamp = _aimed(name, data, at, target)
    lamp.visible_camera = False
    return lamp


def sun(direction, strength, colour=(1.0, 0.9, 0.76), angle_deg=0.6):
    """Sunlight that travels along `direction`; strength in W/m2."""
    data = bpy.data.lights.new("sun", "SUN")
    data.energy, data.color, data.angle = strength, colour, math.radians(angle_deg)
    return _aimed("sun", data, (0, 0, 0), direction)


def _aimed(name, data, at, target):
    lamp = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(lamp)
    aim = Vector(target) - Vector(at)
    lamp.location, lamp.rotation_euler = at, aim.to_track_quat("-Z", "Y").to_euler()
    return lamp


def ambient(colour, strength):
    """Light from everywhere; the camera never sees it, the backdrop dome stands before it."""
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs[0].default_value = (*colour, 1.0)
    background.inputs[1].default_value = strength


def dome(radius, material, centre=(0, 0, 0)):
    """The finite sky: a sphere of `radius` metres seen by camera and mirrors, casting nothing."""
    thing = put("sky", ball(1.0, rings=48, segments=96), material)
    thing.location, thing.scale = centre, (radius,) * 3
    thing.visible_diffuse = thing.visible_shadow = False
    return thing


def branches(rng, start, heading, length, radius, depth, spread=0.6, lift=0.15, forks=3, steps=5):
    """Limbs of a tree as [(points, radii)], and the places of twigs as [(point, heading)]."""
    heading = np.asarray(heading, float) / np.linalg.norm(heading)
    points, radii = [np.asarray(start, float)], [radius]
    for i in range(steps):
        heading = heading + rng.normal(0, 0.12, 3) + np.array([0, 0, lift * 0.3])
        heading /= np.linalg.norm(heading)
        points.append(points[-1] + heading * length / steps)
        radii.append(radius * (1 - 0.45 * (i + 1) / steps))
    limbs, tips = [(np.array(points), np.array(radii))], []
    if depth == 0:
        return limbs, [(p, heading) for p in points[1:]]
    for k in range(forks):
        where = points[-1] if k == 0 else points[rng.integers(steps // 2, steps + 1)]
        turn = heading + rng.normal(0, spread, 3) + np.array([0, 0, lift])
        more, twigs = branches(
            rng,
            where,
            turn,
            length * rng.uniform(0.6, 0.8),
            radii[-1] * rng.uniform(0.65, 0.9),
            depth - 1,
            spread,
            lift,
            forks,
            steps,
        )
        limbs += more
        tips += twigs
    return limbs, tips


def foliage(rng, tips, leaf_size, per_tip=4, droop=0.3, jitter=0.08, slim=0.5):
    """Leaves about twig places, all in one shape; `leaf_size` in metres."""
    parts = []
    for point, heading in tips:
        for _ in range(per_tip):
            aim = heading + rng.normal(0, 0.7, 3) - np.array([0, 0, droop])
            size = leaf_size * rng.uniform(0.6, 1.25)
            piece = blade(size, size * slim, rng.uniform(0.1, 0.4), steps=4)
            spot = point + rng.normal(0, jitter, 3)
            parts.append(piece.moved(spot, direction_turn(aim, rng.uniform(-70, 70))))
    return merge(parts)


def tree(
    name,
    rng,
    at,
    height,
    radius,
    bark,
    leaf,
    leaf_size=0.09,
    depth=4,
    per_tip=3,
    heading=(0, 0, 1),
    **shape
):
    """A tree: trunk and limbs as tubes, then leaves; returns both objects."""
    limbs, tips = branches(rng, (0, 0, 0), heading, height * 0.34, radius, depth, **shape)
    wood = merge(tube(p, r, 10 if r[0] > 0.02 else 6, smooth=1) for p, r in limbs)
    crown = foliage(rng, tips, leaf_size, per_tip, jitter=leaf_size * 0.8)
    return put(name, wood, bark, at=at), put(name + " leaves", crown, leaf, at=at)


def strands(rng, roots, heading, length, radius, curl=0.25, gravity=0.6, steps=6, sides=4):
    """Hair, grass or straw: thin tapering tubes from `roots` (n, 3) along `heading` (n, 3)."""
    parts = []
    for root, aim in zip(roots, heading):
        aim = aim / max(np.linalg.norm(aim), 1e-9)
        points, step = [np.asarray(root, float)], length * rng.uniform(0.7, 1.15) / steps
        wobble = rng.normal(0, curl, 3)
        for _ in range(steps):
            aim = aim + wobble / steps + rng.normal(0, curl * 0.3, 3) / steps
            aim = aim - np.array([0, 0, gravity / steps])
            aim /= np.linalg.norm(aim)
            points.append(points[-1] + aim * step)
        taper = radius * np.linspace(1.0, 0.35, steps + 1)
        parts.append(tube(points, taper, sides, smooth=1))
    return merge(parts)


def railing(length, height, gap, radius):
    """A balustrade along +x: two rails, thin bars and small finials."""
    count = max(2, round(length / gap))
    parts = [rod((0, 0, height), (length, 0, height), radius * 1.6)]
    parts.append(rod((0, 0, height * 0.12), (length, 0, height * 0.12), radius * 1.2))
    parts.append(rod((0, 0, height * 0.86), (length, 0, height * 0.86), radius))
    for i in range(count + 1):
        x = length * i / count
        parts.append(rod((x, 0, 0), (x, 0, height), radius * (1.8 if i % 8 == 0 else 0.8)))
    return merge(parts)


def planks(count, width, length, thick, gap=0.004, wobble=0.0015, seed=3):
    """Boards side by side along x, each running along y, tops near z = 0."""
    rng = np.random.default_rng(seed)
    parts = []
    for i in range(count):
        x = (i - (count - 1) / 2) * (width + gap)
        parts.append(box((width, length, thick), (x, 0, -thick / 2 + rng.uniform(-wobble, wobble))))
    return merge(parts)


def book(width, height, thick):
    """(cover, block) shapes of a book standing on its tail at the origin, its spine towards -y."""
    board, x, y = 0.0035, thick / 2, width / 2
    outline = [(-x, y), (-x, -y), (x, -y), (x, y)]
    inner = [(x - board, y), (x - board, board - y), (board - x, board - y), (board - x, y)]
    cover = prism(outline + inner, height)
    block = box((thick - 2 * board, width - 0.005, height - 0.01), (0, 0.001, height / 2))
    return cover, block
