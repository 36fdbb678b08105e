# SPDX-License-Identifier: Apache-2.0
# The command line and the library agree about the ranges: the ends work, what is beyond is refused at once.
. "$SOURCE/tests/cli/expect.inc"
check() { # OPTION LEAST MOST BELOW ABOVE
    for value in "$2" "$3"; do
        "$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/described.onnx" --quiet "$1" "$value" ||
            say "exit code $? with $1 $value"
    done
    for value in "$4" "$5"; do
        fails 2 "$RELIEF" nowhere.png -o b.glb --model nowhere.onnx "$1" "$value"
        says "*$1 $value: not a*from $2 to $3"
    done
}
check --fov 1 170 0.9 170.1
check --depth-ratio 1.01 1000 1 1000.1
check --strength 0.01 10 0.009 10.1
check --travel 0.001 1 0.0009 1.1
check --grid 1 16384 0 16385
check --max-triangles 2 1000000000 1 1000000001
check --triangles 2 1000000000 1 1000000001
check --error 0.01 1000 0.009 1000.1
check --threads 1 256 0 257
[ ! -e b.glb ]
