/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/near_far.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* Disparities above the robust near end still count, up to this multiple of its 1 / distance. */
static const double NEAR_OUTLIERS = 4.0;
enum { MAX_SAMPLES = 1 << 16 };

static int compare_floats(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

relief_status rl_quantiles(relief_ctx *ctx, const float *values, size_t count, const double *shares,
                           float *out, int share_count) {
    size_t samples = count < MAX_SAMPLES ? count : MAX_SAMPLES;
    void *block;
    relief_status status = rl_alloc_in(ctx, samples, sizeof(float), &block);
    if (status)
        return status;
    float *sorted = block;
    for (size_t i = 0; i < samples; i++)
        sorted[i] = values[(size_t)(((double)i + 0.5) * (double)count / (double)samples)];
    qsort(sorted, samples, sizeof(float), compare_floats);
    for (int k = 0; k < share_count; k++)
        out[k] = sorted[(size_t)llround(shares[k] * (double)(samples - 1))];
    rl_free(sorted);
    return RELIEF_OK;
}

void rl_near_far_fit(const float ends[3], double depth_ratio, rl_near_far *out) {
    double low = ends[0], median = ends[1], high = ends[2];
    double span = high - low;
    if (!(span > 1e-6 * fmax(fabs(low), fabs(high)))) {
        out->offset = out->floor = out->ceiling = 1 / RL_MEDIAN_DEPTH;
        out->factor = 0;
        return;
    }
    double median_share = (median - low) / span;
    double far_q = 1 / (RL_MEDIAN_DEPTH * (1 + (depth_ratio - 1) * median_share));
    out->factor = far_q * (depth_ratio - 1) / span;
    out->offset = far_q - out->factor * low;
    out->floor = far_q;
    out->ceiling = NEAR_OUTLIERS * depth_ratio * far_q;
}
