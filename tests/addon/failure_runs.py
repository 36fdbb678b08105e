# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: imports that fail must say why and change nothing. Job: {"cases": [{"label", "program", "photo", "options", "says"}],
"photo": one that is good, "relief": the program}."""
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import blender_runs as runs  # noqa: E402 -- Blender runs files without their folder on the path
import bpy  # noqa: E402


def fail(case):
    """One failure: the line it gives."""
    os.environ.pop("RELIEF_MODELS", None)
    os.environ["RELIEF_PROGRAM"] = case["program"]
    os.environ.update(case.get("environment", {}))
    before = runs.snapshot()
    try:
        answer = bpy.ops.import_scene.relief_photo(filepath=case["photo"], **case["options"])
        raise AssertionError(f"{case['label']}: {answer} where a failure was to come")
    except RuntimeError as error:
        line = str(error).strip()
    assert re.search(case["says"], line), f"{case['label']}: {line}"
    assert "Traceback" not in line and "\n" not in line, line
    assert runs.snapshot() == before, f"{case['label']}: the file is not as it was"
    left = [name for name in os.listdir(bpy.app.tempdir) if name.startswith("relief-")]
    assert not left, f"{case['label']}: {left} left behind"
    return line


def several():
    """One bad photo among good ones: the good ones come, the bad one is told of."""
    os.environ["RELIEF_PROGRAM"] = runs.JOB["relief"]
    good, bad = pathlib.Path(runs.JOB["photo"]), pathlib.Path(runs.JOB["bad"])
    folder = os.path.commonpath([good.parent, bad.parent])
    names = [os.path.relpath(path, folder) for path in (good, bad, good)]
    before = set(bpy.data.collections)
    try:
        bpy.ops.import_scene.relief_photo(
            directory=folder, files=[{"name": name} for name in names], quality="DRAFT"
        )
        raise AssertionError("nothing is said of the bad photo")
    except RuntimeError as error:
        assert bad.name in str(error), error
    assert len(set(bpy.data.collections) - before) == 2


def main():
    runs.install()
    runs.empty_scene()
    for case in runs.JOB["cases"]:
        print(f"add-on: {case['label']}: {fail(case)}")
    several()
    # Without an image in a package: pictures lie beside the photo.
    os.environ["RELIEF_PROGRAM"] = runs.JOB["relief"]
    bpy.ops.import_scene.relief_photo(filepath=runs.JOB["copy"], pack=False, quality="DRAFT")
    front = runs.with_role(bpy.data.collections["copy"], "front")
    image = next(
        it.image for it in front.data.materials[0].node_tree.nodes if it.type == "TEX_IMAGE"
    )
    path = pathlib.Path(bpy.path.abspath(image.filepath))
    assert not image.packed_file and path.is_file(), path
    assert path.parent == pathlib.Path(runs.JOB["copy"]).parent / "textures", path
    # Disabling takes everything along, enabling brings it back.
    runs.disable()
    assert not hasattr(bpy.types, "RELIEF_OT_job")
    runs.enable()
    bpy.ops.import_scene.relief_photo(filepath=runs.JOB["photo"], quality="DRAFT")


main()
