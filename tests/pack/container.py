#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Carry out the Dockerfile without a container engine, and run what comes of it: container.py BUNDLE RELIEF

Each stage is a plain Debian in a folder of its own; COPY copies, RUN runs there, and the rest is remembered. The program
then runs as a container does: not as root, without network, its root file system read-only, /input and /output mounted.
Depth maps must be those of RELIEF, the build's program. Needs root and debootstrap.

The first stage compiles for minutes. What it makes is taken from BUNDLE, which the same script has made here, unless
RELIEF_PACK_FULL=1 says to build it there too.
"""
import fnmatch
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import chroot

ROOT = chroot.ROOT
PHOTO = ROOT / "tests/data/scenes/figure/photo.jpg"
FULL = os.environ.get("RELIEF_PACK_FULL") == "1"
BUILD = "tools/container/build.sh"


def check(fact, text):
    if not fact:
        sys.exit(f"container: {text}")


def instructions():
    """(word, rest) of each line of the Dockerfile."""
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split(" ", 1)


def ignored(path):
    """Whether .dockerignore keeps a path, relative to the source tree, out of the image."""
    for pattern in (ROOT / ".dockerignore").read_text().splitlines():
        if pattern.startswith("**/") and fnmatch.fnmatch(os.path.basename(path), pattern[3:]):
            return True
        if pattern.startswith("/") and fnmatch.fnmatch(path, pattern[1:]):
            return True
    return False


def copy_tree(source, target, context):
    def left_out(folder, names):
        if not context:
            return []
        inside = os.path.relpath(folder, ROOT)
        return [n for n in names if ignored(os.path.normpath(os.path.join(inside, n)))]

    shutil.copytree(source, target, ignore=left_out, symlinks=True, dirs_exist_ok=True)


class Builder:
    """Carries out instructions; at the end `system` is the last stage, with its settings."""

    def __init__(self, folder, base, bundle):
        self.folder, self.base, self.bundle = folder, base, bundle
        self.stages = {}
        self.system = None

    def step(self, word, rest):
        carry_out = getattr(self, f"on_{word.lower()}", None)
        check(carry_out, f"Dockerfile: what is {word}?")
        carry_out(rest)

    def _path(self, inside):
        full = os.path.join(self.workdir, inside)
        return self.system.root / full.lstrip("/")

    def on_from(self, rest):
        words = rest.split(" ")
        check(words[0] == f"debian:{chroot.SUITE}-slim", f"another base: {words[0]}")
        self.system = chroot.Chroot(self.base, self.folder / f"stage{len(self.stages)}")
        self.stages[words[-1] if len(words) == 3 else ""] = self.system
        self.workdir, self.user, self.environment, self.entry = "/", None, {}, None

    def on_copy(self, rest):
        *options, source, target = rest.split(" ")
        stage = re.fullmatch(r"--from=(\w+)", options[0])[1] if options else None
        start = self.stages[stage].root / source.lstrip("/") if stage else ROOT / source
        copy_tree(start, self._path(target), context=not stage)

    def on_run(self, rest):
        words = rest.split(" ")
        script = ROOT / words[0].replace("/opt/relief/container", "tools/container").lstrip("/")
        if script == ROOT / BUILD and not FULL:
            copy_tree(self.bundle, self._path(words[1]), context=False)
            return
        command = f"cd {shlex.quote(self.workdir)} && {rest}"
        self.system.must("sh", "-c", command, environment=self.environment)

    def on_env(self, rest):
        self.environment |= dict(word.split("=", 1) for word in rest.split(" "))

    def on_workdir(self, rest):
        self.workdir = rest
        self._path("").mkdir(parents=True, exist_ok=True)

    def on_user(self, rest):
        self.user = rest

    def on_entrypoint(self, rest):
        self.entry = [word.strip('" ') for word in rest.strip("[]").split(",")]


class Container:
    """Runs the image: root read-only, no network, as the image's user or another."""

    def __init__(self, built, folder):
        self.built, self.folder = built, folder
        for name in ("input", "output", "models"):
            (folder / name).mkdir()

    def own(self, user):
        for name in ("output", "models"):
            for path in [self.folder / name, *(self.folder / name).rglob("*")]:
                os.chown(path, *map(int, user.split(":")))

    def __call__(self, *arguments, user=None, models_writable=False, **environment):
        system = self.built.system
        system.binds = []
        system.bind(self.folder / "input", "/input", writable=False)
        system.bind(self.folder / "output", "/output")
        system.bind(self.folder / "models", "/models", writable=models_writable)
        self.own(user or self.built.user)
        return system.run(
            *self.built.entry,
            *arguments,
            user=user or self.built.user,
            read_only=True,
            network=False,
            environment={**self.built.environment, **environment},
        )


def ended(done, code, text=""):
    said = done.stdout + done.stderr
    check(done.returncode == code, f"exit code {done.returncode}, not {code}: {said}")
    check(text in said, f"it does not say '{text}': {said}")
    return done


def check_photo(container, relief, folder):
    """The depth map of a photo is the one that the build makes, whoever the user is."""
    shutil.copyfile(PHOTO, container.folder / "input/photo.jpg")
    expected = folder / "expected.png"
    own = {**os.environ, "RELIEF_CACHE": "off"}
    subprocess.run([relief, "depth", PHOTO, "-o", expected], check=True, env=own)
    result = container.folder / "output/photo.png"
    for user in (None, "12345:54321"):
        arguments = ["depth", "/input/photo.jpg", "-o", "/output/photo.png"]
        ended(container(*arguments, user=user, FORCE_CPU_COMPUTE="1"), 0)
        check(result.read_bytes() == expected.read_bytes(), "the depth map is another one")
        uid = result.stat().st_uid
        check(uid == int((user or container.built.user).split(":")[0]), f"it belongs to {uid}")
        result.unlink()
    ended(container("mesh", "/input/photo.jpg", "-o", "/output/photo.glb"), 0)


def check_folder(container, relief, folder):
    """Without a word: every photo of /input, whatever else lies there, and its folders, in /output."""
    tree = container.folder / "input"
    (tree / "trip").mkdir()
    shutil.copyfile(PHOTO, tree / "trip/again.jpg")
    shutil.copyfile(ROOT / "tests/data/rgb8.heic", tree / "small.heic")
    (tree / "notes.txt").write_text("the container of old died of this")
    expected = folder / "folder"
    own = {**os.environ, "RELIEF_CACHE": "off"}
    words = [relief, "depth", tree, "-o", expected, "--recursive", "--quiet"]
    subprocess.run(words, check=True, env=own)
    ended(container(), 0)
    output = container.folder / "output"
    maps = sorted(path.relative_to(expected) for path in expected.rglob("*.png"))
    check(len(maps) == 3, f"the build makes {maps}")
    for path in maps:
        same = (output / path).read_bytes() == (expected / path).read_bytes()
        check(same, f"{path} is another depth map than the build's")
        (output / path).unlink()
    ended(container("--format", "exr", user="12345:54321"), 0)
    check((output / "trip/again.exr").exists(), "--format exr has made no EXR")


def check_networks(container):
    """The variables of the MiDaS container, and a network that is added to /models and used from there."""
    depth = ["depth", "/input/photo.jpg", "-o", "/output/other.png"]
    ended(container(*depth, MIDAS_MODEL="DPT_Large"), 3, "relief model pull dpt-large")
    ended(container(*depth, MIDAS_MODEL="DPT_Tiny"), 2, "MIDAS_MODEL=DPT_Tiny")
    shutil.copyfile(ROOT / "models/relief-small.onnx", container.folder / "input/net.onnx")
    add = ["model", "add", "/input/net.onnx", "--as", "mine"]
    ended(container(*add), 5)
    ended(container(*add, models_writable=True), 0)
    ended(container(*depth, RELIEF_MODEL="mine"), 0)


def check_system(built):
    """The user has no rights of root's and no shell, and the image holds no leftovers of apt."""
    root = built.system.root
    check(re.fullmatch(r"[1-9]\d*:[1-9]\d*", built.user or ""), f"USER {built.user}")
    check(not list((root / "var/lib/apt/lists").glob("*_*")), "apt's lists are left")
    owned = [p for p in (root / "opt/relief").rglob("*") if p.lstat().st_uid != 0]
    check(not owned, f"the program's files are not root's: {owned[:3]}")


def main():
    bundle, relief = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    if not bundle.exists():
        chroot.skip("container", "no bundle is there (make test-pack makes it)")
    chroot.need_root("container")
    base = chroot.base_system("container")
    with tempfile.TemporaryDirectory(prefix="relief-container-") as name:
        folder = pathlib.Path(name)
        built = Builder(folder, base, bundle)
        for word, rest in instructions():
            built.step(word, rest)
        check_system(built)
        container = Container(built, folder)
        ended(container("--version"), 0, "relief ")
        check_photo(container, relief, folder)
        check_folder(container, relief, folder)
        check_networks(container)
    print("container: built and run; depth maps are those of the build")


if __name__ == "__main__":
    main()
