# SPDX-License-Identifier: Apache-2.0
# Networks see photos squeezed into their own shape; maps and scenes have the photo's again.
. "$SOURCE/tests/cli/expect.inc"
python3 "$SOURCE/tests/make_tiny_network.py" square.onnx --size 64x64
for photo in wide panorama; do
    "$RELIEF" depth "$DATA/$photo.png" -o map.npy --model square.onnx --json --quiet >map.json
    holds map.json 'it["network_width"] == 64 and it["network_height"] == 64' \
        'it["width"] == {"wide": 211, "panorama": 3000}["'$photo'"]' 'it["height"] in (67, 40)'
    "$RELIEF" "$DATA/$photo.png" -o scene.glb --model square.onnx --quiet
    "$RELIEF" "$DATA/$photo.png" -o one.glb --model square.onnx --layers 1 --quiet --save-depth kept.npy
    "$RELIEF" depth "$DATA/$photo.png" -o drawn.npy --model square.onnx --quality draft --quiet
    cmp kept.npy drawn.npy || say "the map that is kept is not the network's"
    rm -f map.npy kept.npy drawn.npy scene.glb one.glb
done
"$RELIEF" depth "$DATA/wide.png" -o map.npy --model "$DATA/described.onnx" --network-size 64x64 --quiet
"$RELIEF" "$DATA/wide.png" -o scene.glb --model "$DATA/described.onnx" --network-size 64x64 --quiet
# A map from elsewhere that has another shape is still refused.
"$RELIEF" depth "$DATA/photo.png" -o other.npy --model square.onnx --quiet
fails 2 "$RELIEF" "$DATA/wide.png" -o other.glb --depth other.npy --depth-is disparity
says "*their shapes differ*"
