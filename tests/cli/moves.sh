# SPDX-License-Identifier: Apache-2.0
# Camera moves in scenes, and paths as files.
. "$SOURCE/tests/cli/expect.inc"
scene="--depth $DATA/map.pfm --depth-is metres --fov 60"
make() { "$RELIEF" mesh "$DATA/photo.png" $scene --quiet "$@"; }
cat >motion.py <<'END'
import json, struct, sys
data = open(sys.argv[1], "rb").read()
size = struct.unpack_from("<I", data, 12)[0]
it, buffer = json.loads(data[20 : 20 + size]), data[28 + size :]
def read(accessor):
    a = it["accessors"][accessor]
    wide = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[a["type"]]
    at = it["bufferViews"][a["bufferView"]]["byteOffset"]
    floats = struct.unpack_from("<%df" % (wide * a["count"]), buffer, at)
    return [floats[i : i + wide] for i in range(0, len(floats), wide)]
animation = it["animations"][0]
times = [t[0] for t in read(animation["samplers"][0]["input"])]
tracks = {c["target"]["path"]: read(animation["samplers"][c["sampler"]]["output"])
          for c in animation["channels"]}
places, turns = tracks["translation"], tracks["rotation"]
node = it["nodes"][animation["channels"][0]["target"]["node"]]
motion = it["scenes"][0]["extras"]["relief"]["motion"]
near = it["scenes"][0]["extras"]["relief"]["near"]
assert "camera" in node and len(times) == len(places) == len(turns) == motion["frames"]
assert all(abs(sum(c * c for c in q) - 1) < 1e-5 for q in turns)
for test in sys.argv[2:]:
    assert eval(test), (test, times[-1], places[0], places[-1], turns[0], turns[-1], motion)
END
# A zoom begins where the photo was taken, and goes forward by 1.5 travels, or by up to 2 where little moves.
make -o zoom.glb --move zoom --seconds 2 --fps 10 --save-camera zoom.json
python3 motion.py zoom.glb 'len(times) == 21' 'abs(times[-1] - 2) < 1e-6' 'places[0] == (0, 0, 0)' \
    '0.15 * near - 1e-5 < -places[-1][2] < 0.2 * near + 1e-5' 'all(q == (0, 0, 0, 1) for q in turns)' \
    'motion["zoom"] == [1]' 'not motion["loop"]' \
    'all(a[2] >= b[2] for a, b in zip(places, places[1:]))'
# The saved path is the same move.
mkdir -p by-path by-move
make -o by-path/zoom.glb --path zoom.json --fps 10
make -o by-move/zoom.glb --move zoom --seconds 2 --fps 10
cmp by-path/zoom.glb by-move/zoom.glb
# An orbit looks at one point from everywhere: right of it the camera turns left.
make -o packed.glb --move orbit --loop --compress
python3 motion.py packed.glb 'len(times) == 151' 'motion["loop"]'
make -o orbit.glb --move orbit --loop
python3 motion.py orbit.glb 'len(times) == 151' 'motion["loop"]' 'places[0] == places[-1]' \
    'places[0][0] < 0 < places[75][0]' 'turns[0][1] < 0 < turns[75][1]' 'motion["focus"] >= near' \
    'len(motion["zoom"]) == 1 and motion["zoom"][0] > 1' \
    'all(abs(2 * q[1] * q[3] * motion["focus"] - p[0] * (1 - 2 * q[1] ** 2)) < 1e-4 for p, q in zip(places, turns))'
# A dolly's lens keeps the subject's size.
make -o dolly.glb --move dolly --layers 2
python3 motion.py dolly.glb 'places[-1][2] > 0' 'len(motion["zoom"]) == 151' 'motion["zoom"][0] == 1' \
    'motion["zoom"][-1] >= (motion["focus"] + places[-1][2]) / motion["focus"] - 1e-4'
# More than the scene is made for makes it for more.
make -o far.glb --move pan --amount 2
python3 motion.py far.glb 'abs(places[-1][0] - 0.2 * near) < 1e-5' \
    'abs(it["scenes"][0]["extras"]["relief"]["travel"] - 0.2) < 1e-9'
# Paths by hand.
cat >path.json <<'END'
{"relief_path": 1, "keys": [{"time": 0, "position": [0, 0, 0], "ease": "linear"},
 {"time": 1, "position": [0.1, 0, 0], "look_at": [0.1, 0, 5], "roll": 90}]}
END
make -o hand.glb --path path.json --fps 4
python3 motion.py hand.glb 'len(times) == 5' 'abs(places[2][0] - 0.05 * near) < 1e-6' \
    'abs(abs(turns[4][2]) - 0.5 ** 0.5) < 1e-5'
refuses() {
    echo "$1" >bad.json
    fails 3 "$RELIEF" mesh "$DATA/photo.png" $scene -o bad.glb --path bad.json
    says "$2"
}
refuses '{"keys": []}' '*no path of relief*'
refuses '{"relief_path": 1, "keys": [{"time": 0}]}' '*no keys, or one alone*'
refuses '{"relief_path": 1, "keys": [{"time": 0}, {"time": 0}]}' '*key 2*not after*'
refuses '{"relief_path": 1, "keys": [{"time": 0}, {"time": 1, "posiiton": [0, 0, 0]}]}' '*posiiton*'
refuses '{"relief_path": 1, "keys": [{"time": 0}, {"time": 1, "zoom": 0}]}' '*key 2: zoom*'
refuses '{"relief_path": 1, "keys": [{"time": 0}, {"time": 1, "look_at": [0, 0, 0]}]}' '*looks at where it is*'
refuses '{"relief_path": 1, "loop": true, "keys": [{"time": 0}, {"time": 1, "zoom": 2}]}' '*loops*'
refuses '{"relief_path"' '*bad.json: line *'
[ ! -e bad.glb ] || say "a scene in spite of all"
fails 2 "$RELIEF" mesh "$DATA/photo.png" $scene -o a.obj --move zoom
says "*no camera moves*"
fails 2 "$RELIEF" mesh "$DATA/photo.png" $scene -o a.glb --seconds 3
fails 2 "$RELIEF" mesh "$DATA/photo.png" $scene -o a.glb --path zoom.json --loop
fails 2 "$RELIEF" mesh "$DATA/photo.png" $scene -o a.glb --path zoom.json --save-camera zoom.json
echo "someone's" >other.json
fails 2 "$RELIEF" mesh "$DATA/photo.png" $scene -o a.glb --move zoom --save-camera other.json
[ "$(cat other.json)" = "someone's" ] || say "someone's file is gone"
