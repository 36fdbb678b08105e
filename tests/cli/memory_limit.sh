# SPDX-License-Identifier: Apache-2.0
# Under any limit of address space: done, or one line and exit 4; never a signal, never a part of a file.
. "$SOURCE/tests/cli/expect.inc"
ran=0
for megabytes in 40 60 80 100 120 140 160 180 200 225 250 275 300 350 400 450 500 600 700 800 1000 1500; do
    # Below what the loader needs there is no program to behave.
    (ulimit -v $((megabytes * 1024)); "$RELIEF" --version >/dev/null 2>&1) || continue
    code=0
    (
        ulimit -v $((megabytes * 1024))
        ulimit -c 0
        exec "$RELIEF" "$DATA/photo.png" -o a.glb --threads 2 --quiet --model "$DATA/described.onnx"
    ) 2>errors || code=$?
    case $code in
        0) [ -s a.glb ] && [ ! -s errors ] || say "$megabytes MB: exit 0, but: $(cat errors)" ;;
        4) [ ! -e a.glb ] && [ "$(wc -l <errors)" = 1 ] || say "$megabytes MB: $(cat errors)" ;;
        *) say "$megabytes MB: exit code $code: $(cat errors)" ;;
    esac
    rm -f a.glb
    no_leftovers
    ran=$((ran + 1))
    last=$code
done
[ "$ran" -gt 3 ] || say "only $ran limits could be tried"
[ "$last" = 0 ] || say "1.5 GB were not enough"
