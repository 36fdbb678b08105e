# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel in the 3D view's sidebar."""
import os

import bpy

from . import displace, importer, job, live_depth, point_cloud, update

TAB = "Relief"


class VIEW3D_PT_relief(bpy.types.Panel):
    bl_label = importer.LABEL
    bl_idname = "VIEW3D_PT_relief"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB

    def draw(self, context):
        layout = self.layout
        if job.queue.tasks:
            self._draw_job(layout)
        else:
            layout.operator(importer.IMPORT_SCENE_OT_relief_photo.bl_idname, icon="CAMERA_DATA")
        collection = update.result_of(context)
        if collection is not None:
            self._draw_result(layout, context, collection)

    @staticmethod
    def _draw_job(layout):
        box = layout.box()
        share, stage = job.queue.current.progress
        if hasattr(box, "progress"):  # from 4.0 on
            box.progress(factor=share, text=f"{stage} {share:.0%}")
        else:
            box.label(text=f"{stage} {share:.0%}", icon="TIME")
        box.operator("relief.cancel", icon="CANCEL")

    def _draw_result(self, layout, context, collection):
        facts = collection["relief"]
        depth = collection.get("relief_depth")
        column = layout.column(align=True)
        column.label(text=collection.name, icon="OUTLINER_COLLECTION")
        if depth is not None:
            depth.preview_ensure()
            column.template_icon(icon_value=depth.preview.icon_id, scale=8)
        self._draw_live(layout, collection)
        column = layout.column(align=True)
        column.operator("relief.update", icon="FILE_REFRESH")
        column.operator("relief.show_log", icon="TEXT")
        self._draw_facts(layout, facts)
        view = context.scene.view_settings
        if view.view_transform != "Standard":
            box = layout.box()
            box.label(text=f"{view.view_transform} changes colours", icon="INFO")
            box.operator("relief.standard_view")

    @staticmethod
    def _draw_live(layout, collection):
        """What can be changed without another run."""
        item = next((it for it in collection.objects if it.get("relief_role") == "front"), None)
        if item is None:
            return
        column = layout.column()
        modifier = live_depth.modifier_of(item)
        if modifier:
            column.prop(
                modifier, live_depth.strength_path(modifier), text="Live Depth", slider=True
            )
        modifier = item.modifiers.get(displace.NAME)
        if modifier:
            column.prop(modifier, "strength", text="Live Depth")
            column.prop(item.modifiers[displace.FINER], "levels", text="Subdivision")
        modifier = item.modifiers.get(point_cloud.NAME)
        if modifier:
            column.prop(modifier, point_cloud.size_path(modifier), text="Point Size")

    @staticmethod
    def _draw_facts(layout, facts):
        wanted, _wishes = update.read_settings(facts)
        column = layout.column(align=True)
        column.enabled = False
        rows = (
            ("Photo", os.path.basename(facts["source"])),
            ("Size", f"{facts['width']} x {facts['height']}"),
            ("Method", wanted.method.title()),
            ("Model", facts["model"] or "given depth map"),
            ("Quality", wanted.quality.title()),
            ("Field of View", f"{facts['fov_degrees']:.1f}° ({facts['focal_from']})"),
        )
        for name, value in rows:
            split = column.split(factor=0.45)
            split.label(text=name)
            split.label(text=value)


def register():
    bpy.utils.register_class(VIEW3D_PT_relief)


def unregister():
    bpy.utils.unregister_class(VIEW3D_PT_relief)
