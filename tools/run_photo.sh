#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make run`: one photo into a scene beside it. Our sample photo is a render: its focal length is known.
set -eu

photo=$1
if [ "$photo" = examples/sample.jpg ]; then
    exec "$RELIEF" "$photo" --fov 56
fi
exec "$RELIEF" "$photo"
