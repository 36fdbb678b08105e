# SPDX-License-Identifier: GPL-3.0-or-later
"""Points as points: vertices become spheres just large enough to cover the picture for the photo's camera."""
from . import compat
from .material import find_group, node

NAME = "Relief points"
VERSION = 1
COVER = 0.75  # radius in distances between points: a little over half the diagonal


def points_group():
    group, new = find_group(NAME, "GeometryNodeTree", VERSION)
    if not new:
        return group
    compat.add_socket(group, "INPUT", "NodeSocketGeometry", "Geometry")
    compat.add_socket(group, "INPUT", "NodeSocketFloat", "Size", 1.0).min_value = 0.0
    compat.add_socket(group, "INPUT", "NodeSocketFloat", "Radius at distance 1", 0.001)
    compat.add_socket(group, "INPUT", "NodeSocketMaterial", "Material")
    compat.add_socket(group, "OUTPUT", "NodeSocketGeometry", "Geometry")
    link = group.links.new
    given = node(group, "NodeGroupInput", -600, 0)
    place = node(group, "GeometryNodeInputPosition", -600, -300)
    parts = node(group, "ShaderNodeSeparateXYZ", -400, -300)
    size = node(group, "ShaderNodeMath", -400, -100, operation="MULTIPLY")
    radius = node(group, "ShaderNodeMath", -200, -200, operation="MULTIPLY")
    points = node(group, "GeometryNodeMeshToPoints", 0, 0)
    look = node(group, "GeometryNodeSetMaterial", 200, 0)
    result = node(group, "NodeGroupOutput", 400, 0)
    link(place.outputs[0], parts.inputs[0])
    link(given.outputs["Size"], size.inputs[0])
    link(given.outputs["Radius at distance 1"], size.inputs[1])
    link(size.outputs[0], radius.inputs[0])
    link(parts.outputs["Y"], radius.inputs[1])
    link(given.outputs["Geometry"], points.inputs["Mesh"])
    link(radius.outputs[0], points.inputs["Radius"])
    link(points.outputs[0], look.inputs["Geometry"])
    link(given.outputs["Material"], look.inputs["Material"])
    link(look.outputs[0], result.inputs[0])
    return group


def size_path(modifier):
    return f'["{compat.input_identifier(modifier.node_group, "Size")}"]'


def add(item, facts):
    """Give an object of loose vertices the modifier."""
    step = (facts["width"] * facts["height"] / len(item.data.vertices)) ** 0.5  # in pixels
    modifier = item.modifiers.new(NAME, "NODES")
    modifier.node_group = group = points_group()
    modifier[compat.input_identifier(group, "Radius at distance 1")] = (
        COVER * step / facts["focal_px"]
    )
    modifier[compat.input_identifier(group, "Material")] = item.data.materials[0]
    return modifier
