# SPDX-License-Identifier: Apache-2.0
"""Run Cycles: the light passes of a photo, and exact depth."""

from pathlib import Path

import bpy
import exr
import numpy as np

LAYER = "ViewLayer"


def setup(size, seed):
    """Settings that both kinds of render share; `size` is (width, height) in pixels."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.use_persistent_data = True
    scene.render.dither_intensity = 0.0
    image = scene.render.image_settings
    image.file_format, image.color_depth, image.exr_codec = "OPEN_EXR_MULTILAYER", "32", "NONE"
    cycles = scene.cycles
    cycles.device, cycles.seed, cycles.use_denoising = "CPU", seed, False
    cycles.use_adaptive_sampling = False
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 6, 3, 3
    cycles.transmission_bounces, cycles.transparent_max_bounces = 4, 4
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_direct, cycles.sample_clamp_indirect = 0.0, 4.0
    layer = bpy.context.view_layer
    layer.use_pass_z = layer.use_pass_normal = True
    layer.use_pass_diffuse_direct = layer.use_pass_diffuse_indirect = True
    layer.use_pass_diffuse_color = True


def _render(path):
    scene = bpy.context.scene
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    planes = exr.read(path)
    Path(path).unlink()
    return planes


def _colour(planes, name, axes="RGB"):
    return np.stack([planes[f"{LAYER}.{name}.{axis}"] for axis in axes], axis=-1)


def photo(scratch, samples):
    """The passes that develop() needs, filtered as a lens and sensor would, float32."""
    cycles = bpy.context.scene.cycles
    cycles.samples, cycles.pixel_filter_type, cycles.filter_width = (samples, "GAUSSIAN", 1.3)
    planes = _render(scratch)
    normal = _colour(planes, "Normal", "XYZ")
    length = np.linalg.norm(normal, axis=2, keepdims=True)
    return {
        "combined": _colour(planes, "Combined"),
        "light": _colour(planes, "DiffDir") + _colour(planes, "DiffInd"),
        "colour": _colour(planes, "DiffCol"),
        "normal": normal / np.maximum(length, 1e-6),
        "depth": planes[f"{LAYER}.Depth.Z"],
    }


def depth(scratch):
    """Depth along the optical axis in metres, (height, width): one ray through each pixel centre.

    A box filter 0.01 pixels wide leaves the ray within 0.005 pixels of the centre.
    """
    cycles = bpy.context.scene.cycles
    bounces = cycles.max_bounces
    cycles.samples, cycles.pixel_filter_type, cycles.filter_width = 1, "BOX", 0.01
    cycles.max_bounces = 0
    plane = _render(scratch)[f"{LAYER}.Depth.Z"]
    cycles.max_bounces = bounces
    return plane


def save_jpeg(path, rgb, quality):
    """Write 8-bit RGB (h, w, 3) through Blender's own JPEG writer (4:2:0)."""
    height, width, _ = rgb.shape
    image = bpy.data.images.new("photo", width, height)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = rgb[::-1] / np.float32(255.0)
    image.pixels.foreach_set(pixels.ravel())
    scene = bpy.context.scene
    settings, view = scene.render.image_settings, scene.view_settings
    before = settings.file_format, view.view_transform
    settings.file_format, settings.quality, view.view_transform = "JPEG", quality, "Standard"
    image.save_render(str(path), scene=scene)
    settings.file_format, view.view_transform = before
    settings.color_depth, settings.exr_codec = "32", "NONE"
    bpy.data.images.remove(image)
