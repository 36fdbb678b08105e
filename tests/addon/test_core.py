#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The add-on's core, without Blender: test_core.py RELIEF. Finding, running, cancelling the program; reading what it writes."""
import json
import os
import pathlib
import re
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "blender/relief"))
import core  # noqa: E402 -- found through the line above
from core import (  # noqa: E402
    child,
    glb,
    models,
    points,
    program,
    progress,
    run,
    settings,
    thumbnail,
)

RELIEF = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""
PHOTO = ROOT / "tests/data/scenes/room/photo.jpg"
SECONDS = 60


def wait(it):
    """poll() until a run is over; the longest that a poll() took."""
    longest, until = 0.0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        begin = time.perf_counter()
        over = it.poll()
        longest = max(longest, time.perf_counter() - begin)
        if over:
            return longest
        time.sleep(0.01)
    raise AssertionError("the run does not end")


def alive(pid):
    """Whether a process runs; one that has ended and is not waited for does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False


class Case(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.addCleanup(self._folder.cleanup)

    def script(self, text, name="relief"):
        """A program of a few lines of shell."""
        path = self.folder / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def make_run(self, words, photo=PHOTO, **wanted):
        it = run.Run(list(map(str, words)), str(photo), settings.Settings(**wanted), self.folder)
        self.addCleanup(it.close)
        return it

    def fails(self, words, code, pattern, photo=PHOTO, **wanted):
        it = self.make_run(words, photo, **wanted)
        it.start()
        wait(it)
        self.assertIsNotNone(it.error, "no failure")
        self.assertEqual(it.error.code, code, str(it.error))
        self.assertRegex(str(it.error), pattern)
        self.assertNotIn("\n", str(it.error))
        it.close()
        self.assertEqual([p.name for p in self.folder.glob("relief-*")], [], "left behind")
        return it.error


class Versions(Case):
    def test_all_versions_are_one(self):
        build = (ROOT / "meson.build").read_text()
        version = re.search(r"^  version: '([^']+)'", build, re.M).group(1)
        manifest = (ROOT / "blender/relief/blender_manifest.toml").read_text()
        numbers = re.search(
            r'"version": \((.*)\)', (ROOT / "blender/relief/__init__.py").read_text()
        )
        self.assertEqual(core.VERSION, version)
        self.assertEqual(re.search(r'^version = "(.*)"', manifest, re.M).group(1), version)
        self.assertEqual(numbers.group(1).replace(", ", "."), version)

    def test_core_is_without_blender(self):
        for path in (ROOT / "blender/relief/core").glob("*.py"):
            self.assertNotRegex(
                path.read_text(), r"(?m)^\s*(import|from) (bpy|mathutils)", path.name
            )

    def test_manifest_is_as_blender_wants_it(self):
        import tomllib

        manifest = tomllib.loads((ROOT / "blender/relief/blender_manifest.toml").read_text())
        self.assertLessEqual(len(manifest["tagline"]), 64)
        self.assertFalse(manifest["tagline"].endswith("."))
        self.assertFalse(any(text.endswith(".") for text in manifest["permissions"].values()))
        self.assertNotIn("blender", manifest["name"].lower())
        self.assertEqual(manifest["id"], "relief")


class Finding(Case):
    def setUp(self):
        super().setUp()
        self.before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(self.before)))
        os.environ.pop("RELIEF_PROGRAM", None)
        os.environ["PATH"] = str(self.folder / "nowhere")

    def bundle(self, launch, executable=False):
        folder = self.folder / "package/bin" / program.platform_folder()
        folder.mkdir(parents=True)
        for name in ("ld.so", "relief"):
            (folder / name).write_text("#!/bin/sh\necho ran\n")
            (folder / name).chmod(0o755 if executable else 0o644)
        (folder / "launch.json").write_text(json.dumps(launch))
        return folder

    def test_order(self):
        with self.assertRaisesRegex(core.ReliefError, "not found.*preferences"):
            program.find(package=self.folder / "package")
        on_path = self.script("", "relief")
        os.environ["PATH"] = str(self.folder)
        self.assertEqual(program.find(package=self.folder / "package"), [str(on_path)])
        folder = self.bundle({"loader": "ld.so", "library_path": "lib:more", "program": "relief"})
        words = program.find(package=self.folder / "package")
        paths = f"{folder}/lib:{folder}/more"
        self.assertEqual(words, [f"{folder}/ld.so", "--library-path", paths, f"{folder}/relief"])
        named = self.script("", "named")
        os.environ["RELIEF_PROGRAM"] = str(named)
        self.assertEqual(program.find(package=self.folder / "package"), [str(named)])
        other = self.script("", "other")
        self.assertEqual(program.find(str(other), self.folder / "package"), [str(other)])

    def test_executable_bit_is_restored(self):
        folder = self.bundle({"program": "relief"})
        words = program.find(package=self.folder / "package")
        self.assertTrue(os.stat(folder / "relief").st_mode & stat.S_IXUSR)
        self.assertEqual(subprocess.check_output(words), b"ran\n")

    def test_program_in_a_folder_that_cannot_be_changed_is_copied(self):
        folder = self.bundle({"loader": "ld.so", "library_path": "lib", "program": "relief"})
        chmod = os.chmod

        def refuse(path, mode, **more):
            if str(path).startswith(str(folder)):
                raise PermissionError(1, "read-only")
            chmod(path, mode, **more)

        os.chmod = refuse
        self.addCleanup(setattr, os, "chmod", chmod)
        words = program.find(package=self.folder / "package", copies=self.folder / "copies")
        self.assertTrue(words[0].startswith(str(self.folder / "copies")), words)
        self.assertEqual(subprocess.check_output([words[-1]]), b"ran\n")
        again = program.find(package=self.folder / "package", copies=self.folder / "copies")
        self.assertEqual(words, again)

    def test_what_cannot_run_is_refused(self):
        text = self.folder / "text"
        text.write_text("no program")
        for name in (text, self.folder / "nowhere", self.folder):
            with self.assertRaises(core.ReliefError):
                program.find(str(name))
        self.bundle({"no": "program"})
        with self.assertRaisesRegex(core.ReliefError, "damaged"):
            program.find(package=self.folder / "package")


class Failures(Case):
    def test_a_run(self):
        it = self.make_run([RELIEF])
        it.start()
        self.assertIsNone(it.error)
        longest = wait(it)
        self.assertIsNone(it.error)
        self.assertEqual(it.result.facts["width"], 640)
        scene = glb.read(pathlib.Path(it.result.files.scene).read_bytes())
        self.assertEqual([surface.name for surface in scene.surfaces], ["fill", "photo", "ribbon"])
        self.assertGreaterEqual(it.heard.share, 0.94)
        folder = pathlib.Path(it.result.files.scene).parent
        self.assertTrue(folder.is_dir())
        it.close()
        self.assertFalse(folder.exists())
        print(f"core: no poll() took more than {1000 * longest:.1f} ms")
        self.assertLess(longest, 0.05)

    def test_missing_program(self):
        self.fails(["/nowhere/relief"], "missing", "^/nowhere/relief: .*(No such file|started)")

    def test_wrong_version(self):
        old = self.script("""echo '{"version": "0.0.9"}'""")
        self.fails([old], "version", f"relief 0.0.9, the add-on needs {core.VERSION}")
        other = self.script("echo hello", "other")
        self.fails([other], "version", "not the program relief")

    def test_version_is_asked_again_when_the_program_changes(self):
        path = self.script(f"""exec "{RELIEF}" "$@" """)
        it = self.make_run([path], method=settings.SURFACE, quality="DRAFT")
        it.start()
        wait(it)
        self.assertIsNone(it.error)
        it.close()
        time.sleep(0.01)
        self.script("""echo '{"version": "7.7.7"}'""")
        self.fails([path], "version", "7.7.7")

    def test_missing_model(self):
        error = self.fails([RELIEF], "io", "nonesuch", model="nonesuch")
        self.assertNotIn("Traceback", str(error))
        store = self.folder / "empty"
        store.mkdir()
        before = os.environ.get("RELIEF_MODELS")
        os.environ["RELIEF_MODELS"] = str(store)
        try:
            self.fails([RELIEF], "io", "relief model pull dpt-large", model="dpt-large")
        finally:
            (
                os.environ.pop("RELIEF_MODELS")
                if before is None
                else os.environ.update(RELIEF_MODELS=before)
            )

    def test_unreadable_photo(self):
        text = self.folder / "text.jpg"
        text.write_text("no photo")
        self.fails([RELIEF], "format", "text.jpg: .*", text)
        self.fails([RELIEF], "io", "nowhere.jpg: .*", self.folder / "nowhere.jpg")

    def test_out_of_memory(self):
        path = self.script(
            f'case $1 in --version) ;; *) ulimit -v 350000 ;; esac; exec "{RELIEF}" "$@"'
        )
        self.fails([path], "memory", "memory")

    def test_killed(self):
        path = self.script(f'case $1 in --version) exec "{RELIEF}" "$@" ;; *) kill -9 $$ ;; esac')
        self.fails([path], "killed", "SIGKILL .out of memory.")

    def test_disk_full(self):
        # A file may grow to 100 blocks of 512 bytes: what a full disk does to the program.
        path = self.script(
            f'case $1 in --version) ;; *) ulimit -f 100 ;; esac; exec "{RELIEF}" "$@"'
        )
        error = self.fails([path], "io", ".")
        print(f"core: disk full: {error}")

    def test_no_place_for_temporary_files(self):
        it = run.Run([RELIEF], str(PHOTO), settings.Settings(), self.folder / "nowhere")
        it.start()
        self.assertEqual(it.error.code, "io")
        it.close()

    def test_noise_of_a_loader(self):
        path = self.script("echo 'relief: cannot open shared object file' >&2; exit 127")
        self.fails([path], "failed", "cannot open shared object")


class Cancelling(Case):
    def test_cancel(self):
        for ignores, name in (("", "polite"), ("trap '' TERM INT;", "stubborn")):
            with self.subTest(name):
                path = self.script(
                    f'case $1 in --version) exec "{RELIEF}" "$@" ;; esac; {ignores}'
                    f" echo started >&2; while :; do sleep 0.05; done",
                    name,
                )
                it = self.make_run([path])
                it.start()
                until = time.monotonic() + SECONDS
                while "started" not in it.heard.log and time.monotonic() < until:
                    it.poll()
                    time.sleep(0.01)
                pid, begin = it.pid, time.monotonic()
                it.cancel()
                longest = wait(it)
                seconds = time.monotonic() - begin
                print(f"core: a {name} child is gone {seconds:.2f} s after the cancel")
                self.assertEqual(it.error.code, run.CANCELLED)
                self.assertFalse(alive(pid))
                self.assertLess(seconds, 1.0)
                self.assertLess(longest, 0.05)

    def test_cancel_between_two_programs(self):
        """The one that tells the version has ended, and nobody has looked yet."""
        ran = self.folder / "ran"
        path = self.script(
            f'case $1 in --version) exec "{RELIEF}" "$@" ;; *) touch "{ran}"; exec "{RELIEF}" "$@" ;; esac'
        )
        it = self.make_run([path])
        it.start()
        end = time.monotonic() + 5
        while alive(it.pid) and time.monotonic() < end:
            time.sleep(0.01)
        it.cancel()
        wait(it)
        self.assertEqual(it.error.code, run.CANCELLED)
        self.assertFalse(ran.exists())
        it.close()

    def test_the_shell_chooses_no_network(self):
        os.environ["RELIEF_MODEL"] = "nonesuch"
        try:
            self.assertNotIn("RELIEF_MODEL", program.environment([RELIEF]))
            self.assertEqual(
                program.environment([RELIEF], {"RELIEF_MODEL": "own"})["RELIEF_MODEL"], "own"
            )
        finally:
            del os.environ["RELIEF_MODEL"]

    def test_cancel_of_the_program_at_any_moment(self):
        for delay in (0.0, 0.05, 0.15, 0.3, 0.5):
            it = self.make_run([RELIEF], quality="HIGH")
            it.start()
            begin = time.monotonic()
            while time.monotonic() - begin < delay:
                it.poll()
                time.sleep(0.005)
            pid, begin = it.pid, time.monotonic()
            it.cancel()
            wait(it)
            self.assertLess(time.monotonic() - begin, 1.0)
            self.assertFalse(alive(pid))
            it.close()
            self.assertEqual(list(self.folder.iterdir()), [])

    def test_end(self):
        path = self.script("trap '' TERM; echo on >&2; while :; do sleep 0.05; done")
        it = child.Child([path])
        while not it.poll()[0]:
            time.sleep(0.01)
        begin = time.monotonic()
        it.end()
        self.assertLess(time.monotonic() - begin, 0.7)
        self.assertFalse(alive(it.pid))

    def test_parent_killed(self):
        """The child of a process that is killed does not live on."""
        code = (
            "import sys, time; sys.path.insert(0, sys.argv[1]); from core import child;"
            "it = child.Child([sys.argv[2], 'bench', '--runs', '100000', '--end-with-parent']);"
            "print(it.pid, flush=True); time.sleep(60)"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", code, str(ROOT / "blender/relief"), RELIEF],
            stdout=subprocess.PIPE,
            text=True,
        )
        pid = int(parent.stdout.readline())
        time.sleep(0.5)
        self.assertTrue(alive(pid))
        parent.kill()
        parent.wait()
        begin = time.monotonic()
        while alive(pid) and time.monotonic() - begin < 5:
            time.sleep(0.01)
        self.assertFalse(alive(pid), "an orphan")
        print(
            f"core: the child is gone {time.monotonic() - begin:.2f} s after its parent was killed"
        )
        parent.stdout.close()


class Reading(Case):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.kept.name, "a.glb")
        words = [RELIEF, "mesh", PHOTO, "-o", cls.path, "--layers", "2", "--quiet"]
        subprocess.run(list(map(str, words)), check=True)
        cls.data = pathlib.Path(cls.path).read_bytes()

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def changed(self, change):
        """The file with another description."""
        size = struct.unpack_from("<I", self.data, 12)[0]
        document = json.loads(self.data[20 : 20 + size])
        change(document)
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        rest = self.data[20 + size :]
        head = struct.pack("<5I", 0x46546C67, 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
        return head + text + rest

    def test_agrees_with_the_program(self):
        scene = glb.read(self.data)
        info = json.loads(subprocess.check_output([RELIEF, "info", self.path, "--json"]))
        self.assertEqual(sum(len(it.triangles) for it in scene.surfaces), info["triangles"])
        for surface in scene.surfaces:
            self.assertEqual(surface.triangles.max() + 1, len(surface.positions))
            self.assertTrue((surface.positions[:, 1] > 0).all(), "behind the camera")
            corners = surface.positions[surface.triangles]
            normal = numpy.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            facing = (normal * corners[:, 0]).sum(axis=1)
            self.assertTrue((facing < 1e-9).all(), "seen from behind")
            kind = b"\x89P" if surface.name == "ribbon" else b"\xff\xd8"
            self.assertEqual(bytes(surface.picture.data[:2]), kind)
        front = scene.surfaces[1]
        facts = scene.facts
        for axis, side in enumerate((facts["width"], facts["height"])):
            self.assertAlmostEqual(front.scale[axis], facts["focal_px"] / side, places=5)
            self.assertAlmostEqual(front.offset[axis], 0.5, places=5)
        self.assertAlmostEqual(facts["median"], 2.0, places=5)

    def test_damaged_files(self):
        def drop(key):
            return lambda document: document.pop(key)

        def put(value, *path):
            def change(document):
                for key in path[:-1]:
                    document = document[key]
                document[path[-1]] = value

            return change

        changes = {
            "generator": put("another program", "asset", "generator"),
            "compressed": put(["EXT_meshopt_compression"], "extensionsRequired"),
            "no camera": drop("cameras"),
            "no meshes": drop("meshes"),
            "no images": drop("images"),
            "no extras": lambda document: document["scenes"][0].pop("extras"),
            "focal length": put(0, "scenes", 0, "extras", "relief", "focal_px"),
            "a word": put("far", "scenes", 0, "extras", "relief", "far"),
            "count": put(10**9, "accessors", 0, "count"),
            "negative": put(-4, "bufferViews", 0, "byteOffset"),
            "beyond": put(10**12, "bufferViews", 2, "byteLength"),
            "few": put(7, "accessors", 0, "count"),
            "lines": put(1, "meshes", 0, "primitives", 0, "mode"),
            "another kind": put("VEC4", "accessors", 0, "type"),
            "no number": put(None, "accessors", 0, "bufferView"),
            "a list": put([], "materials"),
            "picture": put("image/webp", "images", 0, "mimeType"),
        }
        glb.read(self.changed(lambda document: None))
        for name, change in changes.items():
            with self.subTest(name), self.assertRaises(core.ReliefError):
                glb.read(self.changed(change))

    def test_cut_and_scrambled_files(self):
        for size in (0, 3, 27, 100, 2000, len(self.data) - 1):
            with self.subTest(size), self.assertRaises(core.ReliefError):
                glb.read(self.data[:size])
        generator = numpy.random.default_rng(5)
        length = struct.unpack_from("<I", self.data, 12)[0]
        for _ in range(300):
            data = bytearray(self.data)
            for at in generator.integers(0, 20 + length, 3):
                data[at] = generator.integers(0, 256)
            try:
                glb.read(bytes(data))
            except core.ReliefError:
                pass

    def test_texture_that_no_camera_fits(self):
        data = bytearray(self.data)
        document = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
        begin = 28 + struct.unpack_from("<I", data, 12)[0]
        view = document["bufferViews"][1]
        uvs = numpy.frombuffer(data, "<f4", view["byteLength"] // 4, begin + view["byteOffset"])
        uvs = numpy.array(uvs) ** 2
        data[begin + view["byteOffset"] : begin + view["byteOffset"] + 4 * len(uvs)] = uvs.tobytes()
        with self.assertRaisesRegex(core.ReliefError, "no camera"):
            glb.read(bytes(data))

    def test_points(self):
        path = self.folder / "a.ply"
        words = [RELIEF, "mesh", PHOTO, "-o", path, "--points", "--grid", "160", "--quiet"]
        subprocess.run(list(map(str, words)), check=True)
        data = path.read_bytes()
        positions, colours = points.read(data)
        self.assertEqual(positions.shape, (160 * 120, 3))
        self.assertEqual(colours.shape, positions.shape)
        self.assertTrue((positions[:, 1] > 0).all())
        self.assertGreater(int(colours.max()) - int(colours.min()), 100)
        for bad in (b"", b"ply\n", data[:500], data.replace(b"float x", b"double x", 1)):
            with self.subTest(bad[:20]), self.assertRaises(core.ReliefError):
                points.read(bad)

    def test_thumbnail(self):
        path = self.folder / "map.npy"
        numpy.save(path, numpy.tile(numpy.linspace(0, 9, 3000, dtype="f4"), (2000, 1)))
        grey = thumbnail.of_map(path)
        self.assertEqual(grey.shape, (167, 250))
        self.assertTrue((numpy.diff(grey.astype(int), axis=1) >= 0).all())
        self.assertEqual((grey.min(), grey.max()), (0, 255))
        far_is_dark = thumbnail.of_map(path, metric=True)
        self.assertGreater(int(far_is_dark[0, 2]), int(far_is_dark[0, -1]))
        from PIL import Image

        (self.folder / "a.png").write_bytes(thumbnail.png(grey))
        read = numpy.asarray(Image.open(self.folder / "a.png"))
        self.assertTrue((read == grey).all())
        self.assertIsNone(thumbnail.of_map(self.folder / "nowhere.npy"))


class Words(Case):
    def test_settings_survive(self):
        wanted = settings.Settings(model="dpt-large", strength=1.5, method=settings.POINTS)
        kept = json.loads(json.dumps(wanted.to_dict()))
        self.assertEqual(settings.Settings.from_dict({**kept, "new": 1}), wanted)
        self.assertEqual(settings.Settings.from_dict({}), settings.Settings())

    def test_every_combination_is_understood(self):
        """The program takes the words; a photo that is not there is all it finds wrong."""
        for method in (settings.SCENE, settings.SURFACE, settings.DISPLACE, settings.POINTS):
            for quality in ("DRAFT", "NORMAL", "HIGH"):
                wanted = settings.Settings(
                    method=method, quality=quality, force_cpu=True, field_of_view=70, strength=0.5
                )
                words = settings.arguments("/nowhere.jpg", str(self.folder), wanted)
                done = subprocess.run([RELIEF, *words], capture_output=True, text=True)
                self.assertEqual(done.returncode, 3, done.stderr)

    def test_progress(self):
        heard = progress.Progress()
        shares = []
        for stage in ("model", "decode", "depth", "scene", "mesh", "write"):
            for done in range(4):
                heard.hear(json.dumps({"stage": stage, "done": done, "total": 3}))
                shares.append(heard.share)
        self.assertEqual(shares, sorted(shares))
        self.assertLessEqual(shares[-1], 1.0)
        for line in ("", "[]", "7", '{"stage": 5}', '{"stage": "model", "done": 1, "total": 0}'):
            heard.hear(line)

    def test_list_of_networks(self):
        known = models.fetch([RELIEF])
        names = {model.name: model for model in known}
        self.assertTrue(set(models.COMPLEXITY.values()) <= set(names))
        self.assertEqual(sum(model.builtin for model in known), 1)
        self.assertTrue(
            all(model.bytes and model.licence for model in known if not model.installed)
        )
        with self.assertRaises(core.ReliefError):
            models.parse("{}x")


if __name__ == "__main__":
    unittest.main(verbosity=1)
