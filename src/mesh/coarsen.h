/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts that are too small to be followed, healed. */
#ifndef RELIEF_MESH_COARSEN_H
#define RELIEF_MESH_COARSEN_H

#include "mesh/surface.h"

/* Bits of rl_surface.torn while it is tessellated: there was a cut between a pixel and its
 * neighbour, which has been healed. What lies beside it is not held to the bounds. */
#define RL_HEALED_RIGHT 4u
#define RL_HEALED_DOWN 8u

/* Work of rl_coarsen(), and its result. */
typedef struct rl_coarse {
    int width, height;
    const uint8_t *valid; /* borrowed, NULL: all pixels are */
    uint8_t *torn;        /* in and out */
    float *q;             /* in and out */
    uint8_t *known;       /* of every pixel; all 0 */
    double outline_px;    /* how far outlines may be off */
} rl_coarse;

/* Heal what outlines that are off by outline_px do not show: regions smaller than a square of twice
 * that side become part of a neighbour, whose q goes on in them; and cuts that end nowhere within
 * twice that length of where they begin are closed. Where what is valid ends nothing changes.
 * Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_coarsen(relief_ctx *ctx, const rl_coarse *coarse);

#endif
