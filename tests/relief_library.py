# SPDX-License-Identifier: Apache-2.0
"""The library through its C interface, for Python programs that measure it or compare it with others."""

import ctypes

import numpy as np

TYPES = {
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "int32": 6,
    "int64": 7,
    "bool": 9,
    "float16": 10,
    "float64": 11,
}
NAMES = {number: name for name, number in TYPES.items()}


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


class ModelInfo(Struct):
    _fields_ = (
        [("struct_size", ctypes.c_size_t)]
        + [(name, ctypes.c_char_p) for name in ("name", "path", "source", "licence")]
        + [("backend", ctypes.c_char_p), ("sha256", ctypes.c_char_p)]
        + [("file_bytes", ctypes.c_int64), ("opset", ctypes.c_int), ("node_count", ctypes.c_int)]
        + [("parameter_count", ctypes.c_int64)]
        + [("input_name", ctypes.c_char_p), ("output_name", ctypes.c_char_p)]
        + [("input_dims", ctypes.c_int64 * 4)]
        + [(name, ctypes.c_int) for name in ("network_width", "network_height", "multiple")]
        + [("resize", ctypes.c_char_p), ("mean", ctypes.c_double * 3), ("std", ctypes.c_double * 3)]
        + [("kind", ctypes.c_int), ("metres_per_unit", ctypes.c_double)]
        + [(name, ctypes.c_char_p) for name in ("precision", "instruction_set", "licence_text")]
        + [(name, ctypes.c_int64) for name in ("cached_bytes", "weight_bytes", "live_bytes")]
        + [("closer_look", ctypes.c_double)]
    )


class ProfileRow(Struct):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_char_p),
        ("ms", ctypes.c_double),
        ("gflop", ctypes.c_double),
        ("conversions", ctypes.c_int),
        ("on_host", ctypes.c_bool),
    ]


class Refused(Exception):
    """A call failed; the text is the library's reason."""


class Library:
    """librelief with one context."""

    LOG_NOTHING = 3

    def __init__(self, path, threads=1):
        self.c = ctypes.CDLL(str(path))
        self.c.relief_last_error.restype = ctypes.c_char_p
        self.c.relief_model_input_name.restype = ctypes.c_char_p
        self.c.relief_model_output_name.restype = ctypes.c_char_p
        self.c.relief_tensor_data.restype = ctypes.c_void_p
        self.c.relief_tensor_bytes.restype = ctypes.c_size_t
        self.c.relief_tensor_dims.restype = ctypes.POINTER(ctypes.c_int64)
        self.c.relief_profile_get_row.restype = ctypes.c_bool
        self.context = ctypes.c_void_p()
        options = ContextOptions(threads, self.LOG_NOTHING)
        if self.c.relief_ctx_new(ctypes.byref(options), ctypes.byref(self.context)):
            raise Refused("no context")

    def call(self, name, *args):
        if getattr(self.c, name)(self.context, *args):
            raise Refused(self.c.relief_last_error(self.context).decode())

    def tensor(self, array):
        """A new tensor with the array's elements."""
        array = np.array(array, order="C")
        tensor = ctypes.c_void_p()
        dims = (ctypes.c_int64 * max(array.ndim, 1))(*array.shape)
        self.call(
            "relief_tensor_new", TYPES[array.dtype.name], array.ndim, dims, ctypes.byref(tensor)
        )
        ctypes.memmove(self.c.relief_tensor_data(tensor), array.ctypes.data, array.nbytes)
        return tensor

    def array(self, tensor):
        """A copy of a tensor's elements."""
        rank = self.c.relief_tensor_rank(tensor)
        shape = self.c.relief_tensor_dims(tensor)[:rank]
        data = ctypes.string_at(
            self.c.relief_tensor_data(tensor), self.c.relief_tensor_bytes(tensor)
        )
        return np.frombuffer(data, NAMES[self.c.relief_tensor_dtype(tensor)]).reshape(shape)


class Model:
    """A loaded network; run() takes and gives arrays by name."""

    def __init__(self, library, path, precision="f32", backend=None):
        self.library, self.model, self.outputs = library, ctypes.c_void_p(), []
        options = ModelOptions(
            precision=precision.encode(), backend=backend.encode() if backend else None
        )
        library.call(
            "relief_model_load", str(path).encode(), ctypes.byref(options), ctypes.byref(self.model)
        )
        c, model = library.c, self.model
        self.input_names = [
            c.relief_model_input_name(model, i).decode()
            for i in range(c.relief_model_input_count(model))
        ]
        self.output_names = [
            c.relief_model_output_name(model, i).decode()
            for i in range(c.relief_model_output_count(model))
        ]

    def free(self):
        self.release()
        self.library.c.relief_model_free(self.model)

    def release(self):
        for tensor in self.outputs:
            self.library.c.relief_tensor_free(ctypes.c_void_p(tensor))
        self.outputs = []

    def run_tensors(self, tensors, profile=None):
        """One run; its outputs stay in `outputs` until the next."""
        self.release()
        inputs = (ctypes.c_void_p * max(len(tensors), 1))(*(t.value for t in tensors))
        outputs = (ctypes.c_void_p * len(self.output_names))()
        name, more = ("relief_model_profile", [profile]) if profile else ("relief_model_run", [])
        self.library.call(name, self.model, inputs, outputs, *more)
        self.outputs = list(outputs)

    def info(self):
        info = ModelInfo()
        self.library.c.relief_model_get_info(self.model, ctypes.byref(info))
        return info

    def arrays(self):
        return [self.library.array(ctypes.c_void_p(tensor)) for tensor in self.outputs]

    def run(self, feed):
        tensors = [self.library.tensor(feed[name]) for name in self.input_names]
        try:
            self.run_tensors(tensors)
            return self.arrays()
        finally:
            for tensor in tensors:
                self.library.c.relief_tensor_free(tensor)

    def profile(self, tensors):
        """The rows of one more run."""
        c, profile, rows = self.library.c, ctypes.c_void_p(), []
        self.library.call("relief_profile_new", ctypes.byref(profile))
        try:
            self.run_tensors(tensors, profile)
            for i in range(c.relief_profile_row_count(profile)):
                rows.append(ProfileRow())
                c.relief_profile_get_row(profile, i, ctypes.byref(rows[-1]))
            return [(row.type.decode(), row.name.decode(), row.ms, row.gflop) for row in rows]
        finally:
            c.relief_profile_free(profile)
