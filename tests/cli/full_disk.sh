# SPDX-License-Identifier: Apache-2.0
# A disk without room: exit 5, no part of a file left.
. "$SOURCE/tests/cli/expect.inc"
mkdir small
cat >inside.sh <<'END'
. "$SOURCE/tests/cli/expect.inc"
mount -t tmpfs -o size=64k none small || exit 77
trap "umount small" EXIT
fails 5 "$RELIEF" "$DATA/photo.png" -o small/a.glb --model "$DATA/described.onnx" --grid 500
says "*small/a.glb*"
fails 5 "$RELIEF" depth "$DATA/photo.png" -o small/a.pfm --model "$DATA/described.onnx"
# Films, of a scene that lies elsewhere; the first to fail is an encoder's write, its buffers' flush or the last rename.
"$RELIEF" mesh "$DATA/photo.png" --model "$DATA/described.onnx" --layers 2 -o scene.glb --quiet
for film in a.y4m a.png a.gif $FILMS; do
    case $film in
        *.mp4 | *.webm) long="--seconds 5 --size 640x480 --supersample 1" ;;
        *) long="--seconds 4" ;;
    esac
    fails 5 "$RELIEF" video scene.glb -o small/$film $long --fps 30 --move circle
    [ -z "$(ls -A small)" ] || say "$film leaves $(ls -A small)"
done
left=$(ls -A small)
[ -z "$left" ] || say "left behind: $left"
END
# Those that this machine has an encoder for.
FILMS=
for film in a.mp4 a.webm; do
    "$RELIEF" video "$DATA/photo.png" --model "$DATA/described.onnx" -o $film --seconds 0.1 --quiet 2>problem &&
        FILMS="$FILMS $film" || grep -q "no encoder" problem
done
export FILMS
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
