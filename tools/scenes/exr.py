# SPDX-License-Identifier: Apache-2.0
"""Read and write scanline OpenEXR files with numpy alone.

Only what the scenes need: one part, float or half channels without subsampling, no compression,
ZIPS or ZIP.  Layout after "OpenEXR File Layout" (openexr.com): magic, version, attributes, one
64-bit offset a chunk, then the chunks; in a chunk every line holds its channels in name order.
"""

import struct
import zlib

import numpy as np

MAGIC, VERSION = 20000630, 2
HALF, FLOAT = 1, 2
LINES_PER_CHUNK = {0: 1, 2: 1, 3: 16}  # none, ZIPS, ZIP


def _unpredict(packed):
    """Undo EXR's byte delta and its split into even and odd bytes."""
    raw = np.frombuffer(zlib.decompress(packed), np.uint8).astype(np.int64)
    raw[1:] -= 128
    flat = np.cumsum(raw).astype(np.uint8)
    half = (len(flat) + 1) // 2
    out = np.empty_like(flat)
    out[0::2], out[1::2] = flat[:half], flat[half:]
    return out.tobytes()


def _predict(data):
    """Split into even and odd bytes, take deltas and deflate; the inverse of _unpredict()."""
    flat = np.frombuffer(data, np.uint8)
    flat = np.concatenate([flat[0::2], flat[1::2]]).astype(np.int16)
    flat[1:] = (flat[1:] - flat[:-1] + 128) & 255
    return zlib.compress(flat.astype(np.uint8).tobytes(), 9)


def _header(blob):
    """The attributes as {name: bytes} and where they end."""
    if struct.unpack_from("<I", blob)[0] != MAGIC:
        raise ValueError("not an EXR file")
    pos, attributes = 8, {}
    while blob[pos]:
        name_end = blob.index(b"\0", pos)
        type_end = blob.index(b"\0", name_end + 1)
        size = struct.unpack_from("<I", blob, type_end + 1)[0]
        start = type_end + 5
        attributes[blob[pos:name_end].decode()] = blob[start : start + size]
        pos = start + size
    return attributes, pos + 1


def _channels(table):
    """[(name, numpy dtype)] of a `channels` attribute."""
    pos, found = 0, []
    while table[pos]:
        end = table.index(b"\0", pos)
        kind = struct.unpack_from("<I", table, end + 1)[0]
        found.append((table[pos:end].decode(), "<f2" if kind == HALF else "<f4"))
        pos = end + 17
    return found


def read(path):
    """All channels of an EXR file as {name: float32 array (height, width)}."""
    with open(path, "rb") as file:
        blob = file.read()
    attributes, pos = _header(blob)
    x0, y0, x1, y1 = struct.unpack("<4i", attributes["dataWindow"])
    width, height = x1 - x0 + 1, y1 - y0 + 1
    compression = attributes["compression"][0]
    if compression not in LINES_PER_CHUNK:
        raise ValueError(f"{path}: compression {compression} is not supported")
    line = np.dtype([(name, kind, (width,)) for name, kind in _channels(attributes["channels"])])
    rows = np.empty(height, line)
    step = LINES_PER_CHUNK[compression]
    offsets = struct.unpack_from(f"<{-(-height // step)}Q", blob, pos)
    for offset in offsets:
        y, size = struct.unpack_from("<iI", blob, offset)
        count = min(step, height - (y - y0))
        packed = blob[offset + 8 : offset + 8 + size]
        raw = packed if size == count * line.itemsize else _unpredict(packed)
        rows[y - y0 : y - y0 + count] = np.frombuffer(raw, line)
    return {name: rows[name].astype(np.float32) for name in line.names}


def _attribute(name, kind, value):
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<I", len(value)) + value


def write(path, plane, channel="Y"):
    """Write one float32 plane (height, width) as a ZIP-compressed EXR with a single channel."""
    plane = np.ascontiguousarray(plane, "<f4")
    height, width = plane.shape
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    table = channel.encode() + b"\0" + struct.pack("<IB3xII", FLOAT, 0, 1, 1) + b"\0"
    head = struct.pack("<II", MAGIC, VERSION)
    head += _attribute("channels", "chlist", table)
    head += _attribute("compression", "compression", b"\3")
    head += _attribute("dataWindow", "box2i", window)
    head += _attribute("displayWindow", "box2i", window)
    head += _attribute("lineOrder", "lineOrder", b"\0")
    head += _attribute("pixelAspectRatio", "float", struct.pack("<f", 1.0))
    head += _attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0.0, 0.0))
    head += _attribute("screenWindowWidth", "float", struct.pack("<f", 1.0))
    head += b"\0"
    chunks = []
    for y in range(0, height, 16):
        raw = plane[y : y + 16].tobytes()
        packed = _predict(raw)
        packed = packed if len(packed) < len(raw) else raw
        chunks.append(struct.pack("<iI", y, len(packed)) + packed)
    offset, offsets = len(head) + 8 * len(chunks), []
    for chunk in chunks:
        offsets.append(offset)
        offset += len(chunk)
    with open(path, "wb") as file:
        file.write(head + struct.pack(f"<{len(offsets)}Q", *offsets) + b"".join(chunks))
