# SPDX-License-Identifier: Apache-2.0
# A depth map in the network's place.
. "$SOURCE/tests/cli/expect.inc"
"$RELIEF" mesh "$DATA/photo.png" -o a.glb --depth "$DATA/map.pfm" --depth-is metres --fov 60 --json >a.json
holds a.json 'it["triangles"] > 100'
"$RELIEF" info a.glb --json >info.json
holds info.json 'it["extras"]'
fails 2 "$RELIEF" mesh "$DATA/photo.png" -o b.glb --depth "$DATA/map.pfm" --depth-is metres --model x
fails 2 "$RELIEF" mesh "$DATA/photo.png" -o b.glb --depth "$DATA/long.pfm" --depth-is metres
fails 3 "$RELIEF" mesh "$DATA/photo.png" -o b.glb --depth "$DATA/wide.png" --depth-is disparity
says "relief: *wide.png: *grey*"
fails 3 "$RELIEF" mesh "$DATA/photo.png" -o b.glb --depth nowhere.pfm --depth-is metres
fails 3 "$RELIEF" mesh "$DATA/photo.png" -o b.glb --depth "$DATA/text.jpg" --depth-is metres
# More cells, more triangles.
for cells in 20 40; do
    "$RELIEF" mesh "$DATA/photo.png" -o c.glb --depth "$DATA/map.pfm" --depth-is metres --grid $cells --json >$cells.json
done
[ "$(python3 -c 'import json; print(json.load(open("20.json"))["triangles"] < json.load(open("40.json"))["triangles"])')" = True ]
