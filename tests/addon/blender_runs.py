# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts that run inside Blender share: the add-on installed from a zip, results looked up, pictures rendered."""
import json
import os
import pathlib
import sys

import bpy

JOB = json.loads(pathlib.Path(sys.argv[sys.argv.index("--") + 1]).read_text())


def install():
    """Install the add-on from its zip, as a user's script would, and enable it."""
    bpy.ops.preferences.addon_install(filepath=JOB["zip"], overwrite=True)
    bpy.ops.preferences.addon_enable(module="relief")
    assert "relief" in bpy.context.preferences.addons
    where = sys.modules["relief"].__file__
    assert where.startswith(os.environ["BLENDER_USER_SCRIPTS"]), f"not the installed one: {where}"


def empty_scene():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    if "relief" not in bpy.context.preferences.addons:
        bpy.ops.preferences.addon_enable(module="relief")


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
