# SPDX-License-Identifier: GPL-3.0-or-later
"""Photo as 3D scene: choose a photo in Blender, get the finished scene. The work is done by the program relief."""

bl_info = {
    "name": "Photo as 3D Scene (relief)",
    "author": "The relief maintainers",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "File > Import > Photo as 3D Scene; Add > Image > Photo as 3D",
    "description": "Turn one photo into a textured 3D scene with a matched camera",
    "category": "Import-Export",
}


def register():
    from . import ui

    ui.register()


def unregister():
    from . import ui

    ui.unregister()
