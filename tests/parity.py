#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare `relief model run` with ONNX Runtime on whole networks.

    parity.py --relief PROGRAM [--backend NAME] [--networks FOLDER]

The networks are tiefenrausch and fastdepth_nyu of ../shared/teachers, and midas_small and da_small
of ../shared/tools/make_networks.py (made with torch), or all that FOLDER and the folders in it
hold. Those of any size run at four sizes, transformers at two. In f32 the largest deviation may be
1e-4 of the range of ONNX Runtime's output; in bf16, where the processor has it, the mean one may be
0.01.

Exit status: 0 all agree; 1 some do not; 77 something could not be compared, and what could agrees.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMITS = {"f32": 1e-4, "bf16": 1e-2}  # of the largest, of the mean deviation
# So small, outputs hardly vary: their range is no measure of rounding any more.
LEAST_NARROW = 128
SKIPPED = 77
TRANSFORMER_SIZES = [(518, 518), (518, 686)]  # multiples of 14
SIZES = [(256, 256), (64, 96), (224, 320), (384, 288)]  # height, width; multiples of 32


def use_peers():
    """Start again with the peers' Python when this one lacks ONNX Runtime."""
    try:
        import numpy  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as error:
        python = ROOT / ".venv/bin/python"
        if python.exists() and "RELIEF_PARITY_AGAIN" not in os.environ:
            os.environ["RELIEF_PARITY_AGAIN"] = "1"
            os.execv(python, [str(python), *sys.argv])
        print(f"skip: parity: {error} (make test-tools installs the peers)")
        sys.exit(SKIPPED)


def find_shared():
    shared = Path(os.environ.get("RELIEF_SHARED") or ROOT.parent / "shared")
    if not (shared / "teachers").is_dir():
        print(f"skip: parity: no networks in {shared}")
        sys.exit(SKIPPED)
    return shared


def make_networks(shared, folder):
    """Both forms of two networks in `folder`; the reason why not, else None."""
    for extra in ([], ["--dynamic"]):
        command = [sys.executable, shared / "tools/make_networks.py", folder]
        command += ["midas_small", "da_small", *extra]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return None


def smooth_noise(height, width):
    """A picture (1, 3, H, W) in 0..1: large patches with a little noise, the same every time."""
    import numpy as np

    random = np.random.default_rng(height * 1000 + width)
    patches = random.random((1, 3, -(-height // 8), -(-width // 8)), dtype=np.float32)
    grain = random.random((1, 3, height, width), dtype=np.float32)
    return 0.8 * patches.repeat(8, 2).repeat(8, 3)[:, :, :height, :width] + 0.2 * grain


def run_relief(options, precision, model, picture, folder):
    """The output, or a reason."""
    import numpy as np

    source, result = folder / "in.npy", folder / "out.npy"
    np.save(source, picture)
    command = [options.relief, "model", "run", model, "--input", source, "--output", result]
    command += ["--force", "--backend", options.backend, "--threads", "2"]
    command += ["--precision", precision]
    result.unlink(missing_ok=True)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        return None, f"exit {done.returncode}: {done.stderr.strip()}"
    return np.load(result), None


def judge(expected, got, precision):
    """Deviation over the range, and a verdict; None for a good one."""
    import numpy as np

    spread = float(expected.max() - expected.min())
    if got.shape != expected.shape:
        return np.inf, f"shape {got.shape}, not {expected.shape}"
    if not spread > 0:
        return np.inf, "the output is flat, which shows nothing"
    errors = np.abs(got - expected)
    deviation = float(errors.max() if precision == "f32" else errors.mean()) / spread
    return deviation, None if deviation <= LIMITS[precision] else "OFF"  # NaN is not


def compare(options, session, model, size, folder):
    """One line of the table a precision; whether all agree."""
    picture = smooth_noise(*size)
    expected = session.run(None, {session.get_inputs()[0].name: picture})[0]
    fine = True
    for precision in options.precisions:
        if precision != "f32" and min(size) < LEAST_NARROW:
            continue
        got, reason = run_relief(options, precision, model, picture, folder)
        deviation = float("inf")
        if reason is None:
            deviation, reason = judge(expected, got, precision)
        fine = fine and reason is None
        print(
            f"{model.stem:18} {size[1]:4}x{size[0]:<4} {precision:5} {deviation:10.2e}  {reason or 'ok'}",
            flush=True,
        )
    return fine


def precisions_here(options, model):
    """f32, and bf16 where the processor and the backend have it."""
    if options.backend != "onednn":
        return ["f32"]
    command = [options.relief, "bench", "--model", model, "--precision", "bf16", "--runs", "1"]
    tried = subprocess.run(command, check=False, capture_output=True, text=True)
    return ["f32"] if "--precision bf16:" in tried.stderr else ["f32", "bf16"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--relief", required=True)
    parser.add_argument("--backend", default="onednn")
    parser.add_argument("--networks", type=Path)
    options = parser.parse_args()
    use_peers()
    import onnxruntime

    shared = find_shared()
    fine, skipped = True, None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        networks = options.networks or folder
        if options.networks is None:
            skipped = make_networks(shared, folder)
        models = [shared / "teachers" / f"{m}.onnx" for m in ("tiefenrausch", "fastdepth_nyu")]
        if skipped is None:
            models += sorted(networks.rglob("*.onnx"))
        options.precisions = precisions_here(options, models[0])
        print("Deviation over range: f32 the largest (at most 1e-4), bf16 the mean (at most 1e-2)")
        for model in models:
            session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
            fixed = session.get_inputs()[0].shape[2:]
            free = TRANSFORMER_SIZES if model.stem.startswith("da_") else SIZES
            sizes = [tuple(fixed)] if all(isinstance(s, int) for s in fixed) else free
            for size in sizes:
                fine = compare(options, session, model, size, folder) and fine
    if not fine:
        return 1
    if skipped is not None:
        print(f"skip: parity in part: networks could not be made: {skipped}")
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
