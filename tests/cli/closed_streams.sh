# SPDX-License-Identifier: Apache-2.0
# A standard stream that is closed at the start never becomes the output file.
. "$SOURCE/tests/cli/expect.inc"
mkdir whole
"$RELIEF" mesh "$DATA/photo.png" -o whole/a.glb --model "$DATA/described.onnx" --quiet
for closed in '0<&-' '1>&-' '2>&-' '0<&- 2>&-' '0<&- 1>&- 2>&-'; do
    eval '"$RELIEF" mesh "$DATA/photo.png" -o a.glb --model "$DATA/described.onnx" --quiet' \
        "--progress json $closed" 2>lines || say "exit code $? with $closed: $(cat lines)"
    "$RELIEF" info a.glb >/dev/null
    cmp a.glb whole/a.glb
    rm a.glb lines
done
# Use of what is closed stays an error.
fails 3 sh -c '"$RELIEF" - -o b.glb --model "$DATA/described.onnx" 0<&-'
fails 5 sh -c '"$RELIEF" "$DATA/photo.png" -o - --model "$DATA/described.onnx" >&-'
fails 5 sh -c '"$RELIEF" model list >&-'
[ ! -e b.glb ]
