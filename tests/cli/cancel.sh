# SPDX-License-Identifier: Apache-2.0
# SIGINT, SIGTERM and SIGHUP end a run with 130 and leave nothing.
. "$SOURCE/tests/cli/expect.inc"
for signal in INT TERM HUP; do
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
# What nohup starts goes on.
mkfifo pipe
nohup "$RELIEF" - -o a.glb --model "$DATA/described.onnx" --quiet <pipe >printed 2>&1 &
pid=$!
exec 3>pipe
sleep 1
kill -HUP $pid
sleep 0.3
cat "$DATA/photo.png" >&3
exec 3>&-
wait $pid || say "exit code $? after a SIGHUP that was to be ignored: $(cat printed)"
[ -s a.glb ]
