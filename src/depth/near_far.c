/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/near_far.h"

#include "base/memory.h"

#include <math.h>

/* Disparities above the robust near end still count, up to this multiple of its 1 / distance. */
static const double NEAR_OUTLIERS = 4.0;
enum { MAX_SAMPLES = 1 << 16 };

/* Order values[from, to) so far that the one at place `at` is what sorting would put there, smaller
 * ones before it and larger ones behind (Hoare's selection, the middle one of three as pivot). */
static void select_value(float *values, size_t from, size_t to, size_t at) {
    while (to - from > 1) {
        const float first = values[from], middle = values[from + (to - from - 1) / 2];
        const float last = values[to - 1], low = first < middle ? first : middle;
        const float high = first < middle ? middle : first;
        const float pivot = last < low ? low : last > high ? high : last;
        size_t i = from, j = to - 1;
        for (;;) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i >= j)
                break;
            const float swapped = values[i];
            values[i++] = values[j];
            values[j--] = swapped;
        }
        /* Up to j all are at most the pivot, behind it at least. */
        if (at <= j)
            to = j + 1;
        else
            from = j + 1;
    }
}

relief_status rl_quantiles(relief_ctx *ctx, const float *values, size_t count, const double *shares,
                           float *out, int share_count) {
    size_t samples = count < MAX_SAMPLES ? count : MAX_SAMPLES;
    void *block;
    relief_status status = rl_alloc_in(ctx, samples, sizeof(float), &block);
    if (status)
        return status;
    float *taken = block;
    for (size_t i = 0; i < samples; i++)
        taken[i] = values[(size_t)(((double)i + 0.5) * (double)count / (double)samples)];
    for (int k = 0; k < share_count; k++) {
        const size_t at = (size_t)llround(shares[k] * (double)(samples - 1));
        select_value(taken, 0, samples, at);
        out[k] = taken[at];
    }
    rl_free(taken);
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
