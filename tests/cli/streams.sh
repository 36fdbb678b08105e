# SPDX-License-Identifier: Apache-2.0
# `-` is standard input and standard output.
. "$SOURCE/tests/cli/expect.inc"
"$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/described.onnx" --quiet
"$RELIEF" - -o b.glb --model "$DATA/described.onnx" --quiet <"$DATA/photo.png"
"$RELIEF" - -o - --model "$DATA/described.onnx" <"$DATA/photo.png" >c.glb
for file in a b c; do
    "$RELIEF" info $file.glb --json >$file.json
done
python3 -c '
import json
a, b, c = (json.load(open(f"{f}.json")) for f in "abc")
assert a["triangles"] == b["triangles"] == c["triangles"] > 1000
assert a["extras"] == b["extras"] == c["extras"]
'
fails 2 "$RELIEF" - -o - --json --model "$DATA/described.onnx"
# A full or closed output is a device failure.
fails 5 sh -c '"$RELIEF" "$DATA/photo.png" -o - --model "$DATA/described.onnx" >/dev/full'
fails 5 sh -c '"$RELIEF" model list >/dev/full'
