/* SPDX-License-Identifier: Apache-2.0 */
/* The steps in plain loops: what winograd_avx512.c is compared with. */
#include "nn/onednn/conv_winograd.h"

#include <math.h>

enum { LANES = RL_WINOGRAD_LANES, COLUMNS = RL_WINOGRAD_COLUMNS };

/* ---- down to tiles ---- */

static float read_float(const void *data, int64_t at) {
    return ((const float *)data)[at];
}

static float read_bf16(const void *data, int64_t at) {
    return rl_bf16_widen(((const rl_bf16 *)data)[at]);
}

static void write_float(void *data, int64_t at, float x) {
    ((float *)data)[at] = x;
}

static void write_bf16(void *data, int64_t at, float x) {
    ((rl_bf16 *)data)[at] = rl_bf16_narrow(x);
}

/* B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1] */
static void transform(const rl_winograd_tile *tile, void *to, int64_t position_step, bool narrow) {
    float (*const read)(const void *, int64_t) = narrow ? read_bf16 : read_float;
    void (*const write)(void *, int64_t, float) = narrow ? write_bf16 : write_float;
    for (int64_t b = 0; b < tile->blocks; b++)
        for (int c = 0; c < LANES; c++) {
            float d[16], half[16];
            for (int i = 0; i < 16; i++)
                d[i] = tile->pixels[i] ? read(tile->pixels[i], b * tile->block_step + c) : 0;
            for (int x = 0; x < 4; x++) {
                half[x] = d[x] - d[8 + x];
                half[4 + x] = d[4 + x] + d[8 + x];
                half[8 + x] = d[8 + x] - d[4 + x];
                half[12 + x] = d[4 + x] - d[12 + x];
            }
            for (int y = 0; y < 16; y += 4) {
                const float *h = half + y;
                const float v[4] = {h[0] - h[2], h[1] + h[2], h[2] - h[1], h[1] - h[3]};
                for (int x = 0; x < 4; x++)
                    write(to, (y + x) * position_step + b * LANES + c, v[x]);
            }
        }
}

static void transform_floats(const rl_winograd_tile *tile, void *to, int64_t position_step) {
    transform(tile, to, position_step, false);
}

static void transform_bf16(const rl_winograd_tile *tile, void *to, int64_t position_step) {
    transform(tile, to, position_step, true);
}

/* ---- products ---- */

static void multiply_floats(const void *rows, int64_t stride, const void *weights, int64_t depth,
                            float *sums, int row_count) {
    for (int r = 0; r < row_count; r++) {
        const float *row = (const float *)rows + r * stride;
        float *sum = sums + r * COLUMNS;
        for (int c = 0; c < COLUMNS; c++)
            sum[c] = 0;
        for (int64_t k = 0; k < depth; k++)
            for (int c = 0; c < COLUMNS; c++)
                sum[c] += row[k] * ((const float *)weights)[k * COLUMNS + c];
    }
}

static void multiply_bf16(const void *rows, int64_t stride, const void *weights, int64_t depth,
                          float *sums, int row_count) {
    for (int r = 0; r < row_count; r++) {
        const rl_bf16 *row = (const rl_bf16 *)rows + r * stride;
        float *sum = sums + r * COLUMNS;
        for (int c = 0; c < COLUMNS; c++)
            sum[c] = 0;
        for (int64_t k = 0; k < depth; k += 2) {
            const float a = rl_bf16_widen(row[k]), b = rl_bf16_widen(row[k + 1]);
            const rl_bf16 *w = (const rl_bf16 *)weights + k * COLUMNS;
            for (int c = 0; c < COLUMNS; c++)
                sum[c] += b * rl_bf16_widen(w[c * 2 + 1]) + a * rl_bf16_widen(w[c * 2]);
        }
    }
}

/* ---- up to pixels ---- */

/* One channel of one pixel through the epilogue. */
static float epilogue_plain(const rl_winograd_data *data, int64_t at, float v) {
    for (int i = 0; i < data->step_count; i++) {
        const rl_winograd_step *step = &data->steps[i];
        if (!step->other) {
            v = v < step->lo ? step->lo : v;
            v = v > step->hi ? step->hi : v;
        } else {
            v += step->type == RELIEF_BF16 ? read_bf16(step->other, at)
                                           : read_float(step->other, at);
        }
    }
    return v;
}

/* A^T = [1 1 1 0; 0 1 -1 -1] */
static void finish(const rl_winograd_data *data, const float *m, int64_t position_step,
                   const float *bias, const rl_winograd_place *place, bool narrow) {
    for (int c = 0; c < LANES; c++) {
        float half[2][4];
        for (int x = 0; x < 4; x++) {
            const float *p = m + x * position_step + c;
            const float m1 = p[4 * position_step], m2 = p[8 * position_step];
            half[0][x] = p[0] + m1 + m2;
            half[1][x] = m1 - m2 - p[12 * position_step];
        }
        for (int y = 0; y < place->rows; y++) {
            const float *h = half[y];
            const float v[2] = {h[0] + h[1] + h[2] + bias[c], h[1] - h[2] - h[3] + bias[c]};
            for (int x = 0; x < place->columns; x++) {
                const int64_t at = place->at + y * place->row_step + x * LANES + c;
                const float result = c < place->used ? epilogue_plain(data, at, v[x]) : 0;
                if (narrow)
                    write_bf16(data->destination, at, result);
                else
                    write_float(data->destination, at, result);
            }
        }
    }
}

/* ---- tiles of 4x4, by their matrices ---- */

/* B^T: the coefficients of the product of (x - q) for all points q but the row's own; all of them
 * for infinity. */
static void fill_down(double m[6][6]) {
    const double near = RL_WINOGRAD_NEAR, far = RL_WINOGRAD_FAR;
    const double points[] = {0, near, -near, far, -far};
    for (int i = 0; i < 6; i++) {
        double row[7] = {1};
        int degree = 0;
        for (int k = 0; k < 5; k++) {
            if (k == i)
                continue;
            degree++;
            for (int j = degree; j >= 0; j--)
                row[j] = (j ? row[j - 1] : 0) - points[k] * row[j];
        }
        for (int j = 0; j < 6; j++)
            m[i][j] = row[j];
    }
}

/* A^T: the powers of the points. */
static void fill_up(double m[4][6]) {
    const double near = RL_WINOGRAD_NEAR, far = RL_WINOGRAD_FAR;
    const double points[] = {0, near, -near, far, -far};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 5; k++)
            m[i][k] = pow(points[k], i);
        m[i][5] = i == 3;
    }
}

static void transform_large(const rl_winograd_tile *tile, void *to, int64_t position_step) {
    double m[6][6];
    fill_down(m);
    for (int64_t b = 0; b < tile->blocks; b++)
        for (int c = 0; c < LANES; c++)
            for (int i = 0; i < 36; i++) {
                double sum = 0;
                for (int k = 0; k < 36; k++)
                    if (tile->pixels[k])
                        sum += m[i / 6][k / 6] * m[i % 6][k % 6] *
                               (double)read_float(tile->pixels[k], b * tile->block_step + c);
                write_float(to, i * position_step + b * LANES + c, (float)sum);
            }
}

static void finish_large(const rl_winograd_data *data, const float *m, int64_t position_step,
                         const float *bias, const rl_winograd_place *place, bool narrow) {
    double up[4][6];
    fill_up(up);
    for (int c = 0; c < LANES; c++)
        for (int i = 0; i < place->rows * place->columns; i++) {
            const int y = i / place->columns, x = i % place->columns;
            double sum = (double)bias[c];
            for (int k = 0; k < 36; k++)
                sum += up[y][k / 6] * up[x][k % 6] * (double)m[k * position_step + c];
            const int64_t at = place->at + y * place->row_step + x * LANES + c;
            const float result = c < place->used ? epilogue_plain(data, at, (float)sum) : 0;
            if (narrow)
                write_bf16(data->destination, at, result);
            else
                write_float(data->destination, at, result);
        }
}

const rl_winograd_steps *rl_winograd_plain(relief_dtype type, int side) {
    static const rl_winograd_steps floats = {transform_floats, multiply_floats, finish};
    static const rl_winograd_steps bf16 = {transform_bf16, multiply_bf16, finish};
    static const rl_winograd_steps large = {transform_large, multiply_floats, finish_large};
    return side == 4 ? &large : type == RELIEF_BF16 ? &bf16 : &floats;
}
