#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time the first start of networks and the second, which finds their weights prepared in the cache.

    second_start.py RELIEF NETWORK.onnx... [--precision f32]... [--starts 3] [--cold]

Prints a Markdown table. A start is what happens once: loading, and what the first run takes longer than later ones; "with a
run" is loading and the first run. Each of the --starts begins with an empty cache; the medians are printed. Files lie in
memory before each start (warm page cache), or, with --cold, nowhere but on the disk, which takes the right to write to
/proc/sys/vm/drop_caches. A network whose second start takes half of its first or more ends this with 1.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

BOUND = 0.5


def settle(cold, *files):
    """Files in memory, or, cold, nothing in it."""
    if cold:
        os.sync()
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
        return
    for file in files:
        pathlib.Path(file).read_bytes()


def start(args, network, precision, cache):
    """(ms of what happens once, ms with the first run, ms of a later run, MB from the cache)"""
    settle(args.cold, network, *pathlib.Path(cache).iterdir())
    command = [args.relief, "bench", "--model", network, "--precision", precision]
    command += ["--threads", "2", "--runs", "3", "--json", "--quiet"]
    environment = {**os.environ, "RELIEF_CACHE": cache}
    out = subprocess.run(command, env=environment, check=True, capture_output=True)
    found = json.loads(out.stdout)
    longer = max(0.0, found["first_ms"] - found["median_ms"])
    with_run = found["load_ms"] + found["first_ms"]
    return found["load_ms"] + longer, with_run, found["median_ms"], found["cached_mb"]


def measure(args, network, precision):
    """The cells of one row, and whether the bound holds."""
    rows = []
    for _ in range(args.starts):
        with tempfile.TemporaryDirectory(dir=args.folder) as cache:
            first = start(args, network, precision, cache)
            second = start(args, network, precision, cache)
        if not second[3]:
            raise SystemExit(f"{network}: nothing was kept")
        rows.append((first[0], second[0], first[1], second[1], second[2], second[3]))
    once, again, first, second, run, kept = (statistics.median(column) for column in zip(*rows))
    ratio = again / once
    shown = f"{ratio:.2f}" if ratio < BOUND else f"**{ratio:.2f}**"
    page_cache = "cold" if args.cold else "warm"
    cells = [
        pathlib.Path(network).stem,
        precision,
        page_cache,
        f"{once:.0f}",
        f"{again:.0f}",
        shown,
    ]
    cells += [f"{first:.0f}", f"{second:.0f}", f"{second / first:.2f}", f"{run:.0f}", f"{kept:.0f}"]
    return cells, ratio < BOUND


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("relief")
    parser.add_argument("networks", nargs="+")
    parser.add_argument("--precision", action="append", choices=["f32", "bf16"])
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--folder", help="where caches are made; a disk, not memory, for --cold")
    args = parser.parse_args()
    head = "network | precision | page cache | first start, ms | second, ms | ratio | first with a run, ms | second with a run, ms | ratio | a run, ms | kept, MB"
    print(f"| {head} |")
    print("|" + "---|" * (head.count("|") + 1), flush=True)
    fine = True
    for network in args.networks:
        for precision in args.precision or ("f32", "bf16"):
            cells, holds = measure(args, network, precision)
            fine = fine and holds
            print("| " + " | ".join(cells) + " |", flush=True)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
