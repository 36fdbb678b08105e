# SPDX-License-Identifier: Apache-2.0
# Views of photos and scenes, and what is refused. Skipped where relief is built without OpenGL.
. "$SOURCE/tests/cli/expect.inc"
deep="--depth $DATA/map.pfm --depth-is metres --fov 60"
scene="$deep --layers 1"
"$RELIEF" mesh "$DATA/photo.png" -o scene.glb $scene --quiet
if ! "$RELIEF" render scene.glb -o source.png --json >source.json 2>problem; then
    grep -q "has no render" problem && echo "built without render" && exit 77
    say "$(cat problem)"
fi
holds source.json 'it["coverage"] == 1' 'it["holed_pixels"] == 0' 'it["width"] == 160' \
    'it["stretched"] == 0' 'it["texture_tiles"] == 1' 'it["driver"]'

# The source view is the photo, to the bit.
"$RELIEF" depth source.png -o a.pfm --model "$DATA/tiny.onnx" --quiet
"$RELIEF" depth "$DATA/photo.png" -o b.pfm --model "$DATA/tiny.onnx" --quiet
cmp a.pfm b.pfm

# A photo makes the view that its scene makes.
"$RELIEF" render scene.glb -o a.png --camera 0.1,0.05,0.1 --json >a.json
"$RELIEF" render "$DATA/photo.png" -o b.png --camera=0.1,0.05,0.1 $scene --quiet
cmp a.png b.png
holds a.json '0.8 < it["coverage"] < 1' 'it["holed_pixels"] > 100' 'it["front_pixels"] > 10000'

# What comes to light is there unless --layers 1 leaves it out.
"$RELIEF" render "$DATA/photo.png" -o b.png --camera=0.1,0.05,0 $deep --json >b.json
holds b.json 'it["coverage"] == 1' 'it["surfaces"] == 2'

# The same bits for any number of threads, of ours and of the driver's, and with the texture in tiles.
for threads in 1 3; do
    LP_NUM_THREADS=$threads "$RELIEF" render scene.glb -o c.png --camera 0.1,0.05,0.1 --threads $threads --quiet
    cmp a.png c.png
done
"$RELIEF" render scene.glb -o c.png --camera 0.1,0.05,0.1 --max-texture 128 --json >c.json
holds c.json 'it["texture_tiles"] > 1'
cmp a.png c.png

# A camera 1 m nearer to things 2 m away: half as far.
"$RELIEF" render scene.glb -o near.pfm --camera 0,0,0.5 --quiet
python3 -c '
import struct
data = open("near.pfm", "rb").read()[-160 * 120 * 4:]
middle = struct.unpack_from("<f", data, (60 * 160 + 80) * 4)[0]
assert abs(middle - 1) < 0.01, middle
'
"$RELIEF" render scene.glb -o turned.jpg --camera 0.2,0,0 --look-at 0,0,1.5 --view-fov 30 --size 90x160 \
    --supersample 3 --wireframe --plain-uvs | grep -q "90 x 160 view"
"$RELIEF" render scene.glb -o - | cmp - source.png
# The size is the view's, whatever its shape, not that of the network's map.
"$RELIEF" render "$DATA/photo.png" -o odd.png --model "$DATA/tiny.onnx" --size 60x200 --quiet
"$RELIEF" info odd.png | grep -q '60 x 200'
"$RELIEF" render scene.glb -o depth.exr --quiet
"$RELIEF" mesh "$DATA/photo.png" -o again.glb --depth depth.exr --depth-is metres --fov 60 --quiet

# Our own files are replaced, others are not.
"$RELIEF" render scene.glb -o a.png --quiet
"$RELIEF" render scene.glb -o turned.jpg --quiet
"$RELIEF" render scene.glb -o depth.exr --quiet
cp "$DATA/photo.png" other.png
fails 2 "$RELIEF" render scene.glb -o other.png
fails 2 "$RELIEF" render scene.glb -o scene.glb
fails 2 "$RELIEF" render scene.glb -o view.tga
fails 2 "$RELIEF" render scene.glb
fails 2 "$RELIEF" render -o view.png
fails 2 "$RELIEF" render scene.glb -o view.png --camera 1,2
fails 2 "$RELIEF" render scene.glb -o view.png --camera 0,0,nan
fails 2 "$RELIEF" render scene.glb -o view.png --look-at 0,0,0
fails 2 "$RELIEF" render scene.glb -o view.png --supersample 9
fails 2 "$RELIEF" render "$DATA/photo.png" -o view.png --depth "$DATA/map.pfm"
fails 3 "$RELIEF" render nowhere.glb -o view.png
head -c 3000 scene.glb >cut.glb
fails 3 "$RELIEF" render cut.glb -o view.png
says "relief: cut.glb: damaged*"
fails 5 "$RELIEF" render scene.glb -o nowhere/view.png
# No driver: one line.
fails 5 env __EGL_VENDOR_LIBRARY_FILENAMES=/nowhere "$RELIEF" render scene.glb -o view.png
says "relief: scene.glb: views cannot be drawn*"
[ ! -e view.png ] || say "a view in spite of all"
