# SPDX-License-Identifier: Apache-2.0
# Whatever is wrong with a photo: one line, the documented exit code, no file left.
. "$SOURCE/tests/cli/expect.inc"
for pair in truncated.png:3 truncated.jpg:3 empty.jpg:3 text.jpg:3 zero.png:3 bomb.png:4 folder.png:3 nowhere.jpg:3; do
    fails "${pair#*:}" "$RELIEF" "$DATA/${pair%:*}" -o a.glb --model "$DATA/described.onnx"
    says "*${pair%:*}*"
    fails "${pair#*:}" "$RELIEF" depth "$DATA/${pair%:*}" -o a.png --model "$DATA/described.onnx"
    [ ! -e a.glb ] && [ ! -e a.png ] || say "something was written: $pair"
done
fails 3 "$RELIEF" - -o a.glb --model "$DATA/described.onnx"
head -c 700 "$DATA/photo.png" >short.png
fails 3 sh -c '"$RELIEF" - -o a.glb --model "$DATA/described.onnx" <short.png'
