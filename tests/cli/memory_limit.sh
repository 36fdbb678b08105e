# SPDX-License-Identifier: Apache-2.0
# Under any limit of address space: done, or one line and exit 4; never a signal, never a part of a file.
. "$SOURCE/tests/cli/expect.inc"
ran=0
for megabytes in 40 60 80 100 120 140 160 180 200 225 250 275 300 350 400 450 500 600 700 800 1000 1500; do
    # Below what the loader needs there is no program to behave.
    (ulimit -v $((megabytes * 1024)); "$RELIEF" --version >/dev/null 2>&1) || continue
    code=0
    (
        ulimit -v $((megabytes * 1024))
        ulimit -c 0
        exec "$RELIEF" "$DATA/photo.png" -o a.glb --threads 2 --quiet --model "$DATA/described.onnx"
    ) 2>errors || code=$?
    case $code in
        0) [ -s a.glb ] && [ ! -s errors ] || say "$megabytes MB: exit 0, but: $(cat errors)" ;;
        4) [ ! -e a.glb ] && [ "$(wc -l <errors)" = 1 ] || say "$megabytes MB: $(cat errors)" ;;
        *) say "$megabytes MB: exit code $code: $(cat errors)" ;;
    esac
    rm -f a.glb
    no_leftovers
    ran=$((ran + 1))
    last=$code
done
[ "$ran" -gt 3 ] || say "only $ran limits could be tried"
[ "$last" = 0 ] || say "1.5 GB were not enough"
# A scene file that takes more than there is to read is no damaged file.
python3 - <<'PYTHON'
import struct
text = b'{"asset": {"version": "2.0", "generator": "relief", "extras": {}}, "a": [' + b"[]," * 5400000 + b"1]}"
text += b" " * (-len(text) % 4)
open("large.glb", "wb").write(struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text)
PYTHON
short=0
for megabytes in 200 400 500 550 600 700 1500; do
    (ulimit -v $((megabytes * 1024)); "$RELIEF" --version >/dev/null 2>&1) || continue
    code=0
    (ulimit -v $((megabytes * 1024)); exec "$RELIEF" info large.glb --threads 1 >/dev/null 2>errors) || code=$?
    [ "$code" = 0 ] || [ "$code" = 4 ] || say "$megabytes MB: exit code $code: $(cat errors)"
    if grep -q "large.glb: out of memory" errors; then
        short=$((short + 1))
    fi
done
[ "$short" -gt 0 ] || say "no limit was too tight for the file alone"
[ "$code" = 0 ] || say "1.5 GB were not enough to read a scene"
