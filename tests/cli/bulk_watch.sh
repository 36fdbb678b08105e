# SPDX-License-Identifier: Apache-2.0
# Who sits in front of a bulk run: the bar on a terminal, and Ctrl-C.
. "$SOURCE/tests/cli/expect.inc"
depth() { "$RELIEF" depth --model "$DATA/described.onnx" --threads 2 "$@"; }
mkdir in many
for i in 1 2 3 4 5 6 7 8 9; do cp "$DATA/photo.png" in/$i.png; done
cp "$DATA/text.jpg" in/0.jpg # comes first
for i in $(seq 400); do ln "$DATA/photo.png" many/$i.png 2>/dev/null || cp "$DATA/photo.png" many/$i.png; done

# A bar with what is done, rate, time left and failures, in one line; under it failures and the end, and no line a map.
cat >terminal.sh <<END
"$RELIEF" depth in -o out --size 4000x3000 --model "$DATA/described.onnx" --threads 1
END
code=0
script -qec "sh terminal.sh" typescript </dev/null >/dev/null || code=$?
[ "$code" = 1 ] || say "exit code $code: $(cat typescript)"
tr '\r' '\n' <typescript >screen
grep -q '\[[#.]*\] *[0-9]*% [0-9]* of 10' screen || say "no bar: $(cat screen)"
grep -q 'of 10, [0-9.]* a second, [0-9]* s left, 1 failed' screen || say "no rate: $(cat screen)"
grep -q 'relief: in/0.jpg: this is text' screen || say "no failure: $(cat screen)"
grep -q 'relief: 9 made, 1 failed, in .* a second)' screen || say "no end: $(cat screen)"
! grep -q '160 x 120' screen || say "lines under the bar: $(cat screen)"

# Piped, a line a map and no bar.
depth in -o piped 2>said >lines || true
[ "$(wc -l <lines)" = 9 ] || say "$(cat lines)"
[ "$(wc -l <said)" = 2 ] || say "$(cat said)"
! grep -q '\[#' said || say "a bar in a pipe: $(cat said)"

# Ctrl-C after the first map: what is on its way is finished, the rest waits for the next run. The run may be over
# before the signal comes on a machine with other things to do: then once more.
stop_one() {
    rm -rf stopped lines
    "$RELIEF" depth many -o stopped --size 1600x1200 --format pfm --report r.jsonl --threads 2 \
        --model "$DATA/described.onnx" >lines 2>said &
    pid=$!
    while [ ! -s lines ] && kill -0 $pid 2>/dev/null; do sleep 0.01; done
    kill -INT $pid 2>/dev/null || true
    code=0
    wait $pid || code=$?
    [ "$code" = 0 ]
}
tries=1
while stop_one && [ $tries -lt 5 ]; do tries=$((tries + 1)); done
[ "$code" = 130 ] || say "exit code $code: $(cat said)"
made=$(wc -l <lines)
[ "$made" -gt 0 ] && [ "$made" -lt 400 ] || say "$made made"
[ "$(ls stopped | wc -l)" = "$made" ] || say "$(ls stopped | wc -l) files, $made told"
[ "$(wc -l <r.jsonl)" = "$made" ] || say "$(wc -l <r.jsonl) lines in the report, $made made"
grep -q "^relief: $made made, $((400 - made)) not begun" said || say "$(cat said)"
no_leftovers stopped
for map in stopped/*.pfm; do [ "$(stat -c %s "$map")" = 7680024 ] || say "$map: half"; done
rm -r stopped/*.pfm
depth many -o stopped --size 8x6 --format pfm -q
[ "$(ls stopped | wc -l)" = 400 ] || say "$(ls stopped | wc -l) after the next run"
