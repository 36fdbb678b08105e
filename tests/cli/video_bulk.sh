# SPDX-License-Identifier: Apache-2.0
# Many photos to a folder of films: what is made, what is up to date, and what a stopped run leaves.
. "$SOURCE/tests/cli/expect.inc"
films() { "$RELIEF" video --model "$DATA/described.onnx" --seconds 0.3 --fps 10 --format y4m "$@"; }
mkdir -p in/deep
cp "$DATA/photo.png" in/a.png
cp "$DATA/photo.png" in/b.png
cp "$DATA/wide.png" in/deep/c.png

films in --recursive -o out --report report.json 2>said >lines
grep -q '^relief: 3 made' said || say "$(cat said)"
[ "$(wc -l <lines)" = 3 ] || say "$(cat lines)"
[ -e out/a.y4m ] && [ -e out/b.y4m ] && [ -e out/deep/c.y4m ] || say "$(find out)"
[ "$(grep -c '"frames":3' report.json)" = 3 ] || say "$(cat report.json)"
# The same film as one that is made by itself.
"$RELIEF" video in/a.png --model "$DATA/described.onnx" --seconds 0.3 --fps 10 -o alone.y4m --quiet
cmp alone.y4m out/a.y4m

# A second run makes nothing. What is missing, has changed, or was asked for otherwise is made again.
films in --recursive -o out 2>said >lines
[ ! -s lines ] || say "$(cat lines)"
grep -q '^relief: 0 made, 3 up to date' said || say "$(cat said)"
rm out/b.y4m
films in --recursive -o out 2>said >lines
grep -q '^relief: 1 made, 2 up to date' said || say "$(cat said)"
cmp out/a.y4m out/b.y4m
cp "$DATA/wide.png" in/a.png
films in --recursive -o out 2>said
grep -q '^relief: 1 made, 2 up to date' said || say "$(cat said)"
films in --recursive -o out --move orbit 2>said
grep -q '^relief: 3 made' said || say "$(cat said)"
"$RELIEF" video in/b.png --model "$DATA/described.onnx" --seconds 0.3 --fps 10 -o alone.y4m --save-camera path.json --quiet
films in/b.png -o path-out --path path.json 2>said && say "--seconds beside --path" || true
by_path() { "$RELIEF" video in/b.png --model "$DATA/described.onnx" --fps 10 --format y4m -o path-out --path path.json --json; }
by_path >made.json
holds made.json 'not it["up_to_date"]' 'it["frames"] == 3' 'it["holed_pixels"] == 0'
by_path >made.json
holds made.json 'it["up_to_date"]'
sed -i 's/"time": *0.29*/"time": 0.6/' path.json
by_path >made.json
holds made.json 'not it["up_to_date"]' 'it["frames"] == 6'

# A row of pictures is up to date like any film.
films in -o rows --format png 2>said
grep -q '^relief: 2 made' said || say "$(cat said)"
[ -e rows/b-0003.png ] && [ ! -e rows/b.png ] || say "$(ls rows)"
films in -o rows --format png 2>said
grep -q '^relief: 0 made, 2 up to date' said || say "$(cat said)"

# Scenes need no network. One input that is bad costs itself alone.
"$RELIEF" mesh in/b.png --model "$DATA/described.onnx" --layers 2 -o b.glb --quiet
echo "no picture" >in/bad.png
code=0
films in b.glb -o mixed 2>said || code=$?
[ $code = 1 ] && grep -q 'bad.png' said && grep -q '3 made, 1 failed' said || say "$code $(cat said)"
"$RELIEF" video b.glb -o scenes --format y4m --seconds 0.3 --fps 10 --model nowhere.onnx --quiet
cmp scenes/b.y4m mixed/b.glb.y4m 2>/dev/null || cmp scenes/b.y4m mixed/b.y4m
rm in/bad.png

# Two machines share a folder.
films in --recursive -o shards --shard 1/2 2>said
films in --recursive -o shards --shard 2/2 2>said
[ "$(find shards -name '*.y4m' | wc -l)" = 3 ] || say "$(find shards)"

# Stopped in the middle of a film: whole films or none; the next run makes the rest.
: >cut.err
"$RELIEF" video in --model "$DATA/described.onnx" --seconds 600 --fps 30 --format y4m -o cut --progress json 2>cut.err &
pid=$!
while ! grep -q '"stage":"film","done":[1-9]' cut.err; do kill -0 $pid || say "$(cat cut.err)"; sleep 0.05; done
kill -INT $pid
code=0
wait $pid || code=$?
[ $code = 130 ] || say "exit code $code of a cancelled run: $(tail -3 cut.err)"
[ -z "$(ls cut)" ] || say "$(ls cut)"
no_leftovers cut
films in --recursive -o cut 2>said
grep -q '^relief: 3 made' said || say "$(cat said)"

fails 2 "$RELIEF" video in/b.png -o b.mp4 --recursive
fails 2 "$RELIEF" video in -o out --save-camera path2.json
fails 2 "$RELIEF" video in -o out --depth "$DATA/map.pfm" --depth-is metres
fails 2 "$RELIEF" video in -o out --shard 3/2
