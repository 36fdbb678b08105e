# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/cli/expect.inc"
"$RELIEF" bench --model "$DATA/tiny.onnx" --network-size 64x32 --runs 3 --threads 2 --precision f32 --json >network.json
holds network.json 'it["runs"] == 3 and it["threads"] == 2' 'it["precision"] == "f32"' \
    '(it["network_width"], it["network_height"]) == (64, 32)' '0 < it["min_ms"] <= it["median_ms"]' \
    'it["first_ms"] > 0 and it["load_ms"] > 0' 'it["peak_rss_mb"] > 1' 'it["conversions"] >= 0' \
    'it["on_host"] >= 0' 'abs(sum(op["share"] for op in it["ops"]) - 1) < 0.01' \
    'sum(op["count"] for op in it["ops"]) > 4 and "nodes" not in it' \
    '{"Conv", "upload", "download"} <= {op["type"] for op in it["ops"]}' \
    'sorted(it["ops"], key=lambda op: -op["ms"]) == it["ops"]' \
    'abs(sum(op["gflop"] for op in it["ops"]) - it["gflop"]) < 1e-3' \
    'it["gflop"] > 0'
"$RELIEF" bench --model "$DATA/tiny.onnx" --size 64x32 --runs 1 --verbose --json >nodes.json 2>/dev/null
holds nodes.json 'len(it["nodes"]) == sum(op["count"] for op in it["ops"])' \
    'all(type(node["on_host"]) is bool for node in it["nodes"])'
"$RELIEF" bench --model "$DATA/tiny.onnx" --size 64x32 --runs 1 >network.txt
grep -q '^operator .* share .* Gflop/s$' network.txt
grep -q '^Conv .* %' network.txt
"$RELIEF" bench --model "$DATA/tiny.onnx" --size 64x32 --runs 1 --json >size.json
holds size.json 'it["network_width"] == 64'
"$RELIEF" bench "$DATA/photo.png" --model "$DATA/described.onnx" --runs 2 --json >path.json
holds path.json \
    '[s["stage"] for s in it["stages"]] == ["model", "decode", "network", "depth", "scene", "mesh", "write", "total"]' \
    'all(0 < s["min_ms"] <= s["median_ms"] for s in it["stages"])' \
    'all(s["peak_rss_mb"] > 1 for s in it["stages"])' '(it["width"], it["height"]) == (160, 120)' \
    'it["triangles"] > 1000 and it["bytes"] > 10000' '(it["network_width"], it["network_height"]) == (64, 48)'
"$RELIEF" bench --network-size 64x64 --runs 1 --json >inner.json
holds inner.json 'it["model"] == "relief-small"'
fails 3 "$RELIEF" bench "$DATA/text.jpg" --model "$DATA/described.onnx"
"$RELIEF" bench "$DATA/photo.png" --model "$DATA/described.onnx" --runs 1
