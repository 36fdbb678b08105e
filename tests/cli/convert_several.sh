# SPDX-License-Identifier: Apache-2.0
# Several photos: one that fails costs one line and exit 1, the rest are done.
. "$SOURCE/tests/cli/expect.inc"
code=0
"$RELIEF" "$DATA/photo.png" "$DATA/text.jpg" "$DATA/wide.png" -o out/ --model "$DATA/described.onnx" \
    --json >results 2>errors || code=$?
[ "$code" = 1 ] || say "exit code $code"
[ "$(wc -l <errors)" = 1 ] || say "$(cat errors)"
[ "$(wc -l <results)" = 2 ] || say "$(cat results)"
[ -s out/photo.glb ]
[ -s out/wide.glb ]
[ ! -e out/text.glb ]
no_leftovers out
fails 3 "$RELIEF" "$DATA/text.jpg" -o out/ --model "$DATA/described.onnx"
"$RELIEF" "$DATA/empty.jpg" "$DATA/text.jpg" -o out/ --model "$DATA/described.onnx" 2>errors || code=$?
[ "$code" = 3 ] || say "exit code $code"
[ "$(wc -l <errors)" = 2 ]
