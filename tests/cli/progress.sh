# SPDX-License-Identifier: Apache-2.0
# JSON lines on stderr, the last of which says how it ended.
. "$SOURCE/tests/cli/expect.inc"
"$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/tiny.onnx" --progress json --quiet 2>good
code=0
"$RELIEF" "$DATA/photo.png" "$DATA/text.jpg" -o out --model "$DATA/tiny.onnx" --progress json --quiet 2>some || code=$?
[ "$code" = 1 ]
"$RELIEF" "$DATA/text.jpg" -o b.glb --model "$DATA/tiny.onnx" --progress json 2>bad || code=$?
[ "$code" = 3 ]
"$RELIEF" "$DATA/photo.png" --grdi 3 --progress json 2>usage || code=$?
[ "$code" = 2 ]
python3 - <<'END'
import json
good, some, bad, usage = ([json.loads(l) for l in open(f)] for f in ("good", "some", "bad", "usage"))
assert good[-1] == {"stage": "done", "files": 1, "failed": 0, "exit": 0}, good[-1]
stages = [l["stage"] for l in good[:-1]]
assert list(dict.fromkeys(stages))[-4:] == ["depth", "scene", "mesh", "write"], stages
assert all(0 <= l["done"] <= l["total"] for l in good[:-1]), good
assert some[-1]["stage"] == "error" and some[-1]["code"] == "some_failed", some[-1]
assert [l["file"].rsplit("/")[-1] for l in some if l["stage"] == "failed"] == ["text.jpg"], some
assert len([l for l in bad if l["stage"] == "error"]) == 1, bad
assert bad[-1]["stage"] == "error" and bad[-1]["code"] == "format" and "text.jpg" in bad[-1]["message"], bad[-1]
assert [l["code"] for l in usage] == ["usage"], usage
END
# A bar, where it is asked for, leaves a clean line behind.
"$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/described.onnx" --progress bar --quiet 2>bar
grep -q '#' bar
