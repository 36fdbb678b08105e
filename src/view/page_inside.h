/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a page: what page.js reads. */
#ifndef RELIEF_VIEW_PAGE_INSIDE_H
#define RELIEF_VIEW_PAGE_INSIDE_H

#include "relief/page.h"

/* What of a scene concerns all of its surfaces. */
typedef struct rl_page_range {
    double width, height, focal_px; /* of the source camera, in pixels of the photo */
    double q[2];                    /* least and largest 1 / depth of a corner */
    double pivot;                   /* 1 / depth of what keeps its place while the camera moves */
} rl_page_range;

/* A surface's geometry as bytes. Numbers take 7 bits a byte, low ones first; the highest bit says
 * that more follow. Of every corner stand x and y, in units of `step` pixels from the photo's top
 * left, and q, in 65535ths of its range: each as the difference to the corner before (0 at first),
 * doubled, and for negative ones turned into -2d - 1. Corners stand in the order in which triangles
 * first use them. Of a triangle's corner stands how far it is behind the next that was not yet
 * used. */
typedef struct rl_page_mesh {
    uint8_t *bytes; /* of rl_alloc */
    size_t size;
    int64_t vertex_count, triangle_count; /* vertices that triangles use */
    double step;
    double place[4]; /* u = x * place[0] + place[2], v = y * place[1] + place[3] */
} rl_page_mesh;

/* Look at all corners that triangles use. Errors: _FORMAT (an index out of range, a corner that the
 * source camera does not see). */
RELIEF_CHECKED relief_status rl_page_survey(relief_ctx *ctx, const relief_surfaces *surfaces,
                                            rl_page_range *out);
/* Pack a surface that was surveyed. The caller frees out->bytes with rl_free(). Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_page_pack(relief_ctx *ctx, const relief_surface *surface,
                                          const rl_page_range *range, rl_page_mesh *out);

#endif
