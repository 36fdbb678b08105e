#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write a trained network as .onnx: plain operators, float16 weights, its descriptor as metadata.

  export.py RUN/ema.pt OUT.onnx [--name relief-small]

Needs torch and onnx. With onnxruntime at hand the file is checked against the network itself.
"""

import argparse

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from network import MEAN, STD, TAPS, Relief, load_weights

OPSET = 13


class Graph:
    """Nodes and weights of the file in the making."""

    def __init__(self, network):
        self.nodes, self.weights, self.count = [], [], 0
        self.names = {module: name for name, module in network.named_modules()}
        self.constant("zero", np.float32(0))
        self.constant("six", np.float32(6))
        self.constant("twice", np.array([1, 1, 2, 2], np.float32))

    def constant(self, name, value):
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))

    def node(self, kind, inputs, **attributes):
        self.count += 1
        name = f"{kind.lower()}{self.count}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def conv(self, x, conv):
        name = self.names[conv]  # by which network.load_onnx() finds it again
        weight = conv.weight().detach().numpy().astype(np.float16)
        if not np.isfinite(weight).all():
            raise SystemExit("a weight is too large for float16")
        self.constant(name + ".weight", weight)
        self.constant(name + ".bias", conv.bias.detach().numpy())
        wide = self.node("Cast", [name + ".weight"], to=TensorProto.FLOAT)
        side, pad = weight.shape[-1], conv.padding
        return self.node(
            "Conv",
            [x, wide, name + ".bias"],
            kernel_shape=[side, side],
            pads=[pad] * 4,
            strides=[conv.stride] * 2,
            group=conv.groups,
        )

    def relu(self, x):
        return self.node("Relu", [x])

    def relu6(self, x):
        return self.node("Clip", [x, "zero", "six"])

    def add(self, a, b):
        return self.node("Add", [a, b])

    def double(self, x):
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return self.node("Resize", [x, "", "twice"], **how)


def write_encoder(graph, encoder):
    x, taps = graph.relu6(graph.conv("image", encoder.stem)), []
    for i, block in enumerate(encoder.blocks, 1):
        y = graph.relu6(graph.conv(x, block.widen)) if block.widen else x
        y = graph.conv(graph.relu6(graph.conv(y, block.depthwise)), block.narrow)
        x = graph.add(x, y) if block.same else y
        if i in TAPS:
            taps.append(x)
    return taps


def write_refine(graph, x, refine):
    y = graph.relu(graph.conv(graph.relu(x), refine.first))
    return graph.add(x, graph.conv(y, refine.second))


def write_network(graph, network):
    taps = write_encoder(graph, network.encoder)
    y = write_refine(graph, graph.conv(taps[-1], network.lateral[-1]), network.refine[-1])
    for i in reversed(range(len(taps) - 1)):
        coarse = graph.double(graph.conv(y, network.down[i]))
        y = graph.add(coarse, graph.conv(taps[i], network.lateral[i]))
        y = write_refine(graph, y, network.refine[i])
    y = graph.relu(graph.conv(graph.relu(y), network.mix))
    return graph.double(graph.conv(y, network.head))


def metadata(name):
    return {
        "relief.name": name,
        "relief.licence": f"LicenseRef-{name}",
        "relief.network_size": "[384, 288]",
        "relief.resize": "area",
        "relief.multiple": "32",
        "relief.mean": str(list(MEAN)),
        "relief.std": str(list(STD)),
        "relief.kind": "disparity",
        "relief.closer_look": "1.5",
    }


def build(network, name):
    graph = Graph(network)
    graph.nodes.append(helper.make_node("Identity", [write_network(graph, network)], ["disparity"]))
    shape = ["batch", 3, "height", "width"]
    picture = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
    shape = ["batch", 1, "height", "width"]
    result = helper.make_tensor_value_info("disparity", TensorProto.FLOAT, shape)
    body = helper.make_graph(graph.nodes, name, [picture], [result], graph.weights)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version, model.producer_name = 7, "relief tools/train"
    helper.set_model_props(model, metadata(name))
    onnx.checker.check_model(model)
    return model


def check(network, path):
    """The file against the network: float16 weights are the only difference."""
    try:
        import onnxruntime
    except ImportError:
        return
    x = torch.randn(1, 3, 96, 160, generator=torch.Generator().manual_seed(1))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    got = session.run(None, {"image": x.numpy()})[0]
    with torch.no_grad():
        wanted = network(x).numpy()
    error = float(np.abs(got - wanted).max() / np.ptp(wanted))
    print(f"{path}: differs from the network by {error:.2e} of its range")
    if not error < 0.01:
        raise SystemExit("the file does not compute what the network does")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights", help="ema.pt of a run")
    parser.add_argument("out")
    parser.add_argument("--name", default="relief-small")
    args = parser.parse_args()
    network = Relief().eval()
    load_weights(network, args.weights)
    onnx.save(build(network, args.name), args.out)
    check(network, args.out)


if __name__ == "__main__":
    main()
