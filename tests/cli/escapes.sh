# SPDX-License-Identifier: Apache-2.0
# What stands in files never reaches the terminal as control characters; JSON keeps it, escaped.
. "$SOURCE/tests/cli/expect.inc"
harmless() { # FILE WORD: holds WORD, and no control character but the ends of its lines
    python3 - "$@" <<'END_OF_CHECK'
import sys
text = open(sys.argv[1], encoding="utf-8").read()
assert sys.argv[2] in text, text
bad = [c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)]
assert not bad, text
END_OF_CHECK
}
python3 - <<'PYTHON'
import json, struct
evil = "\x1b]0;owned\x07\x9b31m\x7f\rsame\nbreak fine ü"
extras = {evil: evil, "list": [evil], "plain": 1}
gltf = {"asset": {"version": "2.0", "generator": "relief", "extras": extras}}
for ascii in (True, False):
    text = json.dumps(gltf, ensure_ascii=ascii).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A)
    open(f"evil{int(ascii)}.glb", "wb").write(head + text)
PYTHON
for file in evil0.glb evil1.glb; do
    "$RELIEF" info $file >text
    harmless text "break fine ü"
    [ "$(wc -l <text)" = 7 ] || say "a line of the file's own: $(cat text)"
    "$RELIEF" info $file --json >json
    holds json 'it["extras"]["list"][0].startswith("\x1b]0;owned\x07\x9b31m")'
done
odd=$(printf 'odd\033[31m')
python3 "$SOURCE/tests/make_tiny_network.py" "$odd.onnx" --outputs "$odd"
"$RELIEF" model info "$odd.onnx" >text
harmless text "output:    odd?[31m"
"$RELIEF" info "$odd.onnx" >text
harmless text "name:      odd?[31m"
"$RELIEF" model run "$odd.onnx" --input "$DATA/in.npy" -o out >text
harmless text "odd?[31m"
"$RELIEF" "$DATA/photo.png" -o "$odd.glb" --model "$DATA/described.onnx" >text
harmless text "odd?[31m.glb"
"$RELIEF" info "$odd.glb" >text
harmless text "odd?[31m.glb"
