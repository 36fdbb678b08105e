# SPDX-License-Identifier: Apache-2.0
# Without a word about networks the one inside runs, and it sees: floors of rendered scenes come nearer downwards.
. "$SOURCE/tests/cli/expect.inc"
"$RELIEF" "$DATA/photo.png" -o a.glb --json >a.json
[ -s a.glb ]
"$RELIEF" model list --json >list.json
holds list.json 'it[0]["name"] == "relief-small" and it[0]["path"] == "builtin:"' 'it[0]["bytes"] <= 10e6'
"$RELIEF" model info --json >info.json
holds info.json 'it["name"] == "relief-small" and it["source"] == "metadata"' 'it["resize"] == "area"' \
    '"NYU" in it["licence_text"]' 'it["kind"] == "disparity"'
"$RELIEF" model info | grep -q "NYU Depth" || say "no licence"
# Names what runs; options and variables win.
"$RELIEF" depth "$DATA/photo.png" -o a.npy --json >depth.json
holds depth.json 'it["model"] == "relief-small"' '(it["network_width"], it["network_height"]) == (384, 288)'
"$RELIEF" depth "$DATA/photo.png" -o b.npy --json --model relief-small >named.json
cmp a.npy b.npy
RELIEF_MODEL="$DATA/described.onnx" "$RELIEF" depth "$DATA/photo.png" -o c.npy --json >variable.json
holds variable.json 'it["model"] != "relief-small"'
# Same bits, whatever the number of threads.
"$RELIEF" depth "$DATA/photo.png" -o d.npy --threads 1 --quiet
cmp a.npy d.npy
# In each scene the ground at the lower border is the nearest there is, and what stands at the upper one is far.
for scene in room street tabletop figure; do
    "$RELIEF" depth "$SOURCE/tests/data/scenes/$scene/photo.jpg" -o $scene.npy --size 64x48 --quiet
    python3 - $scene.npy <<'END' || say "$scene: the ground is not nearer than what is above"
import array, sys
data = open(sys.argv[1], "rb").read()
values = array.array("f", data[-64 * 48 * 4 :])
rows = [sum(values[y * 64 : y * 64 + 64]) / 64 for y in range(48)]
spread = max(values) - min(values)
sys.exit(not sum(rows[42:]) / 6 > sum(rows[:6]) / 6 + 0.3 * spread)
END
done
