# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a result again, with other settings, in its place."""
import json
import os

import bpy
from bpy.props import StringProperty

from ..core import settings
from . import build, job, preferences
from .options import Options


def result_of(context):
    """The collection of a photo that the active object, or else the active collection, belongs to; None for none."""
    item = getattr(context, "object", None)
    candidates = list(item.users_collection) if item else []
    if getattr(context, "collection", None):
        candidates.append(context.collection)
    return next((it for it in candidates if "relief" in it), None)


def settings_of(collection):
    """(settings, wishes) with which it was made."""
    return read_settings(collection["relief"])


def read_settings(facts):
    wanted = settings.Settings.from_dict(json.loads(facts["settings"]))
    return wanted, build.Wishes(**json.loads(facts["wishes"]))


class RELIEF_OT_update(bpy.types.Operator, Options):
    """Make the scene again from its photo, with other settings, in place"""

    bl_idname = "relief.update"
    bl_label = "Update from Photo"
    bl_options = {"INTERNAL"}

    filepath: StringProperty(name="Photo", subtype="FILE_PATH", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context):
        return result_of(context) is not None

    def invoke(self, context, _event):
        self.chosen_by_hand = True
        preferences.refresh_models()
        self.show(*settings_of(result_of(context)))
        self.filepath = result_of(context)["relief"]["source"]
        return context.window_manager.invoke_props_dialog(self, width=360)

    def execute(self, context):
        target = result_of(context)
        by_hand = getattr(self, "chosen_by_hand", False)
        given, wishes = self.settings(), self.wishes()
        if not by_hand:  # of a script, what it does not mention stays as it was
            given, wishes = self._merged(*settings_of(target))
        photo = self.filepath or target["relief"]["source"]
        task = job.Task(os.path.abspath(bpy.path.abspath(photo)), given, wishes, target)
        return job.start(self, context, [task], wait=not by_hand)

    def _merged(self, given, wishes):
        mentioned = {name: getattr(self, name) for name in self.properties.keys()}
        self.show(given, wishes)
        for name, value in mentioned.items():
            setattr(self, name, value)
        return self.settings(), self.wishes()

    def draw(self, _context):
        self.layout.prop(self, "filepath")
        self.draw_options(self.layout)


class RELIEF_OT_show_log(bpy.types.Operator):
    """Show what the program said"""

    bl_idname = "relief.show_log"
    bl_label = "Show Log"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context):
        collection = result_of(context)
        return collection is not None and collection.get("relief_log") is not None

    def execute(self, context):
        text = result_of(context)["relief_log"]
        bpy.ops.wm.window_new()
        area = context.window_manager.windows[-1].screen.areas[0]
        area.type = "TEXT_EDITOR"
        area.spaces.active.text = text
        return {"FINISHED"}


class RELIEF_OT_standard_view(bpy.types.Operator):
    """Show colours as they are in the photo: set the view transform to Standard"""

    bl_idname = "relief.standard_view"
    bl_label = "Use Standard View"
    bl_options = {"UNDO", "INTERNAL"}

    def execute(self, context):
        view = context.scene.view_settings
        view.view_transform, view.look = "Standard", "None"
        view.exposure, view.gamma = 0.0, 1.0
        return {"FINISHED"}


CLASSES = (RELIEF_OT_update, RELIEF_OT_show_log, RELIEF_OT_standard_view)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister():
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
