#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scene seen through its own camera is the photo: PSNR >= 40 dB and every pixel covered.

  source_view.py RELIEF [--real]

Our four rendered scenes with their exact depth, and made-up odd-sized, rotated, grey and wide-gamut pictures; with --real at least 20 photos
of ../shared/data with a teacher's depth. Prints a row for each picture; also checks every .glb with the Khronos validator.
"""
import json
import pathlib
import sys
import tempfile

import numpy
from blender import ROOT, SHARED, need_blender, psnr, read_photo, render, run, skip
from display_p3 import profile as display_p3
from PIL import Image

MIN_PSNR = 40.0
SCENES = ROOT / "tests/data/scenes"


def rendered_scenes(relief, folder):
    """(name, photo, glb) of the four scenes, with their exact depth."""
    for scene in sorted(path for path in SCENES.iterdir() if path.is_dir()):
        camera = json.loads((scene / "camera.json").read_text())
        glb = folder / f"{scene.name}.glb"
        run([relief, "mesh", scene / "photo.jpg", "-o", glb, "--depth", scene / "depth.exr",
             "--depth-is", "metres", "--fov", camera["fov_long_deg"]])  # fmt: skip
        yield scene.name, scene / "photo.jpg", glb


def ramp_depth(width, height, path):
    """A floor with a post on it: disparity rises downwards, a block stands nearer."""
    disparity = numpy.tile(
        numpy.linspace(0.1, 1.0, height, dtype=numpy.float32)[:, None], (1, width)
    )
    disparity[height // 4 : height // 2, width // 3 : width // 2] = 1.2
    numpy.save(path, disparity)


def made_up_pictures(relief, folder):
    """Odd-sized, EXIF-rotated, grey and Display P3 versions of one of our renders."""
    base = Image.open(
        SCENES / sorted(p.name for p in SCENES.iterdir() if p.is_dir())[0] / "photo.jpg"
    )
    exif = Image.Exif()
    wide = {"icc_profile": display_p3(), "subsampling": 0, "quality": 98}
    pictures = {"odd": (base.crop((0, 0, 333, 251)), {}), "grey": (base.convert("L"), {}),
                "display_p3": (base.crop((0, 0, 320, 240)), wide)}  # fmt: skip
    for orientation in range(2, 9):
        exif[0x0112] = orientation
        turned = base.crop((0, 0, 320, 240)), {"exif": exif.tobytes()}
        pictures[f"orientation{orientation}"] = turned
    odd_exif = Image.Exif()
    odd_exif[0x0112] = 6
    pictures["odd_rotated"] = base.crop((0, 0, 333, 251)), {"exif": odd_exif.tobytes()}
    for name, (image, extra) in pictures.items():
        photo = folder / f"{name}.jpg"
        image.save(photo, **{"quality": 92, **extra})
        height, width = read_photo(photo).shape[:2]
        ramp_depth(width, height, folder / f"{name}.npy")
        glb = folder / f"{name}.glb"
        run(
            [
                relief,
                "mesh",
                photo,
                "-o",
                glb,
                "--depth",
                folder / f"{name}.npy",
                "--depth-is",
                "disparity",
            ]
        )
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


def check(name, photo, job):
    """One row; returns whether the picture is right."""
    seen = numpy.asarray(Image.open(job["picture"]))
    wanted = read_photo(photo)
    covered = float((seen[..., 3] == 255).mean())
    quality = psnr(seen[..., :3], wanted) if seen.shape[:2] == wanted.shape[:2] else 0.0
    good = quality >= MIN_PSNR and covered == 1.0
    print(f"{name:28} {wanted.shape[1]:5}x{wanted.shape[0]:<5} {quality:6.2f} dB  covered {covered:9.4%}"
          f"{'' if good else '  FAILED'}")  # fmt: skip
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
        jobs = []
        for _, photo, glb in made:
            height, width = read_photo(photo).shape[:2]
            jobs.append({"glb": str(glb), "picture": str(glb) + ".png", "depth": None,
                         "width": width, "height": height})  # fmt: skip
        render(jobs, folder)
        good = [check(label, photo, job) for (label, photo, _), job in zip(made, jobs)]
        if (ROOT / "tests/node/node_modules").exists():
            print(
                run(["node", ROOT / "tests/validate_glb.mjs", *[glb for _, _, glb in made]]).strip()
            )
    print(
        f"source view: {sum(good)} of {len(good)} pictures at {MIN_PSNR:.0f} dB or more, fully covered"
    )
    sys.exit(0 if all(good) and good else 1)


if __name__ == "__main__":
    main()
