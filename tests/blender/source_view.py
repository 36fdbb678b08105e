#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scene seen through its own camera is the photo: PSNR >= 40 dB and every pixel covered.

  source_view.py RELIEF [--real]

Our four rendered scenes with their exact depth, and made-up pictures (odd-sized, turned, grey, Display P3, CMYK, with a position); with --real at least 20 photos
of ../shared/data with a teacher's depth. Prints a row for each picture; also checks every .glb with the Khronos validator.
"""
import json
import pathlib
import sys
import tempfile

import numpy
from blender import (
    ROOT,
    SHARED,
    need_blender,
    psnr,
    read_photo,
    read_texture,
    render,
    run,
    skip,
)
from display_p3 import profile as display_p3
from PIL import Image

MIN_PSNR = 40.0
PRIVATE = "somebody lives here"
SCENES = ROOT / "tests/data/scenes"


def rendered_scenes(relief, folder):
    """(name, photo, glb) of the four scenes, with their exact depth, of one layer and of two."""
    for scene in sorted(path for path in SCENES.iterdir() if path.is_dir()):
        camera = json.loads((scene / "camera.json").read_text())
        for layers in (1, 2):
            glb = folder / f"{scene.name}{layers}.glb"
            run([relief, "mesh", scene / "photo.jpg", "-o", glb, "--depth", scene / "depth.exr",
                 "--depth-is", "metres", "--fov", camera["fov_long_deg"],
                 "--layers", layers])  # fmt: skip
            yield f"{scene.name}, layers: {layers}", scene / "photo.jpg", glb


def other_formats(relief, folder):
    """(name, photo, scene, field of view) of files that hold no camera."""
    scene = min(path for path in SCENES.iterdir() if path.is_dir())
    fov = json.loads((scene / "camera.json").read_text())["fov_long_deg"]
    for layers in (1, 2):
        path = folder / f"other {layers}.obj"
        run([relief, "mesh", scene / "photo.jpg", "-o", path, "--depth", scene / "depth.exr",
             "--depth-is", "metres", "--fov", fov, "--layers", layers])  # fmt: skip
        yield f"{scene.name}.obj, layers: {layers}", scene / "photo.jpg", path, fov


def ramp_depth(width, height, path):
    """A floor with a post on it: disparity rises downwards, a block stands nearer."""
    disparity = numpy.tile(
        numpy.linspace(0.1, 1.0, height, dtype=numpy.float32)[:, None], (1, width)
    )
    disparity[height // 4 : height // 2, width // 3 : width // 2] = 1.2
    numpy.save(path, disparity)


def private_exif():
    """EXIF data with a position, and words that must not reach an output."""
    exif = Image.Exif()
    exif[0x010E] = PRIVATE
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 22.0, 0.5), 3: "E", 4: (8.0, 32.0, 1.5)})
    return exif.tobytes()


def oriented(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return {"exif": exif.tobytes()}


def made_up_pictures(relief, folder):
    """Versions of one of our renders: odd-sized, grey, turned, Display P3, CMYK, with private data."""
    base = Image.open(min(SCENES.glob("*/photo.jpg")))
    part, odd = base.crop((0, 0, 320, 240)), base.crop((0, 0, 333, 251))
    pictures = {
        "odd": (odd, {}),
        "odd_rotated": (odd, oriented(6)),
        "grey": (base.convert("L"), {}),
        "display_p3": (part, {"icc_profile": display_p3(), "subsampling": 0, "quality": 98}),
        "cmyk": (part.convert("CMYK"), {}),
        "private": (part, {"exif": private_exif(), "comment": PRIVATE.encode()}),
    }
    for orientation in range(2, 9):
        pictures[f"orientation{orientation}"] = part, oriented(orientation)
    for name, (image, extra) in pictures.items():
        photo, depth, glb = (folder / f"{name}.{ending}" for ending in ("jpg", "npy", "glb"))
        image.save(photo, **{"quality": 92, **extra})
        if name == "private":  # as phones do: a second picture behind the first
            photo.write_bytes(photo.read_bytes() + photo.read_bytes() + PRIVATE.encode())
        height, width = read_photo(photo).shape[:2]
        ramp_depth(width, height, depth)
        run([relief, "mesh", photo, "-o", glb, "--depth", depth, "--depth-is", "disparity"])
        yield name, photo, glb


def real_photos(relief, folder):
    """Photos of several sets with a teacher's depth."""
    model = SHARED / "teachers/tiefenrausch.onnx"
    photos = SHARED / "data/photos"
    if not model.exists() or not photos.exists():
        skip("../shared is not here: no photos and no teacher network")
    names = sorted(path.name for path in photos.glob("*.jpg"))
    for name in names[:: len(names) // 24]:
        glb = folder / f"real_{name}.glb"
        run([relief, photos / name, "-o", glb, "--model", model, "--quiet"])
        yield name, photos / name, glb


def wanted_picture(photo, glb):
    """What Blender must show: the photo as Pillow sees it. Of CMYK Pillow knows no colours, only rough ones; there it is the
    texture in the file, which must follow the rough ones."""
    rough = read_photo(photo)
    if Image.open(photo).mode != "CMYK":
        return rough
    texture = read_texture(glb)
    likeness = numpy.corrcoef(rough.ravel(), texture.ravel())[0, 1]
    assert likeness > 0.9, f"{photo.name}: CMYK colours are wrong ({likeness:.3f})"
    return texture


def check(name, photo, job):
    """One row; returns whether the picture is right."""
    seen = numpy.asarray(Image.open(job["picture"]))
    wanted = wanted_picture(photo, job["glb"])
    covered = float((seen[..., 3] == 255).mean())
    quality = psnr(seen[..., :3], wanted) if seen.shape[:2] == wanted.shape[:2] else 0.0
    data = pathlib.Path(job["glb"]).read_bytes()
    private = [
        word for word in (PRIVATE.encode(), b"Exif", b"MPF", b"http://ns.adobe") if word in data
    ]
    good = quality >= MIN_PSNR and covered == 1.0 and not private
    print(f"{name:28} {wanted.shape[1]:5}x{wanted.shape[0]:<5} {quality:6.2f} dB  covered {covered:9.4%}"
          f"{'' if good else '  FAILED'}{private or ''}")  # fmt: skip
    return good


def main():
    relief, real = pathlib.Path(sys.argv[1]).resolve(), "--real" in sys.argv
    need_blender()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if real:
            made = list(real_photos(relief, folder))
        else:
            made = [*rendered_scenes(relief, folder), *made_up_pictures(relief, folder)]
        others = [] if real else list(other_formats(relief, folder))
        made = [(*entry, None) for entry in made] + others
        jobs = []
        for _, photo, glb, fov in made:
            height, width = read_photo(photo).shape[:2]
            jobs.append({"glb": str(glb), "picture": str(glb) + ".png", "depth": None,
                         "width": width, "height": height, "fov": fov})  # fmt: skip
        render(jobs, folder)
        good = [check(label, photo, job) for (label, photo, *_), job in zip(made, jobs)]
        if (ROOT / "tests/node/node_modules").exists():
            glbs = [glb for _, _, glb, _ in made if glb.suffix == ".glb"]
            print(run(["node", ROOT / "tests/validate_glb.mjs", *glbs]).strip())
    print(
        f"source view: {sum(good)} of {len(good)} pictures at {MIN_PSNR:.0f} dB or more, fully covered"
    )
    sys.exit(0 if all(good) and good else 1)


if __name__ == "__main__":
    main()
