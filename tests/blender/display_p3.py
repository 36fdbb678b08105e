# SPDX-License-Identifier: Apache-2.0
"""A Display P3 colour profile made from its published primaries, so that no profile file is needed.

ICC.1:2010: header, tag table, then the tags; all numbers big-endian. Primaries are those of SMPTE EG 432-1 with a D65 white,
adapted to D50 by the Bradford transform; the curve is that of sRGB (IEC 61966-2-1) as parametric curve type 3.
"""
import struct

WHITE_D50 = (0.9642, 1.0, 0.8249)
RED = (0.51512, 0.24120, -0.00105)
GREEN = (0.29198, 0.69225, 0.04189)
BLUE = (0.15710, 0.06657, 0.78407)
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def fixed(*values):
    """s15Fixed16Numbers."""
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def text(words):
    """A multiLocalizedUnicode tag in English."""
    data = words.encode("utf-16-be")
    return (
        b"mluc" + struct.pack(">4xII", 1, 12) + b"enUS" + struct.pack(">II", len(data), 28) + data
    )


def profile():
    """The bytes of the profile."""
    curve = b"para" + struct.pack(">4xHxx", 3) + fixed(*SRGB_CURVE)
    tags = [
        (b"desc", text("Display P3")),
        (b"cprt", text("none")),
        (b"wtpt", b"XYZ \0\0\0\0" + fixed(*WHITE_D50)),
    ]
    for name, primary in ((b"r", RED), (b"g", GREEN), (b"b", BLUE)):
        tags += [(name + b"XYZ", b"XYZ \0\0\0\0" + fixed(*primary)), (name + b"TRC", curve)]
    table, body, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags:
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12x4s",
        offset + len(body),
        b"none",
        0x04300000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
    )
    header += bytes(68 - len(header)) + fixed(*WHITE_D50)
    return header + bytes(128 - len(header)) + struct.pack(">I", len(tags)) + table + body
