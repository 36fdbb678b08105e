#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write tests/data/ops/vectors.bin: small networks of one operator (or a few), inputs, and the outputs to expect.

    make_op_vectors.py OUT.bin

The outputs come from formulas of their own, in double precision, written from the ONNX operator specification
with numpy's means (padding, einsum, interpolation matrices) and not from the C kernels. Numbers are drawn from a
fixed hash, so that every run writes the same bytes. tests/op_cases.c reads the file, whose layout stands there.
"""

import struct
import sys

from op_vectors import chains, elements, quantised, resizing, shapes, sums, windows
from op_vectors.table import CASES, case_record


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for make in (
        windows.conv_cases,
        windows.conv_transpose_cases,
        windows.pool_cases,
        resizing.resize_cases,
        elements.unary_cases,
        elements.binary_cases,
        elements.logic_cases,
        shapes.shape_cases,
        shapes.parts_cases,
        shapes.cast_cases,
        shapes.quantize_cases,
        quantised.quantised_cases,
        sums.matmul_cases,
        sums.reduce_cases,
        sums.softmax_cases,
        sums.normalization_cases,
        chains.graph_cases,
    ):
        make()
    with open(sys.argv[1], "wb") as file:
        file.write(b"relief operator cases 1\n" + struct.pack("<I", len(CASES)))
        for case in CASES:
            file.write(case_record(case))
    print(f"{len(CASES)} cases")


if __name__ == "__main__":
    main()
