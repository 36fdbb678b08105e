#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Install the Debian packages where nothing else is installed, use them, remove them: deb.py FOLDER BUILD

FOLDER holds the packages that `make deb` has made; they must hold what BUILD, the build folder, installs. A plain Debian
gets them by apt, with what they depend on; there the program must convert photos, the man page and the completions must
lie where Debian looks for them, and a program must compile against the headers. Removed, the packages leave no file. Needs
root and debootstrap.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import chroot

ROOT = chroot.ROOT
PHOTO = ROOT / "tests/data/scenes/figure/photo.jpg"
PACKAGES = ("relief", "librelief0", "librelief-dev")
# What an installed package must have put there.
INSTALLED = """
usr/bin/relief usr/share/man/man1/relief.1.gz usr/share/bash-completion/completions/relief
usr/share/zsh/vendor-completions/_relief usr/share/fish/vendor_completions.d/relief.fish
usr/share/doc/relief/copyright usr/include/relief/relief.h usr/lib/x86_64-linux-gnu/librelief.so.0
usr/lib/x86_64-linux-gnu/librelief.so usr/lib/x86_64-linux-gnu/pkgconfig/relief.pc
""".split()


def check(fact, text):
    if not fact:
        sys.exit(f"deb: {text}")


def output_of(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, **more).stdout


def check_same_as_installed(folder, build):
    """make install and the packages put the same files there, each in its system's places."""
    place = folder / "installed"
    install = ["meson", "install", "-C", build, "--no-rebuild", "--quiet"]
    output_of(*install, env={**os.environ, "DESTDIR": str(place)})
    prefix = next(path for path in place.rglob("bin") if path.is_dir()).parent
    ours = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()}
    moved = {name.replace("x86_64-linux-gnu/", "") for name in ours}
    packaged = set()
    for package in (folder / "packages").glob("*.deb"):
        words = [line.split() for line in output_of("dpkg-deb", "-c", package).splitlines()]
        packaged |= {word[5].removeprefix("./usr/") for word in words if word[0][0] in "-l"}
    theirs = {name.replace("x86_64-linux-gnu/", "") for name in packaged}
    theirs = {name for name in theirs if not name.startswith(("share/doc/", "share/lintian/"))}
    theirs = {name.replace("zsh/vendor-completions", "zsh/site-functions") for name in theirs}
    theirs = {name.replace("relief.1.gz", "relief.1") for name in theirs}
    check(moved == theirs, f"make install and the packages differ in {sorted(moved ^ theirs)}")
    print(f"make install: the same {len(moved)} files as in the packages")


def check_lintian(folder):
    if not shutil.which("lintian"):
        print("deb: lintian is not there, and has not looked")
        return
    changes = next(folder.glob("*.changes"))
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", changes],
        capture_output=True,
        text=True,
        check=False,
    )
    check(done.returncode == 0, done.stdout + done.stderr)
    print("lintian: no error, no warning")


def check_development(system, folder):
    """A stranger's program compiles with the flags of pkg-config, and runs."""
    pkgconfig = system.root / "usr/lib/x86_64-linux-gnu/pkgconfig"
    own = {"PKG_CONFIG_PATH": str(pkgconfig), "PKG_CONFIG_SYSROOT_DIR": str(system.root)}
    flags = output_of("pkg-config", "--cflags", "--libs", "relief", env={"PATH": "/usr/bin", **own})
    check(f"-I{system.root}/usr/include" in flags or "-I" not in flags, f"pkg-config: {flags}")
    paths = [f"-I{system.root}/usr/include", f"-L{system.root}/usr/lib/x86_64-linux-gnu"]
    example = folder / "photo_to_glb.c"
    loose = "-Wl,--unresolved-symbols=ignore-in-shared-libs"
    program = system.root / "tmp/example"
    output_of("cc", "-o", program, example, *paths, loose, *flags.split())
    shutil.copyfile(ROOT / "models/relief-small.onnx", system.root / "tmp/net.onnx")
    system.must("/tmp/example", "/tmp/photo.jpg", "/tmp/net.onnx", "/tmp/example.glb")
    head = (system.root / "tmp/example.glb").read_bytes()[:4]
    check(head == b"glTF", "the example wrote no .glb")


def check_use(system):
    shutil.copyfile(PHOTO, system.root / "tmp/photo.jpg")
    (system.root / "tmp").chmod(0o1777)
    shutil.copyfile(ROOT / "tests/data/rgb8.heic", system.root / "tmp/small.heic")
    user = {"user": "1000:1000", "environment": {"HOME": "/tmp"}}
    version = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())[1]
    told = system.must("relief", "--version", **user)
    check(told.startswith(f"relief {version}\n"), told)
    for name in ("photo.jpg", "small.heic"):
        system.must("relief", "mesh", f"/tmp/{name}", "-o", f"/tmp/{name}.glb", **user)
        head = (system.root / f"tmp/{name}.glb").read_bytes()[:4]
        check(head == b"glTF", f"{name} gave no .glb")
        system.must("relief", "depth", f"/tmp/{name}", "-o", f"/tmp/{name}.png", **user)
    short = ("--size", "320x240", "--seconds", "0.2", "--quiet")
    for ending in ("gif", "mp4"):
        film = f"/tmp/film.{ending}"
        system.must("relief", "video", "/tmp/photo.jpg.glb", "-o", film, *short, **user)
        check((system.root / film[1:]).stat().st_size > 1000, f"{film} is no film")


def main():
    folder, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    packages = sorted(folder.glob("*.deb"))
    if not packages:
        chroot.skip("deb", "no packages are there (make test-pack makes them)")
    names = sorted(path.name.split("_")[0] for path in packages)
    check(names == sorted(PACKAGES), f"packages: {names}")
    chroot.need_root("deb")
    base = chroot.base_system("deb")
    check_lintian(folder)
    with tempfile.TemporaryDirectory(prefix="relief-deb-") as name:
        pathlib.Path(name, "packages").symlink_to(folder)
        check_same_as_installed(pathlib.Path(name), build)
        system = chroot.Chroot(base, pathlib.Path(name, "root"))
        system.bind(folder, "/packages", writable=False)
        install = ["apt-get", "install", "-q=2", "-y", "--no-install-recommends"]
        system.must("apt-get", "update", "-q=2")
        depends = [word for path in packages for word in depends_of(path)]
        # Encoders come by recommendation, which apt heeds unless told otherwise.
        library = next(path for path in packages if path.name.startswith("librelief0_"))
        depends += depends_of(library, "Recommends")
        system.must(*install, *sorted(set(depends)))
        before = system.files()
        system.must(*install, *(f"/packages/{path.name}" for path in packages))
        there = system.files()
        missing = [path for path in INSTALLED if path not in there]
        check(not missing, f"not installed: {missing}")
        check_use(system)
        check_development(system, system.root / "usr/share/doc/librelief-dev/examples")
        system.must("apt-get", "purge", "-q=2", "-y", *PACKAGES)
        left = system.files() - before
        check(not left, f"removed, the packages leave {sorted(left)[:5]}")
    print(f"deb: {', '.join(names)} installed, used and removed without a trace")


def depends_of(package, field="Depends"):
    """What a package depends on, but for the ones made with it."""
    for clause in output_of("dpkg-deb", "-f", package, field).split(","):
        name = clause.split()[0]
        if name not in PACKAGES:
            yield name


if __name__ == "__main__":
    main()
