# SPDX-License-Identifier: Apache-2.0
# The cache of prepared weights: where it is, what is in it, and without it.
. "$SOURCE/tests/cli/expect.inc"
export RELIEF_CACHE="$PWD/cache"
"$RELIEF" model cache --json >none.json
holds none.json 'it["files"] == it["bytes"] == 0' 'it["folder"].endswith("/cache")' 'it["limit_bytes"] == 4000000000'
mkdir cache
head -c 1000000 /dev/zero >cache/00112233445566778899aabbccddeeff.weights
echo mine >cache/notes.txt
RELIEF_CACHE_LIMIT=20 "$RELIEF" model cache info --json >one.json
holds one.json 'it["files"] == 1 and it["bytes"] == 1000000' 'it["limit_bytes"] == 20000000'
"$RELIEF" model cache | grep -q '^files:     1$'
"$RELIEF" model cache clear --json >cleared.json
holds cleared.json 'it["removed_bytes"] == 1000000'
# What is not the cache's stays.
[ "$(ls cache)" = notes.txt ]
"$RELIEF" model cache clear | grep -q '^removed 0.0 MB$'
fails 2 "$RELIEF" model cache empty
fails 2 "$RELIEF" model cache clear now
RELIEF_CACHE=off "$RELIEF" model cache --json >off.json
holds off.json 'it["folder"] is None'
unset RELIEF_CACHE
XDG_CACHE_HOME="$PWD/xdg" "$RELIEF" model cache --json >xdg.json
holds xdg.json 'it["folder"].endswith("/xdg/relief")'
# A small network is worth no file; whatever the cache is, depth is the same.
export RELIEF_CACHE="$PWD/cache2"
"$RELIEF" depth "$DATA/photo.png" -o with.npy --model "$DATA/described.onnx" --quiet
[ ! -e cache2 ] || say "something was kept: $(ls cache2)"
"$RELIEF" depth "$DATA/photo.png" -o without.npy --model "$DATA/described.onnx" --quiet --no-cache
RELIEF_CACHE=/proc/nowhere RELIEF_CACHE_LEAST=0 \
    "$RELIEF" depth "$DATA/photo.png" -o nowhere.npy --model "$DATA/described.onnx" --quiet
cmp with.npy without.npy
cmp with.npy nowhere.npy
