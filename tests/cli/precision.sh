# SPDX-License-Identifier: Apache-2.0
# Which numbers a network runs in, and that outputs say so.
. "$SOURCE/tests/cli/expect.inc"
# Where the processor has no bf16, auto is f32 and asking for it is refused. Nothing is emulated.
export ONEDNN_MAX_CPU_ISA=AVX2
fails 2 "$RELIEF" depth "$DATA/photo.png" -o a.png --model "$DATA/described.onnx" --precision bf16
says "*--precision bf16: this processor, or this program, has not got it (use --precision f32)"
[ ! -e a.png ]
"$RELIEF" depth "$DATA/photo.png" -o a.png --model "$DATA/described.onnx" --json >a.json
holds a.json 'it["precision"] == "f32"' 'it["instruction_set"] in ("AVX2", "SSE4.1", "plain")'
unset ONEDNN_MAX_CPU_ISA
fails 2 "$RELIEF" model run "$DATA/tiny.onnx" --input "$DATA/in.npy" --output a.npy --precision bf16 --backend reference
says "*--precision bf16*"
"$RELIEF" depth "$DATA/photo.png" -o f32.png --model "$DATA/described.onnx" --precision f32 --json >f32.json
holds f32.json 'it["precision"] == "f32"'
grep -qa "relief:precision" f32.png
grep -qa "relief:instruction_set" f32.png
"$RELIEF" "$DATA/photo.png" -o f32.glb --model "$DATA/described.onnx" --precision f32 --quiet
grep -qa '"precision":"f32"' f32.glb
grep -qa '"instruction_set":"' f32.glb
# A network of metres, or one that says so, stays f32 by itself.
cp "$DATA/tiny.onnx" metres.onnx
echo '{"kind": "metres"}' >metres.json
"$RELIEF" model info metres.onnx --json >metres.info
holds metres.info 'it["precision"] == "f32"'
cp "$DATA/tiny.onnx" needs.onnx
echo '{"kind": "disparity", "precision": "f32"}' >needs.json
"$RELIEF" model info needs.onnx --json >needs.info
holds needs.info 'it["precision"] == "f32"'
echo '{"precision": "f8"}' >needs.json
fails 3 "$RELIEF" model info needs.onnx
says '*needs.json: "precision" must be "any" or "f32"*'
if "$RELIEF" depth "$DATA/photo.png" -o bf16.npy --model "$DATA/described.onnx" --precision bf16 --json >bf16.json 2>refusal; then
    holds bf16.json 'it["precision"] == "bf16"' 'it["instruction_set"].startswith("AVX-512")'
    "$RELIEF" depth "$DATA/photo.png" -o auto.npy --model "$DATA/described.onnx" --quiet
    cmp auto.npy bf16.npy
    "$RELIEF" depth "$DATA/photo.png" -o f32.npy --model "$DATA/described.onnx" --precision f32 --quiet
    python3 - <<'END'
import array
a, b = (array.array("f", open(f, "rb").read()[-160 * 120 * 4:]) for f in ("f32.npy", "bf16.npy"))
span = max(a) - min(a)
assert span > 0, span
mean = sum(abs(x - y) for x, y in zip(a, b)) / len(a) / span
assert 0 < mean <= 0.01, mean
END
else
    grep -q "has not got it" refusal
fi

# Of 8 bits is what a quantised file is.
fails 3 "$RELIEF" depth "$DATA/photo.png" -o a.png --model "$DATA/described.onnx" --precision int8
says "*described.onnx: is not quantised to 8 bits (use --precision auto)"
