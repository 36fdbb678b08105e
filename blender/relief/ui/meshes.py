# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays to Blender's meshes, in steps: every function here is a generator that yields where a redraw may come in between."""
import bpy
import numpy

from . import compat

COLOURS = "Colour"


def fill_triangles(mesh, surface, scale):
    """A surface (core.glb.Surface) into an empty mesh."""
    corners = numpy.ascontiguousarray(surface.triangles, numpy.int32)
    yield from _fill(mesh, surface, corners, scale)


def fill_quads(mesh, surface, scale):
    """A plane, whose triangles come in pairs, into an empty mesh as quads."""
    pairs = surface.triangles.reshape(-1, 6)
    yield from _fill(mesh, surface, numpy.ascontiguousarray(pairs[:, (0, 1, 5, 2)]), scale)


def _fill(mesh, surface, corners, scale):
    count, sides = corners.shape
    mesh.vertices.add(len(surface.positions))
    mesh.vertices.foreach_set("co", (surface.positions * numpy.float32(scale)).ravel())
    yield
    mesh.loops.add(count * sides)
    mesh.loops.foreach_set("vertex_index", corners.ravel())
    yield
    mesh.polygons.add(count)
    starts = numpy.arange(0, count * sides, sides, dtype=numpy.int32)
    compat.set_polygons(mesh, starts, numpy.full(count, sides, numpy.int32))
    # Silhouettes have vertices of their own on each side, so shading is smooth up to them and not across.
    mesh.polygons.foreach_set("use_smooth", numpy.ones(count, bool))
    yield
    layer = mesh.uv_layers.new(name="UVMap", do_init=False)
    layer.data.foreach_set("uv", surface.uvs[corners.ravel()].ravel())
    yield
    mesh.update(calc_edges=True)
    yield


def fill_points(mesh, positions, colours, scale):
    """Points with colours (bytes, sRGB) into an empty mesh."""
    mesh.vertices.add(len(positions))
    mesh.vertices.foreach_set("co", (positions * numpy.float32(scale)).ravel())
    yield
    values = numpy.ones((len(colours), 4), numpy.float32)
    values[:, :3] = to_linear()[colours]
    attribute = mesh.color_attributes.new(COLOURS, "FLOAT_COLOR", "POINT")
    attribute.data.foreach_set("color", values.ravel())
    yield
    mesh.update()


def to_linear():
    """Linear light of each of the 256 values of sRGB (IEC 61966-2-1)."""
    value = numpy.arange(256) / 255
    dark = value / 12.92
    return numpy.where(value <= 0.04045, dark, ((value + 0.055) / 1.055) ** 2.4).astype("f4")


def remove_unused(blocks):
    """Remove datablocks that nothing uses any more."""
    unused = [block for block in blocks if block is not None and block.users == 0]
    if unused:
        bpy.data.batch_remove(unused)
