# SPDX-License-Identifier: Apache-2.0
# A guess is printed in one line, once the photo is done; --quiet keeps it back.
. "$SOURCE/tests/cli/expect.inc"
"$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/tiny.onnx" >/dev/null 2>guess
[ "$(wc -l <guess)" = 1 ] || say "$(cat guess)"
grep -q 'relief: .*tiny.onnx: guessed.*--like' guess
"$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/tiny.onnx" --quiet
fails 3 "$RELIEF" "$DATA/text.jpg" -o b.glb --model "$DATA/tiny.onnx"
