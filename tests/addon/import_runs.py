# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: install from the zip, import photos, look at what is there, render, save. Job: {"photos": [...], "out": folder,
"shared": whether to go on with one file for all}. Each photo: {"path", "label", "method", "options"}; writes label.json, .png and .blend.
"""
import json
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import blender_runs as runs  # noqa: E402 -- Blender runs files without their folder on the path
import bpy  # noqa: E402
import numpy  # noqa: E402


def facts_of_mesh(item):
    mesh = item.data
    uvs = numpy.empty(2 * len(mesh.loops), numpy.float32)
    if mesh.uv_layers:
        mesh.uv_layers[0].data.foreach_get("uv", uvs)
    smooth = numpy.empty(len(mesh.polygons), bool)
    mesh.polygons.foreach_get("use_smooth", smooth)
    material = mesh.materials[0]
    kinds = sorted({node.type for node in material.node_tree.nodes})
    images = [node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE"]
    return {
        "vertices": len(mesh.vertices),
        "edges": len(mesh.edges),
        "polygons": len(mesh.polygons),
        "valid": not mesh.validate(verbose=True),
        "uv_layers": [layer.name for layer in mesh.uv_layers],
        "uv_range": [float(uvs.min()), float(uvs.max())] if mesh.uv_layers else None,
        "uv_error": uv_error(item, uvs) if mesh.uv_layers else None,
        "smooth": float(smooth.mean()) if len(smooth) else 1.0,
        "material": kinds,
        "blend": material.blend_method,
        "modifiers": [modifier.type for modifier in item.modifiers],
        "images": [facts_of_image(image) for image in images],
    }


def uv_error(item, uvs):
    """How far UVs are from where the photo's camera sees the corners, in shares of the picture; of the front."""
    if item.get("relief_role") != "front" or item.data.materials[0].node_tree.nodes.get("UV Map"):
        return 0.0
    mesh = item.data
    places = numpy.empty(3 * len(mesh.vertices), numpy.float32)
    mesh.vertices.foreach_get("co", places)
    corners = numpy.empty(len(mesh.loops), numpy.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    places = places.reshape(-1, 3)[corners].astype(numpy.float64)
    scene, lens = bpy.context.scene, bpy.context.scene.camera.data
    width, height = scene.render.resolution_x, scene.render.resolution_y
    focal = lens.lens / lens.sensor_width * max(width, height)
    u = 0.5 + focal / width * places[:, 0] / places[:, 1]
    v = 0.5 + focal / height * places[:, 2] / places[:, 1]
    return float(max(numpy.abs(u - uvs[0::2]).max(), numpy.abs(v - uvs[1::2]).max()))


def facts_of_image(image):
    return {
        "name": image.name,
        "size": list(image.size),
        "packed": image.packed_file.size if image.packed_file else 0,
        "source": image.source,
        "colours": image.colorspace_settings.name,
    }


def facts_of(collection):
    scene = bpy.context.scene
    lens = runs.with_role(collection, "camera").data
    return {
        "name": collection.name,
        "objects": sorted([item.get("relief_role"), item.type] for item in collection.objects),
        "meshes": {
            item["relief_role"]: facts_of_mesh(item)
            for item in collection.objects
            if item.type == "MESH"
        },
        "camera": {
            "angle": math.degrees(lens.angle),
            "shift": [lens.shift_x, lens.shift_y],
            "active": scene.camera == runs.with_role(collection, "camera"),
            "resolution": [scene.render.resolution_x, scene.render.resolution_y],
            "percentage": scene.render.resolution_percentage,
            "aspect": [scene.render.pixel_aspect_x, scene.render.pixel_aspect_y],
        },
        "relief": {key: collection["relief"][key] for key in collection["relief"].keys()},
        "log": collection["relief_log"].as_string(),
        "thumbnail": list(collection["relief_depth"].size),
        "libraries": len(bpy.data.libraries),
    }


def main():
    runs.install()
    out = pathlib.Path(runs.JOB["out"])
    for photo in runs.JOB["photos"]:
        runs.empty_scene()
        before = set(bpy.data.collections.keys())
        answer = bpy.ops.import_scene.relief_photo(
            filepath=photo["path"], **photo.get("options", {})
        )
        assert answer == {"FINISHED"}, answer
        new = set(bpy.data.collections.keys()) - before
        assert len(new) == 1, f"{photo['label']}: collections {new}"
        facts = facts_of(runs.collection_of(new.pop()))
        (out / f"{photo['label']}.json").write_text(json.dumps(facts))
        if photo.get("render", True):
            runs.render(out / f"{photo['label']}.png")
        bpy.ops.wm.save_as_mainfile(filepath=str(out / f"{photo['label']}.blend"))


main()
