# SPDX-License-Identifier: Apache-2.0
# SIGINT and SIGTERM end a run with 130 and leave nothing.
. "$SOURCE/tests/cli/expect.inc"
for signal in INT TERM; do
    mkfifo pipe
    "$RELIEF" - -o a.glb --model "$DATA/described.onnx" <pipe 2>errors &
    pid=$!
    exec 3>pipe
    sleep 1
    kill -$signal $pid
    sleep 0.3
    exec 3>&-
    code=0
    wait $pid || code=$?
    [ "$code" = 130 ] || say "exit code $code after $signal"
    [ "$(wc -l <errors)" = 1 ] || say "$(cat errors)"
    [ ! -e a.glb ]
    no_leftovers
    rm pipe
done
