# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/cli/expect.inc"
"$RELIEF" info "$DATA/photo.png" --json >photo.json
holds photo.json 'it["type"] == "photo"' 'it["format"] == "png"' '(it["width"], it["height"]) == (160, 120)' \
    'it["orientation"] == 1' 'it["alpha"] is False' 'it["focal_35mm"] is None'
"$RELIEF" info "$DATA/photo.jpg" --json >jpeg.json
holds jpeg.json 'it["format"] == "jpeg"' 'it["channels"] == 1' '(it["width"], it["height"]) == (8, 8)'
fails 3 "$RELIEF" info "$DATA/text.jpg"
fails 3 "$RELIEF" info nowhere.jpg
fails 2 "$RELIEF" info
# Scenes: only relief's own, and whole ones.
"$RELIEF" "$DATA/photo.png" -o a.glb --depth "$DATA/map.pfm" --depth-is metres --quiet
head -c 5000 a.glb >cut.glb
fails 3 "$RELIEF" info cut.glb
head -c 15 a.glb >cut.glb
fails 3 "$RELIEF" info cut.glb
python3 - <<'END'
import json, struct
text = json.dumps({"asset": {"version": "2.0", "generator": "someone else"}}).encode()
text += b" " * (-len(text) % 4)
open("other.glb", "wb").write(struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text)
END
fails 3 "$RELIEF" info other.glb
says "*did not make*"
"$RELIEF" info "$DATA/photo.png"
