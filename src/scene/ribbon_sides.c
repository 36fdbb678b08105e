/* SPDX-License-Identifier: Apache-2.0 */
/* What both sides of silhouettes look like: colours of the photo a little further in, summed in the
 * cells of a grid, which are then smoothed and read between their centres. */
#include "scene/ribbon.h"

#include "base/memory.h"
#include "base/threads.h"

#include <math.h>

enum { SUMS = 5, CELL_SUMS = 2 * SUMS };
/* Least weight that tells a colour, in pixels. */
static const float LEAST_WEIGHT = 0.5F;

/* Pixels come in one order, whatever the threads, so that sums are the same. */
void rl_ribbon_sides_add(const rl_ribbon_sides *sides, const rl_ribbon_rings *rings,
                         const rl_ribbon_place *place, const uint8_t *colour) {
    const float d = fabsf(place->inside);
    const bool in = place->near ? d > rings->near_from && d < rings->near_to
                                : d > rings->far_from && d < rings->far_to;
    if (!in || !place->known)
        return;
    const size_t cell = (size_t)(place->y / sides->cell_px) * (size_t)sides->columns +
                        (size_t)(place->x / sides->cell_px);
    float *sums = sides->raw + cell * CELL_SUMS + (place->near ? 0 : SUMS);
    sums[0] += 1;
    for (int c = 0; c < 3; c++) {
        sums[1 + c] += colour[c];
        sums[4] += (float)(colour[c] * colour[c]);
    }
}

static void smooth_cell(const rl_ribbon_sides *sides, int column, int row) {
    float *out = sides->sums + ((size_t)row * (size_t)sides->columns + (size_t)column) * CELL_SUMS;
    for (int k = 0; k < CELL_SUMS; k++)
        out[k] = 0;
    for (int v = row - 1; v <= row + 1; v++) {
        for (int u = column - 1; u <= column + 1; u++) {
            if (u < 0 || v < 0 || u >= sides->columns || v >= sides->rows)
                continue;
            const float weight = (u == column ? 0.5F : 0.25F) * (v == row ? 0.5F : 0.25F);
            const float *in =
                sides->raw + ((size_t)v * (size_t)sides->columns + (size_t)u) * CELL_SUMS;
            if (in[0] + in[SUMS] <= 0)
                continue;
            for (int k = 0; k < CELL_SUMS; k++)
                out[k] += weight * in[k];
        }
    }
}

static void smooth_rows(void *arg, size_t begin, size_t end) {
    const rl_ribbon_sides *sides = arg;
    for (size_t row = begin; row < end; row++)
        for (int column = 0; column < sides->columns; column++)
            smooth_cell(sides, column, (int)row);
}

relief_status rl_ribbon_sides_start(relief_ctx *ctx, const rl_ribbon_field *field,
                                    rl_ribbon_sides *out) {
    void *block;
    out->columns = (field->width + out->cell_px - 1) / out->cell_px;
    out->rows = (field->height + out->cell_px - 1) / out->cell_px;
    const size_t count = (size_t)out->columns * (size_t)out->rows;
    relief_status status = rl_calloc_in(ctx, count, CELL_SUMS * sizeof(float), &block);
    if (status)
        return status;
    out->raw = block;
    status = rl_alloc_in(ctx, count, CELL_SUMS * sizeof(float), &block);
    out->sums = status ? NULL : block;
    return status;
}

void rl_ribbon_sides_smooth(relief_ctx *ctx, const rl_ribbon_sides *sides) {
    rl_parallel(ctx, (size_t)sides->rows, 16, smooth_rows, (void *)(uintptr_t)sides);
}

void rl_ribbon_sides_clear(rl_ribbon_sides *sides) {
    rl_free(sides->raw);
    rl_free(sides->sums);
    *sides = (rl_ribbon_sides){0};
}

/* The look that sums tell. */
static rl_ribbon_look look_of(const float *sums) {
    rl_ribbon_look look = {0};
    if (sums[0] < LEAST_WEIGHT)
        return look;
    look.weight = sums[0];
    float variance = sums[4] / sums[0];
    for (int c = 0; c < 3; c++) {
        look.colour[c] = sums[1 + c] / sums[0];
        variance -= look.colour[c] * look.colour[c];
    }
    look.spread = sqrtf(variance > 0 ? variance : 0);
    return look;
}

void rl_ribbon_looks(const rl_ribbon_sides *sides, int x, int y, rl_ribbon_look looks[2]) {
    const float right_of = ((float)x + 0.5F) / (float)sides->cell_px - 0.5F;
    const float below_of = ((float)y + 0.5F) / (float)sides->cell_px - 0.5F;
    const float fx = right_of > 0 ? right_of : 0, fy = below_of > 0 ? below_of : 0;
    const int column = (int)fx, row = (int)fy;
    const float u = fx - (float)column, v = fy - (float)row;
    const int right = column + 1 < sides->columns,
              below = row + 1 < sides->rows ? sides->columns : 0;
    const float *at =
        sides->sums + ((size_t)row * (size_t)sides->columns + (size_t)column) * CELL_SUMS;
    const float *corners[4] = {at, at + right * CELL_SUMS, at + below * CELL_SUMS,
                               at + (right + below) * CELL_SUMS};
    const float weights[4] = {(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v};
    float sums[CELL_SUMS];
    for (int k = 0; k < CELL_SUMS; k++)
        sums[k] = weights[0] * corners[0][k] + weights[1] * corners[1][k] +
                  weights[2] * corners[2][k] + weights[3] * corners[3][k];
    looks[0] = look_of(sums);
    looks[1] = look_of(sums + SUMS);
}
