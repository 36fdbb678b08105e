/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/tile.h"

#include <math.h>

/* Labels of the pixels above left, above right, below left, below right, by the bits of the cut
 * sides. Walking around the corner a label changes at every cut; with one cut or none all four hang
 * together. */
static const uint8_t LABELS[16][4] = {
    {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 1, 0, 1}, {0, 0, 0, 0}, {0, 1, 1, 1},
    {0, 0, 1, 0}, {0, 1, 2, 1}, {0, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 1}, {0, 1, 0, 2},
    {0, 0, 1, 1}, {0, 1, 2, 2}, {0, 0, 2, 1}, {0, 1, 3, 2},
};
static const uint8_t COUNTS[16] = {1, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};

/* Share of q by which extrapolation may leave what the pixels around a corner show. */
static const float BEYOND_PIXELS = 0.004F;
/* Slope over a whole pixel that is believed of two pixels alone, as a share of q. */
static const float MOST_ALONE = 0.1F;

static inline int clamp_int(int value, int low, int high) {
    return value < low ? low : value > high ? high : value;
}

const uint8_t *rl_corner_labels(unsigned cuts, int *count) {
    *count = COUNTS[cuts & 15u];
    return LABELS[cuts & 15u];
}

/* The calmer of two slopes; none where they point apart. */
static inline float calmer(float a, float b) {
    return a * b <= 0 ? 0 : fabsf(a) <= fabsf(b) ? a : b;
}

/* A slope that no other confirms is held to a share of q. */
static inline float alone(float slope, float q) {
    const float most = MOST_ALONE * q;
    return slope > most ? most : slope < -most ? -most : slope;
}

/* The slope of q at a pixel along a row or column: the calmest of those to its neighbours that are
 * not cut off. On a plane all are equal; beside a silhouette that is not quite torn the calmest is
 * the surface's own. at: the pixel's index; stride: to its next neighbour; cut_bit: of the border
 * to it; behind, ahead: neighbours that exist. */
static float slope(const rl_surface *surface, size_t at, ptrdiff_t stride, uint8_t cut_bit,
                   int behind, int ahead) {
    const float *q = surface->q + at;
    const uint8_t *torn = surface->torn + at;
    const bool back = behind >= 1 && !(torn[-stride] & cut_bit);
    const bool forth = ahead >= 1 && !(torn[0] & cut_bit);
    const float here = q[0];
    if (back && forth)
        return calmer(here - q[-stride], q[stride] - here);
    if (back) {
        const float before = q[-stride];
        if (behind >= 2 && !(torn[-2 * stride] & cut_bit))
            return calmer(here - before, before - q[-2 * stride]);
        return alone(here - before, here);
    }
    if (forth) {
        const float after = q[stride];
        if (ahead >= 2 && !(torn[stride] & cut_bit))
            return calmer(after - here, q[2 * stride] - after);
        return alone(after - here, here);
    }
    return 0;
}

/* q at a corner of pixel (x, y), along its slopes; dx, dy: -0.5 or 0.5. */
static float extrapolate(const rl_surface *surface, int x, int y, float dx, float dy) {
    const size_t at = (size_t)y * (size_t)surface->width + (size_t)x;
    return surface->q[at] + dx * slope(surface, at, 1, RL_CUT_RIGHT, x, surface->width - 1 - x) +
           dy * slope(surface, at, surface->width, RL_CUT_DOWN, y, surface->height - 1 - y);
}

float rl_corner_q(const rl_surface *surface, int i, int j, const uint8_t *labels, int label) {
    const int xs[2] = {i > 0 ? i - 1 : 0, clamp_int(i, 0, surface->width - 1)};
    const int ys[2] = {j > 0 ? j - 1 : 0, clamp_int(j, 0, surface->height - 1)};
    float sum = 0, low = INFINITY, high = 0;
    int members = 0;
    bool belongs = true;
    for (int k = 0; k < 4; k++) {
        const size_t at = (size_t)ys[k >> 1] * (size_t)surface->width + (size_t)xs[k & 1];
        if (labels[k] == label && members++ == 0 && surface->valid)
            belongs = surface->valid[at] != 0;
    }
    /* Four pixels around the corner: the mean is where a smooth surface passes. Fewer lie to one
     * side of it. */
    const bool inside = members == 4 && xs[0] != xs[1] && ys[0] != ys[1];
    for (int k = 0; k < 4; k++) {
        const int x = xs[k & 1], y = ys[k >> 1];
        const size_t at = (size_t)y * (size_t)surface->width + (size_t)x;
        if (surface->valid && (surface->valid[at] != 0) != belongs)
            continue;
        const float q = surface->q[at];
        low = q < low ? q : low;
        high = q > high ? q : high;
        if (labels[k] == label)
            sum += inside
                       ? q
                       : extrapolate(surface, x, y, (float)(i - x) - 0.5F, (float)(j - y) - 0.5F);
    }
    const float q = sum / (float)members;
    low *= 1 - BEYOND_PIXELS;
    high *= 1 + BEYOND_PIXELS;
    return q < low ? low : q > high ? high : q;
}
