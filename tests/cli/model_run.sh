# SPDX-License-Identifier: Apache-2.0
# Tensors go in and come out as they are.
. "$SOURCE/tests/cli/expect.inc"
"$RELIEF" model run "$DATA/tiny.onnx" --input "$DATA/in.npy" --output a.npy --precision f32 --json >a.json
holds a.json 'it["outputs"][0]["name"] == "disparity"' 'it["outputs"][0]["dims"] == [1, 1, 32, 48]'
"$RELIEF" model run "$DATA/tiny.onnx" --input "image=$DATA/in.npy" --output results --precision f32 --quiet
cmp a.npy results/disparity.npy
"$RELIEF" model run "$DATA/tiny.onnx" --input "$DATA/in.npy" --output b.npy --backend reference --quiet
python3 - <<'END'
import struct
a, b = (struct.unpack("<1536f", open(f, "rb").read()[-6144:]) for f in ("a.npy", "b.npy"))
span = max(b) - min(b)
assert span > 0.1, span
assert max(abs(x - y) for x, y in zip(a, b)) <= 1e-5 * span
END
fails 2 "$RELIEF" model run "$DATA/tiny.onnx" --input "wrong=$DATA/in.npy" --output c.npy
fails 2 "$RELIEF" model run "$DATA/tiny.onnx" --input "$DATA/in_wrong.npy" --output c.npy
fails 2 "$RELIEF" model run "$DATA/tiny.onnx" --output c.npy
fails 3 "$RELIEF" model run "$DATA/tiny.onnx" --input nowhere.npy --output c.npy
fails 3 "$RELIEF" model run "$DATA/tiny.onnx" --input "$DATA/text.jpg" --output c.npy
fails 3 "$RELIEF" model run "$DATA/unknown.onnx" --input "$DATA/in.npy" --output c.npy
cp "$DATA/in.npy" in.npy
fails 2 "$RELIEF" model run "$DATA/tiny.onnx" --input in.npy --output in.npy --force
cmp in.npy "$DATA/in.npy"
# Two outputs never go to one file.
fails 2 "$RELIEF" model run "$DATA/two.onnx" --input "$DATA/in.npy" -o both
says "*both/a_b.npy: the outputs a/b and a:b*"
[ ! -e both/a_b.npy ]
