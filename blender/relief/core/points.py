# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the point clouds that relief writes as .ply."""
import numpy

from . import ReliefError

MOST_HEADER = 4096
KINDS = {b"float": "<f4", b"uchar": "u1"}


def read(data, name="scene.ply"):
    """(positions, colours): (n, 3) float32 with x right, y into the picture, z up; (n, 3) uint8, sRGB."""
    data = memoryview(data).cast("B")
    head = bytes(data[:MOST_HEADER])
    end = head.find(b"end_header\n")
    if not head.startswith(b"ply\nformat binary_little_endian 1.0\n") or end < 0:
        raise ReliefError("format", f"{name}: not a point cloud that the add-on knows")
    count, fields = 0, []
    for line in head[:end].splitlines():
        words = line.split()
        if words[:2] == [b"element", b"vertex"] and words[2].isdigit():
            count = int(words[2])
        elif words[:1] == [b"property"] and words[1] in KINDS:
            fields.append((words[2].decode("ascii", "replace"), KINDS[words[1]]))
        elif words[:1] in ([b"property"], [b"element"]):
            raise ReliefError(
                "format", f"{name}: {line.decode('ascii', 'replace')}: not of relief's"
            )
    kind = numpy.dtype(fields)
    needed = {"x", "y", "z", "red", "green", "blue"}
    start = end + len(b"end_header\n")
    if (
        not needed <= set(kind.names or ())
        or start + count * kind.itemsize > len(data)
        or not count
    ):
        raise ReliefError("format", f"{name}: a point cloud that is cut off")
    rows = numpy.frombuffer(data, kind, count, start)
    positions = numpy.stack((rows["x"], -rows["z"], rows["y"]), axis=1)
    if not numpy.isfinite(positions).all():
        raise ReliefError("format", f"{name}: points at infinity")
    return positions, numpy.stack([rows[name] for name in ("red", "green", "blue")], axis=1)
