#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One engine with one network in a process of its own; networks.py talks to it.

  engine.py relief|onnxruntime MODEL.onnx IN.npy --threads 2 [--precision f32] [--library librelief.so]

Every line on standard input is a command, every answer one line of JSON:
  start       load the network and run it once: {"load_ms":, "first_ms":}
  run N       N runs, one more before them that does not count: [ms, ...]
  save FILE   the first output of the last run, as .npy
  work        multiplications and additions of one run, in 10^9 (relief alone)
  end         {"peak_mb":}, resident memory over what it was before the network was loaded
"""
import argparse
import ctypes
import json
import sys
import time

import numpy


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


class Struct(ctypes.Structure):
    """A struct of relief's that begins with its size."""

    def __init__(self, *args, **named):
        super().__init__(ctypes.sizeof(type(self)), *args, **named)


class ContextOptions(Struct):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("threads", ctypes.c_int),
        ("log_level", ctypes.c_int),
        ("callbacks", ctypes.c_void_p * 3),
    ]


class ModelOptions(Struct):
    _fields_ = [("struct_size", ctypes.c_size_t)] + [
        (name, ctypes.c_char_p) for name in ("like", "device", "precision", "backend")
    ]


class ProfileRow(Struct):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_char_p),
        ("ms", ctypes.c_double),
        ("gflop", ctypes.c_double),
    ]


class Relief:
    """The library through its C interface."""

    F32 = 1

    def __init__(self, args):
        self.args = args
        self.library = ctypes.CDLL(args.library)
        self.library.relief_last_error.restype = ctypes.c_char_p
        self.library.relief_tensor_data.restype = ctypes.c_void_p
        self.library.relief_tensor_dims.restype = ctypes.POINTER(ctypes.c_int64)
        self.library.relief_profile_get_row.restype = ctypes.c_bool
        self.context = ctypes.c_void_p()
        options = ContextOptions(args.threads, 3)
        if self.library.relief_ctx_new(ctypes.byref(options), ctypes.byref(self.context)):
            sys.exit("engine: no context")
        picture = numpy.load(args.input)
        self.inputs, self.outputs = (ctypes.c_void_p * 1)(), None
        dims = (ctypes.c_int64 * picture.ndim)(*picture.shape)
        self.call("relief_tensor_new", self.F32, picture.ndim, dims, self.inputs)
        data = self.library.relief_tensor_data(ctypes.c_void_p(self.inputs[0]))
        ctypes.memmove(data, picture.ctypes.data, picture.nbytes)

    def call(self, name, *args):
        if getattr(self.library, name)(self.context, *args):
            sys.exit(self.library.relief_last_error(self.context).decode())

    def load(self):
        self.model = ctypes.c_void_p()
        options = ModelOptions(precision=self.args.precision.encode())
        self.call(
            "relief_model_load",
            self.args.model.encode(),
            ctypes.byref(options),
            ctypes.byref(self.model),
        )

    def release(self):
        for tensor in self.outputs or ():
            self.library.relief_tensor_free(ctypes.c_void_p(tensor))

    def run(self, name="relief_model_run", *more):
        self.release()
        self.outputs = (ctypes.c_void_p * self.library.relief_model_output_count(self.model))()
        self.call(name, self.model, self.inputs, self.outputs, *more)

    @property
    def output(self):
        tensor = ctypes.c_void_p(self.outputs[0])
        rank = self.library.relief_tensor_rank(tensor)
        shape = self.library.relief_tensor_dims(tensor)[:rank]
        data = ctypes.cast(self.library.relief_tensor_data(tensor), ctypes.POINTER(ctypes.c_float))
        return numpy.ctypeslib.as_array(data, shape).copy()

    def work(self):
        profile, total = ctypes.c_void_p(), 0.0
        self.call("relief_profile_new", ctypes.byref(profile))
        self.run("relief_model_profile", profile)
        for i in range(self.library.relief_profile_row_count(profile)):
            row = ProfileRow()
            self.library.relief_profile_get_row(profile, i, ctypes.byref(row))
            total += row.gflop
        self.library.relief_profile_free(profile)
        return total


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
    return {"peak_mb": memory("VmHWM") - before}


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
