# SPDX-License-Identifier: Apache-2.0
# Films: what comes out, what is replaced, and what is refused in one line.
. "$SOURCE/tests/cli/expect.inc"
scene="--depth $DATA/map.pfm --depth-is metres --fov 60"
film() { "$RELIEF" video "$DATA/photo.png" $scene --quiet "$@"; }

# Raw frames: 10 of 160 x 120, every pixel covered; the first one is the photo.
"$RELIEF" video "$DATA/photo.png" $scene -o a.y4m --seconds 1 --fps 10 --json >a.json
holds a.json 'it["width"] == 160' 'it["height"] == 120' 'it["frames"] == 10' 'it["holed_pixels"] == 0' \
    'it["crop"] == 1' 'it["encoder"] == "yuv4mpeg"'
head -c 60 a.y4m | grep -qa '^YUV4MPEG2 W160 H120 F10:1 Ip A1:1 C420mpeg2' || say "$(head -c 60 a.y4m)"
[ "$(wc -c <a.y4m)" = "$(($(head -1 a.y4m | wc -c) + 10 * (6 + 160 * 120 * 3 / 2)))" ] || say "$(ls -l)"
film -o - --seconds 1 --fps 10 | cmp - a.y4m
for threads in 1 3; do
    film -o b.y4m --seconds 1 --fps 10 --threads $threads
    cmp a.y4m b.y4m
done
# A scene's file makes the same film as its photo.
film -o still.y4m --seconds 0.1 --fps 10 --error 0.5
"$RELIEF" mesh "$DATA/photo.png" $scene --layers 2 --error 0.5 -o scene.glb --quiet
"$RELIEF" video scene.glb -o still2.y4m --seconds 0.1 --fps 10 --quiet
cmp still.y4m still2.y4m

# Moves that loop end where they begin.
for move in circle sway orbit; do
    "$RELIEF" video scene.glb -o loop.y4m --move $move --loop --seconds 1 --fps 12 --json >loop.json
    holds loop.json 'it["loop"]' 'it["holed_pixels"] == 0' 'it["frames"] == 12'
done
# A saved path makes the same film.
"$RELIEF" video scene.glb -o by-move.y4m --move orbit --seconds 1 --fps 5 --save-camera orbit.json --quiet
"$RELIEF" video scene.glb -o by-path.y4m --path orbit.json --fps 5 --quiet
cmp by-move.y4m by-path.y4m

# Shapes and sizes.
"$RELIEF" video scene.glb -o a.png --aspect 9:16 --seconds 0.2 --fps 10 --json >a.json
holds a.json 'it["width"] == 68' 'it["height"] == 120' 'it["frames"] == 2'
[ -e a-0001.png ] && [ -e a-0002.png ] && [ ! -e a.png ] || say "$(ls)"
"$RELIEF" info a-0001.png | grep -q '68 x 120'
"$RELIEF" video scene.glb -o a.png --size 90x60 --seconds 0.2 --fps 10 --quiet
"$RELIEF" info a-0002.png | grep -q '90 x 60'
"$RELIEF" video scene.glb -o lens.png --blur 0.02 --vignette 0.5 --seconds 0.1 --fps 10 --quiet
"$RELIEF" video scene.glb -o plain.png --seconds 0.1 --fps 10 --quiet
"$RELIEF" info plain-0001.png | grep -q '160 x 120'
! cmp -s lens-0001.png plain-0001.png || say "no lens"
# What goes too far says so, and how far.
cat >far.json <<'END'
{"relief_path": 1, "fit": false, "keys": [{"time": 0}, {"time": 0.2, "position": [0.6, 0.5, 0]}]}
END
"$RELIEF" video scene.glb -o far.y4m --path far.json --fps 10 2>far.err
grep -q "goes further than the scene is made for: [0-9.]* %" far.err || say "$(cat far.err)"
# Pictures of a longer film are not left behind a shorter one; a name in capitals is one, too.
fails 2 "$RELIEF" video scene.glb -o a.png --size 90x60 --seconds 0.1 --fps 10
code=0
"$RELIEF" video scene.glb -o a.PNG --size 90x60 --seconds 0.1 --fps 10 2>longer.err || code=$?
[ $code = 2 ] && grep -q "longer film" longer.err || say "$(cat longer.err)"
"$RELIEF" video scene.glb -o a.gif --seconds 0.5 --json >a.json
holds a.json 'it["encoder"] == "cgif"' 'it["fps"] == 15' 'it["frames"] == 8'
head -c 6 a.gif | grep -q GIF89a
grep -qa NETSCAPE a.gif

# Our own files are replaced, others are not.
"$RELIEF" video scene.glb -o a.gif --seconds 0.2 --quiet
"$RELIEF" video scene.glb -o a.y4m --seconds 0.2 --quiet
cp "$DATA/photo.png" other-0001.png
fails 2 "$RELIEF" video scene.glb -o other.png --seconds 0.2
cmp other-0001.png "$DATA/photo.png"
[ ! -e other-0002.png ]
cp "$DATA/photo.png" other.gif
fails 2 "$RELIEF" video scene.glb -o other.gif --seconds 0.2

# A folder of films.
"$RELIEF" video scene.glb -o films/ --format gif --seconds 0.2 --quiet
[ -e films/scene.gif ]

fails 2 "$RELIEF" video
fails 2 "$RELIEF" video scene.glb -o film.avi
fails 2 "$RELIEF" video scene.glb -o a.gif --size 91x60
fails 2 "$RELIEF" video scene.glb -o a.gif --size 90x60 --aspect 1:1
fails 2 "$RELIEF" video scene.glb -o a.gif --move fly
fails 2 "$RELIEF" video scene.glb -o a.gif --fps 0
fails 2 "$RELIEF" video scene.glb -o a.gif --format gif
fails 2 "$RELIEF" video scene.glb -o scene.glb
fails 3 "$RELIEF" video nowhere.jpg -o film.gif
fails 3 "$RELIEF" video scene.glb -o film.gif --path nowhere.json
fails 5 "$RELIEF" video scene.glb -o nowhere/film.gif --seconds 0.1
fails 4 "$RELIEF" video scene.glb -o long.gif --seconds 3600
fails 4 "$RELIEF" video scene.glb -o long.y4m --seconds 3600 --fps 240
for film in film.gif long.gif long.y4m; do [ ! -e $film ] || say "$film in spite of all"; done

# Thin photos.
python3 - <<'END'
import struct, zlib
def png(name, w, h):
    rows = b"".join(b"\0" + bytes((x * 40 + y * 7) % 256 for x in range(w) for c in range(3)) for y in range(h))
    chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0))
                           + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
for w, h in ((1, 40), (40, 1), (1, 1), (7, 5)):
    png(f"thin{w}x{h}.png", w, h)
END
for size in 1x40 40x1 1x1 7x5; do
    "$RELIEF" video thin$size.png -o thin.y4m --seconds 0.3 --fps 10 --model "$DATA/described.onnx" --json >thin.json
    holds thin.json 'it["holed_pixels"] == 0' 'it["width"] % 2 == 0' 'it["height"] % 2 == 0' 'it["width"] >= 2'
done

# Cancelled: nothing is left, whatever the format. Names of pictures and a .gif come last of all.
cancel() {
    : >cut.err
    "$RELIEF" video scene.glb -o $1 --seconds $2 --progress json 2>cut.err &
    pid=$!
    while ! grep -q '"film","done":[1-9]' cut.err; do kill -0 $pid || say "$(cat cut.err)"; sleep 0.05; done
    kill -INT $pid
    code=0
    wait $pid || code=$?
    [ $code = 130 ] || say "exit code $code of a cancelled $1"
    for left in ${1%.*}*.${1##*.}; do [ ! -e $left ] || say "$left in spite of all"; done
    no_leftovers
}
cancel cut.y4m 600
cancel cut.png 600
cancel cut.gif 60
# No driver is needed: the same bits where there is none.
__EGL_VENDOR_LIBRARY_FILENAMES=/nowhere "$RELIEF" video scene.glb -o blind.y4m --seconds 0.2 --quiet
"$RELIEF" video scene.glb -o seeing.y4m --seconds 0.2 --quiet
cmp blind.y4m seeing.y4m
# The libraries of encoders come with the first film that needs them, not with the program; without them there are
# films of other kinds.
for command in --version "video scene.glb -o a.gif --seconds 0.1"; do
    LD_DEBUG=files "$RELIEF" $command 2>&1 | grep -a 'libav\(codec\|format\|util\)\.so' && say "libav* with $command" || true
done
mkdir -p without
for library in avcodec avformat avutil; do
    for version in 55 56 57 58 59 60 61 62; do echo "no library" >without/lib$library.so.$version; done
done
for film in none.mp4 none.webm; do
    fails 2 env LD_LIBRARY_PATH="$PWD/without" "$RELIEF" video scene.glb -o $film
    says "*no encoder*"
    [ ! -e $film ]
done
LD_LIBRARY_PATH="$PWD/without" "$RELIEF" video scene.glb -o a.gif --seconds 0.1 --quiet
# Video files, where there are encoders.
if "$RELIEF" video scene.glb -o a.mp4 --move orbit --loop --seconds 1 --fps 25 --json >mp4.json 2>problem; then
    holds mp4.json 'it["frames"] == 25'
    python3 - <<'END'
data = open("a.mp4", "rb").read()
assert data[4:8] == b"ftyp"
assert 0 < data.index(b"moov") < data.index(b"mdat"), "the index is not in front"
at = data.index(b"colr") + 4
assert data[at : at + 4] == b"nclx" and data[at + 4 : at + 10] == b"\0\1\0\1\0\1", data[at : at + 11]
END
    "$RELIEF" video scene.glb -o a.mp4 --seconds 0.2 --quiet # ours is replaced
    "$RELIEF" video scene.glb -o a.webm --seconds 0.2 --quiet
    "$RELIEF" video scene.glb -o a.webm --seconds 0.2 --quiet
    cp "$DATA/photo.png" other.mp4
    fails 2 "$RELIEF" video scene.glb -o other.mp4
    cmp other.mp4 "$DATA/photo.png"
    cancel cut.mp4 600
    cancel cut.webm 600
    # A full disk, where there is one to be had: one line, and nothing is left.
    (ulimit -f 40; "$RELIEF" video scene.glb -o big.mp4 --seconds 30 --size 640x480 --quiet 2>big.err) && say "no full disk" || true
    [ "$(wc -l <big.err)" = 1 ] || say "$(cat big.err)"
    [ ! -e big.mp4 ] || say "half a film"
    no_leftovers
else
    grep -q "encoder" problem || say "$(cat problem)"
fi
no_leftovers
