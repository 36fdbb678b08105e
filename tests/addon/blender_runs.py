# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts that run inside Blender share: the add-on installed from a zip, results looked up, pictures rendered."""
import importlib
import json
import os
import pathlib
import sys

import bpy

JOB = json.loads(pathlib.Path(sys.argv[sys.argv.index("--") + 1]).read_text())


# From 4.2 on the zip is an extension, of the repository for files from the disk.
EXTENSION = hasattr(bpy.ops, "extensions") and bpy.app.version >= (4, 2, 0)
MODULE = "bl_ext.user_default.relief" if EXTENSION else "relief"


def install():
    """Install the add-on from its zip, as a user's script would, and enable it."""
    if EXTENSION:
        bpy.ops.extensions.package_install_files(
            filepath=JOB["zip"], repo="user_default", enable_on_install=True
        )
    else:
        bpy.ops.preferences.addon_install(filepath=JOB["zip"], overwrite=True)
        enable()
    assert MODULE in bpy.context.preferences.addons
    where, own = sys.modules[MODULE].__file__, os.environ["BLENDER_USER_RESOURCES"]
    assert where.startswith((own, os.environ["BLENDER_USER_SCRIPTS"])), f"another one: {where}"


def enable():
    if MODULE not in bpy.context.preferences.addons:
        bpy.ops.preferences.addon_enable(module=MODULE)


def disable():
    bpy.ops.preferences.addon_disable(module=MODULE)


def part(name):
    """A module of the installed add-on, "ui.job" for instance."""
    return importlib.import_module(f"{MODULE}.{name}")


def empty_scene():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    enable()


def collection_of(name):
    return bpy.data.collections[name]


def with_role(collection, role):
    found = [item for item in collection.objects if item.get("relief_role") == role]
    assert len(found) <= 1, f"{collection.name}: {len(found)} objects with the role {role}"
    return found[0] if found else None


def sample_pixel_centres(scene):
    """Cycles with one ray through the middle of each pixel, and no change of colours on the way."""
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 1
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    scene.cycles.pixel_filter_type = "BOX"
    scene.cycles.filter_width = 0.01
    scene.render.film_transparent = True
    scene.render.dither_intensity = 0.0
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGBA", "8"


def render(path):
    scene = bpy.context.scene
    if scene.world is None:
        scene.world = bpy.data.worlds.new("world")
    sample_pixel_centres(scene)
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def snapshot():
    """Everything in the file, as far as names and numbers tell."""
    state = {}
    for kind in dir(bpy.data):
        blocks = getattr(bpy.data, kind)
        if isinstance(blocks, bpy.types.bpy_prop_collection) and kind != "window_managers":
            state[kind] = sorted((it.name, it.users) for it in blocks)
    scene = bpy.context.scene
    state["scene"] = [
        scene.camera and scene.camera.name,
        scene.render.resolution_x,
        scene.render.resolution_y,
        [list(map(list, it.matrix_world)) for it in scene.objects],
        sorted(it.name for it in scene.objects),
    ]
    return state
