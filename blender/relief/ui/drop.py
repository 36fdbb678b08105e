# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos that are dropped onto a 3D view, where Blender has such handlers (4.1 and later) and the user wants it.

Blender has handlers of its own for pictures and asks which one to take when there are several; hence it is off at first.
"""
import bpy

from . import importer, preferences

_registered = []


def _make_handler():
    class VIEW3D_FH_relief_photo(bpy.types.FileHandler):
        bl_idname = "VIEW3D_FH_relief_photo"
        bl_label = importer.LABEL
        bl_import_operator = importer.IMPORT_SCENE_OT_relief_photo.bl_idname
        bl_file_extensions = ";".join(importer.ENDINGS)

        @classmethod
        def poll_drop(cls, context):
            wanted = preferences.of_addon()
            in_view = context.area is not None and context.area.type == "VIEW_3D"
            return in_view and wanted is not None and wanted.take_drops

    return VIEW3D_FH_relief_photo


def register():
    if hasattr(bpy.types, "FileHandler"):
        handler = _make_handler()
        bpy.utils.register_class(handler)
        _registered.append(handler)


def unregister():
    while _registered:
        bpy.utils.unregister_class(_registered.pop())
