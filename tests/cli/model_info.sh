# SPDX-License-Identifier: Apache-2.0
# What a network is known to be, and how.
. "$SOURCE/tests/cli/expect.inc"
"$RELIEF" model info "$DATA/tiny.onnx" --json >tiny.json
holds tiny.json 'it["source"] == "rules"' 'it["opset"] == 13' 'it["nodes"] == 4' \
    'it["inputs"] == ["image"] and it["outputs"] == ["disparity"]' 'it["multiple"] == 2' \
    'it["kind"] == "disparity"' 'it["parameters"] == 108 + 4 + 36 + 1 + 4' 'len(it["sha256"]) == 64'
[ "$(sha256sum "$DATA/tiny.onnx" | cut -d' ' -f1)" = "$(python3 -c 'import json; print(json.load(open("tiny.json"))["sha256"])')" ]
"$RELIEF" info "$DATA/described.onnx" --json >described.json
holds described.json 'it["source"] == "metadata"' 'it["resize"] == "upper_bound"' 'it["network_width"] == 64'
"$RELIEF" model info "$DATA/tiny.onnx" --like midas-small --json >like.json
holds like.json 'it["source"] == "like"' 'it["network_width"] == 256'
cp "$DATA/tiny.onnx" own.onnx
echo '{"kind": "metres", "metres_per_unit": 2}' >own.json
"$RELIEF" model info own.onnx --json >info.json
holds info.json 'it["source"] == "json"' 'it["kind"] == "metres"' 'it["metres_per_unit"] == 2'
echo '{"knid": "metres"}' >own.json
fails 3 "$RELIEF" model info own.onnx
says "*knid*"
"$RELIEF" model info midas-small --json >absent.json
holds absent.json 'it["path"] is None' 'it["licence"] == "MIT"'
"$RELIEF" model info midas-small | grep -q "not here"
"$RELIEF" model list --json >list.json
holds list.json 'any(m["name"] == "midas-small" for m in it)' 'all(m["url"].startswith("https://") for m in it if m["path"] != "builtin:")'
"$RELIEF" model list | grep -q '^midas-small'
"$RELIEF" model info "$DATA/described.onnx"
