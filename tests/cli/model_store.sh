# SPDX-License-Identifier: Apache-2.0
# Networks of the user's own in the store: added, found by name, listed, removed.
. "$SOURCE/tests/cli/expect.inc"
export RELIEF_MODELS="$PWD/models"
cp "$DATA/tiny.onnx" net.onnx
"$RELIEF" model add net.onnx --as mine
cmp net.onnx models/mine.onnx
(cd models && sha256sum --quiet -c mine.onnx.sha256)
"$RELIEF" depth "$DATA/photo.png" -o by_name.npy --model mine --quiet
"$RELIEF" depth "$DATA/photo.png" -o by_file.npy --model net.onnx --quiet
cmp by_name.npy by_file.npy
"$RELIEF" model list --json >list.json
holds list.json '[m["file_bytes"] for m in it if m["name"] == "mine"][0] > 100' 'it[-1]["name"] == "mine"' \
    'it[-1]["use"] is None and not it[-1]["link"]'
"$RELIEF" model list | grep -q '^mine .* yes '
"$RELIEF" model info mine --json >info.json
holds info.json 'it["source"] == "rules"' 'it["name"] == "mine"'
# As another network: its descriptor goes along. So does a descriptor of the user's own.
"$RELIEF" model add net.onnx --as as-small --like midas-small --quiet
"$RELIEF" model info as-small --json >info.json
holds info.json 'it["source"] == "json"' 'it["network_width"] == 256'
echo '{"kind": "metres", "licence": "own"}' >net.json
"$RELIEF" model add net.onnx --as metric --json >added.json
holds added.json 'it["name"] == "metric"'
"$RELIEF" model info metric --json >info.json
holds info.json 'it["kind"] == "metres"' 'it["licence"] == "own"'
# A link, which follows its file.
"$RELIEF" model add net.onnx --as linked --link --quiet
[ "$(readlink -f models/linked.onnx)" = "$(readlink -f net.onnx)" ]
"$RELIEF" model list --json >list.json
holds list.json '[m["link"] for m in it if m["name"] == "linked"] == [True]'
"$RELIEF" model remove linked --quiet
[ -e net.onnx ] && [ ! -e models/linked.onnx ]
# Published names are for the published files; where their hash is not known, for what the user says.
fails 3 "$RELIEF" model add net.onnx --as midas-small
says "*net.onnx: is not the published midas-small*--like midas-small*"
[ ! -e models/midas-small.onnx ]
rm net.json
"$RELIEF" model add net.onnx --as low --force --quiet
"$RELIEF" model info midas-small --json >info.json
holds info.json 'it["network_width"] == 256' 'it["source"] == "json"'
"$RELIEF" model list | grep -q '^midas-small .* other '
"$RELIEF" model add net.onnx --as midas-large --quiet
"$RELIEF" model info midas-large --json >info.json
holds info.json 'it["source"] == "catalogue"' 'it["network_width"] == 384' 'it["licence"] == "MIT"'
# What is refused leaves nothing.
ls -A models >before
fails 2 "$RELIEF" model add net.onnx --as mine
says "*mine: there is a network of this name*--force*"
fails 2 "$RELIEF" model add models/mine.onnx --as mine
fails 2 "$RELIEF" model add net.onnx --as ../mine
fails 2 "$RELIEF" model add net.onnx --as mine.onnx
fails 2 "$RELIEF" model add net.onnx
fails 2 "$RELIEF" model add net.onnx --as other --like nonsense
fails 3 "$RELIEF" model add "$DATA/text.jpg" --as other
fails 3 "$RELIEF" model add nowhere.onnx --as other
fails 3 "$RELIEF" model remove nothing
fails 2 "$RELIEF" model remove
fails 2 "$RELIEF" model remove ../models/mine
ls -A models | diff before -
fails 5 env RELIEF_MODELS=/proc/nowhere "$RELIEF" model add net.onnx --as mine
# `remove` takes all that belongs to a name, and nothing of a longer one.
"$RELIEF" model add net.onnx --as mine.2 --quiet
"$RELIEF" model remove mine as-small metric low midas-large --quiet
[ "$(ls models | tr '\n' ' ')" = "mine.2.onnx mine.2.onnx.sha256 " ] || say "$(ls models)"
