# SPDX-License-Identifier: Apache-2.0
# The depth map in a phone's photo takes the network's place, and nothing else is asked of a network then.
. "$SOURCE/tests/cli/expect.inc"
exec 2>notes # which network was guessed, and the like
"$RELIEF" info "$DATA/phone.jpg" --json >info.json
holds info.json 'it["embedded_depth"] == {"width": 8, "height": 8, "kind": "disparity"}'
"$RELIEF" info "$DATA/phone.jpg" | grep -q '^depth map:   disparity, 8 x 8$'
"$RELIEF" info "$DATA/photo.jpg" --json >plain.json
holds plain.json 'it["embedded_depth"] is None'
"$RELIEF" "$DATA/phone.jpg" -o a.glb --json --verbose >a.json 2>a.err
holds a.json 'it["depth_from"] == "embedded"' '"model" not in it["ms"]'
grep -q 'phone.jpg: has a depth map in it (GDepth, 8 x 8)' a.err
"$RELIEF" info a.glb --json >scene.json
holds scene.json 'not it["extras"].get("model")'
# No network is looked for, whatever the environment names.
RELIEF_MODEL=nowhere.onnx "$RELIEF" mesh "$DATA/phone.jpg" -o b.glb --json >b.json
holds b.json 'it["depth_from"] == "embedded"'
"$RELIEF" - -o c.glb --model "$DATA/tiny.onnx" --json <"$DATA/phone.jpg" >c.json
holds c.json 'it["depth_from"] == "network"'
RELIEF_MODEL="$DATA/tiny.onnx" "$RELIEF" - -o c.glb --force --json <"$DATA/phone.jpg" >c.json
holds c.json 'it["depth_from"] == "embedded"'
# Asked for another: the network.
"$RELIEF" "$DATA/phone.jpg" -o d.glb --model "$DATA/tiny.onnx" --json >d.json
holds d.json 'it["depth_from"] == "network"'
RELIEF_MODEL="$DATA/tiny.onnx" "$RELIEF" "$DATA/phone.jpg" -o e.glb --ignore-embedded-depth --json >e.json
holds e.json 'it["depth_from"] == "network"' '"model" in it["ms"]'
fails 3 "$RELIEF" "$DATA/phone.jpg" -o f.glb --ignore-embedded-depth --model nowhere.onnx
"$RELIEF" mesh "$DATA/photo.png" -o g.glb --depth "$DATA/map.pfm" --depth-is metres --json >g.json
holds g.json 'it["depth_from"] == "file"'
# The network is opened for those that need it.
mkdir out
RELIEF_MODEL="$DATA/tiny.onnx" "$RELIEF" "$DATA/phone.jpg" "$DATA/photo.png" -o out/ --json >all.json
python3 -c 'import json; print(*[json.loads(line)["depth_from"] for line in open("all.json")])' >all.txt
[ "$(cat all.txt)" = "embedded network" ] || say "$(cat all.txt)"
