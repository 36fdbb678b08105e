/* SPDX-License-Identifier: Apache-2.0 */
/* RGB to Y'CbCr (ITU-R BT.709), in whole numbers. */
#include "video/encoder.h"

#include "base/threads.h"

#include <math.h>

/* Shares of 2^16, for 8 bits of range 16..235 and 16..240. */
enum {
    Y_R = 11966, /* 0.2126 * 219 / 255 */
    Y_G = 40254, /* 0.7152 */
    Y_B = 4064,  /* 0.0722 */
    B_R = -6596, /* -0.2126 / 1.8556 * 224 / 255 */
    B_G = -22189,
    B_B = 28785,
    R_R = 28785,
    R_G = -26145,
    R_B = -2640,
    HALF = 1 << 15
};

typedef struct fill_job {
    const uint8_t *rgba;
    int width;
    const rl_planes *to;
} fill_job;

static uint8_t luma(const uint8_t *p) {
    return (uint8_t)(16 + ((Y_R * p[0] + Y_G * p[1] + Y_B * p[2] + HALF) >> 16));
}

/* Chroma of the even column `x` of two rows: it counts half, its neighbours a quarter each. */
static void chroma(const fill_job *job, const uint8_t *const rows[2], int x, uint8_t *cb,
                   uint8_t *cr) {
    const int columns[3] = {x > 0 ? x - 1 : 0, x, x + 1 < job->width ? x + 1 : x};
    int sums[3] = {0, 0, 0};
    for (int k = 0; k < 2; k++)
        for (int c = 0; c < 3; c++)
            sums[c] += rows[k][4 * columns[0] + c] + 2 * rows[k][4 * columns[1] + c] +
                       rows[k][4 * columns[2] + c];
    *cb = (uint8_t)(128 + ((B_R * sums[0] + B_G * sums[1] + B_B * sums[2] + 8 * HALF) >> 19));
    *cr = (uint8_t)(128 + ((R_R * sums[0] + R_G * sums[1] + R_B * sums[2] + 8 * HALF) >> 19));
}

static void fill_pairs(void *arg, size_t begin, size_t end) {
    const fill_job *job = arg;
    const rl_planes *to = job->to;
    for (size_t pair = begin; pair < end; pair++) {
        const uint8_t *rows[2];
        for (size_t k = 0; k < 2; k++) {
            rows[k] = job->rgba + (2 * pair + k) * (size_t)job->width * 4;
            uint8_t *y = to->data[0] + (2 * pair + k) * (size_t)to->row[0];
            for (int x = 0; x < job->width; x++)
                y[x] = luma(rows[k] + 4 * (size_t)x);
        }
        uint8_t *cb = to->data[1] + pair * (size_t)to->row[1];
        uint8_t *cr = to->data[2] + pair * (size_t)to->row[2];
        for (int x = 0; x < job->width; x += 2)
            chroma(job, rows, x, &cb[x / 2], &cr[x / 2]);
    }
}

void rl_planes_fill(relief_ctx *ctx, const uint8_t *rgba, int width, int height,
                    const rl_planes *to) {
    fill_job job = {rgba, width, to};
    rl_parallel(ctx, (size_t)height / 2, 16, fill_pairs, &job);
}
