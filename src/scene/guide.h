/* SPDX-License-Identifier: Apache-2.0 */
/* The photo on a raster small enough to be gone over many times. */
#ifndef RELIEF_SCENE_GUIDE_H
#define RELIEF_SCENE_GUIDE_H

#include "relief/image.h"

/* Most pixels on the long side of a guide. */
enum { RL_GUIDE_SIDE = 1024 };

/* The photo's colours, shrunk by a whole factor from its raster by averaging: guide pixel (x, y)
 * covers raster pixels [x * factor, (x + 1) * factor) and the same in y, clipped at the border. */
typedef struct rl_guide {
    int width, height;
    int factor;
    /* The raster's sides in guide pixels: the last ones may be covered in part. */
    double across, down;
    uint8_t *rgbx; /* height * width quadruples; the fourth byte is 0 */
} rl_guide;

/* Make a guide; the caller clears *out, after failures too. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_guide_make(relief_ctx *ctx, const relief_image *photo,
                                           rl_guide *out);
void rl_guide_clear(rl_guide *guide);

#endif
