#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare single nodes with ONNX Runtime: every operator, in many opsets, with many attributes.

    sweep.py --library build/librelief.so [--only OPERATOR] [--verbose]

The cases of tests/op_sweep/ are drawn from a fixed seed. Each runs by the plain kernels and by the fast backend. What ONNX Runtime
itself cannot run is left out and counted. tests/op_sweep/refused.txt lists what relief refuses on purpose; anything else that it
refuses is a failure.

Exit status: 0 all agree; 1 some do not; 77 there is no ONNX Runtime.
"""

import argparse
import collections
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = 77
BACKENDS = ("reference", "onednn")


def use_peers():
    """Start again with the peers' Python when this one lacks ONNX Runtime."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as error:
        python = ROOT / ".venv/bin/python"
        if python.exists() and "RELIEF_SWEEP_AGAIN" not in os.environ:
            os.environ["RELIEF_SWEEP_AGAIN"] = "1"
            os.execv(python, [str(python), *sys.argv])
        print(f"skip: sweep: {error} (make test-tools installs the peers)")
        sys.exit(SKIPPED)


def all_cases():
    from op_sweep import arithmetic, quantised, shapes, windows
    from op_sweep.cases import Draw

    groups = (
        windows.convolutions,
        windows.transposed_convolutions,
        windows.pooling,
        windows.normalisation,
        windows.resizing,
        shapes.slices,
        shapes.pads,
        shapes.gathers,
        shapes.joins,
        shapes.reshapes,
        shapes.casts,
        arithmetic.unary,
        arithmetic.binary,
        arithmetic.products,
        arithmetic.reductions,
        quantised.to_and_fro,
        quantised.convolutions,
        quantised.products,
        quantised.contributed,
    )
    for seed, group in enumerate(groups):
        yield from group(Draw(seed))


def build(case):
    """The model as bytes, and its inputs by name."""
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper
    from op_sweep.cases import Const

    names, feed, constants = [], {}, []
    for i, value in enumerate(case.inputs):
        names.append("" if value is None else f"i{i}")
        if isinstance(value, Const):
            constants.append(numpy_helper.from_array(np.asarray(value.array), names[-1]))
        elif value is not None:
            feed[names[-1]] = np.asarray(value, order="C")
    while names and not names[-1]:
        names.pop()
    attributes = {
        key: numpy_helper.from_array(v) if isinstance(v, np.ndarray) else v
        for key, v in case.attributes.items()
    }
    outputs = [f"o{i}" for i in range(case.outputs)]
    node = helper.make_node(case.operator, names, outputs, domain=case.domain, **attributes)
    inputs = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
        for n, a in feed.items()
    ]
    results = [onnx.ValueInfoProto(name=name) for name in outputs]
    graph = helper.make_graph([node], "case", inputs, results, constants)
    opsets = [helper.make_opsetid("", case.opset)]
    if case.domain:
        opsets.append(helper.make_opsetid(case.domain, 1))
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8 if case.opset < 21 else 10)
    return model.SerializeToString(), feed


def expect(model, feed):
    """What ONNX Runtime gives; None when it cannot run the model."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return session.run(None, feed)
    except Exception as error:  # of several kinds, from a C++ extension
        return str(error).splitlines()[0]


def difference(case, expected, got):
    """A reason, None when the two agree."""
    import numpy as np

    for a, b in zip(expected, got):
        if a.dtype != b.dtype or a.shape != b.shape:
            return f"{b.dtype}{list(b.shape)} in place of {a.dtype}{list(a.shape)}"
        if a.dtype.kind != "f":
            off = np.abs(a.astype(np.int64) - b.astype(np.int64)).max(initial=0)
            if off > case.quanta:
                return f"off by {off}"
            continue
        finite = np.isfinite(a)
        if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
            return "other infinities or NaNs"
        largest = max(1.0, float(np.abs(a[finite]).max(initial=0)))
        off = float(np.abs(a[finite] - b[finite]).max(initial=0)) / largest
        tolerance = 2e-3 if a.dtype == np.float16 else case.tolerance
        if not off <= tolerance:
            return f"off by {off:.2e} of the largest"
    return None


def run_relief(library, path, feed, backend):
    from relief_library import Model

    model = Model(library, path, backend=backend)
    try:
        return model.run(feed)
    finally:
        model.free()


class Sweep:
    def __init__(self, options):
        from relief_library import Library

        self.options = options
        self.library = Library(options.library)
        path = ROOT / "tests/op_sweep/refused.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        self.refusals = [line for line in lines if line and not line.startswith("#")]
        self.count = collections.Counter()
        self.failures = []

    def check(self, case, path):
        from relief_library import Refused

        model, feed = build(case)
        expected = expect(model, feed)
        if isinstance(expected, str):
            self.count["left out"] += 1
            if self.options.verbose:
                print(f"left out: {case.label()}: {expected[:150]}")
            return
        path.write_bytes(model)
        for backend in BACKENDS:
            try:
                reason = difference(case, expected, run_relief(self.library, path, feed, backend))
            except Refused as error:
                reason = f"refused: {str(error).split('): ')[-1]}"
                if any(r in f"{case.label()}: {reason}" for r in self.refusals):
                    self.count["refused on purpose"] += 1
                    return
            if reason:
                self.failures.append(f"{case.label()}, {backend}: {reason}")
                return
        self.count["agree"] += 1


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", required=True)
    parser.add_argument("--only")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    use_peers()
    sweep = Sweep(options)
    with tempfile.TemporaryDirectory() as folder:
        for case in all_cases():
            if options.only in (None, case.operator):
                sweep.check(case, Path(folder, "case.onnx"))
    for failure in sweep.failures:
        print(failure)
    print(", ".join(f"{n} {what}" for what, n in sorted(sweep.count.items())), end="")
    print(f", {len(sweep.failures)} differ")
    return 1 if sweep.failures or not sweep.count["agree"] else 0


if __name__ == "__main__":
    sys.exit(main())
