/* SPDX-License-Identifier: Apache-2.0 */
/* How far a triangle is off the surface under it: what tessellation spends its time on. */
#ifndef RELIEF_MESH_SCAN_H
#define RELIEF_MESH_SCAN_H

#include <stddef.h>

#include "mesh/delaunay.h"

/* Numbers that may be read behind the last corner's. */
enum { RL_SCAN_ROOM = 8 };

/* A triangle over rows of corners, whose own corners run counter-clockwise; its area is not 0. */
typedef struct rl_scan {
    const float *q, *weight; /* of every corner: of the surface, and 1 / the error allowed there */
    size_t stride;           /* from one row of corners to the next */
    rl_point p[3];
    float corner_q[3]; /* the triangle's own */
} rl_scan;

/* The largest weighted error at the corners in the triangle and on its edges. *where: the first
 * corner that has it, if it is over 1; else left alone. */
float rl_scan_worst(const rl_scan *scan, rl_point *where);

/* scan_plain.c: the same, one corner after the other; the oracle, and for other processors. */
float rl_scan_worst_plainly(const rl_scan *scan, rl_point *where);

/* The plane of the triangle: q at corner (x, y) is
 * corner_q[0] + across * (x - p[0].x) + down * (y - p[0].y). */
typedef struct rl_scan_plane {
    double across, down;
} rl_scan_plane;

static inline rl_scan_plane rl_scan_plane_of(const rl_scan *scan) {
    const rl_point *p = scan->p;
    const double area = (double)rl_orient(p[0], p[1], p[2]);
    const double q1 = (double)scan->corner_q[1] - scan->corner_q[0];
    const double q2 = (double)scan->corner_q[2] - scan->corner_q[0];
    return (rl_scan_plane){-(q1 * (p[2].y - p[0].y) - q2 * (p[1].y - p[0].y)) / area,
                           (q1 * (p[2].x - p[0].x) - q2 * (p[1].x - p[0].x)) / area};
}

/* q of the plane at a corner. */
static inline float rl_scan_q(const rl_scan *scan, rl_scan_plane plane, int x, int y) {
    return (float)(scan->corner_q[0] + plane.across * (x - scan->p[0].x) +
                   plane.down * (y - scan->p[0].y));
}

/* Edges pass a corner by 1 / 2^14 pixels at least, or go through it: rounding cannot move one in or
 * out that is this much away. */
static const double RL_SCAN_HAIR = 1e-6;

#endif
