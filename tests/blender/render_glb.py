# SPDX-License-Identifier: Apache-2.0
"""Render .glb and .obj files in Blender from the photo's camera, by sampling pixel centres.

  blender -b --factory-startup --python-exit-code 1 --python render_glb.py -- JOBS.json

JOBS.json: [{"glb": path, "picture": png, "depth": EXR stem or null, "width": px, "height": px}, ...]. An .obj file has no
camera; "fov" gives its field of view on the long side in degrees.
The picture is RGBA, 8 bit, 'Standard' view; alpha tells where a surface was hit. depth: distance along the optical axis.
"""
import json
import math
import os
import sys

import bpy
import numpy

numpy.bool = bool  # Blender 3.4's glTF importer uses a name that newer numpy dropped


def empty_scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return bpy.context.scene


def sample_pixel_centres(scene, width, height):
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 1
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    scene.cycles.pixel_filter_type = "BOX"
    scene.cycles.filter_width = 0.01
    scene.render.film_transparent = True
    scene.render.dither_intensity = 0.0
    scene.render.resolution_x = width
    scene.render.resolution_y = height
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.color_depth = "8"
    scene.view_layers[0].use_pass_z = True


def import_scene(path):
    """Import, choose the file's only camera, and check that the object is what relief promises."""
    bpy.ops.import_scene.gltf(filepath=path)
    cameras = [item for item in bpy.data.objects if item.type == "CAMERA"]
    meshes = [item for item in bpy.data.objects if item.type == "MESH"]
    assert len(cameras) == 1, f"{path}: {len(cameras)} cameras"
    assert meshes, f"{path}: no mesh"
    for item in meshes:
        for slot in item.material_slots:
            kinds = {node.type for node in slot.material.node_tree.nodes}
            assert "EMISSION" in kinds or "BACKGROUND" in kinds, f"{path}: not unlit: {kinds}"
    bpy.context.scene.camera = cameras[0]


def import_obj(path, fov):
    """Import, let materials shine by their pictures alone, and put a camera at the origin."""
    bpy.ops.wm.obj_import(filepath=path)
    materials = {slot.material for item in bpy.data.objects for slot in item.material_slots}
    assert materials, f"{path}: no materials"
    for material in materials:
        tree = material.node_tree
        picture = next(node for node in tree.nodes if node.type == "TEX_IMAGE")
        picture.extension = "EXTEND"
        emission = tree.nodes.new("ShaderNodeEmission")
        output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
        tree.links.new(picture.outputs["Color"], emission.inputs["Color"])
        tree.links.new(emission.outputs[0], output.inputs["Surface"])
    lens = bpy.data.cameras.new("camera")
    lens.angle = math.radians(fov)
    camera = bpy.data.objects.new("camera", lens)
    camera.rotation_euler = (math.pi / 2, 0, 0)  # the file's -Z is Blender's +Y
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera


def write_depth(scene, path):
    """Let the compositor write the Z pass to PATH0001.exr, 32-bit floats, in the channel R."""
    scene.use_nodes = True
    tree = scene.node_tree
    layers = next(node for node in tree.nodes if node.type == "R_LAYERS")
    output = tree.nodes.new("CompositorNodeOutputFile")
    output.base_path = os.path.dirname(path)
    output.file_slots[0].path = os.path.basename(path)
    output.format.file_format = "OPEN_EXR"
    output.format.color_depth = "32"
    tree.links.new(layers.outputs["Depth"], output.inputs[0])


def render(job):
    scene = empty_scene()
    if job["glb"].endswith(".obj"):
        import_obj(job["glb"], job["fov"])
    else:
        import_scene(job["glb"])
    sample_pixel_centres(scene, job["width"], job["height"])
    if job.get("depth"):
        write_depth(scene, job["depth"])
    scene.render.filepath = job["picture"]
    bpy.ops.render.render(write_still=True)


def main():
    with open(sys.argv[sys.argv.index("--") + 1]) as file:
        jobs = json.load(file)
    for job in jobs:
        render(job)


main()
