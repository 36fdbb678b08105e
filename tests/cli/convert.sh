# SPDX-License-Identifier: Apache-2.0
# The one-click path: PHOTO.glb beside the photo.
. "$SOURCE/tests/cli/expect.inc"
cp "$DATA/photo.png" "a photo.png"
"$RELIEF" "a photo.png" --model "$DATA/described.onnx" --json >result.json
holds result.json 'it["input"] == "a photo.png"' 'it["output"] == "a photo.glb"' \
    '(it["width"], it["height"]) == (160, 120)' '1000 < it["triangles"] < 1000000' \
    'it["vertices"] > 500' 'it["bytes"] == __import__("os").path.getsize("a photo.glb")' \
    'set(it["ms"]) == {"decode", "model", "depth", "scene", "mesh", "write"}'
"$RELIEF" info "a photo.glb" --json >info.json
holds info.json 'it["type"] == "scene"' \
    "it['triangles'] == $(python3 -c 'import json; print(json.load(open("result.json"))["triangles"])')" \
    'it["extras"]'
# What relief made is replaced without being asked, another's file is not.
"$RELIEF" "a photo.png" --model "$DATA/described.onnx"
echo "someone's" >other.glb
fails 2 "$RELIEF" "a photo.png" --model "$DATA/described.onnx" -o other.glb
says "*other.glb*--force*"
[ "$(cat other.glb)" = "someone's" ]
"$RELIEF" "a photo.png" --model "$DATA/described.onnx" -o other.glb --force --quiet
[ "$(wc -c <other.glb)" -gt 10000 ]
# The same photo under the same name gives the same bytes.
"$RELIEF" "a photo.png" --model "$DATA/described.onnx" -o out/ --threads 1 --quiet
cmp "out/a photo.glb" "a photo.glb"
no_leftovers
