# SPDX-License-Identifier: GPL-3.0-or-later
"""Where versions of Blender differ."""
import bpy


def add_socket(group, direction, kind, name, value=None):
    """A socket of a node group's interface; direction is "INPUT" or "OUTPUT"."""
    if hasattr(group, "interface"):  # from 4.0 on
        socket = group.interface.new_socket(name, in_out=direction, socket_type=kind)
    else:
        sockets = group.inputs if direction == "INPUT" else group.outputs
        socket = sockets.new(kind, name)
    if value is not None:
        socket.default_value = value
    return socket


def input_identifier(group, name):
    """What a modifier calls the input `name` of its node group."""
    if hasattr(group, "interface"):
        items = [it for it in group.interface.items_tree if it.item_type == "SOCKET"]
        sockets = [it for it in items if it.in_out == "INPUT"]
    else:
        sockets = group.inputs
    return next(socket.identifier for socket in sockets if socket.name == name)


def set_polygons(mesh, loop_starts, corners):
    mesh.polygons.foreach_set("loop_start", loop_starts)
    if bpy.app.version < (4, 1, 0):  # later it follows from the starts
        mesh.polygons.foreach_set("loop_total", corners)


def curves_of(block):
    """The animation curves of a datablock that has just been given a key."""
    action = block.animation_data.action
    if hasattr(action, "fcurves"):
        return action.fcurves
    slot = block.animation_data.action_slot  # from 5.0 on
    return action.layers[0].strips[0].channelbag(slot).fcurves


def online():
    """Whether the user lets add-ons use the network; Blender asks from 4.2 on."""
    return getattr(bpy.app, "online_access", True)
