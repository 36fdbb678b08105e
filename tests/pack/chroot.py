# SPDX-License-Identifier: Apache-2.0
"""Debian in a folder, for tests that need a system to install into; where that cannot be, the test skips.

The system is made once, by debootstrap in build-pack/chroot, and copied for each test. Commands run in mount and process
namespaces of their own, so that nothing stays mounted, and nothing goes on running, whatever happens to the test.
"""
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SYSTEMS = ROOT / "build-pack/chroot"
SUITE = "bookworm"
SKIPPED = 77


def skip(name, reason):
    print(f"skip: {name}: {reason}")
    sys.exit(SKIPPED)


def need_root(name):
    """Skip where nobody may mount and change the root folder."""
    tools = [tool for tool in ("unshare", "debootstrap") if not shutil.which(tool)]
    if tools:
        skip(name, f"{' and '.join(tools)} lacks (tools/setup.sh pack-test)")
    trial = ["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"]
    if os.geteuid() != 0 or subprocess.run(trial, capture_output=True, check=False).returncode:
        skip(name, "needs root that may mount")


def base_system(name):
    """The folder with the smallest Debian, made on the first call."""
    base = SYSTEMS / SUITE
    if base.exists():
        return base
    SYSTEMS.mkdir(parents=True, exist_ok=True)
    part = SYSTEMS / f"{SUITE}.part"
    shutil.rmtree(part, ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", SUITE, part, "http://deb.debian.org/debian"]
    log = SYSTEMS / "debootstrap.log"
    with log.open("w") as out:
        if subprocess.run(command, stdout=out, stderr=out, check=False).returncode:
            skip(name, f"debootstrap fails; is the network there? (see {log})")
    for package in (part / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()
    part.rename(base)
    return base


class Chroot:
    """A system of its own in `root`, from a copy of `base`."""

    def __init__(self, base, root):
        self.root = pathlib.Path(root)
        self.binds = []
        subprocess.run(["cp", "-a", base, self.root], check=True)
        shutil.copyfile("/etc/resolv.conf", self.root / "etc/resolv.conf")
        updates = "http://deb.debian.org/debian-security bookworm-security main"
        (self.root / "etc/apt/sources.list.d/security.list").write_text(f"deb {updates}\n")

    def bind(self, outside, inside, writable=True):
        self.binds.append((pathlib.Path(outside), inside, writable))

    def run(self, *words, user=None, read_only=False, network=True, environment=None):
        """A finished process with its output as text; user is UID:GID."""
        setup = []
        target = shlex.quote(str(self.root))
        if read_only:
            setup += [f"mount --bind {target} {target}"]
        setup += [f"mount -t proc proc {target}/proc"]
        for outside, inside, writable in self.binds:
            place = self.root / inside.lstrip("/")
            place.mkdir(parents=True, exist_ok=True)
            setup += [f"mount --bind {shlex.quote(str(outside))} {shlex.quote(str(place))}"]
            if not writable:
                setup += [f"mount -o remount,bind,ro {shlex.quote(str(place))}"]
        if read_only:
            setup += [f"mount -o remount,bind,ro {target}"]
        enter = ["chroot", target]
        if user:
            enter = ["setpriv --no-new-privs chroot", f"--userspec={user}", "--groups=", target]
        script = " && ".join([*setup, f'exec {" ".join(enter)} "$@"'])
        apart = ["unshare", "--mount", "--pid", "--fork", *([] if network else ["--net"])]
        clean = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **(environment or {})}
        clean.setdefault("DEBIAN_FRONTEND", "noninteractive")
        command = [*apart, "sh", "-c", script, "sh", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, env=clean, check=False)

    def must(self, *words, **more):
        """As run(), but the command must succeed; its standard output."""
        done = self.run(*words, **more)
        if done.returncode:
            lines = (done.stdout + done.stderr).splitlines()[-15:]
            sys.exit(
                "\n".join([f"{shlex.join(map(str, words))} ends with {done.returncode}", *lines])
            )
        return done.stdout

    def files(self):
        """All that lies in the system, but for what apt keeps for itself and what runs."""
        passing = ("var/cache/", "var/lib/apt/", "var/log/", "proc/", "tmp/", "var/lib/dpkg/")
        found = set()
        for folder, folders, names in os.walk(self.root):
            for name in names + folders:
                path = os.path.relpath(os.path.join(folder, name), self.root)
                if not (path + "/").startswith(passing):
                    found.add(path)
        return found
