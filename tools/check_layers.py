#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check who includes whom: rooms only reach downwards, and each library has one room."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# room: rooms that it may include, besides itself and the public headers
ROOMS = {
    "base": set(),
    "image": {"base"},
    "nn": {"base"},
    "store": {"base"},
    "depth": {"base", "image", "nn", "store"},
    "scene": {"base", "image", "depth"},
    "mesh": {"base", "image", "scene"},
    "render": {"base", "image", "scene", "mesh"},
    "video": {"base", "image", "scene", "mesh", "render"},
    "view": {"base", "image", "mesh", "render"},
    "batch": {"base"},
    "cli": set(),
}
# a pattern of system headers: where it may stand
LIBRARIES = {
    r"vips/": ["src/image/vips_library.h"],
    r"jpeglib\.h": ["src/image/jpeg_decode.c"],
    r"turbojpeg\.h": ["src/image/"],
    r"libdeflate\.h": ["src/image/"],
    r"(oneapi/)?dnnl": ["src/nn/onednn/"],
    r"openexr": ["src/depth/", "src/image/"],
    r"epoxy/egl": ["src/render/context_egl.c"],
    r"epoxy/gl": ["src/render/"],
    r"libav(codec|format|util)/": ["src/video/av_library.h"],
    r"GLFW/": ["src/view/glfw_window.c"],
    r"curl/": ["src/store/curl_library.h"],
    r"libheif/": ["src/image/heif_library.h"],
    r"meshoptimizer": ["src/mesh/"],
    r"jansson\.h": ["src/store/", "src/depth/", "src/scene/", "src/mesh/", "src/view/", "src/cli/"],
    r"glib": ["src/base/guard.c", "src/store/", "src/image/"],
    r"(sys/mman|pthread|signal)\.h": ["src/base/", "src/cli/"],
}


def problems(path):
    room = path.split("/")[1]
    for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
        own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        system = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        if own:
            target = own.group(1).split("/")[0]
            if target in ROOMS and target != room and target not in ROOMS[room]:
                yield f"{path}:{number}: {room} must not include {own.group(1)}"
        if system:
            for pattern, places in LIBRARIES.items():
                if re.match(pattern, system.group(1)) and not path.startswith(tuple(places)):
                    yield f"{path}:{number}: <{system.group(1)}> belongs in {', '.join(places)}"


def main():
    command = ["git", "ls-files", "src/*.c", "src/*.h"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = [problem for path in files.split() for problem in problems(path)]
    print("\n".join(found) if found else f"relief layers: {len(files.split())} files, clean")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
