#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make run`: one photo into a scene beside it, with the network that is at hand.
set -eu

photo=$1
if [ -n "${RELIEF_MODEL:-}" ] || [ ! -f "$RELIEF_SHARED/teachers/tiefenrausch.onnx" ]; then
    exec "$RELIEF" --force "$photo"
fi
exec "$RELIEF" --force --model "$RELIEF_SHARED/teachers/tiefenrausch.onnx" "$photo"
