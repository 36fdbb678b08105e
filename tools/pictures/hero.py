# SPDX-License-Identifier: Apache-2.0
"""Put a photo, its depth and a view of its scene side by side: hero.py PHOTO DEPTH.exr VIEW OUT.jpg

Near is light: the picture shows disparity, 1 / depth, over its 1st to 99th percentile. Needs Pillow, NumPy and oiiotool.
"""
import subprocess
import sys
import tempfile

import numpy
from PIL import Image

HEIGHT, GAP = 400, 8


def disparity_picture(path):
    with tempfile.NamedTemporaryFile(suffix=".tif") as flat:
        command = ["oiiotool", path, "--ch", "0", "-d", "float", "--compression", "none"]
        subprocess.run([*command, "-o", flat.name], check=True)
        disparity = 1 / numpy.asarray(Image.open(flat.name), dtype=numpy.float64)
    low, high = numpy.percentile(disparity, (1, 99))
    grey = numpy.clip((disparity - low) / (high - low), 0, 1)
    return Image.fromarray((255 * grey).astype(numpy.uint8))


def main():
    photo, depth, view, out = sys.argv[1:]
    pictures = [Image.open(photo), disparity_picture(depth), Image.open(view)]
    pictures = [
        item.convert("RGB").resize(
            (round(item.width * HEIGHT / item.height), HEIGHT), Image.LANCZOS
        )
        for item in pictures
    ]
    width = sum(item.width for item in pictures) + GAP * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, HEIGHT), "white")
    left = 0
    for item in pictures:
        sheet.paste(item, (left, 0))
        left += item.width + GAP
    sheet.save(out, quality=88)


main()
