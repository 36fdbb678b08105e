/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/scan.h"

#include <math.h>

/* The corners of a row that lie in the triangle or on its edges. */
static void row_span(const rl_scan *scan, const double slope[3], int y, int *first, int *last) {
    for (int k = 0; k < 3; k++) {
        const rl_point a = scan->p[k], b = scan->p[(k + 1) % 3];
        if (a.y == b.y)
            continue;
        const double x = a.x + (y - a.y) * slope[k];
        if (b.y > a.y) { /* downwards: the triangle lies to the right */
            const int from = (int)(x + 1 - RL_SCAN_HAIR);
            *first = from > *first ? from : *first;
        } else {
            const int to = (int)(x + RL_SCAN_HAIR);
            *last = to < *last ? to : *last;
        }
    }
}

float rl_scan_worst_plainly(const rl_scan *scan, rl_point *where) {
    const rl_point *p = scan->p;
    const rl_scan_plane plane = rl_scan_plane_of(scan);
    const int left = rl_least3(p[0].x, p[1].x, p[2].x), right = rl_most3(p[0].x, p[1].x, p[2].x);
    const int top = rl_least3(p[0].y, p[1].y, p[2].y), bottom = rl_most3(p[0].y, p[1].y, p[2].y);
    double slope[3]; /* dx / dy of the edges */
    float worst = 0;
    for (int k = 0; k < 3; k++) {
        const int dy = p[(k + 1) % 3].y - p[k].y;
        slope[k] = dy ? (double)(p[(k + 1) % 3].x - p[k].x) / dy : 0;
    }
    for (int y = top; y <= bottom; y++) {
        int first = left, last = right;
        row_span(scan, slope, y, &first, &last);
        const float base = rl_scan_q(scan, plane, first, y);
        for (int x = first; x <= last; x++) {
            const size_t at = (size_t)y * scan->stride + (size_t)x;
            const float own = base + (float)plane.across * (float)(x - first);
            const float error = fabsf(own - scan->q[at]) * scan->weight[at];
            if (!(error > worst))
                continue;
            worst = error;
            if (error > 1)
                *where = (rl_point){x, y};
        }
    }
    return worst;
}
