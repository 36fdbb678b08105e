# SPDX-License-Identifier: Apache-2.0
# Downloads that fail: one line, the exit code that fits, and nothing wrong in place.
. "$SOURCE/tests/cli/pull.inc"
refused() { # MODE NAME GLOB
    catalogue "$1"
    fails 3 "$RELIEF" model pull "$2" --quiet --timeout 1
    says "$3"
    [ ! -e "models/$2.onnx" ] || say "$1: something is in place"
}
refused wrong net "*net: what came is not the published file*"
nothing_there
refused wrong sizeless "*sizeless: what came is not the published file*"
nothing_there
refused 404 net "*127.0.0.1 answers with error 404*"
nothing_there
refused 500 net "*error 500*"
nothing_there
refused short net "*2999900 bytes*3000000*"
nothing_there
refused short sizeless "*not the published file*"
nothing_there
refused long net "*3000100 bytes*3000000*"
nothing_there
refused endless net "*more than 3000000 bytes*"
rm -rf models
refused strange net "*something else than the file*"
nothing_there
refused html net "*26 bytes*"
nothing_there
refused html sizeless "*not the published file*"
nothing_there
refused loop net "*sends on and on*"
nothing_there
refused cutall net "*cut the connection*"
nothing_there
# A server that falls silent is given up, and what came is kept for the next time.
refused stall net "*nothing for 1 second*"
[ "$(cat models/*.part | wc -c)" -ge 1500000 ] || say "$(ls -l models)"
"$RELIEF" model pull net --mirror "$server/ok" --json --quiet >net.json
holds net.json 'it["fetched_bytes"] <= 1500000'
cmp file models/net.onnx
# Offline.
rm -r models
catalogue ok
sed -i "s|http://127.0.0.1:[0-9]*|http://127.0.0.1:9|" catalogue.json
fails 3 "$RELIEF" model pull net --quiet
says "*127.0.0.1 cannot be reached*online*"
sed -i "s|http://127.0.0.1:9|http://networks.invalid|" catalogue.json
fails 3 "$RELIEF" model pull net --quiet
says "*networks.invalid cannot be reached*"
nothing_there
# What it may not, or cannot, do.
catalogue ok
fails 3 "$RELIEF" model pull unhashed --quiet
says "*unhashed: its SHA-256 is not known*relief model add FILE --as unhashed*"
fails 2 "$RELIEF" model pull restricted --quiet
says "*restricted: its licence, CC-BY-NC-4.0, excludes commercial use (--accept-licence*"
fails 2 "$RELIEF" model pull nonsense --quiet
says "*nonsense: no network of the catalogue (known are: net, sizeless*midas-small*"
fails 2 "$RELIEF" model pull
[ ! -e log ] || say "the server was asked"
"$RELIEF" model pull restricted --accept-licence --quiet
cmp file models/restricted.onnx
# A file of the user's is not replaced unasked.
echo mine >models/net.onnx
fails 2 "$RELIEF" model pull net --quiet
says "*models/net.onnx: is here and is not the published file (--force*"
[ "$(cat models/net.onnx)" = mine ]
"$RELIEF" model pull net --force --quiet
cmp file models/net.onnx
# Cancelled: what came stays, without its final name.
rm -r models
catalogue crawl
"$RELIEF" model pull net --quiet 2>errors &
pid=$!
stopped TERM
[ "$code" = 130 ] || say "exit code $code: $(cat errors)"
[ "$(wc -l <errors)" = 1 ]
[ ! -e models/net.onnx ]
[ "$(cat models/net.*.part | wc -c)" -gt 0 ]
"$RELIEF" model remove net --quiet
nothing_there
# A full disk, by a limit of file size; a store that cannot be written to.
catalogue ok
fails 5 sh -c 'ulimit -f 1000; exec "$RELIEF" model pull net --quiet'
says "*models/net.*writing failed*"
[ ! -e models/net.onnx ]
rm -r models
echo "in the way" >models
fails 5 "$RELIEF" model pull net --quiet
says "*models*"
rm models
# A catalogue that makes no sense is named with what is wrong.
for bad in '{}' '{"models": [{"name": "a/b"}]}' '{"models": [{"name": "a", "hash": "x"}]}' \
    '{"models": [{"name": "a", "sha256": "12"}]}' '{"models": [{"name": "a", "url": "ftp://b/c"}]}' '{"models": ['; do
    echo "$bad" >catalogue.json
    fails 3 "$RELIEF" model pull net --quiet
    says "*catalogue.json: *(RELIEF_CATALOGUE)"
    fails 3 "$RELIEF" model list
done
export RELIEF_CATALOGUE=/nowhere.json
fails 3 "$RELIEF" model info net
says "*/nowhere.json*"
