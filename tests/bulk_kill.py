#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kill `relief depth` at random moments; what is there at the end must be what a run makes that nobody disturbs.

    bulk_kill.py RELIEF [--kills N] [--seed N]

A folder of made-up photos becomes PNG, EXR and preview files. A run is killed with SIGKILL at a random moment, and
started again, until N were killed: a random time after a random number of events in the output folder, so that how
fast the machine is just then decides nothing. When most is done, some outputs are removed. Meanwhile the kernel tells of all that
happens in the output folder: under a final name a file may only ever appear by being renamed into place, and none may
be written to. After a last run that nobody kills, all files, the index among them, must be those of a clean run, byte
for byte, and no temporary may be left.
"""
import argparse
import ctypes
import hashlib
import os
import pathlib
import random
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "cli"))
import pictures  # noqa: E402

PHOTOS = 24
IN_MODIFY, IN_MOVED_TO, IN_CREATE = 0x2, 0x80, 0x100
EVENT = struct.Struct("iIII")


class Watcher(threading.Thread):
    """What happens in a folder, as inotify tells it."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init()
        mask = IN_MODIFY | IN_MOVED_TO | IN_CREATE
        if self.fd < 0 or libc.inotify_add_watch(self.fd, str(folder).encode(), mask) < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        self.appeared, self.wrong, self.temporaries = 0, [], 0
        self.start()

    def run(self):
        while True:
            data = os.read(self.fd, 1 << 16)
            at = 0
            while at < len(data):
                _, mask, _, length = EVENT.unpack_from(data, at)
                name = data[at + EVENT.size : at + EVENT.size + length].rstrip(b"\0").decode()
                at += EVENT.size + length
                self.note(name, mask)

    def note(self, name, mask):
        if not name:
            return  # the folder itself went
        if name.startswith(".relief-"):
            self.temporaries += bool(mask & IN_CREATE)
        elif name.startswith(".relief."):
            pass  # the index grows in place, a line at a time
        elif mask & IN_MOVED_TO:
            self.appeared += 1
        else:
            self.wrong.append((name, hex(mask)))


def hashes(folder):
    """Every file's SHA-256, but for the index's own temporaries none may be hidden."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def wait_for_events(watcher, run, choose):
    """Until some things have happened in the folder, fewer than a run does at least, and a little longer. One in
    four times nothing need have happened: the run is then about to begin."""
    events = choose.choice((0, 1, 2, 3)) * choose.randrange(1, PHOTOS // 4)
    start = watcher.temporaries + watcher.appeared
    while watcher.temporaries + watcher.appeared - start < events and run.poll() is None:
        time.sleep(0.001)
    time.sleep(choose.uniform(0, 0.02 if events else 0.2))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("relief")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    choose = random.Random(args.seed)
    with tempfile.TemporaryDirectory(prefix="relief-kill-") as name:
        folder = pathlib.Path(name)
        pictures.make_network(
            folder / "net.onnx",
            *("--metadata", "relief.kind=disparity"),
            *("--metadata", "relief.network_size=[64, 64]"),
            *("--metadata", "relief.resize=upper_bound"),
            *("--metadata", "relief.multiple=2"),
        )
        photos = folder / "photos"
        photos.mkdir()
        for i in range(PHOTOS):
            (photos / f"{i}.png").write_bytes(pictures.photo(96 + 4 * i, 80 + 3 * (i % 5)))

        def command(out):
            return [args.relief, "depth", str(photos), "-o", str(out), "--quiet"] + [
                *("--model", str(folder / "net.onnx"), "--format", "png16,exr,preview"),
                *("--size", "640x480"),
            ]

        subprocess.run(command(folder / "clean"), check=True)
        wanted = hashes(folder / "clean")
        out = folder / "out"
        out.mkdir()
        watcher = Watcher(out)
        killed = runs = 0
        while killed < args.kills and runs < 5 * args.kills:
            run = subprocess.Popen(command(out))
            wait_for_events(watcher, run, choose)
            run.send_signal(signal.SIGKILL)
            killed += run.wait() == -signal.SIGKILL
            runs += 1
            done = [path for path in out.iterdir() if not path.name.startswith(".")]
            if len(done) > 2 * PHOTOS:
                for path in choose.sample(done, PHOTOS):
                    path.unlink()
        subprocess.run(command(out), check=True)
        time.sleep(0.2)
        found = hashes(out)
    told = f"seed {args.seed}: {killed} of {runs} runs killed, {watcher.temporaries} temporaries, "
    told += f"{watcher.appeared} files appeared whole"
    if watcher.wrong:
        sys.exit(f"bulk_kill: {told}\nnot renamed into place: {watcher.wrong[:5]}")
    if found != wanted:
        differ = {n for n in found.keys() | wanted.keys() if found.get(n) != wanted.get(n)}
        sys.exit(f"bulk_kill: {told}\nnot as a clean run: {sorted(differ)[:10]}")
    if killed < args.kills or watcher.appeared < 3 * PHOTOS:
        sys.exit(f"bulk_kill: {told}: too little happened for a test")
    print(f"bulk_kill: {told}; the same {len(found)} files as a clean run")


if __name__ == "__main__":
    main()
