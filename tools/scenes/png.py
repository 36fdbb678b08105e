# SPDX-License-Identifier: Apache-2.0
"""One-bit PNG files for masks, with numpy and zlib alone."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_mask(path, mask):
    """Write a boolean array (height, width); True becomes white."""
    height, width = mask.shape
    bits = np.packbits(mask, axis=1)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), bits], axis=1)
    with open(path, "wb") as file:
        file.write(SIGNATURE)
        file.write(_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)))
        file.write(_chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)))
        file.write(_chunk(b"IEND", b""))


def read_mask(path):
    """Read back what write_mask() wrote, as a boolean array (height, width)."""
    with open(path, "rb") as file:
        blob = file.read()
    if not blob.startswith(SIGNATURE):
        raise ValueError(f"{path}: not a PNG file")
    pos, packed, size = len(SIGNATURE), b"", None
    while pos < len(blob):
        length, kind = struct.unpack_from(">I4s", blob, pos)
        data = blob[pos + 8 : pos + 8 + length]
        if kind == b"IHDR":
            size = struct.unpack(">IIBBBBB", data)
        elif kind == b"IDAT":
            packed += data
        pos += length + 12
    width, height = size[:2]
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, -1)
    if size[2:4] != (1, 0) or lines[:, 0].any():
        raise ValueError(f"{path}: not a one-bit mask of ours")
    return np.unpackbits(lines[:, 1:], axis=1)[:, :width].astype(bool)
