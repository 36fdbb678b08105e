/* SPDX-License-Identifier: Apache-2.0 */
#include "image/orient.h"

#include <string.h>

bool rl_orientation_swaps(int orientation) {
    return orientation >= 5 && orientation <= 8;
}

rl_orient rl_orient_map(int orientation, int width, int height) {
    ptrdiff_t w = width, h = height;
    switch (orientation) {
    case 2:
        return (rl_orient){w - 1, -1, w};
    case 3:
        return (rl_orient){h * w - 1, -1, -w};
    case 4:
        return (rl_orient){(h - 1) * w, 1, -w};
    case 5:
        return (rl_orient){0, h, 1};
    case 6:
        return (rl_orient){h - 1, h, -1};
    case 7:
        return (rl_orient){w * h - 1, -h, -1};
    case 8:
        return (rl_orient){(w - 1) * h, -h, 1};
    default:
        return (rl_orient){0, 1, w};
    }
}

void rl_orient_strip(const rl_orient *map, const rl_strip *strip, uint8_t *to) {
    enum { PIXEL = 3 };
    /* Column by column, which are rows where the picture is turned by a right angle. */
    for (int x = 0; x < strip->width; x++) {
        const uint8_t *from = strip->rows + (size_t)x * PIXEL;
        uint8_t *at = to + (map->base + x * map->dx + strip->y * map->dy) * PIXEL;
        for (int v = 0; v < strip->count; v++, from += strip->row_bytes, at += map->dy * PIXEL)
            memcpy(at, from, PIXEL);
    }
}
