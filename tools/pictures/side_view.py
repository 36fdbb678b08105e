# SPDX-License-Identifier: Apache-2.0
"""Render a .glb of relief from beside its camera, to show the surface.

  blender -b --factory-startup --python-exit-code 1 --python side_view.py -- IN.glb OUT.png [RIGHT [UP [BACK]]]

RIGHT, UP, BACK: camera offset in shares of the median vertex distance (default 0.45 0.25 0.1). The camera looks at the point on
the optical axis at that distance. Emission only, so the picture shows the photo's own colours.
"""
import sys

import bpy
import mathutils
import numpy

numpy.bool = bool  # Blender 3.4's glTF importer uses a name that newer numpy dropped

LONG_SIDE = 960
SAMPLES = 16


def import_scene(path):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=path)
    scene = bpy.context.scene
    scene.camera = next(item for item in bpy.data.objects if item.type == "CAMERA")
    world = bpy.data.worlds.new("backdrop")
    world.color = (0.05, 0.05, 0.06)
    scene.world = world
    return scene


def median_distance(scene):
    """Median distance of the vertices along the source camera's axis (glTF's -Z, Blender's +Y after import)."""
    found = []
    for item in scene.objects:
        if item.type == "MESH":
            points = numpy.empty(len(item.data.vertices) * 3, numpy.float32)
            item.data.vertices.foreach_get("co", points)
            found.append(numpy.abs(points.reshape(-1, 3)[:, 1]))
    return float(numpy.median(numpy.concatenate(found)))


def move_camera(scene, right, up, back):
    distance = median_distance(scene)
    camera = scene.camera
    target = mathutils.Vector((0, distance, 0))
    camera.parent = None
    camera.location = mathutils.Vector((right * distance, -back * distance, up * distance))
    camera.rotation_mode = "QUATERNION"
    camera.rotation_quaternion = (target - camera.location).to_track_quat("-Z", "Y")
    camera.data.clip_end = 1e5


def render(scene, path):
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = SAMPLES
    scene.cycles.use_denoising = False
    scene.view_settings.view_transform = "Standard"
    aspect = scene.render.resolution_x / scene.render.resolution_y
    scene.render.resolution_x = LONG_SIDE
    scene.render.resolution_y = round(LONG_SIDE / aspect) if aspect > 1 else LONG_SIDE
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


def main():
    words = sys.argv[sys.argv.index("--") + 1 :]
    offsets = [float(word) for word in words[2:]] + [0.45, 0.25, 0.1][len(words) - 2 :]
    scene = import_scene(words[0])
    scene.render.resolution_x, scene.render.resolution_y = 400, 300
    move_camera(scene, *offsets)
    render(scene, words[1])


main()
