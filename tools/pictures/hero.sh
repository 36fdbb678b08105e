#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The picture of the README: our sample photo, its depth, and its scene from the side: hero.sh RELIEF
set -eu

here=$(dirname "$0")
scene=tests/data/scenes/figure
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fov=$(sed -n 's/.*"fov_long_deg": \([0-9.]*\).*/\1/p' "$scene/camera.json")
"$1" mesh "$scene/photo.jpg" -o "$folder/scene.glb" --fov "$fov" \
    --depth "$scene/depth.exr" --depth-is metres --quiet
blender -b --factory-startup --python-exit-code 1 --python "$here/side_view.py" -- \
    "$folder/scene.glb" "$folder/side.png" -0.22 0.12 0.05 >/dev/null
/usr/bin/python3 "$here/hero.py" "$scene/photo.jpg" "$scene/depth.exr" "$folder/side.png" docs/images/hero.jpg
