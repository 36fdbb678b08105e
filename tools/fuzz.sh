#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run every fuzz target for SECONDS_EACH seconds (600), growing a copy of its corpus: fuzz.sh BUILD
set -eu

for target in "$1"/fuzz/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=$(basename "$target")
    corpus=$1/corpus/$name
    mkdir -p "$corpus"
    echo "relief: fuzzing $name for ${SECONDS_EACH:-600} s, new inputs in $corpus"
    "$target" -max_total_time="${SECONDS_EACH:-600}" -rss_limit_mb=4096 -timeout=20 \
        -artifact_prefix="$corpus/" "$corpus" "fuzz/corpus/${name#fuzz_}"
done
