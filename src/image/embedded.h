/* SPDX-License-Identifier: Apache-2.0 */
/* The depth picture that a phone puts into a photo's file, as numbers from 0 to 1. */
#ifndef RELIEF_IMAGE_EMBEDDED_H
#define RELIEF_IMAGE_EMBEDDED_H

#include "image/picture.h"

/* What the numbers mean. */
typedef enum rl_embedded_scale {
    RL_EMBEDDED_INVERSE,  /* 0 nearest, 1 farthest, even steps of 1 / distance (RangeInverse) */
    RL_EMBEDDED_LINEAR,   /* 0 nearest, 1 farthest, even steps of distance (RangeLinear) */
    RL_EMBEDDED_DISPARITY /* larger is nearer */
} rl_embedded_scale;

typedef struct rl_embedded {
    float *values; /* height * width from 0 to 1, upright as the photo; NULL: there is none */
    int width, height;
    rl_embedded_scale scale;
    double nearest, farthest; /* distances that 0 and 1 stand for; 0: not told */
    const char *origin;       /* by what standard it is in the file; a constant */
} rl_embedded;

/* Find and decode the depth picture of a photo. out->values is NULL when there is none. Undo with
 * rl_embedded_clear(). Errors: those of rl_grey_read() for a picture that is there and damaged. */
RELIEF_CHECKED relief_status rl_embedded_read(relief_ctx *ctx, const relief_image *photo,
                                              rl_embedded *out);
void rl_embedded_clear(rl_embedded *embedded);

#endif
