# SPDX-License-Identifier: Apache-2.0
"""Write networks that somebody means harm with: hostile.py FOLDER. Each has to be refused in one line and little memory."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from make_tiny_network import (
    FLOAT,
    INT64,
    block,
    ints,
    node,
    number,
    tensor,
    text,
    value_info,
    varint,
)  # noqa: E402

HUGE = 1 << 40
PICTURE = [1, 3, 8, 8]
MANY = 64 << 20


def integers(name, values):
    """An initialiser of integers."""
    raw = b"".join(v.to_bytes(8, "little", signed=True) for v in values)
    return number(1, len(values)) + number(2, INT64) + block(8, name) + block(9, raw)


def network(nodes, initialisers=(), dims=PICTURE):
    graph = b"".join(block(1, n) for n in nodes) + block(2, "hostile")
    graph += b"".join(block(5, i) for i in initialisers)
    graph += block(11, value_info("x", dims)) + block(12, value_info("y", ["a", "b", "c", "d"]))
    return number(1, 8) + block(7, graph) + block(8, block(1, "") + number(2, 13))


def attribute(name, value, kind):
    return block(1, name) + number(3, value) + number(20, kind)


def cases():
    """(name, network) of each."""
    yield "cycle", network(
        [node("Add", ["x", "b"], "a"), node("Relu", ["a"], "b"), node("Relu", ["b"], "y")]
    )
    yield "own_output", network([node("Add", ["x", "y"], "y")])
    yield "missing_input", network([node("Add", ["x", "nowhere"], "y")])
    yield "no_inputs", network([node("Conv", [], "y")])
    huge = number(1, HUGE) + number(2, FLOAT) + block(8, "w") + block(9, bytes(64))
    yield "huge_weights", network([node("Add", ["x", "w"], "y")], [huge])
    yield "huge_product", network([node("Add", ["x", "w"], "y")], [number(1, HUGE) * 8 + huge])
    yield "huge_input", network([node("Relu", ["x"], "y")], dims=[1, 3, HUGE, HUGE])
    yield "negative_input", network([node("Relu", ["x"], "y")], dims=[1, 3, (1 << 64) - 8, 8])
    to = [node("Expand", ["x", "to"], "y")]
    yield "huge_expand", network(to, [integers("to", [HUGE, 3, 8, 8])])
    yield "large_expand", network(to, [integers("to", [1 << 24, 3, 8, 8])])
    constant = [block(1, "value") + block(5, tensor("", [1], [1.0])) + number(20, 4)]
    yield "huge_constant", network(
        [node("ConstantOfShape", ["to"], "c", constant), node("Add", ["x", "c"], "y")],
        [integers("to", [HUGE, 1, 1, 1])],
    )
    w = tensor("w", [4, 3, 3, 3], [0.1] * 108)
    for name, pads in (
        ("negative", [-5, -5, -5, -5]),
        ("huge", [HUGE] * 4),
        ("overflowing", [2**63 - 1] * 4),
    ):
        wrapped = [p % (1 << 64) for p in pads]
        yield f"{name}_conv_pads", network(
            [node("Conv", ["x", "w"], "y", [ints("pads", wrapped)])], [w]
        )
        lists = integers("p", [0, 0, *pads[:2], 0, 0, *pads[2:]])
        yield f"{name}_pads", network([node("Pad", ["x", "p"], "y")], [lists])
    yield "negative_pool_pads", network(
        [
            node(
                "MaxPool",
                ["x"],
                "y",
                [ints("kernel_shape", [2, 2]), ints("pads", [(1 << 64) - 3] * 4)],
            )
        ]
    )
    scales = tensor("s", [4], [1, 1, 3e9, 3e9])
    yield "huge_resize", network(
        [node("Resize", ["x", "", "s"], "y", [text("mode", "linear")])], [scales]
    )
    yield "many_attributes", network(
        [node("Relu", ["x"], "y", [attribute(f"a{i}", i, 2) for i in range(200000)])]
    )
    yield "many_inputs", network([node("Concat", ["x"] * 200000, "y", [attribute("axis", 1, 2)])])
    for name, location in (
        ("parent", "../../etc/passwd"),
        ("absolute", "/etc/passwd"),
        ("inside", "a/../../x"),
    ):
        entry = block(1, "location") + block(2, location)
        external = b"".join(number(1, d) for d in PICTURE) + number(2, FLOAT) + block(8, "w")
        external += block(13, entry) + number(14, 1)
        yield f"external_{name}", network([node("Add", ["x", "w"], "y")], [external])


def write_long_list(path):
    """A node whose attribute is a list of 64 Mi zeros, which the file has as a hole."""
    head = block(1, "pads") + number(20, 7) + varint(8 << 3 | 2) + varint(MANY)
    before = block(1, "x") + block(2, "y") + block(4, "Conv")
    inner = varint(5 << 3 | 2) + varint(len(head) + MANY) + head
    size = len(before) + len(inner) + MANY
    outer = varint(1 << 3 | 2) + varint(size) + before + inner
    after = (
        block(2, "hostile")
        + block(11, value_info("x", PICTURE))
        + block(12, value_info("y", PICTURE))
    )
    opset = number(1, 8) + block(8, block(1, "") + number(2, 13))
    with open(path, "wb") as file:
        file.write(opset + varint(7 << 3 | 2) + varint(len(outer) + MANY + len(after)) + outer)
        file.seek(MANY, 1)
        file.write(after)


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, data in cases():
        (folder / f"{name}.onnx").write_bytes(data)
    write_long_list(folder / "long_list.onnx")


if __name__ == "__main__":
    main()
