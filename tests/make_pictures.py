# SPDX-License-Identifier: Apache-2.0
"""Write the AVIF and HEIC files in tests/data that test_image.c reads (pip install pillow pillow-heif numpy).

They show the scene of tests/pictures.h. They are files because libaom's encoder in Debian 12 writes behind its
buffers for pictures this small; all other test pictures are made when a test wants them.
"""
import pathlib

import numpy as np
import pillow_heif
from PIL import Image

WIDTH, HEIGHT = 64, 48


def scene(scale, alpha):
    """The scene as an array of (height, width, 3 or 4) with 1.0 as `scale`."""
    u = np.broadcast_to((np.arange(WIDTH) + 0.5) / WIDTH, (HEIGHT, WIDTH))
    v = np.broadcast_to(((np.arange(HEIGHT) + 0.5) / HEIGHT)[:, None], (HEIGHT, WIDTH))
    channels = [0.25 + 0.5 * u, 0.25 + 0.5 * v, 0.7 - 0.4 * u * v] + ([u] if alpha else [])
    return np.floor(np.stack(channels, -1) * scale + 0.5)


def main():
    data = pathlib.Path(__file__).parent / "data"
    data.mkdir(exist_ok=True)
    for name, alpha in (("rgb8.avif", False), ("rgba8.avif", True)):
        picture = Image.fromarray(scene(255, alpha).astype(np.uint8))
        picture.save(data / name, quality=95, subsampling="4:4:4", speed=4)
    picture = Image.fromarray(scene(255, False).astype(np.uint8))
    pillow_heif.from_pillow(picture).save(data / "rgb8.heic", quality=95, chroma=444)
    # EXIF says "turn"; HEIF's own properties, which count, do not
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(
        data / "exif6.avif", quality=95, subsampling="4:4:4", exif=b"Exif\0\0" + exif.tobytes()[6:]
    )
    wide = scene(65535, False).astype(np.uint16)
    pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    heif = pillow_heif.from_bytes("RGB;16", (WIDTH, HEIGHT), wide.tobytes())
    heif.save(data / "rgb10.heic", quality=95, chroma=444)


main()
