/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that make a ribbon: which pixels lie beside silhouettes, and what each side looks like
 * there. */
#ifndef RELIEF_SCENE_RIBBON_H
#define RELIEF_SCENE_RIBBON_H

#include "scene/layers.h"

/* A pixel beside a silhouette. */
typedef struct rl_ribbon_place {
    uint16_t x, y;
    float near_q, far_q; /* of both sides at the torn border next to it */
    float inside;        /* pixels from there, more than 0 on the near side */
    bool near;
    bool known; /* it belongs to one of these two surfaces, not to a third */
} rl_ribbon_place;
_Static_assert(RELIEF_MAX_SIDE <= UINT16_MAX, "places are counted in 16 bits");

/* The pixels around silhouettes. */
typedef struct rl_ribbon_field {
    const float *q;
    const uint8_t *torn;
    int width, height;
    int near_reach, far_reach; /* pixels from the silhouette that are listed on either side */
    rl_ribbon_place *list;     /* row by row, from the left */
    size_t *rows;              /* where the list's rows begin; there is room between them */
    size_t *ends;              /* and where they end */
} rl_ribbon_field;

/* The farthest that pixels can be listed. */
enum { RL_RIBBON_MOST_REACH = 120 };

/* List the pixels within reach of a torn border. The caller has set what the field borrows, and
 * clears it, after failures too. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_ribbon_find(relief_ctx *ctx, rl_ribbon_field *field);
void rl_ribbon_field_clear(rl_ribbon_field *field);

/* What one side looks like around a place. */
typedef struct rl_ribbon_look {
    float weight;    /* 0: nothing is known */
    float colour[3]; /* levels of sRGB */
    float spread;    /* root of the sum of the channels' variances */
} rl_ribbon_look;

/* Colours of both sides, on a grid of cells. */
typedef struct rl_ribbon_sides {
    int cell_px, columns, rows;
    float *raw;  /* sums before they are smoothed */
    float *sums; /* of a cell 2 x 5: near, then far: count, three channels, their squares */
} rl_ribbon_sides;

/* From which pixels colours are taken: distances from the silhouette on both sides. */
typedef struct rl_ribbon_rings {
    float near_from, near_to, far_from, far_to;
} rl_ribbon_rings;

/* Room for the cells of a field; cell_px is set. The caller clears *out, after failures too.
 * Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_ribbon_sides_start(relief_ctx *ctx, const rl_ribbon_field *field,
                                                   rl_ribbon_sides *out);
/* Add a pixel that lies inside of the rings; others are passed over. Threads may add to cells of
 * different rows at the same time. */
void rl_ribbon_sides_add(const rl_ribbon_sides *sides, const rl_ribbon_rings *rings,
                         const rl_ribbon_place *place, const uint8_t *colour);
/* Smooth what was added. */
void rl_ribbon_sides_smooth(relief_ctx *ctx, const rl_ribbon_sides *sides);
void rl_ribbon_sides_clear(rl_ribbon_sides *sides);
/* What the near and the far side look like at a pixel. */
void rl_ribbon_looks(const rl_ribbon_sides *sides, int x, int y, rl_ribbon_look looks[2]);

#endif
