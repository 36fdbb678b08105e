# SPDX-License-Identifier: Apache-2.0
"""What the tests of the add-on share: a zip to install, Blender with a place of its own, pictures compared."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests/blender"))

ADDON = ROOT / "blender/relief"
SKIPPED = 77


def skip(reason):
    print(f"skip: {reason}")
    sys.exit(SKIPPED)


def make_zip(folder):
    """The add-on's files in a zip, as `make addon` has them but for the program."""
    path = pathlib.Path(folder) / "relief.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(ADDON.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(ADDON.parent))
    return path


def blender_words(window):
    """What starts Blender: the one on the PATH, or, where RELIEF_BPY names a version, that one as a Python module."""
    version = os.environ.get("RELIEF_BPY")
    if version:
        folder = ROOT / ".venv-bpy" / version
        if not (folder / "ready").exists():
            skip(
                f"Blender {version} is not there as a Python module (tools/make_bpy.sh fetches it)"
            )
        return [str(folder / "bin/python"), str(HERE / "bpy_main.py")]
    program = shutil.which("blender") or skip("Blender is not installed")
    words = [program, "--factory-startup", "-noaudio", "--python-exit-code", "1"]
    return [*words, *(["-p", "0", "0", *map(str, window)] if window else ["-b"]), "--python"]


class Blender:
    """Runs scripts in Blender with preferences and add-ons of their own, and the program under test."""

    def __init__(self, folder, relief, archive=None):
        self.folder = pathlib.Path(folder)
        self.zip = archive or make_zip(folder)
        self.environment = {
            **os.environ,
            # Debian's Blender takes its Python's modules from beside the first python3 on the PATH.
            "PATH": "/usr/bin:/bin:" + os.environ.get("PATH", ""),
            "BLENDER_USER_RESOURCES": str(self.folder / "user"),
            "BLENDER_USER_SCRIPTS": str(self.folder / "scripts"),
            "BLENDER_USER_CONFIG": str(self.folder / "config"),
            "RELIEF_PROGRAM": str(relief) if relief else "",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        for name in ("user", "scripts", "config"):
            (self.folder / name).mkdir(exist_ok=True)

    def command(self, script, job, window=None):
        """In background mode, or with a window of a size."""
        path = self.folder / f"{pathlib.Path(script).stem}.json"
        path.write_text(json.dumps({"zip": str(self.zip), **job}))
        return [*blender_words(window), str(HERE / script), "--", str(path)]

    def run(self, script, job, timeout=600, **environment):
        """What the script printed; the test fails when the script does."""
        done = subprocess.run(
            self.command(script, job),
            capture_output=True,
            text=True,
            env={**self.environment, **environment},
            timeout=timeout,
        )
        if done.returncode != 0:
            print("\n".join((done.stdout + done.stderr).splitlines()[-40:]))
            sys.exit(f"failed with {done.returncode}: {script}")
        return done.stdout
