# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: install the zip, import a photo by the program inside. Job: {"zip", "photo"}."""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/addon"))
import blender_runs as runs  # noqa: E402 -- Blender runs files without their folder on the path
import bpy  # noqa: E402

runs.install()
# From here on, as when a launcher has put a library of its own before all others.
preloaded = pathlib.Path(os.environ["BLENDER_USER_SCRIPTS"], "overlay.so")
preloaded.write_bytes(b"no library")
os.environ["LD_PRELOAD"] = str(preloaded)

from relief.core import program  # noqa: E402 -- there since it was installed

words = program.find()
inside = os.path.join(os.environ["BLENDER_USER_SCRIPTS"], "addons/relief/bin/linux-x64")
assert all(word.startswith((inside, "--")) for word in words), f"another program: {words}"
runs.empty_scene()
assert bpy.ops.import_scene.relief_photo(filepath=runs.JOB["photo"]) == {"FINISHED"}
(collection,) = bpy.data.collections
front = runs.with_role(collection, "front")
assert front and len(front.data.polygons) > 1000, "no surface"
images = [image for image in bpy.data.images if image.packed_file]
assert (640, 480) in {tuple(image.size) for image in images}, f"no packed photo: {images}"
log = bpy.data.texts["relief.log"].as_string()
assert "ld.so" not in log and "preload" not in log, f"the program met what was preloaded: {log}"
print(f"imported: {len(front.data.polygons)} triangles by {words[0].rsplit('/', 1)[1]}")
