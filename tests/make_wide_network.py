#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write a network whose weights are most of it: make_wide_network.py OUT.onnx LAYERS

x (1, 3, 1, 2048) -> LAYERS times MatMul by 2048x2048, with a bias added -> y. Each layer has 16 MiB of weights, all zeros but for a
few, which the file has as holes: it takes no time to write, and memory like any other when it is read.
"""

import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from make_tiny_network import FLOAT, block, node, number, tensor, value_info, varint  # noqa: E402

WIDTH = 2048
BYTES = WIDTH * WIDTH * 4


def initialiser(i):
    """What stands in front of the elements of an initialiser of the graph."""
    head = number(1, WIDTH) * 2 + number(2, FLOAT) + block(8, f"w{i}")
    head += varint(9 << 3 | 2) + varint(BYTES)
    return varint(5 << 3 | 2) + varint(len(head) + BYTES) + head


def main():
    path, layers = sys.argv[1], int(sys.argv[2])
    before, after = b"", b""
    name = "x"
    for i in range(layers):
        result = "y" if i == layers - 1 else f"s{i}"
        before += block(1, node("MatMul", [name, f"w{i}"], f"m{i}"))
        before += block(1, node("Add", [f"m{i}", f"b{i}"], result))
        after += block(5, tensor(f"b{i}", [WIDTH], [0.25] * WIDTH))
        name = result
    before += block(2, "wide")
    after += block(11, value_info("x", [1, 3, 1, WIDTH])) + block(
        12, value_info("y", [1, 3, 1, WIDTH])
    )
    head = number(1, 8) + block(8, block(1, "") + number(2, 13))
    with open(path, "wb") as file:
        weights = sum(len(initialiser(i)) + BYTES for i in range(layers))
        file.write(head + varint(7 << 3 | 2) + varint(len(before) + weights + len(after)) + before)
        for i in range(layers):
            file.write(initialiser(i))
            end = file.tell() + BYTES
            file.write(struct.pack("<4f", 0.5, i, -1, 2))
            file.seek(end)
        file.write(after)


if __name__ == "__main__":
    main()
