# SPDX-License-Identifier: Apache-2.0
"""Networks run by relief's own library, through ctypes, or by ONNX Runtime: whichever is faster."""

import ctypes
import os

import numpy as np

F32 = 1


def _library(path):
    lib = ctypes.CDLL(path)
    pointer, text, integer = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    out = ctypes.POINTER(ctypes.c_void_p)
    for name, result, arguments in [
        ("ctx_new", integer, [pointer, out]),
        ("ctx_free", None, [pointer]),
        ("last_error", text, [pointer]),
        ("model_load", integer, [pointer, text, pointer, out]),
        ("model_free", None, [pointer]),
        ("model_run", integer, [pointer, pointer, out, out]),
        ("tensor_new", integer, [pointer, integer, integer, ctypes.POINTER(ctypes.c_int64), out]),
        ("tensor_free", None, [pointer]),
        ("tensor_rank", integer, [pointer]),
        ("tensor_dims", ctypes.POINTER(ctypes.c_int64), [pointer]),
        ("tensor_data", pointer, [pointer]),
        ("tensor_bytes", ctypes.c_size_t, [pointer]),
    ]:
        function = getattr(lib, "relief_" + name)
        function.restype, function.argtypes = result, arguments
    return lib


class _ContextOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("threads", ctypes.c_int),
        ("log_level", ctypes.c_int),
        ("log", ctypes.c_void_p),
        ("progress", ctypes.c_void_p),
        ("user", ctypes.c_void_p),
    ]


class Network:
    """One .onnx file with one picture input and one output."""

    def __init__(self, path, threads=1, library=None):
        here = os.path.dirname(os.path.abspath(__file__))
        self.lib = _library(library or os.path.join(here, "../../build/librelief.so"))
        options = _ContextOptions(ctypes.sizeof(_ContextOptions), threads, 3, None, None, None)
        self.ctx, self.model = ctypes.c_void_p(), ctypes.c_void_p()
        self._check(self.lib.relief_ctx_new(ctypes.byref(options), ctypes.byref(self.ctx)))
        self._check(
            self.lib.relief_model_load(
                self.ctx, os.fspath(path).encode(), None, ctypes.byref(self.model)
            )
        )

    def _check(self, status):
        if status:
            raise RuntimeError(self.lib.relief_last_error(self.ctx).decode())

    def run(self, image):
        """image (3,H,W), RGB in 0..1 -> the network's output (h,w) as float32."""
        image = np.ascontiguousarray(image[None], np.float32)
        dims = (ctypes.c_int64 * 4)(*image.shape)
        x, y = ctypes.c_void_p(), ctypes.c_void_p()
        self._check(self.lib.relief_tensor_new(self.ctx, F32, 4, dims, ctypes.byref(x)))
        try:
            ctypes.memmove(self.lib.relief_tensor_data(x), image.ctypes.data, image.nbytes)
            self._check(
                self.lib.relief_model_run(self.ctx, self.model, ctypes.byref(x), ctypes.byref(y))
            )
            shape = self.lib.relief_tensor_dims(y)[: self.lib.relief_tensor_rank(y)]
            size = self.lib.relief_tensor_bytes(y)
            values = ctypes.string_at(self.lib.relief_tensor_data(y), size)
            return np.frombuffer(values, np.float32).reshape(shape[-2:]).copy()
        finally:
            self.lib.relief_tensor_free(x)
            self.lib.relief_tensor_free(y)


class Peer:
    """The same by ONNX Runtime, which is far ahead on networks with attention."""

    def __init__(self, path, threads=1):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        self.session = onnxruntime.InferenceSession(
            os.fspath(path), options, providers=["CPUExecutionProvider"]
        )
        self.input = self.session.get_inputs()[0].name

    def run(self, image):
        image = np.ascontiguousarray(image[None], np.float32)
        return np.squeeze(self.session.run(None, {self.input: image})[0])
