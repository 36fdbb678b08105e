# SPDX-License-Identifier: Apache-2.0
"""How one case is written down, and the numbers that it is made of."""

from dataclasses import dataclass, field

import numpy as np

OPSETS = (9, 10, 11, 13, 17, 18, 19, 21)


@dataclass
class Const:
    """An input that stands in the file as an initialiser."""

    array: np.ndarray


@dataclass
class Case:
    """One node: inputs are arrays, Const, or None for one left out."""

    operator: str
    opset: int
    inputs: list
    attributes: dict = field(default_factory=dict)
    outputs: int = 1
    domain: str = ""
    tolerance: float = 1e-5  # of the largest number, or of 1 when that is less
    quanta: int = 0  # that whole numbers may differ by

    def label(self):
        def short(x):
            if x is None:
                return "-"
            array = x.array if isinstance(x, Const) else x
            return f"{array.dtype}{list(array.shape)}{'c' if isinstance(x, Const) else ''}"

        given = ", ".join(short(x) for x in self.inputs)
        return f"{self.operator}-{self.opset} ({given}) {self.attributes or ''}"


def ints(*values):
    return Const(np.array(values, np.int64))


def floats(*values):
    return Const(np.array(values, np.float32))


class Draw:
    """Numbers that are the same in every run."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def real(self, *shape, low=-2.0, high=2.0):
        return self.random.uniform(low, high, shape).astype(np.float32)

    def whole(self, *shape, low=-9, high=9, dtype=np.int64):
        return self.random.integers(low, high, shape, endpoint=True).astype(dtype)

    def bits(self, *shape):
        return self.random.integers(0, 1, shape, endpoint=True).astype(bool)

    def quantised(self, *shape, dtype=np.uint8):
        info = np.iinfo(dtype)
        return self.random.integers(info.min, info.max, shape, endpoint=True).astype(dtype)

    def pick(self, *values):
        return values[self.random.integers(len(values))]

    def dims(self, rank, low=1, high=7):
        return [int(n) for n in self.random.integers(low, high, rank, endpoint=True)]

    def some(self, count, probability=0.5):
        return [i for i in range(count) if self.random.random() < probability]
