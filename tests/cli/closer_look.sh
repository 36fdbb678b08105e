# SPDX-License-Identifier: Apache-2.0
# Who gets a network's closer look: scenes with a second layer, and everything of high quality.
. "$SOURCE/tests/cli/expect.inc"
network() {
    python3 "$SOURCE/tests/make_tiny_network.py" "$1.onnx" --metadata relief.kind=disparity \
        --metadata 'relief.network_size=[64, 64]' --metadata relief.resize=area --metadata relief.multiple=2 \
        --metadata "relief.closer_look=$2"
}
network once 1
network closer 1.5
"$RELIEF" model info closer.onnx --json >info.json
holds info.json 'it["closer_look"] == 1.5'
"$RELIEF" model info closer.onnx | grep -q '^closer: *1.5 times'
# scene NAME OPTION...: the maps that scenes are made from, as NAME.once and NAME.closer.
scene() {
    name=$1
    shift
    for net in once closer; do
        "$RELIEF" "$DATA/wide.png" -o scene.glb --model $net.onnx --save-depth kept.npy --quiet --force "$@"
        mv kept.npy "$name.$net"
    done
}
scene normal
! cmp -s normal.once normal.closer || say "scenes have no closer look"
scene threads --threads 1
cmp threads.closer normal.closer || say "the number of threads matters"
scene layer --layers 1
cmp layer.once layer.closer || say "one layer has a closer look"
scene draft --quality draft
cmp draft.once draft.closer || say "a draft has a closer look"
scene size --network-size 96x48
cmp size.once size.closer || say "a given size is not obeyed"
scene high --quality high --layers 1
! cmp -s high.once high.closer || say "high quality has no closer look"
for quality in normal high; do
    for net in once closer; do
        "$RELIEF" depth "$DATA/wide.png" -o map.npy --model $net.onnx --quality $quality --quiet --force
        mv map.npy $quality.$net
    done
done
cmp normal.once normal.closer || say "maps of normal quality have a closer look"
! cmp -s high.once high.closer || say "maps of high quality have none"
# A file that fixes the size of its input has no other.
python3 "$SOURCE/tests/make_tiny_network.py" once.onnx --size 64x64
cp once.onnx closer.onnx
echo '{"closer_look": 1.5}' >closer.json
scene fixed
cmp fixed.once fixed.closer || say "a fixed size is not obeyed"
echo '{"closer_look": 9}' >closer.json
fails 3 "$RELIEF" model info closer.onnx
says '*closer.json: "closer_look" must be a number from 1 to 2*'
