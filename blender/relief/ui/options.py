# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a run as Blender shows them; the import and the update share them."""
import math

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..core import models, settings
from . import build, preferences

METHODS = (
    ("SCENE", "Scene", "Two surfaces: what the photo shows, and what comes to light behind it"),
    ("SURFACE", "Single Surface", "What the photo shows, cut along silhouettes"),
    (
        "DISPLACE",
        "Displace",
        "A plane, subdivided, with a Displace modifier whose strength stays live",
    ),
    ("POINTS", "Point Cloud", "A point for every pixel, with its colour"),
)
QUALITIES = (
    ("DRAFT", "Draft", "Few triangles, quickly"),
    ("NORMAL", "Normal", "Half a pixel of parallax at most"),
    ("HIGH", "High", "A quarter of a pixel at most, and the network looks twice"),
)
MOVES = (
    ("NONE", "None", "The camera stands where the photo was taken"),
    ("ZOOM", "Zoom", "Towards the subject"),
    ("DOLLY", "Dolly", "Away from the subject while the lens narrows, so that it keeps its size"),
    ("ORBIT", "Orbit", "Around the subject"),
    ("SWAY", "Sway", "To and fro, again and again"),
)
DEPTH_KINDS = tuple((name.upper(), name.title(), "") for name in ("disparity", "depth", "metres"))

_items = []  # Blender keeps no references to the strings of such lists


def complexity_items(_self, _context):
    """The networks to choose from, with what is known of them at the moment."""
    known = {model.name: model for model in preferences.known_models()}
    items = [("BUILTIN", "Built-in", "The network inside the program: fast, needs no download")]
    for word, name in models.COMPLEXITY.items():
        model = known.pop(name, None)
        here = model is None or model.installed
        title = f"{word.title()} ({name})" + ("" if here else ", not installed")
        hint = "" if here else ". Download it in the add-on's preferences"
        items.append((word, title, (model.title if model else name) + hint))
    for model in known.values():
        if model.installed and not model.builtin:
            items.append((model.name, model.name, model.title))
    global _items
    if items != _items:
        _items = items
    return _items


def model_of(complexity):
    """The program's name for a choice of complexity_items()."""
    return "" if complexity == "BUILTIN" else models.COMPLEXITY.get(complexity, complexity)


class Options:
    """Properties for operators; mix it in."""

    complexity: EnumProperty(
        name="Model Complexity",
        description="Which depth network looks at the photo",
        items=complexity_items,
    )
    model: StringProperty(
        name="Model",
        description="Name or .onnx file of a network, in place of Model Complexity",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    force_cpu: BoolProperty(
        name="Force CPU",
        description="Let the network run on the processor, even where a graphics card could do it",
        default=False,
    )
    method: EnumProperty(name="Method", description="What to make of the photo", items=METHODS)
    quality: EnumProperty(
        name="Quality", description="How fine the result is", items=QUALITIES, default="NORMAL"
    )
    strength: FloatProperty(
        name="Depth Strength",
        description="Less than 1 is flatter, more is deeper; it can be changed later",
        default=1.0,
        min=0.01,
        max=10.0,
        soft_max=3.0,
    )
    auto_fov: BoolProperty(
        name="Field of View from Photo",
        description="Take the field of view from the photo's EXIF data, or 55° without any",
        default=True,
    )
    fov: FloatProperty(
        name="Field of View",
        description="Angle that the photo shows on its long side",
        subtype="ANGLE",
        default=math.radians(55),
        min=math.radians(1),
        max=math.radians(170),
    )
    scale: FloatProperty(
        name="Scale",
        description="Size of the scene: its middle is 2 units away, or as far as measured in metres",
        default=1.0,
        min=0.001,
        max=10000.0,
        soft_max=100.0,
    )
    pack: BoolProperty(
        name="Pack Images",
        description="Keep the pictures inside the .blend file, so that it stands alone",
        default=True,
    )
    match_camera: BoolProperty(
        name="Match Camera and Resolution",
        description="Make the photo's camera the active one, and render at the photo's size",
        default=True,
    )
    shaded: BoolProperty(
        name="Shaded",
        description="A surface that takes light, in place of the photo's own light",
        default=False,
    )
    move: EnumProperty(
        name="Camera Move", description="A second camera that moves, ready to render", items=MOVES
    )
    move_frames: IntProperty(
        name="Frames", description="How long the move takes", default=120, min=2, max=10000
    )
    move_amount: FloatProperty(
        name="Amount",
        description="How far the camera goes; more shows more of what the photo does not",
        default=1.0,
        min=0.01,
        max=10.0,
        soft_max=3.0,
    )
    depth_path: StringProperty(
        name="Depth Map",
        description="Use this depth map (PNG, EXR, PFM, NPY) in place of a network",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    depth_is: EnumProperty(
        name="Depth Map Holds", items=DEPTH_KINDS, options={"HIDDEN", "SKIP_SAVE"}
    )

    def settings(self):
        render = bpy.context.scene.render
        return settings.Settings(
            model=bpy.path.abspath(self.model) or model_of(self.complexity),
            force_cpu=self.force_cpu,
            method=self.method,
            quality=self.quality,
            strength=self.strength,
            field_of_view=0.0 if self.auto_fov else math.degrees(self.fov),
            scale=self.scale,
            depth=bpy.path.abspath(self.depth_path),
            depth_is=self.depth_is.lower(),
            move="" if self.move == "NONE" else self.move.lower(),
            move_frames=self.move_frames,
            move_amount=self.move_amount,
            frames_per_second=min(240.0, max(1.0, render.fps / render.fps_base)),
        )

    def wishes(self):
        return build.Wishes(self.shaded, self.pack, self.match_camera)

    def show(self, given, wishes):
        """Take on settings that were used before."""
        words = {name: word for word, name in models.COMPLEXITY.items()}
        self.model = ""
        wanted = words.get(given.model, given.model) if given.model else "BUILTIN"
        if wanted in {item[0] for item in complexity_items(self, None)}:
            self.complexity = wanted
        else:
            self.model = given.model
        self.force_cpu, self.method, self.quality = given.force_cpu, given.method, given.quality
        self.strength, self.scale = given.strength, given.scale
        self.auto_fov = given.field_of_view == 0
        if given.field_of_view:
            self.fov = math.radians(given.field_of_view)
        self.depth_path, self.depth_is = given.depth, given.depth_is.upper()
        self.move = given.move.upper() or "NONE"
        self.move_frames, self.move_amount = given.move_frames, given.move_amount
        self.shaded, self.pack, self.match_camera = wishes.shaded, wishes.pack, wishes.match_camera

    def draw_options(self, layout):
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column()
        if self.model:
            column.prop(self, "model")
        else:
            column.prop(self, "complexity")
            self._draw_hint(column)
        column.prop(self, "force_cpu")
        column = layout.column()
        column.prop(self, "method")
        column.prop(self, "quality")
        column.prop(self, "strength")
        column = layout.column(heading="Field of View")
        column.prop(self, "auto_fov", text="Auto")
        row = column.row()
        row.enabled = not self.auto_fov
        row.prop(self, "fov", text="Angle")
        layout.prop(self, "scale")
        column = layout.column()
        column.enabled = self.method in ("SCENE", "SURFACE")
        column.prop(self, "move")
        if self.move != "NONE":
            column.prop(self, "move_frames")
            column.prop(self, "move_amount")
        column = layout.column()
        column.prop(self, "shaded")
        column.prop(self, "pack")
        column.prop(self, "match_camera")

    def _draw_hint(self, layout):
        name = model_of(self.complexity)
        known = {model.name: model for model in preferences.known_models()}
        if name in known and not known[name].installed:
            row = layout.row()
            row.operator("relief.preferences", text="Not installed: get it", icon="IMPORT")
