# SPDX-License-Identifier: Apache-2.0
# No output ever replaces an input, by whatever name, --force or not.
. "$SOURCE/tests/cli/expect.inc"
cp "$DATA/photo.png" photo.glb
cp "$DATA/map.pfm" map.pfm
ln photo.glb hard.glb
ln -s photo.glb soft.glb
for output in photo.glb ./photo.glb hard.glb soft.glb "$PWD/photo.glb"; do
    fails 2 "$RELIEF" photo.glb -o "$output" --force --model "$DATA/described.onnx"
    says "*would replace an input*"
done
fails 2 "$RELIEF" photo.glb --force --model "$DATA/described.onnx"
fails 2 "$RELIEF" depth map.pfm -o map.pfm --force --model "$DATA/described.onnx"
cmp photo.glb "$DATA/photo.png"
cmp map.pfm "$DATA/map.pfm"
