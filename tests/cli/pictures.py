# SPDX-License-Identifier: Apache-2.0
"""Pictures, networks, tensors and broken files for the cases, made with the standard library alone."""

import base64
import pathlib
import struct
import subprocess
import sys
import zlib

TESTS = pathlib.Path(__file__).resolve().parent.parent

# An 8 x 8 grey baseline JPEG; PNG cannot stand in where it is the JPEG path that matters.
TINY_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERX"
    "RTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcI"
    "CQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcY"
    "GRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKj"
    "pKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AKvg"
    "1f8AV1//2Q=="
)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, colour_type, rows, bits=8):
    """A PNG file whose rows, without filter bytes, come from an iterable."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def photo(width, height):
    """A bright disc before a dark slope: something with a silhouette."""
    centre, radius = (width / 2, height / 2), min(width, height) / 3.5

    def pixel(x, y):
        if (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2:
            return (230, 200 + (x ^ y) % 40, 120)
        return (40 + y * 60 // height, 60, 50 + x * 60 // width)

    rows = (bytes(c for x in range(width) for c in pixel(x, y)) for y in range(height))
    return png(width, height, 2, rows)


def bomb():
    """A PNG that says it is 60,000 pixels square; its data would be all zeros."""
    return png(60000, 60000, 0, [b""])


def pfm(width, height, value):
    """A PFM depth map; rows from the bottom."""
    rows = range(height - 1, -1, -1)
    values = [value(x, y) for y in rows for x in range(width)]
    return f"Pf\n{width} {height}\n-1.0\n".encode() + struct.pack(f"<{len(values)}f", *values)


def phone_photo():
    """The tiny JPEG with a depth map in it, as phones write it."""
    depth = png(8, 8, 0, [bytes(30 * x + y for x in range(8)) for y in range(8)])
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><d xmlns:G="http://ns.google.com/photos/1.0/depthmap/"'
        ' G:Format="RangeInverse" G:Near="1" G:Far="5" G:Mime="image/png" G:Data="'
        f'{base64.b64encode(depth).decode()}"/></x:xmpmeta>'
    )
    segment = b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()
    head = b"\xff\xe1" + struct.pack(">H", len(segment) + 2)
    return TINY_JPEG[:2] + head + segment + TINY_JPEG[2:]


def npy(dims, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(dims)}, }}"
    header = header.ljust(117) + "\n"
    prefix = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header))
    return prefix + header.encode() + struct.pack(f"<{len(values)}f", *values)


def make_network(path, *options):
    subprocess.run([sys.executable, TESTS / "make_tiny_network.py", path, *options], check=True)


def make_all(data):
    (data / "home").mkdir()
    whole = photo(160, 120)
    files = {
        "photo.png": whole,
        "wide.png": photo(211, 67),
        "panorama.png": photo(3000, 40),
        "photo.jpg": TINY_JPEG,
        "phone.jpg": phone_photo(),
        "truncated.png": whole[: len(whole) // 2],
        "truncated.jpg": TINY_JPEG[:200],
        "empty.jpg": b"",
        "text.jpg": b"This is no picture, whatever its name says.\n",
        "zero.png": png(0, 0, 2, []),
        "bomb.png": bomb(),
        "map.pfm": pfm(160, 120, lambda x, y: 2.0 if (x - 80) ** 2 + (y - 60) ** 2 < 900 else 6.0),
        "long.pfm": pfm(160, 20, lambda x, y: 1.0 + x),
        "in.npy": npy((1, 3, 32, 48), [(i * 37 % 256) / 255 for i in range(3 * 32 * 48)]),
        "in_wrong.npy": npy((3, 32, 48), [0.5] * (3 * 32 * 48)),
    }
    for name, content in files.items():
        (data / name).write_bytes(content)
    (data / "folder.png").mkdir()
    make_network(data / "tiny.onnx")
    make_network(data / "large.onnx", "--channels", "512")
    make_network(data / "two.onnx", "--outputs", "a/b,a:b")
    make_network(data / "fixed.onnx", "--size", "64x64")
    make_network(data / "unknown.onnx", "--operator", "Frobnicate")
    make_network(
        data / "described.onnx",
        *("--metadata", "relief.kind=disparity"),
        *("--metadata", "relief.network_size=[64, 64]"),
        *("--metadata", "relief.resize=upper_bound"),
        *("--metadata", "relief.multiple=2"),
        *("--metadata", "relief.mean=[0, 0, 0]"),
        *("--metadata", "relief.std=[1, 1, 1]"),
    )
