/* SPDX-License-Identifier: Apache-2.0 */
/* OpenEXR photos: scene-linear light, of which what lies in [0, 1] is kept. */
#ifndef RELIEF_IMAGE_EXR_H
#define RELIEF_IMAGE_EXR_H

#include "image/picture.h"

/* As rl_picture_probe() and rl_picture_decode(), for EXR files; pixels come in 16 bits. */
RELIEF_CHECKED relief_status rl_exr_probe(relief_ctx *ctx, relief_image *image);
RELIEF_CHECKED relief_status rl_exr_decode(relief_ctx *ctx, const relief_image *image,
                                           rl_pixels *out);

#endif
