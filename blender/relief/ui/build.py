# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program made becomes objects: in steps, with nothing in the scene before the last."""
import dataclasses
import json
import math
import os
import pathlib

import bpy
import mathutils
import numpy

from ..core import ReliefError, glb, points, settings, thumbnail
from . import camera_move, displace, live_depth, material, meshes, point_cloud

SENSOR_MM = 36.0
LOG = "relief.log"
# What surfaces become; all others are the front.
ROLES = {"fill": "back", "ribbon": "ribbon"}
SOLID = {"MESH", "CURVE", "SURFACE", "META", "FONT", "VOLUME", "POINTCLOUD", "CURVES"}


@dataclasses.dataclass
class Wishes:
    """What the user wants of the result that does not concern the program."""

    shaded: bool = False
    pack: bool = True
    match_camera: bool = True

    def to_dict(self):
        return dataclasses.asdict(self)


class Builder:
    """Makes the datablocks of one result, step by step; `target` is a collection to make anew in place, or None."""

    def __init__(self, result, wishes, target=None):
        self.result, self.wishes, self.target = result, wishes, target
        self.name = bpy.path.display_name_from_filepath(result.photo) or "photo"
        self.created = []  # to be removed when something goes wrong
        self._names = []  # what of it is to be called
        self.written = []  # files, likewise
        self.meshes, self.materials = {}, {}  # by role
        self.collection = self.camera = None
        self.facts, self.motion = {}, None
        # Of an update: datablocks and objects that go when all else is done, and what puts back what it has changed.
        self._old, self._surplus, self._put_back = [], [], []

    def new(self, blocks, *arguments, **keywords):
        block = blocks.new(*arguments, **keywords)
        self.created.append(block)
        self._names.append((block, arguments[0]))
        return block

    def _tidy_names(self):
        """What an update made has numbers behind its names, as long as what it replaces is there."""
        for block, name in self._names:
            if block.name != name:
                block.name = name

    def undo(self):
        """Remove what was made so far; an update's target is as it was."""
        for put_back in reversed(self._put_back):
            try:
                put_back()
            except ReferenceError:  # the user has removed it meanwhile
                pass
        self._put_back, alive = [], []
        for block in self.created:
            try:
                block.name  # noqa: B018 -- raises when Blender has removed it
                alive.append(block)
            except ReferenceError:
                pass
        moving = [block.animation_data for block in alive if getattr(block, "animation_data", None)]
        actions = [motion.action for motion in moving if motion.action]
        bpy.data.batch_remove([*alive, *actions])
        self.created = []
        for path in self.written:
            pathlib.Path(path).unlink(missing_ok=True)
        self.written = []

    def _set(self, block, name, value):
        """Set a property of what is not ours, for as long as nothing goes wrong."""
        before = getattr(block, name)
        self._put_back.append(lambda: setattr(block, name, before))
        setattr(block, name, value)

    def steps(self):
        """Do it all; yields between steps."""
        method = self.result.settings.method
        if method == settings.POINTS:
            yield from self._make_points()
        else:
            yield from self._make_surfaces(plane=method == settings.DISPLACE)
        self._finish()

    # ------------------------------------------------------------------ parts

    def _make_surfaces(self, plane):
        scale = self.result.settings.scale
        with open(self.result.files.scene, "rb") as file:
            data = file.read()
        yield
        scene = glb.read(data, os.path.basename(self.result.photo))
        self.facts, self.motion = scene.facts, scene.motion
        self.clips = scene.near_clip, scene.far_clip
        yield
        for surface in visible(scene.surfaces):
            role = ROLES.get(surface.name, "front")
            mesh = self.new(bpy.data.meshes, self._name_of(role))
            fill = meshes.fill_quads if plane else meshes.fill_triangles
            yield from fill(mesh, surface, scale)
            image = self._picture(role, surface.picture)
            yield
            made = material.of_picture(mesh.name, image, surface, self.wishes.shaded, not plane)
            self.created.append(made)
            self._names.append((made, self._name_of(role)))
            mesh.materials.append(made)
            self.meshes[role] = mesh
            yield
        if plane:
            with open(self.result.files.displacement, "rb") as file:
                picture = glb.Picture(memoryview(file.read()), ".exr")
            self.displacement = self._picture("depth", picture, "Non-Color")
            yield

    def _make_points(self):
        with open(self.result.files.scene, "rb") as file:
            data = file.read()
        yield
        positions, colours = points.read(data, os.path.basename(self.result.photo))
        yield
        facts = {**self.result.facts["scene"]}
        facts.update(width=self.result.facts["width"], height=self.result.facts["height"])
        self.facts = facts
        self.clips = 0.02 * float(positions[:, 1].min()), 4.0 * float(positions[:, 1].max())
        mesh = self.new(bpy.data.meshes, self._name_of("front"))
        yield from meshes.fill_points(mesh, positions, colours, self.result.settings.scale)
        made = material.of_colours(mesh.name, meshes.COLOURS, self.wishes.shaded)
        self.created.append(made)
        self._names.append((made, mesh.name))
        mesh.materials.append(made)
        self.meshes["front"] = mesh
        yield

    def _name_of(self, role):
        return self.name if role == "front" else f"{self.name} {role}"

    def _picture(self, role, picture, colours="sRGB"):
        """An image of an encoded file, inside the .blend or beside it."""
        name = self._name_of(role) + picture.ending
        if self.wishes.pack:
            image = self.new(bpy.data.images, name, 1, 1)
            image.source = "FILE"
            image.filepath_raw = "//" + bpy.path.clean_name(self._name_of(role)) + picture.ending
            data = picture.data.tobytes()
            image.pack(data=data, data_len=len(data))
        else:
            image = bpy.data.images.load(self._write(name, picture))
            self.created.append(image)
        image.colorspace_settings.name = colours
        return image

    def _write(self, name, picture):
        """Put a picture where it can stay: beside the .blend, or beside the photo while that is not saved."""
        home = bpy.path.abspath("//") if bpy.data.filepath else os.path.dirname(self.result.photo)
        folder = os.path.join(home, "textures")
        os.makedirs(folder, exist_ok=True)
        stem, ending = os.path.splitext(
            bpy.path.clean_name(os.path.splitext(name)[0]) + picture.ending
        )
        path, k = os.path.join(folder, stem + ending), 1
        while os.path.exists(path):
            path, k = os.path.join(folder, f"{stem}.{k:03d}{ending}"), k + 1
        with open(path, "xb") as file:
            self.written.append(path)
            file.write(picture.data)
        return path

    # ------------------------------------------------------------------ the end

    def _finish(self):
        """Objects, and their way into the scene; nothing here takes long."""
        self._make_log()
        self._make_thumbnail()
        self._make_camera()
        if self.target is None:
            self._place_new()
        else:
            self._replace()
        moving = self._make_move()
        self._remember()
        # From here on an update cannot go back, and nothing is left that may fail.
        self._complete_objects()
        self._remove_old()
        self._tidy_names()
        if self.wishes.match_camera:
            match_camera(bpy.context.scene, moving or self.camera_object, self.facts)
            if moving:
                camera_move.match_frames(bpy.context.scene, self.motion)

    def _make_log(self):
        self.log = self.new(bpy.data.texts, LOG)
        self.log.write("\n".join(self.result.log) + "\n")
        self.log.cursor_set(0)

    def _make_thumbnail(self):
        grey = thumbnail.of_map(self.result.files.depth, bool(self.facts.get("metric")))
        self.thumbnail = None
        if grey is not None:
            data = thumbnail.png(grey)
            image = self.new(bpy.data.images, f"{self.name} depth preview.png", 1, 1)
            image.source = "FILE"
            image.filepath_raw = "//" + image.name
            image.pack(data=data, data_len=len(data))
            image.colorspace_settings.name = "Non-Color"
            self.thumbnail = image

    def _make_camera(self):
        lens = self.new(bpy.data.cameras, f"{self.name} camera")
        set_lens(lens, self.facts, self.clips, self.result.settings.scale)
        self.lens = lens

    def _place_new(self):
        scene = bpy.context.scene
        place = free_place(scene.cursor.location, [*self.meshes.values()])
        self.collection = self.new(bpy.data.collections, self.name)
        self.objects = {}
        for role, mesh in self.meshes.items():
            self.objects[role] = self.new(bpy.data.objects, mesh.name, mesh)
        self.camera_object = self.new(bpy.data.objects, self.lens.name, self.lens)
        self.objects["camera"] = self.camera_object
        for role, item in self.objects.items():
            item["relief_role"] = role
            item.location = place
            self.collection.objects.link(item)
        self.camera_object.rotation_euler = (math.pi / 2, 0, 0)
        parent = bpy.context.collection or scene.collection
        if parent.library or parent.override_library:
            parent = scene.collection
        parent.children.link(self.collection)
        select(self.objects["front"], self.objects.values())

    def _replace(self):
        """Put what was made in the place of what is there; objects keep their places and what users gave them."""
        self.collection = self.target
        self.objects = {}
        for (
            it
        ) in self.target.objects:  # a copy that a user made has the role as well, and stands behind
            if "relief_role" in it:
                self.objects.setdefault(it["relief_role"], it)
        front = self.objects.get("front")
        if front is None or front.type != "MESH":
            raise ReliefError(
                "missing", f"{self.target.name}: its object is gone (import the photo anew)"
            )
        for role, mesh in self.meshes.items():
            if role in self.objects:
                self._old.append(self.objects[role].data)
                self._set(self.objects[role], "data", mesh)
                continue
            self.objects[role] = item = self.new(bpy.data.objects, mesh.name, mesh)
            item["relief_role"] = role
            item.matrix_world = front.matrix_world.copy()
            self.target.objects.link(item)
        self._surplus += [
            self.objects.pop(role) for role in set(self.objects) - set(self.meshes) - {"camera"}
        ]
        self._replace_camera(front)
        self._old += [self.target.get(key) for key in ("relief_log", "relief_depth")]

    def _replace_camera(self, front):
        self.camera_object = self.objects.get("camera")
        if self.camera_object is None:
            self.camera_object = self.new(bpy.data.objects, self.lens.name, self.lens)
            self.camera_object["relief_role"] = "camera"
            turn = mathutils.Matrix.Rotation(math.pi / 2, 4, "X")
            self.camera_object.matrix_world = front.matrix_world @ turn
            self.target.objects.link(self.camera_object)
            self.objects["camera"] = self.camera_object
            return
        # The user's lens keeps its depth of field and the like.
        for name in LENS:
            self._set(self.camera_object.data, name, getattr(self.lens, name))
        self._surplus.append(self.lens)
        self._names = [it for it in self._names if it[0] != self.lens]

    def _remove_old(self):
        """Remove what the old result alone used, from the outside inwards."""
        old = self._old
        for block in self._surplus:
            if isinstance(block, bpy.types.Object):
                old += [block.data, *used_by(block)]
        bpy.data.batch_remove(self._surplus)
        self._put_back = []

        while old:
            inner = [
                it
                for block in old
                if block is not None and block.users == 0
                for it in used_by(block)
            ]
            # A text has a fake user from the start; on all else it is a user's wish to keep it.
            bpy.data.batch_remove(
                {
                    it
                    for it in old
                    if it is not None
                    and it.users - (it.use_fake_user and isinstance(it, bpy.types.Text)) == 0
                }
            )
            old = inner

    def _complete_objects(self):
        """Modifiers, which belong to objects."""
        wanted, facts = self.result.settings, self.facts
        front = self.objects["front"]
        for item in self.objects.values():
            for modifier in list(item.modifiers):
                if modifier.name in (displace.NAME, displace.FINER, point_cloud.NAME):
                    self._drop(item, modifier)
        if wanted.method == settings.DISPLACE:
            self.created.append(displace.add(front, self.displacement, wanted))
        elif wanted.method == settings.POINTS:
            point_cloud.add(front, facts)
        if wanted.method in (settings.SCENE, settings.SURFACE):
            for role in sorted(
                self.meshes, key="front".__ne__
            ):  # the front, which the others follow
                modifier = live_depth.add(self.objects[role], facts, wanted.scale, role == "back")
                if role != "front":
                    live_depth.follow(modifier, front)
        else:
            modifier = live_depth.modifier_of(front)
            if modifier:
                self._drop(front, modifier)

    def _drop(self, item, modifier):
        """Take a modifier away, and what it alone used."""
        self._old += [getattr(modifier, name, None) for name in ("texture", "node_group")]
        item.modifiers.remove(modifier)

    def _make_move(self):
        """The camera that moves, beside the one that stands still; None without one. An older one is surplus by now."""
        if self.motion is None:
            return None
        name = f"{self.name} {self.result.settings.move}"
        lens = self.new(bpy.data.cameras, name)
        set_lens(lens, self.facts, self.clips, self.result.settings.scale)
        item = self.new(bpy.data.objects, name, lens)
        item["relief_role"] = "move"
        self.collection.objects.link(item)
        camera_move.animate(item, self.motion, self.camera_object, self.result.settings.scale)
        return item

    def _remember(self):
        """What is needed to make it again."""
        facts = {
            "source": self.result.photo,
            "model": self.facts.get("model", ""),
            "settings": json.dumps(self.result.settings.to_dict()),
            "wishes": json.dumps(self.wishes.to_dict()),
            "width": self.facts["width"],
            "height": self.facts["height"],
            "fov_degrees": float(self.facts.get("fov_degrees", 0)),
            "focal_from": self.facts.get("focal_from", ""),
        }
        self.collection["relief"], self.collection["relief_log"] = facts, self.log
        if self.thumbnail:
            self.collection["relief_depth"] = self.thumbnail
        else:
            self.collection.pop("relief_depth", None)


def used_by(block):
    """Datablocks that may go when `block` goes."""
    motion = getattr(block, "animation_data", None)
    actions = [motion.action] if motion and motion.action else []
    if isinstance(block, bpy.types.Mesh):
        return [*actions, *block.materials]
    if isinstance(block, bpy.types.ImageTexture):
        return [*actions, block.image]
    tree = getattr(block, "node_tree", None)
    return (
        [*actions, *(it.image for it in tree.nodes if it.type == "TEX_IMAGE")] if tree else actions
    )


def free_place(wanted, own):
    """Where the camera of new meshes may stand: at `wanted`, or, where other objects would stand in its view, in front of them all.

    The cube of a new file stands around the 3D cursor, and a camera inside it would see nothing else.
    """
    corners = [mathutils.Vector(corner) for mesh in own for corner in bounds_of(mesh)]
    low = wanted + mathutils.Vector(min(it[k] for it in corners) for k in range(3))
    high = wanted + mathutils.Vector(max(it[k] for it in corners) for k in range(3))
    low.y = min(low.y, wanted.y)  # from the camera on
    front = wanted.y
    for item in bpy.context.view_layer.objects:
        if item.type not in SOLID or not item.visible_get():
            continue
        places = [item.matrix_world @ mathutils.Vector(corner) for corner in item.bound_box]
        inside = all(
            min(it[k] for it in places) < high[k] and max(it[k] for it in places) > low[k]
            for k in range(3)
        )
        if inside:
            front = max(front, max(it.y for it in places))
    return mathutils.Vector((wanted.x, front, wanted.z))


def bounds_of(mesh):
    """The lowest and the highest corner of a mesh's box."""
    values = numpy.empty(3 * len(mesh.vertices), numpy.float32)
    mesh.vertices.foreach_get("co", values)
    values = values.reshape(-1, 3)
    return values.min(axis=0), values.max(axis=0)


def visible(surfaces):
    """Without the back where the front lets light through: it would be seen where the photo is clear."""
    clear = any(surface.name == "photo" and surface.alpha != "OPAQUE" for surface in surfaces)
    return [surface for surface in surfaces if surface.name == "photo" or not clear]


# What set_lens() sets.
LENS = "sensor_fit sensor_width shift_x shift_y lens clip_start clip_end display_size".split()


def set_lens(lens, facts, clips, scale):
    """The photo's camera. With AUTO the sensor lies along the picture's long side."""
    lens.sensor_fit = "AUTO"
    lens.sensor_width = SENSOR_MM
    lens.shift_x = lens.shift_y = 0.0
    lens.lens = facts["focal_px"] * SENSOR_MM / max(facts["width"], facts["height"])
    lens.clip_start, lens.clip_end = clips[0] * scale, clips[1] * scale
    lens.display_size = 0.25 * scale * facts["near"]


def match_camera(scene, camera, facts):
    """Let the scene render what the photo shows."""
    scene.camera = camera
    render = scene.render
    render.resolution_x, render.resolution_y = facts["width"], facts["height"]
    render.resolution_percentage = 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0


def select(active, items):
    """As after every import, what came is selected."""
    layer = bpy.context.view_layer
    for item in layer.objects:
        item.select_set(False)
    # The layer's list does not hold yet what has just come, so it cannot be asked.
    for item in items:
        try:
            item.select_set(True)
        except RuntimeError:  # a collection that this layer leaves out
            return
    layer.objects.active = active
