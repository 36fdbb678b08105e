# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender, without the add-on: open .blend files and render them. Job: {"files": [[blend, png], ...]}."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import blender_runs as runs  # noqa: E402 -- Blender runs files without their folder on the path
import bpy  # noqa: E402

for blend, png in runs.JOB["files"]:
    bpy.ops.wm.open_mainfile(filepath=blend)
    assert runs.MODULE not in bpy.context.preferences.addons
    outside = [it.filepath for it in bpy.data.images if it.source == "FILE" and not it.packed_file]
    assert not outside, f"pictures outside of the file: {outside}"
    runs.render(png)
