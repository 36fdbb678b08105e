#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""midas_small in 8 bits beside ONNX Runtime, into docs/performance.md.

  quantised.py [--relief build] [--networks FOLDER] [--runs 20] [--threads 2]

The two forms that onnxruntime.quantization writes: operators on bytes ("qop") and floats between QuantizeLinear and DequantizeLinear
("qdq"). Three engines take turns, as in networks.py: ours, ONNX Runtime with the same file, and ONNX Runtime with the file in f32.
"""
import argparse
import pathlib
import sys
import tempfile

import numpy
from networks import TURNS, Engine
from performance import ROOT, put_into

sys.path.insert(0, str(ROOT / "tests"))
from parity import smooth_noise  # noqa: E402
from quantised import SIZE, quantise  # noqa: E402

MARKS = "<!-- quantised: made by make bench -->", "<!-- end of quantised -->"
OF_FLOATS, OF_SAME = 0.5, 0.9  # the most that we may take of ONNX Runtime's time


def measure(args, source, file, picture):
    """Milliseconds of ours, of ONNX Runtime with the same file, and with floats."""
    engines = [
        Engine(args, "relief", file, picture, "int8"),
        Engine(args, "onnxruntime", file, picture),
        Engine(args, "onnxruntime", source, picture),
    ]
    for engine in engines:
        engine.ask("start")
    for _ in range(TURNS):
        for engine in engines:
            engine.turn(-(-args.runs // TURNS))
    for engine in engines:
        engine.ask("end")
    return [engine.median() for engine in engines]


def ratio(ours, theirs, most):
    value = f"{ours / theirs:.2f}"
    return f"{value if ours <= most * theirs else f'**{value}**'} (≤ {most})"


def table(args, results):
    import onnxruntime

    version = onnxruntime.__version__
    yield f"{args.threads} threads; medians of {args.runs} runs in {TURNS} turns; ONNX Runtime {version}."
    yield ""
    head = "midas_small 256x256 | ms | ONNX Runtime, same file | ÷ | ONNX Runtime, f32 | ÷"
    yield f"| {head} |"
    yield "|" + "---|" * (head.count("|") + 1)
    for name, (ours, same, floats) in results.items():
        cells = [name, f"{ours:.1f}", f"{same:.1f}", ratio(ours, same, OF_SAME)]
        cells += [f"{floats:.1f}", ratio(ours, floats, OF_FLOATS)]
        yield f"| {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--relief", type=pathlib.Path, default=ROOT / "build", help="build folder")
    parser.add_argument("--networks", type=pathlib.Path, help="where midas_small.onnx is")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/performance.md")
    args = parser.parse_args()
    args.relief = args.relief.resolve()
    source = (args.networks or args.relief / "networks") / "midas_small.onnx"
    if not source.exists():
        print(f"bench: quantised: skipped, {source} is not there (--networks FOLDER)")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        picture = folder / "picture.npy"
        numpy.save(picture, smooth_noise(*SIZE))
        forms = quantise(source, folder)
        results = {form: measure(args, source, forms[form], picture) for form in forms}
    print("\n".join(table(args, results)), flush=True)
    put_into(args.output, table(args, results), MARKS)


if __name__ == "__main__":
    main()
