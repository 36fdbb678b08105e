#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make_all.sh WIDTHxHEIGHT DIR: render the four scenes into DIR/NAME. At 640x480, with all
# second views and films, two free cores take an hour; a 12-megapixel photo takes under ten.
# SAMPLES and VIEW_SAMPLES override the light paths a pixel; large pictures need fewer.
set -eu
size=$1
out=$2
here=$(dirname "$0")
case $size in
640x480) samples=36 view_samples=20 views=all more= ;;
*) samples=3 view_samples=3 views=none more='--quality 95' ;;
esac
for scene in tabletop room street figure; do
    # shellcheck disable=SC2086  # $more is a list of words
    nice -n 19 blender -b --factory-startup --python-exit-code 1 --python "$here/render.py" -- \
        --scene $scene --size "$size" --out "$out/$scene" --views "${VIEWS:-$views}" \
        --samples "${SAMPLES:-$samples}" --view-samples "${VIEW_SAMPLES:-$view_samples}" $more
    [ "$size" != 640x480 ] || nice -n 19 blender -b --factory-startup --python-exit-code 1 \
        --python "$here/render.py" -- --scene $scene --size 320x240 --out "$out/$scene/film" --film \
        --view-samples "${FILM_SAMPLES:-5}"
done
[ "$size" != 640x480 ] || "$here/check_truth.py" "$out"
