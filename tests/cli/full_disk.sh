# SPDX-License-Identifier: Apache-2.0
# A disk without room: exit 5, no part of a file left.
. "$SOURCE/tests/cli/expect.inc"
mkdir small
cat >inside.sh <<'END'
. "$SOURCE/tests/cli/expect.inc"
mount -t tmpfs -o size=64k none small || exit 77
fails 5 "$RELIEF" "$DATA/photo.png" -o small/a.glb --model "$DATA/described.onnx" --grid 500
says "*small/a.glb*"
fails 5 "$RELIEF" depth "$DATA/photo.png" -o small/a.pfm --model "$DATA/described.onnx"
left=$(ls -A small)
umount small
[ -z "$left" ] || say "left behind: $left"
END
# Mounting takes root, or a namespace in which we are root.
namespace=
[ "$(id -u)" = 0 ] || namespace="unshare --map-root-user --mount"
state=0
$namespace sh -eu inside.sh 2>problem || state=$?
if [ "$state" = 77 ]; then
    echo "a small tmpfs cannot be mounted here"
else
    cat problem
fi
# A limit of file size is the poor man's full disk.
fails 5 sh -c 'ulimit -f 64; exec "$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/described.onnx" --grid 500'
[ ! -e a.glb ] || say "something was written"
exit "$state"
