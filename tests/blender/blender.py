# SPDX-License-Identifier: Apache-2.0
"""What the tests with Blender share: running programs, comparing pictures, skipping with a reason."""
import io
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

import numpy
from PIL import Image, ImageCms, ImageOps

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = pathlib.Path(os.environ.get("RELIEF_SHARED", ROOT.parent / "shared"))
SKIPPED = 77


def skip(reason):
    print(f"skip: {reason}")
    sys.exit(SKIPPED)


def need_blender():
    """The path of Blender; without it the test skips."""
    return shutil.which("blender") or skip("Blender is not installed")


def run(command):
    """Run a command that must work; its last lines are shown when it does not."""
    # Debian's Blender takes its Python's modules from beside the first python3 on the PATH.
    env = {**os.environ, "PATH": "/usr/bin:/bin:" + os.environ.get("PATH", "")}
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=env)
    if done.returncode != 0:
        print("\n".join((done.stdout + done.stderr).splitlines()[-30:]))
        sys.exit(f"failed with {done.returncode}: {' '.join(map(str, command))}")
    return done.stdout


def render(jobs, folder):
    """Render jobs (see render_glb.py) in one Blender process."""
    path = pathlib.Path(folder) / "jobs.json"
    path.write_text(json.dumps(jobs))
    script = HERE / "render_glb.py"
    run(
        [
            need_blender(),
            "-b",
            "--factory-startup",
            "--python-exit-code",
            "1",
            "--python",
            script,
            "--",
            path,
        ]
    )


def read_photo(path):
    """A photo as (height, width, 3) sRGB bytes, upright, as Pillow sees it."""
    image = ImageOps.exif_transpose(Image.open(path))
    profile = image.info.get("icc_profile")
    if profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        image = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    return numpy.asarray(image.convert("RGB"))


def read_texture(glb):
    """The picture of the photo, the last one inside a .glb, as (height, width, 3) bytes."""
    data = pathlib.Path(glb).read_bytes()
    json_bytes = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + json_bytes])
    view = document["bufferViews"][document["images"][-1]["bufferView"]]
    start = 28 + json_bytes + view.get("byteOffset", 0)
    picture = Image.open(io.BytesIO(data[start : start + view["byteLength"]]))
    return numpy.asarray(picture.convert("RGB"))


def psnr(a, b):
    """Peak signal-to-noise ratio of two 8-bit pictures, in dB."""
    error = numpy.mean((a.astype(numpy.float64) - b.astype(numpy.float64)) ** 2)
    return 99.0 if error == 0 else 10 * numpy.log10(255.0**2 / error)
