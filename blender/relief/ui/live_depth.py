# SPDX-License-Identifier: GPL-3.0-or-later
"""A modifier that makes a scene flatter or deeper without another run: vertices move along the rays of their camera.

It does what the program's --strength does: nearness (1 / depth) is scaled about its middle. From the photo's camera
nothing changes.
"""
from . import compat
from .material import find_group, node

NAME = "Relief depth"
VERSION = 1
BEHIND = 1.02  # distance of the back's floor in distances of the front's


def depth_group():
    group, new = find_group(NAME, "GeometryNodeTree", VERSION)
    if not new:
        return group
    compat.add_socket(group, "INPUT", "NodeSocketGeometry", "Geometry")
    strength = compat.add_socket(group, "INPUT", "NodeSocketFloat", "Depth strength", 1.0)
    strength.min_value, strength.max_value = 0.0, 10.0
    compat.add_socket(group, "INPUT", "NodeSocketFloat", "Middle", 0.5)
    compat.add_socket(group, "INPUT", "NodeSocketFloat", "Floor", 0.001)
    compat.add_socket(group, "OUTPUT", "NodeSocketGeometry", "Geometry")
    _fill(group)
    return group


def _fill(group):
    link = group.links.new
    given = node(group, "NodeGroupInput", -900, 0)
    result = node(group, "NodeGroupOutput", 900, 100)
    place = node(group, "GeometryNodeInputPosition", -900, -250)
    parts = node(group, "ShaderNodeSeparateXYZ", -700, -250)
    link(place.outputs[0], parts.inputs[0])

    def math(x, y, operation, *inputs):
        made = node(group, "ShaderNodeMath", x, y, operation=operation)
        for socket, value in zip(made.inputs, inputs):
            if isinstance(value, (int, float)):
                socket.default_value = value
            else:
                link(value, socket)
        return made.outputs[0]

    near = math(-500, -250, "DIVIDE", 1.0, parts.outputs["Y"])
    beyond = math(-300, -150, "SUBTRACT", near, given.outputs["Middle"])
    scaled = math(-100, -50, "MULTIPLY", beyond, given.outputs["Depth strength"])
    wanted = math(100, 0, "ADD", scaled, given.outputs["Middle"])
    # What lies beyond the floor already stays where it is; nothing else gets there.
    floor = math(-100, -250, "MINIMUM", near, given.outputs["Floor"])
    kept = math(300, -50, "MAXIMUM", wanted, floor)
    factor = math(450, -150, "DIVIDE", near, kept)
    moved = node(group, "ShaderNodeVectorMath", 550, -250, operation="SCALE")
    link(place.outputs[0], moved.inputs[0])
    link(factor, moved.inputs["Scale"])
    set_position = node(group, "GeometryNodeSetPosition", 700, 100)
    link(given.outputs["Geometry"], set_position.inputs["Geometry"])
    link(moved.outputs[0], set_position.inputs["Position"])
    link(set_position.outputs[0], result.inputs[0])


def modifier_of(item):
    """The modifier of an object that is this one, or None."""
    for modifier in item.modifiers:
        group = getattr(modifier, "node_group", None)
        if modifier.type == "NODES" and group and group.get("relief", "").startswith(NAME):
            return modifier
    return None


def strength_path(modifier):
    return f'["{compat.input_identifier(modifier.node_group, "Depth strength")}"]'


def add(item, facts, scale, behind=False):
    """Give an object the modifier, or set that which it has for other distances. The modifier.

    `behind`: the object is the back, which stays behind the front where both reach the floor.
    """
    modifier = modifier_of(item)
    if modifier is None:
        modifier = item.modifiers.new(NAME, "NODES")
        modifier.node_group = depth_group()
    far = facts["far"] * (BEHIND if behind else 1)
    for name, distance in (("Middle", facts["median"]), ("Floor", far)):
        modifier[compat.input_identifier(modifier.node_group, name)] = 1.0 / (distance * scale)
    return modifier


def follow(modifier, leader):
    """Let `modifier` have the strength that the object `leader` has."""
    path = f'modifiers["{modifier.name}"]{strength_path(modifier)}'
    curve = modifier.id_data.driver_add(path)
    driver = curve.driver
    driver.type = "AVERAGE"
    variable = driver.variables[0] if driver.variables else driver.variables.new()
    variable.type = "SINGLE_PROP"
    first = modifier_of(leader)
    variable.targets[0].id = leader
    variable.targets[0].data_path = f'modifiers["{first.name}"]{strength_path(first)}'
