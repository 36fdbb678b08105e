# SPDX-License-Identifier: Apache-2.0
# Depth maps in three formats, which hold the same map.
. "$SOURCE/tests/cli/expect.inc"
for ending in png pfm npy; do
    "$RELIEF" depth "$DATA/photo.png" -o a.$ending --model "$DATA/described.onnx" --json >$ending.json
    holds $ending.json '(it["width"], it["height"]) == (160, 120)' 'it["kind"] == "disparity"' \
        'it["min"] < it["max"]' '(it["network_width"], it["network_height"]) == (64, 48)'
done
python3 - <<'END'
import json, struct, zlib
facts = json.load(open("npy.json"))
npy = open("a.npy", "rb").read()
values = struct.unpack(f"<{160 * 120}f", npy[-160 * 120 * 4 :])
assert b"(120, 160)" in npy[:256], npy[:128]
assert abs(min(values) - facts["min"]) < 1e-5 and abs(max(values) - facts["max"]) < 1e-5
pfm = open("a.pfm", "rb").read()
lines = pfm.split(b"\n", 3)
assert lines[0] == b"Pf" and lines[1] == b"160 120" and float(lines[2]) < 0
rows = struct.unpack(f"<{160 * 120}f", pfm[-160 * 120 * 4 :])
flipped = [v for y in range(119, -1, -1) for v in rows[y * 160 : y * 160 + 160]]
assert flipped == list(values)
png = open("a.png", "rb").read()
at, data = 8, b""
while at < len(png):
    size, kind = struct.unpack(">I4s", png[at : at + 8])
    if kind == b"IHDR":
        assert struct.unpack(">IIBB", png[at + 8 : at + 18]) == (160, 120, 16, 0)
    data += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
    at += 12 + size
assert len(zlib.decompress(data)) == 120 * (1 + 320)
END
"$RELIEF" depth "$DATA/photo.png" -o b.npy --size network --model "$DATA/described.onnx" --json >b.json
holds b.json '(it["width"], it["height"]) == (64, 48)'
"$RELIEF" depth "$DATA/photo.png" -o c.npy --size 50x40 --network-size 96x64 --model "$DATA/described.onnx" --json >c.json
holds c.json '(it["width"], it["height"]) == (50, 40)' '(it["network_width"], it["network_height"]) == (96, 64)'
"$RELIEF" depth "$DATA/photo.png" "$DATA/wide.png" -o maps --format pfm --model "$DATA/described.onnx" --quiet
[ -s maps/photo.pfm ]
[ -s maps/wide.pfm ]
"$RELIEF" depth "$DATA/photo.png" -o - --format npy --model "$DATA/described.onnx" | cmp - a.npy
no_leftovers
# Draft leaves edges as smooth as the network draws them; high looks twice.
for quality in draft normal high; do
    "$RELIEF" depth "$DATA/photo.png" -o $quality.npy --quality $quality --model "$DATA/described.onnx" --quiet
done
cmp normal.npy a.npy
if cmp -s normal.npy draft.npy; then say "draft has sharp edges"; fi
if cmp -s normal.npy high.npy; then say "high is no better than normal"; fi
