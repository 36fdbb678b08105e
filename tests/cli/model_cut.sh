# SPDX-License-Identifier: Apache-2.0
# A network file cut anywhere: one line, exit 3, nothing written.
. "$SOURCE/tests/cli/expect.inc"
cuts() {
    size=$(wc -c <"$1")
    at=0
    while [ "$at" -lt "$size" ]; do
        head -c "$at" "$1" >cut.onnx
        fails 3 "$RELIEF" "$DATA/photo.png" -o a.glb --model cut.onnx
        [ ! -e a.glb ] || say "something was written: cut at $at"
        at=$((at + $2))
    done
}
cuts "$DATA/large.onnx" 997
cuts "$DATA/tiny.onnx" 61
