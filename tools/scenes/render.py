# SPDX-License-Identifier: Apache-2.0
"""Build and render one scene: photo, exact depth, second views, camera.json.

blender -b --python-exit-code 1 --python tools/scenes/render.py -- --scene tabletop --out DIR
"""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bpy
import camera as cameras
import develop
import exr
import newly_seen
import passes
import png
from mathutils import Matrix

SCENES = ("tabletop", "room", "street", "figure")


def arguments():
    """Command line after Blender's own `--`."""
    argv = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    parser = argparse.ArgumentParser(prog="render.py", description=__doc__.splitlines()[0])
    parser.add_argument("--scene", choices=SCENES, required=True)
    parser.add_argument("--size", default="640x480", help="WIDTHxHEIGHT, default 640x480")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=40, help="light paths a pixel")
    parser.add_argument("--view-samples", type=int, default=16, help="the same for second views")
    parser.add_argument("--views", default="all", help="all, none, or names such as side10,up10")
    parser.add_argument("--quality", type=int, default=92, help="JPEG quality")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-photo", action="store_true", help="depth and masks only")
    parser.add_argument("--reuse", action="store_true", help="keep pictures that are there")
    parser.add_argument(
        "--film", action="store_true", help="frame-NN.jpg of a film, and nothing else"
    )
    parser.add_argument("--view-depth", action="store_true", help="keep VIEW_depth.exr as well")
    args = parser.parse_args(argv)
    args.size = tuple(int(side) for side in args.size.split("x"))
    names = {"all": ",".join(cameras.VIEWS), "none": ""}.get(args.views, args.views)
    args.views = [name for name in names.split(",") if name]
    return args


def build(name):
    """Build the scene into an empty file; returns (camera, look)."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.view_layer.name = passes.LAYER
    return importlib.import_module(name).build()


def take_photo(path, args, look, samples):
    """Render the active camera's view, develop it and save it."""
    if args.no_photo or (args.reuse and path.exists()):
        return
    light = passes.photo(path.with_suffix(".light.exr"), samples)
    passes.save_jpeg(path, develop.develop(light, look, args.seed, samples), args.quality)


def take_view(name, args, look, source_depth, record):
    """One second camera: its picture, its mask of newly seen pixels and its line of camera.json."""
    camera = bpy.context.scene.camera
    home = camera.matrix_world.copy()
    offset = cameras.offsets(record["nearest_depth_m"])[name]
    camera.matrix_world = home @ Matrix.Translation(offset)
    depth = passes.depth(args.out / f"{name}.pass.exr")
    hidden, outside = newly_seen.newly_seen(source_depth, depth, record["focal_px"], offset)
    print(newly_seen.report(f"{args.scene} {name}", hidden, outside), flush=True)
    png.write_mask(args.out / f"{name}_newly_seen.png", hidden | outside)
    if args.view_depth:
        exr.write(args.out / f"{name}_depth.exr", depth)
    take_photo(args.out / f"{name}.jpg", args, look, args.view_samples)
    record["views"][name] = {
        "offset_m": offset,
        "camera_to_source": cameras.rows(Matrix.Translation(offset)),
        "camera_to_world": cameras.rows(camera.matrix_world),
        "hidden_share": float(hidden.mean()),
        "outside_share": float(outside.mean()),
    }
    camera.matrix_world = home


def take_film(args, look, nearest):
    """The frames but the first, which is the photo, and film.json."""
    camera = bpy.context.scene.camera
    home = camera.matrix_world.copy()
    offsets = cameras.film_offsets(nearest)
    for number, offset in enumerate(offsets):
        if number:
            camera.matrix_world = home @ Matrix.Translation(offset)
            take_photo(args.out / f"frame-{number:02}.jpg", args, look, args.view_samples)
    camera.matrix_world = home
    record = {"width": args.size[0], "height": args.size[1], "offsets_m": offsets}
    (args.out / "film.json").write_text(json.dumps(record, indent=1) + "\n")


def main():
    args = arguments()
    start = time.time()
    args.out.mkdir(parents=True, exist_ok=True)
    camera, look = build(args.scene)
    passes.setup(args.size, args.seed)
    depth = passes.depth(args.out / "depth.pass.exr")
    if args.film:
        take_film(args, look, cameras.nearest_depth(depth))
        return
    exr.write(args.out / "depth.exr", depth)
    record = {"scene": args.scene, **cameras.describe(camera, args.size, depth), "views": {}}
    print(
        f"{args.scene}: nearest {record['nearest_depth_m']:.3f} m, farthest "
        f"{record['farthest_depth_m']:.1f} m, far:near {record['far_to_near']:.1f}, "
        f"{len(bpy.data.objects)} objects",
        flush=True,
    )
    take_photo(args.out / "photo.jpg", args, look, args.samples)
    for name in args.views:
        take_view(name, args, look, depth, record)
    (args.out / "camera.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"{args.scene}: {time.time() - start:.0f} s", flush=True)


main()
