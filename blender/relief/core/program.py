# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the program is, and how it is started."""
import json
import os
import pathlib
import platform
import shutil
import stat
import tempfile

from . import ReliefError

PACKAGE = pathlib.Path(__file__).resolve().parent.parent
NOT_FOUND = (
    "the program relief is not found (install the add-on from its zip for this system, or put relief"
    " on the PATH, or name it in the add-on's preferences)"
)


# What launchers put before Blender's libraries; it does not fit a program with a libc of its own.
FOREIGN = ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "GCONV_PATH")


def platform_folder():
    """The name of the folder in bin/ for this system: linux-x64, windows-x64, macos-arm64."""
    system = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    return "-".join(
        (
            system.get(platform.system(), platform.system().lower()),
            machine.get(platform.machine().lower(), platform.machine().lower()),
        )
    )


def find(named="", package=PACKAGE, copies=None):
    """The words that start the program, without its arguments.

    `named` is a path that the user gave; it comes first, then the environment's RELIEF_PROGRAM, then what came with the
    add-on, then `relief` on the PATH. `copies`: a folder for a copy of the program where it cannot be made executable.
    """
    named = named or os.environ.get("RELIEF_PROGRAM", "")
    if named:
        return [_check_named(os.path.abspath(os.path.expanduser(named)))]
    folder = pathlib.Path(package) / "bin" / platform_folder()
    if (folder / "launch.json").exists():
        return _bundled(folder, copies)
    found = shutil.which("relief")
    if not found:
        raise ReliefError("missing", NOT_FOUND)
    return [found]


def _check_named(path):
    if not os.path.isfile(path):
        raise ReliefError(
            "missing", f"{path}: there is no such program (see the add-on's preferences)"
        )
    if not os.access(path, os.X_OK):
        raise ReliefError(
            "missing", f"{path}: this file cannot be run (chmod +x it, or name another)"
        )
    return path


def _bundled(folder, copies):
    """The words for a program with a loader and libraries of its own, which launch.json names."""
    try:
        launch = json.loads((folder / "launch.json").read_text(encoding="utf-8"))
        files = [launch.get("loader"), launch["program"]]
        libraries = launch.get("library_path", "")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReliefError(
            "missing", f"{folder}: the add-on's own program is damaged ({error})"
        ) from error
    if not all(make_executable(folder / name) for name in files if name):
        folder = _copy(folder, copies)
        for name in filter(None, files):
            make_executable(folder / name)
    words = []
    if launch.get("loader"):
        paths = os.pathsep.join(str(folder / part) for part in libraries.split(":") if part)
        words = [str(folder / launch["loader"]), "--library-path", paths]
    return [*words, str(folder / launch["program"])]


# What names a network in a shell; in Blender the settings do.
OWN_CHOICE = ("RELIEF_MODEL", "MIDAS_MODEL")


def environment(words, more=None):
    """The variables that the program is started with: ours and `more`."""
    ours = {name: value for name, value in os.environ.items() if name not in OWN_CHOICE}
    ours |= {"RELIEF_PARENT": str(os.getpid()), **(more or {})}
    if "--library-path" in words:
        ours = {name: value for name, value in ours.items() if name not in FOREIGN}
    return ours


def make_executable(path):
    """Set the executable bit, which unzipping may have lost; whether the file can be run now."""
    if os.access(path, os.X_OK):
        return True
    try:
        mode = os.stat(path).st_mode
        os.chmod(path, mode | stat.S_IXUSR | (stat.S_IXGRP if mode & stat.S_IRGRP else 0))
    except OSError:
        return False
    return os.access(path, os.X_OK)


def _copy(folder, copies):
    """A copy where files may be changed, for add-ons in a place of the system's. It is made once."""
    where = pathlib.Path(copies or tempfile.gettempdir()) / f"relief-{os.getuid()}-program"
    facts = os.stat(folder / "launch.json")
    target = where / f"{facts.st_mtime_ns:x}-{facts.st_ino:x}"
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        if where.stat().st_uid != os.getuid():
            raise OSError("it is somebody else's")
        if not target.exists():
            part = tempfile.mkdtemp(dir=where)
            shutil.copytree(folder, os.path.join(part, "copy"))
            os.rename(os.path.join(part, "copy"), target)
            os.rmdir(part)
    except OSError as error:
        raise ReliefError(
            "missing", f"{where}: the program cannot be made executable ({error})"
        ) from error
    return target
