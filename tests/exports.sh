#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared library shows relief_* and nothing else, and every function of the public headers is there.
set -eu

library=$1
headers=$2/include/relief
shown=$(nm -D --defined-only "$library" | awk '{print $3}')
foreign=$(echo "$shown" | grep -v '^relief_' || true)
if [ -n "$foreign" ]; then
    echo "symbols that do not begin with relief_: $foreign"
    exit 1
fi
declared=$(cat "$headers"/*.h | tr '\n' ' ' | grep -o 'RELIEF_API[^;(]*(' |
    grep -o 'relief_[a-z0-9_]*($' | tr -d '(' | sort -u)
missing=
for name in $declared; do
    echo "$shown" | grep -qx "$name" || missing="$missing $name"
done
if [ -n "$missing" ]; then
    echo "declared but not in the library:$missing"
    exit 1
fi
echo "exports: $(echo "$declared" | wc -l) functions"
