# SPDX-License-Identifier: Apache-2.0
# With --end-with-parent a run does not outlive the program that started it, even when that is killed.
. "$SOURCE/tests/cli/expect.inc"
[ "$(uname)" = Linux ] || { echo "only Linux can tell a process of its parent's end"; exit 77; }

# start OPTION...: a parent with a long run of relief's in it; their numbers are left in $parent and $child.
start() {
    rm -f child
    sh -c '"$0" bench --runs 100000 "$@" >bench.out 2>&1 & echo $! >child.new; mv child.new child; wait' \
        "$RELIEF" "$@" &
    parent=$!
    for _ in $(seq 100); do [ -s child ] && break; sleep 0.1; done
    child=$(cat child)
    sleep 0.5
    kill -0 "$child" || say "it has not started: $(cat bench.out)"
}
# ends: whether the child is gone within five seconds.
ends() {
    for _ in $(seq 50); do
        kill -0 "$child" 2>/dev/null || return 0
        case $(cut -d ' ' -f 3 "/proc/$child/stat" 2>/dev/null) in Z | "") return 0 ;; esac
        sleep 0.1
    done
    return 1
}
start --end-with-parent
kill -9 "$parent"
ends || { kill -9 "$child"; say "it outlives its parent"; }
# Without the option it goes on.
start
kill -9 "$parent"
sleep 0.5
kill -0 "$child" || say "it ended without being told to"
kill -9 "$child"

# A program that had ended before this one began is told of by its number.
sh -c 'echo $$' >gone
code=0
RELIEF_PARENT=$(cat gone) "$RELIEF" "$DATA/photo.png" -o late.glb --model "$DATA/described.onnx" --end-with-parent 2>late.err || code=$?
[ $code = 130 ] || say "exit code $code without a parent: $(cat late.err)"
[ ! -e late.glb ]
RELIEF_PARENT=$$ "$RELIEF" "$DATA/photo.png" -o late.glb --model "$DATA/described.onnx" --end-with-parent --quiet
[ -e late.glb ]
