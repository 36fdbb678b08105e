# SPDX-License-Identifier: Apache-2.0
# A network that is named and not here is an error that names the way.
. "$SOURCE/tests/cli/expect.inc"
fails 3 "$RELIEF" "$DATA/photo.png" -o a.glb --model nowhere.onnx
says "*nowhere.onnx: no such file*"
fails 3 "$RELIEF" "$DATA/photo.png" -o a.glb --model nonsense
says "*midas-small*"
fails 3 "$RELIEF" "$DATA/photo.png" -o a.glb --model midas-small
says "*midas-small*not on this machine*"
fails 3 env RELIEF_MODEL=midas-large "$RELIEF" "$DATA/photo.png" -o a.glb
says "*midas-large*"
for pair in DPT_Large:dpt-large DPT_Hybrid:dpt-hybrid MiDaS_small:midas-small; do
    fails 3 env MIDAS_MODEL="${pair%:*}" "$RELIEF" "$DATA/photo.png" -o a.glb
    says "*${pair#*:}*not on this machine*"
done
# Flags win over relief's variables, and those over the container's.
fails 3 env RELIEF_MODEL=midas-large MIDAS_MODEL=DPT_Large "$RELIEF" "$DATA/photo.png" -o a.glb
says "*midas-large*"
fails 3 env RELIEF_MODEL=midas-large "$RELIEF" "$DATA/photo.png" -o a.glb --model dpt-hybrid
says "*dpt-hybrid*"
RELIEF_MODEL=midas-large "$RELIEF" "$DATA/photo.png" -o a.glb --model "$DATA/described.onnx" --quiet
RELIEF_MODEL="$DATA/described.onnx" FORCE_CPU_COMPUTE=yes "$RELIEF" "$DATA/photo.png" -o b.glb --quiet
# By name, from the models folder.
mkdir models
cp "$DATA/described.onnx" models/midas-large.onnx
RELIEF_MODELS=$PWD/models "$RELIEF" "$DATA/photo.png" -o c.glb --model midas-large --quiet
[ -s a.glb ]
[ -s b.glb ]
[ -s c.glb ]
