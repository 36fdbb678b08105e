# SPDX-License-Identifier: Apache-2.0
# Scenes in other formats: what lies beside them, what is replaced, and what is refused.
. "$SOURCE/tests/cli/expect.inc"
cp "$DATA/photo.png" p.png
scene() { "$RELIEF" mesh p.png --model "$DATA/described.onnx" --quiet "$@"; }
for ending in obj ply stl; do
    scene -o s.$ending
    scene -o s.$ending # its own files are replaced without being asked
    echo "someone's" >other.$ending
    fails 2 "$RELIEF" mesh p.png --model "$DATA/described.onnx" -o other.$ending
    says "*other.$ending*--force*"
    [ "$(cat other.$ending)" = "someone's" ]
    fails 5 "$RELIEF" mesh p.png --model "$DATA/described.onnx" -o no/such/folder.$ending
done
grep -q '^mtllib s.mtl$' s.obj
grep -q '^map_Kd s-photo.png$' s.mtl
grep -qa '^comment TextureFile s-photo.png$' s.ply
cmp s-photo.png p.png || [ "$(wc -c <s-photo.png)" -gt 1000 ]
# A picture beside the scene never replaces the photo.
cp p.png t-photo.png
fails 2 "$RELIEF" mesh t-photo.png --model "$DATA/described.onnx" -o t.obj --force
says "*t-photo.png*would replace an input*"
cmp t-photo.png p.png
[ ! -e t.obj ] && [ ! -e t.mtl ]
# One file alone goes to standard output, and only .glb does.
fails 2 "$RELIEF" mesh p.png --model "$DATA/described.onnx" --points -o -
# Points: one a pixel, or as many as asked for; .ply without being told.
"$RELIEF" p.png --model "$DATA/described.onnx" --points --json >result.json
holds result.json 'it["output"] == "p.ply"' 'it["vertices"] == 160 * 120' 'it["triangles"] == 0'
"$RELIEF" p.png --model "$DATA/described.onnx" --points --grid 40 --json >result.json
holds result.json 'it["vertices"] == 40 * 30'
for ending in glb gltf obj stl; do
    fails 2 "$RELIEF" p.png --points -o q.$ending --model "$DATA/described.onnx"
    says "*q.$ending*points*.ply*"
done
# A plane has the picture that displaces it beside it.
scene -o plane.glb --displace
"$RELIEF" info plane-depth.exr >/dev/null
fails 2 "$RELIEF" p.png --displace -o plane.ply
says "*plane.ply*"
fails 2 "$RELIEF" p.png --displace --points
fails 2 "$RELIEF" mesh p.png --displace --model "$DATA/described.onnx" -o -
# Measures are for solids.
for option in --base --height --plate; do
    fails 2 "$RELIEF" p.png $option 5 -o q.obj
    says "*solids*.stl*"
    fails 2 "$RELIEF" p.png $option 0 -o q.stl
    fails 2 "$RELIEF" p.png $option 1e9 -o q.stl
done
# Textures as small as asked for, in all that holds them.
scene -o w.gltf --texture-size 64 --layers 2
for picture in w-photo.png w-fill.jpg; do
    "$RELIEF" info $picture --json >info.json
    holds info.json 'max(it["width"], it["height"]) == 64'
done
fails 2 "$RELIEF" p.png --texture-size 0
no_leftovers
