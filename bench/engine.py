#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One engine with one network in a process of its own; networks.py talks to it.

  engine.py relief|onnxruntime MODEL.onnx IN.npy --threads 2 [--precision f32] [--library librelief.so]

Every line on standard input is a command, every answer one line of JSON:
  start       load the network and run it once: {"load_ms":, "first_ms":}
  run N       N runs, one more before them that does not count: [ms, ...]
  save FILE   the first output of the last run, as .npy
  work        multiplications and additions of one run, in 10^9 (relief alone)
  end         {"peak_mb":}, resident memory over what it was before the network was loaded, and for relief "weights_mb" and
              "live_mb", what the weights that were read and the most values needed at one time take
"""
import argparse
import json
import pathlib
import sys
import time

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
from relief_library import Library, Model  # noqa: E402


class Onnxruntime:
    def __init__(self, args):
        import onnxruntime

        self.runtime = onnxruntime
        self.args = args
        self.input = numpy.load(args.input)

    def load(self):
        options = self.runtime.SessionOptions()
        options.intra_op_num_threads = self.args.threads
        options.graph_optimization_level = self.runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = self.runtime.InferenceSession(
            self.args.model, options, providers=["CPUExecutionProvider"]
        )
        self.feed = {self.session.get_inputs()[0].name: self.input}

    def run(self):
        self.output = self.session.run(None, self.feed)[0]

    def work(self):
        return None

    def needs(self):
        return {}


class Relief:
    def __init__(self, args):
        self.args = args
        self.library = Library(args.library, args.threads)
        self.input = self.library.tensor(numpy.load(args.input))

    def load(self):
        self.model = Model(self.library, self.args.model, self.args.precision)

    def run(self):
        self.model.run_tensors([self.input])

    @property
    def output(self):
        return self.model.arrays()[0]

    def work(self):
        return sum(row[3] for row in self.model.profile([self.input]))

    def needs(self):
        info = self.model.info()
        return {"weights_mb": info.weight_bytes / 1e6, "live_mb": info.live_bytes / 1e6}


def memory(field):
    """A line of /proc/self/status, in MB."""
    for line in open("/proc/self/status"):
        if line.startswith(field):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def timed(call):
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def start_over_peak():
    """Forget how large the process has been; what it is now, in MB."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass
    return memory("VmRSS")


def answer(engine, words, before):
    if words[0] == "start":
        return {"load_ms": timed(engine.load), "first_ms": timed(engine.run)}
    if words[0] == "run":
        engine.run()
        return [timed(engine.run) for _ in range(int(words[1]))]
    if words[0] == "save":
        return numpy.save(words[1], engine.output)
    if words[0] == "work":
        return engine.work()
    return {"peak_mb": memory("VmHWM") - before} | engine.needs()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine", choices=["relief", "onnxruntime"])
    parser.add_argument("model")
    parser.add_argument("input")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--library", default="build/librelief.so")
    args = parser.parse_args()
    engine = Relief(args) if args.engine == "relief" else Onnxruntime(args)
    before = start_over_peak()
    for line in sys.stdin:
        words = line.split()
        print(json.dumps(answer(engine, words, before)), flush=True)
        if words[0] == "end":
            return


if __name__ == "__main__":
    main()
