#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make run`: one photo into a scene beside it, with the network that is at hand. Where there is none, our sample photo
# has a depth map of its own: it is a render, and its exact depth is one of the tests' files.
set -eu

photo=$1
network=$RELIEF_SHARED/teachers/tiefenrausch.onnx
if [ -z "${RELIEF_MODEL:-}" ] && [ -f "$network" ]; then
    exec "$RELIEF" --model "$network" "$photo"
fi
if [ -z "${RELIEF_MODEL:-}" ] && [ "$photo" = examples/sample.jpg ]; then
    exec "$RELIEF" mesh "$photo" -o examples/sample.glb --fov 56 \
        --depth tests/data/scenes/figure/depth.exr --depth-is metres
fi
exec "$RELIEF" "$photo"
