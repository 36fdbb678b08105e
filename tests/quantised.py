#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare networks that onnxruntime.quantization has made of midas_small with ONNX Runtime.

    quantised.py --library build/librelief.so [--networks FOLDER]

Two forms are made: operators on 8-bit numbers ("qop") and floats between Quantize- and DequantizeLinear ("qdq"). Every layer of the
former is fed what ONNX Runtime gives to it: 99 % of its numbers may be one quantum off. End to end the mean may be off by one quantum
of the output; the weights are made up, and small differences grow on the way.

Exit status: 0 all agree; 1 some do not; 77 something is not there to compare.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from parity import SKIPPED, find_shared, smooth_noise, use_peers

SIZE = (256, 256)
LAYER_SHARE = 0.99  # of the numbers of a layer that are at most one quantum off


def quantise(source, folder):
    """The quantised forms of a network by name."""
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
        shape_inference,
    )

    class Pictures(CalibrationDataReader):
        def __init__(self):
            self.left = [{"image": smooth_noise(*SIZE)} for _ in range(2)]

        def get_next(self):
            return self.left.pop() if self.left else None

    ready = folder / "ready.onnx"
    shape_inference.quant_pre_process(source, ready, skip_symbolic_shape=True)
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    forms = {}
    for name, form in (("qop", QuantFormat.QOperator), ("qdq", QuantFormat.QDQ)):
        forms[name] = folder / f"midas_small_{name}.onnx"
        quantize_static(
            ready, forms[name], Pictures(), quant_format=form, per_channel=True, **types
        )
    return forms


def session(model, optimise=True):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 2
    if not optimise:
        level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.graph_optimization_level = level
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def check_layers(library, path, picture, folder):
    """Whether every layer, fed with ONNX Runtime's input to it, gives ONNX Runtime's output."""
    import numpy as np
    import onnx
    from onnx import helper
    from relief_library import Model

    network = onnx.load(path)
    constants = {tensor.name: tensor for tensor in network.graph.initializer}
    all_outputs = onnx.load(path)
    known = {output.name for output in network.graph.output}
    names = [name for node in network.graph.node for name in node.output]
    all_outputs.graph.output.extend(onnx.ValueInfoProto(name=n) for n in names if n not in known)
    runner = session(all_outputs.SerializeToString(), optimise=False)
    order = [output.name for output in runner.get_outputs()]
    values = dict(zip(order, runner.run(None, {"image": picture}))) | {"image": picture}
    fine, worst, exact = True, 1.0, []
    for node in network.graph.node:
        inputs = [n for n in dict.fromkeys(node.input) if n and n not in constants]
        infos = [
            helper.make_tensor_value_info(
                n, helper.np_dtype_to_tensor_dtype(values[n].dtype), values[n].shape
            )
            for n in inputs
        ]
        used = [constants[n] for n in dict.fromkeys(node.input) if n in constants]
        results = [onnx.ValueInfoProto(name=name) for name in node.output]
        graph = helper.make_graph([node], "layer", infos, results, used)
        one = helper.make_model(graph, opset_imports=network.opset_import, ir_version=8)
        file = folder / "layer.onnx"
        file.write_bytes(one.SerializeToString())
        model = Model(library, file)
        got, expected = model.run({n: values[n] for n in inputs})[0], values[node.output[0]]
        model.free()
        if expected.dtype.kind == "f":
            fine = fine and bool(np.allclose(got, expected, rtol=1e-5, atol=1e-5))
            continue
        off = np.abs(got.astype(int) - expected.astype(int))
        worst = min(worst, float((off <= 1).mean()))
        exact.append(float((off == 0).mean()))
    fine = fine and worst >= LAYER_SHARE
    print(
        f"layers: {len(exact)} of 8 bits, at worst {worst:.4%} within one quantum,"
        f" {np.mean(exact):.4%} the same: {'ok' if fine else 'OFF'}",
        flush=True,
    )
    return fine


def check_whole(library, name, path, picture):
    """Whether the output of a whole network is ONNX Runtime's, up to a quantum in the mean."""
    import numpy as np
    from relief_library import Model

    expected = session(str(path)).run(None, {"image": picture})[0].astype(float)
    model = Model(library, path, precision="int8")
    off = np.abs(model.run({"image": picture})[0] - expected)
    again = np.abs(model.run({"image": picture})[0] - expected)
    model.free()
    mean = off.mean() / np.diff(np.unique(expected)).min()
    fine = bool(mean <= 1) and np.array_equal(off, again)
    print(f"{name}: off by {mean:.3f} quanta in the mean: {'ok' if fine else 'OFF'}", flush=True)
    return fine


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", required=True)
    parser.add_argument("--networks", type=Path)
    options = parser.parse_args()
    use_peers()
    from relief_library import Library

    shared = find_shared()
    library = Library(options.library, 2)
    picture = smooth_noise(*SIZE)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = (options.networks or folder) / "midas_small.onnx"
        if options.networks is None:
            command = [sys.executable, shared / "tools/make_networks.py", folder, "midas_small"]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                print(f"skip: quantised: {(done.stderr.strip() or 'no network').splitlines()[-1]}")
                return SKIPPED
        forms = quantise(source, folder)
        fine = check_layers(library, forms["qop"], picture, folder)
        for form, path in forms.items():
            fine = check_whole(library, form, path, picture) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
