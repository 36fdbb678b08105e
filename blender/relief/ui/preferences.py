# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences, the networks that the program knows, and their download."""
import os

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..core import ReliefError, child, models, program, progress
from . import compat

PACKAGE = __package__.rpartition(".")[0]  # of the whole add-on
COMPLEXITIES = (
    ("BUILTIN", "Built-in", "The network inside the program"),
    ("LOW", "Low", models.COMPLEXITY["LOW"]),
    ("MEDIUM", "Medium", models.COMPLEXITY["MEDIUM"]),
    ("HIGH", "High", models.COMPLEXITY["HIGH"]),
)


def of_addon():
    """The preferences; None while the add-on is not enabled as one, in tests for instance."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon else None


def default_complexity():
    preferences = of_addon()
    return preferences.complexity if preferences else "BUILTIN"


def cache_folder():
    """Where the program's networks and prepared weights go; "" for where it puts them itself."""
    preferences = of_addon()
    folder = preferences.cache_folder if preferences else ""
    return os.path.abspath(bpy.path.abspath(folder)) if folder else ""


def environment():
    """What the program is told besides its arguments."""
    folder = cache_folder()
    if not folder:
        return {}
    return {"RELIEF_CACHE": folder, "RELIEF_MODELS": os.path.join(folder, "models")}


def program_folder():
    """Where a copy of the program may stand."""
    if hasattr(bpy.utils, "extension_path_user") and PACKAGE.startswith("bl_ext."):
        return bpy.utils.extension_path_user(PACKAGE, create=True)
    return cache_folder() or bpy.utils.user_resource("DATAFILES", path="relief", create=True)


def program_words():
    """The words that start the program. Raises ReliefError."""
    preferences = of_addon()
    named = bpy.path.abspath(preferences.program) if preferences and preferences.program else ""
    return program.find(named, copies=program_folder())


# ------------------------------------------------------------------ networks


class _Models:
    known = []
    error = ""
    child = None
    lines = []


def known_models():
    """What is known at the moment; asks the program once in background mode, where there is no later."""
    if not _Models.known and bpy.app.background:
        try:
            _Models.known = models.fetch(program_words(), {**os.environ, **environment()})
        except ReliefError as error:
            _Models.error = str(error)
    return _Models.known


def refresh_models():
    """Ask the program for its list, without waiting for it."""
    if bpy.app.background or _Models.child:
        return
    try:
        _Models.lines = []
        words = [*program_words(), "model", "list", "--json", "--end-with-parent"]
        _Models.child = child.Child(words, environment())
    except ReliefError as error:
        _Models.error = str(error)
        return
    bpy.app.timers.register(_take_models, first_interval=0.05, persistent=True)


def _take_models():
    lines, code = _Models.child.poll()
    _Models.lines += lines
    if code is None:
        return 0.05
    _Models.child = None
    try:
        if code:
            raise ReliefError("failed", "\n".join(text for _, text in _Models.lines))
        _Models.known = models.parse("\n".join(t for name, t in _Models.lines if name == "out"))
        _Models.error = ""
    except ReliefError as error:
        _Models.error = str(error)
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            area.tag_redraw()
    return None


class RELIEF_OT_refresh_models(bpy.types.Operator):
    """Look again which networks are on this machine"""

    bl_idname = "relief.refresh_models"
    bl_label = "Refresh"
    bl_options = {"INTERNAL"}

    def execute(self, _context):
        refresh_models()
        return {"FINISHED"}


class RELIEF_OT_pull(bpy.types.Operator):
    """Download a depth network"""

    bl_idname = "relief.pull"
    bl_label = "Download Network"
    bl_options = {"INTERNAL"}

    name: StringProperty(name="Name")

    def invoke(self, context, _event):
        if not compat.online():
            self.report(
                {"ERROR"}, "Blender may not go online (allow it in Preferences > System > Network)"
            )
            return {"CANCELLED"}
        return context.window_manager.invoke_props_dialog(self, width=420)

    def draw(self, _context):
        model = next((it for it in known_models() if it.name == self.name), None)
        column = self.layout.column(align=True)
        column.label(text=f"Download {self.name}?", icon="IMPORT")
        if model:
            column.label(text=model.title)
            column.label(text=f"{model.size}, licence: {model.licence or 'unknown'}")
            if model.use == "non-commercial":
                column.label(text="Its licence excludes commercial use.", icon="ERROR")

    def execute(self, context):
        if not compat.online():
            self.report({"ERROR"}, "Blender may not go online")
            return {"CANCELLED"}
        try:
            words = [*program_words(), "model", "pull", self.name, "--accept-licence"]
            words += ["--progress", "json", "--end-with-parent"]
            self._heard = progress.Progress()
            self._child = child.Child(words, environment())
        except ReliefError as error:
            self.report({"ERROR"}, f"relief: {error}")
            return {"CANCELLED"}
        self._timer = context.window_manager.event_timer_add(0.1, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            self._child.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        lines, code = self._child.poll()
        for _, line in lines:
            self._heard.hear(line)
        if code is None:
            done, total = self._heard.count
            context.workspace.status_text_set(
                f"Downloading {self.name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB    [Esc] Cancel"
            )
            return {"PASS_THROUGH"}
        self.cancel(context)
        refresh_models()
        if code:
            self.report({"ERROR"}, f"relief: {self._heard.failure(code)}")
            return {"CANCELLED"}
        self.report({"INFO"}, f"{self.name} is installed")
        return {"FINISHED"}

    def cancel(self, context):
        self._child.end()
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)


class RELIEF_OT_preferences(bpy.types.Operator):
    """Open the add-on's preferences"""

    bl_idname = "relief.preferences"
    bl_label = "Preferences"
    bl_options = {"INTERNAL"}

    def execute(self, _context):
        bpy.ops.screen.userpref_show("INVOKE_DEFAULT", section="ADDONS")
        bpy.context.window_manager.addon_search = "relief"
        bpy.ops.preferences.addon_expand(module=PACKAGE)
        return {"FINISHED"}


class ReliefPreferences(bpy.types.AddonPreferences):
    bl_idname = PACKAGE

    program: StringProperty(
        name="Program",
        description="Path of the program relief; empty: the one that came with the add-on, or that on"
        " the PATH",
        subtype="FILE_PATH",
    )
    complexity: EnumProperty(
        name="Default Model Complexity",
        description="What new imports begin with",
        items=COMPLEXITIES,
    )
    cache_folder: StringProperty(
        name="Cache Folder",
        description="Where networks and what is prepared of them lie; empty: the program's own place",
        subtype="DIR_PATH",
    )
    take_drops: BoolProperty(
        name="Offer photos that are dropped onto a 3D view as scenes (Blender 4.1 and later)",
        description="Blender then asks at every drop of a picture what to do with it",
        default=False,
    )

    def draw(self, _context):
        layout = self.layout
        column = layout.column()
        column.prop(self, "program", text="Program (Auto)" if not self.program else "Program")
        try:
            column.label(text=program_words()[-1], icon="CHECKMARK")
        except ReliefError as error:
            column.label(text=str(error), icon="ERROR")
        column.prop(self, "complexity")
        column.prop(self, "cache_folder")
        column.prop(self, "take_drops")
        self._draw_models(layout.box())

    @staticmethod
    def _draw_models(box):
        row = box.row()
        row.label(text="Depth Networks")
        row.operator("relief.refresh_models", text="", icon="FILE_REFRESH")
        if not _Models.known and not _Models.child and not _Models.error:
            refresh_models()
        if _Models.error:
            box.label(text=_Models.error, icon="ERROR")
        for model in _Models.known:
            row = box.row()
            split = row.split(factor=0.3)
            split.label(text=model.name, icon="CHECKMARK" if model.installed else "RADIOBUT_OFF")
            split = split.split(factor=0.2)
            split.label(text=model.size)
            split = split.split(factor=0.65)
            use = ", not for commercial use" if model.use == "non-commercial" else ""
            split.label(text=(model.licence or "unknown licence") + use)
            if model.can_pull:
                split.operator("relief.pull", text="Download", icon="IMPORT").name = model.name
            else:
                split.label(text="Built-in" if model.builtin else "Installed")


CLASSES = (
    RELIEF_OT_refresh_models,
    RELIEF_OT_pull,
    RELIEF_OT_preferences,
    ReliefPreferences,
)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister():
    if _Models.child:
        _Models.child.end()
        _Models.child = None
    if bpy.app.timers.is_registered(_take_models):
        bpy.app.timers.unregister(_take_models)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
