# SPDX-License-Identifier: Apache-2.0
# Names with spaces, newlines, escapes and bytes that are no UTF-8.
. "$SOURCE/tests/cli/expect.inc"
odd=$(printf 'a\nb\033[31m \377.png')
cp "$DATA/photo.png" "$odd"
"$RELIEF" "$odd" -o a.glb --model "$DATA/described.onnx" --json >a.json
holds a.json '"\n" in it["input"] and "\ufffd" in it["input"]'
cp "$DATA/text.jpg" "$odd"
fails 3 "$RELIEF" "$odd" -o b.glb --model "$DATA/described.onnx"
cp "$DATA/photo.png" -- -o.png
"$RELIEF" --model "$DATA/described.onnx" --quiet -- -o.png
[ -s ./-o.glb ]
fails 3 "$RELIEF" "$(printf '%04000d' 0).png" -o b.glb --model "$DATA/described.onnx"
