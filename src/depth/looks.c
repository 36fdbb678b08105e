/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/looks.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>

void rl_mirror_rows(float *values, size_t rows, size_t width) {
    for (size_t y = 0; y < rows; y++) {
        float *row = values + y * width;
        for (size_t x = 0; x < width / 2; x++) {
            float left = row[x];
            row[x] = row[width - 1 - x];
            row[width - 1 - x] = left;
        }
    }
}

/* Mean, and mean absolute deviation from it. */
static void measure(const float *values, size_t count, double *mean, double *deviation) {
    double sum = 0;
    double off = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i];
    }
    *mean = sum / (double)count;
    for (size_t i = 0; i < count; i++) {
        off += fabs((double)values[i] - *mean);
    }
    *deviation = off / (double)count;
}

relief_status rl_looks_join(relief_ctx *ctx, const rl_raster *second, relief_depth_kind kind,
                            rl_raster *mean) {
    size_t count = (size_t)mean->width * (size_t)mean->height;
    rl_raster resized = *second;
    void *block = NULL;
    if (second->width != mean->width || second->height != mean->height) {
        relief_status status = rl_alloc_in(ctx, count, sizeof(float), &block);
        resized = (rl_raster){block, mean->width, mean->height, 1};
        if (!status) {
            status = rl_resample(ctx, second, RL_FILTER_LINEAR, &resized);
        }
        if (status) {
            rl_free(block);
            return status;
        }
    }
    double gain = 1;
    double shift = 0;
    if (kind == RELIEF_DISPARITY) {
        double means[2];
        double deviations[2];
        measure(mean->data, count, &means[0], &deviations[0]);
        measure(resized.data, count, &means[1], &deviations[1]);
        gain = deviations[1] > 0 ? deviations[0] / deviations[1] : 1;
        shift = means[0] - gain * means[1];
    }
    for (size_t i = 0; i < count; i++) {
        mean->data[i] = 0.5F * (mean->data[i] + (float)gain * resized.data[i] + (float)shift);
    }
    rl_free(block);
    return RELIEF_OK;
}
