/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/network_size.h"

#include <math.h>

/* One side of the photo, scaled, as a multiple. */
static int to_multiple(const rl_descriptor *descriptor, double side, int network_side) {
    double step = descriptor->multiple;
    double y = nearbyint(side / step) * step; /* the default rounding mode is half to even */
    if (descriptor->rule == RL_SIZE_UPPER_BOUND && y > network_side) {
        y = floor(side / step) * step;
    }
    if (descriptor->rule == RL_SIZE_LOWER_BOUND && y < network_side) {
        y = ceil(side / step) * step;
    }
    double most = floor((double)network_side * RL_MAX_NETWORK_ASPECT / step) * step;
    return (int)fmax(step, fmin(y, most));
}

static double scale_for(const rl_descriptor *descriptor, int width, int height) {
    double sx = descriptor->width / (double)width;
    double sy = descriptor->height / (double)height;
    switch (descriptor->rule) {
    case RL_SIZE_LOWER_BOUND:
        return fmax(sx, sy);
    case RL_SIZE_MINIMAL:
        return fabs(1.0 - sx) < fabs(1.0 - sy) ? sx : sy;
    case RL_SIZE_LONG_SIDE:
        return fmax(descriptor->width, descriptor->height) / fmax(width, height);
    case RL_SIZE_AREA:
        return sqrt(sx * sy);
    default:
        return fmin(sx, sy);
    }
}

void rl_network_size(const rl_descriptor *descriptor, int width, int height, int *network_width,
                     int *network_height) {
    *network_width = descriptor->width;
    *network_height = descriptor->height;
    if (descriptor->rule != RL_SIZE_SQUARE) {
        double scale = scale_for(descriptor, width, height);
        *network_width = to_multiple(descriptor, scale * width, descriptor->width);
        *network_height = to_multiple(descriptor, scale * height, descriptor->height);
    }
}

static int closer_side(const rl_descriptor *descriptor, int side) {
    const double step = descriptor->multiple;
    return (int)(nearbyint(descriptor->closer_look * side / step) * step);
}

bool rl_closer_size(const rl_descriptor *descriptor, int *network_width, int *network_height) {
    const int width = closer_side(descriptor, *network_width);
    const int height = closer_side(descriptor, *network_height);
    if (width <= *network_width || height <= *network_height || width > RL_MAX_NETWORK_SIDE ||
        height > RL_MAX_NETWORK_SIDE) {
        return false;
    }
    *network_width = width;
    *network_height = height;
    return true;
}
