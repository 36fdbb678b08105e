# SPDX-License-Identifier: Apache-2.0
"""Write the HEIC files with depth in tests/data that test_embedded.c reads (pip install pillow-heif numpy).

No encoder in Debian writes auxiliary pictures, so the boxes (ISO 14496-12, ISO 23008-12) are put together here:
a photo, a grey picture that `auxl` ties to it, and perhaps XMP that `cdsc` ties to the latter.
"""

import io
import pathlib
import struct

import numpy as np
import pillow_heif
from PIL import Image

PHOTO, MAP = (64, 48), (32, 24)
DEPTH_TYPE = b"urn:mpeg:hevc:2015:auxid:2\0"
METRES = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/">'
    "<apdi:NativeFormat>1751410032</apdi:NativeFormat>"
    "<apdi:FloatMinValue>0.5</apdi:FloatMinValue><apdi:FloatMaxValue>8</apdi:FloatMaxValue>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()


def box(kind, *parts, version=None, flags=0):
    """A box, or with a version a "full" one."""
    head = b"" if version is None else struct.pack(">I", version << 24 | flags)
    body = head + b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def find_box(data, *path):
    """The contents of the box that a path of names leads to."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == path[0]:
            body = data[at + 8 : at + size]
            skipped = 4 if kind in (b"meta",) else 0
            return body[skipped:] if len(path) == 1 else find_box(body[skipped:], *path[1:])
        at += size
    raise KeyError(path)


def boxes(data):
    """The boxes in some data, each with its head."""
    at = 0
    while at < len(data):
        size = struct.unpack(">I", data[at : at + 4])[0]
        yield data[at : at + size]
        at += size


def code(picture):
    """(properties, coded picture), without loss. Small pictures are coded larger, and one of the properties crops."""
    out = io.BytesIO()
    pillow_heif.from_pillow(picture).save(out, quality=-1)
    file = out.getvalue()
    return list(boxes(find_box(file, b"meta", b"iprp", b"ipco"))), find_box(file, b"mdat")


def depth_map():
    x, y = np.meshgrid(np.arange(MAP[0]), np.arange(MAP[1]))
    return Image.fromarray(((x * 7 + y * 3 + 5) % 256).astype(np.uint8), "L")


def photo():
    x, y = np.meshgrid(np.arange(PHOTO[0]), np.arange(PHOTO[1]))
    return Image.fromarray(np.stack([64 + 2 * x, 64 + 2 * y, 180 - x - y], -1).astype(np.uint8))


def item(number, kind, content_type=b""):
    return box(b"infe", struct.pack(">HH4s", number, 0, kind), b"\0", content_type, version=2)


def properties(turns, of_photo, of_map):
    """Property boxes by number, then which of them belong to which item; the picture is cropped before it is turned."""
    turn = box(b"irot", bytes([turns]))
    own = [*of_photo, turn]
    auxiliary = [*of_map, box(b"auxC", DEPTH_TYPE, version=0), turn]
    rows, first = b"", 1
    for number, kinds in ((1, own), (2, auxiliary)):
        rows += struct.pack(">HB", number, len(kinds))
        rows += bytes(0x80 | first + i for i in range(len(kinds)))
        first += len(kinds)
    container = box(b"ipco", *own, *auxiliary)
    return box(b"iprp", container, box(b"ipma", struct.pack(">I", 2), rows, version=0))


def locations(payloads, start):
    rows = b""
    for number, payload in enumerate(payloads, 1):
        rows += struct.pack(">HHHII", number, 0, 1, start, len(payload))
        start += len(payload)
    return box(b"iloc", b"\x44\x00", struct.pack(">H", len(payloads)), rows, version=0)


def compose(turns, xmp):
    """`turns`: by 90 degrees, anticlockwise, which the file asks for and undoes what was done before coding."""
    stored = (p.rotate(-90 * turns, expand=True) for p in (photo(), depth_map()))
    (of_photo, photo_code), (of_map, map_code) = (code(p) for p in stored)
    payloads = [photo_code, map_code] + ([xmp] if xmp else [])
    items = [item(1, b"hvc1"), item(2, b"hvc1")]
    references = [box(b"auxl", struct.pack(">HHH", 2, 1, 1))]
    if xmp:
        items.append(item(3, b"mime", b"application/rdf+xml\0"))
        references.append(box(b"cdsc", struct.pack(">HHH", 3, 1, 2)))
    kind = box(b"ftyp", b"heic", struct.pack(">I", 0), b"mif1heic")

    def meta(start):
        return box(
            b"meta",
            box(b"hdlr", bytes(4) + b"pict" + bytes(13), version=0),
            box(b"pitm", struct.pack(">H", 1), version=0),
            locations(payloads, start),
            box(b"iinf", struct.pack(">H", len(items)), *items, version=0),
            box(b"iref", *references, version=0),
            properties(turns, of_photo, of_map),
            version=0,
        )

    start = len(kind) + len(meta(0)) + 8
    return kind + meta(start) + box(b"mdat", *payloads)


def main():
    data = pathlib.Path(__file__).parent / "data"
    for name, turns, xmp in (
        ("depth.heic", 0, None),
        ("depth_turned.heic", 3, None),
        ("depth_metres.heic", 0, METRES),
    ):
        (data / name).write_bytes(compose(turns, xmp))


main()
