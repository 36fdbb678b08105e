# SPDX-License-Identifier: Apache-2.0
# A network that cannot be used: one line, exit 3.
. "$SOURCE/tests/cli/expect.inc"
fails 3 "$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/unknown.onnx"
says "*Frobnicate*"
fails 3 "$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/photo.png"
fails 3 "$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/folder.png"
fails 2 "$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/tiny.onnx" --like nonsense
fails 2 "$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/fixed.onnx" --network-size 32x32
[ ! -e a.glb ]
