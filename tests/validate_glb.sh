#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Khronos validator on the files that test_glb writes: validate_glb.sh TEST_GLB
# Skips (77) where node or the npm package is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v node >/dev/null || [ ! -d "$here/node/node_modules/gltf-validator" ]; then
    echo "skipped: no node or no gltf-validator (npm ci in tests/node)"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
RELIEF_GLB_DIR=$folder "$1" >/dev/null
# Node cannot name a file whose name is not UTF-8.
rm -f "$folder"/not-utf8*
node "$here/validate_glb.mjs" "$folder"/*.glb "$folder"/*.GLB "$folder"/*.gltf
