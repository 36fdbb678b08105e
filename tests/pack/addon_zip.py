#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Look into the add-on's zip, and run its program where there is nothing else: addon_zip.py ZIP RELIEF

The zip is unpacked, without the executable bits, into an empty folder, where the add-on's own code sets them. The folder
becomes the root of a file system with /proc and no devices, no network and no other file. There the program must make of JPEG, PNG, WebP, TIFF, HEIC and AVIF
pictures what RELIEF, the program of the build, makes of them with Debian's libraries. Needs root and unshare.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

import download

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SKIPPED = 77
LARGEST = 80_000_000
BIN = "relief/bin/linux-x64"
# What Debian's libvips would bring, of which relief uses nothing.
UNUSED = re.compile(
    r"magick|poppler|openslide|matio|cfitsio|hdf5|fftw|x265|aom|rsvg|cairo|pango|icu|krb5|ldap|jbig"
)


def skip(reason):
    print(f"skip: addon_zip: {reason}")
    sys.exit(SKIPPED)


def check(fact, text):
    if not fact:
        sys.exit(f"addon_zip: {text}")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, **more)


def check_contents(path, archive):
    names = archive.namelist()
    size = path.stat().st_size
    check(size <= LARGEST, f"{size / 1e6:.1f} MB, over {LARGEST / 1e6:.0f} MB")
    check(names == sorted(names), "the names are not sorted")
    check(len({entry.date_time for entry in archive.infolist()}) == 1, "the dates differ")
    check(all(name.startswith("relief/") for name in names), "files outside relief/")
    unused = [name for name in names if "/lib/" in name and UNUSED.search(name)]
    check(not unused, f"libraries that relief does not use: {unused}")
    print(f"zip: {size / 1e6:.1f} MB of {LARGEST / 1e6:.0f} MB, {len(names)} files")


def check_licences(archive):
    """Every library stands in the table, and each package of the table has its licence."""
    names = archive.namelist()
    table = archive.read(f"{BIN}/THIRD-PARTY.md").decode()
    rows = [row.split(" | ") for row in table.splitlines() if row.startswith("| ")][1:]
    listed = {name for row in rows for name in row[2].strip(" |").split(", ")}
    carried = {pathlib.PurePath(name).name for name in names if name.startswith(f"{BIN}/lib/")}
    check(carried - {"librelief.so.0"} <= listed, f"not in THIRD-PARTY.md: {carried - listed}")
    for source, version, _ in rows:
        licence = f"{BIN}/licences/{source.strip('| ')}.txt"
        check(licence in names and archive.getinfo(licence).file_size > 500, f"{licence} lacks")
        check(re.search(r"\d", version), f"{source} has no version")
    for licence in ("relief.txt", "relief-small.txt", "LGPL-2.1.txt", "LGPL-3.txt", "GPL-3.txt"):
        check(f"{BIN}/licences/{licence}" in names, f"licences/{licence} lacks")
    print(f"licences: of {len(rows)} packages with {len(carried)} libraries")


def check_binaries(folder):
    """No path of the machine that built them, and no library outside the folder is looked for."""
    for path in [folder / "relief", *folder.glob("lib/*")]:
        check(str(ROOT).encode() not in path.read_bytes(), f"{path.name} holds {ROOT}")
        dynamic = run("readelf", "-d", path, check=True).stdout
        for name in re.findall(r"R(?:UN)?PATH[^\[]*\[([^\]]*)\]", dynamic):
            check(name.startswith("$ORIGIN"), f"{path.name} looks for libraries in {name}")
        for name in re.findall(r"\(NEEDED\)[^\[]*\[([^\]]+)\]", dynamic):
            loader = (folder / name).exists()
            check(loader or (folder / "lib" / name).exists(), f"{path.name}: {name} lacks")


def check_same_bits(path, unpacked, folder):
    """Packing again gives the same zip."""
    again, bundle = folder / "again.zip", folder / "linux-x64"
    shutil.copytree(unpacked / BIN, bundle)
    done = run(ROOT / "tools/pack/addon.py", bundle, again)
    check(done.returncode == 0, done.stderr)
    check(again.read_bytes() == path.read_bytes(), "packed again, the zip is another one")
    print("same bits: yes")


def restore(root):
    """Let the add-on find its program and set the executable bits; the words that start it, as seen from `root`."""
    folder = root / BIN
    launch = json.loads((folder / "launch.json").read_text())
    for name in (launch["loader"], launch["program"]):
        check(not os.access(folder / name, os.X_OK), f"{name} should have lost its bit")
    sys.path.insert(0, str(root / "relief"))
    from core import program

    words = program.find(package=root / "relief")
    check(words[0] == str(folder / launch["loader"]), f"the add-on starts {words}")
    return [word.removeprefix(str(root)) for word in words]


def make_pictures(folder):
    """The same picture in every format, by Debian's Pillow; HEIC and AVIF as they lie in tests/data."""
    from PIL import Image

    folder.mkdir()
    photo = Image.open(ROOT / "tests/data/scenes/figure/photo.jpg").resize((320, 240))
    photo.save(folder / "photo.jpg", quality=90)
    photo.save(folder / "photo.png")
    photo.save(folder / "photo.webp", quality=90)
    photo.save(folder / "deflate.tif", compression="tiff_deflate")
    photo.save(folder / "lzw.tif", compression="tiff_lzw")
    photo.save(folder / "jpeg.tif", compression="jpeg")
    photo.save(folder / "photo.gif")
    for name in ("rgb8.heic", "rgb10.heic", "rgb8.avif"):
        shutil.copyfile(ROOT / "tests/data" / name, folder / name)
    shutil.copyfile(folder / "photo.jpg", folder / "Übergröße 写真.jpg")
    return sorted(path.name for path in folder.iterdir())


class Alone:
    """Runs the program with nothing else there."""

    def __init__(self, root, words):
        self.root, self.words = root, words
        (root / "proc").mkdir()

    def __call__(self, *arguments, network=False, **environment):
        """Namespaces of its own: the mount of /proc goes when the program ends."""
        jail = ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={self.root}/proc"]
        jail += [] if network else ["--net"]
        clean = {"PATH": os.environ["PATH"], **environment}
        return run(*jail, "chroot", self.root, *self.words, *arguments, env=clean)


def check_pictures(alone, relief, pictures, names):
    """Depth maps and scenes are, byte for byte, those of the build."""
    own = {**os.environ, "RELIEF_CACHE": "off"}
    theirs, ours = pictures.parent / "out", pictures.parent / "ours"
    theirs.mkdir()
    ours.mkdir()
    for name in names:
        for command, result in (("depth", f"{name}.png"), ("mesh", f"{name}.glb")):
            done = alone(command, f"/pictures/{name}", "-o", f"/out/{result}")
            check(done.returncode == 0, f"{command} {name}: {done.stderr}")
            words = [relief, command, pictures / name, "-o", ours / result]
            check(run(*words, env=own).returncode == 0, f"the build cannot do {command} {name}")
            same = (theirs / result).read_bytes() == (ours / result).read_bytes()
            check(same, f"{command} {name}: the bundle's result differs from the build's")
        print(f"alone: {name}: depth map and scene are those of the build")


def main():
    path, relief = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    if not path.exists():
        skip(f"{path.name} is not there (make test-pack makes it)")
    if os.geteuid() != 0 or not shutil.which("unshare"):
        skip("needs root and unshare for a root folder of its own")
    if run("unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "true").returncode:
        skip("this machine does not let root make namespaces")
    with tempfile.TemporaryDirectory(prefix="relief-zip-") as name:
        root = pathlib.Path(name) / "root"
        with zipfile.ZipFile(path) as archive:
            check_contents(path, archive)
            check_licences(archive)
            archive.extractall(root)  # which loses executable bits, as many programs do
        check_binaries(root / BIN)
        check_same_bits(path, root, pathlib.Path(name))
        names = make_pictures(root / "pictures")
        alone = Alone(root, restore(root))
        version = alone("--version")
        check(version.returncode == 0, version.stderr)
        check(version.stdout.startswith("relief "), version.stdout)
        check_pictures(alone, relief, root / "pictures", names)
        download.check_download(alone, pathlib.Path(name) / "server", check)
        refused = alone("depth", "/pictures/none.jpg", "-o", "/pictures/x.png")
        check(refused.returncode == 3, f"a missing file ends with {refused.returncode}")
        check(len(refused.stderr.splitlines()) == 1, refused.stderr)


if __name__ == "__main__":
    main()
