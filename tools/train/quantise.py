#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write an int8 version of an exported network, to see what it would lose.

  quantise.py NET.onnx OUT.onnx --photos PACK [--pictures 96]

Weights per channel, activations by the ranges that pictures of the pack show (99.99 % of the values). The descriptor comes
along. Needs onnx and onnxruntime. An int8 file is shipped only if `make score MODEL=OUT.onnx` loses no more than 0.5 points.
"""

import argparse

import cv2
import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat
from onnxruntime.quantization import QuantType, quantize_static

from dataset import Pack
from network import MEAN, STD

SIZE = (384, 288)


class Pictures(CalibrationDataReader):
    """Photos of a pack, evenly over it, as the network gets them."""

    def __init__(self, pack, count):
        self.pack = pack
        self.rows = iter(pack.rows[:: max(1, len(pack.rows) // count)][:count])

    def get_next(self):
        row = next(self.rows, None)
        if row is None:
            return None
        pixels = cv2.resize(self.pack.get(row)[0], SIZE, interpolation=cv2.INTER_AREA)
        values = (pixels / np.float32(255) - np.float32(MEAN)) / np.float32(STD)
        return {"image": np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)}


def widen(model):
    """float16 weights and their Casts as float32, which the quantiser understands."""
    weights = {w.name: w for w in model.graph.initializer}
    for node in [n for n in model.graph.node if n.op_type == "Cast" and n.input[0] in weights]:
        wide = numpy_helper.to_array(weights[node.input[0]]).astype(np.float32)
        weights[node.input[0]].CopyFrom(numpy_helper.from_array(wide, node.output[0]))
        model.graph.node.remove(node)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("network")
    parser.add_argument("out")
    parser.add_argument("--photos", required=True)
    parser.add_argument("--pictures", type=int, default=96)
    args = parser.parse_args()
    model = onnx.load(args.network)
    about = {p.key: p.value for p in model.metadata_props}
    onnx.save(widen(model), args.out + ".wide")
    quantize_static(
        args.out + ".wide",
        args.out,
        Pictures(Pack(args.photos), args.pictures),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.Percentile,
        extra_options={"CalibPercentile": 99.99},
    )
    model = onnx.load(args.out)
    onnx.helper.set_model_props(model, about)
    onnx.save(model, args.out)


if __name__ == "__main__":
    main()
