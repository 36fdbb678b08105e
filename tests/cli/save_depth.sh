# SPDX-License-Identifier: Apache-2.0
# The map that a scene was made from, kept; the JSON tells where the scene's camera stands.
. "$SOURCE/tests/cli/expect.inc"
photo="$SOURCE/tests/data/scenes/room/photo.jpg"
"$RELIEF" mesh "$photo" -o a.glb --save-depth a.npy --json >a.json
mkdir alone
"$RELIEF" mesh "$photo" -o alone/a.glb --quiet
cmp a.glb alone/a.glb || say "keeping the map changes the scene"
holds a.json 'it["scene"]["focal_from"] == "default"' 'abs(it["scene"]["median"] - 2) < 1e-6' \
    '0 < it["scene"]["near"] < 2 < it["scene"]["far"]' 'it["scene"]["metric"] is False' \
    'abs(it["scene"]["focal_px"] - 614.714) < 0.01'
"$RELIEF" mesh "$photo" -o b.glb --depth a.npy --depth-is disparity --save-depth b.npy --json >b.json
cmp a.npy b.npy
"$RELIEF" mesh "$photo" -o one.glb --layers 1 --save-depth one.npy --quiet
"$RELIEF" depth "$photo" -o c.npy --quality draft --quiet
cmp one.npy c.npy # two layers have the network's closer look besides
! cmp -s a.npy c.npy
"$RELIEF" mesh "$photo" -o c.glb --depth a.npy --depth-is disparity --save-depth c.pfm
head -c 2 c.pfm | grep -q Pf
"$RELIEF" info c.glb --json >c.json
holds c.json 'abs(it["extras"]["relief"]["median"] - 2) < 1e-6'
fails 2 "$RELIEF" mesh "$photo" -o d.glb --save-depth d.jpg
says "relief: d.jpg: no depth format ends so *"
fails 2 "$RELIEF" "$photo" "$DATA/photo.png" -o out --save-depth d.npy
says "*one file for 2 photos*"
fails 2 "$RELIEF" mesh "$photo" -o d.glb --depth a.npy --depth-is disparity --save-depth a.npy
says "*would replace an input*"
fails 5 "$RELIEF" mesh "$photo" -o d.glb --save-depth nowhere/d.npy
[ ! -e d.glb ]
