# SPDX-License-Identifier: Apache-2.0
# A photo and a folder without permission; root may read anything, so another user runs.
. "$SOURCE/tests/cli/expect.inc"
cp "$DATA/photo.png" closed.png
chmod 000 closed.png
mkdir locked
chmod 555 locked
if [ "$(id -u)" = 0 ]; then
    command -v setpriv >/dev/null || { echo "root, and no setpriv"; exit 77; }
    as="setpriv --reuid=65534 --regid=65534 --clear-groups"
    $as test -x "$RELIEF" || { echo "the program is out of another user's reach"; exit 77; }
else
    as=
fi
fails 3 $as "$RELIEF" closed.png -o /tmp/relief-never.glb --model "$DATA/described.onnx"
says "*closed.png*"
fails 5 $as "$RELIEF" "$DATA/photo.png" -o locked/a.glb --model "$DATA/described.onnx"
says "*locked*"
no_leftovers locked
fails 5 "$RELIEF" "$DATA/photo.png" -o nowhere/a.glb --model "$DATA/described.onnx"
