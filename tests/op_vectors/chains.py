# SPDX-License-Identifier: Apache-2.0
"""Several operators together: what exporters write for free sizes, attention, quantised layers."""

import numpy as np

from .resizing import resize
from .table import FLOAT, INT64, add_graph, numbers, whole, wide
from .windows import conv


def graph_cases():
    x = numbers(1, 3, 6, 8)
    constants = {
        "two": np.array(2, np.int64),
        "three": np.array(3, np.int64),
        "zero": np.array([0], np.int64),
    }
    nodes = [
        ("Shape", ["x"], ["shape"], {}),
        ("Gather", ["shape", "two"], ["h"], {"axis": 0}),
        ("Gather", ["shape", "three"], ["w"], {"axis": 0}),
        ("Mul", ["h", "two"], ["h2"], {}),
        ("Cast", ["w"], ["wf"], {"to": FLOAT}),
        ("Constant", [], ["factor"], {"value": np.array(1.3, np.float32)}),
        ("Mul", ["wf", "factor"], ["w13"], {}),
        ("Floor", ["w13"], ["w_floor"], {}),
        ("Cast", ["w_floor"], ["wi"], {"to": INT64}),
        ("Unsqueeze", ["h2", "zero"], ["h_list"], {}),
        ("Unsqueeze", ["wi", "zero"], ["w_list"], {}),
        ("Constant", [], ["front_end"], {"value": np.array([2], np.int64)}),
        ("Slice", ["shape", "zero", "front_end"], ["front"], {}),
        ("Concat", ["front", "h_list", "w_list"], ["sizes"], {"axis": 0}),
        (
            "Resize",
            ["x", "", "", "sizes"],
            ["y"],
            {"mode": "linear", "coordinate_transformation_mode": "half_pixel"},
        ),
    ]
    expected = resize(x, (12, 10), None, "linear", "half_pixel")
    add_graph("Sizes computed from sizes", 13, nodes, {"x": x}, constants, {"y": expected})

    tokens = numbers(2, 12, 8)
    nodes = [
        ("Shape", ["x"], ["shape"], {}),
        ("Constant", [], ["places"], {"value_ints": [0, 1]}),
        ("Gather", ["shape", "places"], ["front"], {}),
        ("Constant", [], ["heads"], {"value_ints": [4, -1]}),
        ("Concat", ["front", "heads"], ["split"], {"axis": 0}),
        ("Reshape", ["x", "split"], ["parted"], {}),
        ("Transpose", ["parted"], ["q"], {"perm": [0, 2, 1, 3]}),
        ("Transpose", ["parted"], ["k"], {"perm": [0, 2, 3, 1]}),
        ("MatMul", ["q", "k"], ["score"], {}),
        ("Constant", [], ["root"], {"value_float": 1.4142135}),
        ("Div", ["score", "root"], ["scaled"], {}),
        ("Softmax", ["scaled"], ["share"], {"axis": -1}),
        ("MatMul", ["share", "q"], ["mixed"], {}),
        ("Transpose", ["mixed"], ["back"], {"perm": [0, 2, 1, 3]}),
        ("Reshape", ["back", "shape"], ["y"], {}),
    ]
    q = wide(tokens)[0].reshape(2, 12, 4, 2).transpose(0, 2, 1, 3)
    score = q @ q.transpose(0, 1, 3, 2) / float(np.float32(1.4142135))
    share = np.exp(score - score.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    y = (share @ q).transpose(0, 2, 1, 3).reshape(tokens.shape)
    add_graph("Attention", 13, nodes, {"x": tokens}, {}, {"y": y})

    half = numbers(1, 3, 6, 8).astype(np.float16)
    weights = numbers(4, 3, 3, 3, seed=2).astype(np.float16)
    nodes = [
        ("Conv", ["x", "weights"], ["c"], {"pads": [1, 1, 1, 1]}),
        ("ConstantOfShape", ["one"], ["two"], {"value": np.array([2], np.float16)}),
        ("Mul", ["c", "two"], ["y"], {}),
        ("Cast", ["y"], ["wide"], {"to": FLOAT}),
    ]
    y = 2 * conv(half, weights, None, (1, 1), (1, 1), ((1, 1), (1, 1)), 1)
    add_graph(
        "Network of halves",
        13,
        nodes,
        {"x": half},
        {"weights": weights, "one": np.array([1], np.int64)},
        {"y": y.astype(np.float16), "wide": y.astype(np.float32)},
    )

    nodes = [
        ("DequantizeLinear", ["wq", "scale", "point"], ["w"], {}),
        ("DequantizeLinear", ["bq", "bias_scale"], ["b"], {}),
        ("Conv", ["x", "w", "b"], ["c"], {"pads": [1, 1, 1, 1]}),
        ("Clip", ["c", "lo", "hi"], ["clipped"], {}),
        ("Add", ["clipped", "x"], ["sum"], {}),
        ("Relu", ["sum"], ["y"], {}),
    ]
    wq = whole(3, 3, 3, 3, low=-128, high=127, dtype=np.int8)
    bq = whole(3, low=-9999, high=9999, dtype=np.int32)
    constants = {
        "wq": wq,
        "bq": bq,
        "scale": np.array(0.01, np.float32),
        "point": np.array(3, np.int8),
        "bias_scale": np.array(1e-4, np.float32),
        "lo": np.array(0, np.float32),
        "hi": np.array(6, np.float32),
    }
    w = ((wq.astype(np.float64) - 3) * float(np.float32(0.01))).astype(np.float32)
    b = (bq * float(np.float32(1e-4))).astype(np.float32)
    c = conv(x, w, b, (1, 1), (1, 1), ((1, 1), (1, 1)), 1)
    y = np.maximum(np.clip(c, 0, 6) + wide(x)[0], 0)
    add_graph("Quantised residual block", 13, nodes, {"x": x}, constants, {"y": y})
