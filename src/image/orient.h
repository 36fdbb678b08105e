/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures that a camera held on its side, turned upright by the orientation that EXIF tells. */
#ifndef RELIEF_IMAGE_ORIENT_H
#define RELIEF_IMAGE_ORIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where pixel (x, y) of the coded picture goes: to pixel base + x * dx + y * dy of the upright
 * raster, counted in pixels. */
typedef struct rl_orient {
    ptrdiff_t base, dx, dy;
} rl_orient;

/* Whether an EXIF orientation swaps width and height. */
bool rl_orientation_swaps(int orientation);

/* The map for a coded picture of width x height pixels and an EXIF orientation 1-8. */
rl_orient rl_orient_map(int orientation, int width, int height);

/* Coded rows of RGB pixels of 8 bits. */
typedef struct rl_strip {
    const uint8_t *rows;
    size_t row_bytes; /* from one row to the next */
    int width;        /* pixels of a row that count */
    int y, count;     /* which rows of the coded picture they are */
} rl_strip;

/* Store them in the upright raster. */
void rl_orient_strip(const rl_orient *map, const rl_strip *strip, uint8_t *to);

#endif
