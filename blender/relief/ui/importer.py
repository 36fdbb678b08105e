# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing photos: the operator, and its entries in the menus."""
import os

import bpy
from bpy.props import CollectionProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from . import job, preferences
from .options import Options

LABEL = "Photo as 3D Scene"
ENDINGS = (
    ".jpg .jpeg .png .webp .tif .tiff .heic .heif .avif .jxl .exr .gif".split()  # as the program
)
_last_folder = []  # of the last photo, where the file browser begins


class IMPORT_SCENE_OT_relief_photo(bpy.types.Operator, ImportHelper, Options):
    """Turn photos into textured 3D scenes with matched cameras"""

    bl_idname = "import_scene.relief_photo"
    bl_label = LABEL
    bl_options = {"PRESET"}  # the job that it starts is what is undone

    filename_ext = ".jpg"
    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})  # presets hold no photo
    filter_glob: StringProperty(
        default=";".join("*" + ending for ending in ENDINGS), options={"HIDDEN"}
    )
    files: CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"}
    )
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context, event):
        self.chosen_by_hand = True
        preferences.refresh_models()
        if not self.properties.is_property_set("complexity"):
            self.complexity = preferences.default_complexity()
        dropped = self.directory and any(file.name for file in self.files)
        if dropped or self.properties.is_property_set("filepath"):
            return context.window_manager.invoke_props_dialog(self, width=360)
        if _last_folder:
            self.filepath = os.path.join(_last_folder[0], "")
        return super().invoke(context, event)

    def execute(self, context):
        photos = self.photos()
        if not photos:
            self.report({"ERROR"}, "No photo is chosen")
            return {"CANCELLED"}
        _last_folder[:] = [os.path.dirname(os.path.abspath(photos[0]))]
        tasks = [job.Task(photo, self.settings(), self.wishes()) for photo in photos]
        return job.start(self, context, tasks, wait=not getattr(self, "chosen_by_hand", False))

    def photos(self):
        names = [file.name for file in self.files if file.name]
        if names and self.directory:
            return [os.path.join(self.directory, name) for name in names]
        return [bpy.path.abspath(self.filepath)] if self.filepath else []

    def check(self, _context):
        return False  # photos have many endings; the name is left as it is

    def draw(self, _context):
        self.draw_options(self.layout)


def draw_import(self, _context):
    self.layout.operator(IMPORT_SCENE_OT_relief_photo.bl_idname, text=LABEL, icon="CAMERA_DATA")


def draw_add(self, _context):
    self.layout.operator(
        IMPORT_SCENE_OT_relief_photo.bl_idname, text="Photo as 3D", icon="CAMERA_DATA"
    )


def image_menu():
    """Add > Image; older versions call the menu otherwise."""
    return getattr(bpy.types, "VIEW3D_MT_image_add", None) or bpy.types.VIEW3D_MT_add


def register():
    bpy.utils.register_class(IMPORT_SCENE_OT_relief_photo)
    bpy.types.TOPBAR_MT_file_import.append(draw_import)
    image_menu().append(draw_add)


def unregister():
    image_menu().remove(draw_add)
    bpy.types.TOPBAR_MT_file_import.remove(draw_import)
    bpy.utils.unregister_class(IMPORT_SCENE_OT_relief_photo)
