#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Networks beside ONNX Runtime, in one run on one machine, into docs/performance.md.

  networks.py [--relief build] [--networks FOLDER] [--only ROW]... [--runs 20] [--threads 2]

The networks have the published architectures and made-up weights (../shared/tools/make_networks.py). Each engine has a process of its
own; they take turns of a few runs, ours, ONNX Runtime, ours again, so that whatever else the machine does hits all of them. With
--only the other rows stay as they were measured last.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
from performance import ROOT, SHARED, put_into

os.environ["RELIEF_CACHE"] = "off"  # a first start is measured, as the peer's is

MARKS = "<!-- networks: made by make bench -->", "<!-- end of networks -->"
TURNS = 5
STARTS = 5
SECONDS_OF_STARTS = 20
# row: network file, width, height, most f32 and bf16 may take of ONNX Runtime's time
ROWS = {
    "midas_small": ("midas_small", 256, 256, 0.75, 0.45),
    "midas_large": ("midas_large", 384, 384, 0.80, 0.45),
    "dpt_hybrid": ("dpt_hybrid", 384, 384, 0.85, 0.50),
    "dpt_large": ("dpt_large", 384, 384, 0.85, 0.50),
    "da_small": ("da_small", 518, 518, 0.85, 0.50),
    "da_small dynamic": ("da_small-dyn", 518, 518, 0.85, 0.50),
    "da_small 518x686": ("da_small-dyn", 518, 686, 0.85, 0.50),
}
PARITY = {"f32": 1e-4, "bf16": 0.01}


class Engine:
    """engine.py with one network."""

    def __init__(self, args, name, model, picture, precision="f32"):
        command = [sys.executable, ROOT / "bench/engine.py", name, model, picture]
        command += ["--threads", str(args.threads), "--precision", precision]
        command += ["--library", args.relief / "librelief.so"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.PIPE, text=True
        )
        self.ms = []

    def ask(self, *words):
        """The answer to one command."""
        print(*words, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.stderr.read().strip() or "the engine is gone")
        return json.loads(line)

    def turn(self, runs):
        self.ms += self.ask("run", runs)
        time.sleep(0.05)  # threads that spin for more work give up

    def result(self, folder):
        path = folder / "result.npy"
        self.ask("save", path)
        return numpy.load(path)

    def median(self):
        return statistics.median(self.ms)


def start(args, row, folder):
    """Engines by name, each after its first run; those that could not start are left out, with the reason."""
    file, width, height = ROWS[row][:3]
    picture = folder / "picture.npy"
    random = numpy.random.default_rng(0)
    numpy.save(picture, random.random((1, 3, height, width), dtype=numpy.float32))
    model = args.networks / f"{file}.onnx"
    engines, first = {}, {}
    for name, *more in (("f32", "relief"), ("onnxruntime", "onnxruntime"), ("bf16", "relief")):
        precision = name if name == "bf16" else "f32"
        engine = Engine(args, more[0], model, picture, precision)
        try:
            first[name] = [engine.ask("start")]
            engines[name] = engine
        except RuntimeError as error:
            print(f"{row}: {name}: {error}", file=sys.stderr)
    return engines, first


def add_starts(args, row, folder, first):
    """Start new processes, in turns, until there are enough starts to take the median of, or it takes too long."""
    end = time.monotonic() + SECONDS_OF_STARTS
    while len(next(iter(first.values()))) < STARTS and time.monotonic() < end:
        engines, times = start(args, row, folder)
        for name, engine in engines.items():
            engine.ask("end")
            first[name] += times[name]


def load_ms(starts, run_ms):
    """What happens once: loading, and all of the first run that later ones do not take."""
    return statistics.median(s["load_ms"] + max(0.0, s["first_ms"] - run_ms) for s in starts)


def memory_bound(found):
    """The most megabytes that a run may take: 1.3 times what it needs at least, and 64."""
    return 1.3 * (found["weights_mb"] + found["live_mb"]) + 64


def measure(args, row, folder):
    """What one row of the table says."""
    engines, first = start(args, row, folder)
    each = -(-args.runs // TURNS)
    for _ in range(TURNS):
        for engine in engines.values():
            engine.turn(each)
    expected = engines["onnxruntime"].result(folder)
    spread = float(expected.max() - expected.min())
    gflop = engines["f32"].ask("work")
    found = {"gflop": gflop}
    for name, engine in engines.items():
        if name != "onnxruntime":
            error = numpy.abs(engine.result(folder) - expected) / spread
            found[f"{name} error"] = [float(error.max()), float(error.mean())]
        found[name] = {"ms": engine.median()} | engine.ask("end")
    add_starts(args, row, folder, first)
    for name in engines:
        # ONNX Runtime is given its first run: making the session is all that counts.
        runs = found[name]["ms"] if name != "onnxruntime" else float("inf")
        found[name]["load_ms"] = load_ms(first[name], runs)
    return found


def machine_peak(args):
    command = [args.relief / "bench/machine_peak", str(args.threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def marked(value, most):
    return f"{value:.0f}" if value <= most else f"**{value:.0f}**"


def columns(row, found, peak):
    """The cells of one row; a bound that is missed is set in bold."""
    theirs = found["onnxruntime"]
    bounds = dict(zip(("f32", "bf16"), ROWS[row][3:]))
    yield f"{row} {ROWS[row][1]}x{ROWS[row][2]}" if "x" not in row else row
    yield f"{theirs['ms']:.1f}"
    for name in ("f32", "bf16"):
        if name not in found:
            yield from ("-", "-")
            continue
        ratio = found[name]["ms"] / theirs["ms"]
        fine = ratio <= bounds[name]
        yield f"{found[name]['ms']:.1f}"
        yield (
            f"{ratio:.2f} (≤ {bounds[name]:.2f})"
            if fine
            else f"**{ratio:.2f}** (≤ {bounds[name]:.2f})"
        )
    for name, which, form in (("f32", 0, ".1e"), ("bf16", 1, ".4f")):
        error = found.get(f"{name} error", [None, None])[which]
        mark = "**" if error is not None and not error <= PARITY[name] else ""
        yield "-" if error is None else f"{mark}{error:{form}}{mark}"
    ours = [found[n] for n in ("f32", "bf16") if n in found]
    bound = [min(memory_bound(f), theirs["peak_mb"]) for f in ours]
    yield " / ".join(
        [*map(marked, [f["peak_mb"] for f in ours], bound), f"{theirs['peak_mb']:.0f}"]
    )
    yield " / ".join(f"{memory_bound(f):.0f}" for f in ours)
    bound = [theirs["load_ms"]] * len(ours)
    yield " / ".join(
        [*map(marked, [f["load_ms"] for f in ours], bound), f"{theirs['load_ms']:.0f}"]
    )
    shares = [
        found["gflop"] / found[n]["ms"] * 1000 / peak[n]
        for n in ("f32", "bf16")
        if n in found and peak.get(n)
    ]
    yield " / ".join(f"{100 * share:.0f} %" for share in shares)


def table(args, results):
    peak = results["peak"]
    speeds = ", ".join(f"{n} {peak[n]:.0f}" for n in ("f32", "bf16") if peak.get(n))
    yield f"{args.threads} threads; medians of {args.runs} runs in {TURNS} turns; ONNX Runtime {results['version']}. The machine's peak, a 2048³ product by oneDNN, in Gflop/s: {speeds}."
    yield ""
    head = "network | ONNX Runtime ms | f32 ms | f32 ÷ | bf16 ms | bf16 ÷ | f32 max error | bf16 mean error | MB f32 / bf16 / ONNX Runtime | MB allowed f32 / bf16 | load ms f32 / bf16 / ONNX Runtime | share of peak f32 / bf16"
    yield f"| {head} |"
    yield "|" + "---|" * (head.count("|") + 1)
    for row in ROWS:
        if row in results:
            yield "| " + " | ".join(columns(row, results[row], peak)) + " |"


def make_networks(args):
    """The folder with all networks, made now when it is not there."""
    if args.networks:
        return args.networks
    script = SHARED / "tools/make_networks.py"
    folder = args.relief / "networks"
    if not script.exists():
        print(f"bench: networks: skipped, {script} is not there (--networks FOLDER)")
        sys.exit(0)
    folder.mkdir(exist_ok=True)
    for file in sorted({row[0] for row in ROWS.values()}):
        if not (folder / f"{file}.onnx").exists():
            dynamic = ["--dynamic"] if file.endswith("-dyn") else []
            command = [sys.executable, script, *dynamic, folder, file.removesuffix("-dyn")]
            subprocess.run(command, check=True, stdout=sys.stderr)
    return folder


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--relief", type=pathlib.Path, default=ROOT / "build", help="build folder")
    parser.add_argument("--networks", type=pathlib.Path)
    parser.add_argument("--only", action="append", choices=ROWS)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/performance.md")
    args = parser.parse_args()
    args.relief = args.relief.resolve()
    args.networks = make_networks(args)
    kept = args.relief / "networks.json"
    results = json.loads(kept.read_text()) if args.only and kept.exists() else {}
    import onnxruntime

    peak = machine_peak(args)
    before = results.get("peak", {})
    results["peak"] = {n: max(peak[n] or 0, before.get(n) or 0) for n in peak}
    results["version"] = onnxruntime.__version__
    with tempfile.TemporaryDirectory() as name:
        for row in args.only or ROWS:
            results[row] = measure(args, row, pathlib.Path(name))
            kept.write_text(json.dumps(results))
            print("\n".join(table(args, results)), flush=True)
    put_into(args.output, table(args, results), MARKS)


if __name__ == "__main__":
    main()
