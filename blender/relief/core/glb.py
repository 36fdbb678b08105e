# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the .glb files that relief writes, and refuse all others. Arrays are views of the file's bytes where possible."""
import dataclasses
import json
import math
import struct

import numpy

from . import ReliefError

MAGIC, JSON_CHUNK, BIN_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
FLOAT, UNSIGNED_INT = 5126, 5125
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
# Vertices by which a projection is found, and how far the others may be from it, in shares of the picture.
SAMPLES, TOLERANCE = 4096, 2e-4


@dataclasses.dataclass
class Picture:
    data: memoryview  # the encoded file
    ending: str  # ".jpg" or ".png"


@dataclasses.dataclass
class Surface:
    name: str  # "photo", "fill" or "ribbon"
    positions: numpy.ndarray  # (n, 3) float32; x right, y into the picture, z up
    uvs: numpy.ndarray  # (n, 2) float32; (0, 0) is the bottom left
    triangles: numpy.ndarray  # (m, 3) int32
    picture: Picture
    alpha: str  # OPAQUE, MASK or BLEND
    scale: tuple  # u, v = offset + scale * (x / y, z / y): where a point was photographed
    offset: tuple


@dataclasses.dataclass
class Motion:
    """Of the camera, frame by frame."""

    places: numpy.ndarray  # (n, 3); x right, y into the picture, z up
    turns: numpy.ndarray  # (n, 4) quaternions w, x, y, z; of a camera that looks along its -Z
    zooms: numpy.ndarray  # (n,) factors of the focal length
    rate: float  # frames a second


@dataclasses.dataclass
class Scene:
    surfaces: list  # what is drawn first comes first
    facts: dict  # relief's own: focal_px, width, height, near, far, median, model, version, ...
    near_clip: float
    far_clip: float
    motion: Motion  # None: the camera stands still


class _Reader:
    def __init__(self, data, name):
        self.name = name
        self.data = memoryview(data).cast("B")
        self.document, self.buffer = self._chunks()

    def fail(self, what):
        return ReliefError("format", f"{self.name}: not a scene that the add-on knows ({what})")

    def _chunks(self):
        if len(self.data) < 28:
            raise self.fail("too short")
        magic, version, total, size, kind = struct.unpack_from("<5I", self.data, 0)
        if magic != MAGIC or version != 2 or kind != JSON_CHUNK:
            raise self.fail("no .glb file")
        if total != len(self.data) or 28 + size > total:
            raise self.fail("cut off")
        try:
            document = json.loads(bytes(self.data[20 : 20 + size]))
        except ValueError:
            raise self.fail("damaged description") from None
        length, kind = struct.unpack_from("<2I", self.data, 20 + size)
        if kind != BIN_CHUNK or 28 + size + length > total or not isinstance(document, dict):
            raise self.fail("no data")
        return document, self.data[28 + size : 28 + size + length]

    def view(self, index, start=0, size=None):
        view = self.document["bufferViews"][index]
        begin, length = view.get("byteOffset", 0), view["byteLength"]
        size = length - start if size is None else size
        whole = 0 <= begin and begin + length <= len(self.buffer)
        if view["buffer"] != 0 or not whole or start < 0 or size < 0 or start + size > length:
            raise self.fail("data out of bounds")
        return self.buffer[begin + start : begin + start + size]

    def array(self, index, kind, component):
        """An accessor as (count, width)."""
        accessor = self.document["accessors"][index]
        if accessor["type"] != kind or accessor["componentType"] != component:
            raise self.fail("numbers of another kind")
        width, count = WIDTHS[kind], accessor["count"]
        data = self.view(accessor["bufferView"], accessor.get("byteOffset", 0), 4 * width * count)
        numbers = numpy.frombuffer(data, "<f4" if component == FLOAT else "<u4")
        return numbers.reshape(count, width)


def _read_picture(reader, material):
    texture = material["pbrMetallicRoughness"]["baseColorTexture"]["index"]
    image = reader.document["images"][reader.document["textures"][texture]["source"]]
    endings = {"image/jpeg": ".jpg", "image/png": ".png"}
    if image["mimeType"] not in endings:
        raise reader.fail(f"pictures of the kind {image['mimeType']}")
    return Picture(reader.view(image["bufferView"]), endings[image["mimeType"]])


def _fit(slopes, values):
    """The offset and scale with which `slopes` gives `values`, and the largest difference."""
    slopes, values = slopes.astype(numpy.float64), values.astype(numpy.float64)
    middle = slopes.mean()
    spread = slopes - middle
    square = float(spread @ spread)
    scale = float(spread @ values) / square if square > 0 else 0.0
    offset = float(values.mean()) - scale * middle
    return offset, scale, float(numpy.abs(offset + scale * slopes - values).max())


def find_projection(positions, uvs):
    """(scale, offset) with which every point's place is its UV; None where no pinhole camera made them."""
    step = max(1, len(positions) // SAMPLES)
    x, depth, z = (positions[::step, k] for k in range(3))
    if not len(x) or not (depth > 0).all():
        return None
    u = _fit(x / depth, uvs[::step, 0])
    v = _fit(z / depth, uvs[::step, 1])
    if max(u[2], v[2]) > TOLERANCE:
        return None
    return (u[1], v[1]), (u[0], v[0])


def _read_surface(reader, primitive):
    attributes, material = primitive["attributes"], primitive["material"]
    material = reader.document["materials"][material]
    if primitive.get("mode", 4) != 4:
        raise reader.fail("no triangles")
    positions = reader.array(attributes["POSITION"], "VEC3", FLOAT)
    uvs = reader.array(attributes["TEXCOORD_0"], "VEC2", FLOAT)
    indices = reader.array(primitive["indices"], "SCALAR", UNSIGNED_INT).reshape(-1, 3)
    if not len(indices):
        raise reader.fail("no triangles")
    # Surfaces share the file's vertices; each has a run of its own.
    first, last = int(indices.min()), int(indices.max())
    if last >= len(positions) or len(positions) != len(uvs):
        raise reader.fail("indices out of bounds")
    own, uvs = positions[first : last + 1], uvs[first : last + 1] * (1, -1) + (0, 1)
    # The file has +Y up and looks along -Z; Blender has +Z up, and here the camera looks along +Y.
    own = numpy.stack((own[:, 0], -own[:, 2], own[:, 1]), axis=1)
    if not numpy.isfinite(own).all():
        raise reader.fail("points at infinity")
    uvs = uvs.astype(numpy.float32)
    projection = find_projection(own, uvs)
    if projection is None:
        raise reader.fail("no camera fits its texture")
    return Surface(
        name=material["name"],
        positions=own,
        uvs=uvs,
        triangles=(indices - first).astype(numpy.int32),
        picture=_read_picture(reader, material),
        alpha=material.get("alphaMode", "OPAQUE"),
        scale=projection[0],
        offset=projection[1],
    )


def _read_facts(reader):
    facts = reader.document["scenes"][0]["extras"]["relief"]
    for key in ("width", "height", "focal_px", "near", "far", "median"):
        if not (isinstance(facts[key], (int, float)) and 0 < facts[key] < math.inf):
            raise reader.fail(f"{key}: {facts[key]}")
    return facts


def _read_motion(reader, facts):
    animations = reader.document.get("animations")
    if not animations:
        return None
    channels = {it["target"]["path"]: it["sampler"] for it in animations[0]["channels"]}
    samplers, motion = animations[0]["samplers"], facts["motion"]
    places = reader.array(samplers[channels["translation"]]["output"], "VEC3", FLOAT)
    turns = reader.array(samplers[channels["rotation"]]["output"], "VEC4", FLOAT)
    zooms = numpy.array(motion["zoom"], numpy.float64)
    count = motion["frames"]
    if len(zooms) == 1:
        zooms = numpy.repeat(zooms, count)
    if not len(places) == len(turns) == len(zooms) == count or not float(motion["fps"]) > 0:
        raise reader.fail("a camera's path with gaps")
    if not (numpy.isfinite(places).all() and numpy.isfinite(turns).all() and (zooms > 0).all()):
        raise reader.fail("a camera at infinity")
    return Motion(
        numpy.stack((places[:, 0], -places[:, 2], places[:, 1]), axis=1),
        _upright(turns.astype(numpy.float64)),
        zooms,
        float(motion["fps"]),
    )


def _upright(turns):
    """Quaternions x, y, z, w of the file's world as w, x, y, z of one whose +Z is up: a quarter turn about X comes before."""
    x, y, z, w = turns.T
    half = math.sqrt(0.5)
    return half * numpy.stack((w - x, x + w, y - z, z + y), axis=1)


def read(data, name="scene.glb"):
    """The scene in the bytes of a file. Raises ReliefError for what relief does not write."""
    reader = _Reader(data, name)
    document = reader.document
    if not str(document.get("asset", {}).get("generator", "")).startswith("relief "):
        raise reader.fail("relief did not make it")
    if document.get("extensionsRequired"):
        raise reader.fail(f"it needs {', '.join(map(str, document['extensionsRequired']))}")
    try:
        lens = document["cameras"][0]["perspective"]
        surfaces = [_read_surface(reader, it) for it in document["meshes"][0]["primitives"]]
        facts = _read_facts(reader)
        motion = _read_motion(reader, facts)
        return Scene(surfaces, facts, lens["znear"], lens["zfar"], motion)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise reader.fail(f"something is missing: {error}") from error
