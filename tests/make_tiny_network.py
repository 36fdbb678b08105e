#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write a tiny depth network as an .onnx file, with Python's standard library alone.

    make_tiny_network.py OUT.onnx [--metadata KEY=VALUE]... [--size WxH] [--operator NAME] [--channels N]
                         [--outputs NAMES]

image (1, 3, H, W) -> Conv 3x3 stride 2 -> Relu -> Conv 3x3 -> Resize x2 (linear) -> disparity (1, 1, H, W).
Weights come from a small generator, so that every run writes the same bytes. --size fixes H and W, which are
free otherwise; --operator puts another operator's name in the Relu's place, for refusals;
--outputs adds copies of the map under these names, with commas between, in its place.
"""

import argparse
import struct

FLOAT, INT64 = 1, 7  # TensorProto.DataType
ATTRIBUTE_INTS, ATTRIBUTE_STRING = 7, 3  # AttributeProto.AttributeType


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name, dims, values):
    """A TensorProto of floats whose elements stand in raw_data."""
    dims = b"".join(number(1, d) for d in dims)
    raw = struct.pack(f"<{len(values)}f", *values)
    return dims + number(2, FLOAT) + block(8, name) + block(9, raw)


def ints(name, values):
    """An AttributeProto that holds integers."""
    packed = b"".join(number(8, v) for v in values)
    return block(1, name) + packed + number(20, ATTRIBUTE_INTS)


def text(name, value):
    return block(1, name) + block(4, value) + number(20, ATTRIBUTE_STRING)


def node(operator, inputs, output, attributes=()):
    """A NodeProto; it bears the name of its output."""
    data = b"".join(block(1, i) for i in inputs) + block(2, output) + block(3, output)
    return data + block(4, operator) + b"".join(block(5, a) for a in attributes)


def value_info(name, dims):
    """A ValueInfoProto of floats; a dimension that is a string is free."""
    shape = b"".join(block(1, block(2, d) if isinstance(d, str) else number(1, d)) for d in dims)
    return block(1, name) + block(2, block(1, number(1, FLOAT) + block(2, shape)))


def weights(count, scale, seed):
    """Numbers in +-scale from a linear congruential generator."""
    out = []
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        out.append((seed / 0x7FFFFFFF * 2 - 1) * scale)
    return out


def network(size, operator, channels, metadata, outputs):
    width, height = size or ("width", "height")
    conv = [ints("kernel_shape", [3, 3]), ints("pads", [1, 1, 1, 1])]
    # The first layer leans on brightness and the second is positive: a picture's light parts come out near.
    first = [w + 0.2 for w in weights(channels * 3 * 9, 0.1, 7)]
    second = [abs(w) + 0.02 for w in weights(channels * 9, 0.1, 11)]
    graph = b"".join(
        [
            block(1, node("Conv", ["image", "w1", "b1"], "half", conv + [ints("strides", [2, 2])])),
            block(1, node(operator, ["half"], "active")),
            block(1, node("Conv", ["active", "w2", "b2"], "low", conv)),
            block(
                1,
                node(
                    "Resize",
                    ["low", "", "scales"],
                    "disparity",
                    [text("mode", "linear"), text("coordinate_transformation_mode", "half_pixel")],
                ),
            ),
            block(2, "tiny"),
            block(5, tensor("w1", [channels, 3, 3, 3], first)),
            block(5, tensor("b1", [channels], weights(channels, 0.05, 3))),
            block(5, tensor("w2", [1, channels, 3, 3], second)),
            block(5, tensor("b2", [1], [0.25])),
            block(5, tensor("scales", [4], [1.0, 1.0, 2.0, 2.0])),
            block(11, value_info("image", [1, 3, height, width])),
        ]
        + [block(1, node("Identity", ["disparity"], name)) for name in outputs]
        + [block(12, value_info(n, [1, 1, height, width])) for n in outputs or ["disparity"]]
    )
    model = number(1, 7) + block(2, "make_tiny_network") + block(7, graph)
    model += block(8, block(1, "") + number(2, 13))
    for entry in metadata:
        key, _, value = entry.partition("=")
        model += block(14, block(1, key) + block(2, value))
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--metadata", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--size", metavar="WxH")
    parser.add_argument("--operator", default="Relu")
    parser.add_argument("--channels", type=int, default=4)
    parser.add_argument("--outputs", metavar="NAMES")
    arguments = parser.parse_args()
    size = [int(s) for s in arguments.size.split("x")] if arguments.size else None
    with open(arguments.out, "wb") as file:
        outputs = arguments.outputs.split(",") if arguments.outputs else []
        file.write(
            network(size, arguments.operator, arguments.channels, arguments.metadata, outputs)
        )


if __name__ == "__main__":
    main()
