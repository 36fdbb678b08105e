# SPDX-License-Identifier: GPL-3.0-or-later
"""The classic way: a plane, subdivided, and a Displace modifier with a picture of the depth; its strength stays live."""
import bpy

NAME, FINER = "Relief displace", "Relief subdivision"
STRENGTH = 0.5  # of a plane 2 units long
LEVELS, RENDER_LEVELS = 1, 2


def add(item, image, wanted):
    """Displace an object by an image whose values are 0 for far to 1 for near. Returns the texture."""
    texture = bpy.data.textures.new(item.name + " depth", "IMAGE")
    texture.image = image
    texture.extension = "EXTEND"
    texture.use_interpolation = True
    finer = item.modifiers.new(FINER, "SUBSURF")
    finer.subdivision_type = "SIMPLE"
    finer.levels, finer.render_levels = LEVELS, RENDER_LEVELS
    modifier = item.modifiers.new(NAME, "DISPLACE")
    modifier.texture = texture
    modifier.texture_coords = "UV"
    modifier.uv_layer = "UVMap"
    modifier.direction = "NORMAL"
    modifier.mid_level = 0.0
    modifier.strength = STRENGTH * wanted.strength * wanted.scale
    return texture
