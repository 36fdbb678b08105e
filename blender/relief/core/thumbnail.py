# SPDX-License-Identifier: GPL-3.0-or-later
"""A small grey picture of a depth map."""
import struct
import zlib

import numpy

LONG_SIDE = 256
ENDS = 0.01  # share of pixels beyond white and black


def of_map(path, metric=False):
    """(height, width) bytes, near is light, from a .npy map; None when it cannot be read."""
    try:
        values = numpy.load(path, mmap_mode="r")
        step = max(1, -(-max(values.shape) // LONG_SIDE))
        small = numpy.array(values[step // 2 :: step, step // 2 :: step], numpy.float64)
    except (OSError, ValueError):
        return None
    if small.ndim != 2 or not small.size:
        return None
    if metric:
        small = 1 / numpy.maximum(small, 1e-6)
    low, high = numpy.quantile(small, (ENDS, 1 - ENDS))
    span = high - low if high > low else 1.0
    return (numpy.clip((small - low) / span, 0, 1) * 255).astype(numpy.uint8)


def png(grey):
    """The bytes of a PNG file."""
    height, width = grey.shape

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = numpy.zeros((height, width + 1), numpy.uint8)  # a 0 before each row: no filter
    rows[:, 1:] = grey
    head = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
        + chunk(b"IEND", b"")
    )
