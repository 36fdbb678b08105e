# SPDX-License-Identifier: Apache-2.0
# Nights are long: what is broken, odd or full costs a line, and the rest is done.
. "$SOURCE/tests/cli/expect.inc"
depth() { "$RELIEF" depth --model "$DATA/described.onnx" "$@"; }
mkdir in
odd=$(printf 'a\nb\033[31m \377.png')
cp "$DATA/photo.png" "in/$odd"
cp "$DATA/photo.png" in/good.png
cp "$DATA/text.jpg" in/text.jpg
: >in/empty.png
head -c 700 "$DATA/photo.png" >in/cut.png
ln -s nowhere in/gone.jpg
ln -s self.jpg in/self.jpg
code=0
depth in -o out --report r.jsonl 2>said >lines || code=$?
[ "$code" = 1 ] || say "exit code $code"
[ "$(grep -c '^relief: in/' said)" = 5 ] || say "$(cat said)"
grep -q '^relief: 2 made, 5 failed' said || say "$(cat said)"
[ "$(wc -l <said)" = 6 ] || say "$(cat said)"
[ -s "out/$odd" ] && [ -s out/good.png ]
python3 - <<'END'
import json
lines = {line["input"]: line for line in map(json.loads, open("r.jsonl"))}
assert len(lines) == 7, lines
odd = [l for l in lines.values() if "input_hex" in l]
assert len(odd) == 1 and bytes.fromhex(odd[0]["input_hex"]) == b"in/a\nb\x1b[31m \xff.png", odd
good = lines["in/good.png"]
assert good["state"] == "done" and good["outputs"] == ["out/good.png"] and good["model"], good
assert set(good["ms"]) == {"decode", "depth", "write"} and good["width"] == 160, good
for name in ("text.jpg", "empty.png", "cut.png", "gone.jpg", "self.jpg"):
    bad = lines["in/" + name]
    assert bad["state"] == "failed" and bad["error"] and bad["outputs"] == [], bad
END
no_leftovers out
# The next run tells the same, and makes nothing.
code=0
depth in -o out --report r.jsonl 2>said >lines || code=$?
[ "$code" = 1 ] && grep -q '^relief: 0 made, 2 up to date, 5 failed' said || say "$(cat said)"
grep -q '"state":"up_to_date"' r.jsonl
code=0
depth in -o fast --fail-fast --threads 1 2>said >lines || code=$?
[ "$code" = 1 ] || [ "$code" = 3 ] || say "exit code $code"
grep -q 'not begun' said || say "$(cat said)"

# Names longer than any file's: one line each, and the reason is in it.
python3 -c 'import sys; print("x" * 10000 + ".png"); print("y/" * 3000 + "z.png"); print("in/good.png")' >list
code=0
depth - -o long <list 2>said >lines || code=$?
[ "$code" = 1 ] || say "exit code $code"
[ "$(grep -c 'ile name too long' said)" = 2 ] || say "$(cat said)"
[ "$(wc -l <said)" = 3 ] || say "$(cat said)"
[ -s long/good.png ]
# A name of the longest kind leaves no room for a longer ending.
long=$(printf '%0251d' 0)
mkdir longest
cp "$DATA/photo.png" longest/$long.png
depth longest -o long --format preview,npy -q
[ "$(ls long | grep -c 'npy$')" = 1 ] && [ "$(ls long | grep -c -e '-preview.png$')" = 1 ] || say "$(ls long)"

# An input that vanishes between the list and its turn; one that grows smaller under the reader's eyes.
mkfifo names
mkdir vanish
for i in 1 2 3; do cp "$DATA/photo.png" vanish/$i.png; done
(printf 'vanish/1.png\nvanish/2.png\nvanish/3.png\n'; rm vanish/2.png) >names &
code=0
depth - -o vanished <names 2>said >lines || code=$?
[ "$code" = 1 ] || say "exit code $code"
grep -q 'vanish/2.png: there is no such file' said || say "$(cat said)"
[ -s vanished/3.png ]

# Memory: one that can never fit is a line of its own.
code=0
depth in/good.png "$DATA/wide.png" -o memory --memory 1M 2>said || code=$?
[ "$code" = 4 ] || say "exit code $code"
[ "$(grep -c 'raise --memory' said)" = 2 ] || say "$(cat said)"

# Two at one folder: the second waits for the first, and then has nothing to do.
depth in/good.png -o turns -q &
depth in/good.png -o turns -q
wait $!
[ "$(grep -c '	' turns/.relief.index)" = 1 ] || say "$(cat turns/.relief.index)"

# Leftovers of dead processes go, those of other hosts when they are old, and living ones never.
host=$(hostname)
sleep 0 &
dead=$!
wait $dead
touch "out/.relief-$host-$dead-0.tmp" "out/.relief-$host-$$-0.tmp" out/.relief-elsewhere-1-0.tmp
touch -d '2 hours ago' out/.relief-elsewhere-2-0.tmp
depth in/good.png -o out 2>said
grep -q '2 unfinished files' said || say "$(cat said)"
[ "$(ls -A out | grep -c '^\.relief-')" = 2 ] || say "$(ls -A out)"
rm out/.relief-*

# A folder that cannot be written to, and a full disk: one line, exit 5. Root may write anywhere, but
# not over a file.
: >file
fails 5 depth in/good.png -o file/maps
mkdir small
cat >inside.sh <<'END'
. "$SOURCE/tests/cli/expect.inc"
mount -t tmpfs -o size=256k none small || exit 77
mkdir many
for i in 1 2 3 4 5 6 7 8 9; do cp "$DATA/photo.png" many/$i.png; done
code=0
"$RELIEF" depth many -o small --format pfm --threads 1 --model "$DATA/described.onnx" >lines 2>said || code=$?
[ "$code" = 5 ] || say "exit code $code: $(cat said)"
grep -q 'No space left' said || say "$(cat said)"
grep -q 'stopped: the disk takes nothing more' said || say "$(cat said)"
no_leftovers small
made=$(ls small | wc -l)
[ "$made" -gt 0 ] && [ "$made" -lt 9 ] || say "$made made"
mount -o remount,size=4m small
"$RELIEF" depth many -o small --format pfm --threads 1 --model "$DATA/described.onnx" >lines 2>said
grep -q "$((9 - made)) made, $made up to date" said || say "$(cat said)"
mount -o remount,ro small
fails 5 "$RELIEF" depth many -o small --format npy --model "$DATA/described.onnx"
says "*small/*"
umount small
END
namespace=
[ "$(id -u)" = 0 ] || namespace="unshare --map-root-user --mount"
state=0
$namespace sh -eu inside.sh 2>problem || state=$?
if [ "$state" = 77 ]; then
    echo "a small tmpfs cannot be mounted here"
else
    cat problem
fi
exit "$state"
