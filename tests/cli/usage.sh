# SPDX-License-Identifier: Apache-2.0
# What makes no sense is refused in one line that says what to do.
. "$SOURCE/tests/cli/expect.inc"
fails 2 "$RELIEF" --modle x a.jpg
says "*--modle: no such option (did you mean --model?)"
fails 2 "$RELIEF" --qualitative a.jpg
says "*--qualitative: no such option*"
fails 2 "$RELIEF" depth a.jpg -o b.png --grid 4
says "*--grid: not an option of this command*relief depth --help*"
fails 2 "$RELIEF" a.jpg --fov
says "*--fov: a value is missing*"
fails 2 "$RELIEF" a.jpg --fov wide
says "*--fov wide: not a number*"
fails 2 "$RELIEF" a.jpg --threads 0
fails 2 "$RELIEF" a.jpg --threads 2x
fails 2 "$RELIEF" a.jpg --network-size 384
says "*WIDTHxHEIGHT*"
fails 2 "$RELIEF" a.jpg --device gpu
says "*auto|cpu|cuda*"
fails 2 "$RELIEF" a.jpg --device cuda
says "*not built into this program*"
fails 2 "$RELIEF" a.jpg --precision=int4
fails 2 "$RELIEF" a.jpg --json=yes
fails 2 "$RELIEF" -x a.jpg
fails 2 "$RELIEF" model
fails 2 "$RELIEF" model lsit
fails 2 "$RELIEF" mesh a.jpg
says "*relief mesh PHOTO -o FILE*"
fails 2 "$RELIEF" depth a.jpg
fails 2 "$RELIEF" depth a.jpg -o a.txt
fails 2 "$RELIEF" depth a.jpg -o a.npy --format pfm
fails 2 "$RELIEF" a.jpg -o a.fbx
says "*.glb*"
fails 2 "$RELIEF" a.jpg --depth map.pfm
says "*--depth-is*"
fails 2 "$RELIEF" a.jpg b.jpg -o one.glb
says "*name a folder*"
fails 2 "$RELIEF" a.jpg a.png
says "*a.glb: both a.jpg and a.png*"
fails 2 "$RELIEF" - --model x.onnx
says "*standard input has no name*"
fails 2 "$RELIEF" ""
fails 2 env RELIEF_THREADS=many "$RELIEF" a.jpg
fails 2 env RELIEF_DEVICE=cuda "$RELIEF" a.jpg
fails 2 env MIDAS_MODEL=DPT_Huge "$RELIEF" a.jpg
fails 2 env RELIEF_DEVICE=quantum "$RELIEF" a.jpg
# One file by two names is one file.
fails 2 "$RELIEF" a.jpg ./a.png
says "*a.glb: both a.jpg and ./a.png*"
fails 2 "$RELIEF" a.jpg "$PWD/a.png"
mkdir sub
fails 2 "$RELIEF" sub/a.jpg sub/../sub//a.png
fails 3 "$RELIEF" a.jpg sub/a.png --model nowhere
