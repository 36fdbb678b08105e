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
# Nor the network that is in use, however it was named.
mkdir models
cp "$DATA/described.onnx" models/midas-large.onnx
cp "$DATA/described.onnx" own.glb
export RELIEF_MODELS="$PWD/models"
fails 2 "$RELIEF" depth "$DATA/photo.png" -o models/midas-large.onnx --format npy --force --model midas-large
says "*would replace an input*"
RELIEF_MODEL=midas-large \
    fails 2 "$RELIEF" depth "$DATA/photo.png" -o ./models/midas-large.onnx --format pfm --force
RELIEF_MODEL=own.glb fails 2 "$RELIEF" "$DATA/photo.png" -o ./own.glb --force
fails 2 "$RELIEF" model run midas-large --input "$DATA/in.npy" -o models/midas-large.onnx --force
cmp models/midas-large.onnx "$DATA/described.onnx"
cmp own.glb "$DATA/described.onnx"
