# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials that show the photo where it was taken: every point of a surface lies on the ray on which it was seen.

UVs are interpolated along the surface, not along the picture; the position divided by its depth is exact for any
tessellation, and stays so when vertices move along their rays.
"""
import bpy

from . import compat

PROJECTION = "Relief projection"
VERSION = 1  # of the node groups; those of another version are left to the materials that use them


def find_group(name, kind, version):
    """The node group that is there already, or a new, empty one. (group, whether it is new)"""
    for group in bpy.data.node_groups:
        if group.get("relief") == f"{name} {version}" and not group.library:
            return group, False
    group = bpy.data.node_groups.new(name, kind)
    group["relief"] = f"{name} {version}"
    return group, True


def node(tree, kind, x, y, **values):
    made = tree.nodes.new(kind)
    made.location = (x, y)
    for name, value in values.items():
        setattr(made, name, value)
    return made


def projection_group():
    """Scale and offset of a camera in, the place in its picture out."""
    group, new = find_group(PROJECTION, "ShaderNodeTree", VERSION)
    if not new:
        return group
    compat.add_socket(group, "INPUT", "NodeSocketVector", "Scale", (1, 1, 0))
    compat.add_socket(group, "INPUT", "NodeSocketVector", "Offset", (0.5, 0.5, 0))
    compat.add_socket(group, "OUTPUT", "NodeSocketVector", "Vector")
    link = group.links.new
    given = node(group, "NodeGroupInput", -200, -150)
    place = node(group, "ShaderNodeTexCoord", -600, 150)
    parts = node(group, "ShaderNodeSeparateXYZ", -400, 150)
    right = node(group, "ShaderNodeMath", -200, 250, operation="DIVIDE")
    up = node(group, "ShaderNodeMath", -200, 80, operation="DIVIDE")
    slopes = node(group, "ShaderNodeCombineXYZ", 0, 150)
    affine = node(group, "ShaderNodeVectorMath", 200, 100, operation="MULTIPLY_ADD")
    result = node(group, "NodeGroupOutput", 400, 100)
    link(place.outputs["Object"], parts.inputs[0])
    for math, axis in ((right, "X"), (up, "Z")):
        link(parts.outputs[axis], math.inputs[0])
        link(parts.outputs["Y"], math.inputs[1])
    link(right.outputs[0], slopes.inputs["X"])
    link(up.outputs[0], slopes.inputs["Y"])
    link(slopes.outputs[0], affine.inputs[0])
    link(given.outputs["Scale"], affine.inputs[1])
    link(given.outputs["Offset"], affine.inputs[2])
    link(affine.outputs[0], result.inputs["Vector"])
    return group


def add_unlit(tree, colour, alpha=None):
    """Light of its own, for the camera alone, as Blender's glTF importer makes it. The shader's output."""
    link = tree.links.new
    rays = node(tree, "ShaderNodeLightPath", -300, 450)
    nothing = node(tree, "ShaderNodeBsdfTransparent", 0, 150)
    shine = node(tree, "ShaderNodeEmission", 0, 0)
    mix = node(tree, "ShaderNodeMixShader", 250, 200)
    share = rays.outputs["Is Camera Ray"]
    if alpha:
        both = node(tree, "ShaderNodeMath", 0, 400, operation="MULTIPLY")
        link(share, both.inputs[0])
        link(alpha, both.inputs[1])
        share = both.outputs[0]
    link(share, mix.inputs[0])
    link(nothing.outputs[0], mix.inputs[1])
    link(colour, shine.inputs["Color"])
    link(shine.outputs[0], mix.inputs[2])
    return mix.outputs[0]


def add_shaded(tree, colour, alpha=None):
    """A matt surface that takes light. The shader's output."""
    surface = node(tree, "ShaderNodeBsdfPrincipled", 100, 200)
    tree.links.new(colour, surface.inputs["Base Color"])
    surface.inputs["Roughness"].default_value = 0.9
    shine = "Specular IOR Level" if "Specular IOR Level" in surface.inputs else "Specular"
    surface.inputs[shine].default_value = 0.0
    if alpha:
        tree.links.new(alpha, surface.inputs["Alpha"])
    return surface.outputs[0]


def start(name):
    """(material, its empty tree, its output)"""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    return material, tree, node(tree, "ShaderNodeOutputMaterial", 500, 200)


def of_picture(name, image, surface, shaded, projected=True):
    """Show `image` on a surface (core.glb.Surface), by its camera or else by its UVs."""
    material, tree, output = start(name)
    picture = node(tree, "ShaderNodeTexImage", -350, 100, image=image, extension="EXTEND")
    if projected:
        camera = node(tree, "ShaderNodeGroup", -600, 0, node_tree=projection_group())
        camera.inputs["Scale"].default_value = (*surface.scale, 0)
        camera.inputs["Offset"].default_value = (*surface.offset, 0)
        tree.links.new(camera.outputs["Vector"], picture.inputs["Vector"])
    else:
        place = node(tree, "ShaderNodeUVMap", -600, 0, uv_map="UVMap")
        tree.links.new(place.outputs["UV"], picture.inputs["Vector"])
    alpha = picture.outputs["Alpha"] if surface.alpha != "OPAQUE" else None
    add = add_shaded if shaded else add_unlit
    tree.links.new(add(tree, picture.outputs["Color"], alpha), output.inputs["Surface"])
    if alpha:
        material.blend_method = "BLEND" if surface.alpha == "BLEND" else "HASHED"
    tree.nodes.active = picture  # what viewports show in solid mode
    return material


def of_colours(name, attribute, shaded):
    """Show the colours that points bring along."""
    material, tree, output = start(name)
    colour = node(tree, "ShaderNodeAttribute", -350, 100, attribute_name=attribute)
    add = add_shaded if shaded else add_unlit
    tree.links.new(add(tree, colour.outputs["Color"]), output.inputs["Surface"])
    return material
