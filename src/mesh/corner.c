/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/tessellate.h"

#include <math.h>

/* Bits of an index into LABELS: the borders around a corner that are torn. */
enum { TORN_ABOVE = 1, TORN_BELOW = 2, TORN_LEFT = 4, TORN_RIGHT = 8 };

/* Labels of the pixels above left, above right, below left, below right. Walking around the corner
 * a label changes at every torn border; with one torn border or none all four hang together. */
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

const uint8_t *rl_corner_labels(const rl_tess *tess, int i, int j, int *count) {
    const int right = clamp_int(i, 0, tess->width - 1), below = clamp_int(j, 0, tess->height - 1);
    const int left = i > 0 ? i - 1 : 0, above = j > 0 ? j - 1 : 0;
    int index = 0;
    if (left != right) {
        index |= rl_torn_right(tess, left, above) ? TORN_ABOVE : 0;
        index |= rl_torn_right(tess, left, below) ? TORN_BELOW : 0;
    }
    if (above != below) {
        index |= rl_torn_down(tess, left, above) ? TORN_LEFT : 0;
        index |= rl_torn_down(tess, right, above) ? TORN_RIGHT : 0;
    }
    *count = COUNTS[index];
    return LABELS[index];
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

/* The slope of q at a pixel along a row or column: the calmest of those to its untorn neighbours.
 * On a plane all are equal; beside a silhouette that is not quite torn the calmest is the surface's
 * own. at: the pixel's index; stride: to its next neighbour; torn_bit: of the border to it; behind,
 * ahead: neighbours that exist. */
static float slope(const rl_tess *tess, size_t at, ptrdiff_t stride, uint8_t torn_bit, int behind,
                   int ahead) {
    const float *depth = tess->depth + at;
    const uint8_t *torn = tess->torn + at;
    const bool back = behind >= 1 && !(torn[-stride] & torn_bit);
    const bool forth = ahead >= 1 && !(torn[0] & torn_bit);
    const float here = 1 / depth[0];
    if (back && forth)
        return calmer(here - 1 / depth[-stride], 1 / depth[stride] - here);
    if (back) {
        float before = 1 / depth[-stride];
        if (behind >= 2 && !(torn[-2 * stride] & torn_bit))
            return calmer(here - before, before - 1 / depth[-2 * stride]);
        return alone(here - before, here);
    }
    if (forth) {
        float after = 1 / depth[stride];
        if (ahead >= 2 && !(torn[stride] & torn_bit))
            return calmer(after - here, 1 / depth[2 * stride] - after);
        return alone(after - here, here);
    }
    return 0;
}

/* q at a corner of pixel (x, y), along its slopes; dx, dy: -0.5 or 0.5. */
static float extrapolate(const rl_tess *tess, int x, int y, float dx, float dy) {
    const size_t at = (size_t)y * (size_t)tess->width + (size_t)x;
    return 1 / tess->depth[at] + dx * slope(tess, at, 1, 1, x, tess->width - 1 - x) +
           dy * slope(tess, at, tess->width, 2, y, tess->height - 1 - y);
}

float rl_corner_q(const rl_tess *tess, int i, int j, const uint8_t *labels, int label) {
    const int xs[2] = {i > 0 ? i - 1 : 0, clamp_int(i, 0, tess->width - 1)};
    const int ys[2] = {j > 0 ? j - 1 : 0, clamp_int(j, 0, tess->height - 1)};
    float sum = 0, low = INFINITY, high = 0;
    int members = 0;
    for (int k = 0; k < 4; k++)
        members += labels[k] == label;
    /* Four pixels around the corner: the mean is where a smooth surface passes. Fewer lie to one
     * side of it. */
    const bool inside = members == 4 && xs[0] != xs[1] && ys[0] != ys[1];
    for (int k = 0; k < 4; k++) {
        const int x = xs[k & 1], y = ys[k >> 1];
        const float q = rl_pixel_q(tess, x, y);
        low = q < low ? q : low;
        high = q > high ? q : high;
        if (labels[k] == label)
            sum +=
                inside ? q : extrapolate(tess, x, y, (float)(i - x) - 0.5F, (float)(j - y) - 0.5F);
    }
    const float q = sum / (float)members;
    low *= 1 - BEYOND_PIXELS;
    high *= 1 + BEYOND_PIXELS;
    return q < low ? low : q > high ? high : q;
}

float rl_corner_q_of(const rl_tess *tess, int i, int j, int x, int y) {
    int count;
    const uint8_t *labels = rl_corner_labels(tess, i, j, &count);
    return rl_corner_q(tess, i, j, labels, labels[(x < i ? 0 : 1) + (y < j ? 0 : 2)]);
}
