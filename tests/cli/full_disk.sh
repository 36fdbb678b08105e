# SPDX-License-Identifier: Apache-2.0
# A disk without room: exit 5, no part of a file left.
. "$SOURCE/tests/cli/expect.inc"
[ "$(id -u)" = 0 ] || { echo "mounting a small tmpfs takes root"; exit 77; }
mkdir small
mount -t tmpfs -o size=64k none small 2>/dev/null || { echo "a tmpfs cannot be mounted here"; exit 77; }
trap 'umount small' EXIT
fails 5 "$RELIEF" "$DATA/photo.png" -o small/a.glb --model "$DATA/described.onnx"
says "*small/a.glb*"
fails 5 "$RELIEF" depth "$DATA/photo.png" -o small/a.pfm --model "$DATA/described.onnx"
[ -z "$(ls -A small)" ] || say "left behind: $(ls -A small)"
