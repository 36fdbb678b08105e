# SPDX-License-Identifier: Apache-2.0
# Pages of photos and scenes, and what is refused.
. "$SOURCE/tests/cli/expect.inc"
scene="--depth $DATA/map.pfm --depth-is metres --fov 60"
"$RELIEF" view "$DATA/photo.png" -o page.html $scene --json >page.json
holds page.json 'it["width"] == 160' 'it["surfaces"] == 2' 'it["depth_from"] == "file"' 'it["bytes"] > 10000' \
    'it["texture_bytes"] + it["mesh_bytes"] < it["bytes"]' 'it["largest_texture"] <= 4096'
[ "$(wc -c <page.html)" = "$(python3 -c 'import json; print(json.load(open("page.json"))["bytes"])')" ]
grep -q '<title>photo</title>' page.html

# A scene from a file makes the page that its photo makes, but for the title; ours is replaced, others are not.
"$RELIEF" mesh "$DATA/photo.png" -o photo.glb $scene --layers 2 --quiet
"$RELIEF" view photo.glb -o again.html --quiet
cmp page.html again.html
"$RELIEF" view photo.glb -o again.html | grep -q "again.html: a page of .* triangles"
"$RELIEF" view photo.glb -o - | cmp - page.html
"$RELIEF" view photo.glb -o small.HTM --texture-size 64 --json >small.json
holds small.json 'it["largest_texture"] == 64'
echo "<!doctype html><title>mine</title>" >mine.html
fails 2 "$RELIEF" view photo.glb -o mine.html
"$RELIEF" view photo.glb -o mine.html --force --quiet
cp "$DATA/photo.png" '<b>&.png'
"$RELIEF" view '<b>&.png' -o odd.html $scene --layers 1 --quiet
grep -q '<title>&lt;b&gt;&amp;</title>' odd.html

fails 2 "$RELIEF" view photo.glb -o view.png
says "relief: view.png: views are pages*"
fails 2 "$RELIEF" view -o page.html
fails 2 "$RELIEF" view photo.glb photo.glb -o page.html
fails 2 "$RELIEF" view photo.glb -o page.html --texture-size 4097
fails 2 "$RELIEF" view photo.glb -o - --json
fails 2 "$RELIEF" view "$DATA/photo.png" -o page.html --depth "$DATA/map.pfm"
fails 3 "$RELIEF" view nowhere.glb -o page.html
head -c 3000 photo.glb >cut.glb
fails 3 "$RELIEF" view cut.glb -o new.html
[ ! -e new.html ] || say "a page in spite of all"
fails 5 "$RELIEF" view photo.glb -o nowhere/page.html

# Windows: what makes no sense, and no display.
fails 2 "$RELIEF" view photo.glb --json
fails 2 "$RELIEF" view photo.glb --texture-size 64
if "$RELIEF" --version | grep -q GLFW; then
    fails 5 env -u DISPLAY -u WAYLAND_DISPLAY "$RELIEF" view photo.glb
    says "relief: photo.glb: no window can be opened: *(make a page with -o page.html)"
else
    fails 2 "$RELIEF" view photo.glb
    says "relief: photo.glb: no window can be opened: this build*"
fi
