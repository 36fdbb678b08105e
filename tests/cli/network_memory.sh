# SPDX-License-Identifier: Apache-2.0
# A network takes 1.3 times what its weights, in the form used, and its values need, and 64 MB; what they were made of goes.
. "$SOURCE/tests/cli/expect.inc"
export RELIEF_CACHE="$PWD/cache"
python3 "$SOURCE/tests/make_wide_network.py" wide.onnx 16
bound='it["network_mb"] <= 1.3 * (it["weights_mb"] + it["live_mb"]) + 64'
[ -z "$SANITIZED" ] || bound='True' # sanitizers have memory of their own beside ours
for precision in f32 bf16; do
    for start in first second; do # the second finds the weights in the cache
        "$RELIEF" bench --model wide.onnx --network-size 2048x1 --runs 1 --precision $precision --json >$start.json 2>error ||
            { grep -q 'is not for this processor' error && continue; }
        holds $start.json "$bound" 'it["weights_mb"] > 100' 'it["network_mb"] > 100'
    done
done
