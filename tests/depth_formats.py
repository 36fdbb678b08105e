#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Depth maps in every format, read back by other programs.

    depth_formats.py LIBRARY [--blender]

A ramp of 1024 x 1024 different values goes through every writer. Pillow, numpy and OpenImageIO (oiiotool) must find
the values within the format's rounding, more than 10,000 different ones, nothing that is not finite, and the facts
that stand beside them. With --blender, Blender reads the EXR files instead.
"""
import ctypes
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
try:
    import numpy as np
    from PIL import Image
except ImportError as error:
    print(f"skip: depth_formats: {error}")
    sys.exit(SKIPPED)

from relief_library import Library, Struct  # noqa: E402

SIDE = 1024
LEAST_LEVELS = 10000
PNG16, PFM, NPY, EXR, EXR_HALF, TIFF, PNG8, PREVIEW = range(8)
IMAGE, FIXED, PERCENTILE = range(3)
DISPARITY, DEPTH, METRES = range(3)


class SaveOptions(Struct):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("format", ctypes.c_int),
        ("force", ctypes.c_bool),
        ("range", ctypes.c_int),
        ("low", ctypes.c_double),
        ("high", ctypes.c_double),
        ("invert", ctypes.c_bool),
        ("colours", ctypes.c_int),
        ("beside", ctypes.c_void_p),
    ]


class Maps:
    """Writes maps through the library."""

    def __init__(self, library, folder):
        self.library, self.folder = Library(library), folder

    def map_of(self, values, kind=DISPARITY):
        values = np.ascontiguousarray(values, np.float32)
        depth = ctypes.c_void_p()
        height, width = values.shape
        pointer = values.ctypes.data_as(ctypes.c_void_p)
        self.library.call(
            "relief_depth_from_values", pointer, width, height, kind, ctypes.byref(depth)
        )
        return depth

    def write(self, values, name, form, kind=DISPARITY, convert=None, **options):
        depth = self.map_of(values, kind)
        if convert is not None:
            other = ctypes.c_void_p()
            self.library.call("relief_depth_convert", depth, convert, ctypes.byref(other))
            depth = other
        path = self.folder / name
        save = SaveOptions(format=form, **options)
        self.library.call("relief_depth_write", depth, str(path).encode(), ctypes.byref(save))
        return path


def ramp():
    """Values of a disparity with a sign, all different."""
    return np.linspace(-1.75, 2.5, SIDE * SIDE, dtype=np.float64).reshape(SIDE, SIDE).astype("f4")


def levels(array):
    return len(np.unique(array))


def check(condition, *what):
    if not condition:
        sys.exit(f"depth_formats: {what}")


def read_pfm(path):
    data = path.read_bytes()
    head = data.split(b"\n", 3)
    check(head[0] == b"Pf" and float(head[2]) < 0, head[:3])
    width, height = map(int, head[1].split())
    return np.frombuffer(head[3], "<f4").reshape(height, width)[::-1]


def check_floats(maps, values):
    """Formats of floats hold every value as it is."""
    found = np.load(maps.write(values, "a.npy", NPY))
    check(np.array_equal(found, values), "npy")
    pfm = maps.write(values, "a.pfm", PFM)
    check(np.array_equal(read_pfm(pfm), values), "pfm")
    if ".pfm" in Image.registered_extensions():  # Pillow 10
        check(np.array_equal(np.asarray(Image.open(pfm)), values), "pfm as Pillow reads it")
    tiff = Image.open(maps.write(values, "a.tif", TIFF))
    check(tiff.mode == "F" and np.array_equal(np.asarray(tiff), values), "tiff")
    check("relief:kind=disparity" in tiff.tag_v2[270], tiff.tag_v2[270])
    check(tiff.tag_v2[305].startswith("relief "), tiff.tag_v2[305])
    check(levels(tiff) > LEAST_LEVELS, "levels of tiff")
    for shape in (1, 1), (1, 7), (5, 3), (300, 257), (3, 70000 // 5):
        odd = np.random.default_rng(5).normal(size=shape).astype("f4")
        again = np.asarray(Image.open(maps.write(odd, "odd.tif", TIFF)))
        check(np.array_equal(again, odd), "tiff", shape)
        png = np.asarray(Image.open(maps.write(odd, "odd.png", PNG16))).astype(np.int64)
        span = (odd.astype(float) - odd.min()) * (65535 / max(np.ptp(odd), 1e-30))
        check(np.abs(png - span).max() <= 0.51, "png16", shape)


def check_pngs(maps, values):
    """Samples are rounded over the range that the texts tell."""
    exact = (values.astype(float) - values.min()) / (float(values.max()) - float(values.min()))
    picture = Image.open(maps.write(values, "a.png", PNG16))
    samples = np.asarray(picture).astype(np.int64)
    check(picture.mode in ("I", "I;16") and np.abs(samples - exact * 65535).max() <= 0.51, "png16")
    check(samples.min() == 0 and samples.max() == 65535 and levels(samples) == 65536, "png16 range")
    low, high = float(picture.text["relief:min"]), float(picture.text["relief:max"])
    back = low + (high - low) * samples / 65535
    check(np.abs(back - values).max() <= (high - low) / 65535 * 0.51, "png16 back")
    check(picture.text["relief:kind"] == "disparity", picture.text)
    eight = np.asarray(Image.open(maps.write(values, "b.png", PNG8))).astype(np.int64)
    check(np.abs(eight - exact * 255).max() <= 0.51 and levels(eight) == 256, "png8")

    turned = Image.open(maps.write(values, "c.png", PNG16, invert=True))
    check(np.abs(np.asarray(turned).astype(np.int64) - (65535 - samples)).max() <= 1, "invert")
    check(float(turned.text["relief:min"]) == high, turned.text)
    fixed = np.asarray(
        Image.open(maps.write(values, "d.png", PNG16, range=FIXED, low=-1.0, high=1.0))
    )
    wanted = np.clip((values.astype(float) + 1) / 2, 0, 1) * 65535
    check(np.abs(fixed.astype(np.int64) - wanted).max() <= 0.51, "fixed")
    cut = np.asarray(Image.open(maps.write(values, "e.png", PNG16, range=PERCENTILE, low=10.0)))
    wanted = np.clip((exact - 0.1) / 0.8, 0, 1) * 65535
    check(np.abs(cut.astype(np.int64) - wanted).max() < 4, "percentile")
    flat = np.asarray(Image.open(maps.write(np.full((4, 5), 3.5), "f.png", PNG16)))
    check(not flat.any(), "a constant map")


def check_previews(maps, values):
    """Colours run from the maps' published ends, without steps."""
    ends = {
        0: ((0, 0, 4), (252, 255, 164)),
        1: ((48, 18, 59), (122, 4, 3)),
        2: ((0, 0, 0), (255, 255, 255)),
        3: ((94, 79, 162), (158, 1, 66)),
    }
    for colours, (first, last) in ends.items():
        path = maps.write(values, f"p{colours}.png", PREVIEW, colours=colours)
        rgb = np.asarray(Image.open(path))
        check(tuple(rgb[0, 0]) == first and tuple(rgb[-1, -1]) == last, "preview", colours)
        steps = np.abs(np.diff(rgb.reshape(-1, 3).astype(int), axis=0)).max()
        check(steps <= 1, "steps of a preview", colours, steps)


def check_conversions(maps):
    """Disparity and depth are reciprocals; relative ones get distances of 20 : 1."""
    metres = np.linspace(1, 50, 5000).reshape(50, 100).astype("f4")
    found = np.load(maps.write(metres, "m.npy", NPY, kind=METRES, convert=DISPARITY))
    check(np.allclose(found, 1 / metres, rtol=1e-6), "metres as disparity")
    found = np.load(maps.write(metres, "m2.npy", NPY, kind=METRES, convert=DEPTH))
    check(np.array_equal(found, metres), "metres as depth")
    disparity = np.linspace(-2, 2, 5000).reshape(50, 100).astype("f4")
    found = np.load(maps.write(disparity, "m3.npy", NPY, convert=DEPTH)).astype(float)
    check((found > 0).all() and (np.diff(found.ravel()) <= 0).all(), "nearer is less")
    check(abs(found.max() / found.min() - 20) < 0.5, "20 : 1", found.max() / found.min())
    q = 1 / found.ravel()[50:-50]
    check(np.abs(np.diff(q, 2)).max() < 1e-6, "even in 1 / depth")


def half_of(values):
    return values.astype(np.float16).astype(np.float32)


def check_exr(maps, values):
    """As OpenImageIO reads them."""
    if not shutil.which("oiiotool"):
        print("skip: depth_formats: oiiotool is not installed")
        sys.exit(SKIPPED)
    for form, name, wanted, bits in (
        (EXR, "a.exr", values, "float"),
        (EXR_HALF, "h.exr", half_of(values), "half"),
    ):
        path = maps.write(values, name, form)
        out = maps.folder / "exr.tif"
        command = ["oiiotool", str(path), "-d", "float", "--compression", "none", "-o", str(out)]
        subprocess.run(command, check=True)
        found = np.asarray(Image.open(out))
        check(np.array_equal(found, wanted), name)
        check(levels(found) > LEAST_LEVELS, name, levels(found))
        info = subprocess.run(
            ["oiiotool", "--info", "-v", str(path)], check=True, capture_output=True, text=True
        ).stdout
        for word in (bits, "channel list: Y", "relief:min", 'relief:kind: "disparity"'):
            check(word in info, name, word, info)
    try:
        maps.write(np.array([[1.0, 70000.0]]), "large.exr", EXR_HALF)
        sys.exit("depth_formats: a value beyond 65504 became a half")
    except Exception as error:  # the library's reason
        check("65504" in str(error), error)
    check(not (maps.folder / "large.exr").exists(), "a refused file")


BLENDER = """
import bpy, sys
import numpy as np
for path in sys.argv[sys.argv.index("--") + 1:]:
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    rgba = pixels.reshape(image.size[1], image.size[0], -1)[::-1]
    np.save(path + ".npy", rgba)
"""


def check_blender(maps, values):
    """Blender's own reader gives the values in red, green and blue."""
    if not shutil.which("blender"):
        print("skip: depth_formats: blender is not installed")
        sys.exit(SKIPPED)
    script = maps.folder / "read.py"
    script.write_text(BLENDER)
    paths = [maps.write(values, "a.exr", EXR), maps.write(values, "h.exr", EXR_HALF)]
    subprocess.run(
        ["blender", "-b", "--factory-startup", "--python-exit-code", "1", "--python", str(script)]
        + ["--", *map(str, paths)],
        check=True,
        stdout=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "HOME": str(maps.folder)},
    )
    for path, wanted in zip(paths, (values, half_of(values))):
        rgba = np.load(f"{path}.npy")
        for channel in range(3):
            check(np.array_equal(rgba[..., channel], wanted), path.name, channel)
        check(levels(rgba[..., 0]) > LEAST_LEVELS, path.name, "levels")


def main():
    library, options = sys.argv[1], sys.argv[2:]
    values = ramp()
    with tempfile.TemporaryDirectory(prefix="relief-formats-") as folder:
        maps = Maps(library, pathlib.Path(folder))
        if "--blender" in options:
            check_blender(maps, values)
        else:
            check_floats(maps, values)
            check_pngs(maps, values)
            check_previews(maps, values)
            check_conversions(maps)
            check_exr(maps, values)
    print(json.dumps({"depth_formats": "ok", "levels": levels(values)}))


if __name__ == "__main__":
    main()
