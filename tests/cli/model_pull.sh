# SPDX-License-Identifier: Apache-2.0
# Downloads that go well in the end.
. "$SOURCE/tests/cli/pull.inc"
catalogue ok
"$RELIEF" model pull net --json >net.json 2>said
holds net.json 'it["bytes"] == it["fetched_bytes"] == 3000000' 'not it["was_here"]' 'it["licence"] == "MIT"'
grep -q "net: licence MIT, any use" said
cmp file models/net.onnx
(cd models && sha256sum --quiet -c net.onnx.sha256)
[ "$(ls models | wc -l)" = 2 ]
sent 'len(it) == 1 and it[0]["sent"] == 3000000 and it[0]["range"] is None'
# Again: nothing is fetched. By its alias too.
"$RELIEF" model pull nickname --json >net.json --quiet
holds net.json 'it["was_here"] and it["fetched_bytes"] == 0' 'it["name"] == "net"'
sent 'len(it) == 1'
"$RELIEF" model list --json >list.json
holds list.json '[m["path"] for m in it if m["name"] == "net"][0].endswith("/models/net.onnx")' \
    '[m["file_sha256"] == m["sha256"] for m in it if m["name"] == "net"] == [True]'
rm -r models
# A connection that is cut is taken up where it was cut, within one run.
catalogue cut
"$RELIEF" model pull net --quiet
cmp file models/net.onnx
sent 'sum(r["sent"] for r in it) == 3000000' 'len(it) == 4' 'it[1]["range"] == "bytes=1500000-"' \
    'it[1]["if_range"] == "\"tag\"" and it[1]["status"] == 206'
rm -r models
# A server without ranges, one whose file has changed, one that was busy, and more.
for mode in norange changed busy redirect slow nolength; do
    catalogue $mode
    "$RELIEF" model pull net --quiet || say "$mode"
    cmp file models/net.onnx
    case $mode in
        norange | changed) sent 'len(it) == 2 and it[1]["range"] == "bytes=1500000-" and it[1]["sent"] == 3000000' ;;
        busy) sent '[r["status"] for r in it] == [503, 503, 200]' ;;
        redirect) sent '[r["status"] for r in it] == [302, 200]' ;;
    esac
    rm -r models
done
# Where the size is not known, the hash alone decides.
for mode in ok nolength cut; do
    catalogue $mode
    "$RELIEF" model pull sizeless --quiet || say "$mode"
    cmp file models/sizeless.onnx
    rm -r models
done
# Nothing has its final name before its time; what a killed run has left is gone on with.
catalogue crawl
"$RELIEF" model pull net --quiet 2>errors &
pid=$!
stopped KILL
[ ! -e models/net.onnx ]
short=$(echo "$sha256" | cut -c1-12)
head -c 1000000 file >"models/net.$short.part"
printf '%s\n"tag"\n' "$server/ok/net.onnx" >"models/net.$short.part.from"
catalogue ok
"$RELIEF" model list | grep -q '^net .* part '
"$RELIEF" model pull net --json --quiet >net.json
cmp file models/net.onnx
holds net.json 'it["fetched_bytes"] == 2000000'
sent 'len(it) == 1 and it[0]["range"] == "bytes=1000000-" and it[0]["if_range"] == "\"tag\""'
[ "$(ls models | wc -l)" = 2 ] || say "$(ls models)"
# A part that is wrong costs a second try; one that is complete, or too long, none too many.
rm -r models log
mkdir models
head -c 1000000 /dev/zero >"models/net.$short.part"
"$RELIEF" model pull net --quiet
cmp file models/net.onnx
sent 'len(it) == 2 and it[0]["range"] == "bytes=1000000-" and it[1]["range"] is None'
for name in net sizeless; do
    rm -r models
    mkdir models
    cp file "models/$name.$short.part"
    "$RELIEF" model pull $name --json --quiet >net.json
    cmp file models/$name.onnx
    holds net.json 'it["fetched_bytes"] == 0'
    rm -r models
    mkdir models
    head -c 3000001 /dev/zero >"models/$name.$short.part"
    "$RELIEF" model pull $name --quiet
    cmp file models/$name.onnx
done
# From a mirror, whose address says nothing of what the file is; and through a proxy.
rm -r models log
RELIEF_MIRROR=$server/ok "$RELIEF" model pull net --quiet
sent 'it[0]["path"] == "/ok/net.onnx"'
rm -r models log
catalogue 404
"$RELIEF" model pull net --mirror "$server/ok/deep/" --quiet
sent 'it[0]["path"] == "/ok/deep/net.onnx"'
rm -r models
cp file net.onnx
"$RELIEF" model pull net --mirror "file://$PWD" --quiet
cmp file models/net.onnx
rm -r models log
sed -i "s|$server/404|http://networks.invalid/ok|" catalogue.json
http_proxy=$server "$RELIEF" model pull net --quiet
sent 'it[0]["path"] == "http://networks.invalid/ok/net.onnx"'
cmp file models/net.onnx
# Progress in lines: bytes, up to all of them.
rm -r models
catalogue slow
"$RELIEF" model pull net --progress json --quiet 2>lines
python3 - <<'PYTHON'
import json
lines = [json.loads(l) for l in open("lines")]
steps = [l for l in lines if l["stage"] == "download"]
assert steps[0]["done"] == 0 and len(steps) > 3, steps
assert all(a["done"] <= b["done"] <= 3000000 == b["total"] for a, b in zip(steps, steps[1:])), steps
assert steps[-1]["done"] == 3000000, steps[-1]
assert lines[-1] == {"stage": "done", "files": 1, "failed": 0, "exit": 0}, lines[-1]
PYTHON
"$RELIEF" model remove net --quiet
"$RELIEF" model pull net --progress bar --quiet 2>bar
grep -q 'of 3.0 MB' bar
# Three at once: one fetches, and all have it.
rm -r models log
catalogue gate
rm -f log.open
for i in 1 2 3; do
    "$RELIEF" model pull net --json --quiet >"done.$i" &
    eval "pid$i=\$!"
done
sleep 0.7
touch log.open
wait $pid1 && wait $pid2 && wait $pid3 || say "one of three failed"
cmp file models/net.onnx
sent 'sum(r["sent"] for r in it) == 3000000'
cat done.1 done.2 done.3 | python3 -c '
import json, sys
assert sorted(json.loads(l)["fetched_bytes"] for l in sys.stdin) == [0, 0, 3000000]'
[ "$(ls models | wc -l)" = 2 ] || say "$(ls models)"
# Several in a row, one of which there is not.
rm -r models
catalogue ok
code=0
"$RELIEF" model pull net nonsense sizeless --json --quiet >several 2>errors || code=$?
[ "$code" = 1 ]
[ "$(wc -l <several)" = 2 ]
cmp models/net.onnx models/sizeless.onnx
"$RELIEF" model remove net sizeless --quiet
nothing_there
